"""Quotes of a card are the same whatever the order of the rows they come from."""

import pandas as pd

from icplib.names import Names
from icplib.personas.quotes import choose_quotes

PEOPLE = [f"INT-00{n}" for n in range(1, 5)]


def chosen(seed):
    codings = pd.DataFrame(
        {
            "interview_id": [i for i in PEOPLE for _ in range(2)],
            "code_id": ["price", "trust"] * 4,
            "quote": [f"said {i} {c}" for i in PEOPLE for c in "ab"],
            "start": pd.array([5, 5, 9, 1, 7, 2, 3, 4], dtype="Int64"),
            "quote_truncated": False,
        }
    ).sample(frac=1, random_state=seed)
    codings["coding_id"] = [f"{n:02}" for n in range(8)]  # the place in the file
    statements = pd.DataFrame(
        {"code_id": ["trust", "price"], "share": 0.5, "is_on_card": True, "typical": "High"}
    ).assign(interview_ids=[PEOPLE, PEOPLE])
    interviews = pd.DataFrame(
        {"consent_quotes": "yes", "person_id": PEOPLE, "account_id": list("abcd")}, index=PEOPLE
    )
    told, _ = choose_quotes(
        codings, interviews, statements.sample(frac=1, random_state=seed), Names()
    )
    return [(q.code_id, q.text) for q in told]


def test_the_order_of_rows_chooses_no_quote():
    first = chosen(0)
    assert first == [("price", "said INT-001 a"), ("trust", "said INT-002 b")]
    assert all(chosen(seed) == first for seed in range(1, 12))
