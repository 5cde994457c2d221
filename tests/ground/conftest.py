"""Fixtures of the rooms around a run."""

import pytest

from icplib import refresh as house
from icplib.report import analyst, page
from icplib.tables.files import INTERNAL
from toy_company import TWO, book, printed


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A company with two toy notebooks.

    Pages are written by a stand-in that copies the last notebook's output.
    """
    company = tmp_path / "data" / "acme"
    (company / "raw" / "2026Q3").mkdir(parents=True)
    (company / "raw" / "2026Q3" / "a.csv").write_text("Account ID\n1\n")
    (company / "company.toml").write_text(
        'name = "Acme"\n[sources]\naccounts = "a.csv"\ndeals = "a.csv"\n'
    )
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setattr(house, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(house, "STEPS", TWO)
    monkeypatch.setattr(house, "check_inputs", lambda workbook, whole=False: ([], [], ()))

    def export(workbook, folder, known, doubts):
        executed = folder / INTERNAL / "notebooks" / f"{house.STEPS[-1]}.ipynb"
        (folder / "report.html").write_text(printed(executed))

    monkeypatch.setattr(page, "export", export)
    monkeypatch.setattr(
        analyst, "export_analyst", lambda executed, out, doubts: out.write_text("analyst")
    )
    book(
        tmp_path / "notebooks" / "01_gather_data.ipynb",
        "(folder / '01_a.json').write_text('one'); print(quarter)",
    )
    book(
        tmp_path / "notebooks" / "02_find_patterns.ipynb",
        "print((folder / '01_a.json').read_text())",
    )
    return tmp_path
