"""The same joins on Spark (local) and on a PostgreSQL server that the test starts, against the
independent reading, to 1e-9.

Run by ``make test-engines``, which installs the extras; skipped with the reason where Java,
pyspark, ibis or a server is missing.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa
import pytest

from book_bed import bed as firms
from book_bed import bed_card
from card_readers import assert_same, in_python
from crm_tables import HUBSPOT, SALESFORCE, crm_sql, crm_table
from gather_bed import arrow, assert_equal, by_hand, by_joins, events
from icplib.exports.files import connect
from icplib.exports.mapping import map_headers
from icplib.gather.canon import FIELDS
from icplib.gather.engines import Spark, Warehouse, canonical

TABLES = ("contacts", "deals", "invoices", "tickets", "engagement")


@pytest.fixture(scope="module")
def bed():
    spine, tables = events(n_accounts=60)
    return spine, tables, by_hand(spine, tables)


@pytest.fixture(scope="module")
def spark():
    pytest.importorskip("pyspark", reason="pyspark is not installed: make test-engines installs it")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java, and there is none on this machine")
    os.environ.setdefault("ICP_SPARK_PARTITIONS", "2")
    with connect() as con:
        engine = Spark(con)
        yield engine
        engine.session.stop()


def test_spark_equals_the_independent_reading(bed, spark):
    spine, tables, want = bed
    for name, table in tables.items():
        spark.con.register(name, arrow(table, name))
    spark.con.register("spine", arrow(spine))
    got = by_joins(
        spark.staged("spine"),
        {name: spark.keep(spark.staged(name), name) for name in TABLES},
        spark.fetched,
    )
    assert_equal(got, want)


@pytest.mark.parametrize("columns", [SALESFORCE, HUBSPOT], ids=["salesforce", "hubspot"])
def test_a_crms_own_table_scores_on_spark_as_ours(columns, spark):
    spark.session.createDataFrame(pa.Table.from_pandas(crm_table(columns))).createOrReplaceTempView(
        "accounts"
    )
    rows = {
        row["account_id"]: row for row in spark.session.sql(crm_sql(columns, "spark")).collect()
    }
    rows = [rows[i] for i in firms()["account_id"]]
    told = [[row[name] for row in rows] for name in ("score", "tier", "is_knocked_out")]
    assert_same(in_python(bed_card(), firms()), told)


def binaries():
    """Folder of a PostgreSQL server's programs, or None."""
    found = shutil.which("pg_ctl")
    places = (
        [Path(found).parent]
        if found
        else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    return next((p for p in places if (p / "initdb").exists() and (p / "pg_ctl").exists()), None)


@pytest.fixture(scope="module")
def postgres():
    """Address of a server in a scratch folder of its own (pytest's is closed to other users), with
    a password; stopped at the end.
    """
    pytest.importorskip("ibis", reason="ibis is not installed: make test-engines installs it")
    programs = binaries()
    if programs is None:
        pytest.skip("there is no PostgreSQL server on this machine")
    home = Path(tempfile.mkdtemp(prefix="icp-postgres-"))
    data, secret = home / "data", home / "pw"
    secret.write_text("canary")
    as_user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        import pwd

        try:
            pwd.getpwnam("nobody")
        except KeyError:
            pytest.skip("the server does not run as root, and there is no user nobody")
        shutil.chown(home, "nobody")
        shutil.chown(secret, "nobody")
        as_user = (
            ["setpriv", "--reuid=nobody", "--clear-groups"]
            if shutil.which("setpriv")
            else ["runuser", "-u", "nobody", "--"]
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*args):
        return subprocess.run(
            [*as_user, *map(str, args)], check=True, capture_output=True, timeout=120, cwd=home
        )

    try:
        run(
            programs / "initdb",
            "-D",
            data,
            "-U",
            "icp",
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
            "--locale=C",
        )
        run(
            programs / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            home / "log",
            "-o",
            f"-p {port} -c listen_addresses=127.0.0.1 -k {home}",
            "start",
        )
    except subprocess.CalledProcessError as error:
        pytest.skip(f"PostgreSQL does not start here: {error.stderr.decode()[-200:]}")
    yield f"postgres://icp:canary@127.0.0.1:{port}/postgres"
    run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(home, ignore_errors=True)


def test_postgres_equals_the_independent_reading(bed, postgres):
    spine, tables, want = bed
    with connect() as con:
        engine = Warehouse(con, postgres)
        for name, table in tables.items():  # the firm's own tables, with our columns' names
            engine.database.create_table(f"crm_{name}", _plain(table, name), overwrite=True)
        con.register("spine", arrow(spine))
        frames = {}
        for name in TABLES:
            frame = engine.table(f"public.crm_{name}")
            columns = map_headers(
                name, frame.collect_schema().names(), "plain", FIELDS[name]
            ).columns
            frames[name] = canonical(frame, name, columns).with_columns(_row=nw.lit(0))
        got = by_joins(engine.staged("spine"), frames, engine.fetched)
    assert_equal(got, want)


def _plain(table, name):
    return arrow(table, name).drop_columns(["_row"])


SOURCES = ("accounts", "prospects", "churn", *TABLES)
ARTEFACTS = (
    "accounts",
    "attributes",
    "deals",
    "contacts",
    "engagement",
    "tickets",
    "attrition",
    "readiness",
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    """The files of a small firm, typed, and what the embedded engine makes of them."""
    spine, tables = events(n_accounts=60)
    n = len(spine)
    spine = spine.assign(
        account_name=[f"Company {i}" for i in range(n)],
        domain=[f"c{i}.example" for i in range(n)],
        Industry=["Bank", "Retail", "Energy"] * (n // 3),
        n_employees=[float(10 + 7 * i) for i in range(n)],
    ).rename(columns={"declared_start_date": "start_date"})
    tables = {
        name: table.drop(columns=[c for c in table if table[c].isna().all() or c == "_row"])
        for name, table in tables.items()
    }
    churn = (
        spine[["domain"]]
        .iloc[::9]
        .assign(churn_date=pd.Timestamp("2026-09-01").date(), churn_reason="price")
    )
    files = {
        "accounts": spine.iloc[:40],
        "prospects": spine.iloc[40:].drop(columns="start_date"),
        "churn": churn,
        **tables,
    }
    home = tmp_path_factory.mktemp("firm")
    raw = home / "firm" / "raw" / "2026Q3"
    raw.mkdir(parents=True)
    for name, table in files.items():
        table.to_parquet(raw / f"{name}.parquet", index=False)
    return files, gathered(home, "".join(f'{name} = "{name}.parquet"\n' for name in SOURCES)), home


def gathered(home, sources, engine=""):
    from icplib.gather import gather
    from icplib.workbook import Workbook

    (home / "firm" / "company.toml").write_text(f'name = "firm"\n{engine}[sources]\n{sources}')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ICP_DATA", str(home))
        return gather(Workbook("firm", "2026Q3"))


def assert_same_gather(got, want):
    from icplib.tables import artefact

    for name in ARTEFACTS:  # footers and broken lines are a file's alone
        check = artefact(f"01_{name}").check
        one, other = check(getattr(got, name)), check(getattr(want, name))
        if name == "attrition":
            one, other = (
                t[t["stage"] != "lines that are no rows"].reset_index(drop=True)
                for t in (one, other)
            )
        by = (
            [c for c in one.columns if one[c].dtype == "str" or "date" in c]
            if name == "engagement"
            else []
        )
        one, other = (t.sort_values(by).reset_index(drop=True) if by else t for t in (one, other))
        pd.testing.assert_frame_equal(one, other, rtol=1e-9, obj=name)
    assert sorted(got.quality["check"]) == sorted(want.quality["check"])


def test_a_whole_gather_over_the_firms_own_tables_in_postgresql(firm, postgres, monkeypatch):
    files, want, home = firm
    monkeypatch.setenv("ICP_TEST_DATABASE", postgres)
    with connect() as con:
        engine = Warehouse(con, postgres)
        for name in SOURCES:
            con.execute(
                "create or replace temp table t as from"
                f" read_parquet('{home / 'firm' / 'raw' / '2026Q3' / name}.parquet')"
            )
            engine.database.create_table(
                f"firm_{name}", con.table("t").to_arrow_table(), overwrite=True
            )
    tables = "".join(f'{name} = {{ table = "public.firm_{name}" }}\n' for name in SOURCES)
    got = gathered(home, tables, 'engine = "postgres"\nengine_address = "ICP_TEST_DATABASE"\n')
    assert_same_gather(got, want)
    assert (
        got.sources.set_index("source").loc["deals", "file"] == "public.firm_deals"
        and "canary" not in got.sources.to_string()
    )


def test_a_whole_gather_over_the_tables_of_a_spark_session(firm, spark):
    files, want, home = firm
    for name in SOURCES:
        spark.session.read.parquet(
            str(home / "firm" / "raw" / "2026Q3" / f"{name}.parquet")
        ).createOrReplaceTempView(f"firm_{name}")
    got = gathered(
        home,
        "".join(f'{name} = {{ table = "firm_{name}" }}\n' for name in SOURCES),
        'engine = "spark"\n',
    )
    assert_same_gather(got, want)


def test_no_message_shows_the_password(postgres):
    from icplib.problems import UserError

    with connect() as con, pytest.raises(UserError) as caught:
        Warehouse(con, postgres.replace("canary", "wrong-canary"))
    assert "canary" not in str(caught.value)
