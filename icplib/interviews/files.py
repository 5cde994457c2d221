"""Which files a source of interviews names, and what a file of an interview project is."""

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from icplib.exports.files import SQLITE_SUFFIXES, SUFFIXES, read_table
from icplib.interviews import safe
from icplib.interviews.presets import bind, preset, squeezed
from icplib.problems import UserError, UserErrors

OWN_FORMATS = {  # project files that only their own program reads
    ".nvp": "NVivo",
    ".nvpx": "NVivo",
    ".atlproj": "ATLAS.ti",
    ".atlproj23": "ATLAS.ti",
    ".hpr": "ATLAS.ti",
    ".qdpprj": "QDA Miner",
    ".wpj": "QDA Miner",
    ".ppj": "QDA Miner",
    **{f".mx{version}": "MAXQDA" for version in range(18, 28)},
}


@dataclass(frozen=True)
class CodingFile:
    """One file of an interview project, and what the file itself does not say.

    ``format`` is a key of presets/tools.toml; ``coder`` who coded it; ``family`` the heading of all
    its codes; ``columns`` our name = header in the file; ``table`` the sheet of a workbook.
    """

    path: Path
    format: str | None = None
    coder: str | None = None
    family: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    table: str | None = None


def files_of(source: Any) -> list[Path]:
    """The files that a source names, in order.

    A name may be a pattern, a folder of files, or the folder of a QualCoder project (one path).
    Raises UserError where a name matches nothing.
    """
    if source is None:
        return []
    if source.spec.file is None:
        raise UserError(
            f"the source '{source.name}' needs a file",
            file="company.toml",
            remedy=f'[sources] {source.name} = "<file>".',
        )
    found = [p for name in (source.spec.file, *source.spec.also) for p in _named(source, name)]
    return list(dict.fromkeys(found))


def _named(source: Any, name: str) -> list[Path]:
    path = source.folder / name
    if path.is_dir() and not (path / "data.qda").is_file():
        found = sorted(p for p in path.iterdir() if not p.name.startswith("."))
    elif path.exists():
        return [path]
    else:
        found = sorted(p for p in source.folder.glob(name) if not p.name.startswith("."))
    if not found:
        raise UserError(
            f"no file matches '{name}'" if set(name) & set("*?[") else "there is no such file",
            file=path,
            remedy=f"Put it there, or mend [sources] {source.name} in company.toml.",
        )
    return found


def by_pattern(names: Mapping[str, str], path: Path) -> str | None:
    """The value of the first key that is, as a name or as a pattern, this file's."""
    if path.name in names:
        return names[path.name]
    return next((value for key, value in names.items() if fnmatch(path.name, key)), None)


def sha256_of(paths: Iterable[Path]) -> str:
    """One fingerprint of all files of a source."""
    hashes = [safe.sha256_of(p / "data.qda" if p.is_dir() else p) for p in paths]
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def kind_of(path: Path) -> str:
    """What kind of file it is: project, codebook, database or table.

    Raises UserError for a file that only its own program reads.
    """
    suffix = path.suffix.lower()
    if suffix in OWN_FORMATS:
        raise UserError(
            f"a project of {OWN_FORMATS[suffix]}, which only that program reads",
            file=path.name,
            remedy="Export it there as a REFI-QDA project (.qdpx); see docs/interviews.md.",
        )
    if suffix in (".qdpx", ".qde") or (suffix == ".zip" and _holds_project(path)):
        return "project"
    if suffix == ".qdc":
        return "codebook"
    if path.is_dir() or suffix == ".qda" or suffix in SQLITE_SUFFIXES:
        return "database"
    return "table"


def _holds_project(path: Path) -> bool:
    """Whether a zip is a REFI-QDA project by another name."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.lower().endswith(".qde") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


@dataclass(frozen=True)
class Recognised:
    """A file of an interview project: its source (interviews, codings, codebook) and its tool."""

    source: str
    tool: str

    @property
    def line(self) -> str:
        """What was recognised, in words."""
        return f"{self.source} ({self.tool})"


def recognise(path: Path) -> Recognised | None:
    """What part of an interview project a file is; None where it is none.

    Never raises: a file that cannot be opened is none. A plain list of two columns is not taken for
    codings, since any table has two columns.
    """
    suffix = path.suffix.lower()
    try:
        kind = kind_of(path)
    except UserError:
        return Recognised("codings", f"{OWN_FORMATS[suffix]}, to be exported as .qdpx")
    if kind == "project":
        return Recognised("codings", "REFI-QDA project")
    if kind == "codebook":
        return Recognised("codebook", "REFI-QDA codebook")
    if path.is_dir() or suffix == ".qda":
        return Recognised("codings", "QualCoder project")
    try:
        rows, _ = read_table(path)
    except (UserError, UserErrors, OSError, ValueError):
        return Recognised("codings", "Taguette project") if _is_taguette(path) else None
    return _by_headers(list(rows.columns), path)


def _is_taguette(path: Path) -> bool:
    try:
        with safe.open_database(path) as con:
            names = con.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    except (UserError, OSError):
        return False
    return {"highlights", "highlight_tags"} <= {name for (name,) in names}


def _by_headers(headers: list[str], path: Path) -> Recognised | None:
    people = bind(headers, preset("interviews")["columns"], {}, path.name)
    own = squeezed(people.get("interview_id", [""])[0])  # "ID" is a column of any export
    if own not in ("", "id") and set(people) & {"buying_role", "consent_analysis", "topics_asked"}:
        return Recognised("interviews", "list of interviews")
    for key, tool in preset("tools").items():
        bound = bind(headers, tool["columns"], {}, path.name)
        if all(need in bound for need in tool["needs"]) and _is_telling(key, bound, headers):
            return Recognised("codings", tool["name"])
    for key, tool in preset("codebooks").items():
        bound = bind(headers, tool["columns"], {}, path.name)
        if all(need in bound for need in tool["needs"]) and (
            key != "codebook" or {"heading", "definition"} & set(bound)
        ):
            return Recognised("codebook", tool["name"])
    return None


def _is_telling(key: str, bound: Mapping[str, Any], headers: list[str]) -> bool:
    """Whether headers speak of codings and of nothing else."""
    if key == "wide":
        return False
    if key not in ("long", "listed"):
        return True
    own = {squeezed(h) for h in headers} & {"interviewid", "coder", "codingid", "quote", "excerpt"}
    return len(own) >= 1 and bool({"coder", "quote"} & set(bound))


__all__ = [
    "SUFFIXES",
    "CodingFile",
    "Recognised",
    "by_pattern",
    "files_of",
    "kind_of",
    "recognise",
    "sha256_of",
]
