"""Columns of dates: forms, the order of day and month, numbers of spreadsheets and systems.

A day number of a spreadsheet, seconds, milli- and microseconds since 1970 and 20250307 are read
cell by cell in SQL, ISO dates too; every other text is read once for each distinct one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from icplib.exports.rows import literal, quoted
from icplib.exports.values.days import parsed, placed
from icplib.exports.values.unsettled import Unsettled
from icplib.problems import UserError

if TYPE_CHECKING:
    from icplib.exports.values.reading import Reading

MOST_FORMS = 200_000  # distinct texts without their time: beyond it a column holds no dates
FEW = 0.01  # share of the dates of one order that are slips rather than the other order
SYSTEM_1904 = 1462  # days between the two ways in which spreadsheets count
FAR = 200  # days by which two columns of dates of a file differ at most in the middle
FEWEST = 2  # cells of each kind, below which a pattern is an accident
ORDERS = {"mdy": "month first", "dmy": "day first", "ymd": "year first"}

_TIME = (
    "[,\\sT\u00a0\u202f]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?[\\s\u00a0\u202f]*"
    "([aApP]\\.?[\\s\u00a0\u202f]?[mM]\\.?|[Uu]hr)?[\\s\u00a0\u202f]*"
    "([zZ]|[A-Z]{2,5})?([+-][0-9]{2}:?[0-9]{2})?(\\s*\\([^)]*\\))?$"
)
_NUMBER = "[0-9]{4,19}(\\.[0-9]+)?"
MACROS = f"""
create or replace temp macro icp_iso(s) as
  case when s like '____-__-__%' then try_cast(substr(s, 1, 10) as date) end;
create or replace temp macro icp_day_number(x) as case
  when x >= 20000 and x < 80000 then date '1899-12-30' + cast(floor(x) as integer)
  when x >= 190001 and x <= 220012 and x % 100 between 1 and 12
    then make_date(cast(x // 100 as integer), cast(x % 100 as integer), 1)
  when x >= 19000101 and x <= 22001231 then cast(try_strptime(x::bigint::varchar, '%Y%m%d') as date)
  when x >= 19000101000000 and x <= 22001231235959
    then cast(try_strptime(x::bigint::varchar, '%Y%m%d%H%M%S') as date)
  when x >= 2e8 and x < 1e10 then cast(epoch_ms(cast(x * 1000 as bigint)) as date)
  when x >= 1e11 and x < 1e13 then cast(epoch_ms(cast(x as bigint)) as date)
  when x >= 1e14 and x < 1e16 then cast(epoch_ms(cast(x / 1000 as bigint)) as date)
  when x >= 1e17 and x < 1e19 then cast(epoch_ms(cast(x / 1000000 as bigint)) as date) end;
create or replace temp macro icp_numbered(s) as
  case when regexp_full_match(s, '{_NUMBER}') then icp_day_number(try_cast(s as double)) end;
create or replace temp macro icp_untimed(s) as regexp_replace(s, {literal(_TIME)}, '');
create or replace temp macro icp_zoned(s, zone) as case
  when s like '____-__-__%' and regexp_matches(s, '([zZ]|[+-][0-9]{{2}}:?[0-9]{{2}})$') then
    coalesce(cast((try_cast(s as timestamptz) at time zone zone) as date), icp_iso(s)) end;
"""


@dataclass(frozen=True)
class Days:
    """What a column of texts holds: cells by kind, texts with day and month as numbers."""

    n_known: int
    n_iso: int
    n_number: int
    n_late: int  # days beyond the 12th among those that bear no order: ISO, typed, numbered
    texts: list[tuple[str, int, Any]]  # text without its time, cells, as parsed

    @property
    def first(self) -> list[tuple[str, int]]:
        """Texts whose first number can only be the day, with their cells."""
        return [(t, n) for t, n, d in self.texts if isinstance(d, tuple) and d[0] > 12]

    @property
    def second(self) -> list[tuple[str, int]]:
        """Texts whose second number can only be the day, with their cells."""
        return [(t, n) for t, n, d in self.texts if isinstance(d, tuple) and d[1] > 12]

    @property
    def open(self) -> list[tuple[str, int]]:
        """Texts that are a day in both orders, and not the same one."""
        return [
            (t, n)
            for t, n, d in self.texts
            if isinstance(d, tuple) and d[0] <= 12 and d[1] <= 12 and d[0] != d[1]
        ]

    @property
    def unread(self) -> list[tuple[str, int]]:
        """Texts that are no date, with their cells."""
        return [(t, n) for t, n, d in self.texts if d is None]


def survey(con, relation: str, text: str, zone: str = "") -> Days:
    """What the cells of one column are; ``text``: its SQL."""
    cells = f"select {text} as t from {relation}"
    n_known, n_iso, n_number, n_late = con.execute(
        "select count(t), count(iso), count(number), count(*) filter (day(coalesce(iso, number)) >"
        f" 12) from (select t, icp_iso(t) as iso, icp_numbered(t) as number from ({cells}))"
    ).fetchall()[0]
    whole = "t" if zone else "icp_untimed(t)"
    rows = con.execute(
        f"select {whole} as t, count(*) from ({cells}) where t is not null and icp_iso(t) is null"
        f" and icp_numbered(t) is null group by 1 order by 2 desc, 1 limit {MOST_FORMS + 1}"
    ).fetchall()
    place = ZoneInfo(zone) if zone else None
    texts = [(t, n, parsed(t, place)) for t, n in rows[:MOST_FORMS]]
    if len(rows) > MOST_FORMS:
        texts.append(("...", n_known - n_iso - n_number - sum(n for _, n, _ in texts), None))
    return Days(n_known, n_iso, n_number, n_late, texts)


def settle(con, days: Days, reading: Reading, name: str) -> Reading:
    """The reading with the order of day and month, and a table ``name`` of the texts' days.

    Raises Unsettled where the order cannot be told, contradicts what is declared, or where a
    spreadsheet has swapped day and month of one part of the cells.
    """
    order, notes = reading.date_order, list(reading.notes)
    swapped = _swapped(days)
    if swapped and order != swapped:
        raise _swap_error(days, swapped)
    if swapped:
        notes.append(f"day and month of typed dates are swapped back ({order})")
    else:
        order = _order(days, order)
    if days.n_number:
        notes.append("dates as numbers (of a spreadsheet or since 1970) are read as days")
    found = [(text, placed(day, order)) for text, _, day in days.texts]
    frame = pd.DataFrame(found, columns=["text", "day"]).astype({"text": "str"})
    frame["day"] = pd.to_datetime(frame["day"], errors="coerce").astype("datetime64[s]")
    known = frame.dropna()
    if len(known):
        con.register(f"{name} frame", known)
        con.execute(
            f"create or replace temp table {quoted(name)} as select text, cast(day as date) as day"
            f" from {quoted(f'{name} frame')}"
        )
        con.unregister(f"{name} frame")
    unread = [(t, n) for (t, n, _), (_, day) in zip(days.texts, found, strict=True) if day is None]
    shown = [t for t, _, d in days.texts if d is not None][:2]
    return replace(
        reading,
        date_order=order,
        days=name if len(known) else "",
        swapped=bool(swapped),
        has_numbers=days.n_number > 0,
        notes=tuple(notes),
        n_known=days.n_known,
        n_unread=sum(n for _, n in unread),
        unread=tuple(t for t, _ in unread[:2]),
        evidence=tuple(shown),
    )


def _order(days: Days, declared: str | None) -> str | None:
    n_day, n_month = sum(n for _, n in days.first), sum(n for _, n in days.second)
    if declared in ("mdy", "dmy"):
        against, proof = (n_day, n_month) if declared == "mdy" else (n_month, n_day)
        if against and not proof:
            shown = (days.first if declared == "mdy" else days.second)[0][0]
            other = "dmy" if declared == "mdy" else "mdy"
            raise Unsettled(
                f"date_order is declared as {declared}, but {against} dates say otherwise: {{}}",
                [shown],
                f'Declare date_order = "{other}".',
            )
    if declared:
        return declared
    if min(n_day, n_month) > FEW * (n_day + n_month):
        raise Unsettled(
            "some dates have the day first, some the month: {}",
            [days.first[0][0], days.second[0][0]],
            'Declare date_order = "dmy" or "mdy"; dates of the other form are then counted as'
            " unreadable.",
        )
    if n_day or n_month:
        return "dmy" if n_day > n_month else "mdy"
    if days.open:
        raise Unsettled(
            "day and month cannot be told apart: {} read well in both orders",
            sorted(text for text, _ in days.open),
            'Declare date_order = "mdy" (month first) or "dmy" (day first) in company.toml.',
        )
    return "mdy"  # 03/03/2025 and nothing else: both orders agree


def _swapped(days: Days) -> str | None:
    """The order of the texts, where a spreadsheet swapped days up to the 12th, and no other."""
    n_settled = days.n_iso + days.n_number
    n_first, n_second = (sum(n for _, n in late) for late in (days.first, days.second))
    if n_settled < FEWEST or n_first + n_second < FEWEST or days.n_late or days.open:
        return None
    if n_first and n_second:
        return None
    return "dmy" if n_first else "mdy"


def _swap_error(days: Days, order: str) -> Unsettled:
    return Unsettled(
        f"a spreadsheet has swapped day and month: {days.n_iso + days.n_number} dates lie on the"
        " 1st to the 12th of a month, and all dates beyond the 12th are text, such as {}"
        f" ({ORDERS[order]})",
        [(days.first or days.second)[0][0]],
        f'Export the file again without opening it, or declare date_order = "{order}" for this'
        " source; the dates are then swapped back.",
    )


def expression(text: str, reading: Reading) -> str:
    """SQL of the days of one text column.

    ``text`` is a column, since it stands here several times.
    """
    plain = f"icp_iso({text})"
    if reading.has_numbers:
        plain = f"coalesce({plain}, icp_numbered({text}))"
    if reading.swapped:
        plain = f"make_date(year({plain}), day({plain}), month({plain}))"
    parts = [plain]
    if reading.time_zone:
        parts.insert(0, f"icp_zoned({text}, {literal(reading.time_zone)})")
    if reading.days:
        whole = text if reading.time_zone else f"icp_untimed({text})"
        parts.append(f"(select day from {quoted(reading.days)} d where d.text = {whole})")
    return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]


def refuse_1904(con, relation: str, parts: list[tuple[str, str, bool]], *, file) -> None:
    """UserError for day numbers that lie 1,462 days off the file's other dates.

    ``parts``: (header, SQL of days, whether they came as day numbers).
    """
    if len({numbered for *_, numbered in parts}) < 2:
        return
    asked = ", ".join(f"cast(median({value}) as date)" for _, value, _ in parts)
    medians = con.execute(f"select {asked} from {quoted(relation)}").fetchall()[0]
    known = [(*part, day) for part, day in zip(parts, medians, strict=True) if day is not None]
    for header, _, numbered, day in known:
        for other, _, other_numbered, other_day in known:
            off = abs((other_day - day).days - SYSTEM_1904)
            if numbered and not other_numbered and off <= FAR:
                raise UserError(
                    f"its day numbers lie around {day}, the dates of '{other}' around {other_day}:"
                    " they count from 1904, four years later than usual",
                    file=file,
                    column=header,
                    remedy=(
                        "Save the workbook without the 1904 date system, or with dates instead"
                        " of numbers."
                    ),
                )


def parts(header: str, text: str, reading: Reading) -> list[tuple[str, str, bool]]:
    """The days of one column that came as numbers, and the others, for ``refuse_1904``."""
    whole = expression(text, reading)
    if not reading.has_numbers:
        return [(header, whole, False)]
    other = f"case when icp_numbered({text}) is null then {whole} end"
    return [(header, f"icp_numbered({text})", True), (header, other, False)]
