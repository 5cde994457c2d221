"""Who changed tier: values against card, on a card and companies whose points are known."""

from types import SimpleNamespace

import pandas as pd

from book_bed import numbers
from icplib.scoring.companies import score_companies
from icplib.scoring.movers import describe_movers, movers_table
from scorecards import scorecard


def cards():
    """Last quarter's card, and one that gives more for many employees."""
    return (
        scorecard([numbers("n_employees", [50.0], [10, high, 0])]).model_copy(
            update={"tiers": scorecard([]).tiers}
        )
        for high in (30, 70)
    )


def quarter(card, sizes):
    accounts = pd.DataFrame({"account_id": [*"abc"], "n_employees": sizes})
    scores = score_companies(card, accounts).assign(account_id=[*"abc"], is_prospect=True)
    return accounts, scores


def test_a_change_of_values_is_told_from_a_change_of_the_card():
    old, new = cards()
    was, then = quarter(old, [10.0, 100.0, 10.0])
    now, scores = quarter(new, [100.0, 100.0, 10.0])
    kept = {"04_scores": then, "04_scorecard": old, "01_accounts": was}
    before = SimpleNamespace(has=lambda name: True, read=kept.get)
    wb = SimpleNamespace(previous=lambda: before)
    moved = movers_table(wb, new, scores, now).set_index("account_id")
    assert list(moved.index) == ["a", "b"]  # c is what it was
    assert moved.loc["a", ["points_by_values", "points_by_card"]].tolist() == [20, 40]
    assert moved.loc["b", ["tier_before", "tier", "points_by_values"]].tolist() == ["C", "A", 0]
    assert moved.loc["a", "moved_because"] == (
        "values +20 (n_employees was from None, is from 50.0); card +40 (n_employees +40)"
    )
    assert describe_movers(moved).startswith("2 prospects changed tier since last quarter: 2 up")
    assert movers_table(SimpleNamespace(previous=lambda: None), new, scores, now).empty
