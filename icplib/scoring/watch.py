"""Drift: do newcomers, or tier A's outcomes, still look like those the card was built on?

The card that is watched is last quarter's, the one in use while the newcomers came in. Like is
compared with like: new customers with the customers before them, new prospects with the prospects
before them. Under thirty newcomers, quarters are pooled.
"""

import numpy as np
import pandas as pd

from icplib.scoring.scorecard import places, points, tiers
from icplib.stats.drift import (
    POOL_UNDER,
    QuarterSigns,
    Shift,
    counts_in,
    detectable_psi,
    detectable_rate,
    input_alarm,
    psi,
    quantile_bins,
    revisit,
    watch_outcomes,
)
from icplib.tables import artefact
from icplib.tables.step_04 import Scorecard
from icplib.workbook import Workbook

MOST_POOLED = 4
SCORE_BINS = 5
MIN_COMPARED = 10


def drift_table(wb: Workbook, accounts: pd.DataFrame, best: pd.DataFrame) -> pd.DataFrame:
    """04_drift: newcomers' score and attributes by PSI, tier A's outcomes, the revisit rule.

    PSI with its law; empty without an earlier card.
    """
    before = wb.previous()
    card = (
        before.read("04_scorecard") if before is not None and before.has("04_scorecard") else None
    )
    if card is None or not card.available:
        return artefact("04_drift").empty()
    rows, moved, n_now = [], False, 0
    for population, who, since in (
        ("customers", "is_customer", "start_date"),
        ("prospects", "is_prospect", "created_date"),
    ):
        some = accounts[accounts[who].astype(bool) & accounts[since].notna()]
        found, alarm, n = _inputs(wb, card, some, some[since], population)
        rows += found
        moved |= alarm
        n_now += n
    outcome = _outcome(wb, card, accounts, best)
    rows.append(outcome)
    rows.append(_revisit(before, card, best, moved, bool(outcome["is_alarm"]), n_now))
    return artefact("04_drift").frame(rows)


def _inputs(
    wb: Workbook, card: Scorecard, accounts: pd.DataFrame, since: pd.Series, population: str
):
    """(rows, any alarm, newcomers) of one population.

    Quarters are pooled backwards until thirty newcomers stand together.
    """
    for pooled in range(1, MOST_POOLED + 1):
        border = pd.Timestamp((wb.quarter + (1 - pooled)).start)
        is_new = (since >= border).to_numpy()
        if is_new.sum() >= POOL_UNDER:
            break
    n, m = int((~is_new).sum()), int(is_new.sum())
    if n < POOL_UNDER or m < MIN_COMPARED:
        words = (
            f"New {population}: {m} in {pooled} quarter{'s' if pooled > 1 else ''}, too few to"
            f" compare with the {n} before."
        )
        return (
            [
                {
                    "watch": "score",
                    "population": population,
                    "name": "score",
                    "n_build": n,
                    "n_now": m,
                    "since_quarters": pooled,
                    "is_alarm": False,
                    "sentence": words,
                }
            ],
            False,
            m,
        )
    score = points(card, accounts)
    edges = quantile_bins(score[~is_new], SCORE_BINS)
    shift = psi(counts_in(score[~is_new], edges), counts_in(score[is_new], edges))
    histograms = {}
    for rule, place in zip(card.rules, places(card, accounts), strict=True):
        size = len(rule.segments)
        name = f"{rule.label} ({rule.member})" if rule.member else rule.label
        compared = psi(
            np.bincount(place[~is_new], minlength=size), np.bincount(place[is_new], minlength=size)
        )
        if compared.n_bins > 1:
            histograms[name] = compared
    alarm, flagged = input_alarm(shift, list(histograms.values()))
    rows = [_input_row("score", population, "score", shift, shift.alarm, pooled)]
    rows += [
        _input_row("attribute", population, name, s, f, pooled)
        for (name, s), f in zip(histograms.items(), flagged, strict=True)
    ]
    return rows, alarm, m


def _input_row(watch, population, name, shift: Shift, alarm: bool, pooled: int) -> dict:
    least = detectable_psi(shift.n, shift.m, max(shift.n_bins, 2))
    what = "the score" if watch == "score" else name
    if alarm:
        words = (
            f"New {population} differ from those before in {what}: PSI {shift.psi:.2f} where chance"
            f" alone gives {shift.expected:.2f} ({_p(shift.p)})."
        )
    else:
        words = (
            f"New {population} ({shift.m}) do not differ in {what} from the {shift.n} before beyond"
            f" chance (PSI {shift.psi:.2f}, {shift.expected:.2f} expected without change); a change"
            f" of PSI {least:.2f} or more would have been seen."
        )
    return {
        "watch": watch,
        "population": population,
        "name": name,
        "n_build": shift.n,
        "n_now": shift.m,
        "psi": shift.psi,
        "psi_expected": shift.expected,
        "p": shift.p,
        "detectable": least,
        "is_alarm": bool(alarm),
        "since_quarters": pooled,
        "sentence": words,
    }


def _p(p: float) -> str:
    return "p below .001" if p < 0.001 else f"p {p:.3f}"


def _outcome(wb: Workbook, card: Scorecard, accounts: pd.DataFrame, best: pd.DataFrame) -> dict:
    """Tier A's customers of the last four quarters, value known, against the build-time rate.

    A card rebuilt every quarter would have learnt from those customers; so the card of a year ago
    judges them, or the oldest.
    """
    oldest = next((w for w in reversed(wb.earlier()[:MOST_POOLED]) if w.has("04_scorecard")), None)
    card = oldest.read("04_scorecard") if oldest is not None else card
    blank = {
        "watch": "outcome",
        "population": "customers",
        "name": "tier A",
        "is_alarm": False,
        "since_quarters": MOST_POOLED,
    }
    build = next((t for t in card.tiers if t.name == "A"), None)
    if not card.available or build is None or build.n == 0:
        return blank | {
            "sentence": (
                "Tier A of the earlier card held no customers, so its outcomes cannot be watched."
            )
        }
    known = oldest.read("02_best")
    ranked = best[
        best["value"].notna()
        & ~best["account_id"].isin(known.loc[known["value"].notna(), "account_id"])
    ]
    rows = accounts.set_index("account_id").loc[ranked["account_id"]]
    is_a = tiers(card, points(card, rows)) == "A" if len(rows) else np.zeros(0, bool)
    n, k = int(is_a.sum()), int(ranked["is_best"].to_numpy(bool)[is_a].sum())
    seen = watch_outcomes(k, n, build.n_best, build.n)
    least = detectable_rate(build.n_best, build.n, n)
    rate = build.n_best / build.n
    if n == 0:
        words = (
            f"No customer of tier A of {card.quarter} has come since, so its outcomes cannot be"
            " judged yet."
        )
    elif seen.alarm:
        words = (
            f"Tier A of {card.quarter}: {k} of {n} customers since are best, {seen.expected:.1f}"
            f" were expected ({_p(seen.p)})."
        )
    else:
        limit = (
            f"a fall from {rate * 100:.0f} % to {least * 100:.0f} % would have been seen"
            if least is not None
            else ("so few that no fall could have been seen")
        )
        words = (
            f"Tier A of {card.quarter}: {k} of {n} customers since are best, {seen.expected:.1f}"
            f" were expected; {limit}."
        )
    return blank | {
        "n_build": build.n,
        "n_now": n,
        "p": seen.p,
        "detectable": least,
        "is_alarm": seen.alarm,
        "sentence": words,
    }


def _revisit(
    before: Workbook,
    card: Scorecard,
    best: pd.DataFrame,
    moved: bool,
    fell: bool,
    n_now: int,
) -> dict:
    """The rule when to revisit, over last quarter's alarms and this one's."""
    signs = []
    if before.has("04_drift"):
        past = before.read("04_drift")
        alarms = past[past["is_alarm"].fillna(False).astype(bool)]
        signs.append(
            QuarterSigns(
                bool(alarms["watch"].isin(["score", "attribute"]).any()),
                bool((alarms["watch"] == "outcome").any()),
                0,
            )
        )
    signs.append(QuarterSigns(moved, fell, n_now))
    due = revisit(
        signs, n_customers_build=card.n_customers, n_customers_now=int(best["value"].notna().sum())
    )
    words = (
        f"Look at the card again: {'; '.join(due.reasons)}."
        if due.is_due
        else "No reason to look at the card again before its time."
    )
    return {
        "watch": "revisit",
        "population": "",
        "name": "rule",
        "is_alarm": due.is_due,
        "sentence": words,
    }
