"""What a claim promises, against draws."""

import numpy as np
import pytest

from icplib.stats.again import leaves_again, posterior, shares_again


@pytest.mark.parametrize(("n", "rest", "k", "ratio"), [(20, 40, 15, 2.0), (12, 30, 6, 1.0)])
def test_shares_again_is_the_share_of_draws(n, rest, k, ratio):
    rng = np.random.default_rng(1)
    others = k / (n * ratio + rest)
    hits, missed = rng.binomial(n, ratio * others, 40_000), rng.binomial(rest, others, 40_000)
    drawn = np.mean(hits * rest > missed * n)
    assert shares_again(n, rest, k, np.log(ratio), 0.0) == pytest.approx(drawn, abs=0.01)


def test_a_doubtful_ratio_promises_less():
    sure, doubtful = (shares_again(40, 80, 30, np.log(2), error) for error in (0.0, 0.8))
    assert 0.5 < doubtful < sure < 1


def test_leaves_again_is_the_share_of_draws():
    rng = np.random.default_rng(2)
    odds = 3 * 4.2 / (20 - 4.2)
    drawn = np.mean(rng.binomial(20, odds / (1 + odds), 40_000) > 4.2)
    assert leaves_again(4.2, 20, np.log(3), 0.0) == pytest.approx(drawn, abs=0.01)


def test_a_posterior_is_narrower_the_more_was_shrunken():
    log_ratio, error = posterior(4.0, 2.0, 2.0, 8.0)
    assert log_ratio == pytest.approx(np.log(2))
    assert error == pytest.approx(np.log(4) / (2 * 1.959964) * np.sqrt(0.5), rel=1e-4)
