"""The score obeys the profile: what churn contradicts, what does not separate, tiers."""

import numpy as np
import pandas as pd
import pytest

import report_scene as scene
from draft_bed import BOOK
from icplib.scoring.build import contradicted, out_of_order
from icplib.scoring.companies import score_companies
from icplib.scoring.scorecard import rules_of
from icplib.stats.card import WEAK_MOST, Making, fit_card
from icplib.stats.groups import Attribute
from icplib.tables.step_04 import Scorecard, Tier

N = 400


@pytest.fixture
def customers():
    """A fifth is best, fintech more often; retail customers are best a little less often."""
    rng = np.random.default_rng(3)
    industry = np.where(rng.random(N) < 0.4, "fintech", "retail")
    flag = rng.random(N) < np.where(industry == "fintech", 0.35, 0.10)
    return pd.DataFrame({"industry": industry}), flag


def flag_row(level):
    return {
        "flag": f"Industry: {level}",
        "attribute": "industry",
        "label": "Industry",
        "op": "in",
        "values": (level,),
        "low": None,
        "high": None,
        "negated": False,
        "is_found": True,
        "verdict": "holds up",
        "is_before_sale": True,
        "hr_low": 2.5,
    }


def test_a_red_flag_that_the_best_carry_earns_nothing(customers):
    table, best = customers
    against = contradicted(table, best, None, pd.DataFrame([flag_row("fintech")]))
    assert against == {"industry": "customers with it leave faster: Industry: fintech"}
    assert not contradicted(table, best, None, pd.DataFrame([flag_row("retail")]))


def test_a_criterion_that_churn_dropped_earns_nothing(customers):
    profiles = scene.profiles(BOOK)
    main = profiles.main
    gone = main.model_copy(update={"contradicted": main.criteria[:1]})
    against = contradicted(*customers, profiles.model_copy(update={"profiles": (gone,)}), None)
    assert against == {"industry": "contradicted by customers who left: Industry: Fintech"}


def test_weak_evidence_earns_little_and_is_no_reason(customers):
    table, best = customers
    table["luck"] = np.where(np.arange(N) % 2, "a", "b")
    best = best | ((table["luck"] == "a") & (np.arange(N) % 9 == 0)).to_numpy()
    attributes = [Attribute(name, "nominal", table[name].to_numpy(object)) for name in table]
    fitted = fit_card(attributes, best, None, Making(permutations=199, weak=frozenset({"luck"})))
    catalogue = pd.DataFrame(
        [{"attribute": name, "label": name, "kind": "nominal", "unit": None} for name in table]
    )
    about = {"company": "Made", "quarter": "2026Q3", "best_by": "revenue"}
    rules = rules_of(fitted, catalogue)
    card = Scorecard(n_customers=N, n_best=int(best.sum()), rules=rules, **about)
    weak = {rule.attribute: rule.most for rule in rules if rule.is_weak}
    assert set(weak) == {"luck"} and 0 < weak["luck"] <= WEAK_MOST
    told = score_companies(card, table)
    assert told["reasons_for"].str.contains("industry fintech").any()
    assert not (told["reasons_for"] + told["reasons_against"]).str.contains("luck").any()


def test_tiers_out_of_order_are_said():
    tiers = [
        Tier(name=name, n=n, n_best=k)
        for name, n, k in (("A", 20, 10), ("B", 50, 12), ("C", 50, 15), ("D", 0, 0))
    ]
    (said,) = out_of_order(tiers)
    assert said.startswith("Tiers B and C are out of order") and "30" in said and "24" in said
    assert not out_of_order(tiers[:2])
