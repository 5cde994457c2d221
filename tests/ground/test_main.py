"""The command line on bad input.

One clear sentence with file, column and remedy, exit code 2, nothing written.
"""

import shutil
import sys

import pytest

from icplib.__main__ import main
from icplib.problems import UserError
from icplib.workbook import folder_named

TOML = """\
name = "Ours"
preset = "salesforce"
date_order = "mdy"
[sources]
accounts = "Accounts.csv"
deals = "Opportunities.csv"
[scenarios.by_profit]
best.by = "profit"
"""


@pytest.fixture
def company(tmp_path):
    """Twelve companies with a deal each, as Salesforce exports them."""
    folder = tmp_path / "data" / "example"
    raw = folder / "raw" / "2026Q3"
    raw.mkdir(parents=True)
    (folder / "company.toml").write_text(TOML)
    deals = ["Opportunity ID,Account ID,Stage,Amount,Created Date,Close Date"]
    accounts = ["Account ID,Account Name,Type,Industry"]
    for n in range(12):
        accounts.append(f"0018d0000{n:02}AAAA,Firm {n},Customer,{('Bank', 'Retail')[n % 2]}")
        stage = ("Closed Won", "Closed Lost")[n % 3 == 0]
        deals.append(
            f"0068d0000{n:02}BBBB,0018d0000{n:02}AAAA,{stage},{n}00,1/{n + 3}/2026,8/{n + 14}/2026"
        )
    (raw / "Accounts.csv").write_text("\n".join(accounts) + "\n")
    (raw / "Opportunities.csv").write_text("\n".join(deals) + "\n")
    return folder


@pytest.fixture
def icp(tmp_path, monkeypatch, capsys):
    def run(*words):
        where = ["--data", str(tmp_path / "data")]
        monkeypatch.setattr(sys, "argv", ["icp", *words, *where])
        monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
        monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def spoil(company, change):
    """Apply ``change`` to the raw accounts file."""
    path = company / "raw" / "2026Q3" / "Accounts.csv"
    path.write_text(change(path.read_text(encoding="utf-8-sig")), encoding="utf-8")


def missing_file(company):
    (company / "raw" / "2026Q3" / "Opportunities.csv").unlink()


def missing_column(company):
    spoil(
        company,
        lambda text: text.replace("Account ID", "Konto", 1).replace("Account Name", "Firma", 1),
    )


def empty_table(company):
    spoil(company, lambda text: text.splitlines()[0] + "\n")


def empty_file(company):
    spoil(company, lambda text: "")


def settings_typo(company):
    path = company / "company.toml"
    path.write_text(path.read_text() + "\n[patern]\nseed = 1\n")


def no_toml(company):
    path = company / "company.toml"
    path.write_text(path.read_text().replace('preset = "salesforce"', "preset = salesforce", 1))


def preset_typo(company):
    path = company / "company.toml"
    path.write_text(path.read_text().replace('preset = "salesforce"', 'preset = "salesforec"', 1))


def meaning_typo(company):
    path = company / "company.toml"
    path.write_text(path.read_text() + '\n[best]\nby = "reveneu"\n')


def small_letter(company):
    (company / "raw" / "2026Q3").rename(company / "raw" / "2026q3")


def no_quarter(company):
    shutil.rmtree(company / "raw" / "2026Q3")


@pytest.mark.parametrize(
    "change, words, says",
    [
        (
            None,
            ["--company", "exmple"],
            ["holds example, and no 'exmple'", "Did you mean 'example'"],
        ),
        (None, ["--quarter", "third"], ["'third' is not a quarter", "2026Q3"]),
        (None, ["--quarter", "2020Q1"], ["2020Q1 has no raw data", "2026Q3"]),
        (None, ["--scenario", "by_proft"], ["no scenario 'by_proft'", "Did you mean 'by_profit'"]),
        (
            no_toml,
            [],
            [
                "company.toml",
                "line 2 cannot be read: preset = salesforce",
                "Text stands in double quotes",
            ],
        ),
        (meaning_typo, [], ["'reveneu' is no meaning of best", "Did you mean 'revenue'"]),
        (no_quarter, [], ["no quarter has raw data"]),
        (small_letter, [], ["2026q3", "Rename it to 2026Q3"]),
        (
            preset_typo,
            [],
            ["company.toml: preset: there is no preset 'salesforec'", "Did you mean 'salesforce'"],
        ),
        (missing_file, [], ["Opportunities.csv"]),
        (missing_column, [], ["Accounts.csv", "account_name"]),
        (empty_table, [], ["Accounts.csv", "no rows"]),
        (empty_file, [], ["Accounts.csv", "empty"]),
        (settings_typo, [], ["unknown key 'patern'", "Did you mean 'patterns'"]),
    ],
    ids=lambda v: getattr(v, "__name__", None) if callable(v) else None,
)
@pytest.mark.parametrize("command", ["check", "refresh"])
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    company, icp, tmp_path, command, change, words, says
):
    if change:
        change(company)
    code, told = icp(command, *words)
    assert code == 2, told
    for part in says:
        assert part in told
    assert "Traceback" not in told and len(told.strip().splitlines()) <= 3
    assert not (company / "processed").exists() and not (tmp_path / "reports").exists()


def test_check_lists_every_problem_at_once(company, icp):
    missing_file(company)
    missing_column(company)
    code, told = icp("check")
    assert code == 2 and "Opportunities.csv" in told and "Accounts.csv" in told


def test_check_says_that_all_is_in_order(company, icp):
    code, told = icp("check")
    assert code == 0 and "in order" in told


def test_example_is_written_where_it_is_asked_for(icp, tmp_path):
    code, told = icp(
        "example", "--company", "made", "--quarter", "2026Q3", "--customers", "20", "--seed", "7"
    )
    assert (
        code == 0 and (tmp_path / "data" / "made" / "raw" / "2026Q3" / "Accounts.csv").is_file()
    ), told
    code, told = icp("check", "--company", "made")
    assert code == 0, told


def test_the_package_is_the_same_as_the_script():
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "icplib", "--help"], capture_output=True, text=True, cwd="/"
    )
    assert done.returncode == 0 and "refresh" in done.stdout


def test_the_example_overwrites_no_other_company(icp, tmp_path):
    ours = tmp_path / "data" / "acme" / "company.toml"
    ours.parent.mkdir(parents=True)
    ours.write_text('name = "Acme"\n')
    code, told = icp("example", "--company", "acme", "--customers", "20")
    assert code == 2 and "another company stands in this folder" in told
    assert ours.read_text() == 'name = "Acme"\n' and not (ours.parent / "raw").exists()


@pytest.mark.parametrize("name", ["../evil", "a/b", "..", ".hidden", "a\\b", "/tmp"])
def test_a_company_is_one_folder_under_the_data(tmp_path, monkeypatch, name):
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    with pytest.raises(UserError, match="not the name of a company's folder"):
        folder_named(name)
