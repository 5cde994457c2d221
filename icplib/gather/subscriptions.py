"""Subscriptions as purchases and losses.

A payment a month, and the day on which the last one of a company ended.
"""

from __future__ import annotations

from dataclasses import replace

from icplib.exports.ledger import Unread
from icplib.exports.meanings import interval_months, is_trial
from icplib.exports.rows import literal, quoted
from icplib.gather.canon import FIELDS
from icplib.gather.desk import Desk
from icplib.gather.staging import SQL_TYPE, Staged
from icplib.problems import UserError

# our columns of the tables that are made, in SQL over the rows of subscriptions
INVOICES = {
    "invoice_id": "coalesce(subscription_id, account_id, account_name) || ' ' || month",
    "account_id": "account_id",
    "account_name": "account_name",
    "invoice_date": "month",
    "revenue_amount": "a_month",
}
CHURN = {
    "account_id": "account_id",
    "account_name": "min(account_name)",
    "churn_date": "max(end_date)",
    "churn_reason": "arg_max(churn_reason, end_date)",
}


def derive(desk: Desk, s: Staged) -> None:
    """Invoices and losses from subscriptions, where the company has no source of its own for them.

    Raises UserError for an interval that nobody knows, where prices are not of a month.
    """
    con, cut = desk.con, desk.cut
    trials = [w for w in _words(desk, s, "status") if is_trial(w)]
    listed = ", ".join(map(literal, trials)) or "''"
    con.execute(
        f"create or replace temp table {quoted('paid subscriptions')} as select *,"
        f" coalesce(month_amount, year_amount / 12, unit_amount * coalesce(quantity, 1) /"
        f" {_months(desk, s)}) as a_month from {quoted(s.relation)} where start_date is not null"
        " and coalesce(end_date > start_date, true) and not coalesce(is_deleted, false) and"
        f" coalesce(status, '') not in ({listed})"
    )
    day = f"date '{cut}'"
    last = f"greatest(start_date, least(coalesce(end_date, {day}), {day}) - 1)"
    of_months = (
        f"(select *, unnest(generate_series(start_date, {last}, interval 1 month))::date as month"
        ' from "paid subscriptions")'
    )
    if desk.wb.source("invoices") is None:
        _make(desk, s, "invoices", INVOICES, of_months)
        desk.frames["invoices"] = desk.engine.staged("invoices")
    if desk.wb.source("churn") is None:
        over = '"paid subscriptions" group by account_id, coalesce(account_id, account_name)'
        _make(desk, s, "churn", CHURN, f"{over} having count(*) = count(end_date)")


def _make(desk: Desk, s: Staged, name: str, columns: dict[str, str], rows: str) -> None:
    """A source that no file holds, in its relation and at the desk."""
    select = ", ".join(
        f"cast({columns.get(c, 'null')} as {SQL_TYPE[f.kind]}) as {c}"
        for c, f in FIELDS[name].items()
    )
    desk.con.execute(f"create or replace temp table {name} as select {select} from {rows}")
    n = desk.con.execute(f"select count(*) from {name}").fetchall()[0][0]
    desk.ledger.stage(name, "lines that are no rows", 0, "", n_in=n)
    desk.ledger.read_column(name, "(subscriptions)", f"{name} from {s.file}", n, Unread())
    headers = {c: s.mapped.columns.get(c, c) for c in columns}
    mapped = replace(s.mapped, columns=headers, currencies={}, unknown=())
    desk.staged[name] = replace(
        s, name=name, relation=name, fields=FIELDS[name], mapped=mapped, readings={}
    )


def _words(desk: Desk, s: Staged, column: str) -> list[str]:
    found = desk.con.execute(
        f"select distinct {column} from {quoted(s.relation)} where {column} is not null order by 1"
    ).fetchall()
    return [word for (word,) in found]


def _months(desk: Desk, s: Staged) -> str:
    """SQL of the months that a price is of."""
    known = {word: interval_months(word) for word in _words(desk, s, "period")}
    unknown = [word for word, months in known.items() if months is None]
    if unknown and "unit_amount" in s.mapped.columns:
        raise UserError(
            f"how many months these are is not known: {', '.join(map(repr, unknown[:8]))}",
            file=s.file,
            column=s.mapped.columns["period"],
            remedy="Name a column of the amount a month: under [sources.subscriptions.columns]"
            ' month_amount = "<header>".',
        )
    whens = " ".join(f"when {literal(w)} then {m}" for w, m in known.items() if m)
    return f"case period {whens} else 1 end" if whens else "1"
