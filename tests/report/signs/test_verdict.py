"""Keep, watch, revise, or "the market moved": from deals to the word."""

import pandas as pd

import report_scene as scene
from icplib import report
from icplib.report import signs
from icplib.tables import artefact


def said(book):
    inputs = report.read(book)
    found, table = report.refresh_signs(inputs), report.two_questions(inputs)
    changes = report.compare(inputs, report.success_measures(inputs))
    return signs.verdict(found, table, changes, inputs)


def lose(book, side):
    """Half of the won deals of the last quarter are lost: those of one side, or of both."""
    inputs = report.read(book)
    fits = inputs["02_fit"].set_index("account_id")["fits_held_out"]
    deals = inputs["01_deals"].copy()
    is_fit = deals["account_id"].map(fits)
    mine = is_fit.notna() if side == "all" else (is_fit == (side == "fit")).fillna(False)
    late = deals["close_date"] > book.as_of - pd.Timedelta(days=91)
    won = deals.index[late & mine.astype(bool) & deals["is_won"]]
    deals.loc[won[::2], "is_won"] = False
    book.write("01_deals", deals)


def test_when_all_fall_alike_the_market_moved(root):
    book = scene.company(root, seed=3, n=800, win=(0.6, 0.3))
    lose(book, "all")
    word, reasons = said(book)
    assert word == "market moved" and reasons[0].startswith("win rate fell to")


def test_where_only_those_who_fit_fell_the_profile_is_revised(root):
    book = scene.company(root, seed=3, n=800, win=(0.6, 0.3))
    lose(book, "fit")
    word, reasons = said(book)
    assert word == "revise" and "more of their win rate than the others since 2026Q3" in reasons[0]


def test_where_nothing_moved_the_profile_is_kept(root):
    for quarter in ("2026Q2", "2026Q3"):
        book = scene.company(root, quarter, seed=3, n=800, win=(0.6, 0.3))
        book.write("01_market_notes", artefact("01_market_notes").empty())
        facts = scene.finish(book)[-1]
        assert facts.word == ("watch" if quarter == "2026Q2" else "keep")
