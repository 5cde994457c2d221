"""How far to trust a statement: typical, distinctive, and what caps a label."""

from dataclasses import dataclass
from functools import cache

from icplib.stats.contrasts import chance_of_standing_out, zb
from icplib.stats.intervals import wilson

SMALL_ROLE, SMALL_SHARE, REST_SHARE = 6, 0.7, 0.2  # interviews of a small role; its limits
CHANCE = 0.4  # of a study's distinctive statements that chance may explain
TOLERANCE = 0.0005  # 4 of 6 has a lower bound of .3000
RANK = {"": 0, "Low": 1, "Medium": 2, "High": 3}


def typical_label(said: int, asked: int) -> str:
    """High, Medium, Low or "" for k of n by its Wilson lower bound."""
    low = _wilson_low(said, asked) + TOLERANCE
    for label, k, bound in (("High", 4, 0.40), ("Medium", 3, 0.30), ("Low", 2, 0.20)):
        if said >= k and low >= bound:
            return label
    return ""


@dataclass(frozen=True)
class Bar:
    """How high the bar for a distinctive statement lies in one study.

    ``by_chance``: the share of such statements that shuffled roles would show, too. ``is_noisy``:
    the coders are settled to be unreliable over all codes together.
    """

    by_chance: float = 0.0
    is_noisy: bool = False


def distinctive_label(
    said: int,
    asked: int,
    rest_said: int,
    rest_asked: int,
    bar: Bar | None = None,
    min_share: float = 0.5,
) -> str:
    """High, Medium, Low or "" by zb.

    Calibrated on planted studies (benchmarks/personas.md) for nine true ones in ten at Medium and
    better: the plain limit of 1.645 holds where chance would show at most two fifths of the study's
    distinctive statements, and of a small role seven in ten must say it and at most a fifth of
    the others; else, or with coders who do not agree, the limit is higher.
    """
    bar = bar or Bar()
    if not asked or not rest_asked or said / asked < min_share:
        return ""
    z = z_of(said, asked, rest_said, rest_asked)
    is_small = asked < SMALL_ROLE
    is_telling = not is_small or said / asked >= SMALL_SHARE
    is_quiet = bar.by_chance <= CHANCE and (not is_small or rest_said / rest_asked <= REST_SHARE)
    if said >= 3 and bar.is_noisy:
        return "Medium" if z >= 2.1 and bar.by_chance <= CHANCE else "Low" if z >= 1.28 else ""
    if said >= 3 and is_telling and z >= 1.96:
        return "High"
    if said >= 3 and is_telling and is_quiet and z >= 1.645:
        return "Medium"
    return "Low" if said >= 2 and z >= 1.28 else ""


@cache
def chance(n: int, n_all: int, k_all: int, least_share: float) -> float:
    """Chance that a random group of ``n`` would show this statement as distinctive."""
    return chance_of_standing_out(n, n_all, k_all, least_share)


@cache
def _wilson_low(said: int, asked: int) -> float:
    return float(wilson(said, asked)[0])


@cache
def z_of(said: int, asked: int, rest_said: int, rest_asked: int) -> float:
    """``zb`` of the group's share against that of the rest."""
    return float(zb(said, asked, rest_said, rest_asked))


def capped(label: str, cap: str) -> str:
    """The weaker of ``label`` and ``cap``."""
    return label if RANK[label] <= RANK[cap] else cap


def lowest(*labels: str) -> str:
    """The weakest of the labels."""
    return min(labels, key=RANK.__getitem__)
