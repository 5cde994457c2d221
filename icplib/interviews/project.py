"""All files of an interview project together: read, looked at, and told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from icplib.exports.files import read_table
from icplib.interviews.canonical import Codings, Files, assemble
from icplib.interviews.codebook import CodeIndex, Families, build_codebook, read_codebook
from icplib.interviews.files import CodingFile, by_pattern, files_of, kind_of
from icplib.interviews.imported import Imported, Ledger
from icplib.interviews.interviews import InterviewList, Terms, read_interviews
from icplib.interviews.presets import bind, preset
from icplib.interviews.refi import read_project
from icplib.interviews.sqlite import read_database
from icplib.interviews.tabular import Hints, account_for_lines, read_codings_table
from icplib.problems import UserError, UserErrors
from icplib.tables import rows_of

T = TypeVar("T")
AnyFile = CodingFile | Path | str


def read_sources(workbook: Any) -> Codings:
    """The canonical tables of a workbook's sources ``interviews`` and ``codings``.

    Empty tables where both are absent. ``[sources.codings]`` may say ``file`` (a pattern such as
    ``codings_*.csv`` or a folder means several), ``also``, ``format``, ``coder`` or ``coders``
    (file name or pattern = coder), ``codebook``, ``columns``, ``table`` and ``families`` (heading
    or file name = family of statements). Raises UserErrors with everything that is wrong.
    """
    interviews, codings = workbook.source("interviews"), workbook.source("codings")
    if interviews is None and codings is None:
        return Codings.none()
    paths = files_of(codings)
    spec = codings.spec if codings else None
    own = {p.name for p in paths}
    terms = Terms(
        Families({k: v for k, v in spec.families.items() if k not in own} if spec else {}),
        workbook.quarter,
        (spec.date_order if spec else None)
        or (interviews.spec.date_order if interviews else None)
        or workbook.settings.date_order,
        tuple(workbook.settings.personas.withdrawn),
        workbook.settings.personas.late_codings,
    )
    return read_codings(
        [
            CodingFile(
                path,
                spec.format,
                by_pattern(spec.coders, path) or spec.coder,
                spec.families.get(path.name),
                spec.columns,
                spec.table,
            )
            for path in paths
        ],
        [
            CodingFile(path, columns=interviews.spec.columns, table=interviews.spec.table)
            for path in files_of(interviews)
        ],
        codings.folder / spec.codebook if spec and spec.codebook else None,
        terms,
    )


def read_codings(
    files: Iterable[AnyFile],
    interviews: Iterable[AnyFile] | AnyFile | None = None,
    codebook: Path | str | None = None,
    terms: Terms | None = None,
) -> Codings:
    """Canonical tables of files of codings, lists of interviews and a codebook.

    Each of the latter may be absent; a .qdc among the files is the codebook. Raises UserError, or
    UserErrors with one problem a file, for files that are damaged, hostile or unknown.
    """
    ledger, terms = Ledger(), terms or Terms()
    problems: list[UserError] = []
    given = [_as_file(f) for f in files]
    lists = [] if interviews is None else _several(interviews)
    listed = _try(problems, lambda: _listed(lists, ledger, terms)) if lists else None
    book = Path(codebook) if codebook is not None else None
    books = [f for f in given if f.path.suffix.lower() == ".qdc"]
    book = book or (books[0].path if books else None)
    codes, knows = None, None
    if book is not None:
        codes = _try(problems, lambda: read_codebook(book, ledger, date_order=terms.date_order))
    if codes is not None:
        knows = CodeIndex(build_codebook(codes, terms.families, Ledger())).knows
    reader = Reader(ledger, terms, knows)
    imports = [
        _try(problems, lambda one=one: reader.read(one)) for one in given if one not in books
    ]
    if problems:
        raise problems[0] if len(problems) == 1 else UserErrors(problems)
    read = Files([i for i in imports if i is not None], listed, codes)
    return assemble(read, ledger, terms)


def _as_file(file: AnyFile) -> CodingFile:
    return file if isinstance(file, CodingFile) else CodingFile(Path(file))


def _several(files: Iterable[AnyFile] | AnyFile) -> list[CodingFile]:
    one = isinstance(files, (CodingFile, Path, str))
    return [_as_file(f) for f in ([files] if one else files)]  # type: ignore[list-item, union-attr]


def _try(problems: list[UserError], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except UserErrors as several:
        problems += several.problems
    except UserError as problem:
        problems.append(problem)
    return None


def _listed(files: list[CodingFile], ledger: Ledger, terms: Terms) -> InterviewList:
    """One list of interviews from one or several files (waves)."""
    parts, columns = [], dict(files[0].columns)
    name = ", ".join(f.path.name for f in files)
    for one in files:
        rows, report = read_table(one.path, table=one.table)
        account_for_lines(report, name, ledger, "interviews")
        if len(files) > 1:
            bound = bind(rows.columns, preset("interviews")["columns"], one.columns, one.path.name)
            rows = rows.rename(columns={h[0]: ours for ours, h in bound.items() if len(h) == 1})
            columns = {}
        parts.append(rows)
    ledger.tool(name, "list of interviews", True)
    return read_interviews(pd.concat(parts, ignore_index=True), name, ledger, columns, terms)


@dataclass(frozen=True)
class Reader:
    """Reads one file of codings; ``knows`` tells whether a text is a code of the codebook."""

    ledger: Ledger
    terms: Terms
    knows: Callable[[tuple[str, ...]], bool] | None

    def read(self, file: CodingFile) -> Imported:
        """What the file says, whatever tool wrote it."""
        kind = kind_of(file.path)
        if kind == "table":
            return self._table(file)
        if kind == "project":
            read = read_project(file.path, self.ledger)
        else:
            read = read_database(file.path, self.ledger, coder=file.coder)
        if file.coder is not None:
            read.codings = read.codings.assign(coder=file.coder)
        return read

    def _table(self, file: CodingFile) -> Imported:
        family = self.terms.families.of(file.family)
        if file.family and family is None:
            raise UserError(
                f"'{file.family}' is no family of codes",
                file=file.path.name,
                remedy="The families stand in docs/interviews.md.",
            )
        hints = Hints(file.format, file.coder, dict(file.columns), family, self.knows)
        return read_codings_table(file.path, self.ledger, hints, file.table)


def look(workbook: Any) -> tuple[list[UserError], list[str]]:
    """(problems, sentences): what `icp check` says of the interviews and their codings."""
    try:
        read = read_sources(workbook)
    except UserErrors as several:
        return several.problems, []
    except UserError as problem:
        return [problem], []
    empty = workbook.source("codings") is not None and read.codings.empty
    problems = (
        [
            UserError(
                "no coding of any interview is left",
                file="[sources] codings",
                remedy="See what was dropped, and why, below.",
            )
        ]
        if empty
        else []
    )
    return problems, describe_import(read.import_report)


def describe_import(report: pd.DataFrame) -> list[str]:
    """The import report in sentences, one a file.

    Read, kept, dropped by reason, and what to know.
    """
    sentences = []
    for (source, file), part in report.groupby(["source", "file"], sort=False):
        count = part.groupby("outcome")["n"].sum()
        tool = part["tool"].iloc[0]
        what = "codes" if source == "codebook" else source
        text = (
            f"{file}{f' ({tool})' if tool else ''}: {count.get('read', 0)} {what} read,"
            f" {count.get('kept', 0)} kept"
        )
        dropped = [
            f"{r.n} {r.reason}{f' ({r.detail})' if r.detail else ''}"
            for r in rows_of(part[part["outcome"] == "dropped"])
        ]
        notes = [
            r.reason if any(c.isdigit() for c in r.reason) else f"{r.reason} ({r.n})"
            for r in rows_of(part[part["outcome"] == "note"])
        ]
        sentences.append(
            text
            + (f"; dropped: {'; '.join(dropped)}" if dropped else "")
            + "."
            + "".join(f" {n[0].upper()}{n[1:]}." for n in notes)
        )
    return sentences
