"""Contrasts between small groups against published and hand-computed values."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icplib.stats import contrasts as con
from icplib.stats.intervals import wilson

SIX = np.array([[int(c) for c in row] for row in ["1100", "1110", "1000", "0011", "0111", "0001"]])


def test_permanova_worked_example():
    found = con.permanova(con.jaccard_distances(SIX), ["a"] * 3 + ["b"] * 3)
    assert found.total == pytest.approx(1.4976852, abs=1e-7)
    assert found.within == pytest.approx(0.5370370, abs=1e-7)
    assert found.f == pytest.approx(7.1551724, abs=1e-7)
    assert found.r2 == pytest.approx(0.6414219, abs=1e-7)
    assert found.is_exact and found.n_permutations == 20
    assert found.p == pytest.approx(0.10)
    assert found.attainable_p == pytest.approx(0.10)


@pytest.mark.parametrize(
    "sizes, p", [((3, 3), 0.10), ((2, 3), 0.10), ((3, 4), 0.029), ((4, 4), 0.029), ((5, 5), 0.008)]
)
def test_smallest_attainable_p(sizes, p):
    assert con.attainable_p(sizes) == pytest.approx(p, abs=5e-4)


def test_attainable_p_of_many_groups_is_limited_by_the_draws():
    assert con.attainable_p((8, 8, 8), 1999) == pytest.approx(1 / 2000)
    assert con.attainable_p((2, 2, 2)) == pytest.approx(6 / 90)


def test_permanova_holds_its_level_and_has_power():
    rng = np.random.default_rng(7)
    groups = np.repeat([0, 1, 2], 6)
    noise = [
        con.permanova(con.jaccard_distances(rng.random((18, 20)) < 0.4), groups, 199, seed).p
        for seed in range(60)
    ]
    assert np.mean(np.array(noise) <= 0.05) <= 0.15
    shares = np.where(np.arange(20) % 3 == groups[:, None], 0.7, 0.15)
    assert (
        con.permanova(con.jaccard_distances(rng.random((18, 20)) < shares), groups, 199, 1).p
        <= 0.01
    )


def test_one_group_cannot_be_tested():
    with pytest.raises(ValueError, match="two groups"):
        con.permanova(con.jaccard_distances(SIX), ["a"] * 6)


def test_jaccard_leaves_out_what_was_not_asked():
    presence = np.array([[1, 0, np.nan, 1], [1, 1, 1, 0], [0, 0, 0, 0], [0, np.nan, 0, 0]])
    distances = con.jaccard_distances(presence)
    assert distances[0, 1] == pytest.approx(1 - 1 / 3)  # code 3 was not asked of the first
    assert distances[2, 3] == 0
    assert np.allclose(distances, distances.T) and np.allclose(np.diag(distances), 0)


@pytest.mark.parametrize(
    "k, n, k_rest, n_rest, expected",
    [
        (7, 10, 3, 18, 2.481510),
        (3, 9, 0, 19, 1.664766),
        (5, 9, 1, 19, 2.457729),
        (4, 4, 0, 8, 2.437106),
        (3, 4, 1, 8, 1.732410),
        (3, 5, 2, 15, 1.728852),
        (3, 3, 0, 9, 2.253770),
        (2, 4, 2, 8, 0.729093),
        (5, 6, 1, 6, 1.902852),
    ],
)
def test_zb(k, n, k_rest, n_rest, expected):
    assert float(con.zb(k, n, k_rest, n_rest)) == pytest.approx(expected, abs=1e-6)


def test_zb_without_a_rest_is_not_known():
    assert math.isnan(con.zb(3, 5, 0, 0))


@pytest.mark.parametrize(
    "prior, expected",
    [
        (15, (1.3964, -1.2783, -0.1050)),
        (10, (1.5696, -1.4398, -0.1191)),
        (1, (2.0625, -1.9349, -0.1712)),
    ],
)
def test_monroe_z(prior, expected):
    assert con.monroe_z([5, 1, 2], [1, 4, 2], prior) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    "k, n, low, high",
    [
        (4, 5, 0.3755, 0.9638),
        (3, 5, 0.2307, 0.8824),
        (5, 6, 0.4365, 0.9699),
        (3, 3, 0.4385, 1),
        (4, 4, 0.5101, 1),
        (2, 3, 0.2077, 0.9385),
        (3, 4, 0.3006, 0.9544),
        (7, 10, 0.3968, 0.8922),
        (0, 5, 0, 0.4345),
    ],
)
def test_wilson(k, n, low, high):
    assert tuple(map(float, wilson(k, n))) == pytest.approx((low, high), abs=5e-5)


def test_clustered_rate_worked_example():
    found = con.clustered_rate([5, 0, 1, 2, 0], [10, 4, 6, 8, 2])
    assert found.rate == pytest.approx(0.266667, abs=1e-6)
    assert found.se == pytest.approx(0.100308, abs=1e-6)
    assert found.design_effect == pytest.approx(1.543561, abs=1e-6)
    assert 30 / found.design_effect == pytest.approx(19.4356, abs=1e-4)
    assert found.n_effective == pytest.approx(9.685356, abs=1e-5)
    assert (found.low, found.high) == pytest.approx((0.088132, 0.577729), abs=1e-6)
    assert tuple(map(float, wilson(8, 30))) == pytest.approx((0.141827, 0.444480), abs=1e-6)


def test_clustered_rate_at_its_edges():
    nothing = con.clustered_rate([0] * 6, [5] * 6)
    assert (nothing.low, nothing.high) == pytest.approx(tuple(map(float, wilson(0, 6))))
    few = con.clustered_rate([1, 2], [4, 4])
    assert few.rate == pytest.approx(3 / 8) and math.isnan(few.low) and few.n_accounts == 2
    assert math.isnan(con.clustered_rate([], []).rate)
    assert (
        con.clustered_rate([0, 1], [0, 3]).n_accounts == 1
    )  # an account without trials says nothing


def test_clustered_rate_covers_the_truth_where_the_naive_interval_does_not():
    rng = np.random.default_rng(11)
    clustered = naive = 0
    for _ in range(150):
        share = rng.beta(0.2 * 17 / 3, 0.8 * 17 / 3, size=10)  # intraclass correlation .15
        trials = rng.integers(1, 5, 10) * rng.integers(2, 7, 10)
        events = rng.binomial(trials, share)
        found = con.clustered_rate(events, trials)
        clustered += found.low <= 0.2 <= found.high
        low, high = wilson(events.sum(), trials.sum())
        naive += low <= 0.2 <= high
    assert clustered / 150 >= 0.90 > naive / 150


@pytest.mark.parametrize(
    "then, now, fisher, up",
    [
        ((0, 6), (5, 6), 0.0152, 0.999),
        ((1, 6), (5, 6), 0.0801, 0.991),
        ((1, 5), (4, 5), 0.2063, 0.973),
        ((2, 8), (7, 8), 0.0406, 0.995),
        ((2, 10), (7, 10), 0.0698, 0.989),
    ],
)
def test_then_and_now(then, now, fisher, up):
    assert con.fisher_p(*then, *now) == pytest.approx(fisher, abs=5e-5)
    assert con.p_up(*then, *now) == pytest.approx(up, abs=5e-4)


@pytest.mark.parametrize(
    "n, moves",
    [
        (4, [(0, 4)]),
        (5, [(0, 4), (1, 5)]),
        (6, [(0, 5), (1, 6)]),
        (8, [(0, 5), (1, 6), (2, 7)]),
        (10, [(0, 5), (1, 7)]),
    ],
)
def test_smallest_moves_that_can_be_seen(n, moves):
    assert con.detectable_moves(n, n)[: len(moves)] == moves
    if n in (4, 5, 6):
        assert len(con.detectable_moves(n, n)) == len(moves)


def test_people_who_were_asked_nothing_in_common_pull_no_group_together():
    distances = con.jaccard_distances(
        np.array(
            [
                [1, 0, np.nan, np.nan],
                [1, 1, np.nan, np.nan],
                [np.nan, np.nan, 1, 0],
                [np.nan, np.nan, 0, 0],
            ]
        )
    )
    assert distances[0, 1] == 0.5 and distances[2, 3] == 1.0
    assert (
        distances[0, 2] == distances[1, 3] == 0.75 and (np.diag(distances) == 0).all()
    )  # the mean of what is known, not 0


def test_single_topics_that_groups_differ_in_and_noise():
    rng = np.random.default_rng(4)
    groups, noise = np.repeat(["a", "b", "c"], 30), rng.random((90, 30)) < 0.3
    p = con.topic_p(noise, groups, 199, seed=1)
    assert (p < 0.05).sum() <= 4 and con.holm(p).min() > 0.05
    planted = noise.copy()
    planted[:30, 7] = rng.random(30) < 0.9
    p = con.topic_p(np.where(rng.random(planted.shape) < 0.2, np.nan, planted), groups, 999, seed=1)
    assert np.flatnonzero(con.holm(p) < 0.05).tolist() == [7]


def test_holm():
    assert con.holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_adjusted_rand_of_the_literature():
    assert con.adjusted_rand([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx(0.5714286)
    assert con.adjusted_rand([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(-0.5)
    assert con.adjusted_rand(list("aabb"), [5, 5, 3, 3]) == 1.0


def test_nmf_split_finds_two_blocks():
    blocks = np.kron(np.eye(2), np.ones((6, 5)))
    people, codes = con.nmf_split(blocks, 2)
    assert con.adjusted_rand(people, np.repeat([0, 1], 6)) == 1.0
    assert con.adjusted_rand(codes.argmax(axis=1), np.repeat([0, 1], 5)) == 1.0


def test_shuffles_keep_the_sums_and_begin_with_what_was_observed():
    presence = np.array([[1, 0, np.nan], [1, 1, 0], [0, 1, 1], [0, np.nan, 1]])
    first, *rest = con.shuffled_counts(presence, np.array([0, 0, 1, 1]), 5, seed=2)
    assert first[0].tolist() == [[2, 1, 0], [0, 1, 2]]
    assert first[1].tolist() == [[2, 2, 1], [2, 1, 2]]
    assert len(rest) == 5
    for k, n, k_rest, n_rest in rest:
        assert (k + k_rest == [2, 2, 2]).all() and (n + n_rest == [4, 3, 3]).all()


counts = st.tuples(st.integers(0, 12), st.integers(1, 12)).map(lambda x: (min(x), max(x)))


@settings(max_examples=80, deadline=None)
@given(counts, counts)
def test_symmetries(then, now):
    assert float(con.zb(*then, *now)) == pytest.approx(-float(con.zb(*now, *then)))
    assert con.p_up(*then, *now) + con.p_up(*now, *then) == pytest.approx(1, abs=1e-6)
    assert con.fisher_p(*then, *now) == pytest.approx(con.fisher_p(*now, *then))
    low, high = wilson(*then)
    assert -1e-12 <= low - 1e-12 <= then[0] / then[1] <= high + 1e-12 <= 1 + 1e-11
