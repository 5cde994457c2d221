"""Questions of one's own: matched names, counts that add up, and verdicts that pay."""

import pytest

from icplib.ask import answers, ledger
from icplib.ask.question import ask, condition_of, row_of, scan_allows, scene_of
from icplib.problems import UserError
from icplib.stats.looks import LEVEL


@pytest.mark.parametrize("name", ["Annual revenue", "annual_revenue", "revenue", " REVENUE "])
def test_an_attribute_is_found_as_analysts_write_it(book, name):
    if name == "annual_revenue":  # neither label nor column, but the label without its blank
        assert row_of(book, name)["attribute"] == "revenue"
    assert row_of(book, name)["label"] == "Annual revenue"


def test_a_misspelt_attribute_or_level_names_the_nearest(book):
    with pytest.raises(UserError, match="Did you mean 'Industry'"):
        ask(book, "Indstry", "fintech")
    with pytest.raises(UserError, match="Did you mean 'fintech'"):
        ask(book, "Industry", "fintek")


@pytest.mark.parametrize("levels, ends", [((), {}), (("fintech",), {"low": 3})])
def test_a_question_that_says_nothing_is_told_how(book, levels, ends):
    name = "Employees" if ends else "Industry"
    with pytest.raises(UserError, match="Such as ask"):
        ask(book, name, *levels, **ends)


def test_an_outcome_that_is_none_is_refused(book):
    with pytest.raises(UserError, match='"best" or "leaving"'):
        ask(book, "Industry", "fintech", about="happy")


def test_the_sides_hold_every_customer_whose_value_is_known(book):
    answer = ask(book, "Industry", "e-commerce", "FINTECH")
    accounts, best = book.read("01_accounts"), book.read("02_best").dropna(subset="value")
    mine = accounts.set_index("account_id").loc[best["account_id"], "industry"]
    with_it, others = (text.split(" (")[0] for text in answer.table["share"])
    inside = mine.isin(["e-commerce", "fintech"]).to_numpy()
    flag = best["is_best"].to_numpy(bool)
    assert with_it == f"{flag[inside].sum()} of {inside.sum()}"
    known = mine.notna().to_numpy() & ~inside
    assert others == f"{flag[known].sum()} of {known.sum()}"
    assert answer.table["deals won"].str.contains(" of ").all()
    assert with_it in answer.sentence and with_it in answer.picture.alt


def test_a_strong_truth_holds_and_noise_does_not(book):
    strong = ask(book, "Industry", "fintech", "e-commerce")
    weak = ask(book, "Office", *_levels(book, "office")[:1]) if _has(book, "office") else None
    verdicts = [line.holds for line in ledger.read(ledger.path_of(book))]
    assert "It holds up" in strong.sentence and any(verdicts)
    assert weak is None or "holds up" not in weak.sentence


def _has(book, name):
    return name in book.read("01_accounts")


def _levels(book, name):
    return sorted(book.read("01_accounts")[name].dropna().unique())


def test_no_question_is_cheaper_than_the_scan(book):
    tested = book.read("02_attributes")
    scene = scene_of(book, "best")
    dear = tested[~(tested["q"] <= LEVEL)]["attribute"]
    assert len(dear) and not any(scan_allows(book, name, True, scene)[0] for name in dear)
    cheap = tested[tested["q"] <= LEVEL]["attribute"]
    assert any(scan_allows(book, name, True, scene)[0] for name in cheap)


def test_what_the_search_never_saw_is_priced_by_the_ledger_alone(book):
    answer = ask(book, "Seller", "p2", about="leaving")
    assert " left, of the others " in answer.sentence and "best" in answer.table
    assert scan_allows(book, "owner", True, scene_of(book, "best")) == (True, "")


def test_a_range_holds_both_its_ends(book):
    row = row_of(book, "Employees")
    condition = condition_of(book, row, (), 200, 900)
    assert condition.span == (200, 900) and not condition.negated


def test_where_nobody_was_followed_that_is_told(book, monkeypatch):
    from icplib.ask import question

    def nobody(book, name):
        return (
            answers.read(book, name).iloc[:0] if name == "03_observed" else answers.read(book, name)
        )

    monkeypatch.setattr(question, "read", nobody)
    with pytest.raises(UserError, match="nobody's outcome is known: leaving"):
        ask(book, "Seller", "p2", about="leaving")
