"""Names are found and taken out in any spelling, and a method's name is nobody's."""

import re

import pytest

from icplib.names import Names
from icplib.vocabulary.legal import LEGAL_FORMS

STATISTICIANS = re.findall(
    r"\w+",
    """Wilson Hodges Lehmann Fisher Pearson Spearman Kendall Cox Kaplan Meier Benjamini Hochberg
    Krippendorff Cohen Gwet Bonferroni Holm Simes Mantel Haenszel Breslow Efron Wald Rao Firth
    Poisson Bernoulli Bayes Markov Gauss Laplace Student Welch Tukey Kruskal Wallis Cramer Brier""",
)
FORMS = [form for form in LEGAL_FORMS if form.place != "start"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.form)
def test_a_customer_of_any_legal_form_is_known_without_it(form):
    for spelling in (form.form, *form.spellings):
        names = Names(account=[f"Zolviko {spelling}"])
        assert names.redacted("We are zolviko and we wait") == "We are [company] and we wait"
        assert list(names.in_text("At Zolviko they wait")), spelling


@pytest.mark.parametrize("spelling", ["Oy Nordlicht", "PT Nordlicht", "OOO Nordlicht"])
def test_a_legal_form_may_stand_in_front(spelling):
    assert Names(account=[spelling]).left_in("so says nordlicht") == "the name of an account"


@pytest.mark.parametrize("surname", STATISTICIANS)
def test_a_contact_with_the_name_of_a_statistician_stops_nothing_that_is_not_about_them(surname):
    names = Names(person=[f"Ann {surname}"])
    assert not list(names.in_text(f"{surname} interval"))
    assert list(names.in_text(f"ann {surname.lower()} called"))
    assert names.left_in(f"I told {surname} so") == "the name of a person"


def test_what_is_common_counts_only_as_the_whole_name_is_written():
    names = Names(["data", "best customers"], account=["Data", "Best Customers Ltd"])
    assert not list(names.in_text("Data on best customers ltd"))
    assert {name for _, name in names.in_text("Best Customers Ltd")} == {"Best Customers Ltd"}


def test_accents_hyphens_and_possessives_hide_nobody():
    names = Names(account=["Elderton Commerce Corp."], person=["Fárid Kowalczyk"])
    said = "Elderton-Commerce and FARID KOWALCZYK's team"
    assert names.redacted(said) == "[company] and [person] team"


def test_phones_are_known_by_their_last_digits():
    names = Names(phone=["+44 20 7946 0958"])
    assert list(names.in_text("ring 020 7946-0958")) == [("phone", "020 7946-0958")]
