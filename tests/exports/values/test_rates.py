"""Percent or share."""

import pytest

from cells_bed import read, settled
from icplib.problems import UserError


@pytest.mark.parametrize(
    "cells, wanted",
    [
        (["35 %", "5%", "0.2"], [0.35, 0.05, 0.2]),
        (["35", "5", "0.5"], [0.35, 0.05, 0.005]),
        (["0.35", "1.2"], [0.35, 1.2]),
        (["0.12", "0.35", "0.4", "0.1", "0.2", "0.3", "0.25", "2.5"], None),  # once 250 %
        (["12 Prozent", "3,5 %"], [0.12, 0.035]),
        (["1", "2", "1", "3"], [0.01, 0.02, 0.01, 0.03]),  # shares are not all whole
        (["12%", "35%", "40"], [0.12, 0.35, None]),  # 40 among cells with a sign is anything
        (["0", "0"], [0, 0]),
    ],
)
def test_the_sign_then_the_bulk_of_the_values_decide(cells, wanted):
    assert read(cells, "rate") == pytest.approx(wanted or [float(c) for c in cells])


@pytest.mark.parametrize("cells", [["0.5", "1.2", "0.8", "2.5", "3.1"], ["1.2", "0.4", "2"]])
def test_what_can_be_both_is_refused_with_two_cells_and_the_line(cells):
    with pytest.raises(UserError, match=r'percent = \["c"\] or shares = \["c"\]'):
        read(cells, "rate")


def test_a_declared_scale_counts():
    assert read(["0.5", "2.5"], "rate", scale="percent") == [0.005, 0.025]
    assert settled(["0.5", "2.5"], "rate", scale="share")[1].scale == "share"


@pytest.mark.parametrize(
    ("cells", "expected", "wanted"),
    [
        (["1", "1"], "percent", [0.01, 0.01]),
        (["1", "1"], "share", [1.0, 1.0]),
        (["0.5", "1.2", "0.8", "2.5", "3.1"], "percent", [0.005, 0.012, 0.008, 0.025, 0.031]),
        (["30%", "5%"], "share", [0.3, 0.05]),
        (["12", "35"], "percent", [0.12, 0.35]),
    ],
)
def test_a_list_is_read_in_the_scale_of_the_card(cells, expected, wanted):
    assert read(cells, "rate", expected=expected) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("cells", "expected"), [(["12", "35", "4"], "share"), (["0.3", "0.12"], "percent")]
)
def test_a_list_that_contradicts_the_card_is_refused(cells, expected):
    with pytest.raises(UserError, match=f"the card's own are a {expected}"):
        read(cells, "rate", expected=expected)
