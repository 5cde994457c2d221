"""Very large or strange files: a result or one sentence, in time and memory in proportion."""

import gzip
import resource
import zipfile

import openpyxl
import pytest

from icplib.exports.files import MAX_UNPACKED, read_table
from icplib.problems import UserError

HEAD = b"Account ID,Account Name,Note\n1,Firm,"


@pytest.fixture(autouse=True)
def processor_seconds():
    """What hangs is ended by the system, not by a clock on the wall."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 120, hard))
    yield
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


@pytest.mark.parametrize(
    "cell",
    [b"x", b"9", b"1,", b" ", b"\xc3\xa9", b"x\xe9", b"a@", b"'", b"=", b"1/", b"ab "],
    ids=repr,
)
def test_a_cell_of_ten_megabytes(tmp_path, cell):
    path = tmp_path / "a.csv"
    path.write_bytes(HEAD + b'"' + cell * (10_000_000 // len(cell)) + b'"\n2,Other,short\n')
    try:
        table, _ = read_table(path)
        assert len(table) == 2
    except UserError as told:
        assert len(told.sentence) < 2100


def test_five_thousand_columns(tmp_path):
    path = tmp_path / "a.csv"
    rows = (",".join(f"{mark}{n}" for n in range(5000)) for mark in ("Column ", "1", "2"))
    path.write_text("\n".join(rows) + "\n")
    table, report = read_table(path)
    assert table.shape == (2, 5000) and len(report.columns) == 5000


def test_a_stray_cell_far_off(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Account ID", "Account Name"], ["1", "Firm"]):
        book.active.append(row)
    book.active.cell(1_048_576, 16_384, "x")
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(UserError, match="XFD1048576"):
        read_table(tmp_path / "a.xlsx")


@pytest.mark.parametrize("name", ["a.csv.gz", "a.zip"])
def test_an_archive_that_unpacks_to_more_than_may_be(tmp_path, name, monkeypatch):
    monkeypatch.setattr("icplib.exports.files.MAX_UNPACKED", 3_000_000)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    payload = b"0" * 20_000_000
    if name == "a.zip":
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", payload)
    else:
        (tmp_path / name).write_bytes(gzip.compress(payload))
    with pytest.raises(UserError, match="larger than 8 GB"):
        read_table(tmp_path / name)
    assert MAX_UNPACKED <= 10 << 30 and [p.name for p in tmp_path.iterdir()] == [name]
