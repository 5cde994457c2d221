"""Shares, ratios and lifts with their intervals.

Shrinkage and coverage for what was selected by looking.

Counts come as "a of n1 inside, c of n0 outside" (best accounts among those with and those without
something), scalars or arrays. Everything is closed form or vectorised, and holds for empty cells.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtri

MOST_SPREAD = (
    3.0  # standard deviation of true log ratios: then a factor of 20 either way is nothing rare
)


def _z(level):
    return ndtri(1 - (1 - np.asarray(level, float)) / 2)


def wilson(k, n, level=0.95):
    """(low, high) of the share k/n (Wilson 1927); (0, 1) where n is 0."""
    k, n, z = np.asarray(k, float), np.asarray(n, float), _z(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (k + z**2 / 2) / (n + z**2)
        half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    low = np.where(k == 0, 0.0, middle - half)
    high = np.where(k == n, 1.0, middle + half)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def difference(a, n1, c, n0, level=0.95):
    """(difference, low, high) of a/n1 - c/n0.

    Newcombe's hybrid score interval (1998b, method 10).
    """
    p1, p0 = np.asarray(a, float) / n1, np.asarray(c, float) / n0
    (l1, u1), (l0, u0) = wilson(a, n1, level), wilson(c, n0, level)
    d = p1 - p0
    return (
        d,
        d - np.sqrt((p1 - l1) ** 2 + (u0 - p0) ** 2),
        d + np.sqrt((u1 - p1) ** 2 + (p0 - l0) ** 2),
    )


def ratio(a, n1, c, n0, level=0.95):
    """(ratio, low, high) of a/n1 : c/n0 by MOVER-R over Wilson limits (Donner & Zou 2012).

    Inf where c is 0.
    """
    a, n1, c, n0 = (np.asarray(x, float) for x in (a, n1, c, n0))
    (l1, u1), (l0, u0) = wilson(a, n1, level), wilson(c, n0, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p0 = a / n1, c / n0
        cross = p1 * p0
        low = (
            cross - np.sqrt(np.maximum(cross**2 - l1 * u0 * (2 * p1 - l1) * (2 * p0 - u0), 0))
        ) / (u0 * (2 * p0 - u0))
        high = (
            cross + np.sqrt(np.maximum(cross**2 - u1 * l0 * (2 * p1 - u1) * (2 * p0 - l0), 0))
        ) / (l0 * (2 * p0 - l0))
        # At 2*p0 = u0 the quadratic is linear: the limit of the formula there.
        low = np.where(np.abs(2 * p0 - u0) < 1e-12, l1 * (2 * p1 - l1) / (2 * cross), low)
        point = np.where(c > 0, p1 / p0, np.where(a > 0, np.inf, np.nan))
    return point, np.where(a == 0, 0.0, low), np.where(c == 0, np.inf, high)


def lift_of_ratio(rr, share):
    """Lift = share of best among those with it / share of best among all known.

    1/share where the ratio is infinite.
    """
    rr, share = np.asarray(rr, float), np.asarray(share, float)
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(rr), 1 / np.maximum(share, 1e-12), rr / (share * rr + 1 - share))


def lift(a, n1, c, n0, level=0.95):
    """(lift, low, high) of having something, among accounts whose value is known.

    MOVER-R, transformed (monotone).
    """
    share = np.asarray(n1, float) / (np.asarray(n1, float) + n0)
    return tuple(lift_of_ratio(r, share) for r in ratio(a, n1, c, n0, level))


def fcr_level(n_selected, n_tested, level=0.95):
    """Level of each interval so that selected ones miss their truth at the stated rate on average.

    Benjamini & Yekutieli 2005.
    """
    return 1 - (1 - level) * max(n_selected, 1) / max(n_tested, n_selected, 1)


def log_ratio_variance(a, n1, c, n0):
    """(log ratio, variance) with a half in every cell."""
    a, n1, c, n0 = (np.asarray(x, float) + 0.5 for x in (a, n1, c, n0))
    return np.log(a / n1) - np.log(c / n0), np.maximum(1 / a - 1 / n1 + 1 / c - 1 / n0, 1e-9)


def shrinkage_variance(a, n1, c, n0):
    """tau2 over all m tested items: how much true log ratios differ from 0.

    0 where they show no more than noise, or below three items.

    Moments, each item weighted as the spread itself would have it, 1/(v + tau2)^2, with the maximum
    of the adjusted density (Morris & Tang 2011) for tau2 there: weights of 1/v leave the word to a
    few large groups (evidence: benchmarks/patterns.md).
    """
    return spread_of(*log_ratio_variance(a, n1, c, n0))


def spread_of(log_ratio, v):
    """tau2 of log ratios (m,) with variances v (m,); see `shrinkage_variance`."""
    if np.size(log_ratio) < 3:
        return 0.0

    def lost(tau2):
        return 0.5 * np.sum(np.log(v + tau2) + log_ratio**2 / (v + tau2)) - np.log(tau2)

    first = (
        minimize_scalar(lambda root: lost(root**2), bounds=(1e-6, MOST_SPREAD), method="bounded").x
        ** 2
    )
    weight = (v + first) ** -2
    return float(max(0.0, np.sum(weight * (log_ratio**2 - v)) / np.sum(weight)))


def shrunken_lift(a, n1, c, n0, tau2, limits=None):
    """Lift after pulling the log ratio towards 0 by tau2/(tau2 + v) (empirical Bayes).

    limits: (low, high) that it may not leave (limited translation, Efron & Morris 1971), usually
    its own interval.
    """
    log_ratio, v = log_ratio_variance(a, n1, c, n0)
    share = np.asarray(n1, float) / (np.asarray(n1, float) + n0)
    lift_ = lift_of_ratio(np.exp(log_ratio * tau2 / (tau2 + v)), share)
    return lift_ if limits is None else np.clip(lift_, *limits)
