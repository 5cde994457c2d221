"""What does `icp score` cost on a long list?

Rows a second and the memory that it takes, list made by DuckDB and deleted afterwards.

    python -m benchmarks.score_list [--rows 1000000 10000000] [--folder DIR]

The list repeats the example's prospects with ids, employees, revenue and growth drawn anew; the
card is the one of the last run of the example, so refresh it first. Each list is scored in a
process of its own, whose peak resident memory is its own.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from icplib.scoring import score_file
from icplib.workbook import Workbook

KEPT = (
    "Account Name",
    "Website",
    "Industry",
    "Tech Stack",
    "Business Model",
    "Region",
    "Billing Country",
    "Sales Team",
    "Account Source",
    "Territory Code",
    "Technical Contact Identified",
    "Number of Offices",
    "Monthly Website Visits",
    "Growth Stage",
    "Funding Stage",
)


def make(source: Path, out: Path, n: int):
    kept = ", ".join(f'p."{name}"' for name in KEPT)
    duckdb.execute("select setseed(0.5)")
    duckdb.execute(
        f"""create or replace temp table prospects as
        select * from read_csv('{source}', header = true, all_varchar = true, null_padding = true) where "Account Name" is not null"""  # noqa: E501
    )
    duckdb.execute(f"""copy (
        select 'L' || i as "Account ID", {kept}, cast(exp(4 + 5 * random()) as bigint) as "Employees",
               'USD' as "Annual Revenue Currency", '$' || printf('%.2f', exp(14 + 6 * random())) as "Annual Revenue",
               cast(round(60 * random() - 5) as int) || '%' as "Revenue Growth (YoY)"
        from range({n}) t(i) join (select row_number() over () - 1 as k, * from prospects) p
          on p.k = i % (select count(*) from prospects)
    ) to '{out}' (header)""")  # noqa: E501


def score(path: Path, out: Path):
    """In a process of its own: score, and print what it took."""
    started, cpu = time.perf_counter(), time.process_time()
    told = score_file(Workbook("example"), path, out)
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{told.n_rows:,} rows of {path.stat().st_size / 1e9:.2f} GB into"
        f" {out.stat().st_size / 1e9:.2f} GB: {wall:.0f} s, {cpu:.0f} CPU s,"
        f" {told.n_rows / wall:,.0f} rows a second ({told.n_rows / cpu:,.0f} a CPU second), peak"
        f" {peak:.2f} GB",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument(
        "--folder", default=None, help="where the lists are made; about 3 GB for 10 million rows"
    )
    parser.add_argument("--score", nargs=2, metavar=("LIST", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.score:
        score(*map(Path, options.score))
        return
    source = Workbook("example").raw / "Prospects.csv"
    for n in options.rows:
        with tempfile.TemporaryDirectory(prefix="icp-bench-", dir=options.folder) as folder:
            path = Path(folder) / "list.csv"
            make(source, path, n)
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.score_list",
                    "--score",
                    str(path),
                    str(Path(folder) / "scored.csv"),
                ],
                check=True,
            )


if __name__ == "__main__":
    main()
