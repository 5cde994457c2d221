"""Settings of the persona step: cards, messages, tests, anti-personas."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from icplib.settings.model import Model, Share


class Message(Model):
    """What people write into one cell of the messaging matrix.

    ``segment`` empty means every segment.
    """

    role: str = Field(description="buying role that the cell speaks to")
    segment: str = Field("", description="name of the segment; empty means every one")
    answer: str = Field("", description="answer to the objection")
    call_to_action: str = Field("", description="what the reader is asked to do next")
    owner: str = Field("", description="role, not a name")
    last_used: dt.date | None = Field(None, description="day on which it was last sent")


class MessageTest(Model):
    """Two messages tried on accounts at random, read once, on the last day.

    ``content`` of the engagement export tells them apart.
    """

    name: str = Field(min_length=1, description="the name of the test in tables and files")
    a: str = Field(description="content of the usual message")
    b: str = Field(description="content of the message that is tried")
    start: dt.date = Field(description="first day of the test")
    end: dt.date = Field(description="last day, on which the test is read")
    measure: Literal["replied", "clicked"] = Field(
        "replied", description="the one outcome that decides"
    )
    rise: float = Field(0.05, gt=0, lt=1, description="smallest rise of the rate that would matter")
    touches: int = Field(4, ge=1, description="messages that an account is to get")

    @model_validator(mode="after")
    def _in_order(self) -> MessageTest:
        if self.end <= self.start or self.a == self.b:
            raise ValueError("a test ends after it starts and compares two different contents")
        return self


class Personas(Model):
    """Buyer personas: who counts, how statements are believed, what the cards show."""

    merge: dict[str, str] = Field(
        default_factory=dict, description="buying role = the role it is read with"
    )
    merge_reason: str = Field(
        "", description="why these roles are read together; needed with merge"
    )
    max_personas: int = Field(4, ge=1, le=8, description="most personas in one quarter")
    window_quarters: int = Field(
        4, ge=1, description="interviews of this many quarters stand behind the cards"
    )
    adjudicator: str = Field(
        "", description="coder id (C1, C2 ...) whose codings are the agreed version"
    )
    late_codings: bool = Field(
        True,
        description="whether codings made after the quarter's last day count, of interviews held"
        " before it",
    )
    names: bool = Field(True, description="neutral alliterative names; false prints the role")
    name_list: tuple[str, ...] = Field(
        (), description="neutral given names instead of the shipped list"
    )
    withdrawn: tuple[str, ...] = Field(
        (), description="person ids that withdrew: no trace after the next run"
    )
    agreement_resamples: int = Field(
        2000, ge=100, description="bootstrap samples behind the interval of the coders' agreement"
    )
    permutations: int = Field(
        1999, ge=99, description="permutations of the test whether roles matter"
    )
    gate: Share = Field(
        0.05, description="personas by role up to this p; with a warning up to gate_warning"
    )
    gate_warning: Share = Field(
        0.10, description="above gate and up to this p the cards stand with a warning"
    )
    distinctive_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="a distinctive statement is said by at least this share of the role",
    )
    per_family: int = Field(5, ge=1, description="statements of one family on a card")
    saturation: bool = Field(True, description="whether saturation is measured")
    saturation_base: int = Field(
        4, ge=2, description="first interviews whose codes are the base of comparison"
    )
    saturation_run: int = Field(
        2, ge=1, description="interviews in a row that are looked at for new codes"
    )
    saturation_threshold: float = Field(
        0.05, ge=0, lt=1, description="share of new codes in a run at which nothing new comes"
    )
    saturation_orders: int = Field(
        200, ge=20, description="random orders of the interviews behind the band of the curve"
    )
    money_above: float = Field(
        1000, ge=0, description="amounts of money above this are taken out of quotes"
    )
    product_names: tuple[str, ...] = Field(
        (), description="code names of products to take out of quotes"
    )
    channel_codes: dict[str, str] = Field(
        default_factory=dict, description="code id = channel or content it speaks of"
    )
    messages: tuple[Message, ...] = Field((), description="cells of the messaging matrix")
    tests: tuple[MessageTest, ...] = Field((), description="A/B tests of messages")
    due_quarters: int = Field(
        1, ge=1, description="a card is due this many quarters after its newest interview"
    )
    overdue_quarters: int = Field(2, ge=1, description="and overdue after this many")
    seed: int = Field(20260930, description="seed of every random draw of the step")


class AntiPersona(Model):
    """Thresholds of the five anti-persona criteria."""

    discount_limit: float = Field(0.25, ge=0, le=1, description="policy limit of the discount rate")
    discount_percentile: Share = Field(
        0.80,
        description="a discount above this percentile of all is deep where no policy says less",
    )
    quote_revisions: int = Field(3, ge=1, description="revisions of a quote that mean haggling")
    wont_do_tags: tuple[str, ...] = Field(
        ("feature gap", "won't do", "wont do"),
        description="ticket tags that mean 'not in the product'",
    )
    wont_do_requests: int = Field(
        3, ge=1, description="such tickets within wont_do_days that make criterion AP2"
    )
    wont_do_days: int = Field(180, ge=1, description="days within which those tickets are counted")
    expectation_reasons: tuple[str, ...] = Field(
        ("expectation", "missing feature", "capabilit"), description="churn or loss reasons of AP2"
    )
    price_reasons: tuple[str, ...] = Field(
        ("price", "budget", "discount"), description="loss reasons of AP1"
    )
    support_cost_percentile: Share = Field(
        0.90, description="support cost per revenue above this percentile of all is extensive"
    )
    support_exposure_days: int = Field(
        180, ge=0, description="customers younger than this have no support ratio yet"
    )
    gross_margin: float = Field(0.80, ge=0, le=1, description="margin before support costs")
    target_margin: float = Field(
        0.65, ge=0, le=1, description="margin that must be left after support costs"
    )
    hour_cost: float = Field(
        60, ge=0, description="cost of one support hour in the company's currency"
    )
    tech_attribute: str = Field(
        "tech_stack", description="account attribute that lists technologies"
    )
    required_tech: tuple[str, ...] = Field((), description="technologies that must all be there")
    any_of_tech: tuple[str, ...] = Field((), description="technologies of which one must be there")
    forbidden_tech: tuple[str, ...] = Field((), description="technologies that rule a company out")
    model_attribute: str = Field(
        "business_model", description="account attribute that names the business model"
    )
    unserved_models: tuple[str, ...] = Field(
        (), description="business models that the offering does not serve"
    )
