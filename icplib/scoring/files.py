"""``icp score FILE``: a new list of companies through the card, its rows and columns kept.

The file is read by the same engine and the same readings as in step 1; rows stream in chunks, so
memory does not grow with the file. Headers are recognised by the company's preset and settings;
what the card needs and the file lacks counts as unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from icplib import words
from icplib.exports.alike import alike, join_line
from icplib.exports.files import FileReport, connect, quoted, read_table, register, sheets
from icplib.exports.ledger import WHOLE
from icplib.exports.mapping import map_headers
from icplib.exports.money import Amount, factor
from icplib.exports.values import (
    Reading,
    band_label,
    band_middle,
    cleaned,
    column_reading,
    expression,
    folded,
    members_known,
    number_of,
    read_band,
    reading_of,
    separator_of,
    settle,
    split_set,
    text_sql,
    undo_excel,
)
from icplib.manifest import refuse_changed
from icplib.problems import UserError
from icplib.scoring.companies import state_shares
from icplib.scoring.known import KEYS, Known
from icplib.scoring.scorecard import NUMERIC_KINDS
from icplib.scoring.stream import GIVEN, Tally, Tick, stream
from icplib.scoring.words import describe_states
from icplib.settings import AttributeSettings, Settings, Source
from icplib.tables.step_04 import Scorecard
from icplib.vocabulary.attributes import KNOWN
from icplib.vocabulary.judgements import STATES, TIERS
from icplib.workbook import Workbook

COMPARED = 50  # values that the card does not know, the most frequent: held against those it knows
_RATE = re.compile(r"(\w+): rate, (share|percent)\b")
AMOUNTS = [name for name, known in KNOWN.items() if known.kind == "amount"]
MOST_CELLS = 20_000  # distinct lists that tell their separator


@dataclass(frozen=True)
class Summary:
    """What happened: rows, tiers, headers used for what, what could not be used or read."""

    out: Path
    n_rows: int
    tiers: dict[str, int]
    states: dict[str, int]
    n_duplicates: int
    preview: pd.DataFrame
    used: dict[str, str]
    missing: tuple[str, ...]
    unused_columns: tuple[str, ...]
    unreadable: dict[str, int] = field(default_factory=dict)
    unseen_levels: dict[str, Counter[str]] = field(default_factory=dict)
    joins: dict[str, str] = field(
        default_factory=dict
    )  # header -> the line of company.toml that reads such values as those of the card
    read_in: dict[str, str] = field(default_factory=dict)  # header of a rate -> its scale
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The summary for people."""
        counts = words.listed(f"{words.number(n)} in {tier}" for tier, n in self.tiers.items())
        states = [name for name, n in self.states.items() for _ in range(n)]
        lines = [
            describe_states(state_shares(states), "companies"),
            f"Of those that are scored {counts}.",
            f"{words.plural(self.n_duplicates, 'row')} of a company that stands above already.",
            self.preview.to_string(index=False),
        ]
        lines.append(
            "Read: "
            + ", ".join(
                f"{name} from '{header}'{self.read_in.get(header, '')}"
                for name, header in self.used.items()
            )
            + "."
        )
        if self.missing:
            lines.append(f"Not in the file, counted as unknown: {', '.join(self.missing)}.")
        lines += self.notes
        if self.unused_columns:
            lines.append(
                "Columns that the card does not use (kept as they are):"
                f" {', '.join(self.unused_columns)}."
            )
        lines += [
            f"'{header}': {n:,} cells could not be read and count as unknown."
            for header, n in self.unreadable.items()
            if n
        ]
        for header, counts in self.unseen_levels.items():
            shown = ", ".join(f"{value} ({n:,})" for value, n in counts.most_common())
            join = (
                " Some look like one that it knows; if they are, write into company.toml"
                f" {self.joins[header]}"
                if header in self.joins
                else ""
            )
            lines.append(
                f"'{header}': {counts.total():,} cells hold a value that no customer had when the"
                f" card was built: {shown}.{join}"
            )
        return tuple(lines)


def score_file(
    wb: Workbook,
    path: Path | str,
    out: Path | str | None = None,
    tick: Tick = lambda n: None,
    sheet: str = "",
) -> Summary:
    """Score the companies of ``path`` into ``out`` (.csv or .parquet).

    Any format and preset that step 1 reads.

    ``out`` defaults to the file's name with ``_scored`` beside it; ``tick`` gets the rows done.
    Of a workbook with several sheets it is ``sheet``, or the one that holds the card's attributes.
    Raises UserError when the quarter has no card, the file cannot be read, no attribute of the card
    is in it, or ``out`` is the file itself.
    """
    path = Path(path)
    out = path.with_name(path.name.split(".")[0] + "_scored.csv") if out is None else Path(out)
    refuse_changed(wb.processed, ["04_scorecard.json"])
    card = wb.read("04_scorecard")
    _refuse(wb, card, path, out)
    with connect(wb.settings.memory_limit) as con:
        report = register(con, "raw", path, table=sheet or _sheet(wb, card, path))
        plan = _Plan.of(con, wb, card, report, path)
        aside = out.with_name(f".{out.name}.part")
        known = Known(wb.read("01_accounts"))
        try:
            tally = stream(con, (plan, card, known), list(report.columns), aside, tick)
            aside.replace(out)
        finally:
            aside.unlink(missing_ok=True)
    return _summary(out, card, plan, tally, list(report.columns))


def _sheet(wb: Workbook, card: Scorecard, path: Path) -> str | None:
    """The one sheet of a workbook with several in which attributes of the card are recognised."""
    names = sheets(path)
    if len(names) < 2:
        return None
    headers = {name: read_table(path, table=name)[1].columns for name in names}
    found = [name for name in names if set(card.attributes) & set(_mapped(wb, card, headers[name]))]
    if len(found) == 1:
        return found[0]
    raise UserError(
        f"the workbook has {len(names)} sheets with data, and {len(found)} of them hold attributes"
        " of the card",
        file=path,
        remedy=f'Say which one: --sheet "{(found or names)[0]}"; it has {", ".join(names)}.',
    )


def _mapped(wb: Workbook, card: Scorecard, columns: Iterable[str]) -> dict[str, str]:
    """Attributes of the card that the headers of a sheet are recognised as."""
    spec = wb.settings.sources.get("prospects") or wb.settings.sources["accounts"]
    preset, wanted = spec.preset or wb.settings.preset, list(card.attributes)
    given = _labelled(card, columns) | _declared(spec, wanted, columns)
    given = {ours: header for ours, header in given.items() if ours in wanted}
    return map_headers("prospects", columns, preset, wanted, given).columns


def _refuse(wb: Workbook, card: Scorecard, path: Path, out: Path) -> None:
    if not card.available:
        raise UserError(
            f"{wb.company} has no score in {wb.quarter}: {card.needs}",
            remedy="Nothing can be scored until then.",
        )
    if out.suffix not in (".csv", ".parquet"):
        raise UserError(
            f"cannot write '{out.suffix}'",
            file=out,
            remedy="Name an output that ends in .csv or .parquet.",
        )
    if out.resolve() == path.resolve():
        raise UserError(
            "the output would overwrite the input", file=out, remedy="Choose another name with -o."
        )


def _summary(out: Path, card: Scorecard, plan: _Plan, tally: Tally, columns: list[str]) -> Summary:
    # a knock-out or flag alone has seen no levels
    unseen = {
        h: plan.unseen[a]
        for a, h in plan.headers.items()
        if a in card.levels_seen and plan.unseen.get(a)
    }
    labels = {r.attribute: r.label for r in card.rules} | {
        k.attribute: k.label for k in (*card.knock_outs, *card.red_flags)
    }
    read = {*plan.headers.values(), *plan.identity.values()}
    return Summary(
        out=out,
        n_rows=tally.n,
        tiers={t: tally.tiers[t] for t in TIERS},
        states={s: tally.states[s] for s in STATES if tally.states[s]},
        n_duplicates=tally.n_duplicates,
        preview=tally.preview,
        used={labels[a]: h for a, h in plan.headers.items()},
        missing=tuple(label for a, label in labels.items() if a not in plan.headers),
        unused_columns=tuple(c for c in columns if c not in read),
        unreadable=plan.unreadable,
        unseen_levels=unseen,
        read_in=plan.read_in,
        notes=tuple(filter(None, plan.notes)),
        joins={
            h: line
            for a, h in plan.headers.items()
            if h in unseen and (line := _join(a, unseen[h], card.levels_seen[a]))
        },
    )


@dataclass
class _Plan:
    """How each attribute of the card is read from the file."""

    headers: dict[str, str]
    kinds: dict[str, str]
    select: list[str]
    separators: dict[str, str]
    spellings: dict[str, dict[str, str]]
    decimal: str
    unreadable: dict[str, int]
    unseen: dict[str, Counter[str]]
    identity: dict[str, str] = field(default_factory=dict)
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    read_in: dict[str, str] = field(default_factory=dict)  # header of a rate -> its scale
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, con, wb: Workbook, card: Scorecard, report: FileReport, path: Path) -> _Plan:
        columns = report.columns
        catalogue = wb.read("01_attributes").set_index("attribute")
        beside_rules = (k.attribute for k in (*card.knock_outs, *card.red_flags))
        wanted = list(dict.fromkeys([*card.attributes, *beside_rules]))
        spec = wb.settings.sources.get("prospects") or wb.settings.sources["accounts"]
        mapped = map_headers(
            "prospects",
            columns,
            spec.preset or wb.settings.preset,
            [*wanted, *KEYS, *(money := [a for a in AMOUNTS if a not in wanted])],
            _labelled(card, columns) | _declared(spec, [*wanted, *KEYS], columns),
            file=path,
        )
        headers = {a: mapped.columns[a] for a in wanted if a in mapped.columns}
        if not set(card.attributes) & set(headers):
            raise UserError(
                f"none of the card's attributes is in the file ({', '.join(card.attributes)})",
                file=path,
                remedy=(
                    f"Its columns are {', '.join(columns)}; name them under"
                    " [sources.prospects.columns] in company.toml."
                ),
            )
        settings = wb.settings
        kinds = {a: str(catalogue.loc[a, "kind"]) for a in headers}
        reading = reading_of(spec, settings, report)
        every = {c: t for c, t, *_ in con.execute("describe raw").fetchall()}
        used = {*headers.values(), *map(number_of, headers.values())}
        types = {c: t for c, t in every.items() if c in used}
        kept = ", ".join(f"{quoted(c)} as {quoted(GIVEN + c)}" for c in columns)
        con.execute(f"create or replace temp view given as select *, {kept} from raw")
        numeric = [h for a, h in headers.items() if kinds[a] in NUMERIC_KINDS]
        cleaned(con, "given", "tidy", types, numeric, reading, lazy=True)
        select, scales, read_in = [], _scales(wb), {}
        for attribute, header in headers.items():
            kind = kinds[attribute]
            if kind in NUMERIC_KINDS:
                base = column_reading(reading, spec, report, attribute, header)
                base = replace(base, number_cells=number_of(header) in every)
                base = replace(base, expected=scales.get(attribute))
                value, scale = _number(con, header, types[header], kind, base, path)
                read_in |= {header: f" in {scale}"} if scale else {}
                if kind == "amount":
                    pair = mapped.currencies.get(header)
                    amount = Amount("tidy", header, types[header] == "VARCHAR", pair, path)
                    times, _ = factor(con, amount, settings.currency, settings.rates)
                    value = f"({value}) * {times}" if times else value
                select.append(f"{value} as {quoted('value: ' + attribute)}")
            select.append(f"{_text(header, types[header])} as {quoted('text: ' + attribute)}")
        spellings = {a: _spellings(card, a, settings.attributes.get(a)) for a in headers}
        plan = cls(headers, kinds, select, {}, spellings, reading.decimal, {}, {})
        plan.read_in = read_in
        beside = {h: mapped.currencies.get(h) for a, h in mapped.columns.items() if a in money}
        plan.notes = [_foreign(con, h, every[h], pair, settings) for h, pair in beside.items()]
        plan.identity = {k: mapped.columns[k] for k in KEYS if k in mapped.columns}
        plan._look_at_lists(con, types)
        return plan

    def _look_at_lists(self, con, types: dict[str, str]) -> None:
        for a, h in self.headers.items():
            if self.kinds[a] == "set":
                cells = _some_cells(con, _text(h, types[h]))
                self.separators[a] = separator_of(cells)
                own = members_known(cells, self.separators[a])
                self.members[a] = own | frozenset(self.spellings[a].values())

    def table(self, chunk: pd.DataFrame) -> pd.DataFrame:
        """Typed attribute columns of one chunk."""
        return pd.DataFrame(
            {a: self._column(chunk, a, kind) for a, kind in self.kinds.items()}, index=chunk.index
        )

    def _column(self, chunk, attribute, kind):
        header, text = self.headers[attribute], chunk[f"text: {attribute}"]
        codes, cells = pd.factorize(text)
        if kind in NUMERIC_KINDS:
            value = chunk[f"value: {attribute}"].to_numpy(float, na_value=np.nan, copy=True)
            lost = np.isnan(value) & (codes >= 0)
            if lost.any():
                bands = {
                    cell: read_band(cell, self.decimal) for cell in cells[np.unique(codes[lost])]
                }
                middle = {
                    cell: band_middle(band) if band else np.nan for cell, band in bands.items()
                }
                value[lost] = [middle[cell] for cell in cells[codes[lost]]]
                self.unreadable[header] = self.unreadable.get(header, 0) + int(
                    np.isnan(value[lost]).sum()
                )
            return value
        times = np.bincount(codes[codes >= 0], minlength=len(cells))
        spell = self.spellings[attribute]
        if kind == "set":
            separator = self.separators[attribute]
            members = [split_set(cell, separator, self.members[attribute]) for cell in cells]
            self._count_unseen(attribute, zip(members, times, strict=True))
            named = [tuple(sorted({spell.get(folded(m), m) for m in ms})) for ms in members]
        else:
            words = [_level(cell) for cell in cells] if kind == "ordinal" else list(cells)
            self._count_unseen(attribute, (((w,), n) for w, n in zip(words, times, strict=True)))
            named = [spell.get(folded(word), word) for word in words]
        lookup = np.empty(len(named) + 1, dtype=object)
        lookup[:-1], lookup[-1] = named, None
        return lookup[codes]

    def _count_unseen(self, attribute: str, cells: Iterable[tuple[Iterable[str], int]]) -> None:
        """Cells by the values in them that the card does not know."""
        unseen, spell = self.unseen.setdefault(attribute, Counter()), self.spellings[attribute]
        for values, n in cells:
            for value in values:
                if folded(value) not in spell:
                    unseen[value] += int(n)


def _level(cell: str) -> str:
    """A band in the spelling of the card's levels; other words as they are."""
    band = read_band(cell, letters=True) or read_band(undo_excel(cell) or "")
    return band_label(band) if band else cell


def _scales(wb: Workbook) -> dict[str, str]:
    """Attribute -> percent or share, as the company's own files were read for the card."""
    if not wb.has("01_readings"):
        return {}
    readings = wb.read("01_readings").sort_values("source")  # a list is read like prospects
    said = readings.loc[readings["value"] == WHOLE, "read_as"]
    return dict(found.groups() for text in said if (found := _RATE.match(text)))


def _number(
    con, header: str, sql_type: str, kind: str, base: Reading, path: Path
) -> tuple[str, str | None]:
    """SQL of a column of numbers, settled from the whole list, and the scale of rates."""
    as_kind = "rate" if kind == "rate" else "number"
    reading = settle(con, "tidy", header, as_kind, sql_type, base, file=path)
    return expression(as_kind, header, sql_type, reading), reading.scale


def _foreign(con, header: str, sql_type: str, pair: str | None, settings: Settings) -> str:
    """What is the matter with an amount that the card does not use; empty where it is fine."""
    amount = Amount("tidy", header, sql_type == "VARCHAR", pair, "")
    try:
        factor(con, amount, settings.currency, settings.rates)
    except UserError as problem:
        return f"'{header}', which the card does not use: {problem.what}."
    return ""


def _labelled(card: Scorecard, columns) -> dict[str, str]:
    """Columns that bear the card's own words for an attribute."""
    header_of = {column.strip().casefold(): column for column in columns}
    labels = {
        x.attribute: x.label.casefold() for x in (*card.red_flags, *card.knock_outs, *card.rules)
    }
    return {
        attribute: header_of[label] for attribute, label in labels.items() if label in header_of
    }


def _declared(spec: Source, wanted, columns) -> dict[str, str]:
    """What company.toml says about these columns, as far as the file has the header."""
    return {
        ours: header
        for ours, header in spec.columns.items()
        if ours in wanted and header in columns
    }


def _text(header: str, sql_type: str) -> str:
    if sql_type.endswith("[]"):
        return f"array_to_string({quoted(header)}, ';')"
    return text_sql(header, sql_type)


def _some_cells(con, text: str) -> dict[str, int]:
    """The most frequent cells of a column of lists, from which their separator is told."""
    return dict(
        con.execute(
            f"select {text} as t, count(*) from tidy where {text} is not null group by t order by 2"
            f" desc, 1 limit {MOST_CELLS}"
        ).fetchall()
    )


def _spellings(card: Scorecard, attribute: str, over: AttributeSettings | None) -> dict[str, str]:
    """Folded text -> the card's spelling of each level and member.

    Seen, named in a knock-out or red flag, or declared the same by the analyst.
    """
    named = [
        v for r in card.rules if r.attribute == attribute for s in r.segments for v in s.values
    ]
    named += [r.member for r in card.rules if r.attribute == attribute and r.member]
    named += [
        v for k in (*card.knock_outs, *card.red_flags) if k.attribute == attribute for v in k.values
    ]
    return {folded(v): v for v in [*card.levels_seen.get(attribute, ()), *named]} | {
        folded(other): ours for other, ours in (over.same if over else {}).items()
    }


def _join(attribute: str, unseen: Counter[str], seen: Iterable[str]) -> str:
    """The line of company.toml that joins unseen values to the card's where they look alike.

    Empty where none does.
    """
    close = alike(dict(unseen.most_common(COMPARED)) | dict.fromkeys(seen, unseen.total() + 1))
    pairs = {
        value: level for value, level in close.items() if value in unseen and level not in unseen
    }
    return join_line(attribute, pairs) if pairs else ""
