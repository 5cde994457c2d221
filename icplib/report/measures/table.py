"""`06_measures` as a whole: all measures, their change since the last report, small counts."""

import numpy as np
import pandas as pd

from icplib import words
from icplib.pages.counts import gives_away, is_small
from icplib.report.inputs import Inputs
from icplib.report.measures.registry import (
    COMPUTE,
    INTRODUCTIONS,
    SIDES,
    WHEN,
)


def success_measures(inputs: Inputs) -> pd.DataFrame:
    """`06_measures`: one row per measure, persona and side.

    Absent sources give no rows; `missing` says what they need.
    """
    rows = [row for compute in COMPUTE.values() for row in compute(inputs)]
    table = pd.DataFrame(
        rows,
        columns=["measure", "persona", "side", "label", "n", "k", "value", "low", "high", "window"],
    )
    for column in ("title", "metric", "focus", "unit", "n_counted"):
        table[column] = [getattr(INTRODUCTIONS[name], column) for name in table["measure"]]
    table = _against_previous(_without_difference(table, inputs.least), inputs)
    return table


def _without_difference(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """Won deals stand in the win rate and in the cycle.

    Where the latest windows differ by a few of them, the cycle's rows are left out.
    """
    counts = table.drop_duplicates(["measure", "side"]).set_index(["measure", "side"])
    doomed = []
    for side in SIDES:
        for when in WHEN:
            won, timed = (("win_rate", f"{side} {when}"), ("cycle", f"{side} {when}"))
            if {won, timed} <= set(counts.index):
                apart = abs(counts.loc[won, "k"] - counts.loc[timed, "n"])  # type: ignore[operator, arg-type]
                if is_small(apart, least):
                    doomed += [f"{side} {when}", f"{side} change"]
    is_doomed = (table["measure"] == "cycle") & table["side"].isin(doomed)
    return table[~is_doomed].reset_index(drop=True)


def missing(measure: str, table: pd.DataFrame) -> str:
    """Why a measure has no rows, as a sentence; empty when it has."""
    if (table["measure"] == measure).any():
        return ""
    one = INTRODUCTIONS[measure]
    stands = "at least one persona" if one.focus == "persona" else "an ICP that stands"
    return (
        f"Not known: it needs {one.n_counted} in the window and {stands}"
        f" ({'source' if len(one.sources) == 1 else 'sources'}: {', '.join(one.sources)})."
    )


def definitions(inputs: Inputs) -> dict[str, str]:
    """Every definition that a number on page one depends on, in words.

    Next quarter compares them.
    """
    best, profile = inputs.settings.best, inputs.profile
    found = {one.title: f"{one.what} Filter: {one.filter}." for one in INTRODUCTIONS.values()}
    found["best customers"] = (
        f"top {words.share(best.share)} of customers by {best.by}, at least {best.min_tenure_days}"
        " days a customer"
    )
    found["churn"] = (
        f"in the churn list, or silent for {inputs.settings.churn.silent_quarters} quarters"
        if inputs.settings.churn.silent_quarters
        else "in the churn list"
    )
    found["ICP headline rule"] = "; ".join(c.words for c in profile.headline) if profile else "none"
    return found


def _against_previous(table: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Change since the previous report.

    Pooled windows overlap, so the interval of a change is rather too wide than too narrow.
    """
    before = inputs.previous
    table["previous_value"], table["change"], table["change_low"], table["change_high"] = (
        np.nan,
        np.nan,
        np.nan,
        np.nan,
    )
    table["is_definition_changed"] = pd.array([False] * len(table), dtype="boolean")
    if before is None or not before.workbook.has("06_measures"):
        return table
    old = before["06_measures"].set_index(["measure", "persona", "side"])
    now_defined, then_defined = definitions(inputs), before["06_report"].definitions
    moved = {name for name in now_defined if now_defined[name] != then_defined.get(name)}
    is_new_rule = bool(moved & {"ICP headline rule", "best customers"})
    for i, row in table.iterrows():
        key = (row["measure"], row["persona"], row["side"])
        if (
            key not in old.index
            or pd.isna(row["value"])
            or row["side"] not in ("in", "out", "unknown")
        ):
            continue
        then = old.loc[key]
        then = then.iloc[0] if isinstance(then, pd.DataFrame) else then
        if pd.isna(then["value"]):
            continue
        if (" to " in then["window"]) != (
            " to " in row["window"]
        ):  # a quarter against a year would compare seasons
            table.loc[i, "previous_value"] = then["value"]
            continue
        change = row["value"] - then["value"]
        below, above = _half_widths(row, then)
        table.loc[i, ["previous_value", "change", "change_low", "change_high"]] = [
            then["value"],
            change,
            change - below,
            change + above,
        ]
        table.loc[i, "is_definition_changed"] = is_new_rule or row["title"] in moved
    return table


def _half_widths(now: pd.Series, then: pd.Series) -> tuple[float, float]:
    """Arms of a difference's interval from the arms of both (Newcombe's square-and-add, MOVER)."""
    return (
        float(np.hypot(now["value"] - now["low"], then["high"] - then["value"])),
        float(np.hypot(now["high"] - now["value"], then["value"] - then["low"])),
    )


def change_words(row: dict, currency: str = "") -> str:
    """Say "up 4 points since the last report, within chance"."""
    if pd.isna(row.get("change")):
        return (
            "No earlier report to compare with."
            if pd.isna(row.get("previous_value"))
            else "The last report looked at a window of another length."
        )
    text = moved_words(
        row["change"],
        row["change_low"],
        row["change_high"],
        row["unit"],
        currency,
        " since the last report",
    )
    return text + ("; the definition changed too." if row.get("is_definition_changed") else ".")


def moved_words(
    change: float, low: float, high: float, unit: str, currency: str = "", since: str = ""
) -> str:
    """'Down 7 points since the last report, more than chance'."""
    size = (
        words.plural(round(abs(change) * 100), "point")
        if unit == "share"
        else (
            words.plural(round(abs(change)), "day")
            if unit == "days"
            else words.quantity(abs(change), unit, currency)
        )
    )
    if size.startswith("0 "):
        return f"Unchanged{since}"
    chance = pd.isna(low) or low <= 0 <= high
    return (
        f"{'Up' if change > 0 else 'Down'} {size}{since}, {'within' if chance else 'more than'}"
        " chance"
    )


def hide_small(rows: pd.DataFrame, least: int) -> pd.DataFrame:
    """`rows` of 06_measures with `is_hidden`.

    Small counts, and what would give them away by subtraction.
    """
    hidden = pd.Series(
        [
            gives_away(r["k"], r["n"], least) or is_small(r["n"], least)
            for r in rows.to_dict("records")
        ],
        index=rows.index,
        dtype=bool,
    )
    # A side gives away the other, and so does the same side in the window before; the unknown ones
    # are in no sum that is shown.
    kind = rows["side"].map(
        lambda side: side.split()[-1] if " " in side else "unknown" if side == "unknown" else "main"
    )
    groups = rows["measure"] + "/" + rows["persona"].fillna("") + "/" + kind
    return rows.assign(is_hidden=hidden.groupby(groups).transform("any") if len(rows) else hidden)
