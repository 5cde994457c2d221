"""What is said of a column beats what its cells show."""

from types import SimpleNamespace

from icplib.exports.values import Reading
from icplib.gather import readings

SPEC = SimpleNamespace(percent=("growth_rate",), shares=("Share",), zero_is_missing=("n",))
REPORT = SimpleNamespace(percent=("Growth", "Margin"))


def test_a_declared_scale_beats_the_form_of_the_cells():
    scale = {
        header: readings.column_reading(Reading(), SPEC, REPORT, column, header).scale
        for column, header in (
            ("growth_rate", "Growth"),
            ("x", "Share"),
            ("y", "Margin"),
            ("z", "Z"),
        )
    }
    assert scale == {"Growth": "percent", "Share": "share", "Margin": "share", "Z": None}


def test_zeros_are_unknown_where_that_is_declared():
    assert readings.column_reading(Reading(), SPEC, REPORT, "n", "N").zero_is_missing
