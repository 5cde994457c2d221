"""Scale of the joins: the account table of 1 million accounts by the gather's own path, by
hand-written DuckDB SQL, by pandas and by Polars.

    python benchmarks/gather.py [--accounts 1000000] [--events 1000000 10000000 50000000] [--ways
        ours sql pandas polars] [--scratch FOLDER] [--repeat 1]

Ours also counts every row that is not used, under its reason, and every impossible value; the
others do not. Each way runs in a process of its own and reports CPU seconds, wall seconds and peak
memory; ratios are to the hand-written SQL of the same run. A checksum must be the same for every
way. Aim: at most 1.5 times the CPU of the SQL, 4 GB, growth no worse than linear in events.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MAKE = {
    "accounts": (
        "select 'A' || range as account_id, null::date as declared_start_date from range({n})"
    ),
    "deals": (
        "select *, created_date + 1 + floor(random() * 90)::int as close_date from (select 'D' ||"
        " range as deal_id, {key} as account_id, {day} as created_date, random() < .8 as is_closed,"
        " random() < .5 as is_won, round(random() * 1e4, 2) as deal_amount, round(random() * .3, 2)"
        " as discount_rate, floor(random() * 5)::double as n_quote_revisions from range(3 * {n}))"
    ),
    "invoices": (
        "select 'I' || range as invoice_id, {key} as account_id, {day} as invoice_date,"
        " round(random() * 1e3, 2) as revenue_amount, round(random() * 500, 2) as cost_amount from"
        " range(5 * {n})"
    ),
    "engagement": (
        "select {key} as account_id, {day} as date, ['email', 'web', 'ads', 'call'][1 +"
        " floor(random() * 4)::int] as channel, random() < .4 as is_opened, random() < .1 as"
        " is_clicked, random() < .05 as is_replied from range({events})"
    ),
}
SQL = """
with d as (select *, is_closed and close_date < cut as closed, is_closed and is_won and close_date < cut as won from deals, (select date '2026-10-01' cut) where created_date < cut),
 dd as (select account_id, count(*) filter (won) n_won, count(*) filter (closed and not won) n_lost, count(*) filter (not closed) n_open, max(n_quote_revisions) q,
   avg(discount_rate) filter (won) disc, median(close_date - created_date) filter (won) cycle from d group by 1),
 fw as (select account_id, min(close_date) filter (won) w, min(created_date) c from d group by 1),
 fd as (select d.account_id, avg(discount_rate) fdisc, avg(n_quote_revisions) fq from d join fw using (account_id) where (won and close_date = w) or (w is null and created_date = c) group by 1),
 i as (select account_id, min(invoice_date) first, max(invoice_date) last, sum(revenue_amount) revenue, sum(cost_amount) cost, count(*) n from invoices where invoice_date < date '2026-10-01' group by 1),
 e as (select account_id, count(*) n_touches, count(*) filter (is_clicked) n_clicks, count(*) filter (is_replied) n_replies from engagement where date < date '2026-10-01' group by 1),
 ch as (select account_id, channel, count(*) n from engagement where date < date '2026-10-01' and (is_opened or is_clicked or is_replied) group by 1, 2),
 top as (select account_id, first(channel order by n desc, channel) top_channel from ch group by 1)
select a.account_id, revenue as revenue_amount, revenue - cost as profit_amount, n_won, cycle as cycle_days_median, n_touches, n_clicks, top_channel, fdisc as first_discount_rate, first, last, n_lost, n_open, q, disc, fq,
  n_replies from accounts a left join dd using (account_id) left join fd using (account_id) left join i using (account_id) left join e using (account_id) left join top using (account_id)
"""  # noqa: E501


def make(folder: Path, n: int, events: int) -> None:
    """Parquet files with our columns.

    A twentieth of the rows names an account that does not exist.
    """
    import duckdb

    con = duckdb.connect()
    con.execute("select setseed(0.5)")
    fill = {
        "n": n,
        "events": events,
        "key": f"'A' || floor(random() * {1.05 * n})::bigint",
        "day": "date '2023-01-01' + floor(random() * 1400)::int",
    }
    for name, query in MAKE.items():
        con.execute(f"copy ({query.format(**fill)}) to '{folder / name}.parquet'")


def ours(folder: Path, polars: bool = False):
    """The gather's own path from a firm's typed tables to the table of measures, over DuckDB (or
    Polars): every check and count of lost rows included.
    """
    import datetime as dt
    from types import SimpleNamespace

    import narwhals.stable.v2 as nw

    from icplib.exports.files import connect
    from icplib.gather import joins
    from icplib.gather.desk import Desk
    from icplib.gather.engines import DuckDB, Polars
    from icplib.gather.facts import clean, load
    from icplib.settings import Settings
    from icplib.workbook import BoundSource

    class Tables(Polars if polars else DuckDB):
        def table(self, name):
            if polars:
                import polars as pl

                return nw.from_native(pl.scan_parquet(folder / f"{name}.parquet"))
            return nw.from_native(self.con.read_parquet(str(folder / f"{name}.parquet")))

    names = ("deals", "invoices", "engagement")
    settings = Settings.model_validate(
        {
            "name": "scale",
            "sources": {"accounts": "accounts.csv", **{name: {"table": name} for name in names}},
        }
    )
    quarter = SimpleNamespace(first_invisible_day=dt.date(2026, 10, 1))
    book = SimpleNamespace(settings=settings, quarter=quarter)
    with connect("3GB") as con:
        desk, rows, per = Desk(book, Tables(con)), {}, {}
        spine = desk.engine.table("accounts")
        for name in names:
            load(desk, BoundSource(name, settings.sources[name], folder))
            rows[name], per[name] = clean(desk, name, spine, None)
        return desk.engine.fetched(joins.account_facts(spine, per, rows, 90, 60.0))


def sql(folder: Path):
    """The same table in DuckDB SQL, as an analyst would write it."""
    import duckdb

    con = duckdb.connect(config={"memory_limit": "3GB", "temp_directory": str(folder / "spill")})
    for name in MAKE:
        con.execute(f"create view {name} as from read_parquet('{folder / name}.parquet')")
    return con.sql(SQL).df()


def in_pandas(folder: Path):
    """The same table in plain pandas."""
    import pandas as pd

    def read(name, date):
        return (lambda t: t[pd.to_datetime(t[date]) < "2026-10-01"])(
            pd.read_parquet(folder / f"{name}.parquet")
        )

    out = pd.read_parquet(folder / "accounts.parquet").set_index("account_id")
    d = read("deals", "created_date").assign(
        close_date=lambda t: pd.to_datetime(t["close_date"]),
        created_date=lambda t: pd.to_datetime(t["created_date"]),
    )
    d["closed"] = d["is_closed"] & (d["close_date"] < "2026-10-01")
    d["won"] = d["closed"] & d["is_won"]
    d["cycle"] = (d["close_date"] - d["created_date"]).dt.days
    won = d[d["won"]]
    g = d.groupby("account_id")
    out["n_won"], out["n_lost"], out["n_open"], out["q"] = (
        g["won"].sum(),
        (d["closed"] & ~d["won"]).groupby(d["account_id"]).sum(),
        (~d["closed"]).groupby(d["account_id"]).sum(),
        g["n_quote_revisions"].max(),
    )
    out["disc"], out["cycle_days_median"] = (
        won.groupby("account_id")["discount_rate"].mean(),
        won.groupby("account_id")["cycle"].median(),
    )
    first_won, first = (
        d["account_id"].map(won.groupby("account_id")["close_date"].min()),
        d["account_id"].map(g["created_date"].min()),
    )
    chosen = d[
        (d["won"] & (d["close_date"] == first_won))
        | (first_won.isna() & (d["created_date"] == first))
    ]
    out["first_discount_rate"] = chosen.groupby("account_id")["discount_rate"].mean()
    i = (
        read("invoices", "invoice_date")
        .groupby("account_id")
        .agg(
            revenue_amount=("revenue_amount", "sum"),
            cost=("cost_amount", "sum"),
            first=("invoice_date", "min"),
            last=("invoice_date", "max"),
        )
    )
    out = out.join(i)
    out["profit_amount"] = out["revenue_amount"] - out["cost"]
    e = read("engagement", "date")
    out = out.join(
        e.groupby("account_id").agg(
            n_touches=("channel", "size"),
            n_clicks=("is_clicked", "sum"),
            n_replies=("is_replied", "sum"),
        )
    )
    counts = (
        e[e["is_opened"] | e["is_clicked"] | e["is_replied"]]
        .groupby(["account_id", "channel"])
        .size()
        .rename("n")
        .reset_index()
    )
    top = (
        counts.sort_values(["n", "channel"], ascending=[False, True])
        .drop_duplicates("account_id")
        .set_index("account_id")["channel"]
    )
    return out.assign(top_channel=top).reset_index()


WAYS = {
    "ours": ours,
    "sql": sql,
    "pandas": in_pandas,
    "polars": lambda folder: ours(folder, polars=True),
}


def measure(way: str, folder: Path) -> dict:
    start = time.perf_counter()
    table = WAYS[way](folder)
    wall, usage = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    checks = [
        float(table[c].sum())
        for c in (
            "revenue_amount",
            "profit_amount",
            "n_won",
            "cycle_days_median",
            "n_touches",
            "n_clicks",
            "first_discount_rate",
        )
    ] + [int((table["top_channel"] == "web").sum())]
    return {
        "way": way,
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_gb": usage.ru_maxrss / 1e6,
        "checksum": [f"{x:.5g}" for x in checks],
        "rows": len(table),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument(
        "--events", type=int, nargs="+", default=[1_000_000, 10_000_000, 50_000_000]
    )
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    parser.add_argument(
        "--scratch",
        help=(
            "where the tables are made for the time of the run; the system's scratch folder when"
            " left out"
        ),
    )
    parser.add_argument(
        "--repeat",
        type=int,
        default=1,
        help="runs of each way; the one with the least CPU is printed",
    )
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one[0], Path(given.one[1]))))
        return
    for events in given.events:
        with tempfile.TemporaryDirectory(prefix="icp-bench-", dir=given.scratch) as scratch:
            make(Path(scratch), given.accounts, events)
            print(f"{given.accounts:,} accounts, {events:,} events")
            rows = []
            for way in given.ways:
                runs = [
                    subprocess.run(
                        [sys.executable, __file__, "--one", way, scratch],
                        capture_output=True,
                        text=True,
                    )
                    for _ in range(given.repeat)
                ]
                if bad := next((done for done in runs if done.returncode), None):
                    print(
                        f"  {way:7} failed:"
                        f" {bad.stderr.strip().splitlines()[-1] if bad.stderr.strip() else bad.returncode}"  # noqa: E501
                    )
                    continue
                rows.append(
                    min((json.loads(done.stdout) for done in runs), key=lambda row: row["cpu_s"])
                )
            base = next((r for r in rows if r["way"] == "sql"), rows[0] if rows else None)
            for r in rows:
                same = (
                    "same result"
                    if r["checksum"] == base["checksum"]
                    else f"DIFFERENT: {r['checksum']} against {base['checksum']}"
                )
                print(
                    f"  {r['way']:7} {r['cpu_s']:7.1f} CPU s ({r['cpu_s'] / base['cpu_s']:.2f} of"
                    f" SQL)  {r['wall_s']:7.1f} s  {r['peak_gb']:5.2f} GB  {same}"
                )


if __name__ == "__main__":
    main()
