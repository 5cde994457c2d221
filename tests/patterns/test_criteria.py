"""A condition becomes a line with counts, interval and verdict."""

import numpy as np
import pandas as pd
import pytest

from icplib import patterns
from icplib.conditions import Condition
from icplib.patterns.criteria import as_criterion, or_none
from icplib.settings import Settings
from icplib.stats.conditions import count
from pattern_bed import company


def test_a_typed_line_carries_counts_and_says_what_they_are_worth():
    accounts, attributes = company(300, 1)
    sources = {"accounts": "a.csv", "deals": "d.csv"}
    settings = Settings(name="Bed", sources=sources, patterns={"permutations": 99})
    best = patterns.choose_best(accounts, settings)
    search = patterns.search(accounts, attributes, best, settings)
    condition = Condition(attribute="industry", op="in", values=("fintech",))
    attribute = next(i.attribute for i in search.inputs if i.attribute.name == "industry")
    item = count(condition, attribute, search.flag)
    line = as_criterion(
        search, item, pd.DataFrame(columns=["item", "direction"]), settings, "up", True
    )
    assert line.words == "Industry: fintech" and line.origin == "typed in"
    assert (line.evidence.n_with, line.evidence.n_best_with) == (item.n_with, item.n_best_with)
    proven = line.evidence.lift_low > 1
    assert line.verdict == ("holds up" if proven else "lead, not proof")


@pytest.mark.parametrize(("value", "kept"), [(None, None), (pd.NA, None), (np.inf, None), (2, 2.0)])
def test_what_is_no_number_is_nothing(value, kept):
    assert or_none(value) == kept
