"""Doubts about the profile: traits shared with those who left, start cohorts, single accounts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from icplib.churn.curves import POINTS
from icplib.churn.observe import arrays
from icplib.icp import Criterion, Profiles
from icplib.stats import intervals
from icplib.stats.cohorts import stability
from icplib.stats.cox import cox, leave_one_out
from icplib.tables import rows_of
from icplib.tables.step_03 import ChurnSummary, Stability

N_COHORTS = 4
MIN_FOR_STABILITY = 300
MIN_GROUP = 5
COMMON_SHARE = 0.5
N_INFLUENTIAL = 20


def common_traits(
    observed: pd.DataFrame,
    accounts: pd.DataFrame,
    best: pd.DataFrame,
    patterns: pd.DataFrame,
    profiles: Profiles,
) -> pd.DataFrame:
    """03_common: every trait of the best and every criterion, beside its share among leavers.

    The traits are those of 02_patterns that are raised. ``is_common``: at least half of the best
    and at least half of those who left have it. Unless it is rarer among those who left than among
    those who stayed (``is_rarer_among_left``), it describes customers, not good ones.
    """
    columns = [
        "attribute",
        "label",
        "op",
        "values",
        "low",
        "high",
        "negated",
        "item",
        "n_best",
        "n_best_with",
        "best_share_with",
        "n_left",
        "n_left_with",
        "left_share_with",
        "left_low",
        "left_high",
        "n_stayed",
        "n_stayed_with",
        "stayed_share_with",
        "is_common",
        "is_rarer_among_left",
    ]
    customers = observed.merge(
        best[["account_id", "is_best"]], on="account_id", how="left", validate="one_to_one"
    )
    values = accounts.set_index("account_id").loc[customers["account_id"]].reset_index()
    is_best = customers["is_best"].fillna(False).to_numpy(bool)
    cause = customers["cause"].to_numpy(int)
    rows = []
    for criterion in _traits(patterns, profiles):
        met = criterion.met(values)
        known, has = met.notna().to_numpy(), met.fillna(False).to_numpy(bool)
        row = {
            name: getattr(criterion, name)
            for name in ("attribute", "label", "op", "low", "high", "negated")
        }
        row |= {"item": criterion.words, "values": criterion.values or None}
        for name, group in (("best", is_best), ("left", cause == 1), ("stayed", cause == 0)):
            n, n_with = int((known & group).sum()), int((has & group).sum())
            row |= {
                f"n_{name}": n,
                f"n_{name}_with": n_with,
                f"{name}_share_with": n_with / n if n else np.nan,
            }
        if row["n_left"]:
            low, high = intervals.wilson(row["n_left_with"], row["n_left"])
            row |= {"left_low": float(low), "left_high": float(high)}
        pair = row["n_left_with"], row["n_left"], row["n_stayed_with"], row["n_stayed"]
        row["is_rarer_among_left"] = bool(
            row["n_left"] and row["n_stayed"] and intervals.difference(*pair)[2] < 0
        )
        enough = row["n_best"] >= MIN_GROUP and row["n_left"] >= MIN_GROUP
        row["is_common"] = (
            enough
            and row["best_share_with"] >= COMMON_SHARE
            and row["left_share_with"] >= COMMON_SHARE
        )
        rows.append(row)
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(
        ["is_common", "left_share_with", "item"], ascending=[False, False, True], kind="stable"
    ).reset_index(drop=True)


def cohorts(
    observed: pd.DataFrame, accounts: pd.DataFrame, best: pd.DataFrame, profiles: Profiles
) -> pd.DataFrame:
    """03_cohorts: the headline rule in four equally large groups by start date, oldest first.

    Only customers for whom the rule can be decided and who are old enough to be judged best or not.
    """
    columns = [
        "cohort",
        "from_date",
        "to_date",
        "n",
        "n_fit",
        "n_fit_best",
        "n_rest_best",
        "precision",
        "precision_low",
        "precision_high",
        "lift",
        "lift_low",
        "lift_high",
    ]
    customers = observed.merge(
        best[["account_id", "is_best"]], on="account_id", how="left", validate="one_to_one"
    )
    values = accounts.set_index("account_id").loc[customers["account_id"]].reset_index()
    customers["fits"] = profiles.fits(values).to_numpy()
    customers = customers[
        customers["start_date"].notna() & customers["fits"].notna() & customers["is_best"].notna()
    ]
    if len(customers) < 2 * N_COHORTS or not customers["fits"].any():
        return pd.DataFrame(columns=columns)
    rank = customers["start_date"].rank(method="first")
    customers = customers.assign(number=np.ceil(rank / len(customers) * N_COHORTS).astype(int))
    rows = []
    for _, group in customers.groupby("number"):
        fits, is_best = group["fits"].to_numpy(bool), group["is_best"].to_numpy(bool)
        n_fit, n_fit_best, n_rest_best = (
            int(fits.sum()),
            int((fits & is_best).sum()),
            int((~fits & is_best).sum()),
        )
        first, last = group["start_date"].min(), group["start_date"].max()
        low, high = intervals.wilson(n_fit_best, n_fit)
        lift = (
            intervals.lift(n_fit_best, n_fit, n_rest_best, len(group) - n_fit)
            if 0 < n_fit < len(group)
            else (np.nan,) * 3
        )
        lift = [float(v) if n_fit_best + n_rest_best else np.nan for v in lift]
        rows.append(
            [
                f"{first:%Y-%m} to {last:%Y-%m}",
                first,
                last,
                len(group),
                n_fit,
                n_fit_best,
                n_rest_best,
                n_fit_best / n_fit if n_fit else np.nan,
                float(low),
                float(high),
                *lift,
            ]
        )
    table = pd.DataFrame(rows, columns=columns)
    return table if table["cohort"].is_unique else _numbered(table)


def cohort_stability(table: pd.DataFrame) -> Stability | None:
    """Trend and heterogeneity of the headline rule's risk ratio over start cohorts.

    Under 300 customers "too few to tell".
    """
    if not len(table):
        return None
    n, n_fit = table["n"].to_numpy(int), table["n_fit"].to_numpy(int)
    got = stability(
        table["n_fit_best"].to_numpy(int), n_fit, table["n_rest_best"].to_numpy(int), n - n_fit
    )
    if np.isnan(got.trend_z):
        return Stability(verdict="too few to tell", n_cohorts=got.n_cohorts, n=got.n)
    changes = min(got.trend_p, got.q_p) < 0.05
    verdict = (
        "too few to tell"
        if got.n < MIN_FOR_STABILITY
        else "changes with the start"
        if changes
        else "no change seen"
    )
    return Stability(
        verdict=verdict,
        trend_z=got.trend_z,
        trend_p=got.trend_p,
        q=got.q,
        q_p=got.q_p,
        n_cohorts=got.n_cohorts,
        n=got.n,
    )


def influence(
    seen: pd.DataFrame,
    accounts: pd.DataFrame,
    best: pd.DataFrame,
    profiles: Profiles,
    summary: ChurnSummary,
) -> pd.DataFrame:
    """03_influence: the 20 accounts whose absence moves precision or hazard ratio the most.

    The precision is the headline rule's, the hazard ratio the score's.
    """
    columns = ["account_id", "measure", "value", "value_without", "shift"]
    parts = [_precision_without(accounts, best, profiles)]
    scored = seen[seen["oof_points"].notna()] if summary.level == "full" else seen.iloc[:0]
    points = scored["oof_points"].to_numpy(float) / POINTS
    if len(scored) and np.ptp(points) > 0:
        time, cause, entry = arrays(scored)
        log_hazard = cox(time, cause == 1, points, entry).log_hazard[0]
        without = np.exp(leave_one_out(time, cause == 1, points, entry)[:, 0])
        parts.append(
            pd.DataFrame(
                {
                    "account_id": scored["account_id"].to_numpy(),
                    "measure": "hazard ratio",
                    "value": np.exp(log_hazard),
                    "value_without": without,
                }
            )
        )
    tables = []
    for part in parts:
        part = part.assign(shift=part["value_without"] - part["value"])
        order = part["shift"].abs().round(12).rename("size")
        strongest = part.join(order).sort_values(
            ["size", "account_id"], ascending=[False, True], kind="stable"
        )
        tables.append(strongest.head(N_INFLUENTIAL)[columns])
    return (
        pd.concat(tables, ignore_index=True)
        if any(len(t) for t in tables)
        else pd.DataFrame(columns=columns)
    )


def _precision_without(
    accounts: pd.DataFrame, best: pd.DataFrame, profiles: Profiles
) -> pd.DataFrame:
    """Precision of the headline rule without each customer it holds (others do not move it)."""
    flags = accounts.merge(best[["account_id", "is_best"]], on="account_id", validate="one_to_one")
    fits = profiles.fits(flags).fillna(False).to_numpy(bool)
    inside = flags.loc[fits & flags["is_best"].notna().to_numpy(), ["account_id", "is_best"]]
    n, k = len(inside), int(inside["is_best"].sum())
    if n < 2:
        return pd.DataFrame({"account_id": [], "measure": [], "value": [], "value_without": []})
    without = (k - inside["is_best"].to_numpy(int)) / (n - 1)
    return pd.DataFrame(
        {
            "account_id": inside["account_id"].to_numpy(),
            "measure": "precision",
            "value": k / n,
            "value_without": without,
        }
    )


def _traits(patterns: pd.DataFrame, profiles: Profiles) -> Iterator[Criterion]:
    """Criteria of the profiles first, then every raised item found; each wording once."""
    told = set()
    for criterion in (c for profile in profiles.profiles for c in profile.criteria):
        if criterion.words not in told:
            told.add(criterion.words)
            yield criterion
    found = patterns[
        patterns["is_found"].fillna(False).astype(bool) & (patterns["direction"] == "up")
    ]
    for row in rows_of(found):
        if row.item in told:
            continue
        told.add(row.item)
        yield Criterion(
            attribute=row.attribute,
            label=row.label,
            op=row.op,
            values=tuple(row.values or ()),
            low=_number(row.low),
            high=_number(row.high),
            words=row.item,
            verdict=row.verdict,
        )


def _number(value: float | None) -> float | None:
    return None if pd.isna(value) else float(value)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Cohorts that begin and end in the same months get a number to tell them apart."""
    return table.assign(
        cohort=[f"{number}: {words}" for number, words in enumerate(table["cohort"], start=1)]
    )
