"""How long customers stay: curves, restricted means, incidence by cause, hazard ratios."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icplib.churn.observe import arrays
from icplib.icp import Profiles
from icplib.stats.cox import CoxFit, cox, firth_cox
from icplib.stats.scan import benjamini_hochberg
from icplib.stats.survival import (
    Curve,
    concordance,
    cumulative_incidence,
    kaplan_meier,
    restricted_mean,
    restricted_mean_difference,
    under_observation,
)
from icplib.tables.step_03 import STATUSES, ChurnSummary

POINTS = 10  #: hazard ratios of the score are per this many points
MIN_GROUP = 5
MIN_CELL = 5  #: below this many events in a cell, Firth's Cox regression
EVENTS_PER_TERM = 10
TICK_MONTHS = (1, 2, 3, 6, 12, 24, 48, 96)


def seen_with_fit(observed: pd.DataFrame, fit: pd.DataFrame) -> pd.DataFrame:
    """Observed customers with their columns of 02_fit.

    Counts of criteria met, out-of-fold points, tier.
    """
    return observed[observed["is_observed"]].merge(
        fit, on="account_id", how="left", validate="one_to_one"
    )


def survival(seen: pd.DataFrame, summary: ChurnSummary) -> pd.DataFrame:
    """03_survival: Kaplan-Meier of all and of each tier of at least 5 customers.

    Own causes only, the others censored.
    """
    if not summary.available or summary.level == "counts":
        return pd.DataFrame(
            columns=[
                "tier",
                "time_months",
                "survival",
                "low",
                "high",
                "n_at_risk",
                "n_events",
                "n",
                "is_tick",
            ]
        )
    ticks = _ticks(seen["time_months"].max())
    parts = []
    for tier, group in _tiers(seen):
        time, cause, entry = arrays(group)
        table = _long(kaplan_meier(time, cause == 1, entry), "survival", ticks, time, entry)
        parts.append(table.assign(tier=tier))
    return pd.concat(parts, ignore_index=True)


def incidence(seen: pd.DataFrame, summary: ChurnSummary) -> pd.DataFrame:
    """03_incidence: share that has left for its own causes, and for other ones.

    Each in the presence of the other.
    """
    if not summary.available or summary.level == "counts":
        return pd.DataFrame(
            columns=[
                "cause",
                "time_months",
                "incidence",
                "low",
                "high",
                "n_at_risk",
                "n_events",
                "n",
                "is_tick",
            ]
        )
    time, cause, entry = arrays(seen)
    ticks = _ticks(time.max())
    parts = [
        _long(curve, "incidence", ticks, time, entry).assign(cause=STATUSES[number])
        for number, curve in cumulative_incidence(time, cause, entry).items()
    ]
    return pd.concat(parts, ignore_index=True)


def restricted_means(
    seen: pd.DataFrame, summary: ChurnSummary, horizon_months: int
) -> pd.DataFrame:
    """03_rmst: mean months kept within the horizon, per tier and beside the lowest tier.

    The lowest tier is the lowest that is large enough.

    The horizon is shortened to what every tier has been observed for.
    """
    columns = [
        "tier",
        "horizon_months",
        "mean_months",
        "low",
        "high",
        "n",
        "n_events",
        "versus",
        "difference_months",
        "difference_low",
        "difference_high",
        "p",
    ]
    if not summary.available or summary.level == "counts":
        return pd.DataFrame(columns=columns)
    groups = _tiers(seen)
    horizon = float(
        min([horizon_months, *(np.floor(group["time_months"].max()) for _, group in groups)])
    )
    if horizon < 1:
        return pd.DataFrame(columns=columns)
    means = {}
    for tier, group in groups:
        time, cause, entry = arrays(group)
        means[tier] = restricted_mean(time, cause == 1, horizon, entry), int((cause == 1).sum())
    lowest = max(tier for tier in means if tier != "all") if len(means) > 2 else ""
    rows = []
    for tier, (mean, n_events) in means.items():
        row = [tier, horizon, mean.value, mean.low, mean.high, mean.n, n_events]
        if lowest and tier not in ("all", lowest):
            more = restricted_mean_difference(mean, means[lowest][0])
            row += [lowest, more.value, more.low, more.high, more.p]
        rows.append(row + [None] * (len(columns) - len(row)))
    return pd.DataFrame(rows, columns=columns)


def hazard_ratios(
    seen: pd.DataFrame, accounts: pd.DataFrame, profiles: Profiles, summary: ChurnSummary
) -> pd.DataFrame:
    """03_cox: the out-of-fold score per 10 points (own causes.

    Any cause), and each criterion of each profile alone.

    Fitted from 30 events up; a criterion needs 5 customers on either side and 10 events among those
    whose value is known.
    """
    rows: list[dict] = []
    if summary.level == "full":
        rows += _score_rows(seen)
        rows += _criterion_rows(seen, accounts, profiles)
    table = pd.DataFrame(
        rows,
        columns=[
            "model",
            "term",
            "hazard_ratio",
            "hr_low",
            "hr_high",
            "method",
            "p",
            "q",
            "n",
            "n_events",
            "n_with",
            "n_with_events",
            "is_out_of_fold",
            "concordance",
        ],
    )
    own = table["model"] == "criterion"
    if own.any():
        table.loc[own, "q"] = benjamini_hochberg(table.loc[own, "p"].to_numpy(float))
    return table


def hazard_of(
    exposed: np.ndarray,
    time: np.ndarray,
    event: np.ndarray,
    entry: np.ndarray,
    level: float = 0.95,
) -> tuple[CoxFit, str] | None:
    """Cox regression on one yes/no column: Wald where every cell has 5 events, Firth otherwise.

    None below 10 events.
    """
    if event.sum() < EVENTS_PER_TERM or exposed.all() or not exposed.any():
        return None
    is_thin = min(event[exposed].sum(), event[~exposed].sum()) < MIN_CELL
    fit = (firth_cox if is_thin else cox)(time, event, exposed.astype(float), entry, level=level)
    return fit, "Firth Cox" if is_thin else "Cox"


def hazard_columns(fit: CoxFit, method: str) -> dict:
    """The columns every hazard ratio has, from a fit with one term."""
    return {
        "hazard_ratio": fit.hazard_ratio[0],
        "hr_low": fit.hazard_ratio_low[0],
        "hr_high": fit.hazard_ratio_high[0],
        "method": method,
        "p": fit.p[0],
    }


def _score_rows(seen: pd.DataFrame) -> list[dict]:
    scored = seen[seen["oof_points"].notna()]
    rows = []
    for model, causes in (("score", (1,)), ("score, any cause", (1, 2))):
        time, cause, entry = arrays(scored)
        event = np.isin(cause, causes)
        points = scored["oof_points"].to_numpy(float) / POINTS
        if event.sum() < EVENTS_PER_TERM or np.ptp(points) == 0:
            continue
        fit = cox(time, event, points, entry)
        rows.append(
            {
                "model": model,
                "term": f"{POINTS} points more",
                "n": fit.n,
                "n_events": fit.n_events,
                "is_out_of_fold": True,
                "concordance": concordance(time, event, -points, entry),
                **hazard_columns(fit, "Cox"),
            }
        )
    return rows


def _criterion_rows(seen: pd.DataFrame, accounts: pd.DataFrame, profiles: Profiles) -> list[dict]:
    rows: dict[str, dict] = {}
    customers = accounts.set_index("account_id").loc[seen["account_id"]].reset_index()
    time, cause, entry = arrays(seen)
    for criterion in (c for profile in profiles.profiles for c in profile.criteria):
        met = criterion.met(customers)
        known = met.notna().to_numpy()
        exposed = met[known].to_numpy(bool)
        if criterion.words in rows or min(exposed.sum(), (~exposed).sum()) < MIN_GROUP:
            continue
        left = cause[known] == 1
        found = hazard_of(exposed, time[known], left, entry[known])
        if found is None:
            continue
        rows[criterion.words] = {
            "model": "criterion",
            "term": criterion.words,
            "n": int(known.sum()),
            "n_events": int(left.sum()),
            "n_with": int(exposed.sum()),
            "n_with_events": int(left[exposed].sum()),
            "is_out_of_fold": False,
            **hazard_columns(*found),
        }
    return list(rows.values())


def _tiers(seen: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """All customers, then each tier of fit that has at least 5 of them, from A down."""
    sizes = seen["fit_tier"].value_counts()
    large = sorted(str(tier) for tier, n in sizes.items() if n >= MIN_GROUP)
    return [("all", seen)] + [
        (tier, seen[(seen["fit_tier"] == tier).fillna(False)]) for tier in large
    ]


def _ticks(last: float) -> np.ndarray:
    """At most eight round months from zero to the end of observation."""
    step = next(
        (months for months in TICK_MONTHS if last / months <= 8),
        TICK_MONTHS[-1] * np.ceil(last / TICK_MONTHS[-1] / 8),
    )
    return np.arange(0, last + 1e-9, step, dtype=float)


def _long(
    curve: Curve, name: str, ticks: np.ndarray, time: np.ndarray, entry: np.ndarray
) -> pd.DataFrame:
    """A curve as a long table: every event time and round month, with those observed then."""
    when = np.union1d(curve.time, ticks[ticks <= time.max()])
    value, low, high = curve.at(when)
    events = np.zeros(len(when), dtype=int)
    events[np.searchsorted(when, curve.time)] = curve.n_events
    return pd.DataFrame(
        {
            "time_months": when,
            name: value,
            "low": low,
            "high": high,
            "n_at_risk": under_observation(when, time, entry),
            "n_events": events,
            "n": curve.n,
            "is_tick": np.isin(when, ticks),
        }
    )
