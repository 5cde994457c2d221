"""Legal forms of companies, and names without them.

Spellings are compared by their letters alone, so "S.A.", "SA" and "s. a." are one.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files

LONGEST = (
    6  # words of a legal form at the end of a name: Sociedad de Responsabilidad Limitada de ..
)
SCRIPTS = re.compile(r"[^\x00-\u024f]")  # scripts that put a legal form to a name without a blank


@dataclass(frozen=True)
class LegalForm:
    """One legal form; ``countries``: ISO codes, "any" or "EU"; ``place``: end, start or both."""

    form: str
    countries: tuple[str, ...]
    place: str
    spellings: tuple[str, ...]


def _load() -> tuple[LegalForm, ...]:
    text = (files("icplib.vocabulary") / "legal_forms.csv").read_text(encoding="utf-8")
    return tuple(
        LegalForm(
            row["form"],
            tuple(row["countries"].split()),
            row["place"],
            tuple(row["spellings"].split("|")),
        )
        for row in csv.DictReader(text.splitlines())
    )


def without_accents(text: str) -> str:
    """``text`` in lower case, without the marks on its letters."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def letters(text: str) -> str:
    """The letters and digits of ``text`` alone, without case and accents."""
    return "".join(sign for sign in without_accents(text) if sign.isalnum())


LEGAL_FORMS = _load()
AT_END = {letters(s) for f in LEGAL_FORMS if f.place != "start" for s in (f.form, *f.spellings)}
AT_START = {letters(s) for f in LEGAL_FORMS if f.place != "end" for s in (f.form, *f.spellings)}
_GLUED = sorted(
    {s for f in LEGAL_FORMS for s in f.spellings if SCRIPTS.search(s)}, key=len, reverse=True
)


def without_legal_form(name: str) -> str:
    """``name`` without every legal form at its end or start; a name of legal forms alone stays.

    >>> without_legal_form("Zolviko (Pty) Ltd."), without_legal_form("Zolviko S.A. de C.V.")
    ('Zolviko', 'Zolviko')
    """
    words = _unglued(name).split()
    while (n := _at_end(words)) and n < len(words):
        words = words[:-n]
    while len(words) > 1 and letters(words[0]) in AT_START:
        words = words[1:]
    return " ".join(words).rstrip(" ,;&-(")


def _at_end(words: list[str]) -> int:
    """How many of the last words are one legal form, the longest first."""
    longest = min(LONGEST, len(words) - 1)
    return next(
        (n for n in range(longest, 0, -1) if letters("".join(words[-n:])) in AT_END),
        0,
    )


def _unglued(name: str) -> str:
    for form in _GLUED:
        if name.startswith(form):
            name = f"{form} {name[len(form) :]}"
        if name.endswith(form):
            name = f"{name[: -len(form)]} {form}"
    return name
