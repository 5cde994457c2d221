"""Rows about companies are matched by id, domain and name, and every loss is counted."""

import datetime as dt
from types import SimpleNamespace

import duckdb
import pandas as pd

from icplib.exports.alike import clean_name
from icplib.exports.ledger import Ledger
from icplib.gather.companies import match_verdicts
from icplib.tables import artefact

OUT = pd.DataFrame(
    {
        "account_id": ["1", "2", "3"],
        "account_name": ["Acme Inc.", "Bolt GmbH", "Cargo"],
        "domain": ["acme.example", "bolt.example", None],
        "source": "accounts",
    }
)
SAID = (
    ("1", None, None, "Accepted", None, None),
    (None, None, "www.bolt.example", " refused", "no budget", None),
    (None, "Cargo Ltd", None, "rejected", None, None),
    ("9", "Nobody", None, "accepted", None, None),
    ("3", None, None, "perhaps", None, None),
    ("2", None, None, "accepted", None, dt.date(2026, 10, 5)),
    ("2", None, None, None, None, None),
)


def test_verdicts_are_matched_read_and_counted():
    names = ["account_id", "account_name", "domain", "verdict", "reason", "given_date"]
    rows = pd.DataFrame(SAID, columns=names).assign(until_date=pd.NaT)
    rows["given_date"] = pd.to_datetime(rows["given_date"])
    con, ledger = duckdb.connect(), Ledger()
    ledger.stage("verdicts", "lines that are no rows", 0, "", n_in=len(rows))
    con.register("read verdicts", rows)
    staged = {"verdicts": SimpleNamespace(name="verdicts", relation="read verdicts")}
    settings = SimpleNamespace(cleaning=SimpleNamespace(merge_accounts={}))
    desk = SimpleNamespace(con=con, ledger=ledger, staged=staged, settings=settings)
    desk.cut = dt.date(2026, 10, 1)
    known = OUT.assign(clean_name=OUT["account_name"].map(clean_name))
    table = artefact("01_verdicts").check(match_verdicts(desk, known))
    told = dict(zip(table["account_id"], table["verdict"], strict=True))
    assert told == {"1": "accepted", "2": "refused", "3": "refused"}
    assert table.set_index("account_id")["reason"]["2"] == "no budget"
    attrition = ledger.tables()[1].set_index("stage")["n_dropped"]
    assert (
        attrition["no verdict yet"] == 1
        and attrition["no such account"] == 1
        and attrition["after the quarter"] == 1
    )
    assert attrition["neither accepted nor refused"] == 1
    desk.staged = {}
    assert match_verdicts(desk, known).empty
