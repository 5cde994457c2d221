"""One schema per artefact: columns, types, units, meaning, step, sensitivity.

A table artefact declares its columns; a JSON artefact names its pydantic model. Both are validated
on writing and on reading. What may leave the building follows from the declared sensitivity:

- ``person``: rows about people; never leaves, never in a stakeholder page
- ``company``: rows about single companies; analysts only
- ``aggregate``: counts and estimates; may be shared, small cells suppressed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import Any, Literal

import numpy as np
import pandas as pd

from icplib.problems import UserError, did_you_mean

MODULES = (
    *(f"step_0{step}" for step in range(1, 6)),
    "step_05_results",
    "step_06",
)
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


# the grammar of column names: its first or last word gives type, unit, lowest and highest value
BY_NAME: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("is", "has"), ("bool",)),
    "n": ("int", "", 0),
    "id": ("id",),
    "date": ("date",),
    "amount": ("float", "company currency"),
    "days": ("float", "days"),
    "months": ("float", "months", 0),
    "hours": ("float", "hours"),
    "lift": ("float", "", 0),
    **dict.fromkeys(("p", "q"), ("float", "", 0, 1)),
    **dict.fromkeys(("share", "rate", "difference"), ("float", "share")),
    **dict.fromkeys(("estimate", "low", "high", "value"), ("float",)),
}


@dataclass(frozen=True)
class Column:
    """One column: its meaning; type word, unit and bounds where its name does not give them.

    ``required`` means no empty cell; ``one_of`` lists its levels; ``sensitivity`` where it differs
    from the artefact's.
    """

    meaning: str
    type: Literal["id", "text", "bool", "int", "float", "date", "set", ""] = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    required: bool = False
    unique: bool = False
    one_of: tuple[str, ...] = ()
    sensitivity: Sensitivity | None = None
    name: str = ""

    def named(self, name: str) -> Column:
        """The column under its name, which gives what was not said."""
        if self.type:
            return replace(self, name=name)
        first, *_, last = f"{name}_{name}".split("_")
        given = BY_NAME.get(first if first in ("is", "has", "n") else last, ("text",))
        rest: tuple[Any, ...] = ("", None, None)
        type, unit, low, high = given + rest[len(given) - 1 :]
        low, high = (
            (low if self.low is None else self.low),
            high if self.high is None else self.high,
        )
        return replace(self, name=name, type=type, unit=self.unit or unit, low=low, high=high)


def levels(meaning: str, *one_of: str, **rest: Any) -> Column:
    """A column of which these are the levels."""
    return Column(meaning, one_of=one_of, **rest)


def must(meaning: str, *one_of: str, **rest: Any) -> Column:
    """A column without empty cells."""
    return levels(meaning, *one_of, required=True, **rest)


def share(meaning: str, required: bool = False) -> Column:
    """A share between 0 and 1."""
    return Column(meaning, "float", "share", 0, 1, required)


def ratio(meaning: str) -> Column:
    """A number that is never negative."""
    return Column(meaning, "float", low=0)


Declared = Mapping[str, Column | str]


@dataclass(frozen=True)
class Artefact:
    """One artefact. ``declared`` for a table: name -> meaning or column; ``model`` for JSON.

    ``open`` tables may carry columns beyond the declared.
    """

    name: str
    sensitivity: Sensitivity
    meaning: str
    declared: Declared = field(default_factory=dict)
    model: Any = None
    open: bool = False
    key: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The declared columns, in their order."""
        return tuple(
            (Column(said) if isinstance(said, str) else said).named(name)
            for name, said in self.declared.items()
        )

    @property
    def step(self) -> int:
        """Number of the notebook that makes it."""
        return int(self.name[:2])

    @property
    def filename(self) -> str:
        """Name of its file: JSON for a model, Parquet for a table."""
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

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The declared columns of ``table``, checked; one that it lacks is unknown."""
        return self.check(table.reindex(columns=self.names))

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
        found = [(c.name, *one) for c in self.columns for one in _refused(c, table[c.name])]
        if self.key:
            found.append((self.key[0], "there twice with the same key", table.duplicated(self.key)))
        for column, why, is_so in found:
            if is_so.any():
                row = int(is_so.to_numpy(bool).argmax())
                raise UserError(
                    f"{self.name} breaks its schema: '{table[column].iloc[row]}' is {why}",
                    column=column,
                    row=row + 1,
                )
        return table


def _refused(column: Column, values: pd.Series) -> Iterator[tuple[str, pd.Series]]:
    """What the column does not allow, and for each row (boolean) whether it is so."""
    if column.required:
        yield "not known", values.isna()
    if column.one_of:
        yield f"none of {', '.join(column.one_of)}", values.notna() & ~values.isin(column.one_of)
    if column.low is not None:
        yield f"less than {column.low}", values.lt(column.low).fillna(False)
    if column.high is not None:
        yield f"more than {column.high}", values.gt(column.high).fillna(False)
    if column.unique:
        yield "there twice", values.duplicated()


def _typed(values: pd.Series, word: str) -> pd.Series:
    if word == "set":
        return _sets(values)
    if values.dtype == DTYPES[word]:
        return values
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
    if values.dtype == object:
        # one in which nothing is known is a set column, too: text has a type of its own
        many = values.map(lambda v: isinstance(v, (tuple, list, set, np.ndarray)))
        if many.any() or values.isna().all():
            return _sets(values)
    if kind.is_bool_dtype(values.dropna().infer_objects()):
        return values.astype("boolean")
    if kind.is_datetime64_any_dtype(values.dtype):
        return values.astype(DTYPES["date"])
    if kind.is_numeric_dtype(values.dtype):
        return values.astype("float64")
    return _typed(values, "text")


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Rows as named tuples, whose cells are what their columns hold (pandas' stubs cannot tell)."""
    return table.itertuples()


def artefacts(step: str = "") -> dict[str, Artefact]:
    """Every artefact by name, in order of the steps; those of one step ("04") are quick to read."""
    modules = [module for module in MODULES if module[5:7] == (step or module[5:7])]
    declared = (import_module(f"icplib.tables.{module}").ARTEFACTS for module in modules)
    return {artefact.name: artefact for some in declared for artefact in some}


def artefact(name: str) -> Artefact:
    """The declaration of one artefact; only its own step's module is imported."""
    known = artefacts(name[:2]) if name[:2] else {}
    if name in known:
        return known[name]
    raise UserError(
        f"there is no artefact '{name}'", remedy=did_you_mean(name, known or artefacts())
    )
