"""Questions asked one after another: what chance gives one, and the level that it may spend.

Each is chosen by what the earlier ones showed, so no count of looks prices them: LORD++ (Ramdas,
Yang, Wainwright, Jordan 2017) spends a level a question and earns some back with each that holds.
Evidence: benchmarks/looking.md.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import hypergeom

from icplib.stats.design import Design
from icplib.stats.groups import MIN_GROUP, Attribute, code
from icplib.stats.scan import TIE, null_maxima, observed

LEVEL = 0.05  # false discovery rate over all questions ever asked
WEALTH = 0.025  # what may be spent before anything holds
DRAWS, LEAST_DRAWS = 9_999, 999
CELLS = 20_000_000  # customers times draws: a question is answered while one waits
CLEAR = 0.02  # from here on a few draws are enough
TAIL = 0.01  # share of the draws that say how chance goes on beyond them
FEW = 10  # draws beyond what was seen; with fewer the tail says more


def share_of_level(t: np.ndarray) -> np.ndarray:
    """The part of a level that the t-th question after an event spends: array, sums to .98.

    log(t) / (t exp(sqrt(log t))), from Javanmard & Montanari (2018); 0 for t below 1.
    """
    t = np.asarray(t, float)
    safe = np.maximum(t, 1.0)
    part = 0.0772 * np.log(np.maximum(safe, 2.0)) / (safe * np.exp(np.sqrt(np.log(safe))))
    return np.where(t >= 1, part, 0.0)


def next_level(held: Sequence[bool]) -> float:
    """Level of the question after those that ``held`` or not, in their order (LORD++)."""
    t = len(held) + 1
    since = t - 1 - np.flatnonzero(held)
    own = WEALTH * share_of_level(np.array([t]))
    earned = LEVEL * share_of_level(since)
    if len(since):
        earned[0] *= (LEVEL - WEALTH) / LEVEL
    return float(own.sum() + earned.sum())


def luck(held: Sequence[bool]) -> float:
    """Share of what held that is expected to be luck: levels spent over what held."""
    spent = sum(next_level(held[:i]) for i in range(len(held)))
    return float(spent / max(sum(held), 1))


def reach_of_chance(n_in: int, n_best: int, n: int, level: float) -> float:
    """Share of best that ``n_in`` of ``n`` customers drawn at random reach with that probability.

    Hypergeometric; NaN where nobody is drawn.
    """
    return float(hypergeom.isf(level, n, n_best, n_in)) / n_in if n_in else np.nan


def question_p(
    asked: Attribute, scores: np.ndarray, design: Design, seed: int, most: int = DRAWS
) -> tuple[float, bool]:
    """Two-sided p of "yes" in a yes/no Attribute (n,), and whether yes has more of the scores.

    scores: (k, n). The statistic is the scan's; NaN where yes or no is said of fewer than five.
    ``most``: draws at most, beyond which the tail of chance is carried on.
    """
    coded = code(asked, MIN_GROUP)
    if not len(coded.start) or min(coded.n_in_cell, default=0) < MIN_GROUP:
        return np.nan, False
    z = observed(coded, scores).max(axis=1)
    for draws in sorted({LEAST_DRAWS, int(np.clip(CELLS // len(asked), LEAST_DRAWS, most))}):
        null = null_maxima([coded], scores, draws, seed, design)[0].max(axis=(0, 1))
        p = chance_of(float(z.max()), null)
        if p > CLEAR:
            break
    direction, group = np.unravel_index(int(z.argmax()), z.shape)
    is_yes = coded.labels[coded.start[group]] == "yes"
    return p, bool((direction == 0) == is_yes)


def chance_of(seen: float, null: np.ndarray) -> float:
    """P of a statistic from its draws (m,) under chance; beyond them an exponential tail.

    The tail of a normal falls faster, so what is read off is too large rather than too small.
    """
    null = np.sort(null)
    beyond = int((null >= seen - TIE).sum())
    p = (1 + beyond) / (len(null) + 1)
    n = int(TAIL * len(null))
    excess = null[-n:] - null[-n]
    if beyond >= FEW or not excess.any():
        return p
    return min(p, n / len(null) * float(np.exp(-(seen - null[-n]) / excess.mean())))
