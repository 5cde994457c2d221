"""Rows that are no records: totals in any language, repeated headers, units below the header.

Told by their structure (a sparse row whose numbers are the sums of the rows above it) and by
whole labels (``totals`` of the vocabulary); a company called Total Logistics stays.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from icplib import words
from icplib.exports.rows import FOOTER, Rejected, literal, quoted
from icplib.problems import UserError
from icplib.vocabulary.cells import UNITS

MOST = 5000  # sparse rows: where there are more, a table is sparse and its totals cannot be told
FEWEST = 3  # rows whose sum is no accident
LONGEST_UNIT = 20
_COUNT = re.compile(
    r"[(\[:]?\s*([0-9][0-9.,' ]*)\s*(records?|rows?|entries|datens(ä|ae)tze|eintr(ä|ae)ge"
    r"|enregistrements?|registros?|record|righe|rij(en)?|rekord\w*|wiersz\w*|件)",
    re.I,
)


@dataclass(frozen=True)
class _Sparse:
    """A row with few cells: its place, its cells by column, its numbers by either decimal sign."""

    place: int
    cells: dict[str, str]
    numbers: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return next((c for h, c in self.cells.items() if h not in self.numbers), "")

    @property
    def text(self) -> str:
        return " ".join(self.cells.values())


def no_rows(con, name: str, headers: tuple[str, ...] | list[str]) -> list[Rejected]:
    """Take all that is no record out of a relation of text; ``line`` is the place among its rows.

    Rows without any text go without a word.
    """
    # one list, not a sum of terms: the engine takes no expression a thousand terms deep
    cells = ", ".join(f"(coalesce(trim({quoted(h)}), '') <> '')::int" for h in headers)
    filled = f"list_sum([{cells}])"
    con.execute(f"delete from {quoted(name)} where {filled} = 0")
    found = {r.place: (r, "a total") for r in _totals(con, name, headers, filled)}
    found |= {r.place: (r, why) for r, why in _headers(con, name, headers)}
    if found:
        places = ", ".join(map(str, found))
        con.execute(f"delete from {quoted(name)} where rowid in ({places})")
    return [Rejected(place, found[place][0].text, found[place][1]) for place in sorted(found)]


def refuse_miscounted(path: Path, footers: list[Rejected] | tuple, n_kept: int) -> None:
    """UserError where a report's own count of its records is not that of the rows read."""
    counts = [(f, _COUNT.search(f.text)) for f in footers if FOOTER.match(f.text.lstrip('"'))]
    said = [(f.text, int(re.sub(r"\D", "", m[1]))) for f, m in counts if m]
    if said and max(n for _, n in said) > n_kept:
        text, n = max(said, key=lambda one: one[1])
        raise UserError(
            f"its own last line counts {words.plural(n, 'record')} ({text[:60]!r}), but"
            f" {words.number(n_kept)} rows are there",
            file=path,
            remedy="A part of it is gone: export or download it again.",
        )


def _sparse(con, name: str, headers, where: str) -> list[_Sparse]:
    asked = ", ".join(map(quoted, headers))
    rows = con.execute(
        f"select rowid, {asked} from {quoted(name)} where {where} order by rowid limit {MOST + 1}"
    ).fetchall()
    pairs = ((place, zip(headers, cells, strict=True)) for place, *cells in rows)
    every = [
        _Sparse(place, {h: c.strip() for h, c in row if (c or "").strip()}) for place, row in pairs
    ]
    return every if len(every) <= MOST else []


def _with_numbers(con, rows: list[_Sparse]) -> list[_Sparse]:
    """The rows with their cells that are numbers, by a point and by a comma as decimal sign."""
    cells = sorted(
        {cell for row in rows for cell in row.cells.values() if any(map(str.isdigit, cell))}
    )
    found = con.execute(
        "select c, icp_point(b), icp_comma(b) from (select c, icp_bare(c) as b from unnest(?) as"
        " t(c))",
        [cells],
    ).fetchall()
    read = {c: (p, q) for c, p, q in found if p is not None or q is not None}
    return [
        replace(row, numbers={h: read[c] for h, c in row.cells.items() if c in read})
        for row in rows
    ]


def _totals(con, name: str, headers, filled: str) -> list[_Sparse]:
    """Sparse rows that bear a total's label, or whose numbers are all sums of rows above them."""
    if len(headers) < 2:
        return []
    n_rows, last = con.execute(f"select count(*), max(rowid) from {quoted(name)}").fetchall()[0]
    few = max(2, len(headers) // 2) if len(headers) > 2 else 1
    is_last = f"rowid = {last if n_rows else -1} and {filled} < {len(headers)}"
    rows = _sparse(con, name, headers, f"{filled} <= {few} or ({is_last}) or {_labels(headers)}")
    rows = [r for r in _with_numbers(con, rows) if len(r.cells) - len(r.numbers) <= 2]
    labelled = [r for r in rows if FOOTER.match(r.label) and len(r.cells) <= few]
    maybe = [r for r in rows if r not in labelled and r.numbers and len(r.cells) > len(r.numbers)]
    if not maybe:
        return labelled
    known = {r.place for r in labelled}
    ends = [r for r in maybe if r.place == last or FOOTER.match(r.label)]
    grand = [r for r in ends if _is_sum(con, name, r, 0, known)]
    blocks, start = [], 0
    for row in [r for r in maybe if r not in grand and len(r.cells) <= few]:
        if not _is_sum(con, name, row, start, known):
            return labelled + grand
        blocks.append(row)
        start = row.place + 1
    return labelled + grand + (blocks if len(blocks) > 1 else [])


def _labels(headers) -> str:
    """SQL: a narrow table's first cell is a total's label, its row full."""
    if len(headers) > 3:
        return "false"
    return f"regexp_matches(coalesce({quoted(headers[0])}, ''), {literal(FOOTER.pattern)}, 'i')"


def _is_sum(con, name: str, row: _Sparse, start: int, others: set[int]) -> bool:
    """Whether all numbers of a row are sums, and one is no count, of the rows from ``start`` on."""
    among = f"rowid >= {start} and rowid < {row.place}"
    if others:
        among += f" and rowid not in ({', '.join(map(str, others))})"
    asked = ", ".join(
        f"sum(icp_point(b{i})), sum(icp_comma(b{i}))" for i, _ in enumerate(row.numbers)
    )
    bare = ", ".join(f"icp_bare({quoted(h)}) as b{i}" for i, h in enumerate(row.numbers))
    n, *sums = con.execute(
        f"select count(*), {asked} from (select {bare} from {quoted(name)} where {among})"
    ).fetchall()[0]
    if n < FEWEST:
        return False
    pairs = zip(row.numbers.values(), zip(sums[::2], sums[1::2], strict=True), strict=True)
    sums_up = [
        any(
            v is not None and total and abs(v - total) <= 0.01 + 1e-6 * abs(total)
            for v, total in zip(values, totals, strict=True)
        )
        for values, totals in pairs
        if n not in values  # the number of the rows, beside their sums
    ]
    return bool(sums_up) and all(sums_up)


def _headers(con, name: str, headers) -> list[tuple[_Sparse, str]]:
    """Rows that repeat the header, and a first row that names the units of the columns below it."""
    same = " and ".join(
        f"(coalesce(trim({quoted(h)}), '') = '' or lower(trim({quoted(h)})) = lower({literal(h)}))"
        for h in headers
    )
    again = _sparse(con, name, headers, same) if len(headers) > 1 else []
    found = [(row, "the header again") for row in again if len(row.cells) > len(headers) / 2]
    first = _sparse(con, name, headers, f"rowid = (select min(rowid) from {quoted(name)})")
    units = [row for row in first if row not in again and _is_units(con, name, row)]
    return found + [(row, "units of the columns") for row in units]


def _is_units(con, name: str, row: _Sparse) -> bool:
    """Whether a row without any digit stands above columns of numbers and names units alone."""
    if any(re.search(r"\d", cell) or len(cell) > LONGEST_UNIT for cell in row.cells.values()):
        return False
    bare = ", ".join(
        f"{quoted(h)} as c{i}, icp_bare({quoted(h)}) as b{i}" for i, h in enumerate(row.cells)
    )
    asked = ", ".join(
        f"count(c{i}), count(coalesce(icp_point(b{i}), icp_comma(b{i})))"
        for i, _ in enumerate(row.cells)
    )
    n, *told = con.execute(
        f"select count(*), {asked} from (select {bare} from {quoted(name)} where rowid >"
        f" {row.place})"
    ).fetchall()[0]
    if n < FEWEST:
        return False
    above = [h for h, k, m in zip(row.cells, told[::2], told[1::2], strict=True) if k and m > k / 2]
    units = {
        h
        for h, cell in row.cells.items()
        if re.fullmatch(r"[(\[].*[)\]]", cell) or cell.casefold() in UNITS
    }
    return bool(above) and not set(row.cells) - {*above, *units} and bool(units or len(above) > 1)
