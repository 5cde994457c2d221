"""`04_sales` on made-up deals whose counts are known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from icplib.scoring.sales import sales_table, two_sided
from icplib.tables import artefact

AS_OF = pd.Timestamp("2026-09-30")


def bed(n=200, seed=1):
    """Companies of which half fit; those that fit come from Partner and are won twice as often."""
    draw = np.random.default_rng(seed)
    fits = np.arange(n) % 2 == 0
    ids = [f"c{i:03d}" for i in range(n)]
    day = AS_OF - pd.to_timedelta(draw.integers(5, 60, n), unit="D")
    won = draw.random(n) < np.where(fits, 0.6, 0.3)
    is_open = np.arange(n) % 10 == 9
    deals = pd.DataFrame({"deal_id": ids, "account_id": ids, "created_date": day})
    deals["close_date"] = day.where(~is_open) + pd.Timedelta(days=4)
    deals["is_closed"], deals["is_won"] = ~is_open, won & ~is_open
    deals["deal_amount"], deals["cycle_days"] = 1000.0, 4.0
    deals["lead_source"] = np.where(fits, "Partner", "Web")
    deals["lost_reason"] = np.where(fits, "Price", "Timing")
    scores = pd.DataFrame({"account_id": ids, "fits_icp": fits, "score": np.where(fits, 80, 20)})
    scores["fits_icp"] = scores["fits_icp"].astype("boolean")
    scores["tier"] = np.where(fits, "A", "D")
    scores["is_prospect"], scores["knock_out"] = True, ""
    tiers = pd.DataFrame({"tier": ["A", "D"], "n": [50, 50], "n_best": [25, 1]})
    tiers["best_rate"] = tiers["n_best"] / tiers["n"]
    accounts = pd.DataFrame({"account_id": ids, "created_date": day, "revenue_amount": 9.0})
    accounts["revenue_per_year_amount"] = 9.0
    accounts["is_customer"], accounts["is_churned"] = True, False
    scores["red_flags"] = np.where(fits, "", "Old; Slow")
    settings = SimpleNamespace(report=SimpleNamespace(lead_window_quarters=4))
    book = SimpleNamespace(read=lambda _: deals, as_of=AS_OF, settings=settings)
    return book, scores, accounts, tiers


def test_counts_are_those_of_the_deals():
    book, scores, accounts, tiers = bed()
    table = artefact("04_sales").check(sales_table(book, scores, accounts, tiers))
    rows = table.set_index(["topic", "side", "group"])
    assert rows.loc[("open", "others", ""), ["k", "n", "amount"]].tolist() == [20, 20, 20_000]
    deals = book.read("01_deals")
    closed = deals[deals["is_closed"]]
    won = closed[closed["lead_source"] == "Partner"]["is_won"]
    partner = rows.loc[("won by channel", "all", "Partner")]
    assert (partner["k"], partner["n"]) == (won.sum(), len(won)) and partner["p"] < 0.01
    assert rows.loc[("leads by channel", "all", "Web"), "k"] == 0
    lost = closed[~closed["is_won"] & (closed["lost_reason"] == "Price")]
    assert rows.loc[("lost", "fit", "Price"), "k"] == len(lost)


def test_the_first_of_a_ranking_hold_what_their_tier_promises():
    table = sales_table(*bed()).set_index(["topic", "side", "group"])
    gain = table.loc[("gains", "all", "50")]
    a, d = 25.5 / 51, 1.5 / 51
    assert gain["estimate"] == pytest.approx(50 * a / (100 * a + 100 * d))
    assert gain["low"] < gain["estimate"] < gain["high"] < 1


def test_p_of_two_equal_shares_is_large_and_of_unequal_ones_small():
    assert two_sided(10, 40, 20, 80) > 0.9 and two_sided(2, 40, 60, 80) < 1e-6
    assert two_sided(0, 0, 5, 9) == 1
