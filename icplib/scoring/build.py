"""From the artefacts of steps 1 to 3 to a fitted scorecard.

Who is learnt from, what is allowed in, and when to refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from icplib import words
from icplib.scoring.knock_outs import apart_from_points, too_many_out
from icplib.scoring.scorecard import (
    NUMERIC_KINDS,
    attribute_of,
    rules_of,
    set_apart,
    tier_points,
    without_zeros,
)
from icplib.settings import Settings
from icplib.stats.calibration import (
    Calibration,
    credit_scale,
    fit_line,
    recalibrate,
    tier_of,
)
from icplib.stats.card import Card, fit_card
from icplib.stats.groups import Attribute
from icplib.stats.held_out import HeldOut, card_procedure, hold_out
from icplib.tables.step_04 import Credit, Scorecard, Tier
from icplib.vocabulary.attributes import SIZE_NAMES
from icplib.vocabulary.judgements import LIFT_CUTS, TIERS
from icplib.workbook import Workbook

MIN_BEST = 20
PROBABILITY_FROM_BEST = 40
SLOPE_WITHIN = (0.5, 2.0)
MAX_UNKNOWN_SHARE = 0.60
SCORED_KINDS = (*NUMERIC_KINDS, "nominal", "ordinal", "set")


@dataclass(frozen=True)
class Sample:
    """Customers that the card learns from.

    Attributes, best flag (n,), value (n,), and why other attributes stay out.

    ``accounts`` are their rows of 01_accounts, ``prospects`` those that will be scored first.
    ``needs`` says what is missing for a score, or is empty.
    """

    accounts: pd.DataFrame
    attributes: list[Attribute]
    flag: np.ndarray
    value: np.ndarray
    left_out: tuple[tuple[str, str], ...]
    prospects: pd.DataFrame
    needs: str = ""

    def __len__(self) -> int:
        return len(self.flag)


@dataclass(frozen=True)
class Trial:
    """A scorecard with what stands behind it.

    The fitted card, its held-out runs, its calibration (None when refused).
    """

    card: Scorecard
    sample: Sample
    fitted: Card | None = None
    held_out: HeldOut | None = None
    calibration: Calibration | None = None

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
    accounts: pd.DataFrame, catalogue: pd.DataFrame, best: pd.DataFrame, screened: pd.DataFrame
) -> Sample:
    """Customers of 02_best whose value is known, with the attributes that a prospect can be scored
    by.

    ``catalogue`` is 01_attributes, ``screened`` 02_attributes. Left out, each with its reason: what
    step 2 kept out (it gives the answer away, names the company, speaks of people), what is written
    after the sale, dates, what is unknown for more than 60 % of customers or for (nearly) every
    prospect.
    """
    sizes = [a for a in catalogue["attribute"] if a in SIZE_NAMES]
    accounts = without_zeros(accounts, sizes)
    ranked = best[best["value"].notna() & best["is_best"].notna()]
    rows = accounts.set_index("account_id").loc[ranked["account_id"]]
    prospects = accounts[accounts["is_prospect"].astype(bool)]
    kept_out = screened[screened["state"] == "kept out"].set_index("attribute")["reason"].to_dict()
    attributes, left_out = [], []
    for about in catalogue.itertuples():
        if about.use != "pattern":
            continue  # step 1 says why
        reason = kept_out.get(about.attribute) or _reason_against(about, rows, prospects)
        if reason:
            left_out.append((about.attribute, reason))
        else:
            attributes.append(attribute_of(rows[about.attribute], about.attribute, about.kind))
    flag = ranked["is_best"].to_numpy(dtype=bool)
    n_best, n_others = int(flag.sum()), int((~flag).sum())
    needs = ""
    if min(n_best, n_others) < MIN_BEST:
        needs = (
            f"a score needs at least {MIN_BEST} best customers and {MIN_BEST} others; there are"
            f" {n_best} and {n_others} among the {len(flag)} customers whose value is known (about"
            " 100 customers are enough when a fifth counts as best)"
        )
    elif not attributes:
        needs = (
            "a score needs at least one attribute that is known of customers and prospects before"
            " the sale"
        )
    return Sample(
        rows.reset_index(),
        attributes,
        flag,
        ranked["value"].to_numpy(float),
        tuple(left_out),
        prospects,
        needs,
    )


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
    wb: Workbook, sample: Sample, catalogue: pd.DataFrame, red_flags: pd.DataFrame
) -> Trial:
    """Fit, cross-validate, calibrate; refuse or mark where the data do not carry a score.

    ``red_flags`` is 03_red_flags.
    """
    score = wb.settings.score
    common = _common(wb, sample, catalogue, red_flags)
    if sample.needs:
        return _withheld(sample, common, sample.needs + ".")
    fitted = fit_card(
        sample.attributes,
        sample.flag,
        sample.value,
        max_attributes=score.max_attributes,
        permutations=wb.settings.patterns.permutations,
        seed=score.seed,
    )
    if not fitted.parts:
        return _withheld(
            sample,
            common,
            "no attribute separates the best customers beyond chance; see the noise floor for the"
            " lift that would have been seen.",
        )
    held = hold_out(
        card_procedure(max_attributes=score.max_attributes, seed=score.seed),
        sample.attributes,
        sample.flag,
        sample.value,
        seed=score.seed,
    )
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
        credit=_credit(wb.settings),
        warnings=(
            *_warnings(fitted, catalogue),
            *too_many_out(common["knock_outs"], sample.prospects),
        ),
        levels_seen=_levels_seen(sample, fitted),
        **common,
    )
    trial = Trial(card, sample, fitted, held, calibration)
    judged = {"tiers": _tiers(trial), "shows_probability": _may_show_probability(trial)}
    return replace(trial, card=card.model_copy(update=judged))


def _common(wb: Workbook, sample: Sample, catalogue: pd.DataFrame, red_flags: pd.DataFrame) -> dict:
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
        **apart_from_points(settings, catalogue, red_flags, sample.prospects),
    }


def _withheld(sample: Sample, common: dict, needs: str) -> Trial:
    return Trial(Scorecard(available=False, needs=needs, verdict="withheld", **common), sample)


def _levels_seen(sample: Sample, fitted: Card) -> dict[str, tuple[str, ...]]:
    """Levels of the card's categories in the build sample, so that a new list can be told which of
    its values are new.
    """
    used = {part.attribute for part in fitted.parts if part.component.kind == "level"}
    return {
        a.name: tuple(sorted({str(v) for v in a.values[a.known]}))
        for a in sample.attributes
        if a.name in used
    }


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
    line = first_line(trial)
    enough = trial.sample.flag.sum() >= PROBABILITY_FROM_BEST
    return bool(
        enough
        and line is not None
        and SLOPE_WITHIN[0] < line.slope_low
        and line.slope_high < SLOPE_WITHIN[1]
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


def _credit(settings: Settings) -> Credit | None:
    score = settings.score
    if score.pdo is None:
        return None
    offset, factor = credit_scale(score.pdo, score.pdo_base_score, score.pdo_base_odds)
    return Credit(
        pdo=score.pdo,
        base_score=score.pdo_base_score,
        base_odds=score.pdo_base_odds,
        offset=offset,
        factor=factor,
    )


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
