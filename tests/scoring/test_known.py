"""Companies of a list are recognised by id, domain and name, and doubles by any of them."""

import pandas as pd

from icplib.scoring.known import Known

ACCOUNTS = pd.DataFrame(
    {
        "account_id": ["A1", "A2", "A3", "A4"],
        "account_name": ["Acme GmbH", "Beta Inc", "Same", "Same"],
        "domain": ["acme.io", None, "one.com", "two.com"],
        "is_customer": pd.array([True, False, True, False], "boolean"),
        "n_open": pd.array([0, 2, 0, 0], "Int64"),
    }
)


def test_by_id_by_domain_and_by_name_without_its_legal_form():
    rows = pd.DataFrame(
        {
            "account_id": [" A1 ", None, None, None],
            "domain": [None, "https://www.Acme.io/about", None, None],
            "account_name": [None, "Other", "beta", "Same"],
        }
    )
    told = Known(ACCOUNTS).find(rows)
    assert list(told["known_as"]) == ["A1", "A1", "A2", ""]  # two are called Same
    assert list(told["is_customer"]) == [True, True, False, False]
    assert list(told["has_open"]) == [False, False, True, False]


def test_a_double_names_the_row_that_came_first_over_chunks():
    known = Known(ACCOUNTS)
    first = known.find(pd.DataFrame({"domain": ["x.com", "y.com", "www.x.com"]}))
    second = known.find(pd.DataFrame({"domain": ["y.com", None]}))
    assert list(first["duplicate_of"]) == ["", "", "row 1"]
    assert list(second["duplicate_of"]) == ["row 2", ""]
