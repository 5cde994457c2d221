"""The scan, its conditions and ranges.

Published adjustment, invariances, planted truth, two routes to one p.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import hypergeom

from benchmarks import testbed
from icplib.conditions import Condition
from icplib.stats import conditions
from icplib.stats.conditions import found_items
from icplib.stats.groups import Attribute, code, cut_points
from icplib.stats.ranges import best_run, log_likelihood_ratio, roundness
from icplib.stats.scan import Choice, benjamini_hochberg, hybrid_score, normal_scores, scan_both

BH_1995 = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]


def scan(attributes, flag, value=None, permutations=999, seed=0):
    """Upwards."""
    return scan_both(attributes, flag, value, Choice(permutations, seed=seed))[0]


def objects(values):
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def test_benjamini_hochberg_1995():
    q = benjamini_hochberg(BH_1995)
    assert np.allclose(q[:5], [0.0015, 0.003, 0.0095, 0.035625, 0.0603])
    assert (q <= 0.05).sum() == 4


def test_an_unknown_p_does_not_make_the_others_unknown():
    assert np.isnan(benjamini_hochberg([0.01, np.nan, 0.5])[1])
    assert np.allclose(benjamini_hochberg([0.01, np.nan, 0.5])[[0, 2]], [0.02, 0.5])


def test_normal_scores_are_blom_with_mid_ranks():
    assert np.allclose(normal_scores([1, 2, 3]), [-0.8694, 0, 0.8694], atol=1e-3)
    tied = normal_scores([1, 2, 2, 5, np.nan])
    assert tied[1] == tied[2] and np.isnan(tied[4])
    assert np.isclose(hybrid_score([True, False, False, True], [4, 1, 2, 9]).std(), 1)


def test_bins_hold_observed_values_and_zeros_stay_apart():
    values = np.concatenate([np.zeros(60), np.random.default_rng(1).lognormal(size=140)])
    coded = code(Attribute("spend", "numeric", values))
    assert coded.labels[0] == (0.0, 0.0) and coded.n_in_cell[0] == 60
    assert len(coded.labels) <= 21 and coded.n_in_cell.sum() == 200
    assert np.array_equal(cut_points(np.array([1.0, 1, 2, 5, 5])), [1, 2])


def test_small_levels_are_pooled_and_identifiers_refused():
    levels = objects(["a"] * 20 + ["b"] * 20 + ["c"] * 3 + [None] * 5)
    coded = code(Attribute("level", "nominal", levels))
    assert coded.labels == ("a", "b", "other") and coded.n_known == 43
    assert {coded.labels[s] for s in coded.start} == {"a", "b"}
    assert (
        "identifier"
        in code(Attribute("id", "nominal", objects([f"x{i}" for i in range(90)]))).refused
    )
    with pytest.raises(ValueError, match="not among its ordered levels"):
        code(Attribute("stage", "ordinal", objects(["low", "huge"]), ("low", "high")))


def test_a_set_knows_empty_from_unknown():
    stack = objects([("A", "B"), (), None, ("B",)] * 5)
    coded = code(Attribute("stack", "set", stack))
    assert coded.n_known == 15 and coded.labels == ("A", "B") and list(coded.n_in_cell) == [5, 10]
    has_a = Condition(attribute="stack", op="contains", values=("A",))
    met, known = conditions.met_of(has_a, Attribute("stack", "set", stack))
    assert met.sum() == 5 and known.sum() == 15


def test_p_does_not_depend_on_the_other_attributes():
    sample = testbed.generate(200, 5)
    together = scan(sample.attributes, sample.flag, sample.value, permutations=199)["growth"]
    alone = scan([sample.by_name["growth"]], sample.flag, sample.value, permutations=199)["growth"]
    assert np.allclose(together.z_flag, alone.z_flag) and np.allclose(
        together.z_value, alone.z_value
    )
    assert alone.p == pytest.approx(together.p, abs=0.01)
    in_percent = Attribute("growth", "numeric", 100 * sample.by_name["growth"].values)
    assert alone.p == scan([in_percent], sample.flag, sample.value, permutations=199)["growth"].p
    assert (
        alone.p
        == scan([sample.by_name["growth"]], sample.flag, np.log(sample.value), permutations=199)[
            "growth"
        ].p
    )


def test_equal_counts_are_ties_and_p_is_that_of_the_hypergeometric_law():
    flag = np.arange(60) < 12
    level = objects(["A"] * 9 + ["B"] * 3 + ["A"] * 21 + ["B"] * 27)
    p = scan([Attribute("level", "nominal", level)], flag, permutations=9999)["level"].p
    exact = hypergeom.sf(8, 60, 12, 30) + hypergeom.cdf(3, 60, 12, 30)
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 9999))


def test_down_is_up_with_the_sign_turned():
    sample = testbed.generate(150, 6)
    _, down = scan_both(sample.attributes[:4], sample.flag, sample.value, Choice(99))
    up, _ = scan_both(sample.attributes[:4], ~sample.flag, -sample.value, Choice(99))
    for a, b in zip(down.attributes, up.attributes, strict=True):
        assert np.allclose(a.z, b.z) and a.p == pytest.approx(b.p, abs=0.04)


def test_planted_conditions_are_found_and_noise_is_not():
    """Four samples of 400: nearly all of the six planted conditions, hardly any noise item."""
    recall, noise = [], []
    for seed in range(4):
        sample = testbed.generate(400, 9000 + seed)
        found = scan(sample.attributes, sample.flag, sample.value, seed=seed)
        got = [i.condition for i in found_items(found, sample.flag, sample.value)]
        recall.append(len(testbed.planted_found(got)) / 6)
        noise += [role == "noise" for c in got for _, role in testbed.role(c)]
    assert np.mean(recall) >= 0.7 and np.mean(noise) <= 0.15


def test_the_noise_twin_yields_nothing_worth_mentioning():
    finds = sum(
        bool(scan(s.attributes, s.flag, s.value, permutations=499, seed=7).found)
        for s in (testbed.generate(200, 7000 + i, "null") for i in range(12))
    )
    assert finds <= 4  # nominal .10; five or more of twelve would happen once in 250 times


def test_exclusive_members_are_united_and_others_stay_apart():
    rng = np.random.default_rng(3)
    cloud, crm = (
        rng.choice(["AWS", "Azure", "none"], 400, p=[0.3, 0.25, 0.45]),
        rng.random(400) < 0.5,
    )
    stack = objects(
        [
            tuple(m for m in (c, "CRM" if k else "") if m and m != "none")
            for c, k in zip(cloud, crm, strict=True)
        ]
    )
    value = 1.5 * (cloud != "none") + 1.2 * crm + rng.standard_normal(400)
    flag = value >= np.quantile(value, 0.8)
    items = found_items(scan([Attribute("stack", "set", stack)], flag, value), flag, value)
    assert {frozenset(i.condition.values) for i in items} == {
        frozenset({"AWS", "Azure"}),
        frozenset({"CRM"}),
    }


def test_ordered_levels_are_found_as_a_run():
    rng = np.random.default_rng(4)
    levels = ("seed", "A", "B", "C", "public")
    rank = rng.integers(0, 5, 400)
    value = 1.2 * ((rank == 2) | (rank == 3)) + rng.standard_normal(400)
    flag = value >= np.quantile(value, 0.8)
    attribute = Attribute("funding", "ordinal", objects([levels[r] for r in rank]), levels)
    (item,) = found_items(scan([attribute], flag, value), flag, value)
    assert item.condition.op == "in" and item.condition.values == ("B", "C")


def test_a_planted_range_is_found_with_round_ends_inside_its_support():
    sample = testbed.generate(1000, 11)
    found = scan([sample.by_name["employees"], sample.by_name["growth"]], sample.flag, sample.value)
    items = {i.attribute: i.condition for i in found_items(found, sample.flag, sample.value)}
    employees = items["employees"]
    assert (employees.low, employees.high) == (200, 1500)
    assert (
        employees.low_support[0] <= 200 <= employees.low_support[1]
        and employees.high_support[0] <= 1500 <= employees.high_support[1]
    )
    assert items["growth"].low == pytest.approx(0.30) and items["growth"].high is None
    assert list(roundness([200, 1500, 250, 35, 37, 1234])) == [0, 1, 1, 2, 3, 6]


def test_one_attribute_alone_that_only_the_flag_finds_is_stated():
    for seed in range(6):
        sample = testbed.generate(400, 9100 + seed, "tail")
        for name in ("employees", "revenue"):
            found = scan([sample.by_name[name]], sample.flag, sample.value, permutations=199)
            assert len(found_items(found, sample.flag, sample.value)) == len(found.found)


def test_of_the_supported_runs_the_one_that_gains_most_is_stated():
    sample = testbed.generate(150, 15)
    for name in ("employees", "revenue", "growth"):
        scanned = scan([sample.by_name[name]], sample.flag, sample.value, permutations=19)[name]
        scanned = replace(scanned, z_flag=np.full(len(scanned.z), -9.0))  # by the value
        got, largest = best_run(scanned)
        gain, n = (
            scanned.z_value
            * np.sqrt(
                scanned.coded.n_in_group * (scanned.coded.n_known - scanned.coded.n_in_group)
            ),
            scanned.z_value**2 / 2,
        )
        supported = (n >= n[scanned.z_value > 0].max() - 3.0) & (scanned.z_value > 0)
        assert (
            supported[got]
            and gain[got] == gain[supported].max()
            and largest == n[scanned.z_value > 0].max()
        )


def test_flag_alone_is_enough():
    sample = testbed.generate(800, 12)
    found = scan(sample.attributes[:5], sample.flag)
    assert {i.attribute for i in found_items(found, sample.flag)} >= {"employees", "stack"}
    assert len(conditions.tested_counts(found, sample.flag)) > 10
    assert log_likelihood_ratio(5, 10, 10, 40) > 0 == log_likelihood_ratio(2, 10, 10, 40)


def test_a_search_does_not_pass_for_spread_of_true_lifts():
    for truth, low, high in (("null", 0, 0.03), ("shift", 0.03, 0.3)):
        sample = testbed.generate(600, 14, truth)
        numbers = [a for a in sample.attributes if a.kind == "numeric"]
        for attributes in (sample.attributes, numbers):
            found = scan(attributes, sample.flag, sample.value, permutations=19)
            assert low <= conditions.true_spread(found, sample.flag) <= high


def test_refuses_a_value_with_holes():
    with pytest.raises(ValueError, match="leave them out"):
        scan([Attribute("x", "numeric", np.arange(30.0))], np.arange(30) > 20, np.full(30, np.nan))


@pytest.fixture(scope="module")
def measured():
    """60 samples a cell of what `python -m benchmarks.truth` prints."""
    from benchmarks import truth

    return truth.summary(
        truth.run([100, 300, 1000], ["shift", "tail", "null"], 60, 5_000_000, rules=False)
    )


@pytest.mark.slow
def test_targets_on_the_test_bed(measured):
    """Targets 1-3 of the methods page; proportions and means with their sampling error."""
    assert (measured.loc["any", "null"] <= 0.10 + 2 * np.sqrt(0.1 * 0.9 / 60)).all()
    assert measured.loc["lift_coverage", ["shift", "tail"]].between(0.93, 0.97).all()
    assert (measured.loc["fcr_coverage", ("shift", [300, 1000])] >= 0.93 - 0.025).all()
    assert (
        (measured.loc["shrunken_lift_over_truth", "shift"] - 1).abs()
        <= [0.05 + 0.06, 0.05 + 0.03, 0.05]
    ).all()
    assert (measured.loc["fdr", ["shift", "tail"]] <= 0.10 + 0.03).all()
    assert (measured.loc["driver_fdr_or_proxy", ("shift", [300, 1000])] <= 0.10 + 0.03).all()
    assert (measured.loc["recall", "shift"].to_numpy() >= [0.20 - 0.05, 0.70 - 0.04, 0.95]).all()
    assert (measured.loc["recall", ("tail", [300, 1000])].to_numpy() >= [0.40 - 0.05, 0.80]).all()
    assert (measured.loc["jaccard", "shift"].to_numpy() >= [0.72 - 0.03, 0.85, 0.90]).all()
    assert (measured.loc["end_in_support", "shift"] >= 0.93).all()
