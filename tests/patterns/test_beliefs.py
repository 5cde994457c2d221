"""Beliefs on trial, agreement between roles, hypotheses at any n, and whether it was the seller."""

import numpy as np
import pandas as pd
import pytest

from icplib import patterns
from icplib.icp import Profiles
from icplib.problems import UserError
from icplib.settings import Settings
from icplib.tables import artefact
from pattern_bed import company


def settings(**more):
    return Settings(
        name="Bed",
        sources={"accounts": "a.csv", "deals": "d.csv"},
        **{"patterns": {"permutations": 199}} | more,
    )


def tried(n, seed, truth="shift", **more):
    accounts, attributes = company(n, seed, truth)
    chosen = settings(**more)
    best = patterns.choose_best(accounts, chosen)
    search = patterns.search(accounts, attributes.head(4), best, chosen)
    return artefact("02_beliefs").check(patterns.beliefs(accounts, search, best, chosen))


def belief(who, best="more", **limit):
    return {"who": who, "best": best, "when": [limit]}


E_COMMERCE = {"attribute": "industry", "in": ["e-commerce", "fintech"]}


def test_a_planted_trait_is_confirmed_and_its_opposite_contradicted():
    said = [belief("VP Sales", **E_COMMERCE), belief("VP Marketing", "fewer", **E_COMMERCE)]
    table = tried(300, 1, beliefs=said)
    assert table["verdict"].tolist() == ["confirmed", "contradicted"]
    first = table.iloc[0]
    assert first["low"] <= first["estimate"] <= first["high"] and first["estimate"] > 1.3
    assert first["best_share_with"] == first["n_best_with"] / first["n_with"]
    assert first["value_low"] > 0 and first["leaving_n"] == first["n"]
    assert "VP Sales: " in first["sentence"] and "confirmed" in first["sentence"]
    agreed = artefact("02_agreement").check(patterns.agreement(table))
    assert len(agreed) == 1 and not agreed["is_agreed"].iloc[0]
    assert agreed["more"].iloc[0] == ("VP Sales",) and agreed["data"].iloc[0] == "more"


def test_beliefs_and_hypotheses_are_tried_at_every_size():
    said = [belief("CEO", attribute="employees", low=200, high=1500)]
    table = tried(60, 2, beliefs=said, patterns={"hypotheses": ["employees", "industry"]})
    assert table["who"].tolist() == ["CEO", "hypothesis", "hypothesis"]
    assert table["p"].between(0, 1).all()
    with pytest.raises(UserError, match="Did you mean 'employees'"):
        tried(60, 2, patterns={"hypotheses": ["employes"]})
    with pytest.raises(UserError, match="beliefs of CEO"):
        tried(60, 2, beliefs=[belief("CEO", attribute="employes", low=1)])


def test_noise_is_seldom_confirmed():
    said = [
        belief("CEO", best, attribute="industry", **{"in": [level]})
        for level in ("fintech", "software", "health", "e-commerce")
        for best in ("more", "fewer")
    ]
    verdicts = pd.concat([tried(150, 700 + s, "null", beliefs=said) for s in range(5)])["verdict"]
    assert (verdicts == "confirmed").sum() <= 4  # 40 beliefs at .025 to .05


def sold(n, seed, by_seller):
    """A star seller closes twice as large and owns four fifths of one region; or the region does."""
    rng = np.random.default_rng(seed)
    accounts, attributes = company(n, seed, "null")
    region = np.where(rng.random(len(accounts)) < 0.15, "north", "south").astype(object)
    star = (region == "north") & (rng.random(len(accounts)) < 0.8)
    seller = np.where(star, "star", rng.choice(list("abcde"), len(accounts)))
    money = rng.lognormal(9.5, 1, len(accounts)) * np.where(
        star if by_seller else region == "north", 3, 1
    )
    accounts = accounts.assign(region=region, owner=seller, first_year_revenue_amount=money)
    accounts["first_year_revenue_amount"] = accounts["first_year_revenue_amount"].where(
        accounts["is_customer"].astype(bool)
    )
    chosen = settings()
    best = patterns.choose_best(accounts, chosen)
    only = attributes[attributes["attribute"].isin(["region", "employees"])]
    search = patterns.search(accounts, only, best, chosen)
    table = patterns.sellers(search, Profiles.model_construct(profiles=()), accounts, None, "USD")
    drivers = {search.raised[i].attribute for i in search.drivers}
    return artefact("02_sellers").check(table).set_index("item"), drivers


def test_one_seller_is_no_region():
    table, drivers = sold(900, 3, by_seller=True)
    assert "region" not in drivers
    row = table.loc["Region: north"]
    assert row["verdict"] in ("most of this is one seller", "cannot be told from the seller")
    assert row["within_estimate"] < row["estimate"] and "seller" in row["sentence"]
    table, drivers = sold(900, 4, by_seller=False)
    assert drivers == {"region"} and table.loc["Region: north", "verdict"] == "not the seller"
