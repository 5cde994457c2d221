"""From company.toml to settings, with every problem told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from icplib.problems import QUOTE, UserError, UserErrors, did_you_mean
from icplib.settings.company import Settings


def read_settings(
    path: Path, scenario: str = "", changes: Mapping[str, Any] | None = None
) -> Settings:
    """Settings of one company from ``path``, with the overrides of ``scenario`` applied.

    ``changes`` come on top of both, by their dotted names: ``{"best.by": "profit"}``.

    Raises UserErrors that lists every problem at once: file, key, what was expected, the nearest
    known key.
    """
    if not path.is_file():
        raise UserError(
            "there is no settings file",
            file=path,
            remedy="Write one with `icp init`.",
        )
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError(
            "this file is not saved as UTF-8 text",
            file=path,
            remedy="Save it again with the encoding UTF-8.",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, str(error)) from None
    scenarios = raw.get("scenarios", {})
    if scenario:
        if scenario not in scenarios:
            raise UserError(
                f"there is no scenario '{scenario}'",
                file=path,
                remedy=(
                    did_you_mean(scenario, scenarios)
                    if scenarios
                    else f"Add [scenarios.{scenario}] with what it overrides."
                ),
            )
        raw = _merged(raw, scenarios[scenario])
    for name, value in (changes or {}).items():
        for part in reversed(name.split(".")):
            value = {part: value}
        raw = _merged(raw, value)
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise UserErrors([_explain(path, e) for e in error.errors()]) from None


#: how the reader puts it, and what its writer can do about it
_TOML_FAULTS = {
    "Invalid value": (
        "text stands in double quotes, lists in square brackets, true and false in small letters"
    ),
    "Illegal character": "a quotation mark is not closed on this line",
    "Unterminated string": "a quotation mark is not closed",
    "Expected ']'": (
        "a section heading such as [sources] stands alone on its line, with both brackets"
    ),
    "Expected '='": "a line reads name = value",
    "Expected newline": "one setting a line, with nothing behind it but a # comment",
    "Cannot overwrite": "the same setting is given twice",
    "Cannot declare": "the same section is given twice",
    "Unclosed": "a bracket or brace is not closed",
}


def _unreadable(path: Path, fault: str) -> UserError:
    """A settings file that is no TOML, in plain words with the number of the line."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    number = int(match[1]) if (match := re.search(r"at line (\d+)", fault)) else len(lines)
    said = lines[number - 1].strip()[:QUOTE] if 0 < number <= len(lines) else ""
    why = next(
        (words for start, words in _TOML_FAULTS.items() if fault.startswith(start)),
        "a line reads name = value",
    )
    return UserError(
        f"line {number} cannot be read: {said}" if said else "the file ends too early",
        file=path,
        remedy=f"{why[0].upper()}{why[1:]}.",
    )


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in over.items():
        both[key] = (
            _merged(both[key], value)
            if isinstance(value, dict) and isinstance(both.get(key), dict)
            else value
        )
    return both


def _explain(path: Path, error: Mapping[str, Any]) -> UserError:
    where = [str(part) for part in error["loc"]]
    key = ".".join(where)
    if error["type"] == "extra_forbidden":
        known = _keys_at(where[:-1])
        return UserError(
            f"unknown key '{key}'",
            file=path,
            remedy=did_you_mean(where[-1], known) if known else "Remove it.",
        )
    if error["type"] == "missing":
        return UserError(
            f"the key '{key}' is missing",
            file=path,
            remedy="Add it; docs/settings.md describes every key.",
        )
    message = error["msg"].removeprefix("Value error, ")
    given = (
        ""
        if isinstance(error.get("input"), (dict, list, BaseModel))
        else f", not {error.get('input')!r}"
    )
    return UserError(f"{key + ': ' if key else ''}{message}{given}", file=path)


def _keys_at(path: list[str]) -> list[str]:
    """Names of the keys that the model at ``path`` knows, to suggest the nearest."""
    model: Any = Settings
    for part in path:
        if part.isdigit() or not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        field = model.model_fields.get(part)
        model = _model_inside(field.annotation) if field else model
    return (
        list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
    )


def _model_inside(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_inside(inner)
        if found is not None:
            return found
    return None
