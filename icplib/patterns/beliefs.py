"""Beliefs on trial: what people in the company hold about its best customers, beside the data.

Each is one condition named beforehand, so it pays for no search: a test of its own at every size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib import words
from icplib.conditions import About, Condition, in_words
from icplib.patterns.profile import typed_in
from icplib.patterns.search import Search
from icplib.problems import UserError, did_you_mean
from icplib.settings import Belief, Settings
from icplib.stats import intervals, power
from icplib.stats.centres import shift
from icplib.stats.conditions import Item, count, items_of, met_of, thinned
from icplib.stats.contrasts import holm
from icplib.stats.estimate import Estimate
from icplib.stats.groups import Attribute
from icplib.stats.scan import normal_scores, scan_both
from icplib.stats.survival import null_martingale_residual
from icplib.tables import artefact

LEVEL = 0.05
HYPOTHESIS = "hypothesis"


@dataclass(frozen=True)
class _Claim:
    """Who says that the best are ``more`` or fewer among those that meet all conditions."""

    who: str
    conditions: tuple[Condition, ...]
    more: bool
    words: str


def beliefs(
    accounts: pd.DataFrame, search: Search, best: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """02_beliefs: one row a belief or hypothesis of the settings, in their order.

    accounts: 01_accounts, for who left. UserError for an attribute that is not there.
    """
    customers = accounts.set_index("account_id").loc[best["account_id"].iloc[search.rows]]
    claims = [_claim(belief, search, settings) for belief in settings.beliefs]
    rows = [_row(claim, search, customers) for claim in claims]
    hypotheses = _hypotheses(search, settings)
    rows += [_row(claim, search, customers, p) for claim, p in hypotheses]
    return artefact("02_beliefs").frame({"number": i + 1, **row} for i, row in enumerate(rows))


def agreement(beliefs: pd.DataFrame) -> pd.DataFrame:
    """02_agreement: one row a statement, who believes it, who believes the opposite, and the data."""  # noqa: E501
    said = beliefs[beliefs["who"] != HYPOTHESIS]
    rows = [
        {
            "item": item,
            "more": tuple(sorted(set(group.loc[group["direction"] == "more", "who"]))),
            "fewer": tuple(sorted(set(group.loc[group["direction"] == "fewer", "who"]))),
            "is_agreed": group["direction"].nunique() == 1,
            "n_roles": group["who"].nunique(),
            "data": _side(group.iloc[0]),
        }
        for item, group in said.groupby("item", sort=True)
    ]
    return artefact("02_agreement").frame(rows)


def describe_beliefs(beliefs: pd.DataFrame) -> str:
    """Every belief with its verdict, one sentence each."""
    if not len(beliefs):
        return "No beliefs are named: [[beliefs]] in company.toml puts them on trial."
    return " ".join(beliefs["sentence"])


def _side(row: pd.Series) -> str:
    if row["verdict"] in ("confirmed", "contradicted"):
        is_more = (row["verdict"] == "confirmed") == (row["direction"] == "more")
        return "more" if is_more else "fewer"
    return row["verdict"]


def _claim(belief: Belief, search: Search, settings: Settings) -> _Claim:
    conditions = tuple(typed_in(limit, search, f"beliefs of {belief.who}") for limit in belief.when)
    texts = [in_words(c, About.of(search.row[c.attribute], settings.currency)) for c in conditions]
    return _Claim(belief.who, conditions, belief.best == "more", words.listed(texts))


def _hypotheses(search: Search, settings: Settings) -> list[tuple[_Claim, float]]:
    """The strongest item of each attribute named beforehand, with Holm's p over both directions."""
    known = {c.attribute.name: c for c in search.coded}
    names = settings.patterns.hypotheses
    for name in names:
        if name not in known:
            raise UserError(
                f"the hypothesis '{name}' is not an attribute that can be searched",
                file="company.toml",
                column="patterns.hypotheses",
                remedy=did_you_mean(name, known),
            )
    if not names or search.state == "counts only":
        return []
    scans = scan_both(
        [known[name] for name in names], search.flag, search.value, search.choice, search.design
    )
    strongest = [
        min(pair, key=lambda a: a.p) for pair in zip(*(s.attributes for s in scans), strict=False)
    ]
    adjusted = holm([min(1.0, 2 * a.p) for a in strongest])
    out = []
    for scanned, p in zip(strongest, adjusted, strict=True):
        for item in items_of(scanned, search.flag, normal_scores(search.value), 1.0)[:1]:
            text = in_words(item.condition, About.of(search.row[item.attribute], settings.currency))
            claim = _Claim(HYPOTHESIS, (item.condition,), scanned.direction == "up", text)
            out.append((claim, float(p)))
    return out


def _row(
    claim: _Claim, search: Search, customers: pd.DataFrame, adjusted: float | None = None
) -> dict:
    by_name = {i.attribute.name: i.attribute for i in search.inputs}
    pairs = [met_of(c, by_name[c.attribute]) for c in claim.conditions]
    known = np.logical_and.reduce([k for _, k in pairs])
    met = np.logical_and.reduce([m for m, _ in pairs])
    answer = np.where(known, np.where(met, "yes", "no"), None).astype(object)  # type: ignore[call-overload]
    asked = Attribute("belief", "nominal", answer)
    item = thinned(
        count(Condition(attribute="belief", op="in", values=("yes",)), asked, search.flag),
        asked,
        search.design,
    )
    p_more, p_fewer = _p(asked, search) if adjusted is None else _sided(adjusted, claim.more)
    for_it, against = (p_more, p_fewer) if claim.more else (p_fewer, p_more)
    estimate, low, high = (float(x) for x in intervals.lift(*item.effective))
    lift = Estimate(estimate, low, high, item.n_known)
    could = _could(item, search)
    verdict = (
        "confirmed"
        if for_it <= LEVEL
        else (
            "contradicted"
            if against <= LEVEL
            else "too few to say"
            if np.isnan(could)
            else "no difference seen"
        )
    )
    row = {
        "who": claim.who,
        "item": claim.words,
        "direction": "more" if claim.more else "fewer",
        "n_with": item.n_with,
        "n_best_with": item.n_best_with,
        "best_share_with": item.n_best_with / item.n_with if item.n_with else np.nan,
        "p": for_it,
        "detectable_lift": could,
        "beside": _beside(claim, search),
        "verdict": verdict,
        **lift.columns(),
        **_leaving(customers, met, known).columns("leaving_"),
        **_worth(search.value, met, known).columns("value_"),
    }
    return row | {"sentence": _sentence(row)}


def _p(asked: Attribute, search: Search) -> tuple[float, float]:
    """P that the best are more, or fewer, among the yeses; 1 where too few say either."""
    scans = scan_both([asked], search.flag, search.value, search.choice, search.design)
    found = []
    for scan in scans:
        coded = scan.attributes[0].coded
        at = [g for g, s in enumerate(coded.start) if coded.labels[s] == "yes"]
        found.append(float(scan.attributes[0].p_of_group[at[0]]) if at else 1.0)
    return found[0], found[1]


def _sided(p: float, more: bool) -> tuple[float, float]:
    return (p, 1.0) if more else (1.0, p)


def _could(item: Item, search: Search) -> float:
    """The smallest lift that so many could have shown with 80 % chance; NaN if none."""
    n, n_best = search.n_units * item.n_known // max(search.n, 1), search.n_best_units
    share = item.n_with / max(item.n_known, 1)
    return power.detectable_lift(n, n_best, share, 1, search.value is not None, LEVEL / 2)


def _leaving(customers: pd.DataFrame, met: np.ndarray, known: np.ndarray) -> Estimate:
    """Rate of leaving of those that meet it over that of the others, given the time observed."""
    days = customers["tenure_days"].to_numpy("float64", na_value=np.nan)
    left = customers["is_churned"].to_numpy(bool)
    seen = known & (days > 0)
    if not left[seen].any():
        return Estimate(n=int(seen.sum()))
    expected = left[seen] - null_martingale_residual(
        days[seen], left[seen].astype(int), np.zeros(int(seen.sum()))
    )
    inside, gone = met[seen], left[seen]
    e1, e0 = float(expected[inside].sum()), float(expected[~inside].sum())
    k1, k = int(gone[inside].sum()), int(gone.sum())
    if not e1 or not e0:
        return Estimate(n=int(seen.sum()))
    low, high = (float(x) for x in intervals.wilson(k1, k))
    share = np.array([k1 / k, low, high])
    with np.errstate(divide="ignore"):
        ratio = share / (1 - share) * e0 / e1
    estimate, low, high = map(float, ratio)
    return Estimate(estimate, low, high, int(seen.sum()))


def _worth(value: np.ndarray, met: np.ndarray, known: np.ndarray) -> Estimate:
    """How much more those that meet it are worth: median of all differences."""
    return shift(value[known & met], value[known & ~met])


def _beside(claim: _Claim, search: Search) -> str:
    """What the search found about the same attributes."""
    mine = {c.attribute for c in claim.conditions}
    found = [i for i in (*search.raised, *search.lowered) if i.attribute in mine]
    texts = [
        f"{in_words(i.condition, About.of(search.row[i.attribute], ''))}"
        f" ({'more' if i.direction == 'up' else 'fewer'} best)"
        for i in found
    ]
    return words.listed(texts)


def _sentence(row: dict) -> str:
    believed = "more" if row["direction"] == "more" else "fewer"
    between = words.between(row["low"], row["high"], "ratio")
    text = (
        f"{row['who']}: {row['item']} has {believed} best customers:"
        f" {words.k_of_n(row['n_best_with'], row['n_with'])} are best, a lift of"
        f" {words.ratio(row['estimate'])} ({between})"
    )
    ends = {
        "confirmed": "confirmed",
        "contradicted": "the data say the opposite",
        "too few to say": "too few to say",
        "no difference seen": (
            f"no difference as small as {words.ratio(row['detectable_lift'])}"
            " would have stayed unseen, none was seen"
        ),
    }
    return words.sentence(f"{text}: {ends[row['verdict']]}")
