"""Artefacts of notebook 04: the scorecard, every company's score, tiers, and how far to trust them."""  # noqa: E501

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from icplib.conditions import Condition
from icplib.tables import Artefact, Column
from icplib.vocabulary.judgements import FEW, OUT, STATES, TIERS

TOPICS = (
    "open",
    "open before",
    "won by tier",
    "cycle by tier",
    "leads by channel",
    "won by channel",
    "lost",
    "gains",
    "at risk",
    "top fifth",
    "by industry",
    "by size",
)
SALES_SIDES = ("fit", "others", "not known", "all")
ENGAGEMENT_LEVELS = ("replied", "clicked", "contacted", "none", "unknown")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Segment(_Model):
    """One line of the card: a condition in words, its points, and what the build sample shows
    there.

    ``range``: low <= x < high. ``levels``: x is one of ``values``. ``other``: any other known
    level. ``holds``/``lacks``: the set has the rule's member or not. ``known``/``unknown``: whether
    the value is known at all.
    """

    kind: Literal["range", "levels", "other", "holds", "lacks", "known", "unknown"]
    words: str
    points: int = Field(ge=0)
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    n: int = 0
    n_best: int = 0


class Rule(_Model):
    """One lookup of the card: exactly one of its segments applies to a company.

    The last one is "unknown".
    """

    attribute: str
    label: str
    kind: Literal["number", "level", "member", "gap"]
    member: str = ""
    unit: str = ""
    segments: tuple[Segment, ...]

    @property
    def unknown(self) -> Segment:
        """What a company gets whose value is not known."""
        return self.segments[-1]

    @property
    def otherwise(self) -> Segment:
        """What a company gets whose value is known and meets none of ``branches``."""
        return self.segments[0] if self.kind == "member" else self.segments[-2]

    @property
    def branches(self) -> tuple[tuple[Condition, Segment], ...]:
        """Conditions on a known value, asked in this order, with the segment of the first met."""
        name = self.attribute
        if self.kind == "number":
            return tuple(
                (Condition(attribute=name, op="between", low=s.high, negated=True), s)
                for s in self.segments[:-2]
            )
        if self.kind == "member":
            holds = Condition(attribute=name, op="contains", values=(self.member,))
            return ((holds, self.segments[1]),)
        return tuple(
            (Condition(attribute=name, op="in", values=s.values), s)
            for s in self.segments
            if s.kind == "levels"
        )

    @property
    def most(self) -> int:
        """Points of the best segment."""
        return max(s.points for s in self.segments)


class KnockOut(Condition):
    """A condition that takes a company out whatever its points, or (under ``red_flags``) one to ask
    about. Unknown values never meet it.
    """

    label: str
    words: str
    origin: Literal["settings", "limit", "red flag"]
    n_prospects: int = Field(0, description="prospects that met it when the card was built")


class Tier(_Model):
    """Companies of ``from_points`` and more (up to the next tier).

    Rates are those of held-out customers.
    """

    name: Literal["A", "B", "C", "D"]
    from_points: int | None = Field(
        None, description="least points of the tier; None when no score reaches it"
    )
    chance: str = Field(
        "", description="probability where calibration allows, else a range of lift in words"
    )
    n: int = 0
    n_best: int = 0


class Credit(_Model):
    """The credit convention: score' = offset + factor * ln(odds); pdo points double the odds."""

    pdo: float
    base_score: float
    base_odds: float
    offset: float
    factor: float


class Scorecard(_Model):
    """The one object that every export is written from.

    Reloaded from JSON it gives the same scores.

    ``available`` is False where the data do not carry a score; ``needs`` says what would.
    """

    schema_version: Literal[1] = 1
    available: bool = True
    needs: str = ""
    verdict: Literal["holds up", "not better than chance", "withheld"] = "holds up"
    company: str
    quarter: str
    best_by: str
    n_customers: int
    n_best: int
    base_rate: float | None = None
    target: Literal["flag", "hybrid", ""] = ""
    penalty: float | None = None
    rules: tuple[Rule, ...] = ()
    knock_outs: tuple[KnockOut, ...] = ()
    red_flags: tuple[KnockOut, ...] = Field(
        (),
        description="red flags of churn that take nobody out, the strongest first: a reason to ask",
    )
    n_prospects: int = Field(0, description="prospects when the card was built")
    tiers: tuple[Tier, ...] = ()
    intercept: float | None = Field(None, description="calibrated log odds at 0 points")
    slope: float | None = Field(None, description="calibrated log odds per point")
    shows_probability: bool = False
    auc: float | None = Field(None, description="nested cross-validated")
    auc_low: float | None = None
    auc_high: float | None = None
    credit: Credit | None = None
    levels_seen: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="levels that the build sample had, by attribute"
    )
    left_out: tuple[tuple[str, str], ...] = Field(
        (), description="attribute, why it is not in the card"
    )
    warnings: tuple[str, ...] = ()
    seed: int = 0
    most_unknown: int = Field(
        50, description="a company whose unknown attributes carry more points is in no tier"
    )
    never_zero: tuple[str, ...] = Field(
        (), description="sizes, of which a zero is a gap: no company has 0 employees"
    )

    @property
    def lowest(self) -> str:
        """The tier of a company that reaches no other."""
        return next((t.name for t in self.tiers if t.from_points == 0), TIERS[-1])

    @property
    def columns(self) -> tuple[str, ...]:
        """Every attribute that points or knock-outs need."""
        return tuple(dict.fromkeys((*self.attributes, *(k.attribute for k in self.knock_outs))))

    @property
    def stakes(self) -> dict[str, int]:
        """Most points of each attribute."""
        return {
            name: sum(rule.most for rule in self.rules if rule.attribute == name)
            for name in self.attributes
        }

    @property
    def attributes(self) -> tuple[str, ...]:
        """Attributes that carry points, in the card's order."""
        return tuple(dict.fromkeys(rule.attribute for rule in self.rules))


_RATE = (
    Column("rate", "float", "events over accounts", "share", low=0, high=1),
    Column("low", "float", "lower 95 % limit of the rate (Wilson)", "share"),
    Column("high", "float", "upper 95 % limit of the rate (Wilson)", "share"),
    Column("lift", "float", "rate over the rate of all"),
)
_LIFT_LIMITS = (
    Column("lift_low", "float", "lower 95 % limit of the lift (MOVER-R)"),
    Column("lift_high", "float", "upper 95 % limit of the lift (MOVER-R)"),
)

ARTEFACTS = (
    Artefact(
        "04_scorecard",
        "aggregate",
        "the scorecard: rules in whole points, knock-outs, tiers, calibration",
        model=Scorecard,
    ),
    Artefact(
        "04_scores",
        "company",
        "score, tier and reasons of every company",
        (
            Column("account_id", "id", "account", required=True, unique=True),
            Column("score", "int", "points of fit, 0 to 100", "points", low=0, high=100),
            Column(
                "tier",
                "text",
                "tier by calibrated lift; out where a knock-out applies, else not enough known"
                " where unknown attributes carry most points",
                one_of=(*TIERS, OUT, FEW),
            ),
            Column("state", "text", "what the company is for sales", one_of=STATES),
            Column("fill_first", "text", "the two unknown attributes that carry most points"),
            Column(
                "probability",
                "float",
                "calibrated chance of being a best customer, where it may be shown",
                "share",
                low=0,
                high=1,
            ),
            Column("reasons_for", "text", "up to three reasons for, with their points"),
            Column("reasons_against", "text", "up to three reasons against, with their points"),
            Column("unknown", "text", "attributes of the card that are not known"),
            Column(
                "score_low",
                "int",
                "score if all that is unknown were the worst it can be",
                "points",
            ),
            Column(
                "score_high",
                "int",
                "score if all that is unknown were the best it can be",
                "points",
            ),
            Column(
                "knock_out",
                "text",
                "why the company is out whatever its points; empty when it is not",
            ),
            Column(
                "red_flags",
                "text",
                "red flags of churn that it carries, the strongest of each attribute: reasons to"
                " ask, without points",
            ),
            Column(
                "engagement_level",
                "text",
                "what its people have done so far; no part of the score",
                one_of=ENGAGEMENT_LEVELS,
            ),
            Column("is_customer", "bool", "has ever bought", required=True),
            Column("is_prospect", "bool", "has not bought", required=True),
            Column(
                "fits_icp",
                "bool",
                "fits the profile's headline rule; empty where an unknown value decides",
            ),
        ),
        key=("account_id",),
    ),
    Artefact(
        "04_tiers",
        "aggregate",
        "best customers by tier, counted on customers that the card had not seen",
        (
            Column("tier", "text", "tier by calibrated lift", required=True, one_of=TIERS),
            Column("from_points", "int", "least points of the tier", "points"),
            Column("n", "int", "held-out customers in the tier"),
            Column("n_best", "int", "best customers among them"),
            Column("best_rate", "float", "their share", "share"),
            Column("low", "float", "lower 95 % limit of the share (Wilson)", "share"),
            Column("high", "float", "upper 95 % limit of the share (Wilson)", "share"),
            Column("lift", "float", "share over the share of all"),
            *_LIFT_LIMITS,
            Column("n_customers", "int", "customers in the tier by the final card"),
            Column("n_prospects", "int", "prospects in the tier"),
            Column("chance", "text", "probability or range in words"),
        ),
    ),
    Artefact(
        "04_sales",
        "aggregate",
        "open pipeline, deals by tier, leads and deals by channel, losses, gains, customers at"
        " risk",
        (
            Column("topic", "text", "what is counted", required=True, one_of=TOPICS),
            Column("side", "text", "whose", required=True, one_of=SALES_SIDES),
            Column(
                "group",
                "text",
                "tier, channel, reason, accounts that there is time for, red flag, industry",
            ),
            Column("n", "int", "deals, leads or accounts behind it", required=True, low=0),
            Column("k", "int", "of them those that the topic counts"),
            Column("estimate", "float", "their share; the median for cycles", "share or days"),
            Column("low", "float", "lower 95 % limit"),
            Column("high", "float", "upper 95 % limit"),
            Column(
                "amount",
                "float",
                "of the open deals; a year, of customers at risk; all revenue",
                "company currency",
            ),
            Column("p", "float", "chance of as large a difference without any (Holm)"),
            Column("window", "text", "quarters, or the day", required=True),
        ),
        key=("topic", "side", "group"),
    ),
    Artefact(
        "04_trust",
        "aggregate",
        "the card beside its rivals on held-out customers, and its calibration",
        (
            Column("measure", "text", "who is measured, or what", required=True),
            Column(
                "what",
                "text",
                'auc, "auc, seen" (on customers it was built on), lift, slope, intercept,'
                " spiegelhalter or calibration error",
                required=True,
            ),
            Column("value", "float", "estimate"),
            Column("low", "float", "lower 95 % limit"),
            Column("high", "float", "upper 95 % limit"),
            Column("apparent", "float", "the same on the customers the card was built on"),
            Column("optimism", "float", "apparent minus held-out"),
            Column("n", "int", "customers"),
            Column("n_best", "int", "best customers among them"),
            Column("sentence", "text", "in words"),
        ),
    ),
    Artefact(
        "04_calibration",
        "aggregate",
        "predicted against observed shares on held-out customers, in equally filled bins",
        (
            Column("predicted", "float", "mean prediction", "share"),
            Column("n", "int", "customers"),
            Column("n_best", "int", "best customers among them"),
            *_RATE[:3],
        ),
    ),
    Artefact(
        "04_backtest",
        "aggregate",
        "earlier quarters' scores against what became of the companies since",
        (
            Column("built_quarter", "text", "quarter whose score is judged", required=True),
            Column(
                "outcome",
                "text",
                "won: became a customer since; best: is among the best now",
                required=True,
                one_of=("won", "best"),
            ),
            Column("tier", "text", "tier then, or all", required=True, one_of=(*TIERS, "all")),
            Column("n", "int", "companies that were no customers then"),
            Column("n_events", "int", "of them with the outcome since"),
            *_RATE,
            Column("auc", "float", "of the score then (on the row 'all')"),
            Column("auc_low", "float", "lower 95 % limit"),
            Column("auc_high", "float", "upper 95 % limit"),
        ),
    ),
    Artefact(
        "04_drift",
        "aggregate",
        "have the companies that come in, or tier A's outcomes, moved away from the card?",
        (
            Column(
                "watch",
                "text",
                "score, attribute, outcome or revisit",
                required=True,
                one_of=("score", "attribute", "outcome", "revisit"),
            ),
            Column("population", "text", "who is compared"),
            Column("name", "text", "attribute, tier or rule"),
            Column("n_build", "int", "build accounts"),
            Column("n_now", "int", "accounts since"),
            Column("psi", "float", "population stability index"),
            Column("psi_expected", "float", "what PSI shows without any change"),
            Column("p", "float", "chance of this much without any change"),
            Column("detectable", "float", "smallest change that would have been found (80 %)"),
            Column("is_alarm", "bool", "significant and large"),
            Column("since_quarters", "int", "quarters pooled"),
            Column("sentence", "text", "in words", required=True),
        ),
    ),
)
