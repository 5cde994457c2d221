"""Does the card find what was planted, and do the alarms keep silent? Targets 5, 7 and 9 on fresh seeds, and the cost of scoring.

    python -m benchmarks.truth_score [card] [drift] [cost] [--samples 12] [--sizes 100,300,1000]

Prints one line a cell; seeds start at 7,000,000 and are printed. Peers run on the same samples: boosting, L1, WoE + ridge and the
naive match count always; optbinning and EBM where they are installed (development dependencies).
"""

import argparse
import time
import warnings

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Ridge
from sklearn.preprocessing import StandardScaler
from benchmarks.testbed import generate

from icplib.stats.calibration import auc, calibration_error, fit_line, recalibrate, tier_of
from icplib.stats.card import fit_card
from icplib.stats.drift import counts_in, psi, quantile_bins, watch_outcomes
from icplib.stats.held_out import boosting_procedure, card_procedure, hold_out, match_count_procedure
from icplib.stats.segments import round_cuts

FIRST_SEED = 7_000_000
ATTAINABLE = {"shift": (0.81, 0.92, 0.96), "tail": (None, 0.86, 0.935)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["card", "drift", "cost"])
    parser.add_argument("--samples", type=int, default=12)
    parser.add_argument("--sizes", default="100,300,1000")
    options = parser.parse_args()
    for kind in (ConvergenceWarning, FutureWarning):  # of peers
        warnings.simplefilter("ignore", kind)
    for part in options.parts:
        {"card": card_truth, "drift": drift_truth, "cost": cost}[part](options.samples, [int(n) for n in options.sizes.split(",")])


def card_truth(samples, sizes):
    """Targets 5 and 7: share of the attainable AUC, peers, calibration, tiers."""
    for truth in ("shift", "tail"):
        test = generate(20_000, FIRST_SEED - 1, truth)
        full = generate(20_000, FIRST_SEED - 2, truth)
        ceiling = attainable(full, test)
        print(f"{truth}: attainable AUC {ceiling:.3f} (boosting on 20,000 accounts, same gaps)")
        for n in sizes:
            rows = [one_sample(n, FIRST_SEED + 1000 * n + i, truth, test) for i in range(samples)]
            table = pd.DataFrame(rows)
            mean = table.mean(numeric_only=True)
            print(f"  n = {n}, seeds {FIRST_SEED + 1000 * n} + 0..{samples - 1}: card {mean['card']:.3f} = {mean['card'] / ceiling:.3f} of attainable, "
                  + ", ".join(f"{name} {mean[name]:.3f}" for name in table.columns if name in PEERS))  # fmt: skip
            print(f"    calibration slope {mean['slope']:.2f} (median {table['slope'].median():.2f}), |in the large| {mean['in the large']:.3f}, error {mean['ece']:.3f}; "
                  f"tiers in order {mean['monotone']:.2f}; lift at 20 % {mean['lift']:.2f}; best rate A {mean['A']:.2f} B {mean['B']:.2f} C {mean['C']:.2f} D {mean['D']:.2f}", flush=True)  # fmt: skip


def attainable(full, test):
    """AUC that no card can pass by much: boosting that has seen twenty thousand accounts with the same gaps."""
    score = boosting_procedure()(full.attributes, full.flag, None)
    return auc(score(test.attributes), test.flag)[0]


def one_sample(n, seed, truth, test):
    sample = generate(n, seed, truth)
    fitted = fit_card(sample.attributes, sample.flag, sample.value, permutations=199, seed=seed)
    named = {a.name: a for a in test.attributes}
    score = fitted.points(named) if fitted.parts else np.zeros(len(test.flag))
    row = {"card": auc(score, test.flag)[0]}
    for name, fit in PEERS.items():
        row[name] = auc(fit(sample.attributes, sample.flag, sample.value)(test.attributes), test.flag)[0]
    held = hold_out(card_procedure(seed=seed), sample.attributes, sample.flag, sample.value, seed=seed)
    seen = fitted.points({a.name: a for a in sample.attributes}) if fitted.parts else np.zeros(n)
    calibration = recalibrate(seen, sample.flag, held.log_odds, sample.flag[held.rows])
    p = np.clip(calibration(score), 1e-6, 1 - 1e-6)
    try:
        row["slope"] = fit_line(np.log(p / (1 - p)), test.flag).slope
    except ValueError:
        row["slope"] = np.nan
    row |= {"in the large": abs(p.mean() - test.flag.mean()), "ece": calibration_error(p, test.flag)}
    tier = tier_of(p, sample.flag.mean())
    rates = {t: test.flag[tier == t].mean() if (tier == t).sum() >= 50 else np.nan for t in "ABCD"}
    seen_rates = [r for r in rates.values() if not np.isnan(r)]
    top = np.argsort(-score, kind="stable")[: len(score) // 5]
    return row | rates | {"monotone": float(np.all(np.diff(seen_rates) < 0)), "lift": test.flag[top].mean() / test.flag.mean()}


# --- peers ------------------------------------------------------------------------------------------------------------------


def binned(attributes, cuts=None):
    """One-hot columns of all attributes: eight round bins, levels, members, unknown; ``cuts`` are those of the training part."""
    cuts = cuts if cuts is not None else {}
    columns = []
    for a in attributes:
        unknown = ~a.known
        if a.kind == "numeric":
            edges = cuts.setdefault(a.name, round_cuts(a.values[a.known], 8))
            place = np.searchsorted(edges, a.values, side="right")
            columns += [(place == i) & ~unknown for i in range(len(edges) + 1)]
        elif a.kind == "set":
            members = cuts.setdefault(a.name, sorted({m for v in a.values[a.known] for m in v}))
            columns += [np.array([v is not None and m in v for v in a.values]) for m in members]
        else:
            levels = cuts.setdefault(a.name, sorted({str(v) for v in a.values[a.known]}))
            columns += [np.array([v == level for v in a.values]) for level in levels]
        columns.append(unknown)
    return np.column_stack(columns).astype(float), cuts


def l1(attributes, flag, value):
    X, cuts = binned(attributes)
    model = LogisticRegressionCV(penalty="l1", solver="liblinear", Cs=8, cv=5, scoring="neg_log_loss", random_state=0).fit(X, flag)
    return lambda accounts: model.decision_function(binned(accounts, cuts)[0])


def woe_ridge(attributes, flag, value):
    X, cuts = binned(attributes)
    n1, n0 = flag.sum(), (~flag).sum()
    woe = np.log(((X[flag].sum(0) + 0.5) / n1) / ((X[~flag].sum(0) + 0.5) / n0))
    scale = StandardScaler().fit(X * woe)
    model = LogisticRegression(C=0.02, max_iter=500).fit(scale.transform(X * woe), flag)
    return lambda accounts: model.decision_function(scale.transform(binned(accounts, cuts)[0] * woe))


def plain_ridge(attributes, flag, value):
    X, cuts = binned(attributes)
    model = Ridge(alpha=30).fit(X, flag)
    return lambda accounts: model.predict(binned(accounts, cuts)[0])


def ebm(attributes, flag, value):
    from interpret.glassbox import ExplainableBoostingClassifier

    X, cuts = binned(attributes)
    model = ExplainableBoostingClassifier(interactions=0, n_jobs=1, random_state=0).fit(X, flag)
    return lambda accounts: model.decision_function(binned(accounts, cuts)[0])


def optbinning_card(attributes, flag, value):
    from optbinning import BinningProcess, Scorecard

    frame, kinds = wide(attributes)
    process = BinningProcess(list(frame.columns), categorical_variables=[c for c in frame if kinds[c] == "nominal"])
    model = Scorecard(binning_process=process, estimator=LogisticRegression(max_iter=500), reverse_scorecard=True).fit(frame, flag.astype(int))
    return lambda accounts: model.decision_function(wide(accounts)[0].reindex(columns=frame.columns))


def wide(attributes):
    columns, kinds = {}, {}
    for a in attributes:
        if a.kind == "set":
            for member in sorted({m for v in a.values[a.known] for m in v}):
                columns[f"{a.name}: {member}"] = [np.nan if v is None else float(member in v) for v in a.values]
                kinds[f"{a.name}: {member}"] = "numeric"
        else:
            columns[a.name], kinds[a.name] = a.values, "numeric" if a.kind == "numeric" else "nominal"
    return pd.DataFrame(columns), kinds


PEERS = {"boosting": boosting_procedure(), "L1": l1, "WoE + ridge": woe_ridge, "ridge": plain_ridge, "naive count": match_count_procedure()}
for package, name, peer in (("optbinning", "optbinning", optbinning_card), ("interpret", "EBM", ebm)):
    try:
        __import__(package)
        PEERS[name] = peer
    except ImportError:
        print(f"{name} is not installed (pip install '.[bench]'): left out")


# --- drift ------------------------------------------------------------------------------------------------------------------


def drift_truth(samples, sizes, runs=600):
    """Target 9: false alarms of the revisit rule over eight quarters, and when tier A's fall is found."""
    rng = np.random.default_rng(FIRST_SEED)
    for n0, m in ((100, 30), (300, 75), (1000, 250)):
        false = np.mean([revisited(rng, n0, m, 0.0, 0.45) is not None for _ in range(runs)])
        moved = [revisited(rng, n0, m, 0.5, 0.45) for _ in range(runs // 2)]
        fell = [revisited(rng, n0, m, 0.0, 0.14) for _ in range(runs // 2)]
        at = [q for q in fell if q is not None]
        print(f"n0/m = {n0}/{m}, seed {FIRST_SEED}, {runs} runs: false alarm in 8 quarters {false:.3f}; market shifted by .5 sd from Q3: found "
              f"{np.mean([q is not None for q in moved]):.2f}; tier A .45 -> .14 from Q3: found {len(at) / len(fell):.2f}, "
              f"{np.mean(at) - 3 + 1 if at else np.nan:.1f} quarters after it began", flush=True)  # fmt: skip


def revisited(rng, n0, m, shift, fallen):
    """Quarter (1 to 8) in which the rule asks to look again, or None; the change begins in quarter 3."""
    build = rng.normal(size=n0)
    edges = quantile_bins(build)
    n_a = max(1, round(0.25 * n0))
    k_a = rng.binomial(n_a, 0.45)
    before, window = False, []
    for quarter in range(1, 9):
        changed = quarter >= 3
        now = rng.normal(shift if changed else 0.0, 1, m)
        alarm = psi(counts_in(build, edges), counts_in(now, edges)).alarm
        size = round(0.25 * m)
        window = [*window, (rng.binomial(size, fallen if changed else 0.45), size)][-4:]
        outcome = watch_outcomes(sum(k for k, _ in window), sum(s for _, s in window), k_a, n_a).alarm
        if outcome or (alarm and before):
            return quarter
        before = alarm
    return None


# --- cost -------------------------------------------------------------------------------------------------------------------


def cost(samples, sizes, n=1_000_000):
    """CPU seconds to fit on a thousand accounts and to score a million."""
    sample = generate(1000, FIRST_SEED, "shift")
    start = time.process_time()
    card = fit_card(sample.attributes, sample.flag, sample.value, seed=1)
    print(f"fit on 1,000 accounts: {time.process_time() - start:.2f} CPU seconds")
    million = generate(n, FIRST_SEED + 1, "shift")
    named = {a.name: a for a in million.attributes}
    start = time.process_time()
    card.points(named)
    print(f"points of {n:,} accounts: {time.process_time() - start:.2f} CPU seconds", flush=True)


if __name__ == "__main__":
    main()
