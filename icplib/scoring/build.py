"""From the artefacts of steps 1 to 3 to a fitted scorecard.

Who is learnt from, what is allowed in, and when to refuse.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from icplib import words
from icplib.icp import Profiles
from icplib.scoring.knock_outs import (
    apart_from_points,
    flag_condition,
    proven_flags,
    too_many_out,
)
from icplib.scoring.scorecard import (
    NUMERIC_KINDS,
    attribute_of,
    meets,
    rules_of,
    set_apart,
    tier_points,
    without_zeros,
)
from icplib.settings import Settings
from icplib.stats.calibration import (
    Calibration,
    fit_line,
    recalibrate,
    tier_of,
)
from icplib.stats.card import Card, Making, admitted_up_to, fit_card
from icplib.stats.design import Design
from icplib.stats.groups import Attribute
from icplib.stats.held_out import HeldOut, Procedure, card_procedure, hold_out
from icplib.tables.step_04 import Scorecard, Tier
from icplib.vocabulary.attributes import SIZE_NAMES
from icplib.vocabulary.judgements import LIFT_CUTS, TIERS
from icplib.workbook import Workbook

MIN_BEST = 20
PROBABILITY_FROM_BEST = 40
SHORT, LONG = 8, 20  #: most attributes of a card; the longer one has to earn its length
LONG_GAIN = 0.01  #: AUC
SLOPE_WITHIN = (0.5, 2.0)
MAX_UNKNOWN_SHARE = 0.60
SEEN = ("level", "member")  # components whose values a new list is held against
SCORED_KINDS = (*NUMERIC_KINDS, "nominal", "ordinal", "set")


@dataclass(frozen=True)
class Sample:
    """Customers that the card learns from.

    Attributes, best flag (n,), value (n,), and why other attributes stay out.

    ``accounts`` are their rows of 01_accounts, ``prospects`` those that will be scored first.
    ``needs`` says what is missing for a score, or is empty. ``weak``: attributes that step 2 did
    not find. ``design``: who is related to whom, who came when.
    """

    accounts: pd.DataFrame
    attributes: list[Attribute]
    flag: np.ndarray
    value: np.ndarray
    left_out: tuple[tuple[str, str], ...]
    prospects: pd.DataFrame
    design: Design
    weak: frozenset[str] = frozenset()
    needs: str = ""

    def __len__(self) -> int:
        return len(self.flag)


@dataclass(frozen=True)
class Length:
    """A card of at most so many attributes, and its held-out runs."""

    most: int
    fitted: Card
    held_out: HeldOut


@dataclass(frozen=True)
class Trial:
    """A scorecard with what stands behind it.

    The fitted card, its held-out runs, its calibration (None when refused), and the card of another
    length that was tried.
    """

    card: Scorecard
    sample: Sample
    fitted: Card | None = None
    held_out: HeldOut | None = None
    calibration: Calibration | None = None
    rival: Length | None = None

    def held_out_tiers(self) -> tuple[np.ndarray, np.ndarray]:
        """(tier, is best) of every customer once, each scored by a card that had not seen it.

        Those that would not be pursued, or of whom too little is known, stand in no tier.
        """
        once = self.held_out.repeat == 0
        rows = self.held_out.rows[once]
        tier = tier_of(self.held_out_probability()[once], self.sample.flag.mean(), LIFT_CUTS)
        apart = set_apart(self.card, self.sample.accounts)[rows]
        return np.where(apart == "", np.array(TIERS)[tier], apart), self.sample.flag[rows]

    def held_out_probability(self) -> np.ndarray:
        """Corrected held-out probabilities, one per entry of ``held_out``."""
        line = self.calibration.line
        if line is None or line.slope <= 0:
            return np.full(len(self.held_out.rows), self.sample.flag.mean())
        return line(self.held_out.log_odds)


def build_sample(
    accounts: pd.DataFrame,
    catalogue: pd.DataFrame,
    best: pd.DataFrame,
    screened: pd.DataFrame,
    profiles: Profiles | None,
    red_flags: pd.DataFrame | None,
) -> Sample:
    """Customers of 02_best whose value is known, with what a prospect can be scored by.

    ``catalogue`` is 01_attributes, ``screened`` 02_attributes, ``profiles`` 03_profile,
    ``red_flags`` 03_red_flags. Left out, each with its reason: what step 2 kept out (it gives the
    answer away, names the company, speaks of people), what those who left contradict, what is
    written after the sale, dates, what is unknown for more than 60 % of customers or for (nearly)
    every prospect.
    """
    sizes = [a for a in catalogue["attribute"] if a in SIZE_NAMES]
    accounts = without_zeros(accounts, sizes)
    ranked = best[best["value"].notna() & best["is_best"].notna()]
    rows = accounts.set_index("account_id").loc[ranked["account_id"]]
    prospects = accounts[accounts["is_prospect"].astype(bool)]
    flag = ranked["is_best"].to_numpy(dtype=bool)
    kept_out = contradicted(rows, flag, profiles, red_flags)
    out = screened[screened["state"] == "kept out"]
    kept_out |= dict(zip(out["attribute"], out["reason"], strict=True))
    attributes, left_out = [], []
    for about in catalogue.itertuples():
        if about.use != "pattern":
            continue  # step 1 says why
        reason = kept_out.get(about.attribute) or _reason_against(about, rows, prospects)
        if reason:
            left_out.append((about.attribute, reason))
        else:
            attributes.append(attribute_of(rows[about.attribute], about.attribute, about.kind))
    return Sample(
        rows.reset_index(),
        attributes,
        flag,
        ranked["value"].to_numpy(float),
        tuple(left_out),
        prospects,
        Design.of(rows["family_id"].fillna(rows.index.to_series()), rows["start_date"]),
        frozenset(screened.loc[screened["outcome"] == "does not separate", "attribute"]),
        _needs(flag, attributes),
    )


def _needs(flag: np.ndarray, attributes: list[Attribute]) -> str:
    n_best, n_others = int(flag.sum()), int((~flag).sum())
    if min(n_best, n_others) < MIN_BEST:
        return (
            f"a score needs at least {MIN_BEST} best customers and {MIN_BEST} others; there are"
            f" {n_best} and {n_others} among the {len(flag)} customers whose value is known (about"
            " 100 customers are enough when a fifth counts as best)"
        )
    if attributes:
        return ""
    return (
        "a score needs at least one attribute that is known of customers and prospects before the"
        " sale"
    )


def contradicted(
    customers: pd.DataFrame,
    flag: np.ndarray,
    profiles: Profiles | None,
    red_flags: pd.DataFrame | None,
) -> dict[str, str]:
    """Attributes that may earn nothing, with the reason: customers who left speak against them.

    Those of criteria that step 3 dropped, and those whose proven red flag the best customers carry
    more often: points for them would be points for leaving.
    """
    out = {}
    if red_flags is not None:
        for _, row in proven_flags(red_flags, customers.columns).iterrows():
            met = meets(flag_condition(row), customers)
            if met.any() and flag[met].mean() > flag.mean():
                out[row["attribute"]] = f"customers with it leave faster: {row['flag']}"
    for profile in profiles.profiles if profiles else ():
        for c in profile.contradicted:
            out[c.attribute] = f"contradicted by customers who left: {c.words}"
    return out


def _reason_against(about, customers: pd.DataFrame, prospects: pd.DataFrame) -> str:
    if about.kind not in SCORED_KINDS:
        return "dates are not scored"
    if about.timing == "after_sale":
        return "written after the sale: no prospect has it"
    if about.attribute not in customers:
        return "no column of that name"
    unknown = customers[about.attribute].isna().mean() if len(customers) else 1.0
    if unknown > MAX_UNKNOWN_SHARE:
        return f"unknown for {words.share(unknown)} of customers"
    if len(prospects) and prospects[about.attribute].notna().mean() < 0.02:
        return "unknown for the prospects"
    return ""


def build_card(
    wb: Workbook,
    sample: Sample,
    catalogue: pd.DataFrame,
    red_flags: pd.DataFrame,
    profiles: Profiles | None,
) -> Trial:
    """Fit, cross-validate, calibrate; refuse or mark where the data do not carry a score.

    ``red_flags`` is 03_red_flags, ``profiles`` 03_profile.
    """
    apart = apart_from_points(wb.settings, catalogue, red_flags, sample.prospects, profiles)
    common = _common(wb, sample, catalogue) | apart
    if sample.needs:
        return _withheld(sample, common, sample.needs + ".")
    chosen, rival = _best_length(sample, wb.settings)
    if chosen is None:
        return _withheld(
            sample,
            common,
            "no attribute separates the best customers beyond chance; see the noise floor for the"
            " lift that would have been seen.",
        )
    fitted, held = chosen.fitted, chosen.held_out
    calibration = recalibrate(
        fitted.points({a.name: a for a in sample.attributes}),
        sample.flag,
        held.log_odds,
        sample.flag[held.rows],
        held.train_share,
    )
    is_chance = not held.auc_low > 0.5
    card = Scorecard(
        available=not is_chance,
        verdict="not better than chance" if is_chance else "holds up",
        needs=_chance_words(held) if is_chance else "",
        base_rate=float(sample.flag.mean()),
        target=fitted.target,
        penalty=fitted.penalty,
        rules=rules_of(fitted, catalogue, wb.settings.currency),
        intercept=calibration.intercept,
        slope=calibration.slope,
        auc=held.auc,
        auc_low=held.auc_low,
        auc_high=held.auc_high,
        levels_seen=_levels_seen(sample, fitted),
        **common,
    )
    return _judged(Trial(card, sample, fitted, held, calibration, rival), catalogue)


def _best_length(sample: Sample, settings: Settings) -> tuple[Length | None, Length | None]:
    """(the card, a card of another length that was tried): the longer one where it earns it.

    Without a setting 8 attributes, or 20 where these rank unseen customers better by more than
    ``LONG_GAIN``. (None, None) where nothing separates.
    """
    most = settings.score.max_attributes
    short = _of_length(sample, settings, most or SHORT)
    if short is None or not _limit_binds(short, len(sample)):
        return short, None
    long = _of_length(sample, settings, LONG)
    if most is None and long.held_out.auc - short.held_out.auc > LONG_GAIN:
        return long, short
    return short, long


def _of_length(sample: Sample, settings: Settings, most: int) -> Length | None:
    seed = settings.score.seed
    making = Making(most, settings.patterns.permutations, seed, sample.weak)
    fitted = fit_card(sample.attributes, sample.flag, sample.value, making, sample.design)
    if not fitted.parts:
        return None
    return Length(
        most, fitted, hold_out_sample(card_procedure(max_attributes=most, seed=seed), sample, seed)
    )


def hold_out_sample(procedure: Procedure, sample: Sample, seed: int) -> HeldOut:
    """The procedure on customers of the sample that it has not seen."""
    return hold_out(
        procedure, sample.attributes, sample.flag, sample.value, seed=seed, design=sample.design
    )


def _limit_binds(length: Length, n: int) -> bool:
    """Whether the screen alone would let more attributes into the card."""
    p = length.fitted.evidence.set_index("attribute")["p"].to_dict()
    admitted = sum(value <= admitted_up_to(p, n, LONG) for value in p.values())
    return length.most < min(admitted, LONG)


def _judged(trial: Trial, catalogue: pd.DataFrame) -> Trial:
    """The trial whose card knows its tiers, whether it may show probabilities, and its warnings."""
    card, tiers = trial.card, _tiers(trial)
    warnings = (
        *_warnings(trial.fitted, catalogue),
        *too_many_out(card.knock_outs, trial.sample.prospects),
        *out_of_order(tiers),
    )
    if all(rule.is_weak for rule in card.rules):
        warnings += (
            "No attribute separates the best customers by itself: the card adds up weak evidence"
            " and gives no reasons.",
        )
    judged = {
        "tiers": tiers,
        "shows_probability": _may_show_probability(trial),
        "warnings": warnings,
    }
    return replace(trial, card=card.model_copy(update=judged))


def out_of_order(tiers: Iterable[Tier]) -> list[str]:
    """Neighbouring tiers of which the lower one held more best customers, in words."""
    seen = [t for t in tiers if t.n]
    return [
        f"Tiers {a.name} and {b.name} are out of order: among customers that the card had not seen"
        f" {words.share(b.n_best / b.n)} of {b.name} were best and {words.share(a.n_best / a.n)} of"
        f" {a.name}. Read the two as one."
        for a, b in pairwise(seen)
        if b.n_best / b.n > a.n_best / a.n
    ]


def _common(wb: Workbook, sample: Sample, catalogue: pd.DataFrame) -> dict:
    """Fields that a card has whether it could be built or not."""
    settings = wb.settings
    return {
        "company": settings.name,
        "quarter": str(wb.quarter),
        "best_by": settings.best.by,
        "n_customers": len(sample),
        "n_best": int(sample.flag.sum()),
        "left_out": sample.left_out,
        "seed": settings.score.seed,
        "most_unknown": round(100 * settings.score.most_unknown),
        "never_zero": tuple(a for a in catalogue["attribute"] if a in SIZE_NAMES),
    }


def _withheld(sample: Sample, common: dict, needs: str) -> Trial:
    return Trial(Scorecard(available=False, needs=needs, verdict="withheld", **common), sample)


def _levels_seen(sample: Sample, fitted: Card) -> dict[str, tuple[str, ...]]:
    """Levels of the card's categories in the build sample, to tell which of a list's are new."""
    used = {part.attribute for part in fitted.parts if part.component.kind in SEEN}
    return {
        a.name: tuple(sorted({str(v) for c in a.values[a.known] for v in _members(c)}))
        for a in sample.attributes
        if a.name in used
    }


def _members(cell: str | tuple[str, ...]) -> tuple[str, ...]:
    return cell if isinstance(cell, tuple) else (cell,)


def _chance_words(held: HeldOut) -> str:
    return (
        f"the score is not better than chance: its held-out AUC is {held.auc:.2f} and the 95 %"
        f" interval {held.auc_low:.2f} to {held.auc_high:.2f} holds .5. More customers, or"
        " attributes nearer to what they buy for, would be needed."
    )


def first_line(trial: Trial):
    """Calibration line of the first repeat alone, so that every customer counts once.

    None where it does not exist.
    """
    once = trial.held_out.repeat == 0
    try:
        return fit_line(trial.held_out.log_odds[once], trial.sample.flag[trial.held_out.rows[once]])
    except ValueError:
        return None


def _may_show_probability(trial: Trial) -> bool:
    """Whether the slope of the corrected log odds is known well enough."""
    line, shrinkage = first_line(trial), trial.calibration.shrinkage
    enough = trial.sample.flag.sum() >= PROBABILITY_FROM_BEST
    return bool(
        enough
        and line is not None
        and shrinkage > 0
        and SLOPE_WITHIN[0] < line.slope_low / shrinkage
        and line.slope_high / shrinkage < SLOPE_WITHIN[1]
    )


def _tiers(trial: Trial) -> tuple[Tier, ...]:
    base = trial.card.base_rate
    least = tier_points(trial.calibration, base, LIFT_CUTS)
    tier, flag = trial.held_out_tiers()
    told = []
    for name, low, high in zip(TIERS, (*LIFT_CUTS, None), (None, *LIFT_CUTS), strict=True):
        ends = [end if end is None else min(1.0, end * base) for end in (low, high)]
        chance = (
            words.between(*ends, "share")
            if _may_show_probability(trial)
            else f"{words.between(low, high, 'ratio')} of the average"
        )
        is_in = tier == name
        n, n_best = int(is_in.sum()), int(flag[is_in].sum())
        told.append(Tier(name=name, from_points=least[name], chance=chance, n=n, n_best=n_best))
    return tuple(told)


def _warnings(fitted: Card, catalogue: pd.DataFrame) -> tuple[str, ...]:
    """Where not knowing a value costs by itself: gaps are left by processes, and those change."""
    labels = catalogue.set_index("attribute")["label"]
    said = []
    for part in fitted.parts:
        n, n_best = part.n[-1], part.n_best[-1]
        known = np.average(part.points[:-1], weights=np.maximum(part.n[:-1], 1e-9))
        if part.component.kind == "member" or n < 5 or known - part.points[-1] < 3:
            continue
        said.append(
            f"{labels[part.attribute]}: not knowing it gives"
            f" {words.plural(part.points[-1], 'point')}, fewer than the"
            f" {words.number(round(known))} of an average known value ({words.k_of_n(n_best, n)}"
            " unknown are best). Ask why it is missing before relying on it."
        )
    return tuple(dict.fromkeys(said))
