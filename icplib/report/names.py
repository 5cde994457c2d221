"""No name leaves the building.

The whole text of a page against every name, address and number in the raw data of its run.

Names are read from the raw files for as long as the check lasts; no artefact holds those of people.
What counts as a name:

- the full name of a person and a company's name of several words, in any spelling of case; without
  its legal form, too;
- a surname or a company's name of one word, where it is written with a capital letter;
- e-mail addresses, telephone numbers (by their digits), web domains, and the keys of accounts and
  contacts.

A company called "Data" or a person called "Best" would stop every report. So a single word is no
name where the program's own sentences use it, or a level or label of the company's data does; a
name made of such words alone counts only as it is written. `privacy.public_names` in company.toml
allows what is left. First names alone are not looked for.
"""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import unescape
from pathlib import Path

import pandas as pd

from icplib.exports.files import read_table
from icplib.problems import UserError
from icplib.workbook import Workbook

KINDS = {
    "account": "the name of an account",
    "person": "the name of a person",
    "domain": "the web domain of an account",
    "mail": "an e-mail address",
    "phone": "a telephone number",
    "key": "the key of an account or a contact",
}
_LEGAL = re.compile(
    r"[,\s]+(?:inc|llc|ltd|gmbh|corp|plc|sas|ag|se|bv|co|kg|sarl|limited|incorporated|corporation|company|holdings?|group)\.?$",
    re.I,
)
_MAPPED = {
    "owner": "person",
    "email": "mail",
    "account_name": "account",
    "domain": "domain",
    "account_id": "key",
    "contact_id": "key",
}
_HEADERS = {
    "given": r"(?:contact )?(?:first|given) ?name",
    "surname": r"(?:contact )?(?:last|family) ?name|surname",
    "person": (
        r"(?:contact|person|interviewee|full|owner) ?name|interviewee|name of"
        r" .*|.*\b(?:owner|manager|representative|sales rep)"
    ),
    "mail": r".*e-?mail.*",
    "phone": r".*(?:phone|mobile|fax).*",
    "domain": r"website|(?:company )?domain(?: name)?",
    "account": r"(?:account|company|organi[sz]ation|customer|client) ?name",
    "key": r"(?:account|contact|company|customer) id",
}
_PATTERNS = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    "a telephone number": re.compile(
        r"\+\d[\d\s().-]{7,}\d|\(\d{3}\)\s?\d{3}[-. ]\d{4}|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b"
    ),
    "a bank account number": re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b"),
    "a path of this machine": re.compile(r"(?:/home/|/Users/|[A-Z]:\\Users\\)\S+"),
}
_WORD = re.compile(r"[^\W_]+(?:[.@'’&-][^\W_]+)*")


class Names:
    """What must not stand in a page: names by kind (a key of `KINDS`).

    `common` are texts whose words are no names by themselves.
    """

    def __init__(self, common: Iterable[str] = (), **by_kind: Iterable[str]):
        self.common = (
            frozenset(word.casefold() for text in common for word in _WORD.findall(text))
            | _own_words()
        )
        self.phones = {
            digits[-9:]
            for phone in by_kind.pop("phone", ())
            if len(digits := re.sub(r"\D", "", str(phone))) >= 7
        }
        #: words of a name in small letters -> (kind, name, the words as they must be written or
        #: None for any case)
        self.index: dict[tuple[str, ...], list[tuple[str, str, tuple[str, ...] | None]]] = {}
        for kind, whole in (
            (kind, name)
            for kind, all_of in by_kind.items()
            for name in sorted(map(str, set(all_of)))
        ):
            for name in sorted({whole, _LEGAL.sub("", whole)} if kind == "account" else {whole}):
                self._add(kind, whole, _WORD.findall(name))

    def _add(self, kind: str, name: str, words: list[str]) -> None:
        plain = tuple(word.casefold() for word in words)
        is_common, is_single = all(word in self.common for word in plain), len(words) == 1
        is_short = is_single and (len(plain[0]) < 4 or (plain[0].isdigit() and len(plain[0]) < 7))
        if words and not is_short and not (is_single and is_common):
            as_written = is_common or (is_single and kind in ("account", "person"))
            self.index.setdefault(plain, []).append(
                (kind, name, tuple(words) if as_written else None)
            )

    def in_text(self, text: str) -> Iterator[tuple[str, str]]:
        """(kind, name) of every name that stands in `text`."""
        words = _WORD.findall(text)
        plain = [word.casefold() for word in words]
        for size in sorted({len(key) for key in self.index}):
            for i in range(len(words) - size + 1):
                for kind, name, written in self.index.get(tuple(plain[i : i + size]), ()):
                    if written in (None, tuple(words[i : i + size])):
                        yield kind, name
        for run in re.findall(r"\+?\d[\d ().-]{6,}\d", text):
            if re.sub(r"\D", "", run)[-9:] in self.phones:
                yield "phone", run


def known_names(workbook: Workbook) -> Names:
    """Every name in the run's raw files.

    The columns whose header says so or that the audit of columns (`01_columns`) took for one.
    """
    accounts, audit = workbook.read("01_accounts"), workbook.read("01_columns")
    mapped = {
        (row.source, row.column): _MAPPED[row.maps_to]
        for row in audit.itertuples()
        if row.maps_to in _MAPPED
    }
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for name in workbook.settings.sources:
        _collect(_raw(workbook, name), name, mapped, found)
    for kind, column in (("account", "account_name"), ("domain", "domain"), ("key", "account_id")):
        found[kind] |= set(accounts[column].dropna())
    public = (workbook.settings.name, *workbook.settings.privacy.public_names)
    allowed = {name.casefold() for name in public}
    common = [*public, *_levels(accounts), *workbook.read("01_attributes")["label"].dropna()]
    return Names(
        common,
        **{
            kind: [n for n in names if n.casefold() not in allowed] for kind, names in found.items()
        },
    )


def _raw(workbook: Workbook, name: str) -> pd.DataFrame:
    source = workbook.source(name)
    if source.path is None or not source.path.is_file():
        return pd.DataFrame()
    try:
        return read_table(source.path, table=source.spec.table)[0]
    except UserError:
        # a project file of coded interviews, not a table: its readers let no name into an artefact
        return pd.DataFrame()


def _collect(
    table: pd.DataFrame, source: str, mapped: dict[tuple[str, str], str], found: dict[str, set[str]]
) -> None:
    """Add the values of `table` to `found` by kind.

    Given names count only together with the surname beside them.
    """
    given = []
    for header in table.columns:
        plain = " ".join(str(header).replace("_", " ").split())
        kind = mapped.get((source, header)) or next(
            (k for k, pattern in _HEADERS.items() if re.fullmatch(pattern, plain, re.I)), ""
        )
        if kind == "given":
            given.append(header)
        elif kind:
            values = table[header].dropna()
            found["person" if kind == "surname" else kind] |= set(values)
            if kind == "surname" and given:
                found["person"] |= set((table[given[-1]] + " " + table[header]).dropna())


def _levels(accounts: pd.DataFrame) -> set[str]:
    """Words that the company's own data use for levels.

    A technology that is also a customer is no disclosure.
    """
    return {
        word
        for column in accounts.columns.difference(
            ["account_id", "account_name", "domain", "owner", "churn_reason"]
        )
        for value in accounts[column].dropna()
        for word in (value if isinstance(value, (tuple, list)) else [value])
        if isinstance(word, str)
    }


@cache
def _own_words() -> frozenset[str]:
    """Every word in small letters that the program itself can print.

    The made-up example's lists of names are no part of it.
    """
    package = Path(__file__).resolve().parents[1]
    texts = (
        node.value
        for path in package.rglob("*.py")
        if "example" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return frozenset(
        word for text in texts for word in re.findall(r"(?<![^\W_])[a-z]{2,}(?![^\W_])", text)
    )


def findings(html: str, names: Names) -> list[str]:
    """What the page would give away, each as a phrase that says what and where.

    An empty list means that it may leave.
    """
    found = []
    for where, text in places(html):
        found += [
            f"{what} ({match.group(0)[:3]}...) {where}"
            for what, pattern in _PATTERNS.items()
            for match in pattern.finditer(text)
        ]
        found += [f"{KINDS[kind]} ({name}) {where}" for kind, name in names.in_text(text)]
    return list(dict.fromkeys(found))


def gate(html: str, names: Names) -> None:
    """Stop a page that would give somebody away."""
    found = findings(html, names)
    if found:
        raise UserError(
            f"the stakeholder page would show {found[0]}"
            + (f" and {len(found) - 1} more" if len(found) > 1 else ""),
            remedy=(
                "Look for it in notebook 06 or in the free text of the settings; a word that is no"
                " secret goes into public_names under [privacy] in company.toml. Nothing was"
                " written."
            ),
        )


def places(html: str) -> Iterator[tuple[str, str]]:
    """(where, text) of all that a reader or a machine can read in a page.

    Text, alt texts, titles, labels, comments, what an image carries along; not the drawing commands
    and not the style sheet.
    """
    html = re.sub(r"<style.*?</style>", " ", html, flags=re.S)
    heading = "at the top"
    for part in re.split(r"(?=<h[1-4][ >])", html):
        if match := re.match(r"<h[1-4][^>]*>(.*?)</h", part, flags=re.S):
            heading = f'under "{" ".join(unescape(re.sub(r"<[^>]*>", "", match[1])).split())}"'
        said = re.findall(r'\b(?:alt|title|aria-label|content|id|href|data-[\w-]+)="([^"]*)"', part)
        said += re.findall(r"<!--(.*?)-->", part, flags=re.S)
        yield heading, unescape(re.sub(r"<[^>]*>", "\n", part))
        yield (
            f"{heading}, in a label or comment",
            unescape("\n".join(s for s in said if not s.startswith("data:"))),
        )
        for payload in re.findall(r"data:image/[\w+.-]+;base64,([A-Za-z0-9+/=\s]+)", part):
            raw = base64.b64decode(payload)
            yield (
                f"{heading}, inside an image",
                "\n".join(
                    re.findall(
                        r"[\x20-\x7e\u00a0-\uffff]{4,}", raw.decode("utf-8", errors="ignore")
                    )
                ),
            )
