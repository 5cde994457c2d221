"""`06_report`: guard once (`Draft`), then word (`page_one`), then lay out (`page`)."""

from dataclasses import asdict

import pandas as pd
from pydantic_core import to_jsonable_python

from icplib.report import evidence, front, sections, selling, signs, success
from icplib.report import measures as measuring
from icplib.report.draft import Draft
from icplib.report.inputs import Inputs
from icplib.report.log import decision_log
from icplib.report.views import Report
from icplib.tables.step_06 import ReportFacts


def facts(inputs: Inputs) -> ReportFacts:
    """All that page one says, as data; next quarter compares itself with it."""
    word, reasons = signs.verdict(
        inputs["06_signs"], inputs["06_questions"], inputs["06_changes"], inputs
    )
    one = front.page_one(Draft(inputs), word)
    return ReportFacts(
        company=inputs.settings.name,
        quarter=str(inputs.workbook.quarter),
        scenario=inputs.workbook.scenario,
        as_of=inputs.as_of.date(),
        previous_quarter=str(inputs.previous.workbook.quarter) if inputs.previous else "",
        word=word,
        headline=one.headline,
        reasons=tuple(reasons),
        page_one=to_jsonable_python(one),
        log=decision_log(inputs, word, one.headline),
        universe=signs.universe(inputs),
        definitions=measuring.definitions(inputs),
        currency=inputs.settings.currency,
        min_cell=inputs.least,
    )


def report(inputs: Inputs) -> Report:
    """The whole page as views, from the artefacts of 01 to 06."""
    draft, said = Draft(inputs), inputs["06_report"]
    return Report(
        one=front.page_one(draft, said.word),
        sections=(
            sections.profile(draft),
            sections.people(draft),
            selling.selling(draft),
            selling.spending(draft),
            selling.leaving(draft),
            evidence.asking(draft),
            evidence.changes(draft),
            success.measures(draft),
            evidence.deploying(draft),
            evidence.privacy(draft),
        ),
        evidence=evidence.evidence(draft, said),
        scenario=inputs.workbook.scenario,
    )


def hero_rows(one: Report) -> pd.DataFrame:
    """The points of the hero chart, one row a period and side."""
    return pd.DataFrame([asdict(p) for p in one.one.hero.periods] if one.one.hero else [])
