"""Step 06: from the artefacts of 01 to 05 to the page that leaders decide from.

What is computed: `success_measures` (in-ICP against out), `refresh_signs`, `compare` (quarter
against quarter), `mistakes` (known ones, looked for), `facts` (all that page one says). What is
shown: blocks (`page_one`, `icp_sheets`, `persona_cards` ...), each a piece of accessible HTML with
small counts hidden. `page` makes files of executed notebooks; `privacy` and `names` decide what may
leave.
"""

from icplib.report.blocks import join
from icplib.report.changes import compare, decision_log, log_csv
from icplib.report.checks import mistakes, vague
from icplib.report.evidence import (
    all_measures,
    changes_table,
    companies,
    decisions_table,
    drift_table,
    files_table,
    limits,
    market_table,
    measures_overview,
    mistakes_table,
    notes_table,
    provenance_rows,
    provenance_table,
    red_flags,
    score,
    signs_table,
    trend_table,
)
from icplib.report.frontpage import facts, page_one
from icplib.report.inputs import Inputs, read
from icplib.report.measures import describe_shares, share_rows, success_measures
from icplib.report.method import contrast, glossary, how_it_was_done
from icplib.report.sheets import anti_persona, icp_sheets, ladder, messaging, persona_cards
from icplib.report.signs import (
    describe_trend,
    quarters,
    refresh_signs,
    trend,
    two_questions,
    universe,
)

__all__ = [
    "Inputs",
    "all_measures",
    "anti_persona",
    "changes_table",
    "companies",
    "compare",
    "contrast",
    "decision_log",
    "decisions_table",
    "describe_shares",
    "describe_trend",
    "drift_table",
    "facts",
    "files_table",
    "glossary",
    "how_it_was_done",
    "icp_sheets",
    "join",
    "ladder",
    "limits",
    "log_csv",
    "market_table",
    "measures_overview",
    "messaging",
    "mistakes",
    "mistakes_table",
    "notes_table",
    "page_one",
    "persona_cards",
    "provenance_rows",
    "provenance_table",
    "quarters",
    "read",
    "red_flags",
    "refresh_signs",
    "score",
    "share_rows",
    "signs_table",
    "success_measures",
    "trend",
    "trend_table",
    "two_questions",
    "universe",
    "vague",
]
