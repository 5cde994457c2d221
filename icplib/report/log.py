"""The log of decisions, carried from report to report in ``decisions.csv``."""

import csv
import datetime as dt
import io

from icplib.problems import UserError
from icplib.report.inputs import Inputs
from icplib.tables.files import disarmed
from icplib.tables.step_06 import LogEntry


def decision_log(inputs: Inputs, word: str, headline: str) -> tuple[LogEntry, ...]:
    """Decisions so far: earlier ones, the company's new ones, and what this report recommends.

    Earlier ones are the previous report's. New lines of ``decisions.csv`` (date, role, decision,
    evidence; beside ``company.toml``) are dated by the as-of day.
    """
    entries = list(inputs.previous["06_report"].log) if inputs.previous else []
    entries += _from_file(inputs)
    entries.append(
        LogEntry(
            date=inputs.as_of.date(),
            role="this report (recommendation)",
            decision=f"{word}: {headline}",
            evidence=f"report {inputs.workbook.label}",
        )
    )
    unique = {(e.date, e.role, e.decision): e for e in entries if e.date <= inputs.as_of.date()}
    return tuple(sorted(unique.values(), key=lambda e: (e.date, e.role)))


def _from_file(inputs: Inputs) -> list[LogEntry]:
    path = inputs.workbook.folder / "decisions.csv"
    if not path.is_file():
        return []
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    entries = []
    for number, row in enumerate(rows, 2):
        try:
            entries.append(
                LogEntry(
                    date=dt.date.fromisoformat((row["date"] or "").strip()),
                    role=row["role"],
                    decision=row["decision"],
                    evidence=row["evidence"] or "",
                    sign=(row.get("sign") or "").strip(),
                )
            )
        except (KeyError, ValueError) as error:
            raise UserError(
                f"cannot read this decision: {error}",
                file=path,
                row=number,
                remedy="Columns are date (2026-09-30), role, decision, evidence, and where a"
                " decision answers a refresh sign, sign.",
            ) from None
    return entries


def decided(inputs: Inputs, sign: str) -> list[int]:
    """Quarters, as numbers, in which people answered a refresh sign (column ``sign``)."""
    days = [e.date for e in _from_file(inputs) if e.sign == sign and e.date <= inputs.as_of.date()]
    return [day.year * 4 + (day.month - 1) // 3 for day in days]


def log_csv(log: tuple[LogEntry, ...]) -> str:
    """The log as the file that is carried forward."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("date", "role", "decision", "evidence", "sign"))
    for e in log:
        writer.writerow(map(disarmed, (str(e.date), e.role, e.decision, e.evidence, e.sign)))
    return out.getvalue()
