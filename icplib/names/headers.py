"""Which columns of an export hold names, by header and by content.

The words of headers and the given names are data of the vocabulary.
"""

import re
from collections.abc import Collection
from functools import cache

import pandas as pd

from icplib.vocabulary.legal import without_accents
from icplib.vocabulary.naming import GIVEN_NAMES, HEADERS

FEW = 200  # distinct cells that are looked at
MOST_ARE = 0.5  # share of cells that begin with a given name, where the column holds people
EQUAL = 0.8  # share of cells that equal a known person
_FULL_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,3}|[^\W\d_]+, [^\W\d_]+")
PARTICLES = {"de", "da", "di", "van", "von", "der", "den", "la", "le", "dos", "del", "al", "bin"}


def plain(header: object) -> str:
    """A header as words: 'LastActivityBy', 'last_activity_by' and 'Last activity by' are one."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(header))
    return without_accents(re.sub(r"[_\W]+", " ", split)).strip()


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {kind: re.compile("|".join(words)) for kind, words in HEADERS.items()}


def kind_of(header: object) -> str:
    """What kind of name a column of this header holds, a key of `HEADERS`; "" for none."""
    words = plain(header)
    return next((kind for kind, pattern in _patterns().items() if pattern.fullmatch(words)), "")


def is_people(header: object, cells: pd.Series, known: Collection[str] = ()) -> bool:
    """Whether a column holds people: by its header, or because its cells are names.

    Cells are names where most equal a ``known`` person (owners, contacts, interviewees), or look
    like a first and a last name and begin with a usual given name.
    """
    texts = cells.dropna().astype("str").str.strip()
    texts = pd.Series(texts[texts != ""].unique()[:FEW], dtype="str")
    if texts.empty:
        return False
    is_word = texts.str.contains(r"[^\W\d_]{2}", regex=True).mean() > MOST_ARE
    if kind_of(header) in ("person", "surname", "given"):
        return bool(is_word and not texts.str.casefold().isin(["true", "false", "yes", "no"]).all())
    if len(texts) < 2:
        return False
    people = {without_accents(name) for name in known}
    if people and texts.map(without_accents).isin(people).mean() >= EQUAL:
        return True
    full = texts[texts.map(_is_full_name)]
    first = full.map(
        lambda text: without_accents(re.split(r"[ ,]+", text)[-1 if "," in text else 0])
    )
    return len(full) >= MOST_ARE * len(texts) and bool(
        first.isin(GIVEN_NAMES).sum() > MOST_ARE * len(texts)
    )


def _is_full_name(text: str) -> bool:
    """Two to four words with capitals, but for particles: Maria de la Cruz."""
    words = [word for word in re.split(r"[ ,]+", text) if word not in PARTICLES]
    return bool(_FULL_NAME.fullmatch(text)) and all(word[:1].isupper() for word in words)
