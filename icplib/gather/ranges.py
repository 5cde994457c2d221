"""What a value can be.

Outside of it a value is counted and read as unknown, or kept where such values do exist (credit
notes).

``cleaning.ranges`` in company.toml has the last word: ``"invoices.revenue_amount" = [0, 1e6]``
narrows, ``[-inf, inf]`` lets everything in.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass

import pandas as pd

from icplib.exports.ledger import Ledger
from icplib.gather.canon import FIELDS, FINAL_FIELDS, RANGES, Field
from icplib.gather.leakage import words
from icplib.problems import UserError, did_you_mean
from icplib.vocabulary.attributes import KNOWN

OLDEST = dt.date(
    1980, 1, 1
)  # before it there was no CRM: 1900-01-01 and 1970-01-01 are what software writes for "no date"
CHECK = "values outside their range"
SHARE_NAME = re.compile(
    r"%|\b(share|percent|percentage|win rate|churn rate|conversion|retention)\b", re.I
)
CHANGE_NAME = re.compile(r"growth|change|yoy|margin|return", re.I)
COUNT_NAME = re.compile(
    r"\b(number"
    r" of|n|employees|headcount|users|seats|offices|locations|sites|stores|countries|visits|downloads)\b",  # noqa: E501
    re.I,
)


@dataclass(frozen=True)
class Range:
    """Lowest and highest possible value, both included; None is no limit.

    ``kept``: why values outside stay as they are.
    """

    low: float | dt.date | None = None
    high: float | dt.date | None = None
    kept: str = ""

    @classmethod
    def of(cls, said: list) -> Range:
        """Lowest, highest (inf: none), and why what lies beyond is kept."""
        return cls(said[0], None if said[1] == math.inf else said[1], *said[2:])

    def __str__(self) -> str:
        low, high = (
            None if end is None else str(end) if isinstance(end, dt.date) else f"{end:,g}"
            for end in (self.low, self.high)
        )
        return (
            f"{low} to {high}"
            if low and high
            else (
                f"{low} or more"
                if low and not isinstance(self.low, dt.date)
                else f"{low} or later"
                if low
                else f"at most {high}"
            )
        )

    @property
    def limits(self) -> bool:
        """Whether there is an end at all."""
        return self.low is not None or self.high is not None

    def outside(self, values):
        """Where a column (pandas or an expression of Narwhals) lies beyond the limits.

        Never true for an unknown value.
        """
        below = None if self.low is None else values < self.low
        above = None if self.high is None else values > self.high
        return above if below is None else below if above is None else below | above

    def timestamps(self) -> Range:
        """The same limits for a pandas column of dates."""
        return Range(*(None if d is None else pd.Timestamp(d) for d in (self.low, self.high)))

    @property
    def done(self) -> str:
        """What became of a value outside, in words."""
        return (
            f"{self.kept}; possible is {self}"
            if self.kept
            else f"read as unknown; possible is {self}"
        )


COUNT, SHARE = Range(0), Range(0, 1)
NUMBERS = {
    source: {column: Range.of(limits) for column, limits in columns.items()}
    for source, columns in RANGES.items()
}
NUMBERS["accounts"] |= {c: COUNT for c in FINAL_FIELDS if c.startswith("n_") and c != "n_employees"}
PAST = (
    "start_date",
    "first_purchase_date",
    "last_purchase_date",
)  # dates that the quarter's end must have seen


def ranges_of(source: str, cut: dt.date, settings) -> dict[str, Range]:
    """The ranges of one source's columns; ``cut`` is the first day after the quarter.

    What the settings declare comes last and counts.
    """
    kind = "accounts" if source == "prospects" else source
    fields = FINAL_FIELDS if kind == "accounts" else FIELDS[source]
    dates = {
        c: Range(OLDEST, cut - dt.timedelta(days=1) if c in PAST else None)
        for c, f in fields.items()
        if f.kind == "date"
    }
    return {
        column: limits
        for column, limits in (dates | NUMBERS.get(kind, {}) | declared(source, settings)).items()
        if limits.limits
    }


def declared(source: str, settings) -> dict[str, Range]:
    """Ranges that company.toml declares for columns (for accounts, attributes) of one source."""
    names = (source, "accounts") if source == "prospects" else (source,)
    mine = [(key.split(".", 1), limits) for key, limits in settings.cleaning.ranges.items()]

    def finite(end):
        return end if isinstance(end, dt.date) or math.isfinite(end) else None

    return {
        column: Range(finite(low), finite(high))
        for (owner, column), (low, high) in mine
        if owner in names
    }


def refuse_unknown(settings, attributes=None) -> None:
    """UserError for a declared range that fits no column.

    ``attributes``: what the account file itself brought; None before that is known.
    """
    for key in settings.cleaning.ranges:
        source, _, column = key.partition(".")
        if source not in FIELDS:
            raise UserError(
                f"cleaning.ranges names '{key}', but '{source}' is no source with ranges",
                remedy=did_you_mean(source, FIELDS),
            )
        of_accounts = source in ("accounts", "prospects")
        known = [*FINAL_FIELDS, *(attributes or ())] if of_accounts else list(FIELDS[source])
        if column not in known and of_accounts and attributes is None:
            continue
        if column not in known:
            raise UserError(
                f"cleaning.ranges names '{key}', but {source} has no column '{column}'",
                remedy=did_you_mean(column, known),
            )
        wants = (
            (FINAL_FIELDS if of_accounts else FIELDS[source]).get(column, Field("number")).kind
        )  # a file's own column: a number
        finite = [
            end
            for end in settings.cleaning.ranges[key]
            if isinstance(end, dt.date) or math.isfinite(end)
        ]
        if wants in ("text", "bool") or any(
            isinstance(end, dt.date) != (wants == "date") for end in finite
        ):
            raise UserError(
                f"cleaning.ranges gives '{key}' limits that do not fit it",
                remedy=(
                    "Numbers for a column of numbers, dates such as 2020-01-31 for one of dates."
                ),
            )


def attribute_range(name: str, header: str, kind: str, settings) -> Range | None:
    """The range of an account attribute.

    As declared, as known, or as its name says (a number of things, a share).
    """
    known = NUMBERS["accounts"] | declared("accounts", settings)
    text = words(header)
    if name in known:
        return known[name] if known[name].limits else None
    if (
        kind == "rate"
        and SHARE_NAME.search(header if "%" in header else text)
        and not CHANGE_NAME.search(text)
    ):
        return SHARE
    return COUNT if kind == "count" and COUNT_NAME.search(text) else None


def in_range(table: pd.DataFrame, s, cut: dt.date, settings, log: Ledger) -> pd.DataFrame:
    """A staged table (``staging.Staged``) whose impossible dates and measures are unknown.

    Account attributes are looked at where they are read.
    """
    for column, limits in ranges_of(s.name, cut, settings).items():
        if column not in s.mapped.columns or column in KNOWN:
            continue
        is_date = s.fields[column].kind == "date"
        values = pd.to_datetime(table[column]) if is_date else pd.to_numeric(table[column])
        beyond = (
            (limits.timestamps() if is_date else limits).outside(values).fillna(False).astype(bool)
        )
        if not beyond.any():
            continue
        log_outside(
            log,
            s.name,
            column,
            beyond.sum(),
            limits,
            values[beyond]
            .drop_duplicates()
            .map("{:%Y-%m-%d}".format if is_date else "{:,g}".format),
        )
        table[column] = values if limits.kept else values.mask(beyond)
    return table


def log_outside(log: Ledger, source: str, column: str, n: int, limits: Range, examples) -> None:
    """The row of 01_quality for one column.

    What can be pasted into company.toml stands beside it.
    """
    key = "accounts" if source == "prospects" else source
    decide = f'[cleaning.ranges] "{key}.{column}" = {"[0, inf]" if limits.kept else "[-inf, inf]"}'
    log.found(CHECK, source, column, n, limits.done, examples, decide)
