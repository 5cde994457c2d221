"""Verdicts of sellers: read back, counted, and forgotten when their day is over."""

from types import SimpleNamespace

import pandas as pd

from icplib.scoring.sales import _compared
from icplib.scoring.verdicts import describe_verdicts, verdicts_table
from icplib.settings import Quarter
from icplib.tables import artefact


def said(*rows):
    names = ("account_id", "verdict", "reason", "given_date", "until_date")
    return artefact("01_verdicts").frame(dict(zip(names, row, strict=False)) for row in rows)


def run(now, quarter="2026Q3", before=None):
    """04_verdicts of companies a (bought since), b, c (bought long ago), d."""
    days = ["2026-08-01", None, "2020-01-01", None]
    accounts = pd.DataFrame({"account_id": [*"abcd"], "start_date": pd.to_datetime(days)})
    scores = pd.DataFrame({"account_id": [*"abcd"], "tier": ["D", "A", "A", "B"]})
    earlier = before is not None and SimpleNamespace(has=lambda _: True, read=lambda _: before)
    q = Quarter(quarter)
    wb = SimpleNamespace(read=lambda _: now, previous=lambda: earlier or None, quarter=q)
    wb.as_of = pd.Timestamp(q.end)
    return verdicts_table(wb, scores, accounts).set_index("account_id")


def test_verdicts_have_outcomes_and_disagreements():
    told = run(
        said(("a", "accepted"), ("b", "refused", "no budget"), ("c", "refused"), ("d", "accepted"))
    )  # noqa: E501
    assert told["is_against_score"].tolist() == [True, True, True, False]
    assert told["is_won"].isna().tolist() == [False, False, True, False]  # c had bought before
    assert told.loc["a", "is_won"] and not told.loc["b", "is_won"]
    assert str(told.loc["a", "until_date"].date()) == "2026-12-31"


def test_a_verdict_holds_until_its_day_and_is_carried_on():
    first = run(said(("b", "refused", "later", pd.NaT, pd.Timestamp("2026-10-31")))).reset_index()
    assert first["is_active"].all()
    second = run(said(("d", "refused")), "2026Q4", first)
    assert second["is_active"].to_dict() == {"b": False, "d": True}
    assert run(said(("b", "accepted")), "2026Q4", first).loc["b", "verdict"] == "accepted"


def test_how_they_fared_is_said_with_intervals():
    told = run(said(("a", "accepted"), ("b", "refused"), ("d", "accepted"))).reset_index()
    rows = _compared("verdicts", told.set_index("verdict")["is_won"].dropna())
    sales = artefact("04_sales").frame({"window": ""} | row for row in rows)
    assert sales.set_index("group").loc["difference", "estimate"] == -0.5
    words = describe_verdicts(told, sales)
    assert words.startswith("Of 2 accepted 1 became customers since (9–91\xa0%); of 1 refused 0")
    assert "in 2 sellers and score disagree" in words and "3 verdicts still hold" in words
    assert "prospects.xlsx" in describe_verdicts(told.head(0), sales)
