"""Pictures of step 3: survival by fit, red flags, criteria, cohorts, causes, shared traits."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from icplib import words
from icplib.charts import theme
from icplib.tables import rows_of

# a curve ends where fewer are under observation: its last steps would speak of single customers
FEWEST = 5
CAUSES = {"left": theme.ORANGE, "left for another cause": theme.PURPLE}


def survival_by_fit(survival: pd.DataFrame, title: str = "share still a customer") -> Axes:
    """Kaplan-Meier curves of 03_survival, one a tier, with bands and counts at risk.

    All customers are one curve where there is no tier.
    """
    if not len(survival):
        return theme.nothing()
    tiers = [tier for tier in survival["tier"].unique() if tier != "all"] or ["all"]
    _, ax = theme.axes(height=3.0 + 0.2 * len(tiers))
    ends = []
    for tier in tiers:
        curve, color = (
            survival[(survival["tier"] == tier) & (survival["n_at_risk"] >= FEWEST)],
            theme.TIERS.get(tier, theme.BLUE),
        )
        _step(ax, curve, "survival", color)
        ends.append(
            (float(curve["survival"].iloc[-1]), f"tier {tier}" if tier != "all" else "all", color)
        )
    theme.end_labels(ax, ends, float(survival["time_months"].max()))
    theme.share_axis(ax, title, along="y", top=1.0)
    _months(ax, survival)
    _at_risk(ax, survival, tiers)
    return ax


def incidence_by_cause(incidence: pd.DataFrame) -> Axes:
    """Cumulative incidence of 03_incidence: share that has left, by cause, with bands."""
    if not len(incidence):
        return theme.nothing()
    _, ax = theme.axes(height=2.8)
    ends = []
    cause: Any
    for cause, curve in incidence[incidence["n_at_risk"] >= FEWEST].groupby("cause", sort=False):
        _step(ax, curve, "incidence", CAUSES[cause])
        ends.append(
            (
                float(curve["incidence"].iloc[-1]),
                cause.replace(" another cause", "\nanother cause"),
                CAUSES[cause],
            )
        )
    theme.end_labels(ax, ends, float(incidence["time_months"].max()))
    theme.share_axis(ax, "share that has left", along="y", top=1.0)
    _months(ax, incidence)
    return ax


def red_flag_forest(flags: pd.DataFrame, most: int = 12) -> Axes:
    """Hazard ratios of 03_red_flags above 1, with counts at the side.

    The found ones are filled, those not proven hollow.
    """
    shown = flags[flags["hazard_ratio"] > 1].head(most)
    return _forest(
        shown,
        shown["flag"],
        "rate of leaving, with the flag over without",
        [v == "holds up" for v in shown["verdict"]],
        [words.k_of_n(r.n_events, r.n_exposed) for r in rows_of(shown)],
        "left, of those with it",
    )


def criteria_forest(hazards: pd.DataFrame) -> Axes:
    """Hazard ratios of 03_cox: score and criteria; below 1 is what a good profile shows."""
    shown = hazards[hazards["model"].isin(["score", "criterion"])]
    labels = ["score: " + r.term if r.model == "score" else r.term for r in rows_of(shown)]
    notes = [
        f"{r.n_events} of {r.n}" if r.model == "score" else f"{r.n_with_events} of {r.n_with}"
        for r in rows_of(shown)
    ]
    is_clear = [bool(r.hr_low > 1 or r.hr_high < 1) for r in rows_of(shown)]
    return _forest(
        shown,
        labels,
        "rate of leaving, met over not met",
        is_clear,
        notes,
        "left, of those who meet it",
    )


def cohort_lifts(cohorts: pd.DataFrame) -> Axes:
    """Lift of the headline rule in each start cohort of 03_cohorts, oldest on top."""
    if not len(cohorts):
        return theme.nothing()
    _, ax = theme.axes(height=theme.rows_height(len(cohorts), 0.42))
    notes = [words.k_of_n(r.n_fit_best, r.n_fit) for r in rows_of(cohorts)]
    rows = cohorts.assign(label=cohorts["cohort"], note=notes)
    theme.forest(ax, rows, ("lift", "lift_low", "lift_high"), notes="best, of those who fit")
    theme.ratio_axis(ax, "lift of the headline rule, by month of start", low=0.25, high=8)
    theme.reference(ax, 1, "no difference")
    return ax


def shared_traits(common: pd.DataFrame, most: int = 10) -> Axes:
    """Share with each trait of 03_common among the best (filled) and those who left (hollow).

    The latter with interval.
    """
    shown = common.head(most)
    if not len(shown):
        return theme.nothing()
    _, ax = theme.axes(height=theme.rows_height(len(shown)))
    theme.rows(ax, shown["item"])
    for y, row in enumerate(rows_of(shown)):
        theme.interval(
            ax,
            y + 0.14,
            row.left_low,
            row.left_share_with,
            row.left_high,
            color=theme.ORANGE,
            hollow=True,
        )
        ax.plot(
            [row.best_share_with],
            [y - 0.14],
            marker="o",
            markersize=6.5,
            color=theme.BLUE,
            linestyle="none",
            zorder=4,
        )
    theme.share_axis(ax, "share with the trait; filled: the best, hollow: those who left", top=1.0)
    theme.side_notes(
        ax,
        [f"{r.n_best_with} of {r.n_best} | {r.n_left_with} of {r.n_left}" for r in rows_of(shown)],
        "best | left",
    )
    theme.reference(ax, 0.5, "half", dashed=True)
    return ax


def _forest(
    table: pd.DataFrame,
    labels: Iterable[str],
    axis_text: str,
    is_filled: Iterable[bool],
    notes: Sequence[str],
    notes_title: str,
) -> Axes:
    if not len(table):
        return theme.nothing()
    _, ax = theme.axes(height=theme.rows_height(len(table)))
    above = table["hazard_ratio"] > 1
    rows = table.assign(
        label=list(labels),
        note=notes,
        color=above.map({True: theme.ORANGE, False: theme.BLUE}),
        is_hollow=[not filled for filled in is_filled],
    )
    theme.forest(ax, rows, ("hazard_ratio", "hr_low", "hr_high"), notes=notes_title)
    low, high = (
        (0.25 if table["hr_low"].min() >= 0.25 else 0.125),
        (4 if table["hr_high"].max() <= 4 else 8),
    )
    theme.ratio_axis(ax, axis_text, low=low, high=high)
    theme.reference(ax, 1, "no difference")
    return ax


def _step(ax: Axes, curve: pd.DataFrame, column: str, color: str) -> None:
    ax.step(curve["time_months"], curve[column], where="post", color=color, zorder=3)
    ax.fill_between(
        curve["time_months"],
        curve["low"],
        curve["high"],
        step="post",
        color=color,
        alpha=0.10,
        linewidth=0,
        zorder=1,
    )


def _months(ax: Axes, table: pd.DataFrame) -> None:
    ax.set_xlim(0, float(table["time_months"].max()))
    ax.set_xticks(sorted(table.loc[table["is_tick"], "time_months"].unique()))
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    ax.set_xlabel("months since the start", loc="left")


def _at_risk(ax: Axes, survival: pd.DataFrame, tiers: list[str]) -> None:
    """The number under observation at each tick, a row a curve, below the axis."""
    below = ax.get_xaxis_transform()
    places: dict[str, Any] = {
        "xycoords": below,
        "textcoords": "offset points",
        "fontsize": theme.SMALL,
        "va": "center",
        "annotation_clip": False,
    }
    ax.annotate(
        "customers under observation",
        (0, 0),
        xytext=(0, -42),
        color=theme.MUTED,
        ha="left",
        **places,
    )
    for number, tier in enumerate(tiers):
        down = -56 - 13 * number
        color = theme.TIERS.get(tier, theme.BLUE)
        ax.annotate(
            tier, (0, 0), xytext=(-24, down), color=color, ha="center", fontweight="bold", **places
        )
        ticks = survival[(survival["tier"] == tier) & survival["is_tick"]]
        for row in rows_of(ticks):
            ax.annotate(
                f"{row.n_at_risk}",
                (row.time_months, 0),
                xytext=(0, down),
                color=theme.INK,
                ha="center",
                **places,
            )
