"""The profile as a rule: the ladder of conditions, k of m, and precision that has not seen its own
answers.

The ladder adds the found conditions one by one, each time the one with the best F0.5 of "none of
these is contradicted": an unknown value speaks neither for nor against. Its first rows until F0.5
stops rising are the headline rule. Counts and precision are of accounts that are known to meet it,
since only they can be named.
"""

from dataclasses import dataclass

import numpy as np

from icplib.stats.conditions import found_items, met_of
from icplib.stats.drivers import finer_than, forward_drivers
from icplib.stats.intervals import wilson
from icplib.stats.scan import hybrid_score, scan

MIN_ACCOUNTS = 8
MIN_SHARE = 0.02
SWEET_SPOT = 20
COMMON = 0.20  # what fewer of the best have is a niche among them, not what they have in common
SPLIT_ABOVE = 50_000
MIX_FROM = 200


def f_half(n_hit, n_selected, n_best):
    """F0.5 of a rule: precision counts four times as much as coverage. 0 where nothing is hit."""
    return 1.25 * n_hit / np.maximum(n_selected + 0.25 * n_best, 1e-12)


@dataclass(frozen=True)
class Ladder:
    """order: indices of conditions as added. n_accounts, n_best.

    Of each row. n_headline: rows until F0.5 stops rising.
    """

    order: tuple
    n_accounts: tuple
    n_best: tuple
    n_headline: int

    @property
    def n_sweet_spot(self):
        """The last row with at least SWEET_SPOT accounts; 0 when there is none."""
        return max((i + 1 for i, n in enumerate(self.n_accounts) if n >= SWEET_SPOT), default=0)


def build_ladder(met, known, flag, max_conditions=6, min_accounts=None, n_fixed=0):
    """Greedy ladder over conditions. met, known.

    Bool (n, k), met False where unknown; flag: bool (n,).

    A row needs min_accounts that are known to meet it. The first n_fixed conditions are given: they
    come first, in their order, whatever they select.
    """
    n, k = met.shape
    floor = max(MIN_ACCOUNTS, MIN_SHARE * n) if min_accounts is None else min_accounts
    flag = np.asarray(flag, bool)
    possible, total = met | ~known, int(flag.sum())
    surely, maybe = np.ones(n, bool), np.ones(n, bool)
    order, accounts, best, scores = [], [], [], []
    candidates = list(range(k))
    while candidates and len(order) < max_conditions + n_fixed:
        is_fixed = len(order) < n_fixed
        rest = candidates[:1] if is_fixed else candidates
        trial = possible[:, rest] & maybe[:, None]
        score = f_half(trial[flag].sum(axis=0), trial.sum(axis=0), total)
        size = (met[:, rest] & surely[:, None]).sum(axis=0)
        pick = int(np.where((size >= floor) | is_fixed, score, -1.0).argmax())
        if not is_fixed and size[pick] < floor:
            break
        chosen = rest[pick]
        candidates = [j for j in candidates if j != chosen]
        if not is_fixed and np.array_equal(trial[:, pick], maybe):
            continue  # a condition that excludes nobody is no further condition
        order.append(chosen)
        surely, maybe = surely & met[:, chosen], trial[:, pick]
        accounts.append(int(surely.sum()))
        best.append(int((surely & flag).sum()))
        scores.append(score[pick])
    first = max(n_fixed, 1)
    headline = next(
        (i for i in range(first, len(scores)) if scores[i] <= scores[i - 1]), len(scores)
    )
    return Ladder(tuple(order), tuple(accounts), tuple(best), headline)


def best_k_of_m(met, flag):
    """(k, n_accounts, n_best) of "meets at least k of these m" with the best F0.5.

    K = 0 when m is 0.
    """
    flag = np.asarray(flag, bool)
    count = met.sum(axis=1)
    rows = [
        (k, int((count >= k).sum()), int((flag & (count >= k)).sum()))
        for k in range(1, met.shape[1] + 1)
    ]
    return max(
        rows,
        key=lambda row: f_half(row[2], row[1], flag.sum()),
        default=(0, len(flag), int(flag.sum())),
    )


@dataclass(frozen=True)
class Procedure:
    """Everything between a table of accounts and a rule, so that it can be repeated inside folds."""

    q_level: float = 0.10
    gamma: float | None = None
    permutations: int | None = None
    max_conditions: int = 6
    min_accounts: int | None = None
    drivers_only: bool = True
    fixed: tuple = ()
    unsnapped: tuple = ()
    seed: int = 0

    def __call__(self, attributes, flag, value=None):
        """(conditions, Ladder over them): the fixed ones, then what these accounts show.

        ([], None) when nothing passes.

        A found condition on an attribute that a fixed one speaks of is left out.
        """
        found = scan(attributes, flag, value, "up", self.permutations, self.q_level, self.seed)
        return self.state(found, attributes, flag, value)

    def state(self, found, attributes, flag, value=None):
        """The same from a Scan that is already there."""
        taken = {c.attribute for c in self.fixed}
        items = [
            i for i in found_items(found, flag, value, self.unsnapped) if i.attribute not in taken
        ]
        conditions = list(self.fixed) + self._drivers(items, found, attributes, flag, value)
        if not conditions:
            return [], None
        met, known = met_matrix(conditions, {a.name: a for a in attributes})
        return conditions, build_ladder(
            met, known, flag, self.max_conditions, self.min_accounts, len(self.fixed)
        )

    def _drivers(self, items, found, attributes, flag, value):
        if not self.drivers_only or not items:
            return [i.condition for i in items]
        met, known = met_matrix([i.condition for i in items], {a.name: a for a in attributes})
        drivers = drivers_among(items, met, known, hybrid_score(flag, value), found, self.gamma)
        return [items[j].condition for j in drivers.order]


def drivers_among(items, met, known, score, found, gamma):
    """`forward_drivers` among the found items of a Scan, without niches and those that only refine
    another found attribute.
    """
    n_tested, coded = (
        n_tested_items(found),
        {a.coded.attribute.name: a.coded for a in found.attributes},
    )
    finer = finer_than(met, score, [i.attribute for i in items], coded, n_tested, gamma)
    niches = {j for j, i in enumerate(items) if i.n_best_with < COMMON * i.n_best_known}
    return forward_drivers(met, known, score, n_tested, gamma, finer, niches)


def n_tested_items(found):
    """P of the extended BIC: bins, levels and members that a Scan looked at."""
    return sum(len(a.coded.labels) for a in found.attributes)


def met_matrix(conditions, by_name):
    """(met, known): bool arrays (n, k) of conditions on a dict of Attributes."""
    pairs = [met_of(c, by_name[c.attribute]) for c in conditions]
    n = len(next(iter(by_name.values())))
    if not pairs:
        return np.zeros((n, 0), bool), np.zeros((n, 0), bool)
    return np.column_stack([m for m, _ in pairs]), np.column_stack([k for _, k in pairs])


@dataclass(frozen=True)
class Nested:
    """The whole procedure repeated without the accounts it is judged on.

    selected, best: held-out counts by number of conditions (index 0 = the fold's own headline).
    repeats: how many times every account was held out. points: 0-100 (n,), share of the conditions
    met that were found without the account, among those known of it; NaN where nothing was found or
    nothing is known. inside: share of the folds without the account whose headline it met, NaN where
    none had one. n_refused: folds in which nothing was found.
    """

    selected: np.ndarray
    best: np.ndarray
    repeats: int
    points: np.ndarray
    inside: np.ndarray
    n_folds: int
    n_refused: int

    def precision(self, n_conditions):
        """Held-out precision of the row with n_conditions (0: the headline).

        NaN when no fold selected anybody.
        """
        return (
            self.best[n_conditions] / self.selected[n_conditions]
            if self.selected[n_conditions]
            else np.nan
        )


def nested(attributes, flag, value, procedure, folds=5, repeats=2, seed=0):
    """Repeat a Procedure in folds stratified by flag.

    Above SPLIT_ABOVE accounts one split in halves, used both ways.
    """
    flag = np.asarray(flag, bool)
    n = len(flag)
    if n > SPLIT_ABOVE:
        folds, repeats = 2, 1
    selected, best = np.zeros(procedure.max_conditions + 1), np.zeros(procedure.max_conditions + 1)
    total, times, refused = np.zeros(n), np.zeros(n), 0
    met_rule, judged = np.zeros(n), np.zeros(n)
    for repeat in range(repeats):
        fold_of = stratified_folds(flag, folds, np.random.default_rng([seed, repeat]))
        for fold in range(folds):
            held = fold_of == fold
            train = [a.take(~held) for a in attributes]
            conditions, ladder = procedure(
                train, flag[~held], None if value is None else value[~held]
            )
            if not conditions:
                refused += 1
                continue
            used = {c.attribute for c in conditions}
            met, known = met_matrix(
                conditions, {a.name: a.take(held) for a in attributes if a.name in used}
            )
            n_known = known.sum(axis=1)
            share = np.divide(
                100.0 * met.sum(axis=1), n_known, out=np.zeros(len(met)), where=n_known > 0
            )
            total[held] += share
            times[held] += n_known > 0
            met_rule[held] += met[:, ladder.order[: ladder.n_headline]].all(axis=1)
            judged[held] += 1
            for rows in range(1, len(ladder.order) + 1):
                inside = met[:, ladder.order[:rows]].all(axis=1)
                at = [rows, 0] if rows == ladder.n_headline else [rows]
                selected[at] += inside.sum()
                best[at] += (inside & flag[held]).sum()
    points = np.divide(total, times, out=np.full(n, np.nan), where=times > 0)
    inside = np.divide(met_rule, judged, out=np.full(n, np.nan), where=judged > 0)
    return Nested(selected, best, repeats, points, inside, folds * repeats, refused)


def stratified_folds(flag, folds, rng):
    """Fold number of each account (n,), the best spread evenly."""
    fold_of = np.empty(len(flag), int)
    for group in (True, False):
        rows = rng.permutation(np.flatnonzero(flag == group))
        fold_of[rows] = (np.arange(len(rows)) + rng.integers(folds)) % folds
    return fold_of


def honest_precision(n_best, n_accounts, cv_precision, n):
    """(precision, low, high) of a rule that was found in the data that it is counted on.

    Headline: the nested precision below MIX_FROM accounts, .632 nested + .368 apparent from there
    on; the interval is Wilson's of the mix with the rule's own number of accounts. NaN where no
    fold selected anybody.
    """
    mix = 0.632 * cv_precision + 0.368 * n_best / max(n_accounts, 1)
    low, high = wilson(mix * n_accounts, n_accounts)
    return (
        (float(cv_precision if n < MIX_FROM else mix), float(low), float(high))
        if np.isfinite(mix)
        else (np.nan,) * 3
    )
