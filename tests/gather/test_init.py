"""icp init: exports are recognised, the settings it writes are valid and give a run, nothing is
overwritten.
"""

import pytest

from icplib.gather import gather
from icplib.gather.init import init
from icplib.problems import UserError
from icplib.settings import read_settings
from icplib.workbook import Workbook
from machine import ROOT

RAW = ROOT / "data" / "example" / "raw" / "2026Q3"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ICP_DATA", str(tmp_path))
    return tmp_path


def test_the_examples_exports_give_settings_that_find_every_source(home):
    lines = init("mine", sorted(RAW.glob("*.csv")), "2026Q3")
    settings = read_settings(home / "mine" / "company.toml")
    assert settings.preset == "salesforce" and settings.date_order == "mdy"
    assert {n: s.file for n, s in settings.sources.items()} == {
        "accounts": "Accounts.csv",
        "prospects": "Prospects.csv",
        "deals": "Opportunities.csv",
        "invoices": "Invoices.csv",
        "churn": "Churn.csv",
        "tickets": "Cases.csv",
        "contacts": "Contacts.csv",
        "engagement": "Engagement.csv",
        "market_notes": "Market_Notes.csv",
        "interviews": "Interviews.csv",
        "codings": "Codings.csv",
    }
    text = (home / "mine" / "company.toml").read_text()
    assert (
        '"Health Score": looks as if filled after the sale' in text
        and '"Customer Success Manager": personal data' in text
    )
    assert any(
        "Opportunities.csv: deals from Salesforce" in line and "sure" in line for line in lines
    )
    assert (home / "mine" / "raw" / "2026Q3" / "Accounts.csv").read_bytes() == (
        RAW / "Accounts.csv"
    ).read_bytes()


def test_what_is_missing_is_listed_and_undecided_dates_are_asked_for(home, tmp_path):
    file = tmp_path / "all-companies.csv"
    file.write_text(
        "Record ID,Company name,Company Domain Name,Industry,Number of Employees,Create"
        " Date\n1,A,a.com,x,5,1/2/2025\n"
    )
    lines = init("hub", [file], "2026Q3")
    assert any(
        line.startswith("missing: deals (deals or invoices are needed)") for line in lines
    ) and any(line.startswith("missing: churn") for line in lines)
    assert "# date_order = " in (home / "hub" / "company.toml").read_text()


def test_a_list_of_leads_is_read_by_its_own_headers(home, tmp_path):
    for name, text in {
        "customers.csv": (
            "Account ID,Account Name,Industry,Employees,Website\nA1,Acme,Retail,5,acme.com\n"
        ),
        "companies.csv": (  # a second list of companies
            "Prospect ID,Account Name,Industry,Employees,Website\nP1,Beta,Retail,7,beta.com\n"
        ),
    }.items():
        (tmp_path / name).write_text(text)
    init("two", [tmp_path / "customers.csv", tmp_path / "companies.csv"], "2026Q3")
    text = (home / "two" / "company.toml").read_text()
    assert (
        'accounts.file = "customers.csv"' in text
        and 'prospects.file = "companies.csv"' in text
        and "Prospect ID" not in text
    )


def test_nothing_is_ever_overwritten(home):
    init("mine", [RAW / "Accounts.csv"], "2026Q3")
    before = (home / "mine" / "company.toml").read_bytes()
    with pytest.raises(UserError, match="settings already"):
        init("mine", [RAW / "Churn.csv"], "2026Q3")
    assert (home / "mine" / "company.toml").read_bytes() == before and not (
        home / "mine" / "raw" / "2026Q3" / "Churn.csv"
    ).exists()
    with pytest.raises(UserError, match="--quarter"):
        init("other", [RAW / "Accounts.csv"], "")


def test_interview_projects_are_recognised_and_unknown_files_left_alone(home, tmp_path):
    """Projects, folders and codebooks get their lines; a file that nobody knows stops nothing."""
    project = tmp_path / "Study"
    project.mkdir()
    (project / "data.qda").write_bytes(b"SQLite format 3\x00")
    book = tmp_path / "codes.qdc"
    book.write_text("<CodeBook/>")
    (tmp_path / "wave 2.qdpx").write_bytes(b"PK\x05\x06" + b"\x00" * 18)
    (tmp_path / "study.mx24").write_bytes(b"x")
    (tmp_path / "talk.mp3").write_bytes(b"x")
    files = [RAW / "Accounts.csv", RAW / "Invoices.csv", RAW / "Interviews.csv", book, project]
    files += [tmp_path / name for name in ("wave 2.qdpx", "study.mx24", "talk.mp3")]
    lines = init("mine", files, "2026Q3")
    sources = read_settings(home / "mine" / "company.toml").sources
    assert sources["interviews"].file == "Interviews.csv"
    assert (sources["codings"].file, sources["codings"].also) == (
        "Study",
        ("wave 2.qdpx", "study.mx24"),
    )
    assert sources["codings"].codebook == "codes.qdc"
    assert any("MAXQDA, to be exported as .qdpx" in line for line in lines)
    assert any(line.startswith("talk.mp3: not recognised") for line in lines)
    assert (home / "mine" / "raw" / "2026Q3" / "Study" / "data.qda").is_file()


EVERYDAY = {
    "en": ("account,sector,revenue,employees", "opportunity_id,account,deal_stage,close_value"),
    "de": ("Firma,Branche,Umsatz,Mitarbeiter", "Deal Number,Kunde,Phase,Betrag"),
    "fr": ("Entreprise,Secteur,Chiffre d'affaires,Effectif", "Opp ID,Client,Étape,Montant"),
    "es": ("Empresa,Sector,Ingresos,Empleados", "Opp ID,Cliente,Etapa,Importe"),
}
CLOSED = {
    "en": "close_date",
    "de": "Abschlussdatum",
    "fr": "Date de clôture",
    "es": "Fecha de cierre",
}


@pytest.mark.parametrize("language", EVERYDAY)
def test_tables_in_everyday_words_find_their_sources(tmp_path, monkeypatch, language):
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    companies, deals = tmp_path / "accounts.csv", tmp_path / "sales_pipeline.csv"
    firms = "".join(f"Firm {i},retail,{1000 * i},{10 * i}\n" for i in range(1, 9))
    companies.write_text(f"{EVERYDAY[language][0]}\n{firms}")
    won = "".join(f"{i},Firm {i},Won,{100 * i},2026-0{i}-10\n" for i in range(1, 9))
    deals.write_text(f"{EVERYDAY[language][1]},{CLOSED[language]}\n{won}")
    init("words", [companies, deals], "2026Q3")
    settings = read_settings(tmp_path / "data" / "words" / "company.toml")
    assert settings.sources["accounts"].file == "accounts.csv"
    assert settings.sources["deals"].file == "sales_pipeline.csv"
    found = gather(Workbook("words"))
    assert found.accounts["n_employees"].sum() == 360 and found.accounts["n_won"].sum() == 8
