"""The tables of events (deals, invoices, tickets, contacts, engagement).

Staged, cleaned in the open, and summed up per company.
"""

from __future__ import annotations

from datetime import date

import narwhals.stable.v2 as nw
import pandas as pd

from icplib.exports import FileReport
from icplib.exports.mapping import map_headers
from icplib.exports.values import MISSING_WORDS, Reading
from icplib.gather import joins
from icplib.gather.attributes import spelling
from icplib.gather.canon import FIELDS, NEEDED, clean_name
from icplib.gather.companies import name_index
from icplib.gather.engines import canonical
from icplib.gather.log import Log
from icplib.gather.privacy import WORDED, carried, declared, free_text
from icplib.gather.ranges import log_outside, ranges_of
from icplib.gather.staging import SAMPLE, Staged, log_flat, registered, stage
from icplib.problems import UserError, did_you_mean

TABLES = ("deals", "invoices", "tickets", "contacts", "engagement")
WHY = {
    "no company": "the row names no company",
    "no such account": "the company is in neither accounts nor prospects",
    "no date": "the row has no readable date",
    "after the quarter": "not visible on the as-of date",
}
# rows that cannot be as they say: mark of joins -> check, column, done, how to decide otherwise
CONTRADICTIONS = {
    "deals": {
        "_swapped": (
            "closed before created",
            "close_date",
            "the deal counts, its cycle is unknown",
            '[sources.deals.columns] created_date = "<another header>"',
        ),
        "_undated_win": (
            "won without a close date",
            "close_date",
            "counted as open",
            '[sources.deals.columns] close_date = "<another header>"',
        ),
        "_closed_later": (
            "closed after the quarter",
            "close_date",
            "open as of the quarter; its amount may already be the final one",
            "",
        ),
    },
    "tickets": {
        "_swapped": (
            "closed before opened",
            "closed_date",
            "the ticket counts by its opening",
            '[sources.tickets.columns] opened_date = "<another header>"',
        ),
    },
}


def load(engine, wb, name: str, out: pd.DataFrame, log: Log) -> tuple[nw.LazyFrame, Staged] | None:
    """One table as a frame of the engine with our columns, from a file or from the engine's own
    table; None when it is absent.
    """
    source = wb.source(name)
    if source is None:
        return None
    if source.spec.file is None and source.spec.sql is None:
        return _from_engine(engine, source, wb.settings, log)
    staged = stage(engine.con, source, wb.settings, log)
    if "account_id" not in staged.mapped.columns and "account_name" in staged.mapped.columns:
        _ids_by_name(engine.con, staged, out, log)
    return engine.staged(staged.relation), staged


def _from_engine(engine, source, settings, log: Log) -> tuple[nw.LazyFrame, Staged]:
    frame = engine.table(source.spec.table)
    headers = frame.collect_schema().names()
    preset = source.spec.preset or settings.preset
    mapped = map_headers(
        source.name,
        headers,
        preset,
        FIELDS[source.name],
        source.spec.columns,
        file=source.spec.table,
    )
    for column in (*NEEDED[source.name], *(("account_id",) if source.name != "engagement" else ())):
        if column not in mapped.columns:
            raise UserError(
                f"no column is recognised as {column}",
                file=source.spec.table,
                column=column,
                remedy=did_you_mean(column, headers),
            )
    plain = {
        column: header
        for column, header in mapped.columns.items()
        if FIELDS[source.name][column].kind != "bool"
    }
    asked = {
        f"{column}_{what}": ask(nw.col(header))
        for column, header in plain.items()
        for what, ask in (("n", nw.Expr.count), ("low", nw.Expr.min), ("high", nw.Expr.max))
    }
    told = engine.fetched(frame.select(n=nw.len(), **asked)).iloc[0]
    n = int(told["n"])
    log.stage(source.name, "lines that are no rows", 0, "", n_in=n)
    report = FileReport(source.spec.table, f"table of {engine.name}", "", n, tuple(headers))
    staged = Staged(
        source.name,
        source.name,
        "",
        source.spec.table,
        preset,
        report,
        mapped,
        dict.fromkeys(headers, ""),
        Reading(),
        FIELDS[source.name],
        declared(source.name, headers, settings),
    )
    log_flat(
        log,
        staged,
        n,
        {
            header: (told[f"{c}_n"], told[f"{c}_low"] == told[f"{c}_high"], str(told[f"{c}_low"]))
            for c, header in plain.items()
        },
    )
    samples = {
        c: h
        for c, h in mapped.columns.items()
        if c in WORDED and frame.collect_schema()[h] == nw.String
    }
    if samples:
        some = engine.fetched(frame.select(*samples.values()).head(SAMPLE))
        staged.free_text |= free_text(
            source.name, {c: (h, some[h].tolist()) for c, h in samples.items()}, log
        )
    used = {c: h for c, h in mapped.columns.items() if c not in staged.free_text}
    frame = canonical(frame, source.name, used, tuple(carried(staged)))
    return (
        _one_spelling(engine, frame, [c for c in samples if c in used], source.spec.missing),
        staged,
    )


def _one_spelling(engine, frame, columns: list[str], missing: tuple[str, ...]):
    """Words of an engine's table as those of a file are read.

    The most frequent spelling counts, placeholders are unknown.
    """
    placeholders = {*MISSING_WORDS, *(word.strip().casefold() for word in missing)}
    for column in columns:
        counts = engine.fetched(
            frame.filter(~nw.col(column).is_null()).group_by(column).agg(n=nw.len())
        )
        ways = spelling(dict(zip(counts[column].astype("str"), counts["n"], strict=True)))
        changed = {
            way: None if way.strip().casefold() in placeholders else ours
            for way, ours in ways.items()
            if way != ours or way.strip().casefold() in placeholders
        }
        value = nw.col(column)
        for way, ours in changed.items():
            value = nw.when(nw.col(column) == way).then(nw.lit(ours, nw.String)).otherwise(value)
        frame = frame.with_columns(value.alias(column)) if changed else frame
    return frame


def _ids_by_name(con, s: Staged, out: pd.DataFrame, log: Log) -> None:
    """Companies by cleaned name, where the export has no id column.

    Names that two companies share stay without an id.
    """
    index = name_index(out)
    names = con.execute(
        f'select distinct account_name from "{s.relation}" where account_name is not null'
    ).df()["account_name"]
    found = pd.DataFrame(
        {"name": names.astype("str"), "id": [index.get(clean_name(n)) for n in names]}
    ).astype("str")
    registered(con, f"{s.name} names", found)
    con.execute(
        f'create or replace temp table "{s.relation}" as select t.* replace (n.id as account_id)'
        f' from "{s.relation}" t left join "{s.name} names" n on t.account_name = n.name'
    )
    log.found(
        "companies by name",
        s.name,
        "account_name",
        len(names),
        f"{found['id'].notna().sum()} of {len(names)} names found; the file has no id column",
        found.loc[found["id"].isna(), "name"],
        "export the account id",
    )


def clean(engine, name: str, frame, s: Staged, spine, cut, wb, log: Log, contacts=None):
    """The usable rows of one table and the table by company.

    Every row that is not used is counted under its reason.
    """
    for old, new in wb.settings.cleaning.merge_accounts.items():
        frame = frame.with_columns(
            account_id=nw.when(nw.col("account_id") == old)
            .then(nw.lit(new))
            .otherwise(nw.col("account_id"))
        )
    if joins.ROW_ID.get(name) in s.mapped.columns:
        n = int(engine.fetched(joins.n_copies(frame, name))["n"].fillna(0).iloc[0])
        log.stage(name, "repeated ids", n, "the id stands in several rows: the first counts")
        frame = joins.without_copies(frame, name) if n else frame
    channels = (
        engine.fetched(joins.channels_of(frame))["channel"].tolist() if name == "engagement" else ()
    )
    frame = joins.prepared(
        _in_range(engine, name, frame, s, cut, wb.settings, log), name, cut, contacts
    )
    rows = joins.usable(
        frame, name, cut
    )  # before anything is kept: DuckDB looks a frame over again after every new table
    per = engine.keep(joins.per_company(frame, name, cut, channels), f"per_company_{name}")
    n = engine.fetched(joins.account(per, name, spine)).iloc[0].astype("float64").fillna(0)
    orphans, late = int(n["no_such_account"]), int(n["late"])
    for (why, reason), dropped in zip(
        WHY.items(), (n["no_company"], orphans, n["rows"] - n["seen"] - late, late), strict=True
    ):
        log.stage(name, why, int(dropped), reason)
    if orphans and not n["rows"]:
        raise UserError(
            f"none of the {orphans} rows of {name} belongs to an account or a prospect",
            remedy="Check which column holds the account's id: "
            f'[sources.{name}.columns] account_id = "<header>".',
        )
    money = abs(n.get("amount", 0.0)) + abs(n.get("orphan_amount", 0.0))
    share = f"; {abs(n['orphan_amount']) / money:.1%} of the money" if money else ""
    log.found(
        "rows of unknown companies",
        name,
        "account_id",
        orphans,
        f"left out{share}",
        decide="export the missing accounts as well",
    )
    log.found(
        "the export is later than the quarter",
        name,
        joins.ROW_DATE[name],
        late,
        "rows after the quarter are left out; what they changed in fields without a date (stage,"
        " amount, size) cannot be undone",
    )
    _log_contradictions(name, n, log)
    return rows, per


def first_look(engine, s: Staged, cut, settings, log: Log) -> None:
    """What cannot be, and what contradicts itself, in one staged table, before anything is joined."""
    frame = joins.prepared(
        _in_range(engine, s.name, engine.staged(s.relation), s, cut, settings, log), s.name, cut
    )
    marks = CONTRADICTIONS.get(s.name, {})
    if marks:
        n = engine.fetched(frame.select(*(nw.col(mark).sum() for mark in marks))).iloc[0].fillna(0)
        _log_contradictions(s.name, n, log)


def days_of(engine, s: Staged, cut) -> set[date]:
    """The days on which something happened, as far as one staged table tells.

    A close date that is only expected is none.
    """
    frame = joins.prepared(engine.staged(s.relation), s.name, cut)
    dated = [
        column
        for column, field in s.fields.items()
        if field.kind == "date" and column in s.mapped.columns
    ]
    return {
        day
        for column in dated
        for day in engine.fetched(frame.select(column).unique())[column].dropna().dt.date
    }


def _log_contradictions(name: str, n, log: Log) -> None:
    for mark, (check, column, done, decide) in CONTRADICTIONS.get(name, {}).items():
        log.found(check, name, column, n[mark], done, decide=decide)


def _in_range(engine, name: str, frame, s: Staged, cut, settings, log: Log):
    """The frame with impossible values read as unknown, each column of them a finding."""
    ranges = {
        column: limits
        for column, limits in ranges_of(name, cut, settings).items()
        if column in s.mapped.columns
    }
    if not ranges:
        return frame
    found = engine.fetched(joins.outside(frame, ranges)).iloc[0]
    masked = {}
    for column, limits in ranges.items():
        n = found[f"{column}_n"]
        if pd.isna(n) or not n:
            continue
        log_outside(
            log,
            name,
            column,
            n,
            limits,
            dict.fromkeys(_plain(found[f"{column}_{end}"]) for end in ("low", "high")),
        )
        if not limits.kept:
            masked[column] = limits
    return joins.in_range(frame, masked) if masked else frame


def _plain(value) -> str:
    return f"{value:,g}" if isinstance(value, (int, float)) else str(value)[:10]
