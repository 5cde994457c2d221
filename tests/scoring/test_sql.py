"""The file for a CRM's own table: its columns, units and lists give the points of the card."""

from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest

from book_bed import bed, bed_card
from card_readers import assert_same, in_python
from crm_tables import HUBSPOT, SALESFORCE, crm_sql, crm_table
from icplib.scoring.handover import columns_of
from icplib.scoring.sql import Table, scorecard_sql


@pytest.mark.parametrize("columns", [SALESFORCE, HUBSPOT], ids=["salesforce", "hubspot"])
def test_the_crms_own_table_scores_as_ours(columns):
    con = duckdb.connect()
    con.register("accounts", crm_table(columns))
    rows = con.execute(crm_sql(columns, "duckdb")).df().set_index("account_id")
    rows = rows.loc[bed()["account_id"]]
    told = (rows["score"], rows["tier"], rows["is_knocked_out"].to_numpy(bool))
    assert_same(in_python(bed_card(), bed()), told)


def test_every_column_its_unit_and_the_separator_are_said():
    text = scorecard_sql(bed_card(), "postgres", Table(columns=SALESFORCE))
    head = [line for line in text.splitlines() if line.startswith("--")]
    assert head[0] == f"-- Scorecard of {bed_card().about}, in PostgreSQL."
    assert all(f'"{column}"' in " ".join(head) for column in SALESFORCE.names.values())
    assert "Whole percent, divided by 100 here: growth_rate" in text and "semicolons" in text


@pytest.mark.parametrize(
    ("preset", "percents"), [("salesforce", {"growth_rate"}), ("hubspot", set())]
)
def test_columns_and_units_are_known_from_the_preset(preset, percents):
    read = pd.DataFrame({"source": "accounts", "column": ["Employees"], "maps_to": ["n_employees"]})
    kinds = pd.DataFrame({"attribute": ["growth_rate"], "kind": ["rate"]})
    tables = {"01_columns": read, "01_attributes": kinds}
    score = SimpleNamespace(sql_columns={"industry": "Branch"})
    wb = SimpleNamespace(read=tables.get, settings=SimpleNamespace(score=score, preset=preset))
    found = columns_of(SimpleNamespace(wb=wb, card=bed_card()))
    assert found.names["n_employees"] == "Employees" and found.names["industry"] == "Branch"
    assert found.percents == percents
