"""HubSpot's sheet gives Python's points, and its file of values finds companies by their domain."""

import numpy as np
import pandas as pd
from hypothesis import find

from icplib.scoring import hubspot
from icplib.scoring.scorecard import points
from scorecards import companies, level_rules, member_rules, number_rules, scorecard


def test_the_hubspot_sheet_gives_the_same_points():
    """Each segment's criteria, read as HubSpot reads them, select exactly the companies that Python
    puts there.
    """
    card = scorecard(
        [
            find(number_rules(), lambda r: len(r.segments) > 3),
            find(level_rules(), lambda r: True),
            *find(member_rules(), lambda r: True),
        ]
    )
    sheet = hubspot.build_sheet(card, {a: a for a in card.attributes})
    sheet = sheet[sheet["Step"].str.startswith("2")]
    table = companies(card)
    total = np.zeros(len(table), dtype=int)
    for row in sheet.itertuples():
        total += row.Points * table[row.Property].map(
            lambda cell, criteria=row.Criteria: meets(criteria, cell)
        ).to_numpy(bool)
    assert list(total) == list(points(card, table))
    assert (
        sheet.groupby("Property")["Points"].max()
        <= sheet.groupby("Property")["Group limit"].first()
    ).all()


def meets(criteria, cell):
    unknown = (
        cell is None or cell is pd.NA or cell == "" or (isinstance(cell, float) and np.isnan(cell))
    )
    holds = []
    for part in criteria.split(" AND "):
        words, _, value = (
            part.partition(" than or equal to ")[0:3]
            if "equal to" in part
            else (part, "", part.rsplit(" ", 1)[-1])
        )
        if part == "is unknown":
            holds.append(unknown)
        elif part == "is known":
            holds.append(not unknown)
        elif unknown:
            holds.append(False)
        elif words.startswith("is greater"):
            holds.append(cell >= float(value))
        elif part.startswith("is less than "):
            holds.append(cell < float(value))
        else:
            among = set(cell if isinstance(cell, tuple) else [cell]) & set(
                part.split(" of ", 1)[1].split("; ")
            )
            holds.append(bool(among) == part.startswith("is any of"))
    return all(holds)


def test_properties_are_hubspots_own_or_those_of_the_settings():
    assert hubspot.property_of("n_employees", {}) == "numberofemployees"
    assert hubspot.property_of("n_employees", {"n_employees": "headcount"}) == "headcount"
    assert hubspot.property_of("growth_rate", {}) == "icp_growth_rate"


def test_the_sheet_says_each_step_with_tiers_in_points():
    rules = [find(number_rules(), lambda r: any(s.points for s in r.segments))]
    sheet = hubspot.build_sheet(scorecard(rules), {})
    assert [step[0] for step in dict.fromkeys(sheet["Step"])] == ["1", "2", "4", "5"]
    assert (
        f"criteria by group: {(sheet['Step'].str[0] == '2').sum()} in Employees"
        in sheet["Criteria"][0]
    )
    tiers = sheet[sheet["Step"].str.startswith("4")]
    assert list(tiers["Points"]) == [60, 40, 20, 0]


def test_values_are_for_companies_with_a_domain():
    scores = pd.DataFrame(
        {
            "account_id": ["a", "b", "c"],
            "score": [70, 10, None],
            "tier": ["A", "out", None],
            "reasons_for": ["x", "", ""],
            "reasons_against": "",
            "knock_out": ["", "too small", ""],
        }
    )
    accounts = pd.DataFrame(
        {
            "account_id": ["a", "b", "c"],
            "account_name": list("ABC"),
            "domain": ["a.io", "b.io", "c.io"],
        }
    )
    told = hubspot.values(scorecard([]), scores, accounts)
    assert list(told["Company Domain Name"]) == ["a.io", "b.io"]
    assert list(told["ICP tier"]) == ["A", "out"]
