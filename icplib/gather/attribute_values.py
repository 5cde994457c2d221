"""Attributes of companies, column by column: what kind each is, and its cells as values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib.exports.alike import alike, join_line, under
from icplib.exports.files import quoted
from icplib.exports.ledger import SETTINGS_FILE, Ledger, Unread
from icplib.exports.money import worth
from icplib.exports.values import (
    Guess,
    band_middle,
    column_reading,
    distinct,
    expression,
    folded,
    guess_kind,
    lists,
    rates,
    read_band,
    separator_of,
    settle,
    split_set,
    undo_excel,
)
from icplib.exports.values.numbers import SCALE
from icplib.gather.leakage import words
from icplib.gather.ranges import attribute_range, log_outside
from icplib.gather.staging import Staged, registered
from icplib.problems import UserError, nearest
from icplib.vocabulary.attributes import KNOWN, Known
from icplib.words import number

NUMERIC = ("count", "amount", "rate")
_SCALED = re.compile(rf"[0-9]\s*(?:{SCALE})(?![^\W\d_])", re.I)  # a cell that says its scale
SHOWN = 8  # values that a hint names


@dataclass(frozen=True)
class Column:
    """One attribute as it came: its cells as text, each distinct one read as number and day."""

    name: str
    header: str
    source: Staged
    cells: pd.Series
    counts: dict[str, int]
    readable: dict[str, tuple]
    decimal: str

    @property
    def known(self) -> Known | None:
        """What the dictionary knows of a column of this name; None where it does not."""
        return KNOWN.get(self.name)

    @property
    def letters(self) -> bool:
        """Whether single letters may be LinkedIn's bands."""
        return bool(self.known and self.known.unit == "employees")

    def band(self, cell: str):
        """The band in a cell, a spreadsheet's damage undone."""
        found = read_band(cell, self.decimal, self.letters)
        undone = None if found else undo_excel(cell)
        return found or (read_band(undone) if undone else None)

    def is_number(self, cell: str) -> bool:
        """Whether the cell reads as a number or a band of one."""
        return self.readable[cell][0] is not None or self.band(cell) is not None


def read_columns(
    con, texts: dict[str, pd.Series], origin: dict[str, tuple[Staged, str]]
) -> dict[str, Column]:
    """Every column with its distinct cells read; UserError where one can be read in two ways."""
    counts = {name: cells.value_counts().to_dict() for name, cells in texts.items()}
    files = {name: _file_of(*origin[name]) for name in texts}
    readable, decimals, unsettled = distinct.read_distinct(con, counts, files)
    for name, problem in unsettled.items():
        source, header = origin[name]
        raise problem.told(source.file, header)
    return {
        name: Column(
            name,
            origin[name][1],
            origin[name][0],
            cells,
            counts[name],
            readable[name],
            decimals[name],
        )
        for name, cells in texts.items()
    }


def _file_of(s: Staged, header: str) -> distinct.Source:
    """What is declared for the file of one column, and whether it came as numbers."""
    typed = s.types[header] != "VARCHAR"
    return distinct.Source(s.reading.decimal, s.reading.groups, s.reading.date_order, typed)


def kind_of(column: Column, settings) -> Guess:
    """The kind: as the analyst says, else as the catalogue knows it, else as the cells show it."""
    over, known = settings.attributes.get(column.name), column.known
    guess = _guess(column, column.counts)
    if over and (over.kind or over.order):
        return _declared(column, guess, over)
    if known and known.kind in NUMERIC and guess.kind in ("nominal", "set", "date", "empty"):
        # known to be a number: what cannot be read as one is unknown, never a word or a list
        numbers = {c: n for c, n in column.counts.items() if column.is_number(c)}
        guess = _guess(column, numbers)
        return Guess(known.kind, "well-known field") if guess.kind == "empty" else guess
    if guess.kind in NUMERIC and column.header in column.source.report.percent:
        return _forced(column, guess, "rate", "its cells are shown in percent")
    if known and guess.kind not in ("ordinal", "set", "empty", known.kind):
        return _forced(column, guess, known.kind, "well-known field")
    return Guess("nominal", guess.reason) if guess.kind == "empty" else guess


def _guess(column: Column, counts: dict[str, int]) -> Guess:
    return guess_kind(words(column.header), counts, column.readable, column.decimal, column.letters)


def _declared(column: Column, guess: Guess, over) -> Guess:
    if over.order:
        levels = guess.levels or {v: v for v in column.counts}
        return Guess("ordinal", "declared", order=tuple(over.order), levels=levels)
    return guess if over.kind == guess.kind else _forced(column, guess, over.kind, "declared")


def _forced(column: Column, guess: Guess, kind: str, why: str) -> Guess:
    return Guess(
        kind,
        why,
        separator=guess.separator or separator_of(column.counts) if kind == "set" else None,
        order=tuple(sorted(column.counts)) if kind == "ordinal" else (),
        levels={v: v for v in column.counts},
    )


def values_of(
    con, column: Column, guess: Guess, out: pd.DataFrame, settings, log: Ledger
) -> pd.Series | None:
    """The attribute's cells as values of its kind; None for dates that cannot be decided.

    Unreadable ones become unknown and are counted.
    """
    cells = column.cells
    for note in guess.notes:
        damaged = int(cells.map(undo_excel, na_action="ignore").notna().sum())
        log.found(
            "Excel's damage",
            "accounts",
            column.header,
            damaged,
            note,
            decide=under(column.name, 'kind = "nominal"'),
        )
    if guess.kind in NUMERIC:
        return _numbers(column, guess, out, settings, log)
    if guess.kind == "date":
        return _days(con, column, log)
    if guess.kind == "set":
        return _sets(column, guess, settings, log)
    if guess.kind == "ordinal":
        _log_unread(column, [c for c in column.counts if c not in guess.levels], log)
        return cells.map(guess.levels).astype("str")
    return cells.map(_spelled(column, column.counts, settings, log)).astype("str")


def _days(con, column: Column, log: Ledger) -> pd.Series | None:
    header, reading = column.header, column.source.reading
    registered(con, "dates", pd.DataFrame({header: list(column.counts)}).astype("str"))
    try:
        settled = settle(con, "dates", header, "date", "VARCHAR", reading, file=column.source.file)
    except UserError as problem:
        log.found(
            "undecided dates",
            "accounts",
            header,
            column.cells.notna().sum(),
            "the column is left out",
            [problem.what],
            'date_order = "mdy" or "dmy"',
        )
        return None
    value = expression("date", header, "VARCHAR", settled)
    days = dict(con.execute(f"select {quoted(header)}, {value} from dates").fetchall())
    _log_unread(column, [cell for cell, day in days.items() if day is None], log)
    return pd.to_datetime(column.cells.map(days))


def _sets(column: Column, guess: Guess, settings, log: Ledger) -> pd.Series:
    separator = guess.separator or separator_of(column.counts)
    known = lists.members_known(column.counts, separator)
    split = {cell: split_set(cell, separator, known) for cell in column.counts}
    counts = Counter()
    for cell, members in split.items():
        counts.update(dict.fromkeys(members, column.counts[cell]))
    spelled = _spelled(column, counts, settings, log)
    named = {c: tuple(sorted({spelled[m] for m in members})) for c, members in split.items()}
    out = np.empty(len(column.cells), dtype=object)
    out[:] = [named[cell] if isinstance(cell, str) else None for cell in column.cells]
    return pd.Series(out, index=column.cells.index)


def log_list_left_out(name: str, header: str, cells: pd.Series, log: Ledger) -> None:
    """A column that looks like a list and is left out as free text, with the line that lets it in."""  # noqa: E501
    text = cells.dropna().astype("str")
    parts = text.str.split(r"[;,|]", regex=True)
    if (
        len(text)
        and (parts.str.len() > 2).mean() > 0.5
        and (text.str.len() / parts.str.len()).mean() < 30
    ):
        log.found(
            "a list that is left out",
            "accounts",
            header,
            len(text),
            "its members hardly recur: left out as free text",
            (),
            under(name, 'kind = "set"'),
        )


def _log_unread(column: Column, unread: Iterable[str], log: Ledger) -> None:
    cells = sorted(unread)
    log.found(
        "unreadable values",
        "accounts",
        column.header,
        sum(column.counts[cell] for cell in cells),
        "read as unknown",
        cells,
        "declare decimal or missing for this source",
    )


def _spelled(column: Column, counts: dict[str, int], settings, log: Ledger) -> dict[str, str]:
    """Value -> what it is read as: the most frequent spelling, or what the analyst says.

    Values that look like one another are pointed out.
    """
    name, header = column.name, column.header
    spelled, over = spelling(counts), settings.attributes.get(name)
    changed = {cell: ours for cell, ours in spelled.items() if cell != ours}
    log.found(
        "spellings of one value",
        "accounts",
        header,
        sum(counts[cell] for cell in changed),
        "the most frequent spelling counts",
        [f"{a} -> {b}" for a, b in changed.items()],
    )
    said = {folded(other): ours for other, ours in over.same.items()} if over else {}
    joined = {cell: said[folded(ours)] for cell, ours in spelled.items() if folded(ours) in said}
    log.found(
        "values joined by declaration",
        "accounts",
        header,
        sum(counts[cell] for cell in joined),
        "an exported score compares letters: change them in the CRM, too",
        [f"{a} -> {b}" for a, b in joined.items()],
    )
    there = {ours: counts[ours] for ours in spelled.values()}
    _log_unheard(name, over.same if over else {}, there, log)
    spelled |= joined
    total = Counter()
    for cell, ours in spelled.items():
        total[ours] += counts[cell]
    close = alike(total)
    log.found(
        "values that may be one",
        "accounts",
        header,
        sum(total[rarer] for rarer in close),
        "kept apart",
        [f"{a}, {b}" for a, b in close.items()],
        join_line(name, close),
    )
    return spelled


def _log_unheard(name: str, same: dict[str, str], counts: dict[str, int], log: Ledger) -> None:
    """Lines of ``same`` that no company's value answers to, and what they may have meant."""
    there = {folded(value) for value in counts}
    for other in (other for other in same if folded(other) not in there):
        close = nearest(other, counts.keys() - same.values())
        frequent = sorted(counts, key=lambda value: (-counts[value], value))[:SHOWN]
        hint = f"Did you mean '{close}'?" if close else f"There are {', '.join(frequent)}."
        log.found(
            "a value that no company has",
            SETTINGS_FILE,
            f"attributes.{name}.same",
            1,
            f"'{other}' joins nothing here, though it may in a list to score. {hint}",
            [other],
        )


def _numbers(column: Column, guess: Guess, out: pd.DataFrame, settings, log: Ledger) -> pd.Series:
    """Numbers; a band between them counts as its middle, named in the log.

    Unreadable words are unknown.
    """
    value, middles, unread = {}, {}, []
    scale, s = _scale(column, guess), column.source
    times = column_reading(s.reading, s.spec, s.report, column.name, column.header).times
    for cell, (found, _) in column.readable.items():
        if found is None and (band := column.band(cell)):
            middles[cell] = found = band_middle(band)
        elif found is not None and guess.kind == "rate":
            found = rates.read(found, rates.is_marked(cell), scale)
        if found is None:
            unread.append(cell)
        value[cell] = found
    cells, header, name = column.cells, column.header, column.name
    log.read_column(
        column.source.name,
        header,
        f"{name}: {guess.kind}"
        + (f", {scale}" if scale else f", decimal sign {column.decimal}")
        + (f", times {number(times)}" if times > 1 else ""),
        sum(column.counts.values()),
        Unread(sum(column.counts[cell] for cell in unread), tuple(sorted(unread))),
    )
    log.found(
        "bands among numbers",
        "accounts",
        header,
        int(cells.isin(list(middles)).sum()),
        "read as the geometric middle of the band",
        [f"{c} -> {number(v)}" for c, v in middles.items()],
        under(name, 'kind = "ordinal"'),
    )
    _log_unread(column, unread, log)
    numbers = cells.map(value).astype("float64")
    if times > 1:
        numbers = numbers * cells.map({c: 1.0 if _SCALED.search(c) else times for c in value})
    if guess.kind == "amount":
        rate = worth(column.readable, header, settings, column.source.file)
        numbers = numbers * cells.map(rate).fillna(1.0)
    if limits := attribute_range(name, header, guess.kind, settings):
        beyond = limits.outside(numbers)
        shown = numbers[beyond].drop_duplicates().map("{:,g}".format)
        log_outside(log, "accounts", name, beyond.sum(), limits, shown)
        numbers = numbers.mask(beyond) if not limits.kept else numbers
    return numbers


def _scale(column: Column, guess: Guess) -> str | None:
    """Whether the numbers of a rate are percent or shares; UserError where they can be both."""
    if guess.kind != "rate":
        return None
    s = column.source
    said = column_reading(s.reading, s.spec, s.report, column.name, column.header).scale
    if said:
        return said
    read = {cell: v for cell, (v, _) in column.readable.items() if v is not None}
    scale = rates.scale_of(
        rates.rates_of(
            [(v, rates.is_marked(cell), column.counts[cell]) for cell, v in read.items()]
        )
    )
    if scale is None:
        shown = sorted((c for c, v in read.items() if v), key=lambda c: read[c])
        raise rates.undecidable([shown[0], shown[-1]], column.header).told(s.file, column.header)
    return scale


def spelling(counts: dict[str, int]) -> dict[str, str]:
    """Value -> the most frequent spelling of it, case and blanks aside."""
    best: dict[str, tuple[int, str]] = {}
    for cell, n in sorted(counts.items()):
        key = folded(cell)
        if key not in best or n > best[key][0]:
            best[key] = (n, cell)
    return {cell: best[folded(cell)][1] for cell in counts}
