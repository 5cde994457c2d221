"""The next quarter's exports find their names, or nothing is written."""

import pytest

from icplib.gather.add_quarter import add_quarter
from icplib.problems import UserError

DEALS = "deal_id,account_id,created_date,close_date,is_won\n2,1,,,no\n"


@pytest.fixture
def acme(tmp_path, monkeypatch):
    folder = tmp_path / "data" / "acme"
    raw = folder / "raw" / "2026Q3"
    raw.mkdir(parents=True)
    (raw / "Accounts.csv").write_text("account_id,account_name,Industry,Region\n1,Acme,Bank,EU\n")
    (raw / "Deals.csv").write_text("deal_id,account_id,created_date,close_date,is_won\n1,1,,,no\n")
    (folder / "company.toml").write_text(
        'name = "Acme"\n[sources]\naccounts = "Accounts.csv"\ndeals = "Deals.csv"\n'
    )
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    return folder


def new(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_files_go_under_the_names_of_company_toml(acme, tmp_path):
    accounts = new(
        tmp_path, "export (3).csv", "account_id,account_name,Industry,Tier\n1,Acme,B,A\n"
    )
    deals = new(tmp_path, "Deals.csv", DEALS)
    lines = add_quarter("acme", [accounts, deals], "2026q4")
    assert lines == [
        "export (3).csv: accounts, as Accounts.csv; gone: 'Region'; new: 'Tier'",
        "Deals.csv: deals, as Deals.csv",
    ]
    raw = acme / "raw" / "2026Q4"
    assert sorted(p.name for p in raw.iterdir()) == ["Accounts.csv", "Deals.csv"]
    assert (raw / "Accounts.csv").read_bytes() == accounts.read_bytes()


def test_what_is_not_given_is_told(acme, tmp_path):
    deals = new(tmp_path, "Deals.csv", DEALS)
    assert add_quarter("acme", [deals], "2026Q4")[-1] == "Not given: Accounts.csv (accounts)."


@pytest.mark.parametrize(
    "name, text, quarter, words",
    [
        ("x.csv", "colour,shape\nred,round\n", "2026Q4", "no source of company.toml has a file"),
        ("Deals.csv", "deal_id\n1\n", "2026Q3", "has no quarter before 2026Q3"),
        ("Deals.csv", "deal_id\n1\n", "next", "'next' is not a quarter"),
    ],
)
def test_what_has_no_place_stops_everything(acme, tmp_path, name, text, quarter, words):
    with pytest.raises(UserError, match=words):
        add_quarter("acme", [new(tmp_path, name, text)], quarter)
    assert [p.name for p in (acme / "raw").iterdir()] == ["2026Q3"]


def test_nothing_is_overwritten(acme, tmp_path):
    deals = new(tmp_path, "Deals.csv", DEALS)
    add_quarter("acme", [deals], "2026Q4")
    with pytest.raises(UserError, match="there already"):
        add_quarter("acme", [deals], "2026Q4")
    with pytest.raises(UserError, match="there already"):
        add_quarter("acme", [deals, deals], "2027Q1")
    assert not (acme / "raw" / "2027Q1").exists()
