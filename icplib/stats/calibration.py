"""From a score to an honest probability, and tests of whether it deserves the name.

The log odds that a card's own training data give are too extreme. Cross-validation shows by how
much: held-out outcomes are regressed on held-out log odds, and slope and intercept of that line
correct the final ones (Steyerberg 2019, ch. 15; slope 1 and intercept 0 = calibrated). Tests: Cox
slope and intercept with intervals, Spiegelhalter's z. Hosmer-Lemeshow is left out: blind at 100
cases, certain to reject at a million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm, rankdata

from icplib.stats.firth import fit_firth, flic_intercept

Z95 = norm.ppf(0.975)


@dataclass(frozen=True)
class Line:
    """Outcome = expit(intercept + slope * x) with 95 % Wald limits.

    N cases and n events stand behind it.
    """

    intercept: float
    slope: float
    intercept_low: float
    intercept_high: float
    slope_low: float
    slope_high: float
    n: int
    n_events: int

    def __call__(self, x):
        """Probability at ``x``."""
        return expit(self.intercept + self.slope * np.asarray(x, float))


def fit_line(x, y) -> Line:
    """Maximum likelihood line of outcome ``y`` (n,) in {0, 1} on ``x`` (n,).

    Raises ``ValueError`` when the line does not exist: one class only, a constant ``x``, or
    complete separation.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if y.min() == y.max():
        raise ValueError("all outcomes are alike")
    if x.std() < 1e-12:
        raise ValueError("all scores are alike")
    centre, scale = x.mean(), x.std()
    X = np.column_stack([np.ones(len(x)), (x - centre) / scale])
    beta = np.zeros(2)
    for _ in range(100):
        p = expit(X @ beta)
        information = X.T @ (X * (p * (1 - p))[:, None])
        if np.linalg.cond(information) > 1e12 or np.abs(beta).max() > 50:
            raise ValueError("score and outcome are separated: no finite line")
        step = np.linalg.solve(information, X.T @ (y - p))
        beta = beta + step / max(1.0, np.abs(step).max() / 3)
        if np.abs(step).max() < 1e-10:
            break
    back = np.array([[1.0, -centre / scale], [0.0, 1 / scale]])
    intercept, slope = back @ beta
    se = np.sqrt(np.diag(back @ np.linalg.inv(information) @ back.T))
    return Line(
        intercept,
        slope,
        intercept - Z95 * se[0],
        intercept + Z95 * se[0],
        slope - Z95 * se[1],
        slope + Z95 * se[1],
        len(y),
        int(y.sum()),
    )


def log_odds(points, y) -> tuple[float, float]:
    """(intercept, slope) of the log odds on points.

    Firth for the slope, FLIC for the intercept, so the mean is the rate.
    """
    points = np.asarray(points, float)
    centre, scale = points.mean(), points.std()
    if scale < 1e-12:
        rate = np.mean(y)
        return float(np.log(rate / (1 - rate))), 0.0
    X = np.column_stack([np.ones(len(points)), (points - centre) / scale])
    fit = fit_firth(X, y)
    slope = fit.beta[1] / scale
    return float(flic_intercept(X, y, fit) - slope * centre), float(slope)


@dataclass(frozen=True)
class Calibration:
    """Log odds of the outcome = intercept + slope * points, after correction by ``line``.

    ``line`` is None where it was refused.

    ``shrinkage`` is what the card's own log odds were multiplied by.
    """

    intercept: float
    slope: float
    line: Line | None
    shrinkage: float = 1.0

    def __call__(self, points):
        """Probability at ``points``."""
        return expit(self.intercept + self.slope * np.asarray(points, float))


def recalibrate(points, y, held_out_log_odds, held_out_y, train_share: float = 1.0) -> Calibration:
    """The card's own log odds, corrected by the slope and intercept that held-out data show.

    ``held_out_log_odds`` come from training parts, each ``train_share`` of all accounts, that went
    through the whole procedure; so folds may differ in their scale of points. Fewer accounts
    overfit more: 1/slope - 1 is noise over signal and goes with 1/n (Copas 1983, J. R. Stat. Soc. B
    45:311), so for the card of all accounts it is ``train_share`` of what its parts show; the
    intercept then makes the mean held-out probability the rate. A slope that is not positive
    becomes zero: such a card does not rank, and says the base rate for everyone.
    """
    intercept, slope = log_odds(points, y)
    try:
        line = fit_line(held_out_log_odds, held_out_y)
    except ValueError:
        return Calibration(intercept, slope, None)
    shrinkage = (
        line.slope / (line.slope + train_share * (1 - line.slope)) if line.slope > 0 else 0.0
    )
    alpha = _intercept_for(shrinkage * np.asarray(held_out_log_odds), np.mean(held_out_y))
    return Calibration(
        float(alpha + shrinkage * intercept), float(shrinkage * slope), line, float(shrinkage)
    )


def _intercept_for(log_odds, rate: float) -> float:
    """The shift of ``log_odds`` that makes their mean probability ``rate``."""
    reach = np.abs(log_odds).max() + abs(np.log(rate / (1 - rate)))
    return brentq(lambda shift: expit(shift + log_odds).mean() - rate, -reach - 1, reach + 1)


def spiegelhalter(p, y) -> tuple[float, float]:
    """(z, two-sided p) of Spiegelhalter's test that probabilities ``p`` are right on average.

    Statist. Med. 1986, 5:421.
    """
    p, y = np.asarray(p, float), np.asarray(y, float)
    variance = np.sum((1 - 2 * p) ** 2 * p * (1 - p))
    if variance <= 0:
        return 0.0, 1.0
    z = np.sum((y - p) * (1 - 2 * p)) / np.sqrt(variance)
    return float(z), float(2 * norm.sf(abs(z)))


def calibration_error(p, y, n_bins: int = 10) -> float:
    """Expected calibration error.

    Mean |observed - predicted| over equally filled bins, weighted by their size.
    """
    p, y = np.asarray(p, float), np.asarray(y, float)
    parts = np.array_split(np.argsort(p, kind="stable"), min(n_bins, len(p)))
    return float(sum(len(i) * abs(y[i].mean() - p[i].mean()) for i in parts) / len(p))


def calibration_bins(p, y, n_bins: int = 10) -> list[dict]:
    """Equally filled bins for the picture: n, n_events, mean prediction.

    Ties of ``p`` are never split.
    """
    p, y = np.asarray(p, float), np.asarray(y, float)
    edges = np.unique(np.quantile(p, np.arange(1, n_bins) / n_bins))
    place = np.searchsorted(edges, p, side="right")
    return [
        {
            "n": int((place == b).sum()),
            "n_events": int(y[place == b].sum()),
            "predicted": float(p[place == b].mean()),
        }
        for b in np.unique(place)
    ]


def auc(score, y) -> tuple[float, float, float]:
    """(AUC, low, high): chance that a random event outscores a random non-event, ties half.

    95 % limits by Hanley & McNeil 1982.

    NaN for all three when one class is absent.
    """
    score, y = np.asarray(score, float), np.asarray(y, bool)
    n1, n0 = int(y.sum()), int((~y).sum())
    if not n1 or not n0:
        return np.nan, np.nan, np.nan
    area = (rankdata(score)[y].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)
    se = hanley_mcneil_se(area, n1, n0)
    return float(area), float(max(0.0, area - Z95 * se)), float(min(1.0, area + Z95 * se))


def hanley_mcneil_se(area: float, n_events: int, n_others: int) -> float:
    """Standard error of an AUC under the negative exponential model.

    Hanley & McNeil 1982, Radiology 143:29.
    """
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (n_events - 1) * (q1 - area**2) + (n_others - 1) * (q2 - area**2)
    return float(np.sqrt(max(spread, 0.0) / (n_events * n_others)))


def top_lift(score, y, share: float = 0.2) -> float:
    """Event rate among the ``share`` with the highest score over the rate of all.

    Ties at the border count in proportion.
    """
    score, y = np.asarray(score, float), np.asarray(y, float)
    wanted, rate = share * len(y), y.mean()
    if rate == 0 or wanted <= 0:
        return np.nan
    taken = events = 0.0
    for level in np.unique(score)[::-1]:
        at = score == level
        part = min(1.0, (wanted - taken) / at.sum())
        taken, events = taken + part * at.sum(), events + part * y[at].sum()
        if taken >= wanted - 1e-9:
            break
    return float(events / taken / rate)


def tier_of(probability, base_rate: float, cuts: tuple[float, ...]) -> np.ndarray:
    """Number of the tier (0 the best) by calibrated lift ``probability / base_rate``.

    ``cuts``: least lift of every tier but the last, falling.
    """
    lift = np.asarray(probability, float) / base_rate
    return np.sum(lift[..., None] < np.asarray(cuts) - 1e-12, axis=-1)
