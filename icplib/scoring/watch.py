"""Drift: do newcomers, or tier A's outcomes, still look like those the card was built on?

The card that is watched is last quarter's, the one in use while the newcomers came in. Like is
compared with like: new customers with the customers before them, new prospects with the prospects
before them. Under thirty newcomers, quarters are pooled.
"""

import numpy as np
import pandas as pd

from icplib import words
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
    before, declared = wb.previous(), artefact("04_drift")
    if before is None or not before.has("04_scorecard"):
        return declared.empty()
    card = before.read("04_scorecard")
    if not card.available:
        return declared.empty()
    rows = []
    for population, since in (("customers", "start_date"), ("prospects", "created_date")):
        who = accounts[f"is_{population.removesuffix('s')}"].astype(bool)
        rows += _inputs(wb, card, accounts[who & accounts[since].notna()], since, population)
    outcome = _outcome(wb, accounts, best)
    signs = QuarterSigns(
        any(row["is_alarm"] for row in rows),
        outcome["is_alarm"],
        sum(row["n_now"] for row in rows if row["watch"] == "score"),
    )
    return declared.frame([*rows, outcome, _revisit(before, card, best, signs)])


def _inputs(
    wb: Workbook, card: Scorecard, accounts: pd.DataFrame, since: str, population: str
) -> list[dict]:
    """Rows of one population; quarters are pooled until thirty newcomers stand together."""
    for pooled in range(1, MOST_POOLED + 1):
        border = pd.Timestamp((wb.quarter + (1 - pooled)).start)
        is_new = (accounts[since] >= border).to_numpy()
        if is_new.sum() >= POOL_UNDER:
            break
    n, m = int((~is_new).sum()), int(is_new.sum())
    common = {"population": population, "since_quarters": pooled, "n_build": n, "n_now": m}
    if n < POOL_UNDER or m < MIN_COMPARED:
        said = (
            f"New {population}: {m} in {words.plural(pooled, 'quarter')}, too few to compare with"
            f" the {n} before."
        )
        told = {"watch": "score", "name": "score", "is_alarm": False, "sentence": said}
        return [common | told]
    score = points(card, accounts)
    edges = quantile_bins(score[~is_new], SCORE_BINS)
    shift = psi(counts_in(score[~is_new], edges), counts_in(score[is_new], edges))
    histograms = {}
    for rule, place in zip(card.rules, places(card, accounts), strict=True):
        size = len(rule.segments)
        name = f"{rule.label} ({rule.member})" if rule.member else rule.label
        compared = psi(*(np.bincount(place[who], minlength=size) for who in (~is_new, is_new)))
        if compared.n_bins > 1:
            histograms[name] = compared
    _, flagged = input_alarm(shift, list(histograms.values()))
    rows = [_input_row("score", "score", shift, shift.alarm, population)]
    rows += [
        _input_row("attribute", name, found, is_alarm, population)
        for (name, found), is_alarm in zip(histograms.items(), flagged, strict=True)
    ]
    return [common | row for row in rows]


def _input_row(watch: str, name: str, shift: Shift, is_alarm: bool, population: str) -> dict:
    least = detectable_psi(shift.n, shift.m, max(shift.n_bins, 2))
    what = "the score" if watch == "score" else name
    if is_alarm:
        said = (
            f"New {population} differ from those before in {what}: PSI {shift.psi:.2f} where chance"
            f" alone gives {shift.expected:.2f} ({_p(shift.p)})."
        )
    else:
        said = (
            f"New {population} ({shift.m}) do not differ in {what} from the {shift.n} before beyond"
            f" chance (PSI {shift.psi:.2f}, {shift.expected:.2f} expected without change); a change"
            f" of PSI {least:.2f} or more would have been seen."
        )
    return {
        "watch": watch,
        "name": name,
        "psi": shift.psi,
        "psi_expected": shift.expected,
        "p": shift.p,
        "detectable": least,
        "is_alarm": bool(is_alarm),
        "sentence": said,
    }


def _p(p: float) -> str:
    return "p below .001" if p < 0.001 else f"p {p:.3f}"


def _outcome(wb: Workbook, accounts: pd.DataFrame, best: pd.DataFrame) -> dict:
    """Tier A's customers of the last four quarters, value known, against the build-time rate.

    A card rebuilt every quarter would have learnt from those customers; so the card of a year ago
    judges them, or the oldest.
    """
    oldest = next(w for w in reversed(wb.earlier()[:MOST_POOLED]) if w.has("04_scorecard"))
    card, known = oldest.read("04_scorecard"), oldest.read("02_best")
    row = {"watch": "outcome", "population": "customers", "name": "tier A", "is_alarm": False}
    row["since_quarters"] = MOST_POOLED
    build = next((t for t in card.tiers if t.name == "A"), None)
    if not card.available or build is None or build.n == 0:
        said = "Tier A of the earlier card held no customers, so its outcomes cannot be watched."
        return row | {"sentence": said}
    ranked = best[
        best["value"].notna()
        & ~best["account_id"].isin(known.loc[known["value"].notna(), "account_id"])
    ]
    rows = accounts.set_index("account_id").loc[ranked["account_id"]]
    is_a = tiers(card, points(card, rows)) == "A" if len(rows) else np.zeros(0, bool)
    n, k = int(is_a.sum()), int(ranked["is_best"].to_numpy(bool)[is_a].sum())
    seen = watch_outcomes(k, n, build.n_best, build.n)
    least, rate = detectable_rate(build.n_best, build.n, n), build.n_best / build.n
    said = (
        f"Tier A of {card.quarter}: {k} of {n} customers since are best, {seen.expected:.1f} were"
        " expected"
    )
    if n == 0:
        said = (
            f"No customer of tier A of {card.quarter} has come since, so its outcomes cannot be"
            " judged yet."
        )
    elif seen.alarm:
        said += f" ({_p(seen.p)})."
    elif least is None:
        said += "; so few that no fall could have been seen."
    else:
        said += f"; a fall from {rate * 100:.0f} % to {least * 100:.0f} % would have been seen."
    row |= {"n_build": build.n, "n_now": n, "p": seen.p, "detectable": least}
    return row | {"is_alarm": seen.alarm, "sentence": said}


def _revisit(before: Workbook, card: Scorecard, best: pd.DataFrame, now: QuarterSigns) -> dict:
    """The rule when to revisit, over last quarter's alarms and this one's."""
    signs = [now]
    if before.has("04_drift"):
        past = before.read("04_drift")
        alarms = set(past.loc[past["is_alarm"].fillna(False).astype(bool), "watch"])
        moved = not alarms.isdisjoint({"score", "attribute"})
        signs.insert(0, QuarterSigns(moved, "outcome" in alarms, 0))
    due = revisit(
        signs, n_customers_build=card.n_customers, n_customers_now=int(best["value"].notna().sum())
    )
    said = "No reason to look at the card again before its time."
    if due.is_due:
        said = f"Look at the card again: {'; '.join(due.reasons)}."
    row = {"watch": "revisit", "population": "", "name": "rule"}
    return row | {"is_alarm": due.is_due, "sentence": said}
