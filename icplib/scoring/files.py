"""``icp score FILE``: a new list of companies through the card, row by row in its own order, with
its own columns kept.

The file is read by the same engine and the same readings as in step 1; rows stream in chunks, so
memory does not grow with the file. Headers are recognised by the company's preset and settings;
what the card needs and the file lacks counts as unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from icplib.exports.alike import alike, join_line
from icplib.exports.files import FileReport, connect, quoted, register
from icplib.exports.mapping import map_headers
from icplib.exports.money import Amount, factor
from icplib.exports.values import (
    Reading,
    band_middle,
    cleaned,
    expression,
    folded,
    install,
    number_of,
    read_band,
    separator_of,
    settle,
    split_set,
    text_sql,
)
from icplib.manifest import refuse_changed
from icplib.problems import UserError
from icplib.scoring.companies import score_companies
from icplib.scoring.handover import safe
from icplib.scoring.scorecard import NUMERIC_KINDS
from icplib.settings import AttributeSettings, Source
from icplib.tables.step_04 import Scorecard
from icplib.workbook import Workbook

CHUNK = 200_000
SHOWN, COMPARED = (
    3,
    50,
)  # the most frequent of the values that the card does not know: named, and held against those that it knows
GIVEN = "given: "  # prefix of the file's own columns, kept untouched beside those that are read
ADDED = (
    "score",
    "tier",
    "reasons_for",
    "reasons_against",
    "unknown",
    "score_low",
    "score_high",
    "knock_out",
    "red_flags",
)


@dataclass(frozen=True)
class Summary:
    """What happened: rows, tiers, which headers were used for what, what could not be used, what
    could not be read.
    """

    out: Path
    n_rows: int
    tiers: dict[str, int]
    n_knocked_out: int
    used: dict[str, str]
    missing: tuple[str, ...]
    unused_columns: tuple[str, ...]
    unreadable: dict[str, int] = field(default_factory=dict)
    unseen_levels: dict[str, Counter[str]] = field(default_factory=dict)
    joins: dict[str, str] = field(
        default_factory=dict
    )  # header -> the line of company.toml that reads such values as those of the card

    @property
    def sentences(self) -> tuple[str, ...]:
        """The summary for people."""
        counts = ", ".join(f"{n:,} in {tier}" for tier, n in self.tiers.items())
        lines = [f"{self.n_rows:,} companies scored: {counts}; {self.n_knocked_out:,} knocked out."]
        lines.append(
            "Read: "
            + ", ".join(f"{name} from '{header}'" for name, header in self.used.items())
            + "."
        )
        if self.missing:
            lines.append(f"Not in the file, counted as unknown: {', '.join(self.missing)}.")
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
            shown = ", ".join(f"{value} ({n:,})" for value, n in counts.most_common(SHOWN)) + (
                f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
            )
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


def _trusted_card(wb: Workbook) -> Scorecard:
    """The quarter's card, if it is the one that the refresh made."""
    refuse_changed(wb.processed, ["04_scorecard.json"])
    return wb.read("04_scorecard")


def score_file(wb: Workbook, path, out=None) -> Summary:
    """Score the companies of ``path`` (any format and preset that step 1 reads) into ``out`` (.csv
    or .parquet).

    ``out`` defaults to the file's name with ``_scored`` beside it. Raises UserError when the
    quarter has no card, the file cannot be read, no attribute of the card is in it, or ``out`` is
    the file itself.
    """
    path = Path(path)
    out = path.with_name(path.name.split(".")[0] + "_scored.csv") if out is None else Path(out)
    card = _trusted_card(wb)
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
    with connect(wb.settings.memory_limit) as con:
        install(con)
        report = register(con, "raw", path)
        plan = _Plan.of(con, wb, card, report, path)
        aside = out.with_name(f".{out.name}.part")
        try:
            tally = _stream(con, plan, card, list(report.columns), aside, out.suffix)
            aside.replace(out)
        finally:
            aside.unlink(missing_ok=True)
    unseen = {
        h: plan.unseen[a]
        for a, h in plan.headers.items()
        if a in card.levels_seen and plan.unseen.get(a)
    }  # a knock-out or flag alone has seen no levels
    labels = {r.attribute: r.label for r in card.rules} | {
        k.attribute: k.label for k in (*card.knock_outs, *card.red_flags)
    }
    return Summary(
        out,
        tally.n,
        {t: tally.tiers.get(t, 0) for t in "ABCD"},
        tally.n_out,
        {labels[a]: h for a, h in plan.headers.items()},
        tuple(label for a, label in labels.items() if a not in plan.headers),
        tuple(c for c in report.columns if c not in plan.headers.values()),
        plan.unreadable,
        unseen,
        {
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

    @classmethod
    def of(cls, con, wb: Workbook, card: Scorecard, report: FileReport, path: Path) -> _Plan:
        columns = report.columns
        catalogue = wb.read("01_attributes").set_index("attribute")
        wanted = list(
            dict.fromkeys(
                [*card.attributes, *(k.attribute for k in (*card.knock_outs, *card.red_flags))]
            )
        )
        spec = wb.settings.sources.get("prospects") or wb.settings.sources["accounts"]
        mapped = map_headers(
            "prospects",
            columns,
            spec.preset or wb.settings.preset,
            wanted,
            _labelled(card, columns) | _declared(spec, wanted, columns),
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
        settings, select, kinds = (
            wb.settings,
            [],
            {a: str(catalogue.loc[a, "kind"]) for a in headers},
        )
        reading = Reading(
            spec.date_order or settings.date_order,
            spec.decimal or settings.decimal,
            spec.missing,
            groups="" if report.delimiter == ";" else ",",
        )
        every = {c: t for c, t, *_ in con.execute("describe raw").fetchall()}
        used = {*headers.values(), *map(number_of, headers.values())}
        types = {c: t for c, t in every.items() if c in used}
        kept = ", ".join(f"{quoted(c)} as {quoted(GIVEN + c)}" for c in columns)
        con.execute(f"create or replace temp view given as select *, {kept} from raw")
        numeric = [h for a, h in headers.items() if kinds[a] in NUMERIC_KINDS]
        cleaned(con, "given", "tidy", types, numeric, reading, lazy=True)
        for attribute, header in headers.items():
            kind = kinds[attribute]
            if kind in NUMERIC_KINDS:
                as_kind = "rate" if kind == "rate" else "number"
                scale = "percent" if {attribute, header} & set(spec.percent) else None
                scale = "share" if {attribute, header} & {*spec.shares, *report.percent} else scale
                base = replace(
                    reading,
                    zero_is_missing=attribute in spec.zero_is_missing,
                    scale=scale,
                    number_cells=number_of(header) in every,
                )
                value = expression(
                    as_kind,
                    header,
                    types[header],
                    settle(con, "tidy", header, as_kind, types[header], base, file=path),
                )
                if kind == "amount":
                    pair = mapped.currencies.get(header)
                    amount = Amount("tidy", header, types[header] == "VARCHAR", pair, path)
                    times, _ = factor(con, amount, settings.currency, settings.rates)
                    value = f"({value}) * {times}" if times else value
                select.append(f"{value} as {quoted('value: ' + attribute)}")
            select.append(f"{_text(header, types[header])} as {quoted('text: ' + attribute)}")
        spellings = {a: _spellings(card, a, settings.attributes.get(a)) for a in headers}
        plan = cls(headers, kinds, select, {}, spellings, reading.decimal, {}, {})
        plan.separators = {
            a: _separator(con, _text(h, types[h])) for a, h in headers.items() if kinds[a] == "set"
        }
        return plan

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
                bands = {cell: read_band(cell, self.decimal) for cell in set(cells[codes[lost]])}
                middle = {
                    cell: band_middle(band) if band else np.nan for cell, band in bands.items()
                }
                value[lost] = [middle[cell] for cell in cells[codes[lost]]]
                self.unreadable[header] = self.unreadable.get(header, 0) + int(
                    np.isnan(value[lost]).sum()
                )
            return value
        if kind == "set":
            spell = self.spellings[attribute]
            split = [
                tuple(
                    sorted(
                        {spell.get(folded(m), m) for m in split_set(c, self.separators[attribute])}
                    )
                )
                for c in cells
            ]
            lookup = np.empty(len(split) + 1, dtype=object)
            lookup[:-1], lookup[-1] = split, None
            return lookup[codes]
        spell = self.spellings[attribute]
        known = [spell.get(folded(cell)) for cell in cells]
        named = [cell if found is None else found for cell, found in zip(cells, known, strict=True)]
        times = np.bincount(codes[codes >= 0], minlength=len(cells))
        self.unseen.setdefault(attribute, Counter()).update(
            {
                cell: int(n)
                for cell, n, found in zip(cells, times, known, strict=True)
                if found is None
            }
        )
        return np.array([*named, None], dtype=object)[codes]


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


def _separator(con, text: str) -> str:
    cells = con.execute(
        f"select {text} as t, count(*) from tidy where {text} is not null group by t limit 20000"
    ).fetchall()
    return separator_of(dict(cells))


def _spellings(card: Scorecard, attribute: str, over: AttributeSettings | None) -> dict[str, str]:
    """Folded text -> the card's spelling of each level and member, seen, named in a knock-out or
    red flag, or declared the same by the analyst.
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
    """The line of company.toml that joins unseen values to the card's own where they look like one;
    empty where none does.
    """
    close = alike(dict(unseen.most_common(COMPARED)) | dict.fromkeys(seen, unseen.total() + 1))
    pairs = {
        value: level for value, level in close.items() if value in unseen and level not in unseen
    }
    return join_line(attribute, pairs) if pairs else ""


@dataclass
class _Tally:
    n: int = 0
    n_out: int = 0
    tiers: dict[str, int] = field(default_factory=dict)


def _stream(
    con, plan: _Plan, card: Scorecard, columns: list[str], aside: Path, suffix: str
) -> _Tally:
    """Read, score and write chunk by chunk, in the file's order."""
    tally, writer = _Tally(), None
    names = _free_names(columns)
    rows = con.sql(
        f"select {', '.join([*(quoted(GIVEN + c) for c in columns), *plan.select])} from tidy"
    )
    try:
        for chunk in _chunks(rows):
            frame = chunk.to_pandas(types_mapper={pa.string(): pd.StringDtype("python")}.get)
            told = score_companies(card, plan.table(frame))
            table = pa.table(
                {c: chunk.column(GIVEN + c) for c in columns}
                | {names[n]: _arrow(told[n]) for n in ADDED}
            )
            writer = writer or _writer(aside, table.schema, suffix)
            writer.write_table(table)
            tally.n += len(told)
            tally.n_out += int((told["knock_out"] != "").sum())
            for tier, n in told["tier"].value_counts().items():
                tally.tiers[tier] = tally.tiers.get(tier, 0) + int(n)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise UserError("the file has no rows", remedy="Export it again.")
    return tally


def _chunks(rows) -> Iterator[pa.Table]:
    for batch in rows.to_arrow_reader(CHUNK):
        if batch.num_rows:
            yield pa.Table.from_batches([batch])


def _arrow(values: pd.Series) -> pa.Array:
    if values.name in ("score", "score_low", "score_high"):
        return pa.array(values.astype("int64"))
    words = pa.array(
        values, pa.string(), from_pandas=True
    ).dictionary_encode()  # few distinct words, many rows
    return pa.DictionaryArray.from_arrays(
        words.indices, pa.array([safe(w) for w in words.dictionary.to_pylist()], pa.string())
    ).dictionary_decode()


def _free_names(columns: list[str]) -> dict[str, str]:
    """Names for the added columns that the file does not use already."""
    taken, names = set(columns), {}
    for name in ADDED:
        free = name
        while free in taken:
            free = f"icp_{free}"
        names[name] = free
        taken.add(free)
    return names


def _writer(path: Path, schema: pa.Schema, suffix: str):
    return (
        pq.ParquetWriter(path, schema, compression="zstd")
        if suffix == ".parquet"
        else pacsv.CSVWriter(path, schema)
    )
