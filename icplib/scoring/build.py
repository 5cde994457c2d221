"""From the artefacts of steps 1 to 3 to a fitted scorecard.

Who is learnt from, what is allowed in, and when to refuse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib.scoring.knock_outs import apart_from_points, too_many_out
from icplib.scoring.scorecard import NUMERIC_KINDS, attribute_of, rules_of, tier_points
from icplib.scoring.words import percent
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

    ``prospects`` are the rows of 01_accounts that will be scored first. ``needs`` says what is
    missing for a score, or is empty.
    """

    ids: pd.Series
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
        """(tier, is best) of every customer once, each scored by a card that had not seen it."""
        once = self.held_out.repeat == 0
        flag = self.sample.flag[self.held_out.rows[once]]
        tier = tier_of(self.held_out_probability()[once], self.sample.flag.mean(), LIFT_CUTS)
        return np.array(TIERS)[tier], flag

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
        ranked["account_id"].reset_index(drop=True),
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
        return f"unknown for {percent(unknown)} of customers"
    if len(prospects) and prospects[about.attribute].notna().mean() < 0.02:
        return "unknown for the prospects"
    return ""


def build_card(
    wb: Workbook, sample: Sample, catalogue: pd.DataFrame, red_flags: pd.DataFrame
) -> Trial:
    """Fit, cross-validate, calibrate; refuse or mark where the data do not carry a score.

    ``red_flags`` is 03_red_flags.
    """
    settings, seed = wb.settings, wb.settings.score.seed
    common = dict(
        company=wb.company,
        quarter=str(wb.quarter),
        best_by=settings.best.by,
        n_customers=len(sample),
        n_best=int(sample.flag.sum()),
        left_out=sample.left_out,
        seed=seed,
        **apart_from_points(settings, catalogue, red_flags, sample.prospects),
    )
    if sample.needs:
        return Trial(
            Scorecard(available=False, needs=sample.needs + ".", verdict="withheld", **common),
            sample,
        )
    fitted = fit_card(
        sample.attributes,
        sample.flag,
        sample.value,
        max_attributes=settings.score.max_attributes,
        permutations=settings.patterns.permutations,
        seed=seed,
    )
    if not fitted.parts:
        needs = (
            "no attribute separates the best customers beyond chance; see the noise floor for the"
            " lift that would have been seen."
        )
        return Trial(Scorecard(available=False, needs=needs, verdict="withheld", **common), sample)
    held = hold_out(
        card_procedure(max_attributes=settings.score.max_attributes, seed=seed),
        sample.attributes,
        sample.flag,
        sample.value,
        seed=seed,
    )
    score = fitted.points({a.name: a for a in sample.attributes})
    calibration = recalibrate(
        score, sample.flag, held.log_odds, sample.flag[held.rows], held.train_share
    )
    base = float(sample.flag.mean())
    is_chance = not held.auc_low > 0.5
    trial = Trial(None, sample, fitted, held, calibration)
    return Trial(
        Scorecard(
            available=not is_chance,
            verdict="not better than chance" if is_chance else "holds up",
            needs=_chance_words(held) if is_chance else "",
            base_rate=base,
            target=fitted.target,
            penalty=fitted.penalty,
            rules=rules_of(fitted, catalogue, settings.currency),
            intercept=calibration.intercept,
            slope=calibration.slope,
            shows_probability=_may_show_probability(trial),
            tiers=_tiers(trial, base),
            auc=held.auc,
            auc_low=held.auc_low,
            auc_high=held.auc_high,
            credit=_credit(settings),
            warnings=(
                *_warnings(fitted, catalogue, base),
                *too_many_out(common["knock_outs"], sample.prospects),
            ),
            levels_seen=_levels_seen(sample, fitted),
            **common,
        ),
        sample,
        fitted,
        held,
        calibration,
    )


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


def _tiers(trial: Trial, base: float) -> tuple[Tier, ...]:
    least = tier_points(trial.calibration, base, LIFT_CUTS)
    tier, flag = trial.held_out_tiers()
    words = {
        "A": "at least 2 times the average",
        "B": "average to 2 times",
        "C": "0.6 times to average",
        "D": "below 0.6 times the average",
    }
    if _may_show_probability(trial):
        upper = dict(zip(TIERS, (None, *LIFT_CUTS), strict=True))
        lower = dict(zip(TIERS, (*LIFT_CUTS, 0.0), strict=True))
        words = {
            name: (
                f"{percent(min(1, lower[name] * base))} or more"
                if upper[name] is None
                else f"{percent(lower[name] * base)} to {percent(min(1, upper[name] * base))}"
            )
            for name in TIERS
        }
    return tuple(
        Tier(
            name=name,
            from_points=least[name],
            chance=words[name],
            n=int((tier == name).sum()),
            n_best=int(flag[tier == name].sum()),
        )
        for name in TIERS
    )


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


def _warnings(fitted: Card, catalogue: pd.DataFrame, base: float) -> tuple[str, ...]:
    """Where not knowing a value lifts (or lowers) by itself.

    Gaps are filled by processes, and processes change.
    """
    labels = catalogue.set_index("attribute")["label"]
    said = []
    for part in fitted.parts:
        n, n_best = part.n[-1], part.n_best[-1]
        middle = sum(p * k for p, k in zip(part.points[:-1], part.n[:-1], strict=True)) / max(
            sum(part.n[:-1]), 1
        )
        if part.component.kind in ("member",) or n < 5 or abs(part.points[-1] - middle) < 3:
            continue
        direction = "more" if part.points[-1] > middle else "fewer"
        said.append(
            f"{labels[part.attribute]}: not knowing it gives {part.points[-1]} points, {direction}"
            f" than the {middle:.0f} of an average known value ({n_best} of {n} unknown are best,"
            f" {percent(base)} of all). Ask why it is missing before relying on it."
        )
    return tuple(dict.fromkeys(said))
