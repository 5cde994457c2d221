"""The desk of a gather: connection, settings, cut-off and ledger, at which its stages work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from icplib.exports.ledger import Ledger
from icplib.gather.engines import DuckDB, engine
from icplib.settings import Settings
from icplib.workbook import Workbook

if TYPE_CHECKING:
    from icplib.gather.staging import Staged


@dataclass
class Desk:
    """One company and quarter being read: ``staged`` and ``frames`` fill as the stages go on."""

    wb: Workbook
    engine: DuckDB
    ledger: Ledger = field(default_factory=Ledger)
    staged: dict[str, Staged] = field(default_factory=dict)
    frames: dict = field(default_factory=dict)  # source -> its rows as a frame of the engine

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The connection on which everything is staged."""
        return self.engine.con

    @property
    def settings(self) -> Settings:
        """The settings of company.toml."""
        return self.wb.settings

    @property
    def cut(self) -> dt.date:
        """The first day that no step may see."""
        return self.wb.quarter.first_invisible_day

    @property
    def of_companies(self) -> list[Staged]:
        """The staged lists of companies, customers' first."""
        return [self.staged[name] for name in ("accounts", "prospects") if name in self.staged]


@contextmanager
def at_desk(wb: Workbook) -> Iterator[Desk]:
    """An empty desk over the engine that the settings name."""
    with engine(wb.settings) as made:
        yield Desk(wb, made)
