"""What a spreadsheet would run is disarmed in the list's own cells, too."""

import pandas as pd
import pyarrow as pa

from icplib.scoring.stream import Tally, disarmed


def test_cells_that_begin_with_a_sign_get_an_apostrophe():
    cells = pa.chunked_array([["=1+1", "+41 44", "-5 x", "@me", "plain", None]])
    assert disarmed(cells).to_pylist() == ["'=1+1", "'+41 44", "'-5 x", "'@me", "plain", None]
    numbers = pa.chunked_array([[-1, 2]])
    assert disarmed(numbers) is numbers


def test_tiers_are_counted_of_companies_that_can_be_pursued():
    told = pd.DataFrame(
        {
            "score": [70, 70, 10],
            "tier": ["A", "A", "out"],
            "state": ["scored", "already a customer", "out"],
            "duplicate_of": ["", "row 1", ""],
        }
    )
    tally = Tally()
    tally.add(told, pd.Series(["x", "y", "z"]))
    assert tally.tiers == {"A": 1} and tally.n == 3 and tally.n_duplicates == 1
    assert list(tally.preview["company"]) == ["x", "y", "z"]
