"""Which rows are deals and documents of their own, and what their words say.

Deleted rows count nowhere; drafts, voids and cancelled documents neither; credit notes are taken
off; a row that repeats another is told, refused, or one with it.
"""

from __future__ import annotations

from collections.abc import Callable

import narwhals.stable.v2 as nw
import pandas as pd

from icplib import words
from icplib.exports.ledger import WHOLE
from icplib.exports.meanings import (
    document_meaning,
    read_words,
    stage_meaning,
    status_meaning,
    type_meaning,
)
from icplib.exports.rows import quoted
from icplib.gather import joins
from icplib.gather.canon import FIELDS, ROW_ID
from icplib.gather.desk import Desk
from icplib.problems import UserError

c = nw.col
FEW_REPEATS = 5  # up to it repeated rows are told, beyond it a share of them stops
MOST_STATUSES = 20  # different words beyond which a column is none of statuses
FEW_CLOSED = 20  # closed deals from which on none won, or all won, cannot be chance
TOTAL_WORDS = ("total", "gesamt", "brutto", "netto", "montant ttc", "importe", "totaal", "razem")


def rows_that_count(desk: Desk, name: str, frame):
    """The rows of one table that are of their own and count; all others are told with their money.

    Deals get ``_said`` (won, lost, open by their stage) and ``_repeat`` (1: no first sale).
    """
    frame = _without_deleted(desk, name, frame)
    if name == "deals":
        frame = _with_types(desk, _with_stages(desk, frame))
    if name == "invoices":
        frame = _documents(desk, frame)
    frame = _without_repeats(desk, name, frame)
    if name == "deals":
        _refuse_one_sided(desk, frame)
    return frame


def header_of(desk: Desk, name: str, column: str) -> str:
    """What the file calls one of our columns."""
    return desk.staged[name].mapped.columns.get(column, column)


def tally(desk: Desk, name: str, frame, column: str) -> pd.DataFrame:
    """Rows and money by the words of a column, the most frequent first."""
    money = {"amount": c(joins.AMOUNT[name]).sum()} if name in joins.AMOUNT else {}
    known = frame.filter(~c(column).is_null())
    counts = desk.engine.fetched(known.group_by(column).agg(n=nw.len(), **money))
    counts = counts.rename(columns={column: "value"})
    return counts.sort_values(["n", "value"], ascending=[False, True], ignore_index=True)


def _read(desk: Desk, name: str, frame, column: str, meaning: Callable) -> dict:
    """What each word of a column means; every one of them stands in the ledger."""
    counts, settings = tally(desk, name, frame, column), desk.settings
    declared = settings.sources[name].reads
    if column == "stage":
        stages = {what: getattr(settings, f"{what}_stages") for what in ("won", "lost", "open")}
        declared = {stage: what for what, names in stages.items() for stage in names}
    said = read_words(counts["value"], meaning, declared)
    header = header_of(desk, name, column)
    for row in counts.itertuples():
        what = said[row.value] or "unknown"
        desk.ledger.read(name, header, row.value, row.n, what, getattr(row, "amount", None))
    return said


def _mapped(frame, column: str, said: dict, name: str):
    """The frame with the meaning of ``column`` as column ``name``, null where there is none."""
    value = nw.lit(None, nw.String)
    for word, what in said.items():
        if what:
            value = nw.when(c(column) == word).then(nw.lit(what)).otherwise(value)
    return frame.with_columns(value.alias(name))


def _dropped(desk: Desk, name: str, frame, left_out, why: tuple[str, str]):
    """The frame without the rows of a condition; their count and money stand in the ledger."""
    flagged = joins.flag(left_out)
    money = (
        {"amount": nw.when(left_out).then(c(joins.AMOUNT[name])).sum()}
        if name in joins.AMOUNT
        else {}
    )
    told = desk.engine.fetched(frame.select(n=flagged.sum(), **money)).iloc[0]
    n = 0 if pd.isna(told["n"]) else int(told["n"])
    if not n:
        return frame
    amount = told.get("amount")
    desk.ledger.stage(name, *why[:1], n, why[1], amount=None if pd.isna(amount) else float(amount))
    return frame.filter(flagged == 0)


def _without_deleted(desk: Desk, name: str, frame):
    if "is_deleted" not in desk.staged[name].mapped.columns:
        return frame
    header = header_of(desk, name, "is_deleted")
    return _dropped(desk, name, frame, c("is_deleted"), ("deleted", f"{header} says so"))


# --- stages and types of deals -------------------------------------------------------------------


def _with_stages(desk: Desk, frame):
    """Won, lost or open by the name of the stage; needed where no flag and no date says so."""
    pipeline = _pipeline(desk)
    if "stage" not in desk.staged["deals"].mapped.columns:
        return frame.with_columns(_said=nw.lit(None, nw.String))
    known = lambda stage: pipeline.get(stage) or stage_meaning(stage)  # noqa: E731
    said = _read(desk, "deals", frame, "stage", known)
    frame = _mapped(frame, "stage", said, "_said")
    told = (
        ~c("is_won").is_null()
        | (joins.flag(~c("is_closed")) == 1)
        | ~c("won_date").is_null()
        | ~c("lost_date").is_null()
    )
    asked = tally(desk, "deals", frame.filter(joins.flag(told) == 0), "stage")
    unknown = asked[[said.get(stage) is None for stage in asked["value"]]]
    if len(unknown):
        _refuse_unknown_stages(desk, unknown, said)
    return frame


def _pipeline(desk: Desk) -> dict[str, str]:
    """Stage -> won, lost or open by a table of the pipelines' stages (source ``stages``)."""
    if "stages" not in desk.staged:
        return {}
    table = desk.con.sql('select * from "stages"').df()
    closed = table["is_closed"].astype("boolean").fillna(table["probability"].isin([0, 1]))
    won = table["is_won"].astype("boolean").fillna(closed & (table["probability"] == 1))
    what = pd.Series("open", table.index).mask(closed & ~won, "lost").mask(won, "won")
    ids, labels = (dict(zip(table[k], what, strict=True)) for k in ("stage_id", "stage"))
    return {str(k): v for k, v in (labels | ids).items() if pd.notna(k)}


def _shown(desk: Desk, counts: pd.DataFrame, said: dict) -> str:
    return "; ".join(
        f"{row.value!r} ({words.plural(row.n, 'deal')}): {said.get(row.value) or 'unknown'}"
        for row in counts.head(12).itertuples()
    )


def _refuse_unknown_stages(desk: Desk, unknown: pd.DataFrame, said: dict) -> None:
    names = ", ".join(f'"{stage}"' for stage in unknown["value"].head(12))
    known = ", ".join(f"{stage!r} {what}" for stage, what in said.items() if what) or "none"
    raise UserError(
        "whether these stages are won, lost or open is not known: "
        + _shown(desk, unknown, {})
        + f". Understood: {known}",
        file=desk.staged["deals"].file,
        column=header_of(desk, "deals", "stage"),
        remedy=(
            f"Share them out in company.toml, before [sources]: won_stages = [{names}],"
            " lost_stages = [...], open_stages = [...]."
        ),
    )


def _refuse_one_sided(desk: Desk, frame) -> None:
    """No deal, or every closed deal, comes out as won: read wrongly, or only won ones exported."""
    status = joins.with_status(frame).filter(joins.is_true("is_closed"))
    told = desk.engine.fetched(status.select(n=nw.len(), won=joins.flag(c("is_won")).sum())).iloc[0]
    n, won = int(told["n"]), int(told["won"] or 0)
    if not n or 0 < won < n:
        return
    what = "none of them" if not won else "every one of them"
    said = f"{words.plural(n, 'closed deal')}, and {what} is won"
    column = next(
        (k for k in ("stage", "is_won") if k in desk.staged["deals"].mapped.columns), "stage"
    )
    header = header_of(desk, "deals", column)
    if n >= FEW_CLOSED and not (desk.settings.won_stages or desk.settings.lost_stages):
        told = (r for r in desk.ledger.readings if (r["source"], r["column"]) == ("deals", header))
        stages = ", ".join(r["value"] for r in told if r["value"] != WHOLE)
        raise UserError(
            f"{said}; the stages are {stages or 'not exported'}",
            file=desk.staged["deals"].file,
            column=header,
            remedy=(
                "Export lost deals as well, or say which stages are won and lost: won_stages ="
                " [...] and lost_stages = [...] in company.toml; either is believed."
            ),
        )
    desk.ledger.found(
        "one-sided deals", "deals", header, n, f"{said}: no win rate can be told from them"
    )


def _with_types(desk: Desk, frame):
    """Renewals, expansions and the like are revenue, but no first sales."""
    if "deal_type" not in desk.staged["deals"].mapped.columns:
        return frame.with_columns(_repeat=nw.lit(0))
    said = _read(desk, "deals", frame, "deal_type", type_meaning)
    repeat = [word for word, what in said.items() if what == "repeat"]
    frame = frame.with_columns(_repeat=joins.flag(c("deal_type").is_in(repeat)))
    n = tally(desk, "deals", frame, "_repeat").set_index("value")["n"]
    desk.ledger.found(
        "renewals and expansions",
        "deals",
        header_of(desk, "deals", "deal_type"),
        int(n.get(1, 0)),
        "their money counts; win rate and sales cycle are of first sales alone",
        repeat,
        f'sources.deals.reads = {{ "{next(iter(repeat), "")}" = "first" }}',
    )
    return frame


# --- documents -----------------------------------------------------------------------------------


def _documents(desk: Desk, frame):
    """Invoices that count, credit notes taken off, refunds subtracted."""
    mapped = desk.staged["invoices"].mapped.columns
    for column, meaning in (("status", status_meaning), ("document_type", document_meaning)):
        if column not in mapped:
            continue
        said = _read(desk, "invoices", frame, column, meaning)
        _tell_unknown(desk, frame, column, said)
        frame = _mapped(frame, column, said, "_means")
        shown = ", ".join(word for word, what in said.items() if what == "out")
        why = f"{mapped[column]} says {shown}"
        frame = _dropped(
            desk, "invoices", frame, c("_means") == "out", (f"left out by {column}", why)
        )
        taken_off = nw.when(c("_means") == "credit").then(-c("revenue_amount").abs())
        frame = frame.with_columns(revenue_amount=taken_off.otherwise(c("revenue_amount")))
        frame = frame.drop("_means")
    _tell_unused(desk)
    if "refunded_amount" in mapped:
        refunded = nw.coalesce(c("refunded_amount"), nw.lit(0.0)).abs()
        frame = frame.with_columns(revenue_amount=c("revenue_amount") - refunded)
    return frame


def _tell_unused(desk: Desk) -> None:
    """Columns that no mapping knows, and whose words say that some documents do not count."""
    s = desk.staged["invoices"]
    for header in (h for h in s.mapped.unknown if s.types[h] == "VARCHAR"):
        counts = desk.con.execute(
            f"select {quoted(header)} as v, count(*) from {quoted(s.read)} where v is not null"
            f" group by v order by v limit {MOST_STATUSES + 1}"
        ).fetchall()
        for column, meaning in (("status", status_meaning), ("document_type", document_meaning)):
            said = {v: meaning(v) for v, _ in counts}
            out = {v: n for v, n in counts if said[v] in ("out", "credit")}
            if column in s.mapped.columns or len(counts) > MOST_STATUSES or None in said.values():
                continue
            desk.ledger.found(
                "documents that may not count",
                "invoices",
                header,
                sum(out.values()),
                f"{', '.join(map(repr, out))}: they count, since nobody said what the column is",
                out,
                f'under [sources.invoices.columns]: {column} = "{header}"',
            )
            break


def _tell_unknown(desk: Desk, frame, column: str, said: dict) -> None:
    """Statuses and types that nobody knows count, and are told; many of a status stop."""
    counts = tally(desk, "invoices", frame, column)
    unknown = counts[[said[value] is None for value in counts["value"]]]
    header = header_of(desk, "invoices", column)
    n, limit = int(unknown["n"].sum()), desk.settings.cleaning.max_loss * counts["n"].sum()
    names = ", ".join(f'"{value}"' for value in unknown["value"].head(8))
    remedy = f'sources.invoices.reads = {{ {names.partition(",")[0]} = "counts" }} (or "out")'
    if column == "status" and n > max(limit, FEW_REPEATS):
        raise UserError(
            f"whether documents count whose status is {names} is not known"
            f" ({words.k_of_n(n, counts['n'].sum())})",
            file=desk.staged["invoices"].file,
            column=header,
            remedy=f"Write {remedy}.",
        )
    check = f"unknown {column.replace('_', ' ')}"
    desk.ledger.found(check, "invoices", header, n, "they count", unknown["value"], remedy)


# --- rows that repeat others ---------------------------------------------------------------------


def _without_repeats(desk: Desk, name: str, frame):
    """Each row once where it repeats another, or both, or a stop.

    A repeated id is one record where it says the same or differs in columns that no step reads
    (one line a product). Invoices whose lines bear amounts of their own are added up.
    """
    mapped = desk.staged[name].mapped.columns
    key = {**ROW_ID, "invoices": "invoice_id"}.get(name)
    if key in mapped:
        return _one_of_each_id(desk, name, frame, key)
    if name in ("deals", "invoices"):
        return _one_of_equal_rows(desk, name, frame)
    return frame


def copies(frame, key: str, amount: str | None = None):
    """One row: all ``rows``, ``n`` that repeat an id, the ``differ``ing (several amounts)."""
    said = c(amount or key)  # not n_unique, which PostgreSQL cannot do
    ends = {"_low": said.min(), "_high": said.max(), "_known": said.count()}
    ids = frame.filter(~c(key).is_null()).group_by(key).agg(_n=nw.len(), **ends)
    more = c("_n") - 1
    several = (c("_low") != c("_high")) | ((c("_known") > 0) & (c("_known") < c("_n")))
    differ = nw.when(several).then(more).otherwise(nw.lit(0))
    return ids.select(rows=c("_n").sum(), n=more.sum(), differ=differ.sum())


def copied_ids(frame, key: str, n: int = 2):
    """Some ids that stand in several rows."""
    ids = frame.filter(~c(key).is_null()).group_by(key).agg(_n=nw.len())
    return ids.filter(c("_n") > 1).select(key).sort(key).head(n)


def without_copies(frame, key: str, columns: list[str]):
    """One row of every id, and all rows without one.

    Of several it is the first by their values, so that the order of the file decides nothing.
    """
    one = nw.when(c(key).is_null()).then(nw.lit(0)).otherwise(nw.lit(1))  # no scalar in a window
    one = one.cum_sum().over(key, order_by=columns)
    return frame.with_columns(_copy=one).filter(c(key).is_null() | (c("_copy") == 1)).drop("_copy")


def _one_of_each_id(desk: Desk, name: str, frame, key: str):
    """Rows that share an id."""
    told = desk.engine.fetched(copies(frame, key, joins.AMOUNT.get(name))).iloc[0]
    n, differ, n_all = (int(0 if pd.isna(told[k]) else told[k]) for k in ("n", "differ", "rows"))
    if not n:
        return frame
    header, spec = header_of(desk, name, key), desk.settings.sources[name]
    shown = desk.engine.fetched(copied_ids(frame, key))[key].tolist()
    lines = name == "invoices" and differ > 0.5 * n
    if name in joins.AMOUNT and spec.repeated is None:
        unclear = (
            differ
            if name == "deals"
            else min(differ, n - differ)
            or (n - differ)
            * (
                not any(
                    word in header_of(desk, name, "revenue_amount").casefold()
                    for word in TOTAL_WORDS
                )
            )
        )
        what = (
            f"{words.plural(n, 'row')} of {words.number(n_all)} repeat the number of another"
            f" (such as {', '.join(shown)}), {words.number(differ)} of them with another amount"
        )
        _stop_beyond(desk, name, header, unclear, n_all, what)
    each = spec.repeated == "each" or (spec.repeated is None and lines)
    desk.ledger.found(
        "repeated ids",
        name,
        header,
        n,
        "several rows of one number: their amounts are added up"
        if each
        else "a number stands in several rows: it counts once",
        shown,
        f'sources.{name}.repeated = "{"once" if each else "each"}"' if name in joins.AMOUNT else "",
    )
    if each:
        return frame
    desk.ledger.stage(name, "repeated ids", n, "the id stands in several rows: it counts once")
    return without_copies(frame, key, [f for f in FIELDS[name] if f != key])


def _one_of_equal_rows(desk: Desk, name: str, frame):
    """Rows without an id that say the same in every column that a step reads."""
    columns = [f for f in FIELDS[name] if f in desk.staged[name].mapped.columns]
    # rows of no company are told as such: their blank cells make them equal
    equal = frame.filter(~c("account_id").is_null()).group_by(*columns).agg(_n=nw.len())
    told = desk.engine.fetched(equal.select(rows=c("_n").sum(), distinct=nw.len())).iloc[0]
    n_all = int(0 if pd.isna(told["rows"]) else told["rows"])
    n = n_all - int(told["distinct"])
    if n <= 0:
        return frame
    spec, named = desk.settings.sources[name], "deal_name" in columns and "account_id" in columns
    once = spec.repeated == "once" or (spec.repeated is None and named)
    if spec.repeated is None and not named:
        what = f"{words.plural(n, 'row')} of {words.number(n_all)} are the same row as another"
        _stop_beyond(desk, name, None, n, n_all, what)
    desk.ledger.found(
        "equal rows",
        name,
        "",
        n,
        "the same row several times, as one line a product: it counts once"
        if once
        else "the same row several times: each of them counts",
        decide=f'sources.{name}.repeated = "{"each" if once else "once"}"',
    )
    if not once:
        return frame
    desk.ledger.stage(name, "equal rows", n, "the row says the same as another: it counts once")
    return frame.unique(subset=columns, keep="any")


def _stop_beyond(desk: Desk, name: str, header: str | None, n: int, n_all: int, what: str) -> None:
    """Too many repeated rows: one record on several lines, or several records, nobody can tell."""
    if n <= max(FEW_REPEATS, desk.settings.cleaning.max_repeats * n_all):
        return
    raise UserError(
        f"{name}: {what}; whether each counts is not known",
        file=desk.staged[name].file,
        column=header,
        remedy=(
            f'Write repeated = "once" (one record, repeated) or "each" (records of their own):'
            f' sources.{name} = {{ file = "{desk.staged[name].file}", repeated = "once" }}.'
        ),
    )
