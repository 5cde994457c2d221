"""An attacker: all that is shown, read as numbers, and solved for what is hidden.

Sums of rows and columns, differences between files, quarters and scenarios, shares times n. Who
reads knows the rules by which counts are hidden, too.
"""

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from html import unescape

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

LEAST = 5
NUMBER = r"(\d[\d,]*)"
PAIR = re.compile(rf"(?<![\d.,]){NUMBER} of {NUMBER}(?![\d.]|,\d)")
SHARE = re.compile(rf"(?<![\d.,]){NUMBER} %,? (?:of|n =) {NUMBER}(?![\d.]|,\d)")
HIDDEN = re.compile(rf"^(fewer than|all but fewer than|some of|some)\b.*?{NUMBER}$")


def whole(text):
    return int(text.replace(",", ""))


@dataclass
class Cell:
    """A count between ``low`` and ``high``; one number where it is shown. ``n`` None: not told."""

    low: int
    high: int
    n: int | None

    @property
    def is_known(self):
        return self.low == self.high


@dataclass
class Grid:
    """A table: title, heads, and a row of cells by label; what is no count is None."""

    title: str
    heads: list[str]
    rows: list[tuple[str, list[Cell | None]]] = field(default_factory=list)

    def column(self, at):
        return [cells[at] for _, cells in self.rows if at < len(cells) and cells[at]]


def cell(text):
    """What a cell tells of a count."""
    if found := re.match(rf"^{NUMBER} of {NUMBER}\b", text):
        k, n = map(whole, found.groups())
        return Cell(k, k, n)
    if found := HIDDEN.match(text):
        n = whole(found[2])
        low, high = {
            "fewer than": (1, LEAST - 1),
            "all but fewer than": (n - LEAST + 1, n - 1),
        }.get(found[1], (LEAST, n))
        return Cell(low, high, n)
    return Cell(0, 10**6, None) if text == "not shown" else None


def grids(html):
    """Tables of a page."""
    for table in re.findall(r"<table\b.*?</table>", html, re.S):
        rows = [
            [plain(x) for x in re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row, re.S)]
            for row in re.findall(r"<tr\b.*?</tr>", table, re.S)
        ]
        rows = [row for row in rows if row]
        caption = re.search(r"<caption\b[^>]*>(.*?)</caption>", table, re.S)
        if rows:
            made = Grid(plain(caption[1]) if caption else "", rows[0][1:])
            made.rows = [(row[0], [cell(x) for x in row[1:]]) for row in rows[1:]]
            yield made


def plain(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def lines(text):
    """Sentences and rows of a page or of another file, without drawings."""
    text = re.sub(r"<(style|svg)\b.*?</\1>", "", text, flags=re.S)
    parts = re.split(r"</(?:p|li|tr|h\d|dd|dt|div)>", re.sub(r"\n", " ", text))
    return [line for line in map(plain, parts) if line]


def small_shares(texts):
    """Shares with their n that tell a small group: 13 %, n = 31 is 4."""
    for line in texts:
        for share, n in SHARE.findall(line):
            n = whole(n)
            can = [k for k in range(n + 1) if round(100 * k / n) == whole(share)] if n else []
            if can and all(0 < k < LEAST or 0 < n - k < LEAST for k in can):
                yield f"{share} % of {n} in: {line[:90]}"


def shared_texts(reports):
    """Every shared file of every run of a company, by run and name."""
    from pptx import Presentation

    found = {}
    for path in sorted(reports.glob("2*/*")):
        name = f"{path.parent.name}/{path.name}"
        if path.suffix == ".pptx":
            shapes = [s for slide in Presentation(path).slides for s in slide.shapes]
            texts = [s.text_frame.text for s in shapes if s.has_text_frame]
            found[name] = "\n\n".join(texts)
        elif path.is_file():
            found[name] = path.read_text(encoding="utf-8")
    return found


def solved(documents):
    """What follows from the documents (name -> text) and is hidden in one of them.

    The names begin with the run's folder: totals are those of the same run, a cell that stands
    open in any other run counts.
    """
    runs = defaultdict(list)
    for name, text in documents.items():
        runs[name.split("/")[0]].append(text)
    tables = [grid for text in documents.values() for grid in grids(text)]
    found = []
    for of_run in runs.values():
        texts = [line for text in of_run for part in text.split("\n\n") for line in lines(part)]
        found += small_shares(texts)
        for grid in (grid for text in of_run for grid in grids(text)):
            _take_over(grid, tables, texts)
            found += _of(grid, texts)
    return found


def _take_over(grid, tables, texts):
    """A hidden cell that stands open elsewhere: in another table, or in a sentence."""
    for label, cells in grid.rows:
        for at, one in enumerate(cells):
            if one is None or one.is_known or one.n is None:
                continue
            head = grid.heads[at]
            said = re.compile(rf"(?<![\d.,]){NUMBER} of {one.n:,}\b[^;.]*\b{re.escape(label)}\b")
            for other in tables:
                same = [
                    c[other.heads.index(head)]
                    for x, c in other.rows
                    if x == label and head in other.heads
                ]
                for twin in same:
                    if twin and twin.n == one.n and twin.is_known and other.title == grid.title:
                        cells[at] = twin
            for line in texts:
                for k in said.findall(line):
                    cells[at] = Cell(whole(k), whole(k), one.n)


def _of(grid, texts):
    """What the sums of a table's columns and rows leave no choice for."""
    at = {}
    for r, (_, cells) in enumerate(grid.rows):
        for c, one in enumerate(cells):
            if one is not None:
                at[r, c] = len(at)
    if not at or all(one.is_known for _, cells in grid.rows for one in cells if one):
        return []
    common = [*_columns(grid, at), *_rows(grid, at)]
    guesses = [[], *([one] for one in _guesses(grid, at, texts))]
    low = np.array([grid.rows[r][1][c].low for r, c in at], float)
    high = np.array([grid.rows[r][1][c].high for r, c in at], float)
    for c in range(len(grid.heads)):
        _tighten(grid, at, c, high)
    found = []
    for (r, c), i in at.items():
        one = grid.rows[r][1][c]
        for guess in () if one.is_known else guesses:
            k = _only(i, low, high, [*common, *guess])
            if k is not None and (0 < k < LEAST or 0 < (one.n or 10**6) - k < LEAST):
                found.append(f"{grid.title}: {grid.rows[r][0]}, {grid.heads[c]} is {k}")
    return found


def _tighten(grid, at, c, high):
    """The row that is hidden to guard another was the smallest of those that could be shown."""
    shown = [one.low for one in grid.column(c) if one.is_known and one.low]
    for r, (_, cells) in enumerate(grid.rows):
        one = cells[c] if c < len(cells) else None
        if one and not one.is_known and one.low == LEAST and shown:
            high[at[r, c]] = min(high[at[r, c]], min(shown))


def _only(i, low, high, rules):
    """The one value that the count can have; None where there are more, or none."""
    ends = []
    for sign in (1, -1):
        costs = np.zeros(len(low))
        costs[i] = sign
        done = milp(
            costs, constraints=rules, bounds=Bounds(low, high), integrality=np.ones(len(low))
        )
        ends.append(round(done.x[i]) if done.success else None)
    return ends[0] if ends[0] == ends[1] else None


def _columns(grid, at):
    """Rows that share their n are parts of it."""
    exhaustive = any(
        (column := grid.column(c)) and all(x.is_known for x in column)
        and len({x.n for x in column}) == 1 and sum(x.low for x in column) == column[0].n
        for c in range(len(grid.heads))
    )  # fmt: skip
    for line, sizes in _lines(grid, at):
        if len(set(sizes)) == 1:
            yield LinearConstraint(line, sizes[0] if exhaustive else 0, sizes[0])


def _guesses(grid, at, texts):
    """Rows with an n of their own may add up to what is said of all of them."""
    for line, sizes in _lines(grid, at):
        if len(set(sizes)) > 1:
            yield from (LinearConstraint(line, *ends) for ends in _totals(sum(sizes), texts))


def _lines(grid, at):
    """The sum of each column, and the sizes of its rows."""
    for c in range(len(grid.heads)):
        places = [at[r, c] for r in range(len(grid.rows)) if (r, c) in at]
        sizes = [one.n for one in grid.column(c) if one.n is not None]
        if len(places) > 1 and sizes:
            line = np.zeros(len(at))
            line[places] = 1
            yield line, sizes


def _totals(n, texts):
    """What is said of a total of ``n`` anywhere: as a count, as a share, as two halves of it."""
    pairs = {(whole(k), whole(m)) for line in texts for k, m in PAIR.findall(line)}
    yield from ((k, k) for k, m in pairs if m == n)
    row = re.compile(rf"(?<![\d.,]){NUMBER} % .*(?<![\d.,]){n:,}(?![\d.,%])")
    for share in {whole(x) for line in texts for x in row.findall(line)}:
        low, high = math.ceil((share - 0.5) * n / 100), math.floor((share + 0.5) * n / 100)
        halves = {k + j for k, m in pairs for j, o in pairs if m + o == n and low <= k + j <= high}
        yield from [(x, x) for x in halves] if len(halves) == 1 else [(low, high)]


def _rows(grid, at):
    """All = fit + others + not known, row by row; the not known ones add up, too."""
    if not grid.heads or not grid.heads[0].startswith("All"):
        return
    sizes = defaultdict(int)
    for c in range(3):
        for one in grid.column(c):
            sizes[c] = max(sizes[c], one.n or 0)
    rest = sizes[0] - sizes[1] - sizes[2]
    for r in range(len(grid.rows)):
        if all((r, c) in at for c in range(3)):
            line = np.zeros(len(at))
            line[[at[r, 0], at[r, 1], at[r, 2]]] = 1, -1, -1
            yield LinearConstraint(line, 0, max(rest, 0))
