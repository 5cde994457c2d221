"""Two variants tried on accounts at random.

How many accounts it takes, who gets which, and what came of it.

People sit in accounts and forward mail, so the account is drawn and the account is counted: each
account gives one rate, and an unweighted Welch t test compares the rates, which holds its level
with 30 accounts and fewer (BMC Medical Research Methodology 2022, on few clusters and binary
outcomes). Groups by variant: one test of interaction (Welch 1951 on the differences), no winner a
group.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Difference:
    """Mean of the account rates of ``b`` minus that of ``a``, with Welch's t interval.

    Nan below two accounts a side.
    """

    value: float
    low: float
    high: float
    p: float
    variance: float
    degrees: float


def welch(a, b, confidence: float = 0.95) -> Difference:
    """Unweighted comparison of account rates, each (accounts,).

    Without any spread in both there is no test: p and limits are nan.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    nan = float("nan")
    if not len(a) or not len(b):
        return Difference(nan, nan, nan, nan, nan, nan)
    value = float(b.mean() - a.mean())
    if min(len(a), len(b)) < 2 or not (va := a.var(ddof=1) / len(a)) + (
        vb := b.var(ddof=1) / len(b)
    ):
        return Difference(value, nan, nan, nan, nan, nan)
    variance = float(va + vb)
    degrees = variance**2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    half = stats.t.ppf((1 + confidence) / 2, degrees) * variance**0.5
    p = 2 * stats.t.sf(abs(value) / variance**0.5, degrees)
    return Difference(value, value - half, value + half, float(p), variance, float(degrees))


def interaction_p(differences) -> float:
    """P that the differences of several groups are one and the same (Welch's heteroscedastic F).

    Nan with fewer than two usable ones.

    Groups whose contacts share accounts are taken as independent, which errs on the side of "no
    interaction".
    """
    usable = [d for d in differences if d.variance == d.variance and d.variance > 0]
    k = len(usable)
    if k < 2:
        return float("nan")
    value, weight = np.array([d.value for d in usable]), 1 / np.array([d.variance for d in usable])
    mean = (weight * value).sum() / weight.sum()
    lack = ((1 - weight / weight.sum()) ** 2 / np.array([d.degrees for d in usable])).sum()
    f = (weight * (value - mean) ** 2).sum() / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * lack)
    return float(stats.f.sf(f, k - 1, (k**2 - 1) / (3 * lack)))


def intraclass(design_effect: float, per_account: float) -> float:
    """Intraclass correlation behind a design effect at so many trials an account.

    Deff = 1 + (m - 1) ICC, kept within 0 and 1.
    """
    return float(np.clip((design_effect - 1) / (per_account - 1), 0, 1)) if per_account > 1 else 0.0


def accounts_needed(
    rate: float,
    rise: float,
    per_account: float,
    icc: float,
    power: float = 0.8,
    level: float = 0.05,
) -> int:
    """Accounts an arm to see ``rate`` rise by ``rise`` with this power.

    Two proportions, times the design effect 1 + (m - 1) ICC.

    Raises ValueError for a rise of nothing or rates outside 0 and 1.
    """
    other = rate + rise
    if not rise or not (0 <= rate <= 1 and 0 <= other <= 1):
        raise ValueError("the rise must not be 0 and both rates must lie within 0 and 1")
    z = stats.norm.ppf(1 - level / 2) + stats.norm.ppf(power)
    trials = z**2 * (rate * (1 - rate) + other * (1 - other)) / rise**2
    return ceil(trials * (1 + (per_account - 1) * icc) / per_account)


def draw_arms(strata, seed: int) -> np.ndarray:
    """Draw "a" or "b" for each unit, at random and evenly within its stratum.

    An odd unit out goes to either side.
    """
    strata, rng = np.asarray(strata), np.random.default_rng(seed)
    arms = np.empty(len(strata), dtype="<U1")
    for level in np.unique(strata):
        mine = rng.permutation(np.flatnonzero(strata == level))
        first = rng.integers(2)
        arms[mine] = np.where((np.arange(len(mine)) + first) % 2 == 0, "a", "b")
    return arms
