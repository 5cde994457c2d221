"""The score on trial: does working tier A win more than leaving it alone?

Accounts are drawn at random before the first day, so that nothing else sets them apart; the result
is read once, on the last day.
"""

import numpy as np
import pandas as pd

from icplib import words
from icplib.stats.trials import accounts_needed
from icplib.tables import artefact
from icplib.vocabulary.judgements import SCORED, TIERS
from icplib.workbook import Workbook


def needed(wb: Workbook, accounts: pd.DataFrame) -> int | None:
    """Accounts an arm that show the rise of the settings with 80 % power.

    By the share of last quarter's tier A that has been won since; None where there is none.
    """
    before, trial = wb.previous(), wb.settings.score.trial
    if before is None or not before.has("04_scores") or trial is None:
        return None
    then = before.read("04_scores")
    then = then.loc[then["is_prospect"] & (then["tier"] == TIERS[0]), "account_id"]
    rate = accounts.loc[accounts["account_id"].isin(then), "is_customer"].astype(float).mean()
    is_possible = rate + trial.rise <= 1  # not for an empty tier
    return accounts_needed(rate, trial.rise, 1, 0) if is_possible else None


def trial_table(wb: Workbook, scores: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """04_trial: drawn before the first day, carried on from quarter to quarter, read on the last.

    As many are held out as it takes, and at most half of those of tier A without an open deal.
    """
    trial, declared = wb.settings.score.trial, artefact("04_trial")
    if trial is None:
        return declared.empty()
    start, end = pd.Timestamp(trial.start), pd.Timestamp(trial.end)
    if wb.as_of < start:
        able = scores[scores["is_prospect"] & (scores["tier"] == TIERS[0])]
        ids = np.sort(able.loc[able["state"] == SCORED, "account_id"].to_numpy(str))
        n = min(needed(wb, accounts) or len(ids), len(ids) // 2)
        held = np.random.default_rng(wb.settings.score.seed).permutation(ids)[:n]
        arm = np.where(np.isin(ids, held), "hold out", "work")
        table = pd.DataFrame({"account_id": ids, "arm": arm, "start_date": start, "end_date": end})
        return declared.of(table)
    before = wb.previous()
    if before is None or not before.has("04_trial"):
        return declared.empty()
    drawn = before.read("04_trial")
    drawn = drawn[drawn["start_date"] == start].assign(end_date=end)
    if wb.as_of >= end:
        began = drawn["account_id"].map(accounts.set_index("account_id")["start_date"])
        drawn = drawn.assign(is_won=began.between(start, end))
    return declared.of(drawn)


def describe_trial(wb: Workbook, trial: pd.DataFrame, sales: pd.DataFrame, n: int | None) -> str:
    """Who is held out and whether that is enough, or the result on the last day."""
    asked = wb.settings.score.trial
    if asked is None:
        return "The score is not on trial; [score.trial] with start and end in company.toml draws."
    if trial.empty:
        return f"No account was drawn before {asked.start}: the trial cannot be read."
    held = int((trial["arm"] == "hold out").sum())
    rows = sales[sales["topic"] == "on trial"].set_index("group")
    if "difference" not in rows.index:
        takes = "how many it takes cannot be told yet"
        if n:
            takes = f"{n} an arm would show a rise of {words.share(asked.rise)} with 80\xa0% power"
            takes += "" if held >= n else ", so this one may well not"
        return (
            f"{held} of {len(trial)} accounts of tier A are left alone from {asked.start} to"
            f" {asked.end}, drawn at random; {takes}. score_trial.csv names them. Nothing is looked"
            " at before the last day."
        )
    arms = ("work", "hold out")
    told = [f"{words.k_of_n(rows.k[arm], rows.n[arm])} ({arm})" for arm in arms]
    gap = rows.loc["difference"]
    return (
        f"Won from {asked.start} to {asked.end}: {words.listed(told)}; working them won"
        f" {words.share(gap.estimate)} more ({words.between(gap.low, gap.high, 'share')}, p"
        f" {words.p_value(gap.p)})."
    )
