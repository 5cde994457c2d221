"""Contested scores: what sellers said of them, how such accounts fared, where the two disagree.

The last verdict on a company holds until its day, and then expires. A customer of before proves
nothing: outcomes are of companies that had not bought when the verdict was given.
"""

import pandas as pd

from icplib import words
from icplib.tables import artefact
from icplib.vocabulary.judgements import TIERS
from icplib.workbook import Workbook


def verdicts_table(wb: Workbook, scores: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """04_verdicts: this quarter's file and what earlier ones said.

    Without a day a verdict was given as the quarter began, and holds to the end of the next one.
    """
    said = wb.read("01_verdicts")
    since, until = pd.Timestamp(wb.quarter.start), pd.Timestamp((wb.quarter + 1).end)
    said = said.assign(
        given_date=said["given_date"].fillna(since), until_date=said["until_date"].fillna(until)
    )
    before = wb.previous()
    if before is not None and before.has("04_verdicts"):
        said = pd.concat([before.read("04_verdicts")[said.columns], said])
    said = said.sort_values(["account_id", "given_date"], kind="stable")
    said = said.drop_duplicates("account_id", keep="last")
    table = said.merge(scores[["account_id", "tier"]]).merge(accounts[["account_id", "start_date"]])
    started = table["start_date"]
    is_high, is_accepted = table["tier"].isin(TIERS[:2]), table["verdict"] == "accepted"
    return artefact("04_verdicts").of(
        table.assign(
            is_active=table["until_date"] >= wb.as_of,
            is_won=started.notna().where(~(started < table["given_date"])),
            is_against_score=table["tier"].notna() & (is_high != is_accepted),
        )
    )


def describe_verdicts(verdicts: pd.DataFrame, sales: pd.DataFrame) -> str:
    """How accepted and refused accounts fared, and in how many the score says otherwise."""
    if verdicts.empty:
        return (
            "No verdicts were handed in. Sellers write them into prospects.xlsx; put the book among"
            ' the exports and name it: [sources] verdicts = { file = "prospects.xlsx", table ='
            ' "Prospects" }.'
        )
    rows = sales[sales["topic"] == "verdicts"].set_index("group")
    told = [
        f"of {row.n} {name} {row.k} became customers since ({words.between(row.low, row.high, 'share')})"  # noqa: E501
        for name, row in rows.iterrows()
        if name != "difference"
    ]
    n_active, n_against = (int(verdicts[c].sum()) for c in ("is_active", "is_against_score"))
    return (
        f"{words.sentence('; '.join(told))} {words.plural(n_active, 'verdict')} still"
        f" {'holds' if n_active == 1 else 'hold'}; in {n_against} sellers and score disagree."
    )
