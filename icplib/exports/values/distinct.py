"""Own columns of a file, about which nothing is known.

Their distinct cells, all columns at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from icplib.exports.rows import quoted
from icplib.exports.values import numbers
from icplib.exports.values.bands import ends, read_band
from icplib.exports.values.days import parsed, placed
from icplib.exports.values.unsettled import Unsettled

NUMERIC = (
    0.5  # share of cells that are numbers or bands, from which the decimal sign must be settled
)
CELLS = "distinct cells"


@dataclass(frozen=True)
class Source:
    """What is declared for the file that a column comes from; ``typed`` columns came as numbers."""

    decimal: str | None
    groups: str
    date_order: str | None
    typed: bool = False


def read_distinct(
    con, counts: dict[str, dict[str, int]], sources: dict[str, Source]
) -> tuple[dict[str, dict[str, tuple]], dict[str, str], dict[str, Unsettled]]:
    """Column -> cell -> (number or None, date or None); decimal signs; ambiguous columns.

    A sign for each column; ambiguous are columns that can be read in two ways.
    """
    _register(con, counts)
    forms = numbers.shapes(con, f"select name, cell, bare, n from {quoted(CELLS)}")
    decimals, unsettled = {}, {}
    for name, source in sources.items():
        try:
            decimals[name] = _decimal(forms.get(name, []), counts[name], source)
        except Unsettled as problem:
            decimals[name], unsettled[name] = source.decimal or numbers.POINT, problem
    return _read(con, counts, decimals, sources), decimals, unsettled


def _register(con, counts: dict[str, dict[str, int]]) -> None:
    parts = [
        pd.DataFrame({"name": name, "cell": list(cells), "n": list(cells.values())})
        for name, cells in counts.items()
        if cells
    ]
    empty = pd.DataFrame({"name": [], "cell": [], "n": []})
    frame = pd.concat(parts or [empty], ignore_index=True)
    con.register("cells frame", frame.astype({"name": "str", "cell": "str", "n": "int64"}))
    con.execute(
        f"create or replace temp table {quoted(CELLS)} as select name, cell, n, icp_bare(cell) as"
        ' bare from "cells frame"'
    )
    con.unregister("cells frame")


def _decimal(forms: list[numbers.Shape], cells: dict[str, int], source: Source) -> str:
    if source.typed:
        return numbers.POINT
    other = numbers.unread(numbers.unread(forms, numbers.POINT), numbers.COMMA)
    n_other = sum(shape.n for shape in other)
    total = sum(cells.values())
    banded = {}
    if other:
        banded = {
            cell: n
            for cell, n in cells.items()
            if read_band(cell, numbers.POINT) or read_band(cell, numbers.COMMA)
        }
    if total - n_other + sum(banded.values()) < NUMERIC * total:
        return source.decimal or numbers.POINT
    found = [shape for shape in forms if shape not in other] + ends(banded)
    return numbers.decide(found, source.decimal, source.groups).decimal


def _read(con, counts, decimals, sources) -> dict[str, dict[str, tuple]]:
    out: dict[str, dict[str, tuple]] = {name: {} for name in counts}
    commas = [name for name, decimal in decimals.items() if decimal == numbers.COMMA]
    rows = con.execute(
        "select name, cell, case when list_contains(?, name) then icp_comma(bare) else"
        f" icp_point(bare) end, icp_iso(cell) from {quoted(CELLS)}",
        [commas],
    ).fetchall()
    for name, cell, number, day in rows:
        if number is None and day is None:
            day = placed(parsed(cell), sources[name].date_order or "mdy")
        out[name][cell] = (number, day)
    return out
