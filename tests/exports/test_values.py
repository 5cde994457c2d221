"""Text to values: published forms of money and dates, and columns that cannot be decided."""

import datetime as dt

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icplib.exports import values
from icplib.exports.values import (
    Reading,
    band_middle,
    distinct,
    find_separator,
    guess_kind,
    ordinal_order,
    read_band,
    split_set,
    undo_excel,
)
from icplib.problems import UserError


def read(cells, kind, **reading):
    """Cells of one column as the whole chain reads them."""
    con = duckdb.connect()
    values.install(con)
    frame = pd.DataFrame({"c": cells}, dtype="str")
    con.register("raw", frame)
    how = Reading(**reading)
    values.cleaned(con, "raw", "clean", {"c": "VARCHAR"}, ["c"], how)
    how = values.settle(con, "clean", "c", kind, "VARCHAR", how, file="a.csv")
    return [
        v
        for (v,) in con.execute(
            f"select {values.expression(kind, 'c', 'VARCHAR', how)} from clean"
        ).fetchall()
    ]


def test_money_in_the_forms_people_write():
    cells = [
        "$1,234.50",
        "1.2M",
        "(300)",
        "-5",
        "5-",
        "$(1,200)",
        "USD 1,000",
        "EUR 2.5k",
        "1 234",
        "1.2E+14",
        "US$ 7",
        ".5",
        "3 bn",
        "abc",
        "10-50",
        "",
        "#N/A",
    ]
    wanted = [
        1234.5,
        1.2e6,
        -300,
        -5,
        -5,
        -1200,
        1000,
        2500,
        1234,
        1.2e14,
        7,
        0.5,
        3e9,
        None,
        None,
        None,
        None,
    ]
    assert read(cells, "number") == wanted
    assert read(["1.234,50 EUR", "12,5", "1.000", "(3,5)"], "number", decimal=",") == [
        1234.5,
        12.5,
        1000,
        -3.5,
    ]


@pytest.mark.parametrize(
    "decimal, cell", [(".", "1.234,50"), (".", "12,5"), (",", "1,234.50"), (",", "0.75")]
)
def test_a_number_that_only_the_other_decimal_sign_explains_is_an_error(decimal, cell):
    with pytest.raises(UserError, match="decimal") as caught:
        read(["7", cell], "number", decimal=decimal)
    assert (caught.value.column, caught.value.row) == ("c", 2)


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)))
def test_every_amount_comes_back_from_how_it_is_printed(amount):
    assert read([f"${amount:,.2f}", f"USD {amount:.2f}"], "number") == pytest.approx(
        [amount, amount]
    )


def test_shares_as_percent_or_as_share_but_not_both():
    assert read(["35 %", "5%", "0.2"], "rate") == [0.35, 0.05, 0.2]
    assert read(["35", "5", "0.5"], "rate") == [0.35, 0.05, 0.005]
    assert read(["0.35", "1.2"], "rate") == [0.35, 1.2]


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


@pytest.mark.parametrize(
    "cell, order, wanted",
    [
        ("3/4/2025", "mdy", "2025-03-04"),
        ("3/4/2025", "dmy", "2025-04-03"),
        ("31/12/25", "dmy", "2025-12-31"),
        ("04.03.2025", "dmy", "2025-03-04"),
        ("2017-10-10T08:38:20.000+0000", None, "2017-10-10"),
        ("02/23/26 08:55 PM", "mdy", "2026-02-23"),
        ("15 Apr, 2021 00:02:00", None, "2021-04-15"),
        ("Apr 5, 2021", None, "2021-04-05"),
        ("20131129", None, "2013-11-29"),
        ("15-Apr-21", None, "2021-04-15"),
        ("2020-12-30 3:15:52", None, "2020-12-30"),
        ("25/12/31", "ymd", "2025-12-31"),
        ("31/02/2025", "dmy", None),
        ("soon", None, None),
    ],
)
def test_dates_in_the_declared_order(cell, order, wanted):
    assert read([cell], "date", date_order=order) == [
        dt.date.fromisoformat(wanted) if wanted else None
    ]


def test_the_whole_column_proves_the_order_of_day_and_month():
    assert read(["1/2/2025", "31/1/2025"], "date") == [dt.date(2025, 2, 1), dt.date(2025, 1, 31)]
    assert read(["1/2/2025", "1/31/2025"], "date") == [dt.date(2025, 1, 2), dt.date(2025, 1, 31)]


def test_an_undecidable_order_is_an_error_that_shows_two_rows():
    with pytest.raises(UserError, match=r"row 1 '1/2/2025' and row 3 '3/4/2025'.*date_order"):
        read(["1/2/2025", "5/5/2025", "3/4/2025"], "date")
    with pytest.raises(UserError, match=r"row 2 '31/1/2025' and row 1 '1/31/2025'"):
        read(["1/31/2025", "31/1/2025"], "date")
    with pytest.raises(UserError, match='Declare date_order = "dmy"'):
        read(["31/1/2025", "1/2/2025"], "date", date_order="mdy")


def test_excels_day_numbers_are_dates():
    assert read(["45931", "45932.5"], "date") == [dt.date(2025, 10, 1), dt.date(2025, 10, 2)]


@pytest.mark.parametrize(
    "cell, band",
    [
        ("10-50", (10, 50)),
        ("51–200 employees", (51, 200)),
        ("1,001 to 5,000", (1001, 5000)),
        ("10,001+", (10001, None)),
        ("< 10", (None, 10)),
        ("Under $1M", (None, 1e6)),
        ("$1M - $10M", (1e6, 1e7)),
        ("500-1k", (500, 1000)),
        ("10-50M", (1e7, 5e7)),
        ("more than 500", (500, None)),
        ("2025-10-01", None),
        ("Acme-Corp", None),
        ("50-10", None),
        ("12", None),
    ],
)
def test_bands(cell, band):
    assert read_band(cell) == band


def test_what_excel_does_to_bands_is_recognised_and_named():
    assert [undo_excel(c) for c in ("May-20", "20-May", "2026-05-20", "Nov-50", "Mayor")] == [
        "5-20",
        "5-20",
        "5-20",
        "11-50",
        None,
    ]
    counts = {"20-May": 3, "21-50": 9, "51-200": 9}
    guess = guess_kind("Company size", counts, dict.fromkeys(counts, (None, None)))
    assert (
        guess.kind == "ordinal"
        and guess.order == ("5-20", "21-50", "51-200")
        and "'5-20'" in guess.notes[0]
        and "20-May" in guess.notes[0]
    )


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_the_middle_of_a_band_lies_in_it(low, width):
    assert low <= band_middle((low, low + width)) <= low + width


def test_sets_are_told_from_addresses_and_names():
    stacks = {
        "AWS; Salesforce": 3,
        "GCP; Salesforce": 2,
        "AWS": 4,
        "AWS; GCP; HubSpot": 1,
        "HubSpot": 2,
    }
    assert find_separator(stacks) == ";" and split_set("AWS; Salesforce; AWS;", ";") == (
        "AWS",
        "Salesforce",
    )
    assert find_separator({"AWS, GCP": 5, "GCP, Azure": 4, "AWS": 3, "Azure, AWS": 2}) == ","
    assert find_separator({f"City {i}, CA": 1 for i in range(80)}) is None
    assert find_separator({"Smith, Jones & Co": 1, "Meyer, Inc": 1, "Acme": 1}) is None


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
