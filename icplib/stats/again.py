"""What a claim promises: how likely a stated difference shows again among new cases.

Exact given the claim: new cases are binomial draws at the stated ratio, whose own uncertainty is
spread over fifteen equally likely values.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import binom

NODES = ndtri((np.arange(15) + 0.5) / 15)


def shares_again(n: int, n_others: int, k: int, log_ratio: float, error: float) -> float:
    """Chance that n new cases have the larger share than the others, where k of all count.

    ``log_ratio``: of their share over that of the others, as claimed, with its standard error.
    """
    ratio = np.exp(log_ratio + error * NODES)[:, None]
    others = np.minimum(k / (n * ratio + n_others), 1.0)
    hits = np.arange(n + 1)
    fewer = np.ceil(hits * n_others / n) - 1
    own = binom.pmf(hits, n, np.minimum(ratio * others, 1.0))
    return float((own * binom.cdf(fewer, n_others, others)).sum(axis=1).mean())


def leaves_again(expected: float, n_events: int, log_hazard: float, error: float) -> float:
    """Chance that of n_events new departures more than ``expected`` are of the flagged."""
    odds: NDArray[np.float64] = np.exp(log_hazard + error * NODES)
    odds *= expected / max(n_events - expected, 1e-9)
    return float(binom.sf(np.floor(expected), n_events, odds / (1 + odds)).mean())


def posterior(raw: float, shrunken: float, low: float, high: float) -> tuple[float, float]:
    """(log ratio, its standard error) of a shrunken ratio with the raw one's interval."""
    error = (np.log(high) - np.log(max(low, 1e-9))) / (2 * ndtri(0.975))
    kept = np.log(shrunken) / np.log(raw) if raw not in (0.0, 1.0) else 1.0
    return float(np.log(shrunken)), float(error * np.sqrt(np.clip(kept, 0.0, 1.0)))
