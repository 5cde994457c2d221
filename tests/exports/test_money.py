"""Amounts in the company's currency."""

import duckdb
import pytest

from icplib.exports.money import Amount, code_of, factor, is_converted
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
