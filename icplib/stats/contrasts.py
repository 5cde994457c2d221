"""Do groups of people say different things, and which things? Few people, many yes/no answers.

Presence is an array of shape (people, codes) holding 1, 0 or ``nan`` for "was not asked". Sources:
Anderson, "A new method for non-parametric multivariate analysis of variance" (2001); Monroe,
Colaresi and Quinn, "Fightin' Words" (2008), of which ``zb`` is the yes/no form with a Beta prior;
Newcombe (1998) for Wilson intervals; Kish's design effect for people who sit in the same account.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice
from math import comb, factorial

import numpy as np
from scipy import stats
from scipy.stats import hypergeom

from icplib.stats.intervals import wilson

MAX_EXACT = 5000


# --- does the grouping matter at all?
# --------------------------------------------------------------


def jaccard_distances(presence: np.ndarray) -> np.ndarray:
    """Jaccard distances between people over the codes both were asked about, (people, people).

    Two people who were asked the same and said none of it are at distance 0. Two who were asked
    nothing in common tell nothing about one another; they get the mean distance of all others,
    which pulls no group together.
    """
    presence = np.asarray(presence, dtype=float)
    asked = (~np.isnan(presence)).astype(float)
    said = np.nan_to_num(presence)
    both = said @ said.T
    either = said @ asked.T + asked @ said.T - both
    distances = np.where(either > 0, 1 - both / np.maximum(either, 1), 0.0)
    is_known = asked @ asked.T > 0
    np.fill_diagonal(is_known, False)
    distances[~is_known] = distances[is_known].mean() if is_known.any() else 0.0
    np.fill_diagonal(distances, 0.0)
    return distances


@dataclass(frozen=True)
class Permanova:
    """Permutational analysis of variance.

    ``attainable_p`` is the smallest p these group sizes allow.
    """

    f: float
    r2: float
    p: float
    attainable_p: float
    total: float
    within: float
    n_permutations: int
    is_exact: bool


def permanova(
    distances: np.ndarray, groups: np.ndarray, n_permutations: int = 1999, seed: int = 0
) -> Permanova:
    """PERMANOVA of ``distances`` (people, people) by ``groups`` (people,).

    Two small groups are compared over every split; otherwise p is (1 + as extreme) / (1 + drawn).
    Raises ValueError with fewer than two groups.
    """
    groups = np.unique(np.asarray(groups), return_inverse=True)[1]
    sizes = np.bincount(groups)
    n, k = len(groups), len(sizes)
    if k < 2:
        raise ValueError("two groups or more are needed")
    squared = np.asarray(distances, dtype=float) ** 2
    total = squared.sum() / (2 * n)

    def within(labels: np.ndarray) -> float:
        member = labels[:, None] == np.arange(k)
        return float(((member * (squared @ member)).sum(axis=0) / (2 * sizes)).sum())

    observed = within(groups)
    splits = comb(n, int(sizes[0])) if k == 2 else None
    is_exact = splits is not None and splits <= MAX_EXACT
    arrangements = (
        _splits(n, int(sizes[0])) if is_exact else _shuffles(groups, n_permutations, seed)
    )
    as_extreme = sum(within(labels) <= observed + 1e-10 for labels in arrangements)
    drawn = splits if is_exact else n_permutations
    p = as_extreme / drawn if is_exact else (1 + as_extreme) / (1 + drawn)
    between, degrees = total - observed, n - k
    f = (
        between / (k - 1) / (observed / degrees)
        if observed > 1e-12 and degrees > 0
        else float("inf")
    )
    return Permanova(
        f=float(f),
        r2=float(between / total) if total > 0 else 0.0,
        p=float(p),
        attainable_p=attainable_p(sizes, None if is_exact else n_permutations),
        total=float(total),
        within=observed,
        n_permutations=int(drawn),
        is_exact=is_exact,
    )


def attainable_p(sizes: np.ndarray, n_permutations: int | None = None) -> float:
    """The smallest p a permutation test can return for groups of these sizes."""
    arrangements = factorial(int(np.sum(sizes)))
    for size in sizes:
        arrangements //= factorial(int(size))
    alike = int(np.prod([factorial(int(c)) for c in np.bincount(np.asarray(sizes, int)) if c > 1]))
    drawn = 1 / (1 + n_permutations) if n_permutations else 0.0
    return float(max(alike / arrangements, drawn))


def _splits(n: int, size: int):
    for chosen in combinations(range(n), size):
        labels = np.ones(n, dtype=int)
        labels[list(chosen)] = 0
        yield labels


def _shuffles(groups: np.ndarray, n_permutations: int, seed: int):
    rng = np.random.default_rng(seed)
    return (rng.permutation(groups) for _ in range(n_permutations))


# --- which codes set a group apart?
# ----------------------------------------------------------------


def zb(k, n, k_rest, n_rest, m: float = 2.0) -> np.ndarray:
    """How far k of n stands above k_rest of n_rest: log-odds difference with a Beta prior, as z.

    The prior is worth ``m`` people at the pooled share, so 3 of 3 against 0 of 9 is not infinite.
    Arrays broadcast; an empty side gives ``nan``.
    """
    k, n, k_rest, n_rest = (np.asarray(x, dtype=float) for x in (k, n, k_rest, n_rest))
    pooled = np.clip((k + k_rest + 0.5) / (n + n_rest + 1), 0.01, 0.99)
    a, b = m * pooled, m * (1 - pooled)
    yes, no, yes_rest, no_rest = k + a, n - k + b, k_rest + a, n_rest - k_rest + b
    difference = np.log(yes / no) - np.log(yes_rest / no_rest)
    z = difference / np.sqrt(1 / yes + 1 / no + 1 / yes_rest + 1 / no_rest)
    return np.where((n > 0) & (n_rest > 0), z, np.nan)


def chance_of_standing_out(
    n: int, n_all: int, k_all: int, least_share: float = 0.5, z: float = 1.645
) -> float:
    """Chance that ``n`` of ``n_all`` people at random hold enough who said it to stand out.

    ``k_all`` of all said it; enough is three of them or more, ``least_share`` of the n, and ``zb``
    of ``z``.

    Exact (hypergeometric): what a code adds to the distinctive statements that shuffled groups
    would show.
    """
    k = np.arange(max(3, int(np.ceil(least_share * n - 1e-9))), min(n, k_all) + 1)
    k = k[(k_all - k <= n_all - n) & (k >= k_all - (n_all - n))]
    if not len(k) or n_all <= n:
        return 0.0
    out = zb(k, n, k_all - k, n_all - n) >= z
    return float(hypergeom.pmf(k[out], n_all, k_all, n).sum())


def monroe_z(counts: np.ndarray, rest: np.ndarray, prior: float) -> np.ndarray:
    """Fightin' Words z of word counts against the rest.

    ``prior`` is the weight of the corpus in words.
    """
    counts, rest = np.asarray(counts, dtype=float), np.asarray(rest, dtype=float)
    alpha = prior * (counts + rest) / (counts.sum() + rest.sum())
    mine, other = counts + alpha, rest + alpha
    log_odds = [np.log(y / (c.sum() + prior - y)) for y, c in ((mine, counts), (other, rest))]
    return (log_odds[0] - log_odds[1]) / np.sqrt(1 / mine + 1 / other)


def shuffled_counts(presence: np.ndarray, groups: np.ndarray, n_shuffles: int, seed: int):
    """Yield (k, n, k_rest, n_rest), each (groups, codes): groups as they are, then shuffled.

    The first item is the observed one; ``groups`` must be 0..g-1.
    """
    presence, groups = np.asarray(presence, dtype=float), np.asarray(groups)
    asked, said = ~np.isnan(presence), np.nan_to_num(presence)
    n_all, k_all = asked.sum(axis=0), said.sum(axis=0)
    levels = np.arange(groups.max() + 1)[:, None]
    shuffles = _shuffles(groups, n_shuffles, seed)
    for labels in (groups, *islice(shuffles, n_shuffles)):
        member = (labels == levels).astype(float)
        k, n = member @ said, member @ asked
        yield k, n, k_all - k, n_all - n


def topic_p(
    presence: np.ndarray, groups: np.ndarray, n_permutations: int = 1999, seed: int = 0
) -> np.ndarray:
    """For each code the permutation p that the groups (people,) say it equally often.

    Pearson's chi-square over those asked.
    """
    levels = np.unique(np.asarray(groups), return_inverse=True)[1]
    as_extreme, observed = 0, None
    for k, n, k_rest, n_rest in shuffled_counts(presence, levels, n_permutations, seed):
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (k[0] + k_rest[0]) / (n[0] + n_rest[0])
            chi2 = np.nan_to_num((k - n * share) ** 2 / (n * share * (1 - share))).sum(axis=0)
        observed = chi2 if observed is None else observed
        as_extreme = as_extreme + (chi2 >= observed - 1e-9)
    return as_extreme / (1 + n_permutations)


def holm(p) -> np.ndarray:
    """Adjusted p values, in the order given (Holm 1979); NaN counts as 1."""
    p = np.nan_to_num(np.asarray(p, dtype=float), nan=1.0)
    order = np.argsort(p, kind="stable")
    out = np.empty(len(p))
    out[order] = np.minimum(np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p)))), 1)
    return out


# --- rates of people who share accounts
# ------------------------------------------------------------


@dataclass(frozen=True)
class ClusteredRate:
    """A rate over accounts with the interval on its effective n.

    No interval below five accounts.
    """

    rate: float
    low: float
    high: float
    se: float
    design_effect: float
    n_effective: float
    n_accounts: int


def clustered_rate(
    events, trials, min_accounts: int = 5, confidence: float = 0.95
) -> ClusteredRate:
    """Rate of ``events`` in ``trials``, each (accounts,), with Wilson interval on effective n.

    The design effect comes from the spread between accounts and is never below 1; the effective n
    is shrunk by (z/t)^2 for few accounts. Without any event the interval is Wilson(0, accounts).
    """
    events, trials = np.asarray(events, dtype=float), np.asarray(trials, dtype=float)
    events, trials = events[trials > 0], trials[trials > 0]
    accounts, n = len(trials), trials.sum()
    nan = float("nan")
    if not accounts:
        return ClusteredRate(nan, nan, nan, nan, nan, 0.0, 0)
    rate = events.sum() / n
    if accounts < min_accounts:
        return ClusteredRate(float(rate), nan, nan, nan, nan, nan, accounts)
    if rate in (0.0, 1.0):
        low, high = wilson(rate * accounts, accounts, confidence)
        return ClusteredRate(
            float(rate), float(low), float(high), 0.0, 1.0, float(accounts), accounts
        )
    variance = accounts / (accounts - 1) * ((events - rate * trials) ** 2).sum() / n**2
    effect = max(1.0, variance / (rate * (1 - rate) / n))
    tail = (1 + confidence) / 2
    effective = n / effect * (stats.norm.ppf(tail) / stats.t.ppf(tail, accounts - 1)) ** 2
    low, high = wilson(rate * effective, effective, confidence)
    return ClusteredRate(
        float(rate),
        float(low),
        float(high),
        float(np.sqrt(variance)),
        float(effect),
        float(effective),
        accounts,
    )


def mean_difference(differences, confidence: float = 0.95) -> tuple[float, float, float]:
    """Mean of per-account differences with its t interval; ``nan`` limits below two accounts."""
    differences = np.asarray(differences, dtype=float)
    n = len(differences)
    if n < 2:
        return (float(differences.mean()) if n else float("nan"), float("nan"), float("nan"))
    mean = differences.mean()
    half = stats.t.ppf((1 + confidence) / 2, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return float(mean), float(mean - half), float(mean + half)


# --- then and now
# ----------------------------------------------------------------------------------


@cache
def fisher_p(k_then: int, n_then: int, k_now: int, n_now: int) -> float:
    """Two-sided Fisher p of k_then of n_then against k_now of n_now."""
    return float(stats.fisher_exact([[k_then, n_then - k_then], [k_now, n_now - k_now]])[1])


def p_up(k_then: int, n_then: int, k_now: int, n_now: int) -> float:
    """Probability that the share rose, with Jeffreys priors on both shares.

    Gauss-Legendre over the angle whose squared sine is the share, where the integrand is smooth
    even at 0 of n and n of n.
    """
    nodes, weights = np.polynomial.legendre.leggauss(200)
    angle = (nodes + 1) * np.pi / 4
    share = np.sin(angle) ** 2
    density = (
        stats.beta.pdf(share, k_now + 0.5, n_now - k_now + 0.5) * 2 * np.sin(angle) * np.cos(angle)
    )
    return float(
        (weights * density * stats.beta.cdf(share, k_then + 0.5, n_then - k_then + 0.5)).sum()
        * np.pi
        / 4
    )


def detectable_moves(n_then: int, n_now: int, level: float = 0.05) -> list[tuple[int, int]]:
    """For each k_then the smallest rise to a k_now with Fisher p below ``level``, if any."""
    moves = []
    for then in range(n_then + 1):
        seen = [
            now
            for now in range(n_now + 1)
            if now / n_now > then / n_then and fisher_p(then, n_then, now, n_now) < level
        ]
        moves += [(then, seen[0])] if seen else []
    return moves


# --- another split to ask about
# --------------------------------------------------------------------


def nmf_split(presence: np.ndarray, n_groups: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A split of people by what they said: group of each person, and codes x groups weights.

    Non-negative matrix factorisation of presence (unasked counts as not said). A diagnostic only:
    at 30 people or fewer no clusterer recovers personas reliably.
    """
    from sklearn.decomposition import NMF

    model = NMF(n_components=n_groups, init="nndsvda", random_state=seed, max_iter=1000)
    people = model.fit_transform(np.nan_to_num(np.asarray(presence, dtype=float)))
    return people.argmax(axis=1), model.components_.T


def adjusted_rand(first, second) -> float:
    """Adjusted Rand index of two splits: 1 is the same split, 0 is what chance gives."""
    first, second = (np.unique(np.asarray(x), return_inverse=True)[1] for x in (first, second))
    table = np.zeros((first.max() + 1, second.max() + 1), dtype=int)
    np.add.at(table, (first, second), 1)

    def pairs(x):
        return (x * (x - 1) / 2).sum()

    together, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = rows * columns / (len(first) * (len(first) - 1) / 2)
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))
