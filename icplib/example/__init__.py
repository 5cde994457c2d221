"""DataInsight, the example company.

A seeded history with planted truth, exported quarter by quarter.

DataInsight sells a data-analytics platform to firms. Nothing here is real. `write_example` writes
what such a company would have: `company.toml` and one folder of raw exports a quarter. The planted
truth goes to `truth_path` alone, which the tests read; no other part of icplib may.
"""

import json
from pathlib import Path

from icplib.example.exports import write_quarter
from icplib.example.truth import planted_truth
from icplib.example.world import World, draw_world
from icplib.problems import UserError

QUARTERS = ("2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3")
# a sample in which what was planted can be seen; another seed shows another sample of the same
# truth
SEED = 20261005

SETTINGS = Path(__file__).with_name("company.toml")


def refuse_other(folder: Path) -> None:
    """UserError where another company stands in ``folder``: it is never overwritten."""
    standing = folder / "company.toml"
    if standing.exists() and standing.read_bytes() != SETTINGS.read_bytes():
        raise UserError(
            "another company stands in this folder, and the example would overwrite it",
            file=standing,
            remedy="Name a folder that is not there yet: icp example --company NAME.",
        )


def write_example(
    folder: Path,
    quarters: tuple[str, ...] = QUARTERS,
    customers: int = 400,
    prospects: int | None = None,
    seed: int = SEED,
    noise: bool = False,
    truth_path: Path | None = None,
) -> World:
    """Write `company.toml` and `raw/<quarter>/*.csv` into `folder`; returns the world behind.

    `customers` (those who left included) and `prospects` (three for two customers) are the numbers
    on 2026-09-30; earlier quarters show what was there by their last day. Three in ten customers
    have left. The same arguments give the same bytes. `noise=True` is the twin in which every
    planted relation is broken while each column keeps its distribution.
    """
    folder = Path(folder)
    unknown = [quarter for quarter in quarters if quarter not in QUARTERS]
    if unknown:
        raise UserError(
            f"the example has no quarter {', '.join(unknown)}",
            remedy=f"It has {', '.join(QUARTERS)}.",
        )
    world = draw_world(
        customers, round(1.5 * customers) if prospects is None else prospects, seed, noise
    )
    for quarter in quarters:
        write_quarter(world, quarter, folder / "raw" / quarter)
    (folder / "company.toml").write_bytes(SETTINGS.read_bytes())
    if truth_path is not None:
        Path(truth_path).write_text(
            json.dumps(planted_truth(world, noise), indent=1) + "\n", encoding="utf-8"
        )
    return world
