"""The whole chain on the example: five quarters refreshed one after another, then read, replayed and compared."""

import json

import nbformat
import pytest

from icplib.icp import Profiles
from icplib.refresh import STEPS
from icplib.tables import artefacts
from icplib.verify import verify
from icplib.workbook import Workbook


def test_every_step_leaves_all_its_artefacts(five_quarters):
    for quarter in five_quarters.quarters:
        book = Workbook("example", quarter)
        for name in artefacts():
            assert book.has(name), f"{quarter}: {name}"
            book.read(name)


def test_pages_notebooks_and_manifest_stand_in_the_reports_folder(five_quarters):
    home = Workbook("example", "2026Q3").reports
    assert {"report.html", "analyst.html", "manifest.json", "icp.json", "scorecard.json"} <= {p.name for p in home.iterdir()}
    for step in STEPS:
        cells = nbformat.read(home / "notebooks" / f"{step}.ipynb", as_version=4).cells
        assert all(c.execution_count for c in cells if c.cell_type == "code")
    manifest = json.loads((home / "manifest.json").read_text())
    assert set(manifest["seconds"]) == set(STEPS) and manifest["as_of"] == "2026-09-30"


def test_no_output_carries_a_path_a_clock_or_an_address(five_quarters):
    import re

    for step in STEPS:
        text = (Workbook("example", "2026Q3").reports / "notebooks" / f"{step}.ipynb").read_text()
        assert not re.search(r"0x[0-9a-f]{8,}", text), step
        assert str(five_quarters.folder) not in text and "/icplib/" not in text, step


def test_an_archived_quarter_replays_identically(five_quarters):
    assert verify("example", "2026Q3") == []


def test_a_tampered_archive_is_told_with_its_cell(five_quarters, tmp_path, monkeypatch):
    import shutil

    shutil.copytree(five_quarters.folder, tmp_path / "copy")
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "copy" / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "copy" / "reports"))
    path = Workbook("example", "2026Q3").reports / "notebooks" / "01_gather_data.ipynb"
    book = nbformat.read(path, as_version=4)
    output = next(o for c in book.cells if c.cell_type == "code" for o in c.outputs if "text/plain" in o.get("data", {}))
    output["data"]["text/plain"] = "something else"
    nbformat.write(book, path)
    for step in STEPS[1:]:
        (path.parent / f"{step}.ipynb").write_bytes(path.read_bytes())  # one replay is enough here
    assert any("01_gather_data" in line for line in verify("example", "2026Q3"))


def test_the_planted_profile_is_found(five_quarters, example_truth):
    profiles: Profiles = Workbook("example", "2026Q3").read("03_profile")
    stated = {c.attribute for p in profiles.profiles for c in p.criteria}
    planted = {name.replace("_cloud", "").replace("_crm", "") for name in example_truth["conditions"]}
    assert len(stated & planted) >= 4, stated
    assert not stated & set(example_truth["noise"])


@pytest.mark.parametrize("quarter", ["2025Q4", "2026Q1", "2026Q3"])
def test_earlier_outputs_are_never_touched(five_quarters, quarter):
    from icplib.workbook import sha256

    book = Workbook("example", quarter)
    manifest = json.loads((book.processed / "manifest.json").read_text())
    for name, digest in manifest["artefacts"].items():
        assert sha256((book.processed / name).read_bytes()) == digest
