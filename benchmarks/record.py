"""Is what a quarter calls proven kept? Promised against kept on generated companies.

    python -m benchmarks.record --companies 20 --quarters 6

Each company grows from 200 customers by 40 a quarter (truth of `testbed.py`); steps 2 runs as
functions at each quarter, and what it calls proven is asked again of the customers of the two
quarters after it, as `06_record` does. Prints the share kept and promised, with Wilson's limits.
"""

import argparse
import sys

import numpy as np
import pandas as pd

sys.path.insert(0, "tests/beds")

from icplib import patterns  # noqa: E402
from icplib.report.signs import track  # noqa: E402
from icplib.settings import Quarter, Settings  # noqa: E402
from icplib.stats.intervals import wilson  # noqa: E402
from pattern_bed import company  # noqa: E402

FIRST, GROWTH, WINDOW = 200, 40, 2


def settings():
    """The defaults with fewer draws."""
    sources = {"accounts": "a.csv", "deals": "d.csv"}
    return Settings(name="Bed", sources=sources, patterns={"permutations": 299})


def claims_at(accounts, attributes, chosen):
    """What steps 1 and 2 call proven of these customers: (claims, false discovery rate)."""
    best = patterns.choose_best(accounts, chosen)
    search = patterns.search(accounts, attributes, best, chosen)
    found = patterns.patterns_table(search, "USD")
    noise = patterns.noise(search, chosen)
    draft, _ = patterns.draft_profiles(search, found, noise, chosen, Quarter("2026Q3"))
    books = {"03_profile": draft, "02_patterns": found}
    return list(track.claims(Kept(books))), noise.false_discovery_rate


class Kept(dict):
    """Artefacts in memory, read like a workbook."""

    has, read = dict.__contains__, dict.__getitem__


def run(seed, quarters, truth):
    """Rows of one company: what was claimed, promised and kept."""
    chosen, rows, known = settings(), [], set()
    n = FIRST + (quarters + WINDOW) * GROWTH
    accounts, attributes = company(n, seed, truth)
    whole = patterns.choose_best(accounts, chosen)
    for quarter in range(quarters):
        size = FIRST + quarter * GROWTH
        here = accounts.assign(is_customer=accounts["is_customer"] & (accounts.index < size))
        claims, wrong = claims_at(here, attributes, chosen)
        later = whole[whole["value"].notna()].iloc[size:]
        for claim in (c for c in claims if c.key not in known):
            known.add(claim.key)
            found = track.best_again(claim, later, accounts)
            if found and "promise" in found:
                promise = (1 - wrong) * found["promise"] + wrong * found["by_chance"]
                rows.append({"kind": claim.kind, "promise": promise, "held": found["held"]})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=20)
    parser.add_argument("--quarters", type=int, default=6)
    parser.add_argument("--truth", default="shift")
    parser.add_argument("--seed", type=int, default=97_000)
    choice = parser.parse_args()
    seeds = range(choice.seed, choice.seed + choice.companies)
    print(f"{choice.truth}, seeds {seeds.start} to {seeds.stop - 1}", flush=True)
    table = pd.DataFrame([r for s in seeds for r in run(s, choice.quarters, choice.truth)])
    table["judged"] = table["promise"] >= track.SOON
    for kind, part in [("all", table), *table.groupby("kind")]:
        judged = part[part["judged"]]
        k, n = int(judged["held"].sum()), len(judged)
        low, high = wilson(k, n) if n else (np.nan, np.nan)
        print(
            f"{kind}: {len(part)} claimed, {n} judged, {k} held ({k / max(n, 1):.2f}, {low:.2f} to"
            f" {high:.2f}), promised {judged['promise'].mean():.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
