"""A source's own statement, run where it can do nothing but read the company's files.

The engine parses it: one SELECT and nothing else. It runs on a connection of its own that sees the
files of the quarter's folder, cannot reach any other place, and whose configuration is locked.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pyarrow as pa

from icplib.exports.files import SUFFIXES, connect, literal, register
from icplib.exports.rows import FileReport
from icplib.problems import UserError

PACKED = (".gz", ".zip")
LONGEST = 240  # signs of the engine's own message that are passed on


def read_statement(
    name: str, sql: str, folder: Path, memory_limit: str
) -> tuple[pa.Table, FileReport]:
    """Rows of the statement of source ``name``, and a report on the files that it reads.

    Raises UserError for anything but one SELECT, for a file outside of ``folder``, and for what the
    engine does not understand.
    """
    with connect(memory_limit) as con:
        _refuse_all_but_select(con, name, sql, folder)
        files = _named(sql, folder)
        reports = [register(con, p.name.split(".")[0], p) for p in files]
        confine(con, folder, files)
        try:
            table = con.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            known = ", ".join(r.file for r in reports) or "no file of the folder is named in it"
            raise _failed(name, folder, error, f"Its files: {known}.") from None
    names, hashes = [r.file for r in reports], [r.sha256[:16] for r in reports]
    columns = tuple(table.column_names)
    return table, FileReport(" + ".join(names), "sql", "+".join(hashes), table.num_rows, columns)


def confine(con: duckdb.DuckDBPyConnection, folder: Path, files: list[Path]) -> None:
    """From here on the connection reads ``folder`` and ``files`` alone; nobody can change that."""
    places = sorted({str(folder), str(folder.resolve())})
    con.execute(f"set allowed_directories = [{', '.join(map(literal, places))}]")
    paths = sorted({str(p.resolve()) for p in files})  # a file may be a link to somewhere else
    con.execute(f"set allowed_paths = [{', '.join(map(literal, paths))}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def _named(sql: str, folder: Path) -> list[Path]:
    """Files of the folder whose stem the statement names, in the order of their names."""
    files = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in (*SUFFIXES, *PACKED)]
    return [p for p in files if re.search(rf"\b{re.escape(p.name.split('.')[0])}\b", sql, re.I)]


def _refuse_all_but_select(
    con: duckdb.DuckDBPyConnection, name: str, sql: str, folder: Path
) -> None:
    try:
        found = con.extract_statements(sql)
    except duckdb.Error as error:
        raise _failed(name, folder, error, "Mend it in company.toml.") from None
    if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
        raise UserError(
            f"the statement of the source {name} is not one SELECT",
            file=folder,
            remedy=(
                "A source reads and does nothing else: write one SELECT, WITH ... SELECT or FROM."
            ),
        )


def _failed(name: str, folder: Path, error: duckdb.Error, remedy: str) -> UserError:
    message = " ".join(str(error).split("\n\nLINE")[0].split())[:LONGEST]
    return UserError(
        f"the statement of the source {name} fails: {message}", file=folder, remedy=remedy
    )
