"""What the notebooks cost: `icp refresh` on the example against the same cells run in one plain
Python process.

    python benchmarks/refresh.py [--rounds 3]

Both sides do the same analysis in the same run of this script, alternating; the ratio of medians is
what counts. The plain side executes the code cells of the six notebooks in one interpreter, without
kernels, messages, pages and manifest.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLAIN = """
import sys, nbformat
from pathlib import Path
from icplib.refresh import NOTEBOOKS, STEPS
for step in STEPS:
    names = {"__name__": "__main__", "display": lambda *a: None}
    for cell in nbformat.read(NOTEBOOKS / f"{step}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
"""


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall and CPU seconds of one child process and its children."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return time.perf_counter() - began, sum(after[2:4]) - sum(before[2:4])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    sides = {
        "plain process": [sys.executable, "-c", PLAIN],
        "icp refresh": [sys.executable, "-m", "icplib", "refresh", "--company", "example"],
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(rounds):
            for name, command in sides.items():
                home = Path(scratch) / f"{number}-{name.replace(' ', '-')}"
                shutil.copytree(
                    ROOT / "data" / "example",
                    home / "data" / "example",
                    ignore=shutil.ignore_patterns("processed"),
                )
                environment = {
                    **os.environ,
                    "ICP_DATA": str(home / "data"),
                    "ICP_REPORTS": str(home / "reports"),
                    "PYTHONHASHSEED": "0",
                }
                seconds[name].append(measured(command, environment))
    middle = {
        name: [statistics.median(column) for column in zip(*values, strict=True)]
        for name, values in seconds.items()
    }
    for name, (wall, cpu) in middle.items():
        print(f"{name:<14} wall {wall:6.1f} s   CPU {cpu:6.1f} s   (median of {rounds})")
    wall, cpu = (middle["icp refresh"][i] / middle["plain process"][i] for i in (0, 1))
    print(f"ratio          wall {wall:6.2f}     CPU {cpu:6.2f}")


if __name__ == "__main__":
    main()
