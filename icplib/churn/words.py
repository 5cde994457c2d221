"""The prose of step 3.

Every number in it comes from a table; a table that could not be made says what it would need.
"""

from __future__ import annotations

import pandas as pd

from icplib.churn.profile import CONTRADICTED
from icplib.icp import Profiles
from icplib.tables import rows_of
from icplib.tables.step_03 import ChurnSummary, Stability

FEW_FLAGS = 5


def describe_observed(summary: ChurnSummary) -> str:
    """Who could be followed, who left, how many stay a year.

    Warnings and refusals in the same breath.
    """
    if not summary.available:
        return summary.needs
    text = (
        f"Of {summary.n_customers} customers {summary.n_observed} can be followed over time;"
        f" {summary.n_left} of them left"
    )
    if summary.n_left_other:
        text += (
            f", {summary.n_left_other} more for causes that are no fault of fit (they are followed"
            " until then)"
        )
    text += "."
    if summary.n_late:
        text += (
            f" {summary.n_late} started before losses were recorded and count from then on only."
        )
    kept, low, high = summary.kept_12_share, summary.kept_12_low, summary.kept_12_high
    if kept is not None and low is not None and high is not None:
        text += (
            f" After 12 months {_percent(kept)} are still customers ({_percent_range(low, high)})."
        )
    return " ".join([text, *summary.warnings, *summary.refusals])


def describe_survival(survival: pd.DataFrame, summary: ChurnSummary, months: int = 24) -> str:
    """Share still there after ``months``, highest and lowest tier.

    Or after the last month that all tiers were observed.
    """
    if not len(survival):
        return _none(summary)
    tiers = [tier for tier in survival["tier"].unique() if tier != "all"]
    if len(tiers) < 2:
        return (
            "There are no two tiers of fit with at least five customers each to compare. "
            + _same_outcome(summary)
        )
    month = min([months, *survival.groupby("tier")["time_months"].max().astype(int)])
    said = [
        _still_there(survival[survival["tier"] == tier], tier, month)
        for tier in (min(tiers), max(tiers))
    ]
    return f"After {month} months {said[0]}; {said[1]}. {_same_outcome(summary)}".strip()


def describe_means(means: pd.DataFrame, summary: ChurnSummary) -> str:
    """Months kept within the horizon, and how many more than in the lowest tier."""
    if not len(means):
        return _none(summary)
    horizon = means["horizon_months"].iloc[0]
    compared = means[means["versus"].notna()]
    if not len(compared):
        r = means.iloc[0]
        return (
            f"Within {horizon:.0f} months a customer stays {r.mean_months:.1f} months on average"
            f" ({r.low:.1f} to {r.high:.1f}; {r.n} customers)."
        )
    r = compared.iloc[0]
    text = (
        f"Within {horizon:.0f} months a customer of tier {r.tier} stays {r.mean_months:.1f} months"
        f" on average, {abs(r.difference_months):.1f} months"
        f" {'longer' if r.difference_months >= 0 else 'shorter'} than one of tier {r.versus}"
        f" (difference {r.difference_low:+.1f} to {r.difference_high:+.1f}, {_p(r.p)}; {r.n}"
        f" customers, {r.n_events} left)."
    )
    return f"{text} {_same_outcome(summary)}".strip()


def describe_hazards(hazards: pd.DataFrame, summary: ChurnSummary) -> str:
    """What ten points of score do to the rate of leaving; whether a criterion is contradicted.

    The score is the out-of-fold one.
    """
    if not len(hazards):
        return _none(summary)
    parts = []
    for r in rows_of(hazards[hazards["model"] == "score"]):
        parts.append(
            f"{r.term} (out of fold) go with {r.hazard_ratio:.2f} times the rate of leaving (95 %"
            f" interval {r.hr_low:.2f} to {r.hr_high:.2f}, {_p(r.p)}; {r.n_events} of {r.n} left):"
            f" {_direction(r.hr_low, r.hr_high)}. Of two customers, one of whom left, the one who"
            f" stayed had the higher score in {_percent(r.concordance)} of pairs (half is chance)."
        )
    for r in rows_of(hazards[hazards["model"] == "score, any cause"]):
        parts.append(
            f"Counting every cause of leaving it would be {r.hazard_ratio:.2f} ({r.hr_low:.2f} to"
            f" {r.hr_high:.2f})."
        )
    alone = hazards[hazards["model"] == "criterion"]
    if len(alone):
        slower, faster = (alone["hr_high"] < 1).sum(), (alone["hr_low"] > 1).sum()
        parts.append(
            f"Of {len(alone)} criteria tested alone, {slower} go with slower leaving, {faster} with"
            f" faster, and {len(alone) - slower - faster} cannot be told from no difference."
        )
    return " ".join([*parts, _same_outcome(summary)]).strip()


def describe_incidence(incidence: pd.DataFrame, summary: ChurnSummary) -> str:
    """Share that has left by cause at the end of the last round year."""
    if not len(incidence):
        return _none(summary)
    month = 12 * max(1, min(int(incidence["time_months"].max() // 12), 3))
    said = []
    for cause, table in incidence.groupby("cause", sort=False):
        r = table[table["time_months"] <= month].iloc[-1]
        said.append(f"{_percent(r.incidence)} have {cause} ({_percent_range(r.low, r.high)})")
    return f"After {month} months {', '.join(said)}."


def describe_red_flags(flags: pd.DataFrame, summary: ChurnSummary) -> str:
    """The found red flags with counts, shares, ratio and interval.

    Or that there is none beyond chance.
    """
    if summary.level in ("nothing", "counts"):
        return _none(summary)
    if summary.level == "curves":
        return (
            f"{len(flags)} contrasts have at least three leavers, but {summary.n_left} who left are"
            f" too few to test them. {summary.refusals[0]}"
        )
    found = flags[flags["is_found"]]
    tested = f"{len(flags)} contrasts of what was known before the risk began were tested"
    leads = int((flags["verdict"] == "lead, not proof").sum())
    leading = found[found["follows"].isna()]
    if not len(found):
        return (
            f"{tested}; none raises the rate of leaving beyond chance. {leads} are leads, not"
            " proof."
        )
    said = [
        f"{r.flag} ({r.n_events} of {r.n_exposed} left, {_percent(r.churned_share_exposed)} against"
        f" {_percent(r.churned_share_unexposed)}; {r.hazard_ratio:.1f} times the rate,"
        f" {r.hr_low:.1f} to {r.hr_high:.1f})"
        for r in rows_of(leading.head(FEW_FLAGS))
    ]
    more = f" and {len(leading) - FEW_FLAGS} more" if len(leading) > FEW_FLAGS else ""
    text = f"{tested}; {_are(len(found), 'red flag')} beyond chance: {'; '.join(said)}{more}."
    for stronger, along in found.groupby("follows", sort=False):
        text += f" Along with {stronger}, adding nothing beside it: {'; '.join(along['flag'])}."
    return f"{text} {leads} more are leads, not proof."


def describe_common(common: pd.DataFrame, summary: ChurnSummary) -> str:
    """Traits that the best share with those who left."""
    if not summary.available:
        return summary.needs
    shared = common[common["is_common"]]
    if not len(common):
        return (
            "No trait was found among the best, so there is nothing to compare with those who left."
        )
    if not len(shared):
        return f"None of the {len(common)} traits of the best is shared by half of those who left."
    said = [
        f"{r.item} ({r.n_best_with} of {r.n_best} best, {r.n_left_with} of {r.n_left} who left)"
        for r in rows_of(shared.head(FEW_FLAGS))
    ]
    text = (
        f"At least half of the best and at least half of those who left share {len(shared)} of"
        f" {len(common)} traits: {'; '.join(said)}"
    )
    text += f" and {len(shared) - FEW_FLAGS} more." if len(shared) > FEW_FLAGS else "."
    silent = int((~shared["is_rarer_among_left"]).sum())
    return (
        f"{text} {silent} of them {'is' if silent == 1 else 'are'} no rarer among those who left"
        " than among those who stayed, and so say nothing about staying."
    )


def describe_cohorts(cohorts: pd.DataFrame, stability: Stability | None) -> str:
    """Whether the headline rule works in every start cohort.

    Under 300 customers "too few to tell".
    """
    if not len(cohorts) or stability is None:
        return (
            "The headline rule cannot be compared over start cohorts: too few customers, or no"
            " rule."
        )
    shares = ", ".join(f"{r.n_fit_best} of {r.n_fit} ({r.cohort})" for r in rows_of(cohorts))
    text = f"Best among those who fit, by start cohort: {shares}. Verdict: {stability.verdict}"
    trend, q = stability.trend_p, stability.q_p
    if stability.verdict == "too few to tell" or trend is None or q is None:
        return f"{text} ({stability.n} customers)."
    return (
        f"{text} (trend z {stability.trend_z:+.1f}, {_p(trend)}; Cochran Q"
        f" {stability.q:.1f}, {_p(q)}; {stability.n} customers)."
    )


def describe_influence(influence: pd.DataFrame) -> str:
    """How far the single most influential account moves each headline number."""
    if not len(influence):
        return "There is no headline number that a single account could move."
    said = []
    for measure, table in influence.groupby("measure", sort=False):
        r = table.iloc[0]
        said.append(f"the {measure} from {r.value:.3f} to {r.value_without:.3f}")
    return f"Leaving out the one account that matters most moves {' and '.join(said)}."


def describe_profile(profiles: Profiles, summary: ChurnSummary) -> str:
    """What became of the draft."""
    parts = [profiles.sentences[-1]] if profiles.sentences else []
    for profile in profiles.profiles:
        parts += [
            f"Dropped from {profile.name}: {words} ({reason})."
            for words, reason in profile.dropped
            if reason.startswith(CONTRADICTED)
        ]
    return " ".join(parts) or "There is no profile to test."


def _still_there(curve: pd.DataFrame, tier: str, month: int) -> str:
    r = curve[curve["time_months"] <= month].iloc[-1]
    return (
        f"{_percent(r.survival)} of tier {tier} are still customers"
        f" ({_percent_range(r.low, r.high)}; n = {r.n}, {int(curve['n_events'].sum())} left in all)"
    )


def _none(summary: ChurnSummary) -> str:
    if not summary.available:
        return summary.needs
    return " ".join(summary.refusals) or "There are too few customers on either side to compare."


def _same_outcome(summary: ChurnSummary) -> str:
    return (
        f"Best was chosen by retention: {summary.evidence_words}."
        if summary.is_same_outcome
        else ""
    )


def _direction(low: float, high: float) -> str:
    return (
        "better fit stays longer"
        if high < 1
        else "better fit leaves sooner"
        if low > 1
        else "no difference can be shown"
    )


def _are(n: int, noun: str) -> str:
    return f"1 {noun} is" if n == 1 else f"{n} {noun}s are"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _percent_range(low: float, high: float) -> str:
    return f"{low * 100:.0f} to {high * 100:.0f} %"


def _p(p: float) -> str:
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".")
