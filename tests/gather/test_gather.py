"""Gather: one row per company, nothing lost in silence, nothing that knows the outcome, no person's
name.
"""

import shutil
import tomllib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gather_company import SMALL, TOML, company, quality
from icplib import gather as step
from icplib.exports.alike import alike, clean_domain, clean_name
from icplib.exports.ledger import Ledger
from icplib.gather.canon import slug
from icplib.gather.leakage import is_free_text, is_personal, judge, relabelled
from icplib.problems import UserError
from icplib.tables import artefact
from icplib.workbook import Workbook
from machine import ROOT


@pytest.fixture
def small(tmp_path, monkeypatch):
    book = company(tmp_path, monkeypatch)
    return book, step.gather(book)


def test_one_row_per_company_as_of_the_quarters_last_day(small):
    book, found = small
    a = book.write("01_accounts", found.accounts).set_index("account_id")
    assert a.index.tolist() == ["001", "002", "003", "004", "005"]
    assert a["is_customer"].tolist() == [True, True, True, False, False] and a[
        "is_churned"
    ].tolist() == [False, True, False, False, False]
    assert a["revenue_amount"].tolist()[:3] == [1500, 200, 50] and a["profit_amount"].fillna(
        -1
    ).tolist()[:3] == [1000, -1, 40]
    assert (
        a.loc["001", "tenure_days"]
        == (pd.Timestamp("2026-09-30") - pd.Timestamp("2025-01-10")).days
    )
    assert (
        a.loc["002", "churn_date"] == pd.Timestamp("2026-02-01")
        and a.loc["002", "churn_reason"] == "price"
    )
    assert a.loc["001", "revenue_per_year_amount"] == pytest.approx(
        1500 / (628 / 365.25)
    ) and np.isnan(a.loc["003", "revenue_per_year_amount"])
    assert a["domain"].tolist() == ["acme.com", "beta.de", "gamma.io", "acme.com", "delta.com"]


def test_a_name_that_only_cleaning_makes_ambiguous_still_matches_letter_for_letter(
    tmp_path, monkeypatch
):
    files = SMALL | {
        "accounts.csv": "account_id,account_name\n1,Delta Inc.\n2,Delta GmbH\n",
        "churn.csv": "account_name,churn_date\nDelta GmbH,2026-02-01\nDelta,2026-02-01\n",
        "invoices.csv": (
            "invoice_id,account_id,invoice_date,revenue_amount\na,1,2025-01-10,5\nb,2,2025-01-10,5\n"
        ),
    }
    found = step.gather(company(tmp_path, monkeypatch, files))
    assert found.accounts.set_index("account_id")["is_churned"].tolist() == [False, True]
    lost = found.attrition[
        (found.attrition["source"] == "churn") & (found.attrition["stage"] == "no such account")
    ].iloc[0]
    assert lost["n_dropped"] == 1 and "several companies share" in lost["reason"]


def test_attributes_have_kinds_values_and_one_spelling(small):
    _, found = small
    kinds = found.attributes.set_index("attribute")
    assert (
        kinds.loc["n_employees", "kind"] == "count"
        and kinds.loc["cloud_tools", "kind"] == "set"
        and kinds.loc["industry", "kind"] == "nominal"
    )
    a = found.accounts.set_index("account_id")
    assert a["industry"].tolist() == ["Retail", "Retail", "Bank", "Retail", "Bank"]
    assert a["cloud_tools"].tolist() == [("AWS", "GCP"), ("AWS",), ("AWS", "GCP"), ("GCP",), None]
    assert (
        a["n_employees"].round(1).fillna(0).tolist() == [22.4, 120, 1200, 40, 0]
        and quality(found, "bands among numbers")["n"] == 1
    )


def test_the_order_of_rows_never_matters(small, tmp_path, monkeypatch):
    def turned(text):
        head, *rows = text.strip().splitlines()
        return "\n".join([head, *reversed(rows)])

    _, found = small
    files = {name: turned(text) for name, text in SMALL.items()}
    other = step.gather(company(tmp_path / "turned", monkeypatch, files))
    for name in ("accounts", "attributes", "quality", "attrition", "readings", "columns"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(other, name))


def test_values_that_may_be_one_are_offered_as_a_line_that_joins_them(tmp_path, monkeypatch):
    accounts = "account_id,account_name,country\n" + "".join(
        f"{i:03d},Firm {i},{c}\n"
        for i, c in enumerate(
            ["United States"] * 3 + ["USA", "U.S.", "Germany", "Germny", "Mali", "Malta"]
        )
    )
    book = company(
        tmp_path,
        monkeypatch,
        {**SMALL, "accounts.csv": accounts, "churn.csv": "account_id,churn_date\n001,2026-02-01\n"},
    )
    row = quality(step.gather(book), "values that may be one")
    looked = step.look(book)
    assert (
        "accounts: values that may be one, 3 in country; kept apart. To change that:"
        f" {row['decide_in_settings']}"
        in looked.notices
        and not looked.warnings
    )
    header, line = row["decide_in_settings"].split(": ", 1)
    assert (row["n"], header) == (3, "under [attributes.country]")
    assert tomllib.loads(line)["same"] == {
        "U.S.": "United States",
        "USA": "United States",
        "Germny": "Germany",
    }
    told = company(
        tmp_path / "told",
        monkeypatch,
        {**SMALL, "accounts.csv": accounts, "churn.csv": "account_id,churn_date\n001,2026-02-01\n"},
        f"{TOML}[attributes.country]\n{line}\n",
    )
    found = step.gather(told)
    assert found.accounts["country"].value_counts().to_dict() == {
        "United States": 5,
        "Germany": 2,
        "Mali": 1,
        "Malta": 1,
    }
    assert [
        n
        for n in step.look(told).notices
        if n.startswith("accounts: values joined by declaration, 3 in country")
    ] and not step.look(told).warnings
    assert quality(found, "values joined by declaration")[
        "n"
    ] == 3 and "values that may be one" not in set(found.quality["check"])


def test_lines_of_the_settings_that_change_nothing_are_warned_of(tmp_path, monkeypatch):
    same = '[attributes.industry.same]\n"Bnk" = "Retail"\n"Zoo" = "Retail"\n"bank" = "Finance"\n'
    book = company(
        tmp_path,
        monkeypatch,
        toml=(
            f"{TOML}{same}[attributes.industri]\nlabel ="
            ' "Branch"\n[attributes.n_employees.same]\n"many" ='
            ' "500"\n[attributes.n_stakeholders]\nlabel = "People"\n'
        ),
    )
    assert step.look(book).warnings == [
        (
            "company.toml: a value that no company has, 1 in attributes.industry.same; 'Bnk' joins"
            " nothing here, though it may in a list to score. Did you mean 'Bank'?"
        ),
        (
            "company.toml: a value that no company has, 1 in attributes.industry.same; 'Zoo' joins"
            " nothing here, though it may in a list to score. There are Bank, Retail."
        ),
        (
            "company.toml: an attribute that no file has, 1 in attributes.industri; what is said of"
            " it changes nothing. Did you mean 'industry'?"
        ),
        (
            "company.toml: joined values that are no words, 1 in attributes.n_employees.same; it"
            " joins nothing: n_employees is read as count. To change that: under"
            ' [attributes.n_employees]: kind = "nominal"'
        ),
    ]
    assert (step.gather(book).quality["source"] == "company.toml").sum() == 4


@pytest.mark.parametrize(
    ("one", "other", "may_be_one"),
    [
        ("e-commerce", "Ecommerce", True),
        ("UK", "United Kingdom", True),
        ("USA", "United States of America", True),
        ("Manufacturing", "Manufacturng", True),
        ("Series A", "Series B", False),
        ("North America", "South America", False),
        ("inbound", "outbound", False),
        ("version 10", "version 11", False),
        ("SAP", "Sales", False),
        ("Office365", "Office360", False),
        ("IT", "Insurance", False),
    ],
)
def test_what_looks_like_one_value_and_what_does_not(one, other, may_be_one):
    assert bool(alike({one: 5, other: 9})) is may_be_one
    assert bool(alike({one: 9, other: 5})) is may_be_one


def test_every_finding_says_what_was_done(small):
    _, found = small
    wrong = found.quality["decide_in_settings"].dropna()
    pasted = [
        tomllib.loads(text.removeprefix("under [cleaning]: "))
        for text in wrong
        if text.startswith("under [cleaning]: ")
    ]
    assert {"merge_accounts": {"004": "001"}} in pasted  # what is offered for pasting can be pasted
    assert quality(found, "repeated account id")["n"] == 1
    twin = quality(found, "possible duplicates: same domain")
    assert (
        "acme.com: 001, 004" in twin["examples"] and '"004" = "001"' in twin["decide_in_settings"]
    )
    assert (
        quality(found, "rows of unknown companies")["n"] == 1
        and "of the money" in quality(found, "rows of unknown companies")["done"]
    )
    assert (
        quality(found, "export is later than the quarter".replace("export", "the export"))["n"] == 1
    )
    assert (
        "2 of 3 rows matched" in quality(found, "churn list matched")["done"]
        and "2 by name" in quality(found, "churn list matched")["done"]
    )
    assert quality(found, "churned but unknown")["examples"] == "Nobody AG"
    assert (
        quality(found, "churned without ever buying")["n"] == 1
        and quality(found, "declared customers without a purchase")["n"] == 1
    )


def test_the_sums_of_the_attrition_add_up(small):
    _, found = small
    for _source, rows in found.attrition.groupby("source", sort=False):
        assert (rows["n_in"] - rows["n_dropped"] == rows["n_out"]).all()
        assert rows["n_in"].tolist()[1:] == rows["n_out"].tolist()[:-1]
    last = found.attrition.groupby("source")["n_out"].last()
    assert (
        last["accounts"] == len(found.accounts)
        and last["invoices"] == found.accounts["n_invoices"].sum() == 4
    )
    assert dict(zip(found.sources["source"], found.sources["n_kept"], strict=True))["invoices"] == 4


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1000), st.lists(st.integers(0, 400), max_size=8))
def test_an_attrition_that_does_not_add_up_cannot_be_written(n, drops):
    log, left = Ledger(), n
    log.stage("s", "first", 0, "", n_in=n)
    for number, drop in enumerate(drops):
        if drop > left:
            with pytest.raises(AssertionError):
                log.stage("s", str(number), drop, "")
            return
        log.stage("s", str(number), drop, "")
        left -= drop
    _, table, *_ = log.tables()
    assert log.n_out("s") == left == n - sum(drops) and table["n_dropped"].sum() == sum(drops)


def test_personal_columns_stay_at_the_door(small):
    _, found = small
    audit = found.columns.set_index(["source", "column"])
    assert audit.loc[("accounts", "Contact e-mail"), "privacy"] == "dropped"
    assert not any("@" in str(cell) for cell in found.accounts.to_numpy().ravel())
    assert (
        audit.loc[("accounts", "Health Score"), "use"] == "kept_out"
        and audit.loc[("accounts", "Health Score"), "timing"] == "after_sale"
    )


def test_absent_sources_give_empty_tables_and_say_what_they_would_be_for(small):
    book, found = small
    for name in ("deals", "contacts", "engagement", "tickets", "market_notes"):
        table = getattr(found, name)
        assert table.empty and list(table) == artefact(f"01_{name}").names
    needs = found.sources.set_index("source")["needs"]
    assert "support load" in needs["tickets"] and "buyer personas" in needs["interviews"]
    for name in found.__dataclass_fields__:
        book.write(f"01_{name}", getattr(found, name))
    for text in (
        step.describe_sources(found.sources),
        step.describe_losses(found.attrition),
        step.describe_quality(found.quality),
        step.describe_readiness(found.readiness),
    ):
        assert text.endswith(".") and "nan" not in text.casefold()


def test_the_analyst_merges_and_overrules(tmp_path, monkeypatch):
    toml = (
        TOML + '[cleaning]\nmerge_accounts = { "002" = "001" }\ndrop_accounts ='
        ' ["005"]\n[attributes.n_employees]\nuse = false\nlabel = "Size"\n'
    )
    found = step.gather(company(tmp_path, monkeypatch, toml=toml))
    a = found.accounts.set_index("account_id")
    assert a.index.tolist() == ["001", "003", "004"] and a.loc["001", "revenue_amount"] == 1700
    size = found.attributes.set_index("attribute").loc["n_employees"]
    assert (size["use"], size["label"], size["reason"]) == (
        "kept_out",
        "Size",
        "declared in the settings",
    )


def test_a_finished_account_table_skips_the_joins(tmp_path, monkeypatch):
    table = (
        "account_id,is_customer,first_purchase_date,last_purchase_date,churn_date,revenue_amount,profit_amount,n_won,industry\n"
        "1,yes,2025-01-01,2026-01-01,,1000,400,2,Bank\n2,yes,2025-01-01,2025-06-01,2026-01-01,500,,1,Retail\n3,no,,,,,,0,Bank\n"
    )
    toml = 'name = "small"\n[sources]\naccounts = { file = "a.csv", final = true }\n'
    a = step.gather(company(tmp_path, monkeypatch, files={"a.csv": table}, toml=toml)).accounts
    assert a["is_customer"].tolist() == [True, True, False] and a["is_churned"].tolist() == [
        False,
        True,
        False,
    ]
    assert (
        a["revenue_amount"].fillna(0).tolist() == [1000, 500, 0]
        and a["n_won"].tolist() == [2, 1, 0]
        and a["industry"].tolist() == ["Bank", "Retail", "Bank"]
    )


def test_silence_counts_as_churn_where_there_is_no_list(tmp_path, monkeypatch):
    toml = TOML.replace('churn = "churn.csv"\n', "[churn]\nsilent_quarters = 2\n")
    a = step.gather(company(tmp_path, monkeypatch, toml=toml)).accounts.set_index("account_id")
    assert a["is_churned"].tolist() == [
        False,
        True,
        False,
        False,
        False,
    ]  # 001 bought in 2026Q2, 002 last in 2025Q1
    assert not a.loc["001", "is_churned"]
    assert a.loc["002", "churn_date"] == pd.Timestamp("2025-09-01")


DEALS = """
    Opportunity ID,Account Name,Stage,Amount Currency,Amount,Discount,Created Date,Close Date
    d1,"Acme, Inc.",Closed Won,EUR,"€1,000.00",10%,1/5/2025,3/16/2025
    d2,BETA,Closed Lost,USD,$50,,2/1/2025,2/28/2025
    d3,Gamma Limited,Proposal,USD,$70,,7/1/2026,12/31/2026
    d4,gamma,Closed Won,USD,$70,20%,7/1/2026,10/1/2026
"""
NAMES = {
    "accounts.csv": "Account Name,Industry\nAcme Inc.,Retail\nBeta GmbH,Retail\nGamma,Bank\n",
    "deals.csv": DEALS,
}
BY_NAME = (
    'name = "small"\npreset = "salesforce"\n{}[sources]\naccounts = "accounts.csv"\ndeals ='
    ' "deals.csv"\n'
)


def test_a_report_without_ids_joins_by_cleaned_name_and_currencies_need_rates(
    tmp_path, monkeypatch
):
    book = company(tmp_path, monkeypatch, files=NAMES, toml=BY_NAME.format(""))
    with pytest.raises(UserError, match=r"amounts in EUR beside USD.*EUR = <its worth in USD>"):
        step.gather(book)
    (tmp_path / "small" / "company.toml").write_text(BY_NAME.format("rates = { EUR = 1.1 }\n"))
    found = step.gather(Workbook("small", "2026Q3"))
    a = found.accounts.set_index("account_id")
    assert a.index.tolist() == ["acme", "beta", "gamma"] and a.loc[
        "acme", "revenue_amount"
    ] == pytest.approx(1100)
    assert (
        a["n_won"].tolist() == [1, 0, 0]
        and a["n_lost"].tolist() == [0, 1, 0]
        and a["n_open"].tolist() == [0, 0, 2]
    )
    assert a.loc["acme", "cycle_days_median"] == 70 and a.loc[
        "acme", "first_discount_rate"
    ] == pytest.approx(0.1)
    assert quality(found, "closed after the quarter")["n"] == 1


@pytest.mark.parametrize(
    "files, toml, words",
    [
        ({"accounts.csv": "account_id\n1\n"}, TOML, "no such file"),
        ({**SMALL, "invoices.csv": "account_id,revenue_amount\n001,5\n"}, TOML, "invoice_date"),
        ({**SMALL, "accounts.csv": "account_id,account_name\n"}, TOML, "no rows"),
        (
            {**SMALL, "invoices.csv": "account_id,invoice_date,revenue_amount\nx,2025-01-01,5\n"},
            TOML,
            "1 of 1 rows.*find no company",
        ),
        (
            SMALL,
            TOML.replace('"invoices.csv"', '{ sql = "select * from invoice" }'),
            "statement of the source invoices fails",
        ),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, monkeypatch, files, toml, words):
    with pytest.raises(UserError, match=words):
        step.gather(company(tmp_path, monkeypatch, files=files, toml=toml))


def test_check_lists_every_problem_at_once(tmp_path, monkeypatch):
    files = {"accounts.csv": "account_id,account_name\n", "churn.csv": "account_name,when\nx,1\n"}
    problems = step.check(company(tmp_path, monkeypatch, files=files))
    assert len(problems) == 3 and all(p.file for p in problems)


def test_look_names_idle_files_and_counts_what_cannot_be(tmp_path, monkeypatch):
    deals = (
        "deal_id,account_id,created_date,close_date,is_won,deal_amount\n"
        "d1,001,2025-03-01,2025-02-01,yes,5\nd2,001,1970-01-01,2025-02-01,yes,5\n"
    )
    book = company(
        tmp_path,
        monkeypatch,
        files={**SMALL, "deals.csv": deals, "old export.csv": "a,b\n1,2\n"},
        toml=TOML + 'deals = "deals.csv"\n',
    )
    looked = step.look(book)
    assert (
        not looked.problems
        and "old export.csv: no source reads it; name it under [sources] or leave it"
        in looked.warnings
    )
    assert any(
        n.startswith(
            "deals: closed before created, 1 in close_date; the deal counts, its cycle is unknown."
            " To change that: "
        )
        for n in looked.notices
    )
    assert any(
        n.startswith("deals: values outside their range, 1 in created_date") for n in looked.notices
    )
    assert not [n for n in step.look(book, whole=False).notices if n.startswith("deals")]
    shutil.copytree(book.raw, book.raw.parent / "2026Q4")
    (book.raw.parent / "2026Q4" / "deals.csv").write_text(deals + "d3,001,2026-10-02,,no,5\n")
    looked = step.look(Workbook("small", "2026Q4"))
    assert [n.split(":")[0] for n in looked.warnings if "the same file as in 2026Q3" in n] == [
        "accounts.csv",
        "invoices.csv",
        "churn.csv",
    ]


def test_rows_that_stop_before_the_quarter_does_are_warned_of(tmp_path, monkeypatch):
    def warnings(last, deal):
        days = list(pd.date_range("2025-08-04", last, freq="14D").astype("str"))
        invoices = "account_id,invoice_date,revenue_amount\n" + "".join(
            f"001,{day},5\n" for day in days
        )
        files = {
            **SMALL,
            "invoices.csv": invoices,
            "deals.csv": (
                f"deal_id,account_id,created_date,close_date,stage,deal_amount\nd1,001,2026-05-01,{deal},5\n"
            ),
        }
        return step.look(
            company(
                tmp_path / last / deal,
                monkeypatch,
                files=files,
                toml=TOML + 'deals = "deals.csv"\n',
            )
        ).warnings

    assert warnings("2026-08-17", "2026-09-20,Proposal") == [
        "2026Q3: nothing is dated after 2026-08-17, 44 days before the quarter ends; if the files"
        " were exported then, the report covers a part of it"
    ]
    assert not warnings("2026-08-17", "2026-09-20,Closed Won") and not warnings(
        "2026-09-28", "2026-09-20,Proposal"
    )


@pytest.mark.parametrize(
    "name", ["Acme, Inc.", "ACME INC", "The Acme Company", "Acmé", " acme  ltd. "]
)
def test_names_are_compared_without_what_people_type_differently(name):
    assert clean_name(name) == "acme"


def test_domains_and_slugs():
    assert [
        clean_domain(d) for d in ("https://www.Acme.com/de?x", "ACME.com:80", "joe@acme.com")
    ] == ["acme.com"] * 3
    assert [
        slug(h)
        for h in ("BusinessType", "Growth Rate (YoY)", "Active__c", "2nd line", "% of total")
    ] == ["business_type", "growth_rate_yo_y", "active", "x_2nd_line", "percent_of_total"]


def facts(n=200, seed=1):
    rng = np.random.default_rng(seed)
    customer = np.arange(n) < 0.7 * n
    return pd.DataFrame(
        {
            "is_customer": customer,
            "is_churned": customer & (rng.random(n) < 0.3),
            "revenue_amount": np.where(customer, rng.lognormal(8, 1, n), np.nan),
            "first_purchase_date": (
                pd.Series(
                    pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 500, n), "D")
                ).where(customer)
            ),
        }
    )


def test_the_leakage_audit_finds_each_kind_of_leak_and_spares_honest_columns():
    f = facts()
    rng = np.random.default_rng(2)
    noise = pd.Series(rng.normal(size=len(f)))

    def verdict(header, values, kind):
        return judge(header, None, pd.Series(values), kind, f)

    assert (
        verdict("Offices", noise, "amount").use == "pattern"
        and verdict("Offices", noise, "amount").timing == "before_sale"
    )
    assert verdict("Customer Success Manager", ["a", "b"] * 100, "nominal").timing == "after_sale"
    for header in ("Sales Team", "Territory Code", "Vertriebsgebiet", "Équipe commerciale"):
        assert "who of us" in verdict(header, ["a", "b"] * 100, "nominal").reason
    for header in ("Region", "Team Size", "Sales Volume", "Account Region"):
        assert verdict(header, ["a", "b"] * 100, "nominal").use == "pattern"
    assert (
        "filled for customers only"
        in verdict("Plan", noise.where(f["is_customer"]), "amount").reason
    )
    assert "separates" in verdict("Mood", noise + 9 * f["is_churned"], "amount").reason
    assert (
        "separates"
        in verdict("Status", np.where(f["is_churned"], "gone", "here"), "nominal").reason
    )
    assert (
        "another name"
        in verdict("Billing volume", f["revenue_amount"].fillna(0) * 1.1, "amount").reason
    )
    assert (
        "dated after"
        in verdict(
            "Kick-off",
            f["first_purchase_date"].fillna(pd.Timestamp("2024-01-01")) + pd.Timedelta(days=9),
            "date",
        ).reason
    )
    assert "value of its own" in verdict("Motto", [f"m{i}" for i in range(200)], "nominal").reason
    assert (
        verdict("Segment", ["same"] * 200, "nominal").reason == "the same value everywhere"
        and verdict("x", [None] * 200, "nominal").reason == "empty"
    )


def test_separation_is_judged_by_its_lower_bound_not_by_a_few_lucky_cases():
    f = facts(n=600)
    left, noise = f["is_churned"].to_numpy(), np.random.default_rng(3).normal(size=600)

    def verdict(values, kind="amount", of=f):
        return judge("Mood", None, pd.Series(values), kind, of)

    assert (
        verdict(noise + 1.8 * left).use == "kept_out"
        and "AUC 0.9" in verdict(noise + 1.8 * left).reason
    )  # strong, not perfect: a leak all the same
    assert verdict(noise + 0.6 * left).use == "pattern"  # a plain driver of churn
    few = facts(n=60)
    told = verdict(noise[:60] + 1.0 * few["is_churned"], of=few)
    assert told.use == "pattern"  # as strong as this, but too few to say so
    words = np.where(left & (noise > -1), "red", np.where(noise > 0, "green", "blue"))
    assert "one of its words separates" in verdict(words, "nominal").reason
    assert (
        "filled or empty separates"
        in verdict(pd.Series(noise).where(~left | (noise > 1)), "amount").reason
    )


def test_relabelled_columns_are_found_whatever_their_values():
    table = pd.DataFrame(
        {
            "a": list("xyzx") * 10,
            "b": list("1231") * 10,
            "c": list("xyzz") * 10,
            "unique": range(40),
        }
    )
    assert relabelled(table.assign(other=range(40, 0, -1))) == {"b": "a"}


def test_personal_data_by_header_and_by_content():
    none = pd.Series(["x", "y", "z", "w"])
    assert all(
        is_personal(h, none)
        for h in (
            "Contact Name",
            "E-mail",
            "Billing Phone",
            "Account Owner",
            "LinkedIn profile",
            "FirstName",
        )
    )
    assert not any(
        is_personal(h, none) for h in ("Account Name", "Industry", "Managed hosting", "Language")
    )
    assert is_personal(
        "Ansprechpartner", pd.Series([f"p{i}@firma.de" for i in range(9)])
    ) and is_personal("Reach", pd.Series(["(512) 757-6000"] * 9))
    assert is_free_text(
        "Remarks",
        pd.Series([f"They told us {i} things about the deal and were happy" for i in range(9)]),
    ) and not is_free_text("Tier", none)


def test_adventureworks_gives_the_numbers_of_its_readme(shared_data, tmp_path, monkeypatch):

    source = shared_data("adventureworks-resellers")
    raw = tmp_path / "aw" / "raw" / "2013Q4"
    raw.mkdir(parents=True)
    for name in ("DimReseller", "DimGeography", "FactResellerSales"):
        (raw / f"{name}.parquet").symlink_to(source / f"{name}.parquet")
    (tmp_path / "aw" / "company.toml").write_text(
        (ROOT / "tests" / "beds" / "adventureworks" / "company.toml").read_text()
    )
    monkeypatch.setenv("ICP_DATA", str(tmp_path))
    found = step.gather(Workbook("aw", "2013Q4"))
    a, use = found.accounts, found.attributes.set_index("attribute")["use"]
    assert (
        len(a) == 701
        and a["is_customer"].sum() == 635
        and a["is_prospect"].sum() == 66
        and (a["profit_amount"] < 0).sum() == 335
    )
    assert a["revenue_amount"].sum() == pytest.approx(80_450_596.98, abs=0.01) and a[
        "profit_amount"
    ].sum() == pytest.approx(470_482.60, abs=0.01)
    assert use["business_type"] == use["product_line"] == "pattern"
    assert all(
        use[c] == "kept_out"
        for c in (
            "order_frequency",
            "annual_revenue",
            "first_order_year",
            "last_order_year",
            "min_payment_amount",
        )
    )
    assert quality(found, "possible duplicates: same name but for spelling")["n"] == 2
    assert (
        quality(found, "churn by silence")["n"]
        == a["is_churned"].sum()
        == (a["last_purchase_date"] < "2013-07-01").sum()
    )
