"""A list streamed through the card, chunk by chunk in its order, its own columns kept."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from icplib.exports.files import quoted
from icplib.problems import UserError
from icplib.scoring.companies import score_companies, states
from icplib.scoring.known import Known
from icplib.tables.files import DANGEROUS
from icplib.tables.files import disarmed as safe
from icplib.tables.step_04 import Scorecard
from icplib.vocabulary.judgements import OPEN_DEAL, SCORED

CHUNK = 200_000
PREVIEW = 5
Tick = Callable[[int], None]
GIVEN = "given: "  # prefix of the file's own columns, kept untouched beside those that are read
ADDED = (
    "score",
    "tier",
    "state",
    "fill_first",
    "known_as",
    "duplicate_of",
    "reasons_for",
    "reasons_against",
    "unknown",
    "score_low",
    "score_high",
    "knock_out",
    "red_flags",
)


class Plan(Protocol):
    """How the columns of the list are read."""

    select: list[str]
    identity: dict[str, str]

    def table(self, chunk: pd.DataFrame) -> pd.DataFrame:
        """Typed attribute columns of one chunk."""


@dataclass
class Tally:
    """Counts over the chunks of a streamed list, and its first rows as a preview."""

    n: int = 0
    n_duplicates: int = 0
    tiers: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    preview: pd.DataFrame = field(default_factory=pd.DataFrame)

    def add(self, told: pd.DataFrame, names: pd.Series) -> None:
        """One chunk more; tiers are counted where the company can be pursued."""
        if not self.n:
            self.preview = told[["score", "tier", "state"]].head(PREVIEW)
            self.preview.insert(0, "company", names.head(PREVIEW))
        self.n += len(told)
        self.n_duplicates += int((told["duplicate_of"] != "").sum())
        self.states.update(told["state"])
        self.tiers.update(told.loc[told["state"].isin([SCORED, OPEN_DEAL]), "tier"])


def stream(
    con, scorer: tuple[Plan, Scorecard, Known], columns: list[str], aside: Path, tick: Tick
) -> Tally:
    """Read, score and write chunk by chunk, in the file's order."""
    tally, writer = Tally(), None
    plan, card, known = scorer
    names = _free_names(columns)
    rows = con.sql(
        f"select {', '.join([*(quoted(GIVEN + c) for c in columns), *plan.select])} from tidy"
    )
    try:
        for chunk in _chunks(rows):
            frame = chunk.to_pandas(types_mapper={pa.string(): pd.StringDtype("python")}.get)
            given = {k: frame[GIVEN + header] for k, header in plan.identity.items()}
            found = known.find(pd.DataFrame(given, index=frame.index))
            told = score_companies(card, plan.table(frame))
            told["state"] = states(told, found["is_customer"], found["has_open"])
            told = told.assign(known_as=found["known_as"], duplicate_of=found["duplicate_of"])
            table = pa.table(
                {c: disarmed(chunk.column(GIVEN + c)) for c in columns}
                | {names[n]: _arrow(told[n]) for n in ADDED}
            )
            writer = writer or _writer(aside, table.schema, aside.suffixes[-2])
            writer.write_table(table)
            tally.add(told, given.get("account_name", pd.Series("", index=frame.index)))
            tick(tally.n)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise UserError("the file has no rows", remedy="Export it again.")
    return tally


def disarmed(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts that a spreadsheet would run, disarmed."""
    if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
        return cells
    is_risky = pc.starts_with(cells, "=")
    for sign in DANGEROUS[1:]:
        is_risky = pc.or_(is_risky, pc.starts_with(cells, sign))
    quoted_cells = pc.binary_join_element_wise(pa.scalar("'", cells.type), cells, "")
    return pc.if_else(is_risky, quoted_cells, cells)


def _chunks(rows) -> Iterator[pa.Table]:
    for batch in rows.to_arrow_reader(CHUNK):
        if batch.num_rows:
            yield pa.Table.from_batches([batch])


def _arrow(values: pd.Series) -> pa.Array:
    if values.name in ("score", "score_low", "score_high"):
        return pa.array(values.astype("int64"))
    told = pa.array(
        values, pa.string(), from_pandas=True
    ).dictionary_encode()  # few distinct words, many rows
    return pa.DictionaryArray.from_arrays(
        told.indices, pa.array([safe(w) for w in told.dictionary.to_pylist()], pa.string())
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
