"""What happened with each company.

Deals, invoices, tickets and leaving, day by day until the last quarter's end.

Every outcome is drawn from `cause`, a table of the same companies. In the example it *is* the
companies; in the noise twin its rows are shuffled, so that every outcome keeps its distribution and
loses its reason.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from icplib.example.companies import CONDITIONS, SHIFT
from icplib.tables import rows_of

LONG_CYCLE_DAYS = 120
GRACE_DAYS = 60  # nobody leaves earlier
SUPPORT_HOUR_COST = 85.0  # USD
EFFECT_PER_CONDITION, BUMP_ALL_CONDITIONS, EFFECT_RESELLING, NOISE_SD = 0.35, 0.60, -0.60, 1.0
TYPICAL_YEARLY_REVENUE = 17_000.0  # USD a year of a company that meets no condition
HAZARD_RATIOS = {
    "is_deep_discount": 2.4,
    "is_single_threaded": 2.2,
    "is_legacy": 2.2,
    "is_long_cycle": 2.4,
}
HAZARD_RATIO_PER_CONDITION = 0.86
OTHER_CAUSES = ("Acquired", "Out of business")
DEALS = (
    "company",
    "type",
    "created_date",
    "close_date",
    "is_won",
    "discount_rate",
    "n_quote_revisions",
)
TICKET_TAGS = (("How-to", 5), ("Bug", 3), ("Integration", 3), ("Feature gap", 2), ("Billing", 1))


def draw_created_days(
    n: int, rng: np.random.Generator, first_day: pd.Timestamp, last_day: pd.Timestamp
) -> pd.DatetimeIndex:
    """Days on which leads arrive.

    A growing business with a season (more in autumn and spring), sorted.
    """
    days = pd.bdate_range(first_day, last_day)
    season = np.where(
        days.month.isin((9, 10, 11)), 1.35, np.where(days.month.isin((3, 4, 5)), 1.1, 0.8)
    )
    weight = np.linspace(0.55, 1.6, len(days)) * season
    return days[np.sort(rng.choice(len(days), size=n, p=weight / weight.sum()))]


def draw_first_deals(
    companies: pd.DataFrame, cause: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """New-business deals, one or two a lead.

    `close_date` may lie after the last quarter (then the deal is open).
    """
    rows = []
    for number, (lead, why) in enumerate(zip(rows_of(companies), rows_of(cause), strict=True)):
        if rng.random() > 0.82:
            continue  # never qualified: a prospect without a deal
        opened = lead.created_date + np.timedelta64(int(rng.integers(2, 30)), "D")
        for _attempt in (1, 2):
            closed = opened + np.timedelta64(_cycle_days(why, opened, rng), "D")
            won = rng.random() < _win_probability(why, closed)
            rows.append(
                (
                    number,
                    "New Business",
                    opened,
                    closed,
                    won,
                    lead.first_discount_rate,
                    lead.n_quote_revisions,
                )
            )
            if won or rng.random() > 0.25:
                break
            opened = closed + np.timedelta64(int(rng.integers(90, 240)), "D")
    return pd.DataFrame(
        rows,
        columns=DEALS,
    )


def _cycle_days(why: Any, opened: pd.Timestamp, rng: np.random.Generator) -> int:
    median = 58.0 if why.is_fit else 78.0
    median *= {"Formal tender": 1.75, "Buying committee": 1.15}.get(why.decision_process, 1.0) * (
        1.2 if why.is_reselling else 1.0
    )
    days = max(9, median * np.exp(rng.normal(0, 0.33)))
    after_shift = float(np.clip((opened - SHIFT).days + days, 0, days))
    return int(days + (1.4 if why.is_fit else 0.6) * after_shift)


def _win_probability(why: Any, closed: pd.Timestamp) -> float:
    if closed < SHIFT:
        return 0.58 if why.is_fit else 0.38
    return 0.22 if why.is_fit else 0.33


def draw_values(cause: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Revenue a year, the share of it that serving costs and tickets a year.

    Log revenue = sum of conditions + bump + N(0, 1).

    Serving costs have reasons of their own (old systems, no cloud), so that the best by profit are
    not quite the best by revenue.
    """
    log_value = (
        np.log(TYPICAL_YEARLY_REVENUE)
        + EFFECT_PER_CONDITION * cause["n_conditions"]
        + BUMP_ALL_CONDITIONS * cause["is_all_fit"]
        + EFFECT_RESELLING * cause["is_reselling"]
        + rng.normal(0, NOISE_SD, len(cause))
    )
    serving = (
        0.24
        + 0.40 * cause["is_legacy"]
        + 0.16 * ~cause["is_cloud_fit"]
        + 0.10 * cause["is_reselling"]
        + rng.normal(0, 0.08, len(cause))
    )
    tickets = (
        1.7
        * np.where(cause["is_legacy"], 1.9, 1)
        * np.where(cause["has_technical_contact"], 1, 1.7)
        * np.where(cause["is_reselling"], 3.6, 1)
    )
    return pd.DataFrame(
        {
            "yearly_revenue": np.exp(log_value),
            "serving_share": np.clip(serving, 0.08, 0.92),
            "tickets_a_year": tickets,
        },
        index=cause.index,
    )


def draw_churn(
    cause: pd.DataFrame,
    start: pd.Series,
    cycle_days: pd.Series,
    last_day: pd.Timestamp,
    n_churned: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Leaving days and reasons of exactly `n_churned` customers.

    Proportional hazards, with other causes that nothing explains.

    The base rate is the one at which that many have left by `last_day`; nobody leaves in the first
    `GRACE_DAYS`.
    """
    flags = pd.DataFrame(
        {
            "is_deep_discount": cause["is_deep_discount"],
            "is_single_threaded": ~cause["has_technical_contact"],
            "is_legacy": cause["is_legacy"],
            "is_long_cycle": cycle_days > LONG_CYCLE_DAYS,
        }
    )
    relative = HAZARD_RATIO_PER_CONDITION ** (cause["n_conditions"] - len(CONDITIONS) / 2)
    for flag, ratio in HAZARD_RATIOS.items():
        relative = relative * np.where(flags[flag], ratio, 1.0)
    own = rng.exponential(size=len(cause)) / relative.to_numpy()
    other = rng.exponential(size=len(cause)) / 0.22
    clock = np.minimum(own, other)
    exposure = np.maximum((last_day - start).dt.days.to_numpy() - GRACE_DAYS, 0.5)
    needed = clock / exposure  # the base rate at which this customer has just left by the last day
    base = np.sort(needed)[n_churned - 1]
    days = GRACE_DAYS + np.minimum(np.ceil(clock / base), np.floor(exposure)).astype(int)
    reasons = rng.choice(
        ["Price", "Missing capability", "Low usage", "Competitor", "Champion left"],
        size=len(cause),
        p=[0.25, 0.25, 0.2, 0.2, 0.1],
    )
    reasons = np.where(other < own, rng.choice(OTHER_CAUSES, size=len(cause)), reasons)
    churned = needed <= base
    return pd.DataFrame(
        {
            "company": start.index,
            "churn_date": start.to_numpy() + pd.to_timedelta(days, unit="D"),
            "reason": reasons,
        }
    )[churned].reset_index(drop=True)


def draw_expansions(
    start: pd.Series, end: pd.Series, cause: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Later deals with customers, under one a year, won or lost like the first but shorter."""
    rows = []
    for company, first, last in zip(start.index, start, end, strict=True):
        why = cause.loc[company]
        day = first + np.timedelta64(int(rng.exponential(280)) + 90, "D")
        while day < last:
            closed = day + np.timedelta64(max(7, int(0.6 * _cycle_days(why, day, rng))), "D")
            if closed < last:
                rows.append(
                    (
                        company,
                        "Expansion",
                        day,
                        closed,
                        bool(rng.random() < _win_probability(why, closed)),
                        round(float(np.clip(rng.normal(0.08, 0.06), 0, 0.24)), 2),
                        1 + int(rng.poisson(0.4)),
                    )
                )
            day = closed + np.timedelta64(int(rng.exponential(280)) + 90, "D")
    return pd.DataFrame(
        rows,
        columns=DEALS,
    )


def draw_tickets(
    start: pd.Series,
    end: pd.Series,
    values: pd.DataFrame,
    cause: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Support tickets of every customer, one row each; resellers ask for what they lack."""
    rows = []
    tags, weights = zip(*TICKET_TAGS, strict=True)
    for company, first, last in zip(start.index, start, end, strict=True):
        days = (last - first).days
        count = rng.poisson(values.at[company, "tickets_a_year"] * days / 365.25)
        opened = [
            first + pd.Timedelta(days=int(d)) for d in np.sort(rng.integers(0, max(days, 1), count))
        ]
        reselling = cause.at[company, "is_reselling"]
        p = np.array(weights, float) * ([1, 1, 1, 4, 1] if reselling else [1, 1, 1, 1, 1])
        for day in opened:
            hours = round(float(np.exp(rng.normal(0.6 if reselling else 0.3, 0.7))), 1)
            rows.append((company, day, max(hours, 0.2), str(rng.choice(tags, p=p / p.sum()))))  # type: ignore[arg-type]
    return pd.DataFrame(rows, columns=["company", "opened_date", "hours", "tag"])


def draw_invoices(
    start: pd.Series,
    end: pd.Series,
    values: pd.DataFrame,
    tickets: pd.DataFrame,
    last_day: pd.Timestamp,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Usage billed in arrears at the end of a calendar month or quarter, and on leaving.

    Cost includes support.
    """
    month_ends = pd.date_range(start.min(), last_day, freq="ME")
    quarter_ends = pd.date_range(start.min(), last_day, freq="QE")
    rows = []
    for company, first, last in zip(start.index, start, end, strict=True):
        ends = month_ends if rng.random() < 0.1 else quarter_ends
        days = [first, *ends[(ends > first) & (ends < last)], last]
        rows += [(company, day, (day - since).days) for since, day in pairwise(days)]
    bills = pd.DataFrame(rows, columns=["company", "invoice_date", "days"])
    value, share = (
        values.loc[bills["company"], name].to_numpy()
        for name in ("yearly_revenue", "serving_share")
    )
    bills["amount"] = (
        value * bills["days"] / 365.25 * (1 + rng.normal(0, 0.04, len(bills)))
    ).round(2)
    # A ticket's hours are part of the cost of the next bill.
    billed = pd.merge_asof(
        tickets.sort_values("opened_date"),
        bills[["company", "invoice_date"]].sort_values("invoice_date"),
        left_on="opened_date",
        right_on="invoice_date",
        by="company",
        direction="forward",
    )
    hours = billed.groupby(["company", "invoice_date"])["hours"].sum()
    support = (
        SUPPORT_HOUR_COST
        * hours.reindex(
            pd.MultiIndex.from_frame(bills[["company", "invoice_date"]]), fill_value=0
        ).to_numpy()
    )
    bills["cost"] = (bills["amount"] * share + support).round(2)
    return bills.drop(columns="days")
