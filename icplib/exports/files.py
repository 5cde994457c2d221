"""Bytes -> a table of text, with a report of what was recognised and what was left out.

Files come as people have them: CSV with or without BOM, UTF-8, UTF-16 or Windows-1252, any of ``, ; tab |``, quoted newlines,
title lines above the header and footer lines below the data, XLSX and XLS, Parquet, SQLite, each plain, gzipped or alone in a
zip. Nothing is guessed by a sniffer: separator, header and encoding are settled here, and DuckDB reads with that dialect as
text only, so ``0012`` stays ``0012`` and a broken row becomes a rejected row with its line number instead of a shifted one.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import re
import sqlite3
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd

from icplib.problems import UserError, did_you_mean

HEAD_BYTES = 1 << 16
CHUNK = 1 << 20
DELIMITERS = ",;\t|"
SQLITE_SUFFIXES = (".sqlite", ".sqlite3", ".db", ".qda")
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet", *SQLITE_SUFFIXES)
MAX_REJECTED_SHARE = 0.02
MAX_UNPACKED = 8 << 30
_FOOTER = re.compile(
    r"^\s*((grand\s+|sub)?totals?\b\s*[:(]?|confidential information\b|copyright\b|©|\(c\)\s*(copyright|\d{4})|sum of\b|record count\b"
    r"|generated (by|on)\b|report generated\b)", re.I,
)  # fmt: skip


@dataclass(frozen=True)
class Rejected:
    """A line that is no row: where it stands, what it says, why it was left out."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class FileReport:
    """What was recognised in one file. ``n_rows`` lines of data were met, ``n_kept`` became rows, the rest is listed."""

    file: str
    format: str
    sha256: str
    n_rows: int
    columns: tuple[str, ...]
    encoding: str = ""
    delimiter: str = ""
    footers: tuple[Rejected, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def n_kept(self) -> int:
        return self.n_rows - len(self.footers) - len(self.rejected)


def read_table(path, *, table: str | None = None, memory_limit: str = "4GB") -> tuple[pd.DataFrame, FileReport]:
    """One file as a DataFrame of text (dtype str, an empty cell is NaN) and the report about it.

    ``table`` names the sheet of a workbook or the table of a database where there are several. Raises UserError for a missing,
    empty, unreadable or ambiguous file.
    """
    with connect(memory_limit) as con:
        report = register(con, "t", path, table=table)
        frame = con.sql(f"select {', '.join(f'cast({quoted(c)} as varchar) as {quoted(c)}' for c in report.columns)} from t").df()
    return frame.astype("str"), report


def connect(memory_limit: str = "4GB") -> duckdb.DuckDBPyConnection:
    """An embedded engine that fetches nothing from the net and spills to the system's scratch folder, never beside the data."""
    con = duckdb.connect()
    con.execute("set autoinstall_known_extensions=false; set autoload_known_extensions=false")
    con.execute(f"set memory_limit='{memory_limit}'")
    con.execute(f"set temp_directory={literal(Path(tempfile.gettempdir()) / 'icp-spill')}")
    return con


def register(con: duckdb.DuckDBPyConnection, name: str, path, *, table: str | None = None) -> FileReport:
    """Make the file a relation ``name`` of ``con``: text columns, but Parquet keeps its types and is read where it lies."""
    path = Path(path)
    if not path.is_file():
        raise UserError("there is no such file", file=path, remedy=_neighbours(path))
    if path.stat().st_size == 0:
        raise UserError("the file is empty", file=path, remedy="Export it again.")
    plain, suffix, sha = _unpacked(path)
    try:
        if suffix == ".parquet":
            return _parquet(con, name, path, plain, sha)
        if suffix in (".xlsx", ".xlsm", ".xls"):
            return _cells(con, name, path, _sheet_rows(path, plain, table), suffix[1:], sha)
        if suffix in SQLITE_SUFFIXES:
            return _cells(con, name, path, _sqlite_rows(path, plain, table), "sqlite", sha)
        return _csv(con, name, path, plain, sha)
    finally:
        if plain != path:
            plain.unlink(missing_ok=True)


# --- packing ----------------------------------------------------------------------------------------------------------------


def _unpacked(path: Path) -> tuple[Path, str, str]:
    """Path of the plain file (the file itself, or a scratch copy), its suffix, and the hash of the file as it came."""
    with path.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
    suffix = path.suffix.lower()
    if suffix == ".gz":
        inner = Path(path.stem).suffix.lower() or ".csv"
        return _copied(path, gzip.open(path, "rb")), _known(path, inner), sha
    if suffix == ".zip":
        try:
            archive = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise UserError("this is not a readable zip file", file=path, remedy="Unpack it and name the file itself.") from None
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX")]
        if len(members) != 1:
            listed = ", ".join(m.filename for m in members[:8]) or "nothing"
            raise UserError(f"the zip holds {len(members)} files ({listed})", file=path, remedy="Unpack it and name the file you mean.")
        if members[0].flag_bits & 1:
            raise UserError("the zip is protected by a password", file=path, remedy="Unpack it first.")
        return _copied(path, archive.open(members[0])), _known(path, Path(members[0].filename).suffix.lower()), sha
    return path, _known(path, suffix), sha


def _known(path: Path, suffix: str) -> str:
    if suffix not in SUFFIXES:
        raise UserError(f"'{suffix or path.name}' is no format read here", file=path, remedy=f"Known: {', '.join(SUFFIXES)}, .gz, .zip.")
    return suffix


def _copied(path: Path, stream) -> Path:
    with tempfile.NamedTemporaryFile(prefix="icp-", delete=False) as out, stream:
        total = 0
        try:
            while chunk := stream.read(CHUNK):
                total += len(chunk)
                if total > MAX_UNPACKED:
                    raise UserError("unpacked, the file is larger than 8 GB", file=path, remedy="Hand in Parquet, or split it.")
                out.write(chunk)
        except (OSError, EOFError, zipfile.BadZipFile) as error:
            Path(out.name).unlink(missing_ok=True)
            raise UserError(f"the archive is damaged: {error}", file=path, remedy="Export or pack it again.") from None
        except UserError:
            Path(out.name).unlink(missing_ok=True)
            raise
    if total == 0:
        Path(out.name).unlink(missing_ok=True)
        raise UserError("the file inside is empty", file=path, remedy="Export it again.")
    return Path(out.name)


# --- CSV --------------------------------------------------------------------------------------------------------------------


def _csv(con, name: str, path: Path, plain: Path, sha: str) -> FileReport:
    encoding, regular = _survey(path, plain)
    text = plain if encoding == "utf-8" and regular else _transcoded(plain, encoding)
    try:
        with text.open("rb") as file:
            head = file.read(HEAD_BYTES)
            whole = not file.read(1)
        lines = codecs.getincrementaldecoder("utf-8-sig")("replace").decode(head, final=whole)
        delimiter, skip, header = _dialect(path, lines, whole)
        names, notes = _unique_names(header)
        _refuse_data_as_header(path, names)
        columns = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names)
        rejects = re.sub(r"\W", "_", name) + "_rejects"
        query = (
            f"create or replace temp table {quoted(name)} as select * from read_csv({literal(text)}, auto_detect=false, header=false, "
            f"skip={skip}, columns={{{columns}}}, delim={literal(delimiter)}, quote='\"', escape='\"', strict_mode=true, "
            f"null_padding=false, compression='none', max_line_size=16777216, buffer_size=67108864, store_rejects=true, "
            f"rejects_table='{rejects}', rejects_scan='{rejects}_scans')"
        )
        try:
            con.execute(query)
        except duckdb.Error as error:
            raise UserError(f"cannot be read as CSV: {' '.join(str(error).split())[:200]}", file=path, remedy="Export it again.") from None
        bad = con.execute(
            f"select line, any_value(csv_line), min(error_message) from {rejects} group by line order by line"
        ).fetchall()
    finally:
        if text != plain:
            text.unlink(missing_ok=True)
    rejected = [Rejected(line, (csv_line or "").strip(), reason) for line, csv_line, reason in bad]
    footers = [r for r in rejected if _FOOTER.match(r.text.lstrip('"'))]
    rejected = [r for r in rejected if r not in footers and r.text.strip(delimiter + ' "')]
    n_table = con.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0]
    padded = _drop_footer_rows(con, name, names)
    report = FileReport(
        path.name, "csv", sha, n_table + len(footers) + len(rejected), _drop_unnamed_empty(con, name, names, header),
        encoding, delimiter, (*footers, *padded), tuple(rejected), tuple(notes),
    )  # fmt: skip
    _stop_when_too_many(path, report)
    return report


def _survey(path: Path, plain: Path) -> tuple[str, bool]:
    """Encoding of the whole file, and whether it can be handed to DuckDB as it is (one kind of line ending)."""
    with plain.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", False
        if b"\0" in head:
            even, odd = head[0::2].count(0), head[1::2].count(0)
            if max(even, odd) < 0.2 * len(head) / 2:
                raise UserError("this is not a text file", file=path, remedy="Name a CSV, Excel, Parquet or SQLite file.")
            return ("utf-16-le" if odd > even else "utf-16-be"), False
        decoder, encoding = codecs.getincrementaldecoder("utf-8")(), "utf-8"
        file.seek(0)
        n_crlf = n_lf = n_cr = 0
        last = b""
        while chunk := file.read(CHUNK):
            if encoding == "utf-8":
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    encoding = "cp1252"
            pair = last + chunk
            n_crlf += pair.count(b"\r\n")
            n_lf += chunk.count(b"\n")
            n_cr += chunk.count(b"\r")
            last = chunk[-1:] if chunk.endswith(b"\r") else b""
    kinds = (n_crlf > 0) + (n_lf > n_crlf) + (n_cr > n_crlf)
    return encoding, kinds <= 1 and n_cr == n_crlf


def _transcoded(plain: Path, encoding: str) -> Path:
    """A scratch copy in UTF-8 with one kind of line ending. Bytes that Windows-1252 leaves undefined become their Latin-1 signs."""
    with (
        plain.open("r", encoding=encoding, errors="_icp_latin1" if encoding == "cp1252" else "replace", newline=None) as source,
        tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n", prefix="icp-", suffix=".csv", delete=False) as out,
    ):
        while chunk := source.read(CHUNK):
            out.write(chunk)
    return Path(out.name)


codecs.register_error("_icp_latin1", lambda e: (e.object[e.start : e.end].decode("latin-1"), e.end))


def _dialect(path: Path, text: str, whole: bool) -> tuple[str, int, list[str]]:
    """Delimiter, number of records up to and with the header, and the header's cells, from the first 64 KB."""
    if not text.strip("\ufeff \r\n\t,;|"):
        raise UserError("the file has no text in it", file=path, remedy="Export it again.")
    best = None
    for delimiter in DELIMITERS:
        csv.field_size_limit(max(csv.field_size_limit(), HEAD_BYTES * 2))
        try:
            records = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        except csv.Error:
            continue
        complete = records if whole or len(records) < 3 else records[:-1]  # the last one may be cut in the middle
        widths = Counter(len(r) for r in complete if r)
        width, rows = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        grade = (width > 1, rows / sum(widths.values()), width)
        if best is None or grade > best[0]:
            best = (grade, delimiter, complete, width)
    if best is None:
        raise UserError("no separator gives a table", file=path, remedy="Export as CSV with commas or semicolons.")
    _, delimiter, records, width = best
    at = _header_at(records, width)
    return delimiter, at + 1, records[at]


def _header_at(rows: list, width: int) -> int:
    """The first record as wide as the table with a name in most cells: title lines above it are passed over."""
    for at, row in enumerate(rows):
        named = sum(bool(str(c).strip()) for c in row)
        if len(row) == width and named >= max(1, 0.6 * width) and not _FOOTER.match(str(row[0])):
            return at
    return 0


def _unique_names(header: list) -> tuple[list[str], list[str]]:
    """Header cells as distinct names (compared without case), and a note for each that had to be changed."""
    import unicodedata

    names, notes, seen = [], [], Counter()
    for number, cell in enumerate(header, 1):
        name = " ".join(unicodedata.normalize("NFC", str(cell or "").lstrip("\ufeff")).split()) or f"column {number}"
        seen[name.casefold()] += 1
        if seen[name.casefold()] > 1:
            notes.append(f"the header '{name}' occurs again; the later column is read as '{name} ({seen[name.casefold()]})'")
            name = f"{name} ({seen[name.casefold()]})"
        names.append(name)
    return names, notes


def _refuse_data_as_header(path: Path, names: list[str]) -> None:
    filled = [n for n in names if not n.startswith("column ")]
    looks_like_data = [n for n in filled if re.fullmatch(r"[-+$€£]?[\d.,:/ -]+%?", n)]
    if filled and len(looks_like_data) > len(filled) / 2:
        raise UserError(f"there is no header line: the first line reads {', '.join(names[:4])}", file=path, remedy="Export with column names.")


def _drop_footer_rows(con, name: str, names: list[str]) -> list[Rejected]:
    """Totals that came padded to full width: the first cell says so and most other cells are empty."""
    if len(names) < 3:
        return []
    filled = " + ".join(f"(coalesce(trim({quoted(n)}), '') <> '')::int" for n in names)
    where = f"regexp_matches(coalesce({quoted(names[0])}, ''), {literal(_FOOTER.pattern)}, 'i') and {filled} <= {max(2, len(names) // 2)}"
    rows = con.execute(f"select rowid, {quoted(names[0])} from {quoted(name)} where {where} order by rowid").fetchall()
    if rows:
        con.execute(f"delete from {quoted(name)} where {where}")
    return [Rejected(int(rowid) + 2, text, "footer") for rowid, text in rows]


def _drop_unnamed_empty(con, name: str, names: list[str], header: list) -> tuple[str, ...]:
    """A separator at the end of each line makes a column without name and content: it is no column."""
    unnamed = [n for n, cell in zip(names, header, strict=True) if not str(cell or "").strip()]
    empty = [n for n in unnamed if con.execute(f"select count({quoted(n)}) from {quoted(name)}").fetchall()[0][0] == 0]
    for n in empty:
        con.execute(f"alter table {quoted(name)} drop column {quoted(n)}")
    return tuple(n for n in names if n not in empty)


def _stop_when_too_many(path: Path, report: FileReport) -> None:
    n = len(report.rejected)
    if n > max(3, MAX_REJECTED_SHARE * report.n_rows):
        first = report.rejected[0]
        raise UserError(
            f"{n} of {report.n_rows} lines are no rows of {len(report.columns)} columns; the first says {first.text[:80]!r} ({first.reason})",
            file=path, row=first.line, remedy="Export again with every text quoted, or mend these lines.",
        )  # fmt: skip


# --- workbooks, databases, Parquet --------------------------------------------------------------------------------------------


def _sheet_rows(path: Path, plain: Path, sheet: str | None) -> list[list]:
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_object(io.BytesIO(plain.read_bytes())) as book:
            names = book.sheet_names
            if sheet and sheet not in names:
                raise UserError(f"there is no sheet '{sheet}'", file=path, remedy=did_you_mean(sheet, names))
            if sheet:
                return book.get_sheet_by_name(sheet).to_python(skip_empty_area=True)
            filled = [(n, book.get_sheet_by_name(n).to_python(skip_empty_area=True)) for n in names]
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        raise UserError(f"cannot be read as a workbook: {error}", file=path, remedy="Save it again from Excel.") from None
    filled = [(n, rows) for n, rows in filled if len(rows) > 1]
    if len(filled) > 1:
        remedy = f"Say which one: table = \"{filled[0][0]}\"; it has {', '.join(n for n, _ in filled)}."
        raise UserError(f"the workbook has {len(filled)} sheets with data", file=path, remedy=remedy)
    if not filled:
        raise UserError("the workbook has no sheet with data", file=path, remedy="Export it again.")
    return filled[0][1]


def _sqlite_rows(path: Path, plain: Path, table: str | None) -> list[list]:
    try:
        with sqlite3.connect(f"{plain.resolve().as_uri()}?mode=ro", uri=True) as con:
            names = [n for (n,) in con.execute("select name from sqlite_master where type in ('table','view') order by name")]
            if table is None and len(names) == 1:
                table = names[0]
            if table not in names:
                problem = f"there is no table '{table}'" if table else f"the database has {len(names)} tables"
                raise UserError(problem, file=path, remedy=f"Say which one: table = \"...\"; it has {', '.join(names)}.")
            cursor = con.execute(f"select * from {quoted(table)}")
            return [[c[0] for c in cursor.description], *map(list, cursor.fetchall())]
    except sqlite3.DatabaseError as error:
        raise UserError(f"cannot be read as a SQLite database: {error}", file=path, remedy="Check the file.") from None


def _cells(con, name: str, path: Path, rows: list[list], kind: str, sha: str) -> FileReport:
    width = Counter(len(r) for r in rows).most_common(1)[0][0]
    at = 0 if kind == "sqlite" else _header_at(rows, width)
    names, notes = _unique_names(rows[at])
    _refuse_data_as_header(path, names)
    body = [[_as_text(c) for c in row] for row in rows[at + 1 :]]
    numbered = [(at + 2 + i, row) for i, row in enumerate(body) if any(row)]
    footers = [
        Rejected(line, row[0], "footer") for line, row in numbered
        if kind != "sqlite" and row[0] and _FOOTER.match(row[0]) and sum(map(bool, row)) <= max(2, width // 2)
    ]  # fmt: skip
    left_out = {f.line for f in footers}
    kept = [row for line, row in numbered if line not in left_out]
    frame = pd.DataFrame(kept, columns=names, dtype="str")
    if frame.empty:
        frame = frame.astype("str")
    con.register(f"{name} cells", frame)
    con.execute(f"create or replace temp table {quoted(name)} as select * from {quoted(f'{name} cells')}")
    con.unregister(f"{name} cells")
    columns = _drop_unnamed_empty(con, name, names, rows[at])
    return FileReport(path.name, kind, sha, len(numbered), columns, footers=tuple(footers), notes=tuple(notes))


def _as_text(cell) -> str | None:
    """A workbook's cell as the text an export would have: whole numbers without ``.0``, dates in ISO form."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if hasattr(cell, "isoformat"):
        return cell.isoformat(sep=" ").removesuffix(" 00:00:00") if hasattr(cell, "hour") and hasattr(cell, "year") else cell.isoformat()
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return str(cell).strip() or None


def _parquet(con, name: str, path: Path, plain: Path, sha: str) -> FileReport:
    read = f"read_parquet({literal(plain)})"
    kind = "view" if plain == path else "table"  # an unpacked copy is gone after this call
    try:
        con.execute(f"create or replace temp {kind} {quoted(name)} as select * from {read}")
        columns = tuple(c for c, *_ in con.execute(f"describe {quoted(name)}").fetchall())
        n = con.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0]
    except duckdb.Error as error:
        raise UserError(f"cannot be read as Parquet: {' '.join(str(error).split())[:200]}", file=path, remedy="Write it again.") from None
    return FileReport(path.name, "parquet", sha, n, columns)


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return "The folder does not exist either."
    have = sorted(p.name for p in path.parent.iterdir() if p.is_file() and not p.name.startswith("."))
    return did_you_mean(path.name, have) if have else "The folder is empty."


def quoted(name: str) -> str:
    """A column or table name as SQL identifier; names come from users' files."""
    return '"' + str(name).replace('"', '""') + '"'


def literal(value) -> str:
    """A text or path as SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"
