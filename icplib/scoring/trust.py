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


def tier_table(trial: Trial, scores: pd.DataFrame) -> pd.DataFrame:
    """04_tiers: customers by held-out tier, beside where customers and prospects stand now.

    Each customer is counted in the tier that a card without it gave.
    """
    if not trial.card.available:
        return artefact("04_tiers").empty()
    tier, flag = trial.held_out_tiers()
    n = np.array([(tier == name).sum() for name in TIERS])
    best = np.array([flag[tier == name].sum() for name in TIERS])
    low, high = wilson(best, n)
    _, lift_low, lift_high = lift_interval(best, n, flag.sum() - best, len(flag) - n)
    with np.errstate(invalid="ignore"):
        rate = np.where(n > 0, best / np.maximum(n, 1), np.nan)
    now = scores.assign(tier=scores["tier"].astype(object))
    table = pd.DataFrame(
        {
            "tier": TIERS,
            "from_points": [t.from_points for t in trial.card.tiers],
            "n": n,
            "n_best": best,
            "best_rate": rate,
            "low": low,
            "high": high,
            "lift": rate / flag.mean(),
            "lift_low": lift_low,
            "lift_high": lift_high,
            "n_customers": [int(((now["tier"] == t) & now["is_customer"]).sum()) for t in TIERS],
            "n_prospects": [int(((now["tier"] == t) & now["is_prospect"]).sum()) for t in TIERS],
            "chance": [t.chance for t in trial.card.tiers],
        }
    )
    empty = table["n"] == 0
    table.loc[empty, ["low", "high", "lift_low", "lift_high"]] = np.nan
    return table


def trust_table(
    trial: Trial, wb: Workbook, accounts: pd.DataFrame, catalogue: pd.DataFrame
) -> pd.DataFrame:
    """04_trust: the card and its rivals, held out.

    The rivals: everyone, a size-only rule, last quarter's score, the naive match count, a longer
    card and two referees.
    """
    rows: list[dict] = []
    sample = trial.sample
    if trial.held_out is None:
        return artefact("04_trust").empty()
    common = {"n": len(sample), "n_best": int(sample.flag.sum())}
    rows += [
        _row("the card", "auc", trial.held_out, _apparent(trial), **common),
        _lift_row("the card", trial, **common),
    ]
    rows.append(dict(measure="everyone", what="auc", value=0.5, low=0.5, high=0.5, **common))
    rows.append(dict(measure="everyone", what="lift", value=1.0, low=1.0, high=1.0, **common))
    seed = wb.settings.score.seed

    def judge(procedure):
        return hold_out_sample(procedure, sample, seed)

    size = {a.name for a in sample.attributes} & _size_attributes(catalogue)
    if size:
        only = judge(card_procedure(only=size, seed=seed))
        rows.append(
            _row("size-only rule", "auc", only, sentence=_basic_sentence(only, trial), **common)
        )
    rows.append(_last_quarter(trial, wb, accounts))
    rows.append(_row("naive match count", "auc", judge(match_count_procedure()), **common))
    if trial.rival:
        rows.append(
            _row(
                f"a card of up to {trial.rival.most} attributes",
                "auc",
                trial.rival.held_out,
                sentence=_limit_sentence(trial, wb.settings.score.max_attributes),
                **common,
            )
        )
    if wb.settings.score.referee:
        referees = {
            "gradient boosting": judge(boosting_procedure(seed=seed)),
            "random forest": judge(forest_procedure(seed=seed)),
        }
        best = max(referees, key=lambda name: referees[name].auc)
        said = {best: _referee_sentence(best, referees[best], trial, catalogue)}
        rows += [
            _row(f"{name} (referee)", "auc", held, sentence=said.get(name), **common)
            for name, held in referees.items()
        ]
    rows += _calibration_rows(trial, **common)
    return artefact("04_trust").frame(r for r in rows if r)


def _row(measure, what, held: HeldOut, apparent=np.nan, sentence=None, **common):
    return dict(
        measure=measure,
        what=what,
        value=held.auc,
        low=held.auc_low,
        high=held.auc_high,
        apparent=apparent,
        optimism=apparent - held.auc,
        sentence=sentence,
        **common,
    )


def _in_sample(trial: Trial) -> np.ndarray:
    return trial.fitted.points({a.name: a for a in trial.sample.attributes})


def _apparent(trial: Trial) -> float:
    return auc(_in_sample(trial), trial.sample.flag)[0]


def _lift_row(measure, trial: Trial, **common):
    flag = trial.sample.flag
    apparent, held = top_lift(_in_sample(trial), flag), trial.held_out
    in_top = round(0.2 * len(flag))
    best_in_top = round(held.lift * flag.mean() * in_top)
    _, low, high = lift_interval(best_in_top, in_top, flag.sum() - best_in_top, len(flag) - in_top)
    return dict(
        measure=measure,
        what="lift",
        value=held.lift,
        low=float(low),
        high=float(high),
        apparent=apparent,
        optimism=apparent - held.lift,
        **common,
    )


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


def _last_quarter(trial: Trial, wb: Workbook, accounts: pd.DataFrame) -> dict | None:
    """Last quarter's card on customers it had not seen.

    While too few are new, on all of them, said so and apart from the held-out ones.
    """
    before = wb.previous()
    if before is None or not before.has("04_scorecard"):
        return None
    card = before.read("04_scorecard")
    if not card.rules:
        return None
    known = before.read("02_best")
    seen = set(known.loc[known["value"].notna(), "account_id"])
    ids, flag = trial.sample.accounts["account_id"], trial.sample.flag
    is_new = ~ids.isin(seen).to_numpy()
    enough = min(flag[is_new].sum(), (~flag[is_new]).sum()) >= ENOUGH_NEW
    chosen = is_new if enough else np.ones(len(ids), bool)
    score = points(card, accounts.set_index("account_id").loc[ids[chosen]])
    value, low, high = auc(score, flag[chosen])
    said = (
        None
        if enough
        else (
            f"Last quarter's score cannot be judged yet: only {int(is_new.sum())} customers are new"
            f" to it (on those it was built on its AUC is {value:.2f})."
        )
    )
    return {
        "measure": "last quarter's score",
        "what": "auc" if enough else "auc, seen",
        "value": value,
        "low": low,
        "high": high,
        "n": int(chosen.sum()),
        "n_best": int(flag[chosen].sum()),
        "sentence": said,
    }


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


def _referee_sentence(
    name: str, referee: HeldOut, trial: Trial, catalogue: pd.DataFrame
) -> str | None:
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
    pair = crossed_attributes(trial)
    text += "attributes work together in a way that no additive card has."
    if pair:
        labels = catalogue.set_index("attribute")["label"]
        text += f" Try {labels[pair[0]]} and {labels[pair[1]]} crossed into one attribute."
    return text


def crossed_attributes(trial: Trial) -> tuple[str, str] | None:
    """The two attributes of the card whose joint presence adds most beyond their points.

    By the largest z of the interaction.
    """
    sample, by_name = trial.sample, {a.name: a for a in trial.sample.attributes}
    residual = sample.flag - trial.calibration(_in_sample(trial))
    high = {}
    for part in trial.fitted.parts:
        got = np.array(part.points)[part.component.places(by_name[part.attribute], len(sample))]
        high[part.attribute] = high.get(part.attribute, 0) + got
    names = list(high)
    best, pair = 0.0, None
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            a, b = high[first] > np.mean(high[first]), high[second] > np.mean(high[second])
            cells = [residual[x & y] for x in (a, ~a) for y in (b, ~b)]
            if min(map(len, cells)) < 5:
                continue
            contrast = cells[0].mean() - cells[1].mean() - cells[2].mean() + cells[3].mean()
            z = abs(contrast) / np.sqrt(sum(max(c.var(), 1e-9) / len(c) for c in cells))
            if z > best:
                best, pair = z, (first, second)
    return pair


def _calibration_rows(trial: Trial, **common) -> list[dict]:
    rows, line = [], first_line(trial)
    if line is not None:
        rows.append(
            dict(
                measure="the card's own odds",
                what="slope",
                value=line.slope,
                low=line.slope_low,
                high=line.slope_high,
                sentence=(
                    f"The card's own log odds are multiplied by {trial.calibration.shrinkage:.2f}"
                    " before they are used."
                ),
                **common,
            )
        )
        rows.append(
            dict(
                measure="the card's own odds",
                what="intercept",
                value=line.intercept,
                low=line.intercept_low,
                high=line.intercept_high,
                **common,
            )
        )
    p, y = _held_out_once(trial)
    z, tail = spiegelhalter(p, y)
    rows.append(
        dict(
            measure="corrected probabilities",
            what="spiegelhalter",
            value=z,
            sentence=(
                f"Spiegelhalter's test of the corrected probabilities: z {z:.2f}, p {tail:.2f}."
            ),
            **common,
        )
    )
    rows.append(
        dict(
            measure="corrected probabilities",
            what="calibration error",
            value=calibration_error(p, y),
            **common,
        )
    )
    return rows


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
        then = then[
            then["is_prospect"].astype(bool)
            & then["score"].notna()
            & then["account_id"].isin(is_customer.index)
        ]
        if then.empty:
            continue
        parts += _judged(
            str(before.quarter), "won", then, then["account_id"].map(is_customer).to_numpy(bool)
        )
        grown = then[then["account_id"].isin(ranked.index)]
        if len(grown):
            parts += _judged(
                str(before.quarter), "best", grown, grown["account_id"].map(ranked).to_numpy(bool)
            )
    return artefact("04_backtest").frame(parts)


def _judged(quarter, outcome, then, event) -> list[dict]:
    rows = []
    for tier in (*TIERS, "all"):
        inside = (
            np.ones(len(then), bool) if tier == "all" else (then["tier"] == tier).to_numpy(bool)
        )
        n, k = int(inside.sum()), int(event[inside].sum())
        low, high = wilson(k, n)
        row = {
            "built_quarter": quarter,
            "outcome": outcome,
            "tier": tier,
            "n": n,
            "n_events": k,
            "rate": k / n if n else np.nan,
            "low": float(low) if n else np.nan,
            "high": float(high) if n else np.nan,
            "lift": (k / n) / event.mean() if n and event.any() else np.nan,
        }
        if tier == "all" and min(event.sum(), (~event).sum()) >= ENOUGH_NEW:
            row |= dict(
                zip(
                    ("auc", "auc_low", "auc_high"),
                    auc(then["score"].to_numpy(float), event),
                    strict=True,
                )
            )
        rows.append(row)
    return rows
