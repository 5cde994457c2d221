"""What cards are used for: lists for the CRM, boxes, whom to ask next."""

from dataclasses import replace

import pandas as pd
import pytest

from icplib.personas import use
from icplib.tables.step_05_cards import Card, Personas
from persona_bed import analyse, study


@pytest.fixture(scope="module")
def found():
    return analyse(study(n=18, seed=3)[0])[-1]


def personas(*roles):
    rest = {"status": "full", "status_words": "", "n_interviews": 6, "n_accounts": 4}
    rest |= {"n_distinctive": 0, "n_distinctive_expected": 0.1}
    rest |= {"n_match_half": 0, "n_match_half_rest": 0}
    cards = (
        Card(persona_id=f"p-{r}", name=r, role=r, role_label=r, roles=(r,), **rest) for r in roles
    )
    return Personas(available=True, cards=tuple(cards))


def test_contacts_and_rules_leave_as_files():
    roles = pd.DataFrame(
        {
            "contact_id": ["c1", "=c2", "=c3"],
            "account_id": ["a", "a", "b"],
            "role": ["end_user", "unknown", "end_user"],
            "is_declared": [True, False, False],
        }
    )
    who = personas("economic_buyer", "end_user")
    listed = use.list_contacts(who, roles)
    assert "p-end_user,end_user,a,c1,end_user,role in the CRM" in listed
    assert "c2" not in listed and "'=c3" in listed
    rules = use.list_rules(who)
    assert "p-economic_buyer,economic_buyer,economic_buyer,C-level,Finance" in rules
    assert "Individual contributor,Technology" in rules and "Procurement" not in rules


def test_how_many_more_interviews_and_which(found):
    early = replace(found.groups[0], status="early", interview_ids=("INT-001", "INT-002"))
    assert "3 more interviews at other accounts" in use.needs_more(early, found.statements)
    weak = found.statements.assign(confidence="Low", is_on_card=True)
    assert "would be Medium" in use.needs_more(found.groups[0], weak)
    told = use.next_interviews(found, ["small", "large"])
    assert len(told) == 3 and "of the role so far" in told[0]


def test_boxes_are_what_nobody_wrote():
    filled = {"call_to_action": "Call", "words_use": "", "words_avoid": None, "answer": ""}
    boxes = use.boxes(pd.DataFrame([{"persona_id": "p"} | filled]), "p")
    assert boxes == ("Words to use", "Words to avoid", "Answer to the objection")
