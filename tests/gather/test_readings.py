"""A column of dates that proves nothing itself follows the others of its file."""

from types import SimpleNamespace

import duckdb
import pytest

from icplib.exports.values import Reading, install
from icplib.gather import readings
from icplib.problems import UserError


@pytest.mark.parametrize(("other", "order"), [("25.1.2025", "dmy"), ("1.25.2025", "mdy")])
def test_the_order_of_day_and_month_is_that_of_the_file(other, order):
    with duckdb.connect() as con:
        install(con)
        con.execute(f"create table t as select '1.2.2025' as a, '{other}' as b")
        date = SimpleNamespace(kind="date")
        staged = SimpleNamespace(
            read="t",
            file="f.csv",
            types={"a": "VARCHAR", "b": "VARCHAR"},
            mapped=SimpleNamespace(columns={"close_date": "a", "created_date": "b"}),
            fields={"close_date": date, "created_date": date},
        )
        assert readings.settled(con, staged, "a", "date", Reading()).date_order == order
        staged.mapped.columns.pop("created_date")
        with pytest.raises(UserError, match="cannot be told apart"):
            readings.settled(con, staged, "a", "date", Reading())
