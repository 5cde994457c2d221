"""A look at the sources before anything runs: what must be mended, and what is worth knowing. Nothing is joined or written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from filecmp import cmp
from fnmatch import fnmatch
from pathlib import Path

from icplib.exports.files import connect
from icplib.exports.mapping import presets
from icplib.gather import privacy, ranges
from icplib.gather.canon import FIELDS
from icplib.gather.engines import DuckDB
from icplib.gather.facts import TABLES, first_look
from icplib.gather.log import Log
from icplib.gather.quality import unread
from icplib.gather.staging import stage
from icplib.problems import UserError, did_you_mean
from icplib.workbook import raw_quarters


@dataclass(frozen=True)
class Looked:
    """``problems`` stop a run; ``notices`` are sentences about what it will meet: files that nobody reads, contradictions, values that cannot be."""

    problems: list[UserError]
    notices: list[str]


def check(wb) -> list[UserError]:
    """Every problem that the sources have, found without building a table: absent files, columns, dates, currencies, statements, declarations."""
    return look(wb, whole=False).problems


def look(wb, whole: bool = True) -> Looked:
    """``check`` and, when ``whole``, what the quality table will say of single sources; every file is read once."""
    if unknown := _unknown_presets(wb):
        return Looked(unknown, [])
    problems, log = [], Log()
    for refuse in (ranges.refuse_unknown, privacy.refuse_unknown):
        problems += _problem(refuse, wb.settings)
    with connect(wb.settings.memory_limit) as con:
        for name in wb.settings.sources:
            problems += _problem(_look_at, con, wb, name, log, whole)
    findings = [f"{row['source']}: {row['check']}, {row['n']:,}{' in ' + row['column'] if row['column'] else ''}; {row['done']}" for row in log.quality]
    return Looked(problems, [*_unused(wb), *_unchanged(wb), *findings])


def _unknown_presets(wb) -> list[UserError]:
    declared = {"preset": wb.settings.preset} | {f"sources.{source}.preset": spec.preset for source, spec in wb.settings.sources.items() if spec.preset}
    return [
        UserError(f"{key}: there is no preset '{name}'", file=wb.folder / "company.toml", remedy=did_you_mean(name, presets()))
        for key, name in declared.items() if name not in presets()
    ]  # fmt: skip


def _problem(ask, *args) -> list[UserError]:
    try:
        ask(*args)
    except UserError as problem:
        return [problem]
    return []


def _look_at(con, wb, name: str, log: Log, whole: bool) -> None:
    source = wb.source(name)
    if name not in FIELDS:
        unread(source)
    elif source.spec.file or source.spec.sql:
        staged = stage(con, source, wb.settings, log, whole=whole)
        if name == "accounts" and not staged.report.n_kept:
            raise UserError("the file has no rows", file=source.path, remedy="Export the accounts again.")
        if whole and name in TABLES:
            first_look(DuckDB(con), staged, wb.quarter.first_invisible_day, wb.settings, log)
    elif wb.settings.engine in ("duckdb", "polars"):
        raise UserError(f"the source {name} names a table of a database", remedy='Set engine = "spark" or "postgres", or name a file.')


def _unchanged(wb) -> list[str]:
    """Files that are byte for byte those of the quarter before: perhaps copied and never exported anew."""
    before = next((wb.raw.parent / str(quarter) for quarter in reversed(raw_quarters(wb.company)) if quarter < wb.quarter), None)
    files = [wb.source(name).spec.file for name in wb.settings.sources if name in ("accounts", "prospects", "churn", *TABLES)]
    same = [file for file in files if file and before and _is_file_twice(wb.raw / file, before / file)]
    return [f"{file}: the same file as in {before.name}; export it again unless the quarter brought nothing" for file in same]


def _is_file_twice(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and cmp(one, other, shallow=False)


def _unused(wb) -> list[str]:
    """Files of the quarter's raw folder that no source reads."""
    specs = wb.settings.sources.values()
    named = {name for spec in specs for name in (spec.file, spec.codebook, *spec.coders) if name}
    statements = " ".join(spec.sql or "" for spec in specs)
    read = lambda file: any(fnmatch(file, name) or name.startswith(f"{file}/") for name in named) or re.search(rf"\b{re.escape(file.split('.')[0])}\b", statements, re.I)  # noqa: E731
    idle = [path.name for path in sorted(wb.raw.iterdir()) if not path.name.startswith(".") and not read(path.name)]
    return [f"{name}: no source reads it; name it under [sources] or leave it" for name in idle]
