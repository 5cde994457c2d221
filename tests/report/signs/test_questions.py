"""Two questions, tested apart, and the verdict that follows."""

import pytest

import report_scene as scene
from icplib import report
from icplib.report.signs import history, questions


def asked(root, **options):
    inputs = report.read(scene.company(root, **options))
    return inputs, report.two_questions(inputs).set_index(["question", "measure", "side"])


def test_a_quiet_quarter_separates(root):
    _, table = asked(root, seed=2, n=800, win=(0.6, 0.2))
    gap = table.loc[("separates", "win rate", "gap")]
    assert gap["state"] == "separates" and 0 < gap["since_low"] < gap["since"] < gap["since_high"]
    fit, others = (table.loc[("separates", "win rate", side)] for side in ("fit", "others"))
    assert gap["since"] == pytest.approx(fit["since"] - others["since"])
    assert gap["estimate"] == pytest.approx(gap["since"] - gap["before"])


def test_the_series_of_quarters_adds_up(root):
    inputs, _ = asked(root, seed=1)
    table = report.quarters(inputs, report.two_questions(inputs))
    wide = table.pivot(index="quarter", columns="side", values="n")
    assert (wide["fit"] + wide["others"] <= wide["all"]).all()
    assert set(table["judged_by"]) == {history.HELD_OUT}
    assert not table.loc[table["quarter"] == table["quarter"].min(), "is_whole"].any()


def test_windows_are_told_in_words():
    window = questions.Window([8100, 8101], [8099], True)
    assert window.row("market", "win rate", "all", "share", n_since=7) == {
        "question": "market",
        "measure": "win rate",
        "side": "all",
        "unit": "share",
        "n_since": 7,
        "window_since": "2025Q1 to 2025Q2",
        "window_before": "2024Q4",
        "break_quarter": "2025Q1",
    }
