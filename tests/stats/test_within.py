"""A gap between customers of the same seller."""

import numpy as np
from scipy.stats import norm

from icplib.stats.within import gap, is_kept, verdict, weakest


def test_a_gap_within_sellers():
    rng = np.random.default_rng(4)
    seller = rng.integers(0, 5, 400)
    exposed = (rng.random(400) < 0.2 + 0.5 * (seller == 0)).astype(float)
    score = 1.0 * (seller == 0) + rng.normal(size=400)
    plain, own = gap(score, exposed), gap(score, exposed, seller)
    assert plain.low > 0 and own.low < 0 < own.high
    assert not is_kept(score, exposed, seller)
    kept = score + exposed
    assert is_kept(kept, exposed, seller)
    assert verdict(gap(kept, exposed), gap(kept, exposed, seller), "seller") == "not the seller"
    half = (own.high - own.low) / 2
    assert half > norm.ppf(0.95) * 0.08  # about 1.64 standard errors
    assert weakest(kept, exposed, seller).estimate <= gap(kept, exposed).estimate
