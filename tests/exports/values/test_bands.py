"""Bands in many languages and vendors' forms, and what a spreadsheet makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icplib.exports.values import band_middle, read_band, undo_excel


@pytest.mark.parametrize(
    "cell, band",
    [
        ("10-50", (10, 50)),
        ("51–200 employees", (51, 200)),
        ("1,001 to 5,000", (1001, 5000)),
        ("10,001+", (10001, None)),
        ("10 000+", (10000, None)),
        ("< 10", (None, 10)),
        ("Under $1M", (None, 1e6)),
        ("$1M - $10M", (1e6, 1e7)),
        ("$1 mil. - $5 mil.", (1e6, 5e6)),
        ("$500 Million - $1 Billion", (5e8, 1e9)),
        ("500-1k", (500, 1000)),
        ("10-50M", (1e7, 5e7)),
        ("more than 500", (500, None)),
        ("11 bis 50 Mitarbeiter", (11, 50)),
        ("über 500", (500, None)),
        ("1 à 9 salariés", (1, 9)),
        ("plus de 500", (500, None)),
        ("entre 11 y 50", (11, 50)),
        ("más de 500", (500, None)),
        ("11 t/m 50", (11, 50)),
        ("10人以下", (None, 10)),
        ("11〜50名", (11, 50)),
        ("A: 1-10", (1, 10)),
        ("c_00051_00100", (51, 100)),
        ("Self-employed", (1, 1)),
        ("2025-10-01", None),
        ("Acme-Corp", None),
        ("50-10", None),
        ("12", None),
        ("B", None),
    ],
)
def test_bands(cell, band):
    assert read_band(cell) == band


def test_a_point_for_thousands_and_letters_where_the_column_is_known():
    assert [read_band(c, ",") for c in ("501-1.000", "1.001-5.000")] == [(501, 1000), (1001, 5000)]
    assert [read_band(c, letters=True) for c in "BI"] == [(2, 10), (10001, None)]


@pytest.mark.parametrize(
    "cell, band",
    [
        ("May-20", "5-20"),
        ("20-May", "5-20"),
        ("2026-05-20", "5-20"),
        ("10-Jan", "1-10"),
        ("Nov-50", "11-50"),
        ("1950-11-01", "11-50"),
        ("1950-11-01 00:00:00", "11-50"),
        ("2026-10-01", "1-10"),
        ("01. Okt", "1-10"),
        ("01-oct", "1-10"),
        ("01/out", "1-10"),
        ("janv.-10", "1-10"),
        ("Mayor", None),
    ],
)
def test_what_a_spreadsheet_does_to_bands_is_undone(cell, band):
    assert undo_excel(cell) == band


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_the_middle_of_a_band_lies_in_it(low, width):
    assert low <= band_middle((low, low + width)) <= low + width
