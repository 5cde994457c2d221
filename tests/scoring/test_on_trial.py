"""The score on trial: drawn before the first day, carried on, read on the last."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from icplib.scoring.on_trial import describe_trial, needed, trial_table
from icplib.scoring.sales import _compared
from icplib.settings import Settings
from icplib.stats.trials import accounts_needed
from icplib.tables import artefact

IDS = [f"c{i:03d}" for i in range(80)]


def settings(**trial):
    score = {"trial": {"start": "2026-10-01", "end": "2026-12-31", "rise": 0.3} | trial}
    return Settings(name="x", sources={"accounts": "a.csv", "deals": "d.csv"}, score=score)


def run(day, before=None, **trial):
    wb = SimpleNamespace(settings=settings(**trial), as_of=pd.Timestamp(day))
    wb.previous = lambda: before and SimpleNamespace(has=before.__contains__, read=before.get)
    scores = pd.DataFrame({"account_id": IDS, "tier": ["A"] * 60 + ["B"] * 20, "state": "scored"})
    scores["is_prospect"] = True
    accounts = pd.DataFrame({"account_id": IDS, "is_customer": np.arange(80) % 4 == 0})
    won = pd.Series(pd.Timestamp("2026-11-11"), range(80))
    accounts["start_date"] = won.where(accounts["is_customer"])
    return wb, scores, accounts


def test_the_hold_out_is_as_large_as_power_asks_and_comes_from_tier_a():
    before = {"04_scores": run("2026-06-30")[1]}
    wb, scores, accounts = run("2026-09-30", before)
    n = needed(wb, accounts)
    assert n == accounts_needed(0.25, 0.3, 1, 0)
    drawn = trial_table(wb, scores, accounts)
    assert (drawn["arm"] == "hold out").sum() == min(n, 30) and len(drawn) == 60
    assert set(drawn["account_id"]) == set(IDS[:60]) and drawn["is_won"].isna().all()
    pd.testing.assert_frame_equal(drawn, trial_table(wb, scores.sample(frac=1), accounts))
    said = describe_trial(wb, drawn, artefact("04_sales").empty(), n)
    assert f"{n} an arm would show a rise of 30" in said and "score_trial.csv" in said
    assert ("may well not" in said) == (n > 30)


def test_it_is_read_on_the_last_day_and_not_before():
    drawn = trial_table(*run("2026-09-30"))
    running = trial_table(*run("2026-11-30", {"04_trial": drawn}))
    assert running["is_won"].isna().all() and (running["arm"] == drawn["arm"]).all()
    wb, scores, accounts = run("2026-12-31", {"04_trial": running})
    read = trial_table(wb, scores, accounts)
    assert read["is_won"].sum() == 15
    rows = _compared("on trial", read.set_index("arm")["is_won"])
    sales = artefact("04_sales").frame({"window": ""} | row for row in rows)
    assert "working them won" in describe_trial(wb, read, sales, None)
    assert trial_table(*run("2026-12-31")).empty
    with pytest.raises(ValueError, match="ends after it starts"):
        settings(end="2026-09-01")
