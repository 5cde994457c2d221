"""The card: an additive score in whole points, fitted so that three hundred customers are enough.

Each attribute becomes a few *segments* (a bin of numbers, a level, holding a set member or not,
unknown). Columns over these segments (steps ``x >= cut``, levels, members, the groups that the scan
found raised or lowered, "unknown") get a ridge regression whose penalty grows as the scan's
evidence for the attribute shrinks; ridge on steps is a smoother. Target is the best flag, or flag
and normal scores of the value together, whichever ranks held-out flags better. The contributions of
the segments, scaled so that the range of all attributes together is 100, are rounded to whole
points.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from icplib.stats.calibration import auc
from icplib.stats.scan import Choice, hybrid_score, scan_both, standardised
from icplib.stats.segments import Component, components_of, places_of

LAMBDAS = np.array([1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0])
WEIGHT_OF_P = ((0.02, 1.0), (0.10, 2.0), (0.30, 5.0))
WEIGHT_OTHERWISE = 15.0
SMALL_SAMPLE = 200
FIT_UP_TO = 50_000
FOLDS, REPEATS = 5, 2
POOL_COST = 0.001
WORTH = 0.02


@dataclass(frozen=True)
class Scored:
    """One component with the points of each of its segments and what the training accounts show
    there.
    """

    component: Component
    points: tuple[int, ...]
    n: tuple[int, ...]
    n_best: tuple[int, ...]

    @property
    def attribute(self) -> str:
        return self.component.attribute


@dataclass(frozen=True)
class Card:
    """A fitted card.

    ``evidence`` is a table by attribute (p, weight, spread, used); empty ``parts`` means nothing
    separates.
    """

    parts: tuple[Scored, ...]
    target: str
    penalty: float
    evidence: pd.DataFrame = field(repr=False)

    def points(self, attributes) -> np.ndarray:
        """Whole points (n,) of accounts given as ``{name: Attribute}``.

        An absent attribute counts as unknown.
        """
        n = len(next(iter(attributes.values()))) if attributes else 0
        total = np.zeros(n, dtype=np.int64)
        for part, place in zip(
            self.parts,
            places_of([part.component for part in self.parts], attributes, n),
            strict=True,
        ):
            total += np.asarray(part.points)[place]
        return total


def screen(attributes, flag, value, *, permutations=999, seed=0) -> dict[str, float]:
    """Two-sided p by attribute, with the scans (up, down) behind it.

    ``(p, up, down)``.  p = 2 min(p up, p down), at most 1.
    """
    up, down = scan_both(attributes, flag, value, Choice(permutations, seed=seed))
    p = {
        a.name: (
            float(min(1.0, 2 * np.nanmin([a.p, b.p])))
            if not (np.isnan(a.p) and np.isnan(b.p))
            else np.nan
        )
        for a, b in zip(up.attributes, down.attributes, strict=True)
    }
    return p, up, down


def admitted_up_to(p, n: int, max_attributes: int) -> float:
    """Largest two-sided p of the screen: .10, and up to .30 until ``max_attributes`` are in.

    .30 for all under 200 accounts.
    """
    if n < SMALL_SAMPLE:
        return 0.30
    known = sorted(value for value in p.values() if not np.isnan(value))
    return (
        float(np.clip(known[max_attributes - 1], 0.10, 0.30))
        if len(known) >= max_attributes
        else 0.30
    )


def weight_of(p: float) -> float:
    """Penalty weight by the evidence of the screen: 1, 2, 5, 15 for p up to .02, .10, .30, more."""
    return next((w for limit, w in WEIGHT_OF_P if p <= limit), WEIGHT_OTHERWISE)


@threadpool_limits.wrap(
    limits=1
)  # hundreds of small matrices: threads would wait for one another ten times longer than they work
def fit_card(
    attributes, flag, value=None, *, max_attributes=8, permutations=999, seed=0, target=None
) -> Card:
    """Fit the card on ``attributes`` (list of Attribute, n each), ``flag`` (n,) bool, ``value``
    (n,) float or None.

    ``target`` "flag" or "hybrid" fixes what is otherwise chosen by cross-validation (under 200
    accounts: hybrid). Attributes above ``admitted_up_to`` are left out; at most ``max_attributes``
    stay, those whose points spread most.
    """
    flag = np.asarray(flag, bool)
    if len(flag) > FIT_UP_TO:
        rows = stratified_sample(flag, FIT_UP_TO, seed)
        sampled = fit_card(
            [a.take(rows) for a in attributes],
            flag[rows],
            None if value is None else np.asarray(value)[rows],
            max_attributes=max_attributes,
            permutations=permutations,
            seed=seed,
            target=target,
        )
        return recount(sampled, {a.name: a for a in attributes}, flag)
    n = len(flag)
    p, up, down = screen(attributes, flag, value, permutations=permutations, seed=seed)
    limit = admitted_up_to(p, n, max_attributes)
    kept = [a for a in attributes if p[a.name] <= limit]
    telling_gaps = [a for a in attributes if a not in kept and abs(up[a.name].z_unknown) > 2]
    components = [
        c for a in kept for c in components_of(a, up[a.name], down[a.name], n, weight_of(p[a.name]))
    ]
    components += [Component.of_gaps(a.name, WEIGHT_OTHERWISE) for a in telling_gaps]
    by_name = {a.name: a for a in attributes}
    names = list(dict.fromkeys(c.attribute for c in components))
    evidence = pd.DataFrame({"attribute": list(p), "p": list(p.values())})
    if not components:
        return Card((), target or "flag", np.nan, evidence.assign(spread=0.0, used=False))
    targets = _targets(flag, value, n, target)
    fitted = _Fit.of(components, by_name, flag, targets, seed)
    spread = fitted.spread()
    if len(names) > max_attributes:
        names = sorted(names, key=lambda name: -spread[name])[:max_attributes]
        fitted = _Fit.of(
            [c for c in components if c.attribute in names], by_name, flag, targets, seed
        )
        spread = spread | fitted.spread()
    parts = in_points(fitted.components, fitted.contributions, fitted.sizes())
    card = Card(
        parts,
        fitted.target,
        fitted.penalty,
        evidence.assign(
            spread=evidence["attribute"].map(spread).fillna(0.0),
            used=evidence["attribute"].isin([s.attribute for s in parts]),
        ),
    )
    return recount(card, by_name, flag)


def _targets(flag, value, n, target) -> dict[str, np.ndarray]:
    both = {"flag": standardised(flag.astype(float))}
    if value is not None:
        both["hybrid"] = hybrid_score(flag, value)
    if target in both:
        return {target: both[target]}
    if "hybrid" in both and n < SMALL_SAMPLE:
        return {"hybrid": both["hybrid"]}
    return both


@dataclass(frozen=True)
class _Fit:
    """Ridge on the columns of the components.

    Contributions by segment, and how they spread over the accounts.
    """

    components: list[Component]
    places: list[np.ndarray]
    contributions: list[np.ndarray]
    target: str
    penalty: float

    @classmethod
    def of(cls, components, by_name, flag, targets, seed) -> _Fit:
        n = len(flag)
        places = places_of(components, by_name, n)
        means = [_column_means(c, place) for c, place in zip(components, places, strict=True)]
        rows = [
            np.where(np.isnan(c.matrix), 0.0, c.matrix - mean)
            for c, mean in zip(components, means, strict=True)
        ]
        X = np.hstack([row[place] for row, place in zip(rows, places, strict=True)])
        weights = np.concatenate([c.weights for c in components])
        target, penalty = choose(X, weights, targets, flag, seed)
        beta = ridge(X, weights, targets[target], penalty)
        ends = np.cumsum([0] + [row.shape[1] for row in rows])
        contributions = [row @ beta[ends[i] : ends[i + 1]] for i, row in enumerate(rows)]
        return cls(components, places, contributions, target, penalty)

    def sizes(self) -> list[np.ndarray]:
        """Accounts by segment, for each component."""
        return [
            np.bincount(place, minlength=c.n_segments)
            for c, place in zip(self.components, self.places, strict=True)
        ]

    def spread(self) -> dict[str, float]:
        """Standard deviation over the accounts of each attribute's contribution."""
        total = {}
        for component, place, contribution in zip(
            self.components, self.places, self.contributions, strict=True
        ):
            total[component.attribute] = total.get(component.attribute, 0.0) + contribution[place]
        return {name: float(np.std(sums)) for name, sums in total.items()}


def _column_means(component, place):
    """Mean of each column among accounts that know it (NaN in the matrix = unknown = the mean)."""
    filled = component.matrix[place]
    known = ~np.isnan(filled)
    return np.where(known, filled, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def ridge(X, weights, y, penalty) -> np.ndarray:
    """Coefficients of least squares of ``y`` on centred ``X`` with ``penalty * weights`` on their
    squares.
    """
    centred = X - X.mean(axis=0)
    return np.linalg.solve(
        centred.T @ centred + penalty * np.diag(weights), centred.T @ (y - y.mean())
    )


def choose(X, weights, targets, flag, seed) -> tuple[str, float]:
    """(target, penalty): per target the penalty of least held-out squared error, then the target of
    larger held-out AUC.
    """
    errors = {name: np.zeros(len(LAMBDAS)) for name in targets}
    areas = {name: np.zeros(len(LAMBDAS)) for name in targets}
    scaled = X / np.sqrt(weights)
    whole = scaled.T @ scaled
    for _, held_out in folds(flag, seed):
        out = scaled[held_out]
        n_train = (~held_out).sum()
        mean = (scaled.sum(axis=0) - out.sum(axis=0)) / n_train
        values, vectors = np.linalg.eigh(whole - out.T @ out - n_train * np.outer(mean, mean))
        rotated = (out - mean) @ vectors
        for name, y in targets.items():
            level = y[~held_out].mean()
            right = (
                scaled.T @ (y - level)
                - out.T @ (y[held_out] - level)
                - n_train * mean * (y[~held_out] - level).mean()
            )
            predictions = (
                rotated
                @ ((vectors.T @ right)[:, None] / (np.maximum(values, 0)[:, None] + LAMBDAS))
                + level
            )
            errors[name] += ((y[held_out][:, None] - predictions) ** 2).sum(axis=0)
            areas[name] += [auc(column, flag[held_out])[0] for column in predictions.T]
    best = {name: int(np.argmin(error)) for name, error in errors.items()}
    target = max(targets, key=lambda name: areas[name][best[name]])
    return target, float(LAMBDAS[best[target]])


def folds(flag, seed, n_folds=FOLDS, repeats=REPEATS):
    """(repeat, mask of the held-out accounts) of repeated folds stratified by ``flag``."""
    flag = np.asarray(flag, bool)
    rng = np.random.default_rng(seed)
    for repeat in range(repeats):
        fold = np.empty(len(flag), dtype=int)
        for side in (flag, ~flag):
            rows = rng.permutation(np.flatnonzero(side))
            fold[rows] = np.arange(len(rows)) % n_folds
        for k in range(n_folds):
            yield repeat, fold == k


def stratified_sample(flag, size, seed) -> np.ndarray:
    """Sorted row numbers of a sample of ``size`` with the same share of flagged accounts."""
    rng = np.random.default_rng(seed)
    share = size / len(flag)
    return np.sort(
        np.concatenate(
            [
                rng.choice(rows, round(share * len(rows)), replace=False)
                for rows in (np.flatnonzero(flag), np.flatnonzero(~flag))
            ]
        )
    )


def in_points(
    components, contributions, sizes, pool_cost=POOL_COST, full=100
) -> tuple[Scored, ...]:
    """Contributions as whole points; not knowing a value earns at most what the average known does.

    0 at each component's lowest segment, the highest ones sum to exactly ``full``.

    Neighbouring segments are pooled first, while that costs at most ``pool_cost`` of the score's
    variance over the accounts (components taken as independent), so that the card can be read
    aloud. Components without any range are dropped, and so are members worth less than two points.
    ``sizes``: accounts by segment.
    """
    contributions = [
        np.append(c[:-1], min(c[-1], _known_mean(c, accounts)))
        for c, accounts in zip(contributions, sizes, strict=True)
    ]
    ranges = np.array([np.ptp(c) for c in contributions])
    if ranges.sum() <= 1e-12:
        return ()
    worth = [
        r >= WORTH * ranges.sum() or c.kind != "member"
        for c, r in zip(components, ranges, strict=True)
    ]
    components, contributions, sizes = (
        [x for x, keep in zip(some, worth, strict=True) if keep]
        for some in (components, contributions, sizes)
    )
    most = pool_cost * sum(
        _squares(c, accounts) for c, accounts in zip(contributions, sizes, strict=True)
    )
    pooled = [
        component.pooled(c, accounts, most)
        for component, c, accounts in zip(components, contributions, sizes, strict=True)
    ]
    parts = []
    for (component, exact, accounts), top in zip(
        pooled, largest_remainder([np.ptp(points) for _, points, _ in pooled], full), strict=True
    ):
        if top > 0:
            points = np.rint((exact - exact.min()) / np.ptp(exact) * top)
            component, points, _ = component.pooled(points, accounts)
            parts.append(Scored(component, tuple(int(p) for p in points), (), ()))
    return tuple(parts)


def _known_mean(points, sizes) -> float:
    """Mean points of the accounts whose value is known; the last segment is "unknown"."""
    known = np.asarray(sizes[:-1], float)
    return float(np.average(points[:-1], weights=known)) if known.any() else float(min(points))


def _squares(contribution, sizes) -> float:
    """Sum of squares of a component's contribution over its accounts, about their mean."""
    return float(sizes @ (contribution - np.average(contribution, weights=sizes)) ** 2)


def largest_remainder(shares, total: int) -> np.ndarray:
    """Whole numbers in proportion to ``shares`` that sum to ``total``."""
    exact = np.asarray(shares, float) / np.sum(shares) * total
    whole = np.floor(exact).astype(int)
    for i in np.argsort(whole - exact, kind="stable")[: total - whole.sum()]:
        whole[i] += 1
    return whole


def recount(card: Card, attributes, flag) -> Card:
    """The card with the counts of accounts and best accounts in each segment.

    By these counts unknown values are held, once more, to the points of the average known one.
    """
    parts = []
    for part in card.parts:
        place = part.component.places(attributes[part.attribute], len(flag))
        size = len(part.points)
        n = np.bincount(place, minlength=size).tolist()
        most = int(_known_mean(part.points, n) + 1e-9)
        parts.append(
            replace(
                part,
                points=(*part.points[:-1], min(part.points[-1], most)),
                n=tuple(n),
                n_best=tuple(np.bincount(place[flag], minlength=size).tolist()),
            )
        )
    return replace(card, parts=tuple(parts))
