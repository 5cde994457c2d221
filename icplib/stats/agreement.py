"""How far several coders agree: Krippendorff's alpha and its neighbours, with missing ratings.

Presence of codes in interviews is an array of shape (coders, interviews, codes) holding 1, 0 or
``nan``, which means "this coder did not judge this interview" and is not the same as a zero. The
interview is what gets resampled, because the codes of one interview are not independent.

Sources: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011); Gwet, "Computing
inter-rater reliability and its variance in the presence of high agreement" (2008); Cohen (1960).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval; ``n_dropped`` draws could not be estimated."""

    value: float
    low: float
    high: float
    n_dropped: int = 0


def cohen_kappa(table: np.ndarray) -> Interval:
    """Cohen's kappa of a square table (first coder x second), with large-sample 95 % interval."""
    from statsmodels.stats.inter_rater import cohens_kappa

    with np.errstate(
        all="ignore"
    ):  # a table with an empty margin has a kappa but no standard error
        result = cohens_kappa(np.asarray(table, dtype=float))
    return Interval(float(result.kappa), float(result.kappa_low), float(result.kappa_upp))


def landis_koch(kappa: float) -> str:
    """Landis and Koch's word for a kappa; never meant for alpha."""
    if np.isnan(kappa):
        return "not estimable"
    if kappa < 0:
        return "poor"
    words = ("slight", "fair", "moderate", "substantial", "almost perfect")
    return words[int(np.searchsorted((0.20, 0.40, 0.60, 0.80), kappa, side="left"))]


# --- presence of codes in interviews --------------------------------------------------------------


@dataclass(frozen=True)
class PresenceAgreement:
    """Agreement of one code (or of a pool of codes) over the interviews that two coders judged.

    ``both``, ``first_only``, ``second_only`` and ``neither`` count pairs of coders; with two coders
    that is one pair an interview.
    """

    n_interviews: int
    both: int
    first_only: int
    second_only: int
    neither: int
    base_rate: float
    agreement: Interval
    alpha: Interval
    ac1: Interval
    positive: Interval

    @property
    def n_positive(self) -> int:
        """Pairs in which at least one coder saw the code."""
        return self.both + self.first_only + self.second_only


def presence_agreement(
    presence: np.ndarray,
    pools: Sequence[Sequence[int]] | None = None,
    n_resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> list[PresenceAgreement]:
    """Agreement on presence (coders, interviews, codes), for each pool of codes.

    ``pools`` lists code positions; the default is every code by itself. All codes of an interview
    are resampled together, so the interval of a pool allows for their dependence.
    """
    presence = np.asarray(presence, dtype=float)
    pools = [[code] for code in range(presence.shape[2])] if pools is None else pools
    judged, parts = _parts(presence)
    weights = resample_weights(presence.shape[1], n_resamples, seed)
    results = []
    for pool in pools:
        mine = parts[:, :, list(pool)].sum(axis=2)
        draws = mine @ weights.T
        agreement, alpha, ac1, positive = (
            _interval(float(f(mine.sum(axis=1))), f(draws), confidence)
            for f in (_observed_agreement, _binary_alpha, _binary_ac1, _positive_agreement)
        )
        if mine[3].sum() and not mine[7].sum():
            agreement, alpha, ac1, positive = _never_disagreed(mine, alpha.value, confidence)
        n_cells = max(mine[8].sum(), 1)
        first_only, second_only = _one_sided(presence[:, :, list(pool)])
        n_pairs = int((judged * (judged - 1) // 2)[:, list(pool)].sum())
        both = int(mine[6].sum())
        results.append(
            PresenceAgreement(
                n_interviews=int((judged > 1)[:, list(pool)].any(axis=1).sum()),
                both=both,
                first_only=first_only,
                second_only=second_only,
                neither=n_pairs - both - first_only - second_only,
                base_rate=float(mine[5].sum() / n_cells) if mine[3].sum() else float("nan"),
                agreement=agreement,
                alpha=alpha,
                ac1=ac1,
                positive=positive,
            )
        )
    return results


def _parts(presence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(coders who judged, (interviews, codes); sums of estimates, (parts, interviews, codes))."""
    judged = (~np.isnan(presence)).sum(axis=0)
    seen = np.nansum(presence, axis=0)
    unseen, twice = judged - seen, judged > 1
    share = np.where(twice, 1 / np.maximum(judged - 1, 1), 0)
    pairs = np.maximum(judged * (judged - 1), 1)
    # What each interview and code adds to every sum an estimate is made of: (parts, interviews,
    # codes).
    parts = np.stack(
        [
            seen * (seen - 1) * share,  # coincidences present-present
            seen * unseen * share,  # coincidences present-absent (and the same again)
            unseen * (unseen - 1) * share,  # coincidences absent-absent
            twice,  # judged by two or more
            np.where(twice, (seen * (seen - 1) + unseen * (unseen - 1)) / pairs, 0),  # agreement
            seen / np.maximum(judged, 1),  # share present, of every judged unit
            seen * (seen - 1) / 2,  # pairs: both
            seen * unseen,  # pairs: only one
            judged > 0,
        ]
    )
    return judged, parts


def _never_disagreed(
    parts: np.ndarray, alpha: float, confidence: float
) -> tuple[Interval, Interval, Interval, Interval]:
    """(agreement, alpha, AC1, positive agreement) of a pool in which no two coders disagreed.

    Resampling can show no disagreement where none was seen, so the bound is Bayesian: how often
    coders may disagree when they did in none of n interviews (Jeffreys prior), at the share of the
    code that was seen.
    """
    n = int((parts[3] > 0).sum())
    disagree = float(beta.ppf((1 + confidence) / 2, 0.5, n + 0.5))
    share = parts[5].sum() / parts[8].sum()
    present = (parts[0] > 0).sum()
    found = beta.ppf((1 - confidence) / 2, present + 0.5, 0.5)
    chance = 2 * share * (1 - share)
    lows = (
        1 - disagree,
        1 - disagree / chance if chance else np.nan,
        (1 - disagree - chance) / (1 - chance),
        2 * found / (1 + found) if present else np.nan,
    )
    values = (1.0, alpha, 1.0, 1.0 if present else np.nan)
    return tuple(  # type: ignore[return-value]
        Interval(value, float(low), np.nan if np.isnan(value) else 1.0)
        for value, low in zip(values, lows, strict=True)
    )


def resample_weights(n: int, n_resamples: int, seed: int) -> np.ndarray:
    """How often each of n units is drawn in each bootstrap sample, (n_resamples, n)."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, n, size=(n_resamples, n)) if n else np.empty((n_resamples, 0), int)
    rows = np.arange(n_resamples)[:, None] * n
    return (
        np.bincount((drawn + rows).ravel(), minlength=n_resamples * n)
        .reshape(n_resamples, n)
        .astype(float)
    )


def _one_sided(presence: np.ndarray) -> tuple[int, int]:
    """Pairs in which only the earlier coder saw the code, and only the later one."""
    first = second = 0
    for i in range(len(presence)):
        for j in range(i + 1, len(presence)):
            first += int(((presence[i] == 1) & (presence[j] == 0)).sum())
            second += int(((presence[i] == 0) & (presence[j] == 1)).sum())
    return first, second


def _observed_agreement(sums: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums[4] / sums[3]


def _binary_alpha(sums: np.ndarray) -> np.ndarray:
    both, one, neither = sums[0], sums[1], sums[2]
    present, absent = both + one, neither + one
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(
            present * absent > 0, 1 - (present + absent - 1) * one / (present * absent), np.nan
        )


def _binary_ac1(sums: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        observed, share = _observed_agreement(sums), sums[5] / sums[8]
        by_chance = 2 * share * (1 - share)
        return (observed - by_chance) / (1 - by_chance)


def _positive_agreement(sums: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 * sums[6] / (2 * sums[6] + sums[7])


def _interval(value: float, draws: np.ndarray, confidence: float) -> Interval:
    kept = draws[~np.isnan(draws)]
    if np.isnan(value) or not len(kept):
        return Interval(value, float("nan"), float("nan"), len(draws) - len(kept))
    low, high = np.quantile(kept, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high), len(draws) - len(kept))
