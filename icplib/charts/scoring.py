"""Pictures of step 4: card, tiers, calibration, rivals, back-test, one company, engagement."""

import pandas as pd
from matplotlib.axes import Axes

from icplib import words
from icplib.charts import theme
from icplib.tables import rows_of
from icplib.tables.step_04 import Scorecard


def card_points(card: Scorecard) -> Axes:
    """Points of every segment of the card, one row a segment; axis out.

    ``card`` is 04_scorecard.
    """
    rows = [(rule, s) for rule in card.rules for s in rule.segments if s.points > 0]
    fig, ax = theme.axes(height=theme.rows_height(len(rows), 0.24))
    theme.rows(ax, [f"{rule.label}: {s.words}" for rule, s in rows])
    for y, (_, s) in enumerate(rows):
        grey = s.kind == "unknown"
        ax.barh(y, s.points, height=0.62, color=theme.PALE_GREY if grey else theme.BLUE, zorder=2)
        theme.label(ax, s.points, y, str(s.points))
    theme.side_notes(ax, [f"{s.n_best} of {s.n} best" for _, s in rows])
    ax.set_xlim(0, max([1, *(s.points for _, s in rows)]) * 1.1)  # room for the longest bar's label
    return theme.number_axis(ax, "points")


def tier_lifts(tiers: pd.DataFrame) -> Axes:
    """Held-out lift of each tier with its interval, and counts; axis out. ``tiers`` is 04_tiers."""
    shown = tiers[tiers["n"] > 0]
    _, ax = theme.axes(height=theme.rows_height(len(shown), 0.42))
    notes = [
        f"{words.k_of_n(r.n_best, r.n)} best; {words.number(r.n_prospects)} prospects"
        for r in rows_of(shown)
    ]
    rows = shown.assign(
        label=[f"Tier {t}" for t in shown["tier"]],
        note=notes,
        color=shown["tier"].map(theme.TIERS),
        lift=shown["lift"].clip(lower=1 / 16),
        lift_low=shown["lift_low"].clip(lower=1 / 16),
    )
    theme.forest(ax, rows, ("lift", "lift_low", "lift_high"))
    theme.ratio_axis(
        ax,
        "share of best customers over the average, on customers the card had not seen",
        low=1 / 16,
        high=8,
    )
    theme.reference(ax, 1, "average")
    return ax


def tier_shares(tiers: pd.DataFrame) -> Axes:
    """Share of best customers by tier on customers that the card had not seen; axis out."""
    _, ax = theme.axes(height=theme.rows_height(len(tiers), 0.42))
    rows = tiers.assign(
        estimate=tiers["best_rate"],
        label=[f"Tier {t}" for t in tiers["tier"]],
        note=[words.k_of_n(k, n) for k, n in zip(tiers["n_best"], tiers["n"], strict=True)],
        color=tiers["tier"].map(theme.TIERS),
    )
    theme.forest(ax, rows, notes="best")
    return theme.share_axis(ax, "best customers, of those the score had not seen", top=1.0)


def calibration(bins: pd.DataFrame) -> Axes:
    """Observed against predicted share, with intervals, beside the line of perfect agreement.

    Axis out. ``bins`` is 04_calibration.
    """
    fig, ax = theme.axes(width=4.2, height=3.4)
    for row in rows_of(bins):
        theme.interval(ax, row.predicted, row.low, row.rate, row.high, upright=True)
    if len(bins):
        last = bins.iloc[-1]
        theme.label(
            ax,
            last["predicted"],
            last["high"],
            f"n = {int(last['n'])} each",
            dy=8,
            dx=0,
            ha="center",
            color=theme.MUTED,
        )
    top = max([1e-9, *bins["high"], *bins["predicted"]]) * 1.12
    ax.plot([0, top], [0, top], color=theme.MUTED, linewidth=1.1, zorder=2)
    theme.share_axis(ax, "predicted share of best customers", top=top)
    return theme.share_axis(ax, "observed share, held-out customers", along="y", top=top)


def rivals(trust: pd.DataFrame) -> Axes:
    """Held-out AUC of the card and its rivals with intervals, best on top; axis out.

    ``trust`` is 04_trust.
    """
    rows = trust[(trust["what"] == "auc") & trust["value"].notna()].sort_values(
        "value", ascending=False
    )
    _, ax = theme.axes(height=theme.rows_height(len(rows)))
    notes = [f"{words.coefficient(r.value)}  (n = {words.number(r.n)})" for r in rows_of(rows)]
    color = ["blue" if m == "the card" else "muted" for m in rows["measure"]]
    rows = rows.assign(
        label=rows["measure"], note=notes, color=[theme.COLOURS[c][0] for c in color]
    )
    theme.forest(ax, rows, ("value", "low", "high"))
    theme.share_axis(ax, "how often a best customer outscores another one (held out)")
    ax.set_xlim(0.3, 1.0)
    theme.reference(ax, 0.5, "a coin")
    return ax


def backtest(table: pd.DataFrame, outcome: str = "won") -> Axes:
    """Share with the outcome by the tier given in earlier quarters, with intervals; axis out.

    ``table`` is 04_backtest.

    Without an earlier quarter the picture says so.
    """
    rows = table[(table["outcome"] == outcome) & (table["tier"] != "all") & (table["n"] > 0)]
    _, ax = theme.axes(height=theme.rows_height(len(rows), 0.28))
    rows = rows.assign(
        label=[f"{r.built_quarter}, tier {r.tier}" for r in rows_of(rows)],
        note=[words.k_of_n(r.n_events, r.n) for r in rows_of(rows)],
        color=rows["tier"].map(theme.TIERS),
    )
    theme.forest(ax, rows, ("rate", "low", "high"))
    if rows.empty:
        theme.label(ax, 0, 0, "no earlier quarter has a score yet", color=theme.MUTED)
    return theme.share_axis(
        ax, "became customers since" if outcome == "won" else "among the best since"
    )


def grid(table: pd.DataFrame) -> Axes:
    """Fit (rows) against engagement (columns): companies in each cell; axis out.

    ``table``: tiers x engagement levels.
    """
    fig, ax = theme.axes(height=0.9 + 0.4 * len(table))
    most = max(1, int(table.to_numpy().max())) if table.size else 1
    return theme.heat(
        ax,
        table.to_numpy() / most,
        table.to_numpy().astype(str),
        [f"Tier {t}" for t in table.index],
        list(table.columns),
    )
