"""Anti-personas: which accounts are not worth pursuing, by five criteria on accounts and deals,
never on traits of a person.

Two criteria are hard (technology, business model), three are soft (price, expectations, support).
One hard or two soft make an anti-persona. Missing data are missing, not a "no": every flag is True,
False or unknown. What sales may use is only what is known before signing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from icplib.personas.evidence import Evidence, Interviews
from icplib.personas.statements import typical_label
from icplib.settings import AntiPersona
from icplib.stats.contrasts import ClusteredRate, clustered_rate
from icplib.tables import artefact

CRITERIA = {  # label, kind, family of interview codes
    "AP1": ("Strict budget, haggles over price", "soft", "anti_price"),
    "AP2": ("Expects what the product does not do", "soft", "anti_expectation"),
    "AP3": ("Needs more support than it is worth", "soft", "anti_support"),
    "AP4": ("Incompatible technology", "hard", "anti_tech"),
    "AP5": ("Business model clashes with the offer", "hard", "anti_model"),
}
FLAGS = {name: f"is_{name.lower()}" for name in CRITERIA}
OUTSIDE = ("churned", "lost_deal")


def flag_accounts(
    accounts: pd.DataFrame,
    deals: pd.DataFrame,
    tickets: pd.DataFrame,
    evidence: Evidence,
    interviews: Interviews,
    settings: AntiPersona,
) -> pd.DataFrame:
    """Artefact 05_anti_accounts: every account's five flags and whether it is an anti-persona."""
    declared = artefact("05_anti_accounts")
    if accounts.empty:
        return declared.empty()
    table = accounts.set_index("account_id", drop=False).rename_axis(None)
    limits = thresholds(table, deals, settings)
    flags = pd.DataFrame(
        {
            "is_ap1": _haggles(table, deals, evidence, interviews, settings, limits["discount"]),
            "is_ap2": _expects_too_much(table, deals, tickets, settings),
            "is_ap3": _costs_support(table, limits["support"], settings),
            "is_ap4": _wrong_tech(table, settings),
            "is_ap5": _wrong_model(table, settings),
        },
        index=table.index,
    ).astype("boolean")
    soft, hard = flags[["is_ap1", "is_ap2", "is_ap3"]], flags[["is_ap4", "is_ap5"]]
    flags["n_soft"], flags["n_hard"] = soft.sum(axis=1), hard.sum(axis=1)
    flags["n_missing"] = pd.concat([soft, hard], axis=1).isna().sum(axis=1)
    is_sure = (flags["n_hard"] >= 1) | (flags["n_soft"] >= 2)
    # A list that the company never wrote is no missing datum: that criterion is not in use.
    is_in_use = [
        bool(settings.required_tech or settings.any_of_tech or settings.forbidden_tech),
        bool(settings.unserved_models),
    ]
    is_possible = hard.loc[:, is_in_use].isna().any(axis=1) | (soft.fillna(True).sum(axis=1) >= 2)
    flags["is_anti_persona"] = is_sure.astype("boolean").mask(~is_sure & is_possible, pd.NA)
    flags["is_flagged_before_signing"] = (
        hard.any(axis=1).astype("boolean").mask(hard.isna().all(axis=1), pd.NA)
    )
    flags["owner"] = table.get("owner")
    labels = {FLAGS[name]: CRITERIA[name][0] for name in CRITERIA}
    flags["reasons"] = [
        "; ".join(words for c, words in labels.items() if row[c])
        for row in flags[list(labels)].fillna(False).to_dict("records")
    ]
    return declared.check(flags.rename_axis("account_id").reset_index())


def thresholds(
    accounts: pd.DataFrame, deals: pd.DataFrame, settings: AntiPersona
) -> dict[str, float]:
    """Percentiles of the company's own portfolio with the floors of the settings."""
    won = deals.loc[deals["is_won"].fillna(False).astype(bool), "discount_rate"].dropna()
    discount = max(
        float(won.quantile(settings.discount_percentile)) if len(won) else 0.0,
        settings.discount_limit,
    )
    ratio = accounts.loc[
        accounts["tenure_days"] >= settings.support_exposure_days, "support_cost_share"
    ].dropna()
    support = float(ratio.quantile(settings.support_cost_percentile)) if len(ratio) else np.inf
    return {
        "discount": discount,
        "support": max(support, settings.gross_margin - settings.target_margin),
    }


def _unknown(index: pd.Index) -> pd.Series:
    return pd.Series(pd.NA, index=index, dtype="boolean")


def _per_account(values: pd.Series, keys: pd.Series, index: pd.Index, how: str) -> pd.Series:
    return values.groupby(keys.to_numpy()).agg(how).reindex(index)


def _names_reason(reasons: pd.Series, words: tuple[str, ...]) -> pd.Series:
    plain = reasons.astype(object).where(reasons.notna(), "").str.lower()
    return plain.map(lambda text: any(w.lower() in text for w in words))


def _haggles(accounts, deals, evidence, interviews, settings, limit) -> pd.Series:
    """AP1: a deep discount, and many revisions, or the price named in two interviews or as the
    reason of a loss.
    """
    if deals.empty:
        return _unknown(accounts.index)
    discount = _per_account(deals["discount_rate"], deals["account_id"], accounts.index, "max")
    revisions = _per_account(deals["n_quote_revisions"], deals["account_id"], accounts.index, "max")
    lost_on_price = (
        _per_account(
            _names_reason(deals["lost_reason"], settings.price_reasons),
            deals["account_id"],
            accounts.index,
            "max",
        )
        .fillna(False)
        .astype(bool)
    )
    said = (
        _said_by_account(evidence, interviews, "anti_price").reindex(accounts.index).fillna(0) >= 2
    )
    is_deep = (discount >= limit).astype("boolean").mask(discount.isna(), pd.NA)
    is_hard_bargain = (
        (revisions >= settings.quote_revisions).astype("boolean").mask(revisions.isna(), pd.NA)
        | lost_on_price
        | said
    )
    return is_deep & is_hard_bargain


def _expects_too_much(accounts, deals, tickets, settings) -> pd.Series:
    """AP2: three won't-do requests within 180 days, a loss or departure over expectations, or twice
    the usual time to value.
    """
    found = _unknown(accounts.index)
    customers = accounts["is_customer"].fillna(False).astype(bool)
    if len(tickets):
        tags = {t.lower() for t in settings.wont_do_tags}
        wishes = tickets[
            tickets["tag"].astype(object).where(tickets["tag"].notna(), "").str.lower().isin(tags)
        ].sort_values("opened_date")
        most = (
            wishes.groupby("account_id")["opened_date"]
            .agg(lambda d: _most_within(d, settings.wont_do_days))
            .reindex(accounts.index)
            .fillna(0)
        )
        found = (most >= settings.wont_do_requests).astype("boolean").where(customers, pd.NA)
    if "time_to_value_days" in accounts:
        days = accounts["time_to_value_days"]
        found = found | (days > 2 * days.median()).astype("boolean").mask(days.isna(), pd.NA)
    lost = (
        _per_account(
            _names_reason(deals["lost_reason"], settings.expectation_reasons),
            deals["account_id"],
            accounts.index,
            "max",
        )
        .fillna(False)
        .astype(bool)
        if len(deals)
        else False
    )
    return found | (lost | _names_reason(accounts["churn_reason"], settings.expectation_reasons))


def _most_within(dates: pd.Series, days: int) -> int:
    """The most dates within any window of so many days; ``dates`` ascending."""
    when = dates.dropna().to_numpy()
    return int(
        (
            np.searchsorted(when, when + np.timedelta64(days, "D"), side="right")
            - np.arange(len(when))
        ).max(initial=0)
    )


def _costs_support(accounts, limit, settings) -> pd.Series:
    """AP3: support cost over revenue in the top tenth and above what the margin allows, after
    enough exposure.
    """
    ratio = accounts["support_cost_share"].where(
        accounts["tenure_days"] >= settings.support_exposure_days
    )
    return (ratio >= limit).astype("boolean").mask(ratio.isna(), pd.NA)


def _wrong_tech(accounts, settings) -> pd.Series:
    """AP4 (hard): a required technology is missing, none of the alternatives is there, or a
    forbidden one is.
    """
    asked = settings.required_tech or settings.any_of_tech or settings.forbidden_tech
    if not asked or settings.tech_attribute not in accounts:
        return _unknown(accounts.index)
    required, any_of, forbidden = (
        {t.lower() for t in group}
        for group in (settings.required_tech, settings.any_of_tech, settings.forbidden_tech)
    )

    def clashes(stack):
        if not isinstance(stack, (tuple, list)):
            return pd.NA
        have = {t.lower() for t in stack}
        return bool(required - have or (any_of and not any_of & have) or forbidden & have)

    return accounts[settings.tech_attribute].map(clashes).astype("boolean")


def _wrong_model(accounts, settings) -> pd.Series:
    """AP5 (hard): the business model is on the list of those not served."""
    if not settings.unserved_models or settings.model_attribute not in accounts:
        return _unknown(accounts.index)
    models = accounts[settings.model_attribute]
    unserved = {m.lower() for m in settings.unserved_models}
    hit = models.map(
        lambda m: bool(
            unserved & {str(x).lower() for x in (m if isinstance(m, (tuple, list)) else (m,))}
        )
    )
    return hit.astype("boolean").mask(models.isna(), pd.NA)


def _said(evidence: Evidence, family: str) -> pd.Series:
    """Per interview: was any code of this family said? nan where none was asked."""
    columns = evidence.presence.loc[:, (evidence.items["family"] == family).to_numpy()]
    return (columns == 1).any(axis=1).astype(float).mask(columns.isna().all(axis=1))


def _said_by_account(evidence: Evidence, interviews: Interviews, family: str) -> pd.Series:
    if evidence.empty:
        return pd.Series(dtype=float)
    return _said(evidence, family).groupby(evidence.interviews["account_id"].to_numpy()).sum()


def measure_anti_personas(
    flags: pd.DataFrame,
    accounts: pd.DataFrame,
    deals: pd.DataFrame,
    evidence: Evidence,
    settings: AntiPersona,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Artefact 05_anti_personas: per criterion and for the anti-persona, outcomes of flagged
    against other accounts.
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
        row = {
            "criterion": name,
            "label": label,
            "kind": kind,
            "n_accounts": len(flags),
            "n_missing": int(flagged.isna().sum()),
            "n_flagged": int(flagged.sum()),
        }
        row |= _outcomes(flags, flagged, accounts, deals, as_of) | _interviewed(evidence, family)
        row |= {"rule": _rule(name, settings), "threshold": _threshold(name, limits, settings)}
        row["sentence"] = _sentence(row)
        rows.append(row)
    return declared.frame(rows)


def _outcomes(flags, flagged, accounts, deals, as_of) -> dict:
    known = flagged.notna().to_numpy()
    is_mine = pd.Series(
        flagged[known].astype(bool).to_numpy(), index=flags["account_id"].to_numpy()[known]
    )
    row = {}
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
    customers = accounts[accounts["is_customer"].fillna(False).astype(bool)]
    for side, wanted in (("", True), ("_rest", False)):
        ids = set(is_mine.index[is_mine == wanted])
        won = (
            closed.loc[closed["account_id"].isin(ids)]
            .assign(y=lambda d: d["is_won"].fillna(False).astype(float))
            .groupby("account_id")["y"]
            .agg(["sum", "count"])
        )
        mine = customers[customers["account_id"].isin(ids)]
        row |= _spread(f"win_rate{side}", clustered_rate(won["sum"], won["count"]))
        row |= _spread(
            f"churned_share{side}",
            clustered_rate(mine["is_churned"].fillna(False).astype(float), np.ones(len(mine))),
        )
        row[f"support_hours{side}"] = (
            float(mine["support_hours"].mean()) if mine["support_hours"].notna().any() else np.nan
        )
        row[f"revenue_retention{side}"] = _revenue_retention(
            deals[deals["account_id"].isin(ids)], as_of
        )
    return row


def _spread(name: str, found: ClusteredRate) -> dict:
    return {name: found.rate, f"{name}_low": found.low, f"{name}_high": found.high}


def _revenue_retention(deals: pd.DataFrame, as_of: pd.Timestamp) -> float:
    """Amount won in the last year over that of the year before, by accounts that bought in the year
    before.
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
    said = _said(evidence, family)[outside.to_numpy()].dropna()
    return {
        "n_interviews_said": int(said.sum()),
        "n_interviews_asked": len(said),
        "interview_label": typical_label(int(said.sum()), len(said)) if len(said) else "",
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
    words = (
        f"{row['label']}: {row['n_flagged']} of {row['n_accounts'] - row['n_missing']} accounts"
        " with data"
    )
    words += f" ({row['n_missing']} without)." if row["n_missing"] else "."
    for name, what in (("win_rate", "deals won"), ("churned_share", "customers left")):
        if (
            row["n_flagged"]
            and row[name] == row[name]
            and row[f"{name}_rest"] == row[f"{name}_rest"]
        ):
            words += (
                f" {what.capitalize()}: {_shown(row, name)} against {_shown(row, f'{name}_rest')}"
                " elsewhere."
            )
    if row["n_interviews_asked"] is not pd.NA and row["n_interviews_asked"]:
        label = f" ({row['interview_label']})" if row["interview_label"] else ""
        words += (
            f" Said by {row['n_interviews_said']} of {row['n_interviews_asked']} interviewees who"
            f" left, were lost or do not fit{label}."
        )
    return words


def _shown(row: dict, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{row[name]:.0%}" + ("" if np.isnan(low) else f" ({low:.0%} to {high:.0%})")


def flags_by_owner(flags: pd.DataFrame) -> pd.DataFrame:
    """AP1 by who sold: one seller's habit of discounting looks like a trait of the buyers."""
    known = flags[flags["is_ap1"].notna() & flags["owner"].notna()]
    table = known.groupby("owner")["is_ap1"].agg(n_accounts="count", n_flagged="sum").astype(int)
    return table.assign(share=table["n_flagged"] / table["n_accounts"]).sort_values(
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
