"""Tiers, pipeline, losses, channels and leaving from counts, small ones hidden together."""

from draft_bed import draft
from icplib.report import selling


def text(table):
    return " | ".join(str(getattr(c, "text", c)) for row in table.rows for c in row)


def test_few_of_unknown_fit_are_counted_with_those_that_fit():
    tables = {t.anchor: t for t in selling.selling(draft()).tables}
    assert "14 of 60" in text(tables["pipeline"]) and "46 of 60" in text(tables["pipeline"])


def test_one_small_reason_takes_another_along():
    tables = {t.anchor: t for t in selling.selling(draft()).tables}
    shown = text(tables["losses"])
    assert "fewer than 5 of 43" in shown and shown.count("20 of 43") == 1


def test_channels_and_flags():
    assert "9 of 30" in text(selling.spending(draft()).tables[0])
    made = selling.leaving(draft())
    assert "24 of 60" in text(made.tables[0]) and "$250k" in text(made.tables[0])
    churn = draft().model("03_churn").model_copy(update={"available": False})
    assert "No list of customers who left" in selling.leaving(draft(t03_churn=churn)).lead
