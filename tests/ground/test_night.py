"""Ordinary nights: each ends in a message that says what happened, and in an exit code."""

import datetime as dt
import json
import shutil

import pytest

from icplib import night
from icplib.failures import StepFailed
from icplib.problems import UserError
from icplib.refresh import fingerprint
from icplib.workbook import Workbook


@pytest.fixture
def acme(tmp_path, monkeypatch):
    folder = tmp_path / "data" / "acme"
    for quarter, day in (("2026Q2", "2026-05-03"), ("2026Q3", "2026-08-03")):
        (folder / "raw" / quarter).mkdir(parents=True)
        (folder / "raw" / quarter / "a.csv").write_text("account_id,account_name\n1,Acme\n")
        (folder / "raw" / quarter / "d.csv").write_text(
            f"deal_id,account_id,created_date,close_date,is_won,deal_amount\n1,1,{day},{day},yes,5\n"
        )
    (folder / "company.toml").write_text(
        'name = "Acme"\n[sources]\naccounts = "a.csv"\ndeals = "d.csv"\n'
    )
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
    return folder


def said(day, quarter=""):
    return night.doubts(Workbook("acme", quarter), dt.date.fromisoformat(day), bool(quarter))


def test_on_the_morning_after_the_quarter_there_is_no_doubt(acme):
    assert said("2026-10-01") == [] == said("2026-12-31")


@pytest.mark.parametrize(
    "day, quarter, words",
    [
        ("2026-09-30", "", "2026Q3 is not over"),
        ("2026-06-30", "", "2026Q3 has not begun"),
        ("2027-01-01", "", "2026Q4 is over and has no raw data yet; this is 2026Q3"),
        ("2026-08-01", "2026Q3", "2026Q3 is not over"),
    ],
)
def test_a_quarter_that_is_not_the_right_one_is_told(acme, day, quarter, words):
    assert len(said(day, quarter)) == 1 and words in said(day, quarter)[0]


def test_an_old_quarter_that_somebody_names_is_meant(acme):
    assert said("2027-01-01", "2026Q2") == []


def test_what_is_reported_already_is_told_until_a_file_changes(acme):
    book = Workbook("acme")
    book.processed.mkdir(parents=True)
    manifest = book.processed / "manifest.json"
    manifest.write_text(json.dumps({"inputs": fingerprint(book)}))
    assert "reported already" in said("2026-10-01")[0]
    assert said("2026-10-01", "2026Q3") == []
    (acme / "raw" / "2026Q3" / "a.csv").write_text("account_id,account_name\n1,Acme Ltd\n")
    assert said("2026-10-01") == []


def test_copied_exports_and_exports_with_nothing_new_are_told(acme):
    shutil.copy(acme / "raw" / "2026Q2" / "d.csv", acme / "raw" / "2026Q3" / "d.csv")
    copied, stale = said("2026-10-01")
    assert "The deals are byte for byte those of 2026Q2" in copied
    assert "Nothing is dated in 2026Q3: the newest row is of" in stale
    with (acme / "raw" / "2026Q3" / "d.csv").open("a") as file:
        file.write("2,1,2026-05-04,2026-05-05,no,7\n")
    assert len(said("2026-10-01")) == 1, "other bytes, and still nothing of the quarter"


@pytest.mark.parametrize("name", ["2026-Q4", "2026Q5", "Exports 2026 Q4"])
def test_what_looks_like_a_quarter_and_is_none_is_named(acme, name):
    (acme / "raw" / name).mkdir()
    (acme / "raw" / "notes.txt").write_text("x")
    assert Workbook("acme").strays() == [name, "notes.txt"]
    assert night.notes(Workbook("acme")) == [
        "raw/notes.txt belongs to no quarter and is not used: move it into a quarter's folder."
    ]
    assert said("2026-10-01") == [f"raw/{name} is no quarter's folder: rename it, such as 2026Q3."]


def test_a_quarter_in_small_letters_is_an_error_that_says_so(acme):
    (acme / "raw" / "2026q4").mkdir()
    with pytest.raises(UserError, match="Rename it to 2026Q4"):
        Workbook("acme")


def stopped(error):
    def run():
        raise error

    return run


@pytest.mark.parametrize(
    "doubts, run, code, words",
    [
        (["2026Q3 is not over."], None, 3, "2026Q3 is not over."),
        ([], stopped(UserError("no such column", column="Won")), 2, "column 'Won'"),
        ([], stopped(StepFailed("02_x", 3, "ValueError: no", "f", False)), 1, "02_x, cell 3"),
        ([], stopped(StepFailed("02_x", 3, "no", "f", True)), 2, "02_x, cell 3"),
        ([f"line {n}" for n in range(30)], None, 3, "And 22 more lines"),
    ],
)
def test_a_run_that_did_not_come_about_says_why_in_ten_lines(acme, doubts, run, code, words):
    got, lines = night.scheduled("acme", lambda: doubts, run)
    text = (night.reports_root() / "acme" / night.MESSAGE).read_text()
    assert got == code and words in text and len(lines) <= 10
    assert text == "\n".join(lines) + "\n" and text.startswith("acme was not refreshed.\n")


def test_a_run_that_came_about_sends_its_summary(acme, tmp_path):
    (tmp_path / "summary.md").write_text("Win rate 41 %.\n")
    page = tmp_path / "report.html"
    code, lines = night.scheduled("acme", list, lambda: (page, ""))
    assert code == 0 and lines == ["Win rate 41 %.", f"The report: {page}"]
    code, lines = night.scheduled("acme", list, lambda: (page, "The report has no personas."))
    assert code == 4 and lines[1] == "The report has no personas."


def test_the_day_can_be_said(monkeypatch):
    monkeypatch.setenv("ICP_TODAY", "2026-11-27")
    assert night.today() == dt.date(2026, 11, 27)
    assert str(night.quarter_of(night.today())) == "2026Q4"
    monkeypatch.delenv("ICP_TODAY")
    assert night.today() >= dt.date(2026, 1, 1)
