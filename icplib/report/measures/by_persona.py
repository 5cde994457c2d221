"""Four measures of the personas: engagement, response, retention, preferences."""

import pandas as pd

from icplib.report.inputs import Inputs
from icplib.report.measures.registry import (
    clustered,
    in_window,
    measure,
    row,
    split,
)
from icplib.stats.intervals import difference, wilson


@measure(
    "engagement",
    title="Engagement rate by persona",
    metric="lead quality",
    focus="persona",
    what=(
        "Touches that were clicked or answered, among touches sent to people in the persona's "
        "roles."
    ),
    why="It says whether the content reaches the people that it was written for.",
    caveats=(
        "Opens do not count: mail privacy services open everything. People share accounts, so the"
        " interval counts fewer touches than were sent."
    ),
    filter="touches sent in the window to contacts with one of the persona's roles",
    artefact="01_engagement, 04_scores",
    sources=("engagement", "contacts"),
    n_counted="touches",
    unit="share",
)
def _engagement(inputs: Inputs) -> list[dict]:
    touches = inputs.touches
    reacted = touches["is_clicked"].fillna(False) | touches["is_replied"].fillna(False)
    return _touch_rates("engagement", reacted, inputs)


@measure(
    "response",
    title="Response rate by persona",
    metric="conversion rate",
    focus="persona",
    what="Touches that were answered, among touches sent to people in the persona's roles.",
    why="An answer is the first step of a sale that the message can be credited with.",
    caveats="A reply may be a refusal; the export does not say.",
    filter="touches sent in the window to contacts with one of the persona's roles",
    artefact="01_engagement, 04_scores",
    sources=("engagement", "contacts"),
    n_counted="touches",
    unit="share",
)
def _response(inputs: Inputs) -> list[dict]:
    return _touch_rates("response", inputs.touches["is_replied"].fillna(False), inputs)


def _touch_rates(name: str, success: pd.Series, inputs: Inputs) -> list[dict]:
    touches = inputs.touches.assign(success=success.astype(float))
    touches, window = in_window(touches, touches["quarter"], touches["fits_icp"], inputs)
    rows = []
    for card in inputs.personas:
        here = touches[touches["buying_role"].isin(card.roles)]
        rows += clustered(name, split(here), window, card.name)
    return rows


@measure(
    "retention",
    title="Retention by persona",
    metric="customer value",
    focus="persona",
    what=(
        "Of the customers of a year ago that have a contact in the persona's roles, the share "
        "that is still a customer."
    ),
    why="It says whether customers stay where this persona is at the table.",
    caveats="An association: accounts with many contacts are also larger and better served.",
    filter="customers of a year ago with at least one contact in the persona's roles",
    artefact="01_accounts, 01_contacts",
    sources=("accounts", "churn", "contacts"),
    n_counted="customers",
    unit="share",
)
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
        window = f"{then.date()} to {inputs.as_of.date()}"
        told = {"window": window, "persona": card.name}
        for side, part in split(base).items():
            k, n = int((~part["is_churned"].fillna(False).astype(bool)).sum()), len(part)
            if n:
                counts[side] = (k, n)
                rows.append(row("retention", side, (k / n, *wilson(k, n)), n, k=k, **told))
        if len(counts) == 2:
            rows.append(
                row(
                    "retention",
                    "difference",
                    difference(*counts["in"], *counts["out"]),
                    sum(n for _, n in counts.values()),
                    **told,
                )
            )
    return rows


@measure(
    "preference",
    title="Effect of communication preferences",
    metric="sales cycle length",
    focus="persona",
    what=(
        "Reply rate of touches through the persona's stated channel or format minus the reply "
        "rate of other touches, within the same people."
    ),
    why="If preferences are right, meeting them should shorten the way to an answer.",
    caveats=(
        "The articles put this measure beside cycle length; it shows response, not days. An "
        "association, not an experiment."
    ),
    filter="contacts that got touches of both kinds",
    artefact="05_engagement",
    sources=("engagement", "contacts", "codings"),
    n_counted="touches",
    unit="share",
    labels=("matched minus unmatched", ""),
)
def _preference(inputs: Inputs) -> list[dict]:
    """Matched against unmatched touches as notebook 05 measured them, one row a persona."""
    table = inputs["05_engagement"]
    table = table[(table["measure"] == "matched minus unmatched") & table["rate"].notna()]
    rows = []
    for card in inputs.personas:
        mine = table[table["role"].isin((card.role, *card.roles))]
        for one in mine.head(1).to_dict("records"):
            estimate = (one["rate"], one["rate_low"], one["rate_high"])
            n = 0 if pd.isna(one["n_trials"]) else one["n_trials"]
            told = {"window": "all touches on file", "persona": card.name}
            rows.append(row("preference", "in", estimate, n, **told))
    return rows
