"""Beliefs on trial, agreement between roles, and hypotheses at any n."""

import pandas as pd
import pytest

from icplib import patterns
from icplib.patterns.beliefs import HYPOTHESIS
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
    assert table["who"].tolist() == ["CEO", HYPOTHESIS, HYPOTHESIS]
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
