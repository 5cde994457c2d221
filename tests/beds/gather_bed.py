"""Events with every edge that engines disagree on, and an independent pandas reading of the same
definitions.
"""

import datetime as dt

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from icplib.gather import joins
from icplib.gather.canon import FIELDS, ROW_ID
from icplib.gather.counting import without_copies
from icplib.gather.ranges import SHARE

CUT, LANDMARK, HOUR_COST = dt.date(2026, 10, 1), 90, 60.0
TYPES = {
    "text": "object",
    "number": "float64",
    "rate": "float64",
    "bool": "object",
    "date": "object",
}


def days(rng, n, start=dt.date(2024, 1, 1), span=1100, missing=0.03):
    out = [start + dt.timedelta(days=int(d)) for d in rng.integers(0, span, n)]
    return [None if m else d for d, m in zip(out, rng.random(n) < missing, strict=True)]


def events(n_accounts=120, seed=7):
    """Canonical tables as pandas frames (dates as datetime.date).

    Null keys, orphans, repeats, ties, the cut itself, far years.
    """
    rng = np.random.default_rng(seed)

    def pick(n):
        return [
            f"A{i:04d}" if 0 <= i < n_accounts else ("orphan" if i == n_accounts else None)
            for i in rng.integers(0, n_accounts + 2, n)
        ]

    def maybe(values, p=0.1):
        return [None if m else v for v, m in zip(values, rng.random(len(values)) < p, strict=True)]

    n = 5 * n_accounts
    deals = pd.DataFrame(
        {
            "deal_id": [f"D{i}" for i in range(n)],
            "account_id": pick(n),
            "created_date": days(rng, n),
            "close_date": days(rng, n),
            "is_won": maybe(list(rng.random(n) < 0.5)),
            "is_closed": maybe(list(rng.random(n) < 0.8)),
            "stage": maybe(list(rng.choice(["Closed Won", "closed lost", "Proposal"], n)), 0.2),
            "deal_amount": rng.normal(1000, 400, n).round(2),
            "discount_rate": maybe(list(rng.choice([0.0, 0.1, 0.25, 1.5, -0.2], n)), 0.2),
            "n_quote_revisions": maybe(list(rng.integers(0, 5, n).astype(float))),
            "lead_source": maybe(list(rng.choice(["Web", "Expo"], n))),
            "n_stakeholders": None,
            "owner": None,
        }
    )
    deals.loc[:3, "close_date"] = [CUT, CUT - dt.timedelta(days=1), dt.date(9999, 12, 31), None]
    deals = pd.concat([deals, deals.iloc[10:14]], ignore_index=True)  # repeated ids
    invoices = pd.DataFrame(
        {
            "invoice_id": None,
            "account_id": pick(n),
            "invoice_date": days(rng, n),
            "revenue_amount": rng.normal(500, 300, n).round(2),
            "cost_amount": maybe(list(rng.normal(200, 50, n).round(2)), 0.3),
        }
    )
    invoices.loc[0, "invoice_date"] = CUT
    tickets = pd.DataFrame(
        {
            "ticket_id": [f"T{i}" for i in range(n)],
            "account_id": pick(n),
            "opened_date": days(rng, n),
            "hours": maybe(list(rng.exponential(2, n).round(1))),
            "tag": "x",
        }
    )
    contacts = pd.DataFrame(
        {
            "contact_id": [f"C{i}" for i in range(n)],
            "account_id": pick(n),
            "created_date": days(rng, n),
            "email": None,
            "title": None,
            "buying_role": None,
        }
    )
    m = 12 * n_accounts
    engagement = pd.DataFrame(
        {
            "contact_id": maybe([f"C{i}" for i in rng.integers(0, n + 20, m)]),
            "account_id": None,
            "date": days(rng, m),
            "channel": maybe(list(rng.choice(["Email", "Web", "Ads", "ads"], m))),
            "is_opened": maybe(list(rng.random(m) < 0.5)),
            "is_clicked": maybe(list(rng.random(m) < 0.2)),
            "is_replied": maybe(list(rng.random(m) < 0.1)),
            "event": None,
        }
    )
    engagement.loc[::7, "account_id"] = pick(len(engagement.loc[::7]))
    tables = {
        "deals": deals,
        "invoices": invoices,
        "tickets": tickets,
        "contacts": contacts,
        "engagement": engagement,
    }
    for name, table in tables.items():
        for column, field in FIELDS[name].items():
            if column not in table:
                table[column] = None
            table[column] = table[column].astype(TYPES[field.kind])
        table["_row"] = np.arange(len(table))
        tables[name] = table[[*FIELDS[name], "_row"]]
    spine = pd.DataFrame(
        {
            "account_id": [f"A{i:04d}" for i in range(n_accounts)],
            "declared_start_date": days(rng, n_accounts, missing=0.7),
        }
    )
    return spine, tables


def arrow(table, name=None):
    """The table with exact column types, however many nulls it has."""
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "number": pa.float64(),
        "rate": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
    }
    types = (
        {c: kinds[f.kind] for c, f in FIELDS[name].items()} | {"_row": pa.int64()}
        if name
        else {"account_id": pa.string(), "declared_start_date": pa.date32()}
    )

    def cells(s):
        return [None if v is None or v != v else v for v in s]

    return pa.table({c: pa.array(cells(table[c]), types[c]) for c in table.columns})


def with_meanings(frame, name):
    """Deals with what their stages and types say, as ``counting`` adds it."""
    if name != "deals":
        return frame
    stage = nw.col("stage").str.to_lowercase()
    said = nw.when(stage == "closed won").then(nw.lit("won")).otherwise(nw.lit("open"))
    said = nw.when(stage == "closed lost").then(nw.lit("lost")).otherwise(said)
    return frame.with_columns(_said=nw.when(~stage.is_null()).then(said), _repeat=nw.lit(0))


def by_joins(spine, frames, collect):
    """The facts as joins.py computes them on any engine.

    ``frames``: name -> lazy frame; ``collect`` -> DataFrame.
    """
    rows, per = {}, {}
    for name, frame in frames.items():
        frame = joins.in_range(frame, {"discount_rate": SHARE}) if name == "deals" else frame
        if name in ROW_ID:
            frame = without_copies(frame, ROW_ID[name], ["account_id", "_row"])
        frame = joins.prepared(with_meanings(frame, name), name, CUT, rows.get("contacts"))
        channels = (
            collect(joins.channels_of(frame))["channel"].tolist() if name == "engagement" else ()
        )
        rows[name], per[name] = (
            joins.usable(frame, name, CUT),
            joins.per_company(frame, name, CUT, channels),
        )
    table = collect(joins.account_facts(spine, per, rows, LANDMARK, HOUR_COST))
    return table.sort_values("account_id").reset_index(drop=True)


def by_hand(spine, tables):
    """The same facts, company by company, in plain pandas and Python."""

    def null(v):
        return v is None or v != v

    kept = {}
    dates = {
        "deals": "created_date",
        "invoices": "invoice_date",
        "tickets": "opened_date",
        "contacts": "created_date",
        "engagement": "date",
    }
    ids = {"deals": "deal_id", "tickets": "ticket_id", "contacts": "contact_id"}
    for name in ("contacts", "deals", "invoices", "tickets", "engagement"):
        rows = tables[name].to_dict("records")
        if name == "engagement":
            owner = {r["contact_id"]: r["account_id"] for r in kept["contacts"]}
            rows = [
                r
                | {
                    "account_id": (
                        r["account_id"] if not null(r["account_id"]) else owner.get(r["contact_id"])
                    )
                }
                for r in rows
            ]
        seen, good = set(), []
        for r in rows:
            again = name in ids and r[ids[name]] in seen
            if name in ids:
                seen.add(r[ids[name]])
            date = r[dates[name]]
            if null(r["account_id"]) or again or r["account_id"] not in set(spine["account_id"]):
                continue
            if (null(date) and name not in ("deals", "contacts")) or (
                not null(date) and date >= CUT
            ):
                continue
            good.append(r)
        kept[name] = good
    for d in kept["deals"]:
        stage = None if null(d["stage"]) else d["stage"].lower()
        won = d["is_won"] if not null(d["is_won"]) else None if stage is None else "won" in stage
        closed = (
            d["is_closed"]
            if not null(d["is_closed"])
            else (
                True
                if won
                else None
                if stage is None
                else any(w in stage for w in ("won", "lost", "closed"))
            )
        )
        d["closed"] = bool(closed) and not null(d["close_date"]) and d["close_date"] < CUT
        d["won"] = d["closed"] and bool(won)
        d["disc"] = (
            d["discount_rate"]
            if not null(d["discount_rate"]) and 0 <= d["discount_rate"] <= 1
            else None
        )
        d["cycle"] = (
            (d["close_date"] - d["created_date"]).days
            if d["closed"] and not null(d["created_date"]) and d["close_date"] >= d["created_date"]
            else None
        )

    def known(rows, key):
        return [r[key] for r in rows if not null(r[key])]

    def mean(xs):
        return float(np.mean(xs)) if xs else np.nan

    out = []
    for _, s in spine.iterrows():
        own = {
            name: [r for r in rows if r["account_id"] == s["account_id"]]
            for name, rows in kept.items()
        }
        d, won = own["deals"], [r for r in own["deals"] if r["won"]]
        bought = own["invoices"]
        paid = [r for r in bought if null(r["revenue_amount"]) or r["revenue_amount"] > 0]
        first = min(known(paid, "invoice_date"), default=None)
        if won:
            day = min(r["close_date"] for r in won)
            chosen = [r for r in won if r["close_date"] == day]
        else:
            day = min(known(d, "created_date"), default=None)
            chosen = [r for r in d if day is not None and r["created_date"] == day]
        costs = known(bought, "cost_amount")
        starts = [x for x in (first, s["declared_start_date"]) if not null(x)]
        begin = min(starts, default=None)

        def late(day, begin=begin):
            return begin is not None and (day - begin).days > LANDMARK

        row = {
            "account_id": s["account_id"],
            "first_purchase_date": first,
            "last_purchase_date": max(known(paid, "invoice_date"), default=None),
            "revenue_amount": sum(r["revenue_amount"] for r in bought) if bought else np.nan,
            "n_invoices": len(bought) or np.nan,
            "profit_amount": (
                sum(r["revenue_amount"] for r in bought) - sum(costs) if costs else np.nan
            ),
            "n_won": len(won) if d else np.nan,
            "n_lost": sum(r["closed"] and not r["won"] for r in d) if d else np.nan,
            "n_open": sum(not r["closed"] for r in d) if d else np.nan,
            "n_quote_revisions_max": max(known(d, "n_quote_revisions"), default=np.nan),
            "discount_rate": mean(known(won, "disc")),
            "cycle_days_median": (
                float(np.median(known(won, "cycle"))) if known(won, "cycle") else np.nan
            ),
            "first_discount_rate": mean(known(chosen, "disc")),
            "first_quote_revisions": mean(known(chosen, "n_quote_revisions")),
            "first_cycle_days": mean(known([r for r in chosen if r["won"]], "cycle")),
            "first_lead_source": min(known(chosen, "lead_source"), default=None),
            "n_tickets": len(own["tickets"]) or np.nan,
            "support_hours": (
                sum(known(own["tickets"], "hours"))
                if known(own["tickets"], "hours")
                else (0.0 if own["tickets"] else np.nan)
            ),
            "n_contacts": len(own["contacts"]) or np.nan,
            "n_touches": len(own["engagement"]) or np.nan,
        }
        row["landmark_support_amount"] = (
            sum(known([t for t in own["tickets"] if late(t["opened_date"])], "hours")) * HOUR_COST
        )
        row["landmark_revenue_amount"] = sum(
            r["revenue_amount"] for r in bought if late(r["invoice_date"])
        )
        for flag, name in (("is_clicked", "n_clicks"), ("is_replied", "n_replies")):
            row[name] = (
                sum(r[flag] is True or r[flag] == 1 for r in own["engagement"])
                if own["engagement"]
                else np.nan
            )
        reacted = [
            r
            for r in own["engagement"]
            if any(r[f] == 1 for f in ("is_opened", "is_clicked", "is_replied"))
            or all(null(r[f]) for f in ("is_opened", "is_clicked", "is_replied"))
        ]
        channels = pd.Series(known(reacted, "channel"), dtype=object).value_counts()
        row["top_channel"] = (
            min(channels.index[channels == channels.max()], default=None) if len(channels) else None
        )
        out.append(row)
    return pd.DataFrame(out)


def assert_equal(got, want, rtol=1e-9):
    """Every column equal: numbers to ``rtol``, dates and words exactly, nulls where nulls are (0
    and null alike in sums of nothing).
    """
    assert got["account_id"].tolist() == want["account_id"].tolist()
    for column in want.columns.drop("account_id"):
        a, b = got[column], want[column]
        if column.endswith("_date"):
            assert (
                pd.to_datetime(a).dt.date.astype(str).tolist()
                == pd.to_datetime(b).dt.date.astype(str).tolist()
            ), column
        elif column in ("top_channel", "first_lead_source"):
            assert [x if isinstance(x, str) else None for x in a] == [
                x if isinstance(x, str) else None for x in b
            ], column
        else:
            a, b = pd.to_numeric(a).astype("float64"), pd.to_numeric(b).astype("float64")
            if column in ("landmark_support_amount", "landmark_revenue_amount", "support_hours"):
                a, b = a.fillna(0), b.fillna(0)
            np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-9, equal_nan=True, err_msg=column)


__all__ = [
    "CUT",
    "HOUR_COST",
    "LANDMARK",
    "arrow",
    "assert_equal",
    "by_hand",
    "by_joins",
    "with_meanings",
    "events",
    "nw",
]
