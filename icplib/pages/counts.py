"""Small counts are hidden as values, before they become words.

A count of companies or people from 1 to ``least`` - 1 is hidden, and with it whatever would give it
away: a rate (numerator and denominator tell each other), and the next smallest of several counts
that add up to a shown total. One rule for pages, tables and exports.
"""

from collections.abc import Iterable
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


def together(pairs: Iterable[tuple[Any, Any]], least: int, complement: bool = True) -> list[Part]:
    """``part`` of rows that add up to a total which may be known: no hidden one can be solved for.

    As long as the sum of what is hidden leaves one value for a small group, the smallest of the
    rows that are shown is hidden with it. Whoever reads may know this rule.
    """
    pairs = list(pairs)
    found = [part(k, n, least, complement) for k, n in pairs]
    while _is_solved(found, [k for k, _ in pairs], least):
        shown = [i for i, one in enumerate(found) if one.is_shown and one.k]
        if not shown:
            break
        i = min(shown, key=lambda j: found[j].k or 0)
        found[i] = Part(None, found[i].n, "partner", least)
    return found


def _is_solved(found: list[Part], counts: list[Any], least: int) -> bool:
    """Whether the sum of the hidden counts tells one of them that is small, or all but small."""
    top = min((one.k for one in found if one.is_shown and one.k), default=None)
    hidden = [i for i, one in enumerate(found) if one.k is None and one.hides != "unknown"]
    ends = {i: _ends(found[i], least, top) for i in hidden}
    total = sum(int(counts[i]) for i in hidden)
    low_sum, high_sum = (sum(end[side] for end in ends.values()) for side in (0, 1))
    for i, (low, high) in ends.items():
        lowest = max(low, total - (high_sum - high))
        highest = min(high, total - (low_sum - low))
        if found[i].hides != "partner" and lowest >= highest and (low < high or len(hidden) == 1):
            return True
    return False


def _ends(one: Part, least: int, top: int | None) -> tuple[int, int]:
    """Least and greatest that a hidden count can be, for somebody who knows the rule."""
    if one.hides == "partner":
        return least, top or one.n or least
    if one.hides == "rest" and one.n:
        return one.n - least + 1, one.n - 1
    return 1, least - 1


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
