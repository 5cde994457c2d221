"""One look for every chart: a figure, direct labels, intervals, an SVG for light and dark.

How a chart is made, everywhere in this project::

    from icplib.charts import theme

    def lift_chart(table):                                     # a tidy table in ...
        fig, ax = theme.axes(height=theme.rows_height(len(table)))
        theme.rows(ax, table["label"])                         # one row of text per mark, the first
            on top
        for y, row in enumerate(table.itertuples()):
            theme.interval(ax, y, row.lift_low, row.lift, row.lift_high, color=theme.BLUE)
        theme.side_notes(ax, [f"n = {n}" for n in table["n_with"]])
        theme.ratio_axis(ax, "lift over the average customer")
        theme.reference(ax, 1, "no difference")
        theme.noise_floor(ax, 2.4, "best of pure chance: 2.4x")
        return ax                                              # ... an axis out

    theme.show(lift_chart(table), alt="E-commerce stands out: 2.6 times the share of best
        customers.")   # in the notebook

The rules behind it: no arithmetic on data in `charts`; no legend where a direct label fits
(`label`); no estimate without its `interval`; the count behind each mark in sight (`side_notes`);
`alt` is a full sentence that states the finding, since it is all that a reader without eyes on the
picture gets. Blue against orange is the safe pair (both kinds of red-green blindness keep them
apart); never let colour alone carry a meaning.

Colours are written into the SVG as CSS variables with the light colour as fallback, so the same
file is right in a light page, a dark page, on paper and in JupyterLab. Figures are made without
pyplot: no global state, no backend, and two runs give the same bytes.
"""

import hashlib
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

import matplotlib
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import ArrayLike

from icplib import words
from icplib.charts.cells import figure

# name: (light, dark). Text colours reach 4.5:1 on their paper; the pale ones are for areas behind
# dark marks only.
COLOURS = {
    "paper": ("#ffffff", "#12161c"),
    "ink": ("#1b2330", "#e9edf3"),
    "muted": ("#576070", "#a9b3c1"),
    "grid": ("#d8dde5", "#343d4a"),
    "blue": ("#0b5fa5", "#76b7f2"),
    "orange": ("#a85100", "#f3a861"),
    "green": ("#00704d", "#56c8a3"),
    "purple": ("#77408f", "#cda3e2"),
    "red": ("#a51f2b", "#ff918b"),
    "pale-blue": ("#cfe2f3", "#1d3f5e"),
    "pale-orange": ("#f7dfc6", "#573614"),
    "pale-grey": ("#e9ecf1", "#262d37"),
}
DASH = words.DASH
PAPER, INK, MUTED, GRID = (COLOURS[name][0] for name in ("paper", "ink", "muted", "grid"))
BLUE, ORANGE, GREEN, PURPLE, RED = (
    COLOURS[name][0] for name in ("blue", "orange", "green", "purple", "red")
)
PALE_BLUE, PALE_ORANGE, PALE_GREY = (
    COLOURS[name][0] for name in ("pale-blue", "pale-orange", "pale-grey")
)
SERIES = (BLUE, ORANGE, GREEN, PURPLE, RED)
TIERS = {"A": BLUE, "B": GREEN, "C": ORANGE, "D": RED}
VERDICTS = {
    "holds up": BLUE,
    "lead, not proof": ORANGE,
    "not proof": ORANGE,
    "too few to say": MUTED,
}

ESTIMATE = ("estimate", "low", "high")
WIDTH = 6.6  # inches; at this width the text of a chart has the size of a caption in the page
SMALL = 8.5  # points
_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": [
        "DejaVu Sans"
    ],  # ships with matplotlib, so that the layout is the same on every machine
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,  # "$20M-$200M" is money, not a formula
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.labelcolor": MUTED,
    "axes.labelsize": SMALL,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": matplotlib.cycler(color=SERIES),  # type: ignore[attr-defined]
    "figure.facecolor": PAPER,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": 9.5,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "icplib",
}
sns.set_theme(style="whitegrid", palette=list(SERIES), rc=_STYLE)


def axes(
    width: float = WIDTH, height: float = 3.2, columns: int = 1, **kwargs: Any
) -> tuple[Figure, Axes]:
    """A themed figure and its axis (an array of axes when `columns` > 1). Sizes in inches."""
    fig = Figure(figsize=(width, height), layout="constrained")
    return fig, fig.subplots(1, columns, **kwargs)


def rows_height(n_rows: int, per_row: float = 0.32) -> float:
    """Height in inches for a chart of `n_rows` text rows and one axis below."""
    return 0.9 + per_row * max(int(n_rows), 1)


def rows(ax: Axes, labels: Iterable[str]) -> Axes:
    """One text row per mark, the first on top, at y = 0, 1, 2 ...; vertical grid lines only."""
    labels = [shorten(label) for label in labels]
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.grid(False, axis="y")
    return ax


def shorten(text: object, length: int = 44) -> str:
    """``text`` in at most ``length`` characters, with an ellipsis where it is cut."""
    text = str(text)
    return (
        text
        if len(text) <= length
        else text[: length - 1].rstrip(" ,;") + "\N{HORIZONTAL ELLIPSIS}"
    )


def interval(
    ax: Axes,
    y: float,
    low: float,
    mid: float,
    high: float,
    color: str = BLUE,
    upright: bool = False,
    hollow: bool = False,
) -> None:
    """A dot at `mid` with its interval as a line.

    An infinite end becomes an arrow, a missing estimate draws nothing.

    `upright` puts the interval along the y axis (then `y` is the position on the x axis); `hollow`
    for what is not proof.
    """
    if _missing(mid) or math.isinf(mid):
        return
    low = mid if _missing(low) else low
    high = mid if _missing(high) else high
    is_open = math.isinf(high)
    line = {"color": color, "linewidth": 2.0, "solid_capstyle": "round", "zorder": 3}
    dot = {
        "marker": "o",
        "markersize": 6.5,
        "markeredgecolor": color,
        "markeredgewidth": 1.6,
        "linestyle": "none",
        "markerfacecolor": PAPER if hollow else color,
        "zorder": 4,
    }
    arrow = {"markersize": 6, "color": color, "linestyle": "none", "zorder": 4, "clip_on": False}
    way = -1 if upright else 1

    def draw(along: list, **how: Any) -> None:
        ax.plot(*(along, [y] * len(along))[::way], **how)

    draw([low, mid if is_open else high], **line)
    if is_open:  # an open end runs out of the picture, into the arrow
        fixed = {"scaley" if upright else "scalex": False}
        draw([mid, mid * 1e6 + 1e6], **fixed, **line)
        beside = ax.get_xaxis_transform() if upright else ax.get_yaxis_transform()
        draw([1], marker="^" if upright else ">", transform=beside, **fixed, **arrow)
    draw([mid], **dot)


def band(ax: Axes, x: ArrayLike, low: ArrayLike, high: ArrayLike, color: str = BLUE) -> None:
    """An interval around a line: a pale area with no edge."""
    ax.fill_between(x, low, high, color=color, alpha=0.16, linewidth=0, zorder=1)


def label(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    color: str = INK,
    ha: str = "left",
    va: str = "center",
    size: float = SMALL,
    dx: float = 4,
    dy: float = 0,
    bold: bool = False,
) -> None:
    """A direct label instead of a legend; `dx`, `dy` in points from the data position."""
    ax.annotate(
        text,
        (x, y),
        xytext=(dx, dy),
        textcoords="offset points",
        color=color,
        ha=ha,
        va=va,
        fontsize=size,
        fontweight="bold" if bold else "normal",
        zorder=6,
    )


def forest(ax: Axes, table: pd.DataFrame, columns: Sequence[str] = ESTIMATE, **marks: str) -> Axes:
    """One row an estimate: dot and interval, its name at the left, its note at the right.

    `table` has `label`, `note`, and `columns` (estimate, low, high); `color` and `is_hollow` where
    rows differ. `marks` holds the title of the notes (`notes`).
    """
    rows(ax, table["label"])
    for y, row in enumerate(table.to_dict("records")):
        mid, low, high = (row[c] for c in columns)
        interval(
            ax, y, low, mid, high, row.get("color", BLUE), hollow=bool(row.get("is_hollow", False))
        )
    side_notes(ax, list(table["note"]), marks.get("notes", ""))
    return ax


def end_labels(
    ax: Axes, ends: Iterable[tuple[float, str, str]], x: float, gap: float = 0.075
) -> None:
    """Names beside the ends of curves (y, text, colour), moved up where two would overlap."""
    floor = -1.0
    for y, text, color in sorted(ends):
        place = max(y, floor)
        label(ax, x, place, text, color=color, bold=True)
        floor = place + gap


def side_notes(ax: Axes, texts: Sequence[str], title: str = "", color: str = MUTED) -> None:
    """A column of notes (usually counts) to the right of a chart made with `rows`."""
    side = ax.get_yaxis_transform()
    for y, text in enumerate(texts):
        ax.text(1.02, y, text, transform=side, color=color, fontsize=SMALL, va="center", ha="left")
    if title:
        ax.text(
            1.02, -0.75, title, transform=side, color=color, fontsize=SMALL, va="bottom", ha="left"
        )


def reference(
    ax: Axes,
    x: float,
    text: str = "",
    color: str = MUTED,
    upright: bool = True,
    dashed: bool = False,
) -> None:
    """A thin line at a value that marks are read against.

    The text stands at its end, not in a legend.
    """
    line: dict[str, Any] = {
        "color": color,
        "linewidth": 1.1,
        "zorder": 2,
        "linestyle": (0, (4, 3)) if dashed else "-",
    }
    draw, way, beside = (
        (ax.axvline, 1, ax.get_xaxis_transform())
        if upright
        else (ax.axhline, -1, ax.get_yaxis_transform())
    )
    draw(x, **line)
    ha, va = ("center", "bottom") if upright else ("left", "center")
    at = (x, 1.01)[::way]
    ax.text(at[0], at[1], text, transform=beside, color=color, fontsize=SMALL, ha=ha, va=va)


def noise_floor(ax: Axes, x: float, text: str, upright: bool = True) -> None:
    """The dashed line below which pure chance explains what is seen."""
    if not _missing(x):
        reference(ax, x, text, color=ORANGE, upright=upright, dashed=True)


def share_axis(ax: Axes, text: str = "", along: str = "x", top: float | None = None) -> Axes:
    """Shares 0..1 as whole percent, from zero."""
    axis = getattr(ax, f"{along}axis")
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))
    axis.set_major_locator(MaxNLocator(6))
    getattr(ax, f"set_{along}lim")(0, top)
    return _name(ax, text, along)


def ratio_axis(
    ax: Axes, text: str = "", along: str = "x", low: float = 0.5, high: float = 4.0
) -> Axes:
    """A log axis for ratios (lift, hazard ratio) with ticks 0.25x, 0.5x, 1x, 2x ....

    Half and double look equally far.
    """
    getattr(ax, f"set_{along}scale")("log", base=2)
    getattr(ax, f"set_{along}lim")(low, high)
    ticks = [t for t in (0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64) if low <= t <= high]
    axis = getattr(ax, f"{along}axis")
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    return _name(ax, text, along)


def number_axis(ax: Axes, text: str = "", along: str = "x", unit: str = "") -> Axes:
    """Plain numbers, thousands as 20k, millions as 20M; unit behind the largest if short."""
    getattr(ax, f"{along}axis").set_major_formatter(
        FuncFormatter(lambda value, _: words.money(value) + unit)
    )
    return _name(ax, text, along)


def heat(
    ax: Axes,
    values: Iterable[Iterable[float | None]],
    texts: Iterable[Iterable[str]],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    color: str = BLUE,
) -> Axes:
    """A table of tinted cells (vector, not an image).

    `values` 0..1 set the tint, `texts` say the number in each cell.
    """
    from matplotlib.patches import Rectangle

    for y, (shares, said) in enumerate(zip(values, texts, strict=True)):
        for x, (share, word) in enumerate(zip(shares, said, strict=True)):
            tint = 0.0 if share is None or _missing(share) else min(max(float(share), 0.0), 1.0)
            ax.add_patch(
                Rectangle(
                    (x - 0.48, y - 0.46),
                    0.96,
                    0.92,
                    facecolor=color,
                    alpha=0.55 * tint,
                    linewidth=0,
                )
            )
            ax.text(x, y, word, ha="center", va="center", fontsize=SMALL)
    rows(ax, row_labels)
    ax.set_xlim(-0.5, len(column_labels) - 0.5)
    ax.set_xticks(range(len(column_labels)), column_labels)
    ax.xaxis.tick_top()
    ax.grid(False)
    ax.spines["bottom"].set_visible(False)
    return ax


@dataclass(frozen=True)
class Picture:
    """A finished chart: notebooks show `svg`, everything without a screen shows `alt`."""

    svg: str = field(repr=False)
    alt: str

    @property
    def values(self) -> tuple[str, ...]:
        """Every word that is drawn, for the gate of names."""
        return tuple(unescape(text) for text in re.findall(r">([^<>]+)</text>", self.svg))

    def __html__(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": figure(self.svg, self.alt), "text/plain": self.alt}


def show(chart: Figure | Axes, alt: str) -> Picture:
    """Finish a chart.

    `alt` states the finding in a sentence; an empty one is an error, since the chart would be mute.
    """
    if not alt or not alt.strip():
        raise ValueError("a chart needs alt text: one sentence that states the finding")
    fig = chart if isinstance(chart, Figure) else chart.figure
    alt = " ".join(alt.split())
    return Picture(_svg(fig, alt), alt)  # type: ignore[arg-type]


def css_variables() -> str:
    """The palette as CSS: light by default, dark as the reader's system says, light on paper."""
    light = " ".join(f"--{name}: {pair[0]};" for name, pair in COLOURS.items())
    dark = " ".join(f"--{name}: {pair[1]};" for name, pair in COLOURS.items())
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )


def nothing() -> Axes:
    """What stands in place of a chart whose table is empty; the sentence below it says why."""
    _, ax = axes(height=0.5)
    ax.set_axis_off()
    ax.text(0, 0.5, "nothing to draw", color=MUTED, va="center", transform=ax.transAxes)
    return ax


def _svg(fig: Figure, alt: str) -> str:
    """The figure as one deterministic, self-contained <svg> that can stand beside others."""
    buffer = io.StringIO()
    fig.savefig(
        buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    drawing = buffer.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.S)
    drawing = re.sub(
        r"<defs>\s*<style.*?</style>\s*</defs>", "", drawing, flags=re.S
    )  # it would style the whole page
    drawing = re.sub(r"<!--.*?-->", "", drawing, flags=re.S)
    drawing = re.sub(
        r"font-family: [^;\"]*", "font-family: var(--font, 'DejaVu Sans', sans-serif)", drawing
    )
    for name, (light, _) in COLOURS.items():
        drawing = re.sub(rf"(?<=[ :\"]){light}(?=[;\"])", f"var(--{name}, {light})", drawing)
    # Several charts share one page: their ids must not meet.
    mark = "c" + hashlib.sha256((drawing + alt).encode()).hexdigest()[:8]
    drawing = re.sub(r'\bid="', f'id="{mark}-', drawing)
    drawing = re.sub(r'(xlink:href="|url\()#', rf"\1#{mark}-", drawing)
    words = escape(alt, quote=True)
    (head,) = re.findall(r"^<svg[^>]*>", drawing)
    (box,) = re.findall(r'viewBox="([^"]+)"', head)
    width, height = box.split()[2:]
    opening = (
        f'<svg class="chart" role="img" aria-label="{words}" viewBox="{box}" width="{width}pt"'
        f' height="{height}pt" xmlns="http://www.w3.org/2000/svg"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink" style="stroke-linejoin: round; max-width:'
        f' 100%"><title>{words}</title>'
    )
    drawing = drawing.replace(head, opening, 1)
    return re.sub(r"\n\s*\n+", "\n", drawing).strip() + "\n"


def _name(ax: Axes, text: str, along: str) -> Axes:
    if along == "y":
        ax.set_title(
            text, color=MUTED, fontsize=SMALL
        )  # upright text reads; a turned axis title does not
    else:
        ax.set_xlabel(text, loc="left")
    return ax


def _missing(value: object) -> bool:
    return (
        value is None or value != value
    )  # None, NaN; pandas' NA answers neither and is caught by float() at the caller
