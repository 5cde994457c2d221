"""What a workbook says beside its cells: forms of numbers, and how far it reaches."""

import datetime as dt

import pytest
import xlsxwriter

from icplib.exports import read_table, sheets
from icplib.exports.files import connect, register
from icplib.problems import UserError


def book(path, rows, percent=(), far=None):
    with xlsxwriter.Workbook(path) as made:
        sheet, shown = made.add_worksheet("s"), made.add_format({"num_format": "0.0%"})
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write(r, c, cell, shown if r and c in percent else None)
        if far:
            sheet.write(far, "x")
    return path


def test_columns_shown_in_percent_are_named(tmp_path):
    path = book(tmp_path / "a.xlsx", [["id", "growth", "n"], ["a", 0.12, 3], ["b", 2.5, 4]], {1})
    assert sheets.survey(path, path)["s"].percent() == {1}
    assert read_table(path)[1].percent == ("growth",)


def test_a_cell_far_away_is_named_before_anything_is_laid_out(tmp_path):
    path = book(tmp_path / "a.xlsx", [["id", "n"], ["a", 1]], far="XFD1048576")
    with pytest.raises(UserError, match="XFD1048576"):
        read_table(path)


def test_cells_keep_their_type_and_a_mixed_column_its_numbers(tmp_path):
    rows = [["id", "day", "n", "mixed"], [7, 45723, 1.5, 1250], [8, 45724, 2, "1.250,50"]]
    path = book(tmp_path / "a.xlsx", rows)
    with connect() as con:
        report = register(con, "t", path)
        types = {c: t for c, t, *_ in con.execute("describe t").fetchall()}
        assert report.columns == ("id", "day", "n", "mixed")
        assert types == {
            "id": "BIGINT",
            "day": "BIGINT",
            "n": "DOUBLE",
            "mixed": "VARCHAR",
            "number: mixed": "DOUBLE",
        }
        assert con.sql('select "number: mixed" from t').fetchall() == [(1250.0,), (None,)]


def test_typed_days_stay_days(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as made:
        sheet, form = made.add_worksheet(), made.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["id", "day"])
        for r in (1, 2):
            sheet.write(r, 0, f"a{r}")
            sheet.write_datetime(r, 1, dt.datetime(2025, 3, 6 + r), form)
    with connect() as con:
        register(con, "t", tmp_path / "a.xlsx")
        assert con.sql("select day from t order by day").fetchall()[0] == (dt.date(2025, 3, 7),)
