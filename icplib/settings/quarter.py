"""A calendar quarter, the only unit of time that a run knows."""

from __future__ import annotations

import datetime as dt
import re

from icplib.problems import UserError


class Quarter:
    """A calendar quarter such as ``2026Q3``.

    Its last day is the as-of date and nothing after it is visible.
    """

    _FORM = re.compile(r"^(\d{4})Q([1-4])$")

    def __init__(self, text: str):
        match = self._FORM.match(str(text).strip().upper())
        if not match:
            raise UserError(
                f"'{text}' is not a quarter", remedy="Write it as year and quarter, such as 2026Q3."
            )
        self.year, self.number = int(match[1]), int(match[2])

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    def __repr__(self) -> str:
        return f"Quarter('{self}')"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __lt__(self, other: Quarter) -> bool:
        return (self.year, self.number) < (other.year, other.number)

    def __add__(self, quarters: int) -> Quarter:
        year, zero_based = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(f"{year}Q{zero_based + 1}")

    @property
    def start(self) -> dt.date:
        """The quarter's first day."""
        return dt.date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> dt.date:
        """The quarter's last day: the as-of date of every step."""
        return self.first_invisible_day - dt.timedelta(days=1)

    @property
    def first_invisible_day(self) -> dt.date:
        """The day after the quarter's last."""
        return (self + 1).start

    def previous(self) -> Quarter:
        """The quarter before."""
        return self + -1

    def next(self) -> Quarter:
        """The quarter after."""
        return self + 1
