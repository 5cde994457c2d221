"""Every end of a run is a sentence: step, cause, file, what to do; the old report says its age."""

import signal

import pytest

from icplib import manifest
from icplib import refresh as house
from icplib.failures import StepFailed, cause_of, sentence_of, unwritable
from icplib.problems import UserError
from icplib.report import page
from icplib.workbook import Workbook
from toy_company import TWO, book, everything


def quiet(line):
    """Nobody listens."""


PAGE = "<!DOCTYPE html><html><body class='icp'><p>as it was</p></body></html>"


@pytest.fixture
def standing(toy, monkeypatch):
    """The toy company with a report in place; its one step is about to break."""
    monkeypatch.setattr(house, "STEPS", TWO[:1])
    with monkeypatch.context() as patch:
        patch.setattr(house, "_execute", lambda run, step, say: None)
        patch.setattr(
            page, "export", lambda book, folder, *_: page.write(folder / "report.html", PAGE)
        )
        house.refresh("acme", say=quiet)
    return toy


def failed(home, **run):
    """How the next run ends."""
    with pytest.raises(StepFailed) as caught:
        house.refresh("acme", say=quiet, **run)
    told = (home / "reports" / "acme" / "2026Q3" / "FAILED.html").read_text()
    assert caught.value.step in told and "Traceback" not in told + str(caught.value)
    return caught.value


STOP = "import os, signal, time; os.kill(os.getppid(), signal.{}); time.sleep(60)"


@pytest.mark.parametrize(
    "cell, words, by_user",
    [
        ("import os; os.kill(os.getpid(), 9)", "ended from outside, most often because memory", 0),
        (
            "raise OSError(28, 'No space left on device', '/x/a.parquet')",
            "/x/a.parquet could not be used: No space left on device. See that",
            0,
        ),
        (
            "import duckdb; raise duckdb.OutOfMemoryException('x')",
            "Raise memory_limit in company.toml",
            0,
        ),
        (STOP.format("SIGINT"), "stopped by hand or by the system. Run the refresh again", 0),
        (STOP.format("SIGTERM"), "stopped by hand or by the system. Run the refresh again", 0),
        ("from icplib.problems import UserError; raise UserError('no dates')", "no dates", 1),
    ],
)
def test_whatever_ends_a_step_is_told_and_the_report_says_that_it_is_old(
    standing, cell, words, by_user
):
    report = standing / "reports" / "acme" / "2026Q3" / "report.html"
    tables = everything(standing / "data" / "acme" / "processed" / "2026Q3")
    book(standing / "notebooks" / f"{TWO[0]}.ipynb", cell)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as the command line does
    try:
        end = failed(standing)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert words in str(end) and end.step == TWO[0] and end.by_user == bool(by_user)
    assert str(end).endswith(f"Open {end.file}") and end.file.name == f"{TWO[0]}.ipynb"
    assert (
        len(manifest.BANNER.findall(report.read_bytes())) == 1 and "as it was" in report.read_text()
    )
    assert manifest.changed(Workbook("acme")) == [], "the banner changes no number"
    assert everything(standing / "data" / "acme" / "processed" / "2026Q3") == tables


def test_a_report_that_the_gate_stops_leaves_a_page_that_says_why_and_no_half_made_file(
    toy, monkeypatch
):
    def stopped(book, folder, *_):
        page.write(folder / "summary.md", "half made")
        raise UserError("the page would show the name of a person (Wil...)", remedy="Look there.")

    monkeypatch.setattr(house, "STEPS", TWO[:1])
    monkeypatch.setattr(house, "_execute", lambda run, step, say: None)
    monkeypatch.setattr(page, "export", stopped)
    assert failed(toy).by_user
    home = toy / "reports" / "acme" / "2026Q3"
    assert [p.name for p in home.iterdir()] == ["FAILED.html"]
    assert (home / "FAILED.html").read_text().startswith("<!-- Internal")


def test_what_a_refresh_could_not_write_is_said_before_it_runs(tmp_path):
    (tmp_path / "reports").write_text("a file where the folder should be")
    (problem,) = unwritable(tmp_path / "reports" / "acme" / "2026Q3")
    assert "cannot be written: Not a directory. See that it is there" in str(problem)
    assert not list(unwritable(tmp_path / "data" / "acme")) and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "name, text, words",
    [
        ("PermissionError", "[Errno 13] Permission denied: 'a/b.csv'", "a/b.csv could not be used"),
        ("OSError", "[Errno 30] Read-only file system", "a file could not be used: Read-only"),
        ("RuntimeError", "Kernel didn't respond in 300 seconds", "did not start in five minutes"),
        ("ValueError", "x\x1b[31my\x07", "ValueError: xy\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_cause_is_a_sentence_with_a_remedy(name, text, words):
    assert words in cause_of(name, text)


def test_an_error_of_the_program_says_so_without_a_traceback():
    assert "an error of its own (TypeError: no)" in sentence_of(TypeError("no"))
    assert sentence_of(OSError(28, "No space left on device", "x")).startswith("x could not be")
