"""What a customer is worth in times that compare, and which companies belong together.

A spell runs from a purchase to the day on which the customer left, or to the quarter's end. Whoever
buys again more than AGAIN days after leaving begins a second one; `best.returners` says which
counts.
"""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from icplib.gather import joins
from icplib.gather.companies import FREE_MAIL
from icplib.gather.desk import Desk

AGAIN = 90  # days after leaving: an invoice before that is a last one, not a return
YEAR = 365  # days, so that the invoice of the second year is not in the first
WINDOWS = ("spell", "first_year", "last_year")


def with_values(desk: Desk, table: pd.DataFrame, bought: Any) -> pd.DataFrame:
    """01_accounts with the money of the first and last year and of a year of tenure.

    ``bought``: one row a purchase, a frame of the engine; None where the account table is given.
    """
    eng, wb = desk.engine, desk.wb
    if bought is None:
        return _per_year(table, table["revenue_amount"], table["profit_amount"], wb)
    spells = _spells(desk, table, _returns(table, bought, eng))
    money = table[["account_id"]].merge(_sums(spells, bought, eng), on="account_id", how="left")
    observed = (pd.Timestamp(desk.cut) - spells["start"]).dt.days >= YEAR
    for window in WINDOWS:
        revenue = money[f"{window}_revenue"].astype("float64").fillna(0.0)
        cost = money[f"{window}_cost"].astype("float64")
        profit = (revenue - cost).where(money[f"{window}_costed"].fillna(0) > 0)
        if window == "spell":
            is_customer = table["is_customer"].astype(bool)
            table = table.assign(value_start_date=spells["start"])
            table = _per_year(table, revenue.where(is_customer), profit, wb, spells)
        else:
            table[f"{window}_revenue_amount"] = revenue.where(observed)
            table[f"{window}_profit_amount"] = profit.where(observed)
    return table


def _per_year(
    table: pd.DataFrame,
    revenue: pd.Series,
    profit: pd.Series,
    wb: Any,
    spells: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rates over tenure. A customer younger than best.min_tenure_days has none yet."""
    days = table["tenure_days"] if spells is None else spells["days"]
    years = (days / 365.25).where(days >= max(1, wb.settings.best.min_tenure_days))
    return table.assign(
        revenue_per_year_amount=revenue / years, profit_per_year_amount=profit / years
    )


def _returns(table: pd.DataFrame, bought: Any, eng: Any) -> pd.Series:
    """First purchase after having left, by position; NaT for those who did not come back."""
    left = table[table["churn_date"].notna()]
    never = left["first_purchase_date"] > left["churn_date"]
    wait = pd.to_timedelta(np.where(never, 0, AGAIN), unit="D")
    asked = _dates(left["account_id"], {"_back": left["churn_date"] + wait})
    rows = bought.filter(joins.paid("amount")).join(eng.uploaded(asked, "leavers"), on="account_id")
    late = rows.filter(nw.col("date") > nw.col("_back"))
    found = eng.fetched(late.group_by("account_id").agg(back=nw.col("date").min()))
    found = found.astype({"account_id": "str"})
    back = table[["account_id"]].merge(found, on="account_id", how="left")["back"]
    return pd.to_datetime(back).astype("datetime64[us]")


def _spells(desk: Desk, table: pd.DataFrame, back: pd.Series) -> pd.DataFrame:
    """Start, end and days of the spell that counts, by position."""
    second = desk.settings.best.returners == "second spell"
    desk.ledger.found(
        "customers who came back",
        "churn",
        "churn_date",
        int(back.notna().sum()),
        f"their value is that of the {'second' if second else 'first'} spell; leaving is that of"
        " the first",
        table.loc[back.notna(), "account_id"],
        'best.returners = "first spell"' if second else 'best.returners = "second spell"',
    )
    undated = table["is_churned"].astype(bool) & table["churn_date"].isna()
    is_second = back.notna() & second
    end = table["churn_date"].mask(is_second).fillna(desk.wb.as_of)
    begin = table["start_date"].mask(is_second, back)
    start = table["first_purchase_date"].mask(is_second, back)
    return pd.DataFrame(
        {
            "account_id": table["account_id"],
            "start": start,
            "end": end,
            "days": (end - begin).dt.days.astype("float64").mask(undated),
        }
    )


def _sums(spells: pd.DataFrame, bought: Any, eng: Any) -> pd.DataFrame:
    """Revenue, cost and how many costs are known by account and window."""
    known = spells[spells["start"].notna()]
    ends = _dates(
        known["account_id"],
        {
            "_start": known["start"],
            "_end": known["end"],
            "_first": known["start"] + pd.Timedelta(days=YEAR),
            "_last": known["end"] - pd.Timedelta(days=YEAR),
        },
    )
    c, date = nw.col, nw.col("date")
    rows = bought.join(eng.uploaded(ends, "spells"), on="account_id")
    rows = rows.filter(date >= c("_start"), date <= c("_end"))
    inside = {
        "spell": date >= c("_start"),
        "first_year": date < c("_first"),
        "last_year": date > c("_last"),
    }
    sums = {
        f"{name}_{what}": expression
        for name, test in inside.items()
        for what, expression in (
            ("revenue", nw.when(test).then(c("amount")).sum()),
            ("cost", nw.when(test).then(c("cost")).sum()),
            ("costed", nw.when(test).then(c("cost")).count()),
        )
    }
    found = eng.fetched(rows.group_by("account_id").agg(**sums))
    return found.assign(account_id=found["account_id"].astype("str"))


def _dates(ids: pd.Series, columns: dict[str, pd.Series]) -> pd.DataFrame:
    """Dates as every engine takes them."""
    days = {name: pd.Series(d).dt.date.astype(object) for name, d in columns.items()}
    frame = pd.DataFrame({"account_id": ids.astype("str"), **days})
    return frame.astype(dict.fromkeys(columns, "date32[pyarrow]"))


def families(table: pd.DataFrame) -> pd.Series:
    """The company group of every account: its smallest id.

    Accounts are joined by parent, by domain, and by cleaned name where one has no domain.
    """
    ids = table["account_id"].astype("str")
    domain = table["domain"].where(~table["domain"].isin([*FREE_MAIL, ""]))
    name = table["clean_name"].where(table["clean_name"] != "")
    homeless = domain.isna() & name.notna()
    root: dict[str, str] = {}
    for links in (
        table["parent_id"] if "parent_id" in table else pd.Series(None, table.index, dtype="str"),
        ids.groupby(domain).transform("min"),
        ids.groupby(name).transform("min").where(homeless),
    ):
        linked = links.notna() & (links != ids)
        for one, other in zip(ids[linked], links[linked].astype("str"), strict=True):
            _join(root, one, other)
    top = ids.map(lambda one: _top(root, one))
    return ids.groupby(top).transform("min")


def _top(root: dict[str, str], one: str) -> str:
    while one in root:
        root[one] = root.get(root[one], root[one])
        one = root[one]
    return one


def _join(root: dict[str, str], one: str, other: str) -> None:
    a, b = _top(root, one), _top(root, other)
    if a != b:
        root[max(a, b)] = min(a, b)
