"""A column known to be a number is never words or a list; one odd cell costs nobody the order."""

from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest

from icplib.exports import values
from icplib.exports.ledger import Ledger
from icplib.gather import attribute_values


def read(name, cells, **file):
    """The values and the kind of one attribute, and what the ledger says."""
    con = duckdb.connect()
    values.install(con)
    source = SimpleNamespace(
        name="accounts",
        file="a.csv",
        types={"H": "VARCHAR"},
        reading=values.Reading(**file),
        spec=SimpleNamespace(percent=(), shares=(), thousands=(), millions=(), zero_is_missing=()),
        report=SimpleNamespace(percent=()),
    )
    settings, log = (
        SimpleNamespace(attributes={}, rates={}, cleaning=SimpleNamespace(ranges={})),
        Ledger(),
    )
    texts = {name: pd.Series(cells, dtype="str")}
    column = attribute_values.read_columns(con, texts, {name: (source, "H")})[name]
    guess = attribute_values.kind_of(column, settings)
    found = attribute_values.values_of(con, column, guess, pd.DataFrame(), settings, log)
    return found.tolist(), guess, [row["check"] for row in log.quality]


BANDS = ["1-10", "11-50", "51-200", "201-500", "501-1.000", "1.001-5.000", "10 000+"]


def test_bands_with_points_blanks_and_one_odd_cell_keep_their_order():
    found, guess, told = read("n_employees", [*BANDS, *BANDS, "viele"])
    assert guess.kind == "ordinal" and list(guess.order) == found[:7]
    assert pd.isna(found[-1]) and "unreadable values" in told


def test_bands_that_a_workbook_turned_into_dates_and_letters_of_linkedin():
    found, guess, _ = read("n_employees", ["2026-01-10", "1950-11-01", "51-200", "201-500"])
    assert list(guess.order) == found == ["1-10", "11-50", "51-200", "201-500"]
    assert read("n_employees", ["B", "C", "D", "I"])[0] == ["2-10", "11-50", "51-200", "10,001+"]


def test_a_known_number_is_never_a_word_or_a_list():
    found, guess, told = read("n_employees", ["many; few", "few", "many; few", "250"])
    assert guess.kind == "count" and found[3] == 250 and pd.isna(found[:3]).all()
    assert "unreadable values" in told


@pytest.mark.parametrize("error", ["#NV", "#BEZUG!", "#VALEUR!", "#¡REF!", "#ДЕЛ/0!"])
def test_error_values_are_no_members(error):
    assert read("tech_stack", [f"AWS, {error}", "AWS, GCP"])[0] == [("AWS",), ("AWS", "GCP")]


def test_a_list_with_another_separator_is_split_too():
    cells = ["Norvbase, Quildesk", "Quildesk, Brixpay", "Norvbase", "Norvbase; Brixpay"]
    assert read("tech_stack", cells)[0][3] == ("Brixpay", "Norvbase")
