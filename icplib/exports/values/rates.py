"""Percent or share: by the sign, then by the bulk of the values, never by a single one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from icplib.exports.values.numbers import PERCENT_WORDS
from icplib.exports.values.unsettled import Unsettled

SHARE, PERCENT, MIXED = "share", "percent", "mixed"
OTHER = {SHARE: PERCENT, PERCENT: SHARE}
HIGH = 1.5  # a share beyond it is rare: 150 %
BULK, RARE = 0.5, 0.2  # shares of the values beyond HIGH that make them percent, or exceptions


@dataclass(frozen=True)
class Rates:
    """Numbers of a column that bear no percent sign, zeros aside, and how many bear one."""

    n_marked: int
    n: int
    n_high: int
    all_whole: bool
    middle: float


_MARKED = re.compile(rf"[%％]|{PERCENT_WORDS}", re.I)


def is_marked(cell: str) -> bool:
    """Whether a cell says that it is a percent."""
    return bool(_MARKED.search(cell))


def rates_of(cells: list[tuple[float, bool, int]]) -> Rates:
    """The same of distinct cells: (number, whether it bears a sign, how many cells)."""
    plain = sorted((abs(v), n) for v, is_marked, n in cells if v and not is_marked)
    total, passed, middle = sum(n for _, n in plain), 0, 0.0
    for value, n in plain:
        passed += n
        middle = value
        if 2 * passed >= total:
            break
    return Rates(
        sum(n for _, is_marked, n in cells if is_marked),
        total,
        sum(n for v, n in plain if v > HIGH),
        bool(plain) and all(v == int(v) for v, _ in plain),
        middle,
    )


def rates(con, relation: str, value: str, marked: str) -> Rates:
    """One pass over a relation; ``value`` and ``marked`` are SQL."""
    row = con.execute(
        "select count(*) filter (m), count(*) filter (not m), count(*) filter (not m and v >"
        f" {HIGH}), coalesce(bool_and(v = floor(v)) filter (not m), false), coalesce(median(v)"
        f" filter (not m), 0) from (select abs({value}) as v, {marked} as m from {relation}) where"
        " v > 0"
    ).fetchall()[0]
    return Rates(*row)


def scale_of(found: Rates) -> str | None:
    """What the numbers without a sign are; None where they could be both."""
    if not found.n:
        return SHARE
    if not found.n_high:
        return None if found.all_whole and not found.n_marked else SHARE
    if found.n_marked:  # among cells with a sign a high number without one is anything
        return PERCENT if found.n_marked < RARE * found.n and _is_percent(found) else MIXED
    if _is_percent(found):
        return PERCENT
    return SHARE if found.n_high <= RARE * found.n and found.middle <= 1 else None


def _is_percent(found: Rates) -> bool:
    return found.n_high >= BULK * found.n or found.all_whole


def read(value: float, is_marked: bool, scale: str | None) -> float | None:
    """One number as a share; None where it is neither."""
    if is_marked or scale == PERCENT:
        return value / 100
    return None if scale == MIXED and abs(value) > HIGH else value


def undecidable(cells: list[str], column: str, expected: str | None = None) -> Unsettled:
    """Two cells that may be share or percent, or that are not what is ``expected``."""
    what = (
        f"{{}} look like a {OTHER[expected]}, the card's own are a {expected}" if expected else ""
    )
    return Unsettled(
        what or "percent or share? {} can be both",
        cells,
        f'Say it for this source: percent = ["{column}"] or shares = ["{column}"].',
    )
