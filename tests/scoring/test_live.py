"""The sheet that scores by formulas, recalculated by LibreOffice and held against the card."""

import io
import os
import shutil
import subprocess

import openpyxl
import pandas as pd
import pytest

from book_bed import bed, bed_card, book
from icplib.scoring.companies import score_companies
from icplib.scoring.live import AGAINST, FOR, POINTS, TOP, listed_values, met


def recalculated(content, folder):
    """The workbook with every result worked out anew."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        why = "LibreOffice is not installed here, so no formula was recalculated"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    content.save(folder / "typed.xlsx")
    command = [office, f"-env:UserInstallation=file://{folder}/office", "--headless"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder / "out"]
    subprocess.run([*command, folder / "typed.xlsx"], check=True, capture_output=True, timeout=300)
    return openpyxl.load_workbook(folder / "out" / "typed.xlsx", data_only=True)


def shown(sheet):
    """(points, tier, out because, reasons for, reasons against)."""
    cells = [sheet.cell(i + 1, 2).value or "" for i in range(TOP - 1)]
    reasons = ["; ".join(filter(None, cells[i : i + 3])) for i in (FOR, AGAINST)]
    return (*cells[POINTS:FOR], *reasons)


def test_every_row_gets_what_the_card_gives_it(tmp_path):
    companies = bed()
    made = book(companies)
    content = openpyxl.load_workbook(io.BytesIO(made.made()))
    live, values = content["Score one"], listed_values(made.card, companies)
    for i, row in values.iterrows():
        copy = content.copy_worksheet(live)
        copy.title, copy["B3"] = f"picked {i}", row["company"]
        if i % 3 == 1:
            continue
        copy = content.copy_worksheet(live)
        copy.title, copy["B3"] = f"typed {i}", None
        for j, name in enumerate(made.card.columns, TOP + 1):
            copy.cell(j, 2).value = None if pd.isna(row[name]) else row[name]
            copy.cell(j, 2).data_type = "n" if isinstance(row[name], float) else "s"
    told = score_companies(made.card, companies)
    columns = ["score", "tier", "knock_out", "reasons_for", "reasons_against"]
    result = recalculated(content, tmp_path)
    for i, row in enumerate(told[columns].itertuples(index=False)):
        assert shown(result[f"picked {i}"]) == tuple(row), companies.iloc[i].to_dict()
        if f"typed {i}" in result:
            assert shown(result[f"typed {i}"]) == tuple(row), companies.iloc[i].to_dict()
    assert set(told["tier"]) == {"A", "B", "C", "D", "out", "not enough known"}
    stored = openpyxl.load_workbook(io.BytesIO(made.made()), data_only=True)["Score one"]
    for cell in (cell for line in stored.iter_rows() for cell in line):
        now = result["Score one"][cell.coordinate].value
        is_number = isinstance(now, float) and cell.value
        assert (pytest.approx(cell.value) if is_number else cell.value or "") == (now or "")


def test_a_condition_is_written_for_a_sheet():
    assert met(bed_card().knock_outs[0], "C9") == "OR(C9<10, C9>9000)"
    assert met(bed_card().knock_outs[1], "C9") == 'C9="EMEA"'
