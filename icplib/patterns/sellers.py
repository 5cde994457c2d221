"""Was it the seller, or the channel? Every find and the profile's win rate beside who sold."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icplib import words
from icplib.conditions import About, in_words
from icplib.icp import Profiles
from icplib.patterns.search import Search
from icplib.stats.conditions import met_of
from icplib.stats.estimate import Estimate
from icplib.stats.scan import hybrid_score
from icplib.stats.within import gap, verdict, weakest
from icplib.tables import artefact

MIN_SIDE = 5  # of either side, below it nothing is asked


def sellers(
    search: Search,
    profiles: Profiles,
    accounts: pd.DataFrame,
    deals: pd.DataFrame | None,
    currency: str,
) -> pd.DataFrame:
    """02_sellers: each raised find, and the win rate of the profile, plain and within sellers."""
    by_name = {i.attribute.name: i.attribute for i in search.inputs}
    rows: list[dict] = []
    scores = np.array([hybrid_score(search.flag, search.value), search.design.worth])
    for item in search.raised:
        met, known = met_of(item.condition, by_name[item.attribute])
        text = in_words(item.condition, About.of(search.row[item.attribute], currency))
        for name, rival in search.design.rivals.items():
            if (name, item.attribute) != ("channel", "lead_source"):
                rows += _rows(text, name, scores[:, known], met[known], rival[known])
    if deals is not None and len(profiles.main.criteria):
        rows += _win_rate(profiles, accounts, deals)
    once = {(row["item"], row["rival"]): row for row in rows}
    return artefact("02_sellers").frame(once.values())


def describe_sellers(sellers: pd.DataFrame) -> str:
    """What may be a seller's or a channel's doing, or that nothing is."""
    doubtful = sellers[~sellers["verdict"].str.startswith("not the")]
    if not len(sellers):
        return "Nothing to ask about sellers: no find, or nobody is known to have sold."
    if not len(doubtful):
        return "Every find holds among the customers of the same seller and channel, too."
    return " ".join(doubtful["sentence"])


def _win_rate(profiles: Profiles, accounts: pd.DataFrame, deals: pd.DataFrame) -> list[dict]:
    closed = deals[deals["is_closed"]]
    fits = pd.Series(profiles.main.fits(accounts).to_numpy(), accounts["account_id"])
    fit = closed["account_id"].map(fits)
    known = fit.notna() & closed["owner"].notna()
    rival = pd.factorize(closed.loc[known, "owner"], sort=True)[0]
    won = closed.loc[known, "is_won"].to_numpy(float)
    return _rows("Win rate of the profile", "seller", won[None], fit[known].to_numpy(bool), rival)


def _rows(
    text: str, name: str, scores: np.ndarray, met: np.ndarray, rival: np.ndarray
) -> list[dict]:
    """One row, by the score (of (k, n)) that holds better within sellers."""
    told = rival >= 0
    inside, rival = met[told].astype(float), rival[told]
    if len(np.unique(rival)) < 2 or min(inside.sum(), (1 - inside).sum()) < MIN_SIDE:
        return []
    score = max(scores[:, told], key=lambda one: np.nan_to_num(gap(one, inside, rival).low, nan=-9))
    plain, own = gap(score, inside), gap(score, inside, rival)
    without = weakest(score, inside, rival)
    said = verdict(plain, own, name)
    row = {
        "item": text,
        "rival": name,
        "n_rivals": len(np.unique(rival)),
        "verdict": said,
        "sentence": words.sentence(f"{text}: {said}{_share_left(plain, own)}"),
        **plain.columns(),
        **own.columns("within_"),
        **without.columns("without_"),
    }
    return [row]


def _share_left(plain: Estimate, own: Estimate) -> str:
    if not plain.estimate > 0 or np.isnan(own.estimate):
        return ""
    left = words.share(float(np.clip(own.estimate / plain.estimate, 0, 1)))
    return f" ({left} of the difference is left among customers of the same one)"
