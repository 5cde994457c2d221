"""The joins, written once: DuckDB and Polars against an independent reading in plain Python, to
1e-9, on data full of edges.
"""

import datetime as dt

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gather_bed import CUT, arrow, assert_equal, by_hand, by_joins, events, with_meanings
from icplib.gather import joins
from icplib.gather.canon import ROW_ID
from icplib.gather.counting import copies, without_copies


@pytest.fixture(scope="module")
def bed():
    spine, tables = events()
    return spine, tables, by_hand(spine, tables)


@pytest.mark.parametrize("few_channels", [joins.FEW_CHANNELS, 0])
def test_duckdb_equals_the_independent_reading(bed, few_channels, monkeypatch):
    monkeypatch.setattr(joins, "FEW_CHANNELS", few_channels)
    spine, tables, want = bed
    con = duckdb.connect()
    con.register("spine", arrow(spine))
    for name, table in tables.items():
        con.register(name, arrow(table, name))
    lazy = {
        name: nw.from_native(con.table(name))
        for name in ("contacts", "deals", "invoices", "tickets", "engagement")
    }
    assert_equal(
        by_joins(nw.from_native(con.table("spine")), lazy, lambda f: nw.to_native(f).df()), want
    )


def test_polars_equals_the_independent_reading(bed):
    spine, tables, want = bed
    lazy = {
        name: nw.from_native(pl.from_arrow(arrow(tables[name], name)).lazy())
        for name in ("contacts", "deals", "invoices", "tickets", "engagement")
    }
    assert_equal(
        by_joins(
            nw.from_native(pl.from_arrow(arrow(spine)).lazy()),
            lazy,
            lambda f: nw.to_native(f).collect().to_pandas(),
        ),
        want,
    )


def test_an_absent_table_leaves_its_columns_out_and_won_deals_stand_for_invoices(bed):
    spine, tables, want = bed
    con = duckdb.connect()
    con.register("spine", arrow(spine))
    con.register("deals", arrow(tables["deals"], "deals"))
    got = by_joins(
        nw.from_native(con.table("spine")),
        {"deals": nw.from_native(con.table("deals"))},
        lambda f: nw.to_native(f).df(),
    )
    assert (
        "n_tickets" not in got
        and got["n_won"].fillna(0).tolist() == want["n_won"].fillna(0).tolist()
    )
    assert (
        got["first_purchase_date"].notna().tolist() == (want["n_won"] > 0).tolist()
        and got["profit_amount"].isna().all()
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dates(dt.date(1600, 1, 1), dt.date(9999, 12, 31)), min_size=1, max_size=20))
def test_day_numbers_are_right_for_every_date(dates):
    frame = nw.from_native(pl.DataFrame({"d": dates}))
    got = frame.select(n=joins.day_number("d")).get_column("n").to_list()
    assert got == [(d - dt.date(1970, 1, 1)).days for d in dates]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.one_of(st.none(), st.floats(-100, 100))),
        min_size=1,
        max_size=12,
    )
)
def test_the_median_is_the_median(rows):
    table = pd.DataFrame(rows, columns=["account_id", "v"]).astype({"v": "float64"})
    got = (
        nw.to_native(joins.median_by(nw.from_native(pl.from_pandas(table)), "v", "m"))
        .to_pandas()
        .set_index("account_id")["m"]
    )
    want = table.dropna().groupby("account_id")["v"].median()
    pd.testing.assert_series_equal(
        got.sort_index(),
        want.sort_index(),
        check_names=False,
        check_index_type=False,
        check_exact=False,
    )


def test_every_row_is_counted_once(bed):
    spine, tables, _ = bed
    con = duckdb.connect()
    con.register("spine", arrow(spine))
    for name, table in tables.items():
        con.register(name, arrow(table, name))
        frame = nw.from_native(con.table(name))
        n_copies, key = 0, ROW_ID.get(name)
        if key:
            n_copies = nw.to_native(copies(frame, key)).df()["n"].fillna(0).iloc[0]
            frame = without_copies(frame, key, ["account_id", "_row"])
        frame = joins.prepared(with_meanings(frame, name), name, CUT)
        n = (
            nw.to_native(
                joins.account(
                    joins.per_company(frame, name, CUT), name, nw.from_native(con.table("spine"))
                )
            )
            .df()
            .iloc[0]
        )
        rows = nw.to_native(
            joins.usable(frame, name, CUT).join(nw.from_native(con.table("spine")), on="account_id")
        ).df()
        assert n_copies + n["no_company"] + n["no_such_account"] + n["rows"] == len(table)
        assert (
            n["seen"] == len(rows)
            and n["no_such_account"] > 0
            and (n["late"] > 0 or name == "contacts")
        ), name
