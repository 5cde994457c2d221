"""The settings at the head of a notebook."""

import pytest

from icplib.settings import Settings
from icplib.settings.levers import levers

SETTINGS = Settings.model_validate(
    {
        "name": "A",
        "sources": {"accounts": "a.csv", "deals": "d.csv"},
        "best": {"by": "profit"},
        "limits": [{"attribute": "n_employees", "low": 5}],
    }
)


def test_a_section_stands_for_its_keys_and_says_value_and_default():
    table = levers(SETTINGS, "best").set_index("setting")
    assert list(table.loc["best.by", ["value", "default"]]) == ['"profit"', '"revenue"']
    assert table.loc["best.share", "value"] == "0.2" and table["what it does"].str.len().min() > 5


def test_single_keys_lists_and_what_has_no_value():
    table = levers(SETTINGS, "patterns.permutations", "limits", "decimal").set_index("setting")
    assert table["value"].to_dict() == {
        "patterns.permutations": "999",
        "limits": "1 of them",
        "decimal": "",
    }


def test_a_setting_that_is_none_is_a_mistake_of_the_notebook():
    with pytest.raises(KeyError):
        levers(SETTINGS, "best.buy")
