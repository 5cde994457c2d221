"""Two levels of tests, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from icplib.stats.families import two_level_q


def test_simes_inside_and_benjamini_hochberg_over_families():
    p, family = pd.Series([0.001, 0.5, 0.3, 0.4]), pd.Series(["a", "a", "b", "b"])
    # Simes: .002 and .4; over both .004 and .4; one of two passes, so inside counts twice
    assert two_level_q(p, family, 0.1).tolist() == pytest.approx([0.004, 1.0, 0.8, 0.8])


def test_one_family_of_one_test_keeps_its_p():
    assert two_level_q(pd.Series([0.03]), pd.Series(["a"]), 0.1).tolist() == pytest.approx([0.03])


def test_more_families_of_chance_make_a_finding_dearer():
    rng = np.random.default_rng(7)
    noise = pd.Series([0.004, *rng.uniform(0.2, 1, 30)])
    alone = two_level_q(noise[:1], pd.Series([0]), 0.1)[0]
    assert two_level_q(noise, pd.Series(range(31)), 0.1)[0] > 10 * alone
