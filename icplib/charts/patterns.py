"""Pictures of step 2: lifts over the noise floor, ladder, meanings of best, cut-offs, ranges."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from icplib import words
from icplib.charts import theme
from icplib.tables import rows_of

MOST = 18


def lifts(patterns: pd.DataFrame, most: int = MOST) -> Axes:
    """Shrunken lifts of 02_patterns with their intervals, drivers first.

    What is not proof is hollow.

    The dashed line is the noise floor: the best of pure chance among traits at least as frequent as
    the one in that row.
    """
    shown = patterns[patterns["lift"].notna() & (patterns["direction"] == "up")].head(most)
    if not len(shown):
        return _nothing("no lifts: too few best customers")
    ax = _forest(
        shown,
        0.5,
        4.0,
        "lift (share of best with the trait over share of best); dashed: best of pure chance",
    )
    floor = [f for f in shown["noise_floor_lift"] for _ in (0, 1)]
    ax.plot(
        floor,
        [y + d for y in range(len(shown)) for d in (-0.5, 0.5)],
        color=theme.ORANGE,
        linewidth=1.2,
        linestyle=(0, (3, 2)),
        zorder=2,
    )
    return ax


def disqualifiers(patterns: pd.DataFrame, most: int = MOST) -> Axes:
    """Lifts below 1: what the best have less often."""
    shown = patterns[patterns["role"] == "disqualifier"].head(most)
    if not len(shown):
        return _nothing("nothing that the best have less often")
    return _forest(shown, 0.125, 2.0, "lift: share of best with the trait over share of best")


def _forest(shown: pd.DataFrame, low: float, high: float, title: str) -> Axes:
    """One row a trait: shrunken lift and interval, cut off at the ends of the axis."""
    _, ax = theme.axes(height=theme.rows_height(len(shown)))
    notes = [f"{words.k_of_n(r.n_best_with, r.n_with)}  {r.verdict}" for r in rows_of(shown)]
    columns = ["lift_shrunken", "lift_low", "lift_high"]
    rows = shown.assign(
        label=shown["item"],
        note=notes,
        color=shown["verdict"].map(theme.VERDICTS),
        is_hollow=shown["verdict"] != "holds up",
        **{c: shown[c].clip(low, high) for c in columns},
    )
    theme.forest(ax, rows, columns, notes="best of those with it")
    theme.ratio_axis(ax, title, low=low, high=high)
    ax.xaxis.label.set_x(-0.6)
    theme.reference(ax, 1.0, "no difference")
    return ax


def ladder(rows: Iterable[Any], base_rate: float) -> Axes:
    """LadderRows: honest precision with interval (dot), same data's (bar), base rate (line)."""
    rows = list(rows)
    if not rows:
        return _nothing("no rule")
    _, ax = theme.axes(height=theme.rows_height(len(rows), 0.42))
    theme.rows(
        ax,
        [
            ("" if i == 0 else "and ") + row.added + ("  (headline)" if row.is_headline else "")
            for i, row in enumerate(rows)
        ],
    )
    for y, row in enumerate(rows):
        theme.interval(
            ax,
            y,
            row.precision_low,
            row.precision,
            row.precision_high,
            color=theme.BLUE if row.is_headline else theme.MUTED,
        )
        ax.plot(
            [row.precision_apparent] * 2, [y - 0.16, y + 0.16], color=theme.ORANGE, linewidth=1.6
        )
    theme.share_axis(ax, "share of best: customers not seen (dot), same data (orange)", top=1.0)
    ax.xaxis.label.set_x(-0.6)
    theme.reference(ax, base_rate, "all customers")
    theme.side_notes(ax, [f"{r.n_best} of {r.n_accounts}; {r.coverage:.0%} of best" for r in rows])
    return ax


def overlap(table: pd.DataFrame) -> Axes:
    """Regions of 02_overlap: customers best by exactly these meanings, bars by a dot matrix."""
    regions = table[(table["what"] == "region") & (table["n_best"] > 0)].sort_values(
        "n_best", ascending=False, kind="stable"
    )
    if not len(regions):
        return _nothing("only one meaning of best is known")
    _, ax = theme.axes(height=theme.rows_height(len(regions), 0.36))
    theme.rows(
        ax,
        [
            "by " + " and ".join(sorted(by)) + (" only" if len(by) == 1 else "")
            for by in regions["by"]
        ],
    )
    ax.barh(range(len(regions)), regions["n_best"], height=0.55, color=theme.BLUE)
    for y, n in enumerate(regions["n_best"]):
        theme.label(ax, n, y, str(n))
    ax.set_xlim(0, None)
    theme.number_axis(ax, "customers who are best by exactly these")
    return ax


def tenure(table: pd.DataFrame, base_rate: float) -> Axes:
    """Share of best by tenure and by start year, each with its interval."""
    shown = table[table["what"] != "years longer"]
    _, ax = theme.axes(height=theme.rows_height(len(shown)))
    theme.rows(ax, [f"{r.what}: {r.level}" for r in rows_of(shown)])
    for y, row in enumerate(rows_of(shown)):
        theme.interval(ax, y, row.low, row.estimate, row.high, color=theme.BLUE)
    theme.share_axis(ax, "share of best", top=1.0)
    theme.reference(ax, base_rate, "all customers")
    theme.side_notes(ax, [f"{r.n_best} of {r.n}" for r in rows_of(shown)])
    return ax


def cut_offs(table: pd.DataFrame) -> Axes:
    """Which attributes would have been found with another share of best: one column a share."""
    rows = table[(table["what"] == "cut-off") & table["n_found"].notna()]
    labels = sorted({label for found in rows["found"] for label in found})
    if not labels:
        return _nothing("nothing is found at any cut-off")
    columns = [
        f"top {share:.0%}\n{n} best"
        for share, n in zip(rows["best_share"], rows["n_best"], strict=True)
    ]
    _, ax = theme.axes(height=theme.rows_height(len(labels), 0.28))
    hits = [[1.0 if label in found else 0.0 for found in rows["found"]] for label in labels]
    theme.heat(ax, hits, [["found" if hit else "" for hit in row] for row in hits], labels, columns)
    return ax


def found_range(
    bins: pd.DataFrame,
    label: str,
    low: float | None,
    high: float | None,
    said: str,
    base_rate: float,
) -> Axes:
    """Share of best in each bin of a number with its interval, the found range behind it.

    And how many customers stand in each bin.
    """
    _, ax = theme.axes(height=3.0)
    n = len(bins)
    inside = [
        (low is None or low != low or top >= low)
        and (high is None or high != high or bottom <= high)
        for bottom, top in zip(bins["low"], bins["high"], strict=True)
    ]
    for x, (row, is_in) in enumerate(zip(rows_of(bins), inside, strict=True)):
        if is_in:
            ax.axvspan(x - 0.5, x + 0.5, color=theme.PALE_BLUE, linewidth=0, zorder=0)
        theme.interval(
            ax,
            x,
            row.best_low,
            row.best_rate,
            row.best_high,
            color=theme.BLUE if is_in else theme.MUTED,
            upright=True,
        )
    ticks = range(0, n, max(1, n // 7))
    ax.set_xticks(
        list(ticks),
        [f"{words.money(bins['low'].iloc[i])}\nn = {bins['n'].iloc[i]}" for i in ticks],
    )
    ax.set_xlim(-0.6, n - 0.4)
    theme.share_axis(ax, f"share of best by {label.lower()}; found: {said}", along="y", top=1.0)
    theme.reference(ax, base_rate, "all", upright=False)
    ax.set_xlabel(
        f"{label}: bins of about equal numbers of customers, by their lowest value", loc="left"
    )
    return ax


def _nothing(text: str) -> Axes:
    """An empty picture that says why."""
    _, ax = theme.axes(height=0.8)
    ax.set_axis_off()
    ax.text(0, 0.5, text, color=theme.MUTED, transform=ax.transAxes)
    return ax
