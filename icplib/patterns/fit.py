"""How every account fits what was found, with points that do not know the account's own outcome."""

import numpy as np
import pandas as pd

from icplib.icp import Profiles
from icplib.patterns.profile import Rule
from icplib.patterns.search import Search
from icplib.vocabulary.judgements import POINT_CUTS, TIERS


def fit(
    accounts: pd.DataFrame,
    search: Search,
    best: pd.DataFrame,
    profiles: Profiles,
    rules: list[Rule],
) -> pd.DataFrame:
    """02_fit: criteria of the main profile met, out-of-fold points and fit, for every account.

    Customers that the search saw get the points of the folds without them; all others were not seen
    at all, so the conditions found in the whole data are honest for them.
    """
    main, rule = profiles.main, rules[0]
    met = main.met(accounts)
    n_known = (
        met.notna().sum(axis=1).to_numpy(int) if len(met.columns) else np.zeros(len(accounts), int)
    )
    n_met = met.sum(axis=1).to_numpy(int) if len(met.columns) else np.zeros(len(accounts), int)
    share = np.divide(n_met, n_known, out=np.full(len(accounts), np.nan), where=n_known > 0)
    points = pd.Series(100 * share, index=accounts["account_id"])
    if rule.held_out is not None:
        points.loc[best["account_id"].iloc[search.rows]] = rule.held_out.points
    else:
        points[:] = np.nan
    fits = profiles.fits(accounts).set_axis(accounts["account_id"])
    if rule.held_out is not None:
        inside = rule.held_out.inside
        seen = pd.array(inside > 0.5, dtype="boolean")
        seen[np.isnan(inside)] = pd.NA
        fits.loc[best["account_id"].iloc[search.rows]] = seen
    out = pd.DataFrame(
        {
            "account_id": accounts["account_id"],
            "n_met": n_met,
            "n_known": n_known,
            "n_criteria": len(main.criteria),
            "fit_share": share,
            "oof_points": points.to_numpy(),
            "fits_held_out": fits.to_numpy(),
        }
    )
    tiers = np.select([out["oof_points"] >= limit for limit in POINT_CUTS], TIERS, default="")
    out["fit_tier"] = pd.Series(tiers, index=out.index).replace("", None)
    return out
