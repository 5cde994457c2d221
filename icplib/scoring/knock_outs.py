"""What takes a company out whatever its points, and what is only a reason to ask.

Kept apart from the points, and counted.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from icplib.problems import UserError, did_you_mean
from icplib.scoring.scorecard import meets
from icplib.scoring.words import percent, write_number
from icplib.settings import Limit, Settings
from icplib.tables.step_04 import KnockOut

MOST_OUT = 0.50


def apart_from_points(
    settings: Settings, catalogue: pd.DataFrame, red_flags: pd.DataFrame, prospects: pd.DataFrame
) -> dict:
    """Fields of the card that stand apart from points.

    ``knock_outs``, ``red_flags`` and ``n_prospects``.

    Knock-outs are the disqualifiers and limits of settings, and those red flags of churn that even
    the lower limit of their hazard ratio makes grave (``score.knock_out_hazard_ratio``) or whose
    attribute settings name (``score.knock_out_flags``). Every other flag that holds up, is known
    before the sale and adds something beside stronger flags is a reason to ask. Each comes with the
    number of ``prospects`` that meet it.
    """
    about, score = catalogue.set_index("attribute"), settings.score
    for name in set(score.knock_out_flags) - set(about.index):
        raise UserError(
            f"'{name}' is not an attribute of companies",
            file="company.toml",
            column="score.knock_out_flags",
            remedy=did_you_mean(name, about.index),
        )
    out = [_of_limit(limit, about, "settings", False) for limit in score.knock_outs]
    out += [_of_limit(limit, about, "limit", True) for limit in settings.limits]
    proven = red_flags[
        red_flags["is_found"].astype(bool)
        & (red_flags["verdict"] == "holds up")
        & red_flags["is_before_sale"].fillna(False).astype(bool)
        & red_flags["attribute"].isin(about.index)
    ].sort_values("hr_low", ascending=False, kind="stable")
    is_named, is_own = proven["attribute"].isin(score.knock_out_flags), proven["follows"].isna()
    is_grave = is_named | (is_own & (proven["hr_low"] >= score.knock_out_hazard_ratio))
    out += [_of_flag(row, "red flag: ") for row in proven[is_grave].itertuples()]
    asked = [_of_flag(row) for row in proven[is_own & ~is_grave].itertuples()]
    return {
        "knock_outs": _counted(out, prospects),
        "red_flags": _counted(asked, prospects),
        "n_prospects": len(prospects),
    }


def too_many_out(knock_outs: tuple[KnockOut, ...], prospects: pd.DataFrame) -> list[str]:
    """A knock-out is for exceptions: said when more than half of the prospects are out."""
    n_out = (
        int(np.any([meets(k, prospects) for k in knock_outs], axis=0).sum()) if knock_outs else 0
    )
    if n_out <= MOST_OUT * len(prospects):
        return []
    return [
        f"Knock-outs take out {n_out:,} of {len(prospects):,} prospects, more than"
        f" {percent(MOST_OUT)}: narrow them under [score] in company.toml."
    ]


def _counted(conditions, prospects: pd.DataFrame) -> tuple[KnockOut, ...]:
    return tuple(
        k.model_copy(update={"n_prospects": int(meets(k, prospects).sum())}) for k in conditions
    )


def _of_flag(row, lead: str = "") -> KnockOut:
    """A row of 03_red_flags as a condition."""
    return KnockOut(
        attribute=row.attribute,
        label=row.label,
        op={"not in": "in", "lacks": "contains"}.get(row.op, row.op),
        values=row.values if isinstance(row.values, tuple) else (),
        low=_or_none(row.low),
        high=_or_none(row.high),
        is_high_included=False,
        is_outside=row.op in ("not in", "lacks"),
        words=f"{lead}{row.flag}",
        origin="red flag",
    )


def _or_none(x):
    return None if x is None or pd.isna(x) else float(x)


def _of_limit(limit: Limit, about: pd.DataFrame, origin: str, is_outside: bool) -> KnockOut:
    if limit.attribute not in about.index:
        raise UserError(
            f"'{limit.attribute}' is not an attribute of companies",
            file="company.toml",
            column="limits" if is_outside else "score.knock_outs",
            remedy=did_you_mean(limit.attribute, about.index),
        )
    row = about.loc[limit.attribute]
    unit = "" if pd.isna(row["unit"]) else str(row["unit"])
    if limit.values:
        op, what = ("contains" if row["kind"] == "set" else "in"), " or ".join(limit.values)
    else:
        op, what = "between", _between_words(limit, row["kind"], unit)
    words = f"{row['label']} is not {what}" if is_outside else f"{row['label']} is {what}"
    return KnockOut(
        attribute=limit.attribute,
        label=str(row["label"]),
        op=op,
        values=tuple(limit.values),
        low=limit.low,
        high=limit.high,
        is_outside=is_outside,
        words=words + (f" ({limit.reason})" if limit.reason else ""),
        origin=origin,
    )


def _between_words(limit: Limit, kind: str, unit: str) -> str:
    low, high = (
        None if x is None else write_number(x, kind, unit) for x in (limit.low, limit.high)
    )
    return f"{low} to {high}" if low and high else f"{low} or more" if low else f"at most {high}"
