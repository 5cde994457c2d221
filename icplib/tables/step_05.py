"""Step 5, first half: the canonical tables that every reader of interview codings fills.

The results of the analysis stand in ``step_05_results``. No name of an interviewee or a coder is in
any of these tables.
"""

from icplib.tables import Artefact, Column, levels, must
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
        {
            "interview_id": must("INT- and a number; other ids get a stable number", unique=True),
            "person_id": (
                "P- and a number; other ids get a stable number; empty where the export names"
                " nobody"
            ),
            "account_id": "account as in 01_accounts",
            "wave": "quarter of the interview",
            "interview_date": "day of the interview",
            "buying_role": levels(
                "role in the purchase; 'other' for a role that is none of these", *BUYING_ROLES
            ),
            "role": "buying role, or the role as declared where that is none of the buying roles",
            "role_secondary": "second role",
            "role_source": levels("who says so", "self_declared", "crm", "analyst"),
            "seniority": levels("level", *SENIORITIES),
            "function": "department",
            "title_generic": (
                "generalised title, such as 'analytics leader'; the title itself is not kept"
            ),
            "icp_segment": "segment as the analyst gave it",
            "icp_fit": Column("whether the account fits, as the analyst gave it", "bool"),
            "relationship": levels("of the account to us", *RELATIONSHIPS),
            "guide_version": "interview guide",
            "consent_analysis": levels("'no' never gets in here", *CONSENT),
            "consent_quotes": levels("only 'yes' keeps quotes", *CONSENT),
            "consent_recontact": levels("may be asked again", *CONSENT),
            "consent_date": "day of consent",
            "retain_until": Column("to be deleted by", "date"),
        },
    ),
    Artefact(
        "05_assignments",
        "person",
        "Who looked at which interview; without it a missing code cannot be told from not looking",
        {
            "interview_id": must("interview"),
            "coder_id": must("C1, C2 ...: coders in order of appearance"),
            "pass": must("1, or 2 and more where a coder coded again", type="int", low=1),
            "status": must("'partial' where a code not given says nothing", "complete", "partial"),
        },
        key=("interview_id", "coder_id", "pass"),
    ),
    Artefact(
        "05_topics_asked",
        "person",
        "Which families of codes were raised in which interview: the N of 'n of N'",
        {
            "interview_id": must("interview"),
            "family": must("family of codes", *FAMILIES),
            "asked": must("whether it was raised", type="bool"),
        },
        key=("interview_id", "family"),
    ),
    Artefact(
        "05_codebook",
        "aggregate",
        "One row a code, with its family and card wording",
        {
            "code_id": must("slug of the code", unique=True),
            "code_path": must("names from the root of the code tree, joined by /", unique=True),
            "parent_id": "code above it, where that is a code of the book",
            "family": must("kind of statement it becomes on a card", *FAMILIES),
            "label": must("wording on the card"),
            "definition": "what it means",
            "include": "when to give it",
            "exclude": "when not to",
            "is_codable": must("false for headings"),
            "merged_into": Column("code that took its place", "id"),
            "added_on": Column("day it came into the book", "date"),
        },
    ),
    Artefact(
        "05_codings",
        "person",
        "One row a coding: who gave which code to what in which interview",
        {
            "coding_id": must("SHA-1 of file name and place in the file", unique=True),
            "wave": "quarter of the interview",
            "interview_id": must("interview"),
            "coder_id": must("coder"),
            "pass": must("coding pass", type="int", low=1),
            "code_id": must("code, after merges"),
            "unit": must("what was coded", *UNITS),
            "start": Column(
                "first character in the text with LF line ends", "int", "code points", low=0
            ),
            "end": Column("character after the last", "int", "code points", low=0),
            "polarity": Column(
                "1 in favour, -1 against, 0 neither; empty where not said", "int", low=-1, high=1
            ),
            "quote": "only with consent to quotes; known names replaced by [person]",
            "quote_truncated": Column("the tool cut it", "bool"),
            "memo": "the coder's note; same rules as the quote",
            "coded_at": Column("day of coding", "date"),
            "source_tool": "program the file came from",
            "source_file_sha256": "fingerprint of the file",
            "source_ref": "row or GUID in the file",
        },
    ),
    Artefact(
        "05_import_report",
        "company",
        "What was read, kept and dropped, file by file; read = kept + dropped",
        {
            "source": must("kind of table", "interviews", "codebook", "codings"),
            "file": must("file name"),
            "tool": "format it was read as",
            "is_verified": "whether the format was checked against a real file of that tool",
            "outcome": must("read, kept, dropped or note", "read", "kept", "dropped", "note"),
            "reason": "why dropped, or what to know",
            "n": must("rows"),
            "detail": "rows and codes concerned",
        },
    ),
)
