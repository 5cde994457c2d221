"""Parts of the page: titles are findings, small groups are hidden, tables keep their kinds."""

import pandas as pd

from draft_bed import draft, nobody, whole
from icplib.icp import Profiles
from icplib.pages import part
from icplib.report import sections


def test_a_line_with_few_behind_it_shows_no_lift():
    made = sections.profile(draft())
    rows = made.tables[0].rows
    assert rows[0][4].startswith("1.7") and rows[1][4] == "not shown"


def test_beliefs_stand_beside_the_data_with_or_without_a_profile():
    told = {"who": "VP Sales", "direction": "more", "n": 200, "p": 0.4, "sentence": "x"}
    rows = [
        told | {"item": "Region: EU", "n_with": 80, "n_best_with": 30, "verdict": "confirmed"},
        told | {"item": "Partner", "n_with": 40, "n_best_with": 3, "verdict": "no difference seen"},
    ]
    counted = [
        r | {"number": i, "estimate": 1.8, "low": 1.2, "high": 2.4} for i, r in enumerate(rows)
    ]
    beliefs = whole("02_beliefs", pd.DataFrame(counted))
    for bare in ({}, {"t03_profile": Profiles(profiles=())}):
        shown = sections.profile(draft(t02_beliefs=beliefs, **bare)).tables[-1]
        first, second = shown.rows
        assert first[:2] == ("More: Region: EU", "VP Sales") and first[2].text == "30 of 80"
        assert first[5].tone == "good" and second[3:5] == ("not shown", "not shown")
    assert all(t.title != shown.title for t in sections.profile(draft()).tables)


def test_figures_have_their_finding_as_title():
    ladder = sections.profile(draft()).figures[0]
    assert ladder.title.split() == ladder.picture.alt.split() and "33" in ladder.title
    made = sections.people(draft())
    assert len(made.cards) == 2 and "INT-" not in str(made.cards)
    assert "No personas yet" in sections.people(draft(t05_personas=nobody())).lead


def test_a_bar_is_words_where_the_count_is_hidden():
    assert sections.bar(part(3, 90, 5)) == "fewer than 5 of 90"
    assert sections.bar(part(30, 90, 5)).value == 1 / 3
    assert [h.kind for h in sections.table("t", "A|#B|=C", []).heads] == ["text", "number", "bar"]
