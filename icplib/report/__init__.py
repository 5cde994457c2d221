"""Step 06: from the artefacts of 01 to 05 to the page that leaders decide from.

What is computed: `measures` (success, in-ICP against out), `signs` (time to refresh?), `changes` (quarter against quarter), `checks` (known
mistakes), `facts` (all that page one says). What is shown: blocks (`page_one`, `icp_sheets`, `persona_cards` ...), each a piece of
accessible HTML with small counts hidden. `page` makes files of executed notebooks; `privacy` decides what may leave.
"""

from icplib.report.blocks import join
from icplib.report.changes import changes, decision_log, log_csv
from icplib.report.checks import checks, vague
from icplib.report.evidence import all_measures, companies, drift, files, limits, market, measures_overview, notes, provenance, red_flags, score
from icplib.report.evidence import changes as changes_table
from icplib.report.evidence import checks as checks_table
from icplib.report.evidence import decision_log as decisions
from icplib.report.evidence import provenance_rows
from icplib.report.evidence import signs as signs_table
from icplib.report.evidence import trend as trend_table
from icplib.report.frontpage import facts, page_one
from icplib.report.inputs import Inputs, read
from icplib.report.measures import describe_shares, measures, share_rows
from icplib.report.method import contrast, glossary, kept_out, method
from icplib.report.sheets import anti_persona, icp_sheets, ladder, messaging, persona_cards
from icplib.report.signs import describe_trend, recommend, signs, trend, universe

__all__ = [
    "Inputs", "all_measures", "anti_persona", "changes", "changes_table", "checks", "checks_table", "companies", "contrast", "decision_log",
    "decisions", "describe_shares", "describe_trend", "drift", "facts", "files", "glossary", "icp_sheets", "join", "kept_out", "ladder", "limits",
    "log_csv", "market", "measures", "measures_overview", "messaging", "method", "notes", "page_one", "persona_cards", "provenance",
    "provenance_rows", "read", "recommend", "red_flags", "score", "share_rows", "signs", "signs_table", "trend", "trend_table", "universe", "vague",
]  # fmt: skip
