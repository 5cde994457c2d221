"""Notebook 05 as a whole, on a small company.

With interviews, without any, after somebody withdrew; and what its outputs give away.
"""

import ast
import json

import pandas as pd
import pytest

from icplib.icp import Profiles
from icplib.tables.step_05 import ARTEFACTS as CANONICAL
from icplib.tables.step_05_results import ARTEFACTS as RESULTS
from icplib.workbook import Workbook
from machine import ROOT
from persona_bed import study

NOTEBOOK = ROOT / "notebooks" / "05_define_personas.ipynb"
SETTINGS = """name = "Small"
[sources]
accounts = {{ file = "accounts.csv", final = true }}
{sources}
[personas]
agreement_resamples = 100
permutations = 199
saturation_orders = 20
withdrawn = {withdrawn}
"""
INTERVIEWS = """interviews = "interviews.csv"
contacts = "contacts.csv"
codings = { file = "codings.csv", codebook = "codebook.csv" }"""
# What nobody may read in the outputs: names and addresses of interviewees, coders, contacts and
# accounts, and words said without consent.
PLANTED = (
    "Zdenka",
    "Quillfeather",
    "Hrothgar",
    "Wulfstan",
    "Ysolde",
    "Marchbanks",
    "Vexillon",
    "vexillon",
    "555 0101",
    "ZEBRA",
    "OCELOT",
    "TAPIR",
)


def set_up(root, sources=INTERVIEWS, withdrawn="[]"):
    """A company whose steps 1 and 3 are done: 15 accounts, 30 coded interviews."""
    folder = root / "small"
    raw = folder / "raw" / "2026Q3"
    raw.mkdir(parents=True, exist_ok=True)
    (folder / "company.toml").write_text(SETTINGS.format(sources=sources, withdrawn=withdrawn))
    tables, _ = study(seed=1, miss=0.04, false=0.01)
    people = tables["interviews"].drop(columns=["role_secondary", "title_generic"])
    people["consent_quotes"] = ["no", "unknown", *["yes"] * (len(people) - 2)]
    people.assign(
        name="Zdenka Quillfeather",
        email="z.quillfeather@vexillon.example",
        title="VP Data, Vexillon",
    ).to_csv(raw / "interviews.csv", index=False)
    codings = tables["codings"].rename(columns={"coder_id": "coder", "code_id": "code"})
    codings["coder"] = codings["coder"].map({"C1": "Hrothgar Wulfstan", "C2": "C2"})
    said = (
        codings["interview_id"]
        .map({"INT-001": "We say ZEBRA about", "INT-002": "We say OCELOT about"})
        .fillna("Ysolde Marchbanks of Vexillon Ltd (+1 415 555 0101) says of")
    )
    codings["quote"], codings["memo"] = (
        said + " " + codings["code"],
        "Hrothgar asked Zdenka Quillfeather",
    )
    codings.loc[codings.index[:2], "code"] = [
        "They eat TAPIR here.",
        "Marchbanks",
    ]  # a quote and a name in the place of a code
    codings[["interview_id", "coder", "code", "quote", "memo"]].to_csv(
        raw / "codings.csv", index=False
    )
    (raw / "contacts.csv").write_text(
        "Contact ID,Account ID,First Name,Last Name\n1,A000,Ysolde,Marchbanks\n"
    )
    tables["codebook"][["code_id", "code_path", "family", "label"]].to_csv(
        raw / "codebook.csv", index=False
    )
    book = Workbook("small", "2026Q3")
    accounts = pd.DataFrame(
        {
            "account_id": sorted(set(tables["interviews"]["account_id"])),
            "account_name": "Vexillon Ltd",
            "domain": "vexillon.example",
        }
    )
    from icplib.tables import artefact

    for name in (
        "01_attributes",
        "01_columns",
        "01_deals",
        "01_tickets",
        "01_engagement",
        "01_contacts",
    ):
        book.write(name, artefact(name).empty())
    full = (
        artefact("01_accounts")
        .empty()
        .reindex(accounts.index)
        .assign(
            **accounts,
            family_id=accounts["account_id"],
            is_customer=True,
            is_churned=False,
            is_prospect=False,
        )
    )
    book.write("01_accounts", full)
    book.write("03_profile", Profiles())
    return book


def run(book):
    """Every code cell of the notebook in one namespace, with this company's parameters.

    Its outputs as one text under ``""``.
    """
    space, outputs = {}, []
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            if "parameters" in cell["metadata"].get("tags", []):
                source = f'company, quarter, scenario = "{book.company}", "{book.quarter}", ""'
            body = ast.parse(source).body
            last = body.pop() if isinstance(body[-1], ast.Expr) else None
            exec(compile(ast.Module(body, []), NOTEBOOK.name, "exec"), space)  # noqa: S102
            if last is not None:
                outputs.append(
                    _shown(eval(compile(ast.Expression(last.value), NOTEBOOK.name, "eval"), space))
                )  # noqa: S307
    return space | {"": "\n".join(outputs)}


def _shown(value):
    """All that a notebook would keep of this value: every representation that it offers."""
    ways = ("_repr_mimebundle_", "_repr_html_", "_repr_markdown_", "_repr_svg_", "__repr__")
    return "\n".join(str(getattr(value, way)()) for way in ways if hasattr(value, way))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
    return tmp_path / "data"


def everything_written(book):
    """All artefacts and exports of step 5 as one text."""
    texts = [path.read_text() for path in book.reports.rglob("*") if path.is_file()]
    for artefact in (*CANONICAL, *RESULTS):
        content = book.read(artefact.name)
        texts.append(content.model_dump_json() if artefact.model else content.astype(str).to_csv())
    return "\n".join(texts)


def test_with_interviews_then_after_a_withdrawal(home):
    book = set_up(home)
    space = run(book)
    assert len(space["found"].cards) == 3 and (book.reports / "persona_cards.html").is_file()
    text = everything_written(book)
    assert "INT-003" in text and "P-003" in text
    pages = "\n".join(path.read_text() for path in book.reports.rglob("*") if path.is_file())
    assert (
        "Who said what" in space[""] and "[person] of [company]" in space[""] + pages
    )  # the outputs are there, quotes among them
    for word in PLANTED:
        assert word not in space[""] and word not in pages and word not in text, word
    first = {a.name: book.path(a.name).read_bytes() for a in (*CANONICAL, *RESULTS)}
    run(book)
    assert {
        name: book.path(name).read_bytes() for name in first
    } == first  # the same input gives the same bytes

    book = set_up(home, withdrawn='["P-003"]')
    run(book)
    text = everything_written(book)
    assert "INT-003" not in text and "P-003" not in text
    assert len(book.read("05_interviews")) == 29


def test_without_interviews_everything_is_empty_and_says_what_it_needs(home):
    book = set_up(home, sources="")
    space = run(book)
    personas = book.read("05_personas")
    assert not personas.available and "sources 'interviews' and 'codings'" in personas.needs
    for artefact in (*CANONICAL, *RESULTS):
        if artefact.model is None and artefact.name not in ("05_anti_accounts", "05_anti_personas"):
            assert book.read(artefact.name).empty, artefact.name
    assert "need" in space["personas"].describe_interviews(space["interviews"])
