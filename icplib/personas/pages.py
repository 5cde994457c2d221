"""Persona cards and the messaging matrix as pages: the one card template, filled."""

from pathlib import Path

import pandas as pd
from markupsafe import Markup

from icplib.pages import Block, Pages, style
from icplib.pages.views import card_view
from icplib.tables.step_05_cards import Personas

PAGES = Pages(Path(__file__).with_name("templates"))
FIELDS = {
    "pain": "Top pain",
    "promise": "Promise",
    "proof": "Proof",
    "channel": "Channel",
    "format": "Format",
    "objection": "Objection",
    "answer": "Answer",
    "words_use": "Words to use",
    "words_avoid": "To avoid",
    "call_to_action": "Call to action",
    "evidence": "Evidence",
    "owner": "Owner",
}


def show_cards(personas: Personas) -> Block:
    """All cards for a notebook, with every count and interview."""
    views = [card_view(card) for card in personas.cards]
    return PAGES.block("cards.html.j2", "cards", views, personas.needs)


def cards_page(personas: Personas, title: str, least: int) -> Block:
    """The cards as one printable HTML file: no interview's id, no count below ``least``."""
    views = [card_view(card, least) for card in personas.cards]
    sheet = Markup(style())
    return PAGES.render("page.html.j2", title=title, cards=views, needs=personas.needs, css=sheet)


def show_matrix(messages: pd.DataFrame) -> Block:
    """The messaging matrix: segments down, personas across, cells without evidence in grey."""
    personas = messages.drop_duplicates("persona_id")
    rows = [
        (segment, [_cell(part[part["persona_id"] == p].iloc[0]) for p in personas["persona_id"]])
        for segment, part in messages.groupby("segment", sort=False)
    ]
    return PAGES.block("cards.html.j2", "matrix", list(personas["persona"]), rows)


def _cell(row: pd.Series) -> dict[str, object]:
    lines = [(word, row[name]) for name, word in FIELDS.items() if isinstance(row[name], str)]
    return {
        "has_evidence": bool(row["has_evidence"]),
        "note": row["note"],
        "n_interviews": row["n_interviews"],
        "n_accounts": row["n_accounts"],
        "lines": [line for line in lines if line[1]],
    }
