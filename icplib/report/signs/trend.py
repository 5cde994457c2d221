"""Win rate and cycle by quarter, and the computed signs as tiles say them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icplib import words
from icplib.report.inputs import Inputs, window_words
from icplib.report.measures import moved_words
from icplib.report.privacy import gives_away, is_small, with_partner
from icplib.stats import centres
from icplib.stats.intervals import wilson


def lately(sign_table: pd.DataFrame, sign: str, least: int) -> str:
    """The computed sign as a tile says it.

    'All deals: 28 % in 2026Q3 (n = 86), 49 % in 2025Q3 to 2026Q2 (n = 394). Down 21 points, more
    than chance.'
    """
    r = sign_table.set_index("sign").loc[sign].to_dict()
    if r["status"] != "computed":
        return ""
    if sign == "conversion" and any(
        gives_away(round(r[side] * r[n]), r[n], least)
        for side, n in (("now", "n_now"), ("before", "n_before"))
    ):
        return ""
    now, before = (
        f"{words.quantity(r[side], r['unit'])} in {r[window]} (n = {words.number(int(r[n]))})"
        for side, window, n in (("now", "window", "n_now"), ("before", "window_before", "n_before"))
    )
    if sign == "conversion":
        return (
            f"All closed deals: {now}, {before}."
            f" {moved_words(r['difference'], r['low'], r['high'], r['unit'])}."
        )
    # The shift of two medians is not their difference, so only its direction is told here.
    moved = "Longer" if r["difference"] > 0 else "Shorter"
    return (
        f"All won deals: {now}, {before}. {moved if round(r['difference']) else 'Unchanged'},"
        f" {'within' if r['low'] <= 0 <= r['high'] else 'more than'} chance."
    )


def trend(inputs: Inputs, n_quarters: int = 8) -> pd.DataFrame:
    """Win rate and median cycle of each recent quarter with intervals, for picture and table.

    Small counts are unknown in it; `n` and `n_won` are words ('86', 'not shown'), since they stand
    in the picture as they are.
    """
    rows = []
    for number in range(inputs.now - n_quarters + 1, inputs.now + 1):
        deals = inputs.deals[(inputs.deals["quarter"] == number).fillna(False).astype(bool)]
        won = deals["is_won"].fillna(False).astype(bool)
        cycle = centres.median(deals.loc[won, "cycle_days"])
        k, n = int(won.sum()), len(deals)
        low, high = (float(x) for x in wilson(k, n)) if n else (np.nan, np.nan)
        rows.append(
            {
                "quarter": window_words(number, number),
                "k": k,
                "n": n,
                "win_rate": k / n if n else np.nan,
                "win_low": low,
                "win_high": high,
                "n_won": cycle.n,
                "cycle_days": cycle.estimate,
                "cycle_low": cycle.low,
                "cycle_high": cycle.high,
            }
        )
    table = pd.DataFrame(rows)
    table = table[table["n"].cumsum() > 0].reset_index(drop=True)
    return _without_small(table, inputs.least)


def _without_small(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """The trend as it may be shown.

    The signs print sums over quarters, so a hidden quarter takes the next smallest along.
    """
    rates = pd.Series(
        [gives_away(k, n, least) for k, n in zip(table["k"], table["n"], strict=True)],
        index=table.index,
        dtype=bool,
    )
    rates, wins = (
        with_partner(rates, table["n"]),
        with_partner(table["n_won"].map(lambda n: is_small(n, least)).astype(bool), table["n_won"]),
    )
    few = with_partner(table["n"].map(lambda n: is_small(n, least)).astype(bool), table["n"])
    values = table.assign(
        n=["not shown" if f else words.number(n) for n, f in zip(table["n"], few, strict=True)],
        n_won=[
            "not shown" if f else words.number(n)
            for n, f in zip(table["n_won"], wins | rates, strict=True)
        ],
    )
    values.loc[rates | few, ["win_rate", "win_low", "win_high"]] = np.nan
    values.loc[wins | rates, ["cycle_days", "cycle_low", "cycle_high"]] = np.nan
    return values.drop(columns="k")


def describe_trend(rows: pd.DataFrame, value: str, name: str) -> str:
    """First against last quarter of the picture, as its alt text."""
    known = rows[rows[value].notna()]
    if not len(known):
        return f"{name}: no closed deals."
    first, last = known.iloc[0], known.iloc[-1]
    say = words.share if value == "win_rate" else words.days
    return (
        f"{name}: {say(last[value])} in {last['quarter']}, {say(first[value])} in"
        f" {first['quarter']}, highest {say(known[value].max())}, lowest {say(known[value].min())}."
    )
