"""A card with every kind of rule, companies on its borders, and the workbook made of them."""

import pandas as pd

from icplib.scoring.books import AT_RISK, LISTED, Book
from icplib.scoring.companies import score_companies
from icplib.tables.step_04 import KnockOut, Rule
from scorecards import scorecard, segment

STACK = ["AWS", 'say "hi"', "C++", "R&D 'lab'", "日本"]


def rule(attribute, kind, *segments, **more):
    return Rule(attribute=attribute, label=attribute, kind=kind, segments=segments, **more)


def numbers(attribute, cuts, points, **more):
    ends = zip([None, *cuts], [*cuts, None], points[:-1], points[1:], strict=False)
    parts = [
        segment("range", p, low=a, high=b, n=9).model_copy(update={"words": f"from {a}"})
        for a, b, p, _ in ends
    ]
    return rule(attribute, "number", *parts, segment("unknown", points[-1], n=2), **more)


def bed_card():
    levels = [
        segment("levels", 12, values=("Fintech", 'the "best"'), n=5),
        segment("levels", 4, values=("true",), n=5),
    ]  # noqa: E501
    members = [
        rule(
            "tech_stack",
            "member",
            *(segment(kind, p, n=7) for kind, p in (("lacks", 0), ("holds", 6), ("unknown", 2))),
            member=name,
        )
        for name in STACK[:3]
    ]
    rules = [
        numbers("n_employees", [50.0, 200.5], [0, 9, 20, 3]),
        numbers("growth_rate", [-0.1, 0.3], [0, 5, 11, 4], is_weak=True),
        rule("industry", "level", *levels, segment("other", 1, n=4), segment("unknown", 0, n=1)),
        *members,
        rule("tech_stack", "gap", segment("known", 2, n=8), segment("unknown", 0, n=3)),
        rule("n_offices", "gap", segment("known", 7, n=8), segment("unknown", 0, n=3)),
    ]
    about = {"label": "", "origin": "limit"}
    outs = (
        KnockOut(
            attribute="n_employees",
            op="between",
            low=10,
            high=9000,
            negated=True,
            words="size",
            **about,
        ),  # noqa: E501
        KnockOut(attribute="region", op="in", values=("EMEA",), words="region", **about),
        KnockOut(
            attribute="tech_stack", op="contains", values=("R&D 'lab'",), words="stack", **about
        ),  # noqa: E501
    )
    update = {"most_unknown": 30, "never_zero": ("n_employees",)}
    return scorecard(rules, outs).model_copy(update=update)


def bed():
    """Companies on every border, with every level, and with less and less that is known."""
    n = 30
    cells = {
        "n_employees": [None, 0, 9, 10, 49, 50, 200, 200.5, 9000, 9001],
        "growth_rate": [None, -0.2, -0.1, 0, 0.29, 0.3, 4],
        "industry": [None, "Fintech", 'the "best"', "true", "never seen", "fin", "=1+1"],
        "tech_stack": [None, (), *((s,) for s in STACK), ("AWS", 'say "hi"'), tuple(STACK[:3])],
        "n_offices": [None, 0, 3],
        "region": [None, "EMEA", "APAC", "APAC", "APAC"],
    }
    table = {name: [values[i % len(values)] for i in range(n)] for name, values in cells.items()}
    best = (900, 5, "Fintech", tuple(STACK[:3]), 3, "APAC")
    table = {
        name: [*column, value] for (name, column), value in zip(table.items(), best, strict=True)
    }  # noqa: E501
    names = [f"~Firm? {i}*" for i in range(n + 1)]
    return pd.DataFrame(
        {"account_id": [f"a{i}" for i in range(n + 1)], "account_name": names} | table
    )


def book(companies):
    card = bed_card()
    listed = score_companies(card, companies).assign(state="scored").reindex(columns=[*LISTED])
    return Book(card, listed, pd.DataFrame(columns=[*AT_RISK]), companies)
