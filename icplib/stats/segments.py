"""Segments of an attribute: where an account stands, and the columns that a card may weigh there.

Every account stands in exactly one segment of a component, the last of which is "unknown".
``matrix`` gives the columns' values by segment; NaN says "unknown: use the mean". The same lookup
serves fitting, scoring and every export of the card.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from icplib.stats.ranges import best_run

MIN_ACCOUNTS = 5
MIN_SHARE = 0.015
MIN_UNKNOWN_SHARE = 0.02


@dataclass(frozen=True)
class Component:
    """One lookup of the card.

    kind "number": segments [.., c1), [c1, c2), ..., [ck, ..], unknown. "level": one per entry of
    ``levels`` (tuples of levels that share their points), other, unknown. "member": lacks it, holds
    it, unknown. "gap": known, unknown. ``turn``: (first, stop, sign), the segments of the range
    that the scan found, raised (1) or lowered (-1).
    """

    attribute: str
    kind: str
    cuts: tuple[float, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()
    member: str = ""
    turn: tuple[int, int, int] | None = None
    matrix: np.ndarray = field(default=None, repr=False)
    weights: np.ndarray = field(default=None, repr=False)

    @property
    def n_segments(self) -> int:
        """How many segments there are, the unknown one among them."""
        return {"number": len(self.cuts) + 2, "level": len(self.levels) + 2, "member": 3, "gap": 2}[
            self.kind
        ]

    @classmethod
    def of_gaps(cls, attribute: str, weight: float) -> Component:
        """Whether the attribute is known at all."""
        return cls(attribute, "gap", matrix=np.array([[0.0], [1.0]]), weights=np.array([weight]))

    def places(self, attribute, n: int) -> np.ndarray:
        """Segment number (n,) of each account; ``attribute`` None = nobody's value is known."""
        if attribute is None:
            return np.full(n, self.n_segments - 1)
        if self.kind == "number":
            place = np.searchsorted(np.asarray(self.cuts), attribute.values, side="right")
            return np.where(np.isnan(attribute.values), self.n_segments - 1, place)
        if self.kind == "gap":
            return np.where(attribute.known, 0, 1)
        return np.array(
            [*map(self._segment_of, attribute.distinct), self.n_segments - 1], dtype=int
        )[attribute.codes]

    def _segment_of(self, value) -> int:
        if self.kind == "level":
            return next(
                (i for i, group in enumerate(self.levels) if value in group), len(self.levels)
            )
        return int(self.member in value)

    def pooled(self, points, sizes, most=0.0):
        """(component, points, sizes), neighbours made one while that costs at most ``most``.

        See ``pool_neighbours``.

        Neighbours are bins side by side, or levels next in points; ``sizes`` are accounts by
        segment. Members and gaps stay as they are.
        """
        bare = replace(self, matrix=None, weights=None, turn=None)
        if self.kind == "number":
            groups, means, counts = pool_neighbours(points[:-1], sizes[:-1], most)
            cuts = tuple(self.cuts[group[0] - 1] for group in groups[1:])
            return (
                replace(bare, cuts=cuts),
                np.append(means, points[-1]),
                np.append(counts, sizes[-1]),
            )
        if self.kind == "level":
            order = np.argsort(-points[:-2], kind="stable")
            groups, means, counts = pool_neighbours(points[:-2][order], sizes[:-2][order], most)
            levels = tuple(
                tuple(sorted(level for i in group for level in self.levels[order[i]]))
                for group in groups
            )
            return (
                replace(bare, levels=levels),
                np.append(means, points[-2:]),
                np.append(counts, sizes[-2:]),
            )
        return bare, points, sizes


def places_of(components, attributes, n: int) -> list[np.ndarray]:
    """``Component.places`` for each component."""
    return [component.places(attributes.get(component.attribute), n) for component in components]


def pool_neighbours(points, sizes, most):
    """(groups of places, their mean points, their sizes).

    The pair that costs least is pooled first, as long as it costs at most ``most``.

    The cost is what the two lose in sum of squares over their accounts (Ward 1963): few accounts or
    like points pool early.
    """
    groups, means, counts = (
        [[i] for i in range(len(points))],
        np.array(points, float),
        np.array(sizes, float),
    )
    while len(groups) > 1:
        cost = (
            counts[:-1] * counts[1:] / np.maximum(counts[:-1] + counts[1:], 1) * np.diff(means) ** 2
        )
        i = int(np.argmin(cost))
        if cost[i] > most:
            break
        means[i] = np.average(
            means[i : i + 2], weights=counts[i : i + 2] + 1e-9
        )  # nobody may stand in either
        counts[i] += counts[i + 1]
        groups[i] += groups.pop(i + 1)
        means, counts = np.delete(means, i + 1), np.delete(counts, i + 1)
    return groups, means, counts


def components_of(attribute, up, down, n: int, weight: float) -> list[Component]:
    """The components of one attribute, from its values and the scans of it in both directions."""
    make = {"numeric": _numbers, "nominal": _levels, "set": _members}[attribute.kind]
    unknown = int((~attribute.known).sum())
    has_gap = unknown >= max(MIN_ACCOUNTS, MIN_UNKNOWN_SHARE * len(attribute))
    return make(attribute, up, down, n, weight, has_gap)


def _numbers(attribute, up, down, n, weight, has_gap):
    values = attribute.values[attribute.known]
    runs = [_best_run(s) for s in (up, down)]
    edges = sorted({edge for run in runs if run for edge in run if np.isfinite(edge)})
    steps = round_cuts(values, 8 if n < 500 else 12 if n < 2000 else 20)
    cuts = np.array(sorted(set(steps) | set(edges)))
    if not len(cuts):
        return []
    place = np.arange(len(cuts) + 1)
    columns = [place > np.searchsorted(cuts, step) for step in steps]
    lower = np.concatenate([[-np.inf], cuts])
    for low, high in (run for run in runs if run):
        columns.append((lower >= low) & (lower < high))
    matrix = _with_unknown(np.column_stack(columns), has_gap)
    return [
        Component(
            attribute.name,
            "number",
            cuts=tuple(cuts.tolist()),
            turn=_turn(runs, lower),
            matrix=matrix,
            weights=np.full(matrix.shape[1], weight),
        )
    ]


def _turn(runs, lower):
    """Segments of the raised range, else of the lowered one, as ``Component.turn``."""
    for run, sign in zip(runs, (1, -1), strict=True):
        if run:
            inside = np.flatnonzero((lower >= run[0]) & (lower < run[1]))
            return (int(inside[0]), int(inside[-1]) + 1, sign) if len(inside) else None
    return None


def _levels(attribute, up, down, n, weight, has_gap):
    count = pd.Series(attribute.values[attribute.known]).value_counts()
    named = sorted(count.index[count >= max(MIN_ACCOUNTS, MIN_SHARE * n)])
    if not named:
        return []
    columns = [np.append(np.array(named) == level, False) for level in named]
    for scanned in (up, down):
        group = _found_cells(scanned)
        if len(group) > 1:
            columns.append(np.append(np.isin(named, group), False))
    matrix = _with_unknown(np.column_stack(columns), has_gap)
    return [
        Component(
            attribute.name,
            "level",
            levels=tuple((level,) for level in named),
            matrix=matrix,
            weights=np.full(matrix.shape[1], weight),
        )
    ]


def _members(attribute, up, down, n, weight, has_gap):
    combinations = pd.Series(attribute.values[attribute.known]).value_counts()
    count = {}
    for combination, size in combinations.items():
        for member in set(combination):
            count[member] = count.get(member, 0) + int(size)
    least, most = max(MIN_ACCOUNTS, MIN_SHARE * n), int(attribute.known.sum()) - MIN_ACCOUNTS
    matrix = np.array([[0.0], [1.0], [np.nan]])
    members = [
        Component(attribute.name, "member", member=m, matrix=matrix, weights=np.array([weight]))
        for m in sorted(count)
        if least <= count[m] <= most
    ]
    return members + [Component.of_gaps(attribute.name, weight)] * has_gap


def _with_unknown(columns, has_gap):
    """Matrix over the segments: the known ones, then the unknown one (NaN = the mean).

    The unknown one has a column where it counts.
    """
    matrix = np.vstack([columns.astype(float), np.full((1, columns.shape[1]), np.nan)])
    return np.column_stack([matrix, np.append(np.zeros(len(columns)), 1.0)]) if has_gap else matrix


def _best_run(scanned):
    """(low, high) of the range that step 2 would state, half-open, on round numbers.

    None if none passes at .10.

    Each end may move by a quarter of a bin to where a rounder number lies.
    """
    if not len(scanned.z) or not scanned.p <= 0.10:
        return None
    best, _ = best_run(scanned)
    if best is None:
        return None
    bins, start, stop = scanned.coded.labels, scanned.coded.start[best], scanned.coded.stop[best]
    return (-np.inf if start == 0 else _edge(bins[start - 1], bins[start])), (
        np.inf if stop == len(bins) else _edge(bins[stop - 1], bins[stop])
    )


def _edge(left, right):
    """A round cut between two neighbouring bins, each given as (lowest, highest value)."""
    return roundest(left[1] - 0.25 * (left[1] - left[0]), right[0] + 0.25 * (right[1] - right[0]))


def _found_cells(scanned):
    """Labels of the single cells that the scan holds for raised (or lowered).

    Max-adjusted p up to 10 %.
    """
    return [
        str(scanned.coded.labels[s])
        for s, p in zip(scanned.coded.start, scanned.p_of_group, strict=True)
        if p <= 0.10
    ]


def roundest(below: float, upto: float) -> float:
    """The number with the fewest digits in (below, upto].

    A cut that sends ``below`` left and ``upto`` right.
    """
    if below < 0 <= upto:
        return 0.0
    if upto < 0:  # mirror: floor becomes ceiling, and the open end must stay open
        digits = 12
        for exponent in range(int(np.floor(np.log10(-below))) + 1, -digits, -1):
            for step in _steps(exponent):
                candidate = _clean(-np.ceil(-upto / step) * step, exponent)
                if below < candidate <= upto:
                    return candidate
        return float(upto)
    for exponent in range(int(np.floor(np.log10(upto))) + 1, -12, -1):
        for step in _steps(exponent):
            candidate = _clean(np.floor(upto / step + 1e-9) * step, exponent)
            if below < candidate <= upto:
                return candidate
    return float(upto)


def _steps(exponent):
    return (10.0**exponent, 0.5 * 10.0**exponent, 0.2 * 10.0**exponent)


def _clean(number, exponent):
    return float(round(number, max(0, 2 - exponent)))


def round_cuts(values, n_bins: int) -> list[float]:
    """At most ``n_bins - 1`` round cuts near the quantiles of ``values``; x >= cut goes right.

    At most 12 distinct values are cut at each of them; a heap of zeros is told apart from what is
    above it.
    """
    distinct, count = np.unique(np.asarray(values, float), return_counts=True)
    if len(distinct) <= 12:
        return distinct[1:].tolist()
    cuts = set()
    positive = np.asarray(values)[np.asarray(values) > 0]
    if np.mean(np.asarray(values) == 0) >= 0.05 and len(positive):
        cuts.add(roundest(0.0, float(positive.min())))
        values = positive
    width = 0.35 / n_bins
    for k in range(1, n_bins):
        low, high = np.quantile(
            values, [k / n_bins - width, k / n_bins + width], method="inverted_cdf"
        )
        if low < high:
            cuts.add(roundest(float(low), float(high)))
        elif low > distinct[0]:
            cuts.add(float(low))
    return sorted(c for c in cuts if distinct[0] < c <= distinct[-1])
