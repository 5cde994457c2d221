"""The max-combo permutation scan.

Which attributes tell the best accounts from the others, in which groups.

For every group (run of bins, level, member) two standardised sums are formed among the accounts
whose value is known: of the best flag, and of the normal scores of the value behind the flag. The
flag's is a count, so it is taken half an account nearer to its mean (Yates 1934): without that,
chance in groups of a few accounts sets the bar for both. An attribute's statistic is the largest of
both over all its groups; its p comes from permuting accounts, so the search costs nothing in level.

Where all *other* attributes clearly side with one of the two scores, the z of the other one counts
for HANDICAP less: how value and attributes go together is mostly one truth per company, and a
choice that looked neither at the attribute nor at what goes along with it leaves its p what it says
(evidence for both departures: benchmarks/patterns.md).

Benjamini-Hochberg over attributes; inside a found attribute, items by their max-adjusted p at level
q*R/m (Benjamini & Bogomolov 2014).

Above PERMUTE_UP_TO accounts the sums by cell are drawn from their multivariate normal null
distribution instead.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from icplib.stats.groups import MIN_GROUP, Coded, code

PERMUTE_UP_TO = 20_000
MIN_BEST_INSIDE = 3
CELLS_AT_ONCE = 4_000_000
SIGN = {"up": 1.0, "down": -1.0}
SCORES = ("flag", "value")
TIE = 1e-4  # z that differ by less are one: the same counts, summed in another order
ALONG = 0.3  # correlation under chance from which on attributes are not other ones to each other
CLEARLY = 1.0  # standard deviations by which the other attributes have to side with one score
HANDICAP = 0.7  # at the levels that matter, about a tenth of the chance is left to the other score
HALF_A_COUNT = np.array([0.5, 0.0])  # by score: the flag is counted, the value is not


def normal_scores(value):
    """Phi^-1((rank - .375)/(n + .25)) of a float array (n,), mid-ranks for ties.

    NaN stays NaN (Blom 1958).
    """
    value = np.asarray(value, float)
    scores = np.full(len(value), np.nan)
    known = ~np.isnan(value)
    scores[known] = ndtri((rankdata(value[known]) - 0.375) / (known.sum() + 0.25))
    return scores


def standardised(scores):
    """Mean 0, variance 1 (population); all zeros when constant."""
    centred = scores - scores.mean()
    spread = centred.std()
    return centred / spread if spread > 1e-12 else np.zeros_like(centred)


def hybrid_score(flag, value=None):
    """standardised(flag) + standardised(normal score), restandardised.

    The flag alone when there is no value.
    """
    flag = standardised(np.asarray(flag, float))
    return flag if value is None else standardised(flag + standardised(normal_scores(value)))


def benjamini_hochberg(p):
    """Adjusted p (q) of a float array.

    NaN stays NaN and does not count (Benjamini & Hochberg 1995).
    """
    p = np.asarray(p, float)
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])]
    steps = p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1)
    return q


@dataclass(frozen=True)
class AttributeScan:
    """One attribute scanned in one direction; the arrays are by group of `coded`.

    z_flag, z_value: standardised sums, signed so that larger = more in the scanned direction
    (z_value is None without a value). vote: how far all other attributes side with the value (above
    0) or the flag, in standard deviations of chance. n_best: best accounts inside. p_of_group:
    max-adjusted. p, q: of the attribute. is_found: q within the level. item_level: the level for
    items inside a found attribute. z_unknown: of being unknown, among all accounts.
    """

    coded: Coded
    direction: str
    z_flag: np.ndarray
    z_value: np.ndarray | None
    vote: float
    n_best: np.ndarray
    n_best_known: int
    p_of_group: np.ndarray
    p: float
    z_unknown: float
    q: float = np.nan
    is_found: bool = False
    item_level: float = 0.0

    @property
    def name(self):
        return self.coded.attribute.name

    @property
    def by(self):
        """The scores that the others side with."""
        return SCORES[:1] if self.z_value is None else sided_with(self.vote)

    @property
    def z(self):
        """Max-combo z by group, after the handicap."""
        return (
            self.z_flag
            if self.z_value is None
            else np.max(np.array([self.z_flag, self.z_value]) - handicaps(self.vote), axis=0)
        )


@dataclass(frozen=True)
class Scan:
    """All attributes in one direction. q_level: the false discovery rate asked for; n_tested: m.

    By: the scores that all attributes together side with.
    """

    attributes: tuple
    q_level: float
    n_tested: int
    by: tuple = SCORES

    def __getitem__(self, name):
        return next(a for a in self.attributes if a.name == name)

    @property
    def found(self):
        return [a for a in self.attributes if a.is_found]

    @property
    def table(self):
        """DataFrame, one row an attribute.

        Attribute, kind, direction, n_known, n_groups, z, p, q, is_found, z_unknown, refused.
        """
        return pd.DataFrame(
            [
                {
                    "attribute": a.name,
                    "kind": a.coded.attribute.kind,
                    "direction": a.direction,
                    "n_known": a.coded.n_known,
                    "n_groups": len(a.z),
                    "z": a.z.max() if len(a.z) else np.nan,
                    "p": a.p,
                    "q": a.q,
                    "is_found": a.is_found,
                    "z_unknown": a.z_unknown,
                    "refused": a.coded.refused,
                }
                for a in self.attributes
            ],
            columns=[
                "attribute",
                "kind",
                "direction",
                "n_known",
                "n_groups",
                "z",
                "p",
                "q",
                "is_found",
                "z_unknown",
                "refused",
            ],
        )


def scan(attributes, flag, value=None, direction="up", permutations=None, q_level=0.10, seed=0):
    """Scan attributes for groups with more ("up") or fewer ("down") best accounts than the rest.

    attributes: list of Attribute or Coded, n accounts each. flag: bool (n,). value: float (n,)
    without NaN, or None. permutations: default 999, 1,999 above 100 attributes. Returns a Scan;
    `scan_both` gives the two directions for the price of one.
    """
    return _scans(attributes, flag, value, permutations, q_level, seed, (direction,))[0]


def scan_both(attributes, flag, value=None, permutations=None, q_level=0.10, seed=0):
    """(Scan up, Scan down) from the same draws."""
    return _scans(attributes, flag, value, permutations, q_level, seed, ("up", "down"))


def _scans(attributes, flag, value, permutations, q_level, seed, directions):
    flag = np.asarray(flag, dtype=bool)
    scores = [flag.astype(float)]
    if value is not None:
        value = np.asarray(value, float)
        if np.isnan(value).any():
            raise ValueError(
                "the value behind the flag is unknown for some accounts: leave them out first"
            )
        scores.append(normal_scores(value))
    scores = np.array(scores)
    min_group = MIN_GROUP if len(flag) <= PERMUTE_UP_TO else max(MIN_GROUP, len(flag) // 500)
    coded = [a if isinstance(a, Coded) else code(a, min_group) for a in attributes]
    if permutations is None:
        permutations = 999 if len(coded) <= 100 else 1999
    draw = _permuted_maxima if len(flag) <= PERMUTE_UP_TO else _normal_maxima
    maxima = draw(coded, scores, permutations, seed, directions)
    z = [_observed(c, scores, directions) for c in coded]
    best = [np.rint(c.runs(c.cell_sums(scores[0]))).astype(int) for c in coded]
    scans = []
    for d, direction in enumerate(directions):
        votes, vote = _votes([both[d] for both in z], maxima[:, d])
        found = [
            _one(c, direction, flag, scores[0], z[i][d], best[i], maxima[i, d], votes[i])
            for i, c in enumerate(coded)
        ]
        scans.append(
            _with_levels(found, q_level, sided_with(vote) if value is not None else SCORES[:1])
        )
    return tuple(scans)


def sided_with(vote):
    """The score that a vote clearly sides with, else both."""
    return SCORES[1:] if vote > CLEARLY else SCORES[:1] if vote < -CLEARLY else SCORES


def handicaps(vote):
    """By how much the z of (flag, value) counts for less: (2, 1)."""
    return HANDICAP * (np.array([[vote], [-vote]]) > CLEARLY)


def _observed(coded, scores, directions):
    """Signed z: (directions, k, groups)."""
    sums = np.array([coded.cell_sums(s) for s in scores])
    mean, spread = _moments(scores, coded.known)

    def of_score(k, direction):
        return _group_z(coded, sums[[k]].T, mean[[k]], spread[[k]], HALF_A_COUNT[k], direction)[
            :, 0
        ]

    return np.array(
        [[of_score(k, direction) for k in range(len(scores))] for direction in directions]
    )


def _votes(z, maxima):
    """(votes of all other attributes by attribute (m,), vote of all).

    Above 0 for the value, below for the flag; 0 with one score.

    z: (k, groups) by attribute; maxima: (m, k, draws). An attribute sides with the score whose
    largest z stands further out of its chance: by the difference of squares, since those that show
    little have little to say. One that goes along with another by chance is no other to it: a copy
    would be a vote on oneself.
    """
    votes = np.zeros(len(z))
    tested = np.array([a.shape[1] > 0 for a in z], dtype=bool)
    if maxima.shape[1] == 1 or not tested.any():
        return votes, 0.0
    null, seen = maxima[tested], np.array([a.max(axis=1) for a in z if a.shape[1]])[..., None]
    middle, spread = (
        null.mean(axis=2, keepdims=True),
        np.maximum(null.std(axis=2, keepdims=True), 1e-6),
    )
    by_flag, by_value = np.moveaxis(
        np.maximum((np.concatenate([seen, null], axis=2) - middle) / spread, 0) ** 2, 1, 0
    )
    sides = by_value - by_flag  # (m, 1 + draws): what is seen, then what chance shows
    seen, chance = (
        sides[:, 0] - sides[:, 1:].mean(axis=1),
        np.cov(sides[:, 1:]).reshape(len(sides), -1),
    )
    own = np.sqrt(np.maximum(np.diag(chance), 1e-9))
    others = np.abs(chance / np.outer(own, own)) < ALONG
    votes[tested] = (
        others @ seen / np.sqrt(np.maximum((others @ chance * others).sum(axis=1), 1e-6))
    )
    return votes, float(seen.sum() / np.sqrt(max(chance.sum(), 1e-6)))


def _one(coded, direction, flag, counted, z, n_best, null_maxima, vote):
    """AttributeScan from its z (k, groups) and null maxima (k, draws). counted.

    The flag as numbers.
    """
    less = handicaps(vote)[: len(z)]
    null = np.sort((null_maxima - less).max(axis=0))
    p_of_group = (1 + len(null) - np.searchsorted(null, (z - less).max(axis=0) - TIE)) / (
        len(null) + 1
    )
    p = float(p_of_group.min()) if len(p_of_group) else np.nan
    n_best_known, unknown = int(counted @ coded.known), unknown_z(flag, coded.known)
    return AttributeScan(
        coded,
        direction,
        z[0],
        z[1] if len(z) > 1 else None,
        float(vote),
        n_best,
        n_best_known,
        p_of_group,
        p,
        unknown,
    )


def _moments(scores, known):
    """Mean and spread (k,) of scores (k, n) among the known: bool (n,)."""
    n = max(known.sum(), 1)
    mean = scores @ known / n
    return mean, np.sqrt(np.maximum(scores**2 @ known / n - mean**2, 0))


def _group_z(coded, sums, mean, spread, nearer, direction):
    """Standardised sums by group (groups, k), signed, from sums by cell (cells, k), and the mean
    and spread (k,) of the scores; 0 where all are equal.

    Each is taken ``nearer`` to 0 by so much of a score, as one more cell of the same product.
    """
    scale = np.divide(1, spread, out=np.zeros_like(spread), where=spread > 1e-6)
    weights = np.vstack([SIGN[direction] * coded.weights, -nearer * coded.step]).astype(sums.dtype)
    return weights.T @ np.vstack(
        [(sums - np.outer(coded.n_in_cell, mean).astype(sums.dtype)) * scale, scale[None]]
    ).astype(sums.dtype)


def unknown_z(flag, known):
    """Z of being unknown: standardised sum of the flag (n,) over the accounts whose value is not
    known; NaN if too few.
    """
    n, size, share = len(flag), int((~known).sum()), flag.mean()
    if size < MIN_GROUP or size > n - MIN_GROUP:
        return np.nan
    spread = np.sqrt(share * (1 - share) * size * (n - size) / (n - 1))
    return float((flag[~known].sum() - size * share) / spread) if spread else 0.0


def _permuted_maxima(coded, scores, permutations, seed, directions):
    """Null maxima (m, directions, k, draws).

    The accounts are permuted as a whole, known or not, and the scores standardised anew among those
    that an attribute then knows: one product of matrices serves all attributes.
    """
    (k, n), m = scores.shape, len(coded)
    known = np.array([c.known for c in coded], dtype=np.float32).reshape(m, n).T
    cells = [np.vstack([c.cells, np.zeros(c.cells.shape[1])])[c.codes] for c in coded]
    design = (
        np.hstack([*cells, known]).astype(np.float32).T
    )  # single precision at half the price; TIE covers what it rounds
    ends, n_known = (
        np.cumsum([0] + [c.shape[1] for c in cells]),
        np.maximum(known.sum(axis=0), 1)[:, None],
    )
    maxima = np.full((m, len(directions), k, permutations), -np.inf)
    order, at_once = _orders(n, permutations, seed), CELLS_AT_ONCE // n
    for s, score in enumerate(scores.astype(np.float32)):
        for first in range(0, permutations, at_once):
            draws = slice(first, first + at_once)
            drawn = score.take(order[draws]).T
            sums = design @ drawn
            mean = sums[ends[-1] :] / n_known
            spread = np.sqrt(np.maximum(known.T @ drawn**2 / n_known - mean**2, 0))
            for i, c in enumerate(coded):
                for d, direction in enumerate(directions):
                    z = _group_z(
                        c,
                        sums[ends[i] : ends[i + 1]],
                        mean[i],
                        spread[i],
                        HALF_A_COUNT[s],
                        direction,
                    )
                    maxima[i, d, s, draws] = z.max(axis=0, initial=-np.inf)
    return maxima


@lru_cache(maxsize=1)
def _orders(n, permutations, seed):
    """N accounts (at most PERMUTE_UP_TO) in random order: int16 (permutations, n).

    Folds of one size share them.
    """
    return np.random.default_rng([seed, n]).permuted(
        np.tile(np.arange(n, dtype=np.int16), (permutations, 1)), axis=1
    )


def _normal_maxima(coded, scores, permutations, seed, directions):
    """Null maxima (m, directions, k, draws) from the multivariate normal law of the sums by cell
    (covariance n_ab - n_a n_b / N).
    """
    maxima = np.full((len(coded), len(directions), len(scores), permutations), -np.inf)
    for i, c in enumerate(coded):
        n = c.n_known
        if n < 2 or not len(c.start):
            continue
        together = c.cells.T @ (c.n_of_code[:, None] * c.cells)
        covariance = (together - np.outer(c.n_in_cell, c.n_in_cell) / n) * n / (n - 1)
        eigenvalues, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(eigenvalues, 0))
        rng = np.random.default_rng([seed, n, i])
        draws = [rng.standard_normal((permutations, len(root))) @ root.T for _ in scores]
        if len(scores) == 2:
            correlation = _correlation(scores, c.known)
            draws[1] = correlation * draws[0] + np.sqrt(max(1 - correlation**2, 0)) * draws[1]
        for k, (drawn, spread) in enumerate(zip(draws, _moments(scores, c.known)[1], strict=True)):
            differs = spread > 1e-6  # else all z are 0, by chance too
            z, nearer = (
                differs * (c.weights.T @ drawn.T),
                (differs * HALF_A_COUNT[k] / max(spread, 1e-6) * c.step)[:, None],
            )
            maxima[i, :, k] = [
                (SIGN[direction] * z - nearer).max(axis=0) for direction in directions
            ]
    return maxima


def _correlation(scores, known):
    """Correlation of two scores (2, n) among the known; 0 where one of them is constant."""
    (a, b), spread = _moments(scores, known)
    return (
        float((scores[0] * scores[1] @ known / max(known.sum(), 1) - a * b) / spread.prod())
        if spread.min() > 1e-6
        else 0.0
    )


def _with_levels(scans, q_level, by):
    """Benjamini-Hochberg over the attributes and the level for items inside the found ones."""
    q = benjamini_hochberg([a.p for a in scans])
    n_tested = int((~np.isnan(q)).sum())
    # An item has to hold three best accounts to be called found, so an attribute without such a
    # group is not found.
    found = [bool(value <= q_level) for value in q]
    level = q_level * sum(found) / max(n_tested, 1)
    levelled = tuple(
        replace(a, q=float(value), is_found=is_found, item_level=level)
        for a, value, is_found in zip(scans, q, found, strict=True)
    )
    return Scan(levelled, q_level, n_tested, by)
