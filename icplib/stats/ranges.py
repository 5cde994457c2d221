"""Numeric ranges: the best run of quantile bins, how far its ends lie, round numbers within.

The statistic is z^2/2 of the score sums, or the log likelihood ratio of two shares when the flag
decides; both are on the scale of log likelihoods. The support set of an end holds the ends of all
runs within SUPPORT of the best. Of these runs the one that gains most over its size is stated: the
largest z itself leans to short runs (benchmarks/patterns.md).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from icplib.stats.groups import quantiles

SUPPORT = 3.0
SNAP_COST = 0.5
FEW_VALUES = 12
FINE = 250


@dataclass(frozen=True)
class Range:
    """low <= x <= high; -inf / inf where open.

    The supports are (from, to) of each end, an open end stays infinite. statistic: of the best run.
    """

    low: float
    high: float
    low_support: tuple
    high_support: tuple
    statistic: float


def best_range(scanned, flag, value_score=None, snap=True):
    """The found range of a numeric AttributeScan.

    flag: (n,) as scanned; value_score: the normal scores (n,) or None. snap: prefer round ends that
    cost less than SNAP_COST. None when no run goes in the scanned direction.
    """
    coded, (best, statistic) = scanned.coded, best_run(scanned)
    if best is None:
        return None
    is_flag = _is_by_flag(scanned)
    measure = _Measure(coded, flag if is_flag else value_score, scanned.direction, is_flag)
    low_of_bin, high_of_bin = np.array(coded.labels).T
    first, final = coded.start[best], coded.stop[best] - 1
    low = -np.inf if first == 0 else low_of_bin[first]
    high = np.inf if final == len(high_of_bin) - 1 else high_of_bin[final]
    low_support, high_support = _supports(measure, low, high, statistic - SUPPORT)
    if snap and len(coded.labels) > FEW_VALUES:
        low, high = _snapped(measure, low, high, low_support, high_support)

    def as_floats(pair):
        return (float(pair[0]), float(pair[1]))

    return Range(
        float(low), float(high), as_floats(low_support), as_floats(high_support), statistic
    )


def best_run(scanned):
    """(group, largest statistic).

    Of the supported runs the one with the largest weighted relative accuracy; (None, 0) when none
    goes in the scanned direction.
    """
    if _is_by_flag(scanned):
        sign = 1.0 if scanned.direction == "up" else -1.0
        statistic = log_likelihood_ratio(
            scanned.n_best,
            scanned.coded.n_in_group,
            scanned.n_best_known,
            scanned.coded.n_known,
            sign,
        )
    else:
        statistic = np.where(scanned.z_value > 0, scanned.z_value**2 / 2, 0.0)
    largest = float(statistic.max(initial=0.0))
    if largest == 0:
        return None, 0.0
    size = scanned.coded.n_in_group
    accuracy = np.sqrt(np.maximum(statistic, 0) * size * (scanned.coded.n_known - size))
    return int(np.where(statistic >= largest - SUPPORT, accuracy, -1.0).argmax()), largest


def _is_by_flag(scanned):
    """One of the two has to say where the ends are: the one that stands out more."""
    return scanned.z_value is None or (
        scanned.z_flag.max(initial=-np.inf) > scanned.z_value.max(initial=-np.inf)
    )


class _Measure:
    """The range statistic for any ends, by cumulative sums over sorted values."""

    def __init__(self, coded, score, direction, is_flag):
        self.sorted, score = (
            coded.attribute.values[coded.order],
            np.asarray(score, float)[coded.order],
        )
        self.sign = 1.0 if direction == "up" else -1.0
        self.is_flag = is_flag
        if not is_flag:
            score = (score - score.mean()) / (score.std() or 1.0)
        self.sums = np.concatenate([[0.0], np.cumsum(score)])

    def of_ends(self, low, high):
        """Statistic of every pair: low (k,), high (m,) -> (k, m)."""
        n = len(self.sorted)
        first = np.searchsorted(self.sorted, low, side="left")[:, None]
        last = np.searchsorted(self.sorted, high, side="right")[None, :]
        size = np.maximum(last - first, 0)
        inside = self.sums[last] - self.sums[first]
        if self.is_flag:
            return log_likelihood_ratio(inside, size, self.sums[-1], n, self.sign)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = self.sign * inside / np.sqrt(size * (n - size) / (n - 1))
        return np.where((size > 0) & (size < n) & (z > 0), z**2 / 2, 0.0)


def log_likelihood_ratio(n_best_in, n_in, n_best, n, sign=1.0):
    """Gain in log likelihood of two shares over one.

    0 where the inside share does not differ in the direction of sign.
    """
    a, n1 = np.asarray(n_best_in, float), np.asarray(n_in, float)
    c, n0 = n_best - a, n - n1
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = _loglik(a, n1) + _loglik(c, n0) - _loglik(np.float64(n_best), np.float64(n))
        raised = sign * (a / n1 - c / n0) > 0
    return np.where((n1 > 0) & (n0 > 0) & raised, gain, 0.0)


def _loglik(k, n):
    share = np.divide(k, n, out=np.zeros_like(k * n), where=n > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(k > 0, k * np.log(share), 0.0) + np.where(
            n - k > 0, (n - k) * np.log1p(-share), 0.0
        )


def _supports(measure, low, high, enough):
    """Where either end could lie.

    (from, to) over all runs, at up to FINE observed ends, whose statistic is enough.
    """
    values = measure.sorted
    distinct = values[np.append(True, values[1:] > values[:-1])]
    if len(distinct) > FINE:
        distinct = np.unique(quantiles(values, np.linspace(0, 1, FINE)))
    lows, highs = (
        np.unique(np.append(distinct, max(low, distinct[0]))),
        np.unique(np.append(distinct, min(high, distinct[-1]))),
    )
    supported = measure.of_ends(lows, highs) >= enough
    low_at, high_at = np.flatnonzero(supported.any(axis=1)), np.flatnonzero(supported.any(axis=0))
    # A range that starts at an observed value may truly start anywhere above the value before.
    below, above = np.concatenate([[-np.inf], lows[:-1]]), np.concatenate([highs[1:], [np.inf]])
    open_low, open_high = np.append(-np.inf, lows[1:]), np.append(highs[:-1], np.inf)
    return (below[low_at[0]], open_low[low_at[-1]]), (open_high[high_at[0]], above[high_at[-1]])


def _snapped(measure, low, high, low_support, high_support):
    """The roundest pair of ends inside the supports that loses less than SNAP_COST.

    The ends as found if none does.
    """
    lows = np.array([low]) if np.isinf(low) else _candidates(low, low_support, measure.sorted)
    highs = np.array([high]) if np.isinf(high) else _candidates(high, high_support, measure.sorted)
    statistic = measure.of_ends(lows, highs)
    loss = measure.of_ends(np.array([low]), np.array([high]))[0, 0] - statistic
    effort = roundness(lows)[:, None] + roundness(highs)[None, :]
    effort = np.where(loss < SNAP_COST, effort, np.inf)
    best = np.lexsort((loss.ravel(), effort.ravel()))[0]
    i, j = divmod(int(best), len(highs))
    return (lows[i], highs[j]) if np.isfinite(effort[i, j]) else (low, high)


def _candidates(end, support, values):
    """Numbers of at most two digits (and the end itself) inside a support.

    The data bound the support where it is open.
    """
    bottom, top = max(support[0], values[0]), min(support[1], values[-1])
    sizes = np.abs([x for x in (bottom, top) if x != 0])
    if not len(sizes):
        return np.array([end])
    exponents = np.arange(np.floor(np.log10(sizes.min())) - 1, np.floor(np.log10(sizes.max())) + 1)
    two_digits = np.arange(10, 100)
    digits = np.concatenate(
        [two_digits * 10.0**e if e >= 0 else two_digits / 10.0**-e for e in exponents]
    )
    round_numbers = np.concatenate([-digits, [0.0], digits])
    return np.unique(
        np.concatenate([[end], round_numbers[(round_numbers >= bottom) & (round_numbers <= top)]])
    )


def roundness(numbers):
    """How much there is to remember.

    0 for 0, 1, 2, 5 (times a power of ten), 1 for 3, 4, 1.5, 2.5 ..., 2 for 35, 45 ..., then 3, 6
    beyond two digits.
    """
    return np.array([_effort(x) for x in np.atleast_1d(numbers)])


@lru_cache(maxsize=10_000)  # round numbers come up again and again
def _effort(x):
    if x == 0 or not np.isfinite(x):
        return 0
    digits = f"{abs(x):.5e}".split("e")[0].rstrip("0").rstrip(".")
    if digits in ("1", "2", "5"):
        return 0
    if len(digits) == 1 or digits in ("1.5", "2.5", "7.5"):
        return 1
    if len(digits) == 3:
        return 2 if digits[2] == "5" else 3
    return 6
