"""Step 06: from the artefacts of 01 to 05 to the page that leaders decide from.

What is computed: `success_measures` (fit against others), `refresh_signs`, `two_questions`,
`compare` (quarter against quarter), `mistakes` (known ones, looked for), `facts` (what page one
says). What is shown: `report` (frozen views, guarded and in words), laid out by `page` as blocks,
report.html, slides.pptx and summary.md; `analyst` makes a page of executed notebooks.
"""

from icplib.report.analysts import companies, notes_table
from icplib.report.build import facts, report
from icplib.report.changes import compare
from icplib.report.checks import mistakes, vague
from icplib.report.evidence import provenance_rows
from icplib.report.inputs import Inputs, read
from icplib.report.log import decision_log, log_csv
from icplib.report.measures import success_measures
from icplib.report.page import page_one, part
from icplib.report.signs import quarters, record, refresh_signs, two_questions
