"""Success measures as a part: every registered measure has a table, known or not."""

from draft_bed import draft
from icplib.report import success
from icplib.report.measures import INTRODUCTIONS


def test_every_measure_has_its_table_and_says_what_it_needs():
    made = success.measures(draft())
    tables = made.folds[0].tables
    assert [t.anchor for t in tables] == [f"measure-{n.replace('_', '-')}" for n in INTRODUCTIONS]
    assert all(t.empty.startswith("Not known: it needs") for t in tables)
    assert len(made.tables[0].rows) == 4
