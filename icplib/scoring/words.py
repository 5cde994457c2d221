"""Numbers and results of step 4 in words.

Nothing here computes; every sentence is fed by a table or the card.
"""

import numpy as np
import pandas as pd

from icplib import words
from icplib.scoring.companies import state_shares
from icplib.tables.step_04 import Scorecard
from icplib.vocabulary.judgements import FEW, TIERS


def describe_card(card: Scorecard) -> str:
    """What the card is and how far it goes, or why there is none."""
    if not card.available:
        return f"There is no score this quarter: {card.needs}"
    names = [rule.label for rule in card.rules]
    labels = list(dict.fromkeys(names))
    text = (
        f"The card gives 0 to 100 points for {len(labels)}"
        f" attribute{'s' if len(labels) > 1 else ''}: {', '.join(labels)}. It was built on"
        f" {card.n_customers:,} customers, {card.n_best:,} of them best by {card.best_by}. A best"
        f" customer it has not seen outscores another customer {words.share(card.auc)} of the time"
        f" (95 % interval {words.share(card.auc_low)} to {words.share(card.auc_high)}; a coin does"
        " 50 %)."
    )
    if card.verdict == "not better than chance":
        text += (
            " The interval holds a coin's 50 %: the score is not better than chance and must not"
            " steer anything."
        )
    return text


def describe_tiers(tiers: pd.DataFrame, card: Scorecard) -> str:
    """Tiers in one paragraph: held-out share of best, prospects waiting, whether shares fall."""
    if not card.available or tiers.empty:
        return "There are no tiers without a score."
    seen = tiers[tiers["n"] > 0]
    parts = [
        f"{r.tier}: {int(r.n_best)} of {int(r.n)} best ({words.share(r.low)} to"
        f" {words.share(r.high)}), {int(r.n_prospects)} prospects"
        for r in seen.itertuples()
    ]
    order = (
        "fall from tier to tier"
        if is_monotone(tiers)
        else "do not fall from tier to tier everywhere: neighbouring tiers may be one"
    )
    return f"Among customers the card had not seen, {'; '.join(parts)}. The shares {order}."


def is_monotone(tiers: pd.DataFrame) -> bool:
    """Whether the held-out share of best falls from each tier with customers to the next."""
    rates = tiers.loc[tiers["n"] > 0].sort_values("tier")["best_rate"].to_numpy()
    return bool(np.all(np.diff(rates) < 0))


def describe_knock_outs(scores: pd.DataFrame, card: Scorecard) -> str:
    """How many prospects are out whatever their points, and how many carry a red flag.

    A red flag of churn is only a reason to ask.
    """
    if not card.available:
        return "Without a score nobody is knocked out."
    some = scores[scores["is_prospect"].astype(bool)]
    n_asked = int((some["red_flags"].fillna("") != "").sum())
    text = describe_states(state_shares(some["state"].dropna()), "prospects")
    text += (
        f" Out whatever the points: {'; '.join(k.words for k in card.knock_outs)}."
        if card.knock_outs
        else " No disqualifier takes a prospect out."
    )
    if card.red_flags:
        text += (
            f" {words.number(n_asked)} carry a red flag of churn that is no proof against them: a"
            " reason to ask, without points."
        )
    return text


def describe_states(shares: pd.DataFrame, who: str) -> str:
    """Companies by state, with shares."""
    told = [
        f"{words.number(row.n)} {row.state} ({words.share(row.share)})"
        for row in shares.itertuples()
    ]
    return f"Of {words.number(shares['n'].sum())} {who} {words.listed(told)}."


def describe_trust(trust: pd.DataFrame, card: Scorecard) -> str:
    """The rivals in order of held-out AUC, and the sentences of the rows that carry one."""
    rows = trust[(trust["what"] == "auc") & trust["value"].notna()].sort_values(
        "value", ascending=False
    )
    if rows.empty:
        return "Nothing was scored, so there is nothing to compare."
    ranked = ", ".join(
        f"{r.measure} {r.value:.2f} ({r.low:.2f} to {r.high:.2f})" for r in rows.itertuples()
    )
    said = trust.loc[trust["sentence"].notna(), "sentence"].drop_duplicates()
    return " ".join([f"Held-out AUC: {ranked}.", *said])


def describe_backtest(backtest: pd.DataFrame) -> str:
    """What earlier scores said of companies not yet customers, and what became of them."""
    rows = backtest[(backtest["tier"] == "all") & (backtest["n"] > 0)]
    if rows.empty:
        return "No earlier quarter has a score yet; the back-test starts with the next refresh."
    sentences = []
    for r in rows.itertuples():
        a = backtest[
            (backtest["built_quarter"] == r.built_quarter)
            & (backtest["outcome"] == r.outcome)
            & (backtest["tier"] == "A")
        ]
        what = "became customers" if r.outcome == "won" else "are among the best now"
        text = f"Scored in {r.built_quarter}: {int(r.n_events)} of {int(r.n)} companies {what}"
        if len(a) and a["n"].iloc[0] > 0:
            text += f", {int(a['n_events'].iloc[0])} of {int(a['n'].iloc[0])} in tier A"
        text += (
            f" (AUC {r.auc:.2f}, {r.auc_low:.2f} to {r.auc_high:.2f})."
            if pd.notna(r.auc)
            else " (too few to rank)."
        )
        sentences.append(text)
    return " ".join(sentences)


def describe_drift(drift: pd.DataFrame) -> str:
    """Alarms first; without any, what would have been seen."""
    if drift.empty:
        return "There is no earlier card to drift from yet."
    alarms = drift[drift["is_alarm"].fillna(False).astype(bool)]
    revisit = drift[drift["watch"] == "revisit"]
    rest = drift[(drift["watch"].isin(["score", "outcome"])) & ~drift.index.isin(alarms.index)]
    lines = [
        *alarms["sentence"],
        *rest["sentence"],
        *revisit.loc[~revisit.index.isin(alarms.index), "sentence"],
    ]
    return " ".join(dict.fromkeys(lines))


def describe_company(row, card: Scorecard) -> str:
    """One company explained: points, tier, reasons both ways, what is unknown, knock-outs.

    ``row`` is a row of 04_scores.
    """
    if row is None or pd.isna(row["score"]):
        return "Not scored."
    in_tier = f"tier {row['tier']}" if row["tier"] in TIERS else str(row["tier"])
    text = f"{words.plural(int(row['score']), 'point')}, {in_tier}."
    if row["tier"] == FEW:
        text += f" Find out first: {row['fill_first']}."
    for key, lead in (
        ("reasons_for", "For"),
        ("reasons_against", "Against"),
        ("unknown", "Not known"),
    ):
        if isinstance(row[key], str) and row[key]:
            text += f" {lead}: {row[key]}."
    if row["score_high"] > row["score_low"] and isinstance(row["unknown"], str) and row["unknown"]:
        text += (
            f" Knowing more could move it to anything from {int(row['score_low'])} to"
            f" {int(row['score_high'])} points."
        )
    if isinstance(row["knock_out"], str) and row["knock_out"]:
        text += f" Out all the same: {row['knock_out']}."
    if isinstance(row["red_flags"], str) and row["red_flags"]:
        text += f" To ask about: {row['red_flags']}."
    return text


def describe_calibration(bins: pd.DataFrame, card: Scorecard) -> str:
    """How far predicted and observed shares agree, held out, and what may be shown for it."""
    if bins.empty:
        return "Nothing was scored, so there is nothing to calibrate."
    inside = int(((bins["predicted"] >= bins["low"]) & (bins["predicted"] <= bins["high"])).sum())
    shown = (
        "probabilities may be shown"
        if card.shows_probability
        else "tiers with ranges are shown instead of probabilities"
    )
    return (
        f"In {inside} of {len(bins)} groups of held-out customers the predicted share lies inside"
        f" the interval of the observed one; {shown}."
    )


def describe_grid(grid: pd.DataFrame) -> str:
    """Prospects that fit but have not been heard from, and prospects that reply but do not fit."""
    if grid.empty or not grid.to_numpy().sum():
        return "No prospect has a tier."
    quiet = int(grid.loc["A", [c for c in ("contacted", "none") if c in grid]].sum())
    loud = int(grid.loc["D", [c for c in ("replied", "clicked") if c in grid]].sum())
    return (
        f"{quiet} prospects of tier A have not reacted yet: they fit and are worth another try. "
        f"{loud} of tier D have replied or clicked: interest alone does not make them fit."
    )


def describe_exports(told: dict[str, str], card: Scorecard) -> str:
    """Which files were written and what to do with each, or why only one."""
    if not card.available:
        return "Only `scorecard.json` was written; it says why there is no score."
    return "\n".join(f"- `{name}`: {use}." for name, use in told.items())
