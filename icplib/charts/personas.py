"""Charts of notebook 05: agreement by code, saturation, who said what, answers by channel.

And by content.
"""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from icplib.charts import theme
from icplib.tables import rows_of

VERDICT_COLOURS = {
    "reliable": theme.BLUE,
    "tentative": theme.GREEN,
    "unreliable": theme.ORANGE,
    "not settled": theme.MUTED,
}
MOST_ROWS = 30


def agreement_chart(agreement: pd.DataFrame) -> Axes:
    """Alpha of each code that can be judged, best first, interval and Krippendorff's limits."""
    codes = agreement[
        (agreement["scope"] == "code")
        & (agreement["between"] == "coders")
        & agreement["verdict"].isin(list(VERDICT_COLOURS))
    ]
    codes = codes.sort_values(["alpha", "code_id"], ascending=[False, True]).head(MOST_ROWS)
    if codes.empty:
        return theme.nothing()
    _, ax = theme.axes(height=theme.rows_height(len(codes), 0.26))
    one = codes["n_first_only"] + codes["n_second_only"]
    rows = codes.assign(
        note=[f"{b} both, {o} one" for b, o in zip(codes["n_both"], one, strict=True)],
        color=codes["verdict"].map(VERDICT_COLOURS),
        is_hollow=codes["verdict"] != "reliable",
    )
    theme.forest(ax, rows, ("alpha", "alpha_low", "alpha_high"))
    ax.set_xlim(-0.35, 1.05)
    ax.set_xlabel("Krippendorff's alpha, 95 % bootstrap over interviews", loc="left")
    theme.reference(ax, 0.667, ".667", dashed=True)
    theme.reference(ax, 0.8, ".8")
    return ax


def saturation_chart(curve: pd.DataFrame, saturation: pd.DataFrame) -> Axes:
    """Codes known after each interview: the dated order as a line on the band of random orders."""
    mine = curve[curve["role"] == "all"]
    if mine.empty:
        return theme.nothing()
    _, ax = theme.axes(height=3.0)
    theme.band(ax, mine["n_interviews"].astype(float), mine["low"], mine["high"])
    ax.plot(mine["n_interviews"].astype(float), mine["dated"], color=theme.BLUE)
    last = mine.iloc[-1]
    theme.label(
        ax,
        float(last["n_interviews"]),
        last["dated"],
        "as held",
        theme.BLUE,
        ha="right",
        va="bottom",
        dy=3,
    )
    middle = mine.iloc[len(mine) // 2]
    theme.label(
        ax,
        float(middle["n_interviews"]),
        middle["low"],
        "90 % of random orders",
        theme.MUTED,
        va="top",
        dy=-10,
    )
    row = saturation[saturation["role"] == "all"].iloc[0]
    if pd.notna(row["after"]):
        theme.reference(ax, float(row["after"]), dashed=True)
        theme.label(
            ax,
            float(row["after"]),
            0,
            f" saturated: {row['point']}",
            theme.MUTED,
            ha="left",
            va="bottom",
            dy=4,
        )
    theme.number_axis(ax, f"interviews, of {row['n_interviews']}")
    ax.xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]
    theme.number_axis(ax, "codes heard so far", along="y")
    ax.set_ylim(0, None)
    ax.set_xlim(1, None)
    return ax


def heat_chart(statements: pd.DataFrame, role_labels: dict[str, str]) -> Axes:
    """Codes by roles: share that said it as tint, "k/n" in the cell, * where it sets apart.

    Roles stand in the order of ``role_labels``.
    """
    chosen = _rows(statements)
    if not chosen:
        return theme.nothing()
    roles = [r for r in role_labels if r in set(statements["role"])]
    cells = statements.set_index(["code_id", "role"])
    labels = statements.drop_duplicates("code_id").set_index("code_id")["label"]
    shares, texts = [], []
    for code in chosen:
        here: list[Any] = [
            cells.loc[(code, r)] if (code, r) in cells.index else None for r in roles
        ]
        shares.append([None if c is None else c["share"] for c in here])
        texts.append(
            [
                (
                    "not asked"
                    if c is None
                    else f"{c['n_said']}/{c['n_asked']}"
                    + " *" * (c["distinctive"] in ("High", "Medium"))
                )
                for c in here
            ]
        )
    _, ax = theme.axes(height=theme.rows_height(len(chosen), 0.25), width=theme.WIDTH)
    theme.heat(ax, shares, texts, [labels[c] for c in chosen], [role_labels[r] for r in roles])
    return ax


def said_by(labels: list[str], shares: list[list[float | None]], texts: list[list[str]]) -> Axes:
    """Statements by those of the role and by the others: the share as tint, counts in the cell."""
    _, ax = theme.axes(height=theme.rows_height(len(labels), 0.25))
    return theme.heat(ax, shares, texts, labels, ["this role", "other roles"])


def _rows(statements: pd.DataFrame) -> list[str]:
    """Codes on any card, family by family, in the order in which cards print them."""
    printed = statements[statements["is_on_card"].astype(bool)]
    return list(
        dict.fromkeys(
            printed.sort_values(["family", "role", "share"], ascending=[True, True, False])[
                "code_id"
            ]
        )
    )[:40]


def heat_alt(statements: pd.DataFrame) -> str:
    """Alternative text: how many statements set a role apart, and the two clearest."""
    found = statements[
        statements["is_on_card"].astype(bool) & statements["distinctive"].isin(["High", "Medium"])
    ]
    return (
        f"Who said what, codes by roles: {len(found)} statements set a role apart, the clearest"
        " being "
        + "; ".join(
            f"{r.label} ({str(r.role).replace('_', ' ')}, {r.n_said} of {r.n_asked})"
            for r in rows_of(found.sort_values("zb", ascending=False).head(2))
        )
        + "."
        if len(found)
        else "Who said what, codes by roles: no statement sets a role apart."
    )


def engagement_chart(
    engagement: pd.DataFrame, roles: list[str], role_labels: dict[str, str]
) -> Axes:
    """Reply rates of each role by channel and content; orange where words and deeds conflict.

    The side says how many stated it.
    """
    table = engagement[
        (engagement["measure"] == "replied")
        & engagement["dimension"].isin(["channel", "content"])
        & engagement["role"].isin(roles)
    ]
    table = table.sort_values(
        ["role", "dimension", "rate"], ascending=[True, True, False], kind="stable"
    )
    if table.empty:
        return theme.nothing()
    _, ax = theme.axes(height=theme.rows_height(len(table), 0.27))
    rows = [
        {
            "label": f"{role_labels.get(r.role, r.role).splitlines()[0]}: {r.value}",
            "note": f"n = {r.n_trials:,}"
            + ("" if pd.isna(r.stated_said) else f"; stated {r.stated_said} of {r.stated_asked}"),
            "color": theme.ORANGE if r.has_conflict else theme.BLUE,
            "is_hollow": r.has_conflict,
            **{c: getattr(r, c) for c in ("rate", "rate_low", "rate_high")},
        }
        for r in rows_of(table)
    ]
    theme.forest(ax, pd.DataFrame(rows), ("rate", "rate_low", "rate_high"))
    return theme.share_axis(ax, "touches that were answered, 95 % interval clustered by account")


def anti_chart(anti: pd.DataFrame) -> Axes:
    """Share of customers that left, flagged (orange) against other accounts (blue), by criterion."""  # noqa: E501
    table = anti[anti["n_flagged"] > 0].reset_index(drop=True)
    if table.empty:
        return theme.nothing()
    _, ax = theme.axes(height=theme.rows_height(len(table), 0.45))
    theme.rows(ax, table["label"])
    for y, row in enumerate(rows_of(table)):
        theme.interval(
            ax,
            y - 0.13,
            row.churned_share_low,
            row.churned_share,
            row.churned_share_high,
            color=theme.ORANGE,
        )
        theme.interval(
            ax,
            y + 0.13,
            row.churned_share_rest_low,
            row.churned_share_rest,
            row.churned_share_rest_high,
            color=theme.BLUE,
            hollow=True,
        )
    theme.share_axis(ax, "customers that left: flagged (filled) and others (hollow)")
    theme.side_notes(
        ax,
        [f"{f} of {n}" for f, n in zip(table["n_flagged"], table["n_base"], strict=True)],
        "flagged",
    )
    return ax
