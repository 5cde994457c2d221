"""Conditions in words: numbers as people write them, ends with their support, and a check for words
that say nothing.
"""

import re

import numpy as np
import pandas as pd

from icplib.vocabulary.attributes import is_size
from icplib.vocabulary.judgements import vague_phrases

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def in_words(condition, row: dict, currency: str) -> str:
    """One condition as a line of the profile.

    "Employees: 200-1,500", "Industry: E-commerce or Fintech".
    """
    return f"{row['label']}: {level_words(condition, row, currency)}"


def level_words(condition, row: dict, currency: str) -> str:
    """What the attribute has to be, without its label."""
    if condition.op != "between":
        return " or ".join(condition.values)
    words = range_words(condition.low, condition.high, row, currency)
    unit = str(row.get("unit") or "")
    is_plain = row["kind"] == "count" and unit and unit.lower() not in row["label"].lower()
    return f"{words} {unit}" if is_plain else words


def range_words(low: float, high: float, row: dict, currency: str) -> str:
    """Both ends, or "x or more", "up to x"; open ends are infinite or None."""
    low, high = _open(low, -np.inf), _open(high, np.inf)
    if np.isinf(low) and np.isinf(high):
        return "any"
    if row["kind"] == "date":
        after = "" if np.isinf(low) else f"from {number_words(low, row, currency)}"
        return (
            f"{after} to {number_words(high, row, currency)}".strip()
            if np.isfinite(high)
            else f"{after} on"
        )
    if np.isinf(high):
        return f"{number_words(low, row, currency)} or more"
    if np.isinf(low):
        return f"up to {number_words(high, row, currency)}"
    return number_words(low, row, currency) if low == high else pair_words(low, high, row, currency)


def pair_words(low: float, high: float, row: dict, currency: str) -> str:
    """Write "200-1,500", "$20M-200M", "12 %-30 %"; "-5 to 3" where a minus sign would be misread."""
    first, second = number_words(low, row, currency), number_words(high, row, currency)
    if low < 0:
        return f"{first} to {second}"
    return f"{first}-{second.lstrip(''.join(SYMBOLS.values()))}"


def number_words(x: float, row: dict, currency: str) -> str:
    """One number in the unit of its attribute, at most three digits."""
    if row["kind"] == "date":
        return str((pd.Timestamp("1970-01-01") + pd.Timedelta(days=float(x))).date())
    if row["kind"] == "rate":
        return f"{_digits(100 * x)} %"
    if row["kind"] == "amount" and "currency" in str(row.get("unit") or "currency"):
        symbol = SYMBOLS.get(currency, f"{currency} ")
        sign, size = ("-" if x < 0 else ""), abs(x)
        for unit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
            if size >= unit:
                return f"{sign}{symbol}{_digits(size / unit)}{letter}"
        return f"{sign}{symbol}{_digits(size)}"
    if 1500 <= x <= 2200 and re.search(
        r"year|founded|since|opened", f"{row['attribute']} {row['label']}", re.IGNORECASE
    ):
        return f"{x:.0f}"
    return _digits(x)


def support_words(condition, row: dict, currency: str) -> str:
    """How far either end could lie: "lower end 150-300, upper end 1,200-2,500".

    Empty for levels and open ends.
    """
    if condition.op != "between":
        return ""
    parts = []
    for name, end, support in (
        ("lower", condition.low, condition.low_support),
        ("upper", condition.high, condition.high_support),
    ):
        if end is None or np.isinf(end):
            continue
        bottom, top = _open(support[0], -np.inf), _open(support[1], np.inf)
        if np.isinf(bottom) and np.isinf(top):
            parts.append(f"{name} end not settled")
        elif np.isinf(bottom):
            parts.append(f"{name} end {number_words(_two(top), row, currency)} or none")
        elif np.isinf(top):
            parts.append(f"{name} end {number_words(_two(bottom), row, currency)} or none")
        else:
            parts.append(f"{name} end {range_words(_two(bottom), _two(top), row, currency)}")
    return ", ".join(parts)


def is_specific(criterion) -> bool:
    """A criterion that names a number or a level, and is not itself one of the vague words."""
    if criterion.op == "between":
        return criterion.low is not None or criterion.high is not None
    return bool(criterion.values) and not all(
        vague_phrases(value) == (value.strip(),) for value in criterion.values
    )


def is_basic(rows: list[dict]) -> bool:
    """A profile of size and revenue alone, blind to technology, growth and behaviour."""
    return bool(rows) and all(
        is_size(row.get("attribute", ""), row.get("mission_row")) for row in rows
    )


def listed(words, last: str = "and") -> str:
    """Join as "a, b and c"."""
    words = list(words)
    return " ".join([", ".join(words[:-1]), last, words[-1]]) if len(words) > 1 else "".join(words)


def _open(x, infinity: float) -> float:
    return infinity if x is None or x != x else float(x)


def _two(x: float) -> float:
    """Two leading digits: an uncertain end deserves no more."""
    return float(f"{x:.1e}")


def _digits(x: float) -> str:
    if x == int(x) and abs(x) < 1e15:
        return f"{int(x):,}"
    if abs(x) >= 100:
        return f"{x:,.0f}"
    return f"{x:.3g}"
