"""A/B tests of messages: which accounts get which, how many it takes, the last day's result.

Matched against unmatched touches is only an association, because somebody chose who got what; drawn
accounts are not chosen. One outcome, read once: before the last day nothing is shown. Roles are
compared by one test of interaction, never by a winner a role.
"""

import re
from typing import Any

import numpy as np
import pandas as pd

from icplib.personas.engagement import MEASURES
from icplib.settings import MessageTest
from icplib.settings import Personas as PersonaSettings
from icplib.stats.contrasts import clustered_rate
from icplib.stats.trials import (
    Difference,
    accounts_needed,
    draw_arms,
    interaction_p,
    intraclass,
    welch,
)
from icplib.tables import artefact
from icplib.vocabulary.people import UNKNOWN_ROLE, by_authority, role_label

MIN_ACCOUNTS = 5  # an arm, for an interval


def measure_tests(
    engagement: pd.DataFrame,
    contacts: pd.DataFrame,
    tests: tuple[MessageTest, ...],
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Artefact 05_tests, one row a test of the settings.

    ``contacts`` as from ``roles_of_contacts``.
    """
    declared = artefact("05_tests")
    sent = engagement[engagement["is_sent"].fillna(True).astype(bool)].merge(
        contacts[["contact_id", "role"]], on="contact_id", how="left"
    )
    rows = [_measured(test, sent[sent[MEASURES[test.measure]].notna()], as_of) for test in tests]
    return declared.frame(rows)


def _measured(test: MessageTest, touches: pd.DataFrame, as_of: pd.Timestamp) -> dict:
    start, end = pd.Timestamp(test.start), pd.Timestamp(test.end)
    row: dict[str, Any] = dict.fromkeys(
        (
            "rate_a",
            "rate_b",
            "difference",
            "difference_low",
            "difference_high",
            "p",
            "p_interaction",
        ),
        np.nan,
    )
    row |= dict.fromkeys(
        ("n_accounts_a", "n_accounts_b", "n_accounts_both", "n_touches_a", "n_touches_b"), pd.NA
    )
    row |= {
        "test": test.name,
        "measure": test.measure,
        "content_a": test.a,
        "content_b": test.b,
        "start_date": start,
        "end_date": end,
    }
    row |= _plan(test, touches[touches["date"] < start])
    row["status"] = "planned" if as_of < start else "running" if as_of < end else "ended"
    if row["status"] == "ended":
        row |= _result(test, touches[(touches["date"] >= start) & (touches["date"] <= end)])
    return row | {"sentence": _sentence(row, test)}


def _plan(test: MessageTest, before: pd.DataFrame) -> dict:
    """Accounts an arm, by the rate and the likeness within accounts of all touches before the test."""  # noqa: E501
    by_account = (
        before.groupby("account_id")[MEASURES[test.measure]].agg(["sum", "count"]).astype(float)
    )
    found = clustered_rate(by_account["sum"], by_account["count"])
    if np.isnan(found.design_effect) or found.rate + test.rise > 1:
        return {"n_accounts_needed": pd.NA, "rate_before": found.rate, "icc": np.nan}
    icc = intraclass(found.design_effect, float(by_account["count"].mean()))
    return {
        "n_accounts_needed": accounts_needed(found.rate, test.rise, test.touches, icc),
        "rate_before": found.rate,
        "icc": icc,
    }


def _result(test: MessageTest, touches: pd.DataFrame) -> dict:
    touches = touches[touches["content"].isin([test.a, test.b])].assign(
        y=lambda t: t[MEASURES[test.measure]].astype(float)
    )
    arms = touches.groupby("account_id")["content"].nunique()
    clean = touches[touches["account_id"].isin(arms.index[arms == 1])]
    a, b = (clean[clean["content"] == content] for content in (test.a, test.b))
    found = _difference(a, b)
    roles = sorted(set(clean["role"].dropna()) - {UNKNOWN_ROLE})
    by_role = [_difference(a[a["role"] == role], b[b["role"] == role]) for role in roles]
    n_a, n_b = a["account_id"].nunique(), b["account_id"].nunique()
    is_enough = min(n_a, n_b) >= MIN_ACCOUNTS
    return {
        "n_accounts_a": n_a,
        "n_accounts_b": n_b,
        "n_accounts_both": int((arms > 1).sum()),
        "n_touches_a": len(a),
        "n_touches_b": len(b),
        "rate_a": _rates(a).mean(),
        "rate_b": _rates(b).mean(),
        "difference": found.value,
        "difference_low": found.low if is_enough else np.nan,
        "difference_high": found.high if is_enough else np.nan,
        "p": found.p if is_enough else np.nan,
        "p_interaction": interaction_p(by_role) if is_enough else np.nan,
    }


def _rates(touches: pd.DataFrame) -> pd.Series:
    return touches.groupby("account_id")["y"].mean()


def _difference(a: pd.DataFrame, b: pd.DataFrame) -> Difference:
    return welch(_rates(a), _rates(b))


def _sentence(row: dict, test: MessageTest) -> str:
    needed = "how many accounts it takes cannot be told from what was sent before"
    if row["n_accounts_needed"] is not pd.NA:
        needed = (
            f"{row['n_accounts_needed']} accounts an arm are needed to see a rise from"
            f" {row['rate_before']:.1%} by {test.rise:.0%} with 80 % power at {test.touches}"
            f" touches an account (intraclass correlation {row['icc']:.2f})"
        )
    if row["status"] != "ended":
        when = (
            f"starts on {test.start}"
            if row["status"] == "planned"
            else f"runs until {test.end} and is not looked at before"
        )
        return f'Test "{test.name}" {when}; {needed}.'
    words = (
        f'Test "{test.name}": {test.measure} {row["rate_b"]:.1%} with "{test.b}" at'
        f' {row["n_accounts_b"]} accounts, {row["rate_a"]:.1%} with "{test.a}" at'
        f" {row['n_accounts_a']}"
    )
    if row["p"] != row["p"]:
        return (
            f"{words}; too few accounts, or no spread between them, for an interval."
            f" {needed[0].upper()}{needed[1:]}."
        )
    words += (
        f"; difference {row['difference']:+.1%} ({row['difference_low']:+.1%} to"
        f" {row['difference_high']:+.1%}, p = {row['p']:.2g})."
    )
    words += (
        f" {row['n_accounts_both']} accounts that got both are left out."
        if row["n_accounts_both"]
        else ""
    )
    if row["p_interaction"] == row["p_interaction"]:
        same = (
            "the roles may answer differently"
            if row["p_interaction"] < 0.05
            else "no sign that roles answer differently"
        )
        words += f" Interaction with the role: p = {row['p_interaction']:.2g}, {same}."
    return words


def draw_tests(
    contacts: pd.DataFrame, settings: PersonaSettings, as_of: pd.Timestamp
) -> dict[str, str]:
    """For each test that has not begun.

    File name and CSV (account_id, role, content) of the accounts, drawn within the highest role
    known there.
    """
    known = contacts[contacts["role"] != UNKNOWN_ROLE]
    order = {role: i for i, role in enumerate(by_authority(set(known["role"])))}
    role = (
        known.assign(rank=known["role"].map(order))
        .sort_values(["rank", "account_id"], kind="stable")
        .drop_duplicates("account_id")
        .set_index("account_id")["role"]
    )
    role = role.sort_index()
    files = {}
    for number, test in enumerate(settings.tests):
        if as_of < pd.Timestamp(test.start) and len(role):
            drawn = pd.Series(draw_arms(role, settings.seed + number), index=role.index).map(
                {"a": test.a, "b": test.b}
            )
            slug = re.sub(r"[^a-z0-9]+", "_", test.name.lower()).strip("_") or str(number + 1)
            files[f"message_test_{slug}.csv"] = pd.DataFrame(
                {"role": role.map(role_label), "content": drawn}
            ).to_csv(lineterminator="\n")
    return files


def describe_tests(tests: pd.DataFrame) -> str:
    """Each test in a sentence, or how to set one up."""
    if tests.empty:
        return (
            "No message test is set up ([[personas.tests]] in company.toml): only messages drawn at"
            " random can show what a message does."
        )
    return " ".join(tests["sentence"])
