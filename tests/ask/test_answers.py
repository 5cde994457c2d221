"""Answers: a sentence, a table and a chart, the same everywhere but where one can click."""

import pandas as pd

from icplib.ask import answers

TABLE = pd.DataFrame({"who": ["<b>"], "worth": ["$5"]})


def test_an_answer_shows_its_sentence_and_table_and_brings_its_style():
    shown = answers.Answer("It is $20M & more.", TABLE)._repr_mimebundle_()
    html = shown["text/html"]
    assert "<style>" in html and "&amp; more" in html and "&lt;b&gt;" in html
    assert shown["text/plain"].startswith("It is $20M & more.") and "$5" in shown["text/plain"]


def test_a_table_stays_as_it_is_where_nobody_can_click(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert answers.show(TABLE) is TABLE


def test_only_a_server_that_is_no_refresh_is_interactive(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    assert answers.is_interactive()
    monkeypatch.setenv("ICP_BUILD_DATA", "/x")
    assert not answers.is_interactive()


def test_an_artefact_is_read_once_and_handed_out_as_a_copy(book, monkeypatch):
    first = answers.read(book, "01_accounts")
    first["industry"] = "spoilt"
    monkeypatch.setattr(type(book), "read", None)  # a second reading would fail
    assert not answers.read(book, "01_accounts")["industry"].eq("spoilt").any()
