"""The account table: companies, their measures, their churn, one row each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icplib.gather.log import Log

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
    out: pd.DataFrame, facts: pd.DataFrame, churn: pd.DataFrame | None, wb, have: set[str], log: Log
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
    _states(table, wb, churn, have, log)
    _measures(table, wb)
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
)


def _states(table: pd.DataFrame, wb, churn: pd.DataFrame | None, have: set[str], log: Log) -> None:
    """Customer, prospect, churned, and since when."""
    settings, as_of = wb.settings, wb.as_of
    table["is_customer"] = table["first_purchase_date"].notna()
    declared = table["start_date"]
    early = declared.notna() & (declared <= as_of)
    table["start_date"] = table["first_purchase_date"].where(
        table["first_purchase_date"].notna(), pd.NaT
    )
    earlier = table["is_customer"] & early & (declared < table["start_date"])
    table["start_date"] = declared.where(earlier, table["start_date"])
    says_prospect = (
        table["account_type"].astype("str").str.contains("prospect", case=False, na=False)
    )
    for source, column, says in (
        ("prospects", "", table["source"] == "prospects"),
        ("accounts", "account_type", (table["source"] == "accounts") & says_prospect),
    ):
        surprising = table["is_customer"] & says
        log.found(
            "prospects with a purchase",
            source,
            column,
            surprising.sum(),
            "treated as customers",
            table.loc[surprising, "account_id"],
            "cleaning.drop_accounts",
        )
    if "invoices" in have:
        unpaid = (table["n_won"] > 0).fillna(False).astype(bool) & ~table["is_customer"]
        log.found(
            "prospects with won deals",
            "deals",
            "is_won",
            unpaid.sum(),
            "prospects still: nothing was invoiced by the quarter's end",
            table.loc[unpaid, "account_id"],
            "take the source invoices out, and won deals count as purchases",
        )
    says_customer = table["account_type"].astype("str").str.contains(
        "customer|client", case=False, na=False
    ) | table["lifecycle"].astype("str").str.contains("customer", case=False, na=False)
    idle = says_customer & ~table["is_customer"]
    log.found(
        "declared customers without a purchase",
        "accounts",
        "account_type",
        idle.sum(),
        "not counted as customers: nothing was ever bought",
        table.loc[idle, "account_name"].dropna(),
        "cleaning.drop_accounts or cleaning.merge_accounts",
    )
    if churn is not None:
        _listed(table, churn, settings, log)
    elif settings.churn.silent_quarters:
        _silent(table, wb, log)
    else:
        table["churn_date"], table["churn_reason"] = pd.NaT, None
        log.found(
            "churn not recorded",
            "churn",
            "",
            int(table["is_customer"].sum()),
            "every customer counts as kept: nothing can be said about churn",
            decide="add the source churn, or churn.silent_quarters = 2",
        )
    table["churn_date"] = pd.to_datetime(table["churn_date"]).astype("datetime64[us]")
    table["is_churned"] = table["churn_date"].notna()
    table["is_prospect"] = ~table["is_customer"]
    observed = (
        pd.Timestamp(settings.churn.observed_from) if settings.churn.observed_from else pd.NaT
    )
    table["observed_from_date"] = (
        table["start_date"].where(
            table["start_date"].isna() | pd.isna(observed),
            np.maximum(table["start_date"], observed),
        )
        if not pd.isna(observed)
        else table["start_date"]
    )
    end = table["churn_date"].fillna(as_of)
    table["tenure_days"] = (end - table["start_date"]).dt.days.astype("float64")


def _listed(table: pd.DataFrame, churn: pd.DataFrame, settings, log: Log) -> None:
    """Churn by the list.

    An entry for a company that never bought or that says it left before it came is not used.
    """
    found = table[["account_id"]].merge(churn, on="account_id", how="left")
    table["churn_date"], table["churn_reason"] = (
        pd.to_datetime(found["churn_date"]).to_numpy(),
        found["churn_reason"].astype("object").to_numpy(),
    )
    never = table["churn_date"].notna() & ~table["is_customer"]
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
        (
            "kept as churned on the first day"
            if settings.cleaning.keep_contradictions
            else "not counted as churned"
        ),
        table.loc[before, "account_id"],
        "cleaning.keep_contradictions = true",
    )
    if settings.cleaning.keep_contradictions:
        table["churn_date"] = table["churn_date"].mask(before, table["start_date"])
        before &= False
    later = (
        table["churn_date"].notna()
        & ~before
        & (table["last_purchase_date"] > table["churn_date"] + pd.Timedelta(days=90))
    )
    log.found(
        "purchases long after the churn date",
        "churn",
        "churn_date",
        later.sum(),
        "kept as churned on the listed date",
        table.loc[later, "account_id"],
    )
    table.loc[never | before, "churn_date"] = pd.NaT
    table.loc[never | before, "churn_reason"] = None


def _silent(table: pd.DataFrame, wb, log: Log) -> None:
    """Churn by silence: no purchase in the last n quarters.

    The date is the day on which the silence had lasted that long.
    """
    n = wb.settings.churn.silent_quarters
    first_quiet_day = pd.Timestamp((wb.quarter + (1 - n)).start)
    silent = table["is_customer"] & (table["last_purchase_date"] < first_quiet_day)
    date = (table["last_purchase_date"] + pd.DateOffset(months=3 * n)).clip(upper=wb.as_of)
    table["churn_date"] = date.where(silent)
    table["churn_reason"] = np.where(silent, f"no purchase for {n} quarters", None)
    log.found(
        "churn by silence",
        "churn",
        "last_purchase_date",
        silent.sum(),
        f"no purchase since {first_quiet_day:%Y-%m-%d}: counted as churned",
        decide="churn.silent_quarters",
    )


def _measures(table: pd.DataFrame, wb) -> None:
    """Rates from sums. A customer younger than best.min_tenure_days has no yearly value yet."""
    years = (table["tenure_days"] / 365.25).where(
        table["tenure_days"] >= max(1, wb.settings.best.min_tenure_days)
    )
    table["revenue_per_year_amount"] = table["revenue_amount"] / years
    table["profit_per_year_amount"] = table["profit_amount"] / years
    decided = (table["n_won"] + table["n_lost"]).astype("float64")
    table["win_rate"] = (table["n_won"].astype("float64") / decided).where(decided > 0)
    table["support_cost_amount"] = table["support_hours"] * wb.settings.anti.hour_cost
    paid = table["landmark_revenue_amount"].where(table["landmark_revenue_amount"] > 0)
    cost = table["landmark_support_amount"].where(
        table["support_hours"].isna() | table["landmark_support_amount"].notna(), 0.0
    )
    table["support_cost_share"] = cost / paid


def people(table: pd.DataFrame, contacts: pd.DataFrame | None) -> pd.DataFrame:
    """Per company: how many people, and in which buying roles, were known before its first purchase
    (any time for a prospect).
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
