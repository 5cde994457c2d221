"""What every section of the settings file is: frozen, and strict about unknown keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(gt=0, lt=1)]


class Model(BaseModel):
    """A section of the settings; a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
