"""Were enough people asked?

Overall and by role, in the order of the interviews and over random orders.
"""

from typing import Any

import numpy as np
import pandas as pd

from icplib.personas.evidence import Evidence
from icplib.settings import Personas as PersonaSettings
from icplib.stats import saturation as sat
from icplib.tables import artefact
from icplib.vocabulary.people import by_authority, role_label


def measure_saturation(
    evidence: Evidence, settings: PersonaSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Artefacts 05_saturation and 05_saturation_curve.

    Empty when switched off or nothing was coded.
    """
    table, curve = artefact("05_saturation"), artefact("05_saturation_curve")
    if evidence.empty or not settings.saturation:
        return table.empty(), curve.empty()
    roles = evidence.interviews["role"]
    groups = {"all": np.ones(len(roles), bool)} | {
        r: (roles == r).to_numpy() for r in by_authority(roles.unique())
    }
    rows, points = [], []
    for role, mine in groups.items():
        heard = evidence.presence[mine].fillna(0).to_numpy() == 1
        row, known = _one(role, heard, settings)
        rows.append(row)
        points.append(known)
    return (
        table.frame(rows),
        curve.check(pd.concat(points, ignore_index=True)),
    )


def _one(role: str, heard: np.ndarray, settings: PersonaSettings) -> tuple[dict, pd.DataFrame]:
    rule: dict[str, Any] = {
        "base": settings.saturation_base,
        "run": settings.saturation_run,
        "threshold": settings.saturation_threshold,
    }
    new = sat.new_codes(heard)
    found = sat.guest_namey_chen(new, **rule)
    band = sat.random_orders(heard, **rule, n_orders=settings.saturation_orders, seed=settings.seed)
    unseen = sat.chao2(heard)
    reached = band.points[~np.isnan(band.points)]
    low, high = np.quantile(reached, [0.05, 0.95]) if len(reached) else (np.nan, np.nan)
    row = {
        "role": role,
        "n_interviews": len(heard),
        "n_codes": unseen.n_codes,
        **rule,
        "base_codes": found.base_codes,
        "is_assessable": found.is_assessable,
        "after": found.after,
        "point": found.point,
        "reached_share": len(reached) / len(band.points) if found.is_assessable else np.nan,
        "after_low": low,
        "after_high": high,
        "chao2": unseen.estimate if len(heard) > 1 else np.nan,
        "coverage": unseen.coverage,
    }
    row["sentence"] = _sentence(row)
    known = pd.DataFrame(
        {
            "role": role,
            "n_interviews": np.arange(1, len(heard) + 1),
            "dated": np.cumsum(new).astype(float),
            "mean": band.mean,
            "low": band.low,
            "high": band.high,
        }
    )
    return row, known


def _sentence(row: dict) -> str:
    who = "All roles together" if row["role"] == "all" else role_label(row["role"])
    if not row["is_assessable"]:
        return (
            f"{who}: cannot be assessed, {row['n_interviews']} interviews are fewer than"
            f" {row['base']} + {row['run']} or name no code."
        )
    rule = f"base {row['base']}, run {row['run']}, at most {row['threshold']:.0%} new"
    dated = (
        f"saturated at {row['point']} interviews ({rule})"
        if row["point"]
        else f"not saturated after {row['n_interviews']} interviews ({rule})"
    )
    orders = f"in {row['reached_share']:.0%} of random orders it is"
    if row["reached_share"] > 0:
        orders += f", after {row['after_low']:.0f} to {row['after_high']:.0f}"
    heard = (
        ""
        if np.isnan(row["coverage"])
        else (
            f" About {row['coverage']:.0%} of what this group has to say was heard"
            f" ({row['n_codes']} codes, {row['chao2']:.0f} expected in the end)."
        )
    )
    return f"{who}: {dated} in the order they were held; {orders}.{heard}"


def describe_saturation(saturation: pd.DataFrame) -> str:
    """Saturation over all roles, which roles lack it, and what a rarer topic needs.

    The need is a number of interviews.
    """
    if saturation.empty:
        return "Saturation is switched off or there are no codings."
    overall = saturation[saturation["role"] == "all"].iloc[0]
    roles = saturation[saturation["role"] != "all"]
    unknown = [role_label(r) for r in roles.loc[~roles["is_assessable"], "role"]]
    open_ = [
        role_label(r) for r in roles.loc[roles["is_assessable"] & roles["after"].isna(), "role"]
    ]
    words = [overall["sentence"]]
    if open_:
        words.append(f"Not there yet: {', '.join(open_)}.")
    if unknown:
        words.append(f"Too few interviews to assess: {', '.join(unknown)}.")
    words.append(
        f"A topic that half of a role would raise takes {sat.detection_n(0.5)} interviews to hear"
        f" with 95 % certainty, one that every fifth would raise takes {sat.detection_n(0.2)}."
    )
    return " ".join(words)
