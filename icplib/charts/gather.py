"""Pictures of step 1: where rows were lost, and how much is known about each attribute."""

import pandas as pd
from matplotlib.axes import Axes

from icplib.charts import theme
from icplib.tables import rows_of

MOST_ROWS = 60  # attributes in one picture; the table below it has them all


def completeness(attributes: pd.DataFrame) -> Axes:
    """Share of companies for which each attribute of 01_attributes is known.

    What is kept out is hollow. Best known on top.
    """
    shown = attributes.sort_values(
        ["use", "known_share", "label"], ascending=[False, False, True]
    ).head(MOST_ROWS)
    _, ax = theme.axes(height=theme.rows_height(len(shown), 0.22))
    theme.rows(ax, shown["label"])
    ax.tick_params(axis="y", labelsize=theme.SMALL)
    for y, row in enumerate(rows_of(shown)):
        is_used = row.use == "pattern"
        color = theme.BLUE if is_used else theme.MUTED
        ax.plot([0, row.known_share], [y, y], color=color, linewidth=1.4, zorder=2)
        ax.plot(
            [row.known_share],
            [y],
            marker="o",
            markersize=5.5,
            color=color,
            markerfacecolor=color if is_used else theme.PAPER,
            zorder=3,
        )
    theme.side_notes(
        ax,
        [
            f"{row.n_known:,}{'' if row.use == 'pattern' else '  kept out'}"
            for row in rows_of(shown)
        ],
        "n known",
    )
    theme.share_axis(ax, "share of companies for which it is known", top=1.03)
    return ax


def attrition(attrition: pd.DataFrame) -> Axes:
    """Rows that every source brought and lost, stage by stage, from 01_attrition.

    The largest stages are named.
    """
    sources = list(attrition["source"].unique())
    _, ax = theme.axes(height=theme.rows_height(len(sources), 0.3))
    theme.rows(ax, sources)
    notes = []
    for y, source in enumerate(sources):
        rows = attrition[attrition["source"] == source]
        n_in, n_out = rows["n_in"].iloc[0], rows["n_out"].iloc[-1]
        ax.barh(y, n_in, height=0.5, color=theme.PALE_ORANGE, zorder=1)
        ax.barh(y, n_out, height=0.5, color=theme.BLUE, zorder=2)
        lost = rows[rows["n_dropped"] > 0].sort_values("n_dropped", ascending=False)
        notes.append(
            f"{n_out:,} of {n_in:,}"
            + (f"; {lost['n_dropped'].iloc[0]:,} {lost['stage'].iloc[0]}" if len(lost) else "")
        )
    theme.side_notes(ax, notes, "rows used")
    ax.set_xscale("symlog", linthresh=10)
    ax.set_xlim(left=0)
    theme.number_axis(ax, "rows (log scale): blue used, pale lost")
    return ax
