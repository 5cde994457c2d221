"""Scorecards and companies made up for tests.

Every kind of rule, awkward text, borders, and a hypothesis strategy for both.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from icplib.tables.step_04 import KnockOut, Rule, Scorecard, Segment, Tier

AWKWARD = [
    "fintech",
    "O'Reilly",
    'the "best"',
    "naïve café",
    "100 % = +cmd",
    "a\\b",
    "50%_off",
    "x;y",
    "日本",
    "=1+1",
    "Fintech",
]
MEMBERS = ["AWS", "Azure", "C++", "R&D 'lab'", "50%_off", "q\\r", 'say "hi"', "日本"]
points = st.integers(0, 40)


def segment(kind, points, **more):
    return Segment(kind=kind, words=kind, points=points, **more)


@st.composite
def number_rules(draw, attribute="n_employees"):
    cuts = sorted(
        draw(
            st.lists(
                st.one_of(
                    st.integers(-50, 3000).map(float), st.sampled_from([0.1, 0.3, 2.5e7, 1e-3])
                ),
                min_size=1,
                max_size=5,
                unique=True,
            )
        )
    )
    ends = [None, *cuts, None]
    segments = [segment("range", draw(points), low=a, high=b) for a, b in pairwise(ends)]
    return Rule(
        attribute=attribute,
        label="Employees",
        kind="number",
        segments=(*segments, segment("unknown", draw(points))),
    )


@st.composite
def level_rules(draw, attribute="industry"):
    chosen = draw(st.lists(st.sampled_from(AWKWARD), min_size=1, max_size=6, unique=True))
    at = draw(st.integers(1, len(chosen)))
    groups = [g for g in (chosen[:at], chosen[at:]) if g]
    segments = [segment("levels", draw(points), values=tuple(g)) for g in groups]
    return Rule(
        attribute=attribute,
        label="Industry",
        kind="level",
        segments=(*segments, segment("other", draw(points)), segment("unknown", draw(points))),
    )


@st.composite
def member_rules(draw, attribute="tech_stack"):
    members = draw(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=3, unique=True))
    rules = [
        Rule(
            attribute=attribute,
            label="Stack",
            kind="member",
            member=m,
            segments=(
                segment("lacks", draw(points)),
                segment("holds", draw(points)),
                segment("unknown", draw(points)),
            ),
        )
        for m in members
    ]
    return [
        *rules,
        Rule(
            attribute=attribute,
            label="Stack",
            kind="gap",
            segments=(segment("known", draw(points)), segment("unknown", draw(points))),
        ),
    ]


@st.composite
def cards(draw):
    rules = [
        draw(number_rules()),
        draw(number_rules("growth_rate")),
        draw(level_rules()),
        *draw(member_rules()),
    ]
    low, high = sorted([draw(st.integers(-10, 1000)), draw(st.integers(-10, 3000))])
    outs = (
        KnockOut(
            attribute="n_employees",
            label="Employees",
            op="between",
            low=low,
            high=high,
            negated=draw(st.booleans()),
            words="size",
            origin="limit",
        ),
        KnockOut(
            attribute="industry",
            label="Industry",
            op="in",
            values=("O'Reilly", "fintech"),
            words="industry",
            origin="settings",
            negated=draw(st.booleans()),
        ),
        KnockOut(
            attribute="tech_stack",
            label="Stack",
            op="contains",
            values=("C++", "AWS"),
            words="stack",
            origin="red flag",
            negated=draw(st.booleans()),
        ),
    )
    card = scorecard(rules, outs[: draw(st.integers(0, 3))])
    never_zero = draw(st.sampled_from([(), ("n_employees",)]))
    most = draw(st.integers(0, 80))
    return card.model_copy(update={"most_unknown": most, "never_zero": never_zero})


def scorecard(rules, knock_outs=()):
    return Scorecard(
        company="test",
        quarter="2026Q3",
        best_by="revenue",
        n_customers=300,
        n_best=60,
        base_rate=0.2,
        rules=tuple(rules),
        knock_outs=tuple(knock_outs),
        intercept=-3.0,
        slope=0.05,
        tiers=tuple(
            Tier(name=n, from_points=p) for n, p in (("A", 60), ("B", 40), ("C", 20), ("D", 0))
        ),
    )


def companies(card, extra=()):
    """Rows that sit on every border of the card.

    Just below, on and above each cut, every level, unseen, empty, unknown, sets.
    """
    numbers = {
        r.attribute: [s.low for s in r.segments if s.low is not None]
        for r in card.rules
        if r.kind == "number"
    }
    ends = [k.low for k in card.knock_outs if k.low is not None] + [
        k.high for k in card.knock_outs if k.high is not None
    ]
    texts = [None, "", "never seen", *AWKWARD]
    sets = [
        None,
        (),
        ("never seen",),
        ("AWS", "Azure"),
        tuple(sorted(MEMBERS)),
        *[(m,) for m in MEMBERS],
    ]
    columns = {}
    for name, cuts in numbers.items():
        borders = [
            float(x)
            for c in [*cuts, *ends]
            for x in (np.nextafter(c, -np.inf), c, np.nextafter(c, np.inf))
        ]
        columns[name] = [None, -1e9, 0.0, 1e12, *borders, *extra]
    length = max([len(c) for c in columns.values()] + [len(texts), len(sets)])
    columns["industry"], columns["tech_stack"] = texts, sets
    rows = {
        name: [values[i % len(values)] for i in range(length)] for name, values in columns.items()
    }
    table = pd.DataFrame({name: pd.Series(rows[name], dtype="float64") for name in numbers})
    table["industry"] = pd.Series(rows["industry"], dtype="str")
    table["tech_stack"] = pd.Series(rows["tech_stack"], dtype="object")
    table.insert(0, "account_id", [f"a{i}" for i in range(length)])
    return table
