"""Four measures of the profile: new leads that fit, win rate, revenue, cycle."""

from collections.abc import Callable

import pandas as pd

from icplib.report.inputs import Inputs, quarter_number, window_words
from icplib.report.measures.registry import (
    FEWEST,
    INTRODUCTIONS,
    SIDES,
    WHEN,
    centred,
    clustered,
    in_window,
    measure,
    row,
    split,
)
from icplib.report.signs.history import History
from icplib.stats import centres
from icplib.stats.intervals import difference, wilson

FIT = "fit the ICP"


@measure(
    "new_leads",
    title="Share of new leads that fit",
    metric="lead quality",
    focus="ICP",
    what=(
        "Of the companies first recorded in the window, the share that meets the ICP's headline "
        "rule."
    ),
    why="It says whether marketing and sales look where good customers are.",
    caveats=(
        "Leads with an unknown value in a deciding line are counted apart, not as misfits. A "
        "change may come from a changed ICP: then it is flagged."
    ),
    filter="accounts created in the window whose fit is known",
    artefact="01_accounts, 04_scores",
    sources=("accounts", "prospects"),
    n_counted="new leads",
    unit="share",
)
def _new_leads(inputs: Inputs) -> list[dict]:
    every = inputs.accounts.assign(quarter=quarter_number(inputs.accounts["created_date"]))
    # always as many quarters, so that two reports compare like with like
    first = inputs.now - inputs.settings.report.lead_window_quarters + 1
    leads = every[every["quarter"].between(first, inputs.now).fillna(False).astype(bool)]
    window = window_words(first, inputs.now)
    sides = split(leads)
    k, n = len(sides["in"]), len(sides["in"]) + len(sides["out"])
    if not n:
        return []
    low, high = wilson(k, n)
    told = {"window": window}
    rows = [
        row("new_leads", "in", (k / n, low, high), n, k=k, **told),
        row("new_leads", "out", ((n - k) / n, 1 - high, 1 - low), n, k=n - k, **told),
    ]
    unknown, every_lead = len(leads) - n, len(leads)
    if unknown:
        told["label"] = "not known (of all new leads)"
        estimate = (unknown / every_lead, *wilson(unknown, every_lead))
        rows.append(row("new_leads", "unknown", estimate, every_lead, k=unknown, **told))
    return rows + _leads_lately(every, inputs)


def _leads_lately(every: pd.DataFrame, inputs: Inputs) -> list[dict]:
    """New companies that fit, since the break and in as many quarters before it."""
    windows = inputs.windows
    if windows is None:
        return []
    length = windows.since[1] - windows.since[0] + 1
    spans = {"now": windows.since, "before": (windows.since[0] - length, windows.since[0] - 1)}
    rows, counts = [], []
    for when, (first, last) in spans.items():
        known = every[
            every["quarter"].between(first, last).fillna(False) & every["fits_icp"].notna()
        ]
        k, n = int(known["fits_icp"].sum()), len(known)
        if n:
            counts.append((k, n))
            window = window_words(first, last)
            told = {"label": FIT, "k": k, "window": window}
            rows.append(row("new_leads", f"in {when}", (k / n, *wilson(k, n)), n, **told))
    if len(counts) == 2 and min(n for _, n in counts) >= FEWEST:
        (k, n), (k0, n0) = counts
        window = " against ".join(r["window"] for r in rows)
        moved = difference(k, n, k0, n0)
        rows.append(row("new_leads", "in change", moved, n + n0, label=FIT, window=window))
    return rows


@measure(
    "win_rate",
    title="Win rate",
    metric="conversion rate",
    focus="ICP",
    what="Won deals among all deals that closed in the window.",
    why="If the ICP is right, its companies should be easier to win.",
    caveats=(
        "Deals still open do not count; renewals do, where they are deals. Several deals of one "
        "account count as fewer independent cases."
    ),
    filter="deals closed in the window",
    artefact="01_deals, 04_scores",
    sources=("deals",),
    n_counted="closed deals",
    unit="share",
)
def _win_rate(inputs: Inputs) -> list[dict]:
    every = inputs.deals.assign(success=inputs.deals["is_won"].fillna(False).astype(float))
    deals, window = in_window(every, every["quarter"], every["fits_icp"], inputs)
    return clustered("win_rate", split(deals), window) + _lately(
        "win_rate", every, inputs, lambda sides, window: clustered("win_rate", sides, window)
    )


@measure(
    "revenue",
    title="Average revenue per customer and year",
    metric="customer value",
    focus="ICP",
    what="Revenue divided by years as a customer, averaged over customers.",
    why="It says what a customer inside the ICP is worth against one outside.",
    caveats=(
        "This is average revenue, not lifetime value. The ICP was chosen on these same customers,"
        " which flatters the gap; the honest figure is the precision of the ICP's ladder."
    ),
    filter="customers older than the minimum tenure of the settings, with a known fit",
    artefact="01_accounts, 04_scores",
    sources=("accounts", "deals", "invoices"),
    n_counted="customers",
    unit="amount",
)
def _revenue(inputs: Inputs) -> list[dict]:
    customers = inputs.accounts
    old_enough = customers["tenure_days"].fillna(0) >= inputs.settings.best.min_tenure_days
    customers = customers[
        customers["is_customer"].fillna(False).astype(bool) & old_enough.astype(bool)
    ]
    sides = {side: rows["revenue_per_year_amount"] for side, rows in split(customers).items()}
    window = f"as of {inputs.as_of.date().isoformat()}"
    return centred("revenue", sides, window, centres.mean, centres.mean_gap)


@measure(
    "cycle",
    title="Median sales cycle",
    metric="sales cycle length",
    focus="ICP",
    what="Days from the creation of a deal to its closing, median over won deals.",
    why="Deals that close faster cost less to win.",
    caveats=(
        "Only won deals: lost ones are often closed late as housekeeping. A difference is the "
        "median over all pairs (Hodges and Lehmann), not that of the two medians."
    ),
    filter="deals won in the window with a known creation date",
    artefact="01_deals, 04_scores",
    sources=("deals",),
    n_counted="won deals",
    unit="days",
)
def _cycle(inputs: Inputs) -> list[dict]:
    won = inputs.deals[
        inputs.deals["is_won"].fillna(False).astype(bool) & inputs.deals["cycle_days"].notna()
    ]
    inside, window = in_window(won, won["quarter"], won["fits_icp"], inputs)

    def compared(sides: dict[str, pd.DataFrame], window: str) -> list[dict]:
        return centred(
            "cycle",
            {side: rows["cycle_days"] for side, rows in sides.items()},
            window,
            centres.median,
            centres.shift,
        )

    return compared(split(inside), window) + _lately("cycle", won, inputs, compared)


def _lately(name: str, rows: pd.DataFrame, inputs: Inputs, compared: Callable) -> list[dict]:
    """Each side since the break (or since a profile stands) and before it.

    `in now`, `in before`, `in change`, the same for `out`, and `difference now`.

    Windows and fit are those of 06_questions: a deal is judged as it could be when it closed, so
    that a tile counts what the verdict counts. `compared` makes the rows of two groups and their
    difference.
    """
    windows = inputs.windows
    if windows is None:
        return []
    rows = rows.assign(fits_icp=History(inputs).deals["fit"])
    parts = {when: split(rows[windows.holds(rows["quarter"], when)]) for when in WHEN}
    told = {when: windows.words(when) for when in WHEN}
    found = []
    both = compared(parts["now"], told["now"])
    if len(both) == 3 and min(r["n"] for r in both) >= FEWEST:
        found.append(both[-1] | {"side": "difference now"})
    for side, label in zip(SIDES, INTRODUCTIONS[name].labels, strict=True):
        pair = compared({"in": parts["now"][side], "out": parts["before"][side]}, "")
        for one in pair:
            when = {"in": "now", "out": "before", "difference": "change"}[one["side"]]
            window = told.get(when, " against ".join(told.values()))
            if when != "change" or min(r["n"] for r in pair) >= FEWEST:
                found.append(one | {"side": f"{side} {when}", "label": label, "window": window})
    return found
