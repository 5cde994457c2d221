"""How often does step 2 find something in companies in which nothing is true?

    python -m benchmarks.null_companies --samples 100 --n 100 300

Each bed keeps the attributes of `testbed.py` (25, with gaps) and breaks every relation with the
value: *plain*; *families* of three (same attributes, value sqrt(.8) family + sqrt(.2) own);
*duplicates* (15 % of rows are copies with a value of their own family); *start* (value goes with
the
start date, and one field tells only when they began); *seasons* (two cohorts, other gaps each).
Raised and lowered count together; recall is paired: with the design and without, on one bed.
"""

import argparse

import numpy as np
import pandas as pd

from benchmarks import testbed
from icplib.stats.conditions import found_items
from icplib.stats.design import Design
from icplib.stats.groups import Attribute
from icplib.stats.intervals import wilson
from icplib.stats.scan import Choice, scan_both

BEDS = ("plain", "families", "duplicates", "start", "seasons")


def company(bed, n, seed):
    """(attributes, value, design) of one company without any truth."""
    rng = np.random.default_rng([seed, n, BEDS.index(bed)])
    attributes = testbed.generate(n, seed, "null").attributes
    start, unit = rng.random(n) * 1460, np.arange(n)
    value = rng.standard_normal(n)
    if bed in ("families", "duplicates"):
        unit = np.arange(n) // 3
        if bed == "duplicates":
            unit = np.where(np.arange(n) < 0.85 * n, np.arange(n), rng.integers(0, n, n))
        first = np.unique(unit, return_index=True)[1][np.unique(unit, return_inverse=True)[1]]
        attributes = [a.take(first) for a in attributes]
        value = np.sqrt(0.8) * value[first] + np.sqrt(0.2) * value
    if bed == "start":
        value = 1.5 * start / 1460 + 0.5 * value
        era = np.where(start < 700, "Gen 1", np.where(start < 1200, "Gen 2", "Gen 3"))
        attributes = [*attributes, Attribute("package", "nominal", era.astype(object))]
    if bed == "seasons":
        old = start < 730
        value = value + 1.0 * old
        attributes = [_gappy(a, old & (rng.random(n) < 0.4)) for a in attributes]
    return attributes, value, Design(unit, start)


def _gappy(attribute, gone):
    values = attribute.values.copy()
    values[gone] = np.nan if attribute.kind == "numeric" else None
    return Attribute(attribute.name, attribute.kind, values)


def finds(attributes, value, design, seed):
    """(raised, lowered): whether anything is found."""
    flag = value >= np.quantile(value, 0.8)
    up, down = scan_both(attributes, flag, value, Choice(499, 0.10, seed), design)
    return bool(up.found), bool(down.found)


def recall(n, seed):
    """Recall on the shift truth with start strata and without, one bed."""
    sample = testbed.generate(n, seed)
    start = np.random.default_rng([seed, 1]).random(n)
    out = []
    for design in (None, Design(np.arange(n), start)):
        up, _ = scan_both(
            sample.attributes, sample.flag, sample.value, Choice(499, 0.10, seed), design
        )
        items = found_items(up, sample.flag, sample.value)
        out.append(len(testbed.planted_found([i.condition for i in items])) / 6)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--n", type=int, nargs="+", default=[100, 300])
    parser.add_argument("--beds", nargs="+", default=BEDS, choices=BEDS)
    parser.add_argument("--seed", type=int, default=91_000_000)
    parser.add_argument("--recall", action="store_true")
    choice = parser.parse_args()
    print(f"seeds: {choice.seed} + 1000*sample + n, sample 0..{choice.samples - 1}")
    for n in choice.n:
        seeds = [choice.seed + 1000 * s + n for s in range(choice.samples)]
        if choice.recall:
            free, kept = np.array([recall(n, seed) for seed in seeds]).T
            gap = kept - free
            print(
                n, "recall", free.mean(), kept.mean(), "se", gap.std() / len(gap) ** 0.5, flush=True
            )
            continue
        for bed in choice.beds:
            got = np.array([finds(*company(bed, n, seed), seed) for seed in seeds])
            both = int(got.any(axis=1).sum())
            upper = float(wilson(both, len(got))[1])
            print(
                n,
                bed,
                pd.Series(
                    {
                        "raised": got[:, 0].mean(),
                        "lowered": got[:, 1].mean(),
                        "any": both / len(got),
                    }
                )
                .round(3)
                .to_dict(),
                f"upper 95 % {upper:.3f} ({len(got)} companies)",
                flush=True,
            )


if __name__ == "__main__":
    main()
