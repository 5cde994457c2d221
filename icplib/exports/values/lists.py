"""Cells with several values: which sign separates them, and what their members are."""

from __future__ import annotations

import re
from collections import Counter

from icplib.exports.values.placeholders import is_missing

HARD = (";", "|", "\n", "•", "·", "、", "，", " / ", " + ")  # signs that hardly stand within a name
SOFT = (",", "/", "+", "&", " and ", " und ", " et ", " y ", " e ", " en ", " i ")  # do
WIDEST = 60
MOST_MEMBERS = 2000
RECUR = {True: 0.5, False: 0.8}  # share of places held by members that stand in several cells
_WRAPPED = re.compile(r"^\s*[\[{(](.*)[\]})]\s*$", re.S)


def split_set(text: str, separator: str, known: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Members of a multi-valued cell, trimmed, each once, sorted.

    Signs that hardly stand within a name separate whatever the column's own separator is; others
    only where both sides are ``known`` members.
    """
    text = wrapped[1] if (wrapped := _WRAPPED.match(text)) else text
    parts = re.split("|".join(map(re.escape, {separator, *HARD})), text)
    members = [p for part in parts for p in _soft(_bare(part), separator, known)]
    return tuple(sorted({m for m in members if m and not is_missing(m)}))


def _bare(part: str) -> str:
    return part.strip().strip("\"'").strip()


def _soft(member: str, separator: str, known: frozenset[str]) -> list[str]:
    if not known or member in known:
        return [member]
    for sign in SOFT:
        if sign != separator and sign in member:
            parts = [_bare(p) for p in member.split(sign)]
            if all(p in known for p in parts):
                return parts
    return [member]


def members_known(cells, separator: str) -> frozenset[str]:
    """Members that stand alone between separators somewhere: what a cell may be split into."""
    counts = Counter(m for cell in cells for m in split_set(cell, separator))
    return frozenset(counts)


def find_separator(counts: dict[str, int]) -> str | None:
    """The sign that separates several values in this column's cells; None when each is one.

    ``counts`` maps distinct cells to how often they occur. The members of a list recur in other
    cells (AWS;Azure, AWS;GCP), as the parts of 'San Francisco, CA' and of company names do not.
    """
    total = sum(counts.values())
    for separator in (*HARD, ","):
        hard = separator in HARD
        several = sum(n for c, n in counts.items() if separator in c.strip(separator + " "))
        if several <= (0.02 if hard else 0.15) * total:
            continue
        cells = Counter(m for cell in counts for m in split_set(cell, separator))
        if not cells or len(cells) > MOST_MEMBERS or max(map(len, cells)) > WIDEST:
            continue
        places = sum(cells.values())
        recurring = sum(n for n in cells.values() if n > 1) / places
        if recurring > RECUR[hard] or (hard and _few(counts, cells)):
            return separator
    return None


def _few(counts: dict[str, int], cells: Counter) -> bool:
    """Few combinations that companies share: their members need not recur in other ones."""
    return len(counts) <= 0.5 * sum(counts.values()) and len(cells) <= 12


def is_list(cells: list[str]) -> bool:
    """Whether cells, however long, are lists whose members recur."""
    return len(cells) > 1 and find_separator(Counter(cells)) is not None


def separator_of(counts: dict[str, int]) -> str:
    """The separator of a column that is known to hold lists."""
    if found := find_separator(counts):
        return found
    signs = (*HARD, ",", "/", "+")
    return next((s for s in signs if 2 * sum(s in c for c in counts) > len(counts)), ";")


def folded(text: str) -> str:
    """A value without its case and with single blanks: what two spellings of it share."""
    return " ".join(text.casefold().split())
