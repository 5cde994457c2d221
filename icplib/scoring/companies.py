"""Every company through the card.

Points, tier, reasons, what is unknown, knock-outs, and engagement apart from fit.
"""

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import pandas as pd

from icplib import words
from icplib.scoring.scorecard import (
    distinct_rows,
    knocked_out,
    places,
    probability,
    red_flags_carried,
    tiers,
    unknown_attributes,
    unknown_points,
)
from icplib.tables.step_04 import ENGAGEMENT_LEVELS, Rule, Scorecard
from icplib.vocabulary.judgements import CUSTOMER, FEW, OPEN_DEAL, OUT, SCORED, STATES, TIERS

REASONS = 3
TO_FILL = 2  # fields named where too little is known
COLUMNS = (
    "score",
    "tier",
    "fill_first",
    "probability",
    "reasons_for",
    "reasons_against",
    "unknown",
    "score_low",
    "score_high",
    "knock_out",
    "red_flags",
)


def score_companies(card: Scorecard, accounts: pd.DataFrame) -> pd.DataFrame:
    """One row per row of ``accounts`` in its order, with the columns of ``COLUMNS``.

    All empty when there is no card.

    Words are made once per pattern of segments, so a million companies cost little more than a
    thousand.
    """
    out = pd.DataFrame(index=accounts.index, columns=list(COLUMNS), dtype="object")
    if not card.available or accounts.empty:
        return out
    patterns, which = distinct_rows(places(card, accounts))
    told = _of_patterns(card, patterns)
    for name, values in told.items():
        out[name] = values[which]
    out["knock_out"] = knocked_out(card, accounts)
    out["red_flags"] = red_flags_carried(card, accounts)
    out["tier"] = out["tier"].where(out["knock_out"] == "", OUT)
    return out


def _of_patterns(card: Scorecard, patterns: np.ndarray) -> dict[str, np.ndarray]:
    place = list(patterns.T)
    given = np.column_stack(
        [
            np.array([s.points for s in rule.segments])[p]
            for rule, p in zip(card.rules, place, strict=True)
        ]
    )
    total = given.sum(axis=1)
    reasons_for, reasons_against = _reasons(card, place, given)
    unknown, low, high = _unknown(card, place, given)
    return {
        "score": total,
        "tier": np.where(
            unknown_points(card, place) > card.most_unknown, FEW, tiers(card, total)
        ).astype(object),
        "fill_first": _fill_first(card, place),
        "probability": (
            probability(card, total) if card.shows_probability else np.full(len(total), np.nan)
        ),
        "reasons_for": np.array(reasons_for, dtype=object),
        "reasons_against": np.array(reasons_against, dtype=object),
        "unknown": unknown,
        "score_low": low,
        "score_high": high,
    }


def _reasons(card, place, given):
    """Up to three attributes each way.

    Those furthest above, and below, what the average customer of the build has. Weak evidence is
    never a reason.
    """
    names = list(dict.fromkeys(rule.attribute for rule in card.rules if not rule.is_weak))
    if not names:
        return [""] * len(given), [""] * len(given)
    columns = {
        name: [i for i, rule in enumerate(card.rules) if rule.attribute == name] for name in names
    }
    surplus = np.column_stack(
        [
            given[:, i].sum(axis=1) - sum(mean_points(card.rules[k]) for k in i)
            for i in columns.values()
        ]
    )
    order = np.argsort(-surplus, axis=1, kind="stable")
    sides = ([], [])

    @cache
    def words_of(name: str, *at: int) -> str:
        return reason([card.rules[i] for i in columns[name]], at)

    for row in range(len(given)):
        for side, ranked, sign in ((0, order[row], 1), (1, order[row][::-1], -1)):
            chosen = [names[a] for a in ranked[:REASONS] if sign * surplus[row, a] >= 0.5]
            told = [words_of(name, *(int(place[i][row]) for i in columns[name])) for name in chosen]
            sides[side].append("; ".join(told))
    return sides


def mean_points(rule: Rule) -> float:
    """What the average customer of the build gets."""
    n = sum(s.n for s in rule.segments)
    return sum(s.n * s.points for s in rule.segments) / n if n else 0.0


def reason(rules: Sequence[Rule], places: Sequence[int]) -> str:
    """The ``rules`` of one attribute as a reason: 'Employees 200 to under 1,500: 17 of 17 points'."""  # noqa: E501
    parts = [rule.segments[p] for rule, p in zip(rules, places, strict=True)]
    held = [rule.member for rule, s in zip(rules, parts, strict=True) if s.kind == "holds"]
    said = parts[0].words
    if parts[0].kind == "unknown":
        said = "not known"
    elif held:
        said = "with " + ", ".join(held)
    elif rules[0].member:
        said = "with none of " + ", ".join(r.member for r in rules if r.member)
    got, most = sum(s.points for s in parts), sum(rule.most for rule in rules)
    return f"{rules[0].label} {said}: {got} of {most} points"


def _unknown(card, place, given):
    """Labels of what is unknown, and the least and most points that knowing it could give."""
    unknown = np.column_stack(
        [p == len(rule.segments) - 1 for rule, p in zip(card.rules, place, strict=True)]
    )
    known_points = [[s.points for s in rule.segments[:-1]] for rule in card.rules]
    low = np.where(unknown, [min(p) for p in known_points], given).sum(axis=1)
    high = np.where(unknown, [max(p) for p in known_points], given).sum(axis=1)
    labels = [rule.label for rule in card.rules]
    words = [
        "; ".join(dict.fromkeys(label for label, hit in zip(labels, row, strict=True) if hit))
        for row in unknown
    ]
    return np.array(words, dtype=object), low, high


def _fill_first(card: Scorecard, place: list[np.ndarray]) -> np.ndarray:
    """Labels of the two unknown attributes that carry most points."""
    labels = {rule.attribute: rule.label for rule in card.rules}
    unknown = unknown_attributes(card, place)
    ranked = sorted(unknown, key=lambda name: -card.stakes[name])
    rows = np.column_stack([unknown[name] for name in ranked])
    told = [
        "; ".join([labels[name] for name, hit in zip(ranked, row, strict=True) if hit][:TO_FILL])
        for row in rows
    ]
    return np.array(told, dtype=object)


def states(scores: pd.DataFrame, is_customer: pd.Series, has_open: pd.Series) -> np.ndarray:
    """What each company is for sales, one of ``STATES``; object (n,)."""
    cases = [is_customer, scores["tier"] == OUT, has_open, scores["tier"] == FEW]
    flags = [case.fillna(False).to_numpy(bool) for case in cases]
    return np.select(flags, [CUSTOMER, OUT, OPEN_DEAL, FEW], SCORED).astype(object)


def state_shares(state: Iterable[str]) -> pd.DataFrame:
    """Companies by state, those that there are, with their share: state, n, share."""
    counts = pd.Series(list(state), dtype=object).value_counts()
    n = counts.reindex([name for name in STATES if name in counts.index])
    return pd.DataFrame({"state": n.index, "n": n.to_numpy(), "share": (n / n.sum()).to_numpy()})


def score_table(card: Scorecard, accounts: pd.DataFrame, fits: pd.Series) -> pd.DataFrame:
    """04_scores: every company through the card, engagement apart, and its fit (``fits``)."""
    table = score_companies(card, accounts)
    table.insert(0, "account_id", accounts["account_id"])
    is_told = card.available and len(table)
    is_customer = accounts["is_customer"].astype(bool)
    return table.assign(
        state=states(table, is_customer, accounts["n_open"] > 0) if is_told else None,
        engagement_level=engagement_levels(accounts),
        is_customer=accounts["is_customer"],
        is_prospect=accounts["is_prospect"],
        fits_icp=fits,
    )


def read_aloud(card: Scorecard) -> pd.DataFrame:
    """The card as a table of four columns.

    Attribute, condition, points, best of customers with it.
    """
    rows = [
        (
            f"{rule.label} (weak evidence)" if rule.is_weak else rule.label,
            s.words,
            s.points,
            f"{s.n_best} of {s.n}",
        )
        for rule in card.rules
        for s in rule.segments
    ]
    return pd.DataFrame(rows, columns=["attribute", "if it is", "points", "best customers"])


def points_of(card: Scorecard, account: pd.DataFrame) -> pd.DataFrame:
    """The points of one company (one row of 01_accounts) one by one, beside the most there are."""
    columns = ["attribute", "it is", "points", "most"]
    if not card.available:
        return pd.DataFrame(columns=columns)
    parts = [
        (rule, rule.segments[int(p[0])])
        for rule, p in zip(card.rules, places(card, account), strict=True)
    ]
    rows = [(rule.label, s.words, s.points, rule.most) for rule, s in parts]
    return pd.DataFrame(rows, columns=columns)


def beside_points(card: Scorecard) -> pd.DataFrame:
    """Knock-outs and red flags as a table: what, what it does, how many prospects meet it."""
    rows = [
        (k.words, effect, k.n_prospects, words.share(k.n_prospects / max(card.n_prospects, 1)))
        for effect, conditions in (("out", card.knock_outs), ("ask", card.red_flags))
        for k in conditions
    ]
    return pd.DataFrame(rows, columns=["if it is", "effect", "prospects", "share"])


def engagement_levels(accounts: pd.DataFrame) -> np.ndarray:
    """What a company's people have done so far: replied, clicked, contacted, none.

    Unknown without an engagement source.
    """
    if accounts["n_touches"].isna().all():
        return np.full(len(accounts), "unknown", dtype=object)
    some = {
        name: accounts[name].fillna(0).to_numpy(float) > 0
        for name in ("n_replies", "n_clicks", "n_touches")
    }
    return np.select(
        [some["n_replies"], some["n_clicks"], some["n_touches"]],
        ["replied", "clicked", "contacted"],
        "none",
    ).astype(object)


def engagement_grid(scores: pd.DataFrame, who: str = "is_prospect") -> pd.DataFrame:
    """Fit against engagement: companies by tier (rows) and engagement level (columns).

    The two are never added up.
    """
    chosen = scores[scores[who].astype(bool) & scores["tier"].notna()]
    chosen = chosen[chosen["tier"].isin(TIERS)]
    grid = pd.crosstab(chosen["tier"], chosen["engagement_level"])
    levels = [level for level in ENGAGEMENT_LEVELS if level in grid.columns]
    return grid.reindex(index=list(TIERS), columns=levels, fill_value=0).rename_axis(
        index="tier", columns=None
    )
