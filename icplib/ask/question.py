"""``ask``: one condition on one attribute, beside everyone else, with the price of looking."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from icplib import patterns, words
from icplib.ask import ledger
from icplib.ask.answers import Answer, read
from icplib.charts import report as charts
from icplib.charts import theme
from icplib.conditions import About, Condition, in_words, of_limit, text_of
from icplib.exports.mapping import fold
from icplib.problems import UserError, did_you_mean
from icplib.stats import intervals
from icplib.stats.conditions import count, thinned
from icplib.stats.design import Design
from icplib.stats.groups import Attribute
from icplib.stats.looks import LEVEL, question_p
from icplib.stats.scan import normal_scores
from icplib.stats.survival import null_martingale_residual
from icplib.workbook import Workbook

Outcome = Literal["best", "leaving"]
SELLER = {"attribute": "owner", "label": "Seller", "kind": "nominal", "use": "pattern"}
#: attributes of these kinds are asked for a range
RANGES = ("count", "amount", "rate", "date")


@dataclass(frozen=True)
class Scene:
    """Whom a question is about: customers (n), flag (n,), scores (k, n), who is related."""

    customers: pd.DataFrame
    flag: np.ndarray
    scores: np.ndarray
    design: Design
    about: str


def ask(
    book: Workbook,
    attribute: str,
    *levels: str,
    low: float | None = None,
    high: float | None = None,
    about: Outcome = "best",
) -> Answer:
    """Are the best (or those who left) more frequent with it? Counted, with the price of looking.

    ``ask(book, "Lead source", "Partner")``; ``ask(book, "Employees", low=200, high=900)``. Names
    are labels or columns as analysts write them; both ends of a range belong to it.
    """
    row = row_of(book, attribute)
    condition = condition_of(book, row, levels, low, high)
    line = in_words(condition, About.of(row, book.settings.currency))
    scene = scene_of(book, about)
    met = condition.met(scene.customers)
    known, inside = met.notna().to_numpy(bool), met.fillna(False).to_numpy(bool)
    table = _sides(book, scene, condition, about)
    said = f"{line}: {table['share'][0]} {scene.about}, of the others {table['share'][1]}"
    alt = words.sentence(said)
    picture = theme.show(charts.shares(table, f"share that {scene.about}"), alt)
    shown = table.drop(columns=["label", "estimate", "low", "high", "note"])
    return Answer(f"{alt} {_verdict(book, row, line, scene, (inside, known))}", shown, picture)


def row_of(book: Workbook, name: str) -> dict[str, Any]:
    """The row of 01_attributes that a label, column or header means, or a UserError."""
    table = read(book, "01_attributes").astype(object)
    rows = [*table.where(table.notna(), None).to_dict("records"), SELLER]
    for row in rows:
        spelt = (row["label"], row["attribute"], str(row.get("source")).partition(".")[2])
        if fold(name) in map(fold, spelt):
            return row
    labels = [str(row["label"]) for row in rows]
    raise UserError(f"'{name}' is no attribute of this run", remedy=did_you_mean(name, labels))


def condition_of(
    book: Workbook,
    row: dict[str, Any],
    levels: tuple[str, ...],
    low: float | None,
    high: float | None,
) -> Condition:
    """What is asked as a condition; UserError where it says nothing or names an unknown level."""
    is_range = row["kind"] in RANGES
    if bool(levels) == is_range or (is_range and low is None and high is None):
        given = "low=, high= or both" if is_range else "a level"
        raise UserError(f"'{row['label']}' is asked for {given}", remedy=_example(row))
    cells = read(book, "01_accounts")[row["attribute"]].dropna()
    members = cells.explode().dropna() if row["kind"] == "set" else cells
    there = {fold(text_of(value)): text_of(value) for value in members.unique()}
    for level in levels:
        if fold(level) not in there:
            raise UserError(
                f"no account has '{level}' as {row['label']}",
                remedy=did_you_mean(level, there.values()),
            )
    meant = tuple(there[fold(level)] for level in levels)
    return of_limit(str(row["attribute"]), str(row["kind"]), meant, low, high)


def _example(row: dict[str, Any]) -> str:
    what = "low=200, high=900" if row["kind"] in RANGES else '"one of its levels"'
    return f'Such as ask(book, "{row["label"]}", {what}).'


def scene_of(book: Workbook, about: Outcome) -> Scene:
    """The customers whose outcome is known; UserError for an outcome that is none."""
    if about not in ("best", "leaving"):
        raise UserError(f"nothing is asked about '{about}'", remedy='about is "best" or "leaving".')
    accounts, deals = read(book, "01_accounts").set_index("account_id"), read(book, "01_deals")
    is_best = about == "best"
    rows = (
        read(book, "02_best").dropna(subset="value")
        if is_best
        else read(book, "03_observed").query("is_observed")
    )
    if rows.empty:
        raise UserError(f"nobody's outcome is known: {about}", remedy="Notebook 01 says why.")
    if is_best:
        flag, value = rows["is_best"].to_numpy(bool), rows["value"].to_numpy(float)
        scores, told = [flag.astype(float), normal_scores(value)], "are best"
    else:
        flag = rows["cause"].eq(1).to_numpy(bool)
        months = rows[["time_months", "entry_months"]].to_numpy(float).T
        scores, told = [null_martingale_residual(months[0], flag.astype(int), months[1])], "left"
    ids = rows["account_id"]
    customers = accounts.loc[ids]
    design = patterns.design_of(customers, deals)
    chosen = design.sample(flag, book.settings.patterns.seed)
    took = np.array(scores)[:, chosen]
    return Scene(customers.iloc[chosen], flag[chosen], took, design.take(chosen), told)


def _sides(book: Workbook, scene: Scene, condition: Condition, about: Outcome) -> pd.DataFrame:
    """Those with it and the others: the outcome with its interval, who left, deals won."""
    accounts = read(book, "01_accounts").set_index("account_id")
    deals = read(book, "01_deals").query("is_closed")
    met, everyone = condition.met(scene.customers), condition.met(accounts)
    other = "left" if about == "best" else "best"
    beside = read(book, "02_best").set_index("account_id")["is_best"] if other == "best" else None
    left = accounts["is_churned"].where(accounts["is_customer"])
    rows = []
    for label, side in (("with it", True), ("the others", False)):
        hit = met.eq(side).fillna(False).to_numpy(bool)
        all_hit = everyone.index[everyone.eq(side).fillna(False)]
        k, n = int(scene.flag[hit].sum()), int(hit.sum())
        low, high = (float(x) for x in intervals.wilson(k, n))
        flags = (left if beside is None else beside).reindex(all_hit).dropna()
        won = deals.loc[deals["account_id"].isin(all_hit), "is_won"]
        rows.append(
            {
                "customers": label,
                "label": label,
                "share": f"{words.k_of_n(k, n)} ({words.between(low, high, 'share')})",
                other: words.k_of_n(int(flags.sum()), len(flags)),
                "deals won": words.k_of_n(int(won.sum()), len(won)),
                "estimate": k / n if n else np.nan,
                "low": low,
                "high": high,
                "note": words.k_of_n(k, n),
            }
        )
    return pd.DataFrame(rows)


def _verdict(
    book: Workbook,
    row: dict[str, Any],
    line: str,
    scene: Scene,
    sides: tuple[np.ndarray, np.ndarray],
) -> str:
    """What may be said of the difference, after the ledger and the scan have had their price."""
    inside, known = sides
    if row["use"] != "pattern":
        return f"No verdict: {row['label']} is kept out of all patterns ({row['reason']})."
    answer = np.where(inside, "yes", "no").astype(object)
    answer[~known] = None
    asked = Attribute("asked", "nominal", answer)
    p, is_more = question_p(asked, scene.scores, scene.design, book.settings.patterns.seed)
    if np.isnan(p):
        return "Too few to say: fewer than five with it, or without it."
    item = count(Condition(attribute="asked", op="in", values=("yes",)), asked, scene.flag)
    lift = intervals.lift(*thinned(item, asked, scene.design).effective)
    is_apart = lift[1] > 1 if is_more else lift[2] < 1
    is_paid, why = scan_allows(book, str(row["attribute"]), is_more, scene)
    about = f"{scene.about}; {meaning_of(book, scene)}"
    asked_now = ledger.Line(str(book.quarter), about, line, int(known.sum()), p, 0.0, False)
    paid = ledger.price(book, asked_now, bool(is_apart and is_paid))
    spread = f"Lift {words.ratio(lift[0])} ({words.between(lift[1], lift[2], 'ratio')})."
    return " ".join(part for part in (spread, paid.sentence(p), why) if part)


def meaning_of(book: Workbook, scene: Scene) -> str:
    """What the outcome meant, so that another meaning is another question."""
    best = book.settings.best
    if scene.about == "left":
        return "leaving"
    return f"{best.by}, {best.over}, top {words.share(best.share)}"


def scan_allows(book: Workbook, name: str, is_more: bool, scene: Scene) -> tuple[bool, str]:
    """Whether the scan's own price for the attribute is paid in this direction, and why not."""
    if scene.about == "left":
        flags = read(book, "03_red_flags").query("attribute == @name")
        q = float(flags["q"].min()) if is_more and flags["q"].notna().any() else None
        verdicts = flags.loc[flags["q"] <= LEVEL, "verdict"]
    else:
        tested = read(book, "02_attributes").query("attribute == @name")
        q = float(tested["q" if is_more else "q_down"].iloc[0]) if len(tested) else None
        found = read(book, "02_patterns").query("attribute == @name and is_found")
        verdicts = found.loc[found["direction"].eq("up" if is_more else "down"), "verdict"]
    if q is None:  # the scan never looked at it
        return True, ""
    if not q <= LEVEL:
        told = words.p_value(q) if q == q else "none, since it was not searched"
        return False, f"The search of all attributes gives this one a q of {told}."
    if len(verdicts) and ledger.HOLDS not in set(verdicts):
        return False, "The search found it to go along with others that say more."
    return True, ""
