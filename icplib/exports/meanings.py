"""What the words of stages, statuses, documents and deal types mean, in eight languages.

Names are compared whole, word by word; a part of a word decides nothing. What the lists
(``words.toml``) do not know has no meaning here: its owner is asked.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources

_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d"})
_MONTHS = {
    "year": 12.0,
    "half": 6.0,
    "quarter": 3.0,
    "month": 1.0,
    "week": 12 / 52,
    "day": 12 / 365,
}
_SPLIT = re.compile(r"\s+[-–—]\s+|[:;,/|(]")  # "Closed Lost - won by a competitor"


def plain(text: str) -> str:
    """A name as its words: without case, accents, apostrophes, signs, numbers and percent."""
    folded = unicodedata.normalize("NFKD", str(text).casefold().translate(_UNDECOMPOSED))
    letters = "".join(c for c in folded if not unicodedata.combining(c) and c not in "'’`")
    return " ".join(w for w in re.split(r"[\W_]+", letters) if w and not w.isdigit())


@cache
def _lists(kind: str) -> dict[str, frozenset[str]]:
    """Words of one kind by their meaning; ``whole won`` and ``whole lost`` hold whole names."""
    text = resources.files("icplib.exports").joinpath("words.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)[kind]
    whole = raw.pop("whole", {})
    lists = {name: frozenset(words.split()) for name, words in raw.items()}
    return lists | {f"whole {name}": frozenset(map(plain, names)) for name, names in whole.items()}


def stage_meaning(name: str) -> str | None:
    """The word "won", "lost" or "open" by the name of a stage; None where it says neither."""
    if ended := _ended(name):
        return ended
    lists, words = _lists("stage"), plain(name).split()
    head, *tail = _SPLIT.split(name, maxsplit=1)
    against = lists["lost"] | lists["rivals"]
    said = _ended(head) if tail else None
    if said == "lost" or (said and not against & set(plain(tail[0]).split())):
        return said
    first = next((w for w in words if w not in lists["closed"] | lists["filler"]), "")
    if first in lists["lost"]:
        return "lost"
    if set(words) & (lists["won"] | lists["lost"] | lists["closed"]):
        return None
    return "open" if set(words) & lists["open"] else None


def _ended(name: str) -> str | None:
    """The word "won" or "lost" where every word of a name says so."""
    lists, text = _lists("stage"), plain(name)
    words = set(text.split())
    for said in ("lost", "won"):
        if text in lists[f"whole {said}"]:
            return said
        if words & lists[said] and words <= lists[said] | lists["closed"] | lists["filler"]:
            return said
    return None


def status_meaning(name: str) -> str | None:
    """The word "counts" or "out" by the status of a document; what is partly refunded counts."""
    partly = set(plain(name).split()) & _lists("status")["partly"]
    return _of_lists("status", name, ("counts", "out") if partly else ("out", "counts"))


def document_meaning(name: str) -> str | None:
    """The word "counts", "credit" or "out" by the type of a document.

    A credit note is no invoice.
    """
    return _of_lists("document", name, ("credit", "out", "counts"))


def _of_lists(kind: str, name: str, order: tuple[str, ...]) -> str | None:
    """The first of ``order`` that a word of the name stands for, where all its words are known."""
    lists, words = _lists(kind), set(plain(name).split())
    if not words or not words <= frozenset().union(*lists.values()):
        return None
    return next((said for said in order if words & lists[said]), None)


def type_meaning(name: str) -> str:
    """The word "repeat" for a renewal, an expansion or a deal with a customer, else "first"."""
    return "repeat" if set(plain(name).split()) & _lists("type")["repeat"] else "first"


def is_former(name: str) -> bool:
    """Whether a type of account says that a customer has left: former, old, lost, churned."""
    return bool(set(plain(name).split()) & _lists("relation")["former"])


def is_trial(name: str) -> bool:
    """Whether a status of a subscription says that nothing is paid: a trial, not begun."""
    return bool(set(plain(name).split()) & _lists("subscription")["trial"])


def interval_months(name: str) -> float | None:
    """Months of a billing interval ("year", "3 months", "monatlich"); None where nobody knows."""
    found = [
        months
        for key, months in _MONTHS.items()
        if _lists("interval")[key] & set(plain(name).split())
    ]
    number = re.search(r"\d+", name)
    return found[0] * (int(number[0]) if number else 1) if found else None


def says_churn(header: str) -> bool:
    """Whether a header is of a flag or a date of leaving."""
    return bool(set(plain(header).split()) & _lists("relation")["churn"])


def read_words(
    names: Iterable[str],
    meaning: Callable[[str], str | None],
    declared: Mapping[str, str],
) -> dict[str, str | None]:
    """Each name with what it means, None where nobody knows.

    ``declared`` (name -> meaning, from company.toml) counts before the lists, case aside.
    """
    said = {name.strip().casefold(): what for name, what in declared.items()}
    return {name: said.get(name.strip().casefold()) or meaning(name) for name in names}
