"""Legal forms: every spelling leaves a name, and nothing else does."""

import pytest

from icplib.vocabulary.legal import LEGAL_FORMS, letters, without_legal_form


@pytest.mark.parametrize("form", LEGAL_FORMS, ids=lambda form: form.form)
def test_every_spelling_leaves_a_name(form):
    for written in (form.form, *form.spellings):
        name = f"{written} Zolviko" if form.place == "start" else f"Zolviko {written}"
        assert without_legal_form(name) == "Zolviko", written


@pytest.mark.parametrize(
    "name",
    [
        "Zolviko, Inc.",
        "Zolviko (Pty) Ltd",
        "Zolviko Holding B.V.",
        "Zolviko Co., Ltd.",
        "PT Zolviko Tbk",
    ],
)
def test_as_people_type_them(name):
    assert without_legal_form(name) == "Zolviko"


def test_scripts_without_blanks():
    assert without_legal_form("株式会社ゾル") == without_legal_form("ゾル株式会社") == "ゾル"


@pytest.mark.parametrize("name", ["Ltd", "Zolviko", "Agora", "Sarah Coates", "Cobalt Energy"])
def test_other_words_stay(name):
    assert without_legal_form(name) == name


def test_no_form_is_empty():
    assert all(letters(written) for form in LEGAL_FORMS for written in (form.form, *form.spellings))
