"""The list of interviews: rows, who coded them, what was asked, which document is which."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from icplib.interviews.codebook import Families
from icplib.interviews.imported import Ledger
from icplib.interviews.presets import bind, preset, squeezed
from icplib.interviews.values import as_dates, as_level, numbered
from icplib.problems import UserError, nearest
from icplib.settings import Quarter
from icplib.tables import rows_of
from icplib.tables.step_05 import ARTEFACTS
from icplib.vocabulary.people import (
    BUYING_ROLES,
    SENIORITIES,
    declared,
    function_of,
    generic_title,
    seniority_of,
)

Get = Callable[[str], pd.Series]
INTERVIEW_COLUMNS = tuple(
    c.name for c in next(a for a in ARTEFACTS if a.name == "05_interviews").columns
)
DAYS = ("interview_date", "consent_date", "retain_until")
_PARTS = r"\s*[;|\n]\s*"


@dataclass
class InterviewList:
    """``table``: canonical 05_interviews. ``coders``: (interview_id, coder as written, status).

    ``topics``: interview_id -> families.

    ``refused``: names of interviews that may not be used -> reason, so that their codings are
    dropped for the same reason. ``names``: every name of an interview, as written -> interview_id.
    ``people``: names known from the list, for redaction.
    """

    table: pd.DataFrame
    coders: list[tuple[str, str, str]] = field(default_factory=list)
    topics: dict[str, set[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    persons: dict[str, list[str]] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    spelled: dict[str, str] = field(default_factory=dict)

    def find(self, *names: str) -> str | None:
        """The interview meant by a document's name.

        The same, without its ending, or the one interview id inside it.
        """
        for name in names:
            key = squeezed(name)
            stem = squeezed(re.sub(r"\.\w{1,5}$", "", name))
            for candidate in (key, stem):
                if candidate and candidate in self.names:
                    return self.names[candidate]
        for name in names:
            inside = {i for words, i in self.spelled.items() if f" {words} " in f" {_words(name)} "}
            if len(inside) == 1:
                return inside.pop()
        for name in names:
            of_person = self.persons.get(squeezed(name), [])
            if len(of_person) == 1:
                return of_person[0]
        return None

    def add_name(self, name: str, interview_id: str) -> None:
        """Let ``name`` stand for the interview, unless another has it already."""
        if squeezed(name):
            self.names.setdefault(squeezed(name), interview_id)
            words = _words(name)
            if re.search(r"\d", words) and re.search(
                r"[^\W\d]", words
            ):  # a bare number inside a file name proves nothing
                self.spelled.setdefault(words, interview_id)


def _words(text: str) -> str:
    return " ".join(w for w in re.split(r"[^\w]+|_", text.casefold()) if w)


@dataclass(frozen=True)
class Terms:
    """What holds for all files of one import.

    Nothing after the end of ``quarter`` is read but codings of earlier interviews
    (``late_codings``); interviews of the persons in ``withdrawn`` (ids as in the file, or P-...)
    are refused; ``families`` says what headings mean.
    """

    families: Families = field(default_factory=Families)
    quarter: Quarter | None = None
    date_order: str | None = None
    withdrawn: tuple[str, ...] = ()
    late_codings: bool = True


def read_interviews(
    rows: pd.DataFrame,
    file: str,
    ledger: Ledger,
    columns: Mapping[str, str] | None = None,
    terms: Terms | None = None,
) -> InterviewList:
    """The interviews of a table of text.

    Rows without consent to analysis, of persons who withdrew, after the quarter, without an id or
    given twice are refused and counted. Raises UserError when no column holds the interview's id.
    """
    terms = terms or Terms()
    rows = (
        rows.astype(object)
        .where(rows.notna(), "")
        .map(lambda cell: str(cell).strip())
        .reset_index(drop=True)
    )
    bound = bind(rows.columns, preset("interviews")["columns"], columns or {}, file)
    if "interview_id" not in bound:
        raise UserError(
            "no column holds the interview's id",
            file=file,
            remedy='Say which: columns = { interview_id = "<header>" }.',
        )

    def get(ours: str) -> pd.Series:
        return rows[bound[ours][0]] if ours in bound else pd.Series("", index=rows.index)

    ledger.add("interviews", file, "read", len(rows))
    raw_id = get("interview_id")
    table = _canonical(rows, get, bound, Where(file, ledger), terms)
    found = InterviewList(table)
    kept = _refuse(found, raw_id, get, Where(file, ledger), terms)
    for number in kept:
        interview = table.at[number, "interview_id"]
        for name in (interview, raw_id[number], get("document")[number]):
            found.add_name(name, interview)
        for name in (get("person_id")[number], *(_whole_name(rows, bound, number))):
            if name:
                found.persons.setdefault(squeezed(name), []).append(interview)
        found.coders += [
            (interview, c, _status(get("coder_status")[number]))
            for c in _parts(get("coders")[number], names=True)
        ]
        if get("topics_asked")[number]:
            found.topics[interview] = _topics(get("topics_asked")[number], terms.families)
    found.people = {n for number in rows.index for n in _whole_name(rows, bound, number)}
    found.people |= {
        p
        for p in get("person_id")
        if re.search(r"[^\W\d]{3}", p) and not re.fullmatch(r"(?i)[a-z]{1,3}-?\w*\d\w*", p)
    }
    found.table = table.loc[kept, list(INTERVIEW_COLUMNS)].reset_index(drop=True)
    ledger.add("interviews", file, "kept", len(kept))
    nameless = int(found.table["person_id"].isna().sum())
    Where(file, ledger).note(nameless, "without a person id: a person asked twice cannot be told")
    return found


@dataclass(frozen=True)
class Where:
    """The list of interviews that is read, and the account of it."""

    file: str
    ledger: Ledger

    def note(self, n: int, what: str) -> None:
        """A remark in the import report; a count of nought is none."""
        if n:
            self.ledger.add("interviews", self.file, "note", n, what)


def _canonical(
    rows: pd.DataFrame, get: Get, bound: dict[str, list[str]], where: Where, terms: Terms
) -> pd.DataFrame:
    """05_interviews as the rows say, before any is refused."""
    table = pd.DataFrame(index=rows.index)
    table["interview_id"] = [numbered(i, "INT", 3) if i else "" for i in get("interview_id")]
    table["person_id"] = [numbered(p, "P", 1) if p else None for p in get("person_id")]
    for name in ("account_id", "icp_segment", "guide_version"):
        table[name] = get(name).where(get(name) != "", None)
    table["function"] = [function_of(f) or f or None for f in get("function")]
    for name in DAYS:
        table[name] = as_dates(get(name), terms.date_order, where.file, bound.get(name, [name])[0])
    table["wave"] = [
        _wave(w, day) for w, day in zip(get("wave"), table["interview_date"], strict=True)
    ]
    _add_levels(table, get, where)
    table["title_generic"] = [
        own or (_generic(title) if title else None)
        for own, title in zip(get("title_generic"), get("title"), strict=True)
    ]
    table["icp_fit"] = pd.array([_truth(t) for t in get("icp_fit")], dtype="boolean")
    if terms.quarter is not None:
        undated = table["wave"].isna()
        table["wave"] = table["wave"].where(~undated, str(terms.quarter))
        if undated.any():
            where.note(undated.sum(), f"neither wave nor date: counted in {terms.quarter}")
    return table


def _refuse(
    found: InterviewList, raw_id: pd.Series, get: Get, where: Where, terms: Terms
) -> list[int]:
    """Row numbers that stay; every other row is counted under one reason."""
    quarter, ledger, file = terms.quarter, where.ledger, where.file
    gone = spellings(terms.withdrawn)
    last = None if quarter is None else pd.Timestamp(quarter.end)
    table, seen, kept = found.table, set(), []
    dropped: dict[str, list[int]] = defaultdict(list)
    for number, row in zip(table.index, rows_of(table), strict=True):
        reason = None
        if not row.interview_id:
            reason = "no interview id"
        elif row.consent_analysis == "no":
            reason = "no consent to analysis"
        elif gone & {
            squeezed(row.person_id or row.interview_id),
            squeezed(get("person_id")[number] or raw_id[number]),
        }:
            reason = "withdrawn"
        elif last is not None and (
            (pd.notna(row.interview_date) and row.interview_date > last)
            or (row.wave and Quarter(row.wave) > quarter)
        ):
            reason = f"after {quarter}"
        elif row.interview_id in seen:
            reason = "the interview is listed twice; the first row stays"
        if reason is None:
            seen.add(row.interview_id)
            kept.append(number)
            continue
        dropped[reason].append(number)
        if row.interview_id and not reason.startswith("the interview is listed"):
            for name in (row.interview_id, raw_id[number], get("document")[number]):
                if squeezed(name):
                    found.refused[squeezed(name)] = reason
    for reason, numbers in dropped.items():
        ledger.add(
            "interviews",
            file,
            "dropped",
            len(numbers),
            reason,
            "" if reason == "withdrawn" else _rows(numbers),
        )
    people = pd.DataFrame({"raw": raw_id, "own": get("person_id"), "ours": table["person_id"]})
    _name_nobody(terms.withdrawn, people, where)
    return kept


def _name_nobody(withdrawn: tuple[str, ...], people: pd.DataFrame, where: Where) -> None:
    """UserError for a withdrawn id that is nobody's: misspelt, the person would stay."""
    rows = {squeezed(i): n for n, *ids in rows_of(people) for i in ids if isinstance(i, str)}
    for one in withdrawn:
        if one.strip() and not spellings([one]) & set(rows):
            near = nearest(squeezed(one), list(rows))
            hint = f" (the nearest id stands in {_rows([rows[near]])})" if near else ""
            raise UserError(
                f"the withdrawn id '{one}' is nobody's in these interviews{hint}",
                file=where.file,
                remedy="Mend it under [personas] withdrawn in company.toml; take it out once the"
                " person is deleted from the export.",
            )


def spellings(withdrawn: Iterable[str]) -> set[str]:
    """Every way in which the tables may write the ids in ``withdrawn``.

    As given, as P-..., and as INT-... where nobody is named.
    """
    return {
        squeezed(word)
        for w in withdrawn
        if w.strip()
        for word in (w, numbered(w, "P", 1), numbered(w, "INT", 3))
    }


def _rows(numbers: list[int]) -> str:
    return ", ".join(f"row {n + 2}" for n in numbers[:8]) + (
        f" and {len(numbers) - 8} more" if len(numbers) > 8 else ""
    )


def _add_levels(table: pd.DataFrame, get: Get, where: Where) -> None:
    roles = get("buying_role")
    known = [declared(r, BUYING_ROLES) for r in roles]
    table["buying_role"] = [
        level or ("other" if r else None) for level, r in zip(known, roles, strict=True)
    ]
    table["role"] = [level or _slug(r) for level, r in zip(known, roles, strict=True)]
    table["role_secondary"] = [declared(r, BUYING_ROLES) or _slug(r) for r in get("role_secondary")]
    for name in ("role_source", "seniority", "relationship"):
        table[name] = [
            declared(v, SENIORITIES) if name == "seniority" else as_level(v, name)
            for v in get(name)
        ]
        lost = int((table[name].isna() & (get(name) != "")).sum())
        where.note(lost, f"{name}: words that are none of our levels, left empty")
    others = sum(1 for level, r in zip(known, roles, strict=True) if r and level is None)
    where.note(
        others, "roles that are no buying role: 'other', the declared role is kept in 'role'"
    )
    for name in ("consent_analysis", "consent_quotes", "consent_recontact"):
        table[name] = [as_level(v, "consent") or "unknown" for v in get(name)]


def _slug(text: str) -> str | None:
    return re.sub(r"[^\w]+", "_", text.casefold()).strip("_") or None


def _wave(text: str, day: pd.Timestamp) -> str | None:
    try:
        return (
            str(Quarter(text.replace(" ", "").replace("-", "")))
            if text
            else None
            if pd.isna(day)
            else f"{day.year}Q{day.quarter}"
        )
    except UserError:
        return None if pd.isna(day) else f"{day.year}Q{day.quarter}"


def _truth(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(as_level(text, "consent") or "")


def _status(text: str) -> str:
    return "partial" if squeezed(text).startswith(("partial", "part", "started")) else "complete"


def _parts(text: str, names: bool = False) -> list[str]:
    """Entries of one cell, parted by ; | or line ends, else by commas.

    'Doe, Jane' among names is one person.
    """
    if not text:
        return []
    pieces = re.split(_PARTS, text)
    if len(pieces) == 1 and not (
        names and re.fullmatch(r"[^,]+, [^,]+", text) and not re.search(r"\bC\d", text)
    ):
        pieces = text.split(",")
    return [p.strip() for p in pieces if p.strip()]


def _topics(text: str, families: Families) -> set[str]:
    if squeezed(text) in ("all", "alltopics"):
        return {"*"}
    return {f for f in (families.of(p) for p in _parts(text)) if f}


def _whole_name(rows: pd.DataFrame, bound: dict[str, list[str]], number: int) -> list[str]:
    """Names and addresses of the interviewee in this row.

    Each, and first and last name together.
    """
    cells = [rows.at[number, h] for h in bound.get("person_name", [])]
    cells = [c for c in cells if c]
    contact = [rows.at[number, h] for h in bound.get("person_contact", []) if rows.at[number, h]]
    return [*cells, *([" ".join(cells)] if len(cells) > 1 else []), *contact]


def _generic(title: str) -> str:
    """A title without what could single a person out: "Head of Data EMEA" -> "data leader"."""
    return generic_title(seniority_of(title), function_of(title)) or "specialist"
