"""Decisions: those of the settings first, proposals marked, and a new one in one place."""

from types import SimpleNamespace

from draft_bed import draft, questions
from icplib.report import decide
from icplib.report.views import Decision


def test_without_settings_the_data_propose_and_say_so():
    made = decide.decisions(draft(), "watch", {})
    assert 1 <= len(made) <= 3 and all(d.is_proposed and d.reason and d.who for d in made)
    assert made[0].title == "Ask why deals are lost" and "20 of 43 lost" in made[0].reason
    assert made[0].when.endswith("October 2026")


def test_since_a_break_the_question_names_it():
    asked = {("win rate", "all"): draft(t06_questions=questions()).row("06_questions", side="all")}
    assert decide.decisions(draft(), "market moved", asked)[0].title.endswith("since April")


def test_the_settings_decide_and_take_the_number_they_are_about():
    one = draft()
    one.decisions = (SimpleNamespace(question="Spend?", owner_role="", due=None, about="channels"),)
    (made,) = decide.decisions(one, "watch", {})
    assert (made.title, made.is_proposed, made.who) == ("Spend?", False, "no owner yet")
    assert "new leads do not fit" in made.reason


def test_a_new_proposal_is_one_function(monkeypatch):
    monkeypatch.setattr(decide, "PROPOSALS", {})
    decide.proposal("moon")(lambda *_: Decision("Look up", "1 moon", "CEO", "", "profile"))
    assert [d.title for d in decide.decisions(draft(), "keep", {})] == ["Look up"]
