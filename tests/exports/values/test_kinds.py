"""The kind of an unknown column, words for missing, for true and false."""

import duckdb
import pandas as pd
import pytest

from cells_bed import read
from icplib.exports import values
from icplib.exports.values import distinct, guess_kind, ordinal_order


def test_words_for_missing_for_true_and_a_declared_zero():
    assert read(["None", "--none--", "N/A", "?", "Acme", "tba"], "text", missing=("TBA",)) == [
        None,
        None,
        None,
        None,
        "Acme",
        None,
    ]
    assert read(["Yes", "x", "0", "nein", "maybe"], "bool") == [True, True, False, False, None]
    assert read(["0", "3"], "number", zero_is_missing=True) == [None, 3]


def test_what_excel_does_to_bands_is_recognised_and_named():
    counts = {"20-May": 3, "21-50": 9, "51-200": 9}
    guess = guess_kind("Company size", counts, dict.fromkeys(counts, (None, None)))
    assert (
        guess.kind == "ordinal"
        and guess.order == ("5-20", "21-50", "51-200")
        and "'5-20'" in guess.notes[0]
        and "20-May" in guess.notes[0]
    )


def readable(counts):
    con = duckdb.connect()
    values.install(con)
    source = distinct.Source(None, ",", None)
    return distinct.read_distinct(con, {"c": counts}, {"c": source})[0]["c"]


@pytest.mark.parametrize(
    "name, cells, kind",
    [
        (
            "Board Size",
            ["3", "5", "3"],
            "count",
        ),  # a number with few distinct values is still a number
        ("Year Opened", ["1974", "1980"], "count"),
        ("Zero or one", ["0", "1"], "count"),
        ("Total Funding", ["$1,200", "$3M"], "amount"),
        ("Score", ["1.5", "2"], "amount"),
        ("YoY", ["0.3", "0.5"], "rate"),
        ("Growth", ["30%", "5%"], "rate"),
        ("Marge", ["0,3", "0,5", "2,5", "0,1", "0,2", "0,4"], "rate"),
        ("Umsatzwachstum", ["12", "35", "4"], "rate"),
        ("Margin", ["12%", "35%", "0.4", "0.1"], "rate"),
        ("Rendite", ["12 Prozent", "3 Prozent"], "rate"),
        ("Hourly rate", ["80", "120", "95"], "count"),
        ("Growth", ["1200", "5400"], "count"),
        ("Size class", ["Micro (1-9)", "Small (10-49)", "Large (250+)"], "ordinal"),
        ("Head count band", ["1-10", "11-50", "500+"], "ordinal"),
        ("Fit", ["low", "high", "medium"], "ordinal"),
        ("Since", ["2020-01-31", "2021-05-01"], "date"),
        ("Colour", ["red", "blue"], "nominal"),
        ("Clouds", ["AWS;GCP", "AWS", "GCP", "AWS;GCP"], "set"),
        ("Nothing", [], "empty"),
    ],
)
def test_the_kind_of_an_unknown_column(name, cells, kind):
    counts = pd.Series(cells, dtype="str").value_counts().to_dict()
    assert guess_kind(name, counts, readable(counts)).kind == kind


def test_a_known_scale_has_its_order():
    assert (
        ordinal_order({"High", "Low", "Medium"}) == ("Low", "Medium", "High")
        and ordinal_order({"red", "low"}) is None
    )
