"""Published values of intervals of shares and ratios, and what must hold for any counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icplib.stats import intervals


@pytest.mark.parametrize(
    "k, n, low, high",
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_in_newcombe_1998a(k, n, low, high):
    assert np.allclose(intervals.wilson(k, n), (low, high), atol=6e-5)


@pytest.mark.parametrize(
    "a, n1, c, n0, low, high",
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1),
    ],
)
def test_differences_as_in_newcombe_1998b(a, n1, c, n0, low, high):
    assert np.allclose(intervals.difference(a, n1, c, n0)[1:], (low, high), atol=6e-5)


def test_mover_r_regression():
    assert np.allclose(intervals.ratio(36, 40, 16, 80), (4.5, 2.9026, 7.1126), atol=6e-5)


def test_ratio_of_the_physicians_study_agrees_with_katz():
    rr, low, high = intervals.ratio(189, 11034, 104, 11037)
    assert rr == pytest.approx(1.818, abs=6e-4)
    assert (low, high) == pytest.approx(
        (1.433, 2.306), rel=0.01
    )  # Katz's own limits: 22,071 people leave no room to differ


counts = st.integers(1, 60).flatmap(
    lambda n1: st.integers(1, 60).flatmap(
        lambda n0: st.tuples(
            st.integers(0, n1), st.just(n1), st.integers(0, n0), st.just(n0)
        ).filter(lambda t: t[0] + t[2] > 0)
    )
)


@given(counts)
def test_lift_lies_inside_its_interval_and_never_beyond_what_is_possible(t):
    a, n1, c, n0 = t
    lift, low, high = (float(x) for x in intervals.lift(*t))
    assert low <= lift + 1e-9 and lift <= high + 1e-9
    assert low >= 0 and high <= (n1 + n0) / n1 + 1e-9
    assert lift == pytest.approx(a / n1 / ((a + c) / (n1 + n0)))


@given(counts, st.floats(0, 5))
def test_shrinking_pulls_towards_one(t, tau2):
    free = float(intervals.shrunken_lift(*t, 1e12))
    pulled = float(intervals.shrunken_lift(*t, tau2))
    assert min(1, free) - 1e-9 <= pulled <= max(1, free) + 1e-9
    assert float(intervals.shrunken_lift(*t, tau2, (1.2, 1.4))) == pytest.approx(
        np.clip(pulled, 1.2, 1.4)
    )


def test_the_spread_of_true_ratios_is_what_the_moments_say():
    rng, n = np.random.default_rng(1), np.full(4000, 400)

    def spread(tau):
        return intervals.shrinkage_variance(
            rng.binomial(n, np.minimum(0.2 * np.exp(tau * rng.standard_normal(4000)), 1)),
            n,
            rng.binomial(3 * n, 0.2),
            3 * n,
        )

    assert spread(0.3) == pytest.approx(0.09, rel=0.15) and spread(0.0) < 0.003
    alike = (
        np.full(40, 4),
        np.full(40, 20),
        np.full(40, 8.5),
        np.full(40, 40.5),
    )  # a log ratio of 0 throughout
    assert (
        intervals.shrinkage_variance(*alike) == intervals.shrinkage_variance(*np.zeros((4, 0))) == 0
    )


def test_false_coverage_level():
    assert intervals.fcr_level(10, 100) == pytest.approx(0.995)
    assert intervals.fcr_level(100, 100) == pytest.approx(0.95)


@pytest.mark.slow
def test_coverage_of_the_lift_interval():
    """Target 1: 93-97 % for items of at least 5 accounts, whatever their size."""
    rng = np.random.default_rng(20261121)
    for n, size in [(100, 7), (100, 15), (300, 7), (300, 60), (1000, 200)]:
        share, inside = size / n, 0.3
        outside = (0.2 - share * inside) / (1 - share)
        a, c = rng.binomial(size, inside, 20_000), rng.binomial(n - size, outside, 20_000)
        _, low, high = intervals.lift(a, size, c, n - size)
        assert 0.93 <= np.mean((low <= 1.5) & (high >= 1.5)) <= 0.975
