"""One schema per artefact: columns, types, units, meaning, step, sensitivity.

A table artefact declares its columns; a JSON artefact names its pydantic model. Both are validated
on writing and on reading. What may leave the building follows from the declared sensitivity:

- ``person``: rows about people; never leaves, never in a stakeholder page
- ``company``: rows about single companies; analysts only
- ``aggregate``: counts and estimates; may be shared, small cells suppressed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal

import numpy as np
import pandas as pd

from icplib.problems import UserError, did_you_mean

Sensitivity = Literal["person", "company", "aggregate"]
DTYPES: dict[str, Any] = {
    "id": "str",
    "text": "str",
    "bool": "boolean",
    "int": "Int64",
    "float": "float64",
    "date": "datetime64[us]",
    "set": "object",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, type word, meaning and unit; ``required`` means no empty cell.

    ``one_of`` lists its levels; ``sensitivity`` where it differs from the artefact's.
    """

    name: str
    type: Literal["id", "text", "bool", "int", "float", "date", "set"]
    meaning: str
    unit: str = ""
    required: bool = False
    unique: bool = False
    one_of: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    sensitivity: Sensitivity | None = None


@dataclass(frozen=True)
class Artefact:
    """One artefact. ``columns`` for a table, ``model`` for JSON.

    ``open`` tables may carry columns beyond the declared.
    """

    name: str
    sensitivity: Sensitivity
    meaning: str
    columns: tuple[Column, ...] = ()
    model: Any = None
    open: bool = False
    key: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def step(self) -> int:
        return int(self.name[:2])

    @property
    def filename(self) -> str:
        return f"{self.name}.{'json' if self.model else 'parquet'}"

    def sensitivity_of(self, column: Column) -> Sensitivity:
        """Who a column is about, at least as close as its artefact."""
        order = ("aggregate", "company", "person")
        return max(self.sensitivity, column.sensitivity or self.sensitivity, key=order.index)

    @property
    def names(self) -> list[str]:
        """Names of the declared columns, in their order."""
        return [c.name for c in self.columns]

    def frame(self, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """``rows`` as the checked table; what a row does not say is unknown."""
        rows = list(rows)
        declared = self.names
        more = {name: None for row in rows for name in row if name not in declared}
        return self.check(pd.DataFrame(rows, columns=[*declared, *more]))

    def empty(self) -> pd.DataFrame:
        """The table without rows: what an absent source leaves behind."""
        return self.frame(())

    def check(self, table: pd.DataFrame) -> pd.DataFrame:
        """``table`` with declared columns first, in declared types.

        Raises UserError that names column and row.
        """
        declared = self.names
        missing = [name for name in declared if name not in table.columns]
        if missing:
            raise UserError(
                f"{self.name} lacks the column '{missing[0]}'",
                remedy=f"It has: {', '.join(map(str, table.columns))}.",
            )
        extra = [name for name in table.columns if name not in declared]
        if extra and not self.open:
            raise UserError(
                f"{self.name} has an undeclared column '{extra[0]}'",
                remedy=did_you_mean(str(extra[0]), declared),
            )
        out = table.loc[:, declared + extra].reset_index(drop=True)
        for column in self.columns:
            try:
                out[column.name] = _typed(out[column.name], column.type)
            except (TypeError, ValueError) as error:
                raise UserError(
                    f"{self.name}: not a {column.type}: {error}", column=column.name
                ) from None
        for name in extra:
            out[name] = _plain(out[name])
        return self._validated(out)

    def _validated(self, table: pd.DataFrame) -> pd.DataFrame:
        # imported here: a second of start-up that only validation needs
        import pandera.pandas as pa
        from pandera.errors import SchemaError

        columns = {}
        for c in self.columns:
            checks = []
            if c.one_of:
                checks.append(pa.Check.isin(list(c.one_of)))
            if c.low is not None:
                checks.append(pa.Check.ge(c.low))
            if c.high is not None:
                checks.append(pa.Check.le(c.high))
            columns[c.name] = pa.Column(None, checks, nullable=not c.required, unique=c.unique)
        schema = pa.DataFrameSchema(columns, unique=list(self.key) or None)
        try:
            return schema.validate(table)
        except SchemaError as error:
            raise UserError(
                f"{self.name} breaks its schema: {_short(error)}", column=_column_of(error)
            ) from None


def _typed(values: pd.Series, word: str) -> pd.Series:
    if word == "set":
        return _sets(values)
    if word in ("id", "text"):
        return values.astype("object").where(values.notna(), None).astype("str")
    if word == "date":
        return pd.to_datetime(values).astype(DTYPES["date"])
    if word == "float":
        return pd.to_numeric(values).astype("float64")
    return values.astype(DTYPES[word])


def _sets(values: pd.Series) -> pd.Series:
    cells = [_as_set(v) for v in values]
    out = pd.Series(np.empty(len(cells), dtype=object), index=values.index)
    out[:] = cells  # type: ignore[call-overload]
    return out


def _as_set(value: Any) -> tuple[str, ...] | None:
    """A multi-valued cell: a sorted tuple of texts. None is unknown, () is known to be empty."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, str):
        raise ValueError(f"a set is expected, not the text {value!r}")
    return tuple(sorted({str(v) for v in value}))


def _plain(values: pd.Series) -> pd.Series:
    """One type per meaning, whichever engine made the column."""
    kind = pd.api.types
    if (
        values.dtype == object
        and values.map(lambda v: isinstance(v, (tuple, list, set, np.ndarray))).any()
    ):
        return _sets(values)
    if values.dtype == object and values.isna().all():
        return _sets(values)  # a set column in which nothing is known; text has a type of its own
    if kind.is_bool_dtype(values.dtype) or (
        values.dtype == object and kind.is_bool_dtype(values.dropna().infer_objects())
    ):
        return values.astype("boolean")
    if kind.is_datetime64_any_dtype(values.dtype):
        return values.astype(DTYPES["date"])
    if kind.is_numeric_dtype(values.dtype):
        return values.astype("float64")
    return _typed(values, "text")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _column_of(error: Any) -> str | None:
    return getattr(getattr(error, "schema", None), "name", None)


def artefacts() -> dict[str, Artefact]:
    """Every artefact of the workbook by name, in order of the steps."""
    found: dict[str, Artefact] = {}
    for module in (
        "step_01",
        "step_02",
        "step_03",
        "step_04",
        "step_05",
        "step_05_results",
        "step_06",
    ):
        for artefact in import_module(f"icplib.tables.{module}").ARTEFACTS:
            found[artefact.name] = artefact
    return found


def artefact(name: str) -> Artefact:
    """The declaration of one artefact; only its own step's module is imported."""
    modules = [f"step_{name[:2]}"] + (["step_05_results"] if name.startswith("05") else [])
    known: list[str] = []
    for module in modules:
        try:
            declared = import_module(f"icplib.tables.{module}").ARTEFACTS
        except ModuleNotFoundError as error:
            if error.name != f"icplib.tables.{module}":
                raise
            continue
        for one in declared:
            if one.name == name:
                return one
            known.append(one.name)
    raise UserError(
        f"there is no artefact '{name}'", remedy=did_you_mean(name, known or artefacts())
    )
