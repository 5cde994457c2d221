"""``icp init --add-quarter``: the next exports under the names of company.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

from icplib.exports import read_table
from icplib.problems import UserError, did_you_mean
from icplib.settings import Quarter
from icplib.words import listed
from icplib.workbook import Workbook, raw_quarters

ALIKE = 0.5  # share of headers that two exports of one table have in common at least


def add_quarter(company: str, files: list[Path], quarter: str) -> list[str]:
    """Copy ``files`` to ``raw/<quarter>`` under the names of company.toml.

    Each is told by its name or, failing that, by its headers. Returns a line a file: what it became
    and which headers are gone or new since the newest earlier quarter. Nothing is overwritten, and
    nothing is written unless every file has its place.
    """
    new = Quarter(quarter)
    earlier = [q for q in raw_quarters(company) if q < new]
    if not earlier:
        raise UserError(
            f"{company} has no quarter before {new} to go by", remedy="Use `icp init` without it."
        )
    book = Workbook(company, str(earlier[-1]))
    target = book.raw.with_name(str(new))
    named = {s.file: name for name, s in book.settings.sources.items() if s.file}
    known = {file: _headers(book.raw / file) for file in named if (book.raw / file).is_file()}
    taken: dict[str, Path] = {}
    lines = []
    for path in files:
        headers = _headers(path)
        file = _place(path, headers, known)
        if file in taken or (target / file).exists():
            raise UserError(
                f"{file} of {new} is there already",
                file=taken.get(file, target / file),
                remedy="Nothing is overwritten: give one file for each name.",
            )
        taken[file] = path
        lines.append(f"{path.name}: {named[file]}, as {file}{_changed(known[file], headers)}")
    target.mkdir(parents=True, exist_ok=True)
    for file, path in taken.items():
        shutil.copyfile(path, target / file)
    absent = [f"{file} ({named[file]})" for file in known if file not in taken]
    absent = [a for a in absent if not (target / a.split(" (")[0]).exists()]
    return lines + ([f"Not given: {listed(absent)}."] if absent else [])


def _headers(path: Path) -> list[str]:
    return [str(name) for name in read_table(path)[0].columns]


def _place(path: Path, headers: list[str], known: dict[str, list[str]]) -> str:
    """The name of company.toml under which a file goes."""
    shared = {
        file: len(set(headers) & set(theirs)) / max(1, len(set(headers) | set(theirs)))
        for file, theirs in known.items()
        if Path(file).suffix.casefold() == path.suffix.casefold()
    }
    best = max(shared, key=lambda file: (file == path.name, shared[file]), default="")
    if best and (best == path.name or shared[best] >= ALIKE):
        return best
    raise UserError(
        "no source of company.toml has a file like this",
        file=path,
        remedy=f"Give it the name of one: {did_you_mean(path.name, known)}",
    )


def _changed(before: list[str], now: list[str]) -> str:
    gone = [f"'{h}'" for h in before if h not in now]
    new = [f"'{h}'" for h in now if h not in before]
    said = [f"{word}: {listed(names)}" for word, names in (("gone", gone), ("new", new)) if names]
    return f"; {'; '.join(said)}" if said else ""
