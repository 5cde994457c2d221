"""Where the company's tables come from, and what the analyst knows better about them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import Field, model_validator

from icplib.settings.model import Model, Share

SOURCES = (
    "accounts",
    "deals",
    "invoices",
    "churn",
    "subscriptions",
    "tickets",
    "contacts",
    "engagement",
    "prospects",
    "interviews",
    "codings",
    "market_notes",
    "verdicts",
    "stages",
)


Kind = Literal["nominal", "set", "ordinal", "count", "amount", "rate", "date"]


Timing = Literal["before_sale", "after_sale", "unknown"]


class Source(Model):
    """Where one of the company's tables comes from.

    A bare string in the file means ``file = "..."``.
    """

    file: str | None = Field(
        None,
        description="file name inside raw/<quarter>/ (csv, xlsx, xls, parquet, sqlite; gz or zip)",
    )
    also: tuple[str, ...] = Field(
        (), description="for interviews and codings: further files or patterns, such as other waves"
    )
    sql: str | None = Field(
        None,
        description=(
            "one SQL statement over the files of raw/<quarter>/, each a view named like its file"
        ),
    )
    table: str | None = Field(
        None, description="table or sheet inside the file, or a table of the engine's database"
    )
    preset: str | None = Field(
        None, description="overrides the company's preset for this source; 'plain' maps nothing"
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="our column name = header in the file"
    )
    date_order: Literal["mdy", "dmy", "ymd"] | None = Field(
        None, description="order of day and month in this file"
    )
    decimal: Literal[".", ","] | None = Field(None, description="decimal sign in this file")
    missing: tuple[str, ...] = Field(
        (), description="further words that mean 'not known' in this file"
    )
    zero_is_missing: tuple[str, ...] = Field(
        (), description="columns (our names) in which 0 means 'not known'"
    )
    percent: tuple[str, ...] = Field(
        (), description="columns (our names or headers) whose numbers are in percent"
    )
    shares: tuple[str, ...] = Field(
        (), description="columns (our names or headers) whose numbers are shares of one"
    )
    thousands: tuple[str, ...] = Field(
        (), description="columns (our names or headers) whose numbers are in thousands"
    )
    millions: tuple[str, ...] = Field(
        (), description="columns (our names or headers) whose numbers are in millions"
    )
    drop: tuple[str, ...] = Field((), description="headers to leave out")
    format: str | None = Field(
        None, description="for codings: the tool that wrote the file, where it cannot be told"
    )
    coder: str | None = Field(
        None, description="for codings: who coded this file, where the export does not say"
    )
    coders: dict[str, str] = Field(
        default_factory=dict,
        description="for codings: file name = who coded it; file may be a pattern",
    )
    codebook: str | None = Field(None, description="for codings: the file that describes the codes")
    families: dict[str, str] = Field(
        default_factory=dict,
        description="for codings: heading (or file name) = family of statements",
    )
    repeated: Literal["once", "each"] | None = Field(
        None,
        description="rows that repeat an id or one another: one record, or records of their own",
    )
    reads: dict[str, Literal["counts", "out", "credit", "first", "repeat"]] = Field(
        default_factory=dict,
        description=(
            "a status or type of documents = counts, out or credit; a type of deals = first (sale)"
            " or repeat (renewal, expansion)"
        ),
    )
    final: bool = Field(
        False, description="for accounts: the table already is the account table; joins are skipped"
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        if not (self.file or self.sql or self.table):
            raise ValueError("a source needs 'file', 'sql' or 'table'")
        return self


def file_or_table(value: Any) -> Any:
    """A bare file name as a source."""
    return {"file": value} if isinstance(value, str) else value


class Privacy(Model):
    """Personal data at the door and what may leave the building."""

    keep: tuple[str, ...] = Field(
        (),
        description=(
            "personal columns ('source.Header') kept as they are, beside the rows of their source"
        ),
    )
    hash: tuple[str, ...] = Field(
        (),
        description=(
            "personal columns kept as a hash, keyed by the environment variable ICP_HASH_KEY"
        ),
    )
    min_cell: int = Field(
        5, ge=1, description="counts below this are suppressed in the stakeholder page"
    )
    public_names: tuple[str, ...] = Field(
        (),
        description=(
            "names and words from the raw data that may stand in the stakeholder page all the same"
        ),
    )


class AttributeSettings(Model):
    """What the analyst knows better about one attribute."""

    kind: Kind | None = Field(None, description="how its values are compared")
    label: str | None = Field(None, description="its name in sentences and charts")
    group: Literal["firmographic", "technographic", "behavioural"] | None = Field(
        None, description="the part of the ICP sheet in which it stands"
    )
    timing: Timing | None = Field(
        None, description="whether its value was known before the sale or written after it"
    )
    use: bool | None = Field(
        None, description="false keeps it out of the patterns, true lets it in against the audit"
    )
    order: tuple[str, ...] = Field(
        (), description="levels of an ordinal attribute from low to high"
    )
    same: dict[str, str] = Field(
        default_factory=dict,
        description=(
            "another spelling = the value that it stands for, in exports and in lists to score"
        ),
    )


class Cleaning(Model):
    """What the analyst decides about suggestions in the quality table."""

    merge_accounts: dict[str, str] = Field(
        default_factory=dict, description="account id = id of the account it is merged into"
    )
    drop_accounts: tuple[str, ...] = Field((), description="account ids to leave out")
    max_loss: Share = Field(
        0.05,
        description=(
            "a larger share of the rows or the money of accounts, deals or invoices that is lost"
            " stops a run"
        ),
    )
    max_unread: Share = Field(
        0.05, description="a larger share of unreadable cells of a needed column stops a run"
    )
    max_repeats: Share = Field(
        0.01, description="a larger share of repeated rows, and more than five, stops a run"
    )
    keep_contradictions: bool = Field(
        False, description="keep accounts whose own dates and amounts contradict one another"
    )
    ranges: dict[str, tuple[float | dt.date, float | dt.date]] = Field(
        default_factory=dict,
        description=(
            "'source.column' (our name) = [lowest, highest] possible value; beyond it a value is"
            " read as unknown"
        ),
    )
