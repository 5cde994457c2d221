"""Runs that nobody watches: the right quarter, new files, and what goes into the mail.

The only room beside the command line that may know what day it is; no analysis reads it.
"""

import datetime as dt
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from icplib import gather, words
from icplib.failures import StepFailed
from icplib.problems import UserError
from icplib.refresh import fingerprint, standing_inputs
from icplib.settings import Quarter
from icplib.workbook import Workbook, reports_root

LINES = 10  # of a covering mail
MESSAGE = "message.md"
NO_PERSONAS = 4  # exit code: the report stands, but the interviews could not be used
LIKE_A_QUARTER = re.compile(r"\d{4}\W*[qQ]\W*\d")


def today() -> dt.date:
    """The day, or the one that ``ICP_TODAY`` says."""
    said = os.environ.get("ICP_TODAY")
    return dt.date.fromisoformat(said) if said else dt.date.fromtimestamp(time.time())


def quarter_of(day: dt.date) -> Quarter:
    """The quarter that a day lies in."""
    return Quarter(f"{day.year}Q{(day.month + 2) // 3}")


def doubts(book: Workbook, day: dt.date, is_given: bool) -> list[str]:
    """Why this may not be the quarter to report on ``day``, each as a sentence; none is fine.

    ``is_given`` where somebody named the quarter: an old one, or one reported before, is meant.
    """
    said = [*_unfit(book, day), *book.copied(), *gather.stale(book)]
    if not is_given:
        said += _late(book, day)
        if standing_inputs(book) == fingerprint(book):
            said.append(f"{book.label} is reported already, from the very same files and settings.")
    meant = [name for name in book.strays() if LIKE_A_QUARTER.search(name)]
    return said + [
        f"raw/{name} is no quarter's folder: rename it, such as 2026Q3." for name in meant
    ]


def notes(book: Workbook) -> list[str]:
    """What lies in raw/ and is not used: told on screen, and no reason to stop."""
    other = [name for name in book.strays() if not LIKE_A_QUARTER.search(name)]
    return [
        f"raw/{name} belongs to no quarter and is not used: move it into a quarter's folder."
        for name in other
    ]


def _unfit(book: Workbook, day: dt.date) -> list[str]:
    quarter = book.quarter
    if day < quarter.start:
        return [f"{quarter} has not begun: it starts on {words.date(quarter.start)}."]
    if day <= quarter.end:
        return [
            f"{quarter} is not over: this report covers a part of it, which ends on"
            f" {words.date(quarter.end)}."
        ]
    return []


def _late(book: Workbook, day: dt.date) -> list[str]:
    due = quarter_of(day).previous()
    if not book.quarter < due:
        return []
    return [
        f"{due} is over and has no raw data yet; this is {book.quarter}. Put the exports of {due}"
        f" into raw/{due}, or run `icp init --add-quarter {due} FILES`."
    ]


def scheduled(
    company: str, look: Callable[[], Iterable[str]], run: Callable[[], tuple[Path, str]]
) -> tuple[int, list[str]]:
    """A run that cron starts: its exit code and the lines of its message, which a file keeps.

    3 and nothing run where ``look`` has doubts; 1 or 2, with the reason, where the run stopped.
    """
    try:
        code, lines = 3, list(look())
        if not lines:
            page, problem = run()
            summary = page.with_name("summary.md")
            text = summary.read_text(encoding="utf-8") if summary.is_file() else ""
            lines = [*text.splitlines(), *[problem] * bool(problem), f"The report: {page}"]
            code = NO_PERSONAS if problem else 0
    except UserError as fault:
        code, lines = 2, [p.sentence for p in getattr(fault, "problems", [fault])]
    except StepFailed as failed:
        code, lines = 2 if failed.by_user else 1, [str(failed)]
    if code and not lines[-1].startswith("The report:"):
        left = len(lines) - (LINES - 2)
        more = [f"And {words.plural(left, 'more line')}: run `icp check`."] if left > 0 else []
        lines = [f"{company} was not refreshed.", *lines[: LINES - 2], *more]
    path = reports_root() / company / MESSAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return code, lines
