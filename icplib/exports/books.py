"""Workbooks, SQLite databases and Parquet."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections import Counter
from pathlib import Path

import duckdb
import pandas as pd

from icplib.exports.rows import (
    FOOTER,
    FileReport,
    Rejected,
    drop_unnamed_empty,
    header_at,
    literal,
    quoted,
    refuse_data_as_header,
    unique_names,
)
from icplib.problems import UserError, did_you_mean


def sheet_rows(path: Path, plain: Path, sheet: str | None) -> list[list]:
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_object(io.BytesIO(plain.read_bytes())) as book:
            names = book.sheet_names
            if sheet and sheet not in names:
                raise UserError(
                    f"there is no sheet '{sheet}'", file=path, remedy=did_you_mean(sheet, names)
                )
            if sheet:
                return book.get_sheet_by_name(sheet).to_python(skip_empty_area=True)
            filled = [(n, book.get_sheet_by_name(n).to_python(skip_empty_area=True)) for n in names]
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        raise UserError(
            f"cannot be read as a workbook: {error}", file=path, remedy="Save it again from Excel."
        ) from None
    filled = [(n, rows) for n, rows in filled if len(rows) > 1]
    if len(filled) > 1:
        remedy = (
            f'Say which one: table = "{filled[0][0]}"; it has {", ".join(n for n, _ in filled)}.'
        )
        raise UserError(
            f"the workbook has {len(filled)} sheets with data", file=path, remedy=remedy
        )
    if not filled:
        raise UserError("the workbook has no sheet with data", file=path, remedy="Export it again.")
    return filled[0][1]


def sqlite_rows(path: Path, plain: Path, table: str | None) -> list[list]:
    try:
        with sqlite3.connect(f"{plain.resolve().as_uri()}?mode=ro", uri=True) as con:
            names = [
                n
                for (n,) in con.execute(
                    "select name from sqlite_master where type in ('table','view') order by name"
                )
            ]
            if table is None and len(names) == 1:
                table = names[0]
            if table not in names:
                problem = (
                    f"there is no table '{table}'"
                    if table
                    else f"the database has {len(names)} tables"
                )
                raise UserError(
                    problem,
                    file=path,
                    remedy=f'Say which one: table = "..."; it has {", ".join(names)}.',
                )
            cursor = con.execute(f"select * from {quoted(table)}")
            return [[c[0] for c in cursor.description], *map(list, cursor.fetchall())]
    except sqlite3.DatabaseError as error:
        raise UserError(
            f"cannot be read as a SQLite database: {error}", file=path, remedy="Check the file."
        ) from None


def read_cells(con, name: str, path: Path, rows: list[list], kind: str, sha: str) -> FileReport:
    width = Counter(len(r) for r in rows).most_common(1)[0][0]
    at = 0 if kind == "sqlite" else header_at(rows, width)
    names, notes = unique_names(rows[at])
    refuse_data_as_header(path, names)
    body = [[_as_text(c) for c in row] for row in rows[at + 1 :]]
    numbered = [(at + 2 + i, row) for i, row in enumerate(body) if any(row)]
    footers = [
        Rejected(line, row[0], "footer")
        for line, row in numbered
        if kind != "sqlite"
        and row[0]
        and FOOTER.match(row[0])
        and sum(map(bool, row)) <= max(2, width // 2)
    ]
    left_out = {f.line for f in footers}
    kept = [row for line, row in numbered if line not in left_out]
    frame = pd.DataFrame(kept, columns=names, dtype="str")
    if frame.empty:
        frame = frame.astype("str")
    con.register(f"{name} cells", frame)
    con.execute(
        f"create or replace temp table {quoted(name)} as select * from {quoted(f'{name} cells')}"
    )
    con.unregister(f"{name} cells")
    columns = drop_unnamed_empty(con, name, names, rows[at])
    return FileReport(
        path.name, kind, sha, len(numbered), columns, footers=tuple(footers), notes=tuple(notes)
    )


def _as_text(cell) -> str | None:
    """A workbook's cell as the text an export would have.

    Whole numbers without ``.0``, dates in ISO form.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if hasattr(cell, "isoformat"):
        return (
            cell.isoformat(sep=" ").removesuffix(" 00:00:00")
            if hasattr(cell, "hour") and hasattr(cell, "year")
            else cell.isoformat()
        )
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return str(cell).strip() or None


def read_parquet(con, name: str, path: Path, plain: Path, sha: str) -> FileReport:
    read = f"read_parquet({literal(plain)})"
    kind = "view" if plain == path else "table"  # an unpacked copy is gone after this call
    try:
        con.execute(f"create or replace temp {kind} {quoted(name)} as select * from {read}")
        columns = tuple(c for c, *_ in con.execute(f"describe {quoted(name)}").fetchall())
        n = con.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0]
    except duckdb.Error as error:
        raise UserError(
            f"cannot be read as Parquet: {' '.join(str(error).split())[:200]}",
            file=path,
            remedy="Write it again.",
        ) from None
    return FileReport(path.name, "parquet", sha, n, columns)
