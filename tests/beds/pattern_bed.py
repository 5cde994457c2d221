"""A company in the shape of step 1's artefacts with the truth of benchmarks/testbed.py.

Tables for tests of step 2.
"""

import numpy as np
import pandas as pd

from benchmarks import testbed
from icplib.tables import artefact

KINDS = {
    "industry": "nominal",
    "employees": "count",
    "revenue": "amount",
    "growth": "rate",
    "stack": "set",
}
ROWS = {
    "industry": "A1",
    "employees": "A2",
    "revenue": "A3",
    "growth": "A8",
    "stack": "A6",
    "region": "A4",
    "business_model": "A10",
}
LABELS = {
    "stack": "Technology stack",
    "growth": "Revenue growth a year",
    "revenue": "Annual revenue",
}


def company(n=300, seed=1, truth="shift", n_prospects=20):
    """(accounts, attributes) as 01_accounts and 01_attributes; the first n are customers."""
    sample = testbed.generate(n + n_prospects, seed, truth)
    rng = np.random.default_rng(seed)
    accounts = pd.DataFrame({"account_id": [f"A{i:05d}" for i in range(n + n_prospects)]})
    is_customer = np.arange(n + n_prospects) < n
    start = pd.Timestamp("2022-01-01") + pd.to_timedelta(
        rng.integers(0, 900, len(accounts)), unit="D"
    )
    days = np.minimum(
        (pd.Timestamp("2026-09-30") - start).days.to_numpy(float),
        400 * rng.exponential(2 + sample.signal) + 100,
    )
    churned = (start + pd.to_timedelta(days, unit="D") < pd.Timestamp("2026-09-29")) & is_customer
    for column in artefact("01_accounts").columns:
        if column.name not in accounts:
            accounts[column.name] = None
    accounts["is_customer"], accounts["is_prospect"], accounts["is_churned"] = (
        is_customer,
        ~is_customer,
        churned,
    )
    accounts["start_date"] = accounts["observed_from_date"] = pd.Series(start).where(is_customer)
    accounts["tenure_days"] = np.where(is_customer, days, np.nan)
    accounts["family_id"] = accounts["account_id"]
    accounts["first_year_revenue_amount"] = np.where(is_customer, 1000 * sample.value, np.nan)
    for attribute in sample.attributes:
        accounts[attribute.name] = pd.Series(
            list(attribute.values), dtype=object if attribute.kind != "numeric" else float
        )
    attributes = pd.DataFrame(
        [
            {
                "attribute": a.name,
                "label": LABELS.get(a.name, a.name.replace("_", " ").capitalize()),
                "kind": KINDS.get(a.name, "nominal" if a.kind == "nominal" else "count"),
                "group": "firmographic",
                "source": "accounts",
                "unit": "company currency" if a.name == "revenue" else None,
                "timing": "before_sale",
                "use": "pattern",
                "reason": None,
                "levels": (),
                "n_accounts": n,
                "n_known": int(a.known.sum()),
                "known_share": a.known.mean(),
                "mission_row": ROWS.get(a.name),
            }
            for a in sample.attributes
        ]
    )
    return artefact("01_accounts").check(accounts), artefact("01_attributes").check(attributes)
