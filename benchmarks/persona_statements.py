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

from icplib.icp import Profiles  # noqa: E402
from icplib.personas.agreement import measure_agreement  # noqa: E402
from icplib.personas.evidence import gather_evidence, sort_interviews  # noqa: E402
from icplib.personas.roles import test_roles  # noqa: E402
from icplib.stats.contrasts import zb  # noqa: E402
from persona_bed import AS_OF, FAST, NO_ACCOUNTS, QUARTER, ROLES, study  # noqa: E402

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
    tables, truth = study(roles=3, seed=seed, **how)
    if right < 1:
        rng = np.random.default_rng(seed + 10_000)
        people = tables["interviews"]
        wrong = rng.random(len(people)) > right
        others = [rng.choice([r for r in ROLES[:3] if r != own]) for own in people["buying_role"]]
        people["buying_role"] = people["buying_role"].where(~wrong, others)
    people = sort_interviews(tables["interviews"], NO_ACCOUNTS, Profiles(), FAST, QUARTER, AS_OF)
    evidence = gather_evidence(tables, people, FAST)
    agreed = measure_agreement(evidence, FAST.agreement_resamples, FAST.seed)
    gate, _ = test_roles(evidence, FAST.model_copy(update={"permutations": 199}))
    agreed = agreed[agreed["between"] == "coders"]
    codes = agreed[agreed["scope"] == "code"].set_index("code_id")
    whole = agreed[agreed["scope"] == "all"].iloc[0]
    rows = []
    for role, mine in evidence.interviews.groupby("role"):
        inside = evidence.presence.loc[mine.index]
        outside = evidence.presence.drop(mine.index)
        for code in evidence.items.index:
            said = mine.index[inside[code] == 1]
            rows.append(
                (role, code, len(said), len(mine), int(outside[code].sum()), len(outside))
                + (mine.loc[said, "account_id"].nunique(), mine["account_id"].nunique())
                + tuple(codes.loc[code, ["alpha", "alpha_low", "alpha_high", "cap", "verdict"]])
                + (code in truth.get(role, ()), gate.mode)
            )
    table = pd.DataFrame(
        rows,
        columns="role code k n k_rest n_rest accounts role_accounts alpha low high cap verdict"
        " is_true mode".split(),
    )
    whole = whole.add_prefix("all_")[["all_alpha", "all_alpha_low", "all_alpha_high"]]
    return table.assign(cell=cell, seed=seed, **whole.to_dict())


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


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
