"""Interview codings from whatever tool, into one set of canonical tables.

``read_sources(workbook)`` is what notebook 05 calls; ``read_codings`` does the same for files
anywhere. Supported: REFI-QDA (.qdpx, .qde, .qdc), Taguette, QualCoder, ATLAS.ti, MAXQDA, Dedoose,
Dovetail, QDA Miner, plain lists and plain 0/1 tables; NVivo by way of REFI-QDA. The tables are
those of ``icplib.tables.step_05``; no name of an interviewee or coder is in any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from icplib.exports.files import SQLITE_SUFFIXES, read_table
from icplib.interviews.canonical import TABLES, Codings, assemble
from icplib.interviews.codebook import CodeIndex, Families, build_codebook, read_codebook
from icplib.interviews.imported import Imported, Ledger
from icplib.interviews.interviews import read_interviews
from icplib.interviews.refi import read_project
from icplib.interviews.sqlite import read_database
from icplib.interviews.tabular import account_for_lines, read_codings_table
from icplib.problems import UserError
from icplib.settings import Quarter
from icplib.tables import artefact

__all__ = ["CodingFile", "Codings", "describe_import", "read_codings", "read_sources"]


@dataclass(frozen=True)
class CodingFile:
    """One file of codings and what the file itself does not say.

    ``format`` is a key of presets/tools.toml; ``coder`` who coded it; ``family`` the heading of all
    its codes; ``columns`` our name = header in the file; ``table`` the sheet of a workbook.
    """

    path: Path
    format: str | None = None
    coder: str | None = None
    family: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    table: str | None = None


def read_sources(workbook) -> Codings:
    """The canonical tables of a workbook's sources ``interviews`` and ``codings``.

    Empty tables where both are absent.

    ``[sources.codings]`` may say ``file`` (a pattern such as ``codings_*.csv`` means several),
    ``format``, ``coder`` or ``coders`` (file name = coder), ``codebook``, ``columns`` and
    ``families`` (heading or file name = family of statements).
    """
    interviews, codings = workbook.source("interviews"), workbook.source("codings")
    if interviews is None and codings is None:
        return Codings(**{name: artefact(f"05_{name}").empty() for name in TABLES})
    spec = codings.spec if codings else None
    files = [
        CodingFile(
            p,
            spec.format,
            spec.coders.get(p.name, spec.coder),
            spec.families.get(p.name),
            spec.columns,
            spec.table,
        )
        for p in _matching(codings)
    ]
    return read_codings(
        files,
        interviews=_matching(interviews)[0] if interviews else None,
        interview_columns=interviews.spec.columns if interviews else {},
        codebook=codings.folder / spec.codebook if spec and spec.codebook else None,
        families=(
            {k: v for k, v in spec.families.items() if not (codings.folder / k).is_file()}
            if spec
            else {}
        ),
        quarter=workbook.quarter,
        date_order=(spec.date_order if spec else None)
        or (interviews.spec.date_order if interviews else None)
        or workbook.settings.date_order,
        withdrawn=workbook.settings.personas.withdrawn,
    )


def _matching(source) -> list[Path]:
    """The files a source names; a pattern may match several, none is an error."""
    if source is None:
        return []
    if source.spec.file is None:
        raise UserError(
            f"the source '{source.name}' needs a file",
            file="company.toml",
            remedy=f'[sources] {source.name} = "<file>".',
        )
    if any(sign in source.spec.file for sign in "*?["):
        found = sorted(p for p in source.folder.glob(source.spec.file) if p.is_file())
        if not found:
            raise UserError(
                f"no file matches '{source.spec.file}'",
                file=source.folder,
                remedy="Check the pattern in company.toml.",
            )
        return found
    return [source.path]


def read_codings(
    files: Iterable[CodingFile | Path | str],
    *,
    interviews: Path | str | None = None,
    interview_columns: Mapping[str, str] | None = None,
    codebook: Path | str | None = None,
    families: Mapping[str, str] | None = None,
    quarter: Quarter | None = None,
    date_order: str | None = None,
    withdrawn: Iterable[str] = (),
) -> Codings:
    """Canonical tables of files of codings, a list of interviews and a codebook, each of which may
    be absent.

    ``families`` maps headings to families of statements; nothing after the end of ``quarter`` is
    read; interviews of the persons in ``withdrawn`` (ids as in the file, or P-...) are refused.
    Raises UserError for files that are damaged, hostile or unknown.
    """
    ledger, words = Ledger(), Families(families)
    withdrawn = tuple(withdrawn)
    listed = None
    if interviews is not None:
        rows, report = read_table(interviews)
        ledger.tool(Path(interviews).name, "list of interviews", True)
        account_for_lines(report, Path(interviews).name, ledger, "interviews")
        listed = read_interviews(
            rows,
            Path(interviews).name,
            ledger,
            columns=interview_columns,
            date_order=date_order,
            quarter=quarter,
            withdrawn=withdrawn,
            families=words,
        )
    codes, knows = None, None
    if codebook is not None:
        codes = read_codebook(Path(codebook), ledger, date_order=date_order)
        knows = CodeIndex(build_codebook(codes, words, Ledger())).knows
    imports = [
        _read(f if isinstance(f, CodingFile) else CodingFile(Path(f)), ledger, knows, words)
        for f in files
    ]
    return assemble(
        imports,
        listed,
        codes,
        ledger,
        families=words,
        quarter=quarter,
        date_order=date_order,
        withdrawn=withdrawn,
    )


def _read(file: CodingFile, ledger: Ledger, knows, words: Families) -> Imported:
    suffix = file.path.suffix.lower()
    if suffix in (".qdpx", ".qde"):
        read = read_project(file.path, ledger)
    elif suffix in SQLITE_SUFFIXES or file.path.is_dir():
        read = read_database(file.path, ledger, coder=file.coder)
    else:
        family = words.of(file.family)
        if file.family and family is None:
            raise UserError(
                f"'{file.family}' is no family of codes",
                file=file.path.name,
                remedy="See families in the README.",
            )
        return read_codings_table(
            file.path,
            ledger,
            wanted=file.format,
            coder=file.coder,
            columns=dict(file.columns),
            family=family,
            table=file.table,
            knows=knows,
        )
    if file.coder is not None:
        read.codings = read.codings.assign(coder=file.coder)
    return read


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
            for r in part[part["outcome"] == "dropped"].itertuples()
        ]
        notes = [
            r.reason if any(c.isdigit() for c in r.reason) else f"{r.reason} ({r.n})"
            for r in part[part["outcome"] == "note"].itertuples()
        ]
        sentences.append(
            text
            + (f"; dropped: {'; '.join(dropped)}" if dropped else "")
            + "."
            + "".join(f" {n[0].upper()}{n[1:]}." for n in notes)
        )
    return sentences
