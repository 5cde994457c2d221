"""The card: an additive score in whole points, fitted so that three hundred customers are enough.

Each attribute becomes a few *segments* (a bin of numbers, a level, holding a set member or not,
unknown). Columns over these segments (steps ``x >= cut``, levels, members, the groups that the scan
found raised or lowered, "unknown") get a ridge regression whose penalty grows as the scan's
evidence for the attribute shrinks; ridge on steps is a smoother. Target is the best flag, or flag
and normal scores of the value together, whichever ranks held-out flags better. The contributions of
the segments, scaled so that the range of all attributes together is 100, are rounded to whole
points.

What the scan does not find is *weak evidence*: it earns at most ``WEAK_MOST`` points an attribute,
unless the scan finds nothing at all. A number's points rise and fall once, and turn inside the
range that the scan found.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression
from threadpoolctl import threadpool_limits

from icplib.stats.calibration import auc
from icplib.stats.design import Design, folds_of
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
WEAK_MOST = 10  #: points of an attribute that the scan does not find


@dataclass(frozen=True)
class Making:
    """How a card is made.

    ``weak``: names of attributes that are only weak evidence; None: those that the card's own scan
    does not find.
    """

    max_attributes: int = 8
    permutations: int = 999
    seed: int = 0
    weak: frozenset[str] | None = None


@dataclass(frozen=True)
class Scored:
    """One component: the points of each segment, and what the training accounts show there."""

    component: Component
    points: tuple[int, ...]
    n: tuple[int, ...]
    n_best: tuple[int, ...]

    @property
    def attribute(self) -> str:
        """Name of the attribute that the component scores."""
        return self.component.attribute


@dataclass(frozen=True)
class Card:
    """A fitted card.

    ``evidence`` is a table by attribute (p, spread, is_weak, used); empty ``parts`` means nothing
    separates.
    """

    parts: tuple[Scored, ...]
    target: str
    penalty: float
    evidence: pd.DataFrame = field(repr=False)

    @property
    def weak(self) -> frozenset[str]:
        """Attributes that are weak evidence."""
        return frozenset(self.evidence.loc[self.evidence["is_weak"], "attribute"])

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


def screen(attributes, flag, value, making=Making(), design=None):
    """Two-sided p by attribute, with the scans (up, down) behind it.

    ``(p, up, down)``.  p = 2 min(p up, p down), at most 1.
    """
    choice = Choice(making.permutations, seed=making.seed)
    up, down = scan_both(attributes, flag, value, choice, design)
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
def fit_card(attributes, flag, value=None, making=Making(), design=None) -> Card:
    """Fit the card on ``attributes`` (n each), ``flag`` (n,) bool, ``value`` (n,) float or None.

    The target is chosen by cross-validation (under 200 accounts: hybrid). Attributes above
    ``admitted_up_to`` are left out; at most ``max_attributes`` stay, those whose points spread
    most. ``design``: who is related to whom and older (`Design`).
    """
    flag = np.asarray(flag, bool)
    design = design or Design.plain(len(flag))
    if len(flag) > FIT_UP_TO:
        rows = stratified_sample(flag, FIT_UP_TO, making.seed)
        sampled = fit_card(
            [a.take(rows) for a in attributes],
            flag[rows],
            None if value is None else np.asarray(value)[rows],
            making,
            design.take(rows),
        )
        return recount(sampled, {a.name: a for a in attributes}, flag)
    p, up, down = screen(attributes, flag, value, making, design)
    components = _components(attributes, p, up, down, making.max_attributes)
    by_name = {a.name: a for a in attributes}
    evidence = pd.DataFrame({"attribute": list(p), "p": list(p.values())})
    if not components:
        return Card((), "flag", np.nan, evidence.assign(spread=0.0, used=False, is_weak=True))
    task = _Task(flag, _targets(flag, value), making.seed, design.unit)
    fitted = _Fit.of(components, by_name, task)
    spread = fitted.spread()
    if len(spread) > making.max_attributes:
        names = sorted(spread, key=lambda name: -spread[name])[: making.max_attributes]
        fitted = _Fit.of([c for c in components if c.attribute in names], by_name, task)
        spread = spread | fitted.spread()
    found = {a.name for scan in (up, down) for a in scan.found}
    weak = frozenset(p) - found if making.weak is None else making.weak
    parts = in_points(fitted.components, fitted.shaped(), fitted.sizes(), weak=weak)
    card = Card(
        parts,
        fitted.target,
        fitted.penalty,
        evidence.assign(
            spread=evidence["attribute"].map(spread).fillna(0.0),
            used=evidence["attribute"].isin([s.attribute for s in parts]),
            is_weak=evidence["attribute"].isin(weak),
        ),
    )
    return recount(card, by_name, flag)


def _components(attributes, p, up, down, max_attributes) -> list[Component]:
    """Components of the attributes that the screen lets in, and of gaps that tell by themselves."""
    n = len(attributes[0])
    limit = admitted_up_to(p, n, max_attributes)
    kept = [a for a in attributes if p[a.name] <= limit]
    telling_gaps = [a for a in attributes if a not in kept and abs(up[a.name].z_unknown) > 2]
    components = [
        c for a in kept for c in components_of(a, up[a.name], down[a.name], n, weight_of(p[a.name]))
    ]
    return components + [Component.of_gaps(a.name, WEIGHT_OTHERWISE) for a in telling_gaps]


def _targets(flag, value) -> dict[str, np.ndarray]:
    if value is None:
        return {"flag": standardised(flag.astype(float))}
    hybrid = {"hybrid": hybrid_score(flag, value)}
    if len(flag) < SMALL_SAMPLE:
        return hybrid
    return {"flag": standardised(flag.astype(float))} | hybrid


@dataclass(frozen=True)
class _Task:
    """What is to be foretold: ``targets`` by name, whose ``flag`` decides, folds by ``unit``."""

    flag: np.ndarray
    targets: dict[str, np.ndarray]
    seed: int
    unit: np.ndarray


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
    def of(cls, components, by_name, task: _Task) -> _Fit:
        n = len(task.flag)
        places = places_of(components, by_name, n)
        means = [_column_means(c, place) for c, place in zip(components, places, strict=True)]
        rows = [
            np.where(np.isnan(c.matrix), 0.0, c.matrix - mean)
            for c, mean in zip(components, means, strict=True)
        ]
        X = np.hstack([row[place] for row, place in zip(rows, places, strict=True)])
        weights = np.concatenate([c.weights for c in components])
        target, penalty = choose(X, weights, task)
        beta = ridge(X, weights, task.targets[target], penalty)
        ends = np.cumsum([0] + [row.shape[1] for row in rows])
        contributions = [row @ beta[ends[i] : ends[i + 1]] for i, row in enumerate(rows)]
        return cls(components, places, contributions, target, penalty)

    def sizes(self) -> list[np.ndarray]:
        """Accounts by segment, for each component."""
        return [
            np.bincount(place, minlength=c.n_segments)
            for c, place in zip(self.components, self.places, strict=True)
        ]

    def shaped(self) -> list[np.ndarray]:
        """Contributions of which those of numbers turn once."""
        return [
            np.append(one_turn(c[:-1], n[:-1], component.turn), c[-1])
            if component.kind == "number"
            else c
            for component, c, n in zip(
                self.components, self.contributions, self.sizes(), strict=True
            )
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
    """Coefficients of least squares of ``y`` on centred ``X``, squares weighed by a penalty.

    It is ``penalty * weights``.
    """
    centred = X - X.mean(axis=0)
    return np.linalg.solve(
        centred.T @ centred + penalty * np.diag(weights), centred.T @ (y - y.mean())
    )


def choose(X, weights, task: _Task) -> tuple[str, float]:
    """(target, penalty): the target of larger held-out AUC, each at its best penalty.

    A target's penalty is that of least held-out squared error.
    """
    targets, flag = task.targets, task.flag
    errors = {name: np.zeros(len(LAMBDAS)) for name in targets}
    areas = {name: np.zeros(len(LAMBDAS)) for name in targets}
    scaled = X / np.sqrt(weights)
    whole = scaled.T @ scaled
    for _, held_out in folds(flag, task.seed, task.unit):
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


def folds(flag, seed, unit=None, n_folds=FOLDS, repeats=REPEATS):
    """(repeat, mask of the held-out accounts) of repeated folds stratified by ``flag``.

    Accounts of one ``unit`` (n,) stay together.
    """
    flag = np.asarray(flag, bool)
    rng = np.random.default_rng(seed)
    related = unit is not None and len(np.unique(unit)) < len(flag)
    for repeat in range(repeats):
        fold = folds_of(flag, n_folds, rng, unit) if related else _shuffled(flag, n_folds, rng)
        for k in range(n_folds):
            yield repeat, fold == k


def _shuffled(flag, n_folds, rng) -> np.ndarray:
    fold = np.empty(len(flag), dtype=int)
    for side in (flag, ~flag):
        rows = rng.permutation(np.flatnonzero(side))
        fold[rows] = np.arange(len(rows)) % n_folds
    return fold


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
    components, contributions, sizes, pool_cost=POOL_COST, full=100, weak=frozenset()
) -> tuple[Scored, ...]:
    """Contributions as whole points; not knowing a value earns at most what the average known does.

    0 at each component's lowest segment, the highest ones sum to exactly ``full``.

    Neighbouring segments are pooled first, while that costs at most ``pool_cost`` of the score's
    variance over the accounts (components taken as independent), so that the card can be read
    aloud. Components without any range are dropped, and so are members worth less than two points.
    ``sizes``: accounts by segment. ``weak``: attributes of weak evidence (``held_down``).
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
        pooled, largest_remainder(held_down(pooled, weak), full), strict=True
    ):
        if top > 0:
            points = np.rint((exact - exact.min()) / np.ptp(exact) * top)
            component, points, _ = component.pooled(points, accounts)
            parts.append(Scored(component, tuple(int(p) for p in points), (), ()))
    return tuple(parts)


def held_down(pooled, weak) -> np.ndarray:
    """Ranges of pooled components, those of a weak attribute at most ``WEAK_MOST`` of 100 in all.

    As they are where nothing else earns points.
    """
    ranges = np.array([np.ptp(points) for _, points, _ in pooled])
    names = np.array([component.attribute for component, _, _ in pooled])
    is_weak = np.isin(names, list(weak))
    if not ranges[~is_weak].sum():
        return ranges
    own = {name: ranges[names == name].sum() for name in names[is_weak]}
    most = np.inf
    for _ in range(100):  # the sum falls with the limit, and the limit with the sum
        total = ranges[~is_weak].sum() + sum(min(x, most) for x in own.values())
        most = WEAK_MOST / 100 * total
    factor = [min(1.0, most / own[name]) if own.get(name) else 1.0 for name in names]
    return ranges * factor


def one_turn(points, sizes, turn=None) -> np.ndarray:
    """The nearest points (m,) that rise and then fall, weighted by ``sizes`` (least squares).

    ``turn``: (first, stop, sign), the places among which they turn; sign -1 falls and then rises.
    None: rises and falls wherever that is nearest.
    """
    first, stop, sign = turn or (0, len(points), 1)
    weights = np.asarray(sizes, float) + 1e-9  # nobody may stand in a segment
    y, best = sign * np.asarray(points, float), None
    for top in range(first, stop):
        up = isotonic_regression(y[: top + 1], weights=weights[: top + 1]).x
        down = isotonic_regression(y[top:], weights=weights[top:], increasing=False).x
        shape = np.concatenate([up[:-1], [max(up[-1], down[0])], down[1:]])
        loss = float(weights @ (shape - y) ** 2)
        if best is None or loss < best[0]:
            best = loss, shape
    return np.asarray(points, float) if best is None else sign * best[1]


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
