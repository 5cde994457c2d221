"""How long customers stay: survival, hazards, incidence with late entry, with intervals.

Everywhere: ``time`` is when observation ended, ``event`` whether it ended by the event (1) or for
another reason (0), and ``entry`` when observation began (None: at zero). A customer is at risk at t
when ``entry < t <= time``. One unit of time throughout; the caller chooses it. Missing values raise
ValueError.

Sources: Kaplan & Meier (1958), Greenwood (1926), Nelson (1972), Aalen & Johansen
(1978), Barlow & Prentice (1988) for the residual, Royston & Parmar (2013) for the restricted mean,
Harrell (1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri
from statsmodels.duration.survfunc import SurvfuncRight

DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Curve:
    """A step function of time with its interval. ``start`` is its value before the first step.

    ``time`` holds the event times, ``n_at_risk`` those at risk just before each, ``n_events`` the
    events at it.
    """

    time: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n_at_risk: np.ndarray
    n_events: np.ndarray
    n: int
    start: float

    def at(self, when) -> np.ndarray:
        """Value, low and high at the times ``when``: an array (3, len(when))."""
        step = np.searchsorted(self.time, np.atleast_1d(when), side="right")
        return np.stack(
            [
                np.concatenate([[self.start], column])[step]
                for column in (self.value, self.low, self.high)
            ]
        )


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, its standard error and the rows behind it.

    P against zero, for differences only.
    """

    value: float
    low: float
    high: float
    standard_error: float
    p: float
    n: int


def kaplan_meier(time, event, entry=None, *, level: float = 0.95) -> Curve:
    """Share still there after each event time.

    Interval on the log(-log) scale from Greenwood's variance.

    Where nobody is left the curve is 0 and its upper limit that of the step before.
    """
    time, event, entry = _checked(time, event, entry)
    if not event.any():
        nothing = np.empty(0)
        return Curve(
            nothing,
            nothing,
            nothing,
            nothing,
            nothing.astype(int),
            nothing.astype(int),
            len(time),
            1.0,
        )
    fit = SurvfuncRight(time, event.astype(int), entry=entry)
    survival, error = np.asarray(fit.surv_prob), np.asarray(fit.surv_prob_se)
    inside = (survival > 0) & (survival < 1)
    low, high = np.zeros_like(survival), np.ones_like(survival)
    log = np.log(survival[inside])
    reach = np.exp(ndtri(0.5 + level / 2) * error[inside] / (survival[inside] * -log))
    low[inside], high[inside] = np.exp(log * reach), np.exp(log / reach)
    if (survival == 0).any():
        gone = int(np.argmax(survival == 0))
        high[gone:] = high[gone - 1] if gone else 1.0
    return Curve(
        np.asarray(fit.surv_times),
        survival,
        low,
        high,
        np.asarray(fit.n_risk).astype(int),
        np.asarray(fit.n_events).astype(int),
        len(time),
        1.0,
    )


def under_observation(when, time, entry=None) -> np.ndarray:
    """How many are under observation at each of the times ``when``: entry <= when <= time."""
    time, _, entry = _checked(time, np.zeros(len(time)), entry)
    when = np.atleast_1d(when)
    entered = len(time) if entry is None else np.searchsorted(np.sort(entry), when, side="right")
    return entered - np.searchsorted(np.sort(time), when, side="left")


@dataclass(frozen=True)
class ExposedLeavers:
    """How many of those who left were exposed, per contrast (c,), against what chance expects."""

    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray
    p: np.ndarray


def exposed_leavers(time, event, exposed, known, entry) -> ExposedLeavers:
    """One-sided test of "the exposed leave faster", exact given the risk sets, without any draw.

    ``exposed``, ``known``: bool (n, c), exposed False where unknown; ``event`` own departures. At
    each departure the chance that it is an exposed one is exposed at risk / known at risk
    (entry < t <= time), so the number of exposed leavers is a sum of such draws, whose law is a
    convolution. Those who leave on one day count as draws from the same risk set, which errs on the
    side of "nothing".
    """
    event = np.asarray(event, bool)
    when = np.sort(time[event])
    at = np.argsort(time[event], kind="stable")
    known_left, exposed_left = known[event][at], exposed[event][at]
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = _at_risk(when, time, entry, exposed) / _at_risk(when, time, entry, known)
    chance = np.where(known_left, chance, 0.0)
    observed = exposed_left.sum(axis=0)
    below = np.zeros((len(observed), max(int(observed.max(initial=0)), 1)))
    below[:, 0] = 1.0  # the chance of so many exposed leavers, up to the most that was seen
    for pi in chance:
        below[:, 1:] = below[:, 1:] * (1 - pi)[:, None] + below[:, :-1] * pi[:, None]
        below[:, 0] *= 1 - pi
    fewer = np.array([below[i, :k].sum() for i, k in enumerate(observed)])
    variance = (chance * (1 - chance)).sum(axis=0)
    return ExposedLeavers(observed, chance.sum(axis=0), variance, np.clip(1 - fewer, 0.0, 1.0))


def _at_risk(when, time, entry, member):
    """Members (n, c) under observation at each time (m,): entered before it and not gone before."""
    parts = []
    for edge, side in ((entry, "left"), (time, "left")):
        order = np.argsort(edge, kind="stable")
        sums = np.concatenate([np.zeros((1, member.shape[1])), np.cumsum(member[order], axis=0)])
        parts.append(sums[np.searchsorted(edge[order], when, side=side)])
    return parts[0] - parts[1]


def null_martingale_residual(time, event, entry=None) -> np.ndarray:
    """Event minus the events expected of anyone observed as long.

    Event - (H(time) - H(entry)), H of all together: the sum of events / at risk (Nelson-Aalen).

    Small (far below 0): stayed long where others left. The start date alone does not move it,
    unlike tenure.
    """
    curve = kaplan_meier(time, event, entry)
    hazard = np.concatenate([[0.0], np.cumsum(curve.n_events / curve.n_at_risk)])

    def until(when):
        return hazard[np.searchsorted(curve.time, when, side="right")]

    expected = until(time) - (0.0 if entry is None else until(entry))
    return np.asarray(event, dtype=float) - expected


def restricted_mean(time, event, horizon: float, entry=None, *, level: float = 0.95) -> Estimate:
    """Mean time stayed within ``horizon``: the area under the survival curve up to it.

    Raises ValueError when the horizon lies beyond the last observed time and somebody is still
    there.
    """
    curve = kaplan_meier(time, event, entry)
    if horizon > np.max(time) and not (len(curve.value) and curve.value[-1] == 0):
        raise ValueError(
            f"the horizon {horizon:g} lies beyond the last observed time {np.max(time):g}"
        )
    inside = curve.time < horizon
    edges = np.concatenate([[0.0], curve.time[inside], [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], curve.value[inside]])
    left = areas.sum() - np.cumsum(areas)[:-1]  # area still to come after each event time
    n, d = curve.n_at_risk[inside].astype(float), curve.n_events[inside]
    alive = n > d  # where the last one leaves nothing is left to come
    variance = (left[alive] ** 2 * d[alive] / (n[alive] * (n[alive] - d[alive]))).sum()
    half = ndtri(0.5 + level / 2) * np.sqrt(variance)
    mean = float(areas.sum())
    return Estimate(
        mean,
        max(mean - half, 0.0),
        min(mean + half, float(horizon)),
        float(np.sqrt(variance)),
        np.nan,
        curve.n,
    )


def restricted_mean_difference(
    first: Estimate, second: Estimate, *, level: float = 0.95
) -> Estimate:
    """``first`` - ``second`` of two independent groups."""
    value, error = (
        first.value - second.value,
        float(np.hypot(first.standard_error, second.standard_error)),
    )
    half = ndtri(0.5 + level / 2) * error
    p = float(2 * ndtr(-abs(value) / error)) if error > 0 else np.nan
    return Estimate(value, value - half, value + half, error, p, first.n + second.n)


def cumulative_incidence(time, cause, entry=None, *, level: float = 0.95) -> dict[int, Curve]:
    """Share that has left for each cause, the other causes taking their part (Aalen-Johansen).

    ``cause`` (n,) holds 0 for still there and 1, 2, ... for the causes. Interval: delta method on
    the log(-log) scale.
    """
    cause = np.asarray(cause).astype(int)
    time, _, entry = _checked(time, cause > 0, entry)
    every = kaplan_meier(time, cause > 0, entry)
    before = np.concatenate([[1.0], every.value[:-1]])  # survival just before each event time
    n = every.n_at_risk.astype(float)
    out = {}
    for one in sorted(set(cause[cause > 0].tolist())):
        d = np.bincount(np.searchsorted(every.time, time[cause == one]), minlength=len(n)).astype(
            float
        )
        incidence = np.cumsum(before * d / n)
        error = _incidence_error(incidence, before, n, every.n_events.astype(float), d)
        low, high = np.zeros_like(incidence), np.zeros_like(incidence)
        inside = (incidence > 0) & (incidence < 1)
        log = np.log(incidence[inside])
        reach = np.exp(ndtri(0.5 + level / 2) * error[inside] / (incidence[inside] * -log))
        low[inside], high[inside] = np.exp(log * reach), np.exp(log / reach)
        low[incidence >= 1], high[incidence >= 1] = 1.0, 1.0
        out[one] = Curve(
            every.time, incidence, low, high, every.n_at_risk, d.astype(int), len(time), 0.0
        )
    return out


def _incidence_error(incidence, before, n, all_events, d):
    """Standard error of the cumulative incidence at each event time.

    Marubini & Valsecchi 1995, delta method.

    The three sums over earlier times open into cumulative sums, so that n event times cost n steps.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        everyone = np.where(n > all_events, all_events / (n * (n - all_events)), 0.0)
    own = before**2 * (n - d) / n**3 * d
    both = before * d / n**2
    a = incidence**2 * np.cumsum(everyone) - 2 * incidence * np.cumsum(incidence * everyone)
    a += np.cumsum(incidence**2 * everyone)
    b = np.cumsum(own)
    c = incidence * np.cumsum(both) - np.cumsum(incidence * both)
    return np.sqrt(np.maximum(a + b - 2 * c, 0.0))


def concordance(time, event, risk, entry=None) -> float:
    """Of two customers under observation together, one of whom left.

    How often that one had the higher ``risk``.

    Harrell's C; ties in risk count half. NaN when no pair can be compared. Cost: event times x
    distinct risks.
    """
    time, event, entry = _checked(time, event, entry)
    levels, level = np.unique(np.asarray(risk, dtype=float), return_inverse=True)
    entry = np.full(len(time), -np.inf) if entry is None else entry
    by_time, by_entry = np.argsort(-time, kind="stable"), np.argsort(-entry, kind="stable")
    here = np.zeros(len(levels))
    n_in = n_out = 0
    won = pairs = 0.0
    for when in np.unique(time[event])[::-1]:
        # Backwards in time: all who last longer are here, less those who had not yet entered.
        first = n_in
        while n_in < len(time) and time[by_time[n_in]] >= when:
            n_in += 1
        here += np.bincount(level[by_time[first:n_in]], minlength=len(levels))
        first = n_out
        while n_out < len(time) and entry[by_entry[n_out]] >= when:
            n_out += 1
        here -= np.bincount(level[by_entry[first:n_out]], minlength=len(levels))
        leaving = np.bincount(level[(time == when) & event], minlength=len(levels))
        staying = here - leaving
        below = np.cumsum(staying) - staying
        won += (leaving * (below + staying / 2)).sum()
        pairs += leaving.sum() * staying.sum()
    return float(won / pairs) if pairs else float("nan")


def _checked(time, event, entry):
    time = np.asarray(time, dtype=float)
    event = np.asarray(event, dtype=float) > 0
    entry = None if entry is None else np.asarray(entry, dtype=float)
    if not len(time):
        raise ValueError("there is nobody to observe")
    if not np.isfinite(time).all() or (entry is not None and not np.isfinite(entry).all()):
        raise ValueError("times must be known: drop rows without a time first")
    if (time <= (0 if entry is None else entry)).any():
        raise ValueError("every row must leave after it enters: time > entry")
    return time, event, None if entry is None or not entry.any() else entry
