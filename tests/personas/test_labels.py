"""Labels of statements: the counts of the methods page, and the bar of a study."""

import numpy as np
import pytest

from icplib.personas import labels
from icplib.stats.contrasts import chance_of_standing_out


@pytest.mark.parametrize(
    "label, counts",
    [
        ("High", [(4, 4), (5, 6), (6, 7), (6, 8), (8, 10)]),
        ("Medium", [(3, 3), (3, 4), (4, 5), (4, 6), (5, 7), (7, 10)]),
        ("Low", [(2, 3), (3, 5), (2, 2)]),
        ("", [(1, 1), (0, 4), (2, 8)]),
    ],
)
def test_typical_labels_of_the_methods_page(label, counts):
    assert {labels.typical_label(k, n) for k, n in counts} == {label}


def test_distinctive_labels():
    assert labels.distinctive_label(4, 4, 0, 8) == "High"  # zb 2.44
    assert labels.distinctive_label(3, 4, 1, 8) == "Medium"  # zb 1.73
    assert labels.distinctive_label(2, 4, 2, 8) == ""  # zb .73
    assert labels.distinctive_label(2, 2, 0, 8) == "Low"  # two people are never more than Low
    assert labels.distinctive_label(3, 9, 0, 19) == ""  # a third of the role is not half of it
    assert labels.distinctive_label(3, 9, 0, 19, min_share=0) == "Medium"


def test_the_bar_lies_higher_where_chance_or_noisy_coders_would_print_it():
    quiet, loud = labels.Bar(0.2), labels.Bar(0.6)
    noisy = labels.Bar(0.2, is_noisy=True)
    label = labels.distinctive_label
    assert label(3, 4, 1, 8, quiet) == "Medium" and label(3, 4, 1, 8, loud) == "Low"
    assert label(4, 4, 2, 8, quiet) == "Low"  # a quarter of the others say it, too
    assert label(3, 5, 0, 7, quiet) == "Low"  # of five people, three are too few
    assert label(4, 4, 0, 8, loud) == "High" and label(4, 4, 0, 8, noisy) == "Medium"
    assert label(3, 4, 0, 8, noisy) == "Low"


def test_chance_of_standing_out_is_what_shuffles_show():
    """Exact against 4,000 random draws of who belongs to the role."""
    rng = np.random.default_rng(0)
    said = np.array([1] * 4 + [0] * 8)
    hits = [
        labels.distinctive_label(said[order[:4]].sum(), 4, said[order[4:]].sum(), 8)
        in ("High", "Medium")
        for order in (rng.permutation(12) for _ in range(4000))
    ]
    assert chance_of_standing_out(4, 12, 4) == pytest.approx(np.mean(hits), abs=0.012)
