"""A company nobody here made up.

The whole chain on Microsoft's AdventureWorks resellers, by profit and by revenue.
"""

import shutil

import pytest

from icplib import gather, patterns
from icplib.refresh import refresh
from icplib.workbook import Workbook
from machine import ROOT, shared

SETTINGS = ROOT / "tests" / "beds" / "adventureworks" / "company.toml"

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def resellers(tmp_path_factory):
    source = shared("adventureworks-resellers")
    folder = tmp_path_factory.mktemp("adventureworks")
    raw = folder / "data" / "resellers" / "raw" / "2013Q4"
    raw.mkdir(parents=True)
    for path in source.glob("*.parquet"):
        shutil.copy(path, raw)
    shutil.copy(SETTINGS, raw.parents[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ICP_DATA", str(folder / "data"))
        patch.setenv("ICP_REPORTS", str(folder / "reports"))
        refresh("resellers", say=lambda line: None)
        yield Workbook("resellers")


@pytest.fixture(scope="module")
def by_revenue(resellers):
    """Patterns by revenue over the same gathered accounts."""
    book = Workbook("resellers", scenario="by_revenue")
    found = gather.gather(book)
    best = patterns.choose_best(found.accounts, book.settings)
    return patterns.patterns_table(
        patterns.search(found.accounts, found.attributes, best, book.settings),
        book.settings.currency,
    )


def test_the_whole_chain_leaves_its_page(resellers):
    page = (resellers.reports / "report.html").read_text()
    assert "AdventureWorks resellers" in page
    personas = resellers.read("05_personas")
    assert not personas.cards and "interviews" in page


def test_counts_are_those_of_its_readme(resellers):
    accounts = resellers.read("01_accounts")
    assert (accounts["is_customer"].sum(), accounts["is_prospect"].sum()) == (635, 66)
    assert accounts["revenue_amount"].sum() == pytest.approx(80.45e6, rel=1e-3)
    assert (accounts["profit_amount"] < 0).sum() == 335


def pattern_attributes(table):
    """What is reported as a pattern: found upwards or downwards, and holding up."""
    return set(table.loc[table["verdict"].eq("holds up"), "attribute"])


def drivers(table):
    return set(table.loc[table["role"].eq("driver"), "attribute"])


SILENT = {"n_employees", "year_opened", "bank_name"}


def test_by_revenue_business_type_drives_and_no_silent_column_is_a_pattern(by_revenue):
    """In the first 12 months Mountain is no better than the rest (43 of 198; 93 of 463 best)."""
    assert drivers(by_revenue) == {"business_type"} == pattern_attributes(by_revenue)
    follower = by_revenue[
        by_revenue["attribute"].eq("n_employees") & by_revenue["direction"].eq("up")
    ]
    assert (
        follower["follows"].str.contains("Business Type").all()
    )  # employees are business type in finer steps


@pytest.mark.xfail(
    strict=False,
    reason="since best is the first 12 months, employees 50 to 75 (20 of 93) passes as a range",
)
def test_by_profit_product_line_alone_is_a_pattern_and_the_profile(resellers):
    """Employees 50-66 pass the scan by profit (19 of 40 are best), but only 19 of 126 best are that
    size: a niche, said as a lead.
    """
    found = resellers.read("02_patterns")
    assert drivers(found) == {"product_line"} == pattern_attributes(found)
    main = resellers.read("03_profile").main
    assert [c.attribute for c in main.headline] == ["product_line"]
    row = next(r for r in main.ladder if r.is_headline)
    assert row.precision_low > main.provenance.n_best / main.provenance.n_customers


@pytest.mark.xfail(
    strict=False,
    reason="since best is the first 12 months, employees 50 to 75 (20 of 93) passes as a range",
)
def test_no_silent_column_is_named_by_the_profile_or_the_score(resellers):
    assert not SILENT & {
        c.attribute for profile in resellers.read("03_profile").profiles for c in profile.criteria
    }
