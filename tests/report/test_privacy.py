"""What may leave the building.

Small counts, subtraction, names, and the page made of a run with secrets everywhere.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import report_scene as scene
from icplib import report
from icplib.names import Names, known_names
from icplib.pages.counts import share_of
from icplib.problems import UserError
from icplib.report import analyst
from icplib.report.draft import Draft
from icplib.report.names import findings, gate
from icplib.workbook import Workbook
from report_page import notebook_of
from report_scene import finish


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(2, 8))
def test_nothing_small_is_shown_nor_follows_from_the_total(numbers, least):
    draft = Draft.__new__(Draft)
    draft.least, total = least, 1000 + sum(numbers)
    parts = draft.parts([{"k": k, "n": total} for k in numbers])
    shown = [p.is_shown for p in parts]
    assert not any(0 < k < least for k, is_shown in zip(numbers, shown, strict=True) if is_shown)
    assert all(p.k == k for p, k in zip(parts, numbers, strict=True) if p.is_shown)
    # the total minus what is shown names one hidden number only where every other row is an honest
    # zero
    rest = [k for k, is_shown in zip(numbers, shown, strict=True) if is_shown]
    assert shown.count(False) != 1 or not any(rest)


def test_a_share_is_words_where_it_would_show_a_few():
    assert (
        share_of(24, 86, 5) == "28\u00a0% of 86"
        and share_of(3, 86, 5) == "fewer than 5 of 86"
        and share_of(84, 86, 5) == "all but fewer than 5 of 86"
    )


def known(texts):
    """The names of `KNOWN`, whatever the texts."""
    return Names(**KNOWN)


SECRET_WORDS = [*scene.SECRETS, "Company Number 7"]
KNOWN = {
    "account": ["Zyxomatic Holdings", "Data", "Best Customers Ltd"],
    "domain": ["zyxomatic.example"],
    "person": ["Wilhelmina Featherstonehaugh", "Featherstonehaugh", "Price"],
    "phone": ["+44 20 7946 0958"],
    "key": ["0018d00000T0Z8D", "7"],
}


@pytest.mark.parametrize(
    "secret",
    [
        *scene.SECRETS[:5],
        "ZYXOMATIC HOLDINGS",
        "zyxomatic",
        "Ms Featherstonehaugh",
        "020 7946-0958",
        "0018d00000t0z8d",
        "Best Customers Ltd",
    ],
)
def test_the_gate_sees_names_in_values(secret):
    if secret == "zyxomatic":
        secret = "Zyxomatic"  # one word counts as it is written; without the legal form it is one
    assert findings(["fine", f"we met {secret} there"], known)
    with pytest.raises(UserError, match="nothing was written|Nothing was written"):
        gate([f"we met {secret} there"], known)


def test_names_come_from_every_raw_file_and_a_level_or_a_public_name_is_none(root):
    book = scene.company(root)
    (book.raw / "accounts.csv").write_text(
        "id,Account Name,Account Owner\n1,Quibblewick GmbH,Ottoline"
        ' Rasmuth\n2,Fintech,\n3,Salsify,\n"Grand Totals (3 records)"\n'
    )
    (book.raw / "contacts.csv").write_text(
        "First Name,Last_Name,E-Mail,Mobile Phone\nHortensia,Lindqvist,hl@quib.example,(202)"
        " 555-0198\nWill,Best,,\n"
    )
    toml = book.folder / "company.toml"
    toml.write_text(
        toml.read_text().replace(
            'deals = "deals.csv"',
            'deals = "deals.csv"\ncontacts = "contacts.csv"\n[privacy]\npublic_names = ["Salsify"]',
            1,
        )
    )
    secrets = (
        "quibblewick gmbh",
        "Quibblewick",
        "Ottoline Rasmuth",
        "hortensia lindqvist",
        "Lindqvist",
        "202.555.0198",
        "HL@quib.example",
        scene.SECRETS[0],
        "Best",  # a surname alone as a value: the page's own words are templates and never asked
    )
    levels = ("Fintech", "Salsify", "Will", "Hortensia")
    # the files are read once, for all of them
    names = known_names(Workbook("testwell", "2026Q3"), [*secrets, *levels])
    for secret in secrets:
        assert findings([secret], lambda _: names), secret
    for word in levels:
        assert not findings([word], lambda _: names), word


def test_the_analysts_page_names_accounts_and_says_so(root, tmp_path):
    book = scene.company(root)
    finish(book)
    inputs = report.read(book)
    tables = [report.companies(inputs), report.notes_table(inputs)]
    executed = notebook_of(tables, tmp_path / "06.ipynb")
    html = analyst.export_analyst([executed], tmp_path / "analyst.html").read_text()
    assert scene.SECRETS[0] in html and "secret_code" in html
    assert html.lstrip().startswith("<!-- Internal") and "script-src 'sha256-" in html


def test_facts_carry_no_name(root):
    *_, facts = finish(scene.company(root))
    assert not [secret for secret in SECRET_WORDS if secret in facts.model_dump_json()]
    assert Workbook("testwell", "2026Q3").read("06_report") == facts
