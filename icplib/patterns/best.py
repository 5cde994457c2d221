"""Who is best: the top share by revenue a year, profit a year and retention, and how far the three
agree.
"""

import itertools

import numpy as np
import pandas as pd

from icplib.problems import UserError
from icplib.stats.scan import scan
from icplib.stats.survival import null_martingale_residual
from icplib.tables.step_02 import MEASURES

CUT_OFFS = (0.10, 0.15, 0.20, 0.25, 0.30)
NEEDS = {
    "revenue": "invoices or won deals, and customers older than best.min_tenure_days",
    "profit": "invoices with their cost",
    "retention": "start dates and a churn list (or churn.silent_quarters)",
}


def choose_best(accounts: pd.DataFrame, settings) -> pd.DataFrame:
    """02_best: one row a customer with its three values and whether it is among the best share by
    each.

    Customers whose value is not known are neither best nor other. Ties at the cut-off go to the
    longer customer, then by id. UserError when the value chosen in the settings is not known for
    any customer.
    """
    customers = accounts[accounts["is_customer"]].reset_index(drop=True)
    out = customers[["account_id"]].copy()
    out["value_revenue"] = customers["revenue_per_year_amount"].to_numpy("float64", na_value=np.nan)
    out["value_profit"] = customers["profit_per_year_amount"].to_numpy("float64", na_value=np.nan)
    out["value_retention"] = retention(customers)
    tenure = customers["tenure_days"].to_numpy("float64", na_value=np.nan)
    for by in MEASURES:
        out[f"is_best_{by}"] = _top(
            out[f"value_{by}"], settings.best.share, tenure, out["account_id"]
        )
    chosen = settings.best.by
    if out[f"value_{chosen}"].notna().sum() == 0:
        known = [by for by in MEASURES if out[f"value_{by}"].notna().any()]
        remedy = f"It needs {NEEDS[chosen]}." + (
            f' Or choose best.by = "{known[0]}".' if known else ""
        )
        raise UserError(
            f"nobody's {chosen} is known, so nobody can be best by it",
            file="company.toml",
            column="best.by",
            remedy=remedy,
        )
    out["value"], out["is_best"], out["best_by"] = (
        out[f"value_{chosen}"],
        out[f"is_best_{chosen}"],
        chosen,
    )
    return out


def retention(customers: pd.DataFrame) -> np.ndarray:
    """Minus the null martingale residual.

    Expected minus observed leaving given the time under observation; NaN if unknown.

    All NaN when nobody left: then everybody stayed and nothing tells them apart but the start date.
    """
    days = customers["tenure_days"].to_numpy("float64", na_value=np.nan)
    left = customers["is_churned"].to_numpy("bool")
    late = (customers["observed_from_date"] - customers["start_date"]).dt.days.to_numpy(
        "float64", na_value=np.nan
    )
    entry = np.maximum(np.nan_to_num(late, nan=0.0), 0.0)
    seen = np.isfinite(days) & (days > entry)
    out = np.full(len(customers), np.nan)
    if left[seen].any():
        out[seen] = -null_martingale_residual(days[seen], left[seen].astype(int), entry[seen])
    return out


def _top(values: pd.Series, share: float, tenure: np.ndarray, ids: pd.Series) -> pd.Series:
    """True for the best share of the known values, missing where unknown."""
    known = values.notna()
    order = pd.DataFrame({"value": values, "tenure": np.nan_to_num(tenure), "id": ids})[known]
    order = order.sort_values(
        ["value", "tenure", "id"], ascending=[False, False, True], kind="stable"
    )
    best = pd.Series(pd.NA, index=values.index, dtype="boolean")
    best[known] = False
    best[order.index[: int(round(share * len(order)))]] = True
    return best


def overlap(best: pd.DataFrame, search, settings) -> pd.DataFrame:
    """02_overlap: pairs, exact regions, and what other cut-offs of the chosen value would have
    found.

    search: the Search at the cut-off of the settings; the others repeat its scan upwards.
    """
    known = [by for by in MEASURES if best[f"value_{by}"].notna().any()]
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
    columns = [
        "what",
        "by",
        "best_share",
        "n",
        "n_best",
        "n_expected",
        "threshold_value",
        "n_found",
        "found",
    ]
    return pd.DataFrame(
        [{"best_share": settings.best.share, **row} for row in rows], columns=columns
    )


def _cut_off(share: float, best: pd.DataFrame, search, settings) -> dict:
    value = search.value
    n_best = int(round(share * len(value)))
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
    flag[np.lexsort((best.loc[search.rows, "account_id"].to_numpy(), -value))[:n_best]] = True
    row["threshold_value"] = value[flag].min()
    if search.is_search:
        found = scan(
            search.coded, flag, value, "up", search.permutations, search.q_level, search.seed
        ).found
        row |= {"n_found": len(found), "found": tuple(search.label[a.name] for a in found)}
    return row
