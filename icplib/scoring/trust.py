"""How far the score may be trusted.

Tiers on held-out customers, rivals, calibration, and what earlier scores foretold.
"""

import numpy as np
import pandas as pd

from icplib import words
from icplib.scoring.build import LONG, LONG_GAIN, Trial, first_line, hold_out_sample
from icplib.scoring.scorecard import points
from icplib.stats.calibration import (
    auc,
    calibration_bins,
    calibration_error,
    spiegelhalter,
    top_lift,
)
from icplib.stats.held_out import (
    HeldOut,
    Procedure,
    boosting_procedure,
    card_procedure,
    forest_procedure,
    match_count_procedure,
)
from icplib.stats.intervals import lift as lift_interval
from icplib.stats.intervals import wilson
from icplib.tables import artefact
from icplib.vocabulary.attributes import is_size
from icplib.vocabulary.judgements import TIERS
from icplib.workbook import Workbook

REFEREE_MARGIN = 0.03
BASIC_MARGIN = 0.02
ENOUGH_NEW = 5
WHO = ("customer", "prospect")


def tier_table(trial: Trial, scores: pd.DataFrame) -> pd.DataFrame:
    """04_tiers: customers by held-out tier, beside where customers and prospects stand now.

    Each customer is counted in the tier that a card without it gave.
    """
    if not trial.card.available:
        return artefact("04_tiers").empty()
    tier, flag = trial.held_out_tiers()
    rows = []
    for told in trial.card.tiers:
        mine, is_now = flag[tier == told.name], scores["tier"].eq(told.name).fillna(False)
        n, k = len(mine), int(mine.sum())
        row = told.model_dump(include={"from_points", "chance"}) | {"tier": told.name}
        row |= {f"n_{who}s": int((is_now & scores[f"is_{who}"]).sum()) for who in WHO}
        row |= {"n": n, "n_best": k}
        if n:
            _, low, high = lift_interval(k, n, flag.sum() - k, len(flag) - n)
            row |= {"lift": k / n / flag.mean(), "lift_low": float(low), "lift_high": float(high)}
            row |= {"best_rate": k / n} | _wilson(k, n)
        rows.append(row)
    return artefact("04_tiers").frame(rows)


def _wilson(k: int, n: int) -> dict[str, float]:
    return dict(zip(("low", "high"), map(float, wilson(k, n)), strict=True))


def trust_table(
    trial: Trial, wb: Workbook, accounts: pd.DataFrame, catalogue: pd.DataFrame
) -> pd.DataFrame:
    """04_trust: the card and its rivals, held out.

    The rivals: everyone, a size-only rule, last quarter's score, the naive match count, a longer
    card and two referees.
    """
    sample, settings = trial.sample, wb.settings.score
    if trial.held_out is None:
        return artefact("04_trust").empty()

    def judge(procedure: Procedure) -> HeldOut:
        return hold_out_sample(procedure, sample, settings.seed)

    rows = [_row("the card", trial.held_out, apparent=_apparent(trial)), _lift_row(trial)]
    rows += [
        {"measure": "everyone", "what": what, "value": x, "low": x, "high": x}
        for what, x in (("auc", 0.5), ("lift", 1.0))
    ]
    size = {a.name for a in sample.attributes} & _size_attributes(catalogue)
    if size:
        only = judge(card_procedure(only=size, seed=settings.seed))
        rows.append(_row("size-only rule", only, _basic_sentence(only, trial)))
    rows += _last_quarter(trial, wb, accounts)
    rows.append(_row("naive match count", judge(match_count_procedure())))
    if trial.rival:
        said = _limit_sentence(trial, settings.max_attributes)
        name = f"a card of up to {trial.rival.most} attributes"
        rows.append(_row(name, trial.rival.held_out, said))
    if settings.referee:
        referees = {
            "gradient boosting": judge(boosting_procedure(seed=settings.seed)),
            "random forest": judge(forest_procedure(seed=settings.seed)),
        }
        best = max(referees, key=lambda name: referees[name].auc)
        said = {best: _referee_sentence(best, referees[best], trial)}
        rows += [_row(f"{n} (referee)", held, said.get(n)) for n, held in referees.items()]
    rows += _calibration_rows(trial)
    common = {"n": len(sample), "n_best": int(sample.flag.sum())}
    return artefact("04_trust").frame(common | row for row in rows)


def _row(measure: str, held: HeldOut, sentence: str | None = None, apparent=np.nan) -> dict:
    return {
        "measure": measure,
        "what": "auc",
        "value": held.auc,
        "low": held.auc_low,
        "high": held.auc_high,
        "apparent": apparent,
        "optimism": apparent - held.auc,
        "sentence": sentence,
    }


def _in_sample(trial: Trial) -> np.ndarray:
    return trial.fitted.points({a.name: a for a in trial.sample.attributes})


def _apparent(trial: Trial) -> float:
    return auc(_in_sample(trial), trial.sample.flag)[0]


def _lift_row(trial: Trial) -> dict:
    flag, held = trial.sample.flag, trial.held_out
    apparent, in_top = top_lift(_in_sample(trial), flag), round(0.2 * len(flag))
    best_in_top = round(held.lift * flag.mean() * in_top)
    _, low, high = lift_interval(best_in_top, in_top, flag.sum() - best_in_top, len(flag) - in_top)
    return {
        "measure": "the card",
        "what": "lift",
        "value": held.lift,
        "low": float(low),
        "high": float(high),
        "apparent": apparent,
        "optimism": apparent - held.lift,
    }


def _size_attributes(catalogue: pd.DataFrame) -> set[str]:
    rows = zip(catalogue["attribute"], catalogue["mission_row"], strict=True)
    return {attribute for attribute, row in rows if is_size(attribute, row)}


def _basic_sentence(size: HeldOut, trial: Trial) -> str | None:
    if size.auc <= trial.held_out.auc - BASIC_MARGIN or size.auc_low <= 0.5:
        return None
    return (
        "Size alone ranks as well as the whole card: beware of relying on basic data; technology"
        " and growth may be missing or empty."
    )


def _last_quarter(trial: Trial, wb: Workbook, accounts: pd.DataFrame) -> list[dict]:
    """Last quarter's card on customers it had not seen.

    While too few are new, on all of them, said so and apart from the held-out ones.
    """
    before = wb.previous()
    if before is None or not before.has("04_scorecard"):
        return []
    card = before.read("04_scorecard")
    if not card.rules:
        return []
    known = before.read("02_best")
    seen = set(known.loc[known["value"].notna(), "account_id"])
    ids, flag = trial.sample.accounts["account_id"], trial.sample.flag
    is_new = ~ids.isin(seen).to_numpy()
    enough = min(flag[is_new].sum(), (~flag[is_new]).sum()) >= ENOUGH_NEW
    chosen = is_new if enough else np.ones(len(ids), bool)
    score = points(card, accounts.set_index("account_id").loc[ids[chosen]])
    value, low, high = auc(score, flag[chosen])
    row = {"measure": "last quarter's score", "what": "auc" if enough else "auc, seen"}
    row |= {"value": value, "low": low, "high": high}
    row |= {"n": int(chosen.sum()), "n_best": int(flag[chosen].sum())}
    if not enough:
        row["sentence"] = (
            f"Last quarter's score cannot be judged yet: only {int(is_new.sum())} customers are new"
            f" to it (on those it was built on its AUC is {value:.2f})."
        )
    return [row]


def _limit_sentence(trial: Trial, limit: int | None) -> str | None:
    """What a limit of the settings costs, or why the card is a long one."""
    other = trial.rival
    gain = other.held_out.auc - trial.held_out.auc
    if other.most < LONG:
        return (
            f"A card of up to {LONG} attributes ranks unseen customers better than one of"
            f" {other.most} by {words.decimal(-gain, 2)} AUC, so it was taken."
        )
    if limit is None or gain <= LONG_GAIN or other.held_out.auc_low <= 0.5:
        return None
    return (
        f"The limit of attributes, {limit}, costs {words.decimal(gain, 2)} AUC. A longer card ranks"
        f" better: to allow it, write max_attributes = {LONG} under [score] in company.toml."
    )


def _referee_sentence(name: str, referee: HeldOut, trial: Trial) -> str | None:
    longer = trial.rival.held_out if trial.rival and trial.rival.most == LONG else None
    gain = referee.auc - trial.held_out.auc
    if (
        gain <= REFEREE_MARGIN or referee.auc_low <= 0.5
    ):  # what chance can explain is no reason for advice
        return None
    text = f"{name[0].upper()}{name[1:]} ranks better by {gain:.2f} AUC: "
    if longer is not None and referee.auc - longer.auc <= REFEREE_MARGIN:
        return (
            text + f"it may use every attribute, and a card of up to {LONG} comes within"
            f" {REFEREE_MARGIN} of it."
        )
    return text + "attributes work together in a way that no additive card has."


def _calibration_rows(trial: Trial) -> list[dict]:
    rows, line = [], first_line(trial)
    if line is not None:
        said = {
            "slope": f"The card's own log odds are multiplied by {trial.calibration.shrinkage:.2f}"
            " before they are used."
        }
        rows = [
            {
                "measure": "the card's own odds",
                "what": what,
                "value": getattr(line, what),
                "low": getattr(line, f"{what}_low"),
                "high": getattr(line, f"{what}_high"),
                "sentence": said.get(what),
            }
            for what in ("slope", "intercept")
        ]
    p, y = _held_out_once(trial)
    z, tail = spiegelhalter(p, y)
    test = f"Spiegelhalter's test of the corrected probabilities: z {z:.2f}, p {tail:.2f}."
    values = ("spiegelhalter", z, test), ("calibration error", calibration_error(p, y), None)
    return rows + [
        {"measure": "corrected probabilities", "what": what, "value": value, "sentence": said}
        for what, value, said in values
    ]


def _held_out_once(trial: Trial) -> tuple[np.ndarray, np.ndarray]:
    once = trial.held_out.repeat == 0
    return trial.held_out_probability()[once], trial.sample.flag[trial.held_out.rows[once]]


def calibration_table(trial: Trial, n_bins: int = 5) -> pd.DataFrame:
    """04_calibration: predicted against observed in bins of held-out customers.

    Equally filled bins, with Wilson limits.
    """
    if trial.held_out is None or trial.calibration is None:
        return artefact("04_calibration").empty()
    table = pd.DataFrame(calibration_bins(*_held_out_once(trial), n_bins)).rename(
        columns={"n_events": "n_best"}
    )
    table["rate"] = table["n_best"] / table["n"]
    table["low"], table["high"] = wilson(table["n_best"], table["n"])
    return table


def backtest_table(wb: Workbook, accounts: pd.DataFrame, best: pd.DataFrame) -> pd.DataFrame:
    """04_backtest: what companies became that were no customers in an earlier quarter.

    For each earlier quarter, by the tier given then.

    Forward in time by construction: scores are read from that quarter's artefacts, outcomes from
    this quarter's.
    """
    parts = []
    is_customer = accounts.set_index("account_id")["is_customer"].astype(bool)
    ranked = best[best["value"].notna()].set_index("account_id")["is_best"].astype(bool)
    for before in wb.earlier():
        if not before.has("04_scores"):
            continue
        then = before.read("04_scores")
        then = then[then["is_prospect"] & then["score"].notna()]
        for outcome, known in (("won", is_customer), ("best", ranked)):
            some = then[then["account_id"].isin(known.index)]
            if len(some):
                event = some["account_id"].map(known).to_numpy(bool)
                parts += _judged(str(before.quarter), outcome, some, event)
    return artefact("04_backtest").frame(parts)


def _judged(quarter: str, outcome: str, then: pd.DataFrame, event: np.ndarray) -> list[dict]:
    rows = []
    for tier in (*TIERS, "all"):
        inside = then["tier"].eq(tier).fillna(False).to_numpy(bool) | (tier == "all")
        n, k = int(inside.sum()), int(event[inside].sum())
        row = {"built_quarter": quarter, "outcome": outcome, "tier": tier, "n": n, "n_events": k}
        if n:
            row |= {"rate": k / n, "lift": k / n / event.mean() if event.any() else np.nan}
            row |= _wilson(k, n)
        if tier == "all" and min(event.sum(), (~event).sum()) >= ENOUGH_NEW:
            found = auc(then["score"].to_numpy(float), event)
            row |= dict(zip(("auc", "auc_low", "auc_high"), found, strict=True))
        rows.append(row)
    return rows
