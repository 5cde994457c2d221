"""Where to sell next, where to spend, whom to keep: deals, leads and customers as counts.

`04_sales` has one row a count: `topic` says what is counted, `side` whom (those that fit the
profile, the others), `group` by what (tier, channel, reason, accounts that there is time for).
Intervals: Wilson on the account-clustered effective n for deals, Wilson for leads and losses, order
statistics for medians; gains by draws from the tiers' held-out counts. `p` is Holm's over the rows
of one topic: a channel against all the others, a reason among fit against others.
"""

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from icplib.stats import centres
from icplib.stats.contrasts import clustered_rate, holm
from icplib.stats.intervals import difference, wilson
from icplib.tables import artefact
from icplib.vocabulary.judgements import TIERS
from icplib.workbook import Workbook

TIME_FOR = (10, 25, 50, 100, 200)
DRAWS = 2_000
FEWEST = 30  # losses; a quarter with fewer takes the one before it along
MANY = "three or more"
TOP = 0.2
SIZES = (0, 50, 200, 1_000, 5_000, np.inf)
SIZE_WORDS = ("under 50", "50 to 199", "200 to 999", "1,000 to 4,999", "5,000 or more")
SIDES = {"fit": True, "others": False}
Rows = Iterator[dict]


def sales_table(
    book: Workbook,
    scores: pd.DataFrame,
    accounts: pd.DataFrame,
    tiers: pd.DataFrame,
    won: Mapping[str, pd.Series] = MappingProxyType({}),
) -> pd.DataFrame:
    """`04_sales`: what the quarter's deals and leads say about fit, tiers, channels and losses.

    ``won``: topic -> whether accounts were won, indexed by the group that they are in.
    """
    known = scores[["account_id", "fits_icp", "tier"]]
    known = known.assign(tier=known["tier"].where(known["tier"].isin(TIERS)))
    deals = book.read("01_deals").merge(known, on="account_id", how="left")
    leads = accounts.merge(known, on="account_id", how="left")
    last = book.as_of.to_period("Q")
    year = book.settings.report.lead_window_quarters
    closed = deals[deals["is_closed"] & _within(deals["close_date"], last, year)]
    rows = [
        *_open(deals, book.as_of, "open"),
        *_open(deals, (last - 1).end_time.normalize(), "open before"),
        *_won(closed, "tier", "won by tier"),
        *_cycles(closed[closed["is_won"]]),
        *_leads(leads[_within(leads["created_date"], last, year)], deals),
        *_apart(_won(closed, "lead_source", "won by channel")),
        *_losses(deals, last),
        *_gains(scores, tiers),
        *_at_risk(scores, accounts),
        *_plain(accounts),
        *(row for topic, told in won.items() for row in _compared(topic, told.dropna())),
    ]
    window = f"{last - year + 1} to {last}"
    return artefact("04_sales").frame({"window": window} | row for row in rows)


def _within(dates: pd.Series, last: pd.Period, n: int) -> pd.Series:
    quarters = dates.dt.to_period("Q")
    return ((quarters > last - n) & (quarters <= last)).fillna(False).astype(bool)


def _side(rows: pd.DataFrame, fits: bool) -> pd.DataFrame:
    return rows[(rows["fits_icp"] == fits).fillna(False).astype(bool)]


def _share(topic: str, k: int, n: int, **more: object) -> dict:
    low, high = wilson(k, n)
    row = {"topic": topic, "side": "all", "group": "", "k": k, "n": n}
    return row | {"estimate": k / n, "low": float(low), "high": float(high)} | more


def _open(deals: pd.DataFrame, day: pd.Timestamp, topic: str) -> Rows:
    """Deals that were open at the end of `day`, by fit: how many, how much."""
    there = deals[(deals["created_date"] <= day) & ~(deals["close_date"] <= day).fillna(False)]
    parts = {name: _side(there, fits) for name, fits in SIDES.items()}
    parts["not known"] = there[there["fits_icp"].isna()]
    for name, part in parts.items():
        if len(there):
            amount = float(part["deal_amount"].sum())
            yield _share(
                topic, len(part), len(there), side=name, amount=amount, window=str(day.date())
            )


def _won(closed: pd.DataFrame, by: str, topic: str) -> Rows:
    for name, part in closed.groupby(by):
        won = part.groupby("account_id")["is_won"].agg(["sum", "count"]).astype(float)
        rate = clustered_rate(won["sum"], won["count"])
        k, n = int(part["is_won"].sum()), len(part)
        yield _share(topic, k, n, group=name, low=rate.low, high=rate.high)


def _cycles(won: pd.DataFrame) -> Rows:
    for tier, part in won.groupby("tier"):
        found = centres.median(part["cycle_days"].astype(float))
        yield {"topic": "cycle by tier", "side": "all", "group": tier, "n": found.n} | {
            "estimate": found.estimate,
            "low": found.low,
            "high": found.high,
        }


def _leads(leads: pd.DataFrame, deals: pd.DataFrame) -> Rows:
    """New companies by channel: how many fit. Where accounts carry none, their first deal's."""
    first = deals.sort_values("created_date", kind="stable").drop_duplicates("account_id")
    channel = leads["account_id"].map(first.set_index("account_id")["lead_source"])
    if "lead_source" in leads:
        channel = leads["lead_source"].fillna(channel)
    known = leads.assign(channel=channel)[leads["fits_icp"].notna()]
    return _apart(
        _share("leads by channel", int(part["fits_icp"].sum()), len(part), group=name)
        for name, part in known.groupby("channel")
    )


def _compared(topic: str, won: pd.Series) -> Rows:
    """Groups of accounts by what came of them; of two, the second minus the first as well."""
    parts = won.groupby(level=0)
    rows = [*_apart(_share(topic, int(p.sum()), len(p), group=name) for name, p in parts)]
    yield from rows
    if len(rows) == 2:
        a, b = rows
        value, low, high = map(float, difference(b["k"], b["n"], a["k"], a["n"]))
        told = {"estimate": value, "low": low, "high": high, "p": a["p"], "n": len(won)}
        yield {"topic": topic, "side": "all", "group": "difference"} | told


def _apart(rows: Rows) -> Rows:
    """`p` of each row against all the others together, Holm's over the rows."""
    found = list(rows)
    k, n = (sum(row[c] for row in found) for c in ("k", "n"))
    p = [two_sided(row["k"], row["n"], k - row["k"], n - row["n"]) for row in found]
    return _with_p(found, p)


def _with_p(rows: list[dict], p: list[float]) -> Rows:
    return ({**row, "p": float(x)} for row, x in zip(rows, holm(p), strict=True))


def two_sided(k: int, n: int, k0: int, n0: int) -> float:
    """Two-sided p of two shares: twice the smaller one-sided mid-p of Fisher's exact test."""
    fall = centres.fall_p(k, n, k0, n0)
    return min(1.0, 2 * min(fall, 1 - fall)) if n and n0 else 1.0


def _losses(deals: pd.DataFrame, last: pd.Period) -> Rows:
    """Why deals are lost, among those that fit and the others."""
    lost = deals[deals["is_closed"] & ~deals["is_won"] & deals["lost_reason"].notna()]
    n_quarters = 1 if _within(lost["close_date"], last, 1).sum() >= FEWEST else 2
    lost = lost[_within(lost["close_date"], last, n_quarters)]
    window = str(last) if n_quarters == 1 else f"{last - 1} to {last}"
    sides = {"all": lost} | {name: _side(lost, fits) for name, fits in SIDES.items()}
    for name, part in sides.items():
        reasons = sorted(lost["lost_reason"].unique()) if len(part) else ()
        k = {r: int((part["lost_reason"] == r).sum()) for r in reasons}
        p = [1.0] * len(k)
        if name == "fit":
            rest = sides["others"]
            counts = [(int((rest["lost_reason"] == r).sum()), len(rest)) for r in reasons]
            p = [two_sided(k[r], len(part), *c) for r, c in zip(reasons, counts, strict=True)]
        made = [_share("lost", k[r], len(part), side=name, group=r, window=window) for r in k]
        yield from _with_p(made, p)


def _gains(scores: pd.DataFrame, tiers: pd.DataFrame) -> Rows:
    """What the first so many prospects by score hold of the best ones expected among all."""
    out = scores["knock_out"].fillna("").ne("")
    reach = scores[scores["is_prospect"] & ~out & scores["tier"].isin(TIERS)]
    reach = reach.sort_values(["score", "account_id"], ascending=[False, True], kind="stable")
    rates = tiers.dropna(subset=["best_rate"]).set_index("tier")
    reach = reach[reach["tier"].isin(rates.index)]
    draw = np.random.default_rng(len(reach)).beta
    k, n = (rates[c].astype(float).to_numpy() for c in ("n_best", "n"))
    place = rates.index.get_indexer(pd.Index(reach["tier"]))
    means = ((k + 0.5) / (n + 1))[place].cumsum()
    drawn = draw(k + 0.5, n - k + 0.5, (DRAWS, len(k)))[:, place].cumsum(axis=1)
    for size in (t for t in TIME_FOR if t < len(reach)):
        held = drawn[:, size - 1] / drawn[:, -1]
        low, high = np.quantile(held, [0.025, 0.975])
        estimate = float(means[size - 1] / means[-1])
        yield {"topic": "gains", "side": "all", "group": str(size), "n": len(reach), "k": size} | {
            "estimate": estimate,
            "low": float(low),
            "high": float(high),
        }


def _at_risk(scores: pd.DataFrame, accounts: pd.DataFrame) -> Rows:
    """Current customers that carry each red flag, or three and more, and what they bring a year."""
    here = accounts[accounts["is_customer"].fillna(False) & ~accounts["is_churned"].fillna(False)]
    carried = here["account_id"].map(scores.set_index("account_id")["red_flags"]).fillna("")
    flags = carried.str.split("; ").map(lambda names: [name for name in names if name])
    names = sorted({name for row in flags for name in row})
    has = {name: flags.map(lambda row, name=name: name in row) for name in names}
    for name, mask in {**has, MANY: flags.map(len) >= 3}.items() if names else ():
        amount = float(here.loc[mask, "revenue_per_year_amount"].sum())
        yield _share("at risk", int(mask.sum()), len(here), group=name, amount=amount)


def _plain(accounts: pd.DataFrame) -> Rows:
    """What is known without any search: customers, what they bring, who they are."""
    customers = accounts[accounts["is_customer"].fillna(False).astype(bool)]
    revenue = customers["revenue_amount"].dropna().sort_values(ascending=False)
    if len(revenue) and revenue.sum() > 0:
        top = revenue.head(math.ceil(len(revenue) * TOP))
        row = {"topic": "top fifth", "side": "all", "group": "", "k": len(top), "n": len(revenue)}
        yield row | {"estimate": top.sum() / revenue.sum(), "amount": float(revenue.sum())}
    if "industry" in customers and len(customers):
        for name, n in customers["industry"].value_counts().sort_index().items():
            yield _share("by industry", int(n), len(customers), group=name)
    if "n_employees" in customers and customers["n_employees"].notna().any():
        size = pd.cut(customers["n_employees"], SIZES, right=False, labels=SIZE_WORDS)
        for name, n in size.value_counts(sort=False).items():
            yield _share("by size", int(n), int(size.notna().sum()), group=str(name))
