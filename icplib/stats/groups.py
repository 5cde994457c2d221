"""Attributes cut into the groups of accounts that may be told apart: runs of bins, levels, members.

An attribute is numeric (quantile bins), ordinal (levels in order), nominal (levels) or a set (members, of which an account
can have several). Every account has one *code*; a code belongs to one cell (bin, level) or to several (members of a set).
A *group* is a run of consecutive cells: any run for numbers and ordered levels, a single cell otherwise.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

KINDS = ("numeric", "ordinal", "nominal", "set")
MAX_BINS = 20
MAX_LEVELS = 50
MIN_GROUP = 5
LARGEST_SHARE = 0.80
LARGEST_MEMBER_SHARE = 0.95
SAMPLE_FOR_CUTS = 100_000


@dataclass(frozen=True)
class Attribute:
    """One attribute of n accounts.

    values: numeric -> float array, NaN = unknown; nominal -> object array of text, None = unknown; set -> object array
    of tuples of text, None = unknown and () = known to be empty; ordinal -> as nominal, `levels` from low to high.
    """

    name: str
    kind: str
    values: np.ndarray = field(repr=False)
    levels: tuple = ()

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"kind of attribute {self.name!r} is {self.kind!r}; expected one of {', '.join(KINDS)}")
        values = np.asarray(self.values, dtype=float if self.kind == "numeric" else object)
        if values.ndim != 1:  # equally long tuples become a matrix
            rows = np.empty(len(self.values), dtype=object)
            rows[:] = [tuple(row) for row in self.values]
            values = rows
        object.__setattr__(self, "values", values)

    def __len__(self):
        return len(self.values)

    @property
    def known(self):
        """Bool array (n,): the value is known."""
        return ~pd.isna(self.values) if self.kind != "set" else np.array([v is not None for v in self.values], dtype=bool)

    def take(self, rows):
        """The same attribute for some rows (a mask or an index array)."""
        return Attribute(self.name, self.kind, self.values[rows], self.levels)


@dataclass(frozen=True)
class Coded:
    """An attribute cut into cells and groups.

    codes: int array (n,), -1 = unknown. cells: 0/1 array (n_codes, n_cells). labels: one per cell (level, member, or
    (lowest, highest) value of a bin). n_in_cell: accounts per cell. start, stop: the groups as half-open runs of cells;
    n_in_group their accounts. refused: why the attribute cannot be scanned, or "".
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
        return self.codes >= 0

    @property
    def n_known(self):
        return int((self.codes >= 0).sum())

    @property
    def is_disjoint(self):
        return self.attribute.kind != "set"

    def cell_sums(self, scores):
        """Sums of scores (n,) by cell, known accounts only."""
        known = self.codes >= 0
        by_code = np.bincount(self.codes[known], weights=np.asarray(scores, float)[known], minlength=len(self.cells))
        return by_code @ self.cells

    @cached_property
    def cells_of_group(self):
        """0/1 array (n_cells, n_groups)."""
        cell = np.arange(len(self.labels))[:, None]
        return ((cell >= self.start) & (cell < self.stop)).astype(float)

    def group_sums(self, cell_sums):
        """Sums by group from sums by cell; works on (n_cells,) and on (draws, n_cells)."""
        return cell_sums @ self.cells_of_group


def cut_points(values, max_bins=MAX_BINS):
    """Upper ends of at most max_bins quantile bins (the last bin is open): observed values, increasing, distinct.

    At most 12 distinct values are cut at each value; a heap of zeros gets a bin of its own.
    """
    if len(values) > SAMPLE_FOR_CUTS:
        values = values[:: len(values) // SAMPLE_FOR_CUTS + 1]
    distinct = np.unique(values)
    if len(distinct) <= 12:
        return distinct[:-1]
    cuts = np.quantile(values, np.arange(1, max_bins) / max_bins, method="inverted_cdf")
    if np.mean(values == 0) >= 0.05:
        below = distinct[distinct < 0]
        cuts = np.concatenate([cuts, [0.0], below[-1:]])
    cuts = np.unique(cuts)
    return cuts[cuts < distinct[-1]]


def code(attribute, min_group=MIN_GROUP):
    """Cut an attribute into cells and groups. Levels under min_group accounts are pooled and not tested."""
    coder = {"numeric": _code_numbers, "ordinal": _code_order, "nominal": _code_levels, "set": _code_members}[attribute.kind]
    codes, cells, labels, testable, refused = coder(attribute, min_group)
    n_known = int((codes >= 0).sum())
    n_in_cell = np.bincount(codes[codes >= 0], minlength=len(cells)) @ cells
    start, stop = _runs(len(labels)) if attribute.kind in ("numeric", "ordinal") else (np.flatnonzero(testable), np.flatnonzero(testable) + 1)
    edges = np.concatenate([[0], np.cumsum(n_in_cell)])
    size = (edges[stop] - edges[start]).astype(int)
    largest = LARGEST_MEMBER_SHARE if attribute.kind == "set" else LARGEST_SHARE
    fits = (size >= min_group) & (size <= largest * n_known) & (size <= n_known - min_group)
    if refused:
        fits[:] = False
    return Coded(attribute, codes, cells, tuple(labels), n_in_cell.astype(int), start[fits], stop[fits], size[fits], refused)


def _runs(n_cells):
    start, stop = np.triu_indices(n_cells + 1, k=1)
    return start, stop


def _code_order(attribute, min_group):
    rank = {level: i for i, level in enumerate(attribute.levels)}
    strange = sorted({v for v in attribute.values if isinstance(v, str) and v not in rank})
    if strange:
        raise ValueError(f"level {strange[0]!r} of {attribute.name!r} is not among its ordered levels")
    codes = np.array([rank.get(v, -1) for v in attribute.values], dtype=np.int32)
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
    return codes, np.eye(n_bins), list(zip(low.tolist(), high.tolist())), np.ones(n_bins, bool), ""


def _code_levels(attribute, min_group):
    codes, levels = pd.factorize(attribute.values, sort=False)
    n_known = int((codes >= 0).sum())
    refused = ""
    if len(levels) > MAX_LEVELS or len(levels) > max(n_known / 5, 2):
        refused = f"{len(levels)} different values among {n_known} accounts: an identifier, not a category"
    count = np.bincount(codes[codes >= 0], minlength=len(levels))
    order = np.array(sorted(range(len(levels)), key=lambda i: (count[i] < min_group, str(levels[i]))), dtype=int)
    kept = [str(levels[i]) for i in order if count[i] >= min_group]
    new = np.full(len(levels) + 1, -1)  # the last place serves code -1
    new[order] = np.minimum(np.arange(len(levels)), len(kept))
    has_other = len(kept) < len(levels)
    n_cells = len(kept) + has_other
    testable = np.arange(n_cells) < len(kept)
    return new[codes].astype(np.int32), np.eye(n_cells), kept + ["other"] * has_other, testable, refused


def _code_members(attribute, min_group):
    codes, combinations = pd.factorize(attribute.values, sort=False)
    member_of = [(row, member) for row, combination in enumerate(combinations) for member in set(combination)]
    members = sorted({member for _, member in member_of})
    column = {member: i for i, member in enumerate(members)}
    cells = np.zeros((len(combinations), len(members)))
    for row, member in member_of:
        cells[row, column[member]] = 1.0
    count = np.bincount(codes[codes >= 0], minlength=len(combinations)) @ cells if len(combinations) else np.zeros(0)
    return codes.astype(np.int32), cells, members, count >= min_group, ""
