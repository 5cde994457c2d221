"""Six slides to edit and present, from the same views as the page; no chart that nobody can edit.

The file depends on the views alone: dates inside are those of the quarter, not of the clock.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Iterable
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches, Pt

from icplib.charts import theme
from icplib.pages.views import Badge, Bar, CardView, Table
from icplib.report.views import Panel, Report

WIDE, HIGH, MARGIN = 13.33, 7.5, 0.6
TONES = {"risk": theme.RED, "muted": theme.MUTED, "rest": theme.MUTED}
MOST_LINES, MOST_ROWS = 3, 9


def slides(report: Report, as_of: dt.datetime) -> bytes:
    """slides.pptx: verdict, profile, personas, what warns of leaving, where to sell, changes."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    one, parts = report.one, {s.anchor: s for s in report.sections}
    panels = {p.anchor: p for p in one.panels}
    _verdict(deck, report)
    for anchor in ("profile", "people", "leaving", "selling"):
        if anchor == "people":
            _people(deck, parts[anchor].cards, one.people_note)
        elif anchor in panels:
            _panel(deck, panels[anchor])
        else:
            _text(_slide(deck, parts[anchor].title), [str(parts[anchor].lead)], 1.5)
    changed = parts["changes"]
    rows = [f"{r[0]}: {r[1]} ({r[2]})" for t in changed.tables for r in _texts(t)][:MOST_ROWS]
    _text(_slide(deck, changed.title), [str(changed.lead), *rows], 1.5)
    core = deck.core_properties
    core.title, core.author = f"{one.company}: ideal customer profile, {one.dated}", "ICP workbook"
    core.last_modified_by, core.revision = core.author, 1
    core.created = core.modified = as_of
    return _same_bytes(deck)


def _slide(deck: Any, title: str) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    box = slide.shapes.title
    box.left, box.top, box.width, box.height = (
        Inches(x) for x in (MARGIN, 0.4, WIDE - 2 * MARGIN, 0.9)
    )
    _write(box.text_frame, [title], 28, bold=True)
    return slide


def _write(frame: Any, lines: Iterable[str], size: float, bold: bool = False) -> None:
    frame.word_wrap = True
    for i, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        paragraph.text, paragraph.alignment = line, 1
        paragraph.space_after = Pt(6)
        paragraph.font.size, paragraph.font.bold = Pt(size), bold
        paragraph.font.color.rgb = _colour(theme.INK)


def _colour(hex_code: str) -> RGBColor:
    return RGBColor.from_string(hex_code.lstrip("#").upper())


def _text(
    slide: Any,
    lines: Iterable[str],
    top: float,
    left: float = MARGIN,
    width: float = 0.0,
    size: float = 16,
) -> None:
    width = width or WIDE - 2 * MARGIN
    box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(1))
    _write(box.text_frame, [line for line in lines if line], size)


def _verdict(deck: Any, report: Report) -> None:
    one = report.one
    slide = _slide(deck, one.headline)
    _text(slide, [f"{one.label}. {one.detail}"], 1.9, size=15)
    wide = (WIDE - 2 * MARGIN) / 3
    for i, d in enumerate(one.decisions):
        said = [f"{i + 1}  {d.title}", d.reason, f"{d.who}, {d.when}"]
        _text(slide, said, 3.2, MARGIN + i * wide, wide - 0.2, 14)
    wide = (WIDE - 2 * MARGIN) / 4
    for i, t in enumerate(one.tiles):
        values = f"{t.inside} fit, {t.outside} others" if t.outside else t.inside
        said = [t.title, values, t.chip.text, t.note]
        _text(slide, said, 5.1, MARGIN + i * wide, wide - 0.2, 12)


def _panel(deck: Any, panel: Panel) -> None:
    slide = _slide(deck, panel.title)
    _text(slide, [panel.note], 1.2, size=14)
    for i, bar in enumerate(panel.bars):
        _bar(slide, bar, 1.9 + i * min(0.8, 4.6 / len(panel.bars)))
    _text(slide, [panel.foot], 6.6, size=14)


def _bar(slide: Any, bar: Bar, top: float) -> None:
    """A label, a rectangle as long as the value, and its words: all of it can be edited."""
    _text(slide, [bar.label], top, width=4.2, size=14)
    left, width = 5.0, 3.6
    for share, tone in (
        (1.0, theme.PALE_GREY),
        (bar.value or 0.0, TONES.get(bar.tone, theme.BLUE)),
    ):
        if share > 0:
            shape = slide.shapes.add_shape(
                MSO_SHAPE.RECTANGLE,
                Inches(left),
                Inches(top + 0.12),
                Inches(width * share),
                Inches(0.22),
            )
            shape.fill.solid()
            shape.fill.fore_color.rgb = _colour(tone)
            shape.line.fill.background()
    _text(slide, [bar.text], top, 8.8, 4.0, 12)


def _people(deck: Any, cards: tuple[CardView, ...], note: str) -> None:
    slide = _slide(deck, "Personas")
    wide = (WIDE - 2 * MARGIN) / max(len(cards), 1)
    for i, card in enumerate(cards):
        said = [f"{card.name}, {card.role.lower()}"]
        for part in card.parts[:4]:
            said += [part.title + ": " + "; ".join(x[0] for x in part.lines[:MOST_LINES])]
        _text(slide, said, 1.5, MARGIN + i * wide, wide - 0.2, 13)
    _text(slide, [note], 6.6, size=13)


def _texts(table: Table) -> list[list[str]]:
    return [
        [cell.text if isinstance(cell, (Bar, Badge)) else cell for cell in row]
        for row in table.rows
    ]


def _same_bytes(deck: Any) -> bytes:
    """The deck as a file whose parts carry no time of day."""
    made, out = io.BytesIO(), io.BytesIO()
    deck.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name))
    return out.getvalue()
