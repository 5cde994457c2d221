"""Signs that it is time to refresh: a sign is one function with its words beside it.

Computed ones (falling win rate of those who fit and of all, longer cycles, new objections) date
their break and go on until people decide or the rate returns; three are entered by people as dated
notes. A sign that cannot be computed and that nobody entered is *unknown*, never green. Market
shifts that people noted stand beside them.

Levels: with 80 closed deals a quarter, 20 of them of companies that fit, all signs together give a
false alarm in at most 5 % of eight quarters (``benchmarks/signs.md``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from icplib import words
from icplib.pages.counts import count, gives_away, share_of
from icplib.report.inputs import quarter_name, quarter_number, window_words
from icplib.report.log import decided
from icplib.report.signs.history import History, number_of
from icplib.stats import breaks, centres
from icplib.stats.breaks import Rule, Series, State
from icplib.stats.intervals import difference

RULES = {
    "conversion_fit": Rule(breaks.fell, 0.002),
    "conversion": Rule(breaks.fell, 0.0007, is_restless=True),
    "cycle": Rule(centres.rise_p, 0.0005),
}
OBJECTION_LEVEL = 0.005  #: shared by the codes heard so far
MIN_TALKS, MIN_TALKS_BEFORE = 3, 10
NOTE_WORDS = {
    "competitor": "competitor moves",
    "regulation": "new rules",
    "technology": "new technology",
    "market": "shifts of the market",
}
NOTED = {
    "competitor": "Competitor moves",
    "regulation": "New rules",
    "technology": "New technology",
}
TO_DECIDE = "A decision in decisions.csv (column sign: {}) ends it."


Look = Callable[[History], dict[str, Any]]


@dataclass(frozen=True)
class Sign:
    """One sign: its id, its name as people read it, and what it finds (columns of 06_signs)."""

    name: str
    label: str
    look: Look


SIGNS: dict[str, Sign] = {}


def sign(name: str, label: str) -> Callable[[Look], Look]:
    """Register a function of the history as a sign; it returns the columns that it knows."""

    def register(look: Look) -> Look:
        SIGNS[name] = Sign(name, label, look)
        return look

    return register


def state_of(name: str, history: History, series: Series, rule: Rule) -> State:
    """Where a series stands, carried on from the report before, or from eight quarters back."""
    answered, before = decided(history.inputs, name), history.inputs.previous
    if before is None:
        return breaks.replay(series, history.now, rule, answered)
    table = before["06_signs"].set_index("sign")
    state = _remembered(table.loc[name]) if name in table.index else State()
    first = number_of(before.workbook.quarter) + 1
    return breaks.replay(series, history.now, rule, answered, state, first)


def _remembered(row: pd.Series) -> State:
    number = lambda x: None if words.is_missing(x) else _number(x)  # noqa: E731
    return State(
        is_on=row["state"] == "on",
        break_quarter=number(row["break_quarter"]),
        fired_quarter=number(row["fired_quarter"]),
        p=float("nan") if pd.isna(row["p"]) else float(row["p"]),
        base_from=number(row["base_from"]),
        broken=tuple(_number(q) for q in row["broken"] or ()),
    )


def _number(name: str) -> int:
    year, quarter = name.split("Q")
    return int(year) * 4 + int(quarter) - 1


def remembered(state: State) -> dict[str, Any]:
    """A state as columns of 06_signs."""
    name = lambda q: None if q is None else quarter_name(q)  # noqa: E731
    kind = "on" if state.is_on else "too few" if np.isnan(state.p) else "quiet"
    return {
        "state": kind,
        "is_fired": pd.NA if kind == "too few" else state.is_on,
        "status": "unknown" if kind == "too few" else "computed",
        "break_quarter": name(state.break_quarter),
        "fired_quarter": name(state.fired_quarter),
        "base_from": name(state.base_from),
        "broken": tuple(quarter_name(q) for q in state.broken) or None,
        "p": state.p,
    }


@sign("conversion_fit", "Falling win rate of companies that fit")
def _conversion_fit(history: History) -> dict[str, Any]:
    return _win_rate("conversion_fit", "closed deals of companies that fit", history, "fit")


@sign("conversion", "Falling win rate")
def _conversion(history: History) -> dict[str, Any]:
    return _win_rate("conversion", "closed deals", history, "all")


def _win_rate(name: str, what: str, history: History, side: str) -> dict[str, Any]:
    series, rule, least = history.wins(side), RULES[name], history.inputs.least
    state = state_of(name, history, series, rule)
    now, before = windows(state, series, history.now)
    row = remembered(state) | _windows_words(now, before)
    since, base = breaks.pooled(series, now), breaks.pooled(series, before)
    k, n, k0, n0 = int(since.sum()), len(since), int(base.sum()), len(base)
    if row["state"] == "too few" or not n or not n0:
        return row | _too_few(what, n, n0, least)
    gap, low, high = (float(x) for x in difference(k, n, k0, n0))
    text = (
        f"{share_of(k, n, least)} {what} were won in {row['window']},"
        f" {share_of(k0, n0, least)} in {row['window_before']}"
    )
    if not (gives_away(k, n, least) or gives_away(k0, n0, least)):
        text += f": {_points(gap)} ({_signed(low)} to {_signed(high)})"
    could = centres.visible_fall(k0 / n0, n, n0, rule.level)
    limit = (
        f"a fall of {words.number(could * 100)} points would have been seen"
        if could
        else "no fall could have been seen with so few deals"
    )
    return row | {
        "unit": "share",
        "now": k / n,
        "before": k0 / n0,
        "difference": gap,
        "low": low,
        "high": high,
        "n_now": n,
        "n_before": n0,
        "sentence": f"{text}. {_verdict(name, state, 'A fall', f'No fall beyond chance; {limit}')}",
    }


@sign("cycle", "Longer sales cycles")
def _cycle(history: History) -> dict[str, Any]:
    series = history.cycles()
    state = state_of("cycle", history, series, RULES["cycle"])
    now, before = windows(state, series, history.now)
    row = remembered(state) | _windows_words(now, before)
    since, base = breaks.pooled(series, now), breaks.pooled(series, before)
    if row["state"] == "too few" or not len(since) or not len(base):
        what = "won deals whose length is known"
        return row | _too_few(what, len(since), len(base), history.inputs.least)
    gap = centres.shift(since, base)
    days = {"now": float(np.median(since)), "before": float(np.median(base))}
    text = (
        f"Won deals took {words.days(days['now'])} (median of {words.number(len(since))}) in"
        f" {row['window']}, {words.days(days['before'])} (of {words.number(len(base))}) in"
        f" {row['window_before']}."
    )
    return row | {
        "unit": "days",
        **days,
        "difference": gap.estimate,
        "low": gap.low,
        "high": gap.high,
        "n_now": len(since),
        "n_before": len(base),
        "sentence": f"{text} {_verdict('cycle', state, 'Longer', 'Not longer beyond chance')}",
    }


def windows(state: State, series: Series, now: int) -> tuple[list[int], list[int]]:
    """(quarters since, quarters of the base) of a series in this state."""
    since = breaks.since_quarters(state, series, now)
    return since, breaks.base_quarters(state, series, since[0]) if since else []


def _windows_words(now: list[int], before: list[int]) -> dict[str, Any]:
    return {
        "window": window_words(now[0], now[-1]) if now else None,
        "window_before": window_words(before[0], before[-1]) if before else None,
    }


def _verdict(name: str, state: State, found: str, quiet: str) -> str:
    if not state.is_on or state.break_quarter is None or state.fired_quarter is None:
        return f"{quiet}."
    return (
        f"{found} beyond chance since {quarter_name(state.break_quarter)}, first seen in"
        f" {quarter_name(state.fired_quarter)}. {TO_DECIDE.format(name)}"
    )


def _too_few(what: str, n: int, n0: int, least: int) -> dict[str, Any]:
    return {
        "status": "unknown",
        "state": "too few",
        "is_fired": pd.NA,
        "n_now": n,
        "n_before": n0,
        "sentence": (
            f"Too few {what} to tell: {count(n, least)} lately, {count(n0, least)} in quarters"
            f" wholly on record before; {breaks.FEWEST_SINCE} are needed lately, and"
            f" {breaks.FEWEST_BASE} over at least a year before."
        ),
    }


@sign("objections", "New objections")
def _objections(history: History) -> dict[str, Any]:
    """Codes that so many interviews of a quarter hold, and none before, that it is not chance.

    They stay new until people decide.
    """
    inputs = history.inputs
    interviews, codings = inputs["05_interviews"], inputs["05_codings"]
    codebook = inputs["05_codebook"]
    objections = codebook[codebook["family"] == "fear_objection"].set_index("code_id")["label"]
    when = quarter_number(interviews["interview_date"]).set_axis(interviews["interview_id"])
    when = when.dropna().astype(int)
    said = codings[codings["code_id"].isin(objections.index)]
    said = said.assign(quarter=said["interview_id"].map(when)).dropna(subset="quarter")
    quarters = range(history.now - breaks.LOOK_BACK + 1, history.now + 1)
    new = {q: _new_codes(q, when, said) for q in quarters}
    tested = [q for q in quarters if new[q] is not None]
    since = max(decided(inputs, "objections"), default=0)
    heard = {code: q for q in tested for code in new[q] or () if q >= since}
    n_now, n_before = int((when == history.now).sum()), int((when < history.now).sum())
    counts = {"unit": "count", "n_now": n_now, "n_before": n_before}
    if not tested:
        text = (
            f"Too few interviews to tell: {MIN_TALKS} in a quarter and {MIN_TALKS_BEFORE} before"
            " it are needed."
        )
        return {"status": "unknown", "state": "too few", **counts, "sentence": text}
    told = [f"{objections[code]} ({quarter_name(q)})" for code, q in sorted(heard.items())]
    text = f"{words.plural(n_now, 'interview')} this quarter, {words.number(n_before)} before. " + (
        f"Not heard before, beyond chance: {words.listed(told)}. {TO_DECIDE.format('objections')}"
        if told
        else "No objection that is new beyond chance."
    )
    return counts | {
        "status": "computed",
        "is_fired": bool(heard),
        "state": "on" if heard else "quiet",
        "break_quarter": quarter_name(min(heard.values())) if heard else None,
        "fired_quarter": quarter_name(min(heard.values())) if heard else None,
        "now": float(len(heard)),
        "before": 0.0,
        "sentence": text,
    }


def _new_codes(quarter: int, when: pd.Series, said: pd.DataFrame) -> list[str] | None:
    """Codes new in a quarter; None where there are too few interviews.

    Said by k of its n interviews and by none of n0 before, which has the chance
    C(n, k) / C(n + n0, k); it is held against the level over the codes heard so far.
    """
    n, n0 = int((when == quarter).sum()), int((when < quarter).sum())
    if n < MIN_TALKS or n0 < MIN_TALKS_BEFORE:
        return None
    heard = said[said["quarter"] <= quarter].drop_duplicates(["code_id", "interview_id"])
    before = set(heard.loc[heard["quarter"] < quarter, "code_id"])
    counts = heard[heard["quarter"] == quarter].groupby("code_id").size()
    level = OBJECTION_LEVEL / max(heard["code_id"].nunique(), 1)
    return [
        str(code)
        for code, k in counts.items()
        if code not in before and comb(n, k) / comb(n + n0, k) <= level
    ]


def _noted(kind: str, history: History) -> dict[str, Any]:
    """Notes that people entered; without any, unknown.

    Nobody looked is not the same as nothing happened.
    """
    notes = history.inputs["01_market_notes"]
    notes = notes[notes["kind"] == kind]
    if not len(notes):
        text = (
            f"Nobody has entered a note on {NOTE_WORDS[kind]}; that is not the same as nothing"
            " having happened."
        )
        return {"status": "unknown", "state": "unknown", "is_fired": pd.NA, "sentence": text}
    here = int((quarter_number(notes["date"]) == history.now).sum())
    newest = notes["date"].max()
    text = (
        f"{words.plural(here, 'dated note')} on {NOTE_WORDS[kind]} entered for this quarter, newest"
        f" of {words.day(newest)}."
        if here
        else f"No note on {NOTE_WORDS[kind]} this quarter; the newest is of {words.day(newest)}."
    )
    return {
        "status": "entered",
        "state": "on" if here else "quiet",
        "is_fired": here > 0,
        "unit": "count",
        "now": float(here),
        "before": float(len(notes) - here),
        "n_now": here,
        "n_before": len(notes) - here,
        "latest_date": newest,
        "sentence": text,
    }


for _kind, _label in NOTED.items():
    sign(_kind, _label)(partial(_noted, _kind))


@sign("market", "Market at large")
def _market(history: History) -> dict[str, Any]:
    # No sign of the six: notes on the market at large are for people to weigh.
    return _noted("market", history) | {"is_fired": pd.NA}


def _points(value: float) -> str:
    return f"{_signed(value)} points"


def _signed(value: float) -> str:
    return f"{'+' if round(value * 100) > 0 else ''}{words.number(round(value * 100))}"
