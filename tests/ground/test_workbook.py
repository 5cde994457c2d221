"""A run in place is read-only: what is written by hand stands beside it."""

import sys

import pandas as pd
import pytest

from icplib.settings import Settings
from icplib.tables import artefact
from icplib.workbook import MANIFEST, Workbook

TOML = 'name = "A"\n[sources]\naccounts = "a.csv"\ndeals = "d.csv"\n'


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
    (tmp_path / "data" / "a").mkdir(parents=True)
    (tmp_path / "data" / "a" / "company.toml").write_text(TOML)
    return Workbook("a", "2026Q3")


def notes(*texts):
    kind = artefact("01_market_notes").columns[1].one_of
    rows = [{"date": pd.Timestamp("2026-08-01"), "kind": "note", "note": t} for t in texts]
    return artefact("01_market_notes").frame(
        [r | ({"kind": kind[0]} if kind else {}) for r in rows]
    )


def in_place(book):
    book.write("01_market_notes", notes("refresh"))
    (book.processed / MANIFEST).write_text("{}")


def test_before_a_run_is_whole_its_own_folder_is_written(book):
    book.write("01_market_notes", notes("one"))
    assert (book.processed / "01_market_notes.parquet").is_file() and not book.is_archived


def test_a_run_in_place_is_never_written_by_hand(book, monkeypatch):
    in_place(book)
    before = (book.processed / "01_market_notes.parquet").read_bytes()
    book.write("01_market_notes", notes("by", "hand"))
    assert (book.processed / "01_market_notes.parquet").read_bytes() == before
    assert len(book.read("01_market_notes")) == 1  # a command reads what the refresh made
    monkeypatch.setattr(sys, "argv", ["/x/ipykernel_launcher.py"])
    assert len(book.read("01_market_notes")) == 2  # a later notebook by hand goes on from it
    monkeypatch.setenv("ICP_BUILD_DATA", str(book.folder / "processed" / "2026Q3.unfinished"))
    assert not book.is_archived


def test_a_page_by_hand_says_so_and_stands_beside_the_report(book):
    in_place(book)
    book.export("report.html", "the report")
    book.export("persona_cards.html", "<html><body class='x'>cards</body></html>")
    page = book.place("persona_cards.html")
    assert (
        "2026Q3.by-hand" in str(page)
        and "<body class='x'><p><strong>Draft by hand" in page.read_text()
    )
    assert [path.name for path in book.reports.iterdir()] == ["report.html"]


def test_the_next_refresh_removes_what_was_done_by_hand(book):
    from icplib.refresh import Run, finish_interrupted

    in_place(book)
    book.write("01_market_notes", notes("by hand"))
    run = Run(book)
    for built, _ in run.places:
        built.mkdir(parents=True)
    run.journal.write_text("whole\n")
    finish_interrupted(run)
    assert not run.artefacts_home.with_name("2026Q3.by-hand").exists()


def test_a_remedy_names_the_scenario(book, monkeypatch):
    from icplib.problems import UserError

    book.scenario = "by_profit"
    with pytest.raises(UserError, match="--quarter 2026Q3 --scenario by_profit"):
        book.read("02_best")


def test_levers_are_those_of_the_settings(book):
    assert isinstance(book.settings, Settings)
    assert book.levers("best.by")["value"].tolist() == ['"revenue"']
