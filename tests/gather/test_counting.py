"""Which rows count: deleted, void, credit, repeated, renewed."""

import pytest

from gather_company import company
from icplib import gather as step
from icplib.gather.counting import FEW_REPEATS
from icplib.problems import UserError

HEAD = 'name = "small"\n'
ACCOUNTS = "account_id,account_name\n" + "".join(f"A{i},Firm {i}\n" for i in range(8))


def deals(rows, extra=""):
    return {
        "accounts.csv": ACCOUNTS,
        "deals.csv": f"account_id,deal_amount,close_date,{extra}\n" + rows,
    }


def bought(tmp_path, monkeypatch, files, toml=""):
    source = "deals" if "deals.csv" in files else "invoices"
    toml = f'{HEAD}{toml}[sources]\naccounts = "accounts.csv"\n{source}.file = "{source}.csv"\n'
    book = company(tmp_path, monkeypatch, files=files, toml=toml)
    found = step.gather(book)
    return found, found.accounts["revenue_amount"].sum()


def test_documents_count_by_status_and_type(tmp_path, monkeypatch):
    rows = "A0,2025-01-01,100,Paid,Invoice\nA1,2025-01-01,100,Storniert,Invoice\n"
    rows += "A0,2025-02-01,30,Paid,Credit Note\nA2,2025-01-01,50,Sent,Estimate\n"
    files = {
        "accounts.csv": ACCOUNTS,
        "invoices.csv": f"account_id,invoice_date,revenue_amount,Status,Type\n{rows}",
    }
    found, revenue = bought(tmp_path, monkeypatch, files)
    assert revenue == 70 and found.accounts["is_customer"].sum() == 1
    said = found.readings.set_index("value")["read_as"]
    assert said["Storniert"] == "out" and said["Credit Note"] == "credit"
    assert found.attrition["amount"].dropna().tolist()[:1] == [100.0]


def test_a_stage_that_nobody_knows_stops_and_a_declared_one_does_not(tmp_path, monkeypatch):
    rows = "A0,100,2025-01-01,Phase 9\nA1,50,2025-01-01,Closed Lost\n"
    with pytest.raises(UserError, match="Phase 9.*won_stages"):
        bought(tmp_path / "a", monkeypatch, deals(rows, "stage"))
    _, revenue = bought(
        tmp_path / "b", monkeypatch, deals(rows, "stage"), 'won_stages = ["Phase 9"]\n'
    )
    assert revenue == 100


def test_equal_rows_stop_beyond_a_few(tmp_path, monkeypatch):
    row = "A{0},100,2025-01-01,Closed Won\n"
    few = "".join(row.format(i) for i in range(8)) + row.format(0)
    found, revenue = bought(tmp_path / "a", monkeypatch, deals(few, "stage"))
    assert revenue == 900 and "equal rows" in set(found.quality["check"])
    many = few + row.format(1) * (FEW_REPEATS + 1)
    with pytest.raises(UserError, match="the same row.*repeated"):
        bought(tmp_path / "b", monkeypatch, deals(many, "stage"))
