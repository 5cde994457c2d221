"""The noise twin is noise: whatever the example plants, the twin breaks, at the level of chance."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, fisher_exact, spearmanr

from icplib.example.companies import SHIFT
from icplib.example.history import LONG_CYCLE_DAYS, OTHER_CAUSES
from icplib.example.world import draw_trade, streams
from icplib.stats.cox import cox

LEVEL, SEEDS = 0.05, range(40)

pytestmark = pytest.mark.proof


def relations(trade):
    """p of every relation that the example plants among companies, by name."""
    c, leads = trade.customers, trade.leads.loc[trade.customers.index]
    reason = trade.churn.set_index("company")["reason"].reindex(c.index)
    left = (reason.notna() & ~reason.isin(OTHER_CAUSES)).to_numpy()
    days = (c["end_date"] - c["start_date"]).dt.days.clip(lower=1).to_numpy()
    churn = {
        "discount": leads["is_deep_discount"],
        "one contact": ~leads["has_technical_contact"],
        "legacy": leads["is_legacy"],
        "cycle": c["cycle_days"] > LONG_CYCLE_DAYS,
        "conditions": leads["n_conditions"],
    }
    made = cox(days, left, np.column_stack(list(churn.values())).astype(float))
    found = dict(zip((f"{name} to churn" for name in churn), made.p, strict=True))
    revenue = np.log(c["yearly_revenue"])
    found["conditions to revenue"] = spearmanr(leads["n_conditions"], revenue).pvalue
    early = trade.deals[
        (trade.deals["type"] == "New Business") & (trade.deals["close_date"] < SHIFT)
    ]
    fits = trade.leads.loc[early["company"], "is_fit"].to_numpy()
    found["fit to win"] = fisher_exact(pd.crosstab(fits, early["is_won"].to_numpy()))[1]
    found["fit to cycle"] = spearmanr(
        fits, (early["close_date"] - early["created_date"]).dt.days
    ).pvalue
    return found


@pytest.fixture(scope="module")
def twins():
    return pd.DataFrame(relations(draw_trade(100, 100, streams(seed), True)) for seed in SEEDS)


def test_every_planted_relation_is_broken_in_the_twin(twins):
    false_alarms = (twins < LEVEL).sum()
    most = binom.ppf(0.9995, len(twins), LEVEL)
    assert (false_alarms <= most).all(), false_alarms
    assert false_alarms.sum() <= binom.ppf(0.999, twins.size, LEVEL)


def test_the_same_relations_are_there_in_the_example():
    """Otherwise the test above would see nothing in anything."""
    seen = pd.DataFrame(relations(draw_trade(400, 600, streams(seed), False)) for seed in range(3))
    assert (seen < LEVEL).sum().sum() >= 0.85 * seen.size
    assert (seen["cycle to churn"] < LEVEL).sum() >= 2
