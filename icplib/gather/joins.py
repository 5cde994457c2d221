"""The joins and aggregations, written once in Narwhals: DuckDB, Spark and a warehouse run them.

Idioms that hold on every engine (and why): days from calendar parts, since durations cannot be read
everywhere; sums of 0/1 flags, since booleans cannot be summed everywhere; a median from two ranks
where an engine has none; the most frequent value by counting, then alphabetical order, so that ties
do not depend on the engine. Each table is read once down to one row per company (``per_company``),
which carries the measures as well as the count of rows that are not used and why; orphans fall out
where that row finds no company. A row is visible when its date is before ``cut``.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from icplib.gather.canon import ROW_DATE

c = nw.col
AMOUNT = {"deals": "deal_amount", "invoices": "revenue_amount"}
N_ROWS = {
    "invoices": "n_invoices",
    "tickets": "n_tickets",
    "contacts": "n_contacts",
    "engagement": "n_touches",
}
OPTIONAL_DATE = ("contacts", "deals")
HAVE_MEDIAN = (
    nw.Implementation.DUCKDB,
    nw.Implementation.POLARS,
    nw.Implementation.PYSPARK,
    nw.Implementation.PYSPARK_CONNECT,
)


def flag(condition) -> nw.Expr:
    """1 where the condition is true, else 0 (null is 0): what can be summed on every engine."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def is_true(name: str) -> nw.Expr:
    """A boolean column with unknown read as false."""
    return flag(c(name)) == nw.lit(1)


def paid(amount: str) -> nw.Expr:
    """Whether a purchase cost something; one whose amount nobody knows did."""
    return c(amount).is_null() | (c(amount) > 0)


def day_number(name: str) -> nw.Expr:
    """Days since 1970 of a date column, as a float; exact up to the year 9999."""
    d = c(name).dt
    y = d.year().cast(nw.Float64)
    leap_days = (
        ((y - 1969) / 4.0).floor() - ((y - 1901) / 100.0).floor() + ((y - 1601) / 400.0).floor()
    )
    return 365.0 * (y - 1970) + leap_days + d.ordinal_day().cast(nw.Float64) - 1.0


def days_between(frame, earlier: str, later: str) -> nw.Expr:
    """Days from one date column of the frame to another, as a float.

    DuckDB, which counts days itself, is asked to.
    """
    if frame.implementation == nw.Implementation.DUCKDB:
        return (c(later) - c(earlier)).cast(nw.Float64)
    return day_number(later) - day_number(earlier)


def median_by(frame, value: str, name: str):
    """Exact median of ``value`` per company."""
    frame = frame.filter(~c(value).is_null())
    if frame.implementation in HAVE_MEDIAN:
        return frame.group_by("account_id").agg(c(value).median().alias(name))
    ranked = frame.with_columns(
        _r=c(value).rank("ordinal").over("account_id"), _n=c(value).count().over("account_id")
    )
    middle = ranked.filter((c("_r") == (c("_n") + 1) // 2) | (c("_r") == (c("_n") + 2) // 2))
    return middle.group_by("account_id").agg(c(value).mean().alias(name))


def seen(table: str, cut) -> nw.Expr:
    """Which rows are visible before ``cut``.

    Dated before it, or without a date where a row needs none.
    """
    date = c(ROW_DATE[table])
    return date.is_null() | (date < cut) if table in OPTIONAL_DATE else date < cut


def prepared(frame, table: str, cut, contacts=None):
    """The rows as everything after this reads them.

    Status and reactions settled, the company of an event found by its contact, contradictions
    marked.
    """
    if table == "engagement":
        if contacts is not None:
            of_contact = contacts.select("contact_id", _account=c("account_id")).filter(
                ~c("contact_id").is_null()
            )
            frame = frame.join(of_contact, on="contact_id", how="left")
            frame = frame.with_columns(account_id=nw.coalesce(c("account_id"), c("_account"))).drop(
                "_account"
            )
        return with_reactions(frame)
    if table == "deals":
        frame = with_status(frame)
    if table in CONTRADICTIONS:
        frame = frame.with_columns(
            **{name: flag(test(cut)) for name, test in CONTRADICTIONS[table].items()}
        )
    return deals_as_of(frame, cut) if table == "deals" else frame


CONTRADICTIONS = {
    "deals": {
        "_swapped": lambda cut: c("close_date") < c("created_date"),
        "_undated_win": lambda cut: is_true("is_won") & c("close_date").is_null(),
        "_closed_later": lambda cut: is_true("is_closed") & (c("close_date") >= cut),
    },
    "tickets": {"_swapped": lambda cut: c("closed_date") < c("opened_date")},
}


def channels_of(events):
    """One row per channel that events name."""
    return (
        events.filter(~c("channel").is_null())
        .group_by("channel")
        .agg(_n=nw.len())
        .select("channel")
    )


def per_company(frame, table: str, cut, channels=()):
    """One row per ``account_id``: measures over visible rows, ``_`` helpers, few top channels."""
    visible = seen(table, cut)

    def when(name):
        return nw.when(visible).then(c(name))

    def n(*conditions):
        return nw.when(visible, *conditions).then(nw.lit(1)).count()

    won = visible & c("is_won")
    paid_on = nw.when(visible, paid("revenue_amount")).then(c("invoice_date"))
    facts = {
        "deals": lambda: {
            "n_won": n(c("is_won")),
            "n_lost": n(c("is_closed"), ~c("is_won")),
            "n_won_first": n(c("is_won"), c("_repeat") == 0),
            "n_lost_first": n(c("is_closed"), ~c("is_won"), c("_repeat") == 0),
            "n_quote_revisions_max": when("n_quote_revisions").max(),
            "discount_rate": nw.when(won).then(c("discount_rate")).mean(),
            "_first_won": nw.when(won).then(c("close_date")).min(),
            "_first_created": when("created_date").min(),
        },
        "invoices": lambda: {
            "first_purchase_date": paid_on.min(),
            "last_purchase_date": paid_on.max(),
            "revenue_amount": when("revenue_amount").sum(),
            "_cost": when("cost_amount").sum(),
            "_costed": when("cost_amount").count(),
        },
        "tickets": lambda: {"support_hours": when("hours").sum()},
        "contacts": lambda: {},
        "engagement": lambda: {"n_clicks": n(c("is_clicked")), "n_replies": n(c("is_replied"))},
    }[table]()
    amounts = {"_amount_all": c(AMOUNT[table]).sum()} if table in AMOUNT else {}
    if table == "deals":
        amounts |= {"_amount": when(AMOUNT[table]).sum()}
    marks = {name: n(c(name) == 1) for name in CONTRADICTIONS.get(table, ())}
    median = {}
    if table == "deals" and frame.implementation in HAVE_MEDIAN:
        median["cycle_days_median"] = nw.when(won).then(c("cycle_days")).median()
    few = dict(enumerate(sorted(channels))) if len(channels) <= FEW_CHANNELS else {}
    reactions = {
        f"_reactions_{i}": n(REACTION, c("channel") == channel) for i, channel in few.items()
    }
    per = frame.group_by("account_id").agg(
        _rows=nw.len(),
        _seen=n(),
        _dated=c(ROW_DATE[table]).count(),
        **amounts,
        **marks,
        **facts,
        **median,
        **reactions,
    )
    if table == "deals":
        return per.with_columns(n_open=c("_seen") - c("n_won") - c("n_lost"))
    per = per.with_columns(c("_seen").alias(N_ROWS[table]))
    return _with_top_channel(per, few) if few else per


def _with_top_channel(per, channels: dict[int, str]):
    """The channel with most reactions (of events without any flag.

    Most events), ties in alphabetical order.
    """
    counts = {channel: c(f"_reactions_{i}") for i, channel in channels.items()}
    most, top = nw.max_horizontal(*counts.values()), nw.lit(None, nw.String)
    for channel, count in reversed(counts.items()):
        top = nw.when((count == c("_most")) & (count > 0)).then(nw.lit(channel)).otherwise(top)
    return (
        per.with_columns(_most=most)
        .with_columns(top_channel=top)
        .drop("_most", *(f"_reactions_{i}" for i in channels))
    )


def account(per, table: str, spine):
    """One row: rows of a table used, why others are not, the money of both, contradictions.

    The contradictions are among the rows used.
    """
    joined = per.join(spine.select("account_id", _known=nw.lit(1)), on="account_id", how="left")
    nobody, known = c("account_id").is_null(), ~c("_known").is_null()

    def total(condition, name):
        return nw.when(condition).then(c(name)).sum()

    money = (
        {
            "amount": total(known, "revenue_amount" if table == "invoices" else "_amount"),
            "orphan_amount": total(~nobody & ~known, "_amount_all"),
            "nobody_amount": total(nobody, "_amount_all"),
        }
        if table in AMOUNT
        else {}
    )
    judged = "_rows" if table in OPTIONAL_DATE else "_dated"
    return joined.select(
        no_company=total(nobody, "_rows"),
        no_such_account=total(~nobody & ~known, "_rows"),
        rows=total(known, "_rows"),
        seen=total(known, "_seen"),
        late=total(known, judged) - total(known, "_seen"),
        **money,
        **{name: total(known, name) for name in CONTRADICTIONS.get(table, ())},
    )


def usable(frame, table: str, cut):
    """Visible rows that name a company.

    Whether it is one of ours is asked where they are joined.
    """
    rows = frame.filter(seen(table, cut), ~c("account_id").is_null())
    return rows.drop(*CONTRADICTIONS[table]) if table in CONTRADICTIONS else rows


def outside(frame, ranges: dict):
    """One row: per column of ``ranges`` how many values lie outside (``n``), least and greatest."""
    beyond = {column: limits.outside(c(column)) for column, limits in ranges.items()}
    counts = {f"{column}_n": flag(test).sum() for column, test in beyond.items()}
    known = {f"{column}_known": c(column).count() for column in ranges}
    low = {f"{column}_low": nw.when(test).then(c(column)).min() for column, test in beyond.items()}
    high = {
        f"{column}_high": nw.when(test).then(c(column)).max() for column, test in beyond.items()
    }
    return frame.select(**counts, **known, **low, **high)


def in_range(frame, ranges: dict):
    """The frame with values outside the ``ranges`` of their columns read as unknown."""
    return frame.with_columns(
        **{
            column: nw.when(~limits.outside(c(column))).then(c(column))
            for column, limits in ranges.items()
        }
    )


def with_status(deals):
    """Won and closed from what the export has.

    Its own flags, else the won and lost dates, else what its stage says (``_said``).
    """
    said, null = c("_said"), nw.lit(None, nw.Boolean)
    known = lambda test: nw.when(~said.is_null()).then(test).otherwise(null)  # noqa: E731
    by_stage_won, by_stage_closed = known(said == "won"), known(said != "open")
    has_end = ~c("won_date").is_null() | ~c("lost_date").is_null()
    won = nw.coalesce(
        c("is_won"),
        nw.when(~c("won_date").is_null()).then(nw.lit(True)).otherwise(null),
        by_stage_won,
    )
    ended = nw.when((flag(won) == nw.lit(1)) | has_end).then(nw.lit(True)).otherwise(null)
    return deals.with_columns(
        is_won=won,
        close_date=nw.coalesce(c("close_date"), c("won_date"), c("lost_date")),
        is_closed=nw.coalesce(c("is_closed"), ended, by_stage_closed),
    )


def with_reactions(events):
    """What a message met with, from flags or from one column that names the event.

    A click or a reply implies that it was opened.
    """
    event, null = c("event").str.to_lowercase(), nw.lit(None, nw.Boolean)

    def said(words):
        return nw.when(event.is_null()).then(null).otherwise(event.str.contains(words))

    clicked, replied = (
        nw.coalesce(c("is_clicked"), said("click")),
        nw.coalesce(c("is_replied"), said("repl|respon|attend")),
    )
    opened = nw.coalesce(c("is_opened"), said("open|click|repl|respon|attend|view"))
    return events.with_columns(
        is_sent=nw.coalesce(c("is_sent"), nw.lit(True)),
        is_opened=opened,
        is_clicked=clicked,
        is_replied=replied,
    )


def deals_as_of(deals, cut):
    """Deals as they stood on the last day of the quarter.

    What closed later is open, a win without a close date is open; only first sales have a cycle.
    """
    closed = is_true("is_closed") & ~c("close_date").is_null() & (c("close_date") < cut)
    deals = deals.with_columns(
        is_closed=closed,
        is_won=closed & is_true("is_won"),
        close_date=nw.when(closed).then(c("close_date")),
    )
    cycle = days_between(deals, "created_date", "close_date")
    return deals.with_columns(
        cycle_days=nw.when((cycle >= 0) & (c("_repeat") == 0))
        .then(cycle)
        .otherwise(nw.lit(None, nw.Float64))
    )


def _first_deal(deals, per):
    """What was known when the company decided for the first time.

    Its first won deal, else its first deal at all.
    """
    marked = deals.join(per.select("account_id", "_first_won", "_first_created"), on="account_id")
    chosen = marked.filter(
        (c("is_won") & (c("close_date") == c("_first_won")))
        | (c("_first_won").is_null() & (c("created_date") == c("_first_created")))
    )
    return chosen.group_by("account_id").agg(
        first_discount_rate=c("discount_rate").mean(),
        first_quote_revisions=c("n_quote_revisions").mean(),
        first_cycle_days=nw.when(c("is_won"))
        .then(c("cycle_days"))
        .otherwise(nw.lit(None, nw.Float64))
        .mean(),
        first_lead_source=c("lead_source").min(),
        first_stakeholders=c("n_stakeholders").max(),
    )


def purchases(deals, invoices):
    """One row a purchase: invoices, or won deals where a company sends none.

    ``cost`` is null where it is not known.
    """
    if invoices is not None:
        return invoices.select(
            "account_id", date=c("invoice_date"), amount=c("revenue_amount"), cost=c("cost_amount")
        )
    won = deals.filter(c("is_won"))
    return won.select(
        "account_id", date=c("close_date"), amount=c("deal_amount"), cost=nw.lit(None, nw.Float64)
    )


def account_facts(spine, per: dict, rows: dict, landmark_days: int, hour_cost: float):
    """One row per company of ``spine`` with every measure of 01_accounts that is an aggregate.

    ``spine`` has ``account_id`` and ``declared_start_date``.

    ``per`` holds the tables that there are (deals, invoices, tickets, contacts, engagement) by
    company, ``rows`` their usable rows. Lazy: the caller collects.
    """
    counted = {name: _counted(part) for name, part in per.items()}
    bought = (
        purchases(rows.get("deals"), rows.get("invoices"))
        if "tickets" in rows or "invoices" not in per
        else None
    )
    money = counted.pop("invoices") if "invoices" in per else _money(bought)
    parts = [money, *counted.values()]
    if "deals" in rows:
        parts.append(_first_deal(rows["deals"], per["deals"]))
        if "cycle_days_median" not in counted["deals"].collect_schema().names():
            parts.append(
                median_by(rows["deals"].filter(c("is_won")), "cycle_days", "cycle_days_median")
            )
    if "tickets" in rows:
        parts += _support(spine, money, bought, rows["tickets"], landmark_days, hour_cost)
    if "engagement" in rows and "top_channel" not in counted["engagement"].collect_schema().names():
        parts.append(_top_channel(rows["engagement"]))
    out = spine
    for part in parts:
        out = out.join(part, on="account_id", how="left")
    profit = (
        nw.when(c("_costed") > 0)
        .then(c("revenue_amount") - c("_cost"))
        .otherwise(nw.lit(None, nw.Float64))
    )
    return out.with_columns(profit_amount=profit).drop("_cost", "_costed")


def _counted(per):
    """The measures of companies that have a usable row."""
    kept = [
        name
        for name in per.collect_schema().names()
        if not name.startswith("_") or name in ("_cost", "_costed")
    ]
    return per.filter(c("_seen") > 0).select(*kept)


def _money(bought):
    return bought.group_by("account_id").agg(
        first_purchase_date=nw.when(paid("amount")).then(c("date")).min(),
        last_purchase_date=nw.when(paid("amount")).then(c("date")).max(),
        revenue_amount=c("amount").sum(),
        _cost=c("cost").sum(),
        _costed=flag(~c("cost").is_null()).sum(),
        n_invoices=nw.len(),
    )


def _support(spine, money, bought, tickets, landmark_days: int, hour_cost: float):
    """Support cost against revenue, both from the landmark on.

    A young customer is judged like an old one.
    """
    start = spine.join(
        money.select("account_id", "first_purchase_date"), on="account_id", how="left"
    )
    start = start.with_columns(
        _start=nw.min_horizontal(
            day_number("declared_start_date"), day_number("first_purchase_date")
        )
    )
    start = start.select("account_id", "_start").filter(~c("_start").is_null())

    def after(f, date):
        return f.join(start, on="account_id").filter(day_number(date) > c("_start") + landmark_days)

    cost = (
        after(tickets, "opened_date")
        .group_by("account_id")
        .agg(landmark_support_amount=c("hours").sum() * hour_cost)
    )
    revenue = (
        after(bought, "date").group_by("account_id").agg(landmark_revenue_amount=c("amount").sum())
    )
    return [cost, revenue]


FEW_CHANNELS = 24
REACTION = (is_true("is_opened") | is_true("is_clicked") | is_true("is_replied")) | (
    c("is_opened").is_null() & c("is_clicked").is_null() & c("is_replied").is_null()
)


def _top_channel(events):
    """The same of any number of channels, grouped by company and channel."""
    counts = (
        events.filter(~c("channel").is_null(), REACTION)
        .group_by("account_id", "channel")
        .agg(_n=nw.len())
    )
    top = counts.group_by("account_id").agg(_top=c("_n").max())
    return (
        counts.join(top, on="account_id")
        .filter(c("_n") == c("_top"))
        .group_by("account_id")
        .agg(top_channel=c("channel").min())
    )
