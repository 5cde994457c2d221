"""Settings of patterns, churn, score and report."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from icplib.settings.model import Model, Share


class Best(Model):
    """Who counts as a best customer."""

    by: str = Field(
        "revenue",
        description="revenue, profit or retention; every company knows its revenue",
    )
    over: Literal["first 12 months", "last 12 months", "year of tenure"] = Field(
        "first 12 months",
        description=(
            "the time that revenue and profit are of; a year of tenure rewards those who began late"
            " where payments come once"
        ),
    )
    returners: Literal["second spell", "first spell", "still customer"] = Field(
        "second spell",
        description="which spell of customers who left and came back counts for their value, or"
        " that they never left",
    )
    share: Annotated[float, Field(ge=0.05, le=0.5)] = Field(
        0.20, description="the best share of customers"
    )
    min_tenure_days: int = Field(
        90, ge=0, description="customers younger than this have no value per year of tenure yet"
    )


class Limit(Model):
    """A limit or sweet spot that the company itself sets (capacity, licence, strategy).

    Honoured and marked as such.
    """

    attribute: str = Field(description="name of the account attribute")
    low: float | None = Field(None, description="lowest value allowed, itself included")
    high: float | None = Field(None, description="highest value allowed, itself included")
    values: tuple[str, ...] = Field((), alias="in", description="levels allowed")
    reason: str = Field("", description="why, in a few words, for the page")
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Segment(Limit):
    """A market segment that gets a profile of its own."""

    name: str = Field(description="the segment's name on the page")


class Belief(Model):
    """What somebody in the company believes about its best customers."""

    who: str = Field(description="role, not a name")
    best: Literal["more", "fewer"] = Field(
        "more", description="whether more or fewer of those that meet it are best"
    )
    when: tuple[Limit, ...] = Field(min_length=1, description="all conditions of the belief")


class Patterns(Model):
    """How patterns are searched and when they are believed."""

    false_discovery_rate: Share = Field(
        0.10, description="level over attributes, raised and lowered together"
    )
    permutations: int = Field(999, ge=99, description="permutations behind each p-value")
    seed: int = Field(20260930, description="seed of every random draw of the step")
    ebic_gamma: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="0 is BIC; .5 or more by default, the fewer the customers"
    )
    max_conditions: int = Field(6, ge=1, le=10, description="most conditions of one profile")
    max_profiles: int = Field(3, ge=1, le=6, description="most profiles of one quarter")
    hypotheses: tuple[str, ...] = Field(
        (), description="attributes tested by themselves at any number of customers"
    )
    referee: bool = Field(True, description="a method of another kind looks at the same data")


class Churn(Model):
    """When a customer counts as lost and how churn is studied."""

    silent_quarters: int | None = Field(
        None, ge=1, description="without a churn list: no purchase for this many quarters"
    )
    observed_from: dt.date | None = Field(
        None, description="the day from which churn was recorded; earlier starts enter late"
    )
    landmark_days: int = Field(
        90, ge=0, description="attributes written after the sale are judged from this day on"
    )
    other_causes: tuple[str, ...] = Field(
        (
            "acquired",
            "acquisition",
            "merged",
            "merger",
            "out of business",
            "bankrupt",
            "bankruptcy",
            "insolvent",
            "insolvency",
            "liquidation",
        ),
        description="reasons that are no fault of fit: censored",
    )
    rmst_months: int = Field(24, ge=1, description="horizon of the mean months kept")


SALESFORCE_TYPES = ("number", "currency", "picklist", "multipicklist", "text", "checkbox")


class ScoreTrial(Model):
    """Some accounts of tier A, drawn at random, that sales leave alone until the last day."""

    start: dt.date = Field(description="first day; accounts are drawn in the runs before it")
    end: dt.date = Field(description="last day, on which the trial is read")
    rise: float = Field(
        0.10, gt=0, lt=1, description="smallest rise of the share won that would matter"
    )

    @model_validator(mode="after")
    def _in_order(self) -> ScoreTrial:
        if self.end <= self.start:
            raise ValueError("a trial ends after it starts")
        return self


class Score(Model):
    """The scorecard."""

    trial: ScoreTrial | None = Field(None, description="the score on trial: a hold-out of tier A")

    max_attributes: Annotated[int, Field(ge=1, le=20)] | None = Field(
        None,
        description=(
            "most attributes that give points; by default 8, or 20 where that ranks unseen"
            " customers better by more than .01 AUC"
        ),
    )
    seed: int = Field(20260930, description="seed of every random draw of the step")
    knock_outs: tuple[Limit, ...] = Field(
        (), description="what disqualifies a company whatever its points"
    )
    knock_out_flags: tuple[str, ...] = Field(
        (), description="attributes whose red flags of churn knock out as soon as they hold up"
    )
    knock_out_hazard_ratio: float = Field(
        2,
        ge=1,
        description=(
            "a red flag knocks out by itself from this lower 95 % limit of its hazard ratio"
        ),
    )
    referee: bool = Field(True, description="gradient boosting and a random forest beside the card")
    most_unknown: Share = Field(
        0.5,
        description="a company whose unknown attributes carry more of the points is in no tier",
    )
    salesforce_fields: dict[str, str] = Field(
        default_factory=dict,
        description=(
            "attribute = API name, with its type behind a colon where it is not the usual one"
        ),
    )
    hubspot_properties: dict[str, str] = Field(
        default_factory=dict, description="attribute = internal name of HubSpot's property"
    )
    sql_columns: dict[str, str] = Field(
        default_factory=dict,
        description=(
            "attribute = column of the CRM's own table, with ':percent' or ':share' behind rates"
        ),
    )

    @field_validator("salesforce_fields")
    @classmethod
    def _types(cls, fields: dict[str, str]) -> dict[str, str]:
        for attribute, field in fields.items():
            kind = field.partition(":")[2]
            if kind and kind not in SALESFORCE_TYPES:
                raise ValueError(
                    f"'{kind}' of {attribute} is no type of field; {' / '.join(SALESFORCE_TYPES)}"
                )
        return fields


class Decision(Model):
    """A decision the report asks for."""

    question: str = Field(description="what is to be decided")
    owner_role: str = Field("", description="role that decides, not a name")
    due: dt.date | None = Field(None, description="day by which it is to be decided")
    about: Literal["", "losses", "profile", "pipeline", "leaving", "channels", "prospects"] = Field(
        "", description="whose number stands beside it on page one as the reason"
    )


class Report(Model):
    """What page one compares and asks."""

    lead_window_quarters: int = Field(
        4,
        ge=1,
        description=(
            "quarters of new leads that the page pools; deals are pooled when one quarter has"
            " too few"
        ),
    )
    universe_warning_share: Share = Field(
        0.40, description="warn when more of the universe fits than this"
    )
