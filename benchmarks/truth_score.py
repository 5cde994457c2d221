"""Does the card find what was planted, and do the alarms keep silent?

Targets 5, 7 and 9 on fresh seeds, and the cost of scoring.

    python -m benchmarks.truth_score [card] [drift] [cost] [--samples 20] [--sizes 100,300,1000]
        [--truths shift,tail] [--peers L1,EBM]

Prints one line a cell, with its seeds. Peers run on the same samples (benchmarks/score_peers.py);
optbinning and EBM take 10 to 25 seconds a sample and run when they are named.
"""

import argparse
import time
import warnings
from functools import partial
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.score_peers import PEERS, SLOW
from benchmarks.testbed import generate
from icplib.stats.calibration import auc, calibration_error, fit_line, recalibrate, tier_of
from icplib.stats.card import Making, fit_card, in_points
from icplib.stats.drift import counts_in, psi, quantile_bins, watch_outcomes
from icplib.stats.held_out import boosting_procedure, card_procedure, hold_out
from icplib.vocabulary.judgements import LIFT_CUTS, TIERS

FIRST_SEED = 9_000_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["card", "drift", "cost"])
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--sizes", default="100,300,1000")
    parser.add_argument("--truths", default="shift,tail")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of peers: convergence, deprecation
    if "card" in options.parts:
        peers = {name: (PEERS | SLOW)[name] for name in options.peers.split(",") if name}
        for truth in options.truths.split(","):
            card_truth(
                truth,
                [int(n) for n in options.sizes.split(",")],
                options.samples,
                peers,
                options.seed,
            )
    if "drift" in options.parts:
        drift_truth(options.seed)
    if "cost" in options.parts:
        cost(options.seed)


def card_truth(truth, sizes, samples, peers, first):
    """Targets 5 and 7: share of the attainable AUC, peers, calibration, tiers.

    Means over samples with their standard errors.
    """
    test, many = generate(20_000, first - 1, truth), generate(100_000, first - 3, truth)
    ceiling = attainable(generate(20_000, first - 2, truth), test)
    print(
        f"{truth}: attainable AUC {ceiling:.3f} (boosting on 20,000 accounts, same gaps)",
        flush=True,
    )
    for n in sizes:
        start = first + 1000 * n
        table = pd.DataFrame(
            [one_sample(n, start + i, truth, test, many, peers) for i in range(samples)]
        )
        mean, error = table.mean(), table.std() / np.sqrt(len(table))
        told = ", ".join(f"{name} {mean[name]:.3f}" for name in ("card", *peers))
        behind = ", ".join(
            f"{name} {(table['card'] - table[name]).mean():+.3f} (se"
            f" {(table['card'] - table[name]).sem():.3f})"
            for name in peers
        )
        print(
            f"  n = {n}, {samples} samples, seeds {start} to {start + samples - 1}: AUC {told} (se"
            f" of the card {error['card']:.3f}); card minus {behind}; share of the attainable"
            f" {mean['card'] / ceiling:.3f}; exact instead of whole points"
            f" {mean['exact'] - mean['card']:+.4f}"
        )
        print(
            f"    slope mean {mean['slope']:.2f} (se {error['slope']:.2f}, median"
            f" {table['slope'].median():.2f}), without the step from parts to all"
            f" {mean['slope of the parts']:.2f}; |in the large| {mean['in the large']:.3f}, with"
            f" sign {mean['signed']:+.3f} (se {error['signed']:.3f}); error {mean['ece']:.4f} (se"
            f" {error['ece']:.4f}; best straight line {mean['ece of the best line']:.3f}, a"
            f" probability that is right {mean['ece of the truth']:.3f}); tiers in order"
            f" {mean['monotone']:.2f}; lift at 20 % {mean['lift']:.2f}; best rate A {mean['A']:.2f}"
            f" B {mean['B']:.2f} C {mean['C']:.2f} D {mean['D']:.2f}",
            flush=True,
        )


def attainable(full, test):
    """AUC that no card can pass by much.

    Boosting that has seen twenty thousand accounts with the same gaps.
    """
    score = boosting_procedure()(full.attributes, full.flag, None)
    return auc(score(test.attributes), test.flag)[0]


def one_sample(n, seed, truth, test, many, peers):
    """AUC of the card and its peers on ``test``.

    The card's probabilities, tiers and lift on ``many``.
    """
    sample = generate(n, seed, truth)
    fitted = fit_card(sample.attributes, sample.flag, sample.value, Making(seed=seed))
    score, seen = (points_of(fitted, some) for some in (test, sample))
    with patch("icplib.stats.card.in_points", partial(in_points, pool_cost=0, full=100_000)):
        exact = fit_card(sample.attributes, sample.flag, sample.value, Making(seed=seed))
    row = {"card": auc(score, test.flag)[0], "exact": auc(points_of(exact, test), test.flag)[0]}
    for name, fit in peers.items():
        score_of = fit(sample.attributes, sample.flag, sample.value, None)
        row[name] = auc(score_of(test.attributes), test.flag)[0]
    held = hold_out(
        card_procedure(seed=seed), sample.attributes, sample.flag, sample.value, seed=seed
    )
    outcome = sample.flag[held.rows]
    score, flag = points_of(fitted, many), many.flag
    calibration = recalibrate(seen, sample.flag, held.log_odds, outcome, held.train_share)
    p = calibration(score)
    right = fit_line(score, flag)(score) if np.ptp(score) else np.full(len(score), flag.mean())
    row |= {
        "slope": slope(p, flag),
        "slope of the parts": slope(
            recalibrate(seen, sample.flag, held.log_odds, outcome)(score), flag
        ),
    }
    row |= {
        "signed": p.mean() - flag.mean(),
        "in the large": abs(p.mean() - flag.mean()),
        "ece": calibration_error(p, flag),
    }
    row |= {
        "ece of the best line": calibration_error(right, flag),
        "ece of the truth": calibration_error(
            right, np.random.default_rng(seed).random(len(right)) < right
        ),
    }
    tier = np.array(TIERS)[tier_of(p, sample.flag.mean(), LIFT_CUTS)]
    rates = {t: flag[tier == t].mean() if (tier == t).sum() >= 50 else np.nan for t in "ABCD"}
    seen_rates = [r for r in rates.values() if not np.isnan(r)]
    top = np.argsort(-score, kind="stable")[: len(score) // 5]
    return (
        row
        | rates
        | {
            "monotone": float(np.all(np.diff(seen_rates) < 0)),
            "lift": flag[top].mean() / flag.mean(),
        }
    )


def points_of(fitted, accounts):
    return fitted.points(accounts.by_name) if fitted.parts else np.zeros(len(accounts.flag))


def slope(p, flag):
    """Slope of outcomes on the log odds of ``p``; 1 is ideal, above 1 too cautious.

    NaN where everyone gets the same.
    """
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return fit_line(np.log(p / (1 - p)), flag).slope if np.ptp(p) > 1e-9 else np.nan


# --- drift
# ------------------------------------------------------------------------------------------------------------------  # noqa: E501

TIER_A_SHARE = 0.25
SIZES = ((100, 30), (300, 75), (1000, 250))


def drift_truth(seed, runs=600):
    """Target 9: false alarms over eight quarters, and when a change that begins in quarter 3 is
    found.
    """
    rng = np.random.default_rng(seed)
    print(
        f"seed {seed}, {runs} quiet and {runs // 2} changed runs a row; A = accounts of tier A a"
        " quarter and at build time"
    )
    for n0, m in SIZES:
        false = found([revisited(rng, n0, m) for _ in range(runs)])
        moved = found([revisited(rng, n0, m, shift=0.5) for _ in range(runs // 2)])
        print(
            f"whole rule, {n0} accounts at build, {m} a quarter, {TIER_A_SHARE:.0%} of them tier A:"
            f" false alarm {false}; market shifted by .5 sd {moved}"
        )
        for a0, a in (
            (round(TIER_A_SHARE * n0), round(TIER_A_SHARE * m)),
            (round(TIER_A_SHARE * n0), m),
            (n0, m),
        ):
            told = {
                rate: found(
                    [watched(rng, a0, a, rate) for _ in range(runs if rate == 0.45 else runs // 2)]
                )
                for rate in (0.45, 0.30, 0.14)
            }
            print(
                f"  tier A alone, A = {a0} at build, {a} a quarter: false alarm {told[0.45]}; .45"
                f" -> .30 {told[0.30]}; .45 -> .14 {told[0.14]}",
                flush=True,
            )


def found(quarters) -> str:
    """Share of runs with an alarm, and the mean number of quarters from the change (quarter 3) to
    it, that quarter included.
    """
    at = [q for q in quarters if q is not None]
    return f"{len(at) / len(quarters):.3f}" + (
        f" after {np.mean(at) - 2:.1f} quarters" if at else ""
    )


def revisited(rng, n0, m, shift=0.0):
    """Quarter (1 to 8) in which the whole revisit rule asks to look again, or None.

    Tier A holds its rate.
    """
    build = rng.normal(size=n0)
    edges = quantile_bins(build)
    tier_a = outcomes(rng, round(TIER_A_SHARE * n0), round(TIER_A_SHARE * m), 0.45)
    before = False
    for quarter, fell in enumerate(tier_a, start=1):
        alarm = psi(
            counts_in(build, edges),
            counts_in(rng.normal(shift if quarter >= 3 else 0.0, 1, m), edges),
        ).alarm
        if fell or (alarm and before):
            return quarter
        before = alarm
    return None


def watched(rng, a0, a, rate):
    """Quarter in which the outcome monitor alone gives the alarm, or None."""
    return next((q for q, fell in enumerate(outcomes(rng, a0, a, rate), start=1) if fell), None)


def outcomes(rng, a0, a, rate):
    """The outcome monitor over eight quarters.

    ``a0`` accounts of tier A at build, ``a`` a quarter; .45 are best, ``rate`` from quarter 3.
    """
    best, window = rng.binomial(a0, 0.45), []
    for quarter in range(1, 9):
        window = [*window, rng.binomial(a, rate if quarter >= 3 else 0.45)][-4:]
        yield watch_outcomes(sum(window), a * len(window), best, a0).alarm


# --- cost
# -------------------------------------------------------------------------------------------------------------------  # noqa: E501


def cost(seed, n=1_000_000):
    """CPU seconds to fit on a thousand accounts and to score a million."""
    sample = generate(1000, seed, "shift")
    start = time.process_time()
    card = fit_card(sample.attributes, sample.flag, sample.value, Making(seed=1))
    print(f"fit on 1,000 accounts: {time.process_time() - start:.2f} CPU seconds")
    million = generate(n, seed + 1, "shift")
    named = {a.name: a for a in million.attributes}
    start = time.process_time()
    card.points(named)
    print(f"points of {n:,} accounts: {time.process_time() - start:.2f} CPU seconds", flush=True)


if __name__ == "__main__":
    main()
