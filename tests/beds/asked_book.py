"""A company with the truth of benchmarks/testbed.py, asked by hand: step 1 is there, no more."""

import pandas as pd

import pattern_bed
from icplib.ask import with_settings
from icplib.tables import artefact
from icplib.workbook import Workbook

TOML = """name = "Asked"
[sources]
accounts = "a.csv"
deals = "d.csv"
[patterns]
permutations = 99
referee = false
[score]
referee = false
[scenarios.few]
best.share = 0.1
"""
NAMES = ("Norcaster Lending GmbH", "Alder & Sons Ltd", "Alder and Sons Holding")


def book(folder, patch, n=220, seed=4):
    """A Workbook in ``folder`` whose artefacts of steps 2 to 4 are made when they are read."""
    patch.setenv("ICP_DATA", str(folder / "data"))
    patch.setenv("ICP_REPORTS", str(folder / "reports"))
    raw = folder / "data" / "asked" / "raw" / "2026Q3"
    raw.mkdir(parents=True)
    (raw / "a.csv").write_text("x\n")
    (raw.parents[1] / "company.toml").write_text(TOML)
    accounts, attributes = pattern_bed.company(n, seed)
    accounts["account_name"] = [*NAMES, *(f"Company {i}" for i in range(len(accounts) - 3))]
    accounts["owner"] = ["p1" if i % 3 else "p2" for i in range(len(accounts))]
    accounts["churn_date"] = accounts["start_date"].where(accounts["is_churned"]) + pd.to_timedelta(
        accounts["tenure_days"], unit="D"
    )
    ids = accounts["account_id"].head(60)
    deals = pd.DataFrame(
        {
            "deal_id": [f"D{i}" for i in range(60)],
            "account_id": ids,
            "created_date": pd.Timestamp("2026-01-05"),
            "close_date": pd.Timestamp("2026-03-05"),
            "is_closed": True,
            "is_won": [i % 2 == 0 for i in range(60)],
            "deal_amount": 1000.0,
        }
    )
    base = Workbook("asked", "2026Q3")
    base.write("01_accounts", accounts)
    base.write("01_attributes", attributes)
    base.write("01_deals", deals.reindex(columns=artefact("01_deals").names))
    for name in ("01_contacts", "01_tickets"):
        base.write(name, artefact(name).frame([]))
    return with_settings(base)
