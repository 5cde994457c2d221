"""Agreement against published values, and what must hold for any ratings."""

import math

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


# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", examples A, B, C.
BINARY = rows("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
LETTERS = rows("1 1 2 2 4 3 3 3 5 4 4 1", "2 1 2 2 2 3 3 3 5 4 4 4")
FOUR = rows(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
# Wikipedia, "Krippendorff's alpha".
THREE = rows(
    ". . . . . 3 4 1 2 1 1 3 3 . 3",
    "1 . 2 1 3 3 4 3 . . . . . . .",
    ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
)


@pytest.mark.parametrize(
    "ratings, level, expected",
    [
        (BINARY, "nominal", 2 / 21),
        (LETTERS, "nominal", 0.6919643),
        (FOUR, "nominal", 0.7434211),
        (FOUR, "ordinal", 0.8153875),
        (FOUR, "interval", 0.8491071),
        (FOUR, "ratio", 0.7974028),
        (THREE, "nominal", 0.6913580),
        (THREE, "interval", 0.8108449),
    ],
)
def test_alpha_of_the_literature(ratings, level, expected):
    assert ag.krippendorff_alpha(ratings, level) == pytest.approx(expected, abs=1e-6)


def test_alpha_refuses_an_unknown_level_and_says_when_it_cannot_be_estimated():
    with pytest.raises(ValueError, match="nominal, ordinal"):
        ag.krippendorff_alpha(FOUR, "cardinal")
    assert math.isnan(ag.krippendorff_alpha(np.ones((2, 5))))
    assert math.isnan(ag.krippendorff_alpha(np.full((2, 5), NAN)))


def test_alpha_bootstrap_over_units():
    found = ag.alpha_interval(FOUR, n_resamples=2000, seed=20)
    assert found.value == pytest.approx(0.7434211, abs=1e-6)
    assert found.low == pytest.approx(0.396, abs=0.03)
    assert found.high == pytest.approx(1.0, abs=0.03)


def test_chance_corrected_neighbours_of_the_four_coders():
    values = np.unique(FOUR[~np.isnan(FOUR)])
    found = ag.chance_corrected((FOUR.T[:, :, None] == values).sum(axis=1))
    assert found["ac1"] == pytest.approx(0.77544, abs=1e-5)
    assert found["fleiss_kappa"] == pytest.approx(0.76117, abs=1e-5)
    assert found["brennan_prediger"] == pytest.approx(0.77273, abs=1e-5)
    assert ag.conger_kappa(FOUR) == pytest.approx(0.76207, abs=1e-5)
    assert ag.gwet_ac1(FOUR) == pytest.approx(found["ac1"])


def test_fleiss_1971():
    table = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
    assert ag.chance_corrected(table)["fleiss_kappa"] == pytest.approx(0.2099307, abs=1e-6)


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
    counts = [[2, 0]] * 18 + [[1, 1]] * 2
    assert ag.chance_corrected(counts)["brennan_prediger"] == pytest.approx(0.8)
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
    assert pooled.alpha.value == pytest.approx(ag.krippendorff_alpha(presence.reshape(3, -1)))
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
    assert one.ac1.value == pytest.approx(ag.gwet_ac1(seen))


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
    elements=st.sampled_from([0.0, 1.0, 2.0, NAN]),
)


@settings(max_examples=60, deadline=None)
@given(ratings, st.randoms(use_true_random=False))
def test_alpha_does_not_care_who_coded_or_in_which_order(table, random):
    order = list(range(table.shape[1]))
    random.shuffle(order)
    original = ag.krippendorff_alpha(table)
    for other in (table[::-1], table[:, order], np.where(table == 2, 7.0, table)):
        assert ag.krippendorff_alpha(other) == pytest.approx(original, nan_ok=True)
    assert math.isnan(original) or original <= 1 + 1e-12


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(float, st.integers(2, 8), elements=st.sampled_from([0.0, 1.0, 2.0])))
def test_perfect_agreement_is_one_or_not_estimable(column):
    alpha = ag.krippendorff_alpha(np.stack([column, column, column]))
    assert math.isnan(alpha) if len(set(column)) == 1 else alpha == pytest.approx(1.0)
