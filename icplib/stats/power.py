"""What chance alone shows, and what this many customers could have shown."""

import numpy as np
from scipy.stats import hypergeom, norm

from icplib.stats.conditions import part_items

FLOOR_SHARE = 0.10
LARGE = 20_000  # accounts: above it the law is normal


def chance_maxima(scan, draws=499, seed=0):
    """Sizes and null lifts of all items looked at: (size (m,), lifts (draws, m)).

    The best are dealt out again at random: given how many accounts carry each code, the number of
    best among them is exactly multivariate hypergeometric. Items are levels, members and fifths of
    numbers.
    """
    sizes, lifts = [np.zeros(0)], [np.zeros((draws, 0))]
    rng = np.random.default_rng(seed)
    for scanned in scan.attributes:
        coded, n_best = scanned.coded, scanned.n_best_known
        items, size = part_items(coded)
        if coded.refused or not len(size) or not n_best:
            continue
        best = (
            rng.multivariate_hypergeometric(coded.n_of_code, n_best, size=draws, method="marginals")
            @ items
        )
        sizes.append(size / coded.n_known)
        lifts.append(best / size * coded.n_known / n_best)
    return np.concatenate(sizes), np.hstack(lifts)


def noise_floor(maxima, share=FLOOR_SHARE):
    """The lift that the best of pure chance reaches in half of all cases.

    Among items of at least this share of accounts.
    """
    sizes, lifts = maxima
    large = sizes >= share
    return float(np.median(lifts[:, large].max(axis=1))) if large.any() and len(lifts) else np.nan


def detectable_lift(n, n_best, share, n_tested, has_value=False, alpha=0.10, power=0.80):
    """The smallest lift that one item of this share would have been found with; NaN if none.

    The share is of accounts, at the power given.

    One-sided hypergeometric mid-p at alpha/n_tested. With the value behind the flag the same lift
    needs about half the customers (efficiency of a top-20 % flag: 49 %), so n counts double.
    """
    if has_value:
        n, n_best = 2 * n, 2 * n_best
    size = int(round(share * n))
    if size < 1 or size >= n or n_best < 1 or n_best >= n:
        return np.nan
    highest = min(n / n_best, n / size) * 0.999
    reached = _power_by_lift(n, n_best, size, alpha / n_tested)
    if reached(highest) < power:
        return np.nan
    low, high = 1.0, highest
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) >= power else (middle, high)
    return float(high)


def _power_by_lift(n, n_best, size, alpha):
    """Chance that an item of this size is found, as a function of its lift.

    Fisher's noncentral hypergeometric law up to LARGE accounts.
    """
    k = np.arange(max(0, size + n_best - n), min(size, n_best) + 1) if n <= LARGE else np.zeros(0)
    log_chance = hypergeom.logpmf(k, n, n_best, size)
    at_least = np.cumsum(np.exp(log_chance)[::-1])[::-1]
    is_found = at_least - np.exp(log_chance) / 2 <= alpha  # mid-p

    def reached(lift_):
        inside = lift_ * n_best / n
        outside = (n_best - size * inside) / (n - size)
        if outside <= 0 or inside >= 1:
            return 1.0
        if n > LARGE:
            spread = np.sqrt(n_best / n * (1 - n_best / n) * (1 / size + 1 / (n - size)))
            return float(norm.sf(norm.isf(alpha) - (inside - outside) / spread))
        log_weight = log_chance + k * np.log(inside / (1 - inside) / (outside / (1 - outside)))
        weight = np.exp(log_weight - log_weight.max())
        return float(weight[is_found].sum() / weight.sum())

    return reached
