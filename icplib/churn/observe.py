"""Who was under observation, from when to when, and how it ended.

Everything in step 3 starts from this table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from icplib.settings import Churn, Settings
from icplib.stats.survival import DAYS_A_MONTH, kaplan_meier, under_observation
from icplib.tables.step_03 import STATUSES, ChurnSummary

#: Fewer customers who left than this: counts only; fewer than the second: curves, but no model.
MIN_EVENTS_CURVES, MIN_EVENTS_FULL = 10, 30
#: that many losses to be expected and none recorded happens by chance in fewer than 1 of 100 cases
MIN_EXPECTED = 5
MIN_AT_RISK = 5
SAME_OUTCOME = "same outcome, not independent evidence"
NEEDS = (
    "To test the profile against customers who left, name a churn list under [sources] (churn ="
    ' "file.csv": account, date, reason), or set churn.silent_quarters so that customers without a'
    " purchase for so long count as lost."
)


def observe(accounts: pd.DataFrame, settings: Churn, as_of: pd.Timestamp) -> pd.DataFrame:
    """03_observed: one row a customer.

    Months since the start at which observation began and ended, and how it ended.

    A customer who left before losses were recorded (``observed_from_date``) was never at risk of
    being seen to leave and is not observed; one who started before that day enters late. Other
    causes (``churn.other_causes``) are cause 2.
    """
    customers = accounts.loc[accounts["is_customer"].fillna(False).astype(bool)].reset_index(
        drop=True
    )
    churned = customers["is_churned"].fillna(False).to_numpy(bool) & ~(
        customers["churn_date"] > as_of
    ).to_numpy(bool)
    start = customers["start_date"]
    end = customers["churn_date"].where(churned, as_of)
    time = (end - start).dt.days.to_numpy(float, na_value=np.nan) / DAYS_A_MONTH
    seen_from = customers["observed_from_date"].fillna(start)
    entry = np.maximum(
        0.0, (seen_from - start).dt.days.to_numpy(float, na_value=np.nan) / DAYS_A_MONTH
    )
    other = (
        customers["churn_reason"]
        .map(lambda reason: _is_other(reason, settings.other_causes))
        .to_numpy(bool)
    )
    cause = np.where(churned, np.where(other, 2, 1), 0)
    reason = np.select(
        [start.isna(), churned & customers["churn_date"].isna(), time <= 0, time <= entry],
        [
            "no start date",
            "left on an unknown day",
            "started on the day it left or on the as-of date",
            "left before losses were recorded",
        ],
        default="",
    )
    return pd.DataFrame(
        {
            "account_id": customers["account_id"],
            "start_date": start,
            "entry_months": entry,
            "time_months": np.maximum(time, 0),
            "cause": cause,
            "status": np.array(STATUSES, dtype=object)[cause],
            "is_observed": reason == "",
            "reason": reason,
        }
    )


def _is_other(reason: object, other_causes: tuple[str, ...]) -> bool:
    """Whether a reason names a cause that is no fault of fit, as whole words in any case."""
    if not isinstance(reason, str):
        return False
    return any(
        re.search(rf"\b{re.escape(cause)}\b", reason, re.IGNORECASE) for cause in other_causes
    )


def summarise(observed: pd.DataFrame, settings: Settings) -> ChurnSummary:
    """03_churn as far as the observation alone decides it: what can be studied, refusals, warnings.

    Losses are recorded when there is a churn list, or the silence rule of
    ``churn.silent_quarters``, or anybody has left.
    """
    seen = observed[observed["is_observed"]]
    n_left, n_other = int((seen["cause"] == 1).sum()), int((seen["cause"] == 2).sum())
    counts = {
        "n_customers": len(observed),
        "n_observed": len(seen),
        "n_left": n_left,
        "n_left_other": n_other,
    }
    has_record = (
        "churn" in settings.sources
        or settings.churn.silent_quarters is not None
        or (observed["cause"] > 0).any()
    )
    if not has_record:
        return ChurnSummary(available=False, needs=NEEDS, sentences=(NEEDS,), **counts)
    if not len(seen):
        needs = "No customer has a start date: without one nobody can be followed over time."
        return ChurnSummary(available=False, needs=needs, sentences=(needs,), **counts)
    level = (
        "counts" if n_left < MIN_EVENTS_CURVES else "curves" if n_left < MIN_EVENTS_FULL else "full"
    )
    kept = _kept_12(seen) if level != "counts" else (None, None, None)
    is_same = settings.best.by == "retention"
    return ChurnSummary(
        available=True,
        level=level,
        is_same_outcome=is_same,
        evidence_words=SAME_OUTCOME if is_same else "",
        n_late=int((seen["entry_months"] > 0).sum()),
        kept_12_share=kept[0],
        kept_12_low=kept[1],
        kept_12_high=kept[2],
        refusals=_refusals(level, n_left),
        warnings=tuple(_warnings(observed, seen)),
        **counts,
    )


def arrays(seen: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, cause and entry of observed customers as plain arrays."""
    return (
        seen["time_months"].to_numpy(float),
        seen["cause"].to_numpy(int),
        seen["entry_months"].to_numpy(float),
    )


def _kept_12(seen: pd.DataFrame) -> tuple[float | None, float | None, float | None]:
    time, cause, entry = arrays(seen)
    if time.max() < 12:
        return None, None, None
    share, low, high = kaplan_meier(time, cause == 1, entry).at([12])[:, 0]
    return float(share), float(low), float(high)


def _refusals(level: str, n_left: int) -> tuple[str, ...]:
    if level == "counts":
        return (
            (
                f"Only {n_left} customers left: fewer than {MIN_EVENTS_CURVES}, so no survival"
                " curve, no hazard ratio and no red flag."
            ),
        )
    if level == "curves":
        return (
            (
                f"{n_left} customers left: enough for curves, too few (below {MIN_EVENTS_FULL}) for"
                " hazard ratios and red flags."
            ),
        )
    return ()


def _warnings(observed: pd.DataFrame, seen: pd.DataFrame) -> Iterator[str]:
    unseen = observed.loc[~observed["is_observed"], "reason"].value_counts()
    for reason, n in unseen.sort_index().items():
        yield f"{n} of {len(observed)} customers cannot be followed over time: {reason}."
    n_left = int((seen["cause"] > 0).sum())
    if not n_left:
        yield (
            "No customer who left is in the data. If the export holds active customers only,"
            " nothing here says why customers stay."
        )
        return
    time, cause, entry = arrays(seen)
    losses = np.unique(time[cause > 0])
    n_then = under_observation(losses, time, entry)
    if n_then[0] < MIN_AT_RISK:
        enough = losses[n_then >= MIN_AT_RISK]
        words = (
            f"read the curves from month {enough[0]:.0f} on"
            if len(enough)
            else "the curves cannot be read"
        )
        yield (
            f"The first losses happened while fewer than {MIN_AT_RISK} customers were under"
            f" observation: {words}."
        )
    # Before the first recorded loss nobody left, by the record. If losses were to be expected then,
    # the record began later.
    start = seen["start_date"]
    month = (start - start.min()).dt.days.to_numpy(float) / DAYS_A_MONTH
    first_loss = (month + time)[cause > 0].min()
    exposed = np.clip(np.minimum(month + time, first_loss) - (month + entry), 0, None).sum()
    expected = exposed * n_left / (time - entry).sum()
    if expected >= MIN_EXPECTED:
        day = start.min() + pd.Timedelta(days=round(first_loss * DAYS_A_MONTH))
        yield (
            f"The first recorded loss is of {day:%Y-%m-%d}, though about {expected:.0f} were to be"
            " expected before it. If losses before that day were not recorded, set"
            " churn.observed_from; otherwise customers look more loyal than they are."
        )
