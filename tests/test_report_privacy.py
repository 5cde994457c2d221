"""What may leave the building: small counts, subtraction, names, and the page made of a run with secrets everywhere."""

import re

import nbformat
import pandas as pd
import pytest
import report_scene as scene
from hypothesis import given
from hypothesis import strategies as st
from test_report import finish, root  # noqa: F401  (a fixture)

from icplib import report
from icplib.problems import UserError
from icplib.report import page
from icplib.report.blocks import Block
from icplib.report.privacy import Names, count, findings, gate, k_of_n, names_in, suppress
from icplib.workbook import Workbook


@pytest.mark.parametrize("n, text", [(0, "0"), (1, "<5"), (4, "<5"), (5, "5"), (1234, "1,234"), (None, "\N{EN DASH}")])
def test_small_counts(n, text):
    assert count(n, 5) == text


def test_k_of_n_hides_both_sides():
    assert k_of_n(12, 40, 5) == "12 of 40" and k_of_n(0, 40, 5) == "0 of 40"
    assert k_of_n(3, 40, 5) == "fewer than 5 of 40" and k_of_n(38, 40, 5) == "all but fewer than 5 of 40"
    assert k_of_n(5, 9, 5, complement=False) == "5 of 9" and "3" not in k_of_n(1, 3, 5)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(2, 8))
def test_nothing_small_is_shown_nor_follows_from_the_total(numbers, least):
    rows = pd.DataFrame({"group": "a", "n": numbers, "share": 0.5})
    shown = suppress(rows, ["n"], least, by=["group"], derived=["share"])
    hidden = shown["n"].isna()
    assert not ((shown["n"] > 0) & (shown["n"] < least)).any()
    assert shown.loc[hidden, "share"].isna().all() and shown.loc[~hidden, "n"].tolist() == rows.loc[~hidden, "n"].tolist()
    # the total minus what is shown names one hidden number only where every other row is an honest zero
    assert hidden.sum() != 1 or (rows.loc[~hidden, "n"] == 0).all()


SECRET_WORDS = [*scene.SECRETS, "Company Number 7"]


@pytest.mark.parametrize("where", ["<p>{}</p>", '<svg aria-label="{}"></svg>', '<a title="{}">x</a>', "<!-- {} -->", "<svg><text>{}</text></svg>"])
@pytest.mark.parametrize("secret", SECRET_WORDS[:5])
def test_the_gate_sees_names_everywhere(where, secret):
    names = Names(accounts=frozenset({scene.SECRETS[0], scene.SECRETS[1]}), people=frozenset({scene.SECRETS[2]}))
    assert findings(where.format(secret), names)
    with pytest.raises(UserError, match="nothing was written"):
        gate(where.format(secret), names)


def test_the_gate_lets_numbers_and_drawings_through():
    html = '<p>200-1,500 employees, 2026-09-30, 310-420 USD, sha256 0123456789ab</p><svg><path d="M 160.691177 152.499096 L 432.662839 12.8970"/></svg>'
    assert not findings(html, Names())


def test_a_word_of_the_report_is_no_name():
    accounts = pd.DataFrame({"account_name": ["Salesforce", "Fintech", "Zyxomatic"], "tech_stack": [("Salesforce", "AWS"), (), None], "industry": ["Fintech"] * 3})
    assert names_in(accounts).accounts == {"Zyxomatic"}


def everything(book):
    """Notebook 06 as it would be executed, made of its own blocks."""
    inputs, measures, signs, changes, facts = finish(book)
    trend = report.trend(inputs)
    blocks = [
        report.page_one(facts), report.icp_sheets(inputs), report.ladder(inputs), report.persona_cards(inputs), report.anti_persona(inputs), report.messaging(inputs),
        report.score(inputs), report.red_flags(inputs), report.measures_overview(measures, inputs), report.all_measures(measures, inputs),
        report.signs_table(signs, inputs), report.drift_table(inputs), report.trend_table(trend, inputs), report.market_table(facts.universe, inputs),
        report.changes_table(changes, inputs), report.decisions_table(facts.log), report.mistakes_table(report.mistakes(inputs)), report.limits(inputs),
        report.how_it_was_done(), report.contrast(), report.glossary(), report.provenance_table(report.provenance_rows(facts, inputs)), report.files_table(inputs),
        report.kept_out(inputs),
    ]  # fmt: skip
    return blocks, [report.companies(inputs), report.notes_table(inputs)]


def notebook_of(blocks, path, tags=()):
    cells = [nbformat.v4.new_markdown_cell("# 06"), nbformat.v4.new_code_cell('company = "testwell"\nquarter = "2026Q3"\nscenario = ""', metadata={"tags": ["parameters"]})]
    for number, block in enumerate(blocks):
        out = nbformat.v4.new_output("execute_result", data=block._repr_mimebundle_(), execution_count=1)
        cells += [nbformat.v4.new_markdown_cell(f"## Part {number}"), nbformat.v4.new_code_cell("secret_code()", outputs=[out], metadata={"tags": list(tags)})]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"authors": [{"name": scene.SECRETS[2]}]}), path)
    return path


def test_planted_secrets_are_not_in_the_page(root, tmp_path):
    book = scene.company(root)
    blocks, for_analysts = everything(book)
    executed = notebook_of(blocks, tmp_path / "06.ipynb")
    names = names_in(book.read("01_accounts"), people=[scene.SECRETS[2]])
    html = page.export(executed, tmp_path / "report.html", names).read_text()
    assert not [secret for secret in SECRET_WORDS if secret in html]
    assert "secret_code" not in html and "INT-0" not in html and "P-1" not in html
    assert "Every report takes us two weeks." in html, "a consented quote stands"
    assert scene.SECRETS[0] in "".join(b.html for b in for_analysts), "the plant must reach the analyst's tables, or this test sees nothing"


def test_small_counts_are_not_in_the_page(root):
    blocks, _ = everything(scene.company(root))
    text = "\n".join(b.text for b in blocks)
    assert "fewer than 5 of 9" in text and "3 of 9" not in text and "too few to show" in text
    assert not re.search(r"\b[1-4] of \d", text)


def test_a_name_in_a_block_stops_the_export(root, tmp_path):
    book = scene.company(root)
    executed = notebook_of([Block(f"<p>We met {scene.SECRETS[0]}.</p>", "x")], tmp_path / "06.ipynb")
    with pytest.raises(UserError, match="an account"):
        page.export(executed, tmp_path / "report.html", names_in(book.read("01_accounts")))
    assert not (tmp_path / "report.html").exists()


def test_cells_for_analysts_stay_in_the_building(root, tmp_path):
    book = scene.company(root)
    _, for_analysts = everything(book)
    executed = notebook_of(for_analysts, tmp_path / "06.ipynb", tags=["analyst"])
    html = page.export(executed, tmp_path / "report.html", names_in(book.read("01_accounts"))).read_text()
    assert scene.SECRETS[0] not in html
    inside = page.export_analyst([executed], tmp_path / "analyst.html").read_text()
    assert scene.SECRETS[0] in inside and "secret_code" in inside


def test_facts_carry_no_name(root):
    *_, facts = finish(scene.company(root))
    assert not [secret for secret in SECRET_WORDS if secret in facts.model_dump_json()]
    assert Workbook("testwell", "2026Q3").read("06_report") == facts
