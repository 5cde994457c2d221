"""Bytes -> a table of text, with a report of what was recognised and what was left out.

Files come as people have them: CSV with or without BOM, UTF-8, UTF-16 or Windows-1252, any of ``, ;
tab |``, quoted newlines, title lines above the header and footer lines below the data, XLSX and
XLS, Parquet, SQLite, each plain, gzipped or alone in a zip. Nothing is guessed by a sniffer:
separator, header and encoding are settled here, and DuckDB reads with that dialect as text only, so
``0012`` stays ``0012`` and a broken row becomes a rejected row with its line number instead of a
shifted one.
"""

from __future__ import annotations

import gzip
import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

import duckdb
import pandas as pd

from icplib.exports.books import (
    read_cells,
    read_parquet,
    sheet_rows,
    sheets_with_data,
    sqlite_rows,
)
from icplib.exports.csv_files import read_csv
from icplib.exports.rows import FileReport, Rejected, literal, quoted
from icplib.exports.values.reading import install
from icplib.problems import UserError, did_you_mean

CHUNK = 1 << 20
SQLITE_SUFFIXES = (".sqlite", ".sqlite3", ".db", ".qda")
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet", *SQLITE_SUFFIXES)
BOOKS = (".xlsx", ".xlsm", ".xls")
MAX_UNPACKED = 8 << 30
#: what Python's unpackers say of an archive that is not whole, or packed in a way they do not know
DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)

__all__ = [
    "SQLITE_SUFFIXES",
    "SUFFIXES",
    "FileReport",
    "Rejected",
    "connect",
    "literal",
    "quoted",
    "read_table",
    "register",
    "sheets",
]


def read_table(
    path, *, table: str | None = None, memory_limit: str = "4GB"
) -> tuple[pd.DataFrame, FileReport]:
    """One file as a DataFrame of text (dtype str, an empty cell is NaN) and the report about it.

    ``table`` names the sheet of a workbook or the table of a database where there are several.
    Raises UserError for a missing, empty, unreadable or ambiguous file.
    """
    with connect(memory_limit) as con:
        report = register(con, "t", path, table=table)
        frame = con.sql(
            "select"
            f" {', '.join(f'cast({quoted(c)} as varchar) as {quoted(c)}' for c in report.columns)}"
            " from t"
        ).df()
    return frame.astype("str"), report


def connect(memory_limit: str = "4GB") -> duckdb.DuckDBPyConnection:
    """An embedded engine that fetches nothing from the net.

    It spills to the system's scratch folder, never beside the data.
    """
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": memory_limit,
            "temp_directory": str(Path(tempfile.gettempdir()) / "icp-spill"),
        }
    )
    install(con)
    return con


def register(
    con: duckdb.DuckDBPyConnection, name: str, path, *, table: str | None = None
) -> FileReport:
    """Make the file a relation ``name`` of ``con``.

    Text columns, but Parquet keeps its types and is read where it lies.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError("there is no such file", file=path, remedy=_neighbours(path))
    if path.stat().st_size == 0:
        raise UserError("the file is empty", file=path, remedy="Export it again.")
    plain, suffix, sha = _unpacked(path)
    try:
        if suffix == ".parquet":
            return read_parquet(con, name, path, plain, sha)
        if suffix in BOOKS:
            return read_cells(con, name, path, sheet_rows(path, plain, table), suffix[1:], sha)
        if suffix in SQLITE_SUFFIXES:
            return read_cells(con, name, path, sqlite_rows(path, plain, table), "sqlite", sha)
        return read_csv(con, name, path, plain, sha)
    finally:
        if plain != path:
            plain.unlink(missing_ok=True)


def sheets(path) -> list[str]:
    """Sheets of a workbook that hold data; none for a file of another kind or a packed one."""
    path = Path(path)
    is_book = path.suffix.lower() in BOOKS and path.is_file() and path.stat().st_size
    return sheets_with_data(path) if is_book else []


def _unpacked(path: Path) -> tuple[Path, str, str]:
    """Path of the plain file (itself or a scratch copy), suffix, hash of the file as it came."""
    with path.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
    suffix = path.suffix.lower()
    if suffix == ".gz":
        inner = Path(path.stem).suffix.lower() or ".csv"
        return _copied(path, lambda: gzip.open(path, "rb")), _known(path, inner), sha
    if suffix == ".zip":
        try:
            archive = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise UserError(
                "this is not a readable zip file",
                file=path,
                remedy="Unpack it and name the file itself.",
            ) from None
        members = [
            m
            for m in archive.infolist()
            if not m.is_dir() and not m.filename.startswith("__MACOSX")
        ]
        if len(members) != 1:
            listed = ", ".join(m.filename for m in members[:8]) or "nothing"
            raise UserError(
                f"the zip holds {len(members)} files ({listed})",
                file=path,
                remedy="Unpack it and name the file you mean.",
            )
        if members[0].flag_bits & 1:
            raise UserError(
                "the zip is protected by a password", file=path, remedy="Unpack it first."
            )
        return (
            _copied(path, lambda: archive.open(members[0])),
            _known(path, Path(members[0].filename).suffix.lower()),
            sha,
        )
    return path, _known(path, suffix), sha


def _known(path: Path, suffix: str) -> str:
    if suffix not in SUFFIXES:
        raise UserError(
            f"'{suffix or path.name}' is no format read here",
            file=path,
            remedy=f"Known: {', '.join(SUFFIXES)}, .gz, .zip.",
        )
    return suffix


def _copied(path: Path, opened: Callable[[], IO[bytes]]) -> Path:
    """A scratch copy of what a packed file holds; none is left where that fails."""
    out = Path(tempfile.mkstemp(prefix="icp-")[1])
    try:
        with opened() as stream, out.open("wb") as copy:
            for chunk in iter(lambda: stream.read(CHUNK), b""):
                copy.write(chunk)
                if copy.tell() > MAX_UNPACKED:
                    what, remedy = "unpacked, the file is larger than 8 GB", "Hand in Parquet."
                    raise UserError(what, file=path, remedy=remedy)
        if not out.stat().st_size:
            raise UserError("the file inside is empty", file=path, remedy="Export it again.")
    except BaseException as error:
        out.unlink(missing_ok=True)
        if isinstance(error, DAMAGED):
            what = f"the archive is damaged: {error}"
            raise UserError(what, file=path, remedy="Export or pack it again.") from None
        raise
    return out


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return "The folder does not exist either."
    have = sorted(
        p.name for p in path.parent.iterdir() if p.is_file() and not p.name.startswith(".")
    )
    return did_you_mean(path.name, have) if have else "The folder is empty."
