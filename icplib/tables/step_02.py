"""What notebook 02 finds: who is best, what they share, the noise floor, the draft of the profile."""  # noqa: E501

from typing import Literal, get_args

from pydantic import Field

from icplib.conditions import Frozen
from icplib.icp import Profiles, Verdict
from icplib.tables import Artefact, Column, Declared, levels, must, ratio, share
from icplib.vocabulary.judgements import TIERS

ROLES = ("driver", "follower", "tested", "disqualifier")
STATES = ("counts only", "exploratory", "search", "full search")


class DetectableLift(Frozen):
    """The smallest lift that would have been found with 80 % chance.

    For an item that this share of customers has.
    """

    share: float
    lift: float | None = Field(None, description="empty: no lift would have been found")


class Noise(Frozen):
    """How much pure chance shows, and how much these customers could have shown."""

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


CONDITION: Declared = {
    "attribute": must("attribute of 01_attributes"),
    "label": must("its name as people read it"),
    "item": must("the condition in words"),
    "op": must("how the attribute is compared", "in", "between", "contains"),
    "values": Column("levels or members", "set"),
    "low": "lower end, included; empty where open",
    "high": "upper end, included; empty where open",
    "low_from": Column("the lower end could lie as low as this; empty where open", "float"),
    "low_to": Column("the lower end could lie as high as this; empty where open", "float"),
    "high_from": Column("the upper end could lie as low as this; empty where open", "float"),
    "high_to": Column("the upper end could lie as high as this; empty where open", "float"),
}
LIFT: Declared = {
    "lift": "share of best with the item over share of best among all known",
    "lift_low": ratio("lower limit; false coverage rate 5 % over what was found"),
    "lift_high": ratio("upper limit"),
    "lift_shrunken": ratio(
        "lift, estimated from the value too where the attributes side with it, after shrinking for"
        " having been selected (empirical Bayes)"
    ),
}

ARTEFACTS = (
    Artefact(
        "02_best",
        "company",
        "one row a customer: who is best; value_ and is_best_ columns by each meaning of best",
        {
            "account_id": must("customer", unique=True),
            "value": "the value chosen in the settings",
            "is_best": "best by the value chosen; empty where the value is not known",
            "best_by": must("the value chosen"),
        },
        open=True,
    ),
    Artefact(
        "02_tenure",
        "aggregate",
        "share of best by tenure and start year, and how many years longer the best are customers",
        {
            "what": must(
                "tenure and start year: share of best; years longer: best minus others",
                "tenure",
                "start year",
                "years longer",
            ),
            "level": must("band of years, or the year"),
            "n_best": "of these, best",
            "estimate": "share of best; years",
            "low": "lower 95 % limit",
            "high": "upper 95 % limit",
            "n": "customers whose value is known",
        },
        key=("what", "level"),
    ),
    Artefact(
        "02_overlap",
        "aggregate",
        "how far the three meanings of best agree, and what the cut-off changes",
        {
            "what": must(
                "pair: two meanings; region: best by exactly these; cut-off: another share",
                "pair",
                "region",
                "cut-off",
            ),
            "by": Column("the meanings of best it speaks of", "set"),
            "best_share": share("share of customers called best", required=True),
            "n": "customers whose values are all known",
            "n_best": (
                "pair, region: customers best by all of these; cut-off: customers called best"
            ),
            "n_expected": Column(
                "pair: so many would be best by both if the two had nothing to do with each other",
                "float",
            ),
            "threshold_value": "cut-off: smallest value among the best",
            "n_found": "cut-off: attributes found",
            "found": Column("cut-off: their labels", "set"),
        },
    ),
    Artefact(
        "02_attributes",
        "aggregate",
        "one row an attribute: does it separate the best, could it have been seen, does it give the"
        " answer away",
        {
            "attribute": must("attribute of 01_attributes", unique=True),
            "label": must("its name as people read it"),
            "kind": "level of measurement",
            "mission_row": "row of the attribute catalogue",
            "n_known": "customers whose value is known",
            "known_share": share("share of customers whose value is known"),
            "state": must("what was done with it", "searched", "shown only", "kept out"),
            "reason": "why, where it was not searched",
            "outcome": must("what came out", "separates", "does not separate", "not searched"),
            "z": Column(
                "largest standardised sum of any group, upwards; the score that the other"
                " attributes side against counts for less",
                "float",
            ),
            "p": "permutation p of the search upwards",
            "q": "the same over all attributes (Benjamini-Hochberg)",
            "p_down": Column("permutation p of the search downwards", "float", low=0, high=1),
            "q_down": Column("the same over all attributes", "float", low=0, high=1),
            "is_found": must("separates upwards"),
            "is_disqualifier": must("separates downwards"),
            "detectable_lift": Column(
                "lift that a fifth of these customers would have needed to be found", low=1
            ),
            "unknown_lift": "share of best where unknown over share of best overall",
            "unknown_q": "p of that, over all attributes",
            "leak_auc": Column(
                "how well the attribute alone ranks the best (Mann-Whitney)", "float", low=0, high=1
            ),
            "leak_low": Column("its lower 95 % limit (Hanley-McNeil)", low=0, high=1),
            "leak": levels("leak screen", "", "amber", "red"),
        },
    ),
    Artefact(
        "02_patterns",
        "aggregate",
        "what was found or tested: one row an item, with its evidence",
        {
            **CONDITION,
            "direction": must("more or fewer best", "up", "down"),
            "n_known": must("customers whose value is known"),
            "n_with": must("of these, with the item"),
            "n_best_with": must("of these, best"),
            "n_best_known": must("best customers whose value is known"),
            "with_share": share("share of customers with the item"),
            "best_share_with": share("share of the best with the item"),
            **LIFT,
            "p_item": Column(
                "p of the strongest group behind the item, adjusted for the search inside its"
                " attribute",
                "float",
                low=0,
                high=1,
            ),
            "p_attribute": Column("p of its attribute", "float", low=0, high=1),
            "q_attribute": Column("the same over all attributes", "float", low=0, high=1),
            "noise_floor_lift": "the best of pure chance among items at least as large",
            "is_found": must("passed the false discovery rate"),
            "role": must("what it is", *ROLES),
            "follows": (
                "the driver a follower goes along with; empty where it goes along with none but"
                " adds too little to be told"
            ),
            "verdict": must("what it is worth", *get_args(Verdict)),
        },
        key=("item", "direction"),
    ),
    Artefact(
        "02_sheet",
        "aggregate",
        "the attribute catalogue row by row: what the data say, that it does not separate, or that"
        " it is missing",
        {
            "mission_row": must("row of the attribute catalogue"),
            "name": must("what the row is about"),
            "statement": must("what the data say"),
            "verdict": "what it is worth; empty where nothing is claimed",
        },
    ),
    Artefact(
        "02_beliefs",
        "aggregate",
        "what people believe about the best customers, each beside the data",
        {
            "number": must("its place in the settings", type="int"),
            "who": must("role that believes it, or hypothesis"),
            "item": must("the conditions in words"),
            "direction": must("more or fewer best among those that meet it", "more", "fewer"),
            "n_with": "customers that meet it",
            "n_best_with": "of these, best",
            "best_share_with": share("share of best among them"),
            "estimate": ratio("lift"),
            "low": ratio("its lower 95 % limit"),
            "high": ratio("its upper limit"),
            "n": "customers of whom it is known whether they meet it",
            "p": "of the direction believed (both tested)",
            "detectable_lift": Column("lift that would have been seen (4 in 5)", low=1),
            "leaving_estimate": ratio("rate of leaving over that of the others"),
            "leaving_low": ratio("its lower 95 % limit"),
            "leaving_high": ratio("its upper limit"),
            "leaving_n": Column("customers whose time is known", "int"),
            "value_estimate": "value above the others, median of all differences",
            "value_low": "its lower 95 % limit",
            "value_high": "its upper limit",
            "value_n": Column("customers on both sides", "int"),
            "beside": "what the search found about the same attributes",
            "verdict": must(
                "what the data say",
                "confirmed",
                "contradicted",
                "no difference seen",
                "too few to say",
            ),
            "sentence": must("in words"),
        },
        key=("number",),
    ),
    Artefact(
        "02_agreement",
        "aggregate",
        "which roles agree on a belief, and the data",
        {
            "item": must("the conditions in words", unique=True),
            "more": Column("roles that believe in more best customers", "set"),
            "fewer": Column("roles that believe in fewer", "set"),
            "is_agreed": must("nobody believes the opposite"),
            "n_roles": must("roles that spoke of it"),
            "data": "more, fewer, or why the data do not say",
        },
    ),
    Artefact(
        "02_sellers",
        "aggregate",
        "finds and the profile's win rate, plain and among customers of the same seller or channel",
        {
            "item": must("the condition in words"),
            "rival": must("other explanation"),
            "n_rivals": "sellers or channels",
            "estimate": "difference of the mean score (of the share won)",
            "low": "lower limit, one-sided 95 %",
            "high": "upper limit, one-sided 95 %",
            "n": "customers or deals whose seller is known",
            "within_estimate": "the same within sellers",
            "within_low": "lower limit",
            "within_high": "upper limit",
            "within_n": Column("cases", "int"),
            "without_estimate": "without the one seller that carries most of it",
            "without_low": "lower limit",
            "without_high": "upper limit",
            "without_n": Column("cases", "int"),
            "verdict": must("what it is"),
            "sentence": must("in words"),
        },
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
        {
            "account_id": must("account", unique=True),
            "n_met": "criteria of the main profile met",
            "n_known": "criteria of the main profile whose value is known",
            "n_criteria": "criteria of the main profile",
            "fit_share": share("met over known"),
            "oof_points": Column(
                "0-100: share met of the conditions that were discovered without this account",
                "float",
                "points",
                low=0,
                high=100,
            ),
            "fits_held_out": Column(
                "customers the search saw: meets the rule that most folds without it found; others:"
                " meets the rule",
                "bool",
            ),
            "fit_tier": levels(
                "A: 75 points or more, B: 50 or more, C: 25 or more, D: fewer; empty where nothing"
                " is known",
                *TIERS,
            ),
        },
    ),
)
