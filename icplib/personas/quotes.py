"""Quotes that may be shown: redacted, short, consented, and through a gate that lets no name out.

Redaction replaces by generic words in brackets; the gate looks again, more suspiciously, and
refuses what it finds. Pseudonyms in the transcripts themselves are better still: redact before
import.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from icplib.problems import UserError
from icplib.tables.step_05_results import Quote

MAX_WORDS = 40
PER_CARD = 3
# in this order: an e-mail holds a handle, an IBAN holds what looks like a phone number
PATTERNS = {
    "e-mail": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "URL": re.compile(
        r"(?:https?://|www\.)[^\s,;]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|ai|co|dev|app|de|fr|nl|uk|eu|ch|at)\b(?:/[^\s,;]*)?",
        re.I,
    ),
    "IBAN": re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b"),
    "phone": re.compile(
        r"(?<![\w.])(?:\+\d{1,3}[ .-]?|\(\d{2,5}\)[ .-]?|0\d)\d[\d .()/-]{5,}\d|(?<![\w.])\d{3}["
        r" .-]\d{3}[ .-]\d{4}\b"
    ),
    "handle": re.compile(r"(?<![\w@])@\w{2,}"),
}
MONEY = re.compile(
    r"(?:[$€£]\s?|\b(?:USD|EUR|GBP|CHF)\s?)(\d[\d,. ]*\d|\d)(?:\s?(k|m|million|thousand)\b)?", re.I
)
TOO_COMMON = {
    "the",
    "and",
    "inc",
    "ltd",
    "llc",
    "gmbh",
    "group",
    "data",
    "company",
    "systems",
    "health",
    "media",
    "energy",
    "software",
}
LEGAL_FORM = re.compile(
    r"[,\s]+(?:inc|llc|ltd|gmbh|corp|plc|sas|ag|se|bv|co|kg|sarl|limited|incorporated|corporation)\.?$|[,\s]+b\.v\.$",
    re.I,
)


@dataclass(frozen=True)
class Names:
    """What must never stand in a quote.

    Company, person and product names and web domains of the CRM.
    """

    companies: frozenset[str]
    people: frozenset[str]
    products: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        companies: Iterable[str] = (),
        people: Iterable[str] = (),
        products: Iterable[str] = (),
        domains: Iterable[str] = (),
    ) -> Names:
        """Names as they stand in the CRM.

        Companies also without their legal form, people also by each single name.
        """
        firms = {str(c).strip() for c in companies if _given(c)}
        firms |= {LEGAL_FORM.sub("", c) for c in firms} | {
            str(d).strip().lower() for d in domains if _given(d)
        }
        full = {" ".join(str(p).split()) for p in people if _given(p)}
        parts = {part for p in full for part in p.split() if len(part) > 2}
        usable = {n for n in firms if len(n) > 2 and n.lower() not in TOO_COMMON}
        return cls(
            frozenset(usable),
            frozenset(full | parts),
            frozenset(str(p) for p in products if _given(p)),
        )


def _given(value) -> bool:
    return value is not None and value == value and str(value).strip() != ""


def redact(text: str, names: Names, money_above: float = 1000) -> str:
    """``text`` with names and addresses replaced by [company], [person], [product], [e-mail] and so
    on.

    A single given name or surname counts as a name only when it is written with a capital; amounts
    above ``money_above`` become [amount].
    """
    for word, pattern in PATTERNS.items():
        text = pattern.sub(f"[{word}]", text)
    for known, word in ((names.companies, "[company]"), (names.products, "[product]")):
        text = _replace(text, known, word, re.I)
    text = _replace(text, {p for p in names.people if " " in p}, "[person]", re.I)
    text = _replace(
        text,
        {p.capitalize() if p.islower() else p for p in names.people if " " not in p},
        "[person]",
        0,
    )
    return MONEY.sub(lambda m: "[amount]" if _amount(m) > money_above else m[0], text)


def _replace(text: str, known: Iterable[str], word: str, flags: int) -> str:
    """Every whole-word occurrence of a known name; one pass with the longest names first."""
    names = sorted((n for n in known if n), key=lambda n: (-len(n), n))
    for start in range(0, len(names), 500):
        pattern = "|".join(re.escape(n) for n in names[start : start + 500])
        text = re.sub(rf"(?<!\w)(?:{pattern})(?:'s|’s)?(?!\w)", word, text, flags=flags)
    return text


def _amount(match: re.Match) -> float:
    digits = re.sub(r"[ ,.](?=\d{3}\b)", "", match[1]).replace(",", ".").replace(" ", "")
    scale = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}.get((match[2] or "").lower(), 1)
    try:
        return float(digits) * scale
    except ValueError:
        return float("inf")  # a number that cannot be read is taken out


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _plain(text: str) -> str:
    """Lower case, without accents and with single spaces for anything that is not a letter or
    digit.
    """
    return " ".join(re.findall(r"[a-z0-9]+", _bare(text).casefold()))


class Gate:
    """Looks for names in whatever spelling, and for anything that looks like an address or number
    of a person.
    """

    def __init__(self, names: Names):
        self.names = {
            _plain(n)
            for n in names.companies | names.products | {p for p in names.people if " " in p}
        }
        self.names.discard("")
        self.single = {_bare(p) for p in names.people if " " not in p}
        self.longest = max((len(n.split()) for n in self.names), default=0)

    def finds(self, text: str) -> str:
        """What kind of thing is left in ``text`` ("" when nothing is). Never the thing itself."""
        for kind, pattern in PATTERNS.items():
            if pattern.search(text):
                return f"something like {'an' if kind[0] in 'eI' else 'a'} {kind}"
        words = _plain(text).split()
        for size in range(1, self.longest + 1):
            if any(
                " ".join(words[i : i + size]) in self.names for i in range(len(words) - size + 1)
            ):
                return "a name of the CRM"
        if self.single & set(re.findall(r"\b[^\W\d_]+\b", _bare(text))):
            return "the name of a contact"
        return ""

    def refuse(self, texts: Iterable[str], where: str) -> None:
        """Raise UserError when any text still holds a name; the sentence does not repeat it."""
        for number, text in enumerate(texts, start=1):
            if found := self.finds(text):
                raise UserError(
                    f"quote {number} of {where} still holds {found}",
                    remedy=(
                        "Redact the transcript, import it again and re-run; nothing was exported."
                    ),
                )


def choose_quotes(
    codings: pd.DataFrame,
    interviews: pd.DataFrame,
    statements: pd.DataFrame,
    names: Names,
    gate: Gate,
    money_above: float = 1000,
) -> tuple[list[Quote], int]:
    """At most one quote a person and two an account for the typical statements of one card, and how
    many the gate refused.

    Only with consent_quotes = yes, at most 40 words, and whole (not cut by the tool).
    """
    typical = statements[statements["is_on_card"] & (statements["typical"] != "")].sort_values(
        "share", ascending=False, kind="stable"
    )
    chosen, refused, per_person, per_account = [], 0, set(), {}
    usable = codings[
        codings["quote"].notna() & ~codings["quote_truncated"].fillna(False).astype(bool)
    ].sort_values(["interview_id", "coding_id"])
    for code, ids in zip(typical["code_id"], typical["interview_ids"], strict=True):
        for row in usable[
            (usable["code_id"] == code) & usable["interview_id"].isin(list(ids))
        ].itertuples():
            person = interviews.loc[row.interview_id]
            if person["consent_quotes"] != "yes" or len(row.quote.split()) > MAX_WORDS:
                continue
            if person["person_id"] in per_person or per_account.get(person["account_id"], 0) >= 2:
                continue
            text = redact(" ".join(row.quote.split()), names, money_above)
            if gate.finds(text):
                refused += 1
                continue
            per_person.add(person["person_id"])
            per_account[person["account_id"]] = per_account.get(person["account_id"], 0) + 1
            chosen.append(
                Quote(
                    code_id=code,
                    text=text,
                    interview=row.interview_id,
                    person=str(person["person_id"]),
                )
            )
            break
        if len(chosen) == PER_CARD:
            break
    return chosen, refused
