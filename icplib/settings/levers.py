"""The settings that govern a notebook, as a table at its head."""

import json
from typing import Any

import pandas as pd
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from icplib.settings.company import Settings

COLUMNS = ["setting", "value", "default", "what it does"]


def levers(settings: Settings, *names: str) -> pd.DataFrame:
    """Settings by their dotted names: value, default, one line each.

    A section's name stands for all of its keys.
    """
    rows: list[tuple[str, str, str, str]] = []
    for name in names:
        value: Any = settings
        key = FieldInfo()
        for part in name.split("."):
            key, value = type(value).model_fields[part], getattr(value, part)
        if isinstance(value, BaseModel):
            inner = type(value).model_fields
            rows += [_row(f"{name}.{k}", inner[k], getattr(value, k)) for k in inner]
        else:
            rows.append(_row(name, key, value))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(name: str, key: FieldInfo, value: Any) -> tuple[str, str, str, str]:
    default = key.get_default(call_default_factory=True, validated_data={})
    return name, _toml(value), _toml(default), key.description or ""


def _toml(value: Any) -> str:
    """A value as company.toml says it; empty where there is none."""
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        return f"{len(value)} of them"
    return json.dumps(value, ensure_ascii=False, default=str)
