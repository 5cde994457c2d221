"""The eight measures of profile success.

Lead quality, conversion, customer value and cycle length, by ICP and by persona.

Each is introduced the same way (`INTRODUCTIONS`: what it is, why it matters, its caveats, its
definition and filter) and shown in the ICP against outside it, with a 95 % interval and n. A window
of one quarter is used where it holds enough cases; else the last
`settings.report.lead_window_quarters` are pooled, and the window is printed.

Intervals: Wilson for shares of independent cases, Newcombe for their difference; Wilson on the
account-clustered effective n for touches and for deals (an account can have several); Student and
Welch for means; order statistics and Hodges-Lehmann for medians.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib.report.blocks import between, plural, quantity, sentence_list
from icplib.report.inputs import ENOUGH, Inputs, latest, quarter_number, window_words
from icplib.report.privacy import gives_away, is_small
from icplib.stats import centres
from icplib.stats.contrasts import clustered_rate
from icplib.stats.intervals import difference, wilson

FEWEST = 10  # of a side in the latest window; fewer are no news
SIDES = {"in": True, "out": False}


@dataclass(frozen=True)
class Introduction:
    """How a measure is introduced, always in this order."""

    measure: str
    title: str
    metric: str
    focus: str
    what: str
    why: str
    caveats: str
    filter: str
    artefact: str
    sources: tuple[str, ...]
    n_counted: str
    unit: str
    labels: tuple[str, str] = ("fit the ICP", "do not fit")


INTRODUCTIONS = {
    one.measure: one
    for one in (
        Introduction(
            "new_leads",
            "Share of new leads that fit",
            "lead quality",
            "ICP",
            "Of the companies first recorded in the window, the share that meets the ICP's headline"
            " rule.",
            "It says whether marketing and sales look where good customers are.",
            "Leads with an unknown value in a deciding line are counted apart, not as misfits. A"
            " change may come from a changed ICP: then it is flagged.",
            "accounts created in the window whose fit is known",
            "01_accounts, 04_scores",
            ("accounts", "prospects"),
            "new leads",
            "share",
            ("fit the ICP", "do not fit"),
        ),
        Introduction(
            "win_rate",
            "Win rate",
            "conversion rate",
            "ICP",
            "Won deals among all deals that closed in the window.",
            "If the ICP is right, its companies should be easier to win.",
            "Deals still open do not count; renewals do, where they are deals. Several deals of one"
            " account count as fewer independent cases.",
            "deals closed in the window",
            "01_deals, 04_scores",
            ("deals",),
            "closed deals",
            "share",
        ),
        Introduction(
            "revenue",
            "Average revenue per customer and year",
            "customer value",
            "ICP",
            "Revenue divided by years as a customer, averaged over customers.",
            "It says what a customer inside the ICP is worth against one outside.",
            "This is average revenue, not lifetime value. The ICP was chosen on these same"
            " customers, which flatters the gap; the honest figure is the precision of the ICP's"
            " ladder.",
            "customers older than the minimum tenure of the settings, with a known fit",
            "01_accounts, 04_scores",
            ("accounts", "deals", "invoices"),
            "customers",
            "amount",
        ),
        Introduction(
            "cycle",
            "Median sales cycle",
            "sales cycle length",
            "ICP",
            "Days from the creation of a deal to its closing, median over won deals.",
            "Deals that close faster cost less to win.",
            "Only won deals: lost ones are often closed late as housekeeping. A difference is the"
            " median over all pairs (Hodges and Lehmann), not that of the two medians.",
            "deals won in the window with a known creation date",
            "01_deals, 04_scores",
            ("deals",),
            "won deals",
            "days",
        ),
        Introduction(
            "engagement",
            "Engagement rate by persona",
            "lead quality",
            "persona",
            "Touches that were clicked or answered, among touches sent to people in the persona's"
            " roles.",
            "It says whether the content reaches the people that it was written for.",
            "Opens do not count: mail privacy services open everything. People share accounts, so"
            " the interval counts fewer touches than were sent.",
            "touches sent in the window to contacts with one of the persona's roles",
            "01_engagement, 04_scores",
            ("engagement", "contacts"),
            "touches",
            "share",
        ),
        Introduction(
            "response",
            "Response rate by persona",
            "conversion rate",
            "persona",
            "Touches that were answered, among touches sent to people in the persona's roles.",
            "An answer is the first step of a sale that the message can be credited with.",
            "A reply may be a refusal; the export does not say.",
            "touches sent in the window to contacts with one of the persona's roles",
            "01_engagement, 04_scores",
            ("engagement", "contacts"),
            "touches",
            "share",
        ),
        Introduction(
            "retention",
            "Retention by persona",
            "customer value",
            "persona",
            "Of the customers of a year ago that have a contact in the persona's roles, the share"
            " that is still a customer.",
            "It says whether customers stay where this persona is at the table.",
            "An association: accounts with many contacts are also larger and better served.",
            "customers of a year ago with at least one contact in the persona's roles",
            "01_accounts, 01_contacts",
            ("accounts", "churn", "contacts"),
            "customers",
            "share",
        ),
        Introduction(
            "preference",
            "Effect of communication preferences",
            "sales cycle length",
            "persona",
            "Reply rate of touches through the persona's stated channel or format minus the reply"
            " rate of other touches, within the same people.",
            "If preferences are right, meeting them should shorten the way to an answer.",
            "The articles put this measure beside cycle length; it shows response, not days. An"
            " association, not an experiment.",
            "contacts that got touches of both kinds",
            "05_engagement",
            ("engagement", "contacts", "codings"),
            "touches",
            "share",
            ("matched minus unmatched", ""),
        ),
    )
}


def success_measures(inputs: Inputs) -> pd.DataFrame:
    """`06_measures`: one row per measure, persona and side.

    Absent sources give no rows; `missing` says what they need.
    """
    rows = [
        *_new_leads(inputs),
        *_win_rate(inputs),
        *_revenue(inputs),
        *_cycle(inputs),
        *_touch_rates(inputs),
        *_retention(inputs),
        *_preference(inputs),
    ]
    table = pd.DataFrame(
        rows,
        columns=["measure", "persona", "side", "label", "n", "k", "value", "low", "high", "window"],
    )
    for column in ("title", "metric", "focus", "unit", "n_counted"):
        table[column] = [getattr(INTRODUCTIONS[name], column) for name in table["measure"]]
    table = _against_previous(_without_difference(table, inputs.least), inputs)
    table["sentence"] = [_sentence(row, inputs) for row in table.to_dict("records")]
    return table


def _without_difference(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """Won deals stand in the win rate and in the cycle.

    Where the latest windows differ by a few of them, the cycle's rows are left out.
    """
    sizes = table.set_index(["measure", "side"])
    doomed = []
    for side in SIDES:
        for when in ("now", "before"):
            won, timed = ("win_rate", f"{side} {when}"), ("cycle", f"{side} {when}")
            if {won, timed} <= set(sizes.index) and is_small(
                abs(sizes.loc[won, "k"] - sizes.loc[timed, "n"]), least
            ):
                doomed.append(side)
    return table[
        ~(
            (table["measure"] == "cycle")
            & table["side"].isin(
                [f"{side} {when}" for side in doomed for when in ("now", "before", "change")]
            )
        )
    ].reset_index(drop=True)


def missing(measure: str, table: pd.DataFrame) -> str:
    """Why a measure has no rows, as a sentence; empty when it has."""
    if (table["measure"] == measure).any():
        return ""
    one = INTRODUCTIONS[measure]
    stands = "at least one persona" if one.focus == "persona" else "an ICP that stands"
    return (
        f"Not known: it needs {one.n_counted} in the window and {stands}"
        f" ({'source' if len(one.sources) == 1 else 'sources'}: {', '.join(one.sources)})."
    )


def _row(measure, side, label, value, low, high, n, k=None, window="", persona=None) -> dict:
    value, low, high = (float(x) if np.isfinite(x) else np.nan for x in (value, low, high))
    return {
        "measure": measure,
        "persona": persona,
        "side": side,
        "label": label,
        "n": int(n),
        "k": k,
        "value": value,
        "low": low,
        "high": high,
        "window": window,
    }


def window_of(numbers: pd.Series, fits: pd.Series, inputs: Inputs) -> tuple[int, int]:
    """First and last quarter of the window.

    This quarter where both sides have enough cases, else the pooled quarters.
    """
    this = numbers == inputs.now
    if all((this & (fits == side).fillna(False)).sum() >= ENOUGH for side in (True, False)):
        return inputs.now, inputs.now
    return inputs.now - inputs.settings.report.lead_window_quarters + 1, inputs.now


def _in_window(
    rows: pd.DataFrame, numbers: pd.Series, fits: pd.Series, inputs: Inputs
) -> tuple[pd.DataFrame, str]:
    first, last = window_of(numbers, fits, inputs)
    inside = ((numbers >= first) & (numbers <= last)).fillna(False).astype(bool)
    return rows[inside], window_words(first, last)


def _split(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        side: rows[(rows["fits_icp"] == fit).fillna(False).astype(bool)]
        for side, fit in SIDES.items()
    }


def _new_leads(inputs: Inputs) -> list[dict]:
    leads = inputs.accounts
    numbers = quarter_number(leads["created_date"])
    first = (
        inputs.now - inputs.settings.report.lead_window_quarters + 1
    )  # always, so that two reports compare like with like
    leads = leads[((numbers >= first) & (numbers <= inputs.now)).fillna(False).astype(bool)]
    window = window_words(first, inputs.now)
    sides = _split(leads)
    k, n = len(sides["in"]), len(sides["in"]) + len(sides["out"])
    if not n:
        return []
    low, high = wilson(k, n)
    unknown = len(leads) - n
    rows = [
        _row("new_leads", "in", "fit the ICP", k / n, low, high, n, k, window),
        _row("new_leads", "out", "do not fit", (n - k) / n, 1 - high, 1 - low, n, n - k, window),
    ]
    if unknown:
        low, high = wilson(unknown, len(leads))
        rows.append(
            _row(
                "new_leads",
                "unknown",
                "not known (of all new leads)",
                unknown / len(leads),
                low,
                high,
                len(leads),
                unknown,
                window,
            )
        )
    return rows


def _win_rate(inputs: Inputs) -> list[dict]:
    every = inputs.deals.assign(success=inputs.deals["is_won"].fillna(False).astype(float))
    deals, window = _in_window(every, every["quarter"], every["fits_icp"], inputs)
    return _clustered("win_rate", _split(deals), window) + _lately(
        "win_rate", every, inputs, lambda sides, window: _clustered("win_rate", sides, window)
    )


def _revenue(inputs: Inputs) -> list[dict]:
    customers = inputs.accounts
    old_enough = customers["tenure_days"].fillna(0) >= inputs.settings.best.min_tenure_days
    customers = customers[
        customers["is_customer"].fillna(False).astype(bool) & old_enough.astype(bool)
    ]
    sides = {side: rows["revenue_per_year_amount"] for side, rows in _split(customers).items()}
    window = f"as of {inputs.as_of.date().isoformat()}"
    return _centred("revenue", sides, window, centres.mean, centres.mean_gap)


def _cycle(inputs: Inputs) -> list[dict]:
    won = inputs.deals[
        inputs.deals["is_won"].fillna(False).astype(bool) & inputs.deals["cycle_days"].notna()
    ]
    inside, window = _in_window(won, won["quarter"], won["fits_icp"], inputs)

    def compared(sides: dict[str, pd.DataFrame], window: str) -> list[dict]:
        return _centred(
            "cycle",
            {side: rows["cycle_days"] for side, rows in sides.items()},
            window,
            centres.median,
            centres.shift,
        )

    return compared(_split(inside), window) + _lately("cycle", won, inputs, compared)


def _lately(measure: str, rows: pd.DataFrame, inputs: Inputs, compared) -> list[dict]:
    """Each side in the latest window against the four quarters before it, the very windows of the
    refresh sign: its own rows `now`, `before` and `change`. `compared` makes the rows of two
    groups and their difference.
    """
    windows = latest(rows["quarter"], inputs.now)
    now, before = _split(rows[windows.now]), _split(rows[windows.before])
    found = []
    for side, label in zip(SIDES, INTRODUCTIONS[measure].labels, strict=True):
        names = {"in": "now", "out": "before", "difference": "change"}
        words = {
            "in": windows.now_words,
            "out": windows.before_words,
            "difference": f"{windows.now_words} against {windows.before_words}",
        }
        pair = compared({"in": now[side], "out": before[side]}, "")
        if len(pair) == 3 and min(row["n"] for row in pair) >= FEWEST:
            found += [
                row
                | {
                    "side": f"{side} {names[row['side']]}",
                    "label": label,
                    "window": words[row["side"]],
                }
                for row in pair
            ]
    return found


def _touch_rates(inputs: Inputs) -> list[dict]:
    touches = inputs.touches
    touches, window = _in_window(touches, touches["quarter"], touches["fits_icp"], inputs)
    replied = touches["is_replied"].fillna(False).astype(bool)
    clicked = touches["is_clicked"].fillna(False).astype(bool)
    rows = []
    for card in inputs.personas:
        here = touches["buying_role"].isin(card.roles)
        for measure, success in (("engagement", clicked | replied), ("response", replied)):
            rows += _clustered(
                measure,
                _split(touches[here].assign(success=success[here].astype(float))),
                window,
                card.name,
            )
    return rows


def _retention(inputs: Inputs) -> list[dict]:
    accounts = inputs.accounts
    then = inputs.as_of - pd.DateOffset(years=1)
    was = (
        accounts["is_customer"].fillna(False).astype(bool)
        & (accounts["start_date"] <= then)
        & ~(accounts["churn_date"] <= then).fillna(False)
    )
    rows = []
    for card in inputs.personas:
        contacts = inputs["01_contacts"]
        known = accounts["account_id"].isin(
            contacts.loc[contacts["buying_role"].isin(card.roles), "account_id"]
        )
        base = accounts[was & known]
        counts = {}
        for side, part in _split(base).items():
            k, n = int((~part["is_churned"].fillna(False).astype(bool)).sum()), len(part)
            if n:
                counts[side] = (k, n)
                rows.append(
                    _row(
                        "retention",
                        side,
                        _label("retention", side),
                        k / n,
                        *wilson(k, n),
                        n,
                        k,
                        f"{then.date()} to {inputs.as_of.date()}",
                        card.name,
                    )
                )
        if len(counts) == 2:
            rows.append(
                _row(
                    "retention",
                    "difference",
                    "difference",
                    *difference(*counts["in"], *counts["out"]),
                    sum(n for _, n in counts.values()),
                    None,
                    rows[-1]["window"],
                    card.name,
                )
            )
    return rows


def _preference(inputs: Inputs) -> list[dict]:
    """Matched against unmatched touches as notebook 05 measured them, one row a persona."""
    table = inputs["05_engagement"]
    table = table[(table["measure"] == "matched minus unmatched") & table["rate"].notna()]
    rows = []
    for card in inputs.personas:
        for row in table[table["role"].isin((card.role, *card.roles))].head(1).to_dict("records"):
            rows.append(
                _row(
                    "preference",
                    "in",
                    "matched minus unmatched",
                    row["rate"],
                    row["rate_low"],
                    row["rate_high"],
                    row["n_trials"] if pd.notna(row["n_trials"]) else 0,
                    None,
                    "all touches on file",
                    card.name,
                )
            )
    return rows


def _clustered(
    measure: str, sides: dict[str, pd.DataFrame], window: str, persona: str | None = None
) -> list[dict]:
    """Rates of `success` on the account-clustered effective n, and their difference."""
    rows, found = [], {}
    for side, part in sides.items():
        if not len(part):
            continue
        by_account = part.groupby("account_id")["success"].agg(["sum", "count"])
        rate = clustered_rate(by_account["sum"], by_account["count"])
        found[side] = rate
        rows.append(
            _row(
                measure,
                side,
                _label(measure, side),
                rate.rate,
                rate.low,
                rate.high,
                len(part),
                int(part["success"].sum()),
                window,
                persona,
            )
        )
    if len(found) == 2 and all(
        np.isfinite(rate.n_effective) and rate.n_effective > 0 for rate in found.values()
    ):
        a, b = found["in"], found["out"]
        gap = difference(
            a.rate * a.n_effective, a.n_effective, b.rate * b.n_effective, b.n_effective
        )
        rows.append(
            _row(
                measure,
                "difference",
                "difference",
                *gap,
                sum(row["n"] for row in rows),
                None,
                window,
                persona,
            )
        )
    return rows


def _centred(measure: str, sides: dict[str, pd.Series], window: str, centre, gap) -> list[dict]:
    rows = []
    for side, values in sides.items():
        found = centre(values)
        if found.n:
            rows.append(
                _row(
                    measure,
                    side,
                    _label(measure, side),
                    found.estimate,
                    found.low,
                    found.high,
                    found.n,
                    None,
                    window,
                )
            )
    if len(rows) == 2:
        found = gap(sides["in"], sides["out"])
        rows.append(
            _row(
                measure,
                "difference",
                "difference",
                found.estimate,
                found.low,
                found.high,
                found.n,
                None,
                window,
            )
        )
    return rows


def _label(measure: str, side: str) -> str:
    return dict(zip(SIDES, INTRODUCTIONS[measure].labels, strict=True))[side]


def definitions(inputs: Inputs) -> dict[str, str]:
    """Every definition that a number on page one depends on, in words.

    Next quarter compares them.
    """
    best, profile = inputs.settings.best, inputs.profile
    found = {one.title: f"{one.what} Filter: {one.filter}." for one in INTRODUCTIONS.values()}
    found["best customers"] = (
        f"top {best.share:.0%} of customers by {best.by}, at least {best.min_tenure_days} days a"
        " customer"
    )
    found["churn"] = (
        f"in the churn list, or silent for {inputs.settings.churn.silent_quarters} quarters"
        if inputs.settings.churn.silent_quarters
        else "in the churn list"
    )
    found["ICP headline rule"] = "; ".join(c.words for c in profile.headline) if profile else "none"
    return found


def _against_previous(table: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Change since the previous report.

    Pooled windows overlap, so the interval of a change is rather too wide than too narrow.
    """
    before = inputs.previous
    table["previous_value"], table["change"], table["change_low"], table["change_high"] = (
        np.nan,
        np.nan,
        np.nan,
        np.nan,
    )
    table["is_definition_changed"] = pd.array([False] * len(table), dtype="boolean")
    if before is None or not before.workbook.has("06_measures"):
        return table
    old = before["06_measures"].set_index(["measure", "persona", "side"])
    now_defined, then_defined = definitions(inputs), before["06_report"].definitions
    moved = {name for name in now_defined if now_defined[name] != then_defined.get(name)}
    is_new_rule = bool(moved & {"ICP headline rule", "best customers"})
    for i, row in table.iterrows():
        key = (row["measure"], row["persona"], row["side"])
        if (
            key not in old.index
            or pd.isna(row["value"])
            or row["side"] not in ("in", "out", "unknown")
        ):
            continue
        then = old.loc[key]
        then = then.iloc[0] if isinstance(then, pd.DataFrame) else then
        if pd.isna(then["value"]):
            continue
        if (" to " in then["window"]) != (
            " to " in row["window"]
        ):  # a quarter against a year would compare seasons
            table.loc[i, "previous_value"] = then["value"]
            continue
        change = row["value"] - then["value"]
        below, above = _half_widths(row, then)
        table.loc[i, ["previous_value", "change", "change_low", "change_high"]] = [
            then["value"],
            change,
            change - below,
            change + above,
        ]
        table.loc[i, "is_definition_changed"] = is_new_rule or row["title"] in moved
    return table


def _half_widths(now: pd.Series, then: pd.Series) -> tuple[float, float]:
    """Arms of the interval of a difference from the arms of both (Newcombe's square-and-add,
    MOVER).
    """
    return (
        float(np.hypot(now["value"] - now["low"], then["high"] - then["value"])),
        float(np.hypot(now["high"] - now["value"], then["value"] - then["low"])),
    )


def _sentence(row: dict, inputs: Inputs) -> str:
    unit, currency = row["unit"], inputs.settings.currency
    who = f"{row['persona']}, " if row["persona"] else ""
    text = (
        f"{row['title']}, {who}{row['label']}: {quantity(row['value'], unit, currency)}"
        f" ({between(row['low'], row['high'], unit, currency)}, n = {row['n']:,}"
        f" {row['n_counted']}; {row['window']})."
    )
    return text if pd.isna(row["change"]) else f"{text} {change_words(row, currency)}"


def change_words(row: dict, currency: str = "") -> str:
    """Say "up 4 points since the last report, within chance"."""
    if pd.isna(row.get("change")):
        return (
            "No earlier report to compare with."
            if pd.isna(row.get("previous_value"))
            else "The last report looked at a window of another length."
        )
    text = moved_words(
        row["change"],
        row["change_low"],
        row["change_high"],
        row["unit"],
        currency,
        " since the last report",
    )
    return text + ("; the definition changed too." if row.get("is_definition_changed") else ".")


def moved_words(
    change: float, low: float, high: float, unit: str, currency: str = "", since: str = ""
) -> str:
    """'Down 7 points since the last report, more than chance'."""
    size = (
        plural(round(abs(change) * 100), "point")
        if unit == "share"
        else (
            plural(round(abs(change)), "day")
            if unit == "days"
            else quantity(abs(change), unit, currency)
        )
    )
    if size.startswith("0 "):
        return f"Unchanged{since}"
    chance = pd.isna(low) or low <= 0 <= high
    return (
        f"{'Up' if change > 0 else 'Down'} {size}{since}, {'within' if chance else 'more than'}"
        " chance"
    )


def share_rows(table: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """The measures that are shares, in and out, as the rows of a picture.

    Those with small counts are left out.
    """
    rows = hide_small(
        table[
            (table["unit"] == "share")
            & table["side"].isin(["in", "out"])
            & ~table["measure"].isin(["new_leads", "preference"])
        ],
        inputs.least,
    )
    rows = rows[~rows["is_hidden"] & rows["value"].notna()]
    short = {
        "win_rate": "Won",
        "engagement": "Reacted",
        "response": "Answered",
        "retention": "Stayed a year",
    }
    return pd.DataFrame(
        {
            "label": [
                f"{short[m]}: {label if pd.isna(p) else f'{p}, {label}'}"
                for m, p, label in zip(rows["measure"], rows["persona"], rows["label"], strict=True)
            ],
            "value": rows["value"],
            "low": rows["low"],
            "high": rows["high"],
            "note": [f"n = {n:,}" for n in rows["n"]],
            "is_inside": rows["side"] == "in",
        }
    )


def hide_small(rows: pd.DataFrame, least: int) -> pd.DataFrame:
    """`rows` of 06_measures with `is_hidden`.

    Small counts, and what would give them away by subtraction.
    """
    hidden = pd.Series(
        [
            gives_away(r["k"], r["n"], least) or is_small(r["n"], least)
            for r in rows.to_dict("records")
        ],
        index=rows.index,
        dtype=bool,
    )
    # A side gives away the other, and so does the same side in the window before; the unknown ones
    # are in no sum that is shown.
    kind = rows["side"].map(
        lambda side: "lately" if " " in side else "unknown" if side == "unknown" else "main"
    )
    groups = rows["measure"] + "/" + rows["persona"].fillna("") + "/" + kind
    return rows.assign(is_hidden=hidden.groupby(groups).transform("any") if len(rows) else hidden)


def describe_shares(table: pd.DataFrame, least: int = 5) -> str:
    """The finding of the picture: where in-ICP and out differ beyond chance."""
    table = hide_small(table, least)
    gaps = table[(table["side"] == "difference") & (table["unit"] == "share") & ~table["is_hidden"]]
    sure = gaps[(gaps["low"] > 0) | (gaps["high"] < 0)]
    if not len(gaps):
        return "There is nothing to hold in-ICP companies against yet."
    if not len(sure):
        return "No rate differs between companies inside and outside the ICP by more than chance."
    said = [
        f"{r['title'].lower()}{'' if pd.isna(r['persona']) else ' (' + r['persona'] + ')'}"
        f" {r['value'] * 100:+.0f} points"
        for r in sure.to_dict("records")
    ]
    return f"Inside the ICP against outside, beyond chance: {sentence_list(said)}."
