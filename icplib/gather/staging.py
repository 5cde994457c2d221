"""A source of the settings -> a relation with our columns in our types, in the embedded engine.

An absent column becomes a typed null, so nothing after this asks what a company's CRM happens to
export. What could not be read is counted with examples; what cannot be decided (day or month first,
several currencies without rates) is an error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from icplib import words
from icplib.exports import FileReport, register
from icplib.exports.files import literal, quoted
from icplib.exports.ledger import Ledger, Unread
from icplib.exports.mapping import Mapped, demand, map_headers
from icplib.exports.money import Amount, factor, is_converted
from icplib.exports.statements import read_statement
from icplib.exports.values import (
    Reading,
    cleaned,
    column_reading,
    expression,
    ids,
    number_of,
    reading_of,
    text_sql,
)
from icplib.gather.canon import DECISIVE, FIELDS, FINAL_FIELDS, MONEY, NEEDED
from icplib.gather.desk import Desk
from icplib.gather.leakage import is_personal
from icplib.gather.privacy import RAW, WORDED, carried, declared, free_text
from icplib.gather.readings import as_given, refuse_1904, settled
from icplib.problems import UserError
from icplib.vocabulary.attributes import KNOWN

SQL_TYPE = {
    "text": "varchar",
    "number": "double",
    "rate": "double",
    "date": "date",
    "bool": "boolean",
}
SAMPLE = 1000  # rows that tell words from sentences
MANY_ROWS = 5  # below it, one value in all rows says nothing
MATERIALISED = 2_000_000  # larger Parquet files stay views: they are read where they lie


@dataclass
class Staged:
    """One source in the embedded engine: ``relation`` has our columns, ``raw`` the file's."""

    name: str
    relation: str
    raw: str
    file: str
    preset: str
    report: FileReport
    mapped: Mapped
    types: dict[str, str]
    reading: Reading
    fields: dict
    spec: Any
    declared: dict[str, str] = field(
        default_factory=dict
    )  # header -> "kept" or "hashed", by company.toml
    readings: dict[str, Reading] = field(default_factory=dict)  # ours -> how it was read
    free_text: set[str] = field(
        default_factory=set
    )  # our columns that turned out to hold sentences

    @property
    def read(self) -> str:
        """Relation with the file's columns, placeholders turned to null."""
        return f"read {self.name}"


def stage(desk: Desk, source) -> Staged:
    """Read one bound source (``Workbook.source``) as a relation named like the source.

    A table of the engine is fetched.
    """
    name, spec, settings, con = source.name, source.spec, desk.settings, desk.con
    raw, report = f"raw {name}", read_raw(desk, source)
    types = {c: t for c, t, *_ in con.execute(f"describe {quoted(raw)}").fetchall()}
    headers = [h for h in report.columns if h not in spec.drop]
    preset = spec.preset or settings.preset
    fields = FINAL_FIELDS if spec.final else FIELDS[name]
    mapped = map_headers(name, headers, preset, fields, spec.columns, file=report.file)
    _refuse_unusable(name, mapped, report)
    reading = reading_of(spec, settings, report)
    staged = Staged(
        name,
        name,
        raw,
        report.file,
        preset,
        report,
        mapped,
        types,
        reading,
        fields,
        spec,
        declared(name, report.columns, settings),
    )
    _log_file(desk.ledger, staged)
    _relation(desk, staged, spec)
    return staged


def read_raw(desk: Desk, source) -> FileReport:
    """The source's file, statement or table of ``engine`` as relation ``raw <name>``."""
    spec, raw, con, engine = source.spec, f"raw {source.name}", desk.con, desk.engine
    if spec.file is None and spec.sql is None:
        table = engine.fetched(engine.table(spec.table))
        registered(con, raw, table)
        return FileReport(
            spec.table, f"table of {engine.name}", "", len(table), tuple(table.columns)
        )
    if spec.sql is None:
        return register(con, raw, source.folder / spec.file, table=spec.table)
    table, report = read_statement(source.name, spec.sql, source.folder, desk.settings.memory_limit)
    con.register(f"{raw} rows", table)
    con.execute(f"create or replace temp table {quoted(raw)} as from {quoted(raw + ' rows')}")
    con.unregister(f"{raw} rows")
    return report


def _refuse_unusable(name: str, mapped: Mapped, report: FileReport) -> None:
    for column in NEEDED[name]:
        demand(mapped, column, name, report.file)
    if name in ("market_notes",):
        return
    said = {"churn_date", "churn_reason", "status", "is_churned"} & set(mapped.grades)
    if name == "churn" and not said:  # a list of companies is none of losses by itself
        demand(mapped, "churn_date", name, report.file)
    if name == "accounts" and not {"account_id", "account_name"} & set(mapped.columns):
        demand(
            mapped, "account_name", name, report.file
        )  # a website alone would leave most deals without their company
    if not {"account_id", "account_name", "domain", "contact_id", "email"} & set(mapped.columns):
        demand(mapped, "account_id", name, report.file)


def _log_file(log: Ledger, s: Staged) -> None:
    r = s.report
    log.stage(
        s.name,
        "lines that are no rows",
        len(r.footers) + len(r.rejected),
        f"{len(r.footers)} totals and footers, {len(r.rejected)} broken lines",
        n_in=r.n_rows,
    )
    log.found(
        "footer lines",
        s.name,
        "",
        len(r.footers),
        "left out",
        [f.text[:40] for f in r.footers],
    )
    log.found(
        "broken lines",
        s.name,
        "",
        len(r.rejected),
        "left out",
        [f"line {x.line}" for x in r.rejected],
        "mend the file",
    )
    for note in r.notes:
        log.found("repeated header", s.name, "", 1, note)


def _relation(desk: Desk, s: Staged, spec) -> None:
    """Create the relation with our columns; log what could not be read."""
    con, log = desk.con, desk.ledger
    numeric = [h for c, h in s.mapped.columns.items() if s.fields[c].kind in ("number", "rate")]
    lazy = s.report.format == "parquet" and s.report.n_rows > MATERIALISED
    cleaned(con, s.raw, s.read, s.types, numeric, s.reading, lazy)
    s.free_text |= free_text(s.name, _samples(con, s), log)
    select, checks = [], []
    for column, kind in ((c, f.kind) for c, f in s.fields.items()):
        header = s.mapped.columns.get(column)
        if header is None:
            select.append(f"cast(null as {SQL_TYPE[kind]}) as {column}")
            continue
        sql_type = s.types[header]
        kind = "id" if column.endswith("_id") else kind
        base = column_reading(s.reading, spec, s.report, column, header)
        base = replace(base, number_cells=number_of(header) in s.types)
        reading = s.readings[column] = settled(con, s, header, kind, base)
        for note in reading.notes:
            log.found("how dates are read", s.name, header, 1, note)
        value = expression(kind, header, sql_type, reading)
        if kind not in ("text", "id"):  # a nought that means nothing is no unreadable cell
            plain = replace(reading, zero_is_missing=False)
            checks.append((column, header, expression(kind, header, sql_type, plain)))
        if column in MONEY.get(s.name, ()):
            value = _in_company_currency(desk, s, header, value)
        if column == "account_id" and s.name not in ("accounts", "prospects"):
            value = _first_of_several(con, s, header, value, log)
            value = as_given(con, s, header, value, log)
        if column in s.free_text:
            value = "cast(null as varchar)"
        elif column in WORDED:
            value = _one_spelling(con, s, header, value)
        select.append(f"{value} as {column}")
    refuse_1904(con, s)
    beside = attribute_headers(s) if s.name in ("accounts", "prospects") else carried(s)
    select += [f"{as_text(s, header)} as {quoted(RAW + header)}" for header in beside]
    con.execute(
        f"create or replace temp {'view' if lazy else 'table'} {quoted(s.relation)} as select"
        f" {', '.join(select)} from {quoted(s.read)}"
    )
    if s.name in ("accounts", "prospects"):
        ids.remember(con, s.relation, "account_id")
    _log_unreadable(desk, s, checks)
    _log_flat(con, s, s.raw if lazy else s.read, log)


def attribute_headers(s: Staged) -> list[str]:
    """Headers of an account file that describe the company.

    The known attributes' and those that nobody knows.
    """
    known = [h for c, h in s.mapped.columns.items() if c in KNOWN] + list(s.mapped.unknown)
    return known + [h for h in carried(s) if h not in known]


def _samples(con, s: Staged) -> dict[str, tuple[str, list]]:
    """Some cells of the columns that should hold words: ours -> (header, cells)."""
    attributes = (
        KNOWN if s.name in ("accounts", "prospects") else ()
    )  # they are judged with the file's own columns
    worded = {
        c: h
        for c, h in s.mapped.columns.items()
        if c in WORDED and c not in attributes and s.types[h] == "VARCHAR"
    }
    if not worded:
        return {}
    cells = ", ".join(map(quoted, worded.values()))
    rows = con.execute(  # by a hash: the order of the file decides nothing
        f"select {cells} from {quoted(s.read)} order by hash({cells}), {cells} limit {SAMPLE}"
    ).fetchall()
    return {c: (h, [row[i] for row in rows]) for i, (c, h) in enumerate(worded.items())}


def as_text(s: Staged, header: str) -> str:
    """SQL of a raw column as text without placeholders.

    A list becomes its members joined by semicolons; an amount keeps the currency that the column
    beside it names.
    """
    if s.types[header].endswith("[]"):
        return f"array_to_string({quoted(header)}, '; ')"
    text = text_sql(header, s.types[header])
    if header not in s.mapped.currencies:
        return text
    return f"{text} || coalesce(' ' || cast({quoted(s.mapped.currencies[header])} as varchar), '')"


def _log_unreadable(desk: Desk, s: Staged, checks: list[tuple]) -> None:
    """Cells that did not become a value, counted for every column in one pass.

    UserError where they are many of a column on which deals, documents or losses rest.
    """
    asked = [(c, h, v) for c, h, v in checks if c not in KNOWN]
    if not asked:
        return
    sums = [f"count({quoted(h)}), count({quoted(h)}) - count({v})" for _, h, v in asked]
    counts = desk.con.execute(f"select {', '.join(sums)} from {quoted(s.read)}").fetchall()[0]
    for (column, header, value), known, n in zip(asked, counts[::2], counts[1::2], strict=True):
        said = f"{column}: {s.readings[column].said}"
        if not n:
            desk.ledger.read_column(s.name, header, said, known, Unread())
            continue
        text = f"cast({quoted(header)} as varchar)"
        shown = desk.con.execute(
            f"select distinct {text} as t from {quoted(s.read)} where ({value}) is"
            f" null and {quoted(header)} is not null order by t limit 3"
        ).fetchall()
        cells, remedy = [t for (t,) in shown], "declare date_order, decimal or missing"
        if column in DECISIVE[s.name] and n > desk.settings.cleaning.max_unread * known:
            raise UserError(
                f"{words.k_of_n(n, known)} cells cannot be read as {column}"
                f" (such as {', '.join(repr(cell[:60]) for cell in cells)})",
                file=s.file,
                column=header,
                remedy=f"Mend the export, or {remedy} for this source; cleaning.max_unread allows"
                " more.",
            )
        done = f"{words.k_of_n(n, known)} cells are read as unknown"
        log = desk.ledger
        log.read_column(s.name, header, said, known, Unread(n, tuple(cells)))
        log.found("unreadable values", s.name, header, n, done, cells, f"{remedy} for this source")


def _log_flat(con, s: Staged, relation: str, log: Ledger) -> None:
    """Columns without any value, or with the same one everywhere, found in one pass."""
    headers = [
        h
        for h in s.report.columns
        if not s.types[h].endswith("]") and not s.types[h].startswith(("STRUCT", "MAP", "BLOB"))
    ]
    asked = ", ".join(
        f"count({quoted(h)}), min({quoted(h)}) = max({quoted(h)}), cast(min({quoted(h)}) as"
        " varchar)"
        for h in headers
    )
    n_rows, *told = con.execute(f"select count(*), {asked} from {quoted(relation)}").fetchall()[0]
    log_flat(
        log,
        s,
        n_rows,
        dict(zip(headers, zip(told[::3], told[1::3], told[2::3], strict=True), strict=True)),
    )


def log_flat(log: Ledger, s: Staged, n_rows: int, told: dict[str, tuple]) -> None:
    """Rows of 01_quality for empty and constant columns.

    ``told``: header -> (values known, are they one, the least of them).
    """
    empty = [h for h, (n, _, _) in told.items() if n_rows and not n]
    constant = {
        h: least
        for h, (n, one, least) in told.items()
        if n >= MANY_ROWS and one and h not in s.mapped.currencies.values()
    }
    for check, headers, shown in (
        ("empty columns", empty, ()),
        ("constant columns", list(constant), _shown(s, constant)),
    ):
        done = (
            "unknown for every row"
            if check == "empty columns"
            else "kept, but it tells no two rows apart: no pattern comes of it"
        )
        log.found(
            check,
            s.name,
            ", ".join(headers),
            len(headers),
            done,
            shown,
            f"sources.{s.name}.drop = {json.dumps(headers, ensure_ascii=False)}",
        )


def _shown(s: Staged, constant: dict[str, str]) -> list[str]:
    """The one value of each constant column, where it is none of a person."""
    ours = {h: c for c, h in s.mapped.columns.items()}

    def impersonal(h, v):
        return not is_personal(h, pd.Series([v] * 4)) and (
            not s.fields[ours[h]].personal if h in ours else s.name in ("accounts", "prospects")
        )

    return [f"{h}: {value}" for h, value in constant.items() if impersonal(h, value)]


def _in_company_currency(desk: Desk, s: Staged, header: str, value: str) -> str:
    """The amount times the rate of its currency.

    From the paired column, from the record's currency, or from the sign in the cell. A header that
    says that it is converted needs no rate of the record.
    """
    pair = s.mapped.currencies.get(header)
    if not pair and not is_converted(header):
        pair = s.mapped.columns.get("currency")
    settings = desk.settings
    amount = Amount(s.read, header, s.types[header] == "VARCHAR", pair, s.file)
    times, foreign = factor(desk.con, amount, settings.currency, settings.rates)
    for code, n in foreign:
        rate = f"times {words.number(settings.rates[code])}"
        desk.ledger.read(s.name, pair or header, f"{code} in {header}", n, rate)
    return f"({value}) * {times}" if times else value


def _first_of_several(con, s: Staged, header: str, value: str, log: Ledger) -> str:
    n, shown = con.execute(
        f"select count(*), min({value}) from {quoted(s.read)} where contains({value}, ';')"
    ).fetchall()[0]
    if not n:
        return value
    log.found(
        "several companies in a cell",
        s.name,
        header,
        n,
        "the first one counts",
        [shown],
        f"map the primary company under [sources.{s.name}.columns] account_id",
    )
    return f"nullif(trim(split_part({value}, ';', 1)), '')"


def _one_spelling(con, s: Staged, header: str, value: str) -> str:
    """Categories that differ only in case or blanks become the most frequent spelling."""
    folded = f"lower(regexp_replace({value}, '\\s+', ' ', 'g'))"
    rows = con.execute(
        f"select f, list(v order by n desc, v) from (select {folded} f, {value} v, count(*) n from"
        f" {quoted(s.read)} where {value} is not null group by 1, 2) group by f having count(*) > 1"
        " order by f"
    ).fetchall()
    cases = " ".join(
        f"when {literal(other)} then {literal(ways[0])}" for _, ways in rows for other in ways[1:]
    )
    return f"case {value} {cases} else {value} end" if cases else value


def registered(con, name: str, frame: pd.DataFrame) -> None:
    """Make a DataFrame a temp table of the embedded engine."""
    con.register(f"{name} frame", frame)
    con.execute(
        f"create or replace temp table {quoted(name)} as select * from {quoted(f'{name} frame')}"
    )
    con.unregister(f"{name} frame")


def file_of(source) -> str:
    """What a source reads from, in words."""
    spec = source.spec
    return spec.file or (
        f"statement over {Path(source.folder).name}" if spec.sql else f"table {spec.table}"
    )
