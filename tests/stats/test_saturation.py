"""Saturation against worked vectors and published formulas."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from icplib.stats import saturation as sat

SHORT = [4, 3, 2, 1, 1, 0, 0, 0]
LONG = [15, 10, 7, 5, 4, 3, 3, 0, 1, 0]


@pytest.mark.parametrize(
    "new, run, threshold, point",
    [
        (SHORT, 2, 0.05, "5+2"),
        (SHORT, 2, 0.0, "5+2"),
        (SHORT, 3, 0.05, "5+3"),
        (LONG, 2, 0.05, "7+2"),
        (LONG, 3, 0.05, "7+3"),
        (LONG, 2, 0.0, ""),
        (LONG, 3, 0.0, ""),
    ],
)
def test_guest_namey_chen_points(new, run, threshold, point):
    assert sat.guest_namey_chen(new, base=4, run=run, threshold=threshold).point == point


def test_guest_namey_chen_ratios():
    assert sat.guest_namey_chen(SHORT).ratios[:3] == pytest.approx((0.1, 0, 0))
    found = sat.guest_namey_chen(LONG)
    assert found.base_codes == 37
    assert found.ratios == pytest.approx((7 / 37, 6 / 37, 3 / 37, 1 / 37, 1 / 37))
    assert round(found.ratios[0], 3) == 0.189  # the published 19 %


def test_too_few_interviews_or_an_empty_base_cannot_be_assessed():
    for new in ([5, 3, 1, 0, 0], [0, 0, 0, 0, 3, 1]):
        found = sat.guest_namey_chen(new)
        assert not found.is_assessable and found.after is None and found.point == ""


def test_new_codes_counts_first_mentions():
    presence = [[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 1]]
    assert sat.new_codes(presence).tolist() == [2, 1, 0, 1]


def test_chao2_of_a_worked_table():
    found = sat.chao2([[1, 1, 0, 0, 1], [1, 0, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 0, 1, 0]])
    assert (found.n_codes, found.n_once, found.n_twice) == (5, 3, 1)
    assert found.classic == pytest.approx(8.375)
    assert found.bias_corrected == pytest.approx(6.125)
    assert found.coverage == pytest.approx(0.7272727)


def test_chao2_from_counts():
    found = sat.chao2_counts(10, 20, 6, 4, 55)
    assert found.classic == pytest.approx(24.05)
    assert found.bias_corrected == pytest.approx(22.7)
    assert found.coverage == pytest.approx(0.9049853)
    assert found.estimate == found.bias_corrected  # few interviews
    assert sat.chao2_counts(5, 6, 3, 0, 15).estimate == pytest.approx(6 + 4 / 5 * 3 * 2 / 2)
    assert math.isnan(sat.chao2_counts(1, 3, 3, 0, 3).coverage)


@pytest.mark.parametrize(
    "p, once, twice", [(0.5, 5, 8), (0.3, 9, 14), (0.2, 14, 22), (0.1, 29, 46)]
)
def test_detection_n(p, once, twice):
    assert (sat.detection_n(p), sat.detection_n(p, times=2)) == (once, twice)


def test_detection_n_refuses_a_code_nobody_has():
    with pytest.raises(ValueError, match="prevalence"):
        sat.detection_n(0)


tables = hnp.arrays(
    np.int8, st.tuples(st.integers(2, 9), st.integers(1, 7)), elements=st.integers(0, 1)
)


@settings(max_examples=50, deadline=None)
@given(tables)
def test_new_codes_add_up_to_the_codes_heard_and_chao2_never_falls_below_them(presence):
    heard = int((presence.sum(axis=0) > 0).sum())
    assert sat.new_codes(presence).sum() == heard
    found = sat.chao2(presence)
    assert found.estimate >= heard
    assert math.isnan(found.coverage) or 0 <= found.coverage <= 1


@settings(max_examples=20, deadline=None)
@given(tables)
def test_the_band_ends_where_every_order_ends(presence):
    band = sat.random_orders(presence, n_orders=20, seed=1)
    heard = (presence.sum(axis=0) > 0).sum()
    assert band.low[-1] == band.high[-1] == band.mean[-1] == heard
    assert (np.diff(band.mean) >= -1e-9).all() and (band.low <= band.high + 1e-9).all()


def test_one_seed_gives_one_band():
    presence = np.random.default_rng(0).random((9, 20)) < 0.3
    first, second = (sat.random_orders(presence, n_orders=50, seed=4) for _ in range(2))
    assert np.array_equal(first.mean, second.mean) and np.array_equal(
        first.points, second.points, equal_nan=True
    )
