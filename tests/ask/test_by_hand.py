"""The rule by hand: counts of one function, widgets that only say which rule is meant."""

import re
from dataclasses import replace

import pytest

from icplib.ask import by_hand, ledger
from icplib.conditions import Condition
from icplib.problems import UserError
from icplib.settings import read_settings
from icplib.stats.looks import next_level

LINES = (
    Condition(attribute="industry", op="in", values=("fintech", "e-commerce")),
    Condition(attribute="employees", op="between", low=200, high=900),
)


@pytest.fixture(scope="module")
def desk(book):
    return replace(by_hand.desk_of(book), lines=LINES)


def selects(answer):
    return dict(answer.table.to_numpy())


def test_a_rule_selects_who_is_known_to_meet_all_its_lines(desk):
    told = selects(by_hand.state(desk, LINES))
    mine = desk.scene.customers
    inside = mine["industry"].isin(["fintech", "e-commerce"]) & mine["employees"].between(200, 900)
    inside = inside.fillna(False).to_numpy(bool)
    assert told["customers that meet it"] == f"{inside.sum()} of {len(mine)}"
    best = desk.scene.flag[inside].sum()
    assert told["of them best, on the same customers"] == f"{best} of {inside.sum()}"
    assert told["best that it holds"] == f"{best} of {desk.scene.flag.sum()}"


def test_no_line_selects_everyone_and_an_empty_rule_nobody(desk):
    assert selects(by_hand.state(desk, ()))["best that it holds"].startswith(
        str(desk.scene.flag.sum())
    )
    nobody = Condition(attribute="employees", op="between", low=9e9, high=9.1e9)
    told = selects(by_hand.state(desk, (nobody,)))
    assert told["customers that meet it"].startswith("0 of") and told["share of best"] == ""


def test_without_a_server_the_panel_is_the_rule_as_it_stands(book, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    own = by_hand.desk_of(book)
    assert by_hand.panel(book).sentence == by_hand.state(own, own.lines).sentence


def test_every_rule_that_is_moved_to_is_a_look_and_raises_the_bar(desk):
    def price(answer):
        told = selects(answer)
        return [told[name] for name in told if "look" in name or "chance" in name]

    path = ledger.path_of(desk.book)
    before = path.read_text() if path.exists() else ""
    try:
        start = len(ledger.read(path))
        stands, (first, *_) = (
            price(by_hand.move(desk, LINES)),
            price(by_hand.state(desk, LINES[:1])),
        )
        assert stands[0] == first == str(start), "the rule as it stands is the search's own"
        told = [price(by_hand.move(desk, LINES[:1])) for _ in range(2)]
        other = price(by_hand.move(desk, LINES[1:]))
        assert told[0] == told[1] and told[0][0] == str(start + 1) and other[0] == str(start + 2)
        last = ledger.read(path)[-1]
        assert not last.holds and last.level > next_level([False] * (start + 2))
    finally:
        path.write_text(before)


def test_a_moved_slider_changes_the_numbers_and_an_end_at_the_edge_is_open(desk):
    left, shown = by_hand._widgets(desk).children
    before, (_, slider) = shown.value, left.children[1].children
    edge = slider.options[0][1]
    slider.value = (edge, slider.value[1])
    assert shown.value != before and "up to 900" in shown.value
    left.children[0].children[0].value = False  # without the first line
    assert "fintech" not in re.sub("<style>.*</style>", "", shown.value, flags=re.S)


def test_the_button_writes_a_scenario_that_can_be_read(desk, book):
    path = book.folder / "company.toml"
    before = path.read_text()
    try:
        block = by_hand.add_scenario(book, "tried", LINES)
        limits = read_settings(path, "tried").limits
        assert block in path.read_text() and [x.attribute for x in limits] == [
            "industry",
            "employees",
        ]
        assert limits[0].values == LINES[0].values and (limits[1].low, limits[1].high) == (200, 900)
    finally:
        path.write_text(before)
    with pytest.raises(UserError, match="'few' is no new name"):
        by_hand.add_scenario(book, "few", LINES)
    assert path.read_text() == before
