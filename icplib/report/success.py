"""The success measures as a part of the page: four metrics, a picture, every measure folded."""

import pandas as pd

from icplib import words
from icplib.charts import report as charts
from icplib.pages import fixed, slug
from icplib.pages.views import Table
from icplib.report.draft import Draft, Row
from icplib.report.measures import INTRODUCTIONS, change_words, hide_small, missing
from icplib.report.sections import figure, interval, table
from icplib.report.views import Fold, Section


def measures(draft: Draft) -> Section:
    """Four metrics by profile and persona; each folded with its words and numbers."""
    rows = hide_small(draft.table("06_measures"), draft.least)
    shown = rows[~rows["is_hidden"]]
    overview = []
    for metric in dict.fromkeys(one.metric for one in INTRODUCTIONS.values()):
        cells = [
            "; ".join(
                _finding(draft, one.measure, shown)
                for one in INTRODUCTIONS.values()
                if (one.metric, one.focus) == (metric, focus)
            )
            for focus in ("ICP", "persona")
        ]
        overview.append((metric.capitalize(), *cells))
    rates = shown[
        (shown["unit"] == "share")
        & shown["side"].isin(["in", "out"])
        & ~shown["measure"].isin(["new_leads", "preference"])
        & shown["value"].notna()
    ]
    figures = []
    if len(rates):
        gaps = shown[(shown["side"] == "difference") & (shown["unit"] == "share")]
        sure = gaps[(gaps["low"] > 0) | (gaps["high"] < 0)]
        named = [_name(r) for r in sure.to_dict("records")]
        frame = pd.DataFrame([_point(r) for r in rates.to_dict("records")])
        figures = [
            figure(draft, charts.shares(frame, "share, with 95 % interval"), "rates", named=named)
        ]
    return Section(
        fixed("Success measures"),
        "measures",
        figures=tuple(figures),
        tables=(
            table(
                "Four metrics, by profile and by persona",
                "Metric|By profile|By persona",
                overview,
                anchor="success",
                fits_half=True,
            ),
        ),
        folds=(_each(draft, rows),),
    )


def _name(r: Row) -> str:
    who = "" if words.is_missing(r["persona"]) else f" ({r['persona']})"
    return f"{str(r['title']).lower()}{who}"


def _point(r: Row) -> Row:
    who = "" if words.is_missing(r["persona"]) else f", {r['persona']}"
    return {
        "label": (
            f"{INTRODUCTIONS[r['measure']].title.removesuffix(' by persona')}{who}: {r['label']}"
        ),
        "estimate": r["value"],
        "low": r["low"],
        "high": r["high"],
        "note": f"n = {words.number(r['n'])}",
        "is_hollow": r["side"] != "in",
    }


def _finding(draft: Draft, name: str, shown: pd.DataFrame) -> str:
    one = INTRODUCTIONS[name]
    sides = ("in", "out") if one.focus == "ICP" else ("in",)
    rows = shown[(shown["measure"] == name) & shown["side"].isin(sides)].to_dict("records")
    said = [
        f"{r['label'] if words.is_missing(r['persona']) else r['persona']} {_value(draft, r)}"
        for r in rows
    ]
    return f"{one.title}: {'; '.join(said) or 'not known'}"


def _value(draft: Draft, r: Row, column: str = "value") -> str:
    """A value in its unit; differences of shares in points."""
    is_gap = r["side"].split()[0] == "difference" or r["side"].endswith("change")
    if r["unit"] == "share" and (is_gap or r["measure"] == "preference"):
        return (
            words.DASH
            if words.is_missing(r[column])
            else f"{words.decimal(100 * r[column])} points"
        )
    return words.quantity(r[column], r["unit"], draft.currency)


def _each(draft: Draft, rows: pd.DataFrame) -> Fold:
    """Every measure with its words, numbers, filter and source."""
    tables = tuple(_measure(draft, name, rows) for name in INTRODUCTIONS)
    return Fold(fixed("Every measure: what it is, its numbers, its caveats"), "each", tables)


def _measure(draft: Draft, name: str, rows: pd.DataFrame) -> Table:
    one, mine = INTRODUCTIONS[name], rows[rows["measure"] == name]
    shown = mine[~mine["is_hidden"]].to_dict("records")
    body = []
    for r in shown:
        change = "change" if r["side"].endswith("change") else ""
        who = [x for x in (r["persona"], r["label"], change) if isinstance(x, str) and x]
        value = _value(draft, r)
        ends = [_value(draft, r, c).removesuffix(" points") for c in ("low", "high")]
        plain = interval(r, r["unit"], draft.currency)
        moved = "" if words.is_missing(r["change"]) else change_words(r, draft.currency)
        span = " to ".join(ends) if value.endswith("points") else plain
        body.append((": ".join(who), value, span, words.number(r["n"]), r["window"], moved))
    few = " Rows with too few cases are left out." if len(shown) < len(mine) else ""
    return table(
        f"{one.title}: estimate, interval, n ({one.n_counted})",
        "Group|#Estimate|#95 % interval|#n|Window|Since the last report",
        body,
        anchor=f"measure-{slug(name)}",
        empty=missing(name, rows) or "Too few cases to show.",
        note=fixed(
            f"{one.what} {one.why} {one.caveats} Filter: {one.filter}.{few} Computed from"
            f" {one.artefact}."
        ),
    )
