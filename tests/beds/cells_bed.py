"""Cells of one column as the whole chain reads them."""

from functools import cache

import duckdb
import pandas as pd

from icplib.exports import values


@cache
def connection():
    """One engine for all tests: its macros need a moment."""
    con = duckdb.connect()
    con.execute("set threads = 1")
    values.install(con)
    return con


def settled(cells, kind, **declared):
    """The values of a column of text, and how it was settled."""
    con = connection()
    con.register("raw", pd.DataFrame({"c": cells}, dtype="str"))
    how = values.Reading(**declared)
    values.cleaned(con, "raw", "clean", {"c": "VARCHAR"}, ["c"], how)
    how = values.settle(con, "clean", "c", kind, "VARCHAR", how, file="a.csv")
    sql = values.expression(kind, "c", "VARCHAR", how)
    return [v for (v,) in con.execute(f"select {sql} from clean").fetchall()], how


def read(cells, kind, **declared):
    """The values alone."""
    return settled(cells, kind, **declared)[0]
