"""One card, five readers: Python, its JSON reload, SQL on DuckDB and PostgreSQL, the Salesforce
formula. Equal on every row.
"""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile

import duckdb
import pandas as pd
import pytest
import sqlglot
from hypothesis import given, settings

from book_bed import bed, bed_card
from card_readers import assert_same, in_duckdb, in_python, in_salesforce, or_none
from crm_tables import HUBSPOT, SALESFORCE, crm_sql, crm_table
from icplib.scoring.scorecard import points
from icplib.scoring.sql import DIALECTS, Table, scorecard_sql
from icplib.tables.step_04 import Scorecard
from salesforce_evaluator import Picklist, evaluate
from scorecards import (
    AWKWARD,
    MEMBERS,
    cards,
    companies,
    level_rules,
    member_rules,
    number_rules,
    scorecard,
)


def no_semicolons(table):
    """Text sets cannot hold a member with a semicolon; none of ours has one."""
    assert not any(";" in m for m in MEMBERS)
    return table


@settings(max_examples=30, deadline=None)
@given(cards())
def test_every_reader_gives_the_same_points(card):
    table = companies(card)
    told = in_python(card, table)
    assert_same(told, in_python(Scorecard.model_validate_json(card.model_dump_json()), table))
    assert_same(told, in_duckdb(card, table, sets_as_text=False))
    assert_same(told, in_duckdb(card, no_semicolons(table), sets_as_text=True))
    assert_same(told, in_salesforce(card, table))
    sized = card.model_copy(update={"never_zero": ("n_employees",)})
    filled = table.assign(growth_rate=table["growth_rate"].fillna(0.0))
    assert_same(in_python(sized, filled), in_salesforce(sized, table, as_zeroes=True))


def test_a_picklist_is_read_by_the_functions_that_take_one():
    record = {"P": Picklist("x"), "N": None}
    assert evaluate('ISPICKVAL(P, "x")', record) and evaluate('TEXT(P) = "x"', record)
    assert evaluate('TEXT(N) = ""', record) and evaluate('CASE(P, "x", 4, 0)', record) == 4
    for formula in ('P = "x"', "ISBLANK(P)", 'INCLUDES(P, "x")'):
        with pytest.raises(ValueError):
            evaluate(formula, record)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_parses_as_its_own(dialect):
    card = fixed_card()
    statement = scorecard_sql(card, dialect)
    assert sqlglot.parse_one(statement, read=dialect or None)
    assert "O''Reilly" in statement or "O\\'Reilly" in statement


def test_an_absent_column_counts_as_unknown_everywhere():
    card = fixed_card()
    table = companies(card)
    without = table.drop(columns=["industry"])
    expected = points(card, table.assign(industry=pd.Series([None] * len(table), dtype="str")))
    assert list(points(card, without)) == list(expected)
    con = duckdb.connect()
    con.register("accounts", without.drop(columns="tech_stack"))
    sql = scorecard_sql(card, "duckdb", Table(absent=frozenset({"industry", "tech_stack"})))
    assert list(con.execute(sql).df()["score"]) == list(
        points(card, without.drop(columns="tech_stack"))
    )


def fixed_card():
    """One card with every kind of rule, always the same."""
    from hypothesis import find

    rules = [
        find(number_rules(), lambda r: len(r.segments) > 3),
        find(number_rules("growth_rate"), lambda r: True),
    ]
    rules.append(
        find(
            level_rules(), lambda r: "O'Reilly" in r.segments[0].values and r.segments[0].points > 0
        )
    )
    return scorecard([*rules, *find(member_rules(), lambda rs: rs[0].segments[1].points > 0)])


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    """A PostgreSQL server of our own on a socket in a scratch folder, or a skip that says why."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or (
        [os.path.dirname(shutil.which("initdb"))] if shutil.which("initdb") else []
    )
    if not found:
        pytest.skip("PostgreSQL is not installed here (no initdb)")
    as_user = []
    folder = tmp_path_factory.mktemp("pg")
    if os.geteuid() == 0:
        user = next((u for u in ("postgres", "nobody") if _is_user(u)), None)
        if user is None or not shutil.which("setpriv"):
            pytest.skip("PostgreSQL will not run as root, and there is no other user to run it as")
        as_user = [
            "setpriv",
            f"--reuid={user}",
            f"--regid={pwd.getpwnam(user).pw_gid}",
            "--clear-groups",
        ]
        folder = type(folder)(
            tempfile.mkdtemp(prefix="icp-pg-")
        )  # pytest's own folders are closed to that user
        shutil.chown(folder, user)
    data, tools = folder / "data", found[-1]
    subprocess.run(
        [
            *as_user,
            f"{tools}/initdb",
            "-D",
            data,
            "-U",
            "icp",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        ],
        check=True,
        capture_output=True,
        cwd="/",
    )
    server = subprocess.Popen(
        [*as_user, f"{tools}/postgres", "-D", data, "-k", folder, "-c", "listen_addresses="],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    base = [
        f"{tools}/psql",
        "-h",
        folder,
        "-U",
        "icp",
        "-d",
        "postgres",
        "-qAtX",
        "-v",
        "ON_ERROR_STOP=1",
    ]
    for _ in range(100):
        if subprocess.run([f"{tools}/pg_isready", "-h", folder, "-q"]).returncode == 0:
            break
        subprocess.run(["sleep", "0.1"])
    yield (
        lambda script: (
            subprocess.run(base, input=script, capture_output=True, text=True, check=True).stdout
        )
    )
    server.terminate()
    server.wait(20)
    shutil.rmtree(folder, ignore_errors=True)


def _is_user(name):
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def test_postgres_gives_the_same_points(postgres):
    card = fixed_card()
    table = companies(card)
    values = ",\n".join(
        "(" + ", ".join(_literal(v) for v in row) + ")" for row in table.itertuples(index=False)
    )
    out = postgres(
        "CREATE TEMP TABLE accounts (account_id text, n_employees float8, growth_rate float8,"
        f" industry text, tech_stack text[]);\nINSERT INTO accounts ({', '.join(table.columns)})"
        f" VALUES {values};\n" + "SELECT account_id, score, tier, is_knocked_out FROM"
        f" ({scorecard_sql(card, 'postgres', comments=False)}) AS s;"
    )
    rows = pd.DataFrame(
        [line.split("|") for line in out.strip().splitlines()],
        columns=["id", "score", "tier", "out"],
    ).set_index("id")
    rows = rows.loc[table["account_id"]]
    assert_same(
        in_python(card, table), (rows["score"].astype(int), rows["tier"], rows["out"] == "t")
    )


@pytest.mark.parametrize("columns", [SALESFORCE, HUBSPOT], ids=["salesforce", "hubspot"])
def test_a_crms_own_table_in_postgres_gives_the_same_points(postgres, columns):
    table = crm_table(columns)
    names = ", ".join(f'"{name}"' for name in table)
    types = ["float8" if table[name].dtype == float else "text" for name in table]
    declared = ", ".join(f'"{name}" {type}' for name, type in zip(table, types, strict=True))
    rows = ", ".join(f"({', '.join(map(_literal, row))})" for row in table.itertuples(index=False))
    out = postgres(
        f"CREATE TEMP TABLE accounts ({declared}); INSERT INTO accounts ({names}) VALUES {rows};"
        f" SELECT account_id, score, tier, is_knocked_out FROM ({crm_sql(columns, 'postgres')}) s;"
    )
    told = {line.split("|")[0]: line.split("|")[1:] for line in out.strip().splitlines()}
    score, tier, is_out = zip(*(told[i] for i in bed()["account_id"]), strict=True)
    got = ([int(x) for x in score], tier, [x == "t" for x in is_out])
    assert_same(in_python(bed_card(), bed()), got)


def _literal(value):
    value = or_none(value)
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return f"ARRAY[{', '.join(_literal(v) for v in value)}]::text[]"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def test_awkward_values_are_part_of_the_tests():
    assert (
        any("'" in v for v in AWKWARD)
        and any('"' in v for v in AWKWARD)
        and any(not v.isascii() for v in AWKWARD)
    )
