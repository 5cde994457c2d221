"""Pictures of the quarterly report.

In-ICP against out-of-ICP, and win rate and cycle by quarter.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from icplib.charts import theme


def in_against_out(rows: pd.DataFrame, x_name: str) -> Axes:
    """One line a row (`label`, `value`, `low`, `high`, `note`, `is_inside`).

    A share with its interval, n at the side.
    """
    fig, ax = theme.axes(height=theme.rows_height(len(rows)))
    theme.rows(ax, rows["label"])
    for y, row in enumerate(rows.itertuples()):
        theme.interval(
            ax,
            y,
            row.low,
            row.value,
            row.high,
            color=theme.BLUE if row.is_inside else theme.ORANGE,
            hollow=not row.is_inside,
        )
    theme.side_notes(ax, list(rows["note"]))
    top = float(pd.concat([rows["high"], rows["value"]]).max())
    return theme.share_axis(ax, x_name, top=min(1.0, top * 1.08))


def by_quarter(
    rows: pd.DataFrame, value: str, low: str, high: str, n: str, name: str, unit: str
) -> Axes:
    """A value by quarter, each with its interval and n.

    The quarter of the report is filled, earlier ones are hollow.
    """
    fig, ax = theme.axes(width=5.0, height=2.4)  # two of them stand side by side
    last = len(rows) - 1
    for x, row in enumerate(rows.to_dict("records")):
        theme.interval(
            ax, x, row[low], row[value], row[high], color=theme.BLUE, upright=True, hollow=x != last
        )
    ax.plot(range(len(rows)), rows[value], color=theme.BLUE, linewidth=0.8, alpha=0.5, zorder=2)
    ax.set_xticks(
        range(len(rows)), [f"{q[2:]}\n{k}" for q, k in zip(rows["quarter"], rows[n], strict=True)]
    )
    ax.set_xlim(-0.5, last + 0.5)
    ax.grid(False, axis="x")
    if unit == "share":
        return theme.share_axis(ax, name, along="y")
    ax.set_ylim(bottom=0)
    return theme.number_axis(ax, name, along="y")
