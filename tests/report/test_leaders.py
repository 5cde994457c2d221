"""A line for each leader, and none that claims what is not on file."""

from draft_bed import draft, nobody
from icplib.report import leaders
from icplib.tables import artefact


def test_six_leaders_each_with_a_link():
    made = leaders.leaders(draft())
    assert [x.anchor for x in made] == [
        "spending",
        "selling",
        "leaving",
        "deploying",
        "asking",
        "privacy",
    ]
    assert "6 customers carry three or more flags, $90k a year" in made[2].text


def test_nothing_on_file_is_said_in_words():
    made = leaders.leaders(draft(t04_sales=artefact("04_sales").empty(), t05_personas=nobody()))
    assert made[0].text == "no source of leads is on file"
    assert "no pains and no loss reasons" in made[4].text
