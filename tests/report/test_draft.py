"""The desk of the pages: rows, counts and months as pages may use them."""

import pandas as pd
import pytest

from draft_bed import draft
from icplib.problems import UserError
from icplib.report.draft import count, first_said


def test_a_month_has_its_year_where_it_is_not_this_one():
    assert draft().month("2026Q2") == "April" and draft().month("2025Q4") == "October 2025"


def test_counts_and_rows():
    one = draft()
    assert count(one, 3) == "fewer than 5" and count(one, 12) == "12"
    assert one.row("04_tiers", tier="C")["n_best"] == 12 and one.row("04_tiers", tier="B") is None
    rows = pd.DataFrame({"k": [3, 9, None], "n": [40, 40, 0]})
    assert one.told(rows, "k", "n").index.tolist() == [1] and len(one.told(rows[:0], "k", "n")) == 0
    assert first_said({}, "goal") == ""
    with pytest.raises(UserError, match="single companies"):
        one.rows("04_scores")
