"""How the columns of one source are read: what is said of them, what they prove themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from icplib.exports.files import quoted
from icplib.exports.ledger import Ledger
from icplib.exports.values import Reading, dates, expression, ids, settle
from icplib.exports.values.reading import is_numeric
from icplib.problems import UserError

if TYPE_CHECKING:
    from icplib.gather.staging import Staged


def refuse_1904(con, s: Staged) -> None:
    """UserError where a date column counts days from 1904."""
    parts = []
    for column, reading in s.readings.items():
        header = s.mapped.columns[column]
        if reading.kind == "date" and s.types[header] == "VARCHAR":
            parts += dates.parts(header, quoted(header), reading)
        elif reading.kind == "date":
            day = expression("date", header, s.types[header], reading)
            parts.append((header, day, is_numeric(s.types[header])))
    dates.refuse_1904(con, s.read, parts, file=s.file)


def settled(con, s: Staged, header: str, kind: str, base: Reading) -> Reading:
    """The reading of one column; dates that prove no order follow the file's other dates."""
    try:
        return settle(con, s.read, header, kind, s.types[header], base, file=s.file)
    except UserError:
        dates = [
            h
            for c, h in s.mapped.columns.items()
            if s.fields[c].kind == "date" and s.types[h] == "VARCHAR"
        ]
        if kind != "date" or base.date_order or len(dates) < 2:
            raise
        con.execute(
            'create or replace temp view "all dates" as select'
            f" unnest([{', '.join(map(quoted, dates))}]) as {quoted(header)} from {quoted(s.read)}"
        )
        try:
            proven = settle(con, "all dates", header, kind, "VARCHAR", base, file=s.file)
        except UserError:
            proven = None
        if proven is None:
            raise
        base = replace(base, date_order=proven.date_order)
        return settle(con, s.read, header, kind, s.types[header], base, file=s.file)


def as_given(con, s: Staged, header: str, value: str, log: Ledger) -> str:
    """Ids as the companies have them, where others write them in another form.

    15 and 18 signs, ="001", lost zeros.
    """
    table = f"ids of {s.name}"
    found = ids.as_given(con, s.read, value, table)
    log.found(
        "ids in another form",
        s.name,
        header,
        sum(n for *_, n in found),
        "read as the company's id",
        [f"{written} -> {given}" for written, given, _ in found],
    )
    if not found:
        return value
    return f"coalesce((select i.given from {quoted(table)} i where i.written = {value}), {value})"
