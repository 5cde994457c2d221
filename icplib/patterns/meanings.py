"""What "best" can mean: a meaning is one decorated function with its words beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib.problems import UserError, did_you_mean
from icplib.settings import Settings
from icplib.stats.survival import null_martingale_residual

Values = Callable[[pd.DataFrame, Settings], np.ndarray]
COLUMNS = {
    "first 12 months": "first_year_{}_amount",
    "last 12 months": "last_year_{}_amount",
    "year of tenure": "{}_per_year_amount",
}


@dataclass(frozen=True)
class Meaning:
    """values: (customers of 01_accounts, settings) -> value (n,), NaN where it is not known.

    reason: why one would choose it. needs: the data without which it is unknown. is_timed: whether
    it is of the time that best.over names.
    """

    name: str
    reason: str
    needs: str
    is_timed: bool
    values: Values

    def of(self, settings: Settings) -> str:
        """It in words: "revenue of the first 12 months"."""
        return f"{self.name} of the {settings.best.over}" if self.is_timed else self.name


MEANINGS: dict[str, Meaning] = {}


def meaning(
    name: str, reason: str, needs: str, is_timed: bool = False
) -> Callable[[Values], Values]:
    """Make a function a meaning of best that `best.by` may name."""

    def register(values: Values) -> Values:
        MEANINGS[name] = Meaning(name, reason, needs, is_timed, values)
        return values

    return register


def chosen_meaning(settings: Settings) -> Meaning:
    """The meaning that the settings choose."""
    name = settings.best.by
    if name not in MEANINGS:
        raise UserError(
            f"'{name}' is no meaning of best",
            file="company.toml",
            column="best.by",
            remedy=did_you_mean(name, MEANINGS),
        )
    return MEANINGS[name]


@meaning(
    "revenue",
    "every company knows it, and the same months of every customer compare; totals reward age",
    "invoices or won deals, and customers that were observed for as long as best.over says",
    is_timed=True,
)
def revenue(customers: pd.DataFrame, settings: Settings) -> np.ndarray:
    """Revenue of the time that the settings choose."""
    return _money("revenue", customers, settings)


@meaning(
    "profit",
    "costly customers do not count as best",
    "invoices with their cost, and customers that were observed for as long as best.over says",
    is_timed=True,
)
def profit(customers: pd.DataFrame, settings: Settings) -> np.ndarray:
    """Profit of the time that the settings choose."""
    return _money("profit", customers, settings)


@meaning(
    "retention",
    "staying longer than others observed as long; it is itself an outcome of churn, so churn is no"
    " independent test of it",
    "start dates and a churn list (or churn.silent_quarters)",
)
def retention(customers: pd.DataFrame, settings: Settings) -> np.ndarray:
    """Minus the null martingale residual: expected minus observed leaving; NaN if unknown.

    All NaN when nobody left: then everybody stayed and nothing tells them apart but the start date.
    """
    days = customers["tenure_days"].to_numpy("float64", na_value=np.nan)
    left = customers["is_churned"].to_numpy("bool")
    late = (customers["observed_from_date"] - customers["start_date"]).dt.days
    entry = np.maximum(np.nan_to_num(late.to_numpy("float64", na_value=np.nan), nan=0.0), 0.0)
    seen = np.isfinite(days) & (days > entry)
    out = np.full(len(customers), np.nan)
    if left[seen].any():
        out[seen] = -null_martingale_residual(days[seen], left[seen].astype(int), entry[seen])
    return out


def _money(what: str, customers: pd.DataFrame, settings: Settings) -> np.ndarray:
    column = COLUMNS[settings.best.over].replace("{}", what)
    return customers[column].to_numpy("float64", na_value=np.nan)
