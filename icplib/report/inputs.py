"""What notebook 06 reads: the artefacts of 01 to 05, and the previous report.

Nothing is read twice and nothing is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from icplib.icp import IdealCustomerProfile
from icplib.workbook import Workbook

ENOUGH = 30


class Inputs:
    """The quarter's artefacts by name, read once: ``inputs["04_scores"]``.

    ``previous`` is the same for the quarter before.
    """

    def __init__(self, workbook: Workbook):
        self.workbook = workbook
        self.settings = workbook.settings
        self.as_of = workbook.as_of
        self.least = workbook.settings.privacy.min_cell
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = self.workbook.read(name)
        return self._read[name]

    @cached_property
    def previous(self) -> Inputs | None:
        """The newest earlier quarter that has a report of its own.

        None when this is the first, and where this quarter's exports are old.
        """
        if self.workbook.copied() or self._is_stale:
            return None
        past = self.workbook.previous()
        while past is not None and not past.has("06_report"):
            past = past.previous()
        return Inputs(past) if past else None

    @property
    def _is_stale(self) -> bool:
        """Whether nothing is dated in the quarter, so that any change is one of the files."""
        deals = self["01_deals"]
        days = [
            deals["created_date"],
            deals["close_date"],
            self["01_accounts"]["last_purchase_date"],
        ]
        seen = pd.concat(days).dropna()
        seen = seen[seen <= self.as_of]
        return len(seen) > 0 and seen.max() < pd.Timestamp(self.workbook.quarter.start)

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """`01_accounts` with `fits_icp` (missing = unknown), `score` and `tier` of `04_scores`."""
        scores = self["04_scores"][["account_id", "fits_icp", "score", "tier"]]
        return self["01_accounts"].merge(scores, on="account_id", how="left", validate="one_to_one")

    @cached_property
    def deals(self) -> pd.DataFrame:
        """Closed deals with the account's `fits_icp` and the quarter in which they closed."""
        deals = self["01_deals"]
        deals = deals[deals["is_closed"].fillna(False).astype(bool) & deals["close_date"].notna()]
        deals = deals.merge(self.accounts[["account_id", "fits_icp"]], on="account_id", how="left")
        return deals.assign(quarter=quarter_number(deals["close_date"]))

    @cached_property
    def touches(self) -> pd.DataFrame:
        """`01_engagement` with the account's `fits_icp` and the quarter of the touch.

        Only what was sent.
        """
        touches = self["01_engagement"]
        touches = touches[touches["is_sent"].fillna(True).astype(bool)]
        touches = touches.merge(
            self.accounts[["account_id", "fits_icp"]], on="account_id", how="left"
        )
        return touches.assign(quarter=quarter_number(touches["date"]))

    @cached_property
    def personas(self) -> list:
        """The cards of `05_personas`; none where interviews are absent or too few."""
        return list(self["05_personas"].cards)

    @cached_property
    def windows(self) -> Since | None:
        """The quarters since and before of the two questions, or None where there are none."""
        rows = self["06_questions"] if self.workbook.has("06_questions") else pd.DataFrame()
        for row in rows.to_dict("records"):
            if row["measure"] == "win rate" and isinstance(row["window_since"], str):
                before = row["window_before"]
                return Since(ends(row["window_since"]), ends(before) if before else None)
        return None

    @property
    def now(self) -> int:
        """Number of the quarter, so that quarters can be counted."""
        return self.workbook.quarter.year * 4 + self.workbook.quarter.number - 1

    @property
    def profile(self) -> IdealCustomerProfile | None:
        """The main profile of `03_profile`, or None when there is none."""
        profiles = self["03_profile"]
        found = getattr(profiles, "profiles", (profiles,))
        return found[0] if found else None


def read(workbook: Workbook) -> Inputs:
    """The inputs of the report; artefacts are read when they are first asked for."""
    return Inputs(workbook)


def quarter_number(dates: pd.Series) -> pd.Series:
    """Quarters counted from year 0, as Int64, so that differences are numbers of quarters."""
    dates = pd.to_datetime(dates)
    return (dates.dt.year * 4 + dates.dt.quarter - 1).astype("Int64")


def quarter_name(number: int) -> str:
    """8103 -> 2025Q4: the quarter that is `number` quarters from year 0."""
    year, zero_based = divmod(int(number), 4)
    return f"{year}Q{zero_based + 1}"


def window_words(first: int, last: int) -> str:
    """One quarter by its name, several from the first to the last."""
    return quarter_name(last) if first == last else f"{quarter_name(first)} to {quarter_name(last)}"


def ends(window: str) -> tuple[int, int]:
    """First and last quarter, as numbers, of a window in words: 2026Q2, or 2026Q2 to 2026Q3."""
    names = window.split(" to ")
    first, last = (int(name[:4]) * 4 + int(name[-1]) - 1 for name in (names[0], names[-1]))
    return first, last


@dataclass(frozen=True)
class Since:
    """The quarters since a break, or since a profile stands, and those before."""

    since: tuple[int, int]
    before: tuple[int, int] | None

    def holds(self, quarters: pd.Series, when: str) -> pd.Series:
        """Which rows lie in the window `now` or `before`."""
        first, last = self.since if when == "now" else self.before or (1, 0)
        return quarters.between(first, last).fillna(False).astype(bool)

    def words(self, when: str) -> str:
        """The window in words."""
        span = self.since if when == "now" else self.before
        return window_words(*span) if span else ""
