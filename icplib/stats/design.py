"""Who may change places with whom under chance: start-date strata and company groups.

Permuting customers freely assumes that they are alike in time and unrelated. A draw here keeps
every start-date stratum together; where some company groups ("units") hold several customers, the
customers stay in place and each unit's deviations from the mean of their stratum change their sign
together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

MOST_STRATA = 8
UNITS_A_STRATUM = 12
CELLS_AT_ONCE = 4_000_000
LARGE = 20_000  # customers; above it a stratified sample goes into search, rule and card


@dataclass(frozen=True)
class Design:
    """unit: int (n,), company group; start: float (n,), days, NaN where unknown.

    rivals: other explanations by name (seller, channel), codes (n,), -1 where unknown. worth: a
    second score (n,) by which a find may hold beside them, as the scan has two.
    """

    unit: np.ndarray
    start: np.ndarray
    rivals: dict[str, np.ndarray] = field(default_factory=dict)
    worth: np.ndarray | None = None

    @classmethod
    def plain(cls, n: int) -> Design:
        """Nobody related, nobody older."""
        return cls(np.arange(n), np.zeros(n))

    @classmethod
    def of(cls, group: pd.Series, start: pd.Series) -> Design:
        """From the company group (its own name where alone) and the start date of each row."""
        days = (start - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
        return cls(pd.factorize(group, sort=True)[0], days.to_numpy("float64", na_value=np.nan))

    def take(self, rows: np.ndarray) -> Design:
        """The same of some rows (a mask or an index array)."""
        rivals = {name: codes[rows] for name, codes in self.rivals.items()}
        worth = None if self.worth is None else self.worth[rows]
        return Design(self.unit[rows], self.start[rows], rivals, worth)

    @property
    def n_units(self) -> int:
        """How many unrelated units (families of accounts) there are."""
        return len(np.unique(self.unit))

    def units_in(self, inside: np.ndarray) -> int:
        """Independent units among the rows of a mask."""
        return len(np.unique(self.unit[inside]))

    def strata(self) -> np.ndarray:
        """Start-date stratum of each row: up to MOST_STRATA of about equal size."""
        known = np.isfinite(self.start)
        k = int(np.clip(self.n_units // UNITS_A_STRATUM, 1, MOST_STRATA))
        if not known.any():
            return np.zeros(len(self.start), int)
        cuts = np.quantile(self.start[known], np.arange(1, k) / k, method="inverted_cdf")
        return np.where(known, np.searchsorted(np.unique(cuts), self.start, side="left"), k)

    def draws(
        self, scores: np.ndarray, permutations: int, seed: int
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """(which draws, scores (k, n, draws) under chance) in blocks that fit into memory."""
        n = scores.shape[1]
        rng = np.random.default_rng([seed, n])
        unit = np.unique(self.unit, return_inverse=True)[1]
        n_units, strata = int(unit.max()) + 1, np.unique(self.strata(), return_inverse=True)[1]
        scores = scores.astype(np.float32)
        mean = np.array([np.bincount(strata, s) / np.bincount(strata) for s in scores])[:, strata]
        scale = np.sqrt(n_units / max(n_units - strata.max() - 1, 1))
        rest = ((scores - mean) * scale).astype(np.float32)
        mean = mean.astype(np.float32)
        members = [np.flatnonzero(strata == s) for s in range(strata.max() + 1)]
        for first in range(0, permutations, max(CELLS_AT_ONCE // n, 1)):
            m = min(max(CELLS_AT_ONCE // n, 1), permutations - first)
            if n_units < n:
                sign = rng.integers(0, 2, (n_units, m)).astype(np.float32) * 2 - 1
                drawn = mean[:, :, None] + rest[:, :, None] * sign[unit]
            else:
                order = np.empty((m, n), np.int32)
                for rows in members:
                    order[:, rows] = rng.permuted(np.tile(rows, (m, 1)), axis=1)
                drawn = scores[:, order.T]
            yield slice(first, first + m), drawn

    def sample(self, flag: np.ndarray, seed: int, size: int = LARGE) -> np.ndarray:
        """Rows of about ``size`` customers, whole units, in proportion to best and start stratum.

        All rows where there are no more. Every stratum is drawn at one rate, so no weights are due.
        """
        n = len(flag)
        if n <= size:
            return np.arange(n)
        unit = np.unique(self.unit, return_inverse=True)[1]
        has_best = np.bincount(unit, flag) > 0
        begun = np.bincount(unit, self.strata()) // np.bincount(unit)
        chance = np.random.default_rng([seed, n]).random(len(has_best))
        order = np.lexsort((chance, begun, has_best))
        step = n / size
        chosen = order[np.unique((np.arange(int(len(order) / step)) * step).astype(int))]
        return np.flatnonzero(np.isin(unit, chosen))


def folds_of(
    flag: np.ndarray, folds: int, rng: np.random.Generator, unit: np.ndarray
) -> np.ndarray:
    """Fold number of each row (n,): units stay together, best and size spread evenly.

    Largest units first, each into the fold that has fewest best, then fewest rows.
    """
    flag = np.asarray(flag, bool)
    unit = np.unique(unit, return_inverse=True)[1]
    size, best = np.bincount(unit), np.bincount(unit, flag)
    turn = rng.permutation(len(size))
    order = turn[np.lexsort((-size[turn], -best[turn]))]
    load, hits = np.zeros(folds), np.zeros(folds)
    fold = np.empty(len(size), int)
    for u in order:
        k = int(np.lexsort((rng.random(folds), load, hits))[0] if best[u] else np.argmin(load))
        fold[u] = k
        load[k] += size[u]
        hits[k] += best[u]
    return fold[unit]
