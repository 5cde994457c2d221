"""Does an association hold in every start cohort, or does it fade?

Counts per cohort in, two tests out.

Sources: Cochran (1954) for Q; the trend is the weighted regression of log RR on cohort order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtr

from icplib.stats.intervals import log_ratio_variance


@dataclass(frozen=True)
class Stability:
    """Trend z of log RR (negative.

    It fades), Q of Cochran, their p, cohorts that could be compared and rows behind them.
    """

    trend_z: float
    trend_p: float
    q: float
    q_p: float
    n_cohorts: int
    n: int


def stability(hits, n, other_hits, other_n) -> Stability:
    """Trend and heterogeneity of the risk ratio over cohorts in order of time.

    Arrays (cohorts,): hits among the n that follow the rule, hits among the other_n that do not. A
    cohort in which either side is empty says nothing and is left out; with fewer than two left, z
    and Q are NaN.
    """
    hits, n, other_hits, other_n = (
        np.asarray(v, dtype=float) for v in (hits, n, other_hits, other_n)
    )
    if (hits > n).any() or (other_hits > other_n).any() or (np.stack([hits, other_hits]) < 0).any():
        raise ValueError("hits must lie between 0 and n in every cohort")
    usable = (n > 0) & (other_n > 0)
    k, order = int(usable.sum()), np.flatnonzero(usable).astype(float)
    rows = int((n + other_n)[usable].sum())
    if k < 2:
        return Stability(np.nan, np.nan, np.nan, np.nan, k, rows)
    effect, variance = log_ratio_variance(
        hits[usable], n[usable], other_hits[usable], other_n[usable]
    )
    weight = 1 / variance
    centred = order - np.average(order, weights=weight)
    z = float((weight * centred * effect).sum() / np.sqrt((weight * centred**2).sum()))
    q = float((weight * (effect - np.average(effect, weights=weight)) ** 2).sum())
    return Stability(z, float(2 * ndtr(-abs(z))), q, float(chdtrc(k - 1, q)), k, rows)
