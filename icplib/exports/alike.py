"""Values of one attribute that may be the same thing written differently.

Suggested to the analyst, never joined in silence.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping

from icplib.vocabulary.legal import without_accents, without_legal_form

# difflib ratio of two words of at least LONG letters: one letter in eight dropped, doubled or
# swapped
SAME_WORD = 0.88
LONG = 6
MOST_VALUES = (
    100  # beyond it only letters are compared: too many pairs, and no list of levels any more
)


def alike(counts: Mapping[str, int]) -> dict[str, str]:
    """Rarer value -> the more frequent one that it may stand for.

    Three signs: the same letters and digits ("e-commerce", "Ecommerce"), initials ("US", "USA" for
    "United States"), and a slip in one long word ("Manufacturng"). ``counts``: value -> accounts;
    values that differ in case or blanks alone are one already.
    """
    values = sorted(counts, key=lambda value: (-counts[value], value))
    found, first = {}, {}
    for value in values:
        if (other := first.setdefault(_letters(value), value)) != value:
            found[value] = other
    if len(values) > MOST_VALUES:
        return found
    own = list(first.values())
    for i, rarer in enumerate(own):
        close = [
            other
            for other in own[:i]
            if other not in found
            and (_initials(rarer, other) or _initials(other, rarer) or _slip(rarer, other))
        ]
        if close:
            found[rarer] = close[0]
    return {value: found.get(other, other) for value, other in found.items()}


def under(attribute: str, line: str) -> str:
    """Where a line about one attribute stands in company.toml, and the line."""
    return (
        "under"
        f" [attributes.{attribute if re.fullmatch(r'[A-Za-z0-9_-]+', attribute) else json.dumps(attribute, ensure_ascii=False)}]:"  # noqa: E501
        f" {line}"
    )


def join_line(attribute: str, pairs: Mapping[str, str]) -> str:
    """The line of company.toml that reads each value of ``pairs`` as the other one."""
    return under(
        attribute,
        "same = {"
        f" {', '.join(' = '.join(json.dumps(value, ensure_ascii=False) for value in pair) for pair in pairs.items())} }}",  # noqa: E501
    )


def _letters(value: str) -> str:
    return re.sub(r"[\W_]+", "", value.casefold()) or value


def _initials(short: str, long: str) -> bool:
    """Whether ``short`` is an abbreviation that spells the first letters of ``long``'s words.

    One letter more is allowed (USA).
    """
    code, first = (
        re.sub(r"\W", "", short),
        "".join(
            word[0] for word in re.findall(r"[^\W\d_]+", long) if word not in ("and", "of", "the")
        ).upper(),
    )
    return (
        code.isupper()
        and code.isalpha()
        and len(code) <= 5
        and len(first) >= 2
        and (code == first or code[:-1] == first)
    )


def _slip(one: str, other: str) -> bool:
    """Whether two values have the same words but for one long word that differs by a slip."""
    pairs = [
        (a, b)
        for a, b in zip(one.casefold().split(), other.casefold().split(), strict=False)
        if a != b
    ]
    if len(one.split()) != len(other.split()) or len(pairs) != 1:
        return False
    a, b = pairs[0]
    if min(len(a), len(b)) < LONG or re.sub(r"\D", "", a) != re.sub(r"\D", "", b) or a[0] != b[0]:
        return False
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() >= SAME_WORD


def clean_name(name: str) -> str:
    """A company's name without what people type differently.

    Case, accents, signs, legal form, a leading 'The'.
    """
    plain = str(name).replace("&", " and ").replace("-", " ").replace("/", " ")
    words = re.sub(r"[^\w\s]", "", without_accents(without_legal_form(plain))).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def clean_domain(text: str) -> str:
    """A web address without protocol, www, path and port."""
    bare = (
        re.sub(r"^[a-z]+://", "", str(text).strip().casefold())
        .split("/")[0]
        .split(":")[0]
        .split("@")[-1]
    )
    return bare.removeprefix("www.")
