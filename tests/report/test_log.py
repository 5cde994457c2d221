"""Decisions are carried from report to report, and those of people are read from their file."""

import pytest

import report_scene as scene
from icplib import report
from icplib.problems import UserError
from icplib.report import log
from report_scene import finish

HEAD = "date,role,decision,evidence,sign\n"


def test_decisions_of_people_are_carried_forward(root):
    book = scene.company(root, "2026Q2")
    file = book.folder / "decisions.csv"
    told = "2026-06-10,VP Sales,Stop discounts,report 2026Q1,cycle\n2026-12-01,CMO,Later,none,\n"
    file.write_text(HEAD + told)
    assert log.decided(report.read(book), "cycle") == [2026 * 4 + 1]
    *_, facts = finish(book)
    assert "Later" not in {e.decision for e in facts.log}
    file.unlink()
    carried = log.decision_log(report.read(scene.company(root, "2026Q3")), "keep", "Nothing moved")
    assert {"Stop discounts", "keep: Nothing moved"} <= {e.decision for e in carried}
    assert log.log_csv(carried).startswith(HEAD + "2026-06-10,VP Sales,Stop discounts")


def test_an_unreadable_decision_names_file_and_row(root):
    book = scene.company(root)
    (book.folder / "decisions.csv").write_text("date,role,decision,evidence\nsoon,VP,Stop,x\n")
    with pytest.raises(UserError, match=r"decisions.csv, row 2.*date"):
        log.decision_log(report.read(book), "keep", "x")
