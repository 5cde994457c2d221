"""What notebook 03 finds: how long customers stay, red flags, what the best share with those who
left, the final profile.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from icplib.icp import Profiles, Verdict
from icplib.tables import Artefact, Column

STATUSES = ("still a customer", "left", "left for another cause")


class Stability(BaseModel):
    """Does the headline rule work in every start cohort? ``verdict`` is never "stable"."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    verdict: Literal["too few to tell", "no change seen", "changes with the start"]
    trend_z: float | None = None
    trend_p: float | None = None
    q: float | None = None
    q_p: float | None = None
    n_cohorts: int = 0
    n: int = 0


class ChurnSummary(BaseModel):
    """What could be studied and what not.

    ``level``: "nothing", "counts" (< 10 left), "curves" (10-29), "full".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
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


def _share(name: str, meaning: str) -> Column:
    return Column(name, "float", meaning, unit="share", low=0, high=1)


def _ratio(name: str, meaning: str) -> tuple[Column, ...]:
    return (
        Column(name, "float", meaning, low=0),
        Column(f"{name}_low", "float", "lower 95 % limit", low=0),
        Column(f"{name}_high", "float", "upper 95 % limit", low=0),
    )


CONDITION = (
    Column(
        "attribute",
        "text",
        "attribute of 01_attributes, or one counted up to the landmark day",
        required=True,
    ),
    Column("label", "text", "its name as people read it"),
    Column(
        "op",
        "text",
        "how the attribute is compared",
        one_of=("in", "between", "contains"),
    ),
    Column("values", "set", "levels or members"),
    Column("low", "float", "lower end, which belongs to the range"),
    Column("high", "float", "upper end, which belongs to the range"),
    Column("negated", "bool", 'what does not meet it is meant: "below 30" is not "30 or more"'),
)
HAZARD = (
    Column("hazard_ratio", "float", "rate of leaving with it over the rate without it", low=0),
    Column("hr_low", "float", "lower 95 % limit", low=0),
    Column("hr_high", "float", "upper 95 % limit", low=0),
    Column(
        "method",
        "text",
        "Cox (Wald interval) or Firth Cox (profile interval, where a cell has < 5 events)",
    ),
)
CURVE = (
    Column("time_months", "float", "months since the start", unit="months", required=True, low=0),
    Column("low", "float", "lower 95 % limit", unit="share", low=0, high=1),
    Column("high", "float", "upper 95 % limit", unit="share", low=0, high=1),
    Column("n_at_risk", "int", "customers under observation at this time"),
    Column("n_events", "int", "customers who left at this time for this cause"),
    Column("n", "int", "customers behind the curve"),
    Column("is_tick", "bool", "a round month at which the chart prints the count", required=True),
)

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
        columns=(
            Column("account_id", "id", "customer", required=True, unique=True),
            Column("start_date", "date", "first day as a customer"),
            Column(
                "entry_months",
                "float",
                "months after the start at which observation began",
                unit="months",
                low=0,
            ),
            Column(
                "time_months",
                "float",
                "months after the start at which observation ended",
                unit="months",
                low=0,
            ),
            Column(
                "cause",
                "int",
                "0 still a customer, 1 left, 2 left for another cause",
                low=0,
                high=2,
            ),
            Column("status", "text", "the same in words", one_of=STATUSES),
            Column("is_observed", "bool", "can be followed over time", required=True),
            Column("reason", "text", "why not, where not"),
        ),
    ),
    Artefact(
        "03_survival",
        "aggregate",
        "Kaplan-Meier: share of customers still there, all together and by tier of fit",
        columns=(
            Column("tier", "text", "tier of out-of-fold fit, or 'all'", required=True),
            Column(
                "survival", "float", "share still there", unit="share", required=True, low=0, high=1
            ),
            *CURVE,
        ),
        key=("tier", "time_months"),
    ),
    Artefact(
        "03_cox",
        "aggregate",
        "hazard ratios of leaving: score, and each criterion alone",
        columns=(
            Column(
                "model",
                "text",
                "what was fitted",
                required=True,
                one_of=("score", "score, any cause", "criterion"),
            ),
            Column("term", "text", "what the ratio speaks of", required=True),
            *HAZARD,
            Column("p", "float", "two-sided p", low=0, high=1),
            Column("q", "float", "p adjusted over criteria (Benjamini-Hochberg)", low=0, high=1),
            Column("n", "int", "customers in the model"),
            Column("n_events", "int", "of these, left"),
            Column("n_with", "int", "customers who meet the criterion"),
            Column("n_with_events", "int", "of these, left"),
            Column(
                "is_out_of_fold",
                "bool",
                "the score was computed without the customer's own outcome",
            ),
            _share(
                "concordance",
                "score: of two customers, one of whom left, the one who stayed had the higher"
                " score",
            ),
        ),
    ),
    Artefact(
        "03_rmst",
        "aggregate",
        "restricted mean: months kept within the horizon, by tier of fit",
        columns=(
            Column("tier", "text", "tier of out-of-fold fit, or 'all'", required=True, unique=True),
            Column("horizon_months", "float", "horizon", unit="months", required=True),
            Column(
                "mean_months",
                "float",
                "mean months kept within the horizon",
                unit="months",
                required=True,
            ),
            Column("low", "float", "lower 95 % limit", unit="months"),
            Column("high", "float", "upper 95 % limit", unit="months"),
            Column("n", "int", "customers"),
            Column("n_events", "int", "of these, left"),
            Column("versus", "text", "the tier it is compared with"),
            Column("difference_months", "float", "months more than that tier", unit="months"),
            Column("difference_low", "float", "lower 95 % limit", unit="months"),
            Column("difference_high", "float", "upper 95 % limit", unit="months"),
            Column("p", "float", "two-sided p of the difference", low=0, high=1),
        ),
    ),
    Artefact(
        "03_incidence",
        "aggregate",
        "cumulative incidence: share that has left, by cause",
        columns=(
            Column(
                "cause",
                "text",
                "'left' or 'left for another cause'",
                required=True,
                one_of=STATUSES[1:],
            ),
            Column(
                "incidence",
                "float",
                "share that has left for this cause",
                unit="share",
                required=True,
                low=0,
                high=1,
            ),
            *CURVE,
        ),
        key=("cause", "time_months"),
    ),
    Artefact(
        "03_red_flags",
        "aggregate",
        "what customers who leave had in common before they were at risk; every contrast tested",
        columns=(
            Column("flag", "text", "the flag in words", required=True, unique=True),
            *CONDITION,
            Column(
                "timing",
                "text",
                "before the sale; at the sale, where hardly a prospect has a value; or counted up"
                " to the landmark day",
            ),
            Column("is_before_sale", "bool", "known before the sale, and prospects have it, too"),
            Column("n_known", "int", "customers whose value is known"),
            Column("n_exposed", "int", "customers with the flag"),
            Column("n_events", "int", "of these, left"),
            Column("n_unexposed", "int", "customers without it"),
            Column("n_unexposed_events", "int", "of these, left"),
            _share("churned_share_exposed", "share of customers with the flag who left"),
            _share("churned_exposed_low", "lower 95 % limit (Wilson)"),
            _share("churned_exposed_high", "upper 95 % limit (Wilson)"),
            _share("churned_share_unexposed", "share of the others who left"),
            Column(
                "difference", "float", "difference of the two shares", unit="share", low=-1, high=1
            ),
            Column(
                "difference_low",
                "float",
                "lower 95 % limit (Newcombe)",
                unit="share",
                low=-1,
                high=1,
            ),
            Column(
                "difference_high",
                "float",
                "upper 95 % limit (Newcombe)",
                unit="share",
                low=-1,
                high=1,
            ),
            _share("share_of_churned", "share of those who left who had the flag"),
            _share("share_of_retained", "share of those who stayed who have the flag"),
            *_ratio("churned_to_retained", "ratio of these two shares"),
            Column(
                "hazard_ratio",
                "float",
                "rate of leaving with it over the rate without, shrunken by what all contrasts show"
                " (empirical Bayes), by at most one standard error",
                low=0,
            ),
            Column("hazard_ratio_raw", "float", "the same before shrinking", low=0),
            Column("hr_low", "float", "lower limit; found: false coverage rate 5 %", low=0),
            Column("hr_high", "float", "upper limit", low=0),
            Column(
                "method",
                "text",
                "found: Cox, or Firth Cox where a cell has < 5 events; else one step from no"
                " difference",
            ),
            Column(
                "p",
                "float",
                "one-sided p of faster leaving, exact given the risk sets",
                low=0,
                high=1,
            ),
            Column(
                "q",
                "float",
                "adjusted: Simes in its attribute, Benjamini-Hochberg over attributes and inside",
                low=0,
                high=1,
            ),
            Column(
                "verdict",
                "text",
                "what it is worth as a red flag",
                required=True,
                one_of=get_args(Verdict),
            ),
            Column(
                "is_found",
                "bool",
                "a red flag: raises the rate of leaving beyond chance",
                required=True,
            ),
            Column("n_current", "int", "current customers who carry the flag"),
            Column(
                "follows",
                "text",
                "the stronger red flag that it goes along with, where it adds nothing beside those"
                " that lead",
            ),
        ),
    ),
    Artefact(
        "03_common",
        "aggregate",
        "what the best customers share, and whether those who left shared it too",
        columns=(
            *CONDITION,
            Column("item", "text", "the trait in words", required=True),
            Column("n_best", "int", "best customers whose value is known"),
            Column("n_best_with", "int", "of these, with the trait"),
            _share("best_share_with", "share of the best with the trait"),
            Column("n_left", "int", "customers who left and whose value is known"),
            Column("n_left_with", "int", "of these, with the trait"),
            _share("left_share_with", "share of those who left with the trait"),
            _share("left_low", "lower 95 % limit (Wilson)"),
            _share("left_high", "upper 95 % limit (Wilson)"),
            Column("n_stayed", "int", "customers who stayed and whose value is known"),
            Column("n_stayed_with", "int", "of these, with the trait"),
            _share("stayed_share_with", "share of those who stayed with the trait"),
            Column(
                "is_common",
                "bool",
                "at least half of the best and at least half of those who left have it",
                required=True,
            ),
            Column(
                "is_rarer_among_left",
                "bool",
                "share among those who left below that of those who stayed (Newcombe interval"
                " below 0)",
                required=True,
            ),
        ),
    ),
    Artefact(
        "03_cohorts",
        "aggregate",
        "the headline rule in each start cohort",
        columns=(
            Column("cohort", "text", "first and last month of start", required=True, unique=True),
            Column("from_date", "date", "first start in the cohort"),
            Column("to_date", "date", "last start in the cohort"),
            Column("n", "int", "customers for whom the rule can be decided"),
            Column("n_fit", "int", "customers who fit the rule"),
            Column("n_fit_best", "int", "of these, best"),
            Column("n_rest_best", "int", "best among the others"),
            _share("precision", "share of best among those who fit"),
            _share("precision_low", "lower 95 % limit (Wilson)"),
            _share("precision_high", "upper 95 % limit (Wilson)"),
            *_ratio("lift", "share of best among those who fit over that of the cohort"),
        ),
    ),
    Artefact(
        "03_influence",
        "company",
        "how far one account alone moves the headline: the 20 that move it most",
        columns=(
            Column("account_id", "id", "customer", required=True),
            Column(
                "measure",
                "text",
                "what it moves",
                required=True,
                one_of=("precision", "hazard ratio"),
            ),
            Column("value", "float", "with everybody"),
            Column("value_without", "float", "without this account"),
            Column("shift", "float", "value_without - value"),
        ),
        key=("account_id", "measure"),
    ),
    Artefact(
        "03_profile",
        "aggregate",
        "the Ideal Customer Profile after doubt: contradicted criteria dropped",
        model=Profiles,
    ),
)
