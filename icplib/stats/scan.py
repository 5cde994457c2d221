"""The max-combo permutation scan.

Which attributes tell the best accounts from the others, in which groups.

For every group (run of bins, level, member) two standardised sums are formed among the accounts
whose value is known: of the best flag, and of the normal scores of the value behind the flag. The
flag's is a count, so it is taken half an account nearer to its mean (Yates 1934): without that,
chance in groups of a few accounts sets the bar for both. An attribute's statistic is the largest of
both over all its groups; its p comes from draws that keep start dates and company groups together
(`Design`), so the search costs nothing in level.

One Benjamini-Hochberg over attributes and both directions; inside a found attribute, items by their
max-adjusted p at level q*R/m (Benjamini & Bogomolov 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri
from scipy.stats import rankdata

from icplib.stats.design import Design
from icplib.stats.groups import MIN_GROUP, Attribute, Coded, code

MIN_BEST_INSIDE = 3
DIRECTIONS = ("up", "down")
TIE = 1e-4  # z that differ by less are one: the same counts, summed in another order
HALF_A_COUNT = np.array([0.5, 0.0])  # by score: the flag is counted, the value is not


@dataclass(frozen=True)
class Choice:
    """permutations: at least so many draws; q_level: false discovery rate over both directions."""

    permutations: int = 999
    q_level: float = 0.10
    seed: int = 0


def normal_scores(value: ArrayLike) -> np.ndarray:
    """Phi^-1((rank - .375)/(n + .25)) of a float array (n,), mid-ranks for ties.

    NaN stays NaN (Blom 1958).
    """
    value = np.asarray(value, float)
    scores = np.full(len(value), np.nan)
    known = ~np.isnan(value)
    scores[known] = ndtri((rankdata(value[known]) - 0.375) / (known.sum() + 0.25))
    return scores


def standardised(scores: np.ndarray) -> np.ndarray:
    """Mean 0, variance 1 (population); all zeros when constant."""
    centred = scores - scores.mean()
    spread = centred.std()
    return centred / spread if spread > 1e-12 else np.zeros_like(centred)


def hybrid_score(flag: ArrayLike, value: ArrayLike | None = None) -> np.ndarray:
    """standardised(flag) + standardised(normal score), restandardised.

    The flag alone when there is no value.
    """
    best = standardised(np.asarray(flag, float))
    return best if value is None else standardised(best + standardised(normal_scores(value)))


def benjamini_hochberg(p: ArrayLike) -> np.ndarray:
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
    (z_value is None without a value). n_best: best accounts inside. p_of_group: max-adjusted. p, q:
    of the attribute. is_found: q within the level. item_level: the level for items inside a found
    attribute. z_unknown: of being unknown, among all accounts.
    """

    coded: Coded
    direction: str
    z_flag: np.ndarray
    z_value: np.ndarray | None
    n_best: np.ndarray
    n_best_known: int
    p_of_group: np.ndarray
    p: float
    z_unknown: float
    q: float = np.nan
    is_found: bool = False
    item_level: float = 0.0

    @property
    def name(self) -> str:
        """Name of the attribute scanned."""
        return self.coded.attribute.name

    @property
    def z(self) -> np.ndarray:
        """Max-combo z by group."""
        return self.z_flag if self.z_value is None else np.maximum(self.z_flag, self.z_value)


@dataclass(frozen=True)
class Scan:
    """All attributes in one direction. q_level: the false discovery rate asked for over both.

    n_tested: attributes that could be tested, in both directions.
    """

    attributes: tuple[AttributeScan, ...]
    q_level: float
    n_tested: int

    def __getitem__(self, name: str) -> AttributeScan:
        return next(a for a in self.attributes if a.name == name)

    @property
    def found(self) -> list[AttributeScan]:
        """The attributes that stand out from noise."""
        return [a for a in self.attributes if a.is_found]

    @property
    def has_value(self) -> bool:
        """Whether the value behind the flag took part."""
        return any(a.z_value is not None for a in self.attributes)


def scan_both(
    attributes: Sequence[Attribute | Coded],
    flag: ArrayLike,
    value: ArrayLike | None = None,
    choice: Choice | None = None,
    design: Design | None = None,
) -> tuple[Scan, Scan]:
    """(Scan up, Scan down) for groups with more or fewer best accounts than the rest.

    attributes: n accounts each. flag: bool (n,). value: float (n,) without NaN, or None.
    """
    choice, flag = choice or Choice(), np.asarray(flag, dtype=bool)
    scores = [flag.astype(float)]
    if value is not None:
        if np.isnan(np.asarray(value, float)).any():
            raise ValueError(
                "the value behind the flag is unknown for some accounts: leave them out first"
            )
        scores.append(normal_scores(value))
    both = np.array(scores)
    coded = [a if isinstance(a, Coded) else code(a, MIN_GROUP) for a in attributes]
    # a single find has to be able to pass: the smallest p may not exceed the first step
    permutations = max(choice.permutations, ceil(2 * len(coded) / choice.q_level))
    maxima = null_maxima(coded, both, permutations, choice.seed, design or Design.plain(len(flag)))
    scans: list[list[AttributeScan]] = [[], []]
    for i, c in enumerate(coded):
        z = observed(c, both)
        for d in range(2):
            scans[d].append(_one(c, DIRECTIONS[d], flag, z[d], maxima[i, d]))
    return _with_levels(scans[0], scans[1], choice.q_level)


def observed(coded: Coded, scores: np.ndarray) -> np.ndarray:
    """Signed z: (directions, k, groups)."""
    sums = np.array([coded.cell_sums(s) for s in scores])
    mean, spread = _moments(scores, coded.known)
    by_score = [
        _group_z(coded, sums[[k]].T, mean[[k]], spread[[k]], HALF_A_COUNT[k])
        for k in range(len(scores))
    ]
    return np.array([[z[d][:, 0] for z in by_score] for d in range(2)])


def _one(
    coded: Coded, direction: str, flag: np.ndarray, z: np.ndarray, null_maxima: np.ndarray
) -> AttributeScan:
    """AttributeScan from its z (k, groups) and null maxima (k, draws)."""
    null = np.sort(null_maxima.max(axis=0))
    p_of_group = (1 + len(null) - np.searchsorted(null, z.max(axis=0) - TIE)) / (len(null) + 1)
    return AttributeScan(
        coded,
        direction,
        z[0],
        z[1] if len(z) > 1 else None,
        np.rint(coded.runs(coded.cell_sums(flag.astype(float)))).astype(int),
        int((flag & coded.known).sum()),
        p_of_group,
        float(p_of_group.min()) if len(p_of_group) else np.nan,
        unknown_z(flag, coded.known),
    )


def _moments(scores: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread (k,) of scores (k, n) among the known: bool (n,)."""
    n = max(known.sum(), 1)
    mean = scores @ known / n
    return mean, np.sqrt(np.maximum(scores**2 @ known / n - mean**2, 0))


def _group_z(
    coded: Coded, sums: Any, mean: Any, spread: Any, nearer: float
) -> tuple[np.ndarray, np.ndarray]:
    """Standardised sums by group (groups, k), up and down; 0 where all scores are equal.

    From sums by cell (cells, k) and the mean and spread (k,) of the scores. Each is taken
    ``nearer`` to 0 by so much of a score.
    """
    scale = np.divide(1, spread, out=np.zeros_like(spread), where=spread > 1e-6)
    centred = (sums - np.outer(coded.n_in_cell, mean).astype(sums.dtype)) * scale
    z = coded.weights.astype(sums.dtype).T @ centred.astype(sums.dtype)
    less = (nearer * coded.step).astype(sums.dtype)[:, None] * scale if nearer else 0.0
    return z - less, -z - less


def unknown_z(flag: np.ndarray, known: np.ndarray) -> float:
    """Z of being unknown: the flag (n,) over accounts without a value; NaN if too few.

    It is the standardised sum.
    """
    n, size, share = len(flag), int((~known).sum()), flag.mean()
    if size < MIN_GROUP or size > n - MIN_GROUP:
        return np.nan
    spread = np.sqrt(share * (1 - share) * size * (n - size) / (n - 1))
    return float((flag[~known].sum() - size * share) / spread) if spread else 0.0


def null_maxima(
    coded: list[Coded], scores: np.ndarray, permutations: int, seed: int, design: Design
) -> np.ndarray:
    """Null maxima (m, directions, k, draws).

    The accounts are drawn as a whole, known or not, and the scores standardised anew among those
    that an attribute then knows: one product of matrices serves all attributes.
    """
    (k, n), m = scores.shape, len(coded)
    known = np.array([c.known for c in coded], dtype=np.float32).reshape(m, n).T
    cells = [np.vstack([c.cells, np.zeros(c.cells.shape[1])])[c.codes] for c in coded]
    # single precision at half the price; TIE covers what it rounds
    table = np.hstack([*cells, known]).astype(np.float32).T
    ends = np.cumsum([0] + [c.shape[1] for c in cells])
    n_known = np.maximum(known.sum(axis=0), 1)[:, None]
    maxima = np.full((m, 2, k, permutations), -np.inf)
    for draws, drawn in design.draws(scores, permutations, seed):
        for s in range(k):
            sums = table @ drawn[s]
            mean = sums[ends[-1] :] / n_known
            spread = np.sqrt(np.maximum(known.T @ drawn[s] ** 2 / n_known - mean**2, 0))
            for i, c in enumerate(coded):
                own = sums[ends[i] : ends[i + 1]]
                for d, z in enumerate(_group_z(c, own, mean[i], spread[i], HALF_A_COUNT[s])):
                    maxima[i, d, s, draws] = z.max(axis=0, initial=-np.inf)
    return maxima


def _with_levels(
    up: list[AttributeScan], down: list[AttributeScan], q_level: float
) -> tuple[Scan, Scan]:
    """One Benjamini-Hochberg over both directions, and the level for items of found attributes."""
    both = [*up, *down]
    q = benjamini_hochberg([a.p for a in both])
    n_tested = int((~np.isnan(q)).sum())
    found = [bool(value <= q_level) for value in q]
    level = q_level * sum(found) / max(n_tested, 1)
    levelled = tuple(
        replace(a, q=float(value), is_found=is_found, item_level=level)
        for a, value, is_found in zip(both, q, found, strict=True)
    )
    half = len(up)
    return Scan(levelled[:half], q_level, n_tested), Scan(levelled[half:], q_level, n_tested)
