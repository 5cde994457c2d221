"""Ids: one form to compare them in, and what a spreadsheet has spoilt."""

import duckdb
import pytest

from cells_bed import connection, read
from icplib.exports import values
from icplib.exports.values import ids
from icplib.problems import UserError


@pytest.mark.parametrize(
    "one, other",
    [
        ("0015x00000TrPB1AAN", "0015x00000TrPB1"),
        ("00001", "1"),
        ("70000000001", "70000000001.0"),
        ("70000000001", "70,000,000,001"),
        ("70000000001", "70.000.000.001"),
        ("{A1B2C3D4-0000-1111-2222-333344445555}", "a1b2c3d4-0000-1111-2222-333344445555"),
    ],
)
def test_forms_of_one_id_are_compared_as_one(one, other):
    assert compared(one) == compared(other)


@pytest.mark.parametrize(
    "one, other",
    [
        ("0015x00000TrPB1", "0015x00000trpb1"),  # capitals count
        ("0015x00000TrPB1AAN", "0015x00000TrPB2"),
        ("ABCDEFGHIJKLMNOPQR", "ABCDEFGHIJKLMNO"),  # no check sum
        ("1.2.3", "123"),
        ("A01", "A1"),
    ],
)
def test_other_ids_stay_apart(one, other):
    assert compared(one) != compared(other)


def compared(text):
    con = connection()
    return con.execute("select icp_compared(s) from (select ? as s)", [text]).fetchall()[0][0]


def test_wrappings_are_no_part_of_an_id():
    cells = ['="001"', "'001", "\u200b001\u00a0", "\ufeff001", '"001"', "001"]
    assert read(cells, "id") == ["001"] * 6


@pytest.mark.parametrize(
    "cells",
    [
        ["2.83749E+11", "A1"],
        ["2,83749E+11"],
        ["1234567890123450000", "1234567890123460000", "1234567890123470000"],
    ],
)
def test_ids_that_a_spreadsheet_has_spoilt_are_refused(cells):
    with pytest.raises(UserError, match="spreadsheet"):
        read(cells, "id")


def test_long_ids_that_nobody_rounded_are_read():
    cells = ["4150868000000376001", "4150868000000376000", "4150868000000377002"]
    assert read(cells, "id") == cells


def test_other_rows_get_the_companies_own_form_unless_two_companies_could_be_meant():
    con = duckdb.connect()
    values.install(con)
    con.execute(
        "create table companies as select unnest(['00001', '00002', '2', '00003']) as account_id"
    )
    con.execute("create table deals as select unnest(['1', '2', '003', 'x', '00001']) as id")
    ids.remember(con, "companies", "account_id")
    assert ids.as_given(con, "deals", "id", "found") == [("003", "00003", 1), ("1", "00001", 1)]
