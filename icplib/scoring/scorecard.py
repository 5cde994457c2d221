"""The scorecard as one object: made from a fitted card, and read off for any table of companies.

``points`` is the one place where Python scores. JSON, SQL, the Salesforce formula and the HubSpot
sheet are written from the same object and are tested to agree with it row by row.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import expit

from icplib.conditions import LISTS, About, as_numbers, text_of
from icplib.stats.calibration import Calibration
from icplib.stats.card import Card
from icplib.stats.groups import Attribute
from icplib.stats.segments import Component, places_of
from icplib.tables.step_04 import KnockOut, Rule, Scorecard, Segment
from icplib.vocabulary.judgements import FEW, OUT, TIERS

NUMERIC_KINDS = ("count", "amount", "rate")


def attribute_of(values: pd.Series, name: str, kind: str) -> Attribute:
    """One column of companies as an Attribute.

    ``kind`` as in 01_attributes, or a rule's number / level / member / gap.

    Empty text counts as unknown; truth values read as 'true' and 'false'; a number that cannot be
    read is unknown.
    """
    if kind in (*NUMERIC_KINDS, "number"):
        return Attribute(name, "numeric", as_numbers(values))
    cells = np.empty(len(values), dtype=object)
    if kind in ("set", "member"):
        cells[:] = [tuple(v) if isinstance(v, LISTS) else None for v in values]
        return Attribute(name, "set", cells)
    cells[:] = [text_of(value) or None for value in values]
    return Attribute(name, "nominal", cells)


def component_of(rule: Rule) -> Component:
    """The lookup behind a rule."""
    if rule.kind == "number":
        return Component(rule.attribute, "number", cuts=tuple(s.low for s in rule.segments[1:-1]))
    if rule.kind == "level":
        return Component(
            rule.attribute,
            "level",
            levels=tuple(s.values for s in rule.segments if s.kind == "levels"),
        )
    return Component(rule.attribute, rule.kind, member=rule.member)


def places(card: Scorecard, accounts: pd.DataFrame) -> list[np.ndarray]:
    """For each rule the number of the segment that applies to each row.

    An absent column is unknown for everyone.
    """
    accounts, kinds = without_zeros(accounts, card.never_zero), {}
    for rule in card.rules:  # a gap rule borrows the type of its attribute's other rules
        if rule.attribute not in kinds or rule.kind != "gap":
            kinds[rule.attribute] = rule.kind
    attributes = {
        name: attribute_of(
            accounts[name], name, _kind_of_gap(accounts[name]) if kind == "gap" else kind
        )
        for name, kind in kinds.items()
        if name in accounts
    }
    return places_of([component_of(rule) for rule in card.rules], attributes, len(accounts))


def _kind_of_gap(values: pd.Series) -> str:
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return "number"
    return (
        "member"
        if values.map(lambda v: isinstance(v, (tuple, list, np.ndarray))).any()
        else "level"
    )


def without_zeros(accounts: pd.DataFrame, never_zero: Iterable[str]) -> pd.DataFrame:
    """The table with zeros of these columns unknown, as exports with blank numbers mean them."""
    names = [name for name in never_zero if name in accounts]
    return accounts.assign(**{name: accounts[name].where(accounts[name] != 0) for name in names})


def unknown_attributes(card: Scorecard, place: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """For each attribute of the card whether it is unknown of each company, bool (n,)."""
    return {
        rule.attribute: np.asarray(p) == len(rule.segments) - 1
        for rule, p in zip(card.rules, place, strict=True)
    }


def unknown_points(card: Scorecard, place: Sequence[np.ndarray]) -> np.ndarray:
    """Points (n,) that the unknown attributes of each company could give."""
    unknown = unknown_attributes(card, place)
    return sum(unknown[name] * most for name, most in card.stakes.items())


def set_apart(card: Scorecard, accounts: pd.DataFrame) -> np.ndarray:
    """Why a company is in no tier: out, not enough known, or empty; object (n,)."""
    is_few = unknown_points(card, places(card, accounts)) > card.most_unknown
    return np.where(knocked_out(card, accounts) != "", OUT, np.where(is_few, FEW, ""))


def points(card: Scorecard, accounts: pd.DataFrame) -> np.ndarray:
    """Score of each row in whole points, int64 (n,).

    ``accounts`` has one column per attribute of the card, or lacks some.
    """
    total = np.zeros(len(accounts), dtype=np.int64)
    for rule, place in zip(card.rules, places(card, accounts), strict=True):
        total += np.array([s.points for s in rule.segments])[place]
    return total


def tiers(card: Scorecard, score) -> np.ndarray:
    """Tier letter of each score: the best tier whose points it reaches."""
    score = np.asarray(score)
    out = np.full(score.shape, "D", dtype=object)
    for tier in sorted(
        (t for t in card.tiers if t.from_points is not None), key=lambda t: t.from_points
    ):
        out[score >= tier.from_points] = tier.name
    return out


def probability(card: Scorecard, score) -> np.ndarray:
    """Calibrated chance of being a best customer at each score.

    Whether it may be shown is another matter.
    """
    return expit(card.intercept + card.slope * np.asarray(score, float))


def knocked_out(card: Scorecard, accounts: pd.DataFrame) -> np.ndarray:
    """Words of every knock-out that applies to each row, joined by '; ', or empty; object (n,)."""
    return _told(
        card.knock_outs,
        without_zeros(accounts, card.never_zero),
        lambda met: [k.words for k in met],
    )


def red_flags_carried(card: Scorecard, accounts: pd.DataFrame) -> np.ndarray:
    """Red flags of each row in words, joined by '; ', or empty; object (n,).

    Of each attribute the strongest.
    """
    return _told(
        card.red_flags,
        without_zeros(accounts, card.never_zero),
        lambda met: [
            k.words
            for i, k in enumerate(met)
            if k.attribute not in {earlier.attribute for earlier in met[:i]}
        ],
    )


def _told(conditions, accounts: pd.DataFrame, choose) -> np.ndarray:
    """Words made once per pattern of conditions met."""
    if not conditions or accounts.empty:
        return np.full(len(accounts), "", dtype=object)
    patterns, which = distinct_rows([meets(k, accounts).astype(np.int64) for k in conditions])
    words = [
        "; ".join(choose([k for k, is_met in zip(conditions, row, strict=True) if is_met]))
        for row in patterns
    ]
    return np.array(words, dtype=object)[which]


def distinct_rows(places: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(distinct combinations of segments, one row each; which of them each company has)."""
    codes = np.zeros(len(places[0]), dtype=np.int64)
    for (
        place
    ) in places:  # folded pairwise, so that the codes stay small however many rules there are
        codes, _ = pd.factorize(codes * (int(place.max(initial=0)) + 1) + place)
    _, first = np.unique(codes, return_index=True)
    return np.column_stack([place[first] for place in places]), codes


def meets(rule: KnockOut, accounts: pd.DataFrame) -> np.ndarray:
    """Whether each row meets the condition, bool (n,).

    Unknown values and absent columns never do.
    """
    return rule.met(accounts).fillna(False).to_numpy(bool)


def rules_of(card: Card, catalogue: pd.DataFrame, currency: str = "") -> tuple[Rule, ...]:
    """The card's components as rules, attributes of the widest range first.

    ``catalogue`` is 01_attributes: attribute, label, kind, unit.
    """
    rows = catalogue.set_index("attribute", drop=False)
    reach = {}
    for part in card.parts:
        reach[part.attribute] = reach.get(part.attribute, 0) + max(part.points)
    rules = []
    for part in sorted(
        card.parts,
        key=lambda p: (-reach[p.attribute], p.attribute, p.component.kind == "gap", -max(p.points)),
    ):
        about = About.of(rows.loc[part.attribute], currency)
        segments = _segments(part.component, about)
        rules.append(
            Rule(
                attribute=part.attribute,
                label=about.label,
                kind=part.component.kind,
                member=part.component.member,
                unit=about.unit,
                is_weak=part.attribute in card.weak,
                segments=tuple(
                    s.model_copy(update={"points": p, "n": n, "n_best": b})
                    for s, p, n, b in zip(segments, part.points, part.n, part.n_best, strict=True)
                ),
            )
        )
    return tuple(rules)


def _segments(component: Component, about: About) -> list[Segment]:
    unknown = Segment(kind="unknown", words="not known", points=0)
    if component.kind == "number":
        ends = [None, *component.cuts, None]
        return [
            Segment(kind="range", words=about.step(low, high), points=0, low=low, high=high)
            for low, high in zip(ends, ends[1:], strict=False)
        ] + [unknown]
    if component.kind == "level":
        named = [
            Segment(kind="levels", words=" or ".join(group), points=0, values=group)
            for group in component.levels
        ]
        other = Segment(kind="other", words="anything else" if named else "known", points=0)
        return [*named, other, unknown]
    if component.kind == "member":
        return [
            Segment(kind="lacks", words=f"without {component.member}", points=0),
            Segment(kind="holds", words=f"with {component.member}", points=0),
            unknown,
        ]
    return [Segment(kind="known", words="known", points=0), unknown]


def tier_points(calibration: Calibration, base_rate: float, cuts) -> dict[str, int | None]:
    """Least whole points (0 to 100) at which the calibrated lift reaches each tier.

    None where no score does.
    """
    lift = calibration(np.arange(101)) / base_rate
    out: dict[str, int | None] = {}
    for name, cut in zip(TIERS, (*cuts, -np.inf), strict=True):
        reached = np.flatnonzero(lift >= cut - 1e-12)
        out[name] = int(reached[0]) if len(reached) else None
    for better, worse in pairwise(
        TIERS
    ):  # a tier whose points a better one already covers stays empty
        if out[better] is not None and out[worse] is not None and out[worse] >= out[better]:
            out[worse] = None
    return out
