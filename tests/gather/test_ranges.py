"""What cannot be is counted, shown and read as unknown, unless company.toml says that it can.

Columns that say nothing are named.
"""

import pytest

from gather_company import company, quality
from icplib import gather as step
from icplib.problems import UserError

FILES = {
    "accounts.csv": (
        """
        account_id,account_name,n_employees,Win rate of pilots,Number of offices,account_type,start_date,Nothing,Segment
        1,Acme,-5,0.4,2,prospect,,,SMB
        2,Beta,0,1.4,-3,customer,2030-01-01,,SMB
        3,Gamma,40,0.2,4,customer,1900-01-01,,SMB
        4,Delta,50,0.9,1,customer,,,SMB
        5,Eps,60,-0.1,1,prospect,,,SMB
    """  # noqa: E501
    ),
    "deals.csv": (
        """
        deal_id,account_id,created_date,close_date,is_won,is_closed,deal_amount,discount_rate,n_quote_revisions,lead_source
        d1,1,2025-01-01,2025-02-01,yes,yes,100,0.1,1,Web
        d2,2,2025-03-01,2025-02-01,yes,yes,-70,1.2,-1,Web
        d3,3,1970-01-01,2025-02-01,yes,yes,100,-0.3,1,Web
        d4,5,2025-01-01,,yes,,100,,2,Web
        d5,4,2025-01-01,2027-01-01,yes,yes,100,,2,Web
    """  # noqa: E501
    ),
    "tickets.csv": (
        "ticket_id,account_id,opened_date,closed_date,hours\nt1,1,2025-05-01,2025-04-01,-2\nt2,1,2025-05-01,2025-05-02,3\n"
    ),
    "churn.csv": "account_id,churn_date\n1,2024-01-01\n2,1900-01-01\n",
}
TOML = 'name = "small"\n[sources]\n' + "".join(
    f'{name} = "{name}.csv"\n' for name in ("accounts", "deals", "tickets", "churn")
)


def row(found, check, source, column):
    rows = found.quality.query("check == @check and source == @source and column == @column")
    assert len(rows) == 1, found.quality[["check", "source", "column"]].to_string()
    return rows.iloc[0]


@pytest.fixture
def found(tmp_path, monkeypatch):
    return step.gather(company(tmp_path, monkeypatch, files=FILES, toml=TOML))


@pytest.mark.parametrize(
    "source, column, n, examples",
    [
        ("accounts", "n_employees", 2, ("-5", "0")),
        ("accounts", "win_rate_of_pilots", 2, ("1.4", "-0.1")),
        ("accounts", "number_of_offices", 1, ("-3",)),
        ("accounts", "start_date", 2, ("2030-01-01", "1900-01-01")),
        ("deals", "deal_amount", 1, ("-70",)),
        ("deals", "discount_rate", 2, ("-0.3", "1.2")),
        ("deals", "n_quote_revisions", 1, ("-1",)),
        ("deals", "created_date", 1, ("1970-01-01",)),
        ("tickets", "hours", 1, ("-2",)),
        ("churn", "churn_date", 1, ("1900-01-01",)),
    ],
)
def test_what_cannot_be_is_a_row_with_count_examples_and_the_way_to_decide_otherwise(
    found, source, column, n, examples
):
    one = row(found, "values outside their range", source, column)
    assert one["n"] == n and set(one["examples"].split("; ")) == set(examples)
    assert ("kept" if column == "deal_amount" else "read as unknown") in one[
        "done"
    ] and f'[cleaning.ranges] "{source}.{column}" = ' in one["decide_in_settings"]


def test_what_cannot_be_counts_nowhere(found):
    a = found.accounts.set_index("account_id")
    assert a["n_employees"].fillna(-1).tolist() == [-1, -1, 40, 50, 60] and a[
        "win_rate_of_pilots"
    ].fillna(-1).tolist() == [0.4, -1, 0.2, 0.9, -1]
    assert (
        a["discount_rate"].fillna(-1).tolist() == [0.1, -1, -1, -1, -1]
        and a.loc["1", "support_hours"] == 3
        and not a["is_churned"].any()
    )
    assert a.loc["2", "revenue_amount"] == -70 and found.deals["created_date"].isna().sum() == 1


def test_contradictions_are_rows(found):
    for check, source, column, n in (
        ("prospects with a purchase", "accounts", "account_type", 1),
        ("closed before created", "deals", "close_date", 1),
        ("won without a close date", "deals", "close_date", 1),
        ("closed after the quarter", "deals", "close_date", 1),
        ("closed before opened", "tickets", "closed_date", 1),
        ("churned before the start", "churn", "churn_date", 1),
    ):
        assert row(found, check, source, column)["n"] == n


def test_won_deals_of_a_company_that_was_never_invoiced(tmp_path, monkeypatch):
    files = {**FILES, "invoices.csv": "account_id,invoice_date,revenue_amount\n3,2025-02-01,5\n"}
    found = step.gather(
        company(tmp_path, monkeypatch, files=files, toml=TOML + 'invoices = "invoices.csv"\n')
    )
    assert quality(found, "prospects with won deals")["n"] == 2


def test_columns_that_say_nothing_are_named(found):
    empty, constant = (
        row(found, "empty columns", "accounts", "Nothing"),
        row(found, "constant columns", "accounts", "Segment"),
    )
    assert (
        empty["n"] == constant["n"] == 1
        and constant["examples"] == "Segment: SMB"
        and empty["decide_in_settings"] == 'sources.accounts.drop = ["Nothing"]'
    )
    assert (
        row(found, "constant columns", "deals", "is_won, lead_source")["examples"]
        == "is_won: yes; lead_source: Web"
    )


def test_company_toml_has_the_last_word(tmp_path, monkeypatch):
    ranges = (
        '[cleaning.ranges]\n"accounts.n_employees" = [-inf, inf]\n"deals.deal_amount" = [0,'
        ' 1e6]\n"accounts.start_date" = [1850-01-01, 2026-09-30]\n"deals.created_date" = [-inf,'
        " inf]\n"
    )
    found = step.gather(company(tmp_path, monkeypatch, files=FILES, toml=TOML + ranges))
    assert (
        found.accounts["n_employees"].tolist() == [-5, 0, 40, 50, 60]
        and found.deals["created_date"].notna().all()
    )
    assert (
        row(found, "values outside their range", "deals", "deal_amount")["done"]
        == "read as unknown; possible is 0 to 1e+06"
    )
    assert found.accounts.set_index("account_id").loc["3", "start_date"].year == 1900


@pytest.mark.parametrize(
    "line, words",
    [
        ('"deal.deal_amount" = [0, 1]', "is no source"),
        ('"deals.deal_amonut" = [0, 1]', "no column 'deal_amonut'"),
        ('"deals.close_date" = [0, 1]', "do not fit"),
        ('"deals.stage" = [0, 1]', "do not fit"),
        ('"accounts.n_employees" = [2020-01-01, 2021-01-01]', "do not fit"),
    ],
)
def test_a_range_of_nothing_is_refused(tmp_path, monkeypatch, line, words):
    with pytest.raises(UserError, match=words):
        step.gather(
            company(tmp_path, monkeypatch, files=FILES, toml=f"{TOML}[cleaning.ranges]\n{line}\n")
        )
