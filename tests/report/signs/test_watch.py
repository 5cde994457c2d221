"""Signs: registered in one place, remembered between quarters, ended by people."""

import pandas as pd
import pytest

import report_scene as scene
from icplib import report
from icplib.report import signs
from icplib.report.signs import watch


@pytest.fixture
def fallen(root):
    return scene.company(root, seed=1, fall=0.2)


def test_a_sign_is_registered_in_one_place(root, monkeypatch):
    monkeypatch.setattr(watch, "SIGNS", dict(watch.SIGNS))
    monkeypatch.setattr(signs, "SIGNS", watch.SIGNS)

    @signs.sign("dummy", "Moons in the sky")
    def _dummy(history):
        return {"status": "computed", "state": "quiet", "is_fired": False, "sentence": "One moon."}

    inputs = report.read(scene.company(root))
    table = report.refresh_signs(inputs)
    assert "Moons in the sky" in set(table["label"])


def test_the_state_is_carried_on_and_the_break_keeps_its_date(root, fallen):
    first = fallen.write("06_signs", report.refresh_signs(report.read(fallen)))
    row = first.set_index("sign").loc["conversion"]
    assert (row["state"], row["break_quarter"], row["fired_quarter"]) == ("on", "2026Q3", "2026Q3")
    state = watch._remembered(row)
    assert state.is_on and watch.remembered(state)["break_quarter"] == "2026Q3"


def test_a_decision_ends_a_sign(root, fallen):
    before = scene.company(root, "2026Q2", seed=1, fall=0.2)
    table = before.write("06_signs", report.refresh_signs(report.read(before)))
    assert table.set_index("sign").loc["conversion", "state"] == "on"
    inputs = report.read(fallen)
    inputs.previous = report.read(before)
    (fallen.folder / "decisions.csv").write_text(
        "date,role,decision,evidence,sign\n2026-07-15,VP Sales,New prices,report,conversion\n"
    )
    row = report.refresh_signs(inputs).set_index("sign").loc["conversion"]
    assert row["state"] != "on" and row["base_from"] == "2026Q2"


def test_new_objections_need_more_than_one_voice():
    when = pd.Series([1] * 12 + [2] * 6, index=[f"i{n}" for n in range(18)])
    said = pd.DataFrame(
        [("old", f"i{n}", 1) for n in range(5)]
        + [("new", f"i{n}", 2) for n in range(12, 18)]
        + [("once", "i12", 2)],
        columns=["code_id", "interview_id", "quarter"],
    )
    assert watch._new_codes(2, when, said) == ["new"]
    assert watch._new_codes(1, when, said) is None  # nobody was heard before
