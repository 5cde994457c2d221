"""The catalogue line by line."""

import pandas as pd

from icplib.patterns.sheet import CATALOGUE, sheet


def test_every_line_is_stated_denied_or_missing():
    attributes = pd.DataFrame(
        [("A1", "industry", "Industry", "does not separate", "")],
        columns=["mission_row", "attribute", "label", "outcome", "reason"],
    )
    found = pd.DataFrame(columns=["is_found", "attribute", "item", "direction", "verdict"])
    table = sheet(attributes, found.astype({"is_found": bool})).set_index("mission_row")
    assert list(table.index) == list(CATALOGUE)
    assert table.loc["A1", "statement"] == "Industry: does not separate the best"
    assert table.loc["A2", "statement"] == "not in the data"
