"""How a tool counts positions in a transcript: detected from the file, never assumed.

Tools differ in three ways, which gives eight readings: they count code points or UTF-16 units; a
Windows line end (CR LF) as two or as one; and the end position is the character after the last one
(exclusive) or the last one itself (inclusive). Every reading is scored against the names of the
selections (some tools write the quote there) and against word boundaries.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np

ELLIPSES = ("…", "...", "[...]")
MIN_SCORE = 0.6  # below this the positions do not fit the text and no quote is cut from it


@dataclass(frozen=True)
class Reading:
    """One way to read positions."""

    unit: str  # "code point" or "UTF-16 unit"
    line_end: str  # CR LF counts as "two" or as "one"
    end: str  # "exclusive" or "inclusive"

    def __str__(self) -> str:
        return f"{self.unit}s, CR LF as {self.line_end}, end {self.end}"


# The order is the order of preference among readings that fit equally well: the standard's own
# sample comes first.
READINGS = tuple(
    Reading(unit, line_end, end)
    for end, unit, line_end in product(
        ("exclusive", "inclusive"), ("code point", "UTF-16 unit"), ("two", "one")
    )
)


@dataclass(frozen=True)
class Selection:
    """A stretch of text as a file declares it.

    ``name`` is often the quote; ``text`` is None when the transcript is absent.
    """

    start: int
    end: int
    name: str = ""
    text: str | None = None


@dataclass(frozen=True)
class Choice:
    """The reading taken, its score 0..1 over n selections, and rivals that fit exactly as well."""

    reading: Reading
    score: float
    n: int
    rivals: tuple[Reading, ...] = ()

    @property
    def is_trusted(self) -> bool:
        """Whether quotes may be cut by this reading."""
        return self.n > 0 and self.score >= MIN_SCORE

    @property
    def sentence(self) -> str:
        """The reading, its fit and any doubt, in words."""
        if not self.n:
            return "positions: nothing to check them against"
        also = f"; {len(self.rivals)} other readings cut the same" if self.rivals else ""
        doubt = "" if self.is_trusted else "; they do not fit the text, so no quote was cut from it"
        return (
            f"positions read as {self.reading} (fit {self.score:.2f} over {self.n}"
            f" selections{also}){doubt}"
        )


def normalise(text: str) -> str:
    """Line ends as LF: the text to which canonical positions refer."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class Ruler:
    """Positions of one text under one reading -> half-open code points, line ends as LF."""

    def __init__(self, text: str, reading: Reading):
        self.text, self.reading = normalise(text), reading
        counted = (
            text if reading.line_end == "two" else self.text
        )  # here no pair is left to be counted twice
        code_points = np.frombuffer(counted.encode("utf-32-le"), dtype="<u4")
        width = (
            1 + (code_points > 0xFFFF)
            if reading.unit == "UTF-16 unit"
            else np.ones(len(code_points), dtype=int)
        )
        self._starts = np.concatenate(
            [[0], np.cumsum(width)]
        )  # position at which each character begins
        line_feed_of_pair = np.zeros(len(code_points) + 1, dtype=int)
        line_feed_of_pair[1:-1] = (code_points[:-1] == 13) & (code_points[1:] == 10)
        self._dropped = np.cumsum(
            line_feed_of_pair
        )  # second halves of CR LF up to and including this character

    def _index(self, position: int) -> int | None:
        at = int(np.searchsorted(self._starts, position))
        if at >= len(self._starts) or self._starts[at] != position:
            return None  # beyond the text, or in the middle of a surrogate pair
        return at - int(self._dropped[at])

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """(start, end) as half-open code points, or None when they cannot be meant this way."""
        first, last = self._index(start), self._last(start, end)
        return None if first is None or last is None or not 0 <= first <= last else (first, last)

    def _last(self, start: int, end: int) -> int | None:
        if self.reading.end == "exclusive" or end < start:
            return self._index(end)
        at = int(np.searchsorted(self._starts, end))
        if at + 1 >= len(self._starts) or self._starts[at] != end:
            return None
        return at + 1 - int(self._dropped[at + 1])


def detect(selections: Iterable[Selection]) -> Choice:
    """The best of the eight readings for the selections of one file.

    A selection scores for its beginning and for its end: 1 where the text cut out equals the
    selection's name, or, where no name decides, where the cut falls between words. Zero-length
    selections say nothing and are left out. Where a transcript is absent, the length of an uncut
    name can still tell an exclusive from an inclusive end.
    """
    by_text: dict[str | None, list[Selection]] = {}
    for selection in selections:
        by_text.setdefault(selection.text, []).append(selection)
    scored = []
    for text, group in by_text.items():
        rulers = [] if text is None else [Ruler(text, reading) for reading in READINGS]
        scored += [row for row in (_scores(s, rulers) for s in group) if row is not None]
    if not scored:
        return Choice(READINGS[0], 0.0, 0)
    means = np.mean(scored, axis=0)
    best = int(np.argmax(np.round(means, 9)))  # the first of equals: order of preference
    rivals = tuple(
        r
        for r, mean in zip(READINGS, means, strict=True)
        if r != READINGS[best] and abs(mean - means[best]) < 1e-9
    )
    return Choice(READINGS[best], float(means[best]), len(scored), rivals)


def _scores(selection: Selection, rulers: list[Ruler]) -> list[float] | None:
    """One score for each reading, or None where the selection cannot tell them apart."""
    is_point = selection.end == selection.start
    if selection.end < selection.start or (is_point and not selection.name):
        return None
    if not rulers:
        return _scores_by_length(selection)
    text = rulers[0].text
    cuts = [ruler.span(selection.start, selection.end) for ruler in rulers]
    named = [_fits_name(text, cut, selection.name) for cut in cuts]
    if not any(named):  # the name is a label, not a quote: only word boundaries can tell
        return None if is_point else [_fits_words(text, cut) for cut in cuts]
    is_cut = selection.name.rstrip().endswith(ELLIPSES)
    return [
        0.5 * fits
        + 0.5 * (_fits_words(text, cut) if is_cut else _has_clean_rim(text, cut) if fits else 0.0)
        for fits, cut in zip(named, cuts, strict=True)
    ]


def _scores_by_length(selection: Selection) -> list[float] | None:
    name = selection.name
    if not name or name.rstrip().endswith(ELLIPSES):
        return None
    lengths = {"code point": len(name), "UTF-16 unit": len(name.encode("utf-16-le")) // 2}
    fits = [
        float(selection.end - selection.start + (r.end == "inclusive") == lengths[r.unit])
        for r in READINGS
    ]
    return fits if any(fits) else None


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _fits_name(text: str, cut: tuple[int, int] | None, name: str) -> bool:
    """Whether the text cut out is what the selection is called.

    Tools change white space in names, so it is ignored.
    """
    if cut is None or not name.strip():
        return False
    inside, wanted = _squeezed(text[slice(*cut)]), name.rstrip()
    for ellipsis in ELLIPSES:
        if wanted.endswith(ellipsis):
            beginning = _squeezed(wanted.removesuffix(ellipsis))
            return bool(beginning) and inside.startswith(beginning)
    return inside == _squeezed(wanted)


def _has_clean_rim(text: str, cut: tuple[int, int]) -> float:
    inside = text[slice(*cut)]
    return 1.0 if inside == inside.strip() else 0.5


def _fits_words(text: str, cut: tuple[int, int] | None) -> float:
    """Share of the two borders that fall between words, with no white space inside."""
    if cut is None or cut[0] == cut[1]:
        return 0.0
    first, last = cut
    inside = text[first:last]
    begins = not inside[0].isspace() and not (
        first and text[first - 1].isalnum() and inside[0].isalnum()
    )
    ends = not inside[-1].isspace() and not (
        last < len(text) and text[last].isalnum() and inside[-1].isalnum()
    )
    return 0.5 * begins + 0.5 * ends
