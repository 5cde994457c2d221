"""Cards as data say only what they may."""

import pytest
from pydantic import ValidationError

from icplib.tables.step_05_cards import CardField, Personas, Statement


def test_a_statement_has_a_label_and_no_unknown_key():
    counts = {"n_said": 3, "n_asked": 4, "n_accounts": 2, "n_rest_said": 0, "n_rest_asked": 8}
    said = Statement(code_id="a", text="b", label="High", sentence="", **counts)
    assert said.distinctive == ""
    with pytest.raises(ValidationError):
        Statement(code_id="a", text="b", label="Sure", sentence="", **counts)


def test_a_family_without_statements_says_why_and_problems_are_told():
    assert CardField(family="pain", heading="Pain", status="never asked").statements == ()
    assert Personas(available=False, problem="no zip").problem == "no zip"
