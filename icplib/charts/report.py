"""Pictures of the quarterly report: win rate by period, a value by quarter, shares, gains."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from icplib.charts import theme

SIDES = {"fit": "fit the ICP", "others": "do not fit", "all": "all deals"}


def won_by_period(rows: pd.DataFrame) -> Axes:
    """Win rate by period, a line a side with its name at the end, breaks on red ground.

    Columns `label`, `side`, `n`, `estimate`, `low`, `high`, `is_broken`.
    """
    _, ax = theme.axes(width=6.2, height=2.7)
    labels = list(dict.fromkeys(rows["label"]))
    place = {label: x for x, label in enumerate(labels)}
    rows = rows.assign(x=rows["label"].map(place))
    broken = rows.loc[rows["is_broken"], "x"]
    if len(broken):
        ax.axvspan(broken.min() - 0.5, broken.max() + 0.5, color=theme.RED, alpha=0.07, linewidth=0)
        start = labels[int(broken.min())].partition(theme.DASH)[0]
        theme.label(
            ax, broken.min() - 0.45, 1.0, f"since {start}", theme.RED, va="bottom", dx=0, dy=2
        )
    ends = []
    for side, part in rows.groupby("side", sort=False):
        color = {"fit": theme.BLUE}.get(str(side), theme.MUTED)
        shift = {"fit": -0.05}.get(str(side), 0.05)
        sns.lineplot(
            x=part["x"] + shift, y=part["estimate"], color=color, marker="o", ax=ax, errorbar=None
        )
        ax.vlines(part["x"] + shift, part["low"], part["high"], color=color, alpha=0.3, linewidth=5)
        ends.append((float(part["estimate"].iloc[-1]), SIDES.get(str(side), str(side)), color))
    theme.end_labels(ax, ends, len(labels) - 0.6)
    by_side = rows.pivot(index="x", columns="side", values="n")[list(rows["side"].unique())]
    counts = by_side.apply(
        lambda n: "+".join("few" if pd.isna(k) else str(int(k)) for k in n), axis=1
    )
    ax.set_xticks(range(len(labels)), [f"{t[2:]}\nn={counts[x]}" for x, t in enumerate(labels)])
    ax.set_xlim(-0.5, len(labels) - 0.5)
    ax.grid(False, axis="x")
    ax.set(xlabel="", ylabel="")
    theme.share_axis(ax, "", along="y", top=1.0)
    ax.yaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    return ax


def cycles(rows: pd.DataFrame) -> Axes:
    """The sales cycle by quarter (06_quarters), each with its interval and n.

    The quarter of the report is filled, earlier ones are hollow.
    """
    _, ax = theme.axes(width=5.0, height=2.4)  # two of them stand side by side
    last = len(rows) - 1
    for x, row in enumerate(rows.to_dict("records")):
        theme.interval(
            ax,
            x,
            row["cycle_low"],
            row["cycle_days"],
            row["cycle_high"],
            upright=True,
            hollow=x != last,
        )
    ax.plot(
        range(len(rows)), rows["cycle_days"], color=theme.BLUE, linewidth=0.8, alpha=0.5, zorder=2
    )
    ax.set_xticks(
        range(len(rows)),
        [f"{q[2:]}\n{k}" for q, k in zip(rows["quarter"], rows["n_cycle"], strict=True)],
    )
    ax.set_xlim(-0.5, last + 0.5)
    ax.grid(False, axis="x")
    ax.set_ylim(bottom=0)
    return theme.number_axis(ax, "days to a won close, median", along="y")


def shares(rows: pd.DataFrame, name: str) -> Axes:
    """A share with its interval a row (`label`, `estimate`, `low`, `high`, `note`)."""
    _, ax = theme.axes(height=theme.rows_height(len(rows)))
    theme.forest(ax, rows)
    top = float(pd.concat([rows["high"], rows["estimate"]]).max())
    return theme.share_axis(ax, name, top=min(1.0, top * 1.08))


def gains(rows: pd.DataFrame) -> Axes:
    """Share of the expected best that the first so many prospects hold, with its interval."""
    _, ax = theme.axes(height=2.6)
    sizes = [0, *rows["group"].astype(int)]
    held, low, high = ([0, *rows[c]] for c in ("estimate", "low", "high"))
    sns.lineplot(x=sizes, y=held, color=theme.BLUE, marker="o", ax=ax, errorbar=None)
    theme.band(ax, sizes, low, high)
    every = int(rows["n"].iloc[0])
    ax.plot([0, sizes[-1]], [0, sizes[-1] / every], color=theme.MUTED, linewidth=1)
    theme.label(ax, sizes[-1], sizes[-1] / every, "any order", theme.MUTED)
    theme.label(ax, sizes[-1], held[-1], "by score", theme.BLUE, bold=True)
    ax.set_xlim(0, sizes[-1])
    ax.set(xlabel="", ylabel="")
    theme.number_axis(ax, "prospects worked on, best score first")
    return theme.share_axis(ax, "share of the expected best", along="y", top=1.0)
