"""The leak screen: what alone tells best from rest too well was probably written afterwards."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from icplib.stats.calibration import Z95, auc, hanley_mcneil_se

RED, AMBER, RED_AUC = 0.75, 0.70, 0.90
SAME_THING = 0.95
MIN_CASES = 5
ENOUGH = 100_000  # accounts, for a judgement whose error is then below .003


@dataclass(frozen=True)
class Screen:
    """auc (folded to >= .5), low: its 95 % lower bound, n.

    Verdict "red", "amber", "" or "too few".
    """

    auc: float
    low: float
    n: int
    verdict: str

    @property
    def is_red(self):
        """Whether the attribute is kept out as a leak."""
        return self.verdict == "red"


def screen(values, flag):
    """Screen of one numeric attribute (NaN = unknown, left out)."""
    values, flag = _thinned(values), _thinned(flag)
    known = ~np.isnan(values)
    flag = np.asarray(flag, bool)[known]
    if min(flag.sum(), len(flag) - flag.sum()) < MIN_CASES:
        return Screen(np.nan, np.nan, len(flag), "too few")
    return _judged(*auc(values[known], flag), len(flag))


def screen_groups(n_best_in, n_in, n_best, n):
    """Screen of the level or member (arrays of counts) that tells most, each as a yes/no attribute.

    Ranking levels by their own share of best would find a leak in every attribute with many levels.
    """
    if min(n_best, n - n_best) < MIN_CASES or not len(n_in):
        return Screen(np.nan, np.nan, int(n), "too few")
    aucs = (
        0.5 + (np.asarray(n_best_in) / n_best - (np.asarray(n_in) - n_best_in) / (n - n_best)) / 2
    )
    area = float(aucs[np.argmax(np.abs(aucs - 0.5))])
    reach = Z95 * hanley_mcneil_se(area, n_best, n - n_best)
    return _judged(area, area - reach, area + reach, int(n))


def _judged(area, low, high, n):
    if area < 0.5:
        area, low = 1 - area, 1 - high
    verdict = "red" if low > RED or area > RED_AUC else "amber" if low > AMBER else ""
    return Screen(area, low, n, verdict)


def is_function_of(values, value):
    """True when an attribute is the value in other units.

    |Spearman| above SAME_THING among the known.
    """
    values, value = _thinned(values), _thinned(value)
    known = ~(np.isnan(values) | np.isnan(value))
    if known.sum() < MIN_CASES:
        return False
    a, b = rankdata(values[known]), rankdata(value[known])
    if a.std() == 0 or b.std() == 0:
        return False
    return bool(abs(np.corrcoef(a, b)[0, 1]) > SAME_THING)


def _thinned(values):
    """Every k-th of them, so that at most ENOUGH remain."""
    return values[:: -(-len(values) // ENOUGH) or 1]
