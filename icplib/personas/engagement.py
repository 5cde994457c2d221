"""What people in a role say they prefer, beside what they do.

Clicks and replies by channel and content.

Opens are not used: mail privacy proxies open everything. People share accounts and get many
messages, so every interval rests on the effective number of touches. What is called an effect of
preferences is an association within the same contacts.
"""

import re

import numpy as np
import pandas as pd

from icplib.personas.evidence import AGAINST
from icplib.stats.contrasts import ClusteredRate, clustered_rate, mean_difference
from icplib.tables import artefact, rows_of
from icplib.vocabulary.people import (
    UNKNOWN_ROLE,
    buying_role_of,
    by_authority,
    role_by_position,
    role_label,
)

MEASURES = {"clicked": "is_clicked", "replied": "is_replied"}
MIN_CONTENT = 20  # touches below which a format is not called the one that works


def roles_of_contacts(contacts: pd.DataFrame, merge: dict[str, str] | None = None) -> pd.DataFrame:
    """contact_id, account_id, role (after merges), is_declared, crm_words.

    The role is declared where the CRM gives it, else it is read from the title.
    """
    declared = contacts["buying_role"].map(buying_role_of)
    by_title = [
        role_by_position(*place)
        for place in zip(contacts["seniority"], contacts["function"], strict=True)
    ]
    role = declared.where(
        declared != UNKNOWN_ROLE, pd.Series(by_title, index=contacts.index, dtype=object)
    )
    return pd.DataFrame(
        {
            "contact_id": contacts["contact_id"],
            "account_id": contacts["account_id"],
            "role": role.replace(merge or {}),
            "is_declared": declared != UNKNOWN_ROLE,
            "crm_words": contacts["buying_role"],
        }
    )


def describe_contacts(roles: pd.DataFrame) -> str:
    """How many contacts have a role, and from where."""
    if roles.empty:
        return (
            "No contacts with roles: engagement by role needs the sources 'contacts' and"
            " 'engagement'."
        )
    unknown = (roles["role"] == UNKNOWN_ROLE).sum()
    by_title = (~roles["is_declared"] & (roles["role"] != UNKNOWN_ROLE)).sum()
    return (
        f"{len(roles)} contacts: {roles['is_declared'].sum()} with a role in the CRM, {by_title} by"
        f" a rule on seniority and function, {unknown} ({unknown / len(roles):.0%}) without any."
    )


def measure_engagement(
    engagement: pd.DataFrame,
    contacts: pd.DataFrame,
    accounts: pd.DataFrame,
    deals: pd.DataFrame,
    statements: pd.DataFrame,
    channel_codes: dict[str, str] | None = None,
) -> pd.DataFrame:
    """Artefact 05_engagement. ``contacts`` as from ``roles_of_contacts``; empty without contacts.

    A preference is a statement of the role with a label; it conflicts with behaviour when the whole
    interval of the preferred channel lies below the role's rate over all channels, or that of a
    rejected one above it.
    """
    declared = artefact("05_engagement")
    rows = []
    roles = by_authority(set(contacts["role"]) - {UNKNOWN_ROLE})
    touches = engagement[engagement["is_sent"].fillna(True).astype(bool)].merge(
        contacts[["contact_id", "role"]], on="contact_id", how="left"
    )
    for role in roles:
        mine = touches[touches["role"] == role]
        stated = _stated(statements, role, touches, channel_codes or {})
        for measure, column in MEASURES.items():
            overall = _rate(mine, column)
            if not overall:
                continue
            rows.append(_row(role, measure, "all", "", overall))
            for dimension in ("channel", "content"):
                for value, part in mine.groupby(dimension, sort=True):
                    rows.append(
                        _row(
                            role,
                            measure,
                            dimension,
                            value,  # type: ignore[arg-type]
                            _rate(part, column),
                            overall,
                            stated.get(value),  # type: ignore[arg-type]
                        )
                    )
        rows += _matched(role, mine, {v for v, s in stated.items() if s["prefers"]})
        rows += _retained(role, contacts, accounts) + _in_won_deals(role, contacts, deals)
    return declared.frame(rows)


def _rate(touches: pd.DataFrame, column: str) -> dict:
    """Rate of one outcome over touches in which it is known; {} where it never is."""
    known = touches[touches[column].notna()]
    if known.empty:
        return {}
    by_account = known.groupby("account_id")[column].agg(["sum", "count"]).astype(float)
    found = clustered_rate(by_account["sum"], by_account["count"])
    return {
        "n_contacts": known["contact_id"].nunique(),
        "n_accounts": found.n_accounts,
        "n_trials": len(known),
        "n_events": int(by_account["sum"].sum()),
        "rate": found.rate,
        "rate_low": found.low,
        "rate_high": found.high,
        "n_effective": found.n_effective,
        "design_effect": found.design_effect,
    }


def _row(
    role: str,
    measure: str,
    dimension: str,
    value: str,
    rate: dict,
    overall: dict | None = None,
    stated: dict | None = None,
) -> dict:
    row = {
        "role": role,
        "measure": measure,
        "dimension": dimension,
        "value": value,
        "has_conflict": False,
    } | rate
    if not rate:
        return row | {"sentence": f"{role_label(role)}, {value}: {measure} is not recorded."}
    words = (
        f"{role_label(role)}{', ' + str(value) if value else ''}: {measure} {row['n_events']} of"
        f" {row['n_trials']} ({row['rate']:.1%}"
    )
    words += (
        ")" if np.isnan(row["rate_low"]) else f", {row['rate_low']:.1%} to {row['rate_high']:.1%})"
    )
    words += f" at {row['n_accounts']} accounts" + (
        ", too few for an interval." if np.isnan(row["rate_low"]) else "."
    )
    if stated and overall:
        row |= {
            "stated_said": stated["said"],
            "stated_against": stated["against"],
            "stated_asked": stated["asked"],
        }
        words += f" Stated by {stated['said']} of {stated['asked']} interviewees"
        words += f", rejected by {stated['against']}." if stated["against"] else "."
        too_low = stated["prefers"] and row["rate_high"] < overall["rate"]
        too_high = stated["rejects"] and row["rate_low"] > overall["rate"]
        row["has_conflict"] = bool(too_low or too_high)
        if row["has_conflict"]:
            words += (
                " Conflict:"
                f" {'preferred in words, answered less' if too_low else 'rejected in words, answered more'}"  # noqa: E501
                f" than the role's average of {overall['rate']:.1%}."
            )
    return row | {"sentence": words}


def _stated(
    statements: pd.DataFrame, role: str, touches: pd.DataFrame, channel_codes: dict[str, str]
) -> dict[str, dict]:
    """Per channel or content: how many of the role prefer and reject it.

    On a shared card, what everyone said.
    """
    if statements.empty:
        return {}
    mine = statements[(statements["role"] == role) & (statements["persona_id"].fillna("") != "")]
    if mine.empty:
        mine = statements[statements["role"] == "everyone"]
    values = sorted(set(touches["channel"].dropna()) | set(touches["content"].dropna()))
    found: dict[str, dict] = {}
    for row in rows_of(mine[mine["family"] == "channel"]):
        code = row.code_id.removesuffix(AGAINST)
        value = channel_codes.get(code) or next(
            (v for v in values if _speaks_of(f"{code} {row.label}", v)), None
        )
        if value is None:
            continue
        entry = found.setdefault(
            value, {"said": 0, "against": 0, "asked": 0, "prefers": False, "rejects": False}
        )
        is_against = row.code_id.endswith(AGAINST)
        entry["against" if is_against else "said"] += int(row.n_said)
        entry["asked"] = max(entry["asked"], int(row.n_asked))
        entry["rejects" if is_against else "prefers"] |= row.confidence != ""
    return found


def _speaks_of(code: str, value: str) -> bool:
    return _words(value) <= _words(code)


def _words(text: str) -> set[str]:
    """Words without plural endings: "case_studies" speaks of "Case study"."""
    plain = str(text).lower().replace("e-mail", "email")
    words = {re.sub(r"ies$", "y", w) for w in re.findall(r"[a-z0-9]+", plain)}
    return {w.removesuffix("s") if len(w) > 3 else w for w in words} - {"a", "the", "and"}


def _matched(role: str, touches: pd.DataFrame, preferred: set[str]) -> list[dict]:
    """Replies to preferred touches minus replies to others, within contact.

    Preferred is a channel or format; averaged by account.
    """
    if not preferred or touches.empty:
        return []
    known = touches[touches["is_replied"].notna()]
    is_matched = known["channel"].isin(list(preferred)) | known["content"].isin(list(preferred))
    known = known.assign(is_matched=is_matched, is_replied=known["is_replied"].astype(float))
    by_contact = known.pivot_table(
        index=["account_id", "contact_id"],
        columns="is_matched",
        values="is_replied",
        aggfunc="mean",
    )
    both = by_contact.dropna() if set(by_contact.columns) == {True, False} else by_contact.iloc[:0]
    if both.empty:
        return []
    per_account = (both[True] - both[False]).groupby(level="account_id").mean()
    mean, low, high = (
        mean_difference(per_account)
        if len(per_account) >= 5
        else (per_account.mean(), np.nan, np.nan)
    )
    n = int(known["contact_id"].isin(both.index.get_level_values("contact_id")).sum())
    interval = "too few accounts for an interval" if np.isnan(low) else f"{low:+.1%} to {high:+.1%}"
    return [
        {
            "role": role,
            "measure": "matched minus unmatched",
            "dimension": "all",
            "value": ", ".join(sorted(preferred)),
            "n_contacts": len(both),
            "n_accounts": len(per_account),
            "n_trials": n,
            "rate": float(mean),
            "rate_low": low,
            "rate_high": high,
            "has_conflict": False,
            "sentence": (
                f"{role_label(role)}: replies to touches in the stated channel or format"
                f" ({', '.join(sorted(preferred))}) minus replies to others, within the same"
                f" {len(both)} contacts at {len(per_account)} accounts: {mean:+.1%} ({interval})."
                " An association; only an A/B test says more."
            ),
        }
    ]


def _retained(role: str, contacts: pd.DataFrame, accounts: pd.DataFrame) -> list[dict]:
    at = set(contacts.loc[contacts["role"] == role, "account_id"])
    customers = accounts[
        accounts["is_customer"].fillna(False).astype(bool) & accounts["account_id"].isin(at)
    ]
    if customers.empty:
        return []
    stayed = ~customers["is_churned"].fillna(False).astype(bool)
    found = clustered_rate(stayed.astype(float), np.ones(len(stayed)))
    return [
        _plain_row(
            role,
            "retained",
            found,
            len(stayed),
            int(stayed.sum()),
            f"{stayed.sum()} of {len(stayed)} customers with such a contact are still customers",
        )
    ]


def _in_won_deals(role: str, contacts: pd.DataFrame, deals: pd.DataFrame) -> list[dict]:
    known = set(contacts["account_id"])
    won = deals[deals["is_won"].fillna(False).astype(bool) & deals["account_id"].isin(known)]
    if won.empty:
        return []
    present = (
        won["account_id"]
        .isin(set(contacts.loc[contacts["role"] == role, "account_id"]))
        .astype(float)
    )
    by_account = present.groupby(won["account_id"]).agg(["sum", "count"])
    found = clustered_rate(by_account["sum"], by_account["count"])
    return [
        _plain_row(
            role,
            "won deals with the role",
            found,
            len(won),
            int(present.sum()),
            f"known as a contact in {present.sum():.0f} of {len(won)} won deals",
        )
    ]


def _plain_row(role: str, measure: str, found: ClusteredRate, n: int, k: int, words: str) -> dict:
    interval = "" if np.isnan(found.low) else f", {found.low:.0%} to {found.high:.0%}"
    return {
        "role": role,
        "measure": measure,
        "dimension": "all",
        "value": "",
        "n_accounts": found.n_accounts,
        "n_trials": n,
        "n_events": k,
        "rate": found.rate,
        "rate_low": found.low,
        "rate_high": found.high,
        "n_effective": found.n_effective,
        "design_effect": found.design_effect,
        "has_conflict": False,
        "sentence": f"{role_label(role)}: {words} ({found.rate:.0%}{interval}).",
    }


def content_that_works(engagement: pd.DataFrame, role: str, most: int = 2) -> list[str]:
    """The formats a role replies to most, by the lower end of the interval; from 20 touches on."""
    table = engagement[
        (engagement["measure"] == "replied")
        & (engagement["dimension"] == "content")
        & (engagement["n_trials"] >= MIN_CONTENT)
    ]
    table = table[(table["role"] == role) & table["rate_low"].notna() & (table["n_events"] > 0)]
    return list(
        table.sort_values(["rate_low", "value"], ascending=[False, True])["value"].head(most)
    )


def describe_engagement(engagement: pd.DataFrame) -> str:
    """Conflicts between words and deeds, and what matched touches are associated with."""
    if engagement.empty:
        return (
            "No engagement by role: it needs the sources 'contacts' (with roles) and 'engagement'."
        )
    conflicts = engagement[engagement["has_conflict"].fillna(False).astype(bool)]
    matched = engagement[engagement["measure"] == "matched minus unmatched"]
    touches = engagement[(engagement["measure"] == "replied") & (engagement["dimension"] == "all")]
    words = [
        f"{touches['n_trials'].sum():,} touches to {touches['n_contacts'].sum():,} contacts in"
        f" {len(touches)} roles; clicks and replies count, opens do not."
    ]
    words += list(matched["sentence"])
    words.append(
        " ".join(conflicts["sentence"])
        if len(conflicts)
        else "No stated preference contradicts what the role answers to."
    )
    return " ".join(words)
