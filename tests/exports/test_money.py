"""Amounts in the company's currency."""

import duckdb
import pytest

from icplib.exports.money import Amount, code_of, factor, is_converted, unit_of
from icplib.problems import UserError


@pytest.mark.parametrize(
    "header, converted",
    [
        ("Amount (converted)", True),
        ("Amount in company currency", True),
        ("amount_in_home_currency", True),
        ("Est. Revenue (Base)", True),
        ("Betrag in Unternehmenswährung", True),
        ("Montant (converti)", True),
        ("Importe en la moneda de la empresa", True),
        ("Amount", False),
        ("Company", False),
        ("Database", False),
        ("Conversion rate", False),
    ],
)
def test_a_header_says_whether_it_is_converted(header, converted):
    assert is_converted(header) is converted


@pytest.mark.parametrize(
    "cell, own, code",
    [
        ("€1.3M", "USD", "EUR"),
        ("¥150M", "USD", "JPY"),
        ("1,200 CHF", "EUR", "CHF"),
        ("$5", "USD", None),
        ("$5", "CAD", None),
        ("$5", "EUR", "USD"),
        ("1200", "EUR", None),
        ("EUROPE", "USD", None),
        ("R$ 5", "BRL", "BRL"),
        ("US$ 5", "CAD", "USD"),
        ("CA$5", "USD", "CAD"),
        ("5 kr", "USD", "KR"),
        ("5 kr", "SEK", None),
    ],
)
def test_a_cell_names_its_currency(cell, own, code):
    assert code_of(cell, own) == code


def test_foreign_amounts_need_a_rate_and_the_converted_ones_stand_in_the_answer():
    con = duckdb.connect()
    con.execute("create table t as select * from (values ('€5'), ('$7'), ('€9')) v(amount)")
    amount = Amount("t", "amount", True, None, "deals.csv")
    with pytest.raises(UserError, match="EUR.*rate"):
        factor(con, amount, "USD", {})
    times, foreign = factor(con, amount, "USD", {"EUR": 1.1})
    assert foreign == [("EUR", 2)]
    got = con.execute(f"select {times} from t order by 1").fetchall()
    assert [float(x) for (x,) in got] == [1.0, 1.1, 1.1]


@pytest.mark.parametrize(
    ("header", "bare", "times", "code"),
    [
        ("Umsatz (TEUR)", "Umsatz", 1e3, "EUR"),
        ("Annual Revenue ($M)", "Annual Revenue", 1e6, None),
        ("Revenue (in 000s USD)", "Revenue", 1e3, "USD"),
        ("Revenue (in thousands)", "Revenue", 1e3, None),
        ("Chiffre d'affaires (M€)", "Chiffre d'affaires", 1e6, "EUR"),
        ("Facturación (miles de euros)", "Facturación", 1e3, "EUR"),
        ("Fatturato (€/000)", "Fatturato", 1e3, "EUR"),
        ("Przychody w mln PLN", "Przychody", 1e6, "PLN"),
        ("Deal Value (R$)", "Deal Value", 1.0, "BRL"),
        ("revenue_usd", "revenue", 1.0, "USD"),
        ("Length (m)", "Length (m)", 1.0, None),
        ("Growth (%)", "Growth (%)", 1.0, None),
        ("Users in pipeline", "Users in pipeline", 1.0, None),
        ("Amount in company currency (EUR)", "Amount in company currency (EUR)", 1.0, None),
    ],
)
def test_a_header_says_scale_and_currency(header, bare, times, code):
    unit = unit_of(header, "USD")
    assert (unit.header, unit.times, unit.code) == (bare, times, code)


def test_amounts_of_a_header_in_another_currency_need_its_rate():
    con = duckdb.connect()
    con.execute('create table t as select 5.0 as "Amount (EUR)"')
    amount = Amount("t", "Amount (EUR)", False, None, "deals.csv")
    with pytest.raises(UserError, match="EUR.*rate"):
        factor(con, amount, "USD", {})
    assert factor(con, amount, "USD", {"EUR": 1.1})[1] == [("EUR", 1)]
    assert factor(con, amount, "EUR", {})[0] is None
