"""Parts of the page: titles are findings, small groups are hidden, tables keep their kinds."""

from draft_bed import draft, nobody
from icplib.pages import part
from icplib.report import sections


def test_a_line_with_few_behind_it_shows_no_lift():
    made = sections.profile(draft())
    rows = made.tables[0].rows
    assert rows[0][4].startswith("1.7") and rows[1][4] == "not shown"


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
