"""The open account of reading: what was found, what was read as what, and where rows were lost.

Nothing is dropped without a line here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from icplib import words

WHOLE = "(every cell)"  # the word of a reading that is of a whole column
SETTINGS_FILE = "company.toml"  # source of a finding that is about the settings alone
CONTACT = re.compile(
    r"[^@\s,;]+@[^@\s,;]+\.[a-zA-Z]{2,}|\+?\(?\d{2,4}\)?[\s/.-]\d{3,4}[\s.-]\d{3,4}\b"
)  # an e-mail address or a phone is nobody's example


@dataclass(frozen=True)
class Unread:
    """Cells of a column that became no value: how many, and some of them."""

    n: int = 0
    cells: tuple[str, ...] = ()


@dataclass
class Ledger:
    """Rows of 01_quality, 01_attrition and 01_readings, in the order in which they happened."""

    quality: list[dict] = field(default_factory=list)
    attrition: list[dict] = field(default_factory=list)
    readings: list[dict] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)  # sentences for the head of every page

    def found(
        self,
        check: str,
        source: str,
        column: str,
        n: int,
        done: str,
        examples: Iterable = (),
        decide: str = "",
    ) -> None:
        """One finding; a count of nought is no finding."""
        if n:
            shown = "; ".join(
                dict.fromkeys(CONTACT.sub("...", str(e))[:60] for e in list(examples)[:3])
            )
            self.quality.append(
                {
                    "check": check,
                    "source": source,
                    "column": column or None,
                    "n": int(n),
                    "examples": shown or None,
                    "done": done,
                    "decide_in_settings": decide or None,
                }
            )

    def read(
        self,
        source: str,
        column: str,
        value: str,
        n: int,
        read_as: str,
        amount: float | None = None,
    ) -> None:
        """What one word of a column was read as, with its rows and their money."""
        row = {"source": source, "column": column, "value": value, "n": int(n)}
        self.readings.append(row | {"amount": amount, "read_as": read_as})

    def read_column(self, source: str, header: str, what: str, known: int, unread: Unread) -> None:
        """What all cells of a column were read as, and how many could not be, with two of them."""
        shown = ", ".join(repr(CONTACT.sub("...", str(c))[:40]) for c in unread.cells[:2])
        lost = f"; {words.k_of_n(unread.n, known)} unread ({shown})" if unread.n else ""
        self.read(source, header, WHOLE, known, what + lost)

    def stage(
        self,
        source: str,
        stage: str,
        n_dropped: int,
        reason: str,
        n_in: int | None = None,
        amount: float | None = None,
    ) -> None:
        """One stage of a source.

        It begins where the source's last stage ended; ``n_in`` is given for the first alone.
        """
        last = [row["n_out"] for row in self.attrition if row["source"] == source]
        before = last[-1] if last else n_in
        if before is None or (last and n_in is not None and n_in != last[-1]):
            raise AssertionError(
                f"attrition of {source}: stage '{stage}' begins with {n_in}, the last ended with"
                f" {last[-1:]}"
            )
        if last and not n_dropped:
            return
        row = {
            "source": source,
            "stage": stage,
            "n_in": int(before),
            "n_dropped": int(n_dropped),
            "n_out": int(before - n_dropped),
            "amount": amount,
            "reason": reason,
        }
        if row["n_out"] < 0:
            raise AssertionError(
                f"attrition of {source}: stage '{stage}' drops more rows than there are"
            )
        self.attrition.append(row)

    def n_out(self, source: str) -> int:
        """Rows of a source that are left."""
        return next(
            (row["n_out"] for row in reversed(self.attrition) if row["source"] == source), 0
        )

    def tables(self) -> tuple[pd.DataFrame, ...]:
        """01_quality, 01_attrition and 01_readings as tables with all their columns."""
        from icplib.tables.step_01 import ATTRITION, QUALITY, READINGS

        return (
            QUALITY.frame(self.quality),
            ATTRITION.frame(self.attrition),
            READINGS.frame(self.readings),
        )
