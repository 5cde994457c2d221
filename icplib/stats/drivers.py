"""Drivers and followers among found conditions: forward selection by the extended BIC.

A driver adds something when the others are known; a follower goes along with a driver. Neither word
says "cause".
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

GAMMA = 0.5
GOES_ALONG = 0.15
REFINES = 0.90  # share of accounts whose coarser level the finer cells tell


@dataclass(frozen=True)
class Drivers:
    """order: indices of the drivers as they entered. follows.

    For every other condition the index of the driver with the largest correlation, or -1 where that
    is below GOES_ALONG: it adds too little to be told, but follows nobody. refining: those of them
    that only say another found attribute in finer steps.
    """

    order: tuple
    follows: dict
    refining: frozenset = frozenset()


def forward_drivers(met, known, score, n_tested, gamma=None, finer=None, barred=()):
    """Least squares on a score (n,), only positive effects enter, stop when EBIC no longer falls.

    finer: {condition: the coarser one that says the same}, of `finer_than`; these cannot enter,
    they follow. barred: others that cannot enter.

    met, known: bool (n, k); unknown counts as the mean of the known. n_tested: P, how many items
    were looked at. EBIC = n log(RSS/n) + k log n + 2 gamma log C(P, k) (Chen & Chen 2008); gamma 0
    is the BIC. None: `usual_gamma`.
    """
    finer = finer or {}
    n, k = met.shape
    gamma = usual_gamma(n, n_tested) if gamma is None else gamma
    gram, cross, total = _moments(met, known, np.asarray(score, float))
    n_tested = max(n_tested, k)
    chosen, best = [], n * np.log(total / n) if total > 0 else -np.inf
    while len(chosen) < k:
        trials = []
        for j in set(range(k)) - set(chosen) - set(finer) - set(barred):
            columns = chosen + [j]
            beta, rss = _fit(gram, cross, total, columns)
            if beta is not None and beta[-1] > 0:
                trials.append((rss, j))
        if not trials:
            break
        rss, j = min(trials)
        size = len(chosen) + 1
        ebic = (
            n * np.log(max(rss, 1e-12) / n)
            + size * np.log(n)
            + 2 * gamma * _log_choose(n_tested, size)
        )
        if ebic >= best:
            break
        chosen, best = chosen + [j], ebic
    spread = np.sqrt(np.diag(gram))
    follows = {}
    for j in set(range(k)) - set(chosen):
        strength = [
            abs(gram[j, d]) / (spread[j] * spread[d]) if spread[j] > 0 else 0 for d in chosen
        ]
        if finer.get(j) in chosen:
            follows[j] = finer[j]
            continue
        follows[j] = (
            chosen[int(np.argmax(strength))] if chosen and max(strength) >= GOES_ALONG else -1
        )
    return Drivers(tuple(chosen), follows, frozenset(finer))


def usual_gamma(n, n_tested):
    """GAMMA, or where few accounts meet many items 1 - log n / (2 log P).

    Only above it the EBIC is consistent (Chen & Chen 2008).
    """
    return max(GAMMA, 1 - np.log(n) / (2 * np.log(n_tested))) if n_tested > 1 else GAMMA


def finer_than(met, score, names, coded, n_tested, gamma=None):
    """Conditions on an attribute that only refines another found one.

    {its index: index of the coarser condition}.

    names: the attribute of each condition (columns of met, bool (n, k)); coded: {name: Coded}.
    Attribute A refines B when A's cells tell B's level for nine accounts in ten and are more; a
    condition on A then has to lower the EBIC beside all of B's levels, else the search among A's
    many runs only found B again (employees inside business type).
    """
    gamma = usual_gamma(len(met), n_tested) if gamma is None else gamma
    score = np.asarray(score, float) - np.mean(score)
    found = {}
    for j, fine in enumerate(names):
        for i, coarse in enumerate(names):
            if fine == coarse or not _refines(coded[fine], coded[coarse]):
                continue
            both = coded[fine].known & coded[coarse].known
            level, x = coded[coarse].codes[both], met[both, j].astype(float)
            rest, x = _within(score[both], level), _within(x, level)
            spread = x @ x
            gain = (
                (x @ rest) ** 2 / (spread * (rest @ rest))
                if spread > 1e-9 and rest @ rest > 0
                else 0.0
            )
            if (
                len(x) * np.log(max(1 - gain, 1e-12))
                + np.log(len(x))
                + 2 * gamma * np.log(max(n_tested, 1))
                >= 0
            ):
                found.setdefault(j, i)
    return found


def _refines(fine, coarse):
    if not (fine.is_disjoint and coarse.is_disjoint) or len(fine.labels) <= len(coarse.labels):
        return False
    both = fine.known & coarse.known
    if both.sum() < 0.5 * len(both):
        return False
    width = int(coarse.codes.max()) + 1
    table = np.bincount(
        fine.codes[both] * width + coarse.codes[both], minlength=(int(fine.codes.max()) + 1) * width
    ).reshape(-1, width)
    return table.max(axis=1).sum() >= REFINES * both.sum()


def _within(values, level):
    """Deviations from the mean of one's level."""
    count = np.bincount(level)
    return values - (np.bincount(level, values) / np.maximum(count, 1))[level]


def _moments(met, known, score):
    """Gram matrix of centred columns, their products with the centred score, its sum of squares."""
    share = met.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    score = score - score.mean()
    columns = np.where(known, met - share, 0.0)
    return columns.T @ columns, columns.T @ score, float(score @ score)


def _fit(gram, cross, total, columns):
    inside = gram[np.ix_(columns, columns)]
    if np.linalg.cond(inside) > 1e10:
        return None, np.inf
    beta = np.linalg.solve(inside, cross[columns])
    return beta, total - beta @ cross[columns]


def _log_choose(n, k):
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
