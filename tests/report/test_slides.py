"""Six slides to edit: the same words as the page, the same bytes for the same views."""

import datetime as dt
import io

from pptx import Presentation

from draft_bed import draft, questions
from icplib.report import evidence, front, sections, selling, slides
from icplib.report.views import Report


def test_six_slides_the_same_twice():
    one = draft(t06_questions=questions())
    parts = (
        sections.profile(one),
        sections.people(one),
        selling.selling(one),
        selling.leaving(one),
        evidence.changes(one),
    )
    report = Report(front.page_one(one, "market moved"), parts, ())
    made = [slides.slides(report, dt.datetime(2026, 9, 30)) for _ in range(2)]
    assert made[0] == made[1]
    deck = Presentation(io.BytesIO(made[0]))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert len(titles) == 6 and titles[0] == report.one.headline
    assert deck.core_properties.created == dt.datetime(2026, 9, 30)
