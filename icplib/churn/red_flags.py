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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib.churn.curves import hazard_columns, hazard_of
from icplib.churn.observe import DAYS_A_MONTH, arrays
from icplib.conditions import LISTS, About, Condition, as_numbers, in_words, text_of
from icplib.stats import intervals
from icplib.stats.cox import cox
from icplib.stats.drivers import GOES_ALONG
from icplib.stats.scan import benjamini_hochberg
from icplib.stats.segments import roundest
from icplib.stats.survival import log_rank
from icplib.tables.step_03 import ChurnSummary

MIN_EXPOSED, MIN_EXPOSED_EVENTS = 5, 3
MAX_LEVELS = 50
LOW_CUT, HIGH_CUT = (0.20, 0.30), (0.70, 0.80)
NUMERIC = ("count", "amount", "rate")
BEFORE_SALE = "before the sale"
ADDS, SAME = 0.05, 0.999  # p beside the stronger flag; correlation from which two flags are one


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
    """03_red_flags: every contrast with at least 5 exposed customers, 3 of whom left.

    Found flags first, strongest first.

    ``seen``: observed customers (03_observed); ``level``: the false discovery rate. Between 10 and
    29 events counts and shares only; below 10 nothing.
    """
    if not summary.available or summary.level == "counts":
        return pd.DataFrame(columns=COLUMNS)
    followed = arrays(seen)
    early = list(_unique(_before_sale(seen, accounts, attributes, currency)))
    late, at_landmark = _landmark(seen, tickets, landmark_days)
    rows = [_row(contrast, *followed) for contrast in early] + [
        _row(contrast, *arrays(at_landmark)) for contrast in late
    ]
    table = pd.DataFrame([row for row in rows if row], columns=COLUMNS)
    if summary.level != "full":
        table[["hazard_ratio", "hr_low", "hr_high", "p"]] = np.nan
        table["method"] = None
    table["q"] = benjamini_hochberg(table["p"].to_numpy(float))
    raises = table["hazard_ratio"].to_numpy(float) > 1
    table["is_found"] = raises & (table["q"].to_numpy(float) <= level)
    table["verdict"] = np.select(
        [table["is_found"], raises & (table["p"].to_numpy(float) <= level)],
        ["holds up", "lead, not proof"],
        default="too few to say",
    )
    table = table.assign(lowers=~raises)
    order = ["is_found", "lowers", "p", "churned_share_exposed", "flag"]
    table = (
        table.sort_values(order, ascending=[False, True, True, False, True], kind="stable")
        .drop(columns="lowers")
        .reset_index(drop=True)
    )
    table["follows"] = (
        table["flag"]
        .map(_follows(table.loc[table["is_found"], "flag"], early, *followed))
        .astype("object")
    )
    return table


def not_tested(attributes: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Attributes that may be patterns but cannot be red flags, each with its reason."""
    rows = attributes[(attributes["use"] == "pattern")]
    out = []
    for row in rows.itertuples():
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


# contrasts
# ------------------------------------------------------------------------------------------------------------


def _before_sale(seen, accounts, attributes, currency) -> Iterator[Contrast]:
    cells = accounts.set_index("account_id").loc[seen["account_id"]]
    usable = attributes[(attributes["use"] == "pattern") & (attributes["timing"] == "before_sale")]
    for row in usable.to_dict("records"):
        name, values = row["attribute"], cells[row["attribute"]]
        about = About.of(row, currency)
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


# estimates
# ------------------------------------------------------------------------------------------------------------


def _row(contrast: Contrast, time: np.ndarray, cause: np.ndarray, entry: np.ndarray) -> dict | None:
    """Counts, shares, hazard ratio and log-rank p of one contrast.

    None where too few are exposed.
    """
    exposed = contrast.exposed[contrast.known]
    time, cause, entry = time[contrast.known], cause[contrast.known], entry[contrast.known]
    left = cause == 1
    n, events = int(exposed.sum()), int(left[exposed].sum())
    n_other, other_events = int((~exposed).sum()), int(left[~exposed].sum())
    if n < MIN_EXPOSED or n_other < MIN_EXPOSED or events < MIN_EXPOSED_EVENTS:
        return None
    difference, difference_low, difference_high = intervals.difference(
        events, n, other_events, n_other
    )
    low, high = intervals.wilson(events, n)
    n_left, n_kept = events + other_events, n + n_other - events - other_events
    ratio, ratio_low, ratio_high = (
        intervals.ratio(events, n_left, n - events, n_kept) if n_kept else (np.nan, np.nan, np.nan)
    )
    row = {
        "flag": contrast.words,
        "attribute": contrast.condition.attribute,
        "label": contrast.about.label,
        "op": contrast.condition.op,
        "values": contrast.condition.values or None,
        "low": contrast.condition.low,
        "high": contrast.condition.high,
        "negated": contrast.condition.negated,
        "timing": contrast.timing,
        "is_before_sale": contrast.timing == BEFORE_SALE,
        "n_known": len(time),
        "n_exposed": n,
        "n_events": events,
        "n_unexposed": n_other,
        "n_unexposed_events": other_events,
        "churned_share_exposed": events / n,
        "churned_exposed_low": float(low),
        "churned_exposed_high": float(high),
        "churned_share_unexposed": other_events / n_other,
        "difference": float(difference),
        "difference_low": float(difference_low),
        "difference_high": float(difference_high),
        "share_of_churned": events / n_left,
        "share_of_retained": (n - events) / n_kept if n_kept else np.nan,
        "churned_to_retained": float(ratio),
        "churned_to_retained_low": float(ratio_low),
        "churned_to_retained_high": float(ratio_high),
        "n_current": int((exposed & (cause == 0)).sum()),
    }
    found = hazard_of(exposed, time, left, entry)
    if found is not None:
        row |= hazard_columns(*found)
        row["p"] = log_rank(time, left, exposed, entry)[1]
    return row


def _follows(
    found: Iterable[str],
    contrasts: list[Contrast],
    time: np.ndarray,
    cause: np.ndarray,
    entry: np.ndarray,
) -> dict[str, str]:
    """{flag: the stronger flag that it goes along with most} for those that add nothing to the
    hazard beside it. ``found``: strongest first.
    """
    columns = {
        c.words: np.where(c.known, c.exposed - c.exposed[c.known].mean(), 0.0) for c in contrasts
    }
    leading, follows = [], {}
    for flag in (flag for flag in found if flag in columns):
        along = {other: abs(np.corrcoef(columns[flag], columns[other])[0, 1]) for other in leading}
        closest = max(along, key=along.get, default=None)
        if (
            closest
            and along[closest] >= GOES_ALONG
            and _p_beside(columns[closest], columns[flag], time, cause == 1, entry) > ADDS
        ):
            follows[flag] = closest
        else:
            leading.append(flag)
    return follows


def _p_beside(stronger, flag, time, event, entry) -> float:
    if abs(np.corrcoef(stronger, flag)[0, 1]) > SAME:
        return 1.0
    return float(cox(time, event, np.column_stack([stronger, flag]), entry).p[-1])


COLUMNS = [
    "flag",
    "attribute",
    "label",
    "op",
    "values",
    "low",
    "high",
    "negated",
    "timing",
    "is_before_sale",
    "n_known",
    "n_exposed",
    "n_events",
    "n_unexposed",
    "n_unexposed_events",
    "churned_share_exposed",
    "churned_exposed_low",
    "churned_exposed_high",
    "churned_share_unexposed",
    "difference",
    "difference_low",
    "difference_high",
    "share_of_churned",
    "share_of_retained",
    "churned_to_retained",
    "churned_to_retained_low",
    "churned_to_retained_high",
    "hazard_ratio",
    "hr_low",
    "hr_high",
    "method",
    "p",
    "q",
    "verdict",
    "is_found",
    "n_current",
    "follows",
]
