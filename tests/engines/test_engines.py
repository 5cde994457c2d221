"""The same joins on Spark (local) and on a PostgreSQL server that the test starts, against the independent reading, to 1e-9.

Run by ``make test-engines``, which installs the extras; skipped with the reason where Java, pyspark, ibis or a server is missing.
"""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import narwhals.stable.v2 as nw  # noqa: E402
from gather_bed import arrow, assert_equal, by_hand, by_joins, events  # noqa: E402

from icplib.exports.files import connect  # noqa: E402
from icplib.exports.mapping import map_headers  # noqa: E402
from icplib.gather.canon import FIELDS  # noqa: E402
from icplib.gather.engines import Spark, Warehouse, canonical  # noqa: E402

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
    with connect() as con:
        engine = Spark(con)
        yield engine
        engine.session.stop()


def test_spark_equals_the_independent_reading(bed, spark):
    spine, tables, want = bed
    for name, table in tables.items():
        spark.con.register(name, arrow(table, name))
    spark.con.register("spine", arrow(spine))
    got = by_joins(spark.staged("spine"), {name: spark.keep(spark.staged(name), name) for name in TABLES}, spark.fetched)
    assert_equal(got, want)


def binaries():
    """Folder of a PostgreSQL server's programs, or None."""
    found = shutil.which("pg_ctl")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "initdb").exists() and (p / "pg_ctl").exists()), None)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    """Address of a server in a scratch folder, with a password; stopped at the end."""
    pytest.importorskip("ibis", reason="ibis is not installed: make test-engines installs it")
    programs = binaries()
    if programs is None:
        pytest.skip("there is no PostgreSQL server on this machine")
    home = tmp_path_factory.mktemp("pg")
    data, secret = home / "data", home / "pw"
    secret.write_text("canary")
    as_user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        import pwd

        try:
            pwd.getpwnam("nobody")
        except KeyError:
            pytest.skip("the server does not run as root, and there is no user nobody")
        for folder in (home, *home.parents):
            if folder == Path(folder.anchor) or folder.stat().st_uid != 0 or folder.name in ("tmp",):
                break
            folder.chmod(0o755)
        shutil.chown(home, "nobody")
        shutil.chown(secret, "nobody")
        as_user = ["setpriv", "--reuid=nobody", "--clear-groups"] if shutil.which("setpriv") else ["runuser", "-u", "nobody", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run = lambda *args: subprocess.run([*as_user, *map(str, args)], check=True, capture_output=True, timeout=120, cwd=home)  # noqa: E731
    try:
        run(programs / "initdb", "-D", data, "-U", "icp", "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C")
        run(programs / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", f"-p {port} -c listen_addresses=127.0.0.1 -k {home}", "start")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"PostgreSQL does not start here: {error.stderr.decode()[-200:]}")
    yield f"postgres://icp:canary@127.0.0.1:{port}/postgres"
    run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


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
            columns = map_headers(name, frame.collect_schema().names(), "plain", FIELDS[name]).columns
            frames[name] = canonical(frame, name, columns).drop("_row").with_columns(_row=nw.lit(0))
        got = by_joins(engine.staged("spine"), frames, engine.fetched)
    assert_equal(got, want)


def _plain(table, name):
    return arrow(table, name).drop_columns(["_row"])


def test_no_message_shows_the_password(postgres):
    from icplib.problems import UserError

    with connect() as con, pytest.raises(UserError) as caught:
        Warehouse(con, postgres.replace("canary", "wrong-canary"))
    assert "canary" not in str(caught.value)
