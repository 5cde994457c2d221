"""The price of looking: levels worked out by hand, and what chance gives one question."""

import numpy as np
import pytest
from scipy.stats import norm

from icplib.stats import looks
from icplib.stats.design import Design
from icplib.stats.groups import Attribute
from icplib.stats.scan import normal_scores

# .0772 log(max(t, 2)) / (t exp(sqrt(log t))) with a pocket calculator
SHARES = {1: 0.0535110, 2: 0.0116361, 3: 0.0099114, 10: 0.0038978}


def test_the_share_of_a_level_is_that_of_the_formula():
    assert looks.share_of_level(np.array([*SHARES])) == pytest.approx([*SHARES.values()], rel=1e-4)
    assert looks.share_of_level(np.array([0, -3])).tolist() == [0, 0]
    assert looks.share_of_level(np.arange(1, 100_000)).sum() < 1


def test_before_anything_holds_the_wealth_alone_is_spent():
    assert looks.next_level([]) == pytest.approx(0.025 * SHARES[1], rel=1e-4)
    assert looks.next_level([False, False]) == pytest.approx(0.025 * SHARES[3], rel=1e-4)
    levels = [looks.next_level([False] * t) for t in range(300)]
    assert sum(levels) < 0.025 and levels == sorted(levels, reverse=True)


def test_what_holds_earns_a_level_back():
    # the first that holds earns .05 - .025, each later one .05; counted from the question behind it
    first = 0.025 * SHARES[2] + 0.025 * SHARES[1]
    assert looks.next_level([True]) == pytest.approx(first, rel=1e-4)
    second = 0.025 * SHARES[3] + 0.025 * SHARES[2] + 0.05 * SHARES[1]
    assert looks.next_level([True, True]) == pytest.approx(second, rel=1e-4)
    late = 0.025 * SHARES[3] + 0.025 * SHARES[1]
    assert looks.next_level([False, True]) == pytest.approx(late, rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_share_of_luck_never_exceeds_the_level_after_a_find(seed):
    held = (np.random.default_rng(seed).random(60) < 0.2).tolist()
    assert all(looks.luck(held[:t]) <= looks.LEVEL for t in range(1, 61) if any(held[:t]))
    assert looks.luck([True]) == pytest.approx(0.025 * SHARES[1], rel=1e-4)


def test_the_tail_goes_on_beyond_the_draws_and_is_never_bolder_than_a_normal():
    null = np.abs(np.random.default_rng(5).standard_normal(9_999))
    for z in (2.0, 3.0, 3.5, 4.0, 5.0):
        true = 2 * norm.sf(z)
        assert 0.8 * true < looks.chance_of(z, null) < 10 * true
    assert looks.chance_of(6.0, null) < 1e-5
    assert looks.chance_of(1.0, np.zeros(999)) == pytest.approx(1 / 1000)


def scores_of(rng, n):
    value = rng.standard_normal(n)
    return value, np.array([value >= np.quantile(value, 0.8), normal_scores(value)], float)


def asked(inside):
    return Attribute("asked", "nominal", np.where(inside, "yes", "no").astype(object))


def test_chance_gives_small_p_no_more_often_than_it_says():
    rng = np.random.default_rng(11)
    p = []
    for _ in range(60):
        _, scores = scores_of(rng, 120)
        inside = rng.permutation(120) < rng.choice([6, 12, 40])
        p.append(looks.question_p(asked(inside), scores, Design.plain(120), 1)[0])
    assert np.mean(np.array(p) <= 0.2) < 0.35 and np.mean(np.array(p) <= 0.5) > 0.3


def test_a_planted_truth_has_a_small_p_and_its_direction():
    rng = np.random.default_rng(3)
    value, scores = scores_of(rng, 200)
    inside = value + 0.7 * rng.standard_normal(200) > 0.8
    more, fewer = (
        looks.question_p(asked(side), scores, Design.plain(200), 1) for side in (inside, ~inside)
    )
    assert more[0] < 1e-4 and more[1] and fewer[0] == more[0] and not fewer[1]


def test_too_few_to_ask_have_no_p():
    rng = np.random.default_rng(3)
    _, scores = scores_of(rng, 100)
    assert np.isnan(looks.question_p(asked(np.arange(100) < 4), scores, Design.plain(100), 1)[0])
