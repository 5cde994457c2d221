"""Artefacts of notebook 04: the scorecard, every company's score, tiers, and how far to trust them."""  # noqa: E501

import hashlib
from typing import Literal

import pandas as pd
from pydantic import Field

from icplib.conditions import Condition, Frozen
from icplib.tables import Artefact, Column, Declared, levels, must, share
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
    "verdicts",
    "on trial",
    "top fifth",
    "by industry",
    "by size",
)
SALES_SIDES = ("fit", "others", "not known", "all")
ENGAGEMENT_LEVELS = ("replied", "clicked", "contacted", "none", "unknown")


class Segment(Frozen):
    """One line of the card: a condition in words, its points, what the build sample shows.

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


class Rule(Frozen):
    """One lookup of the card: exactly one of its segments applies to a company.

    The last one is "unknown".
    """

    attribute: str
    label: str
    kind: Literal["number", "level", "member", "gap"]
    member: str = ""
    unit: str = ""
    is_weak: bool = Field(
        False, description="weak evidence: step 2 did not find it, so it earns little, no reason"
    )
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
    """A condition that takes a company out whatever its points.

    Under ``red_flags`` it is one to ask about. Unknown values never meet it.
    """

    label: str
    words: str
    origin: Literal["settings", "limit", "red flag", "disqualifier"]
    n_prospects: int = Field(0, description="prospects that met it when the card was built")


class Tier(Frozen):
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


class Scorecard(Frozen):
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
    def day(self) -> pd.Timestamp:
        """The last day that it knows of."""
        return pd.Period(self.quarter, "Q").end_time.normalize()

    @property
    def version(self) -> str:
        """The same for cards that give the same points, tiers and knock-outs."""
        said = self.model_dump_json(include={"rules", "knock_outs", "tiers"})
        return hashlib.sha256(said.encode()).hexdigest()[:8]

    @property
    def about(self) -> str:
        """Whose card it is: company, quarter, version and day, as files say it in front."""
        return (
            f"{self.company}, {self.quarter}, card version {self.version}, data to"
            f" {self.day.date()}"
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


_RATE: Declared = {
    "rate": share("events over accounts"),
    "low": Column("lower 95 % limit of the rate (Wilson)", unit="share"),
    "high": Column("upper 95 % limit of the rate (Wilson)", unit="share"),
}
_LIFT_LIMITS: Declared = {
    "lift_low": "lower 95 % limit of the lift (MOVER-R)",
    "lift_high": "upper 95 % limit of the lift (MOVER-R)",
}

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
        {
            "account_id": must("account", unique=True),
            "score": Column("points of fit, 0 to 100", "int", "points", low=0, high=100),
            "tier": levels(
                "tier by calibrated lift; out where a knock-out applies, else not enough known"
                " where unknown attributes carry most points",
                *TIERS,
                OUT,
                FEW,
            ),
            "state": levels("what the company is for sales", *STATES),
            "fill_first": "the two unknown attributes that carry most points",
            "probability": share(
                "calibrated chance of being a best customer, where it may be shown"
            ),
            "reasons_for": "up to three reasons for, with their points",
            "reasons_against": "up to three reasons against, with their points",
            "unknown": "attributes of the card that are not known",
            "score_low": Column(
                "score if all that is unknown were the worst it can be", "int", "points"
            ),
            "score_high": Column(
                "score if all that is unknown were the best it can be", "int", "points"
            ),
            "knock_out": "why the company is out whatever its points; empty when it is not",
            "red_flags": (
                "red flags of churn that it carries, the strongest of each attribute: reasons to"
                " ask, without points"
            ),
            "engagement_level": levels(
                "what its people have done so far; no part of the score", *ENGAGEMENT_LEVELS
            ),
            "is_customer": must("has ever bought"),
            "is_prospect": must("has not bought"),
            "fits_icp": Column(
                "fits the profile's headline rule; empty where an unknown value decides", "bool"
            ),
        },
        key=("account_id",),
    ),
    Artefact(
        "04_tiers",
        "aggregate",
        "best customers by tier, counted on customers that the card had not seen",
        {
            "tier": must("tier by calibrated lift", *TIERS),
            "from_points": Column("least points of the tier", "int", "points"),
            "n": "held-out customers in the tier",
            "n_best": "best customers among them",
            "best_rate": "their share",
            "low": Column("lower 95 % limit of the share (Wilson)", unit="share"),
            "high": Column("upper 95 % limit of the share (Wilson)", unit="share"),
            "lift": "share over the share of all",
            **_LIFT_LIMITS,
            "n_customers": "customers in the tier by the final card",
            "n_prospects": "prospects in the tier",
            "chance": "probability or range in words",
        },
    ),
    Artefact(
        "04_movers",
        "company",
        "companies in another tier than last quarter, and why",
        {
            "account_id": must("company", unique=True),
            "tier_before": must("tier last quarter", *TIERS, OUT, FEW),
            "tier": must("tier now", *TIERS, OUT, FEW),
            "score_before": Column("points last quarter", "int", "points"),
            "score": Column("points now", "int", "points"),
            "points_by_values": Column("last quarter's card on what changed", "int", "points"),
            "points_by_card": Column("the new card on the same values", "int", "points"),
            "moved_because": must("values, card or knock-out, in words"),
            "is_prospect": must("has not bought"),
        },
    ),
    Artefact(
        "04_verdicts",
        "company",
        "what sellers said of scores, this quarter and before, and what came of it",
        {
            "account_id": must("company", unique=True),
            "verdict": must("what was said last", "accepted", "refused"),
            "reason": "why",
            "given_date": must("day"),
            "until_date": must("last day on which it holds"),
            "is_active": must("still holds"),
            "tier": levels("tier now", *TIERS, OUT, FEW),
            "is_won": Column("became a customer since; empty for customers of before", "bool"),
            "is_against_score": must("accepted in a low tier, or refused in a high one"),
        },
    ),
    Artefact(
        "04_trial",
        "company",
        "the score on trial: accounts of tier A, drawn to be worked or left alone",
        {
            "account_id": must("company", unique=True),
            "arm": must("what sales do", "hold out", "work"),
            "start_date": must("first day"),
            "end_date": must("last day, on which it is read"),
            "is_won": Column("became a customer meanwhile; empty before the last day", "bool"),
        },
    ),
    Artefact(
        "04_sales",
        "aggregate",
        "open pipeline, deals by tier, leads and deals by channel, losses, gains, customers at"
        " risk",
        {
            "topic": must("what is counted", *TOPICS),
            "side": must("whose", *SALES_SIDES),
            "group": "tier, channel, reason, accounts that there is time for, red flag, industry",
            "n": must("deals, leads or accounts behind it"),
            "k": Column("of them those that the topic counts", "int"),
            "estimate": Column("their share; the median for cycles", unit="share or days"),
            "low": "lower 95 % limit",
            "high": "upper 95 % limit",
            "amount": "of the open deals; a year, of customers at risk; all revenue",
            "p": "chance of as large a difference without any (Holm)",
            "window": must("quarters, or the day"),
        },
        key=("topic", "side", "group"),
    ),
    Artefact(
        "04_trust",
        "aggregate",
        "the card beside its rivals on held-out customers, and its calibration",
        {
            "measure": must("who is measured, or what"),
            "what": must(
                'auc, "auc, seen" (on customers it was built on), lift, slope, intercept,'
                " spiegelhalter or calibration error"
            ),
            "value": "estimate",
            "low": "lower 95 % limit",
            "high": "upper 95 % limit",
            "apparent": Column("the same on the customers the card was built on", "float"),
            "optimism": Column("apparent minus held-out", "float"),
            "n": "customers",
            "n_best": "best customers among them",
            "sentence": "in words",
        },
    ),
    Artefact(
        "04_calibration",
        "aggregate",
        "predicted against observed shares on held-out customers, in equally filled bins",
        {
            "predicted": Column("mean prediction", "float", "share"),
            "n": "customers",
            "n_best": "best customers among them",
            **_RATE,
        },
    ),
    Artefact(
        "04_backtest",
        "aggregate",
        "earlier quarters' scores against what became of the companies since",
        {
            "built_quarter": must("quarter whose score is judged"),
            "outcome": must(
                "won: became a customer since; best: is among the best now", "won", "best"
            ),
            "tier": must("tier then, or all", *TIERS, "all"),
            "n": "companies that were no customers then",
            "n_events": "of them with the outcome since",
            **_RATE,
            "lift": "rate over the rate of all",
            "auc": Column("of the score then (on the row 'all')", "float"),
            "auc_low": "lower 95 % limit",
            "auc_high": "upper 95 % limit",
        },
    ),
    Artefact(
        "04_drift",
        "aggregate",
        "have the companies that come in, or tier A's outcomes, moved away from the card?",
        {
            "watch": must(
                "score, attribute, outcome or revisit", "score", "attribute", "outcome", "revisit"
            ),
            "population": "who is compared",
            "name": "attribute, tier or rule",
            "n_build": "build accounts",
            "n_now": "accounts since",
            "psi": Column("population stability index", "float"),
            "psi_expected": Column("what PSI shows without any change", "float"),
            "p": "chance of this much without any change",
            "detectable": Column("smallest change that would have been found (80 %)", "float"),
            "is_alarm": "significant and large",
            "since_quarters": Column("quarters pooled", "int"),
            "sentence": must("in words"),
        },
    ),
)
