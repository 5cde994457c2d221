"""The scorecard for HubSpot: a sheet to type into its score builder, and values to import.

HubSpot's fit scores add up groups of criteria on company properties, each group with a limit of its
own and at most 100 points in all; blanks meet no criterion but "is unknown". The score cannot hold
disqualifiers: they are a list of companies that the score leaves out.
"""

from collections.abc import Mapping

import pandas as pd

from icplib import words
from icplib.conditions import Condition
from icplib.scoring.salesforce import plain
from icplib.tables.step_04 import Rule, Scorecard, Segment
from icplib.vocabulary.judgements import FEW

MOST_POINTS = 100
#: HubSpot's own properties of companies
STANDARD = {
    "industry": "industry",
    "n_employees": "numberofemployees",
    "annual_revenue_amount": "annualrevenue",
    "country": "country",
    "state": "state",
    "city": "city",
    "account_type": "type",
    "lead_source": "hs_analytics_source",
    "tech_stack": "web_technologies",
}
COLUMNS = ("Step", "Group", "Group limit", "Property", "Criteria", "Points")


def property_of(attribute: str, names: Mapping[str, str]) -> str:
    """HubSpot's internal name: by settings, its own, or the one to make for ours."""
    return names.get(attribute) or STANDARD.get(attribute) or f"icp_{attribute}"


def build_sheet(card: Scorecard, names: Mapping[str, str]) -> pd.DataFrame:
    """What to type into HubSpot's lead scoring, step by step (columns ``COLUMNS``)."""
    groups = {name: [*_group(card, name, names)] for name in card.attributes}
    sizes = words.listed(f"{len(rows)} in {rows[0][1]}" for rows in groups.values() if rows)
    few = (
        f"groups whose property is unknown carry more than {card.most_unknown} points: take its"
        " tier from hubspot_values.csv"
    )
    first = f"1 Marketing > Lead scoring > Create score > Company fit; limit {MOST_POINTS} points"
    rows = [
        (first, None, None, None, f"{card.about}; criteria by group: {sizes}", None),
        *(row for group in groups.values() for row in group),
        *(
            ("3 Leave these companies out of the score", "Exclusion list", None, *criteria, None)
            for criteria in _exclusions(card, names)
        ),
        *(
            ("4 Set the thresholds", f"Tier {t.name}", None, None, *_threshold(t.from_points))
            for t in card.tiers
            if t.from_points is not None
        ),
        ("5 Know too little of a company", FEW, None, None, few, None),
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"Group limit": "Int64", "Points": "Int64"})


def _threshold(points: int) -> tuple[str, int]:
    return f"is greater than or equal to {points}", points


def _group(card: Scorecard, name: str, names: Mapping[str, str]):
    for rule in (rule for rule in card.rules if rule.attribute == name):
        for segment in rule.segments:
            if segment.points:
                criteria = segment_words(rule, segment, name in card.never_zero)
                where = (rule.label, card.stakes[name], property_of(name, names))
                yield (
                    "2 Add a group with this limit and criterion",
                    *where,
                    criteria,
                    segment.points,
                )


def _exclusions(card: Scorecard, names: Mapping[str, str]):
    for k in card.knock_outs:
        known = _known(k.attribute in card.never_zero)
        yield property_of(k.attribute, names), f"{known} AND {in_hubspot(k)}"


def values(card: Scorecard, scores: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Score, tier and reasons as properties of existing companies, found by their domain."""
    named = scores.merge(accounts[["account_id", "account_name", "domain"]], on="account_id")
    rows = named[named["score"].notna() & named["domain"].notna()].sort_values("account_id")
    return pd.DataFrame(
        {
            "Company name": rows["account_name"],
            "Company Domain Name": rows["domain"],
            "ICP score": rows["score"].astype("Int64"),
            "ICP tier": rows["tier"],
            "ICP reasons for": rows["reasons_for"],
            "ICP reasons against": rows["reasons_against"],
            "ICP out because": rows["knock_out"],
            "ICP card": card.about,
        }
    ).reset_index(drop=True)


def _known(never_zero: bool) -> str:
    return "is known AND is not equal to 0" if never_zero else "is known"


def segment_words(rule: Rule, segment: Segment, never_zero: bool = False) -> str:
    """The criteria of one segment: its own condition, and none of those asked before."""
    if segment.kind == "unknown":
        return "is unknown OR is equal to 0" if never_zero else "is unknown"
    asked = [condition for condition, _ in rule.branches]
    before = [c.model_copy(update={"negated": not c.negated}) for c in asked]
    if segment == rule.otherwise:
        parts = before[-1:] if rule.kind == "number" else before
        return " AND ".join([_known(never_zero), *map(in_hubspot, parts)])
    at = [s for _, s in rule.branches].index(segment)
    parts = [*(before[:at][-1:] if rule.kind == "number" else []), asked[at]]
    zero = ["is not equal to 0"] if never_zero and rule.kind == "number" and at == 0 else []
    return " AND ".join([*map(in_hubspot, parts), *zero])


_IN_HUBSPOT = {
    "<": "is less than",
    "<=": "is less than or equal to",
    ">": "is greater than",
    ">=": "is greater than or equal to",
}


def in_hubspot(condition: Condition) -> str:
    """A condition as HubSpot's filters say it."""
    if condition.op == "between":
        parts = [f"{_IN_HUBSPOT[sign]} {plain(end)}" for sign, end in condition.comparisons]
        return (" OR " if condition.negated else " AND ").join(parts)
    how = "is none of" if condition.negated else "is any of"
    return f"{how} {'; '.join(condition.values)}"
