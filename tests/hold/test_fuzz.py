"""Inputs broken at random, from a seed: each ends in a result or in one sentence, nothing else.

A part of the cases belongs to every run of the suite; ``make fuzz`` tries 20,000.
"""

import gzip
import io
import os
import random
import re
import sqlite3
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from icplib import gather
from icplib.exports.files import read_table
from icplib.interviews import read_codings
from icplib.problems import LONGEST, UserError, UserErrors
from icplib.settings import read_settings
from icplib.workbook import Workbook, write_whole
from qda_fixtures import DIALECTS, ProjectFile, qualcoder, taguette

pytestmark = pytest.mark.fuzz
CASES = int(os.environ.get("ICP_FUZZ", "600"))
SEED = 20261128
TABLE = pd.DataFrame(
    {
        "Account ID": [f"00{n}" for n in range(12)],
        "Account Name": [f"Firm {n}" for n in range(12)],
        "Amount": [f"{n},{n}00.50" for n in range(12)],
        "Close Date": [f"2026-0{n % 9 + 1}-1{n % 9}" for n in range(12)],
        "Stage": ["Closed Won", "Closed Lost", "Open"] * 4,
    }
)
TOML = (
    'name = "Ours"\ncurrency = "USD"\nmemory_limit = "1GB"\n[sources]\naccounts = "a.csv"\n'
    'deals = { file = "d.csv", reads = { "Open" = "repeat" } }\n[best]\nby = "revenue"\n'
    '[churn]\nobserved_from = 2025-01-01\n[privacy]\nmin_cell = 5\n[score]\nmax_attributes = 9\n'
)  # fmt: skip
NASTY = (
    b"\x00", b"\x1b[31m", b"\x07", b'"', b"'", b"\r", b"\n\n", b";", b",", b"\t", b"\xff\xfe",
    b"\xef\xbb\xbf", b"=cmd|' /C calc'!A0", b"<script>alert(1)</script>", b"\xf0\x9f\x98\x80",
    b"1e999", b"-inf", b"9" * 400, b"\xe2\x80\xae", b"x" * 30_000, b"[[", b"}", b"../../evil",
)  # fmt: skip


def broken(payload, rng):
    """The bytes with a few wounds: cut, doubled, overwritten, nastiness put in."""
    made = bytearray(payload)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(made) + 1)
        wound = rng.randrange(5)
        if wound == 0:
            del made[at:]
        elif wound == 1:
            made[at : at + rng.randrange(40)] = rng.choice(NASTY)
        elif wound == 2:
            made[at:at] = made[max(0, at - 60) : at]
        elif wound == 3 and made:
            made[at % len(made)] = rng.randrange(256)
        else:
            made[at:at] = rng.choice(NASTY)
    return bytes(made)


def frame_file(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def database(write):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        write(path)
        return path.read_bytes()


def tables(path):
    with sqlite3.connect(path) as con:
        TABLE.to_sql("accounts", con, index=False)
    con.close()


@pytest.fixture(scope="session")
def wholes():
    """Whole files, by name."""
    csv = TABLE.to_csv(index=False).encode()
    book = openpyxl.Workbook()
    for row in [list(TABLE), *TABLE.to_numpy().tolist()]:
        book.active.append(row)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", csv)
    return {
        "a.csv": csv,
        "b.csv": csv.decode().encode("utf-16"),
        "a.tsv": TABLE.to_csv(index=False, sep="\t").encode(),
        "a.csv.gz": gzip.compress(csv),
        "a.zip": packed.getvalue(),
        "a.xlsx": frame_file(book.save),
        "a.parquet": frame_file(TABLE.to_parquet),
        "a.db": database(tables),
    }


@pytest.fixture(scope="session")
def projects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("projects")
    found = [ProjectFile(dialect).save(folder) for dialect in DIALECTS[:3]]
    found += [taguette(folder / "t.sqlite3"), qualcoder(folder / "q.qda")]
    files = [p if p.is_file() else next(p.rglob("*.qda")) for p in found]
    return {path.name: path.read_bytes() for path in files}


def ends(act, *args):
    """Whether it came to a result; else it ended in one sentence without anything unseemly."""
    try:
        act(*args)
    except UserError as told:
        for one in told.problems if isinstance(told, UserErrors) else [told]:
            sentence = one.sentence
            assert len(sentence) <= LONGEST + 3 and "Traceback" not in sentence
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", sentence), sentence
            assert not re.search(r"(\S)\1{200}", sentence), sentence[:300]
        return False
    return True


def tried(share, files, tmp_path, act):
    """``share`` of all cases, each from a seed of its own; the share that came to a result."""
    results, n = 0, max(int(CASES * share), 1)
    for case in range(n):
        rng = random.Random(SEED + case)
        name = rng.choice(sorted(files))
        path = tmp_path / name
        path.write_bytes(broken(files[name], rng))
        try:
            results += ends(act, path)
        except BaseException as error:
            raise AssertionError(f"case {case}, {name}: {error!r}") from error
    return results / n


def test_exports_workbooks_and_lists(wholes, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    assert 0.1 < tried(0.4, wholes, tmp_path, read_table) < 0.95
    assert not [p for p in scratch.iterdir() if p.name != "icp-spill"], "copies are removed"


def test_projects(projects, tmp_path):
    assert tried(0.15, projects, tmp_path, lambda path: read_codings([path])) < 0.95


def test_settings(tmp_path):
    files = {"company.toml": TOML.encode()}
    assert 0.005 < tried(0.35, files, tmp_path, lambda path: read_settings(path, "")) < 0.95


def test_settings_with_values_of_any_kind(tmp_path):
    values = (
        "true",
        "-1",
        "0",
        "1e400",
        "nan",
        '""',
        '"x"',
        "[]",
        "{}",
        "2026-13-01",
        "1979-05-27",
    )
    for case, line in enumerate(TOML.splitlines()):
        for value in values:
            lines = TOML.splitlines()
            lines[case] = f"{line.split(' = ')[0]} = {value}"
            (tmp_path / "company.toml").write_text("\n".join(lines))
            ends(read_settings, tmp_path / "company.toml", "")


def test_whole_companies_are_looked_at(wholes, tmp_path, monkeypatch):
    """Both files of a company broken: what `icp check` and `icp refresh` begin with."""
    folder = tmp_path / "data" / "ours"
    raw = folder / "raw" / "2026Q3"
    raw.mkdir(parents=True)
    (folder / "company.toml").write_text(TOML.replace("observed_from = 2025-01-01", ""))
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    for case in range(max(CASES // 60, 1)):
        rng = random.Random(SEED + case)
        for name in ("a.csv", "d.csv"):
            whole = wholes["a.csv"]
            (raw / name).write_bytes(broken(whole, rng) if rng.random() < 0.7 else whole)

        def look():
            if problems := gather.look(Workbook("ours")).problems:
                raise UserErrors(problems)

        ends(look)


def test_artefacts_of_an_earlier_quarter(tmp_path, monkeypatch):
    """A damaged past is told, so that it can be left out."""
    folder = tmp_path / "ours"
    for quarter in ("2026Q2", "2026Q3"):
        (folder / "raw" / quarter).mkdir(parents=True)
        (folder / "raw" / quarter / "a.csv").write_text("x\n")
    (folder / "company.toml").write_text(TOML)
    monkeypatch.setenv("ICP_DATA", str(tmp_path))
    past = folder / "processed" / "2026Q2"
    write_whole(past / "01_accounts.parquet", frame_file(TABLE.to_parquet))
    write_whole(past / "03_profile.json", b'{"profiles": [], "sentences": []}')
    earlier = Workbook("ours", "2026Q3").previous()
    names = {p.name: p.read_bytes() for p in past.iterdir()}
    readers = {p: p.split(".")[0] for p in names}

    def read(path):
        earlier.read(readers[path.name])

    assert tried(0.1, names, past, read) < 0.95
