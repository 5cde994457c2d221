"""The max-combo permutation scan: which attributes tell the best accounts from the others, in which groups.

For every group (run of bins, level, member) two standardised sums are formed among the accounts whose value is known:
of the best flag, and of the normal scores of the value behind the flag. An attribute's statistic is the largest of both
over all its groups; its p comes from permuting accounts, so the search costs nothing in level. Benjamini-Hochberg over
attributes; inside a found attribute, items by their max-adjusted p at level q*R/m (Benjamini & Bogomolov 2014).

Above PERMUTE_UP_TO accounts the sums by cell are drawn from their multivariate normal null distribution instead.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from icplib.stats.groups import MIN_GROUP, Attribute, Coded, code

PERMUTE_UP_TO = 20_000
MIN_BEST_INSIDE = 3
CELLS_AT_ONCE = 4_000_000


def normal_scores(value):
    """Phi^-1((rank - .375)/(n + .25)) of a float array (n,), mid-ranks for ties; NaN stays NaN (Blom 1958)."""
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
    """standardised(flag) + standardised(normal score), restandardised; the flag alone when there is no value."""
    flag = standardised(np.asarray(flag, float))
    return flag if value is None else standardised(flag + standardised(normal_scores(value)))


def benjamini_hochberg(p):
    """Adjusted p (q) of a float array; NaN stays NaN and does not count (Benjamini & Hochberg 1995)."""
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

    z_flag, z_value: standardised sums, signed so that larger = more in the scanned direction (z_value is None without a
    value). n_best: best accounts inside. p_of_group: max-adjusted. p, q: of the attribute. is_found: q within the level.
    item_level: the level for items inside a found attribute. z_unknown: of being unknown, among all accounts.
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
    def name(self):
        return self.coded.attribute.name

    @property
    def z(self):
        """Max-combo z by group."""
        return self.z_flag if self.z_value is None else np.maximum(self.z_flag, self.z_value)


@dataclass(frozen=True)
class Scan:
    """All attributes in one direction. q_level: the false discovery rate asked for; n_tested: m."""

    attributes: tuple
    q_level: float
    n_tested: int

    def __getitem__(self, name):
        return next(a for a in self.attributes if a.name == name)

    @property
    def found(self):
        return [a for a in self.attributes if a.is_found]

    @property
    def table(self):
        """DataFrame, one row an attribute: attribute, kind, direction, n_known, n_groups, z, p, q, is_found, z_unknown, refused."""
        return pd.DataFrame(
            [
                dict(attribute=a.name, kind=a.coded.attribute.kind, direction=a.direction, n_known=a.coded.n_known,
                     n_groups=len(a.z), z=a.z.max() if len(a.z) else np.nan, p=a.p, q=a.q, is_found=a.is_found,
                     z_unknown=a.z_unknown, refused=a.coded.refused)
                for a in self.attributes
            ],
            columns=["attribute", "kind", "direction", "n_known", "n_groups", "z", "p", "q", "is_found", "z_unknown", "refused"],
        )


def scan(attributes, flag, value=None, direction="up", permutations=None, q_level=0.10, seed=0):
    """Scan attributes for groups with more ("up") or fewer ("down") best accounts than the rest.

    attributes: list of Attribute or Coded, n accounts each. flag: bool (n,). value: float (n,) without NaN, or None.
    permutations: default 999, 1,999 above 100 attributes. Returns a Scan; `scan_both` gives the two directions for the
    price of one.
    """
    up, down = scan_both(attributes, flag, value, permutations, q_level, seed)
    return {"up": up, "down": down}[direction]


def scan_both(attributes, flag, value=None, permutations=None, q_level=0.10, seed=0):
    """(Scan up, Scan down) from the same draws."""
    flag = np.asarray(flag, dtype=bool)
    scores = [flag.astype(float)]
    if value is not None:
        value = np.asarray(value, float)
        if np.isnan(value).any():
            raise ValueError("the value behind the flag is unknown for some accounts: leave them out first")
        scores.append(normal_scores(value))
    scores = np.array(scores)
    min_group = MIN_GROUP if len(flag) <= PERMUTE_UP_TO else max(MIN_GROUP, len(flag) // 500)
    coded = [a if isinstance(a, Coded) else code(a, min_group) for a in attributes]
    if permutations is None:
        permutations = 999 if len(coded) <= 100 else 1999
    draw = _permuted_maxima if len(flag) <= PERMUTE_UP_TO else _normal_maxima
    maxima = draw(coded, scores, permutations, seed)
    return tuple(
        _with_levels([_one(c, flag, scores, direction, maxima[i][k]) for i, c in enumerate(coded)], q_level)
        for k, direction in enumerate(("up", "down"))
    )


def _one(coded, flag, scores, direction, null_maxima):
    known = coded.known
    sign = 1.0 if direction == "up" else -1.0
    z = [sign * _observed_z(coded, s, known) for s in scores]
    best = np.rint(coded.group_sums(coded.cell_sums(flag))).astype(int)
    top = z[0] if len(z) == 1 else np.maximum(*z)
    null = np.sort(null_maxima)
    p_of_group = (1 + len(null) - np.searchsorted(null, top - 1e-7)) / (len(null) + 1)
    p = float(p_of_group.min()) if len(top) else np.nan
    return AttributeScan(coded, direction, z[0], z[1] if len(z) > 1 else None, best, int(flag[known].sum()), p_of_group, p,
                         unknown_z(flag, known))


def _observed_z(coded, score, known):
    """Standardised sum of one score by group, among the known."""
    full = np.zeros(len(score))
    full[known] = standardised(score[known]) if known.any() else 0.0
    return _z(coded.group_sums(coded.cell_sums(full)), coded)


def _z(group_sums, coded):
    n, size = coded.n_known, coded.n_in_group
    return group_sums / np.sqrt(size * (n - size) / max(n - 1, 1))


def unknown_z(flag, known):
    """z of being unknown: standardised sum of the flag (n,) over the accounts whose value is not known; NaN if too few."""
    n, size = len(flag), int((~known).sum())
    if size < MIN_GROUP or size > n - MIN_GROUP:
        return np.nan
    return float(standardised(flag.astype(float))[~known].sum() / np.sqrt(size * (n - size) / (n - 1)))


def _maxima(sums_by_score, coded):
    """Largest z of any group and any score, up and down: array (2, draws)."""
    up = down = np.full(len(sums_by_score[0]), -np.inf)
    for cell_sums in sums_by_score:
        if len(coded.start):
            z = _z(coded.group_sums(cell_sums), coded)
            up, down = np.maximum(up, z.max(axis=1)), np.maximum(down, -z.min(axis=1))
    return np.array([up, down])


def _permuted_maxima(coded, scores, permutations, seed):
    """Null maxima by attribute. The accounts are permuted as a whole, known or not, and the scores standardised anew among those
    that an attribute then knows: one product of matrices serves all attributes."""
    n = scores.shape[1]
    cells = np.hstack([np.zeros((n, 0)), *(np.where(c.known[:, None], c.cells[c.codes], 0.0) if len(c.cells) else np.zeros((n, 0)) for c in coded)])
    known = np.column_stack([c.known for c in coded]).astype(float)
    ends = np.cumsum([0] + [c.cells.shape[1] for c in coded])
    maxima = np.full((len(coded), 2, permutations), -np.inf)
    rng = np.random.default_rng([seed, n])
    at_once = max(1, min(permutations, CELLS_AT_ONCE // n))
    for first in range(0, permutations, at_once):
        draws = slice(first, min(first + at_once, permutations))
        order = rng.permuted(np.tile(np.arange(n), (draws.stop - first, 1)), axis=1)
        drawn = [(s @ cells, *_moments(s, known)) for s in (standardised(s)[order] for s in scores)]
        for i, c in enumerate(coded):
            sums = [_centred(total[:, ends[i]:ends[i + 1]], mean[:, i], spread[:, i], c) for total, mean, spread in drawn]
            maxima[i][:, draws] = _maxima(sums, c)
    return maxima


def _moments(drawn, known):
    """Mean and spread of each draw (rows) among the accounts that each attribute (columns of known) knows."""
    n = np.maximum(known.sum(axis=0), 1)
    mean = drawn @ known / n
    return mean, np.sqrt(np.maximum(drawn**2 @ known / n - mean**2, 0))


def _centred(sums, mean, spread, coded):
    """Sums by cell as they are when the scores of the known have mean 0 and variance 1; 0 where all are equal."""
    spread = spread[:, None]
    return np.divide(sums - mean[:, None] * coded.n_in_cell, spread, out=np.zeros_like(sums), where=spread > 1e-6)


def _normal_maxima(coded, scores, permutations, seed):
    """Null maxima by attribute from the multivariate normal law of the sums by cell (covariance n_ab - n_a n_b / N)."""
    maxima = []
    for c in coded:
        known = c.known
        n = int(known.sum())
        if n < 2 or not len(c.start):
            maxima.append(np.full((2, permutations), -np.inf))
            continue
        n_of_code = np.bincount(c.codes[known], minlength=len(c.cells))
        together = c.cells.T @ (n_of_code[:, None] * c.cells)
        covariance = (together - np.outer(c.n_in_cell, c.n_in_cell) / n) * n / (n - 1)
        eigenvalues, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(eigenvalues, 0))
        rng = np.random.default_rng([seed, n])
        draws = [rng.standard_normal((permutations, len(root))) @ root.T for _ in scores]
        if len(scores) == 2:
            correlation = float(np.mean(standardised(scores[0][known]) * standardised(scores[1][known])))
            draws[1] = correlation * draws[0] + np.sqrt(max(1 - correlation**2, 0)) * draws[1]
        maxima.append(_maxima(draws, c))
    return maxima


def _with_levels(scans, q_level):
    """Benjamini-Hochberg over the attributes and the level for items inside the found ones."""
    q = benjamini_hochberg([a.p for a in scans])
    n_tested = int((~np.isnan(q)).sum())
    # An item has to hold three best accounts to be called found, so an attribute without such a group is not found.
    found = [bool(value <= q_level) for value in q]
    level = q_level * sum(found) / max(n_tested, 1)
    levelled = tuple(
        AttributeScan(**{**a.__dict__, "q": float(value), "is_found": is_found, "item_level": level})
        for a, value, is_found in zip(scans, q, found)
    )
    return Scan(levelled, q_level, n_tested)
