"""What every format has in common.

A header line, lines that are no rows, and the report about one file.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from icplib.problems import UserError
from icplib.vocabulary.cells import TOTALS

#: a cell or line that is no record: a total's whole label in any language, or what reports add
FOOTER = re.compile(
    rf"^\W*(({'|'.join(TOTALS)})\s*($|[:(\[,;|\"\t=–-]|[0-9$€£¥])"
    r"|confidential information\b|copyright\b|©|\(c\)\s*(copyright|\d{4})|sum of\b"
    r"|record count\b|(generated (by|on)|report generated|exported (by|on)|as of)\b)",
    re.I,
)


@dataclass(frozen=True)
class Rejected:
    """A line that is no row: where it stands, what it says, why it was left out."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class FileReport:
    """What was recognised in one file.

    ``n_rows`` lines of data were met, ``n_kept`` became rows, the rest is listed.
    """

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
    percent: tuple[str, ...] = ()  # columns whose cells a workbook shows in percent

    @property
    def form(self) -> str:
        """Format, encoding and separator in words."""
        separator = {"\t": "tab"}.get(self.delimiter, self.delimiter)
        return ", ".join(filter(None, (self.format, self.encoding, separator)))

    @property
    def n_kept(self) -> int:
        """Rows left after footers and rejected ones."""
        return self.n_rows - len(self.footers) - len(self.rejected)


def header_at(rows: list, width: int) -> int:
    """The first record as wide as the table with a name in most cells.

    Title lines above it are passed over.
    """
    for at, row in enumerate(rows):
        named = sum(bool(str(c).strip()) for c in row)
        if len(row) == width and named >= max(1, 0.6 * width) and not FOOTER.match(str(row[0])):
            return at
    return 0


def unique_names(header: list) -> tuple[list[str], list[str]]:
    """Header cells as distinct names (in any case), and a note for each that was changed."""
    names, notes, seen = [], [], Counter()
    for number, cell in enumerate(header, 1):
        name = (
            " ".join(unicodedata.normalize("NFC", str(cell or "").lstrip("\ufeff")).split())
            or f"column {number}"
        )
        seen[name.casefold()] += 1
        if seen[name.casefold()] > 1:
            notes.append(
                f"the header '{name}' occurs again; the later column is read as '{name}"
                f" ({seen[name.casefold()]})'"
            )
            name = f"{name} ({seen[name.casefold()]})"
        names.append(name)
    return names, notes


def refuse_data_as_header(path: Path, names: list[str]) -> None:
    """UserError where most of the header's cells are numbers or dates."""
    filled = [n for n in names if not n.startswith("column ")]
    looks_like_data = [n for n in filled if re.fullmatch(r"[-+$€£]?[\d.,:/ -]+%?", n)]
    if filled and len(looks_like_data) > len(filled) / 2:
        raise UserError(
            f"there is no header line: the first line reads {', '.join(names[:4])}",
            file=path,
            remedy="Export with column names.",
        )


def drop_unnamed_empty(con, name: str, names: list[str], header: list) -> tuple[str, ...]:
    """A separator at the end of each line makes a column without name and content.

    It is no column.
    """
    unnamed = [n for n, cell in zip(names, header, strict=True) if not str(cell or "").strip()]
    empty = [
        n
        for n in unnamed
        if con.execute(f"select count({quoted(n)}) from {quoted(name)}").fetchall()[0][0] == 0
    ]
    for n in empty:
        con.execute(f"alter table {quoted(name)} drop column {quoted(n)}")
    return tuple(n for n in names if n not in empty)


def quoted(name: str) -> str:
    """A column or table name as SQL identifier; names come from users' files."""
    return '"' + str(name).replace('"', '""') + '"'


def literal(value) -> str:
    """A text or path as SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"
