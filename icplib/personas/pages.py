"""Persona cards and the messaging matrix as HTML.

Plain semantic markup, everything escaped, one page a card in print.

Class names for whoever styles them: ``persona-card`` (an article; ``is-early``, ``is-shared``,
``is-overdue``), ``persona-head``, ``persona-facts`` (a definition list), ``persona-field`` (a
section with an h4), ``evidence`` (the evidence sentence), ``badge
badge-high|badge-medium|badge-low``, ``also``, ``persona-quote`` (a blockquote), ``persona-foot``,
``message-matrix`` (a table), ``no-evidence`` (a cell adapted from the persona as a whole).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from icplib.tables.step_05_results import Card, CardField, Personas

STYLE = """<style>
.persona-card { border: 1px solid #c9cfda; border-radius: 6px; padding: 1rem 1.3rem; margin: 0 0 1.4rem; max-width: 60rem; break-after: page; }
.persona-card h3 { margin: 0 0 .1rem; } .persona-card h4 { margin: .7rem 0 .15rem; font-size: .92rem; }
.persona-card p, .persona-card ul, .persona-card dl { margin: .15rem 0; }
.persona-card .persona-columns { columns: 2 22rem; column-gap: 2rem; } .persona-card .persona-field { break-inside: avoid; }
.persona-card ul { padding-left: 1.1rem; } .persona-card li { margin: .2rem 0; }
.persona-card .evidence, .persona-card .also, .persona-card .persona-foot { color: #576070; font-size: .8rem; display: block; }
.persona-card .badge { font-size: .72rem; border: 1px solid currentColor; border-radius: 3px; padding: 0 .3em; margin-left: .3em; white-space: nowrap; }
.persona-card .badge-high { font-weight: 700; color: #0b5fa5; } .persona-card .badge-medium { color: #00704d; } .persona-card .badge-low { color: #a85100; }
.persona-card blockquote { margin: .4rem 0; padding-left: .8rem; border-left: 3px solid #c9cfda; }
.persona-card .persona-facts div { display: flex; gap: .6rem; } .persona-card .persona-facts dt { color: #576070; min-width: 8rem; } .persona-card dd { margin: 0; }
.is-overdue .valid-until { color: #a51f2b; font-weight: 700; }
.message-matrix { border-collapse: collapse; font-size: .85rem; } .message-matrix th, .message-matrix td { border: 1px solid #c9cfda; padding: .4rem .6rem; vertical-align: top; text-align: left; }
.message-matrix .no-evidence { color: #576070; background: #e9ecf1; } .message-matrix dl { margin: 0; } .message-matrix dt { font-weight: 600; } .message-matrix dd { margin: 0 0 .25rem; }
</style>
"""
PRINT = """<style>@media print {
html { font-size: 8.2pt; } body { font-size: 8.2pt; line-height: 1.28; margin: 0; max-width: none; padding: 0; } h1 { font-size: 10pt; margin: 0 0 2mm; } h2 { display: none; }
.persona-card { border: 0; padding: 0; max-width: none; margin: 0; } .persona-card:last-of-type { break-after: auto; } .persona-card h4 { margin-top: 1.6mm; }
.persona-card .persona-columns { columns: 2; } .persona-card li { margin: .4mm 0; } }
</style>
"""


@dataclass(frozen=True)
class Page:
    """HTML for a notebook; ``text`` says the same to anything that shows no HTML."""

    html: str
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def show_cards(personas: Personas) -> Page:
    """All cards for a notebook."""
    if not personas.cards:
        return Page(f"<p>{escape(personas.needs)}</p>", personas.needs)
    return Page(
        STYLE + "".join(card_html(card) for card in personas.cards),
        "\n".join(f"{c.name}: {c.sentence}" for c in personas.cards),
    )


def cards_page(personas: Personas, title: str) -> str:
    """The cards as one printable HTML file with nothing outside itself."""
    body = "".join(card_html(card) for card in personas.cards) or f"<p>{escape(personas.needs)}</p>"
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport"'
        f' content="width=device-width"><title>{escape(title)}</title>\n<style>body {{ font:'
        " 15px/1.45 system-ui, sans-serif; color: #1b2330; background: #fff; margin: 2rem auto;"
        " max-width: 62rem; padding: 0 1rem; }\n@page { size: A4; margin: 11mm;"
        f" }}</style>\n{STYLE}{PRINT}</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n<h2>{len(personas.cards)}"
        f" personas</h2>\n{body}</main>\n</body>\n</html>\n"
    )


def card_html(card: Card, heading: int = 3) -> str:
    """One card as an ``<article class="persona-card">``; headings begin at ``heading``."""
    h, sub = f"h{heading}", f"h{heading + 1}"
    classes = " ".join(
        [
            "persona-card",
            *[f"is-{card.status}"] * (card.status != "full"),
            *["is-overdue"] * (card.cadence == "overdue"),
        ]
    )
    alone = f"{escape(card.name)}" + (
        ""
        if card.name == card.role_label
        else f" <small>({escape(card.role_label.lower())})</small>"
    )
    facts = {
        "Title": _tally(card.titles),
        "Seniority": _tally(card.seniorities),
        "Function": _tally(card.functions),
        "In the purchase": escape(card.authority),
        "Evidence": f"{card.n_interviews} interviews, {card.n_accounts} accounts",
    }
    parts = [f'<article class="{classes}">', f'<header class="persona-head"><{h}>{alone}</{h}>']
    parts += [f"<p><strong>{escape(card.status_words)}</strong></p>"] * bool(card.status_words)
    parts.append(
        '<dl class="persona-facts">'
        + "".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in facts.items() if v)
        + "</dl></header>"
    )
    parts.append('<div class="persona-columns">')
    parts += [_field_html(field, sub) for field in card.fields]
    for title, lines in (
        ("Stated channels beside what was answered", card.channels),
        ("Content that works", card.content),
        ("Message by ICP segment", card.messages),
        ("By role", card.by_role),
    ):
        if lines:
            items = "".join(f"<li>{escape(line)}</li>" for line in lines)
            parts.append(
                f'<section class="persona-field"><{sub}>{title}</{sub}><ul>{items}</ul></section>'
            )
    parts.append("</div>")
    parts += [
        "<blockquote"
        f' class="persona-quote"><p>{escape(q.text)}</p><footer>{escape(q.interview)}</footer></blockquote>'
        for q in card.quotes
    ]
    valid = (
        '<span class="valid-until">Valid until'
        f" {escape(card.valid_until)}{'' if card.cadence == 'fresh' else f' ({card.cadence})'}.</span>"
    )
    parts.append(
        "<footer"
        f' class="persona-foot"><p>{escape(card.sentence)}</p><p>{escape(card.saturation)}</p><p>{valid}</p></footer></article>\n'
    )
    return "".join(parts)


def _field_html(field: CardField, sub: str) -> str:
    items = "".join(
        f'<li>{escape(s.text)} <span class="badge'
        f' badge-{s.label.lower()}">{s.label}{", distinctive" if s.distinctive in ("High", "Medium") else ""}</span> '
        "<span"
        f' class="evidence">{escape(s.sentence)}{f" (label held down: {escape(s.cap_reason)})" if s.cap_reason else ""}</span></li>'
        for s in field.statements
    )
    also = (
        f'<p class="also">Also mentioned: {escape(", ".join(field.also_mentioned))}</p>'
        if field.also_mentioned
        else ""
    )
    return (
        "<section"
        f' class="persona-field"><{sub}>{escape(field.heading)}</{sub}><ul>{items}</ul>{also}</section>'
    )


def _tally(counts) -> str:
    return escape(", ".join(f"{c.value} ({c.n})" for c in counts))


def show_matrix(messages: pd.DataFrame) -> Page:
    """The messaging matrix for a notebook: segments down, personas across.

    Cells without evidence of their own in grey.
    """
    if messages.empty:
        return Page("<p>No messages.</p>", "No messages.")
    personas = messages.drop_duplicates("persona_id")
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in personas["persona"])
    body = ""
    for segment, rows in messages.groupby("segment", sort=False):
        cells = "".join(
            _cell(rows[rows["persona_id"] == p].iloc[0]) for p in personas["persona_id"]
        )
        body += f'<tr><th scope="row">{escape(segment)}</th>{cells}</tr>'
    table = (
        '<table class="message-matrix"><caption>What to say to whom</caption><thead><tr><th'
        f' scope="col">ICP segment</th>{head}</tr></thead><tbody>{body}</tbody></table>'
    )
    return Page(
        STYLE + table,
        "\n".join(
            f"{r.segment}, {r.persona}: {r.pain}; {r.promise}; {r.note or r.evidence}"
            for r in messages.itertuples()
        ),
    )


WORDS = {
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


def _cell(row: pd.Series) -> str:
    lines = "".join(
        f"<dt>{word}</dt><dd>{escape(str(row[name]))}</dd>"
        for name, word in WORDS.items()
        if isinstance(row[name], str) and row[name]
    )
    note = (
        f"<p><em>{escape(row['note'])}</em></p>"
        if row["note"]
        else f"<p>{row['n_interviews']} interviewees, {row['n_accounts']} accounts</p>"
    )
    return f"<td{'' if row['has_evidence'] else ' class=' + chr(34) + 'no-evidence' + chr(34)}>{note}<dl>{lines}</dl></td>"
