"""The record of being right: proven statements asked again of what came after."""

import numpy as np
import pandas as pd
import pytest

import report_scene as scene
from icplib import report
from icplib.icp import Profiles
from icplib.report.signs import track
from icplib.tables import artefact


def customers(book, n, rate_inside, rate_outside):
    """02_best of the first n companies: fintech is best at one rate, the others at another."""
    accounts = book.read("01_accounts").head(n)
    rng = np.random.default_rng(7)
    inside = (accounts["industry"] == "Fintech").to_numpy()
    best = artefact("02_best").empty().reindex(range(n))
    best["account_id"], best["best_by"] = accounts["account_id"].to_numpy(), "revenue"
    best["value"] = 1.0
    best["is_best"] = rng.random(n) < np.where(inside, rate_inside, rate_outside)
    book.write("02_best", best)
    return book


@pytest.fixture
def quarters(root):
    return [scene.company(root, q, seed=3) for q in ("2026Q2", "2026Q3")]


def lines(table):
    return table[table["kind"] == "line"].set_index("statement")["state"].to_dict()


def test_a_line_that_shows_again_held(quarters):
    before, now = quarters
    customers(before, 100, 0.5, 0.1)
    customers(now, 400, 0.5, 0.1)
    table = report.record(report.read(now))
    row = table[table["kind"] == "line"].iloc[0]
    assert (row["statement"], row["state"]) == ("Industry: Fintech", "held")
    assert row["n_with"] + row["n_without"] == 300 and row["promise"] >= track.SOON
    assert row["claimed_quarter"] == "2026Q2"


def test_a_line_that_turned_did_not_hold(quarters):
    before, now = quarters
    customers(before, 100, 0.5, 0.1)
    customers(now, 400, 0.1, 0.3)
    assert lines(report.record(report.read(now))) == {"Industry: Fintech": "did not hold"}


def test_a_few_new_customers_are_too_early(quarters):
    before, now = quarters
    customers(before, 100, 0.5, 0.1)
    customers(now, 108, 0.5, 0.1)
    table = report.record(report.read(now))
    assert lines(table) == {"Industry: Fintech": "too early"}


def test_nothing_is_said_where_nothing_was_claimed(root, quarters):
    assert not len(report.record(report.read(quarters[0])))
    profiles = quarters[0].read("03_profile")
    main = profiles.main.model_copy(update={"criteria": (), "n_headline": 0, "ladder": ()})
    quarters[0].write("03_profile", Profiles(profiles=(main,)))
    quarters[0].write("03_red_flags", artefact("03_red_flags").empty())
    now = report.read(quarters[1])
    assert set(report.record(now)["kind"]) <= {"persona"}


def test_a_statement_counts_once_from_its_first_quarter(root, quarters):
    third = customers(scene.company(root, "2026Q4", seed=3), 400, 0.5, 0.1)
    for book, n in zip(quarters, (100, 200), strict=True):
        customers(book, n, 0.5, 0.1)
    table = report.record(report.read(third))
    own = table[table["kind"] == "line"]
    assert list(own["claimed_quarter"]) == ["2026Q2"]
    assert own["n_with"].iloc[0] + own["n_without"].iloc[0] == 300


def test_a_red_flag_is_asked_of_those_at_risk_since():
    n, since = 200, pd.Timestamp("2026-06-30")
    flagged = np.arange(n) % 4 == 0
    accounts = pd.DataFrame({"account_id": [f"a{i}" for i in range(n)], "plan": flagged})
    accounts["plan"] = np.where(flagged, "basic", "full")
    left = flagged & (np.arange(n) % 8 == 0)
    seen = pd.DataFrame(
        {
            "account_id": accounts["account_id"],
            "start_date": since - pd.Timedelta(days=300),
            "entry_months": 0.0,
            "time_months": np.where(np.arange(n) % 5, 12.0, 5.0),  # a fifth had gone before
            "cause": left.astype(int),
        }
    )
    asked = track.Condition(attribute="plan", op="in", values=("basic",))
    claim = track.Claim("red flag", "Plan: basic", asked, (np.log(3.0), 0.3))
    found = track.leaving_again(claim, seen, accounts, since)
    assert found["n_with"] + found["n_without"] == 160
    assert found["held"] and found["k_without"] == 0 and found["promise"] > found["by_chance"]


def test_the_page_says_the_record(quarters):
    before, now = quarters
    customers(before, 100, 0.5, 0.1)
    customers(now, 400, 0.5, 0.1)
    scene.finish(before)
    inputs = scene.finish(now)[0]
    from icplib.report.draft import Draft
    from icplib.report.evidence import changes

    said = str(changes(Draft(inputs)).lead)
    assert "called proven since 2026Q2: " in said and "held" in said and "promised" in said
    assert "proven" not in str(changes(Draft(report.read(before))).lead)
