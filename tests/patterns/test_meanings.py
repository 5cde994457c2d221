"""A meaning of best is one decorated function: a dummy in one place is chosen, cut and worded."""

import numpy as np
import pytest

from icplib import patterns
from icplib.patterns.meanings import MEANINGS, chosen_meaning, meaning
from icplib.problems import UserError
from icplib.settings import Settings
from icplib.tables import artefact
from pattern_bed import company


def settings(**best):
    return Settings(name="Bed", sources={"accounts": "a.csv", "deals": "d.csv"}, best=best)


def test_a_dummy_meaning_reaches_the_page(monkeypatch):
    monkeypatch.setitem(MEANINGS, "luck", None)  # undone behind the test

    @meaning("luck", "somebody has to have it", "nothing")
    def luck(customers, settings):
        return np.arange(len(customers), dtype=float)

    accounts, attributes = company(60, 1)
    chosen = settings(by="luck")
    best = artefact("02_best").check(patterns.choose_best(accounts, chosen))
    assert best["is_best"].sum() == 12 and best["value"].max() == 59
    noise = patterns.noise(patterns.search(accounts, attributes.head(2), best, chosen), chosen)
    assert "by luck (somebody has to have it)" in patterns.describe_best(best, noise)


def test_a_misspelt_meaning_names_the_nearest():
    with pytest.raises(UserError, match="Did you mean 'retention'"):
        chosen_meaning(settings(by="retenton"))


def test_ties_at_the_cut_off_know_nothing_of_the_start():
    accounts, _ = company(300, 2)
    accounts["first_year_revenue_amount"] = accounts["first_year_revenue_amount"].where(
        accounts["first_year_revenue_amount"].isna(), 100.0
    )
    best = patterns.choose_best(accounts, settings())
    days = accounts.set_index("account_id")["tenure_days"]
    flag = best["is_best"].to_numpy(bool)
    rank = days.loc[best["account_id"]].rank(pct=True).to_numpy()
    assert flag.sum() == 60 and abs(rank[flag].mean() - 0.5) < 0.12
    turned = patterns.choose_best(accounts.sample(frac=1, random_state=1), settings())
    assert turned.equals(best)


def test_the_tenure_of_the_best_is_told():
    accounts, _ = company(300, 2)
    best = patterns.choose_best(accounts, settings())
    table = artefact("02_tenure").check(patterns.tenure(accounts, best))
    assert table.loc[table["what"] == "start year", "n"].sum() == 300
    assert table["n_best"].groupby(table["what"]).sum().eq(60).all()
    assert "years longer" in patterns.describe_tenure(table)
