"""The tables of events (deals, invoices, tickets, contacts, engagement).

Staged, cleaned in the open, and summed up per company.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import narwhals.stable.v2 as nw
import pandas as pd

from icplib import words
from icplib.exports import FileReport
from icplib.exports.alike import clean_name
from icplib.exports.ledger import Ledger
from icplib.exports.mapping import map_headers
from icplib.exports.values import MISSING_WORDS, Reading
from icplib.gather import joins
from icplib.gather.attribute_values import spelling
from icplib.gather.canon import DECISIVE, FIELDS, NEEDED
from icplib.gather.companies import name_index
from icplib.gather.counting import rows_that_count
from icplib.gather.desk import Desk
from icplib.gather.engines import canonical
from icplib.gather.losses import FEW_LOST, log_losses, refuse_other_names, stop_at_losses
from icplib.gather.privacy import WORDED, carried, declared, free_text
from icplib.gather.ranges import log_outside, ranges_of
from icplib.gather.staging import SAMPLE, Staged, log_flat, registered, stage
from icplib.problems import UserError, did_you_mean

LOADED, FEW_LOADED = 0.2, 20  # share and number of deals of one day that nobody makes by hand
TABLES = ("deals", "invoices", "tickets", "contacts", "engagement")
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


def load(desk: Desk, source) -> None:
    """One table as a frame of the engine with our columns, from a file or the engine's own table."""  # noqa: E501
    if source.spec.file is None and source.spec.sql is None:
        frame, staged = _from_engine(desk, source)
    else:
        staged = stage(desk, source)
        frame = desk.engine.staged(staged.relation)
    desk.frames[source.name], desk.staged[source.name] = frame, staged


def _from_engine(desk: Desk, source) -> tuple[nw.LazyFrame, Staged]:
    name, engine, ledger = source.name, desk.engine, desk.ledger
    frame = engine.table(source.spec.table)
    schema = frame.collect_schema()
    staged = _mapped_in_engine(desk, source, schema.names())
    plain = {c: h for c, h in staged.mapped.columns.items() if FIELDS[name][c].kind != "bool"}
    asked = {
        f"{column}_{what}": ask(nw.col(header))
        for column, header in plain.items()
        for what, ask in (("n", nw.Expr.count), ("low", nw.Expr.min), ("high", nw.Expr.max))
    }
    told = engine.fetched(frame.select(n=nw.len(), **asked)).iloc[0]
    n = int(told["n"])
    staged.report = replace(staged.report, n_rows=n)
    ledger.stage(name, "lines that are no rows", 0, "", n_in=n)
    flat = {
        header: (told[f"{c}_n"], told[f"{c}_low"] == told[f"{c}_high"], str(told[f"{c}_low"]))
        for c, header in plain.items()
    }
    log_flat(ledger, staged, n, flat)
    worded = {
        c: h for c, h in staged.mapped.columns.items() if c in WORDED and schema[h] == nw.String
    }
    if worded:
        some = engine.fetched(frame.select(*worded.values()).head(SAMPLE))
        samples = {c: (h, some[h].tolist()) for c, h in worded.items()}
        staged.free_text |= free_text(name, samples, ledger)
    used = {c: h for c, h in staged.mapped.columns.items() if c not in staged.free_text}
    frame = canonical(frame, name, used, tuple(carried(staged)))
    spelled = [c for c in worded if c in used]
    return _one_spelling(engine, frame, spelled, source.spec.missing), staged


def _mapped_in_engine(desk: Desk, source, headers: list[str]) -> Staged:
    """The engine's own table under our names; what is needed and absent is a UserError."""
    name, spec = source.name, source.spec
    preset = spec.preset or desk.settings.preset
    mapped = map_headers(name, headers, preset, FIELDS[name], spec.columns, file=spec.table)
    for column in (*NEEDED[name], *(("account_id",) if name != "engagement" else ())):
        if column not in mapped.columns:
            raise UserError(
                f"no column is recognised as {column}",
                file=spec.table,
                column=column,
                remedy=did_you_mean(column, headers),
            )
    return Staged(
        name,
        name,
        "",
        spec.table,
        preset,
        FileReport(spec.table, f"table of {desk.engine.name}", "", 0, tuple(headers)),
        mapped,
        dict.fromkeys(headers, ""),
        Reading(),
        FIELDS[name],
        spec,
        declared(name, headers, desk.settings),
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


def _ids_by_name(desk: Desk, name: str, out: pd.DataFrame) -> None:
    """Companies by cleaned name, where the export has no id column or a row no id.

    A name that nobody, or more than one company, has stands in place of the id: the row is counted
    among those of unknown companies.
    """
    con, relation = desk.con, desk.staged[name].relation
    if desk.staged[name].report.format.startswith("table of"):
        return
    has_ids = "account_id" in desk.staged[name].mapped.columns
    names = con.execute(
        f'select distinct account_name from "{relation}" where account_name is not null'
        " and account_id is null order by account_name"
    ).df()["account_name"]
    if names.empty:
        return
    index = name_index(out)
    found = pd.DataFrame(
        {"name": names.astype("str"), "id": [index.get(clean_name(n)) for n in names]}
    ).astype("str")
    registered(con, f"{name} names", found)
    con.execute(
        f'create or replace temp table "{relation}" as select t.* replace (coalesce(t.account_id,'
        f' n.id, t.account_name) as account_id) from "{relation}" t left join "{name} names" n on'
        " t.account_name = n.name"
    )
    desk.frames[name] = desk.engine.staged(relation)
    desk.ledger.found(
        "companies by name",
        name,
        "account_name",
        len(names),
        f"{found['id'].notna().sum()} of {len(names)} names found; "
        + ("these rows have no id" if has_ids else "the file has no id column"),
        found.loc[found["id"].isna(), "name"],
        "export the account id",
    )


def clean(desk: Desk, name: str, spine, out: pd.DataFrame, contacts=None):
    """The usable rows of one table and the table by company.

    Every row that is not used is counted under its reason. ``out`` is the list of companies,
    ``spine`` their ids in the engine.
    """
    engine, s, ledger = desk.engine, desk.staged[name], desk.ledger
    if "account_name" in s.mapped.columns:
        _ids_by_name(desk, name, out)
        refuse_other_names(desk, s, out)
    frame = rows_that_count(desk, name, desk.frames[name])
    desk.frames[name] = frame
    for old, new in desk.settings.cleaning.merge_accounts.items():
        owner = nw.col("account_id")
        moved = nw.when(owner == old).then(nw.lit(new)).otherwise(owner)
        frame = frame.with_columns(account_id=moved)
    channels = (
        engine.fetched(joins.channels_of(frame))["channel"].tolist() if name == "engagement" else ()
    )
    frame = joins.prepared(_in_range(desk, name, frame), name, desk.cut, contacts)
    if name == "deals":
        frame = _without_load_days(desk, frame)
    # before anything is kept: DuckDB looks a frame over again after every new table
    rows = joins.usable(frame, name, desk.cut)
    per = engine.keep(joins.per_company(frame, name, desk.cut, channels), f"per_company_{name}")
    n = engine.fetched(joins.account(per, name, spine)).iloc[0].astype("float64").fillna(0)
    stop_at_losses(desk, name, n, spine)
    log_losses(name, n, ledger)
    _log_contradictions(name, n, ledger)
    return rows, per


def _without_load_days(desk: Desk, frame):
    """Sales cycles are unknown where many deals were created on one day: a CRM was filled then."""
    made = nw.col("created_date")
    days = desk.engine.fetched(frame.filter(~made.is_null()).group_by(made).agg(n=nw.len()))
    loaded = days[(days["n"] > LOADED * days["n"].sum()) & (days["n"] >= FEW_LOADED)]
    if loaded.empty:
        return frame
    dates = sorted(pd.to_datetime(loaded["created_date"]).dt.date)
    desk.ledger.found(
        "deals loaded on one day",
        "deals",
        desk.staged["deals"].mapped.columns.get("created_date", "created_date"),
        loaded["n"].sum(),
        "more than a fifth of all deals: they were loaded, and their sales cycle is unknown",
        dates,
        '[sources.deals.columns] created_date = "<another header>"',
    )
    cycle = nw.when(~made.is_in(dates)).then(nw.col("cycle_days"))
    return frame.with_columns(cycle_days=cycle)


def days_of(desk: Desk, name: str) -> set[date]:
    """The days on which something happened, as far as one staged table tells.

    A close date that is only expected is none.
    """
    s, engine = desk.staged[name], desk.engine
    frame = joins.prepared(desk.frames[name], name, desk.cut)
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


def _log_contradictions(name: str, n, log: Ledger) -> None:
    for mark, (check, column, done, decide) in CONTRADICTIONS.get(name, {}).items():
        log.found(check, name, column, n[mark], done, decide=decide)


def _in_range(desk: Desk, name: str, frame):
    """The frame with impossible values read as unknown, each column of them a finding."""
    mapped = desk.staged[name].mapped.columns
    ranges = {
        column: limits
        for column, limits in ranges_of(name, desk.cut, desk.settings).items()
        if column in mapped
    }
    if not ranges:
        return frame
    found = desk.engine.fetched(joins.outside(frame, ranges)).iloc[0]
    masked = {}
    for column, limits in ranges.items():
        n = found[f"{column}_n"]
        if pd.isna(n) or not n:
            continue
        log_outside(
            desk.ledger,
            name,
            column,
            n,
            limits,
            dict.fromkeys(_plain(found[f"{column}_{end}"]) for end in ("low", "high")),
        )
        if limits.kept:
            continue
        masked[column] = limits
        known = found[f"{column}_known"]
        most = max(FEW_LOST - 1, desk.settings.cleaning.max_unread * known)
        if column in DECISIVE[name] and n > most:
            raise UserError(
                f"{words.k_of_n(n, known)} values cannot be (such as"
                f" {_plain(found[f'{column}_low'])}); possible is {limits}",
                file=desk.staged[name].file,
                column=mapped[column],
                remedy=f'Mend the export, or let them in: [cleaning.ranges] "{name}.{column}" ='
                " [-inf, inf].",
            )
    return joins.in_range(frame, masked) if masked else frame


def _plain(value) -> str:
    return f"{value:,g}" if isinstance(value, (int, float)) else str(value)[:10]
