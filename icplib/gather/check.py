"""A look at the sources before anything runs.

What must be mended, what may not be meant so, and what is worth knowing. Nothing is joined or
written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from filecmp import cmp
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

import pandas as pd

from icplib.exports.files import connect, quoted
from icplib.exports.mapping import presets
from icplib.gather import privacy, ranges
from icplib.gather.attributes import attribute_texts, read_attributes
from icplib.gather.canon import FIELDS
from icplib.gather.engines import DuckDB
from icplib.gather.facts import TABLES, days_of, first_look
from icplib.gather.log import SETTINGS_FILE, Log
from icplib.gather.privacy import RAW
from icplib.gather.quality import unread
from icplib.gather.staging import Staged, stage
from icplib.problems import UserError, did_you_mean
from icplib.workbook import raw_quarters

MOST_WORDS = 5000  # different values of a column: beyond it they are read by the gather alone


@dataclass(frozen=True)
class Looked:
    """``problems`` stop a run; ``warnings`` are about files and lines of the settings that may not
    be meant so (idle, last quarter's, without effect); ``notices`` about what a run will meet in
    the data: contradictions, values that cannot be or may be one.
    """

    problems: list[UserError]
    warnings: list[str]
    notices: list[str]


def check(wb) -> list[UserError]:
    """Every problem that the sources have, found without building a table.

    Absent files, columns, dates, currencies, statements, declarations.
    """
    return look(wb, whole=False).problems


def look(wb, whole: bool = True) -> Looked:
    """``check`` and, when ``whole``, what the quality table will say of single sources.

    Every file is read once.
    """
    if unknown := _unknown_presets(wb):
        return Looked(unknown, [], [])
    problems, log, staged = [], Log(), {}
    for refuse in (ranges.refuse_unknown, privacy.refuse_unknown):
        problems += _problem(refuse, wb.settings)
    with connect(wb.settings.memory_limit) as con:
        for name in wb.settings.sources:
            problems += _problem(_look_at, con, wb, name, log, staged, whole)
        if whole and "accounts" in staged:
            problems += _problem(
                _look_at_attributes,
                con,
                [staged[name] for name in ("accounts", "prospects") if name in staged],
                wb.settings,
                log,
            )
        unended = (
            _unended(
                wb,
                {
                    day
                    for s in staged.values()
                    for day in days_of(DuckDB(con), s, wb.quarter.first_invisible_day)
                },
            )
            if whole
            else []
        )
    of_settings = [_told(row) for row in log.quality if row["source"] == SETTINGS_FILE]
    of_data = [_told(row) for row in log.quality if row["source"] != SETTINGS_FILE]
    return Looked(problems, [*_unused(wb), *_unchanged(wb), *unended, *of_settings], of_data)


def _told(row: dict) -> str:
    """One finding as a sentence."""
    where, change = row["column"], row["decide_in_settings"]
    return (
        f"{row['source']}: {row['check']}, {row['n']:,}{f' in {where}' if where else ''};"
        f" {row['done']}{f'. To change that: {change}' if change else ''}"
    )


def _unknown_presets(wb) -> list[UserError]:
    declared = {"preset": wb.settings.preset} | {
        f"sources.{source}.preset": spec.preset
        for source, spec in wb.settings.sources.items()
        if spec.preset
    }
    return [
        UserError(
            f"{key}: there is no preset '{name}'",
            file=wb.folder / "company.toml",
            remedy=did_you_mean(name, presets()),
        )
        for key, name in declared.items()
        if name not in presets()
    ]


def _problem(ask, *args) -> list[UserError]:
    try:
        ask(*args)
    except UserError as problem:
        return [problem]
    return []


def _look_at(con, wb, name: str, log: Log, seen: dict[str, Staged], whole: bool) -> None:
    source = wb.source(name)
    if name not in FIELDS:
        unread(source)
    elif source.spec.file or source.spec.sql:
        staged = stage(con, source, wb.settings, log, whole=whole)
        if name == "accounts" and not staged.report.n_kept:
            raise UserError(
                "the file has no rows", file=source.path, remedy="Export the accounts again."
            )
        if whole and name in TABLES:
            first_look(DuckDB(con), staged, wb.quarter.first_invisible_day, wb.settings, log)
        seen[name] = staged
    elif wb.settings.engine in ("duckdb", "polars"):
        raise UserError(
            f"the source {name} names a table of a database",
            remedy='Set engine = "spark" or "postgres", or name a file.',
        )


def _look_at_attributes(con, staged: list[Staged], settings, log: Log) -> None:
    """What the companies' attributes hold, before a row is dropped or joined.

    Columns with more values than a list of words are left to the gather.
    """
    companies = pd.concat(
        [con.sql(f"select * from {quoted(s.relation)}").df().assign(source=s.name) for s in staged],
        ignore_index=True,
    )
    long = {
        column.removeprefix(RAW): column
        for column in companies
        if column.startswith(RAW) and companies[column].nunique() > MOST_WORDS
    }
    companies.loc[MOST_WORDS:, list(long.values())] = None
    found, origin = Log(), attribute_texts(companies, staged)[1]
    read_attributes(con, companies, staged, settings, found)
    left = {
        *long,
        *(f"attributes.{name}.same" for name, (_, header) in origin.items() if header in long),
    }
    log.quality += [row for row in found.quality if row["column"] not in left]


def _unended(wb, days: set[date]) -> list[str]:
    """Whether the data stop before the quarter does, by a longer silence than any in the year
    before: it may not be over.
    """
    end = wb.quarter.end
    year = sorted(day for day in days if end - timedelta(days=365) <= day <= end)
    silence = end - year[-1] if year else timedelta()
    if silence <= max((later - day for day, later in pairwise(year)), default=silence):
        return []
    return [
        f"{wb.quarter}: nothing is dated after {year[-1]}, {silence.days} days before the quarter"
        " ends; if the files were exported then, the report covers a part of it"
    ]


def _unchanged(wb) -> list[str]:
    """Files that are byte for byte those of the quarter before.

    Perhaps copied and never exported anew.
    """
    before = next(
        (
            wb.raw.parent / str(quarter)
            for quarter in reversed(raw_quarters(wb.company))
            if quarter < wb.quarter
        ),
        None,
    )
    files = [
        wb.source(name).spec.file
        for name in wb.settings.sources
        if name in ("accounts", "prospects", "churn", *TABLES)
    ]
    same = [
        file for file in files if file and before and _is_file_twice(wb.raw / file, before / file)
    ]
    return [
        f"{file}: the same file as in {before.name}; export it again unless the quarter brought"
        " nothing"
        for file in same
    ]


def _is_file_twice(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and cmp(one, other, shallow=False)


def _unused(wb) -> list[str]:
    """Files of the quarter's raw folder that no source reads."""
    specs = wb.settings.sources.values()
    named = {name for spec in specs for name in (spec.file, spec.codebook, *spec.coders) if name}
    statements = " ".join(spec.sql or "" for spec in specs)

    def read(file):
        return any(
            fnmatch(file, name) or name.startswith(f"{file}/") for name in named
        ) or re.search(rf"\b{re.escape(file.split('.')[0])}\b", statements, re.I)

    idle = [
        path.name
        for path in sorted(wb.raw.iterdir())
        if not path.name.startswith(".") and not read(path.name)
    ]
    return [f"{name}: no source reads it; name it under [sources] or leave it" for name in idle]
