"""The table of anti-personas does not prove itself: reasons at random bring no difference."""

import numpy as np
import pandas as pd

from icplib.personas import anti, anti_outcomes
from icplib.personas.evidence import Evidence
from icplib.settings import AntiPersona
from icplib.tables import artefact

AS_OF = pd.Timestamp("2026-09-30")
SETTINGS = AntiPersona(unserved_models=("Agency",))
WORDS = ("Price", "Missing feature", "Timing", "Champion left", "Other")


def nobody() -> Evidence:
    empty = pd.DataFrame(columns=["account_id", "relationship", "fits"])
    items = pd.DataFrame(columns=["code_id", "label", "family"])
    nothing = pd.DataFrame()
    return Evidence(empty, items, nothing, nothing, np.zeros((0, 0, 0)), (), {}, False)


def company(seed, n=600):
    """47 % won, 30 % of them left; reasons, discounts, requests and models drawn at random."""
    rng = np.random.default_rng([seed, 1127])
    won = rng.random(n) < 0.47
    left = won & (rng.random(n) < 0.30)
    start = AS_OF - pd.to_timedelta(rng.integers(200, 1500, n), unit="D")
    stay = (rng.random(n) * (AS_OF - start).days).astype(int)
    tenure = np.where(left, stay, (AS_OF - start).days)
    accounts = artefact("01_accounts").empty().reindex(range(n))
    accounts = accounts.assign(
        account_id=[f"A{i:04d}" for i in range(n)],
        is_customer=won,
        is_prospect=~won,
        is_churned=left,
        start_date=pd.Series(start).where(won),
        tenure_days=pd.Series(tenure.astype(float)).where(won),
        churn_reason=pd.Series(rng.choice(WORDS, n)).where(left),
        support_cost_share=rng.random(n) * 0.3,
        business_model=rng.choice(["Agency", "Shop", "Plant"], n),
    )
    deals = pd.DataFrame(
        {
            "deal_id": [f"D{i}" for i in range(n)],
            "account_id": accounts["account_id"],
            "created_date": start - pd.Timedelta(days=60),
            "close_date": start,
            "is_closed": True,
            "is_won": won,
            "deal_amount": 100.0,
            "discount_rate": rng.random(n) * 0.4,
            "n_quote_revisions": rng.integers(1, 6, n).astype(float),
            "lead_source": None,
            "lost_reason": pd.Series(rng.choice(WORDS, n)).where(~won),
            "cycle_days": 60.0,
            "owner": None,
        }
    )
    tickets = artefact("01_tickets").empty()
    return artefact("01_accounts").check(accounts), artefact("01_deals").check(deals), tickets


def measured(seed):
    accounts, deals, tickets = company(seed)
    evidence = nobody()
    flags = anti.flag_accounts(accounts, deals, tickets, evidence, SETTINGS)
    table = anti_outcomes.measure_anti_personas(flags, accounts, deals, evidence, SETTINGS, AS_OF)
    return table.set_index("criterion")


def apart(row, name):
    return row[f"{name}_difference_low"] > 0 or row[f"{name}_difference_high"] < 0


def test_random_reasons_bring_no_difference():
    tables = [measured(seed) for seed in range(6)]
    told = [
        apart(table.loc[criterion], name)
        for table in tables
        for criterion in ("AP1", "AP5", "anti-persona")
        for name in ("win_rate", "churned_share")
    ]
    assert np.mean(told) <= 0.14


def test_what_the_loss_itself_defined_has_no_rate():
    row = measured(1).loc["AP2"]
    assert row["n_flagged"] > 0 and np.isnan(row["win_rate"])
    assert row["win_rate_basis"] == "by definition" and "part of the definition" in row["sentence"]


def test_a_difference_is_told_with_its_interval():
    row = measured(2).loc["AP5"]
    assert row["win_rate_basis"] == "known before"
    assert "points" in row["sentence"] and row["win_rate_difference_low"] <= (
        row["win_rate"] - row["win_rate_rest"]
    )
