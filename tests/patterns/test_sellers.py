"""Was it the seller? A star seller who owns a region, and its twin in which the region tells."""

import numpy as np

from icplib import patterns
from icplib.icp import Profiles
from icplib.patterns.sellers import describe_sellers
from icplib.settings import Settings
from icplib.tables import artefact
from pattern_bed import company


def settings():
    return Settings(
        name="Bed",
        sources={"accounts": "a.csv", "deals": "d.csv"},
        patterns={"permutations": 199},
    )


def sold(n, seed, by_seller):
    """A star seller closes twice as large and owns four fifths of one region.

    Or the region does.
    """
    rng = np.random.default_rng(seed)
    accounts, attributes = company(n, seed, "null")
    region = np.where(rng.random(len(accounts)) < 0.15, "north", "south").astype(object)
    star = (region == "north") & (rng.random(len(accounts)) < 0.8)
    seller = np.where(star, "star", rng.choice(list("abcde"), len(accounts)))
    money = rng.lognormal(9.5, 1, len(accounts)) * np.where(
        star if by_seller else region == "north", 3, 1
    )
    accounts = accounts.assign(region=region, owner=seller, first_year_revenue_amount=money)
    accounts["first_year_revenue_amount"] = accounts["first_year_revenue_amount"].where(
        accounts["is_customer"].astype(bool)
    )
    chosen = settings()
    best = patterns.choose_best(accounts, chosen)
    only = attributes[attributes["attribute"].isin(["region", "employees"])]
    search = patterns.search(accounts, only, best, chosen)
    table = patterns.sellers(search, Profiles.model_construct(profiles=()), accounts, None, "USD")
    drivers = {search.raised[i].attribute for i in search.drivers}
    return artefact("02_sellers").check(table).set_index("item"), drivers


def test_one_seller_is_no_region():
    table, drivers = sold(900, 3, by_seller=True)
    assert "region" not in drivers
    row = table.loc["Region: north"]
    assert row["verdict"] in ("most of this is one seller", "cannot be told from the seller")
    assert row["within_estimate"] < row["estimate"] and "seller" in row["sentence"]
    table, drivers = sold(900, 4, by_seller=False)
    assert drivers == {"region"} and table.loc["Region: north", "verdict"] == "not the seller"
    assert "holds among" in describe_sellers(table[table["verdict"].str.startswith("not")])
