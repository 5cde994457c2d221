"""A source's statement reads the company's files and can do nothing else."""

import pytest

from icplib.exports.statements import read_statement
from icplib.problems import UserError


@pytest.fixture
def folder(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "accounts.csv").write_text("id,name\n1,Alpha\n2,Beta\n")
    (tmp_path / "secret.csv").write_text("a\nhidden\n")
    return raw


def test_one_select_over_the_files_of_the_folder(folder):
    table, report = read_statement(
        "accounts", "with a as (from accounts) select id from a where name = 'Beta';", folder, "1GB"
    )
    assert table.to_pylist() == [{"id": "2"}]
    assert report.file == "accounts.csv" and report.n_rows == 1 and report.columns == ("id",)


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; copy (select 1) to '{out}'",
        "copy accounts to '{out}'",
        "create table x as select 1",
        "attach '{out}'",
        "set memory_limit = '8GB'",
        "install httpfs",
        "pragma version",
        "update accounts set id = 1",
        "",
    ],
)
def test_anything_but_one_select_is_refused(folder, sql):
    out = folder / "out.csv"
    with pytest.raises(UserError, match="not one SELECT"):
        read_statement("accounts", sql.format(out=out), folder, "1GB")
    assert not out.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{secret}')",
        "select * from '{secret}'",
        "select * from read_text('{secret}')",
        "select * from read_blob('/etc/hostname')",
        "select * from glob('/etc/*')",
        "select * from read_csv('https://example.com/x.csv')",
        "select * from read_csv('../secret.csv')",
    ],
)
def test_no_file_outside_of_the_folder_is_read(folder, sql):
    with pytest.raises(UserError, match="the statement of the source accounts fails") as refused:
        read_statement("accounts", sql.format(secret=folder.parent / "secret.csv"), folder, "1GB")
    assert "hidden" not in str(refused.value)


def test_what_the_engine_does_not_understand_is_a_sentence(folder):
    with pytest.raises(UserError, match="fails: .*nowhere.*Its files: no file"):
        read_statement("accounts", "select * from nowhere", folder, "1GB")
    with pytest.raises(UserError, match="fails"):
        read_statement("accounts", "selekt 1", folder, "1GB")
