"""Precision and recall of distinctive statements, by number of interviews, coders and their noise.

Planted studies of tests/beds/persona_bed.py: three roles with six codes each that 70 % of the role
and 12 % of the others name. A statement is true when its code is one of its role's; those of label
Medium or better are judged. `python -m benchmarks.persona_statements 200 out.parquet` draws the
counts of 200 studies a cell once; the rules are compared on the same draws.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path += [str(Path(__file__).parents[1] / "tests" / "beds")]

from icplib.personas.labels import Bar, distinctive_label  # noqa: E402
from icplib.stats.agreement import presence_agreement  # noqa: E402
from icplib.stats.contrasts import chance_of_standing_out, jaccard_distances, permanova, zb  # noqa: E402
from persona_bed import ROLES, plant  # noqa: E402

NOISY = {"miss": 0.30, "false": 0.08}
CELLS = {
    "one coder, 12": {"n": 12, "coders": 1},
    "one coder, 30": {"n": 30, "coders": 1},
    "two coders, 12": {"n": 12, "coders": 2},
    "two coders, 30": {"n": 30, "coders": 2},
    "two noisy coders, 12": {"n": 12, "coders": 2, **NOISY},
    "two noisy coders, 30": {"n": 30, "coders": 2, **NOISY},
    "one coder, 82 % right roles, 12": {"n": 12, "coders": 1, "right": 0.82},
    "two coders, 82 % right roles, 12": {"n": 12, "coders": 2, "right": 0.82},
}


def draw(cell: str, seed: int) -> pd.DataFrame:
    """One study: a row a role and code with its counts, agreement and truth."""
    how = dict(CELLS[cell])
    right = how.pop("right", 1.0)
    made = plant(roles=3, seed=seed, **how)
    role, seen = made.role, made.seen.astype(float)
    if right < 1:
        rng = np.random.default_rng(seed + 10_000)
        others = [rng.choice([r for r in ROLES[:3] if r != own]) for own in role]
        role = np.where(rng.random(len(role)) > right, others, role)
    heard = (seen.mean(axis=0) >= 0.5).astype(float)
    p = permanova(jaccard_distances(heard), role, 199, 0).p
    pools = [[c] for c in range(len(made.codes))] + [list(range(len(made.codes)))]
    found = presence_agreement(seen, pools, 200)
    parts = []
    for name in dict.fromkeys(role):
        mine = role == name
        at = {i: made.account[mine & (heard[:, i] == 1)] for i in range(len(made.codes))}
        parts.append(
            {
                "code": np.array(made.codes),
                "is_true": np.isin(made.codes, made.truth.get(name, ())),
                "k": heard[mine].sum(axis=0),
                "k_rest": heard[~mine].sum(axis=0),
                "accounts": np.array([len(set(a)) for a in at.values()]),
                **{
                    key: np.full(len(made.codes), value)
                    for key, value in {
                        "role": name,
                        "n": mine.sum(),
                        "n_rest": (~mine).sum(),
                        "role_accounts": len(set(made.account[mine])),
                        "p": p,
                        "cell": cell,
                        "seed": seed,
                        "all_value": found[-1].alpha.value,
                        "all_low": found[-1].alpha.low,
                        "all_high": found[-1].alpha.high,
                    }.items()
                },
                **{
                    key: np.array([getattr(one, key) for one in found[:-1]])
                    for key in ("both", "first_only", "second_only", "neither")
                },
                **{
                    f"alpha_{key}": np.array([getattr(one.alpha, key) for one in found[:-1]])
                    for key in ("value", "low", "high")
                },
            }
        )
    return pd.DataFrame({key: np.concatenate([x[key] for x in parts]) for key in parts[0]})


def told(table: pd.DataFrame) -> pd.DataFrame:
    """Which statements are of Medium or better: by the limits of 2026 and by those before."""
    base = (table["p"] <= 0.05) & (table["n"] >= 3) & (table["role_accounts"] >= 2)
    is_two = table["cell"].str.startswith("two")
    positive = table["both"] + table["first_only"] + table["second_only"]
    alpha = table["all_value"].where(positive < 5, table["alpha_value"])
    plain = (table["k"] >= 3) & (table["k"] / table["n"] >= 0.5) & (table["zb"] >= 1.645)
    whole = table[["n", "n_rest", "k", "k_rest"]].astype(int)
    chance = [
        chance_of_standing_out(n, n + n_rest, k + k_rest) if ok else 0.0
        for (n, n_rest, k, k_rest), ok in zip(whole.to_numpy(), base, strict=True)
    ]
    study = [table["cell"], table["seed"]]
    expected = pd.Series(chance, table.index).groupby(study).transform("sum")
    observed = (plain & base).groupby(study).transform("sum")
    by_chance = expected / observed.clip(lower=1)
    noisy = is_two & (table["all_high"] < 0.667)
    label = [
        distinctive_label(k, n, k_rest, n_rest, Bar(c, loud))
        for (n, n_rest, k, k_rest), c, loud in zip(whole.to_numpy(), by_chance, noisy, strict=True)
    ]
    settled = is_two & (positive >= 5) & (table["alpha_high"] < 0.667)
    return table.assign(
        before=base & plain & (~is_two | (alpha >= 0.667)),
        now=base & pd.Series(label, table.index).isin(["Medium", "High"]) & ~settled,
    )


def report(table: pd.DataFrame) -> pd.DataFrame:
    """Precision and recall by cell."""
    rows = []
    for cell, part in told(table).groupby("cell", sort=False):
        row = {"cell": cell, "studies": part["seed"].nunique()}
        for name in ("before", "now"):
            true = (part[name] & part["is_true"]).sum()
            row[f"precision {name}"] = true / max(part[name].sum(), 1)
            row[f"recall {name}"] = true / part["is_true"].sum()
        rows.append(row)
    return pd.DataFrame(rows)


def main(n: int, target: str) -> None:
    """Draw ``n`` studies a cell into one table."""
    start, parts = time.process_time(), []
    for seed in range(n):
        parts += [draw(cell, seed) for cell in CELLS]
        if seed % 10 == 9:
            print(seed + 1, round(time.process_time() - start), flush=True)
    table = pd.concat(parts, ignore_index=True)
    table["zb"] = zb(table["k"], table["n"], table["k_rest"], table["n_rest"])
    table.to_parquet(target)
    print(report(table).round(3).to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
