"""Who may change places with whom: start strata stay, families move together."""

import numpy as np

from icplib.stats.design import Design, folds_of
from icplib.stats.groups import Attribute
from icplib.stats.rules import honest_precision
from icplib.stats.scan import Choice, scan_both


def test_permuted_customers_stay_in_their_start_stratum():
    start = np.repeat([1.0, 2.0, 3.0], 40)
    design = Design(np.arange(120), start)
    score = np.arange(120.0)[None]
    for _, drawn in design.draws(score, 20, 1):
        for s in (1, 2, 3):
            inside = np.sort(drawn[0][start == s], axis=0)
            assert (inside == score[0, start == s][:, None]).all()


def test_families_change_their_sign_together_around_the_mean_of_their_stratum():
    design = Design(np.arange(60) // 3, np.zeros(60))
    score = np.random.default_rng(1).normal(size=60)
    _, drawn = next(design.draws(score[None], 8, 1))
    scale = np.sqrt(20 / 19)
    turned = (drawn[0] - score.mean()) / ((score - score.mean()) * scale)[:, None]
    assert np.allclose(np.abs(turned), 1, atol=1e-4)
    assert (np.sign(turned).reshape(20, 3, 8).std(axis=1) == 0).all()


def null_families(n, rng, own=0.2):
    unit = np.arange(n) // 3
    level = rng.integers(0, 4, unit.max() + 1)[unit]
    family = rng.normal(size=unit.max() + 1)[unit]
    value = np.sqrt(1 - own) * family + np.sqrt(own) * rng.normal(size=n)
    return Attribute("level", "nominal", level.astype(str).astype(object)), value, unit


def test_related_accounts_are_no_finds():
    """Families of three under no truth: free permutation finds half, the design near its level."""
    rng, free, kept = np.random.default_rng(5), 0, 0
    for seed in range(40):
        attribute, value, unit = null_families(120, rng)
        flag = value >= np.quantile(value, 0.8)
        design = Design(unit, np.zeros(120))
        choice = Choice(99, 0.10, seed)
        for one in (None, design):
            hit = any(s.found for s in scan_both([attribute], flag, value, choice, one))
            free, kept = free + (hit and one is None), kept + (hit and one is not None)
    assert free >= 12 and kept <= 9  # binomial limit of .10 at 40


def test_a_field_of_the_start_date_is_no_find_where_value_goes_with_it():
    rng, found = np.random.default_rng(6), 0
    for seed in range(30):
        start = rng.random(150)
        value = start + 0.3 * rng.normal(size=150)
        era = Attribute("era", "nominal", np.where(start < 0.5, "old", "new").astype(object))
        flag = value >= np.quantile(value, 0.8)
        design = Design(np.arange(150), start)
        scans = scan_both([era], flag, value, Choice(99, 0.10, seed), design)
        found += any(s.found for s in scans)
    assert found <= 7


def test_folds_keep_families_and_spread_the_best():
    rng = np.random.default_rng(2)
    unit, flag = np.arange(90) // 3, np.arange(90) % 9 == 0
    fold = folds_of(flag, 5, rng, unit)
    assert all(len(set(fold[unit == u])) == 1 for u in np.unique(unit))
    assert np.bincount(fold[flag], minlength=5).tolist() == [2] * 5
    assert np.ptp(np.bincount(fold)) <= 3


def test_a_large_table_is_sampled_in_proportion_and_by_family():
    flag = np.arange(3000) % 5 == 0
    design = Design(np.arange(3000) // 2, np.random.default_rng(1).random(3000))
    rows = design.sample(flag, 7, size=600)
    assert abs(len(rows) - 600) <= 4 and abs(flag[rows].mean() - 0.2) < 0.02
    assert (np.bincount(rows // 2)[np.unique(rows // 2)] == 2).all()
    assert (design.sample(flag, 7, size=600) == rows).all()
    assert len(design.sample(flag, 7, size=3000)) == 3000


def test_raised_and_lowered_share_one_level():
    rng = np.random.default_rng(3)
    attributes = [Attribute(f"a{i}", "numeric", rng.normal(size=80)) for i in range(4)]
    flag = rng.random(80) < 0.2
    up, down = scan_both(attributes, flag, None, Choice(99))
    assert up.n_tested == down.n_tested == 8
    p = np.array([a.p for a in (*up.attributes, *down.attributes)])
    q = np.array([a.q for a in (*up.attributes, *down.attributes)])
    assert np.isclose(q.min(), min(1, (np.sort(p) * 8 / np.arange(1, 9)).min()))


def test_the_weight_of_the_apparent_precision_grows_with_n():
    small, large = (honest_precision(60, 100, 0.4, n) for n in (100, 2000))
    assert 0.4 < small.estimate < large.estimate < 0.6
    assert honest_precision(60, 100, 0.4, 300, 30).low < honest_precision(60, 100, 0.4, 300).low
