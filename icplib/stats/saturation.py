"""Have enough people been asked? New codes per interview, unseen codes, and how many to ask.

Presence is an array of shape (interviews, codes) of 0/1, in the order in which the interviews were
held. Sources: Guest, Namey and Chen, "A simple method to assess and report thematic saturation",
PLOS ONE 15(5) e0232076 (2020); Chao (1987) and Chao et al. (2014) for the codes nobody named yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom


@dataclass(frozen=True)
class GuestNameyChen:
    """Saturation by new information; ``after`` is None where it was not reached.

    ``ratios[i]`` belongs to the run that begins after interview ``base + i``: new codes in the run
    divided by the codes of the base set.
    """

    base: int
    run: int
    threshold: float
    base_codes: int
    ratios: tuple[float, ...]
    after: int | None
    is_assessable: bool

    @property
    def point(self) -> str:
        """Saturation as the authors write it: "7+2" is after 7 interviews, seen in the next 2."""
        return f"{self.after}+{self.run}" if self.after is not None else ""


def new_codes(presence: np.ndarray) -> np.ndarray:
    """How many codes each interview was the first to name, (interviews,)."""
    presence = np.asarray(presence).astype(bool)
    seen_before = np.vstack(
        [np.zeros(presence.shape[1], bool), np.logical_or.accumulate(presence)[:-1]]
    )
    return (presence & ~seen_before).sum(axis=1)


def guest_namey_chen(
    new: Sequence[int] | np.ndarray, base: int = 4, run: int = 2, threshold: float = 0.05
) -> GuestNameyChen:
    """Saturation of a series of new codes per interview.

    Runs of ``run`` interviews slide by one from the base set on; the denominator stays at the base
    set. Not assessable: no complete run after the base, or no code in the base.
    """
    new = np.asarray(new, dtype=float)
    base_codes = int(new[:base].sum())
    if len(new) < base + run or base_codes == 0:
        return GuestNameyChen(base, run, threshold, base_codes, (), None, False)
    in_run = np.convolve(new[base:], np.ones(run), mode="valid")
    ratios = in_run / base_codes
    reached = np.flatnonzero(ratios <= threshold)
    after = base + int(reached[0]) if len(reached) else None
    return GuestNameyChen(base, run, threshold, base_codes, tuple(map(float, ratios)), after, True)


@dataclass(frozen=True)
class Band:
    """Codes known after 1, 2, ... interviews over random orders, and their saturation points."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    points: np.ndarray  # interviews until saturated per order, nan where not reached


def random_orders(
    presence: np.ndarray,
    base: int = 4,
    run: int = 2,
    threshold: float = 0.05,
    n_orders: int = 200,
    confidence: float = 0.9,
    seed: int = 0,
) -> Band:
    """What the order of the interviews does to saturation: a band over ``n_orders`` shuffles."""
    presence = np.asarray(presence).astype(bool)
    rng = np.random.default_rng(seed)
    known, points = np.empty((n_orders, len(presence))), np.full(n_orders, np.nan)
    for i in range(n_orders):
        new = new_codes(presence[rng.permutation(len(presence))])
        known[i] = np.cumsum(new)
        after = guest_namey_chen(new, base, run, threshold).after
        points[i] = np.nan if after is None else after
    tail = (1 - confidence) / 2
    return Band(
        known.mean(axis=0),
        np.quantile(known, tail, axis=0),
        np.quantile(known, 1 - tail, axis=0),
        points,
    )


@dataclass(frozen=True)
class Chao2:
    """Codes that would be heard in the end.

    ``estimate`` is bias-corrected, as it must be for few interviews; for many both are one.
    """

    n_interviews: int
    n_codes: int
    n_once: int
    n_twice: int
    classic: float
    bias_corrected: float
    coverage: float

    @property
    def estimate(self) -> float:
        """How many codes there are, by the bias-corrected form."""
        return self.bias_corrected


def chao2(presence: np.ndarray) -> Chao2:
    """Chao2 and sample coverage of presence (interviews, codes)."""
    heard = np.asarray(presence).astype(bool).sum(axis=0)
    return chao2_counts(
        len(presence),
        int((heard > 0).sum()),
        int((heard == 1).sum()),
        int((heard == 2).sum()),
        int(heard.sum()),
    )


def chao2_counts(
    n_interviews: int, n_codes: int, n_once: int, n_twice: int, n_incidences: int
) -> Chao2:
    """Chao2 from its counts: interviews, codes heard, heard once, heard twice, all incidences."""
    m, once, twice = n_interviews, n_once, n_twice
    shrink = (m - 1) / m if m else float("nan")
    classic = n_codes + shrink * once**2 / (2 * twice) if twice else float("nan")
    corrected = n_codes + shrink * once * (once - 1) / (2 * (twice + 1))
    if not n_incidences or m < 2:
        coverage = float("nan")
    elif once == 0:
        coverage = 1.0
    else:
        coverage = 1 - once / n_incidences * ((m - 1) * once / ((m - 1) * once + 2 * twice))
    return Chao2(m, n_codes, once, twice, classic, corrected, coverage)


def detection_n(prevalence: float, times: int = 1, certainty: float = 0.95) -> int:
    """Interviews needed to hear a code of this prevalence ``times`` times with ``certainty``."""
    if not 0 < prevalence <= 1:
        raise ValueError(f"prevalence must be above 0 and at most 1, not {prevalence}")
    n = times
    while binom.sf(times - 1, n, prevalence) < certainty:
        n += 1
    return n
