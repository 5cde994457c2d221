"""What is about people or single companies does not come into a page for everyone."""

from dataclasses import replace

import pandas as pd
import pytest

from icplib.pages import Shared, part
from icplib.problems import UserError
from icplib.tables import Column, artefact, step_04


def test_a_table_of_counts_comes_through_and_one_of_companies_does_not():
    rows = pd.DataFrame({"tier": ["A"], "n": [12]})
    shared = Shared({"04_tiers": rows, "04_scores": rows}, 5)
    assert list(shared.table("04_tiers", "tier", "n")["n"]) == [12]
    with pytest.raises(UserError, match=r"04_scores \(single companies\)"):
        shared.table("04_scores", "tier")


def test_a_column_about_persons_in_a_table_of_counts_is_refused(monkeypatch):
    mail = Column("who sells", sensitivity="person")
    tiers = artefact("04_tiers")
    wider = replace(tiers, declared={**tiers.declared, "owner_email": mail})
    others = tuple(a for a in step_04.ARTEFACTS if a is not tiers)
    monkeypatch.setattr(step_04, "ARTEFACTS", (*others, wider))
    rows = pd.DataFrame({"tier": ["A"], "owner_email": ["x@y.example"]})
    shared = Shared({"04_tiers": rows}, 5)
    assert list(shared.table("04_tiers")) == ["tier"]
    with pytest.raises(UserError, match=r"04_tiers \(people\)"):
        shared.table("04_tiers", "tier", "owner_email")


@pytest.mark.parametrize(
    "k, n, words",
    [
        (12, 85, "12 of 85"),
        (3, 85, "fewer than 5 of 85"),
        (83, 85, "all but fewer than 5 of 85"),
        (2, 4, "some of fewer than 5"),
        (0, 85, "0 of 85"),
        (85, 85, "85 of 85"),
        (None, 4, "\N{EN DASH}"),
    ],
)
def test_a_count_says_no_small_group(k, n, words):
    assert str(part(k, n, 5)) == words
    assert (part(k, n, 5).share is None) == (words not in ("12 of 85", "0 of 85", "85 of 85"))
