"""The same samples given to four ways of finding an ideal customer and to ours.

What each finds, and what its precision is worth.

    uv venv peers && uv pip install --python peers numpy scipy pandas scikit-learn optbinning
        pysubgroup    # a venv of its own
    peers/bin/python -m benchmarks.peers --samples 20 --n 100 300 1000

optbinning pins what it needs, so it does not go into the venv of the workbook. Shift truth of
`testbed.py`; true precision on the 60,000 fresh accounts of `truth.py`. A peer reports the
precision it sees in its own data, since that is what it offers.

- top frequency: the most frequent level, the middle half of the numbers, members that half of the
  best have; claimed where best
  accounts have it 1.2 times as often as all; the rule is the three with the highest lift
- optbinning: attributes of information value .1 or more ("medium"), their run of raised bins; the
  rule is the three of highest value
- beam search: pysubgroup, weighted relative accuracy, depth 4, numbers cut from below and above;
  the best subgroup
- tree leaf: scikit-learn, depth 4, the purest leaf of at least max(8, 2 %) accounts
"""

import argparse
import warnings

import numpy as np
import pandas as pd

from benchmarks import testbed
from benchmarks.truth import FRESH_SEED, fresh, share
from icplib.conditions import Condition
from icplib.stats.conditions import count
from icplib.stats.rules import Procedure, honest_precision, met_matrix, nested

OFTENER = 1.2
MEDIUM = 0.10
CONDITIONS_IN_RULE = 3
DEPTH = 4


def ours(sample, seed):
    n, is_full = len(sample.flag), sample.flag.sum() >= 40
    procedure = Procedure(
        max_conditions=6 if is_full else 2,
        min_accounts=max(20 if is_full else 8, 0.02 * n),
        seed=seed,
    )
    conditions, ladder = procedure(sample.attributes, sample.flag, sample.value)
    if not conditions or not ladder.order:
        return conditions, None, np.nan
    last = ladder.n_headline - 1
    held_out = nested(sample.attributes, sample.flag, sample.value, procedure).precision(0)
    reported = honest_precision(ladder.n_best[last], ladder.n_accounts[last], held_out, n).estimate
    return (
        conditions,
        _all_met([conditions[j] for j in ladder.order[: ladder.n_headline]]),
        reported,
    )


def top_frequency(sample, seed):
    found = []
    for a in sample.attributes:
        best = a.values[a.known & sample.flag]
        if a.kind == "numeric":
            candidates = [
                Condition(
                    attribute=a.name,
                    op="between",
                    **dict(zip(("low", "high"), np.quantile(best, [0.25, 0.75]), strict=True)),
                )
            ]
        elif a.kind == "nominal":
            candidates = [Condition(attribute=a.name, op="in", values=(pd.Series(best).mode()[0],))]
        else:
            share_of = pd.Series(list(best)).explode().value_counts() / len(best)
            candidates = [
                Condition(attribute=a.name, op="contains", values=(member,))
                for member in share_of[share_of >= 0.5].index
            ]
        for condition in candidates:
            item = count(condition, a, sample.flag)
            lift = item.n_best_with / item.n_best_known / (item.n_with / item.n_known)
            found += [(lift, condition)] if lift >= OFTENER else []
    return _strongest(found, sample)


def optbinning(sample, seed):
    from optbinning import OptimalBinning

    found = []
    for name, values in _columns(sample).items():
        known = values.notna().to_numpy()
        is_number = values.dtype == float
        binning = OptimalBinning(dtype="numerical" if is_number else "categorical")
        binning.fit(values[known].to_numpy(), sample.flag[known].astype(int))
        table = binning.binning_table.build()
        value = table["IV"].iloc[-1]
        bins = table.iloc[:-3]  # the last rows are special values, missing and totals
        raised = (bins["Event rate"] > sample.flag[known].mean()).to_numpy()
        if value >= MEDIUM and raised.any():
            found.append(
                (
                    value,
                    (
                        _run_of_raised(name, binning.splits, bins, raised)
                        if is_number
                        else _levels(name, binning.splits, raised)
                    ),
                )
            )
    return _strongest([(value, c) for value, c in found if c], sample)


def _run_of_raised(name, splits, bins, raised):
    first = last = int(bins["Event rate"].to_numpy(float).argmax())
    while first > 0 and raised[first - 1]:
        first -= 1
    while last < len(raised) - 1 and raised[last + 1]:
        last += 1
    ends = [-np.inf, *splits, np.inf]
    return Condition(
        attribute=name,
        op="between",
        low=ends[first],
        high=np.nextafter(ends[last + 1], -np.inf),
    )


def _levels(name, splits, raised):
    """Levels of raised bins; of a member of the set whether having it raises."""
    levels = tuple(
        str(level)
        for group, is_raised in zip(splits, raised, strict=True)
        if is_raised
        for level in group
    )
    attribute, _, member = name.partition(": ")
    if member:
        return (
            Condition(attribute=attribute, op="contains", values=(member,))
            if levels == ("yes",)
            else None
        )
    return Condition(attribute=name, op="in", values=levels) if levels else None


def beam_search(sample, seed):
    import pysubgroup

    table = pd.DataFrame(_columns(sample))
    table["is best"] = sample.flag
    selectors = pysubgroup.create_selectors(table, intervals_only=False, ignore=["is best"])
    task = pysubgroup.SubgroupDiscoveryTask(
        table,
        pysubgroup.BinaryTarget("is best", True),
        selectors,
        result_set_size=1,
        depth=DEPTH,
        qf=pysubgroup.WRAccQF(),
    )
    rule = pysubgroup.BeamSearch().execute(task).results[0][1]
    claims = []
    for selector in rule.selectors:
        attribute, _, member = selector.attribute_name.partition(": ")
        if hasattr(selector, "lower_bound"):
            claims.append(
                Condition(
                    attribute=attribute,
                    op="between",
                    low=selector.lower_bound,
                    high=selector.upper_bound,
                )
            )
        elif member and selector.attribute_value == "yes":
            claims.append(Condition(attribute=attribute, op="contains", values=(member,)))
        elif not member and pd.notna(selector.attribute_value):
            claims.append(
                Condition(attribute=attribute, op="in", values=(selector.attribute_value,))
            )

    def chosen(other):
        return rule.covers(pd.DataFrame(_columns(other)))

    return claims, chosen, sample.flag[chosen(sample)].mean()


def tree_leaf(sample, seed):
    from sklearn.tree import DecisionTreeClassifier

    table = _dummies(sample)
    smallest = int(np.ceil(max(8, 0.02 * len(table))))
    fitted = DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=smallest, random_state=seed
    ).fit(table.to_numpy(float), sample.flag)
    leaf_of = fitted.apply(table.to_numpy(float))
    rates = pd.Series(sample.flag).groupby(leaf_of).mean()
    leaf = int(rates.idxmax())
    path = fitted.decision_path(table.to_numpy(float)[leaf_of == leaf][:1]).indices
    claims = []
    for node, after in zip(path[:-1], path[1:], strict=True):
        name, is_above = (
            table.columns[fitted.tree_.feature[node]],
            after == fitted.tree_.children_right[node],
        )
        attribute, _, level = name.partition(": ")
        if level and is_above:
            claims.append(
                Condition(
                    attribute=attribute,
                    op="contains" if sample.by_name[attribute].kind == "set" else "in",
                    values=(level,),
                )
            )
        elif not level:
            claims.append(Condition(attribute=name, op="between"))

    def chosen(other):
        return (
            fitted.apply(
                _dummies(other).reindex(columns=table.columns, fill_value=0.0).to_numpy(float)
            )
            == leaf
        )

    return claims, chosen, float(rates.max())


METHODS = {
    "ours": ours,
    "top frequency": top_frequency,
    "optbinning": optbinning,
    "beam search": beam_search,
    "tree leaf": tree_leaf,
}


def _strongest(found, sample):
    """(claims, rule, reported precision) of (strength, condition) pairs.

    The strongest few as one rule.
    """
    found = sorted(found, key=lambda pair: -pair[0])
    if not found:
        return [], None, np.nan
    chosen = _all_met([condition for _, condition in found[:CONDITIONS_IN_RULE]])
    inside = chosen(sample)
    return (
        [condition for _, condition in found],
        chosen,
        sample.flag[inside].mean() if inside.any() else np.nan,
    )


def _all_met(conditions):
    return lambda sample: met_matrix(conditions, sample.by_name)[0].all(axis=1)


def _columns(sample):
    """One column an attribute, one a member of the set ("stack: AWS", yes or no).

    Unknown is missing.
    """
    columns = {}
    for a in sample.attributes:
        if a.kind != "set":
            columns[a.name] = pd.Series(a.values).where(a.known, np.nan)
            continue
        for member in sorted({m for row in a.values[a.known] for m in row}):
            columns[f"{a.name}: {member}"] = pd.Series(
                [np.nan if row is None else "yes" if member in row else "no" for row in a.values],
                dtype=object,
            )
    return columns


def _dummies(sample):
    """Numbers as they are (missing stays missing), every level and member as 0 or 1."""
    columns = {}
    for name, values in _columns(sample).items():
        if values.dtype == float:
            columns[name] = values
        elif ": " in name:
            columns[name] = (values == "yes").astype(float)
        else:
            columns |= {
                f"{name}: {level}": (values == level).astype(float)
                for level in sorted(values.dropna().unique())
            }
    return pd.DataFrame(columns)


def measured(method, n, seed, truth="shift"):
    """One row: a method on one sample."""
    sample, accounts = testbed.generate(n, seed, truth), fresh(truth)
    claims, chosen, reported = METHODS[method](sample, seed)
    roles = [kind for c in claims for _, kind in testbed.role(c)]
    row = {
        "method": method,
        "n": n,
        "seed": seed,
        "any": float(bool(claims)),
        "recall": len(testbed.planted_found(claims)) / 6,
        "noise": share(roles, {"noise"}),
        "noise_or_proxy": share(roles, {"noise", "proxy"}),
        "refused": float(chosen is None),
    }
    inside = chosen(accounts) if chosen else np.zeros(len(accounts.flag), bool)
    if inside.any():
        true = accounts.flag[inside].mean()
        row |= {
            "true": true,
            "reported": reported,
            "reported_minus_true": reported - true,
            "coverage": inside[accounts.flag].mean(),
        }
    return row


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--n", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--truth", default="shift", choices=["shift", "null"])
    parser.add_argument("--method", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--seed", type=int, default=4_000_000)
    choice = parser.parse_args()
    warnings.simplefilter("ignore")  # the peers' own, about their dependencies
    print(
        f"seeds: {choice.seed} + 1000*sample + n, sample 0..{choice.samples - 1}; fresh accounts:"
        f" seed {FRESH_SEED}"
    )
    for n in choice.n:
        rows = [
            measured(m, n, choice.seed + 1000 * s + n, choice.truth)
            for s in range(choice.samples)
            for m in choice.method
        ]
        table = pd.DataFrame(rows).drop(columns=["seed", "n"]).groupby("method", sort=False).mean()
        print(f"\nn = {n}\n{table.round(3).to_string()}", flush=True)


if __name__ == "__main__":
    main()
