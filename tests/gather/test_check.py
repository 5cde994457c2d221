"""What check says of a file before anything runs: every reading, and what cannot be true."""

import pytest

from gather_company import TOML, company
from icplib.gather import gather
from icplib.gather.check import look
from icplib.problems import UserError

N = 30
SETTINGS = (
    'name = "small"\n[sources]\naccounts = {{ file = "accounts.csv"{} }}\ndeals = "deals.csv"\n'
)
HEAD = "deal_id,account_id,deal_amount,created_date,close_date,stage\n"


def files(closed=(), created=None, revenue=1000):
    accounts = "".join(f"A{i},Firm {i},{20 + 40 * i},{(i + 1) * revenue}\n" for i in range(N))
    deals = "".join(
        f"D{i},A{i},{1000 + i},{created or f'{1 + i % 28}.1.2025'},"
        f"{'soon' if i in closed else f'{1 + i % 28}.3.2025'},{('Lost', 'Won')[i % 2]}\n"
        for i in range(N)
    )
    head = "account_id,account_name,n_employees,annual_revenue_amount\n"
    return {"accounts.csv": head + accounts, "deals.csv": HEAD + deals}


def looked(tmp_path, monkeypatch, extra="", **how):
    return look(company(tmp_path, monkeypatch, files(**how), SETTINGS.format(extra)))


def test_every_file_and_column_is_listed_with_what_it_was_read_as(tmp_path, monkeypatch):
    told = looked(tmp_path, monkeypatch, closed=[7])
    assert not told.problems
    assert f"deals: deals.csv (csv, utf-8, ,), {N} rows = {N} kept" in told.readings
    assert "  close_date: close_date: date, day first; 1 of 30 unread ('soon')" in told.readings
    assert "  stage: Lost (15) is lost; Won (15) is won" in told.readings
    assert any("unreadable values, 1 in close_date" in line for line in told.notices)


def test_a_decisive_column_that_is_mostly_unread_stops(tmp_path, monkeypatch):
    problem = looked(tmp_path, monkeypatch, closed=[7, 8]).problems[0]
    assert "2 of 30 cells cannot be read as close_date" in str(problem) and "soon" in str(problem)


def test_size_and_revenue_that_cannot_both_be_true_name_the_scale(tmp_path, monkeypatch):
    lines = looked(tmp_path / "a", monkeypatch).notices
    assert [x for x in lines if "size and revenue" in x and "thousands" in x]
    scaled = ', thousands = ["annual_revenue_amount"]'
    book = company(tmp_path / "b", monkeypatch, files(), SETTINGS.format(scaled))
    assert not [x for x in look(book).notices if "size and revenue" in x]
    assert gather(book).accounts["annual_revenue_amount"].max() == N * 1e6


def test_deals_that_were_loaded_on_one_day_have_no_cycle(tmp_path, monkeypatch):
    book = company(tmp_path, monkeypatch, files(created="13.1.2025"), SETTINGS.format(""))
    found = gather(book)
    assert found.accounts["cycle_days_median"].isna().all() and found.accounts["n_won"].sum() == 15
    assert "deals loaded on one day" in set(found.quality["check"])


def test_a_scale_multiplies_deals_but_no_cell_that_says_its_own(tmp_path, monkeypatch):
    some = files()
    some["deals.csv"] = some["deals.csv"].replace("A1,1001,", "A1,5k,")
    toml = SETTINGS.format("").replace(
        '"deals.csv"', '{ file = "deals.csv", thousands = ["deal_amount"] }'
    )
    deals = gather(company(tmp_path, monkeypatch, some, toml)).deals.set_index("deal_id")
    assert deals.loc["D1", "deal_amount"] == 5000 and deals.loc["D2", "deal_amount"] == 1_002_000


def test_a_count_of_records_that_is_not_there_is_told_by_check(tmp_path, monkeypatch):
    some = files()
    some["deals.csv"] += "Suma końcowa (31 rekordów)\n"
    with pytest.raises(UserError, match="counts 31 records"):
        raise look(company(tmp_path, monkeypatch, some, SETTINGS.format(""))).problems[0]


NAMED = """
[patterns]
hypotheses = ["industry", "moons"]
[[beliefs]]
who = "VP Sales"
when = [{ attribute = "industri", in = ["Retail"] }, { attribute = "n_employees", low = 50 }]
"""


def test_names_in_beliefs_and_hypotheses_are_known_before_anything_runs(tmp_path, monkeypatch):
    problems = [str(p) for p in look(company(tmp_path, monkeypatch, toml=TOML + NAMED)).problems]
    assert len(problems) == 2
    assert "a belief of VP Sales names 'industri'" in problems[0] and "industry" in problems[0]
    assert "patterns.hypotheses names 'moons'" in problems[1]


def test_known_names_are_no_problem(tmp_path, monkeypatch):
    toml = TOML + NAMED.replace('"moons"', '"n_employees"').replace('industri"', 'industry"')
    assert not look(company(tmp_path, monkeypatch, toml=toml)).problems
