"""The profile as a rule: ladder of conditions, k of m, precision on answers not seen before.

The ladder adds the found conditions one by one, each time the one with the best F0.5 of "none of
these is contradicted": an unknown value speaks neither for nor against. Its first rows until F0.5
stops rising are the headline rule. Counts and precision are of accounts that are known to meet it,
since only they can be named.
"""

from dataclasses import dataclass

import numpy as np

from icplib.stats.conditions import found_items, met_of
from icplib.stats.design import Design, folds_of
from icplib.stats.drivers import finer_than, forward_drivers
from icplib.stats.estimate import Estimate
from icplib.stats.intervals import wilson
from icplib.stats.scan import Choice, hybrid_score, scan_both
from icplib.stats.within import is_kept

MIN_ACCOUNTS = 8
MIN_SHARE = 0.02
SWEET_SPOT = 20
FOLDS = 5
COMMON = 0.20  # what fewer of the best have is a niche among them, not what they have in common
APPARENT_HALF = 500  # accounts at which the apparent precision weighs as much as the held-out one


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


@dataclass(frozen=True)
class Limits:
    """What a row of a ladder has to keep.

    min_accounts: units known to meet it. The first n_fixed conditions are given: they come first,
    in their order, whatever they select.
    """

    max_conditions: int = 6
    min_accounts: float | None = None
    n_fixed: int = 0


def build_ladder(met, known, flag, limits=Limits(), design=None):
    """Greedy ladder over conditions. met, known: bool (n, k), met False where unknown."""
    n, k = met.shape
    max_conditions, n_fixed = limits.max_conditions, limits.n_fixed
    floor = limits.min_accounts
    floor = max(MIN_ACCOUNTS, MIN_SHARE * n) if floor is None else floor
    design = design or Design.plain(n)
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
        size = np.array([design.units_in(met[:, j] & surely) for j in rest])
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
    """Everything between a table of accounts and a rule, so that it can be repeated inside folds."""  # noqa: E501

    q_level: float = 0.10
    gamma: float | None = None
    permutations: int = 999
    max_conditions: int = 6
    min_accounts: float | None = None
    drivers_only: bool = True
    fixed: tuple = ()
    unsnapped: tuple = ()
    seed: int = 0

    def __call__(self, attributes, flag, value=None, design=None):
        """(conditions, Ladder over them): the fixed ones, then what these accounts show.

        ([], None) when nothing passes.

        A found condition on an attribute that a fixed one speaks of is left out.
        """
        choice = Choice(self.permutations, self.q_level, self.seed)
        found, _ = scan_both(attributes, flag, value, choice, design)
        return self.state(found, attributes, flag, value, design)

    def state(self, found, attributes, flag, value=None, design=None):
        """The same from a Scan that is already there."""
        taken = {c.attribute for c in self.fixed}
        items = [
            i for i in found_items(found, flag, value, self.unsnapped) if i.attribute not in taken
        ]
        conditions = list(self.fixed) + self._drivers(
            items, found, attributes, hybrid_score(flag, value), design
        )
        if not conditions:
            return [], None
        met, known = met_matrix(conditions, {a.name: a for a in attributes})
        limits = Limits(self.max_conditions, self.min_accounts, len(self.fixed))
        return conditions, build_ladder(met, known, flag, limits, design)

    def _drivers(self, items, found, attributes, score, design):
        if not self.drivers_only or not items:
            return [i.condition for i in items]
        matrix = met_matrix([i.condition for i in items], {a.name: a for a in attributes})
        drivers = drivers_among(items, matrix, score, found, self.gamma, design)
        return [items[j].condition for j in drivers.order]


def drivers_among(items, matrix, score, found, gamma, design=None):
    """`forward_drivers` among the found items of a Scan.

    Without niches, those that only refine another found attribute, and those that a rival (one
    seller, one channel) explains as well. matrix: (met, known) of the items.
    """
    met, known = matrix
    n_tested, coded = (
        n_tested_items(found),
        {a.coded.attribute.name: a.coded for a in found.attributes},
    )
    finer = finer_than(met, score, [i.attribute for i in items], coded, n_tested, gamma)
    niches = {j for j, i in enumerate(items) if i.n_best_with < COMMON * i.n_best_known}
    rivals = {} if design is None else design.rivals
    scores = [score] + ([design.worth] if rivals and design.worth is not None else [])
    theirs = {
        j
        for j, item in enumerate(items)
        for name, rival in rivals.items()
        if (name, item.attribute) != ("channel", "lead_source")
        and not any(
            is_kept(one[known[:, j]], met[known[:, j], j], rival[known[:, j]]) for one in scores
        )
    }
    return forward_drivers(met, known, score, n_tested, gamma, finer, niches | theirs)


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
    nothing is known. inside: share of the folds without the account whose headline it met, NaN
    where none had one. n_refused: folds in which nothing was found.
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


def nested(attributes, flag, value, procedure, design=None, repeats=2):
    """Repeat a Procedure in folds stratified by flag that keep units together."""
    flag = np.asarray(flag, bool)
    n, folds = len(flag), FOLDS
    design = design or Design.plain(n)
    selected, best = np.zeros(procedure.max_conditions + 1), np.zeros(procedure.max_conditions + 1)
    total, times, refused = np.zeros(n), np.zeros(n), 0
    met_rule, judged = np.zeros(n), np.zeros(n)
    for repeat in range(repeats):
        rng = np.random.default_rng([procedure.seed, repeat])
        fold_of = folds_of(flag, folds, rng, design.unit)
        for fold in range(folds):
            held = fold_of == fold
            train = [a.take(~held) for a in attributes]
            conditions, ladder = procedure(
                train, flag[~held], None if value is None else value[~held], design.take(~held)
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


def honest_precision(n_best, n_accounts, cv_precision, n, n_units=None):
    """Estimate of the precision of a rule that was found in the data that it is counted on.

    The held-out precision is that of rules found in fewer accounts, and few stand behind it; the
    apparent one is too high by the choice, which goes with 1/n. So the apparent one weighs
    n / (n + APPARENT_HALF) (benchmarks/patterns.md). Wilson's interval with the rule's own number
    of independent units. NaN where no fold selected anybody.
    """
    weight = n / (n + APPARENT_HALF)
    mix = (1 - weight) * cv_precision + weight * n_best / max(n_accounts, 1)
    if not np.isfinite(mix):
        return Estimate(n=int(n_accounts))
    units = n_accounts if n_units is None else n_units
    low, high = wilson(mix * units, units)
    return Estimate(float(mix), float(low), float(high), int(n_accounts))
