"""What step 2 costs: search, tables, ladder and draft of the profile over n customers x 40
attributes, on one core.

    python -m benchmarks.cost_patterns 1000 1000000

18 numbers, 20 categories, 2 sets with gaps; the value depends on four of them. CPU seconds after
the imports, the peak of memory of the process with the table in it. Every size runs in a process of
its own.
"""

import os
import resource
import subprocess
import sys
import time

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

import numpy as np
import pandas as pd

from icplib import patterns
from icplib.settings import Quarter, Settings

SEED = 20_261_121
STACKS = [
    ("AWS",),
    ("AWS", "CRM"),
    ("CRM",),
    ("Azure", "Jira"),
    ("Jira", "Slack"),
    (),
    ("AWS", "Jira", "Slack"),
]


def table(n):
    """(accounts, attributes) as step 1 writes them, as far as step 2 reads them."""
    rng = np.random.default_rng(SEED)

    def gone():
        return rng.random(n) < 0.08

    columns, kinds = {}, {}
    for i in range(18):
        columns[f"number_{i}"], kinds[f"number_{i}"] = (
            np.where(gone(), np.nan, np.round(np.exp(rng.normal(5, 1, n)))),
            "count",
        )
    for i in range(20):
        levels = np.array([f"level {k}" for k in range(4 + i % 5)], dtype=object)
        columns[f"category_{i}"], kinds[f"category_{i}"] = (
            pd.Series(levels[rng.integers(0, len(levels), n)]).mask(gone()),
            "nominal",
        )
    for i in range(2):
        stacks = np.empty(len(STACKS) + 1, dtype=object)
        stacks[:] = [*STACKS, None]
        columns[f"set_{i}"], kinds[f"set_{i}"] = stacks[rng.integers(0, len(stacks), n)], "set"
    number, level = (
        np.nan_to_num(columns["number_0"], nan=150),
        columns["category_0"].eq("level 0").to_numpy(bool),
    )
    value = (
        0.8 * ((number > 100) & (number < 400))
        + 0.7 * level
        + 0.5 * columns["category_1"].eq("level 1").to_numpy(bool)
        + rng.standard_normal(n)
    )
    accounts = pd.DataFrame(
        {
            "account_id": [f"a{i:07d}" for i in range(n)],
            "is_customer": True,
            "is_prospect": False,
            "is_churned": False,
            "tenure_days": 900.0,
            "start_date": pd.Timestamp("2024-01-01"),
            "observed_from_date": pd.NaT,
            "first_year_revenue_amount": np.exp(value),
            "first_year_profit_amount": np.nan,
            **columns,
        }
    )
    attributes = pd.DataFrame(
        [
            {
                "attribute": name,
                "label": name.replace("_", " "),
                "kind": kind,
                "unit": "",
                "use": "pattern",
                "levels": None,
                "mission_row": "",
            }
            for name, kind in kinds.items()
        ]
    )
    return accounts, attributes


def measure(n):
    """Prints one line: n, CPU seconds of each part, the peak of memory."""
    accounts, attributes = table(n)
    settings = Settings(name="Cost", sources={"accounts": "a.csv", "deals": "d.csv"})
    started, spent = time.process_time(), {}

    def part(name, result):
        nonlocal started
        spent[name], started = time.process_time() - started, time.process_time()
        return result

    best = part("best", patterns.choose_best(accounts, settings))
    search = part("search", patterns.search(accounts, attributes, best, settings))
    noise = part("noise floor", patterns.noise(search, settings))
    found = part("tables", patterns.patterns_table(search, "USD"))
    part("attributes", patterns.attributes_table(search))
    draft, rules = part(
        "ladder and nested ladders",
        patterns.draft_profiles(search, found, noise, settings, Quarter("2026Q3")),
    )
    part("fit", patterns.fit(accounts, search, best, draft, rules))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in spent.items())
    print(
        f"{n:>9,} x {len(attributes)}: {sum(spent.values()):.2f} CPU s ({parts}); peak {peak:.2f}"
        f" GB; {len(draft.main.criteria)} criteria",
        flush=True,
    )


if __name__ == "__main__":
    sizes = [int(n) for n in sys.argv[1:]] or [1000, 1_000_000]
    if len(sizes) == 1:
        measure(sizes[0])
    else:
        for n in sizes:
            subprocess.run([sys.executable, "-m", "benchmarks.cost_patterns", str(n)], check=True)
