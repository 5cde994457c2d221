"""What init asks at a terminal becomes lines that a run reads; with --yes nothing is asked."""

import sys

import pytest

from icplib import __main__ as main
from icplib.gather import dialogue
from icplib.gather.init import init
from icplib.settings import read_settings

FILES = {
    "accounts.csv": "account,sector,employees\nAbrelund,retail,5\nBostwega,bank,7\n",
    "deals.csv": (
        "opportunity_id,account,deal_stage,close_value,close_date\n"
        "1,Abrelund,Goldrand,100,2026-01-10\n2,Bostwega,Lost,90,2026-02-10\n"
    ),
    "gone.csv": "Who,When,Why\nAbrelund,2026-05-01,price\n",
}
ANSWERS = {"Quarter": "2026Q3", "Currency": "eur", "Stage 'Goldrand'": "won", "Which": "gone.csv"}


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in FILES]


def answer(question, default, **_):
    return next((a for start, a in ANSWERS.items() if question.startswith(start)), default)


def test_answers_become_settings(files, tmp_path):
    assert dialogue.MOST_STAGES > 1
    init("asked", files, "2026Q3", ask=answer)
    settings = read_settings(tmp_path / "data" / "asked" / "company.toml")
    assert settings.currency == "EUR" and settings.won_stages == ("Goldrand",)
    assert settings.sources["churn"].file == "gone.csv"
    text = (tmp_path / "data" / "asked" / "company.toml").read_text()
    assert '# churn_date = "..."' in text or "our further columns" in text


@pytest.mark.parametrize(("argv", "at_terminal"), [(["--yes"], True), ([], False), ([], True)])
def test_it_asks_at_a_terminal_alone(files, tmp_path, monkeypatch, argv, at_terminal):
    asked = []

    def prompt(question, **given):
        asked.append(question)
        return answer(question, **given)

    monkeypatch.setattr(main.typer, "prompt", prompt)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: at_terminal)
    quarter = [] if at_terminal and not argv else ["--quarter", "2026Q3"]
    monkeypatch.setattr(sys, "argv", ["icp", "init", "one", *map(str, files), *quarter, *argv])
    with pytest.raises(SystemExit) as end:
        main.main()
    assert not end.value.code and bool(asked) == (at_terminal and not argv)
