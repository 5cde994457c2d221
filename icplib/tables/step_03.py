"""What notebook 03 finds: how long customers stay, red flags, shared traits, the profile.

Traits are those that the best share with those who left; the profile is the final one.
"""

from typing import Literal, get_args

from pydantic import Field

from icplib.conditions import Frozen
from icplib.icp import Profiles, Verdict
from icplib.tables import Artefact, Column, Declared, levels, must, ratio, share

STATUSES = ("still a customer", "left", "left for another cause")


class Stability(Frozen):
    """Does the headline rule work in every start cohort? ``verdict`` is never "stable"."""

    verdict: Literal["too few to tell", "no change seen", "changes with the start"]
    trend_z: float | None = None
    trend_p: float | None = None
    q: float | None = None
    q_p: float | None = None
    n_cohorts: int = 0
    n: int = 0


class ChurnSummary(Frozen):
    """What could be studied and what not.

    ``level``: "nothing", "counts" (< 10 left), "curves" (10-29), "full".
    """

    schema_version: Literal[1] = 1
    available: bool
    needs: str = ""
    level: Literal["nothing", "counts", "curves", "full"] = "nothing"
    is_same_outcome: bool = Field(
        False, description="best is itself an outcome of staying: not independent evidence"
    )
    evidence_words: str = ""
    n_customers: int = 0
    n_observed: int = 0
    n_left: int = Field(0, description="left for causes that count")
    n_left_other: int = Field(0, description="left for other causes: censored")
    n_late: int = Field(0, description="came under observation after their start")
    horizon_months: float | None = Field(None, description="horizon of the restricted mean")
    kept_12_share: float | None = None
    kept_12_low: float | None = None
    kept_12_high: float | None = None
    stability: Stability | None = None
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    not_tested: tuple[tuple[str, str], ...] = Field(
        (), description="attribute, why it cannot be a red flag"
    )
    sentences: tuple[str, ...] = ()


def _ratio(name: str, meaning: str) -> dict[str, Column]:
    return {
        name: ratio(meaning),
        f"{name}_low": ratio("lower 95 % limit"),
        f"{name}_high": ratio("upper 95 % limit"),
    }


CONDITION: Declared = {
    "attribute": must("attribute of 01_attributes, or one counted up to the landmark day"),
    "label": "its name as people read it",
    "op": levels("how the attribute is compared", "in", "between", "contains"),
    "values": Column("levels or members", "set"),
    "low": "lower end, which belongs to the range",
    "high": "upper end, which belongs to the range",
    "negated": Column('what does not meet it is meant: "below 30" is not "30 or more"', "bool"),
}
HAZARD: Declared = {
    "hazard_ratio": ratio("rate of leaving with it over the rate without it"),
    "hr_low": ratio("lower 95 % limit"),
    "hr_high": ratio("upper 95 % limit"),
    "method": "Cox (Wald interval) or Firth Cox (profile interval, where a cell has < 5 events)",
}
CURVE: Declared = {
    "time_months": must("months since the start"),
    "low": share("lower 95 % limit"),
    "high": share("upper 95 % limit"),
    "n_at_risk": "customers under observation at this time",
    "n_events": "customers who left at this time for this cause",
    "n": "customers behind the curve",
    "is_tick": must("a round month at which the chart prints the count"),
}

ARTEFACTS = (
    Artefact(
        "03_churn",
        "aggregate",
        "what could be studied about leaving, and what not",
        model=ChurnSummary,
    ),
    Artefact(
        "03_observed",
        "company",
        "one row a customer: how long observed, and how it ended",
        {
            "account_id": must("customer", unique=True),
            "start_date": "first day as a customer",
            "entry_months": "months after the start at which observation began",
            "time_months": "months after the start at which observation ended",
            "cause": Column(
                "0 still a customer, 1 left, 2 left for another cause", "int", low=0, high=2
            ),
            "status": levels("the same in words", *STATUSES),
            "is_observed": must("can be followed over time"),
            "reason": "why not, where not",
        },
    ),
    Artefact(
        "03_survival",
        "aggregate",
        "Kaplan-Meier: share of customers still there, all together and by tier of fit",
        {
            "tier": must("tier of out-of-fold fit, or 'all'"),
            "survival": share("share still there", required=True),
            **CURVE,
        },
        key=("tier", "time_months"),
    ),
    Artefact(
        "03_cox",
        "aggregate",
        "hazard ratios of leaving: score, and each criterion alone",
        {
            "model": must("what was fitted", "score", "score, any cause", "criterion"),
            "term": must("what the ratio speaks of"),
            **HAZARD,
            "p": "two-sided p",
            "q": "p adjusted over criteria (Benjamini-Hochberg)",
            "n": "customers in the model",
            "n_events": "of these, left",
            "n_with": "customers who meet the criterion",
            "n_with_events": "of these, left",
            "is_out_of_fold": "the score was computed without the customer's own outcome",
            "concordance": share(
                "score: of two customers, one of whom left, the one who stayed had the higher score"
            ),
        },
    ),
    Artefact(
        "03_rmst",
        "aggregate",
        "restricted mean: months kept within the horizon, by tier of fit",
        {
            "tier": must("tier of out-of-fold fit, or 'all'", unique=True),
            "horizon_months": must("horizon"),
            "mean_months": must("mean months kept within the horizon"),
            "low": Column("lower 95 % limit", unit="months"),
            "high": Column("upper 95 % limit", unit="months"),
            "n": "customers",
            "n_events": "of these, left",
            "versus": "the tier it is compared with",
            "difference_months": Column("months more than that tier", low=float("-inf")),
            "difference_low": Column("lower 95 % limit", unit="months"),
            "difference_high": Column("upper 95 % limit", unit="months"),
            "p": "two-sided p of the difference",
        },
    ),
    Artefact(
        "03_incidence",
        "aggregate",
        "cumulative incidence: share that has left, by cause",
        {
            "cause": must("'left' or 'left for another cause'", *STATUSES[1:]),
            "incidence": share("share that has left for this cause", required=True),
            **CURVE,
        },
        key=("cause", "time_months"),
    ),
    Artefact(
        "03_red_flags",
        "aggregate",
        "what customers who leave had in common before they were at risk; every contrast tested",
        {
            "flag": must("the flag in words", unique=True),
            **CONDITION,
            "timing": (
                "before the sale; at the sale, where hardly a prospect has a value; or counted up"
                " to the landmark day"
            ),
            "is_before_sale": "known before the sale, and prospects have it, too",
            "n_known": "customers whose value is known",
            "n_exposed": "customers with the flag",
            "n_events": "of these, left",
            "n_unexposed": "customers without it",
            "n_unexposed_events": "of these, left",
            "churned_share_exposed": share("share of customers with the flag who left"),
            "churned_exposed_low": share("lower 95 % limit (Wilson)"),
            "churned_exposed_high": share("upper 95 % limit (Wilson)"),
            "churned_share_unexposed": share("share of the others who left"),
            "difference": Column("difference of the two shares", low=-1, high=1),
            "difference_low": Column("lower 95 % limit (Newcombe)", unit="share", low=-1, high=1),
            "difference_high": Column("upper 95 % limit (Newcombe)", unit="share", low=-1, high=1),
            "share_of_churned": share("share of those who left who had the flag"),
            "share_of_retained": share("share of those who stayed who have the flag"),
            **_ratio("churned_to_retained", "ratio of these two shares"),
            "hazard_ratio": ratio(
                "rate of leaving with it over the rate without, shrunken by what all contrasts show"
                " (empirical Bayes), by at most one standard error"
            ),
            "hazard_ratio_raw": ratio("the same before shrinking"),
            "hr_low": ratio("lower limit; found: false coverage rate 5 %"),
            "hr_high": ratio("upper limit"),
            "method": (
                "found: Cox, or Firth Cox where a cell has < 5 events; else one step from no"
                " difference"
            ),
            "p": "one-sided p of faster leaving, exact given the risk sets",
            "q": "adjusted: Simes in its attribute, Benjamini-Hochberg over attributes and inside",
            "verdict": must("what it is worth as a red flag", *get_args(Verdict)),
            "is_found": must("a red flag: raises the rate of leaving beyond chance"),
            "n_current": "current customers who carry the flag",
            "follows": (
                "the stronger red flag that it goes along with, where it adds nothing beside those"
                " that lead"
            ),
        },
    ),
    Artefact(
        "03_common",
        "aggregate",
        "what the best customers share, and whether those who left shared it too",
        {
            **CONDITION,
            "item": must("the trait in words"),
            "n_best": "best customers whose value is known",
            "n_best_with": "of these, with the trait",
            "best_share_with": share("share of the best with the trait"),
            "n_left": "customers who left and whose value is known",
            "n_left_with": "of these, with the trait",
            "left_share_with": share("share of those who left with the trait"),
            "left_low": share("lower 95 % limit (Wilson)"),
            "left_high": share("upper 95 % limit (Wilson)"),
            "n_stayed": "customers who stayed and whose value is known",
            "n_stayed_with": "of these, with the trait",
            "stayed_share_with": share("share of those who stayed with the trait"),
            "is_common": must(
                "at least half of the best and at least half of those who left have it"
            ),
            "is_rarer_among_left": must(
                "share among those who left below that of those who stayed (Newcombe interval"
                " below 0)"
            ),
        },
    ),
    Artefact(
        "03_cohorts",
        "aggregate",
        "the headline rule in each start cohort",
        {
            "cohort": must("first and last month of start", unique=True),
            "from_date": "first start in the cohort",
            "to_date": "last start in the cohort",
            "n": "customers for whom the rule can be decided",
            "n_fit": "customers who fit the rule",
            "n_fit_best": "of these, best",
            "n_rest_best": "best among the others",
            "precision": share("share of best among those who fit"),
            "precision_low": share("lower 95 % limit (Wilson)"),
            "precision_high": share("upper 95 % limit (Wilson)"),
            **_ratio("lift", "share of best among those who fit over that of the cohort"),
        },
    ),
    Artefact(
        "03_influence",
        "company",
        "how far one account alone moves the headline: the 20 that move it most",
        {
            "account_id": must("customer"),
            "measure": must("what it moves", "precision", "hazard ratio"),
            "value": "with everybody",
            "value_without": Column("without this account", "float"),
            "shift": Column("value_without - value", "float"),
        },
        key=("account_id", "measure"),
    ),
    Artefact(
        "03_profile",
        "aggregate",
        "the Ideal Customer Profile after doubt: contradicted criteria dropped",
        model=Profiles,
    ),
)
