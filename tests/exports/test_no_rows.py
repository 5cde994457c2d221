"""Totals, units and repeated headers are no rows in any language; companies called so are."""

import pandas as pd
import pytest

from icplib.exports import read_table
from icplib.exports.no_rows import FEWEST
from icplib.problems import UserError

ROWS = "".join(f"A{i},Firm {i},{10 * i},{100 * i}.50\n" for i in range(1, 6))
HEAD = "id,name,employees,amount\n"


def rows_of(tmp_path, text, name="t.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    table, report = read_table(tmp_path / name)
    assert report.n_kept == len(table)
    return table, report


@pytest.mark.parametrize(
    "line",
    [
        "Grand Totals (5 records)\n",
        "Somme générale,,150,\n",
        ",Razem:,150,1502.50\n",
        "合計,,,1502.50\n",
        "Alles samen,,150,1502.50\n",  # by its sums alone
        "Alt i alt,,5,1502.50\n",  # with the number of the rows
        "Sumy częściowe,,5,1502.50\n",
        ",,,\n",
        "id,name,employees,amount\n",
    ],
)
def test_what_is_no_record_is_left_out(tmp_path, line):
    table, _ = rows_of(tmp_path, HEAD + ROWS + line)
    assert table["id"].tolist() == [f"A{i}" for i in range(1, 6)]


@pytest.mark.parametrize(
    "line", ["Firm 9,,5,\n", "Total Logistics,,,1400\n", "A9,Total,,\n", "Summa Partners,,151,\n"]
)
def test_a_company_stays_whatever_it_is_called(tmp_path, line):
    assert len(rows_of(tmp_path, HEAD + ROWS + line)[0]) == 6


def test_a_row_of_units_goes_and_a_first_row_without_digits_stays(tmp_path):
    table, report = rows_of(tmp_path, HEAD + ",,Anzahl,(TEUR)\n" + ROWS)
    assert len(table) == 5 and report.footers[0].reason == "units of the columns"
    assert len(rows_of(tmp_path, HEAD + "A0,Firm,unknown,n/a\n" + ROWS)[0]) == 6


def test_subtotals_of_groups_are_told_by_their_sums(tmp_path):
    group = "".join(f"K{i};x;{i},25\n" for i in range(1, 5))
    text = f"kunde;produkt;betrag\n{group}x Ergebnis;;11,00\n{group}y Ergebnis;;11,00\n"
    assert len(rows_of(tmp_path, text)[0]) == 8
    text = f"kunde;produkt;betrag\n{group}x Ergebnis;;11,00\n{group}y Ergebnis;;12,00\n"
    assert len(rows_of(tmp_path, text)[0]) == 10  # one is no sum: nobody guesses


@pytest.mark.parametrize("n", [FEWEST - 1, FEWEST])
def test_a_sum_of_few_rows_may_be_an_accident(tmp_path, n):
    rows = "".join(f"A{i},Firm {i},{i + 1}\n" for i in range(n))
    table, _ = rows_of(tmp_path, f"id,name,seats\n{rows},Other,{n * (n + 1) // 2}\n")
    assert len(table) == n + (n < FEWEST)


def test_a_report_that_counts_more_records_than_are_there_stops(tmp_path):
    with pytest.raises(UserError, match="counts 7 records.*5 rows"):
        rows_of(tmp_path, f"{HEAD}{ROWS}Gesamtsumme (7 Datensätze)\n")


def test_a_workbooks_totals_are_found_alike(tmp_path):
    frame = pd.DataFrame({"Firma": ["a", "b", "c", "Totaal"], "x": ["k"] * 3 + [None]})
    frame["Omzet"] = [1.5, 2.0, 3.0, 6.5]
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    table, report = read_table(tmp_path / "t.xlsx")
    assert table["Firma"].tolist() == ["a", "b", "c"] and report.footers[0].line == 5
