"""Companies in another tier than last quarter: did their values change, or the card?"""

import numpy as np
import pandas as pd

from icplib import words
from icplib.scoring.scorecard import places
from icplib.tables import artefact
from icplib.tables.step_04 import Scorecard
from icplib.vocabulary.judgements import FEW, OUT, TIERS
from icplib.workbook import Workbook

MOST = 3  # attributes named


def movers_table(wb: Workbook, card: Scorecard, scores: pd.DataFrame, accounts: pd.DataFrame):
    """04_movers: last quarter's card on this quarter's values parts the change of points in two."""
    before = wb.previous()
    if before is None or not before.has("04_scores") or not card.available:
        return artefact("04_movers").empty()
    old, then = before.read("04_scorecard"), before.read("04_scores")
    both = scores.merge(
        then[["account_id", "tier", "score"]], "inner", "account_id", suffixes=("", "_before")
    )  # noqa: E501
    both = both[both["tier"].notna() & both["tier_before"].notna()]
    moved = both[both["tier"] != both["tier_before"]].sort_values("account_id")
    past, now = (
        table.set_index("account_id").loc[moved["account_id"]]
        for table in (before.read("01_accounts"), accounts)
    )
    midway, end = _by_label(old, now), _by_label(card, now)
    by_values = midway.sum(axis=1).to_numpy() - moved["score_before"].to_numpy()
    by_card = end.sub(midway, fill_value=0)
    moved = moved.assign(points_by_values=by_values, points_by_card=by_card.sum(axis=1).to_numpy())
    told = zip(
        moved.itertuples(), _changed(old, past, now), by_card.to_dict("records"), strict=True
    )
    return artefact("04_movers").of(moved.assign(moved_because=[_because(*row) for row in told]))


def _by_label(card: Scorecard, accounts: pd.DataFrame) -> pd.DataFrame:
    """Points of each company by attribute."""
    given = pd.DataFrame(0, range(len(accounts)), [*dict.fromkeys(r.label for r in card.rules)])
    for rule, place in zip(card.rules, places(card, accounts), strict=True):
        given[rule.label] += np.array([s.points for s in rule.segments])[place]
    return given


def _changed(card: Scorecard, past: pd.DataFrame, now: pd.DataFrame) -> list[list[str]]:
    """What each company has become in the words of the card, where it stood elsewhere before."""
    out: list[list[str]] = [[] for _ in range(len(now))]
    for rule, a, b in zip(card.rules, places(card, past), places(card, now), strict=True):
        for i in np.flatnonzero(a != b):
            was, become = rule.segments[a[i]].words, rule.segments[b[i]].words
            out[i].append(f"{rule.label} was {was}, is {become}")
    return out


def _because(row, changed: list[str], by_card: dict[str, float]) -> str:
    told = []
    if row.tier == OUT:
        told.append(f"{OUT}: {row.knock_out}")
    elif row.tier == FEW:
        told.append(f"{FEW}: {row.unknown}")
    elif row.tier_before in (OUT, FEW):
        told.append(f"no longer {row.tier_before}")
    if changed:
        told.append(f"values {_points(row.points_by_values)} ({', '.join(changed)})")
    most = sorted((name for name in by_card if by_card[name]), key=lambda n: -abs(by_card[n]))
    if most:
        parts = ", ".join(f"{name} {_points(by_card[name])}" for name in most[:MOST])
        told.append(f"card {_points(row.points_by_card)} ({parts})")
    return "; ".join(told) or "the card's tiers begin at other points"


def _points(x: float) -> str:
    return f"{'+' if x > 0 else ''}{words.number(x)}"


def describe_movers(movers: pd.DataFrame) -> str:
    """How many prospects moved up and down, and whether values or the card moved them."""
    some = movers[movers["is_prospect"].astype(bool)]
    if some.empty:
        return "No prospect has another tier than last quarter, or there is no earlier card."
    place = {name: i for i, name in enumerate((*TIERS, FEW, OUT))}
    n_up = int((some["tier"].map(place) < some["tier_before"].map(place)).sum())
    n_values = int(some["moved_because"].str.contains("values").sum())
    return (
        f"{words.plural(len(some), 'prospect')} changed tier since last quarter: {n_up} up,"
        f" {len(some) - n_up} down. The values of {n_values} changed; the others were moved by the"
        " card alone."
    )
