"""Whether a company meets a condition: one truth and one wording for criteria, flags and limits.

A condition speaks of one attribute. It is true, false, or unknown where the value is not known;
what is unknown meets neither a condition nor its negation. Both ends of a range belong to it:
"200–1,500" holds 200 and 1,500. What lies beyond an end is the negation of a range: "below 200" is
not "200 or more". SQL, Salesforce and HubSpot translate the same object (`icplib.scoring`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, field_validator

from icplib import words

Op = Literal["in", "contains", "between"]
End = float | None
YEAR = re.compile(r"year|founded|since|opened", re.IGNORECASE)
LISTS = (tuple, list, set, frozenset, np.ndarray)


class Frozen(BaseModel):
    """What artefacts in JSON are made of: it never changes, and knows no other keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(Frozen):
    """One condition on one attribute.

    ``in``: the level is one of ``values``. ``contains``: the list holds any of them. ``between``:
    low <= x <= high, None is an open end, dates are days since 1970. ``negated`` turns the truth of
    known values round. The supports say how far a found end could lie.
    """

    attribute: str
    op: Op
    values: tuple[str, ...] = ()
    low: End = None
    high: End = None
    negated: bool = False
    low_support: tuple[End, End] = (None, None)
    high_support: tuple[End, End] = (None, None)

    @field_validator("low", "high", mode="before")
    @classmethod
    def _end(cls, value: Any) -> Any:
        return _finite(value)

    @field_validator("low_support", "high_support", mode="before")
    @classmethod
    def _support(cls, value: Any) -> Any:
        return tuple(_finite(end) for end in value)

    @property
    def span(self) -> tuple[float, float]:
        """Both ends of a range, infinite where they are open."""
        return (-inf if self.low is None else self.low, inf if self.high is None else self.high)

    @property
    def comparisons(self) -> tuple[tuple[str, float], ...]:
        """Signs and ends of a range as languages compare: all of them hold, one if negated."""
        signs = ("<", ">") if self.negated else (">=", "<=")
        ends = zip(signs, (self.low, self.high), strict=True)
        return tuple((sign, end) for sign, end in ends if end is not None)

    def met(self, accounts: pd.DataFrame) -> pd.Series:
        """True, False or NA for each row of ``accounts``; an absent column is unknown."""
        out = pd.Series(pd.NA, index=accounts.index, dtype="boolean")
        if self.attribute not in accounts:
            return out
        cells = accounts[self.attribute]
        if self.op == "between":
            numbers = as_numbers(cells)
            return pd.Series(self.inside(numbers), cells.index, "boolean").where(~np.isnan(numbers))
        codes, distinct = pd.factorize(_hashable(cells))
        told = np.array([*(self.holds(value) for value in distinct), None], dtype=object)
        return pd.Series(told[codes], cells.index).astype("boolean")

    def holds(self, value: Any) -> bool | None:
        """One level, or one list of members: True, False, or None where it is unknown."""
        if self.op == "contains":
            if not isinstance(value, LISTS):
                return None
            hit = not set(self.values).isdisjoint(value)
        else:
            level = text_of(value)
            if not level:
                return None
            hit = level in self.values
        return hit != self.negated

    def inside(self, numbers: np.ndarray) -> np.ndarray:
        """Bool array (n,): the condition is true of the number; NaN is unknown, so never."""
        low, high = self.span
        with np.errstate(invalid="ignore"):
            hit = (numbers >= low) & (numbers <= high)
        return (hit != self.negated) & ~np.isnan(numbers)


def as_numbers(cells: pd.Series) -> np.ndarray:
    """Numbers (n,) of a column: days since 1970 for dates, NaN for what is no number."""
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return (cells - pd.Timestamp("1970-01-01")).dt.days.to_numpy(float)
    return pd.to_numeric(cells, errors="coerce").astype("float64").to_numpy()


def text_of(value: Any) -> str:
    """A level as conditions compare it: truth values as words, empty where it is unknown."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    return "" if words.is_missing(value) else str(value)


def of_limit(attribute: str, kind: str, values: tuple[str, ...], low: End, high: End) -> Condition:
    """A limit or segment of the settings on an attribute of that ``kind`` (01_attributes)."""
    if values:
        return Condition(
            attribute=attribute, op="contains" if kind == "set" else "in", values=values
        )
    return Condition(attribute=attribute, op="between", low=low, high=high)


# words
# --------------------------------------------------------------------------------------------------


def of_row(row: Any) -> Condition:
    """The condition that a row of a table states in its columns (a mapping or a series)."""
    said = {name: row[name] for name in ("attribute", "op", "low", "high")}
    values = row["values"] if isinstance(row["values"], LISTS) else ()
    return Condition(**said, values=tuple(values), negated=bool(row.get("negated")))


@dataclass(frozen=True)
class About:
    """What 01_attributes says of an attribute, as far as its words need it."""

    label: str
    kind: str
    unit: str = ""
    currency: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any], currency: str = "") -> About:
        """From a row of 01_attributes."""
        unit = row.get("unit", "")
        kind, label = str(row["kind"]), str(row["label"])
        name = f"{row['attribute']} {label}" if "attribute" in row else label
        unit = "" if words.is_missing(unit) else str(unit)
        if kind == "count" and YEAR.search(name):
            kind, unit = "year", ""
        if kind == "amount" and "currency" not in (unit or "currency"):
            kind = "count"
        return cls(label, kind, unit, currency)

    @property
    def tail(self) -> str:
        """The unit behind a count, where the label does not say it already."""
        is_told = self.kind != "count" or self.unit.lower() in self.label.lower()
        return "" if is_told else f" {self.unit}"

    def number(self, x: float) -> str:
        """One number in the unit of the attribute."""
        return words.quantity(x, self._kind_at(x), self.currency)

    def between(self, low: End, high: End) -> str:
        """A range, both of whose ends belong to it."""
        kind = self.kind
        if kind == "year" and not all(x is None or self._kind_at(x) == "year" for x in (low, high)):
            kind = "count"
        return words.between(low, high, kind, self.currency)

    def step(self, low: End, high: End) -> str:
        """A range that ends where the next one begins: "200 to under 1,500"."""
        if low is None:
            return "any" if high is None else f"under {self.number(high)}"
        if high is None:
            return self.between(low, None)
        return f"{self.number(low)} to under {self.number(high)}"

    def _kind_at(self, x: float) -> str:
        return "count" if self.kind == "year" and not 1500 <= x <= 2200 else self.kind


def in_words(condition: Condition, about: About) -> str:
    """A condition as a line: "Employees: 200–1,500", "Stack: no CRM", "Seats: below 30"."""
    return f"{about.label}: {level_words(condition, about)}"


def level_words(condition: Condition, about: About) -> str:
    """What the attribute has to be, without its label."""
    if condition.op != "between":
        no = {"in": "not ", "contains": "no "}[condition.op] if condition.negated else ""
        return no + words.listed(condition.values, last="or")
    low, high = condition.low, condition.high
    if not condition.negated:
        text = about.between(low, high)
    elif high is None:
        text = f"below {about.number(low)}" if low is not None else "nothing"
    elif low is None:
        text = f"above {about.number(high)}"
    else:
        text = f"outside {about.between(low, high)}"
    return text + about.tail


def support_words(condition: Condition, about: About) -> str:
    """How far either end could lie: "lower end 150–300, upper end 1,200–2,500".

    Empty for levels and open ends.
    """
    parts = []
    for name, end, support in (
        ("lower", condition.low, condition.low_support),
        ("upper", condition.high, condition.high_support),
    ):
        if condition.op != "between" or end is None:
            continue
        bottom, top = (None if x is None else _two_digits(x) for x in support)
        if bottom is None and top is None:
            parts.append(f"{name} end not settled")
        elif bottom is None or top is None:
            known = (bottom if top is None else top) or 0.0
            parts.append(f"{name} end {about.number(known)} or none")
        else:
            parts.append(f"{name} end {about.between(bottom, top)}")
    return ", ".join(parts)


def _two_digits(x: float) -> float:
    """Two leading digits: an uncertain end deserves no more."""
    return float(np.format_float_scientific(x, precision=1))


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and isfinite(value) else None


def _hashable(cells: pd.Series) -> pd.Series | np.ndarray:
    """Lists as tuples, so that equal ones are looked up once."""
    if cells.dtype != object:
        return cells
    out = np.empty(len(cells), dtype=object)
    out[:] = [
        tuple(v) if isinstance(v, LISTS) else None if words.is_missing(v) else v for v in cells
    ]
    return out
