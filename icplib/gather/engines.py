"""Where the tables live and the joins run.

Embedded DuckDB by default, Spark, or PostgreSQL (and its like) by a bridge.

An address with its password is never a setting, a parameter or a message: ``engine_address`` is the
*name* of an environment variable.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager

import narwhals.stable.v2 as nw
import pandas as pd

from icplib.exports.files import connect
from icplib.gather.canon import FIELDS
from icplib.gather.privacy import RAW
from icplib.problems import UserError, did_you_mean

NW_TYPE = {
    "text": nw.String,
    "number": nw.Float64,
    "rate": nw.Float64,
    "bool": nw.Boolean,
    "date": nw.Date,
}


class DuckDB:
    """The embedded engine itself: staged relations are joined where they are."""

    name = "duckdb"

    def __init__(self, con):
        self.con = con

    def staged(self, relation: str) -> nw.LazyFrame:
        """The staged ``relation``."""
        return nw.from_native(self.con.table(relation))

    def uploaded(self, frame: pd.DataFrame, name: str) -> nw.LazyFrame:
        """``frame`` as the relation ``name``."""
        from icplib.gather.staging import registered

        registered(self.con, name, frame)
        return self.staged(name)

    def table(self, name: str) -> nw.LazyFrame:
        """Refused with UserError: files have no tables of a warehouse."""
        raise UserError(
            f"the table '{name}' needs an engine that has it",
            remedy='Set engine = "spark" or "postgres", or name a file.',
        )

    def keep(self, frame: nw.LazyFrame, name: str) -> nw.LazyFrame:
        """The frame as a table of its own, where reading it twice would compute it twice."""
        self.con.execute("drop table if exists " + name)
        nw.to_native(frame).to_table(name)
        return self.staged(name)

    def fetched(self, frame: nw.LazyFrame) -> pd.DataFrame:
        """``frame`` computed, in memory."""
        return nw.to_native(frame).df()


class Spark(DuckDB):
    """Tables of a Spark session; staged files are handed over.

    Only the account-level result and the artefacts' rows are fetched.
    """

    name = "spark"

    def __init__(self, con, address: str = ""):
        super().__init__(con)
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise UserError(
                'engine = "spark" needs pyspark', remedy="Install it: pip install 'icplib[spark]'."
            ) from None
        builder = SparkSession.builder.appName("icp").config("spark.sql.session.timeZone", "UTC")
        builder = builder.config("spark.sql.ansi.enabled", "false").config(
            "spark.ui.enabled", "false"
        )
        self.session = (
            builder.remote(address)
            if address.startswith("sc://")
            else builder.master(address or "local[2]")
        ).getOrCreate()
        self.session.conf.set(
            "spark.sql.shuffle.partitions", os.environ.get("ICP_SPARK_PARTITIONS", "8")
        )

    def staged(self, relation: str) -> nw.LazyFrame:
        """The staged ``relation``, on Spark."""
        return nw.from_native(
            self.session.createDataFrame(self.con.table(relation).to_arrow_table())
        )

    def table(self, name: str) -> nw.LazyFrame:
        """The table ``name`` of the session's catalogue."""
        return nw.from_native(self.session.table(name))

    def keep(self, frame, name):
        """``frame``, computed once."""
        return nw.from_native(nw.to_native(frame).cache())

    def fetched(self, frame: nw.LazyFrame) -> pd.DataFrame:
        """``frame`` computed, in memory."""
        return nw.to_native(frame).toPandas()


class Warehouse(DuckDB):
    """PostgreSQL through Ibis: tables stay there, staged files become temporary tables."""

    name = "postgres"

    def __init__(self, con, address: str = ""):
        super().__init__(con)
        try:
            import ibis
        except ImportError:
            raise UserError(
                'engine = "postgres" needs ibis',
                remedy="Install it: pip install 'icplib[warehouse]'.",
            ) from None
        try:
            self.database = (
                ibis.postgres.from_url(address)
                if hasattr(ibis.postgres, "from_url")
                else ibis.connect(address)
            )
        except Exception as error:
            raise UserError(
                f"no connection: {masked(str(error))}",
                remedy="Check the address in the environment variable that engine_address names.",
            ) from None
        self.ibis = ibis

    def staged(self, relation: str) -> nw.LazyFrame:
        """The staged ``relation``, as a temporary table."""
        return self._temporary(self.con.table(relation).to_arrow_table(), relation)

    def _temporary(self, table, name: str) -> nw.LazyFrame:
        made = self.database.create_table(
            "icp_" + re.sub(r"\W", "_", name), table, temp=True, overwrite=False
        )
        return nw.from_native(made)

    def table(self, name: str) -> nw.LazyFrame:
        """The table ``name``, with or without its schema."""
        *schema, table = name.split(".")
        return nw.from_native(self.database.table(table, database=schema[0] if schema else None))

    def keep(self, frame, name):
        """``frame`` as it is: the warehouse computes it when asked."""
        return frame

    def fetched(self, frame: nw.LazyFrame) -> pd.DataFrame:
        """``frame`` computed, in memory."""
        return nw.to_native(frame).to_pyarrow().to_pandas()


@contextmanager
def engine(settings):
    """The engine that the settings name, over an embedded DuckDB for what comes as files."""
    with connect(settings.memory_limit) as con:
        if settings.engine == "duckdb":
            yield DuckDB(con)
        else:
            yield {"spark": Spark, "postgres": Warehouse}[settings.engine](con, address(settings))


def address(settings) -> str:
    """The address from the environment variable that the settings name.

    An address written into the settings is refused.
    """
    name = settings.engine_address
    if re.search(r"://", name):
        raise UserError(
            "engine_address holds an address",
            remedy="Write the NAME of an environment variable there and put the address into it.",
        )
    if name and name not in os.environ:
        raise UserError(
            f"the environment variable {name} is not set",
            remedy="Put the engine's address into it.",
        )
    if not name and settings.engine == "postgres":
        raise UserError(
            'engine = "postgres" needs engine_address',
            remedy='Write engine_address = "ICP_DATABASE" and put the address into that variable.',
        )
    return os.environ.get(name, "")


def masked(text: str) -> str:
    """A message without the secret of any address in it."""
    return re.sub(r"://[^/\s]*@", "://***@", " ".join(text.split()))[:300]


def canonical(
    frame: nw.LazyFrame, table: str, columns: dict[str, str], beside: tuple[str, ...] = ()
) -> nw.LazyFrame:
    """An engine's own table with our columns in our types.

    Renamed, cast, absent ones as typed nulls; ``beside``: headers to carry as text.
    """
    have = frame.collect_schema()
    out = []
    for ours, field in FIELDS[table].items():
        kind = NW_TYPE[field.kind]
        theirs = columns.get(ours)
        if theirs is None:
            out.append(nw.lit(None, kind).alias(ours))
        elif theirs not in have:
            raise UserError(
                f"the table has no column '{theirs}'",
                column=ours,
                remedy=did_you_mean(theirs, have.names()),
            )
        elif field.kind == "date" and have[theirs] == nw.String:
            raise UserError(
                "dates are text in the engine's table",
                column=theirs,
                remedy="Cast the column to a date there.",
            )
        else:
            out.append(
                (nw.col(theirs) if have[theirs] == kind else nw.col(theirs).cast(kind)).alias(ours)
            )
    out += [nw.col(header).cast(nw.String).alias(RAW + header) for header in beside]
    return frame.select(*out)
