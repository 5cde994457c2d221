"""Small counts are hidden as values, before they become words.

A count of companies or people from 1 to ``least`` - 1 is hidden, and with it whatever would give it
away: a rate (numerator and denominator tell each other), and the next smallest of several counts
that add up to a shown total. One rule for pages, tables and exports.
"""

from dataclasses import dataclass
from typing import Any, Literal

from icplib import words

Hides = Literal["", "unknown", "k", "rest", "n", "partner"]


@dataclass(frozen=True)
class Part:
    """``k`` of ``n`` as it may leave; ``hides`` names the small group that it would show."""

    k: int | None
    n: int | None
    hides: Hides = ""
    least: int = 5

    @property
    def is_shown(self) -> bool:
        """Whether both counts, and so their share, may be read."""
        return not self.hides

    @property
    def share(self) -> float | None:
        """``k / n``, unknown where it is hidden."""
        return self.k / self.n if self.k is not None and self.n else None

    def __str__(self) -> str:
        few = f"fewer than {self.least}"
        if self.hides == "k":
            return f"{few} of {words.number(self.n)}"
        if self.hides == "rest":
            return f"all but {few} of {words.number(self.n)}"
        if self.hides == "n":
            return f"some of {few}" if self.k is None else f"none of {few}"
        if self.hides == "partner":
            return f"some of {words.number(self.n)}"
        return words.DASH if self.hides else words.k_of_n(self.k, self.n)


def part(k: Any, n: Any, least: int, complement: bool = True) -> Part:
    """``k`` of ``n``, hidden where those who do, those who do not, or all of them are few.

    ``complement=False`` is for interviews: that somebody did not say something is no statement
    about them.
    """
    if words.is_missing(k) or words.is_missing(n):
        return Part(None, None, "unknown", least)
    k, n = int(k), int(n)
    if is_small(n, least):
        return Part(None if k else 0, None, "n", least)
    if is_small(k, least):
        return Part(None, n, "k", least)
    if complement and is_small(n - k, least):
        return Part(None, n, "rest", least)
    return Part(k, n, "", least)


def is_small(n: Any, least: int) -> bool:
    """Whether a count is one that must not be read."""
    return not words.is_missing(n) and 0 < int(n) < least


def gives_away(k: Any, n: Any, least: int) -> bool:
    """Whether ``k of n`` shows a small group: those who do, those who do not, or all of them."""
    return part(k, n, least).hides not in ("", "unknown")


def share_of(k: Any, n: Any, least: int) -> str:
    """'28 % of 86', or in words where the share would show a small group."""
    held = part(k, n, least)
    return f"{words.share(held.share)} of {words.number(n)}" if held.is_shown else str(held)


def count(n: Any, least: int) -> str:
    """A count as it may leave: 'fewer than 5', or the number."""
    return f"fewer than {least}" if is_small(n, least) else words.number(n)
