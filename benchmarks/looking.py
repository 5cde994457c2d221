"""What is a robot analyst shown who climbs by what it saw, and what does a true find still cost?

    python -m benchmarks.looking --runs 300 --truths 100

Noise: the attributes of `testbed.py` (25, with gaps), no relation with the value, n = 300. The
robot begins at the top lines of the sheet (the strongest group of each attribute, either direction)
and takes 200 looks: another level, another end of a range, another attribute; it keeps what looked
better. Every look is a question. *Naive*: p below .05 without a price. *LORD++*: the ledger's level
alone. *As built*: the attribute's q in the scan has to be .05 or less as well.
Truth: five planted conditions asked first, in random order, against what the search finds of them.

A question's p is the product's (`looks.chance_of`), with the draws under chance made once for each
size of group, since with nobody related they depend on nothing else.
"""

import argparse

import numpy as np

from benchmarks import testbed
from icplib.conditions import Condition
from icplib.stats.conditions import found_items, met_of
from icplib.stats.design import Design
from icplib.stats.groups import MIN_GROUP, Attribute, code
from icplib.stats.intervals import wilson
from icplib.stats.looks import DRAWS, LEVEL, chance_of, next_level
from icplib.stats.scan import Choice, normal_scores, null_maxima, scan_both

N, LOOKS, BEST = 300, 200, 0.2
SIZES = np.array([5, 7, 10, 15, 22, 33, 50, 75, 110, 150])
ASKED = (
    Condition(attribute="industry", op="in", values=testbed.PLANTED["industry"]),
    Condition(attribute="employees", op="between", low=200, high=1500),
    Condition(attribute="revenue", op="between", low=20e6, high=200e6),
    Condition(attribute="growth", op="between", low=0.30),
    Condition(attribute="stack", op="contains", values=("CRM",)),
)


def scores_of(flag, value):
    return np.array([flag.astype(float), normal_scores(value)])


def nulls():
    """Sorted draws of the largest |z| under chance, by size of the group."""
    value = np.random.default_rng(0).standard_normal(N)
    scores = scores_of(value >= np.quantile(value, 1 - BEST), value)
    found = {}
    for size in SIZES:
        asked = np.where(np.arange(N) < size, "yes", "no").astype(object)
        coded = code(Attribute("asked", "nominal", asked), MIN_GROUP)
        drawn = null_maxima([coded], scores, DRAWS, 1, Design.plain(N))[0]
        found[int(size)] = np.sort(drawn.max(axis=(0, 1)))
    return found


def seen(inside, known, scores):
    """(largest |z| with half a count off the flag's, is more): as the scan has it."""
    s, n, k = scores[:, known], int(known.sum()), int((inside & known).sum())
    if min(k, n - k) < MIN_GROUP:
        return 0.0, True
    mean, spread = s.mean(axis=1), s.std(axis=1)
    step = 1 / np.sqrt(k * (n - k) / (n - 1))
    z = (scores[:, inside & known].sum(axis=1) - k * mean) / spread * step
    sure = np.abs(z) - np.array([0.5, 0.0]) / spread * step
    at = int(sure.argmax())
    return float(sure[at]), bool(z[at] > 0)


def p_of(z, inside, known, draws):
    size = min(int((inside & known).sum()), int((known & ~inside).sum()))
    if size < MIN_GROUP:
        return 1.0
    return chance_of(z, draws[int(SIZES[np.abs(SIZES - size).argmin()])])


class Robot:
    """Looks at groups of cells; a cell is a bin, a level or a member."""

    def __init__(self, coded, rng):
        self.coded, self.rng = [c for c in coded if len(c.start)], rng
        self.cells = [
            np.vstack([c.cells, np.zeros(c.cells.shape[1])])[c.codes].astype(bool)
            for c in self.coded
        ]

    def mask(self, look):
        which, cells = look
        return self.cells[which][:, sorted(cells)].any(axis=1), self.coded[which].known

    def starts(self, both):
        """The sheet: strongest group of each attribute and direction, the best first."""
        lines = []
        for scan in both:
            for i, c in enumerate(self.coded):
                z = scan[c.attribute.name].z
                g = int(z.argmax())
                lines.append((-z[g], i, frozenset(range(c.start[g], c.stop[g]))))
        return [(i, cells) for _, i, cells in sorted(lines, key=lambda x: (x[0], x[1]))]

    def neighbour(self, look):
        """One end or level more or less; one time in ten another attribute altogether."""
        which, cells = look
        if self.rng.random() < 0.1:
            which = int(self.rng.integers(len(self.coded)))
            return which, frozenset([int(self.rng.integers(self.cells[which].shape[1]))])
        n = self.cells[which].shape[1]
        if self.coded[which].attribute.kind == "numeric":
            low, high = min(cells), max(cells)
            low, high = (
                (low + self.rng.choice([-1, 1]), high)
                if self.rng.random() < 0.5
                else (low, high + self.rng.choice([-1, 1]))
            )
            return which, frozenset(range(max(int(low), 0), min(int(high), n - 1) + 1)) or cells
        changed = cells ^ {int(self.rng.integers(n))}
        return which, changed or cells


def one_run(seed, draws):
    """Whether naive, LORD++ and the ledger as built show a find in 200 looks at noise."""
    sample = testbed.generate(N, seed, "null")
    scores = scores_of(sample.flag, sample.value)
    coded = [code(a) for a in sample.attributes]
    both = scan_both(coded, sample.flag, sample.value, Choice(seed=seed))
    price = [{a.name: a.q for a in scan.attributes} for scan in both]
    robot = Robot(coded, np.random.default_rng([seed, 7]))
    sheet, asked, at, at_z = robot.starts(both), set(), None, -1.0
    held = {"LORD++": [], "as built": []}
    shown = {
        "naive": False,
        "scan alone": any(a.is_found for scan in both for a in scan.attributes),
    }
    while len(asked) < LOOKS:
        look = sheet.pop(0) if len(asked) < 10 and sheet else robot.neighbour(at)
        inside, known = robot.mask(look)
        z, is_more = seen(inside, known, scores)
        if look not in asked:
            asked.add(look)
            p = p_of(z, inside, known, draws)
            shown["naive"] |= p <= 0.05
            is_paid = price[0 if is_more else 1][robot.coded[look[0]].attribute.name] <= LEVEL
            held["LORD++"].append(p <= next_level(held["LORD++"]))
            held["as built"].append(is_paid and p <= next_level(held["as built"]))
        elif robot.rng.random() < 0.02:
            at, at_z = sheet[int(robot.rng.integers(len(sheet)))], -1.0  # stuck: begin elsewhere
            continue
        if z >= at_z:
            at, at_z = look, z
    return shown | {name: any(h) for name, h in held.items()}


def one_truth(seed, draws):
    """(planted attributes that the search finds, of them confirmed as one of five questions)."""
    sample = testbed.generate(N, seed, "shift")
    scores, by_name = scores_of(sample.flag, sample.value), sample.by_name
    both = scan_both(sample.attributes, sample.flag, sample.value, Choice(seed=seed))
    items = found_items(both[0], sample.flag, sample.value)
    stated = testbed.planted_found([i.condition for i in items])
    order = np.random.default_rng([seed, 5]).permutation(len(ASKED))
    held, n_found, n_confirmed = [], 0, 0
    for i in order:
        inside, known = met_of(ASKED[i], by_name[ASKED[i].attribute])
        z, is_more = seen(inside, known, scores)
        is_paid = is_more and both[0][ASKED[i].attribute].q <= LEVEL
        held.append(is_paid and p_of(z, inside, known, draws) <= next_level(held))
        name = "CRM" if ASKED[i].attribute == "stack" else ASKED[i].attribute
        n_found += name in stated
        n_confirmed += held[-1] and name in stated
    return n_found, n_confirmed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--truths", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261128)
    given = parser.parse_args()
    draws = nulls()
    truths = [one_truth(given.seed + i, draws) for i in range(given.truths)]
    found, confirmed = (sum(side) for side in zip(*truths, strict=True))
    say("truth, finds confirmed", confirmed, found)
    runs = []
    for i in range(given.runs):
        runs.append(one_run(given.seed + i, draws))
        if (i + 1) % 50 == 0 or i + 1 == given.runs:
            for name in ("naive", "LORD++", "as built", "scan alone"):
                say(f"noise, {name}", sum(run[name] for run in runs), len(runs))


def say(what, k, n):
    low, high = wilson(k, n)
    print(f"{what}: {k} of {n} ({low:.3f} to {high:.3f})", flush=True)


if __name__ == "__main__":
    main()
