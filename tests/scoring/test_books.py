"""`prospects.xlsx` as sales open it."""

import io

import openpyxl
import pandas as pd
import pytest

from book_bed import bed, book
from icplib.exports.files import read_table
from icplib.scoring.books import AT_RISK


@pytest.fixture(scope="module")
def made():
    one = book(bed())
    risk = {
        "account_name": "=Old",
        "revenue_per_year_amount": 9.5,
        "red_flags": "a; b",
        "tier": "A",
    }
    risk = pd.DataFrame([risk]).reindex(columns=[*AT_RISK])
    return type(one)(one.card, one.listed, risk, one.companies, frozenset({"growth_rate"})).made()


def test_every_sheet_says_whose_it_is(made):
    content = openpyxl.load_workbook(io.BytesIO(made))
    sheets = {sheet.title: sheet for sheet in content}
    assert list(sheets) == [
        "Start",
        "Prospects",
        "Score one",
        "Customers at risk",
        "Card",
        "Values",
    ]
    assert {s["A1"].value for s in content} == {book(bed()).card.about}
    assert sheets["Values"].sheet_state == "hidden"
    front = " ".join(str(row[0].value) for row in sheets["Start"].iter_rows())
    assert "Tier A: 60 points or more" in front and "Reasons name up to three" in front
    assert "31 scored (100\xa0%)" in front


def test_the_list_is_frozen_filtered_wrapped_and_coloured(made):
    sheet = openpyxl.load_workbook(io.BytesIO(made))["Prospects"]
    assert sheet.freeze_panes == "B3" and sheet.auto_filter.ref == "A2:W33"
    tiers = {row[2].value: row[2].fill.start_color.rgb for row in sheet.iter_rows(min_row=3)}
    assert len({tiers[t] for t in ("A", "B", "C", "D", "out")}) == 5
    assert sheet["E33"].alignment.wrap_text and sheet.column_dimensions["E"].width > 40
    assert [c.value for c in sheet[2]][-3:] == ["Verdict", "Why", "Until"]


def test_customers_at_risk_bring_revenue_and_no_formula(made):
    sheet = openpyxl.load_workbook(io.BytesIO(made))["Customers at risk"]
    assert [c.value for c in sheet[3]][:4] == ["'=Old", 9.5, "a; b", "A"]


def test_the_list_that_sellers_filled_in_is_read_as_an_export(made, tmp_path):
    content = openpyxl.load_workbook(io.BytesIO(made))
    content["Prospects"]["U4"], content["Prospects"]["W4"] = "refused", "2026-12-31"
    content.save(tmp_path / "prospects.xlsx")
    table, report = read_table(tmp_path / "prospects.xlsx", table="Prospects")
    assert {"Company", "Verdict", "Until"} <= set(report.columns) and len(table) == 31
    assert table["Verdict"].tolist()[1] == "refused"
