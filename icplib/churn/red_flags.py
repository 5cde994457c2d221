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
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
BEFORE_SALE = "before the sale"
ADDS, SAME = 0.05, 0.999  # p beside the stronger flag; correlation from which two flags are one


@dataclass(frozen=True)
class Contrast:
    """One question put to the data.

    ``exposed`` among ``known`` customers, both (n,) in the order of the customers asked.
    """

    attribute: str
    label: str
    op: str
    values: tuple[str, ...] | None
    low: float | None
    high: float | None
    words: str
    timing: str
    known: np.ndarray
    exposed: np.ndarray


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
    for row in usable.itertuples():
        about = {"attribute": row.attribute, "label": row.label, "timing": BEFORE_SALE}
        values = cells[row.attribute]
        if row.kind in NUMERIC:
            yield from _number(
                values.to_numpy(float, na_value=np.nan), row.kind, row.unit, currency, about
            )
        elif row.kind == "set":
            yield from _members(values, about)
        elif row.kind in ("nominal", "ordinal"):
            yield from _levels(values, about)


def _levels(values: pd.Series, about: dict) -> Iterator[Contrast]:
    known = values.notna().to_numpy()
    text = values.astype("object").where(known, "").astype(str).to_numpy()
    levels, counts = np.unique(text[known], return_counts=True)
    if len(levels) > MAX_LEVELS:
        return  # an identifier, not a category
    for level, count in sorted(
        zip(levels, counts, strict=True), key=lambda pair: (pair[1], pair[0])
    ):  # rare ones first: "yes" before "not no"
        is_few = count <= known.sum() / 2
        exposed = known & (text == level) if is_few else known & (text != level)
        words = f"{about['label']}: {level}" if is_few else f"{about['label']}: not {level}"
        yield Contrast(
            **about,
            op="in" if is_few else "not in",
            values=(str(level),),
            low=None,
            high=None,
            words=words,
            known=known,
            exposed=exposed,
        )


def _members(values: pd.Series, about: dict) -> Iterator[Contrast]:
    cells = list(values)
    known = np.array([isinstance(cell, (tuple, list)) for cell in cells])
    members = sorted({member for cell, k in zip(cells, known, strict=True) if k for member in cell})
    for member in members:
        has = np.array([k and member in cell for cell, k in zip(cells, known, strict=True)])
        is_few = has.sum() <= known.sum() / 2
        yield Contrast(
            **about,
            op="contains" if is_few else "lacks",
            values=(member,),
            low=None,
            high=None,
            known=known,
            words=f"{about['label']}: {member}" if is_few else f"{about['label']}: no {member}",
            exposed=has if is_few else known & ~has,
        )


def _number(
    values: np.ndarray, kind: str, unit: str, currency: str, about: dict
) -> Iterator[Contrast]:
    known = np.isfinite(values)
    if known.sum() < 2 * MIN_EXPOSED:
        return
    for is_high in (False, True):
        cut = preset_cut(values[known], is_high)
        if cut is None:
            continue
        exposed = known & ((values >= cut) if is_high else (values < cut))
        number = _number_words(cut, kind, unit, currency, about["label"])
        words = (
            f"{about['label']}: {number} or more"
            if is_high
            else f"{about['label']}: below {number}"
        )
        yield Contrast(
            **about,
            op="between",
            values=None,
            low=cut if is_high else None,
            high=None if is_high else cut,
            words=words,
            known=known,
            exposed=exposed,
        )


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


def _number_words(value: float, kind: str, unit: object, currency: str, label: str) -> str:
    """A cut as people write it: "25 %", "$20M", "1,500".

    ``unit`` as in 01_attributes, which may be missing.
    """
    unit = unit if isinstance(unit, str) else ""
    if kind == "rate":
        return f"{value * 100:.3g} %"
    size, letter = next(
        ((s, mark) for s, mark in ((1e9, "B"), (1e6, "M")) if abs(value) >= s), (1, "")
    )
    text = (
        f"{value / size:.4g}{letter}"
        if letter
        else f"{value:,.0f}"
        if abs(value) >= 1000
        else f"{value:.4g}"
    )
    if kind == "amount" and "currency" in unit:
        return f"{SYMBOLS.get(currency, currency + ' ')}{text}"
    return (
        text
        if "currency" in unit or unit == "share" or unit.lower() in label.lower()
        else f"{text} {unit}".strip()
    )


def _unique(contrasts: Iterator[Contrast]) -> Iterator[Contrast]:
    """Each question once: the two levels of a yes/no attribute ask the same."""
    asked = set()
    for contrast in contrasts:
        question = (contrast.attribute, contrast.known.tobytes(), contrast.exposed.tobytes())
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
            "amount",
            "hours",
            early["hours"].sum(min_count=0),
        ),
    )
    out = []
    for name, label, kind, unit, sums in measures:
        values = sums.reindex(there["account_id"]).fillna(0).to_numpy(float)
        about = {"attribute": name, "label": label, "timing": f"counted up to day {days}"}
        out += list(_number(np.where(known, values, np.nan), kind, unit, "", about))
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
        "attribute": contrast.attribute,
        "label": contrast.label,
        "op": contrast.op,
        "values": contrast.values,
        "low": contrast.low,
        "high": contrast.high,
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
