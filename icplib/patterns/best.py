"""Who is best: the top share by each meaning of best, how far they agree, and when they began."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from icplib import words
from icplib.patterns.meanings import MEANINGS, Meaning, chosen_meaning
from icplib.patterns.search import Search
from icplib.problems import UserError
from icplib.settings import Settings
from icplib.stats.centres import shift
from icplib.stats.intervals import wilson
from icplib.stats.scan import scan_both
from icplib.tables import artefact

CUT_OFFS = (0.10, 0.15, 0.20, 0.25, 0.30)
YEARS = ((0, 1), (1, 2), (2, 3), (3, 5), (5, None))  # bands of tenure


def choose_best(accounts: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """02_best: one row a customer with its value by each meaning and whether it is best by it.

    Customers whose value is not known are neither best nor other. Ties at the cut-off are broken by
    a hash of the id, which knows nothing. UserError when the value chosen is known of nobody.
    """
    chosen = chosen_meaning(settings)
    customers = accounts[accounts["is_customer"]].sort_values("account_id").reset_index(drop=True)
    out = customers[["account_id"]].copy()
    for by, one in MEANINGS.items():
        out[f"value_{by}"] = one.values(customers, settings)
        out[f"is_best_{by}"] = _top(out[f"value_{by}"], settings.best.share, out["account_id"])
    if out[f"value_{chosen.name}"].notna().sum() == 0:
        raise _unknown(chosen, out, settings)
    return out.assign(
        value=out[f"value_{chosen.name}"],
        is_best=out[f"is_best_{chosen.name}"],
        best_by=chosen.name,
    )


def _unknown(chosen: Meaning, out: pd.DataFrame, settings: Settings) -> UserError:
    known = [by for by in MEANINGS if out[f"value_{by}"].notna().any()]
    other = f' Or choose best.by = "{known[0]}".' if known else ""
    if chosen.is_timed and settings.best.over != "year of tenure":
        other += ' Or choose best.over = "year of tenure".'
    return UserError(
        f"nobody's {chosen.of(settings)} is known, so nobody can be best by it",
        file="company.toml",
        column="best.by",
        remedy=f"It needs {chosen.needs}.{other}",
    )


def _top(values: pd.Series, share: float, ids: pd.Series) -> pd.Series:
    """True for the best share of the known values, missing where unknown."""
    known = values.notna()
    luck = pd.util.hash_array(ids.to_numpy(object))
    order = pd.DataFrame({"value": values, "luck": luck})[known]
    order = order.sort_values(["value", "luck"], ascending=[False, True], kind="stable")
    best = pd.Series(pd.NA, index=values.index, dtype="boolean")
    best[known] = False
    best[order.index[: int(np.rint(share * len(order)))]] = True
    return best


def tenure(accounts: pd.DataFrame, best: pd.DataFrame) -> pd.DataFrame:
    """02_tenure: share of best by tenure and by the year in which they began.

    The last row is how many years longer the best have been customers.
    """
    known = best[best["is_best"].notna()].merge(accounts, on="account_id")
    flag = known["is_best"].to_numpy(bool)
    years = (known["tenure_days"] / 365.25).to_numpy()
    begun = known["start_date"].dt.year.to_numpy()
    groups = [("tenure", _band(low, high), _between(years, low, high)) for low, high in YEARS]
    first = sorted({int(y) for y in begun[np.isfinite(begun)]})
    groups += [("start year", words.number(y, is_year=True), begun == y) for y in first]
    rows = []
    for what, level, inside in groups:
        n, k = int(inside.sum()), int(flag[inside].sum())
        if n:
            low, high = (float(x) for x in wilson(k, n))
            rows.append((what, level, k, k / n, low, high, n))
    gap = shift(years[flag], years[~flag])
    rows.append(("years longer", "best", int(flag.sum()), gap.estimate, gap.low, gap.high, gap.n))
    made = artefact("02_tenure")
    return made.frame(dict(zip(made.names, row, strict=True)) for row in rows)


def _band(low: int, high: int | None) -> str:
    return f"{low} years or more" if high is None else f"{low} to {words.plural(high, 'year')}"


def _between(x: np.ndarray, low: float, high: float | None) -> np.ndarray:
    return (x >= low) & (x < (np.inf if high is None else high))


def overlap(best: pd.DataFrame, search: Search, settings: Settings) -> pd.DataFrame:
    """02_overlap: pairs, exact regions, and what other cut-offs would have found.

    The cut-offs are of the chosen value.

    search: the Search at the cut-off of the settings; the others repeat its scan upwards.
    """
    known = [by for by in MEANINGS if best[f"value_{by}"].notna().any()]
    all_known = best[[f"value_{by}" for by in known]].notna().all(axis=1)
    flags = {by: best.loc[all_known, f"is_best_{by}"].astype(bool) for by in known}
    n, rows = int(all_known.sum()), []
    for a, b in itertools.combinations(known, 2):
        rows.append(
            {
                "what": "pair",
                "by": (a, b),
                "n": n,
                "n_best": int((flags[a] & flags[b]).sum()),
                "n_expected": flags[a].sum() * flags[b].sum() / n if n else np.nan,
            }
        )
    for size in range(1, len(known) + 1):
        for group in itertools.combinations(known, size):
            exactly = np.logical_and.reduce(
                [flags[by] if by in group else ~flags[by] for by in known]
            )
            rows.append({"what": "region", "by": group, "n": n, "n_best": int(exactly.sum())})
    rows += [_cut_off(share, best, search, settings) for share in CUT_OFFS]
    return artefact("02_overlap").frame({"best_share": settings.best.share, **r} for r in rows)


def _cut_off(share: float, best: pd.DataFrame, search: Search, settings: Settings) -> dict:
    value = search.value
    n_best = int(np.rint(share * len(value)))
    row = {
        "what": "cut-off",
        "by": (settings.best.by,),
        "best_share": share,
        "n": len(value),
        "n_best": n_best,
    }
    if not n_best:
        return row
    flag = np.zeros(len(value), bool)
    luck = pd.util.hash_array(best.loc[search.rows, "account_id"].to_numpy(object))
    flag[np.lexsort((luck, -value))[:n_best]] = True
    row["threshold_value"] = value[flag].min()
    if search.is_search:
        found = scan_both(search.coded, flag, value, search.choice, search.design)[0].found
        row |= {"n_found": len(found), "found": tuple(search.label[a.name] for a in found)}
    return row
