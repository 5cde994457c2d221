"""Does the method find what was planted, and nothing else?

Known truth, many samples, seeds printed.

    python -m benchmarks.truth --samples 60 --n 100 300 1000 --truth shift tail null

Every line of the result is a mean over samples; rules and lifts are judged on 60,000 fresh accounts
of the same truth. The measures are those of "Targets" 1-4 (leaks: 10) of the methods page.
"""

import argparse
import time
from functools import lru_cache

import numpy as np
import pandas as pd

from benchmarks import testbed
from icplib.conditions import Condition
from icplib.stats import intervals
from icplib.stats.conditions import count, found_items, tested_counts, true_spread
from icplib.stats.ranges import best_range
from icplib.stats.rules import Procedure, drivers_among, honest_precision, met_matrix, nested
from icplib.stats.scan import Choice, hybrid_score, normal_scores, scan_both

FRESH = 60_000
FRESH_SEED = 999_983
RANGES = {"employees": (200, 1500), "revenue": (20e6, 200e6), "growth": (0.30, np.inf)}


@lru_cache(maxsize=3)
def fresh(truth):
    return testbed.generate(FRESH, FRESH_SEED, truth)


def true_lift(condition, truth):
    item = count(condition, fresh(truth).by_name[condition.attribute], fresh(truth).flag)
    return float(intervals.lift(*item.counts)[0])


@lru_cache(maxsize=1000)
def true_lift_of_cell(attribute, op, value, truth):
    return true_lift(Condition(attribute=attribute, op=op, values=(value,)), truth)


def one_sample(n, seed, truth, with_rules):
    """One row of measures for one sample."""
    sample = testbed.generate(n, seed, truth)
    started = time.process_time()
    found, _ = scan_both(sample.attributes, sample.flag, sample.value, Choice(seed=seed))
    items = found_items(found, sample.flag, sample.value)
    row = {"n": n, "truth": truth, "seed": seed, "scan_seconds": time.process_time() - started}
    conditions = [i.condition for i in items]
    roles = [kind for c in conditions for _, kind in testbed.role(c)]
    n_planted = len(testbed.planted_found(conditions))
    row |= {
        "any": bool(items),
        "recall": n_planted / 6,
        "fdr": share(roles, {"noise"}),
        "fdr_or_proxy": share(roles, {"noise", "proxy"}),
    }
    if items:
        matrix = met_matrix(conditions, sample.by_name)
        score = hybrid_score(sample.flag, sample.value)
        drivers = [
            conditions[j] for j in drivers_among(items, matrix, score, found, Procedure.gamma).order
        ]
    else:
        drivers = []
    driver_roles = [kind for c in drivers for _, kind in testbed.role(c)]
    row |= {
        "driver_recall": len(testbed.planted_found(drivers)) / 6,
        "driver_fdr_or_proxy": share(driver_roles, {"noise", "proxy"}),
    }
    if truth != "null":
        row |= lifts(found, items, sample, truth) | ranges(found, sample)
    if with_rules:
        row |= rule(sample, truth, seed)
    return row


def share(roles, kinds):
    return np.mean([r in kinds for r in roles]) if roles else 0.0


def stated_cells(found, flag):
    """Counts and names of every level and member: items whose true lift is one number."""
    rows, names = [], []
    for a in found.attributes:
        coded = a.coded
        sums = np.rint(coded.cell_sums(flag)).astype(int)
        for i, n_in in enumerate(coded.n_in_cell):
            if (
                5 <= n_in <= coded.n_known - 5
                and coded.attribute.kind != "numeric"
                and coded.labels[i] != "other"
            ):
                rows.append((sums[i], n_in, a.n_best_known - sums[i], coded.n_known - n_in))
                names.append(
                    (
                        coded.attribute.name,
                        "in" if coded.attribute.kind == "nominal" else "contains",
                        coded.labels[i],
                    )
                )
    return np.array(rows), names


def lifts(found, items, sample, truth):
    counts, names = stated_cells(found, sample.flag)
    _, low, high = intervals.lift(*counts.T)
    true = np.array([true_lift_of_cell(*name, truth) for name in names])
    out = {"lift_coverage": np.mean((low <= true) & (true <= high))}
    if items:
        tau2 = true_spread(found, sample.flag)
        level = intervals.fcr_level(len(items), len(tested_counts(found, sample.flag)))
        a = np.array([i.counts for i in items]).T
        raw, low, high = intervals.lift(*a, level)
        true = np.array([true_lift(i.condition, truth) for i in items])
        out |= {
            "fcr_coverage": np.mean((low <= true) & (true <= high)),
            "raw_lift_over_truth": raw / true,
            "shrunken_lift_over_truth": (
                np.array(
                    [
                        intervals.shrunken_lift(*i.counts, tau2, limits)
                        for i, limits in zip(items, zip(low, high, strict=True), strict=True)
                    ]
                )
                / true
            ),
        }
    return out


def ranges(found, sample):
    out, fresh_sample = {}, fresh("shift").by_name
    jaccards, covered = [], []
    for name, (low, high) in RANGES.items():
        scanned = found[name]
        got = best_range(scanned, sample.flag, normal_scores(sample.value))
        values = fresh_sample[name].values
        values = values[~np.isnan(values)]
        mine = (values >= got.low) & (values <= got.high) if got else np.zeros(len(values), bool)
        planted = (values >= low) & (values <= high)
        jaccards.append((mine & planted).sum() / (mine | planted).sum())
        if got:
            covered.append(got.low_support[0] <= low <= got.low_support[1])
            if np.isfinite(high):
                covered.append(got.high_support[0] <= high <= got.high_support[1])
    out |= {"jaccard": np.mean(jaccards), "end_in_support": np.mean(covered)}
    return out


def rule(sample, truth, seed):
    n = len(sample.flag)
    n_best = int(sample.flag.sum())
    procedure = Procedure(
        max_conditions=6 if n_best >= 40 else 2,
        min_accounts=max(20 if n_best >= 40 else 8, 0.02 * n),
        seed=seed,
    )
    conditions, ladder = procedure(sample.attributes, sample.flag, sample.value)
    if not conditions or not ladder.order:
        return {"refused": True}
    if truth == "null":
        return {"refused": False}
    held_out = nested(sample.attributes, sample.flag, sample.value, procedure)
    head = ladder.n_headline
    honest = honest_precision(
        ladder.n_best[head - 1], ladder.n_accounts[head - 1], held_out.precision(0), n
    )
    met, _ = met_matrix(conditions, fresh(truth).by_name)
    inside = met[:, ladder.order[:head]].all(axis=1)
    best = fresh(truth).flag
    true = best[inside].mean()
    return {
        "refused": False,
        "rule_conditions": head,
        "rule_precision_true": true,
        "rule_lift_true": true / best.mean(),
        "rule_coverage": inside[best].mean(),
        "rule_apparent": ladder.n_best[head - 1] / ladder.n_accounts[head - 1],
        "rule_reported_bias": honest.estimate - true,
        "rule_interval_covers": (
            honest.low <= true <= honest.high if np.isfinite(honest.low) else np.nan
        ),
        "rule_nested": held_out.precision(0),
    }


def leaks(n, samples, seed):
    """Share of samples in which a leak is red, and a planted attribute is red."""
    from icplib.stats.leak import screen

    rows = []
    for s in range(samples):
        rng = np.random.default_rng([seed, n, s])
        sample = testbed.generate(n, seed + s)
        order = normal_scores(sample.value)
        for rho in (0.95, 0.80, 0.60):
            r = 2 * np.sin(np.pi * rho / 6)  # of normals whose rank correlation is rho
            leak = r * order + np.sqrt(1 - r**2) * rng.standard_normal(n)
            rows.append(
                {
                    "n": n,
                    "what": f"leak, rank rho {rho:.2f}",
                    "red": screen(leak, sample.flag).is_red,
                }
            )
        wrong = np.where(rng.random(n) < 0.05, ~sample.flag, sample.flag).astype(float)
        rows.append({"n": n, "what": "flag, 5 % wrong", "red": screen(wrong, sample.flag).is_red})
        for name in RANGES:
            rows.append(
                {
                    "n": n,
                    "what": "planted",
                    "red": screen(sample.by_name[name].values, sample.flag).is_red,
                }
            )
    return pd.DataFrame(rows).groupby(["what", "n"], sort=False)["red"].mean().unstack("n")


def run(sizes, truths, samples, seed, rules=True):
    """One row a sample.

    The rule is judged on the shift truth; on null samples only whether it is refused.
    """
    rows = []
    for truth in truths:
        for n in sizes:
            for s in range(samples):
                rows.append(
                    one_sample(n, seed + 1000 * s + n, truth, rules and truth in ("shift", "null"))
                )
    return pd.DataFrame(rows)


def summary(rows):
    """Means over samples, lifts over truth means over found items.

    Measures in rows, truth and n in columns.
    """
    cells, by_item = ["truth", "n"], ["raw_lift_over_truth", "shrunken_lift_over_truth"]
    measures = rows.drop(columns=["seed", *by_item], errors="ignore").set_index(cells).astype(float)
    of_items = (
        rows.set_index(cells)
        .reindex(columns=by_item)
        .apply(lambda column: column.explode().astype(float).groupby(cells, sort=False).mean())
    )
    return measures.groupby(cells, sort=False).mean().join(of_items).T.round(3)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("--n", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument(
        "--truth", nargs="+", default=["shift", "tail", "null"], choices=["shift", "tail", "null"]
    )
    parser.add_argument("--seed", type=int, default=4_000_000)
    parser.add_argument(
        "--no-rules",
        action="store_true",
        help="leave out the nested rules, which take most of the time",
    )
    parser.add_argument("--leaks", action="store_true", help="only the leak screen")
    choice = parser.parse_args()
    print(
        f"seeds: {choice.seed} + 1000*sample + n, sample 0..{choice.samples - 1}; fresh accounts:"
        f" seed {FRESH_SEED}"
    )
    if choice.leaks:
        for n in choice.n:
            print(leaks(n, choice.samples, choice.seed).round(3).to_string())
        return
    print(
        summary(
            run(choice.n, choice.truth, choice.samples, choice.seed, not choice.no_rules)
        ).to_string()
    )


if __name__ == "__main__":
    main()
