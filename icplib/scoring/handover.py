"""Files that people take away: the HubSpot build sheet and the list of prospects as CSV and Excel.

A cell that a spreadsheet would run as a formula is disarmed: text that begins with = + - @ or a
control character gets an apostrophe in front (OWASP, "CSV injection").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import pandas as pd

from icplib.conditions import Condition
from icplib.scoring import salesforce
from icplib.scoring.sql import DIALECTS, scorecard_sql
from icplib.tables.step_04 import Rule, Scorecard, Segment
from icplib.workbook import Workbook

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
PROSPECT_COLUMNS = (
    "account_id",
    "account_name",
    "domain",
    "score",
    "tier",
    "knock_out",
    "red_flags",
    "fits_icp",
    "reasons_for",
    "reasons_against",
    "unknown",
    "score_low",
    "score_high",
    "engagement_level",
)


def safe(cell):
    """The cell, disarmed where a spreadsheet would take it for a formula.

    Numbers and empty cells stay as they are.
    """
    if isinstance(cell, str) and cell.startswith(DANGEROUS):
        return "'" + cell
    return cell


def csv_text(table: pd.DataFrame) -> str:
    """``table`` as CSV (UTF-8, CRLF as RFC 4180 asks, headers and cells disarmed, empty where
    unknown).
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(str(name)) for name in table.columns])
    for row in table.itertuples(index=False):
        writer.writerow(["" if _is_missing(cell) else safe(cell) for cell in row])
    return out.getvalue()


def _is_missing(cell) -> bool:
    return (
        cell is None
        or cell is pd.NA
        or (not isinstance(cell, (str, tuple, list)) and pd.isna(cell))
    )


def xlsx_bytes(table: pd.DataFrame, title: str, day: pd.Timestamp) -> bytes:
    """``table`` as an Excel sheet: text stays text, header frozen and filterable.

    Dated ``day``, so equal tables give equal bytes.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": title, "created": day.to_pydatetime()})
        sheet = book.add_worksheet(title[:31])
        bold = book.add_format({"bold": True})
        for j, name in enumerate(table.columns):
            sheet.write_string(0, j, str(name), bold)
            sheet.set_column(j, j, 44 if str(name).startswith("reasons") else 16)
        for i, row in enumerate(table.itertuples(index=False), start=1):
            for j, cell in enumerate(row):
                if _is_missing(cell):
                    continue
                if isinstance(cell, (bool,)) or type(cell).__name__ in ("bool", "bool_"):
                    sheet.write_boolean(i, j, bool(cell))
                elif isinstance(cell, str):
                    sheet.write_string(i, j, safe(cell))
                else:
                    sheet.write_number(i, j, cell)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)
    return out.getvalue()


def prospects(scores: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Companies that have not bought, best first, those knocked out last.

    Ties by id, so the order is settled.
    """
    named = scores.merge(
        accounts[["account_id", "account_name", "domain"]], on="account_id", how="left"
    )
    some = named[named["is_prospect"].astype(bool)]
    is_out = some["knock_out"].fillna("").astype(str) != ""
    ranked = some.assign(_out=is_out).sort_values(
        ["_out", "score", "account_id"], ascending=[True, False, True], na_position="last"
    )
    return ranked[list(PROSPECT_COLUMNS)].reset_index(drop=True)


def hubspot_sheet(card: Scorecard) -> pd.DataFrame:
    """What to type into HubSpot's lead scoring tool.

    A company fit score of property groups, criteria and points.

    HubSpot's ranges include both ends, so half-open ranges are two criteria joined by AND.
    Knock-outs have no points: they are the filters of a list of companies to exclude from the
    score.
    """
    rows = []
    for name in card.attributes:
        rules = [rule for rule in card.rules if rule.attribute == name]
        limit = sum(rule.most for rule in rules)
        for rule in rules:
            rows += [
                dict(
                    zip(
                        ("Group", "Group limit", "Property", "Criteria", "Points"),
                        (rule.label, limit, name, words, s.points),
                        strict=True,
                    )
                )
                for s in rule.segments
                if s.points
                for words in [_hubspot_words(rule, s)]
            ]
    table = pd.DataFrame(rows, columns=["Group", "Group limit", "Property", "Criteria", "Points"])
    table.insert(0, "Score", "Company fit score")
    out = [
        ("Exclusion list", k.label, pd.NA, k.attribute, f"is known AND {in_hubspot(k)}", pd.NA)
        for k in card.knock_outs
    ]
    return (
        pd.concat([table, pd.DataFrame(out, columns=table.columns)])
        .astype({"Group limit": "Int64", "Points": "Int64"})
        .reset_index(drop=True)
    )


def _hubspot_words(rule: Rule, segment: Segment) -> str:
    """The criteria of one segment: its own condition, and none of those asked before."""
    if segment.kind == "unknown":
        return "is unknown"
    asked = [condition for condition, _ in rule.branches]
    if segment == rule.otherwise:
        parts = [in_hubspot(c.model_copy(update={"negated": not c.negated})) for c in asked]
        return " AND ".join(["is known", *(parts if rule.kind != "number" else parts[-1:])])
    at = [s for _, s in rule.branches].index(segment)
    before = [in_hubspot(c.model_copy(update={"negated": False})) for c in asked[:at][-1:]]
    return " AND ".join([*(before if rule.kind == "number" else []), in_hubspot(asked[at])])


_IN_HUBSPOT = {
    "<": "is less than",
    "<=": "is less than or equal to",
    ">": "is greater than",
    ">=": "is greater than or equal to",
}


def in_hubspot(condition: Condition) -> str:
    """A condition as HubSpot's filters say it."""
    if condition.op == "between":
        parts = [
            f"{_IN_HUBSPOT[sign]} {salesforce.plain(end)}" for sign, end in condition.comparisons
        ]
        return (" OR " if condition.negated else " AND ").join(parts)
    how = "is none of" if condition.negated else "is any of"
    return f"{how} {'; '.join(condition.values)}"


def export_files(
    wb: Workbook, card: Scorecard, scores: pd.DataFrame, accounts: pd.DataFrame
) -> list[str]:
    """Write every file of step 4 into the run's report folder; returns their names.

    Without a card only the JSON says why.
    """
    wb.export("scorecard.json", card.model_dump_json(indent=1) + "\n")
    if not card.available:
        return ["scorecard.json"]
    files: dict[str, str | bytes] = {}
    for dialect in DIALECTS:
        files[f"scorecard{'_' + dialect if dialect else ''}.sql"] = scorecard_sql(card, dialect)
    overrides: Mapping[str, str] = wb.settings.score.salesforce_fields
    files["scorecard_salesforce.txt"] = salesforce.formula_text(card, overrides)
    files["scorecard_hubspot.csv"] = csv_text(hubspot_sheet(card))
    listed = prospects(scores, accounts)
    if card.credit is not None:
        odds = card.intercept + card.slope * listed["score"].astype("float64")
        listed["credit_score"] = (
            (card.credit.offset + card.credit.factor * odds).round().astype("Int64")
        )
    files["prospects.csv"] = csv_text(listed)
    files["prospects.xlsx"] = xlsx_bytes(listed, "prospects", wb.as_of)
    for name, content in files.items():
        wb.export(name, content)
    return ["scorecard.json", *files]
