"""Has the market moved away from the card?

Detectors that keep silent when nothing happened, also with thirty accounts a quarter.

The population stability index of two samples of n and m is never 0: without any change PSI/(1/n +
1/m) follows chi-square with B - 1 degrees of freedom (Yurdakul & Naranjo 2020), so the folk rule
"PSI > .10" cries wolf in most small quarters. An alarm here needs both significance and size beyond
what chance alone gives. Outcomes are watched by a beta-binomial prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import betabinom, binom, chi2, ncx2

SMOOTHING = 0.5
LEVEL = 0.01
SIZE = 0.10
POOL_UNDER = 30


@dataclass(frozen=True)
class Shift:
    """One comparison: PSI of ``n`` build accounts and ``m`` of the quarter in ``n_bins`` bins.

    ``expected`` is what PSI shows on average without any change, ``p`` its chance of being this
    large, ``alarm`` p <= .01 and size: PSI more than .10 above expectation.
    """

    psi: float
    expected: float
    p: float
    n_bins: int
    n: int
    m: int

    @property
    def excess(self) -> float:
        """PSI above what two samples of these sizes show by chance."""
        return self.psi - self.expected

    @property
    def alarm(self) -> bool:
        """Whether the shift is both significant and large enough to matter."""
        return self.p <= LEVEL and self.excess > SIZE


def psi(build_counts, now_counts, smoothing: float = SMOOTHING) -> Shift:
    """Population stability index of two histograms (B,) over the same bins.

    ``smoothing`` is added to every cell.

    Raises ``ValueError`` on an empty sample or differing bins. Bins that are empty in both are left
    out.
    """
    build, now = np.asarray(build_counts, float), np.asarray(now_counts, float)
    if build.shape != now.shape:
        raise ValueError("the two histograms have different bins")
    used = (build + now) > 0
    build, now = build[used], now[used]
    n, m = build.sum(), now.sum()
    if n == 0 or m == 0:
        raise ValueError("an empty sample has no distribution")
    p = (build + smoothing) / (build + smoothing).sum()
    q = (now + smoothing) / (now + smoothing).sum()
    value = float(np.sum((q - p) * np.log(q / p)))
    scale, df = 1 / n + 1 / m, len(build) - 1
    tail = float(chi2.sf(value / scale, df)) if df else 1.0
    return Shift(value, df * scale, tail, len(build), int(n), int(m))


def quantile_bins(build, n_bins: int = 5) -> np.ndarray:
    """Inner edges (at most n_bins - 1) that fill bins of the build sample about equally.

    A value on an edge goes right.
    """
    build = np.asarray(build, float)
    return np.unique(np.quantile(build, np.arange(1, n_bins) / n_bins, method="inverted_cdf"))


def counts_in(values, edges) -> np.ndarray:
    """How many ``values`` fall in each of ``len(edges) + 1`` bins [.., e1), [e1, e2) ..."""
    return np.bincount(
        np.searchsorted(edges, np.asarray(values, float), side="right"), minlength=len(edges) + 1
    )


@dataclass(frozen=True)
class OutcomeWatch:
    """Tier A lately: ``n_events`` of ``n`` against what the build sample predicts.

    ``p`` = chance of so few or fewer.
    """

    n_events: int
    n: int
    expected: float
    p: float

    @property
    def alarm(self) -> bool:
        """Whether so few would be rare if the build-time rate still held."""
        return self.p <= LEVEL


def watch_outcomes(n_events: int, n: int, build_events: int, build_n: int) -> OutcomeWatch:
    """Lower-tail beta-binomial p of ``n_events`` best among ``n`` mature accounts of tier A.

    The rate is known only from ``build_n`` accounts; Jeffreys' prior plus those counts is its
    uncertainty.
    """
    a, b = build_events + 0.5, build_n - build_events + 0.5
    p = float(betabinom.cdf(n_events, n, a, b)) if n else 1.0
    return OutcomeWatch(int(n_events), int(n), float(n * a / (a + b)), p)


@dataclass(frozen=True)
class QuarterSigns:
    """One quarter's input alarm (score or attribute moved) and the outcome alarm of its window."""

    input_alarm: bool
    outcome_alarm: bool
    n: int


@dataclass(frozen=True)
class Revisit:
    """Whether to look at the card again, and every reason for it in words."""

    is_due: bool
    reasons: tuple[str, ...]


def revisit(
    quarters: Sequence[QuarterSigns],
    *,
    slope: tuple[float, float] | None = None,
    n_matured: int = 0,
    n_customers_build: int = 0,
    n_customers_now: int = 0,
    months_since_build: float = 0.0,
) -> Revisit:
    """The revisit rule on the signs so far, oldest quarter first.

    Outcome alarm now; or input alarm in two quarters running; or the 95 % ``slope`` interval of
    calibration excludes 1 on 100 or more matured accounts; or customers doubled; or twelve months
    passed (the last three are convention).
    """
    reasons = []
    if quarters and quarters[-1].outcome_alarm:
        reasons.append("tier A has brought fewer best customers than its build-time rate allows")
    if len(quarters) >= 2 and quarters[-1].input_alarm and quarters[-2].input_alarm:
        reasons.append(
            "the accounts coming in have differed from those of the build in two quarters running"
        )
    if slope is not None and n_matured >= 100 and not slope[0] <= 1 <= slope[1]:
        reasons.append("the calibration slope on matured accounts excludes 1")
    if n_customers_build and n_customers_now >= 2 * n_customers_build:
        reasons.append("the number of customers has doubled since the card was built")
    if months_since_build >= 12:
        reasons.append("the card is twelve months old")
    return Revisit(bool(reasons), tuple(reasons))


def input_alarm(score: Shift | None, attributes: Sequence[Shift]) -> tuple[bool, list[bool]]:
    """(any alarm, alarm per attribute).

    The score at chi-square 1 %, attributes by Benjamini-Hochberg 5 %; both need size.
    """
    order = np.argsort([s.p for s in attributes])
    limit = 0
    for rank, i in enumerate(order, start=1):
        if attributes[i].p <= 0.05 * rank / len(attributes):
            limit = rank
    flagged = [False] * len(attributes)
    for i in order[:limit]:
        flagged[i] = attributes[i].excess > SIZE
    return bool((score is not None and score.alarm) or any(flagged)), flagged


def detectable_psi(n: int, m: int, n_bins: int, *, power: float = 0.8) -> float:
    """The smallest population PSI that the alarm finds with this power.

    Noncentral chi-square, level 1 % and size .10.
    """
    scale, df = 1 / n + 1 / m, n_bins - 1
    threshold = max(chi2.isf(LEVEL, df), (df * scale + SIZE) / scale)
    noncentrality = brentq(lambda nc: ncx2.sf(threshold, df, nc) - power, 1e-6, 1e7)
    return float(noncentrality * scale)


def detectable_rate(build_events: int, build_n: int, m: int, *, power: float = 0.8) -> float | None:
    """The highest rate to which tier A may have fallen and be noticed among ``m`` accounts.

    None when no fall would be.
    """
    if m <= 0:
        return None
    counts = np.arange(m + 1)
    a, b = build_events + 0.5, build_n - build_events + 0.5
    alarms = counts[betabinom.cdf(counts, m, a, b) <= LEVEL]
    if not len(alarms):
        return None
    limit = int(alarms.max())
    return float(brentq(lambda rate: binom.cdf(limit, m, rate) - power, 1e-9, 1 - 1e-9))
