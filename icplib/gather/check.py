"""A look at the sources before anything runs.

What must be mended, what may not be meant so, and what is worth knowing. Nothing is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from filecmp import cmp
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

from icplib import words
from icplib.exports.ledger import SETTINGS_FILE, WHOLE
from icplib.exports.mapping import presets
from icplib.gather.attributes import read_attributes
from icplib.gather.canon import FIELDS
from icplib.gather.desk import Desk, at_desk
from icplib.gather.facts import TABLES, days_of
from icplib.gather.run import join, read, refuse_unknown
from icplib.problems import UserError, did_you_mean
from icplib.settings import Settings
from icplib.workbook import raw_quarters


@dataclass(frozen=True)
class Looked:
    """What a look at settings and raw files finds, by how much it matters.

    ``problems`` stop a run; ``warnings`` are about files and lines of the settings that may not be
    meant so (idle, last quarter's, without effect); ``notices`` about what a run will meet in the
    data: contradictions, values that cannot be or may be one.
    """

    problems: list[UserError]
    warnings: list[str]
    notices: list[str]
    readings: tuple[str, ...] = ()  # file by file: what was read as what
    heads: tuple[str, ...] = ()  # what was lost and what has changed, for readers of the pages


def check(wb) -> list[UserError]:
    """Every problem that the sources have, found without a join.

    Absent files, columns, dates, currencies, statements, declarations.
    """
    return look(wb, whole=False).problems


def look(wb, whole: bool = True) -> Looked:
    """Every problem of the sources, each of which is read once.

    When ``whole`` and nothing stands against it, the companies are joined with what they did as in
    the gather itself, so that all that a run would say, or stop for, is said before it.
    """
    if unknown := _unknown_presets(wb):
        return Looked(unknown, [], [])
    with at_desk(wb) as desk:
        problems = _problem(refuse_unknown, desk)
        for name in wb.settings.sources:
            problems += _problem(_look_at, desk, name)
        unended: list[str] = []
        if whole and not problems:
            problems += _look_at_joins(desk)
        if whole and not problems:
            days = {day for name in desk.frames for day in days_of(desk, name)}
            unended = _unended(wb, days)
    told = desk.ledger.quality
    of_settings = [_told(row) for row in told if row["source"] == SETTINGS_FILE]
    of_data = [_told(row) for row in told if row["source"] != SETTINGS_FILE]
    warnings = [*_unused(wb), *_unchanged(wb), *unended, *of_settings]
    heads = tuple(desk.ledger.heads)
    return Looked(problems, warnings, of_data, tuple(_readings(desk)), heads)


def _readings(desk: Desk) -> list[str]:
    """A line for every file, with its rows kept and lost, and one for every column that is read."""
    lines, ledger = [], desk.ledger
    for name, s in desk.staged.items():
        r, stages = s.report, [row for row in ledger.attrition if row["source"] == name]
        sheet = f", sheet {s.spec.table}" if s.spec.table else ""
        lost = [f"{words.number(x['n_dropped'])} {x['stage']}" for x in stages if x["n_dropped"]]
        kept = f"{words.number(ledger.n_out(name))} kept"
        lines.append(
            f"{name}: {r.file} ({r.form}{sheet}), {words.number(r.n_rows)} rows ="
            f" {' + '.join([kept, *lost])}"
        )
        mine = [row for row in ledger.readings if row["source"] == name]
        for header in dict.fromkeys(row["column"] for row in mine):
            of_header = [row for row in mine if row["column"] == header]
            lines.append(f"  {header}: " + "; ".join(map(_read_as, of_header)))
    return lines


def _read_as(row: dict) -> str:
    if row["value"] == WHOLE:
        return row["read_as"]
    return f"{row['value']} ({words.number(row['n'])}) is {row['read_as']}"


def stale(wb) -> list[str]:
    """Whether no row of any source is dated in the quarter, as a sentence."""
    with at_desk(wb) as desk:
        problems = [_problem(_look_at, desk, name) for name in wb.settings.sources]
        if any(problems) or _look_at_joins(desk):
            return []  # told by ``look``
        days = {day for name in desk.frames for day in days_of(desk, name)}
    seen = [day for day in days if day <= wb.quarter.end]
    if not seen or max(seen) >= wb.quarter.start:
        return []
    return [
        f"Nothing is dated in {wb.quarter}: the newest row is of {words.date(max(seen))}. Export"
        " again; nothing is compared with the quarter before."
    ]


def _look_at(desk: Desk, name: str) -> None:
    if name in FIELDS:  # interviews are looked at by icplib.interviews
        read(desk, name)


def _look_at_joins(desk: Desk) -> list[UserError]:
    """What stops the join, else every name of the settings that no attribute has."""
    try:
        _, about, _ = read_attributes(desk, join(desk).table)
    except UserError as problem:
        return [problem]
    known = [row["attribute"] for row in about]
    return [
        UserError(
            f"{key} names '{name}', which is no attribute of companies",
            file=desk.wb.folder / SETTINGS_FILE,
            remedy=did_you_mean(name, known),
        )
        for key, name in _named(desk.settings)
        if name not in known
    ]


def _named(settings: Settings) -> list[tuple[str, str]]:
    """(key, attribute) of settings that speak of attributes."""
    beliefs = [
        (f"a belief of {b.who}", limit.attribute) for b in settings.beliefs for limit in b.when
    ]
    outs = [("score.knock_outs", limit.attribute) for limit in settings.score.knock_outs]
    return [
        *beliefs,
        *(("patterns.hypotheses", name) for name in settings.patterns.hypotheses),
        *(("limits", limit.attribute) for limit in settings.limits),
        *(("segments", segment.attribute) for segment in settings.segments),
        *outs,
        *(("score.knock_out_flags", name) for name in settings.score.knock_out_flags),
    ]


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


def _unended(wb, days: set[date]) -> list[str]:
    """Whether the data stop well before the quarter does: it may not be over.

    By a longer silence than any in the year before.
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
    named = {
        name
        for spec in specs
        for name in (spec.file, *spec.also, spec.codebook, *spec.coders)
        if name
    }
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
