"""Every result has one shape."""

import numpy as np

from icplib.stats.estimate import Estimate


def test_columns_have_the_four_names_behind_a_prefix():
    assert list(Estimate(1.0, 0.5, 2.0, 9).columns("value_")) == [
        "value_estimate",
        "value_low",
        "value_high",
        "value_n",
    ]
    assert np.isnan(Estimate().low) and Estimate().n == 0
