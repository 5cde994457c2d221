"""Attributes cut into the groups of accounts that may be told apart: runs of bins, levels, members.

An attribute is numeric (quantile bins), ordinal (levels in order), nominal (levels) or a set
(members, of which an account can have several). Every account has one *code*; a code belongs to one
cell (bin, level) or to several (members of a set). A *group* is a run of consecutive cells: any run
for numbers and ordered levels, a single cell otherwise.
"""

from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

KINDS = ("numeric", "ordinal", "nominal", "set")
MAX_BINS = 20
MAX_LEVELS = 200  # rare ones are pooled; more is an identifier
MIN_GROUP = 5
LARGEST_SHARE = 0.80
LARGEST_MEMBER_SHARE = 0.95
SAMPLE_FOR_CUTS = 100_000


class Attribute:
    """One attribute of n accounts.

    values: numeric -> float array, NaN = unknown; nominal -> object array of text, None = unknown;
    set -> object array of tuples of text, None = unknown and () = known to be empty; ordinal -> as
    nominal, `levels` from low to high. Text and sets are kept as `codes` (int32 (n,), -1 = unknown)
    into the few `distinct` ones: a million accounts are looked up once.
    """

    def __init__(self, name, kind, values, levels=()):
        if kind not in KINDS:
            raise ValueError(
                f"kind of attribute {name!r} is {kind!r}; expected one of {', '.join(KINDS)}"
            )
        self.name, self.kind, self.levels = name, kind, tuple(levels)
        if kind == "numeric":
            self.numbers = np.asarray(values, float)
            return
        values = values if isinstance(values, pd.Series) else np.asarray(values, object)
        if values.ndim > 1:  # equally long tuples became a matrix
            rows, values = values, np.empty(len(values), dtype=object)
            values[:] = [tuple(row) for row in rows]
        codes, distinct = pd.factorize(values)
        self.codes, self.distinct = (
            codes.astype(np.int32),
            np.fromiter(distinct, object, len(distinct)),
        )

    def __repr__(self):
        return f"Attribute({self.name!r}, {self.kind!r}, {len(self)} accounts)"

    def __len__(self):
        return len(self.numbers if self.kind == "numeric" else self.codes)

    @property
    def values(self):
        """The values (n,) as they were given."""
        return (
            self.numbers
            if self.kind == "numeric"
            else np.fromiter((*self.distinct, None), object, len(self.distinct) + 1)[self.codes]
        )

    @property
    def known(self):
        """Bool array (n,): the value is known."""
        return ~np.isnan(self.numbers) if self.kind == "numeric" else self.codes >= 0

    def take(self, rows):
        """The same attribute for some rows (a mask or an index array).

        Itself where the mask holds all.
        """
        if rows.dtype == bool and rows.all():
            return self
        part = copy(self)
        if self.kind == "numeric":
            part.numbers = self.numbers[rows]
        else:
            part.codes = self.codes[rows]
        return part


@dataclass(frozen=True)
class Coded:
    """An attribute cut into cells and groups.

    codes: int array (n,), -1 = unknown. cells: 0/1 array (n_codes, n_cells). labels: one per cell
    (level, member, or (lowest, highest) value of a bin). n_in_cell: accounts per cell. start, stop:
    the groups as half-open runs of cells; n_in_group their accounts. refused: why the attribute
    cannot be scanned, or "".
    """

    attribute: Attribute
    codes: np.ndarray
    cells: np.ndarray
    labels: tuple
    n_in_cell: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    n_in_group: np.ndarray
    refused: str = ""

    @property
    def known(self):
        """Which accounts have a known value, bool (n,)."""
        return self.codes >= 0

    @cached_property
    def n_of_code(self):
        """Accounts by code, int array."""
        return np.bincount(self.codes + 1, minlength=len(self.cells) + 1)[1:]

    @cached_property
    def n_known(self):
        """How many accounts have a known value."""
        return int(self.n_of_code.sum())

    @property
    def is_disjoint(self):
        """Whether an account is in one cell at most (all kinds but sets)."""
        return self.attribute.kind != "set"

    def code_sums(self, scores):
        """Sums of scores (n,) by code, known accounts only."""
        return np.bincount(self.codes + 1, weights=scores, minlength=len(self.cells) + 1)[1:]

    def cell_sums(self, scores):
        """Sums of scores (n,) by cell, known accounts only."""
        return self.code_sums(scores) @ self.cells

    @cached_property
    def weights(self):
        """(n_cells, n_groups): sums of scores by cell, times these, are the z of the groups.

        The scores have mean 0 and variance 1.
        """
        cell = np.arange(len(self.labels))[:, None]
        return ((cell >= self.start) & (cell < self.stop)) * self.step

    @cached_property
    def step(self):
        """What a sum of such scores adds to the z of a group if it grows by 1, by group."""
        n, size = self.n_known, self.n_in_group
        return 1 / np.sqrt(size * (n - size) / max(n - 1, 1))

    def runs(self, cell_sums):
        """Sums by group from sums by cell (n_cells,)."""
        edges = np.concatenate([[0], np.cumsum(cell_sums)])
        return edges[self.stop] - edges[self.start]

    @cached_property
    def order(self):
        """Positions of the known accounts of a number, by its value."""
        return np.argsort(self.attribute.values, kind="stable")[: self.n_known].astype(np.int32)


def cut_points(values, max_bins=MAX_BINS):
    """Upper ends of at most max_bins quantile bins (the last bin is open).

    Observed values, increasing, distinct.

    At most 12 distinct values are cut at each value; a heap of zeros gets a bin of its own.
    """
    if len(values) > SAMPLE_FOR_CUTS:
        values = values[:: len(values) // SAMPLE_FOR_CUTS + 1]
    values = np.sort(values)
    distinct = values[np.append(True, values[1:] > values[:-1])]
    if len(distinct) <= 12:
        return distinct[:-1]
    cuts = quantiles(values, np.arange(1, max_bins) / max_bins)
    if np.mean(values == 0) >= 0.05:
        below = distinct[distinct < 0]
        cuts = np.concatenate([cuts, [0.0], below[-1:]])
    cuts = np.unique(cuts)
    return cuts[cuts < distinct[-1]]


def quantiles(ordered, shares):
    """Quantiles of sorted values that are values themselves (inverse distribution function)."""
    return ordered[np.maximum(np.ceil(len(ordered) * shares).astype(int) - 1, 0)]


def code(attribute, min_group=MIN_GROUP):
    """Cut an attribute into cells and groups.

    Levels under min_group accounts are pooled and not tested.
    """
    coder = {
        "numeric": _code_numbers,
        "ordinal": _code_order,
        "nominal": _code_levels,
        "set": _code_members,
    }[attribute.kind]
    codes, cells, labels, testable, refused = coder(attribute, min_group)
    n_of_code = np.bincount(codes + 1, minlength=len(cells) + 1)[1:]
    n_known, n_in_cell = int(n_of_code.sum()), n_of_code @ cells
    start, stop = (
        _runs(len(labels))
        if attribute.kind in ("numeric", "ordinal")
        else (np.flatnonzero(testable), np.flatnonzero(testable) + 1)
    )
    edges = np.concatenate([[0], np.cumsum(n_in_cell)])
    size = (edges[stop] - edges[start]).astype(int)
    largest = LARGEST_MEMBER_SHARE if attribute.kind == "set" else LARGEST_SHARE
    fits = (size >= min_group) & (size <= largest * n_known) & (size <= n_known - min_group)
    if refused:
        fits[:] = False
    return Coded(
        attribute,
        codes,
        cells,
        tuple(labels),
        n_in_cell.astype(int),
        start[fits],
        stop[fits],
        size[fits],
        refused,
    )


@lru_cache
def _runs(n_cells):
    start, stop = np.triu_indices(n_cells + 1, k=1)
    return start, stop


def _code_order(attribute, min_group):
    rank = {level: i for i, level in enumerate(attribute.levels)}
    strange = sorted({v for v in attribute.distinct if isinstance(v, str) and v not in rank})
    if strange:
        raise ValueError(
            f"level {strange[0]!r} of {attribute.name!r} is not among its ordered levels"
        )
    codes = np.array([rank.get(v, -1) for v in (*attribute.distinct, None)], dtype=np.int32)[
        attribute.codes
    ]
    return codes, np.eye(len(rank)), list(attribute.levels), np.ones(len(rank), bool), ""


def _code_numbers(attribute, min_group):
    values = attribute.values
    known = ~np.isnan(values)
    codes = np.full(len(values), -1, dtype=np.int32)
    numbers = values[known]
    if len(numbers) == 0:
        return codes, np.zeros((0, 0)), [], np.zeros(0, bool), ""
    cuts = cut_points(numbers)
    bins = np.searchsorted(cuts, numbers, side="left")
    codes[known] = bins
    n_bins = len(cuts) + 1
    low, high = np.full(n_bins, np.inf), np.full(n_bins, -np.inf)
    np.minimum.at(low, bins, numbers)
    np.maximum.at(high, bins, numbers)
    return (
        codes,
        np.eye(n_bins),
        list(zip(low.tolist(), high.tolist(), strict=True)),
        np.ones(n_bins, bool),
        "",
    )


def _code_levels(attribute, min_group):
    codes, levels, count = _here(attribute)
    n_known = int(count.sum())
    if len(levels) > MAX_LEVELS or len(levels) > max(n_known / 5, 2):
        refused = (
            f"{len(levels)} different values among {n_known} accounts: an identifier, not a"
            " category"
        )
        return np.minimum(codes, 0), np.eye(1), ["other"], np.zeros(1, bool), refused
    order = np.array(
        sorted(range(len(levels)), key=lambda i: (count[i] < min_group, str(levels[i]))), dtype=int
    )
    kept = [str(levels[i]) for i in order if count[i] >= min_group]
    new = np.full(len(levels) + 1, -1, dtype=np.int32)  # the last place serves code -1
    new[order] = np.minimum(np.arange(len(levels)), len(kept))
    has_other = len(kept) < len(levels)
    n_cells = len(kept) + has_other
    testable = np.arange(n_cells) < len(kept)
    return new[codes], np.eye(n_cells), kept + ["other"] * has_other, testable, ""


def _code_members(attribute, min_group):
    codes, combinations, count = _here(attribute)
    members = sorted({member for combination in combinations for member in combination})
    cells = np.array(
        [[member in combination for member in members] for combination in combinations], float
    ).reshape(len(combinations), len(members))
    return codes, cells, members, count @ cells >= min_group, ""


def _here(attribute):
    """(codes, distinct, counts) of those texts or sets that some account of this part has."""
    count = np.bincount(attribute.codes + 1, minlength=len(attribute.distinct) + 1)[1:]
    is_here = count > 0
    if is_here.all():
        return attribute.codes, attribute.distinct, count
    place = np.append(np.where(is_here, np.cumsum(is_here) - 1, -1), -1).astype(np.int32)
    return place[attribute.codes], attribute.distinct[is_here], count[is_here]
