"""Two questions, tested apart: does the ICP still separate, and did everything move?

The first compares those who fit with the others on what came since the break, or since a profile
stands; the second all deals with their own past. A quarter is judged by the profile that stood
before it. `failed` is said of the ICP only where the win rate of those who fit fell beyond chance
*and* by more than that of the others.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from icplib.icp import Criterion
from icplib.report.inputs import Inputs, quarter_name, quarter_number, window_words
from icplib.report.signs.history import HELD_OUT, SIDES, History, start_of
from icplib.report.signs.watch import RULES, state_of, windows
from icplib.stats import breaks, centres
from icplib.stats.breaks import Series, State, pooled
from icplib.stats.cox import cox
from icplib.stats.estimate import Estimate
from icplib.stats.intervals import difference, wilson
from icplib.stats.survival import DAYS_A_MONTH
from icplib.tables import artefact, rows_of

SURE = 0.05  #: one-sided; asked only where those who fit have fallen beyond chance
FEWEST, MOST_RECENT = 15, 4
MIN_LEFT = 10


@dataclass(frozen=True)
class Window:
    """Quarters since and before, as numbers."""

    since: list[int]
    before: list[int]
    is_break: bool

    def row(self, question: str, measure: str, side: str, unit: str, **more: Any) -> dict[str, Any]:
        """A row of 06_questions: what is asked, the windows, and what is known so far."""
        row: dict[str, Any] = {"question": question, "measure": measure, "side": side, "unit": unit}
        told = {"window_since": self.since, "window_before": self.before}
        row |= {k: window_words(q[0], q[-1]) if q else None for k, q in told.items()}
        row["break_quarter"] = quarter_name(self.since[0]) if self.is_break else None
        return row | more


def two_questions(inputs: Inputs) -> pd.DataFrame:
    """`06_questions`."""
    history = History(inputs)
    wins = {side: history.wins(side) for side in SIDES}
    names = {"fit": "conversion_fit", "all": "conversion"}
    states = {s: state_of(name, history, wins[s], RULES[name]) for s, name in names.items()}
    states["others"] = breaks.replay(wins["others"], history.now, RULES["conversion"])
    window = _window(history, states, wins)
    rows = [_rate("separates", side, wins[side], window, states[side]) for side in SIDES[:2]]
    rows.append(_gap("separates", "gap", (wins["fit"], wins["others"]), window, states["fit"]))
    every = Window(*windows(states["all"], wins["all"], history.now), states["all"].is_on)
    rows.append(_rate("market", "all", wins["all"], every, states["all"]))
    rows += [_line(line, history, window, states["fit"]) for line in _lines(history)]
    rows += [_cycle(history, window), _revenue(history, window), _leaving(history, window)]
    return artefact("06_questions").frame(rows)


def quarters(inputs: Inputs, questions: pd.DataFrame) -> pd.DataFrame:
    """`06_quarters`: the series behind the two questions, for pictures."""
    history = History(inputs)
    broken = questions[(questions["measure"] == "win rate") & (questions["state"] == "on")]
    since = {r.side: r.break_quarter for r in rows_of(broken)}
    deals = history.deals
    rows = []
    for number in sorted(deals["quarter"].unique()):
        judge, name = history.stood_before(number), quarter_name(number)
        for side in SIDES:
            here = deals[history.mask(side) & (deals["quarter"] == number)]
            k, n = int(here["is_won"].sum()), len(here)
            low, high = wilson(k, n)
            cycle = centres.median(here.loc[here["is_won"] == 1, "cycle_days"])
            start = since.get(side)
            rows.append(
                {
                    "quarter": name,
                    "side": side,
                    "k": k,
                    "n": n,
                    "estimate": k / n if n else np.nan,
                    "low": float(low) if n else np.nan,
                    "high": float(high) if n else np.nan,
                    "n_cycle": cycle.n,
                    "cycle_days": cycle.estimate,
                    "cycle_low": cycle.low,
                    "cycle_high": cycle.high,
                    "judged_by": HELD_OUT if judge is None else quarter_name(judge),
                    "is_whole": number in history.whole,
                    "is_broken": isinstance(start, str) and name >= start,
                }
            )
    return artefact("06_quarters").frame(rows)


def _window(history: History, states: dict[str, State], wins: dict[str, Series]) -> Window:
    """Since the break of those who fit, else of all, else since a profile stands, else lately."""
    for side in ("fit", "all"):
        if states[side].is_on:
            return Window(*windows(states[side], wins[side], history.now), True)
    stood = [q for q in history.whole if history.stood_before(q) is not None][-MOST_RECENT:]
    since = stood or breaks.since_quarters(states["fit"], wins["fit"], history.now)
    before = breaks.base_quarters(states["fit"], wins["fit"], since[0]) if since else []
    return Window(since, before, False)


def _counts(series: Series, window: Window) -> tuple[int, int, int, int]:
    """Won and closed before, won and closed since."""
    before, since = pooled(series, window.before), pooled(series, window.since)
    return int(before.sum()), len(before), int(since.sum()), len(since)


def _rate(question: str, side: str, series: Series, window: Window, state: State) -> dict[str, Any]:
    k0, n0, k, n = _counts(series, window)
    counts = {"k_before": k0, "n_before": n0, "k_since": k, "n_since": n}
    row = window.row(question, "win rate", side, "share", **counts)
    row["state"] = "on" if state.is_on else "too few" if np.isnan(state.p) else "quiet"
    for name, hits, total in (("before", k0, n0), ("since", k, n)):
        if total:
            low, high = wilson(hits, total)
            row |= {name: hits / total, f"{name}_low": float(low), f"{name}_high": float(high)}
    if n and n0:
        row |= _moved(*difference(k, n, k0, n0)) | {"p": state.p}
    return row


def _gap(
    question: str, side: str, pair: tuple[Series, Series], window: Window, state: State
) -> dict[str, Any]:
    """Win rate of the first minus that of the second, before and since, and how the gap moved."""
    (k0, n0, k, n), (c0, m0, c, m) = (_counts(series, window) for series in pair)
    counts = {"k_before": k0, "n_before": n0, "k_since": k, "n_since": n}
    row = window.row(question, "win rate", side, "share", **counts, state="too few")
    before = difference(k0, n0, c0, m0) if n0 and m0 else None
    since = difference(k, n, c, m) if n and m else None
    for name, found in (("before", before), ("since", since)):
        if found:
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), map(float, found), strict=True))
    if before and since:
        (d0, l0, h0), (d, low, high) = before, since
        down, up = np.hypot(d - low, h0 - d0), np.hypot(high - d, d0 - l0)
        row |= _moved(d - d0, d - d0 - down, d - d0 + up)
        row["p"] = breaks.fell_more_p((k0, k), (n0, n), (c0, c), (m0, m))
    if since and min(n, m) >= FEWEST:
        is_failed = state.is_on and row.get("p", 1.0) <= SURE
        row["state"] = "failed" if is_failed else "separates" if since[1] > 0 else "cannot tell"
    return row


def _moved(estimate: float, low: float, high: float) -> dict[str, Any]:
    return {"estimate": float(estimate), "low": float(low), "high": float(high)}


def _lines(history: History) -> tuple[Criterion, ...]:
    """Lines of the rule that stood last, or of this quarter's where none did."""
    stood = history.stood_before(history.now)
    if stood is not None:
        return history.standing[stood].main.headline
    profile = history.inputs.profile
    return profile.headline if profile else ()


def _line(line: Criterion, history: History, window: Window, state: State) -> dict[str, Any]:
    """Those who meet one line against those who do not."""
    accounts = history.inputs["01_accounts"]
    if line.attribute not in accounts:
        accounts = accounts.assign(**{line.attribute: pd.NA})
    met = history.deals["account_id"].map(line.met(accounts).set_axis(accounts["account_id"]))
    sides = [(met == wanted).fillna(False).astype(bool) for wanted in (True, False)]
    pair = history.wins(mask=sides[0]), history.wins(mask=sides[1])
    return _gap("line", line.words, pair, window, state)


def _since_day(window: Window) -> pd.Timestamp | None:
    return start_of(window.since[0]) if window.since else None


def _compared(measure: str, unit: str, window: Window, n: int, found: Estimate) -> dict[str, Any]:
    """Fit minus others since; better is higher for revenue, lower for days."""
    row = window.row("separates", measure, "gap", unit, n_since=n, state="too few")
    if np.isnan(found.low):
        return row
    better = found.low > 0 if measure == "revenue" else found.high < 0
    return row | {
        "since": found.estimate,
        "since_low": found.low,
        "since_high": found.high,
        "state": "separates" if better else "cannot tell",
    }


def _cycle(history: History, window: Window) -> dict[str, Any]:
    fit, others = (pooled(history.cycles(side), window.since) for side in SIDES[:2])
    return _compared("cycle", "days", window, len(fit), centres.shift(fit, others))


def _revenue(history: History, window: Window) -> dict[str, Any]:
    """Customers won since whose value is known, each judged by the profile that stood before."""
    customers = history.inputs["02_best"].dropna(subset="value")
    starts = history.inputs["01_accounts"].set_index("account_id")["start_date"]
    customers = customers.assign(start=customers["account_id"].map(starts))
    customers = customers[(customers["start"] >= (_since_day(window) or pd.NaT)).fillna(False)]
    fit = pd.Series(pd.NA, index=customers.index, dtype="boolean")
    for quarter, rows in customers.groupby(quarter_number(customers["start"])):
        fits = history.fits(history.stood_before(int(quarter)))
        fit.loc[rows.index] = rows["account_id"].map(fits)
    inside, outside = (
        customers.loc[(fit == side).fillna(False), "value"] for side in (True, False)
    )
    found = centres.mean_gap(inside, outside)
    return _compared("revenue", "amount", window, len(inside), found)


def _leaving(history: History, window: Window) -> dict[str, Any]:
    """Rate of leaving of those who fit over that of the others, among customers watched since."""
    row = window.row("separates", "leaving", "gap", "ratio", state="too few")
    day = _since_day(window)
    seen = history.inputs["03_observed"]
    seen = seen[seen["is_observed"].fillna(False).astype(bool)]
    if day is None or not len(seen):
        return row
    until = (day - seen["start_date"]).dt.days / DAYS_A_MONTH
    seen = seen.assign(entry=np.maximum(seen["entry_months"], until))
    fits = history.fits(history.stood_before(window.since[0]))
    fit = seen["account_id"].map(fits).astype("boolean")
    seen = seen.assign(fit=fit)[(seen["time_months"] > seen["entry"]) & fit.notna()]
    inside, left = seen["fit"].to_numpy(bool), (seen["cause"] == 1).to_numpy(bool)
    k = int(left[inside].sum())
    row |= {"k_since": k, "n_since": int(inside.sum())}
    if left.sum() < MIN_LEFT or not 0 < k < left.sum():
        return row
    time, entry = seen["time_months"].to_numpy(float), seen["entry"].to_numpy(float)
    fit = cox(time, left, inside.astype(float), entry)
    low, high = float(fit.hazard_ratio_low[0]), float(fit.hazard_ratio_high[0])
    state = "separates" if high < 1 else "cannot tell"
    since = {"since": float(fit.hazard_ratio[0]), "since_low": low, "since_high": high}
    return row | since | {"state": state}
