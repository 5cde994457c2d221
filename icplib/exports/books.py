"""Workbooks, SQLite databases and Parquet."""

from __future__ import annotations

import datetime as dt
import io
import sqlite3
import zipfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from icplib.exports.no_rows import no_rows, refuse_miscounted
from icplib.exports.rows import (
    FileReport,
    Rejected,
    drop_unnamed_empty,
    header_at,
    literal,
    quoted,
    refuse_data_as_header,
    unique_names,
)
from icplib.exports.sheets import Survey, survey
from icplib.exports.values.reading import number_of
from icplib.problems import UserError, did_you_mean


@dataclass(frozen=True)
class Grid:
    """Rows of cells with their types, and the columns (by place) that are shown in percent."""

    rows: list[list]
    percent: frozenset[int] = frozenset()


def sheet_rows(path: Path, plain: Path, sheet: str | None) -> Grid:
    """The cells of a sheet; without a name the only one with data."""
    import python_calamine

    surveys = survey(path, plain)
    try:
        with python_calamine.CalamineWorkbook.from_object(io.BytesIO(plain.read_bytes())) as book:
            names = book.sheet_names
            if sheet and sheet not in names:
                raise UserError(
                    f"there is no sheet '{sheet}'", file=path, remedy=did_you_mean(sheet, names)
                )
            wanted = [sheet] if sheet else names
            grids = {n: _grid(book.get_sheet_by_name(n), surveys.get(n)) for n in wanted}
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        raise UserError(
            f"cannot be read as a workbook: {error}", file=path, remedy="Save it again from Excel."
        ) from None
    if sheet:
        return grids[sheet]
    filled = {n: grid for n, grid in grids.items() if len(grid.rows) > 1}
    if len(filled) > 1:
        first = next(iter(filled))
        raise UserError(
            f"the workbook has {len(filled)} sheets with data",
            file=path,
            remedy=f'Say which one: table = "{first}"; it has {", ".join(filled)}.',
        )
    if not filled:
        raise UserError("the workbook has no sheet with data", file=path, remedy="Export it again.")
    return next(iter(filled.values()))


def sheets_with_data(plain: Path) -> list[str]:
    """Names of the sheets that have more than one row."""
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_object(io.BytesIO(plain.read_bytes())) as book:
            return [n for n in book.sheet_names if book.get_sheet_by_name(n).height > 1]
    except (python_calamine.CalamineError, zipfile.BadZipFile):
        return []  # told by whoever reads its cells


def _grid(sheet, seen: Survey | None) -> Grid:
    rows = sheet.to_python(skip_empty_area=True)
    left = sheet.start[1] if sheet.start else 0
    return Grid(rows, frozenset(c - left for c in seen.percent()) if seen else frozenset())


def sqlite_rows(path: Path, plain: Path, table: str | None) -> Grid:
    """The rows of a table or view; without a name the only one."""
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
            return Grid([[c[0] for c in cursor.description], *map(list, cursor.fetchall())])
    except sqlite3.DatabaseError as error:
        raise UserError(
            f"cannot be read as a SQLite database: {error}", file=path, remedy="Check the file."
        ) from None


def read_cells(con, name: str, path: Path, grid: Grid, kind: str, sha: str) -> FileReport:
    """A grid as a relation whose columns have the type of their cells.

    A column of several types is text, beside its numbers in a column of their own (``number_of``).
    """
    rows = grid.rows
    width = Counter(len(r) for r in rows).most_common(1)[0][0]
    at = 0 if kind == "sqlite" else header_at(rows, width)
    names, notes = unique_names(rows[at])
    refuse_data_as_header(path, names)
    numbered = [(line, row) for line, row in enumerate(rows[at + 1 :], at + 2) if _filled(row)]
    footers = _no_records(con, names, numbered) if kind != "sqlite" else []
    left_out = {f.line for f in footers}
    kept = [row for line, row in numbered if line not in left_out]
    refuse_miscounted(path, footers, len(kept))
    columns = {}
    for place, header in enumerate(names):
        cells = [row[place] for row in kept]
        columns |= {header: _typed(cells)} | _numbers_beside(header, cells)
    con.register(f"{name} cells", pa.table(columns))
    con.execute(
        f"create or replace temp table {quoted(name)} as select * from {quoted(f'{name} cells')}"
    )
    con.unregister(f"{name} cells")
    return FileReport(
        path.name,
        kind,
        sha,
        len(numbered),
        drop_unnamed_empty(con, name, names, rows[at]),
        footers=tuple(footers),
        notes=tuple(notes),
        percent=tuple(n for place, n in enumerate(names) if place in grid.percent),
    )


def _no_records(con, names: list[str], numbered: list[tuple[int, list]]) -> list[Rejected]:
    """Totals, repeated headers and units among the rows of a sheet, with their lines in it."""
    cells = {
        h: pa.array([_as_text(row[i]) for _, row in numbered], pa.string())
        for i, h in enumerate(names)
    }
    con.register("sheet cells", pa.table(cells))
    con.execute('create or replace temp table "sheet" as select * from "sheet cells"')
    con.unregister("sheet cells")
    found = no_rows(con, "sheet", names)
    con.execute('drop table "sheet"')
    return [replace(one, line=numbered[one.line][0]) for one in found]


def _filled(row: list) -> int:
    return sum(cell is not None and cell != "" for cell in row)


def _kind(cell) -> str:
    if isinstance(cell, bool):
        return "bool"
    if isinstance(cell, (int, float)):
        return "number"
    return "day" if isinstance(cell, dt.date) else "text"


def _typed(cells: list) -> pa.Array:
    """A column in the one type that all its cells have, else as text."""
    kinds = {_kind(cell) for cell in cells if cell is not None and cell != ""}
    known = [None if cell == "" else cell for cell in cells]
    if kinds == {"bool"}:
        return pa.array(known, pa.bool_())
    if kinds == {"number"}:
        whole = all(cell is None or float(cell).is_integer() for cell in known)
        small = all(cell is None or abs(cell) < 2**63 for cell in known)
        if whole and small:
            return pa.array([None if c is None else int(c) for c in known], pa.int64())
        return pa.array([None if c is None else float(c) for c in known], pa.float64())
    if kinds == {"day"}:
        times = [_moment(cell) for cell in known]
        if all(moment is None or moment.time() == dt.time() for moment in times):
            return pa.array([None if m is None else m.date() for m in times], pa.date32())
        return pa.array(times, pa.timestamp("us"))
    return pa.array([_as_text(cell) for cell in cells], pa.string())


def _moment(cell) -> dt.datetime | None:
    if cell is None or isinstance(cell, dt.datetime):
        return cell
    return dt.datetime.combine(cell, dt.time())


def _numbers_beside(header: str, cells: list) -> dict[str, pa.Array]:
    kinds = {_kind(cell) for cell in cells if cell is not None and cell != ""}
    if "number" not in kinds or len(kinds) == 1:
        return {}
    numbers = [float(cell) if _kind(cell) == "number" else None for cell in cells]
    return {number_of(header): pa.array(numbers, pa.float64())}


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
    """Stage a Parquet file as the relation ``name``; UserError where it cannot be read."""
    read = f"read_parquet({literal(plain)})"
    kind = "view" if plain == path else "table"  # an unpacked copy is gone after this call
    try:
        con.execute(f"create or replace temp {kind} {quoted(name)} as select * from {read}")
        columns = tuple(c for c, *_ in con.execute(f"describe {quoted(name)}").fetchall())
        # every cell is read once: what is damaged is told here, not in the middle of a join
        cells = f"select count(*), bit_xor(hash(t)) from {quoted(name)} t"
        n = con.execute(cells).fetchall()[0][0]
    except duckdb.Error as error:
        raise UserError(
            f"cannot be read as Parquet: {' '.join(str(error).split())[:200]}",
            file=path,
            remedy="Write it again.",
        ) from None
    return FileReport(path.name, "parquet", sha, n, columns)
