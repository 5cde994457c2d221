import datetime as dt

import pytest

from icplib.problems import UserError, UserErrors
from icplib.settings import Quarter, read_settings

LEAN = 'name = "Acme"\n[sources]\naccounts = "a.csv"\ndeals = "d.csv"\n'


def settings(tmp_path, text, scenario=""):
    path = tmp_path / "company.toml"
    path.write_text(text)
    return read_settings(path, scenario)


def test_three_lines_are_enough_and_a_bare_string_is_a_file(tmp_path):
    found = settings(tmp_path, LEAN)
    assert found.sources["accounts"].file == "a.csv"
    assert found.best.by == "revenue" and found.best.share == 0.20


def test_unknown_key_names_the_nearest(tmp_path):
    with pytest.raises(UserErrors, match=r"unknown key 'best.shar'.*Did you mean 'share'"):
        settings(tmp_path, LEAN + "[best]\nshar = 0.3\n")
    with pytest.raises(UserErrors, match=r"Did you mean 'date_order'"):
        settings(tmp_path, LEAN + '[sources.tickets]\nfile = "t.csv"\ndate_ordr = "mdy"\n')


def test_every_problem_is_told_at_once(tmp_path):
    with pytest.raises(UserErrors) as caught:
        settings(tmp_path, LEAN + '[best]\nover = "luck"\nshare = 7\n[privcy]\nmin_cell = 3\n')
    assert len(caught.value.problems) == 3
    assert "company.toml" in str(caught.value)


@pytest.mark.parametrize(
    "text, says",
    [
        ('name = "x"\n[sources]\ndeals = "d.csv"\n', "'accounts' is missing"),
        ('name = "x"\n[sources]\naccounts = "a.csv"\n', "'deals' and 'invoices'"),
        (LEAN + 'tikets = "t.csv"\n', "Did you mean 'tickets'"),
        ("name = \n", "line 1 cannot be read"),
        ('[sources]\naccounts = "a.csv"\ndeals = "d"\n', "'name' is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(tmp_path, text, says):
    with pytest.raises(UserError, match=says):
        settings(tmp_path, text)


def test_a_scenario_overrides_only_what_it_names(tmp_path):
    text = LEAN + '[best]\nshare = 0.3\n[scenarios.by_profit]\nbest.by = "profit"\n'
    assert settings(tmp_path, text).best.by == "revenue"
    found = settings(tmp_path, text, "by_profit")
    assert (found.best.by, found.best.share) == ("profit", 0.3)
    with pytest.raises(UserError, match="Did you mean 'by_profit'"):
        settings(tmp_path, text, "by_proft")


def test_quarters_know_their_days():
    quarter = Quarter("2026Q1")
    assert (quarter.start, quarter.end) == (dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    assert str(quarter.previous()) == "2025Q4" and str(quarter + 5) == "2027Q2"
    assert Quarter("2025Q4") < quarter
    with pytest.raises(UserError, match="such as 2026Q3"):
        Quarter("Q3-2026")
