"""Files as people have them: every form gives the same table, and nothing leaves in silence."""

import gzip
import sqlite3
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from icplib.exports import read_table
from icplib.problems import UserError

HEADER, ROWS = (
    ["Account ID", "Account Name", "Notes"],
    [["0012", "Müller & Söhne", "line one\nline two"], ["0013", 'The "Q" Co', "x, y; z"]],
)
TABLE = pd.DataFrame(ROWS, columns=HEADER, dtype="str")


def text(delimiter=",", end="\n"):
    def quote(cell):
        return '"' + cell.replace('"', '""') + '"'

    return end.join(delimiter.join(quote(c) for c in row) for row in [HEADER, *ROWS]) + end


def test_a_second_file_under_the_same_name_knows_nothing_of_the_first(tmp_path):
    from icplib.exports.files import connect, register

    con = connect()
    for name, n, end in (("a", 40, '"Grand Totals (40 records)"\n'), ("b", 3, "")):
        path = tmp_path / f"{name}.csv"
        path.write_text("id,name\n" + "".join(f"{i},{name}{i}\n" for i in range(n)) + end)
        assert register(con, "raw", path).n_kept == n


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_one_table_in_every_encoding_and_with_every_separator(tmp_path, encoding, delimiter):
    path = tmp_path / "a.csv"
    path.write_bytes(text(delimiter).encode(encoding))
    table, report = read_table(path)
    pd.testing.assert_frame_equal(table, TABLE)
    assert (report.n_rows, report.n_kept, report.delimiter) == (2, 2, delimiter)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_even_mixed_inside_quotes(tmp_path, end):
    path = tmp_path / "a.csv"
    path.write_bytes(text(end=end).encode())
    table, _ = read_table(path)
    assert (
        table["Account ID"].tolist() == ["0012", "0013"]
        and table["Notes"][0] == "line one\nline two"
    )


def test_windows_signs_and_bytes_that_windows_leaves_undefined(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,price\n1,\x80 5 \x93a\x94\n2,\x81\n")
    assert read_table(path)[0]["price"].tolist() == ["€ 5 “a”", "\x81"]


def test_packed_files(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text(";").encode("cp1252")))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("export/a.csv", text())
        archive.writestr("__MACOSX/._a.csv", "x")
    for name in ("a.csv.gz", "a.zip"):
        pd.testing.assert_frame_equal(read_table(tmp_path / name)[0], TABLE)


def test_workbooks_old_and_new_parquet_and_sqlite(tmp_path):
    import xlwt

    TABLE.to_excel(tmp_path / "a.xlsx", index=False)
    old = xlwt.Workbook()
    sheet = old.add_sheet("s")
    for r, row in enumerate([HEADER, *ROWS]):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell)
    old.save(str(tmp_path / "a.xls"))
    TABLE.to_parquet(tmp_path / "a.parquet")
    with sqlite3.connect(tmp_path / "a.sqlite") as con:
        TABLE.to_sql("accounts", con, index=False)
    for name in ("a.xlsx", "a.xls", "a.parquet", "a.sqlite"):
        pd.testing.assert_frame_equal(read_table(tmp_path / name)[0], TABLE)


def test_a_workbooks_dates_and_whole_numbers_read_like_an_export(tmp_path):
    pd.DataFrame(
        {
            "id": [7],
            "day": [pd.Timestamp("2026-03-14")],
            "time": [pd.Timestamp("2026-03-14 15:09")],
            "rate": [0.5],
        }
    ).to_excel(tmp_path / "a.xlsx", index=False)
    assert read_table(tmp_path / "a.xlsx")[0].iloc[0].tolist() == [
        "7",
        "2026-03-14",
        "2026-03-14 15:09:00",
        "0.5",
    ]


def test_titles_above_and_footers_below_are_no_rows(tmp_path):
    path = tmp_path / "report.csv"
    path.write_text(
        "Accounts by owner\nAs of 9/30/2026\n\nAccount ID,Account Name,Amount\n001,Total Wine &"
        ' More,5\n002,Acme,7\n\nTotal,,12\n"Grand Totals (2 records)"\n"Confidential Information -'
        ' Do Not Distribute"\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
    )
    table, report = read_table(path)
    assert table["Account Name"].tolist() == ["Total Wine & More", "Acme"]
    assert (
        len(report.footers) == 4
        and not report.rejected
        and report.n_rows == 6
        and report.n_kept == 2
    )


def test_a_broken_line_is_listed_with_its_number_and_does_not_shift_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "id,name\n" + "".join(f"{i},n{i}\n" for i in range(200)) + "x,an, unquoted comma\n7,last\n"
    )
    table, report = read_table(path)
    assert len(table) == 201 and report.n_kept == 201
    assert [(r.line, r.text) for r in report.rejected] == [(202, "x,an, unquoted comma")]


def test_too_many_broken_lines_stop_with_the_first_of_them(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,name\n" + "a,b,c\n" * 4 + "1,n\n" * 9)
    with pytest.raises(UserError, match="4 of 13 lines.*'a,b,c'") as caught:
        read_table(path)
    assert caught.value.row == 2


def test_equal_headers_stay_apart_and_a_column_without_name_and_content_is_none(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Name,name,Id,\nx,y,1,\nz,w,2,\n")
    table, report = read_table(path)
    assert (
        list(table) == ["Name", "name (2)", "Id"]
        and table["name (2)"].tolist() == ["y", "w"]
        and len(report.notes) == 1
    )


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n\n  \n", "no text"),
        ("a.csv", b"1,2\n3,4\n", "no header"),
        ("a.csv", bytes(range(256)) * 4, "not a text file"),
        ("a.xlsx", b"PK broken", "workbook"),
        ("a.parquet", b"PAR1 broken", "Parquet"),
        ("a.sqlite", b"broken", "database"),
        ("a.zip", b"broken", "zip"),
        ("a.csv.gz", b"broken", "damaged"),
        ("a.docx", b"x", "no format"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_the_file(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        read_table(tmp_path / name)
    assert name in str(caught.value)


def test_what_is_ambiguous_names_the_choices(tmp_path):
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        TABLE.to_excel(book, sheet_name="one", index=False)
        TABLE.to_excel(book, sheet_name="two", index=False)
    with sqlite3.connect(tmp_path / "a.db") as con:
        con.execute("create table t (a)")
        con.execute("create table u (a)")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "a")
        archive.writestr("b.csv", "b")
    for name, words in (("a.xlsx", "one, two"), ("a.db", "t, u"), ("a.zip", "a.csv, b.csv")):
        with pytest.raises(UserError, match=words):
            read_table(tmp_path / name)
    assert len(read_table(tmp_path / "a.xlsx", table="two")[0]) == 2
    with pytest.raises(UserError, match="Did you mean 'a.db'"):
        read_table(tmp_path / "a.dbb")


CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=12
).map(str.strip)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,5}", fullmatch=True), CELLS), min_size=1, max_size=15
    ),
    st.sampled_from(",;\t|"),
)
def test_any_quoted_table_comes_back_whole(tmp_path, rows, delimiter):
    path = tmp_path / "a.csv"

    def quote(cell):
        return '"' + cell.replace('"', '""') + '"'

    path.write_text(
        "\n".join(delimiter.join(map(quote, r)) for r in [("key", "value"), *rows]) + "\n",
        encoding="utf-8",
        newline="",
    )
    table, report = read_table(path)
    kept = [(k, v) for k, v in rows if not (k.startswith("total"))]
    assert report.n_rows == len(rows)
    if len(kept) == len(rows):
        assert table["key"].tolist() == [k for k, _ in rows]
        assert table["value"].fillna("").tolist() == [v for _, v in rows]
