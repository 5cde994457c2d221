"""What every method returns: an estimate, its interval, and the number of cases behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """NaN where there is nothing to say; a limit is NaN where none can be given."""

    estimate: float = np.nan
    low: float = np.nan
    high: float = np.nan
    n: int = 0

    def columns(self, prefix: str = "") -> dict[str, float]:
        """The four as columns of a table, behind a prefix where a row has several."""
        return {f"{prefix}{name}": value for name, value in asdict(self).items()}
