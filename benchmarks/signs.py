"""Do the refresh signs keep silent when nothing happens, and see and remember what does?

Known truth, many companies, seeds printed. 80 closed deals a quarter, 20 of companies that fit,
half of them won, cycles gamma; a base of quarters, then eight quarters watched.

    python -m benchmarks.signs --runs 2000 --base 8
"""

import argparse

import numpy as np
import pandas as pd

from icplib.report.signs.watch import MIN_TALKS, OBJECTION_LEVEL, RULES
from icplib.stats.breaks import State, advance

DEALS, FIT, RATE, WATCHED = 80, 20, 0.50, 8
TALKS, CODES = 6, 20
SCENES = {  # win rate of those who fit and of the others after the base, factor on cycles, quarters
    "nothing": (0.50, 0.50, 1.0, WATCHED),
    "all halved": (0.25, 0.25, 1.0, WATCHED),
    "fit halved": (0.25, 0.50, 1.0, WATCHED),
    "all to .35": (0.35, 0.35, 1.0, WATCHED),
    "cycle x1.5": (0.50, 0.50, 1.5, WATCHED),
    "all halved for 4 quarters": (0.25, 0.25, 1.0, 4),
}


def company(rng: np.random.Generator, base: int, scene: str) -> dict:
    """Series of one company: quarter -> values, for each watched sign."""
    fit_rate, rate, slower, lasts = SCENES[scene]
    series = {name: {} for name in RULES}
    for quarter in range(base + WATCHED):
        is_moved = base <= quarter < base + lasts
        p = np.repeat(
            [fit_rate if is_moved else RATE, rate if is_moved else RATE], [FIT, DEALS - FIT]
        )
        won = (rng.random(DEALS) < p).astype(float)
        series["conversion_fit"][quarter], series["conversion"][quarter] = won[:FIT], won
        days = rng.gamma(4, 20, int(won.sum())) * (slower if is_moved else 1)
        series["cycle"][quarter] = np.round(days)
    return series


def watched(series: dict, base: int) -> dict[str, list[bool]]:
    """Whether each sign is on in each of the eight quarters."""
    on = {}
    for name, rule in RULES.items():
        state, on[name] = State(), []
        for quarter in range(base, base + WATCHED):
            state = advance(state, series[name], quarter, rule)
            on[name].append(state.is_on)
    return on


def objections(rng: np.random.Generator, base: int) -> bool:
    """Whether any code is called new in eight quarters of which nothing is."""
    often = 0.6 / np.arange(1, CODES + 1)
    said = rng.random(((base + WATCHED) * TALKS, CODES)) < often
    for quarter in range(base, base + WATCHED):
        before, now = said[: quarter * TALKS], said[quarter * TALKS : (quarter + 1) * TALKS]
        new = now.sum(axis=0) * ~before.any(axis=0)
        heard = (before.any(axis=0) | now.any(axis=0)).sum()
        n0, n = len(before), len(now)
        for k in new[new > 0]:
            places = np.arange(k)
            p = np.prod((n - places) / (n + n0 - places))
            if n >= MIN_TALKS and p <= OBJECTION_LEVEL / heard:
                return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--base", type=int, default=8)
    parser.add_argument("--seed", type=int, default=20_261_127)
    options = parser.parse_args()
    print(
        f"base {options.base} quarters, {options.runs} companies, seed {options.seed}", flush=True
    )
    for number, scene in enumerate(SCENES):
        rng = np.random.default_rng([options.seed, number])
        rows = []
        for _ in range(options.runs if scene == "nothing" else options.runs // 3):
            on = watched(company(rng, options.base, scene), options.base)
            on["objections"] = [scene == "nothing" and objections(rng, options.base)] * WATCHED
            on["any"] = list(np.any(list(on.values()), axis=0))
            rows.append({(s, q + 1): x for s, xs in on.items() for q, x in enumerate(xs)})
        table = pd.DataFrame(rows)
        table.columns = pd.MultiIndex.from_tuples(table.columns)
        for name in [*RULES, "objections", "any"]:
            ever = table[name].cummax(axis=1)
            found = "  ".join(f"{q}: {ever[q].mean():.3f}" for q in (1, 2, 4, 8))
            still = "  ".join(f"{q}: {table[name][q].mean():.3f}" for q in (4, 6, 8))
            print(f"{scene:26s} {name:15s} fired within {found}   on in {still}", flush=True)


if __name__ == "__main__":
    main()
