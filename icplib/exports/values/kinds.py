"""What an unknown column holds: its kind, from all its distinct cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from icplib.exports.values.bands import Band, read_band, undo_excel
from icplib.exports.values.lists import find_separator
from icplib.exports.values.rates import HIGH, is_marked
from icplib.vocabulary.cells import CURRENCIES, ORDINAL_WORDS, RATES
from icplib.words import number

MOSTLY = 0.9  # share of the cells that make a column numbers or bands
DATED = 0.95
BANDED = 0.3
SOME_MARKED = 0.05  # share of percent signs that makes a column one of rates
HUNDREDS = 500  # percent: a column called growth or share has none beyond
_RATE_NAME = re.compile(rf"%|({'|'.join(RATES)})(?![^\W\d_])", re.I)
_AMOUNT_NAME = re.compile(
    r"revenue|amount|sales|\barr\b|\bmrr\b|budget|price|spend|cost|funding|turnover|value|umsatz|income",
    re.I,
)
_MONEY = re.compile(rf"[$€£¥₹]|\b({'|'.join(CURRENCIES)})\b", re.I)


@dataclass(frozen=True)
class Guess:
    """What an unknown column holds: its kind, how to read it and why."""

    kind: str  # nominal, set, ordinal, count, amount, rate, date, empty
    reason: str
    separator: str | None = None
    order: tuple[str, ...] = ()
    levels: dict[str, str] = field(default_factory=dict)  # raw cell -> level, for ordinals
    notes: tuple[str, ...] = ()


def guess_kind(
    name: str,
    counts: dict[str, int],
    readable: dict[str, tuple],
    decimal: str | None = ".",
    letters: bool = False,
) -> Guess:
    """Kind of an unknown column from its distinct cells.

    ``counts``: cell -> occurrences (known cells only). ``readable``: cell -> (number or None, date
    or None), as the macros read it. A number with few distinct values is still a number; banded
    text and known scales are ordinal; a date is a date only when nearly every cell is one.
    """
    total = sum(counts.values())
    if not total:
        return Guess("empty", "no value is known")

    def weight(cells) -> float:
        return sum(counts[c] for c in cells) / total

    numbers = {c for c in counts if readable[c][0] is not None}
    bands = {c: b for c in counts if c not in numbers if (b := read_band(c, decimal, letters))}
    broken = {
        c: b
        for c in counts
        if c not in bands and (u := undo_excel(c)) and (b := read_band(u)) is not None
    }
    dates = {c for c in counts if readable[c][1] is not None and c not in numbers}
    if bands and weight(bands) >= BANDED and weight({*bands, *broken, *numbers}) >= MOSTLY:
        return _banded(name, {**bands, **broken}, broken, {c: readable[c][0] for c in numbers})
    if numbers and weight({*numbers, *bands, *broken}) >= MOSTLY:  # a few bands among numbers
        return _numeric(name, [readable[c][0] for c in numbers], weight, numbers)
    if weight(dates) >= DATED:
        return Guess("date", "dates")
    if scale := ordinal_order(set(counts)):
        return Guess("ordinal", "a known scale", order=scale, levels={v: v for v in counts})
    if separator := find_separator(counts):
        why = f"several values in a cell, separated by {separator!r}"
        return Guess("set", why, separator=separator)
    return Guess("nominal", "words")


def _banded(name: str, ends: dict[str, Band], broken, numbers: dict[str, float]) -> Guess:
    whole = {c: (v, v) for c, v in numbers.items() if c not in ends}
    labels = {c: band_label(b) for c, b in ends.items()} | {c: c for c in whole}
    position = {labels[c]: b for c, b in (ends | whole).items()}
    ordered = sorted(position, key=lambda level: _place(position[level]))
    notes = tuple(
        f"'{c}' in '{name}' is what Excel makes of '{undo_excel(c)}'; it is read so"
        for c in sorted(broken)
    )
    return Guess("ordinal", "bands of a number", order=tuple(ordered), levels=labels, notes=notes)


def _place(band: Band) -> tuple[float, float]:
    low, high = band
    return (0 if low is None else low, float("inf") if high is None else high)


def _numeric(name: str, values: list[float], weight, numbers: set[str]) -> Guess:
    marked = weight({c for c in numbers if is_marked(c)})
    whole = all(float(v).is_integer() for v in values)
    is_money = any(map(_MONEY.search, sorted(numbers)[:500]))
    if marked > SOME_MARKED or (
        not is_money and _RATE_NAME.search(name) and _are_rates(values, whole)
    ):
        return Guess("rate", "percent signs" if marked else "shares by name and size")
    if is_money or _AMOUNT_NAME.search(name):
        return Guess("amount", "money by sign or name")
    return Guess("count" if whole else "amount", "whole numbers" if whole else "numbers")


def _are_rates(values: list[float], whole: bool) -> bool:
    """Whether most numbers are shares, or most are percents of at most a few hundred."""
    sizes = sorted(map(abs, values))
    if not whole:
        return sizes[int(0.8 * (len(sizes) - 1))] <= HIGH or sizes[-1] <= HUNDREDS
    return sizes[len(sizes) // 2] > HIGH and sizes[-1] <= HUNDREDS


def ordinal_order(values: set[str]) -> tuple[str, ...] | None:
    """Levels from low to high when the words are a known scale ('low', 'high'), or None."""
    by_fold = {v.casefold(): v for v in values}
    for scale in ORDINAL_WORDS:
        if len(by_fold) >= 2 and set(by_fold) <= set(scale):
            return tuple(by_fold[w] for w in scale if w in by_fold)
    return None


def band_label(band: Band) -> str:
    """A band in one spelling, whatever the file's."""
    low, high = band
    if high is None:
        return f"{number(low)}+"
    return f"< {number(high)}" if low is None else f"{number(low)}-{number(high)}"
