"""Somebody withdraws: after the next refresh no quarter, scenario, notebook or page holds a trace;
nothing else of the past is touched.
"""

from contextlib import nullcontext

import pandas as pd
import pytest

from icplib import refresh as house
from icplib.interviews.interviews import spellings


def step(run, name, say):
    """Stands in for a notebook: keeps the interviewees of people.csv who have not withdrawn, and
    prints them into its outputs.
    """
    people = pd.read_csv(run.workbook.raw / "people.csv", dtype=str)
    people = people[~people["person_id"].isin(list(run.workbook.settings.personas.withdrawn))]
    people.to_parquet(run.artefacts / "05_interviews.parquet")
    (run.notebooks / f"{name}.ipynb").write_text(", ".join(people["person_id"]))


def looked(book, whole=False):
    """Stands in for the look at the inputs: a quarter without raw data is refused."""
    assert book.raw.is_dir()
    return [], [], ()


def pages(run, _doubts):
    for page in ("report.html", "analyst.html"):
        (run.pages / page).write_text("".join(p.read_text() for p in run.notebooks.iterdir()))


@pytest.fixture
def company(tmp_path, monkeypatch):
    """Three quarters and a scenario of the second, refreshed one after another.

    P-7 was interviewed in 2026Q2 only.
    """
    folder = tmp_path / "data" / "acme"
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
    for name, stand_in in (
        ("check_notebooks", lambda: None),
        ("check_inputs", looked),
        ("_execute", step),
        ("Kernel", lambda *_: nullcontext()),
        ("_export_pages", pages),
    ):
        monkeypatch.setattr(house, name, stand_in)
    for quarter, people in (("2026Q1", "P-1"), ("2026Q2", "P-1 P-7"), ("2026Q3", "P-1")):
        (folder / "raw" / quarter).mkdir(parents=True)
        rows = "".join(f"{p},INT-00{p[-1]}\n" for p in people.split())
        (folder / "raw" / quarter / "people.csv").write_text("person_id,interview_id\n" + rows)
    (folder / "company.toml").write_text(
        'name = "Acme"\n[sources]\naccounts = "a.csv"\ndeals ='
        ' "a.csv"\n[scenarios.other]\nbest.share = 0.25\n'
    )
    for quarter, scenario in (("2026Q1", ""), ("2026Q2", ""), ("2026Q2", "other"), ("2026Q3", "")):
        house.refresh("acme", quarter, scenario, say=lambda line: None)
    return tmp_path


def everything(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def withdraw(home, person):
    settings = home / "data" / "acme" / "company.toml"
    settings.write_text(settings.read_text() + f'[personas]\nwithdrawn = ["{person}"]\n')


def traces(home, person):
    """Files, other than the raw exports and the settings, that hold the id."""
    found = []
    for path in (
        p
        for root in ("data/acme/processed", "reports/acme")
        for p in (home / root).rglob("*")
        if p.is_file()
    ):
        content = pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_text()
        found += [path.relative_to(home).as_posix()] * (person in content)
    return found


def test_one_line_and_the_next_refresh_leave_no_trace_in_any_run(company):
    assert {"2026Q2", "2026Q2@other"} == {
        t.split("/")[3 if "processed" in t else 2] for t in traces(company, "P-7")
    }
    untouched = (
        everything(company / "data/acme/processed/2026Q1"),
        everything(company / "reports/acme/2026Q1"),
    )
    withdraw(company, "P-7")
    said = []
    house.refresh("acme", "2026Q3", say=said.append)
    assert traces(company, "P-7") == []
    assert [line.split()[0] for line in said if "withdrew" in line] == ["2026Q2", "2026Q2@other"]
    assert "What lies elsewhere is not reached" in said[2]
    assert (
        "P-1"
        in (company / "reports/acme/2026Q2/internal/notebooks/05_define_personas.ipynb").read_text()
    )  # built again, not thrown away
    assert untouched == (
        everything(company / "data/acme/processed/2026Q1"),
        everything(company / "reports/acme/2026Q1"),
    )
    said.clear()
    house.refresh("acme", "2026Q3", say=said.append)
    assert not any("withdrew" in line for line in said)


def test_a_run_that_cannot_be_built_again_and_what_a_failed_run_left_are_erased(company):
    for name in ("data/acme/processed", "reports/acme"):
        (company / name / "2026Q2").rename(company / name / "2026Q2.unfinished")
    (company / "data/acme/raw/2026Q2/people.csv").unlink()
    withdraw(
        company, "INT-007"
    )  # the interview's id is not the person's where the export names people
    house.refresh("acme", "2026Q3", say=lambda line: None)
    assert traces(company, "P-7")
    settings = company / "data" / "acme" / "company.toml"
    settings.write_text(settings.read_text().replace("INT-007", "p 7"))
    said = []
    house.refresh("acme", "2026Q3", say=said.append)
    assert traces(company, "P-7") == [] and sum("erased" in line for line in said) == 2
    assert sorted(p.name for p in (company / "reports/acme").iterdir() if p.is_dir()) == [
        "2026Q1",
        "2026Q3",
    ]


def test_an_id_is_known_in_every_spelling():
    assert {"jane@acme.com".replace("@", "").replace(".", ""), "p7", "int007"} <= spellings(
        ["jane@acme.com", "7"]
    )
    assert spellings(["", " "]) == set()
