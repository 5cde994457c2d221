"""How every account fits, with points that do not know their own outcome."""

import pandas as pd

from icplib import patterns
from icplib.patterns.fit import fit
from icplib.settings import Quarter, Settings
from icplib.tables import artefact
from pattern_bed import company


def test_fit_covers_every_account_with_points_in_range():
    accounts, attributes = company(300, 3)
    chosen = Settings(
        name="Bed",
        sources={"accounts": "a.csv", "deals": "d.csv"},
        patterns={"permutations": 99},
    )
    best = patterns.choose_best(accounts, chosen)
    search = patterns.search(accounts, attributes.head(5), best, chosen)
    noise, found = patterns.noise(search, chosen), patterns.patterns_table(search, "USD")
    draft, rules = patterns.draft_profiles(search, found, noise, chosen, Quarter("2026Q3"))
    table = artefact("02_fit").check(fit(accounts, search, best, draft, rules))
    assert list(table["account_id"]) == list(accounts["account_id"])
    points = table["oof_points"]
    tiers = pd.cut(points, [-1, 25, 50, 75, 101], right=False, labels=["D", "C", "B", "A"])
    assert (tiers.dropna().astype(str) == table["fit_tier"][tiers.notna()]).all()
    flag = best.set_index("account_id")["is_best"].reindex(table["account_id"]).fillna(False)
    is_best = flag.to_numpy(bool)
    assert points[is_best].mean() > points[~is_best].mean()
