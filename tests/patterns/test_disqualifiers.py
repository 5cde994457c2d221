"""Disqualifiers: planted ones are found, mirrors of the profile and followers are not."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from icplib import patterns
from icplib.patterns import disqualifiers
from icplib.scoring.knock_outs import apart_from_points
from icplib.scoring.scorecard import meets
from icplib.settings import Quarter, Settings
from pattern_bed import company


@pytest.fixture(scope="module")
def planted():
    """800 customers; 'gov' is hardly ever best, and 'state owned' goes along with it."""
    accounts, attributes = company(800, 5)
    rng = np.random.default_rng(5)
    value = accounts["first_year_revenue_amount"].fillna(0)
    is_gov = rng.random(len(accounts)) < np.where(value < value.median(), 0.35, 0.02)
    owned = np.where(rng.random(len(accounts)) < 0.05, ~is_gov, is_gov)
    accounts["region"] = pd.Series(np.where(is_gov, "gov", "free"), dtype=object)
    accounts["business_model"] = pd.Series(np.where(owned, "state owned", "private"), dtype=object)
    settings = Settings(
        name="Bed",
        sources={"accounts": "a.csv", "deals": "d.csv"},
        patterns={"permutations": 299},
    )
    best = patterns.choose_best(accounts, settings)
    search = patterns.search(accounts, attributes, best, settings)
    found = patterns.patterns_table(search, "USD")
    noise = patterns.noise(search, settings)
    draft, _ = patterns.draft_profiles(search, found, noise, settings, Quarter("2026Q3"))
    return accounts, attributes, search, draft, settings


def test_the_planted_one_is_found_and_what_goes_along_is_not(planted):
    *_, search, draft, _ = planted
    names = [c.attribute for c in draft.main.disqualifiers]
    assert len({"region", "business_model"} & set(names)) == 1
    assert len({i.attribute for i in search.lowered} & {"region", "business_model"}) == 2
    why = dict(draft.main.dropped)
    assert disqualifiers.FOLLOWS in why.values()


def test_none_overlaps_the_profile_and_each_holds_at_most_half_of_the_base(planted):
    accounts, _, search, draft, _ = planted
    assert draft.main.headline and draft.main.disqualifiers
    for c in draft.main.disqualifiers:
        share = c.evidence.n_best_with / c.evidence.n_with
        assert share <= disqualifiers.MOST * search.flag.mean() * 1.1  # of the known
        fit = draft.fits(accounts).fillna(False).astype(bool)
        both = fit & c.met(accounts).fillna(False).astype(bool)
        customers = accounts["account_id"].iloc[search.rows]
        flag = pd.Series(search.flag, index=customers)
        inside = flag.reindex(accounts.loc[both, "account_id"]).dropna()
        whole = flag.reindex(accounts.loc[fit, "account_id"]).dropna()
        assert len(inside) < disqualifiers.FEWEST_BOTH or inside.mean() < whole.mean()
        for line in draft.main.headline:
            same = line.attribute == c.attribute
            assert not same or not (line.met(accounts) & c.met(accounts)).any()


def test_a_mirror_of_the_profile_is_dropped_and_said(planted):
    _, _, search, draft, _ = planted
    rule = draft.main.headline
    item = search.lowered[0]
    mirror = rule[0].model_copy(update={"attribute": item.attribute, "op": item.condition.op})
    mirror = mirror.model_copy(update={"values": item.condition.values, "low": None, "high": None})
    kept, why = disqualifiers.chosen(
        search, [True] + [False] * (len(search.lowered) - 1), [[mirror]]
    )
    assert not kept and why == {0: disqualifiers.MIRRORS}


def test_the_score_applies_what_the_profile_says(planted):
    accounts, attributes, _, draft, settings = planted
    prospects = accounts[accounts["is_prospect"].astype(bool)]
    flags = pd.DataFrame(
        columns=["is_found", "verdict", "is_before_sale", "attribute", "hr_low", "follows"]
    ).astype({"is_found": bool})
    told = SimpleNamespace(score=settings.score, limits=(), currency="USD")
    apart = apart_from_points(told, attributes, flags, prospects, draft)
    assert [k.attribute for k in apart["knock_outs"]] == [
        c.attribute for c in draft.main.disqualifiers
    ]
    for rule, line in zip(apart["knock_outs"], draft.main.disqualifiers, strict=True):
        assert rule.words.startswith(line.words) and rule.origin == "disqualifier"
        assert (meets(rule, prospects) == line.met(prospects).fillna(False)).all()
        assert rule.n_prospects == meets(rule, prospects).sum()
