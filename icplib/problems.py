"""Errors for people: which file, which column, which row, what was expected, what to do."""

import difflib
import re
from collections.abc import Iterable
from typing import Any

QUOTE = 80  # characters of a file that an error quotes
LONGEST = 2000  # characters of a whole sentence
LISTED = 20  # known words that are listed where none is near
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: what steers a terminal or turns the order of letters
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_QUOTED = re.compile(rf"""(?<!\w)(['"])((?!/)(?:(?!\1).){{{QUOTE}}})(?:(?!\1).)+\1(?!\w)""")


class UserError(Exception):
    """A mistake in the input that its owner can mend; shown as one sentence, never as a traceback.

    ``what`` says what is wrong, ``remedy`` what to do; ``file``, ``column`` and ``row`` say where.
    """

    def __init__(
        self,
        what: str,
        *,
        file: object = None,
        column: str | None = None,
        row: object = None,
        remedy: str = "",
    ):
        self.what, self.remedy = what.rstrip("."), remedy.strip()
        self.file = None if file is None else str(file)
        self.column, self.row = column, row
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """Everything in one line: place, fault, remedy."""
        place = ", ".join(
            part
            for part in (
                self.file,
                self.column and f"column '{self.column}'",
                self.row is not None and f"row {self.row}",
            )
            if part
        )
        end = "" if self.what.endswith("?") else "."
        parts = (place and f"{place}:", f"{self.what}{end}", self.remedy)
        return plain_line(" ".join(filter(None, parts)))

    def _render_traceback_(self) -> list[str]:
        """What a cell of a notebook shows: the sentence, and no line of the library."""
        return [self.sentence]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (self.what, self.file, self.column, self.row, self.remedy))


class UserErrors(UserError):
    """Several mistakes found in one look; each keeps its own sentence."""

    def __init__(self, problems: Iterable[UserError]):
        self.problems = list(problems)
        super().__init__("; ".join(p.sentence.rstrip(".") for p in self.problems))


def _rebuild(
    what: str, file: str | None, column: str | None, row: object, remedy: str
) -> UserError:
    return UserError(what, file=file, column=column, row=row, remedy=remedy)


def plain(text: object) -> str:
    """Text without what steers a terminal, and with at most 80 characters of each quotation."""
    shown = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", _COLOUR.sub("", str(text)))
    return _QUOTED.sub(r"\1\2...\1", shown)


def plain_line(text: object) -> str:
    """The text as one sentence of a bearable length."""
    line = plain(" ".join(str(text).split()))
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` was most likely meant to be, or None."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Say "Did you mean 'x'?" or the list of what is known."""
    known = sorted(known)
    close = nearest(word[:QUOTE], known)
    more = ", ..." if len(known) > LISTED else ""
    listed = ", ".join(one[:QUOTE] for one in known[:LISTED])
    return f"Did you mean '{close}'?" if close else f"Known here: {listed}{more}."
