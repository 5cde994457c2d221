"""What may leave the building: small counts are hidden, and no name passes the gate.

A count from 1 to `least` - 1 is hidden. Hiding one of several counts that add up to a shown total hides nothing, so the next
smallest goes with it; and a rate is hidden with either of its two counts, since numerator and denominator give each other away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape

import pandas as pd

from icplib.problems import UserError
from icplib.report.blocks import cell, is_missing
from icplib.workbook import Workbook


def is_small(n: object, least: int) -> bool:
    return not is_missing(n) and 0 < int(n) < least


def count(n: object, least: int) -> str:
    """A count as text; a small one as '<5'."""
    return f"<{least}" if is_small(n, least) else cell(None if is_missing(n) else int(n))


def gives_away(k: object, n: object, least: int) -> bool:
    """Whether `k of n` shows a small group: those who do, those who do not, or all of them."""
    if is_missing(k) or is_missing(n):
        return False
    return is_small(k, least) or is_small(n, least) or is_small(int(n) - int(k), least)


def k_of_n(k: object, n: object, least: int, complement: bool = True) -> str:
    """'12 of 40', or 'fewer than 5 of 40', or 'all but fewer than 5 of 40'.

    `complement=False` is for interviews: that somebody did not say something is no statement about them.
    """
    if is_missing(k) or is_missing(n):
        return cell(None)
    k, n = int(k), int(n)
    if is_small(n, least):
        return f"some of fewer than {least}" if k else f"none of fewer than {least}"
    if is_small(k, least):
        return f"fewer than {least} of {n:,}"
    if complement and is_small(n - k, least):
        return f"all but fewer than {least} of {n:,}"
    return f"{k:,} of {n:,}"


def words(text: str, least: int) -> str:
    """A sentence of an earlier step as it may leave: small counts in it hidden, interviews and persons not numbered."""
    def counted(match: re.Match) -> str:
        k, n = (int(x.replace(",", "")) for x in match.groups())
        return k_of_n(k, n, least, complement=False)

    text = re.sub(r"\b(\d[\d,]*) of (\d[\d,]*)\b", counted, text)
    text = re.sub(rf"\b[1-{max(least - 1, 1)}] (?=(?:interview|account|compan|customer|people|person|touch)\w*)", f"fewer than {least} ", text) if least > 1 else text
    return re.sub(r"\b(INT|P)-\d+\b", lambda m: "an interview" if m[1] == "INT" else "a person", text)


def suppress(rows: pd.DataFrame, counts: Sequence[str], least: int, by: Sequence[str] = (), derived: Sequence[str] = ()) -> pd.DataFrame:
    """`rows` with small `counts` made unknown, the next smallest of the same group with them, and `derived` columns of
    such rows (shares, intervals) made unknown too. `by` names the groups whose rows add up to something shown."""
    out = rows.copy()
    hidden = pd.Series(False, index=rows.index)
    for column in counts:
        numbers = pd.to_numeric(rows[column]).astype("Float64")
        small = ((numbers > 0) & (numbers < least)).fillna(False).astype(bool)
        parts = [part.index for _, part in rows.groupby(list(by), sort=False, dropna=False)] if by else [rows.index]
        for index in parts:
            others = numbers.loc[index][~small.loc[index] & (numbers.loc[index] > 0).fillna(False).astype(bool)]
            if small.loc[index].sum() == 1 and len(others):
                small.loc[others.astype(float).idxmin()] = True
        out[column] = numbers.mask(small).astype("Int64")
        hidden |= small
    for column in derived:
        out[column] = rows[column].mask(hidden)
    return out


@dataclass(frozen=True)
class Names:
    """Names that must not stand in a page for stakeholders."""

    accounts: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


def known_names(workbook: Workbook) -> Names:
    """The names that the quarter's artefacts know; names of people are dropped at the door, so these are accounts and domains."""
    return names_in(workbook.read("01_accounts"), allowed=[workbook.settings.name])


def names_in(accounts: pd.DataFrame, people: Iterable[str] = (), allowed: Iterable[str] = ()) -> Names:
    """Account names and domains of `01_accounts`, and whatever names of people are known.

    A name that is also a word of the report (a technology that is also a customer, an industry) is no disclosure and is
    left out: `allowed` and every level of the attributes.
    """
    levels = {str(word) for column in accounts.columns if column not in ("account_id", "account_name", "domain", "owner")
              for value in accounts[column].dropna() for word in (value if isinstance(value, (tuple, list)) else [value])
              if isinstance(word, str)}
    known = {word.casefold() for word in levels | set(allowed)}

    def keep(words: Iterable[str]) -> frozenset[str]:
        return frozenset(w.strip() for w in words if isinstance(w, str) and len(w.strip()) >= 4 and w.strip().casefold() not in known)

    named = [*accounts.get("account_name", pd.Series(dtype=str)).dropna(), *accounts.get("domain", pd.Series(dtype=str)).dropna()]
    return Names(keep(named), keep(people))


_PATTERNS = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    "a phone number": re.compile(r"\+\d[\d\s().-]{7,}\d|\(\d{3}\)\s?\d{3}[-. ]\d{4}|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b"),
    "a bank account number": re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b"),
    "a path of this machine": re.compile(r"(?:/home/|/Users/|[A-Z]:\\Users\\)\S+"),
}


def findings(html: str, names: Names) -> list[str]:
    """What the page would give away, each as a phrase; an empty list means that it may leave."""
    text = readable(html)
    found = [f"{what} ({match.group(0)[:3]}...)" for what, pattern in _PATTERNS.items() for match in pattern.finditer(text)]
    for kind, words in (("account", names.accounts), ("person", names.people)):
        for word in sorted(words):
            if word in text and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text):
                found.append(f"the name of {'an account' if kind == 'account' else 'a person'} ({word})")
    return found


def gate(html: str, names: Names) -> None:
    """Stop a page that would give somebody away."""
    found = findings(html, names)
    if found:
        raise UserError(f"the stakeholder page would show {found[0]}" + (f" and {len(found) - 1} more" if len(found) > 1 else ""),
                        remedy="Look for it in notebook 06 or in the free text of the settings; nothing was written.")


def readable(html: str) -> str:
    """All that a reader or a machine can read in a page: text, alt texts, titles, labels, comments; not the drawing commands."""
    said = re.findall(r'\b(?:alt|title|aria-label|content|data-[\w-]+|href)="([^"]*)"', html)
    html = re.sub(r"<style.*?</style>", " ", html, flags=re.S)
    said += re.findall(r"<!--(.*?)-->", html, flags=re.S)
    return unescape("\n".join([re.sub(r"<[^>]*>", "\n", html), *said]))
