"""The catalogue of well-known attributes of companies, and which of them mean size."""

import csv
from dataclasses import dataclass
from importlib.resources import files

SIZE_ROWS = ("A2", "A3")  # rows of the articles' catalogue: employees, revenue


@dataclass(frozen=True)
class Known:
    """A well-known attribute; ``mission_row`` is its row in the articles' catalogue."""

    label: str
    kind: str
    group: str
    unit: str
    timing: str
    mission_row: str


def _load() -> dict[str, Known]:
    text = (files("icplib.vocabulary") / "attributes.csv").read_text(encoding="utf-8")
    return {row.pop("attribute"): Known(**row) for row in csv.DictReader(text.splitlines())}


KNOWN = _load()
SIZE_NAMES = tuple(name for name, known in KNOWN.items() if known.mission_row in SIZE_ROWS)


def is_size(attribute: str, mission_row: object = "") -> bool:
    """Whether an attribute says how large a company is, by its name or its catalogue row."""
    return attribute in SIZE_NAMES or mission_row in SIZE_ROWS
