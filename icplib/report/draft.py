"""What pages are made from: shared artefacts, the limit of small counts, and the sentences."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from icplib import words
from icplib.pages import Pages, Part, Said, Shared, counts, part, together
from icplib.report.inputs import Inputs

PAGES = Pages(Path(__file__).with_name("templates"))
Row = dict[Any, Any]


class Draft(Shared):
    """Shared artefacts of one quarter, read once, and the sentences made of them."""

    def __init__(self, inputs: Inputs):
        super().__init__(inputs, inputs.least)
        settings = inputs.settings
        self.company, self.currency, self.decisions = (
            settings.name,
            settings.currency,
            settings.decisions,
        )
        self.scenario, self.best = inputs.workbook.scenario, settings.best
        self.as_of, self.quarter = inputs.as_of.date(), str(inputs.workbook.quarter)
        self.previous = str(inputs.previous.workbook.quarter) if inputs.previous else ""

    def say(self, macro: str, **values: Any) -> Said:
        """One sentence of ``sentences.j2``."""
        return PAGES.say(macro, **values)

    def part(self, k: Any, n: Any, complement: bool = True) -> Part:
        """``k`` of ``n`` as it may leave."""
        return part(k, n, self.least, complement)

    def money(self, value: Any) -> str:
        """Money in the company's currency."""
        return words.money(value, self.currency)

    def rows(self, name: str, **wanted: Any) -> list[Row]:
        """Rows of a shared table that have these values."""
        table = self.table(name)
        for column, value in wanted.items():
            table = table[(table[column] == value).fillna(False).astype(bool)]
        return table.to_dict("records")

    def row(self, name: str, **wanted: Any) -> Row | None:
        """The first such row."""
        return next(iter(self.rows(name, **wanted)), None)

    def parts(
        self, rows: Sequence[Row], k: str = "k", n: str = "n", complement: bool = True
    ) -> list[Part]:
        """``k`` of ``n`` of rows that add up to a total which is shown somewhere."""
        return together(((row[k], row[n]) for row in rows), self.least, complement)

    def shown(
        self, rows: Sequence[Row], k: str = "k", n: str = "n", complement: bool = True
    ) -> list[tuple[Row, Part]]:
        """Rows whose counts may be read, with the counts."""
        parts = self.parts(rows, k, n, complement)
        return [(r, p) for r, p in zip(rows, parts, strict=True) if p.is_shown]

    def told(self, rows: pd.DataFrame, k: str, n: str) -> pd.DataFrame:
        """The rows of a table whose ``k`` of ``n`` may be read."""
        pairs = zip(rows[k].fillna(0), rows[n].fillna(0), strict=True)
        shown = [b > 0 and self.part(a, b, complement=False).is_shown for a, b in pairs]
        return rows[pd.Series(shown, index=rows.index, dtype=bool)]

    @property
    def profile(self) -> Any:
        """The main profile, or None."""
        return next(iter(self.model("03_profile").profiles), None)

    @property
    def lines(self) -> tuple[Any, ...]:
        """The lines of the main profile's rule; none where no profile stands."""
        return self.profile.headline if self.profile else ()

    def month(self, quarter: str) -> str:
        """The month in which a quarter begins, with its year where that is not this one."""
        year, number = int(quarter[:4]), int(quarter[-1])
        day = dt.date(year, 3 * number - 2, 1)
        return f"{day:%B}" if year == self.as_of.year else words.month(day)


def count(draft: Draft, n: Any) -> str:
    """A count of companies or people as it may leave."""
    return counts.count(n, draft.least)


def first_said(fields: dict[str, Any], family: str) -> str:
    """The best supported statement of a family on a card."""
    found = fields[family].statements if family in fields else ()
    return str(found[0].text) if found else ""
