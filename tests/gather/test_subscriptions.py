"""Subscriptions are a payment a month and a loss where the last one of a company has ended."""

import pytest

from gather_company import company
from icplib.gather import gather, look
from icplib.gather.subscriptions import CHURN, INVOICES
from icplib.tables.step_01 import ACCOUNTS

TOML = 'name = "small"\n[sources]\naccounts = "a.csv"\nsubscriptions = "s.csv"\n'
ACCOUNTS_CSV = "account_id,account_name\n" + "".join(f"A{i},Firm {i}\n" for i in range(1, 6))
STRIPE = """id,Customer ID,Amount,Quantity,Interval,Currency,Status,Start (UTC),Ended At (UTC)
s1,A1,100,2,month,usd,active,2026-01-15,
s2,A2,1200,1,year,usd,canceled,2025-10-01,2026-04-01
s3,A3,100,1,month,usd,canceled,2026-01-01,2026-02-01
s4,A3,150,1,month,usd,active,2026-03-01,
s5,A4,90,1,month,usd,trialing,2026-09-01,
s6,A5,300,1,3 months,usd,canceled,2026-01-01,2026-12-31
"""


def test_payments_and_losses_by_hand(tmp_path, monkeypatch):
    assert set(INVOICES) | set(CHURN)
    files = {"a.csv": ACCOUNTS_CSV, "s.csv": STRIPE}
    book = company(tmp_path, monkeypatch, files, TOML)
    assert not look(book).problems
    found = gather(book).accounts.set_index("account_id")
    assert ACCOUNTS.names[0] == "account_id"
    # 9 months of 200 (15 January to 15 September), 6 of 100, 1 + 7, none of a trial, 9 thirds
    assert found["revenue_amount"].fillna(0).tolist() == [1800, 600, 1150, 0, 900]
    assert found["n_invoices"].tolist() == [9, 6, 8, 0, 9]
    assert found["is_customer"].tolist() == [True, True, True, False, True]
    assert found.index[found["is_churned"]].tolist() == ["A2"], "an end to come is none yet"
    assert str(found.loc["A2", "churn_date"].date()) == "2026-04-01"


@pytest.mark.parametrize(("period", "ok"), [("monatlich", True), ("aeon", False)])
def test_a_period_that_nobody_knows_stops(tmp_path, monkeypatch, period, ok):
    text = STRIPE.replace(",month,", f",{period},")
    book = company(tmp_path, monkeypatch, {"a.csv": ACCOUNTS_CSV, "s.csv": text}, TOML)
    problems = [p.sentence for p in look(book).problems]
    assert bool(problems) is not ok
    assert ok or ("'aeon'" in problems[0] and "month_amount" in problems[0])
