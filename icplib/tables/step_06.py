"""Artefacts of notebook 06: measures, refresh signs, changes, checks, provenance, page one."""

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from icplib.conditions import Frozen
from icplib.tables import Artefact, Column, levels, must, share


class LogEntry(Frozen):
    """One line of the decision log."""

    date: dt.date
    role: str
    decision: str
    evidence: str
    sign: str = ""  #: the refresh sign that it answers


class Universe(Frozen):
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


class ReportFacts(Frozen):
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
    {
        "measure": must("id of the measure"),
        "title": must("name of the measure"),
        "metric": must(
            "row of the 4 x 2 table",
            "lead quality",
            "conversion rate",
            "customer value",
            "sales cycle length",
        ),
        "focus": must("column of the 4 x 2 table", "ICP", "persona"),
        "persona": "which persona; empty for measures of the ICP",
        "side": must(
            "in the ICP, outside, not known, or the difference in minus out; '... now', '..."
            " before' and '... change' hold the latest window of the refresh signs against the four"
            " quarters before it",
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
        "label": must("the side in words"),
        "unit": must("unit of value and interval", "share", "amount", "days"),
        "n": must("cases behind the value"),
        "n_counted": must("what n counts: leads, deals, customers, touches", type="text"),
        "k": Column("cases that count as a success, for shares", "int"),
        "value": "estimate in unit",
        "low": "lower end of the 95 % interval",
        "high": "upper end of the 95 % interval",
        "window": must("quarters looked at"),
        "previous_value": "the same measure in the previous report",
        "change": Column("value minus previous value", "float"),
        "change_low": "lower end of the change's 95 % interval",
        "change_high": "upper end of the change's 95 % interval",
        "is_definition_changed": "the previous report defined it, or the ICP, differently",
    },
    key=("measure", "persona", "side"),
)

STATES = ("quiet", "on", "too few", "unknown")

SIGNS = Artefact(
    "06_signs",
    "aggregate",
    "The refresh signs: computed, entered by a person, or unknown; never silently green",
    {
        "sign": must("id of the sign", unique=True),
        "label": must("the sign in words"),
        "status": must("how it is known", "computed", "entered", "unknown"),
        "is_fired": "whether it says that something moved; empty where unknown",
        "state": levels("quiet, on since a break, or not to be told", *STATES),
        "break_quarter": "where on: the quarter in which it began",
        "fired_quarter": "where on: the quarter that first said so",
        "base_from": "first quarter of the base, where people decided on one",
        "broken": Column("quarters of ended alarms, which no base may hold", "set"),
        "unit": "unit of now and before",
        "window": "quarters that now is of",
        "window_before": "quarters that before is of",
        "now": Column("value in the window looked at", "float"),
        "before": Column("value in the window it is held against", "float"),
        "difference": Column("now against before", "float"),
        "low": "lower end of the difference's 95 % interval",
        "high": "upper end of the difference's 95 % interval",
        "p": "one-sided p, which has paid for choosing the window",
        "n_now": "cases now",
        "n_before": "cases before",
        "latest_date": "newest dated entry",
        "sentence": must("what it says, and what it could not have seen"),
    },
)

RECORD = Artefact(
    "06_record",
    "aggregate",
    "The record of being right: statements that earlier quarters called proven, asked again of what"
    " came after, nothing chosen again",
    {
        "statement": must("the statement in words"),
        "kind": must("what it is", "line", "driver", "disqualifier", "red flag", "persona"),
        "claimed_quarter": must("the first quarter that called it proven"),
        "state": must("what became of it", "held", "did not hold", "too early"),
        "promise": share("chance that it shows again among so many new cases, as claimed"),
        "k_with": Column("new cases with it that are best, left, said so", "int", low=0),
        "n_with": "new cases with it",
        "k_without": Column("the same of the others", "int", low=0),
        "n_without": "the others",
    },
)

QUESTIONS = Artefact(
    "06_questions",
    "aggregate",
    "Two questions: does the ICP still separate, and did everything move? Each side before the"
    " break and since, judged by the profile that stood before the quarter",
    {
        "question": must(
            "separates: fit against others; market: all, whatever the fit; line: one line of the"
            " profile, those who meet it against those who do not",
            "separates",
            "market",
            "line",
        ),
        "measure": must("what is compared", "win rate", "cycle", "revenue", "leaving"),
        "side": must(
            "fit, others, their gap (fit minus others; for leaving fit over others), all, or the"
            " line in words"
        ),
        "unit": must("of the values", "share", "days", "amount", "ratio"),
        "window_before": "quarters before, in words",
        "window_since": "quarters since, in words",
        "break_quarter": "first quarter since; empty where nothing broke",
        "k_before": Column("won, left: cases that count, before", "int", low=0),
        "n_before": "cases before",
        "before": Column("value before", "float"),
        "before_low": "lower 95 % limit",
        "before_high": "upper 95 % limit",
        "k_since": Column("cases that count, since", "int", low=0),
        "n_since": "cases since",
        "since": Column("value since; gap: fit minus others since", "float"),
        "since_low": "lower 95 % limit",
        "since_high": "upper 95 % limit",
        "estimate": "since minus before: how much it moved",
        "low": "lower 95 % limit",
        "high": "upper 95 % limit",
        "p": "one-sided p of a turn to the worse",
        "state": must(
            "fit, others, all: quiet, on (fell beyond chance), too few; gap, line: separates,"
            " cannot tell, failed (fell by more than the others beyond chance), too few",
            "quiet",
            "on",
            "separates",
            "cannot tell",
            "failed",
            "too few",
        ),
    },
    key=("question", "measure", "side"),
)

QUARTERS = Artefact(
    "06_quarters",
    "aggregate",
    "Win rate and cycle by quarter for those who fit and the others, each quarter judged by the"
    " profile that stood before it",
    {
        "quarter": must("2026Q3"),
        "side": must("whose deals", "fit", "others", "all"),
        "k": must("won", type="int", low=0),
        "n": must("closed"),
        "estimate": Column("share won", unit="share"),
        "low": Column("lower 95 % limit (Wilson)", unit="share"),
        "high": Column("upper 95 % limit (Wilson)", unit="share"),
        "n_cycle": "won deals whose length is known",
        "cycle_days": "median days from creation to a won close",
        "cycle_low": Column("lower 95 % limit", unit="days"),
        "cycle_high": Column("upper 95 % limit", unit="days"),
        "judged_by": "quarter of the profile that judged; 'held out' where none stood",
        "is_whole": must("wholly on record"),
        "is_broken": must("the side's win rate is below its base beyond chance"),
    },
    key=("quarter", "side"),
)

CHANGES = Artefact(
    "06_changes",
    "aggregate",
    "Quarter against quarter, statement by statement",
    {
        "area": must(
            "what changed",
            "profile",
            "red flags",
            "score",
            "tiers",
            "personas",
            "measures",
            "definition",
        ),
        "item": must("the statement"),
        "kind": must("what happened to it", "added", "dropped", "changed", "within uncertainty"),
        "before": "as it stood in the previous report",
        "now": "as it stands now",
        "is_material": must("more than chance would move it"),
        "evidence": must("why we believe the change, or do not"),
    },
)

CHECKS = Artefact(
    "06_checks",
    "aggregate",
    "The mistakes that profiles are known for, each looked for",
    {
        "check": must("row of the mission", unique=True),
        "question": must("what is asked"),
        "result": must("the answer", "fine", "look at", "cannot tell"),
        "sentence": must("the answer in words"),
    },
)

PROVENANCE = Artefact(
    "06_provenance",
    "aggregate",
    "Where each number on page one comes from",
    {
        "fact": must("what page one shows"),
        "anchor": must("the table in the same file that it links to"),
        "definition": must("how it is defined"),
        "filter": must("which rows count"),
        "artefact": must("the table it is computed from"),
        "files": must("exports behind it"),
    },
)

FACTS = Artefact("06_report", "aggregate", "All that page one says, as data", model=ReportFacts)

ARTEFACTS = (MEASURES, SIGNS, RECORD, QUESTIONS, QUARTERS, CHANGES, CHECKS, PROVENANCE, FACTS)
