"""Errors for people: which file, which column, which row, what was expected, what to do."""

import difflib
from collections.abc import Iterable
from typing import Any


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
        return f"{place + ': ' if place else ''}{self.what}{'' if self.what.endswith('?') else '.'}{' ' + self.remedy if self.remedy else ''}"  # noqa: E501

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


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` was most likely meant to be, or None."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Say "Did you mean 'x'?" or the list of what is known."""
    known = sorted(known)
    close = nearest(word, known)
    return f"Did you mean '{close}'?" if close else f"Known here: {', '.join(known)}."
