"""Closed deals quarter by quarter, as each could be judged when it closed.

A quarter is judged by the profile that stood before it. Where none did, customers are judged by the
conditions that were found without them (held out), all others by the first profile, which had not
seen them.
"""

from functools import cached_property

import numpy as np
import pandas as pd

from icplib.icp import Profiles
from icplib.report.inputs import Inputs, quarter_number
from icplib.settings import Quarter
from icplib.stats.breaks import Series

HELD_OUT = "held out"
SIDES = ("fit", "others", "all")
LONG = 0.95  #: a quarter is on record when so many deals that close in it began on record
LOADED = 0.20  #: from this share of unknown lengths on, creation dates say nothing of the record
SILENT = 0.01  #: a silence before the first deal that has this chance means that the record began


class History:
    """What the signs and the two questions are read from."""

    def __init__(self, inputs: Inputs):
        self.inputs = inputs
        self.now = inputs.now

    @cached_property
    def standing(self) -> dict[int, Profiles]:
        """Profiles of earlier quarters that have a rule, by the number of their quarter."""
        found = {}
        for book in self.inputs.workbook.earlier():
            if book.has("03_profile"):
                profiles = book.read("03_profile")
                if any(p.headline for p in profiles.profiles):
                    found[number_of(book.quarter)] = profiles
        return found

    @cached_property
    def held_out(self) -> pd.Series:
        """Whether each account meets the rule that was found without it."""
        return self.inputs["02_fit"].set_index("account_id")["fits_held_out"].astype("boolean")

    def stood_before(self, quarter: int) -> int | None:
        """The newest quarter before ``quarter`` whose profile stood."""
        return max((q for q in self.standing if q < quarter), default=None)

    def fits(self, profile_of: int | None) -> pd.Series:
        """Fit of each account by the profile of a quarter, or held out; index: account_id."""
        if profile_of is None:
            return self.held_out
        accounts, profiles = self.inputs["01_accounts"], self.standing[profile_of]
        asked = {c.attribute for p in profiles.profiles for c in p.criteria}
        gone = dict.fromkeys(asked - set(accounts.columns), pd.NA)
        return profiles.fits(accounts.assign(**gone)).set_axis(accounts["account_id"])

    @cached_property
    def deals(self) -> pd.DataFrame:
        """Closed deals with quarter, ``is_won``, ``fit`` as judged then, and who judged."""
        deals = self.inputs.deals[["account_id", "quarter", "close_date", "created_date"]].copy()
        deals["quarter"] = deals["quarter"].astype(int)
        deals["is_won"] = self.inputs.deals["is_won"].fillna(False).astype(float)
        deals["cycle_days"] = self.inputs.deals["cycle_days"].astype(float)
        stood = {q: self.stood_before(q) for q in sorted(deals["quarter"].unique())}
        deals["judge"] = deals["quarter"].map(stood)
        deals["fit"] = pd.Series(pd.NA, index=deals.index, dtype="boolean")
        for judge in set(stood.values()):
            mine = deals["judge"].isna() if judge is None else deals["judge"] == judge
            deals.loc[mine, "fit"] = deals.loc[mine, "account_id"].map(self.fits(judge))
        return deals

    @cached_property
    def whole(self) -> range:
        """Quarters wholly on record: none before the record began can be judged or be a base."""
        deals = self.deals
        if not len(deals):
            return range(0)
        first = max(_closing_began(deals), _creation_began(deals))
        return range(first, self.now + 1)

    def mask(self, side: str) -> pd.Series:
        """Deals of one side; companies whose fit is not known are on neither."""
        if side == "all":
            return pd.Series(True, index=self.deals.index)
        return (self.deals["fit"] == (side == "fit")).fillna(False).astype(bool)

    def wins(self, side: str = "all", mask: pd.Series | None = None) -> Series:
        """1 and 0 of each whole quarter's closed deals."""
        return self._by_quarter("is_won", self.mask(side) if mask is None else mask)

    def cycles(self, side: str = "all") -> Series:
        """Days to a won close, of each whole quarter's won deals whose length is known."""
        known = (self.deals["is_won"] == 1) & self.deals["cycle_days"].notna()
        return self._by_quarter("cycle_days", self.mask(side) & known)

    def _by_quarter(self, column: str, mask: pd.Series) -> Series:
        rows = self.deals[mask]
        groups = rows.groupby("quarter")[column]
        found = {q: values.to_numpy(float) for q, values in groups}
        return {q: found.get(q, np.empty(0)) for q in self.whole}


def number_of(quarter: Quarter) -> int:
    """Quarters counted from year 0."""
    return quarter.year * 4 + quarter.number - 1


def start_of(number: int) -> pd.Timestamp:
    """First day of a counted quarter."""
    return pd.Timestamp(year=number // 4, month=number % 4 * 3 + 1, day=1)


def _closing_began(deals: pd.DataFrame) -> int:
    """First quarter whose closes are all on record, by the silence before the first of them."""
    first = int(deals["quarter"].min())
    silent = (deals["close_date"].min() - start_of(first)).days
    rate = (deals["quarter"] == first + 1).sum() / 91
    return first + int(np.exp(-rate * silent) < SILENT)


def _creation_began(deals: pd.DataFrame) -> int:
    """First quarter in which nineteen of twenty deals that closed had begun on record.

    Where creation dates are those of a load, they say nothing of when the record began.
    """
    known = deals[deals["cycle_days"].notna()]
    if len(known) < (1 - LOADED) * len(deals) or not len(known):
        return 0
    begin = known["created_date"].min() + pd.Timedelta(days=known["cycle_days"].quantile(LONG))
    number = int(quarter_number(pd.Series([begin])).iloc[0])
    return number + int(begin > start_of(number))
