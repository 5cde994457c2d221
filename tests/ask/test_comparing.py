"""Two runs beside each other, one of them computed in memory."""

import pytest

from icplib.ask.comparing import compare
from icplib.problems import UserError


def test_a_run_beside_itself_has_not_moved(book):
    answer = compare(book, other=book)
    assert "0 accounts changed tier" in answer.sentence and "only" not in answer.sentence
    assert (answer.table["here"] == answer.table["there"]).all()


def test_a_scenario_that_was_never_run_is_computed(book):
    answer = compare(book, scenario="few")
    assert "2026Q3@few" in answer.sentence
    tiers = answer.table[answer.table["what"] == "tier"]
    both = [tiers[side].str.replace(",", "").astype(int).sum() for side in ("here", "there")]
    assert both[0] == both[1] == len(book.read("01_accounts"))
    assert not (book.folder / "processed" / "2026Q3@few").exists()


def test_nothing_to_compare_with_is_told(book):
    with pytest.raises(UserError, match="by_profit"):
        compare(book)
