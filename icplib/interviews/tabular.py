"""Codings in tables: seven tools, plain lists and plain 0/1 tables.

The tools are Taguette, QualCoder, ATLAS.ti, MAXQDA, Dedoose, Dovetail and QDA Miner.

What a header means is data (``presets/tools.toml``); here are only the three shapes a table of
codings can have: one row a coding, several codes in one cell, one column a code. A table comes as
text (``exports.files.read_table``), whatever file it was.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from icplib.exports.files import FileReport, read_table
from icplib.interviews import safe
from icplib.interviews.imported import Imported, Ledger, code_frame, coding_frame
from icplib.interviews.presets import choose, preset, squeezed
from icplib.problems import UserError

PRESENT = {"1", "true", "yes", "y", "x", "✓", "✔", "wahr", "ja"}
ABSENT = {"", "0", "false", "no", "n", "-", "falsch", "nein"}
MAX_COUNTED_TOKENS = 64  # beyond this many pieces the number of codes is not searched for

MAX_STRANGE_SHARE = 0.1  # a table in which more cells than this are no marks is no 0/1 table

Knows = Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True)
class Hints:
    """What a table of codings does not say itself.

    ``wanted`` is a key of presets/tools.toml; ``coder`` overrules the coder column; ``family`` is
    the heading of all codes; ``knows`` tells whether a text is a code of the codebook.
    """

    wanted: str | None = None
    coder: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    family: str | None = None
    knows: Knows | None = None


def read_codings_table(
    path: Path, ledger: Ledger, hints: Hints, table: str | None = None
) -> Imported:
    """One CSV, XLSX, XLS or Parquet file of codings; ``table`` names a sheet."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        with safe.Archive(path) as archive:  # a workbook is a zip: the same refusals hold
            for name in archive.names:
                archive.read(name, safe.MAX_XML)
    rows, report = read_table(path, table=table)
    account_for_lines(report, path.name, ledger)
    return codings_of_table(rows, path.name, report.sha256, ledger, hints)


def account_for_lines(
    report: FileReport, file: str, ledger: Ledger, source: str = "codings"
) -> None:
    """Footers and broken lines that the file reader set aside count as read and dropped."""
    for lines, reason in ((report.footers, "a footer line"), (report.rejected, "a broken line")):
        if lines:
            ledger.add(source, file, "read", len(lines))
            ledger.add(
                source,
                file,
                "dropped",
                len(lines),
                reason,
                ", ".join(f"line {r.line}" for r in lines[:8]),
            )


def codings_of_table(
    rows: pd.DataFrame, file: str, sha256: str, ledger: Ledger, hints: Hints | None = None
) -> Imported:
    """Codings of a table of text."""
    hints = hints or Hints()
    rows = rows.astype(object).where(rows.notna(), "").map(str)
    key, tool, bound = choose(rows.columns, preset("tools"), hints.wanted, hints.columns, file)
    ledger.tool(file, tool["name"], tool["verified"])
    if hints.coder is None and "coder" not in bound:
        what = tool.get("no_coder") or 'no column says who coded: give coder = "..."'
        ledger.add("codings", file, "note", len(rows), what)
    _say_unverified(file, tool, bound, ledger)
    sheet = _Sheet(rows, tool, bound, hints)
    sheet.read()
    if key == "wide" and hints.wanted is None and sheet.is_no_table_of_marks:
        raise UserError(
            f"no known format has these columns: {', '.join(rows.columns[:12])}",
            file=file,
            remedy=(
                'Say what they are in company.toml: format = "long" and columns = { document ='
                ' "...", code = "..." }.'
            ),
        )
    sheet.account(file, ledger)
    names = list(dict.fromkeys(d for d, _ in sheet.seen))
    return Imported(
        file,
        sha256,
        tool["name"],
        coding_frame(sheet.made),
        code_frame([]),
        pd.DataFrame({"document": names, "name": names}, dtype=object),
        sheet.seen if tool["shape"] != "long" else [],
        [(document, hints.family) for document, _ in sheet.seen] if hints.family else [],
        {m["coder"] for m in sheet.made if m["coder"]},
    )


def _say_unverified(file: str, tool: dict, bound: dict, ledger: Ledger) -> None:
    if not tool["verified"]:
        ledger.add(
            "codings",
            file,
            "note",
            1,
            "header names of this tool were never checked against a real file",
            "read as "
            + ", ".join(f"{ours} = {theirs[0]}" for ours, theirs in bound.items())
            + "; change with columns = {...}",
        )


class _Sheet:
    """A table of codings row by row: what was made of it, and what could not be."""

    def __init__(self, rows: pd.DataFrame, tool: dict, bound: dict, hints: Hints):
        self.rows, self.tool, self.bound, self.hints = rows, tool, bound, hints
        self.made: list[dict] = []
        self.seen: list[tuple[str, str | None]] = []
        self.n_read = self.n_miscounted = self.n_parted = 0
        self.blank: list[str] = []
        self.strange: list[str] = []
        self.unasked: list[str] = []
        self.separators = _separators(rows, tool, bound, hints.knows)
        self.wide = _code_columns(rows, tool, bound) if tool["shape"] == "wide" else {}
        cells = rows[list(self.wide)]
        self.has_noughts = bool(cells.isin(["0", "false", "no", "n"]).to_numpy().any())
        knows = hints.knows
        self.is_code = None if knows is None else lambda text: knows(_path(text, tool))

    @property
    def is_no_table_of_marks(self) -> bool:
        """Whether more cells than a few say neither present nor absent."""
        return len(self.strange) > MAX_STRANGE_SHARE * len(self.rows) * len(self.wide)

    def read(self) -> None:
        """All rows."""
        for number, (_, row) in enumerate(self.rows.iterrows(), 2):
            base = _base(row, self.bound, number, self.hints)
            is_unasked = self.has_noughts and all(not row[h].strip() for h in self.wide)
            if is_unasked:
                self.unasked.append(f"row {number}")
                continue
            if base["document"]:
                self.seen.append((base["document"], base["coder"]))
            if self.wide:
                self._marks(row, base, number)
            else:
                self._cell(row, base, number)

    def _marks(self, row: pd.Series, base: dict, number: int) -> None:
        """A row of a table with one column a code."""
        for header, code in self.wide.items():
            is_there = _present(row[header], code)
            self.n_read += is_there is not False
            if is_there is None:
                self.strange.append(f"row {number}")
            elif is_there:
                path = (*base["code"], *_path(code, self.tool))
                self.made.append({**base, "code": path, "ref": f"row {number}, {header}"})

    def _cell(self, row: pd.Series, base: dict, number: int) -> None:
        """A row with one code, or with several in one cell."""
        cell, n_codes = _first(row, self.bound, "code"), _count(row, self.bound)
        codes = [cell]
        if self.tool["shape"] == "listed":
            codes = split_cell(cell, self.separators, self.is_code, n_codes)
            self.n_miscounted += n_codes not in (None, len([c for c in codes if c]))
            self.n_parted += self.is_code is None and len(codes) > 1 and "," in cell
        self.n_read += len(codes)
        for code in codes:
            if code.strip():
                path = (*base["code"], *_path(code, self.tool))
                self.made.append({**base, "code": path})
            else:
                self.blank.append(f"row {number}")

    def account(self, file: str, ledger: Ledger) -> None:
        """What was read, dropped and is worth knowing."""
        ledger.add("codings", file, "read", self.n_read)
        for refs, reason in (
            (self.blank, "no code in the row"),
            (self.strange, "neither present nor absent (0/1)"),
        ):
            ledger.add("codings", file, "dropped", len(refs), reason, _some(refs))
        for n, what, detail in (
            (self.n_miscounted, "rows whose number of codes differs from the file's own count", ""),
            (
                self.n_parted,
                "cells parted at commas without a codebook: are there codes with commas in their"
                " names? Then name the codebook",
                "",
            ),
            (
                len(self.unasked),
                "rows without any mark in a table of 0 and 1: not asked, not looked at",
                _some(self.unasked),
            ),
            (
                len(self.rows) if self.wide else 0,
                f"rows read as a table of {len(self.wide)} codes; absent cells are no codings",
                "",
            ),
        ):
            if n:
                ledger.add("codings", file, "note", n, what, detail)


def _first(row: pd.Series, bound: dict[str, list[str]], ours: str) -> str:
    return row[bound[ours][0]].strip() if ours in bound else ""


def _base(row: pd.Series, bound: dict, number: int, hints: Hints) -> dict:
    """All of a coding but its code."""

    def get(ours: str) -> str:
        return _first(row, bound, ours)

    heading = hints.family or get("heading")
    start, end = _whole(get("start")), _whole(get("end"))
    is_span = start is not None and end is not None and 0 <= start <= end
    quote = get("quote")
    place = " to ".join(p for p in (get("place"), get("place_end")) if p)
    return {
        "ref": get("ref") and f"{get('ref')} (row {number})" or f"row {number}",
        "document": get("document"),
        "coder": hints.coder if hints.coder is not None else get("coder") or None,
        "pass": get("pass"),
        "code": (heading,) if heading else (),
        "unit": squeezed(get("unit")) or ("segment" if quote else "presence"),
        "start": start if is_span else None,
        "end": end if is_span else None,
        "place": place or quote,
        "polarity": get("polarity"),
        "quote": quote or None,
        "quote_truncated": quote.endswith(("…", "[...]")),
        "memo": get("memo") or None,
        "coded_at": get("coded_at"),
    }


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None


def _count(row: pd.Series, bound: dict) -> int | None:
    return _whole(_first(row, bound, "n_codes"))


def _path(code: str, tool: dict) -> tuple[str, ...]:
    """A code with its tool's separator as a path; a plain code is one name."""
    separator = tool.get("hierarchy")
    parts = [p.strip() for p in code.split(separator)] if separator else [code.strip()]
    return tuple(p for p in parts if p)


def _code_columns(rows: pd.DataFrame, tool: dict, bound: dict) -> dict[str, str]:
    """Header -> code of the columns that stand for codes."""
    if "code_header" in tool:
        pattern = re.compile(tool["code_header"], re.I)
        found = {h: m[1] for h in rows.columns if (m := pattern.match(h))}
    else:
        taken = {h for headers in bound.values() for h in headers}
        found = {h: h for h in rows.columns if h not in taken}
    if not found:
        raise UserError(
            f"no column of this table stands for a code ({tool['name']})",
            remedy="Name the format in company.toml.",
        )
    return found


def _present(cell: str, code: str) -> bool | None:
    """Whether the cell says that the code is there; None when it says neither."""
    text = cell.strip().casefold()
    if text in ABSENT:
        return False
    if text in PRESENT or re.fullmatch(r"[1-9]\d{0,8}", text) or squeezed(text) == squeezed(code):
        return True
    return None


def _separators(rows: pd.DataFrame, tool: dict, bound: dict, knows: Knows | None) -> list[str]:
    """With a codebook any of the tool's separators may part codes.

    Without one, the first that occurs in the file.
    """
    if tool["shape"] != "listed" or knows is not None:
        return tool.get("joined_by", [])
    cells = rows[bound["code"][0]]
    return [s for s in tool["joined_by"] if cells.str.contains(s, regex=False).any()][:1] or tool[
        "joined_by"
    ][:1]


def split_cell(
    cell: str,
    separators: list[str],
    is_code: Callable[[str], bool] | None,
    n_codes: int | None = None,
) -> list[str]:
    """The codes in one cell, in order; a stretch that no code explains is one piece.

    Code names may themselves contain the separator, so the cell is cut where as much of it as
    possible is known codes and, among such cuts, into as few codes as possible: the longest match.
    Where the file says how many codes there are (``n_codes``) and a cut into known codes has just
    that number, it is preferred. Without a codebook every separator parts two codes.
    """
    parts = re.split(
        "(" + "|".join(re.escape(s) for s in sorted(separators, key=len, reverse=True)) + ")", cell
    )
    tokens, between = parts[::2], parts[1::2]
    if is_code is None or len(tokens) == 1:
        return [t.strip() for t in tokens]

    def text(first: int, last: int) -> str:
        return "".join(
            t
            for pair in zip(tokens[first:last], [*between[first : last - 1], ""], strict=True)
            for t in pair
        ).strip()

    cuts = _cuts(
        len(tokens),
        lambda a, b: is_code(text(a, b)),
        exact=n_codes if n_codes and len(tokens) <= MAX_COUNTED_TOKENS else None,
    )
    return [text(first, last) for first, last in cuts]


def _cuts(n: int, is_code: Callable[[int, int], bool], exact: int | None) -> list[tuple[int, int]]:
    """Spans over ``n`` tokens: fewest unexplained tokens, then fewest codes.

    Or exactly ``exact`` codes when that explains all.
    """
    known = {(a, b) for a in range(n) for b in range(a + 1, n + 1) if is_code(a, b)}
    if exact is not None:
        counted = _with_exactly(n, known, exact)
        if counted is not None:
            return counted
    best: list[tuple[int, int, list]] = [
        (0, 0, [])
    ]  # (unexplained tokens, codes, spans) for the first j tokens
    for j in range(1, n + 1):
        unexplained, codes, spans = best[j - 1]
        options = [(unexplained + 1, codes, [*spans, (j - 1, j, False)])]
        options += [
            (best[i][0], best[i][1] + 1, [*best[i][2], (i, j, True)])
            for i in range(j - 1, -1, -1)
            if (i, j) in known
        ]
        best.append(min(options, key=lambda o: (o[0], o[1])))
    return _merged(best[n][2])


def _with_exactly(n: int, known: set[tuple[int, int]], exact: int) -> list[tuple[int, int]] | None:
    reached: list[dict[int, list]] = [{0: []}] + [{} for _ in range(n)]
    for j in range(1, n + 1):
        for i in range(j):
            if (i, j) in known:
                for count, spans in reached[i].items():
                    reached[j].setdefault(count + 1, [*spans, (i, j)])
    return reached[n].get(exact)


def _merged(spans: list[tuple[int, int, bool]]) -> list[tuple[int, int]]:
    """Neighbouring unexplained tokens as one stretch."""
    out: list[tuple[int, int, bool]] = []
    for span in spans:
        if out and not span[2] and not out[-1][2]:
            out[-1] = (out[-1][0], span[1], False)
        else:
            out.append(span)
    return [(first, last) for first, last, _ in out]


def _some(refs: list[str], most: int = 8) -> str:
    return ", ".join(refs[:most]) + (f" and {len(refs) - most} more" if len(refs) > most else "")
