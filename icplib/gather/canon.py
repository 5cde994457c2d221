"""Our columns of every source.

Name, what it holds, and for accounts what the article catalogue calls it.

Foreign names stop before this page; everything after it knows these names only.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources

from icplib.vocabulary.attributes import KNOWN


@dataclass(frozen=True)
class Field:
    """One of our columns: what it holds and how it is read (``kind`` of exports.values)."""

    kind: str  # text, number, rate, date, bool
    personal: bool = False  # hashed before it enters an artefact, or not kept at all


_DATA = tomllib.loads(
    resources.files("icplib.gather").joinpath("fields.toml").read_text(encoding="utf-8")
)


def _fields(kinds: dict[str, str]) -> dict[str, Field]:
    return {
        name: Field("text", personal=True) if kind == "person" else Field(kind)
        for name, kind in kinds.items()
    }


ACCOUNT_FIELDS: dict[str, Field] = _fields(_DATA["fields"].pop("accounts")) | {
    name: Field({"count": "number", "amount": "number", "rate": "rate"}.get(known.kind, "text"))
    for name, known in KNOWN.items()
}
FIELDS: dict[str, dict[str, Field]] = {
    "accounts": ACCOUNT_FIELDS,
    "prospects": ACCOUNT_FIELDS,
    **{source: _fields(kinds) for source, kinds in _DATA["fields"].items()},
}
FINAL_FIELDS: dict[str, Field] = ACCOUNT_FIELDS | _fields(_DATA["final"])
MONEY: dict[str, list[str]] = _DATA["money"]
NEEDED: dict[str, list[str]] = _DATA["needed"]
DECISIVE = {name: {*needed, *_DATA["decisive"].get(name, ())} for name, needed in NEEDED.items()}
RANGES: dict[str, dict[str, list]] = _DATA["ranges"]
ROW_DATE: dict[str, str] = _DATA["row_date"]
ROW_ID: dict[str, str] = _DATA["row_id"]
WHAT_FOR: dict[str, str] = _DATA["what_for"]


def slug(header: str) -> str:
    """A header as a column name: words joined by underscores, never empty, no digit in front."""
    text = re.sub(r"__c$", "", str(header))
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).replace("%", " percent ")
    text = re.sub(r"\W+", "_", text.casefold()).strip("_")
    return f"x_{text}" if not text or text[0].isdigit() else text
