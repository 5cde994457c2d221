"""Numbers in the forms that people and systems write, and columns that can be read in two ways."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cells_bed import read, settled
from icplib.problems import UserError

POINT = [
    ("$1,234.50", 1234.5),
    ("1,137.01", 1137.01),
    ("1 250.00", 1250),
    ("1\u00a0250.00", 1250),
    ("1\u202f250.00", 1250),
    ("1\u2009250\u2009000", 1_250_000),
    ("1'250.50", 1250.5),
    ("1’250.50", 1250.5),
    ("12,34,567.00", 1_234_567),  # Indian
    ("\u22125.50", -5.5),
    ("(1,234.50)", -1234.5),
    ("$(1,200)", -1200),
    ("5.50-", -5.5),
    ("-$5.25", -5.25),
    ("~7.25", 7.25),
    ("ca. 12.5", 12.5),
    ("CHF 1'200.-", 1200),
    ("US$ 7", 7),
    ("USD1,250.00", 1250),
    ("1,250 USD", 1250),
    ("€ 2.5k", 2500),
    ("2.5 Mio", 2.5e6),
    ("2.5 Mio.", 2.5e6),
    ("1.2 Mrd.", 1.2e9),
    ("1.2M", 1.2e6),
    ("3 bn", 3e9),
    ("5.5 mil.", 5.5e6),
    ("4.5 mln", 4.5e6),
    ("3.5 crore", 3.5e7),
    ("500万", 5e6),
    ("１２．５", 12.5),
    ("1.2E+14", 1.2e14),
    (".5", 0.5),
]
COMMA = [
    ("1137,01", 1137.01),
    ("1.274", 1274),
    ("1.234.567,8", 1_234_567.8),
    ("1 250,50 €", 1250.5),
    ("1'250,50", 1250.5),
    ("R$ 1.250,00", 1250),
    ("kr 1.250,00", 1250),
    ("12,5 Mio. €", 12.5e6),
    ("(3,5)", -3.5),
    ("3,5-", -3.5),
]
UNREAD = [
    "1.2.3",
    "1,23,4.5",
    "12,3456.7",
    "1.250,00 CR",  # credit, or crore
    "5 mil",  # a thousand in Spanish, a million elsewhere
    "> 500",
    "10-50",
    "abc",
    "x" * 500,
]
NOTHING = [
    "",
    "n/a",
    "#N/A",
    "#NV",
    "#WERT!",
    "#¡VALOR!",
    "#ЗНАЧ!",
    "#HODNOTA!",
    "########",
    "k.A.",
]


@pytest.mark.parametrize("cell, wanted", POINT)
def test_numbers_with_a_point(cell, wanted):
    assert read([cell, "0.25"], "number") == [pytest.approx(wanted), 0.25]


@pytest.mark.parametrize("cell, wanted", COMMA)
def test_numbers_with_a_comma(cell, wanted):
    assert read([cell, "0,25"], "number") == [pytest.approx(wanted), 0.25]


@pytest.mark.parametrize("cell", UNREAD)
def test_what_is_no_number_is_unknown_and_counted(cell):
    values, how = settled([cell, "2.75"], "number")
    assert values == [None, 2.75] and (how.n_unread, how.unread) == (1, (cell,))


@pytest.mark.parametrize("cell", NOTHING)
def test_placeholders_and_error_values_of_any_language_are_unknown(cell):
    values, how = settled([cell, "2.75"], "number")
    assert values == [None, 2.75] and not how.n_unread


@pytest.mark.parametrize(
    "cells, decimal",
    [
        (["1137,01", "2096,08"], ","),
        (["1.250", "12,5"], ","),
        (["1.250.000", "350.000"], ","),
        (["1.234,50", "7"], ","),
        (["0,125", "7,250"], ","),
        (["1,250", "12.5"], "."),
        (["0.125", "7.250"], "."),
        (["1234.567"], "."),
        (["1,250", "350", "12,400"], "."),
        (["7", "8"], "."),
    ],
)
def test_the_whole_column_proves_its_decimal_sign(cells, decimal):
    assert settled(cells, "number")[1].decimal == decimal


@pytest.mark.parametrize(
    "cells",
    [["1.250", "350", "12.400"], ["11.500", "12.500"], ["1,000", "2.000"], ["12.5", "12,5"]],
)
def test_a_column_that_can_be_read_in_two_ways_is_refused_with_two_rows(cells):
    with pytest.raises(UserError, match=r"row \d .* and row \d.*decimal") as caught:
        read(cells, "number")
    assert caught.value.column == "c"


def test_groups_behind_a_comma_are_asked_for_in_a_file_with_semicolons():
    with pytest.raises(UserError, match="decimal"):
        read(["1,250", "12,400"], "number", groups="")


@pytest.mark.parametrize(
    "decimal, cell", [(".", "1.234,50"), (".", "12,5"), (",", "1,234.50"), (",", "0.75")]
)
def test_a_number_that_only_the_other_decimal_sign_explains_is_an_error(decimal, cell):
    with pytest.raises(UserError, match="decimal") as caught:
        read(["7", cell], "number", decimal=decimal)
    assert (caught.value.column, caught.value.row) == ("c", 2)


def test_a_declared_sign_settles_what_is_open():
    assert read(["1.250", "12.400"], "number", decimal=",") == [1250, 12400]
    assert read(["1.250", "12.400"], "number", decimal=".") == [1.25, 12.4]


def test_the_order_of_rows_decides_nothing():
    cells = [f"{n}.250" for n in range(1, 9)] + ["12,5", "1.000", "x"]
    one, other = settled(cells, "number"), settled(cells[::-1], "number")
    assert one[0] == other[0][::-1] and one[1] == other[1]


@settings(max_examples=20, deadline=None)
@given(
    st.floats(-1e9, 1e9).map(lambda x: round(x, 2)),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]),
)
def test_every_amount_comes_back_from_how_it_is_printed(amount, signs):
    group, decimal = signs
    text = f"{amount:,.2f}".translate(str.maketrans(",.", group + decimal))
    plain = f"{amount:.2f}".replace(".", decimal)
    assert read([f"${text}", f"USD {plain}"], "number") == pytest.approx([amount, amount])
