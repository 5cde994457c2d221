"""The ledger: counted once, never reset, empty under papermill."""

import sys

import pytest

from icplib.ask import ledger
from icplib.problems import UserError
from icplib.stats.looks import next_level


class Book:
    company = "asked"

    def __init__(self, folder):
        self.folder = folder


def line(question, p):
    return ledger.Line("2026Q3", "best", question, 100, p, 0.0, False)


def test_the_level_falls_with_questions_and_rises_with_what_holds(tmp_path):
    book = Book(tmp_path)
    prices = [ledger.price(book, line(f"q{i}", 0.5), True) for i in range(3)]
    assert [p.number for p in prices] == [1, 2, 3]
    assert [p.level for p in prices] == [next_level([False] * i) for i in range(3)]
    found = ledger.price(book, line("true", 1e-7), True)
    after = ledger.price(book, line("next", 0.5), True)
    assert found.verdict == "holds up" and after.level > found.level
    assert "4th question" in found.sentence(1e-7) and "would be luck" in found.sentence(1e-7)


def test_the_same_question_is_counted_once_by_whoever_asks(tmp_path):
    first = ledger.price(Book(tmp_path), line("q", 1e-7), True)
    ledger.price(Book(tmp_path), line("other", 0.5), True)
    again = ledger.price(Book(tmp_path), line("q", 1e-7), True)
    assert (again.number, again.level, again.verdict) == (1, first.level, "holds up")
    assert len(ledger.read(tmp_path / ledger.FILE)) == 2


def test_what_the_scan_forbids_never_holds(tmp_path):
    price = ledger.price(Book(tmp_path), line("q", 1e-9), False)
    assert price.verdict == "lead, not proof" and "would have to" not in price.sentence(1e-9)
    assert not ledger.read(tmp_path / ledger.FILE)[0].holds


def test_p_above_the_level_says_what_it_needs(tmp_path):
    price = ledger.price(Book(tmp_path), line("q", 0.3), True)
    assert price.sentence(0.3) == (
        "Too few to say: p .30, as your 1st question it would have to be .0013 or less."
    )


def test_a_broken_line_is_told_with_its_row(tmp_path):
    (tmp_path / ledger.FILE).write_text("{}\n")
    with pytest.raises(UserError, match="row 1: this line is no question"):
        ledger.price(Book(tmp_path), line("q", 0.3), True)


@pytest.mark.parametrize(
    "started, environment, is_rehearsal",
    [
        ("ipykernel_launcher.py", {}, True),
        ("ipykernel_launcher.py", {"JPY_SESSION_NAME": "a.ipynb"}, False),
        ("ipykernel_launcher.py", {"JPY_SESSION_NAME": "a", "PYTEST_CURRENT_TEST": "x"}, True),
        ("ipykernel_launcher.py", {"VSCODE_PID": "7"}, False),
        ("ipykernel_launcher.py", {"VSCODE_PID": "7", "ICP_BUILD_DATA": "/x"}, True),
        ("icp", {}, False),
    ],
)
def test_who_starts_with_an_empty_ledger(monkeypatch, tmp_path, started, environment, is_rehearsal):
    for name in ("JPY_SESSION_NAME", "VSCODE_PID", "PYTEST_CURRENT_TEST", "ICP_BUILD_DATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", [f"/somewhere/{started}"])
    assert ledger.is_rehearsal() == is_rehearsal
    own = ledger.path_of(Book(tmp_path)).parent == tmp_path
    assert own != is_rehearsal
