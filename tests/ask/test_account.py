"""One account whole: names as people type them, points that add up."""

import pytest

from icplib.ask.account import explain
from icplib.problems import UserError


@pytest.mark.parametrize("name", ["Norcaster Lending", "NORCASTER lending gmbh.", "norcaster"])
def test_a_name_is_matched_after_cleaning(book, name):
    assert explain(book, name).sentence.startswith("Norcaster Lending GmbH")


def test_several_matches_are_listed(book):
    answer = explain(book, "Alder")
    assert answer.table["account_name"].tolist() == ["Alder & Sons Ltd", "Alder and Sons Holding"]
    assert answer.sentence.startswith("2 accounts are called like 'Alder'")


def test_no_match_names_the_nearest(book):
    with pytest.raises(UserError, match="Did you mean 'norcaster lending'"):
        explain(book, "Norcastr Lendin")


def test_points_add_up_to_the_score_and_every_line_is_there(book):
    table = explain(book, "Norcaster Lending").table
    points = table.loc[table["about"] == "points", "result"].str.extract(r"(-?\d+) of")[0]
    scores = book.read("04_scores").set_index("account_id")
    assert points.astype(int).sum() == scores.loc["A00000", "score"]
    lines = [c.words for p in book.read("03_profile").profiles for c in p.criteria]
    assert set(lines) <= set(table["what"]) and (table["about"] == "deal").sum() == 1
    assert set(table.loc[table["what"].isin(lines), "result"]) <= {"met", "not met", "not known"}
