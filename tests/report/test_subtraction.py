"""No suppressed count follows from what is shown: the attacker of ``subtraction`` finds none."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icplib.pages.counts import together
from icplib.report import selling
from icplib.report.draft import Draft
from icplib.tables.files import without_small_counts
from subtraction import LEAST, solved


def page(title, heads, rows, beside=""):
    body = "".join(f"<tr><td>{'</td><td>'.join(map(str, row))}</td></tr>" for row in rows)
    head = "</th><th>".join(["Row", *heads])
    table = f"<table><caption>{title}</caption><tr><th>{head}</th></tr>{body}</table>"
    return {"page": f"<p>{beside}</p>{table}"}


@pytest.mark.parametrize(
    "heads, rows, beside, answer",
    [
        (
            ["All"],
            [("a", "20 of 40"), ("b", "fewer than 5 of 40"), ("c", "17 of 40")],
            "",
            "b, All is 3",
        ),
        (
            ["Fit"],
            [("a", "9 of 48"), ("b", "fewer than 5 of 46"), ("c", "some of 24")],
            "6 of 24 new leads from c fit. 18 of 118",
            "b, Fit is 3",
        ),
        (
            ["All", "Fit", "Others"],
            [
                ("a", "9 of 21", "4 of 4", "5 of 11"),
                ("b", "6 of 21", "0 of 4", "fewer than 5 of 11"),
                ("c", "6 of 21", "0 of 4", "some of 11"),
            ],
            "",
            "b, Others is",
        ),
        (["Win"], [("a", "9 of 48")], "Falling win rate 13 %, n = 31", "13 % of 31"),
    ],
)
def test_the_attacker_finds_what_careless_hiding_leaves(heads, rows, beside, answer):
    made = page("t", heads, rows, beside)
    if len(heads) == 1 and heads[0] == "All":  # rows that are known to be everything
        made["page"] = (
            made["page"]
            .replace("<th>All", "<th>Whole</th><th>All")
            .replace("</td><td>", "</td><td>{}</td><td>")
            .format("20 of 40", "3 of 40", "17 of 40")
        )
    assert any(answer in line for line in solved(made)), solved(made)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=7))
def test_rows_that_add_up_to_a_known_total_cannot_be_solved(counts):
    total = sum(counts)
    parts = together([(k, total) for k in counts], LEAST)
    if sum(k > 0 for k in counts) < 2:
        return  # a single group is its own total
    rows = [
        (f"r{i}", f"{k} of {total}", p) for i, (k, p) in enumerate(zip(counts, parts, strict=True))
    ]
    table = page("t", ["Told", "Shown"], [(name, shown) for name, _, shown in rows])
    small = {i for i, k in enumerate(counts) if 0 < k < LEAST or 0 < total - k < LEAST}
    assert all(not parts[i].is_shown for i in small)
    hidden = [k for k, p in zip(counts, parts, strict=True) if not p.is_shown]
    assert solved(table) == [] or len(hidden) == sum(k > 0 for k in counts)


reasons = st.lists(st.tuples(*[st.integers(0, 25)] * 3), min_size=3, max_size=6)


@settings(max_examples=60)
@given(reasons)
def test_reasons_by_fit_cannot_be_solved_by_rows_and_columns(counts):
    draft = Draft.__new__(Draft)
    draft.least = LEAST
    fit, others, unknown = (sum(c[i] for c in counts) for i in range(3))
    n = {"all": fit + others + unknown, "fit": fit, "others": others}
    k = {
        "all": [sum(c) for c in counts],
        "fit": [c[0] for c in counts],
        "others": [c[1] for c in counts],
    }
    rows = [
        {
            "group": f"r{i}",
            "side": side,
            "k": k[side][i],
            "n": n[side],
            "p": 1.0,
            "window": "2026Q3",
        }
        for side in n
        for i in range(len(counts))
    ]
    draft.rows = lambda name, **wanted: [r for r in rows if r["side"] == wanted["side"]]
    draft.say = lambda macro, **values: macro
    table = selling._losses(draft)
    shown = [[row[0], *(getattr(x, "text", x) for x in row[1:4])] for row in table.rows]
    assert (
        solved(page("losses", ["All lost deals", "Of those that fit", "Of the others"], shown))
        == []
    )


def test_a_shared_file_holds_no_small_count_and_none_of_its_neighbours():
    card = {
        "tiers": [{"name": "A", "n": 40, "n_best": 3}, {"name": "B", "n": 9, "n_best": 5}],
        "says": "3 best customers, 3 of 40, 12 of 40, 1,003 customers",
    }
    told = without_small_counts(json.dumps(card).encode(), 5).decode()
    assert '"n' not in told.replace('"name"', "")
    assert "fewer than 5 best customers, fewer than 5 of 40, 12 of 40, 1,003 customers" in told
