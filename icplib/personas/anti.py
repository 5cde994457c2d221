"""Anti-personas: accounts not worth pursuing, by criteria on accounts and deals.

Five criteria, never on traits of a person.

Two criteria are hard (technology, business model), three are soft (price, expectations, support).
One hard or two soft make an anti-persona. Missing data are missing, not a "no": every flag is True,
False or unknown. What sales may use is only what is known before signing.
"""

import numpy as np
import pandas as pd

from icplib.personas.evidence import Evidence
from icplib.settings import AntiPersona
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
            "is_ap1": _haggles(table, deals, evidence, settings, limits["discount"]),
            "is_ap2": _expects_too_much(table, deals, tickets, settings),
            "is_ap3": _costs_support(table, limits["support"], settings),
            "is_ap4": _wrong_tech(table, settings),
            "is_ap5": _wrong_model(table, settings),
        },
        index=table.index,
    ).astype("boolean")
    blind = evidence.of([])
    flags["is_ap1_before"] = _haggles(
        table, _without_reasons(deals), blind, settings, limits["discount"]
    )
    flags["is_ap2_before"] = _asks_early(table, tickets, settings)
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


def unknown(index: pd.Index) -> pd.Series:
    """Nothing known for any of ``index``: boolean, all NA."""
    return pd.Series(pd.NA, index=index, dtype="boolean")


def _per_account(values: pd.Series, keys: pd.Series, index: pd.Index, how: str) -> pd.Series:
    return values.groupby(keys.to_numpy()).agg(how).reindex(index)


def _names_reason(reasons: pd.Series, words: tuple[str, ...]) -> pd.Series:
    plain = reasons.astype(object).where(reasons.notna(), "").str.lower()
    return plain.map(lambda text: any(w.lower() in text for w in words))


def _haggles(
    accounts: pd.DataFrame,
    deals: pd.DataFrame,
    evidence: Evidence,
    settings: AntiPersona,
    limit: float,
) -> pd.Series:
    """AP1: a deep discount, and many revisions or the price named.

    Named in two interviews, or as the reason of a loss.
    """
    if deals.empty:
        return unknown(accounts.index)
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
    said = _said_by_account(evidence, "anti_price").reindex(accounts.index).fillna(0) >= 2
    is_deep = (discount >= limit).astype("boolean").mask(discount.isna(), pd.NA)
    is_hard_bargain = (
        (revisions >= settings.quote_revisions).astype("boolean").mask(revisions.isna(), pd.NA)
        | lost_on_price
        | said
    )
    return is_deep & is_hard_bargain


def _expects_too_much(
    accounts: pd.DataFrame, deals: pd.DataFrame, tickets: pd.DataFrame, settings: AntiPersona
) -> pd.Series:
    """AP2: three won't-do requests within 180 days, or expectations not met.

    The latter is a loss or departure over expectations, or twice the usual time to value.
    """
    found = unknown(accounts.index)
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


def _without_reasons(deals: pd.DataFrame) -> pd.DataFrame:
    """Deals as they could be seen before they were lost."""
    return deals.assign(lost_reason=pd.Series(None, index=deals.index, dtype="str"))


def _asks_early(accounts: pd.DataFrame, tickets: pd.DataFrame, settings: AntiPersona) -> pd.Series:
    """AP2 as it could be seen before leaving: won't-do requests in the first days of a customer.

    Only customers watched that long are asked, so that a long stay makes no flag.
    """
    found = unknown(accounts.index)
    if not len(tickets):
        return found
    start = tickets["account_id"].map(accounts["start_date"])
    age = (tickets["opened_date"] - start).dt.days
    tags = {t.lower() for t in settings.wont_do_tags}
    tag = tickets["tag"].astype(object).where(tickets["tag"].notna(), "").str.lower()
    early = tickets[tag.isin(tags) & (age >= 0) & (age <= settings.wont_do_days)]
    n = early.groupby("account_id").size().reindex(accounts.index).fillna(0)
    is_watched = (accounts["tenure_days"] >= settings.wont_do_days).fillna(False).astype(bool)
    return (n >= settings.wont_do_requests).astype("boolean").where(is_watched, pd.NA)


def _most_within(dates: pd.Series, days: int) -> int:
    """The most dates within any window of so many days; ``dates`` ascending."""
    when = dates.dropna().to_numpy()
    return int(
        (
            np.searchsorted(when, when + np.timedelta64(days, "D"), side="right")
            - np.arange(len(when))
        ).max(initial=0)
    )


def _costs_support(accounts: pd.DataFrame, limit: float, settings: AntiPersona) -> pd.Series:
    """AP3: support cost over revenue in the top tenth and above what the margin allows.

    Judged after enough exposure.
    """
    ratio = accounts["support_cost_share"].where(
        accounts["tenure_days"] >= settings.support_exposure_days
    )
    return (ratio >= limit).astype("boolean").mask(ratio.isna(), pd.NA)


def _wrong_tech(accounts: pd.DataFrame, settings: AntiPersona) -> pd.Series:
    """AP4 (hard): a required technology and its alternatives missing, or a forbidden one there."""
    asked = settings.required_tech or settings.any_of_tech or settings.forbidden_tech
    if not asked or settings.tech_attribute not in accounts:
        return unknown(accounts.index)
    required, any_of, forbidden = (
        {t.lower() for t in group}
        for group in (settings.required_tech, settings.any_of_tech, settings.forbidden_tech)
    )

    def clashes(stack: object) -> object:
        if not isinstance(stack, (tuple, list)):
            return pd.NA
        have = {t.lower() for t in stack}
        return bool(required - have or (any_of and not any_of & have) or forbidden & have)

    return accounts[settings.tech_attribute].map(clashes).astype("boolean")


def _wrong_model(accounts: pd.DataFrame, settings: AntiPersona) -> pd.Series:
    """AP5 (hard): the business model is on the list of those not served."""
    if not settings.unserved_models or settings.model_attribute not in accounts:
        return unknown(accounts.index)
    models = accounts[settings.model_attribute]
    unserved = {m.lower() for m in settings.unserved_models}
    hit = models.map(
        lambda m: bool(
            unserved & {str(x).lower() for x in (m if isinstance(m, (tuple, list)) else (m,))}
        )
    )
    return hit.astype("boolean").mask(models.isna(), pd.NA)


def said(evidence: Evidence, family: str) -> pd.Series:
    """Per interview: was any code of this family said? nan where none was asked."""
    columns = evidence.presence.loc[:, (evidence.items["family"] == family).to_numpy()]
    return (columns == 1).any(axis=1).astype(float).mask(columns.isna().all(axis=1))


def _said_by_account(evidence: Evidence, family: str) -> pd.Series:
    if evidence.empty:
        return pd.Series(dtype=float)
    return said(evidence, family).groupby(evidence.interviews["account_id"].to_numpy()).sum()
