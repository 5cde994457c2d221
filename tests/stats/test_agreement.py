"""Agreement against published values, and what must hold for any ratings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from icplib.stats import agreement as ag

NAN = float("nan")


def rows(*texts):
    """Coders' ratings written as in the literature: one text a coder, a dot for missing."""
    return np.array([[NAN if c == "." else float(c) for c in t.split()] for t in texts])


# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example A.
BINARY = rows("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")


def alpha_of(ratings):
    """Krippendorff's alpha of ratings 0, 1, nan (coders, units), pair by pair."""
    pairs = [
        (a, b, 1 / (len(unit) - 1))
        for unit in (column[~np.isnan(column)] for column in ratings.T)
        for i, a in enumerate(unit)
        for j, b in enumerate(unit)
        if i != j
    ]
    n, ones = sum(w for *_, w in pairs), sum(w for a, _, w in pairs if a)
    apart, chance = sum(w for a, b, w in pairs if a != b), 2 * ones * (n - ones)
    return 1 - (n - 1) * apart / chance if chance else NAN


def ac1_of(ratings):
    """Gwet's AC1 of two coders, shares over every judged unit."""
    twice = ~np.isnan(ratings).any(axis=0)
    observed = (ratings[0, twice] == ratings[1, twice]).mean()
    share = np.nanmean(np.nanmean(ratings, axis=0))
    return (observed - 2 * share * (1 - share)) / (1 - 2 * share * (1 - share))


def alpha(ratings):
    """The library's alpha of one code."""
    return ag.presence_agreement(ratings[:, :, None], n_resamples=20)[0].alpha.value


def test_alpha_of_the_literature():
    assert alpha(BINARY) == pytest.approx(2 / 21) == alpha_of(BINARY)


@pytest.mark.parametrize(
    "table, expected",
    [
        ([[20, 5], [10, 15]], 0.4000),
        ([[45, 15], [25, 15]], 0.1304348),
        ([[25, 35], [5, 35]], 0.2592593),
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.6764706),
    ],
)
def test_cohen_kappa_of_the_literature(table, expected):
    assert ag.cohen_kappa(table).value == pytest.approx(expected, abs=1e-6)


def test_cohen_kappa_interval_of_fleiss_cohen_everitt():
    found = ag.cohen_kappa([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    assert (found.low, found.high) == pytest.approx((0.5045760, 0.8483652), abs=1e-6)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(0.0877030, abs=1e-6)


def test_qualcoder_prints_another_number_for_the_same_codings():
    """1000 characters, 100 and 120 coded, 80 of them by both.

    QualCoder's formula is not Cohen's.
    """
    both, a, b, total = 80, 100, 120, 1000
    either = a + b - both
    by_chance = (a / either) * (b / either) * (either - a) / either * (either - b) / either
    assert (both / either - by_chance) / (1 - by_chance) == pytest.approx(0.5604, abs=1e-4)
    table = [[both, a - both], [b - both, total - either]]
    assert ag.cohen_kappa(table).value == pytest.approx(0.6939, abs=1e-4)


def pair(both, first, second, neither):
    """Two coders, one code: presence of shape (2, interviews, 1)."""
    cells = [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second + [(0, 0)] * neither
    return np.array(cells, dtype=float).T[:, :, None]


def test_prevalence_paradox():
    [rare] = ag.presence_agreement(pair(18, 1, 1, 0), n_resamples=200)
    assert rare.agreement.value == pytest.approx(0.90)
    assert rare.alpha.value == pytest.approx(-0.0263158, abs=1e-6)
    assert rare.ac1.value == pytest.approx(0.8895, abs=1e-4)
    [balanced] = ag.presence_agreement(pair(9, 1, 1, 9), n_resamples=200)
    assert balanced.agreement.value == pytest.approx(0.90)
    assert balanced.alpha.value == pytest.approx(0.805, abs=1e-6)


def test_presence_counts_and_positive_agreement():
    [found] = ag.presence_agreement(pair(6, 2, 1, 11), n_resamples=300, seed=3)
    assert (found.both, found.first_only, found.second_only, found.neither) == (6, 2, 1, 11)
    assert (found.n_interviews, found.n_positive) == (20, 9)
    assert found.positive.value == pytest.approx(12 / 15)
    assert found.base_rate == pytest.approx((8 + 7) / 40)
    assert found.alpha.low < found.alpha.value < found.alpha.high
    assert found.positive.low < 0.8 < found.positive.high


def test_presence_ignores_what_only_one_coder_judged():
    presence = pair(6, 2, 1, 11)
    alone = np.array([[1.0] * 5, [NAN] * 5])[:, :, None]
    [with_alone] = ag.presence_agreement(np.concatenate([presence, alone], axis=1), n_resamples=50)
    [without] = ag.presence_agreement(presence, n_resamples=50)
    assert with_alone.alpha.value == pytest.approx(without.alpha.value)
    assert with_alone.n_interviews == without.n_interviews
    assert with_alone.agreement.value == pytest.approx(without.agreement.value)


def test_a_pool_is_alpha_over_all_cells_and_rests_on_interviews():
    rng = np.random.default_rng(5)
    truth = rng.random((12, 4)) < 0.4
    presence = np.stack(
        [np.where(rng.random(truth.shape) < 0.15, ~truth, truth) for _ in range(3)]
    ).astype(float)
    presence[2, :6] = NAN  # the third coder read half of the interviews
    [pooled] = ag.presence_agreement(presence, pools=[range(4)], n_resamples=400)
    assert pooled.alpha.value == pytest.approx(alpha_of(presence.reshape(3, -1)))
    assert pooled.n_interviews == 12
    assert (
        pooled.both + pooled.first_only + pooled.second_only + pooled.neither == 6 * 4 + 6 * 4 * 3
    )


def test_draws_that_cannot_be_estimated_are_dropped_and_counted():
    [rare] = ag.presence_agreement(pair(0, 1, 0, 5), n_resamples=500, seed=1)
    assert (
        0 < rare.alpha.n_dropped < 500
    )  # the one positive interview is missing from a third of the draws
    assert rare.ac1.n_dropped == 0


def test_partial_double_coding_gives_the_reference_ac1():
    """Category shares use every judged unit, as Gwet's AC1 does, not only those judged twice."""
    seen = np.array([[1, 1, 0, 0, 1, 0, 0, 0, 1, 1], [1, 0, 0, 0, 1, *[np.nan] * 5]], dtype=float)
    [one] = ag.presence_agreement(seen[:, :, None], n_resamples=50)
    assert one.ac1.value == pytest.approx(ac1_of(seen))


@pytest.mark.parametrize("n", [6, 10, 40])
def test_nobody_disagreed_is_no_certainty(n):
    """The bound without a disagreement is Bayesian: it nears 1 with more interviews."""
    [one] = ag.presence_agreement(pair(n // 2, 0, 0, n - n // 2), n_resamples=50)
    assert one.alpha.value == one.alpha.high == 1 > one.alpha.low
    assert (one.alpha.low >= 0.8) == (n == 40)
    assert one.agreement.low < 1 and one.ac1.low < 1 and one.positive.low < 1


def test_landis_koch_words():
    words = [ag.landis_koch(k) for k in (-0.1, 0.1, 0.2, 0.21, 0.5, 0.7, 0.9, NAN)]
    assert words == [
        "poor",
        "slight",
        "slight",
        "fair",
        "moderate",
        "substantial",
        "almost perfect",
        "not estimable",
    ]


ratings = hnp.arrays(
    float,
    st.tuples(st.integers(2, 4), st.integers(2, 8)),
    elements=st.sampled_from([0.0, 1.0, NAN]),
)


@settings(max_examples=60, deadline=None)
@given(ratings, st.randoms(use_true_random=False))
def test_alpha_does_not_care_who_coded_or_in_which_order(table, random):
    order = list(range(table.shape[1]))
    random.shuffle(order)
    original = alpha(table)
    assert original == pytest.approx(alpha_of(table), nan_ok=True)
    for other in (table[::-1], table[:, order], 1 - table):
        assert alpha(other) == pytest.approx(original, nan_ok=True)
