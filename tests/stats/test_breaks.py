"""A break is dated, its base stays frozen, and only a return or people end it."""

import numpy as np
import pytest

from icplib.stats import breaks
from icplib.stats.breaks import Rule, State

RULE = Rule(breaks.fell, 0.002)


def shares(*won, n=40):
    """One quarter a share, exactly so many of n won."""
    return {q: (np.arange(n) < round(w * n)).astype(float) for q, w in enumerate(won)}


def watch(series, rule=RULE, decided=(), first=6):
    states, state = {}, State()
    for quarter in range(first, max(series) + 1):
        state = breaks.advance(state, series, quarter, rule, quarter in decided)
        states[quarter] = state
    return states


def test_a_lasting_fall_is_dated_and_does_not_heal_itself():
    states = watch(shares(*[0.5] * 8, *[0.2] * 12))
    assert not states[7].is_on and states[8].is_on and states[8].break_quarter == 8
    assert all(states[q].is_on and states[q].break_quarter == 8 for q in range(8, 20))


def test_a_break_may_be_older_than_the_quarter_that_sees_it():
    state = watch(shares(*[0.5] * 8, 0.32, 0.3, 0.3))
    on = [q for q in state if state[q].is_on]
    assert on[0] == 9 and state[9].break_quarter == 8 and state[9].p < 0.01


def test_a_rate_that_returns_ends_the_alarm_and_leaves_no_broken_base():
    series = shares(*[0.5] * 8, *[0.1] * 4, *[0.5] * 4)
    states = watch(series)
    assert states[11].is_on and not states[13].is_on
    assert states[13].broken == (8, 9, 10, 11)
    assert not set(breaks.base_quarters(states[13], series, 14)) & {8, 9, 10, 11}


def test_people_end_an_alarm_and_the_level_since_becomes_the_base():
    states = watch(shares(*[0.5] * 8, *[0.2] * 8), decided={10})
    assert states[9].is_on and not states[10].is_on and states[10].base_from == 8
    assert not any(states[q].is_on for q in range(10, 16))


def test_replay_is_the_same_as_having_watched():
    series = shares(*[0.5] * 8, *[0.2] * 6)
    watched = watch(series)
    assert breaks.replay(series, 13, RULE) == watched[13]
    assert breaks.replay(series, 13, RULE, state=watched[11], first=12) == watched[13]


def test_too_few_say_nothing():
    state = breaks.replay(shares(*[0.5] * 8, n=3), 7, RULE)
    assert not state.is_on and np.isnan(state.p)


def test_restless_quarters_need_more():
    series = shares(0.3, 0.7, 0.25, 0.75, 0.3, 0.7, 0.3, 0.7)
    assert breaks.unrest(series, list(series)) > 3
    assert breaks.unrest(shares(*[0.5] * 8), list(range(8))) == 1
    calm, restless = (
        breaks.replay(series | {8: np.zeros(40)}, 8, Rule(breaks.fell, 1e-9, r)) for r in (0, 1)
    )
    assert calm.is_on and not restless.is_on


def test_all_fell_alike_is_no_failure_of_those_who_fit():
    assert breaks.fell_more_p((50, 25), (100, 100), (150, 75), (300, 300)) > 0.5
    assert breaks.fell_more_p((50, 10), (100, 100), (150, 150), (300, 300)) < 1e-6


def test_few_false_alarms_and_a_halving_is_found():
    rng = np.random.default_rng(7)

    def alarm(rate):
        series = {q: (rng.random(20) < (0.5 if q < 8 else rate)).astype(float) for q in range(16)}
        return breaks.replay(series, 15, RULE).is_on

    assert np.mean([alarm(0.5) for _ in range(150)]) <= 0.05
    assert np.mean([alarm(0.2) for _ in range(40)]) >= 0.8


@pytest.mark.parametrize("k, n, k0, n0", [(7, 30, 69, 102), (0, 10, 5, 40), (10, 10, 20, 30)])
def test_the_p_of_a_fall_is_the_mid_p_of_fisher(k, n, k0, n0):
    from scipy.stats import hypergeom

    law = hypergeom(n + n0, k + k0, n)
    since, base = np.repeat([1.0, 0.0], [k, n - k]), np.repeat([1.0, 0.0], [k0, n0 - k0])
    assert breaks.fell(since, base) == pytest.approx(law.cdf(k - 1) + law.pmf(k) / 2)
