"""The names of a run's raw files, read for as long as texts are held against them.

Only names of which a word occurs in the texts are fetched, so that millions of contacts cost no
memory; no artefact ever holds the names of people.
"""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from icplib.exports.files import quoted, register
from icplib.exports.values import install
from icplib.names.headers import is_people, kind_of
from icplib.names.known import KINDS, Names, folded
from icplib.problems import UserError
from icplib.vocabulary.naming import ORDINARY

MEMORY = "300MB"
SAMPLE = 1000  # rows that tell a column of people
MAPPED = {
    "owner": "person",
    "email": "mail",
    "account_name": "account",
    "domain": "domain",
    "account_id": "key",
    "contact_id": "key",
}
PROJECTS = ("interviews", "codings")
#: columns of the account table that are names themselves and no levels
OWN = ("account_id", "account_name", "domain", "owner", "churn_reason", "parent_id")


def known_names(workbook: Any, texts: Iterable[str]) -> Names:
    """Every name of the run's raw files that could stand in ``texts``.

    Columns are those whose header says so, whose cells are people, or that the audit of columns
    (`01_columns`) took for one. A level that several companies share is no name.
    """
    words = sorted({part for text in texts for part in re.findall(r"[^\W_]+", folded(text))})
    accounts = workbook.read("01_accounts")
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    with (
        tempfile.TemporaryDirectory(prefix="icp-names-") as scratch,
        duckdb.connect(str(Path(scratch) / "names.db"), config={"memory_limit": MEMORY}) as con,
    ):
        install(con)  # the door reads numbers by macros
        con.execute("create table words as select unnest(?) as word", [words])
        for name in workbook.settings.sources:
            _collect(con, name, workbook, found)
    for kind, column in (("account", "account_name"), ("domain", "domain"), ("key", "account_id")):
        found[kind] |= set(accounts[column].dropna())
    public = (workbook.settings.name, *workbook.settings.privacy.public_names)
    allowed = {name.casefold() for name in public}
    labels = workbook.read("01_attributes")["label"].dropna()
    common = [*public, *ORDINARY, *_levels(accounts), *labels]
    kept = {k: {n for n in names if n.casefold() not in allowed} for k, names in found.items()}
    kept["product"] |= set(workbook.settings.personas.product_names)
    return Names(common, **kept)


def _mapped(workbook: Any, source: str) -> dict[str, str]:
    """Header -> kind, as the audit of columns read the source."""
    audit = workbook.read("01_columns")
    rows = audit[(audit["source"] == source) & audit["maps_to"].isin(list(MAPPED))]
    return {row.column: MAPPED[row.maps_to] for row in rows.itertuples()}


def _collect(
    con: duckdb.DuckDBPyConnection, name: str, workbook: Any, found: dict[str, set[str]]
) -> None:
    """Add to ``found`` what the source's file holds; given names only beside their surname."""
    source, mapped = workbook.source(name), _mapped(workbook, name)
    if source.path is None or not source.path.is_file():
        return
    try:
        report = register(con, "raw", source.path, table=source.spec.table)
    except UserError:
        if name not in PROJECTS:
            raise  # what cannot be read cannot be held against a page
        return  # a project of coded interviews: its readers let no name into an artefact
    sample = con.execute(f"select * from raw using sample {SAMPLE} rows (reservoir, 1)").df()
    kinds = {h: mapped.get(h) or kind_of(h) or _by_cells(h, sample[h]) for h in report.columns}
    given = [h for h, kind in kinds.items() if kind == "given"]
    for header, kind in kinds.items():
        if kind in ("", "given"):
            continue
        found["person" if kind == "surname" else kind] |= _matching(con, quoted(header))
        if kind == "surname" and given:
            found["person"] |= _matching(con, f"{quoted(given[-1])} || ' ' || {quoted(header)}")
    con.execute("drop table if exists raw; drop view if exists raw")


def _by_cells(header: str, cells: pd.Series) -> str:
    return "person" if is_people(header, cells) else ""


def _matching(con: duckdb.DuckDBPyConnection, expression: str) -> set[str]:
    """Distinct cells of which at least one word stands in the texts."""
    plain = "replace(lower(strip_accents(cell)), 'ß', 'ss')"
    query = f"""
        with cells as (select distinct cast({expression} as varchar) as cell from raw),
        parts as (
            select cell, unnest(regexp_extract_all({plain}, '[\\pL\\pN]+')) as word from cells
        )
        select distinct cell from parts semi join words using (word)
    """
    return {cell for (cell,) in con.execute(query).fetchall()}


def _levels(accounts: pd.DataFrame) -> set[str]:
    """Words that several companies share as a level: a technology that is also a customer."""
    counts: dict[str, int] = {}
    for column in accounts.columns.difference(list(OWN)):
        for value in accounts[column].dropna():
            for word in value if isinstance(value, (tuple, list)) else [value]:
                if isinstance(word, str):
                    counts[word] = counts.get(word, 0) + 1
    return {word for word, n in counts.items() if n > 1}
