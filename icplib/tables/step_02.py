"""What notebook 02 finds: who is best, what they share, the noise floor, the draft of the profile."""  # noqa: E501

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from icplib.icp import Profiles, Verdict
from icplib.tables import Artefact, Column
from icplib.vocabulary.judgements import TIERS

ROLES = ("driver", "follower", "tested", "disqualifier")
STATES = ("counts only", "exploratory", "search", "full search")


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
    n_units: int = Field(0, description="independent company groups behind n")
    n_best_units: int = Field(0, description="of them with a best customer")
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
        "one row a customer: who is best; value_ and is_best_ columns by each meaning of best",
        open=True,
        columns=(
            Column("account_id", "id", "customer", required=True, unique=True),
            Column("value", "float", "the value chosen in the settings"),
            Column(
                "is_best", "bool", "best by the value chosen; empty where the value is not known"
            ),
            Column("best_by", "text", "the value chosen", required=True),
        ),
    ),
    Artefact(
        "02_tenure",
        "aggregate",
        "share of best by tenure and start year, and how many years longer the best are customers",
        columns=(
            Column(
                "what",
                "text",
                "tenure and start year: share of best; years longer: best minus others",
                required=True,
                one_of=("tenure", "start year", "years longer"),
            ),
            Column("level", "text", "band of years, or the year", required=True),
            Column("n_best", "int", "of these, best", low=0),
            Column("estimate", "float", "share of best; years"),
            Column("low", "float", "lower 95 % limit"),
            Column("high", "float", "upper 95 % limit"),
            Column("n", "int", "customers whose value is known", low=0),
        ),
        key=("what", "level"),
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
    Artefact(
        "02_beliefs",
        "aggregate",
        "what people believe about the best customers, each beside the data",
        columns=(
            Column("number", "int", "its place in the settings", required=True),
            Column("who", "text", "role that believes it, or hypothesis", required=True),
            Column("item", "text", "the conditions in words", required=True),
            Column(
                "direction",
                "text",
                "more or fewer best among those that meet it",
                required=True,
                one_of=("more", "fewer"),
            ),
            Column("n_with", "int", "customers that meet it"),
            Column("n_best_with", "int", "of these, best"),
            _share("best_share_with", "share of best among them"),
            Column("estimate", "float", "lift", low=0),
            Column("low", "float", "its lower 95 % limit", low=0),
            Column("high", "float", "its upper limit", low=0),
            Column("n", "int", "customers of whom it is known whether they meet it"),
            Column("p", "float", "of the direction believed (both tested)", low=0, high=1),
            Column("detectable_lift", "float", "lift that would have been seen (4 in 5)", low=1),
            Column("leaving_estimate", "float", "rate of leaving over that of the others", low=0),
            Column("leaving_low", "float", "its lower 95 % limit", low=0),
            Column("leaving_high", "float", "its upper limit", low=0),
            Column("leaving_n", "int", "customers whose time is known"),
            Column("value_estimate", "float", "value above the others, median of all differences"),
            Column("value_low", "float", "its lower 95 % limit"),
            Column("value_high", "float", "its upper limit"),
            Column("value_n", "int", "customers on both sides"),
            Column("beside", "text", "what the search found about the same attributes"),
            Column(
                "verdict",
                "text",
                "what the data say",
                required=True,
                one_of=("confirmed", "contradicted", "no difference seen", "too few to say"),
            ),
            Column("sentence", "text", "in words", required=True),
        ),
        key=("number",),
    ),
    Artefact(
        "02_agreement",
        "aggregate",
        "which roles agree on a belief, and the data",
        columns=(
            Column("item", "text", "the conditions in words", required=True, unique=True),
            Column("more", "set", "roles that believe in more best customers"),
            Column("fewer", "set", "roles that believe in fewer"),
            Column("is_agreed", "bool", "nobody believes the opposite", required=True),
            Column("n_roles", "int", "roles that spoke of it", required=True),
            Column("data", "text", "more, fewer, or why the data do not say"),
        ),
    ),
    Artefact(
        "02_sellers",
        "aggregate",
        "finds and the profile's win rate, plain and among customers of the same seller or channel",
        columns=(
            Column("item", "text", "the condition in words", required=True),
            Column("rival", "text", "other explanation", required=True),
            Column("n_rivals", "int", "sellers or channels"),
            Column("estimate", "float", "difference of the mean score (of the share won)"),
            Column("low", "float", "lower limit, one-sided 95 %"),
            Column("high", "float", "upper limit, one-sided 95 %"),
            Column("n", "int", "customers or deals whose seller is known"),
            Column("within_estimate", "float", "the same within sellers"),
            Column("within_low", "float", "lower limit"),
            Column("within_high", "float", "upper limit"),
            Column("within_n", "int", "cases"),
            Column("without_estimate", "float", "without the one seller that carries most of it"),
            Column("without_low", "float", "lower limit"),
            Column("without_high", "float", "upper limit"),
            Column("without_n", "int", "cases"),
            Column("verdict", "text", "what it is", required=True),
            Column("sentence", "text", "in words", required=True),
        ),
        key=("item", "rival"),
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
