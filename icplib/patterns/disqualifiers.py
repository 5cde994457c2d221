"""Disqualifiers: conditions whose customers are hardly ever best, beside what the profile says."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from icplib.conditions import Condition
from icplib.icp import IdealCustomerProfile
from icplib.patterns.criteria import as_criterion
from icplib.patterns.search import Search
from icplib.settings import Settings
from icplib.stats.conditions import Item
from icplib.stats.drivers import finer_than, forward_drivers
from icplib.stats.rules import met_matrix, n_tested_items
from icplib.stats.scan import hybrid_score

MOST = 0.5  #: share of best over that of all customers whose value is known
FEWEST_BOTH = 5  #: customers that fit and have it, before their share of best can speak
MIRRORS = "says the profile's own line the other way round"
TOO_MANY = "its customers are best more than half as often as all"
FITTING = "of those who fit, customers with it are best no less often"
FOLLOWS = "adds too little beside the profile and the other disqualifiers"


#: rules of profiles and what meets each of their conditions, bool (n, conditions)
_Rules = Sequence[tuple[Sequence[Condition], np.ndarray]]


def added(
    search: Search,
    headlines: Sequence[Sequence[Condition]],
    main: IdealCustomerProfile,
    patterns: pd.DataFrame,
    settings: Settings,
) -> IdealCustomerProfile:
    """The main profile with what disqualifies.

    And with what does not although it is rare among the best.
    """
    if not search.is_search:
        return main
    told = [as_criterion(search, i, patterns, settings, "down") for i in search.lowered]
    holds = [c.verdict == "holds up" for c in told]
    kept, why = chosen(search, holds, headlines)
    dropped = tuple((told[i].words, reason) for i, reason in why.items())
    return main.model_copy(
        update={
            "disqualifiers": tuple(told[i] for i in kept),
            "dropped": (*main.dropped, *dropped),
        }
    )


def chosen(
    search: Search, holds: Sequence[bool], headlines: Sequence[Sequence[Condition]]
) -> tuple[list[int], dict[int, str]]:
    """(positions in ``search.lowered`` that disqualify, why others do not).

    ``holds``: whether each lowered item holds up. ``headlines``: the rules of the profiles, none of
    which a disqualifier may overlap.
    """
    attributes = {i.attribute.name: i.attribute for i in search.inputs}
    rules = [(rule, met_matrix(list(rule), attributes)[0]) for rule in headlines if rule]
    why = {}
    for i, item in enumerate(search.lowered):
        if holds[i]:
            met = met_matrix([item.condition], attributes)[0][:, 0]
            why[i] = _against(item, met, search.flag, rules)
    kept = [i for i, reason in why.items() if not reason]
    drivers = _drivers(search, [search.lowered[i] for i in kept], rules) if kept else ()
    why |= {i: FOLLOWS for place, i in enumerate(kept) if place not in drivers}
    return [kept[place] for place in drivers], {i: reason for i, reason in why.items() if reason}


def _against(item: Item, met: np.ndarray, flag: np.ndarray, rules: _Rules) -> str:
    if item.n_best_with * item.n_known > MOST * item.n_best_known * item.n_with:
        return TOO_MANY
    for headline, inside in rules:
        own = [j for j, c in enumerate(headline) if c.attribute == item.attribute]
        if (inside[:, own] & met[:, None]).any():
            return MIRRORS
        fit = inside.all(axis=1)
        if (met & fit).sum() >= FEWEST_BOTH and flag[met & fit].mean() >= flag[fit].mean():
            return FITTING
    return ""


def _drivers(search: Search, items: list[Item], rules: _Rules) -> tuple[int, ...]:
    """Places of the items that say something beside who fits, the strongest first."""
    score = -hybrid_score(search.flag, search.value)
    fits = np.zeros(search.n, bool)
    for _, inside in rules:
        fits |= inside.all(axis=1)
    for side in (fits, ~fits):
        score = np.where(side, score - score[side].mean() if side.any() else score, score)
    attributes = {i.attribute.name: i.attribute for i in search.inputs}
    met, known = met_matrix([i.condition for i in items], attributes)
    coded = {a.name: a.coded for a in search.down.attributes}
    n_tested = n_tested_items(search.down)
    finer = finer_than(met, score, [i.attribute for i in items], coded, n_tested, search.gamma)
    return forward_drivers(met, known, score, n_tested, search.gamma, finer).order
