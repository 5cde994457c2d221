"""From what the files say to the canonical tables: ids, codebook, consent, coders, duplicates.

Every row accounted for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from icplib.interviews.codebook import CodeIndex, Families, build_codebook, follow_merges
from icplib.interviews.imported import CODING_COLUMNS, Imported, Ledger, code_frame
from icplib.interviews.interviews import InterviewList, Terms, read_interviews
from icplib.interviews.presets import squeezed
from icplib.interviews.values import Redactor, as_dates, as_polarity
from icplib.problems import UserError
from icplib.tables import artefact
from icplib.tables.step_05 import UNITS
from icplib.vocabulary.people import BUYING_ROLES, declared

TABLES = ("interviews", "assignments", "topics_asked", "codebook", "codings", "import_report")


@dataclass(frozen=True)
class Codings:
    """The canonical tables, each valid against its artefact ``05_<name>``.

    ``problem`` says what is wrong with the interviews where they could not be read.
    """

    interviews: pd.DataFrame
    assignments: pd.DataFrame
    topics_asked: pd.DataFrame
    codebook: pd.DataFrame
    codings: pd.DataFrame
    import_report: pd.DataFrame
    problem: str = ""

    @classmethod
    def none(cls, problem: str = "") -> Codings:
        """No interviews: empty tables."""
        return cls(*(artefact(f"05_{name}").empty() for name in TABLES), problem)


@dataclass(frozen=True)
class Files:
    """Everything read: files of codings, the list of interviews, the codebook (None where absent)."""  # noqa: E501

    imports: list[Imported]
    interviews: InterviewList | None = None
    codes: pd.DataFrame | None = None


def assemble(files: Files, ledger: Ledger, terms: Terms) -> Codings:
    """Canonical tables of all imported files together.

    Without a list of interviews the documents are the interviews; without a codebook the codes
    found in the files are.
    """
    imports = files.imports
    listed = files.interviews
    if listed is None:
        _number_namesakes(imports, ledger)
        listed = _from_documents(imports, ledger, terms)
    else:
        _ask_about_namesakes(imports, ledger)
    book = _book(imports, files.codes, terms.families, ledger)
    rows = _place(_rows(imports), imports, listed, ledger)
    rows = _coded(rows, book, ledger)
    rows = _in_time(rows, terms, ledger)
    coders = _coder_ids([c for _, c, _ in listed.coders], list(rows["coder"]))
    rows["coder_id"] = rows["coder"].map(lambda c: coders[c or ""])
    rows["pass"] = rows["pass"].map(lambda p: int(p) if str(p).isdigit() and int(p) > 0 else 1)
    rows = _without_duplicates(rows, ledger)
    assignments = _assignments(rows, imports, listed, coders, ledger)
    rows = _with_consent(rows, imports, listed, coders, ledger)
    _tell(rows, imports, coders, ledger)
    made = {
        "interviews": listed.table,
        "assignments": assignments,
        "topics_asked": _topics(listed, imports, book),
        "codebook": book,
        "codings": _final(rows, listed),
        "import_report": ledger.frame(),
    }
    return Codings(**{name: artefact(f"05_{name}").check(made[name]) for name in TABLES})


def _tell(
    rows: pd.DataFrame, imports: list[Imported], coders: dict[str, str], ledger: Ledger
) -> None:
    """What of each file was kept: codings, documents, codes, coders."""
    for i in imports:
        mine = rows[rows["file"] == i.file]
        ledger.add("codings", i.file, "kept", len(mine))
        met = (*i.codings["coder"], *(c for _, c in i.looked))
        ids = sorted({coders[c or ""] for c in met if (c or "") in coders})
        ledger.add(
            "codings", i.file, "note", len(ids), f"coders read as {', '.join(ids) or 'nobody'}"
        )
        ledger.add(
            "codings",
            i.file,
            "note",
            len(mine),
            f"{mine['interview_id'].nunique()} of {len(i.documents)} documents and"
            f" {mine['code_id'].nunique()} codes",
        )


def _in_time(rows: pd.DataFrame, terms: Terms, ledger: Ledger) -> pd.DataFrame:
    """Codings with their day; an interview of the quarter counts whenever it was coded."""
    rows["coded_at"] = _days(rows, terms.date_order)
    if terms.quarter is None:
        return rows
    late = rows["coded_at"] > pd.Timestamp(terms.quarter.end)
    if not terms.late_codings:
        return ledger.drop("codings", rows, late, f"coded after {terms.quarter}")
    for file, n in rows[late].groupby("file", sort=False).size().items():
        what = f"codings made after {terms.quarter} count (late_codings)"
        ledger.add("codings", file, "note", n, what)
    rows.loc[late, "coded_at"] = pd.NaT  # nothing after the quarter is visible
    return rows


def _number_namesakes(imports: list[Imported], ledger: Ledger) -> None:
    """Two documents of one name in one project are two interviews: the later ones get a number."""
    for i in imports:
        name = i.documents["name"].where(i.documents["name"] != "", i.documents["document"])
        number = name.map(squeezed).groupby(name.map(squeezed)).cumcount() + 1
        i.documents["name"] = name.where(number == 1, name + " (" + number.astype(str) + ")")
        n = int((number > 1).sum())
        if n:
            what = "documents that bear the name of another one: read as interviews of their own"
            ledger.add("codings", i.file, "note", n, what)


def _ask_about_namesakes(imports: list[Imported], ledger: Ledger) -> None:
    for i in imports:
        n = int(i.documents["name"].map(squeezed).duplicated().sum())
        if n:
            what = (
                "documents that bear the name of another one and count as the same interview: are"
                " they two? Then rename one, and list both"
            )
            ledger.add("codings", i.file, "note", n, what)


def _from_documents(imports: list[Imported], ledger: Ledger, terms: Terms) -> InterviewList:
    """Interviews out of the files of codings.

    A document is one, with what the file says of its case.
    """
    parts = [i.documents.assign(interview_id=i.documents["name"]) for i in imports]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["interview_id"])
    groups = rows.pop("groups") if "groups" in rows else None
    rows = rows.drop(columns=["document", "name"], errors="ignore")
    if groups is not None and not any(squeezed(c) in ("role", "buyingrole") for c in rows.columns):
        rows["Buying Role"] = [_role_among(g) for g in groups]
    file = ", ".join(i.file for i in imports)
    rows = rows.drop_duplicates("interview_id")
    what = "no list of interviews: the documents of the codings are the interviews"
    ledger.add("interviews", file, "note", len(rows), what)
    return read_interviews(rows, file, ledger, {"interview_id": "interview_id"}, terms)


def _role_among(groups: object) -> str | None:
    return (
        next((g for g in groups if declared(g, BUYING_ROLES)), None)
        if isinstance(groups, list)
        else None
    )


def _book(
    imports: list[Imported], codes: pd.DataFrame | None, families: Families, ledger: Ledger
) -> pd.DataFrame:
    """The codebook given, else those inside the files, else the codes that occur."""
    if codes is None:
        inside = [i.codes.assign(file=i.file) for i in imports if len(i.codes)]
        found = [
            code_frame([{"path": path} for path in dict.fromkeys(i.codings["code"])]).assign(
                file=i.file, is_codable=True
            )
            for i in imports
            if not len(i.codes) and len(i.codings)
        ]
        for frame in found:
            ledger.add(
                "codebook",
                frame["file"].iloc[0],
                "note",
                len(frame),
                "no codebook: a misspelt code counts as a code of its own",
            )
        every = [*inside, *found]
        codes = pd.concat(every, ignore_index=True) if every else code_frame([]).assign(file="")
        codes = codes[
            ~pd.Series(
                [
                    (tuple(map(str.casefold, path)), is_codable is not False)
                    for path, is_codable in zip(codes["path"], codes["is_codable"], strict=True)
                ],
                index=codes.index,
                dtype=object,
            ).duplicated()
        ]  # the same tree in every file is no loss
        for file, n in codes.groupby("file", sort=False).size().items():
            ledger.add("codebook", file, "read", n)
    return build_codebook(codes.reset_index(drop=True), families, ledger)


def _rows(imports: list[Imported]) -> pd.DataFrame:
    parts = [i.codings.assign(file=i.file, sha256=i.sha256, tool=i.tool) for i in imports]
    return (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=[*CODING_COLUMNS, "file", "sha256", "tool"], dtype=object)
    )


def _document_map(
    imports: list[Imported], interviews: InterviewList
) -> dict[tuple[str, str], str | None]:
    found = {}
    for i in imports:
        for row in i.documents.to_dict("records"):
            names = [row.get("name"), row["document"], row.get("person_id")]
            found[i.file, row["document"]] = interviews.find(
                *(str(n) for n in names if isinstance(n, str) and n)
            )
    return found


def _place(
    rows: pd.DataFrame, imports: list[Imported], interviews: InterviewList, ledger: Ledger
) -> pd.DataFrame:
    """Codings with their interview; those of refused and unknown interviews are dropped."""
    by_document = _document_map(imports, interviews)
    names = {
        (i.file, d["document"]): d.get("name") or d["document"]
        for i in imports
        for d in i.documents.to_dict("records")
    }
    keys = list(zip(rows["file"], rows["document"], strict=True))
    rows = rows.assign(interview_id=[by_document.get(k) for k in keys])
    whys = [
        None if by_document.get(k) else interviews.refused.get(squeezed(names.get(k) or ""))
        for k in keys
    ]
    rows = rows.assign(why=pd.Series(whys, index=rows.index, dtype=object))
    for why in dict.fromkeys(w for w in whys if w):
        rows = ledger.drop("codings", rows, rows["why"] == why, f"the interview was refused: {why}")
    rows = ledger.drop(
        "codings", rows, rows["document"].isin(["", None]), "no interview in the row"
    )
    return ledger.drop(
        "codings",
        rows,
        rows["interview_id"].isna(),
        "the document is none of the listed interviews",
    )


def _coded(rows: pd.DataFrame, book: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Codings with their code after merges; unknown codes and headings are dropped and listed."""
    index, final = CodeIndex(book), follow_merges(book)
    cache = {path: index.find(path) for path in dict.fromkeys(rows["code"])}
    rows = rows.assign(code_id=rows["code"].map(cache))
    rows = ledger.drop("codings", rows, rows["code_id"].isna(), "unknown code", names=True)
    merged = rows["code_id"].map(final)
    for file, n in rows[merged != rows["code_id"]].groupby("file", sort=False).size().items():
        ledger.add(
            "codings", file, "note", n, "codings moved to the code that theirs was merged into"
        )
    rows = rows.assign(code_id=merged)
    headings = set(book.loc[~book["is_codable"], "code_id"])
    return ledger.drop(
        "codings", rows, rows["code_id"].isin(headings), "a heading, not a code", names=True
    ).copy()


def _days(rows: pd.DataFrame, date_order: str | None) -> pd.Series:
    """Day of coding; the order of day and month is settled file by file."""
    days = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]")
    for file, part in rows.groupby("file", sort=False):
        days.loc[part.index] = as_dates(part["coded_at"], date_order, file, "coded_at").to_numpy()
    return days


def _coder_ids(declared: list[str], met: list[str | None]) -> dict[str, str]:
    """Coder as written -> C1, C2 ... in order of appearance; ids of that form keep theirs.

    A coder whom the list declares and one whom the project names are the same when there is just
    one of each. UserError where there are more: somebody who is spelt in two ways would count as a
    second coder who saw nothing.
    """
    names = list(dict.fromkeys([*declared, *(c or "" for c in met)]))
    told, found = {squeezed(c) for c in declared if c}, {squeezed(c) for c in met if c}
    unmet = [c for c in dict.fromkeys(declared) if squeezed(c) not in found]
    strange = [c for c in dict.fromkeys(met) if c and squeezed(c) not in told]
    alias: dict[str, str] = {}
    if unmet and strange and declared:
        if len({squeezed(c) for c in unmet}) > 1 or len({squeezed(c) for c in strange}) > 1:
            raise UserError(
                f"the list of interviews names the coders {_quoted(unmet)}, the codings"
                f" {_quoted(strange)}",
                column="coders",
                remedy="Spell each coder in the list as in the project.",
            )
        alias = dict.fromkeys(strange, unmet[0])
    ids = {n: n.upper() for n in names if re.fullmatch(r"(?i)c\d+", n)}
    number, same = 0, {}
    for name in names:
        if name in ids or name in alias:
            continue
        key = squeezed(name)
        if key not in same:
            number += 1
            while f"C{number}" in ids.values():
                number += 1
            same[key] = f"C{number}"
        ids[name] = same[key]
    return ids | {name: ids[other] for name, other in alias.items()}


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name[:40]}'" for name in names[:4])


def _without_duplicates(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """One coding per interview, coder, pass, code and stretch.

    Where there are no positions the place or quote tells stretches apart.
    """
    has_span = rows["start"].notna()
    spot = [
        (d, s, e) if known else (d, place or None, polarity)
        for d, s, e, place, polarity, known in zip(
            rows["document"],
            rows["start"],
            rows["end"],
            rows["place"],
            rows["polarity"],
            has_span,
            strict=True,
        )
    ]
    key = pd.Series(
        list(
            zip(
                rows["interview_id"],
                rows["coder_id"],
                rows["pass"],
                rows["code_id"],
                spot,
                strict=True,
            )
        ),
        index=rows.index,
        dtype=object,
    )
    return ledger.drop(
        "codings",
        rows,
        key.duplicated(),
        "duplicate: same interview, coder, pass, code and stretch",
    )


def _assignments(
    rows: pd.DataFrame,
    imports: list[Imported],
    interviews: InterviewList,
    coders: dict[str, str],
    ledger: Ledger,
) -> pd.DataFrame:
    """Who looked at what: as declared, else as the codings show.

    A coding without a declared assignment makes a partial one.
    """
    found: dict[tuple, str] = {(i, coders[c], 1): status for i, c, status in interviews.coders}
    declared = {i for i, _, _ in interviews.coders}
    by_document = _document_map(imports, interviews)
    for i in imports:
        for document, coder in i.looked:
            interview = by_document.get((i.file, document))
            if interview and (coder or "") in coders:
                found.setdefault((interview, coders[coder or ""], 1), "complete")
    added = 0
    for key in dict.fromkeys(
        zip(rows["interview_id"], rows["coder_id"], rows["pass"], strict=True)
    ):
        if key not in found:
            found[key] = "partial" if key[0] in declared and key[2] == 1 else "complete"
            added += 1
    if added and imports:
        what = (
            "assignments known only from codings: an interview that a coder read without giving a"
            " code is not among them"
        )
        ledger.add("codings", imports[0].file, "note", added, what)
    table = pd.DataFrame(
        [(*key, status) for key, status in found.items()],
        columns=["interview_id", "coder_id", "pass", "status"],
    )
    return table.sort_values(["interview_id", "coder_id", "pass"]).reset_index(drop=True)


def _with_consent(
    rows: pd.DataFrame,
    imports: list[Imported],
    interviews: InterviewList,
    coders: Iterable[str],
    ledger: Ledger,
) -> pd.DataFrame:
    """Quotes and memos only where the interviewee agreed, without the names the import knows."""
    agreed = set(interviews.table.loc[interviews.table["consent_quotes"] == "yes", "interview_id"])
    may_quote = rows["interview_id"].isin(agreed)
    redact = Redactor(
        [
            *interviews.people,
            *coders,
            *(p for i in imports for p in i.people),
            *(
                d
                for i in imports
                if "person_id" in i.documents
                for d in i.documents["person_id"].dropna()
            ),
        ]
    )
    for file, part in rows[~may_quote].groupby("file", sort=False):
        what = "codings whose quote was removed: no consent to quotes"
        ledger.add("codings", file, "note", part["quote"].notna().sum(), what)
    return rows.assign(
        quote=[redact(q) if ok else None for q, ok in zip(rows["quote"], may_quote, strict=True)],
        memo=[redact(m) if ok else None for m, ok in zip(rows["memo"], may_quote, strict=True)],
    )


def _topics(interviews: InterviewList, imports: list[Imported], book: pd.DataFrame) -> pd.DataFrame:
    """Interview x family of the codebook.

    Raised unless the list, or a file that covers one family only, says otherwise.
    """
    families = list(dict.fromkeys(book["family"]))
    by_document = _document_map(imports, interviews)
    by_file = {(by_document.get((i.file, d)), f) for i in imports for d, f in i.asked}
    told = {f for i in imports for _, f in i.asked}
    rows = []
    for interview in interviews.table["interview_id"]:
        listed = interviews.topics.get(interview)
        for family in families:
            if listed is not None:
                asked = family in listed or "*" in listed
            else:
                asked = family not in told or (interview, family) in by_file
            rows.append((interview, family, asked))
    return pd.DataFrame(rows, columns=["interview_id", "family", "asked"]).astype(
        {"asked": "boolean"}
    )


def _final(rows: pd.DataFrame, interviews: InterviewList) -> pd.DataFrame:
    waves = dict(zip(interviews.table["interview_id"], interviews.table["wave"], strict=True))
    ids = [
        hashlib.sha1(f"{f}\n{r}\n{c}".encode()).hexdigest()
        for f, r, c in zip(rows["file"], rows["ref"], rows["code_id"], strict=True)
    ]
    return pd.DataFrame(
        {
            "coding_id": ids,
            "wave": rows["interview_id"].map(waves).astype(object),
            "interview_id": rows["interview_id"],
            "coder_id": rows["coder_id"],
            "pass": rows["pass"],
            "code_id": rows["code_id"],
            "unit": rows["unit"].map(lambda u: u if u in UNITS else "segment"),
            "start": pd.array(rows["start"].to_list(), dtype="Int64"),
            "end": pd.array(rows["end"].to_list(), dtype="Int64"),
            "polarity": pd.array([as_polarity(p) for p in rows["polarity"]], dtype="Int64"),
            "quote": rows["quote"],
            "quote_truncated": (
                rows["quote_truncated"].fillna(False).astype(bool) & rows["quote"].notna()
            ),
            "memo": rows["memo"],
            "coded_at": rows["coded_at"],
            "source_tool": rows["tool"],
            "source_file_sha256": rows["sha256"],
            "source_ref": rows["ref"],
        }
    )
