"""Tiles: chips say whether fit and others differ, never more than the interval allows."""

import pandas as pd
import pytest

from draft_bed import draft, whole
from icplib.report import tiles


def measures(low, high):
    rows = [
        {"side": side, "value": value, "low": value - 0.1, "high": value + 0.1, "k": 30, "n": 60}
        for side, value in (("in", 0.5), ("out", 0.3))
    ]
    rows.append({"side": "difference", "value": 0.2, "low": low, "high": high, "k": None, "n": 120})
    told = {
        "measure": "win_rate",
        "title": "Win rate",
        "metric": "conversion rate",
        "focus": "ICP",
        "label": "x",
        "unit": "share",
        "n_counted": "deals",
        "window": "2026Q3",
    }
    return whole("06_measures", pd.DataFrame([told | row for row in rows]))


@pytest.mark.parametrize(
    "low, high, chip", [(0.05, 0.35, "20 points higher"), (-0.05, 0.4, "no difference")]
)
def test_a_chip_in_words(low, high, chip):
    (tile,) = tiles.tiles(draft(t06_measures=measures(low, high)))
    assert tile.chip.text == chip and tile.inside.startswith("50") and len(tile.dots) == 2
    assert 0 < tile.dots[1].value < tile.dots[0].value <= 1


def test_both_sides_are_of_one_window():
    table = measures(-0.05, 0.4)
    lately = table[table["side"] == "out"].assign(side="out now", value=0.9, high=1.0)
    (tile,) = tiles.tiles(draft(t06_measures=pd.concat([table, lately])))
    assert tile.outside.startswith("30")
