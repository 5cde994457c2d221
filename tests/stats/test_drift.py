"""Drift detectors: published values, their law, false alarms and power as promised, and the revisit
rule.
"""

from itertools import pairwise

import numpy as np
import pytest

from icplib.stats.drift import (
    QuarterSigns,
    Shift,
    counts_in,
    detectable_psi,
    detectable_rate,
    input_alarm,
    psi,
    quantile_bins,
    revisit,
    watch_outcomes,
)


def test_psi_of_the_textbook():
    assert psi([20] * 5, [10, 15, 20, 25, 30], smoothing=0).psi == pytest.approx(0.13540, abs=5e-6)
    same = psi([10, 20, 30], [10, 20, 30])
    assert same.psi == pytest.approx(0, abs=1e-12) and same.p == 1 and not same.alarm


def test_psi_refuses_what_has_no_distribution():
    with pytest.raises(ValueError, match="empty"):
        psi([0, 0], [1, 2])
    with pytest.raises(ValueError, match="bins"):
        psi([1, 2], [1, 2, 3])
    assert psi([5, 0, 5], [5, 0, 5]).n_bins == 2  # a bin that nobody ever filled is none


def test_psi_follows_its_law_without_change():
    rng = np.random.default_rng(11)
    drawn = [
        psi(rng.multinomial(100, [0.1] * 10), rng.multinomial(100, [0.1] * 10)) for _ in range(1500)
    ]
    assert np.mean([s.psi for s in drawn]) == pytest.approx(0.18, abs=0.012)
    assert np.mean([s.p < 0.05 for s in drawn]) < 0.06  # at or below its level
    assert np.mean([s.psi > 0.10 for s in drawn]) > 0.7  # what the folk rule would have cried


def test_bins_are_filled_by_the_build_sample():
    build = np.arange(100)
    edges = quantile_bins(build, 5)
    assert list(counts_in(build, edges)) == [19, 20, 20, 20, 21]
    assert list(counts_in([1000, -5], edges)) == [1, 0, 0, 0, 1]


def test_eight_quiet_quarters_raise_few_alarms_and_a_shift_is_found():
    rng = np.random.default_rng(3)
    quiet, moved = 0, 0
    for _ in range(120):
        build = rng.normal(size=300)
        edges = quantile_bins(build)
        alarms = [
            psi(counts_in(build, edges), counts_in(rng.normal(size=75), edges)).alarm
            for _ in range(8)
        ]
        quiet += any(a and b for a, b in pairwise(alarms))
        shifted = [
            psi(counts_in(build, edges), counts_in(rng.normal(0.8, 1, 75), edges)).alarm
            for _ in range(8)
        ]
        moved += any(a and b for a, b in pairwise(shifted))
    assert quiet / 120 <= 0.05 and moved / 120 >= 0.9


def test_tier_a_that_falls_is_noticed_and_one_that_holds_is_not():
    rng = np.random.default_rng(7)
    fell, held = [], []
    for _ in range(300):
        build = rng.binomial(60, 0.45)
        fell.append(watch_outcomes(rng.binomial(60, 0.14), 60, build, 60).alarm)
        held.append(watch_outcomes(rng.binomial(60, 0.45), 60, build, 60).alarm)
    assert np.mean(fell) >= 0.9 and np.mean(held) <= 0.03
    assert not watch_outcomes(0, 0, 10, 20).alarm


def test_the_smallest_change_that_could_be_seen_shrinks_with_n():
    assert detectable_psi(1000, 250, 5) < detectable_psi(300, 75, 5) < detectable_psi(100, 30, 5)
    assert detectable_rate(27, 60, 75) > detectable_rate(27, 60, 30)
    assert detectable_rate(4, 9, 3) is None and detectable_rate(27, 60, 0) is None
    least = detectable_psi(
        300, 75, 5
    )  # a change of that size is indeed found about as often as promised
    p = np.full(5, 0.2)
    q = p + np.array([-1, -0.5, 0, 0.5, 1]) * 0.1
    scale = np.sqrt(least / psi(p * 1e7, q * 1e7).psi)
    q = p + np.array([-1, -0.5, 0, 0.5, 1]) * 0.1 * scale
    rng = np.random.default_rng(2)
    found = np.mean(
        [psi(rng.multinomial(300, p), rng.multinomial(75, q)).alarm for _ in range(400)]
    )
    assert 0.65 < found < 0.9


def shift(p, excess):
    return Shift(psi=0.1 + excess, expected=0.1, p=p, n_bins=5, n=300, m=75)


def test_an_alarm_needs_significance_and_size():
    assert shift(0.001, 0.2).alarm and not shift(0.001, 0.05).alarm and not shift(0.02, 0.5).alarm
    assert input_alarm(None, []) == (False, [])
    assert input_alarm(shift(0.5, 0), [shift(0.001, 0.2), shift(0.4, 0.3), shift(0.9, 0)]) == (
        True,
        [True, False, False],
    )
    assert input_alarm(shift(0.001, 0.2), [shift(0.5, 0)])[0]


def test_the_revisit_rule():
    quiet, moved, fell = (
        QuarterSigns(False, False, 40),
        QuarterSigns(True, False, 40),
        QuarterSigns(False, True, 40),
    )
    assert (
        not revisit([quiet, quiet]).is_due
        and not revisit([quiet, moved]).is_due
        and not revisit([moved, quiet]).is_due
    )
    assert (
        revisit([moved, moved]).is_due
        and revisit([quiet, fell]).is_due
        and not revisit([fell, quiet]).is_due
    )
    assert (
        revisit([quiet], slope=(0.3, 0.8), n_matured=120).is_due
        and not revisit([quiet], slope=(0.3, 0.8), n_matured=60).is_due
    )
    assert (
        revisit([], n_customers_build=100, n_customers_now=200).is_due
        and revisit([], months_since_build=12).is_due
    )
    assert len(revisit([moved, fell], months_since_build=13).reasons) == 2
