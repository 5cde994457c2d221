"""How a success measure is registered, and the row that every one of them returns."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from icplib.report.inputs import ENOUGH, Inputs, window_words
from icplib.stats.contrasts import clustered_rate
from icplib.stats.intervals import difference

FEWEST = 10  # of a side in the latest window; fewer are no news
SIDES = {"in": True, "out": False}
WHEN = ("now", "before")


@dataclass(frozen=True)
class Introduction:
    """How a measure is introduced, always in this order."""

    measure: str
    title: str
    metric: str
    focus: str
    what: str
    why: str
    caveats: str
    filter: str
    artefact: str
    sources: tuple[str, ...]
    n_counted: str
    unit: str
    labels: tuple[str, str] = ("fit the ICP", "do not fit")


INTRODUCTIONS: dict[str, Introduction] = {}
COMPUTE: dict[str, Callable[[Inputs], list[dict]]] = {}


def measure(name: str, **told: Any) -> Callable:
    """Register a success measure: its words, and the function that returns its rows (`row`).

    That is all that a new one needs: it then stands in `06_measures`, in the table of four metrics
    and on the page.
    """

    def add(compute: Callable[[Inputs], list[dict]]) -> Callable[[Inputs], list[dict]]:
        INTRODUCTIONS[name] = Introduction(name, **told)
        COMPUTE[name] = compute
        return compute

    return add


def row(measure: str, side: str, estimate: Iterable[float], n: int, **more: Any) -> dict:
    """One row of a measure: value, low and high, how many stand behind it.

    `more` holds `k`, `window`, `persona`, and a `label` where the side's own does not do.
    """
    value, low, high = (float(x) if np.isfinite(x) else np.nan for x in estimate)
    label = dict(zip(SIDES, INTRODUCTIONS[measure].labels, strict=True)).get(side, side)
    found = {"measure": measure, "persona": None, "side": side, "label": label, "n": int(n)}
    return found | {"k": None, "value": value, "low": low, "high": high, "window": ""} | more


def window_of(numbers: pd.Series, fits: pd.Series, inputs: Inputs) -> tuple[int, int]:
    """First and last quarter of the window.

    This quarter where both sides have enough cases, else the pooled quarters.
    """
    this = numbers == inputs.now
    if all((this & (fits == side).fillna(False)).sum() >= ENOUGH for side in (True, False)):
        return inputs.now, inputs.now
    return inputs.now - inputs.settings.report.lead_window_quarters + 1, inputs.now


def in_window(
    rows: pd.DataFrame, numbers: pd.Series, fits: pd.Series, inputs: Inputs
) -> tuple[pd.DataFrame, str]:
    """The rows whose quarter lies in the window of both sides, and the window in words."""
    first, last = window_of(numbers, fits, inputs)
    inside = ((numbers >= first) & (numbers <= last)).fillna(False).astype(bool)
    return rows[inside], window_words(first, last)


def split(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Side -> its rows; rows whose fit is unknown are in neither."""
    return {
        side: rows[(rows["fits_icp"] == fit).fillna(False).astype(bool)]
        for side, fit in SIDES.items()
    }


def clustered(
    name: str, sides: dict[str, pd.DataFrame], window: str, persona: str | None = None
) -> list[dict]:
    """Rates of `success` on the account-clustered effective n, and their difference."""
    rows, found, told = [], {}, {"window": window, "persona": persona}
    for side, part in sides.items():
        if not len(part):
            continue
        by_account = part.groupby("account_id")["success"].agg(["sum", "count"])
        found[side] = rate = clustered_rate(by_account["sum"], by_account["count"])
        estimate, k = (rate.rate, rate.low, rate.high), int(part["success"].sum())
        rows.append(row(name, side, estimate, len(part), k=k, **told))
    if len(found) == 2 and all(
        np.isfinite(rate.n_effective) and rate.n_effective > 0 for rate in found.values()
    ):
        (a, n), (c, m) = ((r.rate * r.n_effective, r.n_effective) for r in found.values())
        both = sum(r["n"] for r in rows)
        rows.append(row(name, "difference", difference(a, n, c, m), both, **told))
    return rows


def centred(
    name: str, sides: dict[str, pd.Series], window: str, centre: Callable, gap: Callable
) -> list[dict]:
    """Centres of both sides by `centre`, and their difference by `gap`."""
    rows = []
    for side, values in sides.items():
        found = centre(values)
        if found.n:
            estimate = (found.estimate, found.low, found.high)
            rows.append(row(name, side, estimate, found.n, window=window))
    if len(rows) == 2:
        found = gap(sides["in"], sides["out"])
        estimate = (found.estimate, found.low, found.high)
        rows.append(row(name, "difference", estimate, found.n, window=window))
    return rows
