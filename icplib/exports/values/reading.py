"""How the cells of one column are read, settled from all of them, with the evidence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from icplib.exports.money import unit_of
from icplib.exports.rows import literal, quoted
from icplib.exports.values import dates, ids, numbers, placeholders, rates
from icplib.exports.values.unsettled import Unsettled
from icplib.words import number

MACROS = placeholders.MACROS + numbers.MACROS + dates.MACROS + ids.MACROS
TEXT = ("VARCHAR",)
NUMERIC_TYPES = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)


@dataclass(frozen=True)
class Reading:
    """How the cells of one column are read.

    Declared in the settings, or settled by ``settle`` from the whole column; then with what was
    seen: cells known, cells unread with two of them, two cells that show how it is read.
    """

    date_order: str | None = None
    decimal: str | None = None
    missing: tuple[str, ...] = ()
    zero_is_missing: bool = False
    scale: str | None = None  # of a rate: share or percent
    expected: str | None = None  # the scale where the column itself says nothing against it
    time_zone: str = ""
    groups: str = numbers.COMMA  # a thousands sign of this file where nothing else proves it
    number_cells: bool = False  # some cells came as numbers, beside the text (``number_of``)
    has_numbers: bool = False  # dates among which some are numbers
    swapped: bool = False  # day and month of typed dates
    days: str = ""  # table of the days of the column's texts
    times: float = 1.0  # of numbers in thousands or millions
    kind: str = ""
    n_known: int | None = None
    n_unread: int = 0
    unread: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def said(self) -> str:
        """Kind, signs, scale and order in words."""
        of_dates = {"mdy": "month first", "dmy": "day first"}.get(
            self.days and self.date_order or ""
        )
        of_numbers = f"decimal sign {self.decimal}" if self.decimal and self.evidence else None
        parts = {
            "date": [of_dates, self.time_zone],
            "number": [of_numbers, f"times {number(self.times)}" if self.times > 1 else None],
            "rate": [of_numbers, self.scale],
        }.get(self.kind, [])
        return ", ".join([self.kind, *filter(None, parts)])

    @property
    def words(self) -> str:
        """Placeholder words as one SQL pattern."""
        return placeholders.pattern(self.missing)


def reading_of(spec, settings, report) -> Reading:
    """What the settings and the file's own form say of all its columns."""
    return Reading(
        spec.date_order or settings.date_order,
        spec.decimal or settings.decimal,
        spec.missing,
        time_zone=settings.time_zone,
        groups="" if report.delimiter in (";", "\t", "|") else ",",
    )


def column_reading(base: Reading, spec, report, column: str, header: str) -> Reading:
    """What the settings and the header say of one column: scale, zeros that mean nothing."""
    named = {column, header}
    scale = "percent" if named & set(spec.percent) else None
    if named & set(spec.shares) or (header in report.percent and not scale):
        scale = "share"
    said = unit_of(header).times
    times = 1e3 if named & set(spec.thousands) else 1e6 if named & set(spec.millions) else said
    return replace(base, zero_is_missing=column in spec.zero_is_missing, scale=scale, times=times)


def install(con) -> None:
    """Make the macros known to a connection."""
    con.execute(MACROS)


def bare(column: str) -> str:
    """Name of the helper column: a column's text cells without blanks and signs of money."""
    return f"bare: {column}"


def number_of(column: str) -> str:
    """Name of the helper column that holds the cells of a mixed column that came as numbers."""
    return f"number: {column}"


def cleaned(
    con,
    raw: str,
    relation: str,
    types: dict[str, str],
    numeric: list[str],
    reading: Reading,
    lazy: bool = False,
) -> None:
    """Relation of ``raw``'s columns, placeholders as null, a ``bare`` one for each ``numeric``.

    Every later question to a column is asked here, where its text has been looked at once.
    """
    texts = [c for c, t in types.items() if t in TEXT]
    trimmed = ", ".join(f"icp_trim({quoted(c)}) as {quoted(c)}" for c in texts)
    known = ", ".join(f"icp_known({quoted(c)}, {reading.words}) as {quoted(c)}" for c in texts)
    select = f"select * {f'replace ({trimmed})' if texts else ''} from {quoted(raw)}"
    select = f"select * {f'replace ({known})' if texts else ''} from ({select})"
    helpers = "".join(
        f", icp_bare({_text_cell(c, types)}) as {quoted(bare(c))}" for c in numeric if c in texts
    )
    con.execute(
        f"create or replace temp {'view' if lazy else 'table'} {quoted(relation)} as select"
        f" *{helpers} from ({select})"
    )


def _text_cell(column: str, types: dict[str, str]) -> str:
    """The cell where it is text, null where it came as a number."""
    if number_of(column) not in types:
        return quoted(column)
    return f"case when {quoted(number_of(column))} is null then {quoted(column)} end"


def is_numeric(sql_type: str) -> bool:
    """Whether a column of this SQL type holds numbers."""
    return sql_type.startswith(NUMERIC_TYPES)


def text_sql(column: str, sql_type: str) -> str:
    """A column as text: whole numbers without .0, as an export would have them."""
    raw = quoted(column)
    if sql_type in TEXT:
        return raw
    if sql_type in ("DOUBLE", "FLOAT"):
        whole = f"{raw} = floor({raw}) and abs({raw}) < 1e15"
        return f"case when {whole} then {raw}::bigint::varchar else {raw}::varchar end"
    return f"cast({raw} as varchar)"


def expression(kind: str, column: str, sql_type: str, reading: Reading) -> str:
    """SQL over a ``cleaned`` relation that reads ``column`` as ``kind``.

    It is text, id, number, rate, bool or date.

    A column that came with a type of its own keeps its values.
    """
    if kind == "text":
        return text_sql(column, sql_type)
    if kind == "id":
        return f"icp_bare_id({text_sql(column, sql_type)})"
    if kind == "date":
        return _date_sql(column, sql_type, reading)
    if kind == "bool":
        return quoted(column) if sql_type == "BOOLEAN" else f"icp_bool({quoted(column)}::varchar)"
    value = _number_sql(column, sql_type, reading)
    if kind == "rate":
        value = _rate_sql(value, column, sql_type, reading)
    elif reading.times > 1:
        scaled = f"regexp_matches({quoted(bare(column))}, '[a-z]')" if sql_type in TEXT else "false"
        value = f"({value}) * case when {scaled} then 1.0 else {reading.times} end"
    return f"nullif({value}, 0)" if reading.zero_is_missing else value


def _date_sql(column: str, sql_type: str, reading: Reading) -> str:
    raw = quoted(column)
    if sql_type == "TIMESTAMP WITH TIME ZONE":
        return f"cast({raw} at time zone {literal(reading.time_zone or 'UTC')} as date)"
    if sql_type.startswith(("DATE", "TIMESTAMP")):
        return f"cast({raw} as date)"
    if is_numeric(sql_type):
        return f"icp_day_number({raw})"
    return dates.expression(raw, reading)


def _number_sql(column: str, sql_type: str, reading: Reading) -> str:
    raw = quoted(column)
    if sql_type == "BOOLEAN":
        return f"cast({raw} as double)"
    if is_numeric(sql_type):
        return f"case when isfinite(cast({raw} as double)) then cast({raw} as double) end"
    value = numbers.value_sql(quoted(bare(column)), reading.decimal)
    typed = quoted(number_of(column))
    return f"coalesce({typed}, {value})" if reading.number_cells else value


def _rate_sql(value: str, column: str, sql_type: str, reading: Reading) -> str:
    if is_numeric(sql_type):
        return f"{value} / 100.0" if reading.scale == rates.PERCENT else value
    plain = f"{value} / 100.0" if reading.scale == rates.PERCENT else value
    if reading.scale == rates.MIXED:  # among cells with a sign a number without one is a share
        plain = f"case when abs({value}) <= {rates.HIGH} then {value} end"
    marked = f"contains({quoted(bare(column))}, '%')"
    return f"case when {marked} then {value} / 100.0 else {plain} end"


def settle(
    con, relation: str, column: str, kind: str, sql_type: str, reading: Reading, *, file
) -> Reading:
    """The reading with what the whole column of a ``cleaned`` relation proves added.

    Raises UserError, with two cells and the line to write, where the column cannot be decided: the
    order of day and month, the decimal sign, percent or share, ids that a spreadsheet has spoilt.
    """
    reading = replace(reading, kind=kind)
    is_text = sql_type in TEXT
    try:
        if kind == "id" and (is_text or is_numeric(sql_type)):
            ids.settle(con, relation, text_sql(column, sql_type))
        elif kind == "date" and is_text:
            found = dates.survey(con, quoted(relation), quoted(column), reading.time_zone)
            reading = dates.settle(con, found, reading, f"days of {relation}: {column}")
        elif kind in ("number", "rate"):
            reading = _settle_numbers(con, relation, column, reading) if is_text else reading
            if kind == "rate":
                reading = _settle_rate(con, relation, column, sql_type, reading)
    except Unsettled as problem:
        raise problem.told(file, column, con, relation) from None
    return reading


def _settle_numbers(con, relation: str, column: str, reading: Reading) -> Reading:
    cell = quoted(column)
    if reading.number_cells:
        cell = f"case when {quoted(number_of(column))} is null then {cell} end"
    forms = numbers.shapes(
        con,
        f"select 0 as name, {cell} as cell, {quoted(bare(column))} as bare, 1 as n"
        f" from {quoted(relation)}",
    ).get(0, [])
    decision = numbers.decide(forms, reading.decimal, reading.groups)
    unread = numbers.unread(forms, decision.decimal)
    return replace(
        reading,
        decimal=decision.decimal,
        n_known=sum(shape.n for shape in forms),
        n_unread=sum(shape.n for shape in unread),
        unread=tuple(cell for shape in unread for cell in shape.cells)[:2],
        evidence=decision.evidence,
    )


def _settle_rate(con, relation: str, column: str, sql_type: str, reading: Reading) -> Reading:
    if reading.scale:
        return reading
    value = _number_sql(column, sql_type, reading)
    is_text = sql_type in TEXT
    marked = f"coalesce(contains({quoted(bare(column))}, '%'), false)" if is_text else "false"
    found = rates.rates(con, quoted(relation), value, marked)
    scale = rates.scale_of(found)
    against = reading.expected and found.n and scale == rates.OTHER[reading.expected]
    if against or not (scale or reading.expected):
        text = text_sql(column, sql_type)
        shown = con.execute(
            f"select min({text}), max({text}) from {quoted(relation)} where ({value}) > 0"
        ).fetchall()[0]
        raise rates.undecidable(list(shown), column, reading.expected if against else None)
    return replace(reading, scale=scale or reading.expected)
