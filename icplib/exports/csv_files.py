"""CSV as people have it, of any encoding, separator and line ending, with title lines above and
footers below; read by DuckDB as text only.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from collections import Counter
from pathlib import Path

import duckdb

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
CHUNK = 1 << 20
DELIMITERS = ",;\t|"
MAX_REJECTED_SHARE = 0.02


def read_csv(con, name: str, path: Path, plain: Path, sha: str) -> FileReport:
    encoding, regular = _survey(path, plain)
    text = plain if encoding == "utf-8" and regular else _transcoded(plain, encoding)
    try:
        with text.open("rb") as file:
            head = file.read(HEAD_BYTES)
            whole = not file.read(1)
        lines = codecs.getincrementaldecoder("utf-8-sig")("replace").decode(head, final=whole)
        delimiter, skip, header = _dialect(path, lines, whole)
        names, notes = unique_names(header)
        refuse_data_as_header(path, names)
        columns = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names)
        rejects = re.sub(r"\W", "_", name) + "_rejects"
        query = (
            f"create or replace temp table {quoted(name)} as select * from"
            f" read_csv({literal(text)}, auto_detect=false, header=false, skip={skip},"
            f" columns={{{columns}}}, delim={literal(delimiter)}, quote='\"', escape='\"',"
            " strict_mode=true, null_padding=false, compression='none', max_line_size=16777216,"
            f" buffer_size=67108864, store_rejects=true, rejects_table='{rejects}',"
            f" rejects_scan='{rejects}_scans')"
        )
        try:
            con.execute(query)
        except duckdb.Error as error:
            raise UserError(
                f"cannot be read as CSV: {' '.join(str(error).split())[:200]}",
                file=path,
                remedy="Export it again.",
            ) from None
        bad = con.execute(
            f"select line, any_value(csv_line), min(error_message) from {rejects} group by line"
            " order by line"
        ).fetchall()
    finally:
        if text != plain:
            text.unlink(missing_ok=True)
    rejected = [Rejected(line, (csv_line or "").strip(), reason) for line, csv_line, reason in bad]
    footers = [r for r in rejected if FOOTER.match(r.text.lstrip('"'))]
    rejected = [r for r in rejected if r not in footers and r.text.strip(delimiter + ' "')]
    n_table = con.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0]
    padded = _drop_footer_rows(con, name, names)
    report = FileReport(
        path.name,
        "csv",
        sha,
        n_table + len(footers) + len(rejected),
        drop_unnamed_empty(con, name, names, header),
        encoding,
        delimiter,
        (*footers, *padded),
        tuple(rejected),
        tuple(notes),
    )
    _stop_when_too_many(path, report)
    return report


def _survey(path: Path, plain: Path) -> tuple[str, bool]:
    """Encoding of the whole file, and whether it can be handed to DuckDB as it is (one kind of line
    ending).
    """
    with plain.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", False
        if b"\0" in head:
            even, odd = head[0::2].count(0), head[1::2].count(0)
            if max(even, odd) < 0.2 * len(head) / 2:
                raise UserError(
                    "this is not a text file",
                    file=path,
                    remedy="Name a CSV, Excel, Parquet or SQLite file.",
                )
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
    """A scratch copy in UTF-8 with one kind of line ending.

    Bytes that Windows-1252 leaves undefined become their Latin-1 signs.
    """
    with (
        plain.open(
            "r",
            encoding=encoding,
            errors="_icp_latin1" if encoding == "cp1252" else "replace",
            newline=None,
        ) as source,
        tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", prefix="icp-", suffix=".csv", delete=False
        ) as out,
    ):
        while chunk := source.read(CHUNK):
            out.write(chunk)
    return Path(out.name)


codecs.register_error("_icp_latin1", lambda e: (e.object[e.start : e.end].decode("latin-1"), e.end))


def _dialect(path: Path, text: str, whole: bool) -> tuple[str, int, list[str]]:
    """Delimiter, number of records up to and with the header, and the header's cells, from the
    first 64 KB.
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


def _drop_footer_rows(con, name: str, names: list[str]) -> list[Rejected]:
    """Totals that came padded to full width.

    The first cell says so and most other cells are empty.
    """
    if len(names) < 3:
        return []
    filled = " + ".join(f"(coalesce(trim({quoted(n)}), '') <> '')::int" for n in names)
    where = (
        f"regexp_matches(coalesce({quoted(names[0])}, ''), {literal(FOOTER.pattern)}, 'i') and"
        f" {filled} <= {max(2, len(names) // 2)}"
    )
    rows = con.execute(
        f"select rowid, {quoted(names[0])} from {quoted(name)} where {where} order by rowid"
    ).fetchall()
    if rows:
        con.execute(f"delete from {quoted(name)} where {where}")
    return [Rejected(int(rowid) + 2, text, "footer") for rowid, text in rows]


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
