"""A draft of the page on tables laid down by a test; all that is not given is empty."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd

import report_scene as scene
from icplib.report.draft import Draft
from icplib.tables import artefact
from icplib.tables.step_05_cards import Personas
from icplib.workbook import Quarter

BOOK = SimpleNamespace(quarter=Quarter("2026Q3"), scenario="", has=lambda name: True)


class Given(dict):
    """Artefacts by name; a table that nobody gave is empty, with its columns."""

    workbook, as_of, least, previous = BOOK, pd.Timestamp("2026-09-30"), 5, None
    settings = SimpleNamespace(
        name="Testwell", currency="USD", decisions=(), best=SimpleNamespace(share=0.2)
    )

    def __missing__(self, name):
        return artefact(name).empty()


def draft(**tables):
    """A `Draft` on these tables (`t04_sales=...`) beside the scene's models."""
    given = Given(
        {
            "02_noise": scene.noise(),
            "03_profile": scene.profiles(BOOK),
            "03_churn": scene.churn(),
            "03_red_flags": whole("03_red_flags", scene.flags()),
            "04_scorecard": scene.card(BOOK),
            "04_tiers": whole("04_tiers", scene.tiers()),
            "04_sales": whole("04_sales", scene.sales()),
            "05_personas": scene.personas(),
        }
    )
    given.update({name[1:]: table for name, table in tables.items()})
    return Draft(given)


def whole(name, rows):
    """Rows with the columns that they leave out, unknown."""
    declared = artefact(name)
    blank = {c.name: None for c in declared.columns if c.name not in rows}
    return declared.check(rows.assign(**blank))


def questions(state="on", k=(7, 36), n=(30, 127)):
    """06_questions: fit and others since a break, and all."""
    told = {"window_since": "2026Q2 to 2026Q3", "window_before": "2025Q1 to 2026Q1"}
    told |= {"break_quarter": "2026Q2" if state == "on" else None, "unit": "share"}
    told |= {"measure": "win rate", "before": 0.6, "k_before": 60, "n_before": 100}
    rows = [
        {"question": q, "side": side, "k_since": a, "n_since": b, "since": a / b, "state": state}
        for q, side, a, b in (
            ("separates", "fit", k[0], n[0]),
            ("separates", "others", k[1], n[1]),
            ("market", "all", sum(k), sum(n)),
        )
    ]
    rows.append(rows[0] | {"side": "gap", "state": "cannot tell"})
    frame = pd.DataFrame([told | row | {"since_low": 0.1, "since_high": 0.4} for row in rows])
    return whole("06_questions", frame)


def nobody():
    """No personas."""
    return Personas(available=False)


DAY = dt.date(2026, 9, 30)
