"""What a customer is worth in times that compare, and which companies belong together."""

import numpy as np
import pandas as pd
import pytest

from gather_company import company
from icplib import gather as step
from icplib.gather.values import families

ACCOUNTS = "account_id,account_name\n" + "".join(f"{i},Company {i}\n" for i in "abcdef")
INVOICES = """invoice_id,account_id,invoice_date,revenue_amount,cost_amount
1,a,2023-01-10,100,40
2,a,2024-01-10,100,40
3,a,2025-01-09,100,40
4,b,2026-01-10,70,
5,c,2023-03-01,0,
6,d,2023-01-10,0,
7,d,2023-04-10,10,
8,d,2024-12-31,5,
9,d,2025-06-10,500,
10,e,2023-01-10,30,
11,e,2023-12-10,800,
"""
CHURN = "account_id,churn_date\nd,2024-06-10\ne,2023-06-10\n"


def gathered(tmp_path, monkeypatch, best=""):
    texts = {"accounts": ACCOUNTS, "invoices": INVOICES, "churn": CHURN}
    files = {f"{name}.csv": text for name, text in texts.items()}
    sources = "\n".join(f'{name} = "{name}.csv"' for name in texts)
    toml = f'name = "small"\n[sources]\n{sources}\n[best]\n{best}\n'
    found = step.gather(company(tmp_path, monkeypatch, files, toml))
    return found.accounts.set_index("account_id"), found.quality.set_index("check")


def test_the_first_year_ends_before_the_second_invoice(tmp_path, monkeypatch):
    got, _ = gathered(tmp_path, monkeypatch)
    assert got.loc["a", "first_year_revenue_amount"] == 100
    assert got.loc["a", "first_year_profit_amount"] == 60
    assert np.isnan(got.loc["b", "first_year_revenue_amount"])  # nine months are no year
    assert np.isnan(got.loc["b", "first_year_profit_amount"])


def test_a_purchase_of_nothing_makes_no_customer(tmp_path, monkeypatch):
    got, quality = gathered(tmp_path, monkeypatch)
    assert not got.loc["c", "is_customer"] and quality.loc["purchases of nothing", "n"] == 1
    assert got.loc["d", "first_purchase_date"] == pd.Timestamp("2023-04-10")


def test_who_comes_back_is_a_customer_of_a_second_spell(tmp_path, monkeypatch):
    got, quality = gathered(tmp_path, monkeypatch)
    assert quality.loc["customers who came back", "n"] == 2
    assert got.loc["d", "value_start_date"] == pd.Timestamp("2024-12-31")
    assert got.loc["d", "first_year_revenue_amount"] == 505
    assert got.loc["e", "first_year_revenue_amount"] == 800
    assert got.loc["d", "is_churned"]  # leaving is that of the first spell


def test_nothing_bought_after_leaving_counts_to_the_time_before(tmp_path, monkeypatch):
    got, _ = gathered(tmp_path, monkeypatch, 'returners = "first spell"')
    assert got.loc["e", "first_year_revenue_amount"] == 30
    assert got.loc["d", "first_year_revenue_amount"] == 10
    days = (pd.Timestamp("2023-06-10") - pd.Timestamp("2023-01-10")).days
    assert got.loc["e", "revenue_per_year_amount"] == pytest.approx(30 / (days / 365.25))
    assert got.loc["e", "last_year_revenue_amount"] == 30


def test_who_comes_back_is_a_customer_still_where_settings_say_so(tmp_path, monkeypatch):
    got, quality = gathered(tmp_path, monkeypatch, 'returners = "still customer"')
    assert quality.loc["customers who came back", "n"] == 2
    assert got.loc["d", "churn_date"] is pd.NaT and not got.loc["d", "is_churned"]


def test_families_join_parents_domains_and_names_without_a_domain():
    table = pd.DataFrame(
        {
            "account_id": list("hgfedcba"),
            "parent_id": ["g", None, None, "z", "z", None, None, None],
            "domain": ["h.com", "g.com", "f.com", None, None, "f.com", "gmail.com", "gmail.com"],
            "clean_name": ["h", "g", "one", "e", "d", "two", "one", "x"],
        }
    )
    want = {"h": "g", "g": "g", "f": "c", "e": "d", "d": "d", "c": "c", "b": "b", "a": "a"}
    assert dict(zip(table["account_id"], families(table), strict=True)) == want
    turned = table.sample(frac=1, random_state=1)
    assert dict(zip(turned["account_id"], families(turned), strict=True)) == want


def test_a_company_without_a_domain_joins_its_name():
    table = pd.DataFrame(
        {"account_id": ["1", "2"], "domain": ["x.com", None], "clean_name": ["x", "x"]}
    )
    assert families(table).tolist() == ["1", "1"]
