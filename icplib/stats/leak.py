"""The leak screen: an attribute that alone tells best from rest too well was probably written down
afterwards.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

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
        return self.verdict == "red"


def auc_interval(score, flag, z=1.959963984540054):
    """(auc, standard error, low, high) of a score (n,) for a flag; Hanley & McNeil 1982."""
    score, flag = np.asarray(score, float), np.asarray(flag, bool)
    n1, n0 = int(flag.sum()), int((~flag).sum())
    if not n1 or not n0:
        raise ValueError("an AUC needs at least one account of either kind")
    auc = (rankdata(score)[flag].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)
    error = hanley_mcneil_error(auc, n1, n0)
    return float(auc), error, max(0.0, float(auc) - z * error), min(1.0, float(auc) + z * error)


def hanley_mcneil_error(auc, n1, n0):
    """Standard error of an AUC over n1 cases and n0 others."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    return float(
        np.sqrt((auc * (1 - auc) + (n1 - 1) * (q1 - auc**2) + (n0 - 1) * (q2 - auc**2)) / (n1 * n0))
    )


def screen(values, flag):
    """Screen of one numeric attribute (NaN = unknown, left out)."""
    values, flag = _thinned(values), _thinned(flag)
    known = ~np.isnan(values)
    flag = np.asarray(flag, bool)[known]
    if min(flag.sum(), len(flag) - flag.sum()) < MIN_CASES:
        return Screen(np.nan, np.nan, len(flag), "too few")
    return _judged(*auc_interval(values[known], flag), len(flag))


def screen_groups(n_best_in, n_in, n_best, n):
    """Screen of the level or member (arrays of counts) that tells most, each as a yes/no attribute.

    Ranking levels by their own share of best would find a leak in every attribute with many levels.
    """
    if min(n_best, n - n_best) < MIN_CASES or not len(n_in):
        return Screen(np.nan, np.nan, int(n), "too few")
    aucs = (
        0.5 + (np.asarray(n_best_in) / n_best - (np.asarray(n_in) - n_best_in) / (n - n_best)) / 2
    )
    auc = float(aucs[np.argmax(np.abs(aucs - 0.5))])
    error = hanley_mcneil_error(auc, n_best, n - n_best)
    return _judged(
        auc, error, auc - 1.959963984540054 * error, auc + 1.959963984540054 * error, int(n)
    )


def _judged(auc, error, low, high, n):
    if auc < 0.5:
        auc, low = 1 - auc, 1 - high
    verdict = "red" if low > RED or auc > RED_AUC else "amber" if low > AMBER else ""
    return Screen(auc, low, n, verdict)


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
