"""Medians and means with intervals, and whether one group of durations or amounts lies higher.

Arrays in, `Estimate` out. Medians have the distribution-free interval of order statistics
(binomial, as in Conover 1999, 3.2), which holds for any n and any shape and is unbounded on a side
where n is too small for it.
"""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import gammaln

from icplib.stats.estimate import Estimate


def median(values, level: float = 0.95) -> Estimate:
    """Median of `values` (NaN left out) between two order statistics.

    They hold it with at least `level`.
    """
    x = _known(values)
    n = len(x)
    if not n:
        return Estimate(np.nan, np.nan, np.nan, 0)
    x = np.sort(x)
    below = int(
        stats.binom.ppf((1 - level) / 2, n, 0.5)
    )  # the interval runs from the (below)th to the (n - below + 1)th value
    if below < 1:
        return Estimate(float(np.median(x)), np.nan, np.nan, n)
    return Estimate(float(np.median(x)), float(x[below - 1]), float(x[n - below]), n)


def mean(values, level: float = 0.95) -> Estimate:
    """Mean of `values` with Student's interval; no interval below three values."""
    x = _known(values)
    n = len(x)
    if n < 3:
        return Estimate(float(x.mean()) if n else np.nan, np.nan, np.nan, n)
    half = stats.t.ppf((1 + level) / 2, n - 1) * x.std(ddof=1) / np.sqrt(n)
    return Estimate(float(x.mean()), float(x.mean() - half), float(x.mean() + half), n)


def mean_gap(first, second, level: float = 0.95) -> Estimate:
    """Mean of `first` minus mean of `second`, Welch's interval; n counts both."""
    a, b = _known(first), _known(second)
    if len(a) < 3 or len(b) < 3:
        value = float(a.mean() - b.mean()) if len(a) and len(b) else np.nan
        return Estimate(value, np.nan, np.nan, len(a) + len(b))
    interval = stats.ttest_ind(a, b, equal_var=False).confidence_interval(level)
    return Estimate(
        float(a.mean() - b.mean()), float(interval.low), float(interval.high), len(a) + len(b)
    )


def shift(first, second, level: float = 0.95) -> Estimate:
    """How much `first` lies above `second`.

    Hodges-Lehmann median of all pairwise differences, with the interval that inverts the
    Mann-Whitney test (Hollander & Wolfe 1973, 4.3, normal approximation); n counts both.
    """
    a, b = _known(first), _known(second)
    if not len(a) or not len(b):
        return Estimate(np.nan, np.nan, np.nan, len(a) + len(b))
    gaps = np.sort(np.subtract.outer(a, b).ravel())
    m, n = len(a), len(b)
    z = stats.norm.ppf((1 + level) / 2)
    rank = int(np.floor(m * n / 2 - z * np.sqrt(m * n * (m + n + 1) / 12)))
    if rank < 1:
        return Estimate(float(np.median(gaps)), np.nan, np.nan, m + n)
    return Estimate(float(np.median(gaps)), float(gaps[rank - 1]), float(gaps[m * n - rank]), m + n)


def rise_p(now, before) -> float:
    """One-sided Mann-Whitney p of "now lies above before"."""
    now, before = _known(now), _known(before)
    if not len(now) or not len(before):
        return 1.0
    return float(stats.mannwhitneyu(now, before, alternative="greater").pvalue)


def fall_p(k_now: int, n_now: int, k_before: int, n_before: int) -> float:
    """One-sided p of "the share fell".

    Mid-p of Fisher's exact test, which holds its level where Fisher's own is timid.
    """
    if not n_now or not n_before:
        return 1.0
    k = np.arange(max(0, k_now + k_before - n_before), k_now + 1)
    chance = np.exp(
        _log_choose(n_now, k)
        + _log_choose(n_before, k_now + k_before - k)
        - _log_choose(n_now + n_before, k_now + k_before)
    )
    return float(min(1.0, chance.sum() - 0.5 * chance[-1]))


def visible_fall(
    share_before: float, n_now: int, n_before: int, alpha: float = 0.01, power: float = 0.8
) -> float | None:
    """The smallest fall of a share (in points, 0..1) that such an alarm finds with `power`.

    None where even zero is not low enough.
    """
    z = stats.norm.isf(alpha) + stats.norm.ppf(power)
    for fall in np.arange(0.01, share_before + 1e-9, 0.01):
        now = share_before - fall
        if fall >= z * np.sqrt(
            now * (1 - now) / n_now + share_before * (1 - share_before) / n_before
        ):
            return float(round(fall, 2))
    return None


def _log_choose(n, k):
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _known(values) -> np.ndarray:
    x = np.asarray(values, dtype=float)
    return x[~np.isnan(x)]
