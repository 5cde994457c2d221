"""The joins and aggregations, written once in Narwhals: the same lines run on DuckDB, Polars, Spark and a warehouse.

Idioms that hold on every engine (and why): days from calendar parts, since durations cannot be read everywhere; sums of 0/1 flags,
since booleans cannot be summed everywhere; a median from two ranks, since not every engine has one; the most frequent value by counting,
then alphabetical order, so that ties do not depend on the engine; each table down to one row per company before it is joined.
Half-open time: a row is visible when its date is before ``cut``, the first day after the quarter.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

c = nw.col
ROW_DATE = {"deals": "created_date", "invoices": "invoice_date", "tickets": "opened_date", "contacts": "created_date", "engagement": "date"}
AMOUNT = {"deals": "deal_amount", "invoices": "revenue_amount"}
ROW_ID = {"deals": "deal_id", "contacts": "contact_id", "tickets": "ticket_id", "engagement": "engagement_id"}
OPTIONAL_DATE = ("contacts", "deals")


def flag(condition) -> nw.Expr:
    """1 where the condition is true, else 0 (null is 0): what can be summed on every engine."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def is_true(name: str) -> nw.Expr:
    """A boolean column with unknown read as false."""
    return flag(c(name)) == nw.lit(1)


def day_number(name: str) -> nw.Expr:
    """Days since 1970 of a date column, as a float; exact up to the year 9999."""
    d = c(name).dt
    y = d.year().cast(nw.Int64)
    leap_days = (y - 1969) // 4 - (y - 1901) // 100 + (y - 1601) // 400
    return (365 * (y - 1970) + leap_days + d.ordinal_day().cast(nw.Int64) - 1).cast(nw.Float64)


def median_by(frame, value: str, name: str):
    """Exact median of ``value`` per company."""
    frame = frame.filter(~c(value).is_null())
    ranked = frame.with_columns(_r=c(value).rank("ordinal").over("account_id"), _n=c(value).count().over("account_id"))
    middle = ranked.filter((c("_r") == (c("_n") + 1) // 2) | (c("_r") == (c("_n") + 2) // 2))
    return middle.group_by("account_id").agg(c(value).mean().alias(name))


def most_frequent(frame, value: str, name: str):
    """The most frequent ``value`` per company, ties in alphabetical order."""
    counts = frame.filter(~c(value).is_null()).group_by("account_id", value).agg(_n=nw.len())
    top = counts.group_by("account_id").agg(_top=c("_n").max())
    return counts.join(top, on="account_id").filter(c("_n") == c("_top")).group_by("account_id").agg(c(value).min().alias(name))


def with_reason(frame, table: str, spine, cut, contacts=None):
    """The frame with ``_why``: why a row is not used (null for those that are), in the order in which the attrition lists them.

    ``spine`` has one row per company (``account_id``); engagement without a company gets it from its contact.
    """
    if table == "engagement" and contacts is not None:
        of_contact = contacts.select("contact_id", _account=c("account_id")).filter(~c("contact_id").is_null())
        frame = frame.join(of_contact, on="contact_id", how="left")
        frame = frame.with_columns(account_id=nw.coalesce(c("account_id"), c("_account"))).drop("_account")
    frame = frame.join(spine.select("account_id", _known=nw.lit(1)), on="account_id", how="left")
    date = ROW_DATE[table]
    why = nw.when(c(date) >= cut).then(nw.lit("after the quarter")).otherwise(nw.lit(None, nw.String))
    if table not in OPTIONAL_DATE:
        why = nw.when(c(date).is_null()).then(nw.lit("no date")).otherwise(why)
    why = nw.when(c("_known").is_null()).then(nw.lit("no such account")).otherwise(why)
    if table in ROW_ID:
        number = c("_row").rank("ordinal").over(ROW_ID[table])
        frame = frame.with_columns(_copy=number)
        why = nw.when(~c(ROW_ID[table]).is_null() & (c("_copy") > 1)).then(nw.lit("repeated ids")).otherwise(why)
    why = nw.when(c("account_id").is_null()).then(nw.lit("no company")).otherwise(why)
    return frame.with_columns(_why=why)


def reasons(frame, table: str):
    """Rows (and money) per reason of ``with_reason``."""
    amount = c(AMOUNT[table]).sum() if table in AMOUNT else nw.len()
    return frame.group_by("_why").agg(n=nw.len(), amount=amount)


def usable(frame):
    """Rows without a reason against them."""
    helpers = [name for name in ("_why", "_known", "_copy", "_row") if name in frame.collect_schema().names()]
    return frame.filter(c("_why").is_null()).drop(*helpers)


def outside(frame, ranges: dict):
    """One row: for each column of ``ranges`` how many values lie outside (``n``), and the lowest and highest of them."""
    beyond = {column: limits.outside(c(column)) for column, limits in ranges.items()}
    counts = {f"{column}_n": flag(test).sum() for column, test in beyond.items()}
    low = {f"{column}_low": nw.when(test).then(c(column)).min() for column, test in beyond.items()}
    high = {f"{column}_high": nw.when(test).then(c(column)).max() for column, test in beyond.items()}
    return frame.select(**counts, **low, **high)


def in_range(frame, ranges: dict):
    """The frame with values outside the ``ranges`` of their columns read as unknown."""
    return frame.with_columns(**{column: nw.when(~limits.outside(c(column))).then(c(column)) for column, limits in ranges.items()})


def with_status(deals):
    """Won and closed from what the export has: its own flags, else the stage, else the won and lost dates."""
    stage = c("stage").str.to_lowercase()
    null = nw.lit(None, nw.Boolean)
    by_stage_won = nw.when(stage.str.contains("won")).then(nw.lit(True)).when(~stage.is_null()).then(nw.lit(False)).otherwise(null)
    by_stage_closed = nw.when(stage.str.contains("won|lost|closed")).then(nw.lit(True)).when(~stage.is_null()).then(nw.lit(False)).otherwise(null)
    has_end = ~c("won_date").is_null() | ~c("lost_date").is_null()
    won = nw.coalesce(c("is_won"), nw.when(~c("won_date").is_null()).then(nw.lit(True)).otherwise(null), by_stage_won)
    deals = deals.with_columns(is_won=won, close_date=nw.coalesce(c("close_date"), c("won_date"), c("lost_date")))
    ended = nw.when(is_true("is_won") | has_end).then(nw.lit(True)).otherwise(null)
    return deals.with_columns(is_closed=nw.coalesce(c("is_closed"), ended, by_stage_closed))


def with_reactions(events):
    """What a message met with, from flags or from one column that names the event; a click or a reply implies that it was opened."""
    event, null = c("event").str.to_lowercase(), nw.lit(None, nw.Boolean)
    said = lambda words: nw.when(event.is_null()).then(null).otherwise(event.str.contains(words))  # noqa: E731
    clicked, replied = nw.coalesce(c("is_clicked"), said("click")), nw.coalesce(c("is_replied"), said("repl|respon|attend"))
    opened = nw.coalesce(c("is_opened"), said("open|click|repl|respon|attend|view"))
    return events.with_columns(is_sent=nw.coalesce(c("is_sent"), nw.lit(True)), is_opened=opened, is_clicked=clicked, is_replied=replied)


def deals_as_of(deals, cut):
    """Deals as they stood on the last day of the quarter: what closed later is open, a win without a close date is open."""
    closed = is_true("is_closed") & ~c("close_date").is_null() & (c("close_date") < cut)
    deals = deals.with_columns(is_closed=closed, is_won=closed & is_true("is_won"))
    cycle = day_number("close_date") - day_number("created_date")
    deals = deals.with_columns(cycle_days=nw.when(c("is_closed") & (cycle >= 0)).then(cycle).otherwise(nw.lit(None, nw.Float64)))
    return deals.with_columns(close_date=nw.when(c("is_closed")).then(c("close_date")))


def _deal_facts(deals):
    won = deals.filter(c("is_won"))
    counts = deals.group_by("account_id").agg(
        n_won=flag(c("is_won")).sum(), n_lost=flag(c("is_closed") & ~c("is_won")).sum(), n_open=flag(~c("is_closed")).sum(),
        n_quote_revisions_max=c("n_quote_revisions").max(),
    )  # fmt: skip
    rates = won.group_by("account_id").agg(discount_rate=c("discount_rate").mean())
    return [counts, rates, median_by(won, "cycle_days", "cycle_days_median"), _first_deal(deals, won)]


def _first_deal(deals, won):
    """What was known when the company decided for the first time: its first won deal, else its first deal at all."""
    first_won = won.group_by("account_id").agg(_won=c("close_date").min())
    first = deals.group_by("account_id").agg(_created=c("created_date").min())
    marked = deals.join(first_won, on="account_id", how="left").join(first, on="account_id", how="left")
    chosen = marked.filter((c("is_won") & (c("close_date") == c("_won"))) | (c("_won").is_null() & (c("created_date") == c("_created"))))
    return chosen.group_by("account_id").agg(
        first_discount_rate=c("discount_rate").mean(), first_quote_revisions=c("n_quote_revisions").mean(),
        first_cycle_days=nw.when(c("is_won")).then(c("cycle_days")).otherwise(nw.lit(None, nw.Float64)).mean(),
        first_lead_source=c("lead_source").min(), first_stakeholders=c("n_stakeholders").max(),
    )  # fmt: skip


def purchases(deals, invoices):
    """One row a purchase: invoices, or won deals where a company sends none. ``cost`` is null where it is not known."""
    if invoices is not None:
        return invoices.select("account_id", date=c("invoice_date"), amount=c("revenue_amount"), cost=c("cost_amount"))
    won = deals.filter(c("is_won"))
    return won.select("account_id", date=c("close_date"), amount=c("deal_amount"), cost=nw.lit(None, nw.Float64))


def account_facts(spine, tables: dict, cut, landmark_days: int, hour_cost: float):
    """One row per company of ``spine`` (``account_id``, ``declared_start_date``) with every measure of 01_accounts that is an aggregate.

    ``tables`` holds the usable frames of deals, invoices, tickets, contacts, engagement; an absent one is None. Lazy: the caller collects.
    """
    deals, invoices = tables.get("deals"), tables.get("invoices")
    parts, bought = [], purchases(deals, invoices)
    money = bought.group_by("account_id").agg(
        first_purchase_date=c("date").min(), last_purchase_date=c("date").max(), revenue_amount=c("amount").sum(), _cost=c("cost").sum(),
        _costed=flag(~c("cost").is_null()).sum(), n_invoices=nw.len(),
    )  # fmt: skip
    parts.append(money)
    if deals is not None:
        parts += _deal_facts(deals)
    if tables.get("tickets") is not None:
        parts += _support(spine, money, bought, tables["tickets"], landmark_days, hour_cost)
    if tables.get("contacts") is not None:
        parts.append(tables["contacts"].group_by("account_id").agg(n_contacts=nw.len()))
    if tables.get("engagement") is not None:
        parts += _engagement(tables["engagement"])
    out = spine
    for part in parts:
        out = out.join(part, on="account_id", how="left")
    profit = nw.when(c("_costed") > 0).then(c("revenue_amount") - c("_cost")).otherwise(nw.lit(None, nw.Float64))
    return out.with_columns(profit_amount=profit).drop("_cost", "_costed")


def _support(spine, money, bought, tickets, landmark_days: int, hour_cost: float):
    """Ticket counts, and support cost against revenue, both from the landmark on: a young customer is judged like an old one."""
    counts = tickets.group_by("account_id").agg(n_tickets=nw.len(), support_hours=c("hours").sum())
    start = spine.join(money.select("account_id", "first_purchase_date"), on="account_id", how="left")
    start = start.with_columns(_start=nw.min_horizontal(day_number("declared_start_date"), day_number("first_purchase_date")))
    start = start.select("account_id", "_start").filter(~c("_start").is_null())
    after = lambda f, date: f.join(start, on="account_id").filter(day_number(date) > c("_start") + landmark_days)  # noqa: E731
    cost = after(tickets, "opened_date").group_by("account_id").agg(landmark_support_amount=c("hours").sum() * hour_cost)
    revenue = after(bought, "date").group_by("account_id").agg(landmark_revenue_amount=c("amount").sum())
    return [counts, cost, revenue]


def _engagement(events):
    counts = events.group_by("account_id").agg(
        n_touches=nw.len(), n_clicks=flag(c("is_clicked")).sum(), n_replies=flag(c("is_replied")).sum()
    )
    reaction = is_true("is_opened") | is_true("is_clicked") | is_true("is_replied")
    without_flags = c("is_opened").is_null() & c("is_clicked").is_null() & c("is_replied").is_null()
    return [counts, most_frequent(events.filter(reaction | without_flags), "channel", "top_channel")]
