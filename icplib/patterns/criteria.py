"""A condition as a line of the profile, with the evidence of 02_patterns where it stands there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from icplib.conditions import About, in_words, support_words
from icplib.icp import Criterion, Evidence
from icplib.patterns.search import Search
from icplib.settings import Settings
from icplib.stats import intervals
from icplib.stats.conditions import Item

#: customers: (share of companies in which nothing is true that get a rule, lift that it claims);
#: benchmarks/patterns.md
RULES_BY_CHANCE = {100: (0.04, 2.1), 300: (0.07, 1.4)}


def as_criterion(
    search: Search,
    item: Item,
    patterns: pd.DataFrame,
    settings: Settings,
    direction: str,
    is_typed: bool = False,
) -> Criterion:
    """A criterion with the evidence of 02_patterns where it stands there.

    Else plain 95 % intervals.
    """
    c, row = item.condition, search.row[item.attribute]
    about = About.of(row, settings.currency)
    text = in_words(c, about)
    lift, low, high = (
        float(x) if np.isfinite(x) else None for x in intervals.lift(*item.effective)
    )
    evidence: dict[str, Any] = {
        "n_known": item.n_known,
        "n_with": item.n_with,
        "n_best_with": item.n_best_with,
        "lift": lift,
        "lift_low": low,
        "lift_high": high,
    }
    verdict = (
        "holds up"
        if low and low > 1
        else "lead, not proof"
        if lift and lift > 1
        else "too few to say"
    )
    listed_row = patterns[(patterns["item"] == text) & (patterns["direction"] == direction)]
    if is_typed:
        evidence["role"] = "typed in"
    elif len(listed_row):
        r = listed_row.iloc[0]
        verdict = r["verdict"]
        evidence |= {
            key: or_none(r[key]) for key in ("lift", "lift_low", "lift_high", "lift_shrunken")
        }
        evidence |= {
            "p": or_none(r["p_attribute"]),
            "q": or_none(r["q_attribute"]),
            "role": r["role"],
        }
    return Criterion(
        **c.model_dump(),
        label=row["label"],
        words=text,
        ends="" if is_typed else support_words(c, about),
        verdict=verdict,
        origin="typed in" if is_typed else "found",
        evidence=Evidence(**evidence),
    )


def or_none(x: float | None) -> float | None:
    """``x`` as a float; None where it is missing or infinite."""
    return None if x is None or x is pd.NA or not np.isfinite(x) else float(x)


def by_chance(n: int) -> dict[str, float]:
    """What chance gives at the measured size next to n customers, as fields of Provenance."""
    size = min(RULES_BY_CHANCE, key=lambda measured: abs(measured - n))
    return dict(zip(("rule_by_chance", "lift_by_chance"), RULES_BY_CHANCE[size], strict=True))
