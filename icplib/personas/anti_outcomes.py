"""What came of anti-personas: rates of flagged accounts against others.

A rate counts only flags by what was known before the outcome, and only accounts whose flag is known
on both sides; where losing is part of the definition there is no rate to tell.
"""

from typing import Any

import numpy as np
import pandas as pd

from icplib.personas.anti import CRITERIA, FLAGS, OUTSIDE, said, thresholds, unknown
from icplib.personas.evidence import Evidence
from icplib.personas.statements import typical_label
from icplib.settings import AntiPersona
from icplib.stats.contrasts import ClusteredRate, clustered_rate
from icplib.tables import artefact
from icplib.words import decimal


def measure_anti_personas(
    flags: pd.DataFrame,
    accounts: pd.DataFrame,
    deals: pd.DataFrame,
    evidence: Evidence,
    settings: AntiPersona,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Artefact 05_anti_personas: outcomes of flagged against other accounts.

    One block a criterion, and one for the anti-persona.
    """
    declared = artefact("05_anti_personas")
    if flags.empty:
        return declared.empty()
    limits = thresholds(accounts, deals, settings)
    rows = []
    for name, column in (FLAGS | {"anti-persona": "is_anti_persona"}).items():
        label, kind, family = CRITERIA.get(
            name, ("Anti-persona: one hard or two soft criteria", "either", "")
        )
        flagged = flags[column]
        missing = int(flagged.isna().sum())
        row = {
            "criterion": name,
            "label": label,
            "kind": kind,
            "n_accounts": len(flags),
            "n_missing": missing,
            # where one sign of several is enough, who is flagged is known and who is not is rarely
            "n_base": len(flags) - (missing if kind == "hard" or missing == len(flags) else 0),
            "n_flagged": int(flagged.sum()),
        }
        row |= _outcomes(flags, column, accounts, deals, as_of) | _interviewed(evidence, family)
        row |= {"rule": _rule(name, settings), "threshold": _threshold(name, limits, settings)}
        row["sentence"] = _sentence(row)
        rows.append(row)
    return declared.frame(rows)


def _outcomes(
    flags: pd.DataFrame,
    column: str,
    accounts: pd.DataFrame,
    deals: pd.DataFrame,
    as_of: pd.Timestamp,
) -> dict:
    flagged = flags[column]
    known = flagged.notna().to_numpy()
    is_mine = pd.Series(
        flagged[known].astype(bool).to_numpy(), index=flags["account_id"].to_numpy()[known]
    )
    row: dict[str, Any] = {}
    open_deals = deals[
        ~deals["is_closed"].fillna(True).astype(bool) & deals["account_id"].isin(is_mine.index)
    ]
    in_pipeline = (
        open_deals["account_id"].map(is_mine).astype(bool)
        if len(open_deals)
        else pd.Series(dtype=bool)
    )
    total = open_deals["deal_amount"].sum()
    row["pipeline_share"] = (
        float(open_deals.loc[in_pipeline, "deal_amount"].sum() / total) if total else np.nan
    )
    closed = deals[deals["is_closed"].fillna(False).astype(bool)]
    closed = closed.assign(y=closed["is_won"].fillna(False).astype(float))
    won = closed.groupby("account_id")["y"].agg(["sum", "count"])
    customers = accounts[accounts["is_customer"].fillna(False).astype(bool)].set_index("account_id")
    left = customers["is_churned"].fillna(False).astype(float)
    seen = _seen_before(flags, column)
    for name, k, n in (
        ("win_rate", won["sum"], won["count"]),
        ("churned_share", left, pd.Series(1.0, index=left.index)),
    ):
        row |= _compared(name, seen[name].reindex(k.index), k, n)
        # Flagged, and yet by nothing that was known before: losing is part of the definition.
        is_told = not np.isnan(row[name]) or not flagged.fillna(False).any()
        row[f"{name}_basis"] = "known before" if is_told else "by definition"
    for side, wanted in (("", True), ("_rest", False)):
        ids = set(is_mine.index[is_mine == wanted])
        hours = customers.loc[customers.index.isin(ids), "support_hours"]
        row[f"support_hours{side}"] = float(hours.mean()) if hours.notna().any() else np.nan
        row[f"revenue_retention{side}"] = _revenue_retention(
            deals[deals["account_id"].isin(ids)], as_of
        )
    return row


def _seen_before(flags: pd.DataFrame, column: str) -> dict[str, pd.Series]:
    """{outcome: the flag by what was known before that outcome}, by account; NA where not known.

    Support and requests come after a deal is won, so they say nothing of winning.
    """
    table = flags.set_index("account_id")
    nothing = unknown(table.index)
    soft = {
        "win_rate": [table["is_ap1_before"], nothing, nothing],
        "churned_share": [table["is_ap1_before"], table["is_ap2_before"], table["is_ap3"]],
    }
    hard = table[["is_ap4", "is_ap5"]]
    out = {}
    for outcome, (ap1, ap2, ap3) in soft.items():
        both = pd.concat([ap1, ap2, ap3], axis=1)
        is_anti = hard.fillna(False).any(axis=1) | (both.fillna(False).sum(axis=1) >= 2)
        is_asked = hard.notna().any(axis=1) | (both.notna().sum(axis=1) >= 2)
        anti = is_anti.astype("boolean").where(is_asked, pd.NA)  # type: ignore[call-overload]
        alone = {"is_ap1": ap1, "is_ap2": ap2, "is_ap3": ap3, "is_anti_persona": anti}
        out[outcome] = alone.get(column, table.get(column, nothing))
    return out


def _compared(name: str, flag: pd.Series, k: pd.Series, n: pd.Series) -> dict:
    """Rates of flagged and others among accounts whose flag is known, and their difference."""
    sides = [
        clustered_rate(k[(flag == wanted).fillna(False)], n[(flag == wanted).fillna(False)])
        for wanted in (True, False)
    ]
    row = _spread(name, sides[0]) | _spread(f"{name}_rest", sides[1])
    a, b = sides
    gap = a.rate - b.rate
    down = np.hypot(a.rate - a.low, b.high - b.rate)
    up = np.hypot(a.high - a.rate, b.rate - b.low)
    difference = {"": gap, "_low": gap - down, "_high": gap + up}
    return row | {f"{name}_difference{end}": float(x) for end, x in difference.items()}


def _spread(name: str, found: ClusteredRate) -> dict:
    return {name: found.rate, f"{name}_low": found.low, f"{name}_high": found.high}


def _revenue_retention(deals: pd.DataFrame, as_of: pd.Timestamp) -> float:
    """Amount won in the last year over that of the year before.

    Of accounts that bought in the year before.
    """
    won = deals[deals["is_won"].fillna(False).astype(bool)]
    year, two = as_of - pd.DateOffset(years=1), as_of - pd.DateOffset(years=2)
    before = won[(won["close_date"] > two) & (won["close_date"] <= year)]
    after = won[(won["close_date"] > year) & won["account_id"].isin(set(before["account_id"]))]
    total = before["deal_amount"].sum()
    return float(after["deal_amount"].sum() / total) if total else np.nan


def _interviewed(evidence: Evidence, family: str) -> dict:
    """How many of those who left, were lost or do not fit said it."""
    if evidence.empty or not family or not (evidence.items["family"] == family).any():
        return {"n_interviews_said": pd.NA, "n_interviews_asked": pd.NA, "interview_label": ""}
    people = evidence.interviews
    outside = people["relationship"].isin(OUTSIDE) | ~people["fits"].fillna(True).astype(bool)
    told = said(evidence, family)[outside.to_numpy()].dropna()
    return {
        "n_interviews_said": int(told.sum()),
        "n_interviews_asked": len(told),
        "interview_label": typical_label(int(told.sum()), len(told)) if len(told) else "",
    }


def _rule(name: str, settings: AntiPersona) -> str:
    """What sales can check before signing; "" for what shows only afterwards."""
    tech = [f"lacks {', '.join(settings.required_tech)}"] * bool(settings.required_tech)
    tech += [f"has none of {', '.join(settings.any_of_tech)}"] * bool(settings.any_of_tech)
    tech += [f"runs {', '.join(settings.forbidden_tech)}"] * bool(settings.forbidden_tech)
    models = (
        f"Business model is {' or '.join(settings.unserved_models)}"
        if settings.unserved_models
        else ""
    )
    hard = "; ".join(
        rule for rule in (f"Technology: {'; '.join(tech)}" if tech else "", models) if rule
    )
    return {
        "AP1": (
            f"A warning, not a refusal: asks for {settings.discount_limit:.0%} or more and for"
            f" {settings.quote_revisions} or more quotes"
        ),
        "AP4": f"Technology: {'; '.join(tech)}" if tech else "",
        "AP5": models,
        "anti-persona": f"Do not pursue when: {hard}" if hard else "",
    }.get(name, "")


def _threshold(name: str, limits: dict, settings: AntiPersona) -> str:
    support = "not known" if np.isinf(limits["support"]) else f"{limits['support']:.0%}"
    return {
        "AP1": (
            f"discount of {limits['discount']:.0%} or more and {settings.quote_revisions} quote"
            " revisions, or price in two interviews or as the reason of a loss"
        ),
        "AP2": (
            f"{settings.wont_do_requests} requests for what is not in the product within"
            f" {settings.wont_do_days} days, or a loss over expectations"
        ),
        "AP3": (
            f"support cost of {support} of revenue or more after {settings.support_exposure_days}"
            " days"
        ),
        "AP4": "lists in settings [anti]: required_tech, any_of_tech, forbidden_tech",
        "AP5": "list in settings [anti]: unserved_models",
    }.get(name, "one hard or two soft criteria")


def _sentence(row: dict) -> str:
    least, rest = ("", "without data") if row["kind"] == "hard" else ("at least ", "not told")
    words = f"{row['label']}: {least}{row['n_flagged']} of {row['n_base']} accounts"
    words += f" ({row['n_missing']} {rest})." if row["n_missing"] else "."
    for name, what in (("win_rate", "deals won"), ("churned_share", "customers left")):
        if row[f"{name}_basis"] == "by definition":
            words += f" {what.capitalize()}: losing is part of the definition, so no rate is told."
        elif row["n_flagged"] and not np.isnan(row[f"{name}_difference"]):
            words += (
                f" {what.capitalize()}: {_shown(row, name)} against {_shown(row, f'{name}_rest')}"
                f" elsewhere; {_difference_words(row, name)}."
            )
    if row["n_interviews_asked"] is not pd.NA and row["n_interviews_asked"]:
        label = f" ({row['interview_label']})" if row["interview_label"] else ""
        words += (
            f" Said by {row['n_interviews_said']} of {row['n_interviews_asked']} interviewees who"
            f" left, were lost or do not fit{label}."
        )
    return words


def _difference_words(row: dict, name: str) -> str:
    """The difference with its interval, or that there is none beyond chance."""
    estimate = [row[f"{name}_difference{end}"] for end in ("", "_low", "_high")]
    if np.isnan(estimate).any():
        return "too few to tell whether they differ"
    gap, low, high = (decimal(100 * x, 0) for x in estimate)
    interval = f"{gap} points, {low} to {high}"
    is_within = estimate[1] <= 0 <= estimate[2]
    return f"no difference beyond chance ({interval})" if is_within else interval


def _shown(row: dict, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{row[name]:.0%}" + ("" if np.isnan(low) else f" ({low:.0%} to {high:.0%})")


def flags_by_owner(flags: pd.DataFrame) -> pd.DataFrame:
    """AP1 by who sold: one seller's habit of discounting looks like a trait of the buyers."""
    known = flags[flags["is_ap1"].notna() & flags["owner"].notna()]
    table = known.groupby("owner")["is_ap1"].agg(n_accounts="count", n_flagged="sum").astype(int)
    return table.assign(share=table["n_flagged"] / table["n_accounts"]).sort_values(  # type: ignore[operator]
        ["share", "n_accounts"], ascending=False
    )


def check_forward(
    before: pd.DataFrame | None,
    deals: pd.DataFrame,
    accounts: pd.DataFrame,
    since: pd.Timestamp | None,
) -> str:
    """The rule as it stood last quarter, against what happened since.

    Not on the deals that made it.
    """
    if before is None or since is None or before.empty:
        return "The rule cannot be checked forward yet: it needs an earlier quarter."
    flagged = before.set_index("account_id")["is_flagged_before_signing"].dropna().astype(bool)
    closed = deals[
        deals["is_closed"].fillna(False).astype(bool)
        & (deals["close_date"] > since)
        & deals["account_id"].isin(flagged.index)
    ]
    found = []
    for words, wanted in (("flagged before", True), ("others", False)):
        mine = closed[closed["account_id"].map(flagged) == wanted] if len(closed) else closed
        won = (
            mine.assign(y=mine["is_won"].fillna(False).astype(float))
            .groupby("account_id")["y"]
            .agg(["sum", "count"])
        )
        rate = clustered_rate(won["sum"], won["count"])
        interval = "" if np.isnan(rate.low) else f" ({rate.low:.0%} to {rate.high:.0%})"
        found.append(f"{words}: {int(won['sum'].sum())} of {int(won['count'].sum())} won{interval}")
    left = accounts[(accounts["churn_date"] > since) & accounts["account_id"].isin(flagged.index)]
    n_left = int(left["account_id"].map(flagged).sum()) if len(left) else 0
    return (
        f"Deals closed since the rule of last quarter: {'; '.join(found)}. Of {len(left)} customers"
        f" that left since, {n_left} were flagged."
    )


def describe_anti(anti: pd.DataFrame) -> str:
    """The anti-persona in one paragraph."""
    if anti.empty:
        return "No anti-personas: they need accounts."
    whole = anti[anti["criterion"] == "anti-persona"].iloc[0]
    blind = anti.loc[
        (anti["n_missing"] == anti["n_accounts"]) & (anti["criterion"] != "anti-persona"),
        "criterion",
    ]
    words = whole["sentence"]
    if whole["rule"]:
        words += f" {whole['rule']}."
    if len(blind):
        words += (
            f" Nothing is known for {', '.join(blind)}: see [anti] in settings and the sources"
            " 'deals' and 'tickets'."
        )
    return words
