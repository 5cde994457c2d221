"""The account table: companies, their measures, their churn, one row each."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from icplib.exports.ledger import Ledger
from icplib.exports.meanings import is_former, says_churn
from icplib.gather.desk import Desk
from icplib.gather.privacy import RAW
from icplib.gather.values import AGAIN
from icplib.vocabulary.cells import FALSE_WORDS
from icplib.words import number

QUARTER_DAYS, QUIET = 91, 0.75  # a usual gap of so much of the silence is no sign of leaving

COUNTS = (
    "n_invoices",
    "n_won",
    "n_lost",
    "n_open",
    "n_tickets",
    "n_contacts",
    "n_touches",
    "n_clicks",
    "n_replies",
)
ZERO_WITHOUT_ROWS = {
    "n_invoices": "invoices",
    "n_won": "deals",
    "n_lost": "deals",
    "n_open": "deals",
    "n_tickets": "tickets",
    "n_contacts": "contacts",
    "n_touches": "engagement",
    "n_clicks": "engagement",
    "n_replies": "engagement",
    "support_hours": "tickets",
}


def account_table(
    desk: Desk, out: pd.DataFrame, facts: pd.DataFrame, churn: pd.DataFrame | None, have: set[str]
) -> pd.DataFrame:
    """01_accounts without the attributes.

    Identity, customer states, dates, money, deals, support, engagement.

    ``out`` is the list of companies, ``facts`` one row of aggregates per company, ``churn`` the
    matched churn list (None: there is none), ``have`` the sources that exist. Measures are
    Float64-free: floats, Int64 counts, dates without a zone.
    """
    table = out.merge(
        facts.drop(columns="declared_start_date", errors="ignore"),
        on="account_id",
        how="left",
        validate="1:1",
        suffixes=("", "_fact"),
    )
    for column in ("first_purchase_date", "last_purchase_date", "created_date", "start_date"):
        table[column] = (
            pd.to_datetime(table[column]).astype("datetime64[us]") if column in table else pd.NaT
        )
    for column, source in ZERO_WITHOUT_ROWS.items():
        if column not in table:
            table[column] = np.nan
        table[column] = pd.to_numeric(table[column]).astype("float64")
        if source in have:
            table[column] = table[column].fillna(0)
    for column in COUNTS:
        table[column] = table[column].astype("Int64")
    for column in _FLOATS:
        table[column] = (
            pd.to_numeric(table[column]).astype("float64") if column in table else np.nan
        )
    _states(desk, table, churn, have)
    _measures(desk, table)
    table["n_invoices"] = (
        table["n_invoices"] if "invoices" in have else pd.Series(pd.NA, table.index, dtype="Int64")
    )
    return table


_FLOATS = (
    "revenue_amount",
    "profit_amount",
    "cycle_days_median",
    "discount_rate",
    "n_quote_revisions_max",
    "landmark_support_amount",
    "landmark_revenue_amount",
    "first_discount_rate",
    "first_quote_revisions",
    "first_cycle_days",
    "first_year_revenue_amount",
    "first_year_profit_amount",
    "last_year_revenue_amount",
    "last_year_profit_amount",
)


def _states(desk: Desk, table: pd.DataFrame, churn: pd.DataFrame | None, have: set[str]) -> None:
    """Customer, prospect, churned, and since when."""
    settings, as_of = desk.settings, desk.wb.as_of
    table["is_customer"] = table["first_purchase_date"].notna()
    table["is_prospect"] = ~table["is_customer"]
    declared = table["start_date"]
    early = declared.notna() & (declared <= as_of)
    table["start_date"] = table["first_purchase_date"]
    earlier = table["is_customer"] & early & (declared < table["start_date"])
    table["start_date"] = declared.where(earlier, table["start_date"])
    _log_surprises(table, have, desk.ledger)
    if churn is not None:
        _listed(desk, table, churn)
    elif settings.churn.silent_quarters:
        _silent(desk, table)
    else:
        table["churn_date"], table["churn_reason"] = pd.NaT, None
        _log_former(desk, table)
        desk.ledger.found(
            "churn not recorded",
            "churn",
            "",
            int(table["is_customer"].sum()),
            "every customer counts as kept: nothing can be said about churn",
            decide="add the source churn, or churn.silent_quarters = 2",
        )
    table["churn_date"] = pd.to_datetime(table["churn_date"]).astype("datetime64[us]")
    if churn is None:
        table["is_churned"] = table["churn_date"].notna()
    table["observed_from_date"] = table["start_date"]
    if settings.churn.observed_from:
        recorded = table["start_date"].clip(lower=pd.Timestamp(settings.churn.observed_from))
        table["observed_from_date"] = recorded
    end = table["churn_date"].fillna(as_of)
    days = (end - table["start_date"]).dt.days.astype("float64")
    table["tenure_days"] = days.mask(table["is_churned"] & table["churn_date"].isna())


def _log_former(desk: Desk, table: pd.DataFrame) -> None:
    """Types, stages and flags that say that customers have left, where no list of them is given."""
    s = desk.staged["accounts"]

    def line(column: str, header: str) -> str:
        columns = f'{{ {column} = "{header}" }}'
        return f'under [sources]: churn = {{ file = "{s.file}", columns = {columns} }}'

    for header in filter(says_churn, s.mapped.unknown):
        cells = table[RAW + header].astype("str") if RAW + header in table else pd.Series(dtype=str)
        left = cells.dropna()[~cells.dropna().str.casefold().isin(FALSE_WORDS)]
        desk.ledger.found(
            "former customers by their record",
            "accounts",
            header,
            len(left),
            "the column seems to say that they have left: they count as kept",
            left.unique(),
            line("is_churned", header),
        )
    for column in ("account_type", "lifecycle"):
        counts = table[column].dropna().astype("str").value_counts()
        former = counts[[is_former(value) for value in counts.index]]
        shown = ", ".join(f"'{value}'" for value in former.index)
        desk.ledger.found(
            "former customers by their record",
            "accounts",
            header := s.mapped.columns.get(column, column),
            former.sum(),
            f"{shown} says that they have left, but not when: they count as kept",
            former.index,
            f"{line('status', header)}, or a file of them with churn_date",
        )


def _log_surprises(table: pd.DataFrame, have: set[str], log: Ledger) -> None:
    """Companies whose purchases and whose records say different things."""
    bought, prospects = table["is_customer"], table["source"] == "prospects"

    def says(column, words):
        return table[column].astype("str").str.contains(words, case=False, na=False)

    says_prospect = (table["source"] == "accounts") & says("account_type", "prospect")
    for source, column, said in (
        ("prospects", "", prospects),
        ("accounts", "account_type", says_prospect),
    ):
        surprising = bought & said
        log.found(
            "prospects with a purchase",
            source,
            column,
            surprising.sum(),
            "treated as customers",
            table.loc[surprising, "account_id"],
            "cleaning.drop_accounts",
        )
    free = table["revenue_amount"].eq(0) & ~bought
    log.found(
        "purchases of nothing",
        "invoices" if "invoices" in have else "deals",
        "",
        int(free.sum()),
        "no customers: what costs nothing is a trial",
        table.loc[free, "account_id"],
        "zero_is_missing, where 0 means that the amount is not known",
    )
    if "invoices" in have:
        unpaid = (table["n_won"] > 0).fillna(False).astype(bool) & ~bought
        log.found(
            "prospects with won deals",
            "deals",
            "is_won",
            unpaid.sum(),
            "prospects still: nothing was invoiced by the quarter's end",
            table.loc[unpaid, "account_id"],
            "take the source invoices out, and won deals count as purchases",
        )
    idle = (says("account_type", "customer|client") | says("lifecycle", "customer")) & ~bought
    log.found(
        "declared customers without a purchase",
        "accounts",
        "account_type",
        idle.sum(),
        "not counted as customers: nothing was ever bought",
        table.loc[idle, "account_name"].dropna(),
        "cleaning.drop_accounts or cleaning.merge_accounts",
    )


def _listed(desk: Desk, table: pd.DataFrame, churn: pd.DataFrame) -> None:
    """Churn by the list.

    An entry for a company that never bought or that says it left before it came is not used.
    """
    log, keep = desk.ledger, desk.settings.cleaning.keep_contradictions
    found = table[["account_id"]].merge(churn, on="account_id", how="left")
    table["churn_date"], table["churn_reason"] = (
        pd.to_datetime(found["churn_date"]).to_numpy(),
        found["churn_reason"].astype("object").to_numpy(),
    )
    left = table["account_id"].isin(churn["account_id"])
    never = left & ~table["is_customer"]
    log.found(
        "churned without ever buying",
        "churn",
        "",
        never.sum(),
        "not counted as churned",
        table.loc[never, "account_id"],
    )
    before = (
        table["churn_date"].notna()
        & table["is_customer"]
        & (table["churn_date"] < table["start_date"])
    )
    log.found(
        "churned before the start",
        "churn",
        "churn_date",
        before.sum(),
        ("kept as churned on the first day" if keep else "not counted as churned"),
        table.loc[before, "account_id"],
        "cleaning.keep_contradictions = true",
    )
    if keep:
        table["churn_date"] = table["churn_date"].mask(before, table["start_date"])
        before &= False
    gone = never | before
    if desk.settings.best.returners == "still customer":
        after = table["last_purchase_date"] - table["churn_date"]
        later = after.gt(pd.Timedelta(days=AGAIN)) & ~before
        log.found(
            "customers who came back",
            "churn",
            "churn_date",
            later.sum(),
            "customers still, with their whole money and time",
            table.loc[later, "account_id"],
            'best.returners = "second spell"',
        )
        gone |= later
    table.loc[gone, "churn_date"] = pd.NaT
    table.loc[gone, "churn_reason"] = None
    table["is_churned"] = left & ~gone


def _silent(desk: Desk, table: pd.DataFrame) -> None:
    """Churn by silence: no purchase in the last n quarters.

    The date is the day on which the silence had lasted that long.
    """
    wb, n = desk.wb, desk.settings.churn.silent_quarters
    first_quiet_day = pd.Timestamp((wb.quarter + (1 - n)).start)
    silent = table["is_customer"] & (table["last_purchase_date"] < first_quiet_day)
    span = (table["last_purchase_date"] - table["first_purchase_date"]).dt.days
    rhythm = (span / (table["n_invoices"].astype("float64") - 1)).where(table["n_invoices"] > 1)
    usual = rhythm.median()
    desk.ledger.found(
        "silence that is usual",
        "churn",
        "last_purchase_date",
        silent.sum() * bool(usual > QUIET * n * QUARTER_DAYS),
        f"half of the customers buy every {number(usual)} days or more rarely: {n} quarters of"
        " silence may be none",
        decide=f"churn.silent_quarters = {math.ceil(1.5 * (usual or 0) / QUARTER_DAYS) or n}"
        if usual == usual
        else "",
    )
    date = (table["last_purchase_date"] + pd.DateOffset(months=3 * n)).clip(upper=wb.as_of)
    table["churn_date"] = date.where(silent)
    table["churn_reason"] = np.where(silent, f"no purchase for {n} quarters", None)
    desk.ledger.found(
        "churn by silence",
        "churn",
        "last_purchase_date",
        silent.sum(),
        f"no purchase since {first_quiet_day:%Y-%m-%d}: counted as churned",
        decide="churn.silent_quarters",
    )


def _measures(desk: Desk, table: pd.DataFrame) -> None:
    """Rates from sums; the win rate is of first sales, where a type tells."""
    won, lost = (
        table.get(f"n_{k}_first", table[f"n_{k}"]).astype("float64") for k in ("won", "lost")
    )
    table["win_rate"] = (won / (won + lost)).where(won + lost > 0)
    table["support_cost_amount"] = table["support_hours"] * desk.settings.anti.hour_cost
    paid = table["landmark_revenue_amount"].where(table["landmark_revenue_amount"] > 0)
    cost = table["landmark_support_amount"].where(
        table["support_hours"].isna() | table["landmark_support_amount"].notna(), 0.0
    )
    table["support_cost_share"] = cost / paid


def people(table: pd.DataFrame, contacts: pd.DataFrame | None) -> pd.DataFrame:
    """Per company: how many people, in which buying roles, were known before it first bought.

    Any time for a prospect.
    """
    blank = pd.Series([None] * len(table), index=table.index, dtype=object)
    if contacts is None or contacts.empty or contacts["created_date"].isna().all():
        return pd.DataFrame({"n_stakeholders": np.nan, "buying_roles": blank}, index=table.index)
    start = table.set_index("account_id")["first_purchase_date"]
    known = contacts[~(contacts["created_date"] > contacts["account_id"].map(start))]
    n = known.groupby("account_id").size()
    roles = (
        known.dropna(subset=["buying_role"])
        .groupby("account_id")["buying_role"]
        .agg(lambda r: tuple(sorted(set(r))))
    )
    n_by_row = table["account_id"].map(n)
    listed = table["account_id"].isin(contacts["account_id"])
    cells = table["account_id"].map(roles).astype(object)
    return pd.DataFrame(
        {
            "n_stakeholders": (
                n_by_row.where(n_by_row.notna(), np.where(listed, 0.0, np.nan)).astype("float64")
            ),
            "buying_roles": cells.where(cells.notna(), None),
        },
        index=table.index,
    )
