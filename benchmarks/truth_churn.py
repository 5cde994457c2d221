"""Does step 3 find what was planted in the reasons to leave, and nothing else?

Known truth, many samples, seeds printed.

    python -m benchmarks.truth_churn --samples 60 --n 100 300 1000 --fold-samples 60 --fold-n 300

Targets 8 of the methods page: size .03-.08 with out-of-fold points; hazard ratios covered in 92-97
% of samples; S(12) within .01 under delayed entry; red flags with a false discovery rate of at most
.10. Each line is a mean over samples.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "beds"))

from benchmarks import testbed  # noqa: E402
from churn_bed import AS_OF, RED_FLAGS, bed  # noqa: E402  (the bed is shared with the tests)
from icplib import churn  # noqa: E402
from icplib.stats.cox import cox  # noqa: E402
from icplib.stats.rules import Procedure, nested  # noqa: E402
from icplib.stats.survival import kaplan_meier  # noqa: E402

RATE = 0.015  # a month: about 38 % leave
HAZARD_PER_SD = 0.70
RECORD_BEGINS = "2024-09-30"
FIRST_SEED = 20_260_930


def planted(n, seed):
    """One sample with a working score, three red flags among 25 candidates, other causes and a
    record that began late.
    """
    b = bed(n, seed, hazard_per_sd=HAZARD_PER_SD, monthly_rate=RATE)
    observed = churn.observe(b.accounts, b.settings.churn, AS_OF)
    seen, summary = churn.seen_with_fit(observed, b.fit), churn.summarise(observed, b.settings)
    time, event = seen["time_months"].to_numpy(float), seen["cause"].to_numpy(int) == 1
    terms = np.column_stack(
        [seen["oof_points"] / 15, *((b.accounts[f] == "yes").to_numpy(float) for f in RED_FLAGS)]
    )
    truth = np.log([HAZARD_PER_SD, *RED_FLAGS.values()])
    row = {"n": n, "seed": seed, "events": int(event.sum())}
    fit = cox(time, event, terms)
    row["covered_wald"] = float(((fit.low <= truth) & (truth <= fit.high)).mean())
    row["power_score"] = float(cox(time, event, terms[:, 0]).p[0] < 0.05)
    flags = churn.red_flags(
        seen, b.accounts, b.attributes, b.tickets, summary, landmark_days=90, level=0.10
    )
    found = set(flags.loc[flags["is_found"], "attribute"])
    row["flag_recall"] = len(found & set(RED_FLAGS)) / len(RED_FLAGS)
    row["flag_false"] = len(found - set(RED_FLAGS)) / max(len(found), 1)
    return row


def nothing(n, seed):
    """One sample in which nothing acts on leaving.

    How often the score "works" and any flag is found.
    """
    b = bed(n, seed, monthly_rate=RATE, noise=True)
    observed = churn.observe(b.accounts, b.settings.churn, AS_OF)
    seen, summary = churn.seen_with_fit(observed, b.fit), churn.summarise(observed, b.settings)
    event = seen["cause"].to_numpy(int) == 1
    flags = churn.red_flags(
        seen, b.accounts, b.attributes, b.tickets, summary, landmark_days=90, level=0.10
    )
    p = cox(seen["time_months"].to_numpy(float), event, seen["oof_points"].to_numpy(float)).p[0]
    return {
        "n": n,
        "seed": seed,
        "size_score": float(p < 0.05),
        "any_flag": float(flags["is_found"].any()),
    }


def with_rare_levels(b, seed):
    """Three fields of 25 levels with falling frequency, which have nothing to do with leaving."""
    rng = np.random.default_rng([seed, 25])
    often = 1 / np.arange(1, 26)
    for i in range(3):
        name = f"rare_{i}"
        levels = rng.choice(25, len(b.accounts), p=often / often.sum())
        b.accounts[name] = pd.Series([f"level {x}" for x in levels]).astype("str")
        about = b.attributes[b.attributes["attribute"] == "flag_a"]
        if not len(about):
            about = b.attributes[b.attributes["attribute"] == "noise_0"]
        b.attributes = pd.concat([b.attributes, about.assign(attribute=name, label=name)])
    return b


def flags_of(b):
    """Step 3's red flags of a bed."""
    observed = churn.observe(b.accounts, b.settings.churn, AS_OF)
    seen, summary = churn.seen_with_fit(observed, b.fit), churn.summarise(observed, b.settings)
    return churn.red_flags(
        seen, b.accounts, b.attributes, b.tickets, summary, landmark_days=90, level=0.10
    )


def rare(n, seed):
    """Any flag on nothing beside three fields of 25 levels; recall and coverage beside them."""
    null = flags_of(with_rare_levels(bed(n, seed, monthly_rate=RATE, noise=True), seed))
    b = bed(n, seed, hazard_per_sd=HAZARD_PER_SD, monthly_rate=RATE)
    flags = flags_of(with_rare_levels(b, seed))
    found = flags[flags["is_found"]]
    true = found["attribute"].map(RED_FLAGS).astype(float)
    # what is told is the rate marginal to the score, which pulls a ratio towards 1 a little
    covered = (found["hr_low"] <= true.fillna(1)) & (true.fillna(1) <= found["hr_high"])
    names = set(found["attribute"])
    return {
        "n": n,
        "seed": seed,
        "any_flag": float(null["is_found"].any()),
        "recall": len(names & set(RED_FLAGS)) / len(RED_FLAGS),
        "false": len(names - set(RED_FLAGS)) / max(len(names), 1),
        "covered": covered.mean() if len(found) else np.nan,
        "log_bias": np.log(found["hazard_ratio"] / true).mean() if true.notna().any() else np.nan,
    }


def late(n, seed):
    """S(12) with the whole record, with late entry, and with those who left before the record began
    simply deleted.
    """
    truth = _kept_12(bed(n, seed, monthly_rate=RATE))
    b = bed(n, seed, monthly_rate=RATE, observed_from=RECORD_BEGINS)
    corrected = _kept_12(b)
    gone = (b.accounts["is_churned"] & (b.accounts["churn_date"] <= RECORD_BEGINS)).astype(bool)
    b.accounts = b.accounts[~gone].assign(observed_from_date=b.accounts["start_date"])
    return {
        "n": n,
        "seed": seed,
        "late_entry_bias": corrected - truth,
        "deleted_bias": _kept_12(b) - truth,
    }


def _kept_12(b):
    seen = churn.observe(b.accounts, b.settings.churn, AS_OF).query("is_observed")
    return kaplan_meier(seen["time_months"], seen["cause"] == 1, seen["entry_months"]).at([12])[0][
        0
    ]


def folds(n, seed):
    """Best by yearly value, patterns searched, points out of fold by the whole procedure, leaving
    drawn without any reason.
    """
    sample = testbed.generate(n, seed, "shift")
    points = nested(sample.attributes, sample.flag, sample.value, Procedure(seed=seed)).points
    rng = np.random.default_rng([seed, 8])
    left, seen_for = rng.exponential(1 / RATE, n), rng.uniform(3, 60, n)
    time, event = np.minimum(left, seen_for), left <= seen_for
    known = np.isfinite(points)
    if known.sum() < n / 2 or np.ptp(points[known]) == 0:
        return {"n": n, "seed": seed, "refused": 1.0}
    return {
        "n": n,
        "seed": seed,
        "refused": 0.0,
        "size_out_of_fold": float(cox(time[known], event[known], points[known]).p[0] < 0.05),
    }


def report(name, rows):
    table = pd.DataFrame(rows)
    seeds = f"seeds {table['seed'].min()}-{table['seed'].max()}"
    for n, group in table.groupby("n"):
        means = group.drop(columns=["n", "seed"]).mean()
        print(
            f"{name:8s} n={n:5d}  samples={len(group)}  {seeds}  "
            + "  ".join(f"{k}={v:.3f}" for k, v in means.items() if v == v),
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("--n", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--only", help="one of planted, nothing, rare, late")
    parser.add_argument("--fold-samples", type=int, default=60)
    parser.add_argument("--fold-n", type=int, nargs="+", default=[300])
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    options = parser.parse_args()
    for n in options.n:
        seeds = range(options.seed, options.seed + options.samples)
        for kind in (planted, nothing, rare, late):
            if options.only in (None, kind.__name__):
                report(kind.__name__, [kind(n, seed) for seed in seeds])
    if options.only:
        return
    for n in options.fold_n:
        report(
            "folds",
            [folds(n, seed) for seed in range(options.seed, options.seed + options.fold_samples)],
        )


if __name__ == "__main__":
    main()
