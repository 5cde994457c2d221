"""Has something broken, since when, and does it go on?

A series is watched quarter by quarter. While it is quiet, the last one, two or three quarters are
held against everything before them; the best of the three windows dates the break. The base is
frozen there, so that a lasting fall cannot heal itself by becoming its own base, and the alarm goes
on until people decide or until the rate is no longer below the base.

What was tried instead, and the false alarms of all signs together: ``benchmarks/signs.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from icplib.stats import centres

LONGEST = 3  #: quarters of the longest window
FEWEST_SINCE, FEWEST_BASE, FEWEST_QUARTERS = 15, 30, 4
RETURNED = 0.05  #: one-sided p above which a rate is no longer below its base
RETURN_CASES, RETURN_QUARTERS = 30, 2
LOOK_BACK = 8  #: quarters that a first report looks back, the span whose false alarms are known

Values = NDArray[np.float64]
Series = Mapping[int, Values]


@dataclass(frozen=True)
class Rule:
    """How one series is watched.

    ``p``: (since, base) -> one-sided p that since is worse; ``level``: p at which it fires.
    ``is_restless``: quarters differ anyway, so p is widened by how much those of the base do.
    """

    p: Callable[[Values, Values], float]
    level: float
    is_restless: bool = False


@dataclass(frozen=True)
class State:
    """What is known of a series: quiet, or on since a break. Quarters are counted numbers.

    ``p`` has paid for the choice of the date. ``base_from``: the base begins there, because people
    decided that the level since then is the new one. ``broken``: quarters of ended alarms, which no
    base may hold.
    """

    is_on: bool = False
    break_quarter: int | None = None
    fired_quarter: int | None = None
    p: float = float("nan")
    base_from: int | None = None
    broken: tuple[int, ...] = ()


def fell(since: Values, base: Values) -> float:
    """P of "the share of ones fell"; values 0 and 1."""
    return centres.fall_p(int(since.sum()), len(since), int(base.sum()), len(base))


def replay(
    series: Series,
    now: int,
    rule: Rule,
    decided: Iterable[int] = (),
    state: State | None = None,
    first: int | None = None,
) -> State:
    """The state in quarter ``now``.

    ``state`` is carried on from ``first``; without one the last eight quarters are watched.
    ``decided``: quarters in which people answered the alarm.
    """
    state, answered = state or State(), set(decided)
    for quarter in range(now - LOOK_BACK + 1 if first is None else first, now + 1):
        state = advance(state, series, quarter, rule, quarter in answered)
    return state


def advance(state: State, series: Series, now: int, rule: Rule, is_decided: bool = False) -> State:
    """The state one quarter on."""
    if state.is_on and is_decided:
        return State(base_from=state.break_quarter, broken=state.broken)
    return _still_on(state, series, now, rule) if state.is_on else _look(state, series, now, rule)


def base_quarters(state: State, series: Series, first: int) -> list[int]:
    """Quarters before ``first`` that a window beginning there is held against."""
    start = state.base_from or min(series, default=first)
    return [q for q in sorted(series) if start <= q < first and q not in state.broken]


def since_quarters(state: State, series: Series, now: int) -> list[int]:
    """From the break on, or while quiet the latest quarters that hold enough cases."""
    if state.is_on and state.break_quarter is not None:
        return [q for q in sorted(series) if state.break_quarter <= q <= now]
    windows = list(_windows(state, series, now))
    enough = [w for w in windows if len(pooled(series, w)) >= FEWEST_SINCE]
    return (enough or windows[-1:] or [[]])[0]


def pooled(series: Series, quarters: Iterable[int]) -> Values:
    """All values of some quarters."""
    parts = [series[q] for q in quarters]
    return np.concatenate(parts) if parts else np.empty(0)


def _windows(state: State, series: Series, now: int) -> Iterable[list[int]]:
    for length in range(1, LONGEST + 1):
        window = list(range(now - length + 1, now + 1))
        if all(q in series and q not in state.broken for q in window):
            yield window


def _look(state: State, series: Series, now: int, rule: Rule) -> State:
    found = []
    for window in _windows(state, series, now):
        base, since = base_quarters(state, series, window[0]), pooled(series, window)
        is_enough = len(base) >= FEWEST_QUARTERS and len(pooled(series, base)) >= FEWEST_BASE
        if is_enough and len(since) >= FEWEST_SINCE:
            found.append((_p(series, since, base, rule), window[0]))
    if not found:
        return state
    p, start = min(found)
    paid = min(1.0, p * LONGEST)
    if p > rule.level:
        return replace(state, p=paid, break_quarter=None, fired_quarter=None)
    return replace(state, is_on=True, break_quarter=start, fired_quarter=now, p=paid)


def _still_on(state: State, series: Series, now: int, rule: Rule) -> State:
    start, fired = state.break_quarter, state.fired_quarter
    assert start is not None and fired is not None
    window = [q for q in sorted(series) if start <= q <= now]
    for n in range(RETURN_QUARTERS, len(window)):
        if len(pooled(series, window[-n:])) >= RETURN_CASES:
            window = window[-n:]
            break
    since, base = pooled(series, window), base_quarters(state, series, start)
    if now <= fired or not len(since) or _p(series, since, base, rule) <= RETURNED:
        return state
    ended = tuple(range(start, window[0]))
    return State(base_from=state.base_from, broken=(*state.broken, *ended))


def _p(series: Series, since: Values, base: list[int], rule: Rule) -> float:
    p = rule.p(since, pooled(series, base))
    if not rule.is_restless or not 0 < p < 1:
        return p
    return float(ndtr(ndtri(p) / np.sqrt(unrest(series, base))))


def unrest(series: Series, quarters: list[int]) -> float:
    """How many times more the shares of these quarters differ than chance lets them; at least 1."""
    n = np.array([len(series[q]) for q in quarters], float)
    k = np.array([series[q].sum() for q in quarters])
    if len(n) < 2 or not 0 < k.sum() < n.sum():
        return 1.0
    share = k.sum() / n.sum()
    used = n > 0
    lack = ((k - n * share)[used] ** 2 / (n * share * (1 - share))[used]).sum()
    return max(1.0, float(lack / (len(n) - 1)))


def fell_more_p(
    k: tuple[int, int], n: tuple[int, int], k_other: tuple[int, int], n_other: tuple[int, int]
) -> float:
    """One-sided p of "the share fell by more than the other's", pairs are (before, since).

    Normal, on the difference of the two changes in log odds, a half in every cell; pays for the
    three windows from which the date was chosen.
    """
    hits = np.array([*k, *k_other], float) + 0.5
    misses = np.array([*n, *n_other], float) + 1 - hits
    sign = np.array([-1, 1, 1, -1])
    z = (sign * np.log(hits / misses)).sum() / np.sqrt((1 / hits + 1 / misses).sum())
    return min(1.0, LONGEST * float(ndtr(z)))
