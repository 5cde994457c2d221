"""Step 5, first half: the canonical tables that every reader of interview codings fills.

The results of the analysis stand in ``step_05_results``. No name of an interviewee or a coder is in
any of these tables.
"""

from __future__ import annotations

from icplib.tables import Artefact, Column
from icplib.vocabulary.people import BUYING_ROLES, SENIORITIES

RELATIONSHIPS = ("customer", "churned", "lost_deal", "prospect")
CONSENT = ("yes", "no", "unknown")
FAMILIES = (
    "goal",
    "motivation",
    "pain",
    "fear_objection",
    "success_metric",
    "channel",
    "communication_style",
    "buying_criterion",
    "trusted_source",
    "daily_habit",
    "decision_style",
    "authority",
    "buying_behaviour",
    "career_aspiration",
    "responsibility",
    "background",
    "alternative_tried",
    "value",
    "benefit",
    "anti_price",
    "anti_expectation",
    "anti_support",
    "anti_tech",
    "anti_model",
    "other",
)
UNITS = ("segment", "document", "timecode", "image", "presence")

ARTEFACTS = (
    Artefact(
        "05_interviews",
        "person",
        "One row an interview that may be analysed, without names",
        columns=(
            Column(
                "interview_id",
                "id",
                "INT- and a number; other ids get a stable number",
                required=True,
                unique=True,
            ),
            Column(
                "person_id",
                "id",
                "P- and a number; other ids get a stable number; empty where the export names"
                " nobody",
            ),
            Column("account_id", "id", "account as in 01_accounts"),
            Column("wave", "text", "quarter of the interview"),
            Column("interview_date", "date", "day of the interview"),
            Column(
                "buying_role",
                "text",
                "role in the purchase; 'other' for a role that is none of these",
                one_of=tuple(BUYING_ROLES),
            ),
            Column(
                "role",
                "text",
                "buying role, or the role as declared where that is none of the buying roles",
            ),
            Column("role_secondary", "text", "second role"),
            Column(
                "role_source", "text", "who says so", one_of=("self_declared", "crm", "analyst")
            ),
            Column("seniority", "text", "level", one_of=tuple(SENIORITIES)),
            Column("function", "text", "department"),
            Column(
                "title_generic",
                "text",
                "generalised title, such as 'analytics leader'; the title itself is not kept",
            ),
            Column("icp_segment", "text", "segment as the analyst gave it"),
            Column("icp_fit", "bool", "whether the account fits, as the analyst gave it"),
            Column("relationship", "text", "of the account to us", one_of=RELATIONSHIPS),
            Column("guide_version", "text", "interview guide"),
            Column("consent_analysis", "text", "'no' never gets in here", one_of=CONSENT),
            Column("consent_quotes", "text", "only 'yes' keeps quotes", one_of=CONSENT),
            Column("consent_recontact", "text", "may be asked again", one_of=CONSENT),
            Column("consent_date", "date", "day of consent"),
            Column("retain_until", "date", "to be deleted by"),
        ),
    ),
    Artefact(
        "05_assignments",
        "person",
        "Who looked at which interview; without it a missing code cannot be told from not looking",
        key=("interview_id", "coder_id", "pass"),
        columns=(
            Column("interview_id", "id", "interview", required=True),
            Column("coder_id", "id", "C1, C2 ...: coders in order of appearance", required=True),
            Column(
                "pass", "int", "1, or 2 and more where a coder coded again", required=True, low=1
            ),
            Column(
                "status",
                "text",
                "'partial' where a code not given says nothing",
                required=True,
                one_of=("complete", "partial"),
            ),
        ),
    ),
    Artefact(
        "05_topics_asked",
        "person",
        "Which families of codes were raised in which interview: the N of 'n of N'",
        key=("interview_id", "family"),
        columns=(
            Column("interview_id", "id", "interview", required=True),
            Column("family", "text", "family of codes", required=True, one_of=FAMILIES),
            Column("asked", "bool", "whether it was raised", required=True),
        ),
    ),
    Artefact(
        "05_codebook",
        "aggregate",
        "One row a code, with its family and card wording",
        columns=(
            Column("code_id", "id", "slug of the code", required=True, unique=True),
            Column(
                "code_path",
                "text",
                "names from the root of the code tree, joined by /",
                required=True,
                unique=True,
            ),
            Column("parent_id", "id", "code above it, where that is a code of the book"),
            Column(
                "family",
                "text",
                "kind of statement it becomes on a card",
                required=True,
                one_of=FAMILIES,
            ),
            Column("label", "text", "wording on the card", required=True),
            Column("definition", "text", "what it means"),
            Column("include", "text", "when to give it"),
            Column("exclude", "text", "when not to"),
            Column("is_codable", "bool", "false for headings", required=True),
            Column("merged_into", "id", "code that took its place"),
            Column("added_on", "date", "day it came into the book"),
        ),
    ),
    Artefact(
        "05_codings",
        "person",
        "One row a coding: who gave which code to what in which interview",
        columns=(
            Column(
                "coding_id",
                "id",
                "SHA-1 of file name and place in the file",
                required=True,
                unique=True,
            ),
            Column("wave", "text", "quarter of the interview"),
            Column("interview_id", "id", "interview", required=True),
            Column("coder_id", "id", "coder", required=True),
            Column("pass", "int", "coding pass", required=True, low=1),
            Column("code_id", "id", "code, after merges", required=True),
            Column("unit", "text", "what was coded", required=True, one_of=UNITS),
            Column(
                "start",
                "int",
                "first character in the text with LF line ends",
                unit="code points",
                low=0,
            ),
            Column("end", "int", "character after the last", unit="code points", low=0),
            Column(
                "polarity",
                "int",
                "1 in favour, -1 against, 0 neither; empty where not said",
                low=-1,
                high=1,
            ),
            Column(
                "quote", "text", "only with consent to quotes; known names replaced by [person]"
            ),
            Column("quote_truncated", "bool", "the tool cut it"),
            Column("memo", "text", "the coder's note; same rules as the quote"),
            Column("coded_at", "date", "day of coding"),
            Column("source_tool", "text", "program the file came from"),
            Column("source_file_sha256", "text", "fingerprint of the file"),
            Column("source_ref", "text", "row or GUID in the file"),
        ),
    ),
    Artefact(
        "05_import_report",
        "company",
        "What was read, kept and dropped, file by file; read = kept + dropped",
        columns=(
            Column(
                "source",
                "text",
                "kind of table",
                required=True,
                one_of=("interviews", "codebook", "codings"),
            ),
            Column("file", "text", "file name", required=True),
            Column("tool", "text", "format it was read as"),
            Column(
                "is_verified",
                "bool",
                "whether the format was checked against a real file of that tool",
            ),
            Column(
                "outcome",
                "text",
                "read, kept, dropped or note",
                required=True,
                one_of=("read", "kept", "dropped", "note"),
            ),
            Column("reason", "text", "why dropped, or what to know"),
            Column("n", "int", "rows", required=True, low=0),
            Column("detail", "text", "rows and codes concerned"),
        ),
    ),
)
