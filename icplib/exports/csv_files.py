"""CSV as people have it, of any encoding, separator and line ending; DuckDB reads it.

As text only; title lines may stand above and footers below.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from icplib.exports.encodings import Encoded, decoded, survey
from icplib.exports.no_rows import no_rows, refuse_miscounted
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
from icplib.problems import UserError

HEAD_BYTES = 1 << 16
DELIMITERS = ",;\t|"
MAX_REJECTED_SHARE = 0.02
MAX_RECORD = 1 << 24  # bytes of the longest record
ROWS_IN_A_CELL = (3, 10)  # lines of a cell that are rows: too many for a text; of narrow tables


def read_csv(con, name: str, path: Path, plain: Path, sha: str) -> FileReport:
    """A text file as a relation of text columns; UserError where a part of it would be lost."""
    encoded = survey(path, plain)
    text = plain if encoded.is_plain else _transcoded(plain, encoded)
    try:
        with text.open("rb") as file:
            head = file.read(HEAD_BYTES)
            whole = not file.read(1)
        lines = codecs.getincrementaldecoder("utf-8-sig")("replace").decode(head, final=whole)
        delimiter, skip, header = _dialect(path, lines, whole)
        names, notes = unique_names(header)
        refuse_data_as_header(path, names)
        bad = _scanned(con, name, path, text, _Form(delimiter, skip, tuple(names)))
    finally:
        if text != plain:
            text.unlink(missing_ok=True)
    form = _Form(delimiter, skip, tuple(names))
    _refuse_lost_rows(con, name, path, form, bad, encoded)
    rejected = [Rejected(line, (csv_line or "").strip(), reason) for line, csv_line, reason in bad]
    footers = [r for r in rejected if FOOTER.match(r.text.lstrip('"'))]
    rejected = [r for r in rejected if r not in footers and r.text.strip(delimiter + ' "')]
    padded = [replace(r, line=r.line + skip + 1) for r in no_rows(con, name, names)]
    n_kept = con.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0]
    refuse_miscounted(path, (*footers, *padded), n_kept)
    report = FileReport(
        path.name,
        "csv",
        sha,
        n_kept + len(padded) + len(footers) + len(rejected),
        drop_unnamed_empty(con, name, names, header),
        encoded.name,
        delimiter,
        (*footers, *padded),
        tuple(rejected),
        (*notes, *((encoded.note,) if encoded.note else ())),
    )
    _stop_when_too_many(path, report)
    return report


@dataclass(frozen=True)
class _Form:
    delimiter: str
    skip: int
    names: tuple[str, ...]


def _scanned(con, name: str, path: Path, text: Path, form: _Form) -> list[tuple]:
    """The file as a relation of text; the records that are no rows: (line, text, why)."""
    columns = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in form.names)
    rejects = re.sub(r"\W", "_", name) + "_rejects"
    query = (
        f"create or replace temp table {quoted(name)} as select * from"
        f" read_csv({literal(text)}, auto_detect=false, header=false, skip={form.skip},"
        f" columns={{{columns}}}, delim={literal(form.delimiter)}, quote='\"', escape='\"',"
        f" strict_mode=true, null_padding=false, compression='none', max_line_size={MAX_RECORD},"
        f" buffer_size={4 * MAX_RECORD}, store_rejects=true, rejects_table='{rejects}',"
        f" rejects_scan='{rejects}_scans')"
    )
    try:
        for table in (rejects, f"{rejects}_scans"):  # else a second file adds to those of a first
            con.execute(f"drop table if exists {table}")
        con.execute(query)
    except duckdb.Error as error:
        raise UserError(
            f"cannot be read as CSV: {' '.join(str(error).split())[:200]}",
            file=path,
            remedy="Export it again.",
        ) from None
    return con.execute(
        f"select line, any_value(csv_line), min(error_message) from {rejects} group by line"
        " order by line"
    ).fetchall()


def _refuse_lost_rows(
    con, name: str, path: Path, form: _Form, bad: list[tuple], encoded: Encoded
) -> None:
    """UserError for a quotation mark that swallows lines, and for a file that ends early."""
    swallowed = [(line, text) for line, text, why in bad if "quote" in why and "\n" in text]
    if swallowed:
        line, text = swallowed[0]
        raise _unclosed(path, line, text, text.count("\n"))
    if bad and not encoded.is_closed and bad[-1][0] >= encoded.n_lines:
        line, text, why = bad[-1]
        if (
            "Number of Columns" in why
            and not FOOTER.match(text.lstrip('"'))
            and len(form.names) > 2
        ):
            raise UserError(
                f"the file ends in the middle of line {line}: {text[:80]!r}",
                file=path,
                row=line,
                remedy="It was cut off: export or download it again.",
            )
    n_rows = con.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0]
    if encoded.n_lines - n_rows - len(bad) >= ROWS_IN_A_CELL[0]:
        _refuse_rows_in_cells(con, name, path, form)


def _refuse_rows_in_cells(con, name: str, path: Path, form: _Form) -> None:
    """A cell that holds whole rows: an open quotation mark found its end in a later row."""
    names, delimiter = form.names, form.delimiter
    least = ROWS_IN_A_CELL[len(names) < 4]
    row = rf"\n(?:[^\n{re.escape(delimiter)}]*{re.escape(delimiter)}){{{min(len(names) - 1, 999)}}}"
    for header in names:
        found = con.execute(
            f"select c, rowid from (select {quoted(header)} as c, rowid from {quoted(name)}) where"
            f" contains(c, chr(10)) and strlen(c) < {MAX_RECORD} and len(regexp_extract_all(c,"
            f" {literal(row)})) >= {least} order by rowid limit 1"
        ).fetchall()
        if found:
            cell, rowid = found[0]
            raise _unclosed(path, form.skip + rowid + 1, cell, cell.count("\n"))


def _unclosed(path: Path, line: int | None, text: str, n_lines: int) -> UserError:
    return UserError(
        f"a quotation mark is opened and not closed before the end of the line: {n_lines} lines"
        f" would become part of one cell, from {text.splitlines()[0][:80]!r} on",
        file=path,
        row=line,
        remedy="Export it again with quotation marks doubled, or mend that line.",
    )


def _transcoded(plain: Path, encoded: Encoded) -> Path:
    """A scratch copy in UTF-8 with one kind of line ending."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", prefix="icp-", suffix=".csv", delete=False
    ) as out:
        out.writelines(decoded(plain, encoded))
    return Path(out.name)


def _dialect(path: Path, text: str, whole: bool) -> tuple[str, int, list[str]]:
    """Delimiter, records up to and with the header, and the header's cells.

    From the first 64 KB.
    """
    if not text.strip("\ufeff \r\n\t,;|"):
        raise UserError("the file has no text in it", file=path, remedy="Export it again.")
    best = None
    for delimiter in DELIMITERS:
        csv.field_size_limit(max(csv.field_size_limit(), HEAD_BYTES * 2))
        try:
            records = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        except csv.Error:
            continue
        complete = (
            records if whole or len(records) < 3 else records[:-1]
        )  # the last one may be cut in the middle
        widths = Counter(len(r) for r in complete if r)
        width, rows = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        grade = (width > 1, rows / sum(widths.values()), width)
        if best is None or grade > best[0]:
            best = (grade, delimiter, complete, width)
    if best is None:
        raise UserError(
            "no separator gives a table",
            file=path,
            remedy="Export as CSV with commas or semicolons.",
        )
    _, delimiter, records, width = best
    at = header_at(records, width)
    return delimiter, at + 1, records[at]


def _stop_when_too_many(path: Path, report: FileReport) -> None:
    n = len(report.rejected)
    if n > max(3, MAX_REJECTED_SHARE * report.n_rows):
        first = report.rejected[0]
        raise UserError(
            f"{n} of {report.n_rows} lines are no rows of {len(report.columns)} columns; the first"
            f" says {first.text[:80]!r} ({first.reason})",
            file=path,
            row=first.line,
            remedy="Export again with every text quoted, or mend these lines.",
        )
