"""What notebook 02 finds: who is best, what they share, the noise floor, the draft of the profile."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from icplib.icp import Profiles, Verdict
from icplib.tables import Artefact, Column
from icplib.vocabulary.judgements import TIERS

ROLES = ("driver", "follower", "tested", "disqualifier")
STATES = ("counts only", "exploratory", "search", "full search")
MEASURES = ("revenue", "profit", "retention")


class DetectableLift(BaseModel):
    """The smallest lift that would have been found with 80 % chance, for an item that this share of
    customers has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    share: float
    lift: float | None = Field(None, description="empty: no lift would have been found")


class Noise(BaseModel):
    """How much pure chance shows, and how much these customers could have shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    schema_version: Literal[1] = 1
    state: Literal["counts only", "exploratory", "search", "full search"]
    best_by: str
    best_share: float
    best_reason: str
    n: int = Field(description="customers whose value is known")
    n_best: int
    n_attributes: int = Field(description="attributes searched")
    n_items: int = Field(0, description="levels, members and fifths of numbers looked at")
    false_discovery_rate: float
    noise_floor_lift: float | None = Field(
        None, description="lift that the best of pure chance reaches in half of all cases"
    )
    noise_floor_share: float = Field(
        0.1, description="among items that at least this share of customers has"
    )
    noise_floor_common_lift: float | None = Field(
        None, description="the same among items that half of the customers have"
    )
    detectable: tuple[DetectableLift, ...] = ()
    sentences: tuple[str, ...] = ()


def _share(name: str, meaning: str, required: bool = False) -> Column:
    return Column(name, "float", meaning, unit="share", low=0, high=1, required=required)


CONDITION = (
    Column("attribute", "text", "attribute of 01_attributes", required=True),
    Column("label", "text", "its name as people read it", required=True),
    Column("item", "text", "the condition in words", required=True),
    Column(
        "op",
        "text",
        "how the attribute is compared",
        required=True,
        one_of=("in", "between", "contains"),
    ),
    Column("values", "set", "levels or members"),
    Column("low", "float", "lower end, included; empty where open"),
    Column("high", "float", "upper end, included; empty where open"),
    Column("low_from", "float", "the lower end could lie as low as this; empty where open"),
    Column("low_to", "float", "the lower end could lie as high as this; empty where open"),
    Column("high_from", "float", "the upper end could lie as low as this; empty where open"),
    Column("high_to", "float", "the upper end could lie as high as this; empty where open"),
)
LIFT = (
    Column(
        "lift", "float", "share of best with the item over share of best among all known", low=0
    ),
    Column("lift_low", "float", "lower limit; false coverage rate 5 % over what was found", low=0),
    Column("lift_high", "float", "upper limit", low=0),
    Column(
        "lift_shrunken",
        "float",
        "lift, estimated from the value too where the attributes side with it, after shrinking for"
        " having been selected (empirical Bayes)",
        low=0,
    ),
)

ARTEFACTS = (
    Artefact(
        "02_best",
        "company",
        "one row a customer: three values, and who is best by each",
        columns=(
            Column("account_id", "id", "customer", required=True, unique=True),
            Column("value_revenue", "float", "revenue a year", "company currency a year"),
            Column("value_profit", "float", "profit a year", "company currency a year"),
            Column(
                "value_retention",
                "float",
                "minus the null martingale residual: expected minus observed leaving",
            ),
            Column("is_best_revenue", "bool", "among the best share by revenue a year"),
            Column("is_best_profit", "bool", "among the best share by profit a year"),
            Column("is_best_retention", "bool", "among the best share by retention"),
            Column("value", "float", "the value chosen in the settings"),
            Column(
                "is_best", "bool", "best by the value chosen; empty where the value is not known"
            ),
            Column("best_by", "text", "the value chosen", required=True, one_of=MEASURES),
        ),
    ),
    Artefact(
        "02_overlap",
        "aggregate",
        "how far the three meanings of best agree, and what the cut-off changes",
        columns=(
            Column(
                "what",
                "text",
                "pair: two meanings; region: best by exactly these; cut-off: another share",
                required=True,
                one_of=("pair", "region", "cut-off"),
            ),
            Column("by", "set", "the meanings of best it speaks of"),
            _share("best_share", "share of customers called best", required=True),
            Column("n", "int", "customers whose values are all known"),
            Column(
                "n_best",
                "int",
                "pair, region: customers best by all of these; cut-off: customers called best",
            ),
            Column(
                "n_expected",
                "float",
                "pair: so many would be best by both if the two had nothing to do with each other",
            ),
            Column("threshold_value", "float", "cut-off: smallest value among the best"),
            Column("n_found", "int", "cut-off: attributes found"),
            Column("found", "set", "cut-off: their labels"),
        ),
    ),
    Artefact(
        "02_attributes",
        "aggregate",
        "one row an attribute: does it separate the best, could it have been seen, does it give the"
        " answer away",
        columns=(
            Column("attribute", "text", "attribute of 01_attributes", required=True, unique=True),
            Column("label", "text", "its name as people read it", required=True),
            Column("kind", "text", "level of measurement"),
            Column("mission_row", "text", "row of the attribute catalogue"),
            Column("n_known", "int", "customers whose value is known"),
            _share("known_share", "share of customers whose value is known"),
            Column(
                "state",
                "text",
                "what was done with it",
                required=True,
                one_of=("searched", "shown only", "kept out"),
            ),
            Column("reason", "text", "why, where it was not searched"),
            Column(
                "outcome",
                "text",
                "what came out",
                required=True,
                one_of=("separates", "does not separate", "not searched"),
            ),
            Column(
                "z",
                "float",
                "largest standardised sum of any group, upwards; the score that the other"
                " attributes side against counts for less",
            ),
            Column("p", "float", "permutation p of the search upwards", low=0, high=1),
            Column(
                "q", "float", "the same over all attributes (Benjamini-Hochberg)", low=0, high=1
            ),
            Column("p_down", "float", "permutation p of the search downwards", low=0, high=1),
            Column("q_down", "float", "the same over all attributes", low=0, high=1),
            Column("is_found", "bool", "separates upwards", required=True),
            Column("is_disqualifier", "bool", "separates downwards", required=True),
            Column(
                "detectable_lift",
                "float",
                "lift that a fifth of these customers would have needed to be found",
                low=1,
            ),
            Column(
                "unknown_lift",
                "float",
                "share of best where unknown over share of best overall",
                low=0,
            ),
            Column("unknown_q", "float", "p of that, over all attributes", low=0, high=1),
            Column(
                "leak_auc",
                "float",
                "how well the attribute alone ranks the best (Mann-Whitney)",
                low=0,
                high=1,
            ),
            Column("leak_low", "float", "its lower 95 % limit (Hanley-McNeil)", low=0, high=1),
            Column("leak", "text", "leak screen", one_of=("", "amber", "red")),
        ),
    ),
    Artefact(
        "02_patterns",
        "aggregate",
        "what was found or tested: one row an item, with its evidence",
        columns=(
            *CONDITION,
            Column("direction", "text", "more or fewer best", required=True, one_of=("up", "down")),
            Column("n_known", "int", "customers whose value is known", required=True),
            Column("n_with", "int", "of these, with the item", required=True),
            Column("n_best_with", "int", "of these, best", required=True),
            Column("n_best_known", "int", "best customers whose value is known", required=True),
            _share("with_share", "share of customers with the item"),
            _share("best_share_with", "share of the best with the item"),
            *LIFT,
            Column(
                "p_item",
                "float",
                "p of the strongest group behind the item, adjusted for the search inside its"
                " attribute",
                low=0,
                high=1,
            ),
            Column("p_attribute", "float", "p of its attribute", low=0, high=1),
            Column("q_attribute", "float", "the same over all attributes", low=0, high=1),
            Column(
                "noise_floor_lift",
                "float",
                "the best of pure chance among items at least as large",
                low=0,
            ),
            Column("is_found", "bool", "passed the false discovery rate", required=True),
            Column("role", "text", "what it is", required=True, one_of=ROLES),
            Column(
                "follows",
                "text",
                "the driver a follower goes along with; empty where it goes along with none but"
                " adds too little to be told",
            ),
            Column("verdict", "text", "what it is worth", required=True, one_of=get_args(Verdict)),
        ),
        key=("item", "direction"),
    ),
    Artefact(
        "02_sheet",
        "aggregate",
        "the attribute catalogue row by row: what the data say, that it does not separate, or that"
        " it is missing",
        columns=(
            Column("mission_row", "text", "row of the attribute catalogue", required=True),
            Column("name", "text", "what the row is about", required=True),
            Column("statement", "text", "what the data say", required=True),
            Column("verdict", "text", "what it is worth; empty where nothing is claimed"),
        ),
    ),
    Artefact("02_noise", "aggregate", "noise floor and detectable lift", model=Noise),
    Artefact(
        "02_profile",
        "aggregate",
        "the draft of the Ideal Customer Profile, before churn has spoken",
        model=Profiles,
    ),
    Artefact(
        "02_fit",
        "company",
        "one row an account: how it meets what was found",
        columns=(
            Column("account_id", "id", "account", required=True, unique=True),
            Column("n_met", "int", "criteria of the main profile met", low=0),
            Column("n_known", "int", "criteria of the main profile whose value is known", low=0),
            Column("n_criteria", "int", "criteria of the main profile", low=0),
            _share("fit_share", "met over known"),
            Column(
                "oof_points",
                "float",
                "0-100: share met of the conditions that were discovered without this account",
                "points",
                low=0,
                high=100,
            ),
            Column(
                "fits_held_out",
                "bool",
                "customers the search saw: meets the rule that most folds without it found; others:"
                " meets the rule",
            ),
            Column(
                "fit_tier",
                "text",
                "A: 75 points or more, B: 50 or more, C: 25 or more, D: fewer; empty where nothing"
                " is known",
                one_of=TIERS,
            ),
        ),
    ),
)
