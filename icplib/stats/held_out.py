"""What a score is worth on accounts it has not seen.

The whole procedure inside every fold, for the card and its rivals.

A procedure is a function ``fit(attributes, flag, value, design) -> score(attributes) -> array``;
folds wrap discovery, fitting and rounding alike and keep related accounts together. Above 50,000
accounts one 50/50 split serves (optimism there is below .01).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from icplib.stats.calibration import Z95, auc, hanley_mcneil_se, log_odds, top_lift
from icplib.stats.card import Making, fit_card, folds, stratified_sample
from icplib.stats.design import Design
from icplib.stats.groups import Attribute

ONE_SPLIT_ABOVE = 50_000
FOLD_PERMUTATIONS = 99

Procedure = Callable[
    [list[Attribute], np.ndarray, np.ndarray | None, Design],
    Callable[[list[Attribute]], np.ndarray],
]


@dataclass(frozen=True)
class HeldOut:
    """One procedure on held-out accounts.

    ``auc`` is the mean over folds, its 95 % limits Hanley & McNeil with all best and other
    accounts; ``lift`` the best share among the top 20 % over the base rate. ``rows``, ``repeat``,
    ``score`` and ``log_odds`` are one entry per held-out account and repeat: log odds are
    comparable over folds, scores are not. ``train_share``: share of the accounts that each fit has
    seen.
    """

    auc: float
    auc_low: float
    auc_high: float
    lift: float
    rows: np.ndarray
    repeat: np.ndarray
    score: np.ndarray
    log_odds: np.ndarray
    train_share: float


def splits(flag, seed, unit=None):
    """(repeat, held-out mask) of the folds that fit the size of the sample."""
    if len(flag) <= ONE_SPLIT_ABOVE:
        yield from folds(flag, seed, unit)
        return
    held_out = np.ones(len(flag), bool)
    held_out[stratified_sample(flag, len(flag) // 2, seed)] = False
    yield 0, held_out


def hold_out(
    procedure: Procedure, attributes, flag, value=None, *, seed: int = 0, design=None
) -> HeldOut:
    """Cross-validate ``procedure`` on Attributes, ``flag`` (n,) and ``value`` (n,) or None."""
    flag = np.asarray(flag, bool)
    design = design or Design.plain(len(flag))
    parts, areas, lifts, shares = [], [], [], []
    for repeat, held_out in splits(flag, seed, design.unit):
        train, test = ~held_out, held_out
        score = procedure(
            [a.take(train) for a in attributes],
            flag[train],
            None if value is None else np.asarray(value)[train],
            design.take(train),
        )
        seen, unseen = (
            score([a.take(train) for a in attributes]),
            score([a.take(test) for a in attributes]),
        )
        intercept, slope = log_odds(seen, flag[train])
        areas.append(auc(unseen, flag[test])[0])
        lifts.append(top_lift(unseen, flag[test]))
        shares.append(train.mean())
        parts.append(
            (np.flatnonzero(test), np.full(test.sum(), repeat), unseen, intercept + slope * unseen)
        )
    rows, repeats, scores, odds = (np.concatenate(column) for column in zip(*parts, strict=True))
    area = float(np.nanmean(areas))
    se = hanley_mcneil_se(area, int(flag.sum()), int((~flag).sum()))
    return HeldOut(
        area,
        max(0.0, area - Z95 * se),
        min(1.0, area + Z95 * se),
        float(np.nanmean(lifts)),
        rows,
        repeats,
        scores,
        odds,
        float(np.mean(shares)),
    )


def card_procedure(
    *, max_attributes=8, seed=0, only=None, permutations=FOLD_PERMUTATIONS
) -> Procedure:
    """The card as a procedure; ``only`` names the attributes it may use (a size-only rule)."""
    making = Making(max_attributes, permutations, seed)

    def fit(attributes, flag, value, design):
        chosen = [a for a in attributes if only is None or a.name in only]
        card = fit_card(chosen, flag, value, making, design)
        return lambda accounts: _points(card, accounts)

    return fit


def _points(card, accounts):
    return card.points({a.name: a for a in accounts}) if card.parts else np.zeros(len(accounts[0]))


def match_count_procedure() -> Procedure:
    """What is commonly done: count how often an account has what most best customers have.

    Most frequent level, middle half of the best's numbers, members that half of the best hold;
    unknown counts as no match.
    """

    def fit(attributes, flag, value, design):
        rules = [(a.name, _typical(a.take(flag))) for a in attributes]

        def score(accounts):
            by_name = {a.name: a for a in accounts}
            return np.sum([match(by_name[name]) for name, match in rules], axis=0, dtype=float)

        return score

    return fit


def _typical(best: Attribute):
    """A function Attribute -> number of matches (n,) with what is typical of the best accounts."""
    values = best.values[best.known]
    if not len(values):
        return lambda a: np.zeros(len(a))
    if best.kind == "numeric":
        low, high = np.quantile(values, [0.25, 0.75])
        return lambda a: (a.values >= low) & (a.values <= high)
    if best.kind == "nominal":
        levels, count = np.unique(values.astype(str), return_counts=True)
        mode = levels[np.argmax(count)]
        return lambda a: np.array([v == mode for v in a.values])
    members = {m for v in values for m in v}
    common = sorted(m for m in members if np.mean([m in v for v in values]) >= 0.5)
    return lambda a: np.array(
        [sum(m in v for m in common) if v is not None else 0 for v in a.values]
    )


def boosting_procedure(*, seed=0) -> Procedure:
    """The referee: histogram gradient boosting on everything at once, with interactions.

    By scikit-learn.
    """

    def fit(attributes, flag, value, design):
        from sklearn.ensemble import (
            HistGradientBoostingClassifier,
        )  # a second of import that only the referee needs

        encode = _Encoder(attributes)
        model = HistGradientBoostingClassifier(
            max_depth=3,
            learning_rate=0.05,
            max_iter=100,
            min_samples_leaf=max(5, len(flag) // 50),
            l2_regularization=1.0,
            categorical_features=encode.is_level,
            random_state=seed,
        )
        model = threadpool_limits.wrap(limits=1)(model.fit)(encode(attributes), flag)
        return threadpool_limits.wrap(limits=1)(
            lambda accounts: model.decision_function(encode(accounts))
        )

    return fit


def forest_procedure(*, seed=0) -> Procedure:
    """The second referee: a random forest of a hundred trees.

    It finds what boosting misses in small samples.
    """

    def fit(attributes, flag, value, design):
        from sklearn.ensemble import RandomForestClassifier

        encode = _Encoder(attributes)
        model = RandomForestClassifier(100, min_samples_leaf=3, random_state=seed).fit(
            encode(attributes), flag
        )
        return lambda accounts: model.predict_proba(encode(accounts))[:, 1]

    return fit


class _Encoder:
    """Attributes as one float matrix.

    Numbers as they are, levels as codes, one column per set member; NaN = unknown.
    """

    def __init__(self, attributes):
        self.plan = []
        for a in attributes:
            if a.kind == "numeric":
                self.plan.append((a.name, a.kind, None))
            elif a.kind == "nominal":
                levels = sorted({str(v) for v in a.values[a.known]})[:200]
                self.plan.append((a.name, a.kind, {level: i for i, level in enumerate(levels)}))
            else:
                members = sorted({m for v in a.values[a.known] for m in v})[:100]
                self.plan += [(a.name, a.kind, m) for m in members]
        self.is_level = [kind == "nominal" for _, kind, _ in self.plan]

    def __call__(self, attributes):
        by_name = {a.name: a for a in attributes}
        columns = []
        for name, kind, detail in self.plan:
            values = by_name[name].values
            if kind == "numeric":
                columns.append(values)
            elif kind == "nominal":
                columns.append(
                    np.array(
                        [detail.get(v, np.nan) if v is not None else np.nan for v in values], float
                    )
                )
            else:
                columns.append(
                    np.array([np.nan if v is None else float(detail in v) for v in values])
                )
        return np.column_stack(columns) if columns else np.zeros((len(attributes[0]), 1))
