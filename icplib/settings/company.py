"""One company's settings, section by section."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from icplib.problems import did_you_mean
from icplib.settings.model import Model
from icplib.settings.people import AntiPersona, Personas
from icplib.settings.sources import (
    SOURCES,
    AttributeSettings,
    Cleaning,
    Privacy,
    Source,
    file_or_table,
)
from icplib.settings.steps import (
    Belief,
    Best,
    Churn,
    Decision,
    Limit,
    Patterns,
    Report,
    Score,
    Segment,
)


class Settings(Model):
    """One company: sources, definitions, limits, privacy.

    ``read_settings`` is the way to get one.
    """

    name: str = Field(description="the company's name as the report prints it")
    product: str = Field("", description="what is sold, in a few words")
    preset: str = Field(
        "plain", description="salesforce, hubspot, pipedrive, zoho, fivetran or plain"
    )
    currency: str = Field(
        "USD", pattern="^[A-Z]{3}$", description="currency of all amounts, as its ISO code"
    )
    rates: dict[str, float] = Field(
        default_factory=dict, description="currency = its worth in the company's currency"
    )
    date_order: Literal["mdy", "dmy", "ymd"] | None = Field(
        None, description="order of day and month in all files"
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="decimal sign in all files; without it each column has to prove its own"
    )
    time_zone: str = Field(
        "",
        description="zone in which a time with an offset becomes a day, such as Europe/Berlin;"
        " without it the day is taken as written",
    )
    won_stages: tuple[str, ...] = Field((), description="names of the stages of won deals")
    lost_stages: tuple[str, ...] = Field((), description="names of the stages of lost deals")
    open_stages: tuple[str, ...] = Field((), description="names of the stages of open deals")
    engine: Literal["duckdb", "spark", "postgres"] = Field(
        "duckdb", description="what joins the tables; the embedded one unless they lie elsewhere"
    )
    engine_address: str = Field(
        "", description="NAME of the environment variable that holds the address; never the address"
    )
    memory_limit: str = Field(
        "4GB",
        pattern=r"^\d+(\.\d+)? ?([KMGT]i?B|%)$",
        description="what the embedded engine may use before it spills to disk: 4GB, 800MB, 50%",
    )
    sources: dict[str, Annotated[Source, BeforeValidator(file_or_table)]] = Field(
        description="source = its file, or a section that says more"
    )
    best: Best = Field(Best(), description="who counts as a best customer")
    patterns: Patterns = Field(Patterns(), description="how patterns are searched and believed")
    churn: Churn = Field(Churn(), description="when a customer counts as lost")
    score: Score = Field(Score(), description="the scorecard")
    personas: Personas = Field(Personas(), description="who counts and what cards show")
    anti: AntiPersona = Field(AntiPersona(), description="thresholds of the anti-persona")
    privacy: Privacy = Field(Privacy(), description="personal data, and what may leave")
    cleaning: Cleaning = Field(Cleaning(), description="decisions about suggestions of step 1")
    report: Report = Field(Report(), description="what page one compares and asks")
    limits: tuple[Limit, ...] = Field((), description="limits that the company itself sets")
    segments: tuple[Segment, ...] = Field((), description="segments with profiles of their own")
    attributes: dict[str, AttributeSettings] = Field(
        default_factory=dict, description="attribute = what the analyst knows better about it"
    )
    beliefs: tuple[Belief, ...] = Field((), description="what people believe, put on trial")
    decisions: tuple[Decision, ...] = Field((), description="decisions that the report asks for")
    scenarios: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="name = settings that differ from the main run"
    )

    @model_validator(mode="after")
    def _obligatory_sources(self) -> Settings:
        unknown = [name for name in self.sources if name not in SOURCES]
        if unknown:
            raise ValueError(f"unknown source '{unknown[0]}'. {did_you_mean(unknown[0], SOURCES)}")
        if "accounts" not in self.sources:
            raise ValueError(
                "the source 'accounts' is missing: add accounts = \"<file>\" under [sources]"
            )
        bought = {"deals", "invoices", "subscriptions"} & set(self.sources)
        if not bought and not self.sources["accounts"].final:
            raise ValueError(
                "one of the sources 'deals' and 'invoices' is needed: add it under [sources]"
            )
        return self
