"""Was it the seller? A driver beside a rival explanation: whom, or which channel, it came through.

Linear model of a score with one level per rival (the rivals' means taken out), so that only
customers of the same seller are compared; a driver is kept when its one-sided 95 % limit stays
above 0.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from icplib.stats.estimate import Estimate

LEVEL = 0.90  # two-sided: one-sided 95 %
SAME = 0.9  # of the plain difference: as much is left, so the rival explains nothing
KEPT, RIVAL, UNCLEAR = "not the {}", "most of this is one {}", "cannot be told from the {}"


def gap(score: np.ndarray, exposed: np.ndarray, rival: np.ndarray | None = None) -> Estimate:
    """Mean score of the exposed minus the others, plain or within levels of a rival (codes)."""
    level = np.zeros(len(score), int) if rival is None else np.unique(rival, return_inverse=True)[1]
    size = np.bincount(level)
    y = score - (np.bincount(level, score) / size)[level]
    x = exposed - (np.bincount(level, exposed) / size)[level]
    spread, df = float(x @ x), len(score) - len(size) - 1
    if spread < 1e-9 or df < 1:
        return Estimate(n=len(score))
    slope = float(x @ y) / spread
    error = np.sqrt(max(float(((y - slope * x) ** 2).sum()), 0.0) / df / spread)
    half = student.ppf((1 + LEVEL) / 2, df) * error
    return Estimate(slope, slope - half, slope + half, len(score))


def weakest(score: np.ndarray, exposed: np.ndarray, rival: np.ndarray) -> Estimate:
    """The plain difference without the one seller (level) whose absence lowers it most."""
    left = [gap(score[rival != one], exposed[rival != one]) for one in np.unique(rival)]
    return min(left, key=lambda e: np.inf if np.isnan(e.estimate) else e.estimate)


def verdict(plain: Estimate, inside: Estimate, rival: str) -> str:
    """Which of KEPT, RIVAL and UNCLEAR holds for a raised driver; '' where nothing can be asked."""
    if np.isnan(plain.estimate):
        return ""
    if inside.low > 0 or inside.estimate >= SAME * plain.estimate:
        return KEPT.format(rival)
    return (RIVAL if inside.high < plain.estimate else UNCLEAR).format(rival)


def is_kept(score: np.ndarray, exposed: np.ndarray, rival: np.ndarray) -> bool:
    """Whether a driver stays one beside a rival (codes, -1 unknown: left out), by one score."""
    known = rival >= 0
    if len(np.unique(rival[known])) < 2:
        return True
    score, exposed, rival = score[known], exposed[known].astype(float), rival[known]
    found = verdict(gap(score, exposed), gap(score, exposed, rival), "")
    return found in ("", KEPT.format(""))
