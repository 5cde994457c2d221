"""From a scan to items that can be stated: level unions, set members, ranges.

Each with its counts.
"""

from dataclasses import dataclass, replace

import numpy as np

from icplib.conditions import Condition
from icplib.stats.design import Design
from icplib.stats.groups import MIN_GROUP, Attribute
from icplib.stats.intervals import shrinkage_variance
from icplib.stats.ranges import best_range
from icplib.stats.scan import MIN_BEST_INSIDE, normal_scores

EXCLUSIVE = 0.5


def met_of(condition, attribute):
    """(met, known): two bool arrays (n,) for an Attribute; met is False where unknown."""
    if condition.op == "between":
        return condition.inside(attribute.values), attribute.known
    has = [bool(condition.holds(value)) for value in attribute.distinct]
    return np.array([*has, False])[attribute.codes], attribute.known


@dataclass(frozen=True)
class Item:
    """A condition with what the data say: counts among the known.

    Z (max-combo) and p (max-adjusted within the attribute) of its strongest group. thin:
    independent units by account, inside and outside.
    """

    condition: Condition
    direction: str
    z: float
    p: float
    n_known: int
    n_with: int
    n_best_known: int
    n_best_with: int
    thin: tuple[float, float] = (1.0, 1.0)

    @property
    def attribute(self):
        """Name of the attribute that the condition asks about."""
        return self.condition.attribute

    @property
    def effective(self) -> tuple[float, float, float, float]:
        """The counts as if every unit were one account: what an interval may rest on."""
        a, n1, c, n0 = self.counts
        return a * self.thin[0], n1 * self.thin[0], c * self.thin[1], n0 * self.thin[1]

    @property
    def counts(self):
        """(best inside, inside, best outside, outside), as the intervals want them."""
        return (
            self.n_best_with,
            self.n_with,
            self.n_best_known - self.n_best_with,
            self.n_known - self.n_with,
        )


def thinned(item: Item, attribute: Attribute, design: Design) -> Item:
    """The Item with the units that stand behind its counts."""
    met, known = met_of(item.condition, attribute)
    sides = [met & known, ~met & known]
    inside, outside = (design.units_in(s) / max(int(s.sum()), 1) for s in sides)
    return replace(item, thin=(inside or 1.0, outside or 1.0))


def found_items(scan, flag, value=None, unsnapped=()):
    """Items of all found attributes of a Scan, strongest attribute first.

    flag, value as scanned. unsnapped: names of numeric attributes whose ends stay as found (dates,
    for instance).
    """
    flag = np.asarray(flag, bool)
    scores = None if value is None else normal_scores(value)
    items = []
    for scanned in sorted(scan.found, key=lambda a: (a.p, -a.z.max())):
        items += items_of(scanned, flag, scores, scanned.item_level, scanned.name not in unsnapped)
    return items


def items_of(scanned, flag, value_scores=None, level=1.0, snap=True):
    """Items of one AttributeScan whose max-adjusted p is at most level."""
    kind = scanned.coded.attribute.kind
    if kind == "numeric":
        return _range_item(scanned, flag, value_scores, level, snap)
    if kind == "ordinal":
        return _run_item(scanned, flag, level)
    passing = [
        g
        for g in np.argsort(-scanned.z, kind="stable")
        if scanned.p_of_group[g] <= level and scanned.z[g] > 0
    ]
    unions = [passing] if kind == "nominal" else _exclusive_unions(scanned.coded, passing)
    op = "in" if kind == "nominal" else "contains"
    items = []
    for union in unions:
        if union:
            labels = tuple(scanned.coded.labels[scanned.coded.start[g]] for g in union)
            condition = Condition(attribute=scanned.name, op=op, values=labels)
            items += _counted(condition, scanned, union, flag)
    return items


def _range_item(scanned, flag, value_scores, level, snap):
    if not len(scanned.z) or scanned.p > level:
        return []
    found = best_range(scanned, flag, value_scores, snap)
    if found is None:
        return []
    condition = Condition(
        attribute=scanned.name,
        op="between",
        low=found.low,
        high=found.high,
        low_support=found.low_support,
        high_support=found.high_support,
    )
    return _counted(condition, scanned, [int(scanned.z.argmax())], flag)


def _run_item(scanned, flag, level):
    """The best run of ordered levels."""
    if not len(scanned.z) or scanned.p > level or scanned.z.max() <= 0:
        return []
    best = int(scanned.z.argmax())
    levels = scanned.coded.labels[scanned.coded.start[best] : scanned.coded.stop[best]]
    condition = Condition(attribute=scanned.name, op="in", values=tuple(levels))
    return _counted(condition, scanned, [best], flag)


def _counted(condition, scanned, groups, flag):
    item = count(condition, scanned.coded.attribute, flag)
    if scanned.direction == "up" and item.n_best_with < MIN_BEST_INSIDE:
        return []
    return [
        replace(
            item,
            direction=scanned.direction,
            z=float(scanned.z[groups].max()),
            p=float(scanned.p_of_group[groups].min()),
        )
    ]


def count(condition, attribute, flag):
    """The Item of a condition that was not searched for: counts only (z and p are NaN)."""
    holds, known = met_of(condition, attribute)
    return Item(
        condition,
        "up",
        np.nan,
        np.nan,
        int(known.sum()),
        int(holds.sum()),
        int((known & flag).sum()),
        int((holds & flag).sum()),
    )


def _exclusive_unions(coded, groups):
    """Members that exclude each other share one condition ("AWS or Azure").

    They occur together less than half as often as independence says.
    """
    together = coded.cells.T @ (coded.n_of_code[:, None] * coded.cells)
    unions = []
    for g in groups:
        cell = coded.start[g]
        for union in unions:
            others = coded.start[union]
            expected = coded.n_in_cell[cell] * coded.n_in_cell[others] / coded.n_known
            if np.all(together[cell, others] < EXCLUSIVE * expected):
                union.append(g)
                break
        else:
            unions.append([g])
    return unions


def part_items(coded, parts=5):
    """Items looked at in one attribute: levels, members, fifths of a number.

    (0/1 array (n_codes, m), sizes (m,)).
    """
    cells = coded.cells
    if coded.attribute.kind == "numeric" and len(coded.n_in_cell):
        middle = np.cumsum(coded.n_in_cell) - coded.n_in_cell / 2
        part = np.minimum(middle * parts // coded.n_known, parts - 1).astype(int)
        cells = np.eye(parts)[part]
    size = coded.n_of_code @ cells
    kept = (size >= MIN_GROUP) & (size <= coded.n_known - MIN_GROUP)
    return cells[:, kept], size[kept]


def tested_counts(scan, flag):
    """Counts (best inside, inside, best outside, outside) of all items looked at: array (m, 4).

    What the false coverage rate refers to, and the spread of true lifts.
    """
    rows = [np.zeros((0, 4))]
    for scanned in scan.attributes:
        coded = scanned.coded
        items, size = part_items(coded)
        if len(size) and not coded.refused:
            best = coded.code_sums(flag) @ items
            rows.append(
                np.column_stack([best, size, scanned.n_best_known - best, coded.n_known - size])
            )
    return np.vstack(rows)


def true_spread(scan, flag):
    """tau2 of `shrinkage_variance` over levels, members and fifths of numbers.

    All as they are, since the chance in a range, which is the best of many, would pass for spread.
    """
    return shrinkage_variance(*tested_counts(scan, flag).T)
