"""Red flags: what customers who leave had in common before they were at risk of leaving.

A flag is something that a minority of customers has. Every level of a category and every member of
a set is one contrast, taken on its smaller side ("not in North America", "lacks a CRM"); a number
gives two, its lowest and its highest quarter. The cuts are set before any outcome is looked at (the
roundest number between the 20 and 30 % or 70 and 80 % points), so that each contrast is one honest
test and Benjamini-Hochberg over all of them holds what it promises; a scan for the best cut would
have to pay for the search. Only what was known before the sale may be a flag. What is written later
counts only as of a landmark day: tickets opened by then, among customers still there; otherwise
those who stay long have the longest lists by construction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd
from scipy.special import ndtri

from icplib.churn.curves import hazard_of
from icplib.churn.observe import DAYS_A_MONTH, arrays
from icplib.conditions import LISTS, About, Condition, as_numbers, in_words, text_of
from icplib.icp import Verdict
from icplib.stats import intervals
from icplib.stats.cox import cox
from icplib.stats.drivers import GOES_ALONG
from icplib.stats.families import two_level_q
from icplib.stats.segments import roundest
from icplib.stats.survival import exposed_leavers
from icplib.tables import artefact, rows_of
from icplib.tables.step_03 import ChurnSummary

MIN_EXPOSED, MIN_EXPOSED_EVENTS = 8, 3
MAX_LEVELS = 50
LOW_CUT, HIGH_CUT = (0.20, 0.30), (0.70, 0.80)
NUMERIC = ("count", "amount", "rate")
BEFORE_SALE, AT_SALE = "before the sale", "at the sale: hardly a prospect has it yet"
KNOWN_TO_PROSPECTS = 0.05  #: share of prospects whose value must be known
SAME = 0.999  # correlation from which two flags are one


@dataclass(frozen=True)
class Contrast:
    """One question put to the data.

    ``exposed`` among ``known`` customers, both (n,) in the order of the customers asked.
    """

    condition: Condition
    about: About
    timing: str
    known: np.ndarray
    exposed: np.ndarray

    @classmethod
    def of(cls, condition: Condition, about: About, timing: str, cells: pd.Series) -> Contrast:
        """The condition put to one column of customers."""
        met = condition.met(cells.to_frame(condition.attribute))
        return cls(
            condition, about, timing, met.notna().to_numpy(), met.fillna(False).to_numpy(bool)
        )

    @property
    def words(self) -> str:
        """The flag as people read it."""
        return in_words(self.condition, self.about)


def red_flags(
    seen: pd.DataFrame,
    accounts: pd.DataFrame,
    attributes: pd.DataFrame,
    tickets: pd.DataFrame,
    summary: ChurnSummary,
    *,
    landmark_days: int,
    level: float,
    currency: str = "",
) -> pd.DataFrame:
    """03_red_flags: every contrast with at least 8 customers on either side, found ones first.

    ``seen``: observed customers (03_observed); ``level``: the false discovery rate. Between 10 and
    29 events counts and shares only; below 10 nothing.
    """
    declared = artefact("03_red_flags")
    if not summary.available or summary.level == "counts":
        return declared.empty()
    early = list(_unique(_before_sale(seen, accounts, attributes, currency)))
    late, at_landmark = _landmark(seen, tickets, landmark_days)
    rows = _tested(early, seen) + _tested(late, at_landmark)
    if not rows:
        return declared.empty()
    table = pd.DataFrame(rows)
    if summary.level != "full":
        table["p"] = np.nan
    followed = {BEFORE_SALE: arrays(seen)} | {c.timing: arrays(at_landmark) for c in late}
    table = _judged(table, level)
    if summary.level == "full":
        table = _with_hazards(table, followed)
    order = ["is_found", "is_more", "p", "churned_share_exposed", "flag"]
    table = table.sort_values(order, ascending=[False, False, True, False, True], kind="stable")
    found = table.loc[table["is_found"] & (table["timing"] == BEFORE_SALE), "contrast"]
    table["follows"] = table["flag"].map(_follows(list(found), followed[BEFORE_SALE]))
    table = _among_prospects(table, accounts)
    return declared.check(table.reindex(columns=[c.name for c in declared.columns]))


def not_tested(attributes: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Attributes that may be patterns but cannot be red flags, each with its reason."""
    rows = attributes[(attributes["use"] == "pattern")]
    out = []
    for row in rows_of(rows):
        if row.timing == "after_sale":
            out.append(
                (
                    row.label,
                    (
                        "written after the sale, and the export does not say what it was on the"
                        " landmark day"
                    ),
                )
            )
        elif row.timing == "unknown":
            out.append(
                (
                    row.label,
                    (
                        "not known when it is written; if before the sale, set"
                        f' [attributes.{row.attribute}] timing = "before_sale"'
                    ),
                )
            )
        elif row.kind == "date":
            out.append((row.label, "a date moves with the start date"))
    return tuple(out)


def _before_sale(
    seen: pd.DataFrame, accounts: pd.DataFrame, attributes: pd.DataFrame, currency: str
) -> Iterator[Contrast]:
    cells = accounts.set_index("account_id").loc[seen["account_id"]]
    usable = attributes[(attributes["use"] == "pattern") & (attributes["timing"] == "before_sale")]
    for row in usable.to_dict("records"):
        name, values = row["attribute"], cells[row["attribute"]]
        about = About.of(row, currency)  # type: ignore[arg-type]
        if row["kind"] in NUMERIC:
            conditions = _numbers(name, values)
        elif row["kind"] == "set":
            conditions = _members(name, values)
        elif row["kind"] in ("nominal", "ordinal"):
            conditions = _levels(name, values)
        else:
            continue
        for condition in conditions:
            yield Contrast.of(condition, about, BEFORE_SALE, values)


def _levels(name: str, values: pd.Series) -> Iterator[Condition]:
    """Each level on its smaller side."""
    known = values.dropna().map(text_of)
    levels, counts = np.unique(known[known != ""].to_numpy(str), return_counts=True)
    if len(levels) > MAX_LEVELS:
        return  # an identifier, not a category
    # rare ones first: "yes" before "not no"
    for count, level in sorted(zip(counts, levels, strict=True)):
        is_few = count <= counts.sum() / 2
        yield Condition(attribute=name, op="in", values=(str(level),), negated=not is_few)


def _members(name: str, values: pd.Series) -> Iterator[Condition]:
    known = [set(cell) for cell in values if isinstance(cell, LISTS)]
    for member in sorted(set().union(*known)):
        is_few = sum(member in cell for cell in known) <= len(known) / 2
        yield Condition(attribute=name, op="contains", values=(member,), negated=not is_few)


def _numbers(name: str, values: pd.Series) -> Iterator[Condition]:
    """The lowest and the highest quarter."""
    numbers = as_numbers(values)
    numbers = numbers[np.isfinite(numbers)]
    if len(numbers) < 2 * MIN_EXPOSED:
        return
    for is_high in (False, True):
        cut = preset_cut(numbers, is_high)
        if cut is not None:
            yield Condition(attribute=name, op="between", low=cut, negated=not is_high)


def preset_cut(values: np.ndarray, is_high: bool) -> float | None:
    """The roundest cut between two quantiles; looks at the values alone, never at an outcome.

    High: x >= cut is exposed; low: x < cut. Where the quantiles are one value (many zeros, say)
    that value goes to the exposed side if this leaves the exposed a minority, else to the other.
    None where no cut leaves a minority.
    """
    below, upto = np.quantile(values, HIGH_CUT if is_high else LOW_CUT, method="inverted_cdf")
    if below < upto:
        candidates = [float(roundest(float(below), float(upto)))]
    else:
        above = values[values > upto].min(initial=np.inf)
        candidates = [float(upto), float(above)] if is_high else [float(above), float(upto)]
    for cut in candidates:
        n_exposed = (values >= cut).sum() if is_high else (values < cut).sum()
        if np.isfinite(cut) and 0 < n_exposed <= len(values) / 2:
            return cut
    return None


def _unique(contrasts: Iterator[Contrast]) -> Iterator[Contrast]:
    """Each question once: the two levels of a yes/no attribute ask the same."""
    asked = set()
    for contrast in contrasts:
        question = (
            contrast.condition.attribute,
            contrast.known.tobytes(),
            contrast.exposed.tobytes(),
        )
        if question not in asked:
            asked.add(question)
            yield contrast


def _landmark(
    seen: pd.DataFrame, tickets: pd.DataFrame, days: int
) -> tuple[list[Contrast], pd.DataFrame]:
    """Support by the landmark day, among customers still there and watched then.

    Their clock starts on that day.
    """
    landmark = days / DAYS_A_MONTH
    there = seen[seen["time_months"] > landmark].reset_index(drop=True)
    if not len(tickets) or days == 0 or not len(there):
        return [], there
    there["entry_months"] = there["entry_months"].clip(lower=landmark)
    opened = tickets.merge(there[["account_id", "start_date"]], on="account_id")
    age = (opened["opened_date"] - opened["start_date"]).dt.days
    early = opened[(age >= 0) & (age <= days)].groupby("account_id")
    # A start long before the first ticket of the company is a gap in the record, not a quiet
    # customer.
    known = (there["start_date"] >= tickets["opened_date"].min()).to_numpy()
    measures = (
        ("n_tickets_by_landmark", f"Tickets by day {days}", "count", "", early.size()),
        (
            "support_hours_by_landmark",
            f"Support by day {days}",
            "count",
            "hours",
            early["hours"].sum(min_count=0),
        ),
    )
    out = []
    for name, label, kind, unit, sums in measures:
        values = sums.reindex(there["account_id"]).fillna(0).to_numpy(float)
        cells = pd.Series(np.where(known, values, np.nan))
        about, timing = About(label, kind, unit), f"counted up to day {days}"
        out += [Contrast.of(c, about, timing, cells) for c in _numbers(name, cells)]
    return list(_unique(iter(out))), there


def _tested(contrasts: list[Contrast], seen: pd.DataFrame) -> list[dict]:
    """Counts, shares, exact p and one-step hazard ratio of each contrast that is large enough."""
    large = [c for c in contrasts if _is_large(c)]
    if not large:
        return []
    time, cause, entry = arrays(seen)
    known = np.column_stack([c.known for c in large])
    exposed = np.column_stack([c.exposed for c in large])
    test = exposed_leavers(time, cause == 1, exposed, known, entry)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_hazard, error = (test.observed - test.expected) / test.variance, test.variance**-0.5
    rows = []
    for i, contrast in enumerate(large):
        rows.append(
            _counts(contrast, cause)
            | {
                "contrast": contrast,
                "p": test.p[i],
                "is_more": test.observed[i] > test.expected[i],
                "log_hazard": log_hazard[i],
                "error": error[i],
            }
        )
    return rows


def _is_large(contrast: Contrast) -> bool:
    n = int(contrast.exposed.sum())
    return min(n, int(contrast.known.sum()) - n) >= MIN_EXPOSED


def _counts(contrast: Contrast, cause: np.ndarray) -> dict:
    """What is counted of one contrast: who has it, who left, the shares and their intervals."""
    exposed, cause = contrast.exposed[contrast.known], cause[contrast.known]
    left = cause == 1
    n, events = int(exposed.sum()), int(left[exposed].sum())
    n_other, other_events = int((~exposed).sum()), int(left[~exposed].sum())
    gap = intervals.difference(events, n, other_events, n_other)
    low, high = intervals.wilson(events, n)
    n_left, n_kept = events + other_events, n + n_other - events - other_events
    is_told = n_left and n_kept
    ratio = intervals.ratio(events, n_left, n - events, n_kept) if is_told else (np.nan,) * 3
    return {
        "flag": contrast.words,
        **contrast.condition.model_dump(exclude={"low_support", "high_support", "values"}),
        "values": contrast.condition.values or None,
        "label": contrast.about.label,
        "timing": contrast.timing,
        "n_known": len(cause),
        "n_exposed": n,
        "n_events": events,
        "n_unexposed": n_other,
        "n_unexposed_events": other_events,
        "churned_share_exposed": events / n,
        "churned_exposed_low": float(low),
        "churned_exposed_high": float(high),
        "churned_share_unexposed": other_events / n_other,
        "difference": float(gap[0]),
        "difference_low": float(gap[1]),
        "difference_high": float(gap[2]),
        "share_of_churned": events / n_left if n_left else np.nan,
        "share_of_retained": (n - events) / n_kept if n_kept else np.nan,
        "churned_to_retained": float(ratio[0]),
        "churned_to_retained_low": float(ratio[1]),
        "churned_to_retained_high": float(ratio[2]),
        "n_current": int((exposed & (cause == 0)).sum()),
    }


def _judged(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """q, verdict and ``is_found``, one family an attribute."""
    table = table.assign(q=two_level_q(table["p"], table["attribute"], level))
    is_more = table["is_more"].astype(bool) & (table["n_events"] >= MIN_EXPOSED_EVENTS)
    found = is_more & (table["q"] <= level)
    lead = is_more & (table["p"] <= level)
    verdict = np.select([found, lead], get_args(Verdict)[:2], default=get_args(Verdict)[2])
    return table.assign(is_found=found, verdict=verdict)


def _with_hazards(
    table: pd.DataFrame, followed: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
) -> pd.DataFrame:
    """Hazard ratios that have paid for being selected.

    Found ones get a Cox regression of their own, intervals at the false coverage level (Benjamini &
    Yekutieli 2005), and all an estimate shrunken towards 1 by how much the ratios of all contrasts
    differ, but by no more than one standard error.
    """
    log_hazard, error = (table[name].to_numpy(float, copy=True) for name in ("log_hazard", "error"))
    method = np.full(len(table), "one step", dtype=object)
    reach = ndtri(0.975) * error
    low, high = log_hazard - reach, log_hazard + reach
    level = intervals.fcr_level(int(table["is_found"].sum()), len(table))
    for i in np.flatnonzero(table["is_found"]):
        contrast = table["contrast"].iloc[i]
        time, cause, entry = (x[contrast.known] for x in followed[contrast.timing])
        fitted = hazard_of(contrast.exposed[contrast.known], time, cause == 1, entry, level)
        if fitted is not None:
            fit, method[i] = fitted
            log_hazard[i], error[i] = fit.log_hazard[0], fit.standard_error[0]
            low[i], high[i] = fit.low[0], fit.high[0]
    usable = np.isfinite(log_hazard) & np.isfinite(error)
    spread = intervals.spread_of(log_hazard[usable], error[usable] ** 2)
    shrunken = log_hazard * spread / (spread + error**2)
    shrunken = np.clip(shrunken, log_hazard - error, log_hazard + error)
    values = {
        "hazard_ratio_raw": log_hazard,
        "hazard_ratio": shrunken,
        "hr_low": low,
        "hr_high": high,
    }
    return table.assign(method=method, **{name: np.exp(x) for name, x in values.items()})


def _follows(found: list[Contrast], followed: tuple) -> dict[str, str]:
    """{flag: the stronger flag that it goes along with} of those that add nothing beside others.

    ``found``: strongest first. One adds something when it raises the rate beside all flags that
    lead, and the BIC with the number of those who left (Volinsky & Raftery 2000) falls by it.
    """
    time, cause, entry = followed
    event = cause == 1
    columns = {
        c.words: np.where(c.known, c.exposed - c.exposed[c.known].mean(), 0.0) for c in found
    }
    leading: list[str] = []
    follows: dict[str, str] = {}
    best = 0.0
    for flag, column in columns.items():
        along = {other: abs(np.corrcoef(column, columns[other])[0, 1]) for other in leading}
        closest = max(along, key=lambda other: along[other], default="")
        gain = 0.0
        if not closest or along[closest] <= SAME:
            fit = cox(time, event, np.column_stack([columns[c] for c in [*leading, flag]]), entry)
            total = 2 * (fit.log_likelihood - fit.log_likelihood_null)
            gain = total - best if fit.log_hazard[-1] > 0 else 0.0
        if closest and gain <= np.log(event.sum()) and along[closest] >= GOES_ALONG:
            follows[flag] = closest
        else:
            leading.append(flag)
            best += gain
    return follows


def _among_prospects(table: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Whether a prospect can have the flag at all: only then was it known before signing."""
    prospects = accounts[accounts["is_prospect"].fillna(False).astype(bool)]
    known = {
        name: float(prospects[name].notna().mean()) if len(prospects) else 1.0
        for name in set(table["attribute"]) & set(accounts.columns)
    }
    share = table["attribute"].map(known).fillna(0.0)
    before = (table["timing"] == BEFORE_SALE) & (share >= KNOWN_TO_PROSPECTS)
    timing = table["timing"].where(before | (table["timing"] != BEFORE_SALE), AT_SALE)
    return table.assign(is_before_sale=before, timing=timing)
