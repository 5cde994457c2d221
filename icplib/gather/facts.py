"""The tables of events (deals, invoices, tickets, contacts, engagement): staged, cleaned in the open, and summed up per company."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import pandas as pd

from icplib.exports import FileReport
from icplib.exports.mapping import map_headers
from icplib.exports.values import Reading
from icplib.gather import joins
from icplib.gather.canon import FIELDS, NEEDED, clean_name
from icplib.gather.companies import name_index
from icplib.gather.engines import canonical
from icplib.gather.log import Log
from icplib.gather.ranges import log_outside, ranges_of
from icplib.gather.privacy import WORDED, carried, declared, free_text
from icplib.gather.staging import SAMPLE, Staged, log_flat, registered, stage
from icplib.problems import UserError, did_you_mean

TABLES = ("deals", "invoices", "tickets", "contacts", "engagement")
WHY = {
    "no company": "the row names no company",
    "repeated ids": "the id stands in several rows: the first counts",
    "no such account": "the company is in neither accounts nor prospects",
    "no date": "the row has no readable date",
    "after the quarter": "not visible on the as-of date",
}


def load(engine, wb, name: str, out: pd.DataFrame, log: Log) -> tuple[nw.LazyFrame, Staged] | None:
    """One table as a frame of the engine with our columns, from a file or from the engine's own table; None when it is absent."""
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
    mapped = map_headers(source.name, headers, preset, FIELDS[source.name], source.spec.columns, file=source.spec.table)
    for column in (*NEEDED[source.name], *(("account_id",) if source.name != "engagement" else ())):
        if column not in mapped.columns:
            raise UserError(f"no column is recognised as {column}", file=source.spec.table, column=column, remedy=did_you_mean(column, headers))
    plain = {column: header for column, header in mapped.columns.items() if FIELDS[source.name][column].kind != "bool"}
    asked = {f"{column}_{what}": ask(nw.col(header)) for column, header in plain.items() for what, ask in (("n", nw.Expr.count), ("low", nw.Expr.min), ("high", nw.Expr.max))}
    told = engine.fetched(frame.select(n=nw.len(), **asked)).iloc[0]
    n = int(told["n"])
    log.stage(source.name, "lines that are no rows", 0, "", n_in=n)
    report = FileReport(source.spec.table, f"table of {engine.name}", "", n, tuple(headers))
    staged = Staged(source.name, source.name, "", source.spec.table, preset, report, mapped, dict.fromkeys(headers, ""), Reading(), FIELDS[source.name], declared(source.name, headers, settings))
    log_flat(log, staged, n, {header: (told[f"{c}_n"], told[f"{c}_low"] == told[f"{c}_high"], str(told[f"{c}_low"])) for c, header in plain.items()})
    samples = {c: h for c, h in mapped.columns.items() if c in WORDED and frame.collect_schema()[h] == nw.String}
    if samples:
        some = engine.fetched(frame.select(*samples.values()).head(SAMPLE))
        staged.free_text |= free_text(source.name, {c: (h, some[h].tolist()) for c, h in samples.items()}, log)
    used = {c: h for c, h in mapped.columns.items() if c not in staged.free_text}
    return canonical(frame, source.name, used, tuple(carried(staged))), staged


def _ids_by_name(con, s: Staged, out: pd.DataFrame, log: Log) -> None:
    """Companies by cleaned name, where the export has no id column; names that two companies share stay without an id."""
    index = name_index(out)
    names = con.execute(f'select distinct account_name from "{s.relation}" where account_name is not null').df()["account_name"]
    found = pd.DataFrame({"name": names.astype("str"), "id": [index.get(clean_name(n)) for n in names]}).astype("str")
    registered(con, f"{s.name} names", found)
    con.execute(f'create or replace temp table "{s.relation}" as select t.* replace (n.id as account_id) from "{s.relation}" t '
                f'left join "{s.name} names" n on t.account_name = n.name')  # fmt: skip
    log.found("companies by name", s.name, "account_name", len(names), f"{found['id'].notna().sum()} of {len(names)} names found; the file has no id column",
              found.loc[found["id"].isna(), "name"], "export the account id")  # fmt: skip


def clean(engine, name: str, frame, s: Staged, spine, cut, wb, log: Log, contacts=None):
    """The usable rows of one table, every dropped row counted under its reason."""
    for old, new in wb.settings.cleaning.merge_accounts.items():
        frame = frame.with_columns(account_id=nw.when(nw.col("account_id") == old).then(nw.lit(new)).otherwise(nw.col("account_id")))
    frame = _in_range(engine, name, frame, s, cut, wb.settings, log)
    if name == "deals":
        frame = joins.with_status(frame)
    if name == "engagement":
        frame = joins.with_reactions(frame)
    marked = engine.keep(joins.with_reason(frame, name, spine, cut, contacts), f"marked_{name}")
    counts = engine.fetched(joins.reasons(marked, name))
    n_of = {why: (int(n), amount) for why, n, amount in zip(counts["_why"].astype("str"), counts["n"], counts["amount"], strict=True)}
    kept, amount = n_of.get(next((w for w in n_of if w not in WHY), ""), (0, 0))
    for why, reason in WHY.items():
        log.stage(name, why, n_of.get(why, (0, 0))[0], reason)
    orphans, orphan_amount = n_of.get("no such account", (0, 0))
    if orphans and not kept and not n_of.get("after the quarter"):
        raise UserError(f"none of the {orphans} rows of {name} belongs to an account or a prospect", remedy="Check which column holds the account's id: "
                        f"[sources.{name}.columns] account_id = \"<header>\".")  # fmt: skip
    share = ""
    if name in joins.AMOUNT and orphans:
        total = abs(float(amount or 0)) + abs(float(orphan_amount or 0))
        share = f"; {abs(float(orphan_amount or 0)) / total:.1%} of the money" if total else ""
    log.found("rows of unknown companies", name, "account_id", orphans, f"left out{share}", decide="export the missing accounts as well")
    late = n_of.get("after the quarter", (0, 0))[0]
    log.found("the export is later than the quarter", name, joins.ROW_DATE[name], late,
              "rows after the quarter are left out; what they changed in fields without a date (stage, amount, size) cannot be undone")  # fmt: skip
    usable = joins.usable(marked)
    _contradictions(engine, name, usable, log, cut)
    return usable


def _in_range(engine, name: str, frame, s: Staged, cut, settings, log: Log):
    """The frame with impossible values read as unknown, each column of them a finding."""
    ranges = {column: limits for column, limits in ranges_of(name, cut, settings).items() if column in s.mapped.columns}
    if not ranges:
        return frame
    found = engine.fetched(joins.outside(frame, ranges)).iloc[0]
    masked = {}
    for column, limits in ranges.items():
        n = found[f"{column}_n"]
        if pd.isna(n) or not n:
            continue
        log_outside(log, name, column, n, limits, dict.fromkeys(_plain(found[f"{column}_{end}"]) for end in ("low", "high")))
        if not limits.kept:
            masked[column] = limits
    return joins.in_range(frame, masked) if masked else frame


def _plain(value) -> str:
    return f"{value:,g}" if isinstance(value, (int, float)) else str(value)[:10]


def _contradictions(engine, name: str, frame, log: Log, cut) -> None:
    """Rows that cannot be as they say."""
    c = nw.col
    if name == "deals":
        checks = {
            "closed before created": ("close_date", c("close_date") < c("created_date"), "the deal counts, its cycle is unknown", '[sources.deals.columns] created_date = "<another header>"'),
            "won without a close date": ("close_date", joins.is_true("is_won") & c("close_date").is_null(), "counted as open", '[sources.deals.columns] close_date = "<another header>"'),
            "closed after the quarter": ("close_date", joins.is_true("is_closed") & (c("close_date") >= cut), "open as of the quarter; its amount may already be the final one", ""),
        }  # fmt: skip
    elif name == "tickets":
        checks = {"closed before opened": ("closed_date", c("closed_date") < c("opened_date"), "the ticket counts by its opening", '[sources.tickets.columns] opened_date = "<another header>"')}
    else:
        return
    counts = engine.fetched(frame.select(**{f"n{i}": joins.flag(test).sum() for i, (_, test, _, _) in enumerate(checks.values())})).iloc[0].fillna(0)
    for n, (check, (column, _, done, decide)) in zip(counts, checks.items(), strict=True):
        log.found(check, name, column, n, done, decide=decide)
