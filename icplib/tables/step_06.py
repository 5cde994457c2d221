"""Artefacts of notebook 06: measures of success, refresh signs, changes, checks, provenance, and
what page one says.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from icplib.tables import Artefact, Column


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LogEntry(_Model):
    """One line of the decision log."""

    date: dt.date
    role: str
    decision: str
    evidence: str
    sign: str = ""  #: the refresh sign that it answers


class Universe(_Model):
    """How many companies of the given universe fit.

    A count that would show a small group is left out.
    """

    n_fit: int | None = None
    n_not: int | None = None
    n_unknown: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    is_too_wide: bool = False
    sentence: str = ""


class ReportFacts(_Model):
    """All that page one says.

    The page is this and nothing else; next quarter compares itself with it.
    """

    schema_version: Literal[2] = 2
    company: str
    quarter: str
    scenario: str = ""
    as_of: dt.date
    previous_quarter: str = ""
    word: Literal["keep", "watch", "revise", "market moved"]
    headline: str
    reasons: tuple[str, ...] = ()
    page_one: dict[str, Any] = Field({}, description="what page one shows, in its order")
    log: tuple[LogEntry, ...] = ()
    universe: Universe = Universe()
    definitions: dict[str, str] = {}
    currency: str = "USD"
    min_cell: int = 5


MEASURES = Artefact(
    "06_measures",
    "aggregate",
    "The eight measures of profile success, in-ICP against out-of-ICP, ICP and persona",
    (
        Column("measure", "text", "id of the measure", required=True),
        Column("title", "text", "name of the measure", required=True),
        Column(
            "metric",
            "text",
            "row of the 4 x 2 table",
            required=True,
            one_of=("lead quality", "conversion rate", "customer value", "sales cycle length"),
        ),
        Column(
            "focus", "text", "column of the 4 x 2 table", required=True, one_of=("ICP", "persona")
        ),
        Column("persona", "text", "which persona; empty for measures of the ICP"),
        Column(
            "side",
            "text",
            "in the ICP, outside, not known, or the difference in minus out; '... now', '..."
            " before' and '... change' hold the latest window of the refresh signs against the four"
            " quarters before it",
            required=True,
            one_of=(
                "in",
                "out",
                "unknown",
                "difference",
                "difference now",
                "in now",
                "in before",
                "in change",
                "out now",
                "out before",
                "out change",
            ),
        ),
        Column("label", "text", "the side in words", required=True),
        Column(
            "unit",
            "text",
            "unit of value and interval",
            required=True,
            one_of=("share", "amount", "days"),
        ),
        Column("n", "int", "cases behind the value", required=True, low=0),
        Column(
            "n_counted", "text", "what n counts: leads, deals, customers, touches", required=True
        ),
        Column("k", "int", "cases that count as a success, for shares"),
        Column("value", "float", "estimate in unit"),
        Column("low", "float", "lower end of the 95 % interval"),
        Column("high", "float", "upper end of the 95 % interval"),
        Column("window", "text", "quarters looked at", required=True),
        Column("previous_value", "float", "the same measure in the previous report"),
        Column("change", "float", "value minus previous value"),
        Column("change_low", "float", "lower end of the change's 95 % interval"),
        Column("change_high", "float", "upper end of the change's 95 % interval"),
        Column(
            "is_definition_changed",
            "bool",
            "the previous report defined it, or the ICP, differently",
        ),
    ),
    key=("measure", "persona", "side"),
)

STATES = ("quiet", "on", "too few", "unknown")

SIGNS = Artefact(
    "06_signs",
    "aggregate",
    "The refresh signs: computed, entered by a person, or unknown; never silently green",
    (
        Column("sign", "text", "id of the sign", required=True, unique=True),
        Column("label", "text", "the sign in words", required=True),
        Column(
            "status",
            "text",
            "how it is known",
            required=True,
            one_of=("computed", "entered", "unknown"),
        ),
        Column("is_fired", "bool", "whether it says that something moved; empty where unknown"),
        Column("state", "text", "quiet, on since a break, or not to be told", one_of=STATES),
        Column("break_quarter", "text", "where on: the quarter in which it began"),
        Column("fired_quarter", "text", "where on: the quarter that first said so"),
        Column("base_from", "text", "first quarter of the base, where people decided on one"),
        Column("broken", "set", "quarters of ended alarms, which no base may hold"),
        Column("unit", "text", "unit of now and before"),
        Column("window", "text", "quarters that now is of"),
        Column("window_before", "text", "quarters that before is of"),
        Column("now", "float", "value in the window looked at"),
        Column("before", "float", "value in the window it is held against"),
        Column("difference", "float", "now against before"),
        Column("low", "float", "lower end of the difference's 95 % interval"),
        Column("high", "float", "upper end of the difference's 95 % interval"),
        Column("p", "float", "one-sided p, which has paid for choosing the window", low=0, high=1),
        Column("n_now", "int", "cases now"),
        Column("n_before", "int", "cases before"),
        Column("latest_date", "date", "newest dated entry"),
        Column("sentence", "text", "what it says, and what it could not have seen", required=True),
    ),
)

QUESTIONS = Artefact(
    "06_questions",
    "aggregate",
    "Two questions: does the ICP still separate, and did everything move? Each side before the"
    " break and since, judged by the profile that stood before the quarter",
    (
        Column(
            "question",
            "text",
            "separates: fit against others; market: all, whatever the fit; line: one line of the"
            " profile, those who meet it against those who do not",
            required=True,
            one_of=("separates", "market", "line"),
        ),
        Column(
            "measure",
            "text",
            "what is compared",
            required=True,
            one_of=("win rate", "cycle", "revenue", "leaving"),
        ),
        Column(
            "side",
            "text",
            "fit, others, their gap (fit minus others; for leaving fit over others), all, or the"
            " line in words",
            required=True,
        ),
        Column(
            "unit",
            "text",
            "of the values",
            required=True,
            one_of=("share", "days", "amount", "ratio"),
        ),
        Column("window_before", "text", "quarters before, in words"),
        Column("window_since", "text", "quarters since, in words"),
        Column("break_quarter", "text", "first quarter since; empty where nothing broke"),
        Column("k_before", "int", "won, left: cases that count, before", low=0),
        Column("n_before", "int", "cases before", low=0),
        Column("before", "float", "value before"),
        Column("before_low", "float", "lower 95 % limit"),
        Column("before_high", "float", "upper 95 % limit"),
        Column("k_since", "int", "cases that count, since", low=0),
        Column("n_since", "int", "cases since", low=0),
        Column("since", "float", "value since; gap: fit minus others since"),
        Column("since_low", "float", "lower 95 % limit"),
        Column("since_high", "float", "upper 95 % limit"),
        Column("estimate", "float", "since minus before: how much it moved"),
        Column("low", "float", "lower 95 % limit"),
        Column("high", "float", "upper 95 % limit"),
        Column("p", "float", "one-sided p of a turn to the worse", low=0, high=1),
        Column(
            "state",
            "text",
            "fit, others, all: quiet, on (fell beyond chance), too few; gap, line: separates,"
            " cannot tell, failed (fell by more than the others beyond chance), too few",
            required=True,
            one_of=("quiet", "on", "separates", "cannot tell", "failed", "too few"),
        ),
    ),
    key=("question", "measure", "side"),
)

QUARTERS = Artefact(
    "06_quarters",
    "aggregate",
    "Win rate and cycle by quarter for those who fit and the others, each quarter judged by the"
    " profile that stood before it",
    (
        Column("quarter", "text", "2026Q3", required=True),
        Column("side", "text", "whose deals", required=True, one_of=("fit", "others", "all")),
        Column("k", "int", "won", required=True, low=0),
        Column("n", "int", "closed", required=True, low=0),
        Column("estimate", "float", "share won", unit="share"),
        Column("low", "float", "lower 95 % limit (Wilson)", unit="share"),
        Column("high", "float", "upper 95 % limit (Wilson)", unit="share"),
        Column("n_cycle", "int", "won deals whose length is known", low=0),
        Column("cycle_days", "float", "median days from creation to a won close", unit="days"),
        Column("cycle_low", "float", "lower 95 % limit", unit="days"),
        Column("cycle_high", "float", "upper 95 % limit", unit="days"),
        Column(
            "judged_by", "text", "quarter of the profile that judged; 'held out' where none stood"
        ),
        Column("is_whole", "bool", "wholly on record", required=True),
        Column(
            "is_broken",
            "bool",
            "the side's win rate is below its base beyond chance",
            required=True,
        ),
    ),
    key=("quarter", "side"),
)

CHANGES = Artefact(
    "06_changes",
    "aggregate",
    "Quarter against quarter, statement by statement",
    (
        Column(
            "area",
            "text",
            "what changed",
            required=True,
            one_of=("profile", "red flags", "score", "tiers", "personas", "measures", "definition"),
        ),
        Column("item", "text", "the statement", required=True),
        Column(
            "kind",
            "text",
            "what happened to it",
            required=True,
            one_of=("added", "dropped", "changed", "within uncertainty"),
        ),
        Column("before", "text", "as it stood in the previous report"),
        Column("now", "text", "as it stands now"),
        Column("is_material", "bool", "more than chance would move it", required=True),
        Column("evidence", "text", "why we believe the change, or do not", required=True),
    ),
)

CHECKS = Artefact(
    "06_checks",
    "aggregate",
    "The mistakes that profiles are known for, each looked for",
    (
        Column("check", "text", "row of the mission", required=True, unique=True),
        Column("question", "text", "what is asked", required=True),
        Column(
            "result", "text", "the answer", required=True, one_of=("fine", "look at", "cannot tell")
        ),
        Column("sentence", "text", "the answer in words", required=True),
    ),
)

PROVENANCE = Artefact(
    "06_provenance",
    "aggregate",
    "Where each number on page one comes from",
    (
        Column("fact", "text", "what page one shows", required=True),
        Column("anchor", "text", "the table in the same file that it links to", required=True),
        Column("definition", "text", "how it is defined", required=True),
        Column("filter", "text", "which rows count", required=True),
        Column("artefact", "text", "the table it is computed from", required=True),
        Column("files", "text", "exports behind it", required=True),
    ),
)

FACTS = Artefact("06_report", "aggregate", "All that page one says, as data", model=ReportFacts)

ARTEFACTS = (MEASURES, SIGNS, QUESTIONS, QUARTERS, CHANGES, CHECKS, PROVENANCE, FACTS)
