"""What a workbook says beside its cells: where they lie, and which columns are shown in percent.

Read from the XML of the file in one pass of bytes, before anything is laid out in memory: a single
cell far off would otherwise cost as much as a full table up to it.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join, normpath

from icplib.problems import UserError

MAX_UNPACKED = 2 << 30  # bytes of a workbook's parts
MAX_AREA = 20_000_000  # cells of the rectangle around all cells
SPARSE = 50  # so many times more places than cells: something stands far off
CHUNK = 1 << 22
PERCENT_FORMATS = {9, 10}

_CELL = re.compile(
    rb'<(?:\w+:)?c\s+r="([A-Z]{1,3})([0-9]{1,7})"(?:\s+s="([0-9]+)")?'
    rb'(?:\s+t="(\w+)")?[^>]*?(/?)>'
)


@dataclass
class Survey:
    """One sheet: cells, the farthest of them, and cells of numbers by column and form."""

    n_cells: int = 0
    last_row: tuple[int, str] = (0, "")
    last_column: tuple[int, str] = (0, "")
    shown: Counter = field(default_factory=Counter)  # (column, in percent or not) -> cells

    def percent(self) -> set[int]:
        """Columns (0 is A) whose numbers are all shown in percent."""
        return {c for c, is_percent in self.shown if is_percent and not self.shown[c, False]}


def survey(path: Path, plain: Path) -> dict[str, Survey]:
    """Sheet -> what its XML says; empty for a file that is no zip of XML."""
    try:
        with zipfile.ZipFile(plain) as book:
            if sum(part.file_size for part in book.infolist()) > MAX_UNPACKED:
                raise UserError(
                    "unpacked, the workbook is larger than 2 GB",
                    file=path,
                    remedy="Export it as CSV.",
                )
            percent = _percent_styles(book)
            found = {
                name: _survey(book, part, percent)
                for name, part in _parts(book).items()
                if part in book.namelist()
            }
    except (zipfile.BadZipFile, zlib.error, KeyError, SyntaxError, NotImplementedError, ValueError):
        return {}  # the reader of cells says what is wrong with it
    for name, sheet in found.items():
        _refuse_far(path, name, sheet)
    return found


def _refuse_far(path: Path, name: str, sheet: Survey) -> None:
    area = (sheet.last_row[0] + 1) * (sheet.last_column[0] + 1)
    if area > MAX_AREA and area > SPARSE * sheet.n_cells:
        far = sheet.last_row if sheet.last_row[0] > sheet.last_column[0] else sheet.last_column
        raise UserError(
            f"the sheet '{name}' has cells far away from its table, such as {far[1]}",
            file=path,
            remedy="Delete the rows and columns behind the table in Excel and save it, or export"
            " the sheet as CSV.",
        )


def _survey(book: zipfile.ZipFile, part: str, percent: set[int]) -> Survey:
    found, columns, rest = Survey(), {}, b""
    with book.open(part) as file:
        while chunk := file.read(CHUNK):
            text = rest + chunk
            end = text.rfind(b"<")
            _count(text[:end], found, columns, percent)
            rest = text[end:]
    _count(rest, found, columns, percent)
    return found


def _count(text: bytes, found: Survey, columns: dict[bytes, int], percent: set[int]) -> None:
    for letters, row, style, kind, is_empty in _CELL.findall(text):
        found.n_cells += 1
        if letters not in columns:
            columns[letters] = _column(letters)
            if columns[letters] >= found.last_column[0]:
                found.last_column = (columns[letters], (letters + row).decode())
        if percent and not is_empty and kind in (b"", b"n"):
            found.shown[columns[letters], bool(style) and int(style) in percent] += 1
        if int(row) - 1 > found.last_row[0]:
            found.last_row = (int(row) - 1, (letters + row).decode())


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1


def _xml(book: zipfile.ZipFile, part: str):
    from defusedxml.ElementTree import fromstring

    return fromstring(book.read(part))


def _tagged(root, tag: str) -> list:
    return [node for node in root.iter() if node.tag.rpartition("}")[2] == tag]


def _percent_styles(book: zipfile.ZipFile) -> set[int]:
    """Numbers of the cell styles that show a number in percent."""
    if "xl/styles.xml" not in book.namelist():
        return set()
    root = _xml(book, "xl/styles.xml")
    own = {
        int(node.get("numFmtId", 0))
        for node in _tagged(root, "numFmt")
        if "%" in re.sub(r'"[^"]*"|\\.', "", node.get("formatCode", ""))
    }
    styles = [node for group in _tagged(root, "cellXfs") for node in _tagged(group, "xf")]
    formats = [int(node.get("numFmtId", 0)) for node in styles]
    return {i for i, number in enumerate(formats) if number in PERCENT_FORMATS | own}


def _parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Sheet -> the part of the file that holds it."""
    targets = {
        node.get("Id"): normpath(join("xl", node.get("Target", ""))).lstrip("/")
        for node in _tagged(_xml(book, "xl/_rels/workbook.xml.rels"), "Relationship")
    }
    sheets = {}
    for node in _tagged(_xml(book, "xl/workbook.xml"), "sheet"):
        link = next((v for k, v in node.attrib.items() if k.endswith("}id")), "")
        sheets[node.get("name", "")] = targets.get(link, "")
    return sheets
