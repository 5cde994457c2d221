"""What is said of a column beats what its cells show."""

from types import SimpleNamespace

from icplib.exports.values.reading import Reading, column_reading

SPEC = SimpleNamespace(
    percent=("growth_rate",),
    shares=("Share",),
    thousands=("Revenue",),
    millions=(),
    zero_is_missing=("n",),
)
REPORT = SimpleNamespace(percent=("Growth", "Margin"))


def test_a_declared_scale_beats_the_form_of_the_cells():
    scale = {
        header: column_reading(Reading(), SPEC, REPORT, column, header).scale
        for column, header in (
            ("growth_rate", "Growth"),
            ("x", "Share"),
            ("y", "Margin"),
            ("z", "Z"),
        )
    }
    assert scale == {"Growth": "percent", "Share": "share", "Margin": "share", "Z": None}


def test_numbers_in_thousands_are_multiplied_and_said():
    reading = column_reading(Reading(kind="number"), SPEC, REPORT, "x", "Revenue")
    assert reading.times == 1000 and reading.said == "number, times 1,000"


def test_zeros_are_unknown_where_that_is_declared():
    assert column_reading(Reading(), SPEC, REPORT, "n", "N").zero_is_missing
