"""The whole chain on the example.

Quarters refreshed one after another, then read, replayed and compared.
"""

import html
import json
import unicodedata

import duckdb
import nbformat
import pandas as pd
import pytest

from card_readers import assert_same, in_python, in_salesforce
from icplib.ask.trial import with_settings
from icplib.icp import Profiles
from icplib.refresh import STEPS
from icplib.tables import artefacts
from icplib.tables.files import WARNING, handout
from icplib.tables.step_04 import Scorecard
from icplib.verify import verify
from icplib.workbook import Workbook
from machine import refreshed, started
from subtraction import shared_texts, solved

FIRST_PAGE = ("Who we want", "What warns of leaving", "Where to sell next", "Whom to talk to there")


@pytest.fixture(scope="module")
def two_quarters(tmp_path_factory):
    yield from refreshed(tmp_path_factory.mktemp("two"), ["2026Q2", "2026Q3"])


def test_every_step_leaves_all_its_artefacts(two_quarters):
    for quarter in two_quarters.quarters:
        book = Workbook("example", quarter)
        for name in artefacts():
            assert book.has(name), f"{quarter}: {name}"
            book.read(name)


def test_pages_notebooks_and_manifest_stand_in_the_reports_folder(two_quarters):
    home = Workbook("example", "2026Q3").reports
    shared = {p.name for p in home.iterdir() if p.is_file()}
    internal = {p.name for p in (home / "internal").iterdir() if p.is_file()}
    assert {"report.html", "icp.json", "scorecard.json"} <= shared
    assert {"analyst.html", "manifest.json", "prospects.csv"} <= internal
    assert all(handout(name).audience == "shared" for name in shared)
    assert all(handout(name).audience == "internal" for name in internal)
    assert (home / "internal" / "analyst.html").read_text().startswith(f"<!-- {WARNING} -->")
    for step in STEPS:
        cells = nbformat.read(home / "internal" / "notebooks" / f"{step}.ipynb", as_version=4).cells
        assert all(c.execution_count for c in cells if c.cell_type == "code")
    manifest = json.loads((home / "internal" / "manifest.json").read_text())
    assert set(manifest["seconds"]) == set(STEPS) and manifest["as_of"] == "2026-09-30"


def test_no_output_carries_a_path_a_clock_or_an_address(two_quarters):
    import re

    for step in STEPS:
        text = (Workbook("example", "2026Q3").internal / "notebooks" / f"{step}.ipynb").read_text()
        assert not re.search(r"0x[0-9a-f]{8,}", text), step
        assert str(two_quarters.folder) not in text and "/icplib/" not in text, step


def test_an_archived_quarter_replays_identically(two_quarters):
    assert verify("example", "2026Q3") == []


def test_a_tampered_archive_is_told_with_its_cell(two_quarters, tmp_path, monkeypatch):
    import shutil

    shutil.copytree(two_quarters.folder, tmp_path / "copy")
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "copy" / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "copy" / "reports"))
    path = Workbook("example", "2026Q3").internal / "notebooks" / "01_gather_data.ipynb"
    monkeypatch.setattr("icplib.verify.STEPS", STEPS[:1])  # one notebook is enough here
    book = nbformat.read(path, as_version=4)
    output = next(
        o
        for c in book.cells
        if c.cell_type == "code"
        for o in c.outputs
        if "text/plain" in o.get("data", {})
    )
    output["data"]["text/plain"] = "something else"
    nbformat.write(book, path)
    (line,) = verify("example", "2026Q3")
    assert line.startswith("01_gather_data.ipynb, cell ")
    assert "text/plain was something else and is now " in line and "\n" not in line


def test_the_planted_profile_is_found(two_quarters, example_truth):
    profiles: Profiles = Workbook("example", "2026Q3").read("03_profile")
    stated = {c.attribute for p in profiles.profiles for c in p.criteria}
    planted = {
        name.replace("_cloud", "").replace("_crm", "") for name in example_truth["conditions"]
    }
    assert len(stated & planted) >= 4, stated
    assert not stated & set(example_truth["noise"])


@pytest.mark.parametrize("quarter", ["2026Q2", "2026Q3"])
def test_earlier_outputs_are_never_touched(two_quarters, quarter):
    from icplib.workbook import sha256

    book = Workbook("example", quarter)
    manifest = json.loads((book.processed / "manifest.json").read_text())
    for name, digest in manifest["artefacts"].items():
        assert sha256((book.processed / name).read_bytes()) == digest


def test_no_name_of_a_contact_or_an_account_is_in_the_stakeholder_page(two_quarters):
    import csv
    from functools import partial

    from icplib.names import known_names
    from icplib.report.names import findings

    book = Workbook("example", "2026Q3")
    page = (book.reports / "report.html").read_text()
    with (book.raw / "Contacts.csv").open(encoding="utf-8-sig") as file:
        people = [row for row in csv.DictReader(file) if row["Email"]]
    assert len(people) > 100
    for row in people:
        assert row["Email"] not in page and f"{row['First Name']} {row['Last Name']}" not in page
    for name in book.read("01_accounts")["account_name"].dropna():
        assert name not in page
    name = f"{people[0]['First Name']} {people[0]['Last Name']}"
    assert findings([name], partial(known_names, book)), "the gate must know the raw names"


def test_no_hidden_count_follows_from_all_that_is_shown(two_quarters):
    """Page, slides, cards and shared files of both quarters, in the hands of who wants to know."""
    assert solved(shared_texts(two_quarters.folder / "reports" / "example")) == []


def test_the_analysts_page_names_the_prospects_to_pursue_first(two_quarters):
    book = Workbook("example", "2026Q3")
    scores = book.read("04_scores").merge(
        book.read("01_accounts")[["account_id", "account_name"]], on="account_id"
    )
    first = (
        scores[scores["is_prospect"] & scores["knock_out"].eq("")]
        .nlargest(1, "score")["account_name"]
        .iloc[0]
    )
    listed = (
        (book.internal / "analyst.html")
        .read_text()
        .rsplit("the first twenty prospects", 1)[1]
        .split("</table>", 1)[0]
    )
    assert html.escape(first) in listed


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_page_prints_on_sixteen_pages_each_with_its_own(two_quarters, tmp_path, paper):
    playwright, pypdf = pytest.importorskip("playwright.sync_api"), pytest.importorskip("pypdf")
    with playwright.sync_playwright() as p:
        browser = started(p)
        tab = browser.new_page()
        tab.goto((Workbook("example", "2026Q3").reports / "report.html").as_uri())
        tab.pdf(path=str(tmp_path / "page.pdf"), format=paper, print_background=True)
        browser.close()
    pages = [
        " ".join(unicodedata.normalize("NFKC", one.extract_text()).split())
        for one in pypdf.PdfReader(tmp_path / "page.pdf").pages
    ]
    assert len(pages) <= 16 and all(len(text) > 200 for text in pages), [
        len(text) for text in pages
    ]
    assert all(title in pages[0] for title in FIRST_PAGE), "page one is one page"
    assert "The ladder" in pages[1], "the sheet is one page"
    cards = [card.name for card in Workbook("example", "2026Q3").read("05_personas").cards]
    for name in cards:
        one = [text for text in pages if f"{name}: the whole card" in text]
        assert len(one) == 1 and "quoted with consent" in one[0], "a card is one page"


def test_the_page_in_git_states_the_facts_of_a_fresh_run(two_quarters):
    """The committed page was made from this very company.

    Its facts are those of a fresh run of all quarters up to it.
    """
    from machine import ROOT

    kept = json.loads((ROOT / "reports" / "example" / "2026Q3" / "facts.json").read_text())
    fresh = json.loads((Workbook("example", "2026Q3").reports / "facts.json").read_text())
    assert fresh == kept, (
        "run `icp refresh` for 2026Q2 and 2026Q3 and commit report.html with facts.json"
    )


def test_every_reader_of_the_card_agrees_on_every_company_of_the_example(two_quarters):
    """JSON reload and the Salesforce formula against 04_scores, row by row."""
    book = Workbook("example", "2026Q3")
    accounts, told = book.read("01_accounts"), book.read("04_scores")
    expected = told["score"].to_numpy(int), told["tier"], told["knock_out"] != ""
    card = Scorecard.model_validate_json((book.reports / "scorecard.json").read_text())
    used = accounts[
        ["account_id", *dict.fromkeys([*card.attributes, *(k.attribute for k in card.knock_outs)])]
    ]
    assert_same(expected, in_python(card, used))
    assert_same(expected, in_salesforce(card, used))


def test_the_sql_reads_the_crms_own_table(two_quarters):
    """The raw export as a typed table: same score and tier wherever its cells are numbers."""
    book = Workbook("example", "2026Q3")
    crm = pd.concat(
        pd.read_csv(book.raw / name, dtype=str, encoding="utf-8-sig")
        for name in ("Accounts.csv", "Prospects.csv")
    ).drop_duplicates("Account ID")
    is_band = pd.Series(False, index=crm.index)
    for name in (
        "Employees",
        "Annual Revenue",
        "Revenue Growth (YoY)",
        "Number of Offices",
        "Year Founded",
    ):
        number = pd.to_numeric(crm[name].str.replace(r"[$,%]", "", regex=True), errors="coerce")
        is_band |= crm[name].notna() & number.isna()
        crm[name] = number
    con = duckdb.connect()
    con.register("accounts", crm[~is_band])
    rows = con.execute((book.reports / "scorecard_duckdb.sql").read_text()).df()
    both = book.read("04_scores").merge(rows, on="account_id", suffixes=("", "_sql"))
    assert len(both) > 900
    assert list(both["score"]) == list(both["score_sql"])
    assert list(both["tier"]) == list(both["tier_sql"])


def test_a_list_is_scored_from_the_command_line(two_quarters, tmp_path, monkeypatch, capsys):
    import sys

    from icplib.__main__ import main

    source, out = Workbook("example", "2026Q3").raw / "Prospects.csv", tmp_path / "scored.csv"
    monkeypatch.setattr(sys, "argv", ["icp", "score", str(source), "-o", str(out)])
    main_ended = None
    try:
        main()
    except SystemExit as stop:
        main_ended = stop.code
    assert not main_ended, capsys.readouterr()
    scored = pd.read_csv(out, dtype=str)
    assert len(scored) > 500 and {"score", "tier"} <= {c.lower() for c in scored.columns}


def test_a_trial_without_changes_is_the_run(two_quarters):
    """The verbs of notebooks 02 to 04 and those of a trial are the same, in the same order."""
    book = Workbook("example", "2026Q3")
    trial = with_settings(book)
    assert trial.read("03_profile").main.criteria == book.read("03_profile").main.criteria
    here, there = (b.read("04_scores")[["account_id", "score", "tier"]] for b in (book, trial))
    pd.testing.assert_frame_equal(here, there)
    assert trial.read("04_scorecard").knock_outs == book.read("04_scorecard").knock_outs


@pytest.fixture(scope="module")
def five_quarters(tmp_path_factory):
    yield from refreshed(
        tmp_path_factory.mktemp("five"), ["2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3"]
    )


@pytest.mark.slow
def test_the_planted_shift_shows_in_its_quarter_and_not_before(five_quarters, example_truth):
    fired = {}
    for quarter in five_quarters.quarters:
        signs = Workbook("example", quarter).read("06_signs")
        fired[quarter] = set(signs.loc[signs["is_fired"].fillna(False).astype(bool), "sign"])
    shift = example_truth["shift_quarter"]
    assert not any(fired[q] for q in five_quarters.quarters if q < shift), fired
    assert fired[shift], fired


def test_the_notebook_for_hands_runs_read_only_with_an_empty_ledger(two_quarters, tmp_path):
    import papermill

    from icplib.ask.ledger import FILE
    from icplib.workbook import NOTEBOOKS

    def contents():
        folder = two_quarters.folder
        return {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}

    before, out = contents(), tmp_path / "00.ipynb"
    source = NOTEBOOKS / "00_ask_your_own.ipynb"
    papermill.execute_notebook(source, out, {}, kernel_name="python3", progress_bar=False)
    assert contents() == before
    assert not (two_quarters.folder / "data" / "example" / FILE).exists()
    cells = nbformat.read(out, as_version=4).cells
    said = [
        o.get("data", {}).get("text/plain", "") for c in cells if "outputs" in c for o in c.outputs
    ]
    for number in ("1st", "2nd", "3rd"):
        assert any(f"your {number} question" in text for text in said), number
    assert any("customers that meet it" in text for text in said)
    assert not any("Traceback" in text for text in said)


def test_one_account_whole_from_the_command_line(two_quarters, capsys):
    from icplib.__main__ import app
    from icplib.ask import explain

    name = Workbook("example").read("01_accounts")["account_name"].iloc[0]
    app(["explain", name, "--company", "example"], standalone_mode=False)
    assert capsys.readouterr().out.strip() == str(explain(Workbook("example"), name))
