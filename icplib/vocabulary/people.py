"""People in a purchase: level, department and buying role, from a title or from declared words.

Titles are read word by word, so that Recruiting and Auditing are not IT, and the longest phrase
decides, so that a vice president is no president and a product owner owns no company.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

UNKNOWN_ROLE, EVERYONE = "unknown", "everyone"
_PEOPLE = tomllib.loads((files("icplib.vocabulary") / "people.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Level:
    """One level, department or role: its words in titles and as CRMs declare it."""

    label: str
    titles: tuple[tuple[str, ...], ...] = ()
    declared: frozenset[str] = frozenset()
    noun: str = ""
    lead: str = ""
    any: str = ""
    staff: str = "end_user"
    names: tuple[str, ...] = ()


def tokens(text: object) -> tuple[str, ...]:
    """The words of a title or level, in lower case, without signs."""
    return tuple(re.findall(r"[^\W_]+", str(text).casefold()))


def _key(text: object) -> str:
    return "".join(tokens(text)).removesuffix("s")


def _levels(kind: str) -> dict[str, Level]:
    return {
        name: Level(
            label=level.get("label", name),
            titles=tuple(tuple(phrase.split()) for phrase in level.get("titles", ())),
            declared=frozenset(_key(phrase) for phrase in (*level.get("declared", ()), name)),
            names=tuple(level.get("names", ())),
            **{key: level[key] for key in ("noun", "lead", "any", "staff") if key in level},
        )
        for name, level in _PEOPLE[kind].items()
    }


SENIORITIES = _levels("seniority")
FUNCTIONS = _levels("function")
BUYING_ROLES = _levels("buying_role")
ROLE_LABELS = {name: role.label for name, role in BUYING_ROLES.items()} | {
    UNKNOWN_ROLE: "Role unknown",
    EVERYONE: "Everyone interviewed",
}
#: neutral words that a persona of each role may be called by
NAME_WORDS = {name: role.names for name, role in BUYING_ROLES.items()} | {
    EVERYONE: tuple(_PEOPLE["everyone_names"])
}
GIVEN_NAMES: tuple[str, ...] = tuple(_PEOPLE["given_names"])
STOP_WORDS = frozenset(_PEOPLE["stop_words"].split())
LEADERS = ("c_level", "vp", "director")


def declared(words: object, levels: Mapping[str, Level]) -> str | None:
    """The level that a CRM or an interview list names in ``words``, None where it names none."""
    wanted = _key(words)
    return next((name for name, level in levels.items() if wanted in level.declared), None)


@cache
def seniority_of(title: str) -> str | None:
    """The level that the words of a title say."""
    return _read(title, SENIORITIES)


@cache
def function_of(title: str) -> str | None:
    """The department that the words of a title or of a department's name say."""
    return _read(title, FUNCTIONS)


def _read(title: str, levels: Mapping[str, Level]) -> str | None:
    """The level with the longest phrase in the title, the first in the list's order among equals."""  # noqa: E501
    words = tokens(title)
    found = {
        name: max((len(p) for p in level.titles if _stands_in(p, words)), default=0)
        for name, level in levels.items()
    }
    longest = max(found.values())
    return next((name for name, n in found.items() if n == longest), None) if longest else None


def _stands_in(phrase: tuple[str, ...], words: tuple[str, ...]) -> bool:
    n = len(phrase)
    return any(
        all(_same(part, word) for part, word in zip(phrase, words[at : at + n], strict=True))
        for at in range(len(words) - n + 1)
    )


def _same(part: str, word: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else part == word


def role_by_position(seniority: object, function: object) -> str:
    """The buying role that people in such a position usually have, "unknown" where none is usual.

    A rule of thumb for contacts without a role in the CRM; both arguments as gather writes them.
    """
    department = FUNCTIONS.get(str(function), Level(""))
    if department.any:
        return department.any
    if seniority in LEADERS and department.lead:
        return department.lead
    if seniority == "c_level":
        return "economic_buyer"
    return department.staff if seniority == "ic" else UNKNOWN_ROLE


def buying_role_of(words: object) -> str:
    """Our buying role for the CRM's words, "unknown" where they are none."""
    return declared(words, BUYING_ROLES) or UNKNOWN_ROLE


def generic_title(seniority: object, function: object) -> str | None:
    """A title that singles nobody out: "data and analytics leader"."""
    level = SENIORITIES.get(str(seniority))
    area = str(function).lower() if str(function) in FUNCTIONS else ""
    return " ".join(w for w in (area, level.noun if level else "") if w) or None


def role_label(role: str) -> str:
    """A role as people read it; a role of the company's own as it is written."""
    return ROLE_LABELS.get(role, str(role).replace("_", " ").capitalize())


def by_authority(roles: Iterable[str]) -> list[str]:
    """Roles in order of authority over the purchase, unknown words last."""
    order = list(ROLE_LABELS)
    return sorted(roles, key=lambda r: (order.index(r) if r in order else len(order), r))
