"""Readers of one scorecard: Python, DuckDB, the Salesforce formula."""

import duckdb
import numpy as np
import pandas as pd

from icplib.scoring import salesforce
from icplib.scoring.companies import score_companies
from icplib.scoring.scorecard import points
from icplib.scoring.sql import Table, scorecard_sql
from salesforce_evaluator import Picklist, evaluate


def in_python(card, table):
    told = score_companies(card, table)
    assert list(told["score"]) == list(points(card, table))
    return told["score"].to_numpy(), told["tier"].to_numpy(), (told["knock_out"] != "").to_numpy()


def in_duckdb(card, table, sets_as_text):
    con = duckdb.connect()
    given = table.assign(
        tech_stack=[as_text(s) if sets_as_text else s for s in table["tech_stack"]]
    )
    con.execute(
        "CREATE TABLE accounts (account_id VARCHAR, n_employees DOUBLE, growth_rate DOUBLE,"
        f" industry VARCHAR, tech_stack {'VARCHAR' if sets_as_text else 'VARCHAR[]'})"
    )
    rows = [[or_none(v) for v in row] for row in given.itertuples(index=False)]
    con.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?, ?)", rows)
    out = (
        con.execute(scorecard_sql(card, "duckdb", Table(sets_as_text=sets_as_text)))
        .df()
        .set_index("account_id")
        .loc[table["account_id"]]
    )
    return out["score"].to_numpy(), out["tier"].to_numpy(), out["is_knocked_out"].to_numpy(bool)


def as_text(members):
    return None if members is None else ";".join(members) or "(none)"


def or_none(value):
    if isinstance(value, (tuple, list)):
        return list(value)
    return (
        None
        if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))
        else value
    )


def in_salesforce(card, table, as_zeroes=False):
    """Read by the formulas, with blank numbers left blank or treated as zeroes."""
    made, fields = salesforce.build(card), salesforce.fields_of(card)
    score, tier, out = [], [], []
    for row in table.to_dict("records"):
        record = {"ICP_Score__c": None}
        for attribute, (name, kind) in fields.items():
            value = or_none(row.get(attribute))
            if kind == "picklist" and value is not None:
                value = Picklist(value) if value else None
            if kind == "multipicklist" and value is not None:
                value = tuple(value) or (salesforce.NONE_VALUE,)
            if as_zeroes and kind in ("number", "currency") and value is None:
                value = 0.0
            record[name] = value
        for formula in made.formulas:
            record[formula.name] = evaluate(formula.text, record)
        score.append(int(record["ICP_Score__c"]))
        tier.append(record["ICP_Tier__c"])
        out.append(bool(record.get("ICP_Knock_Out__c", False)))
    return np.array(score), np.array(tier), np.array(out)


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        assert list(a) == list(b)
