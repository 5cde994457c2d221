"""What takes a company out whatever its points, and what is only a reason to ask.

Kept apart from the points, and counted.
"""

import numpy as np
import pandas as pd

from icplib import words
from icplib.conditions import About, Condition, in_words, of_limit, of_row
from icplib.icp import Criterion, Profiles
from icplib.problems import UserError, did_you_mean
from icplib.scoring.scorecard import meets
from icplib.settings import Limit, Settings
from icplib.tables.step_04 import KnockOut

MOST_OUT = 0.50


def apart_from_points(
    settings: Settings,
    catalogue: pd.DataFrame,
    red_flags: pd.DataFrame,
    prospects: pd.DataFrame,
    profiles: Profiles | None,
) -> dict:
    """Fields of the card that stand apart from points.

    ``knock_outs``, ``red_flags`` and ``n_prospects``.

    Knock-outs are the disqualifiers and limits of settings, the disqualifiers of the main profile
    (``profiles``: 03_profile), and those red flags of churn that even the lower limit of their
    hazard ratio makes grave (``score.knock_out_hazard_ratio``) or whose attribute settings name
    (``score.knock_out_flags``). Every other flag that holds up, is known
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
    out = [_of_limit(limit, about, "settings", settings.currency) for limit in score.knock_outs]
    out += [_of_limit(limit, about, "limit", settings.currency) for limit in settings.limits]
    out += [_of_criterion(c) for c in (profiles.main.disqualifiers if profiles else ())]
    proven = proven_flags(red_flags, about.index)
    is_named, is_own = proven["attribute"].isin(score.knock_out_flags), proven["follows"].isna()
    is_grave = is_named | (is_own & (proven["hr_low"] >= score.knock_out_hazard_ratio))
    out += [flag_condition(row, "red flag: ") for _, row in proven[is_grave].iterrows()]
    asked = [flag_condition(row) for _, row in proven[is_own & ~is_grave].iterrows()]
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
        f" {words.share(MOST_OUT)}: narrow them under [score] in company.toml."
    ]


def proven_flags(red_flags: pd.DataFrame, attributes) -> pd.DataFrame:
    """Rows of 03_red_flags that hold up and are known before the sale, the gravest first."""
    return red_flags[
        red_flags["is_found"].astype(bool)
        & (red_flags["verdict"] == "holds up")
        & red_flags["is_before_sale"].fillna(False).astype(bool)
        & red_flags["attribute"].isin(attributes)
    ].sort_values("hr_low", ascending=False, kind="stable")


def _counted(conditions, prospects: pd.DataFrame) -> tuple[KnockOut, ...]:
    return tuple(
        k.model_copy(update={"n_prospects": int(meets(k, prospects).sum())}) for k in conditions
    )


def _of_criterion(criterion: Criterion) -> KnockOut:
    """A disqualifier of the profile."""
    own = {name: getattr(criterion, name) for name in Condition.model_fields}
    words = f"{criterion.words} (hardly ever among the best)"
    return KnockOut(**own, label=criterion.label, words=words, origin="disqualifier")


def flag_condition(row: pd.Series, lead: str = "") -> KnockOut:
    """A row of 03_red_flags as a condition."""
    own = dict(of_row(row))
    return KnockOut(**own, label=row["label"], words=f"{lead}{row['flag']}", origin="red flag")


def _of_limit(limit: Limit, about: pd.DataFrame, origin: str, currency: str) -> KnockOut:
    """A disqualifier of the settings, or a limit, beyond which a company is out."""
    is_limit = origin == "limit"
    if limit.attribute not in about.index:
        raise UserError(
            f"'{limit.attribute}' is not an attribute of companies",
            file="company.toml",
            column="limits" if is_limit else "score.knock_outs",
            remedy=did_you_mean(limit.attribute, about.index),
        )
    row = about.loc[limit.attribute]
    asked = of_limit(limit.attribute, row["kind"], limit.values, limit.low, limit.high)
    out = asked.model_copy(update={"negated": is_limit})
    words = in_words(out, About.of(row, currency))
    return KnockOut(
        **out.model_dump(),
        label=str(row["label"]),
        words=words + (f" ({limit.reason})" if limit.reason else ""),
        origin=origin,
    )
