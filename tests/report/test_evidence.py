"""What changed, files, pains and method: own words are trusted, values are not."""

from types import SimpleNamespace

from draft_bed import draft
from icplib.report import evidence


def test_own_words_carry_no_values():
    folds = evidence.evidence(draft(), SimpleNamespace(log=()))
    glossary = next(f for f in folds if f.anchor == "glossary")
    assert all(cell.values == () for row in glossary.tables[0].rows for cell in row)
    assert len({f.anchor for f in folds}) == len(folds)


def test_pains_have_counts_and_losses_a_picture():
    made = evidence.asking(draft())
    assert made.figures[0].title.startswith("Lost most to") and len(made.tables[0].rows) == 4


def test_a_first_report_says_so():
    assert "first report" in evidence.changes(draft()).lead
