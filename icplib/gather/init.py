"""``icp init COMPANY FILE...``.

Look at exports, say what they are and how sure that is, and write a commented company.toml.
"""

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from icplib import interviews
from icplib.exports import read_table
from icplib.exports.files import sheets
from icplib.exports.mapping import Mapped, Recognised, map_headers, presets, recognise, suggest
from icplib.exports.values import MISSING_WORDS
from icplib.exports.values.days import parsed
from icplib.gather.canon import FIELDS, NEEDED, WHAT_FOR
from icplib.gather.dialogue import Ask, ask_churn, ask_lines
from icplib.gather.leakage import AFTER_SALE, is_personal, words
from icplib.problems import UserError, did_you_mean
from icplib.settings import Quarter
from icplib.workbook import folder_named

SURE = 0.35  # below this a file is left for its owner to name
SOME, MOSTLY = 500, 0.5  # distinct cells looked at, and the share that makes a column of a kind


@dataclass(frozen=True)
class Looked:
    """One file as init saw it; ``part`` where it belongs to an interview project."""

    path: Path
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    recognised: Recognised | None = None
    mapped: Mapped | None = None
    part: interviews.Recognised | None = None
    problem: str = ""
    sheet: str | None = None  # of a workbook with several
    misfits: tuple[str, ...] = ()  # ours that are mapped, but whose cells are none of the kind

    @property
    def name(self) -> str:
        """File name, with the sheet where there is one."""
        return f"{self.path.name}, sheet {self.sheet}" if self.sheet else self.path.name


def init(
    company: str, files: list[Path], quarter: str, sheet: str = "", ask: Ask | None = None
) -> list[str]:
    """Write ``data/<company>/company.toml`` for these files and copy them to its ``raw/<quarter>``.

    Returns what was found, line by line. Of a workbook every sheet is looked at, or ``sheet``.
    ``ask`` puts questions to whoever sits at a terminal.

    Never overwrites: an existing company.toml or raw file of the same name is an error, and nothing
    is written then.
    """
    if not quarter:
        raise UserError(
            "the quarter that the exports belong to is not given",
            remedy="Add it, such as --quarter 2026Q3.",
        )
    folder = folder_named(company)
    target, raw = folder / "company.toml", folder / "raw" / str(Quarter(quarter))
    if target.exists():
        raise UserError(
            "this company has settings already",
            file=target,
            remedy="Edit them, or choose another name: nothing is overwritten.",
        )
    clash = [f for f in files if (raw / f.name).exists() and not _same(f, raw / f.name)]
    if clash:
        raise UserError(
            "a file of that name is there already",
            file=raw / clash[0].name,
            remedy="Nothing is overwritten: rename or remove it.",
        )
    looked = [one for f in files for one in _sheets(f, sheet)]
    by_source = _one_file_per_source(looked)
    by_source = ask_churn(by_source, looked, ask) if ask else by_source
    chosen = _preset([one.recognised for one in by_source.values()])
    lines = _found(looked, by_source)
    told = ask_lines(by_source, ask) if ask else []
    text = _toml(company, chosen, by_source, looked, told)
    raw.mkdir(parents=True, exist_ok=True)
    for one in looked:
        if not (raw / one.path.name).exists():
            copy = shutil.copytree if one.path.is_dir() else shutil.copyfile
            copy(one.path, raw / one.path.name)
    with target.open("x", encoding="utf-8") as file:
        file.write(text)
    return [*lines, f"Wrote {target}; the files lie in {raw}."]


def _same(one: Path, other: Path) -> bool:
    if one.resolve() == other.resolve():
        return True
    return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()


def _sheets(path: Path, sheet: str) -> list[Looked]:
    """A file, or the sheets of a workbook that are recognised; all of them where none is."""
    names = sheets(path)
    if sheet and sheet not in names and names:
        raise UserError(
            f"there is no sheet '{sheet}' with data", file=path, remedy=did_you_mean(sheet, names)
        )
    if len(names) < 2:
        return [_look(path, sheet if names else None)]
    looked = [_look(path, name) for name in ([sheet] if sheet else names)]
    return [one for one in looked if one.mapped] or looked


def _look(path: Path, sheet: str | None = None) -> Looked:
    if part := interviews.recognise(path):
        return Looked(path, part=part)
    try:
        table, _ = read_table(path, table=sheet or None)
    except UserError as problem:
        if not path.exists():
            raise
        return Looked(path, problem=problem.what, sheet=sheet)
    found = recognise(table.columns, path.stem + (f" {sheet}" if sheet else ""))
    if found is None or found.confidence < SURE or found.source not in FIELDS:
        return Looked(path, table, found, None, sheet=sheet)
    mapped = map_headers(found.source, table.columns, found.preset, FIELDS[found.source])
    misfits = tuple(
        column
        for column, header in mapped.columns.items()
        if not _fits(FIELDS[found.source][column].kind, table[header])
    )
    return Looked(path, table, found, mapped, sheet=sheet, misfits=misfits)


def _fits(kind: str, cells: pd.Series) -> bool:
    """Whether most cells may be of a kind: a number has digits and few letters, a date is one."""
    known = cells[~cells.astype("str").str.casefold().isin(MISSING_WORDS)].dropna().astype("str")
    some = known.drop_duplicates().head(SOME)
    if some.empty or kind not in ("number", "rate", "date"):
        return True
    if kind == "date":
        is_day = some.map(lambda cell: parsed(cell) is not None or cell[:5].isdigit())
        return bool(is_day.mean() >= MOSTLY)
    digits, letters = some.str.count(r"\d"), some.str.count(r"[^\W\d_]")
    return bool(((digits > 0) & (letters <= digits + 3)).mean() >= MOSTLY)


def _one_file_per_source(looked: list[Looked]) -> dict[str, Looked]:
    """The surest file of each source."""
    chosen: dict[str, Looked] = {}
    for one in sorted((x for x in looked if x.mapped), key=lambda x: -x.recognised.confidence):
        source = one.recognised.source
        if source == "accounts" and source in chosen:
            source = "prospects"  # a second list of companies
            one = replace(
                one,
                mapped=map_headers(
                    source, one.table.columns, one.recognised.preset, FIELDS[source]
                ),
            )
        chosen.setdefault(source, one)
    return chosen


def _preset(found: list[Recognised]) -> str:
    """The CRM that most headers speak for."""
    votes: dict[str, int] = {}
    for one in found:
        votes[one.preset] = votes.get(one.preset, 0) + one.n_known
    return max(sorted(votes), key=votes.get, default="plain")


def _found(looked: list[Looked], by_source: dict[str, Looked]) -> list[str]:
    named = {(one.path, one.sheet): source for source, one in by_source.items()}
    lines = []
    for one in looked:
        source = named.get((one.path, one.sheet))
        if one.part:
            lines.append(f"{one.name}: {one.part.line}")
        elif one.problem:
            lines.append(f"{one.name}: not recognised ({one.problem}); left alone")
        elif source:
            found = by_source[source].recognised
            used = f"; used as {source}" if found and source != found.source else ""
            lines.append(f"{one.name}: {found.sentence if found else ''}{used}")
        else:
            headers = ", ".join(one.table.columns[:6])
            lines.append(f"{one.name}: not recognised; name its source by hand ({headers} ...)")
    for source in ("accounts", *WHAT_FOR):
        if source not in by_source and not any(
            one.part and one.part.source == source for one in looked
        ):
            must = source == "accounts" or (
                source in ("deals", "invoices") and not {"deals", "invoices"} & set(by_source)
            )
            lines.append(
                f"missing: {source}"
                + (
                    " (needed)"
                    if source == "accounts"
                    else " (deals or invoices are needed)"
                    if must
                    else ""
                )
                + (f", for {WHAT_FOR[source]}" if source in WHAT_FOR else "")
            )
    return lines


def _toml(
    name: str,
    chosen: str,
    by_source: dict[str, Looked],
    looked: list[Looked],
    told: list[str],
) -> str:
    """The settings file: what is recognised as lines, what is missing or unsure as comments."""
    q = _toml_text
    out = [
        (
            f"# Written by icp init. Preset: {presets()[chosen].title}."
            f" {presets()[chosen].note.strip().splitlines()[0]}"
        ),
        f"name = {q(name)}",
        f"preset = {q(chosen)}",
        *told,
    ]
    out += _date_order([one for one in looked if one.mapped])
    out += [
        "",
        (
            "[sources]                    # files inside raw/<quarter>/; accounts and one of deals"
            " or invoices are needed"
        ),
    ]
    for source in FIELDS:
        if source in by_source:
            one = by_source[source]
            doubt = "" if one.recognised.confidence >= 0.6 else "   # unsure: check"
            out.append(f"{source}.file = {q(one.path.name)}{doubt}")
            if one.sheet:
                out.append(f"{source}.table = {q(one.sheet)}")
            if one.recognised.preset != chosen:
                out.append(f"{source}.preset = {q(one.recognised.preset)}")
        elif source in ("accounts", *WHAT_FOR):
            out.append(f'# {source} = "..."   # {WHAT_FOR.get(source, "the companies")}')
    out += _interview_lines([one for one in looked if one.part])
    used = {(one.path, one.sheet) for one in by_source.values()}
    out += [
        f"# not recognised: {one.name}"
        for one in looked
        if not (one.mapped or one.part or (one.path, one.sheet) in used)
    ]
    for source, one in by_source.items():
        out += _columns(source, one)
    return "\n".join(out) + "\n"


def _interview_lines(parts: list[Looked]) -> list[str]:
    """The lines of an interview project: its lists, its codings, its codebook."""
    lines = []
    for source in ("interviews", "codings"):
        names = [one.path.name for one in parts if one.part and one.part.source == source]
        if names:
            lines.append(f"{source}.file = {_toml_text(names[0])}")
        if names[1:]:
            lines.append(f"{source}.also = [{', '.join(_toml_text(name) for name in names[1:])}]")
    books = [one.path.name for one in parts if one.part and one.part.source == "codebook"]
    has_codings = any(line.startswith("codings.file") for line in lines)
    lines += [
        f"{'' if has_codings and not number else '# '}codings.codebook = {_toml_text(name)}"
        for number, name in enumerate(books)
    ]
    return lines


def _columns(source: str, one: Looked) -> list[str]:
    """Needed columns that are missing, and a suggestion for every header that nobody knows."""
    lines = []
    for column in (*NEEDED[source], *(("churn_date",) if source == "churn" else ())):
        if column not in one.mapped.columns:
            lines.append(f'# {column} = "..."   # needed; not found')
    for column in one.misfits:
        header, kind = one.mapped.columns[column], FIELDS[source][column].kind
        lines.append(f'{column} = ""   # {_toml_text(header)} holds no {kind}')
    free = [c for c in FIELDS[source] if c not in one.mapped.columns]
    for header in one.mapped.unknown:
        cells = one.table[header]
        shown = ", ".join(
            cells[~cells.astype("str").str.casefold().isin(MISSING_WORDS)].dropna().unique()[:2]
        ).replace("\n", " ")[:40]
        near = suggest(header, [c for c in free if _fits(FIELDS[source][c].kind, cells)])
        if is_personal(header, cells):
            why = "personal data: dropped"
        elif source in ("accounts", "prospects") and AFTER_SALE.search(words(header)):
            why = "looks as if filled after the sale: kept out of the patterns"
        elif near:
            why = f"perhaps {near}? then write: {near} = {_toml_text(header)}"
        else:
            why = (
                "becomes an attribute of its own"
                if source in ("accounts", "prospects")
                else "no step uses it"
            )
        lines.append(
            f"# {_toml_text(header)}: {why}"
            + (f" (such as {shown})" if shown and "personal" not in why else "")
        )
    if free and one.mapped.unknown:
        lines.append(f"# our further columns: {', '.join(free)}")
    return (
        [
            "",
            (
                f'[sources.{source}.columns]     # ours = "theirs", where the preset is wrong or'
                " silent"
            ),
            *lines,
        ]
        if lines
        else []
    )


def _date_order(looked: list[Looked]) -> list[str]:
    """Day or month first, where the files prove it; a question where they do not."""
    first = second = slashed = 0
    for one in looked:
        for column, header in one.mapped.columns.items():
            if FIELDS[one.recognised.source][column].kind == "date":
                parts = (
                    one.table[header]
                    .astype("str")
                    .str.extract(r"^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}")
                    .dropna()
                    .astype(int)
                )
                slashed, first, second = (
                    slashed + len(parts),
                    first + int((parts[0] > 12).sum()),
                    second + int((parts[1] > 12).sum()),
                )
    if not slashed:
        return []
    if bool(first) != bool(second):
        return [
            f'date_order = "{"dmy" if first else "mdy"}"           # {first or second} dates'
            " prove it"
        ]
    why = (
        "some files write the day first, some the month: declare it per source"
        if first
        else "no date proves whether day or month comes first"
    )
    return [f'# date_order = "mdy"         # {why}']


def _toml_text(text: str) -> str:
    import json

    return json.dumps(str(text), ensure_ascii=False)
