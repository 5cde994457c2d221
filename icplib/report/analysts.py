"""Tables for analysts only: they name companies and hold notes as people wrote them."""

import pandas as pd

from icplib.report.inputs import Inputs


def companies(inputs: Inputs, n: int = 20) -> pd.DataFrame:
    """The best prospects by name, with reasons."""
    names = inputs["01_accounts"][["account_id", "account_name"]]
    rows = inputs["04_scores"].merge(names, on="account_id")
    rows = rows[rows["is_prospect"] & rows["knock_out"].fillna("").eq("")]
    shown = ["account_name", "tier", "score", "reasons_for", "reasons_against", "red_flags"]
    ranked = rows.sort_values(["score", "account_id"], ascending=[False, True], kind="stable")
    return ranked[[*shown, "unknown"]].head(n)


def notes_table(inputs: Inputs) -> pd.DataFrame:
    """The notes on the market as people wrote them, newest first."""
    notes = inputs["01_market_notes"]
    return notes.sort_values("date", ascending=False, kind="stable")
