"""Files that people take away, each made by one registered function.

A cell that a spreadsheet would run as a formula is disarmed.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from icplib import words
from icplib.scoring import hubspot, salesforce
from icplib.scoring.companies import score_companies
from icplib.scoring.sql import DIALECTS, Columns, Table, scorecard_sql
from icplib.tables.files import disarmed
from icplib.tables.step_04 import Scorecard
from icplib.workbook import Workbook

PROSPECT_COLUMNS = (
    "account_id",
    "account_name",
    "domain",
    "score",
    "tier",
    "state",
    "fill_first",
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


def csv_text(table: pd.DataFrame) -> str:
    """``table`` as CSV: UTF-8, CRLF as RFC 4180 asks, cells disarmed, empty where unknown."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([disarmed(str(name)) for name in table.columns])
    for row in table.itertuples(index=False):
        writer.writerow(["" if _is_missing(cell) else disarmed(cell) for cell in row])
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
                    sheet.write_string(i, j, disarmed(cell))
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


# the files
# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bundle:
    """What the files are made of: the run, its card, 04_scores and 01_accounts."""

    wb: Workbook
    card: Scorecard
    scores: pd.DataFrame
    accounts: pd.DataFrame

    @cached_property
    def prospects(self) -> pd.DataFrame:
        """The list for sales, with the credit convention where settings ask for it."""
        listed = prospects(self.scores, self.accounts)
        if self.card.credit is not None:
            odds = self.card.intercept + self.card.slope * listed["score"].astype("float64")
            credit = self.card.credit.offset + self.card.credit.factor * odds
            listed["credit_score"] = credit.round().astype("Int64")
        return listed


Writer = Callable[[Bundle], str | bytes]
#: file name -> (its writer, what to do with the file)
EXPORTERS: dict[str, tuple[Writer, str]] = {}


def exporter(filename: str, use: str) -> Callable[[Writer], Writer]:
    """Register the function below as the writer of a file; ``use`` is told in the report."""

    def register(writer: Writer) -> Writer:
        EXPORTERS[filename] = (writer, use)
        return writer

    return register


for _dialect, _name in DIALECTS.items():

    @exporter(
        f"scorecard{'_' + _dialect if _dialect else ''}.sql",
        f"run it in {_name} over the CRM's table of companies",
    )
    def _sql(bundle: Bundle, dialect: str = _dialect) -> str:
        return scorecard_sql(bundle.card, dialect, Table(columns=columns_of(bundle)))


@exporter(
    "scorecard_salesforce.txt", "let the Salesforce administrator make the formula fields it lists"
)
def _salesforce(bundle: Bundle) -> str:
    score = bundle.wb.settings.score
    return salesforce.formula_text(
        bundle.card,
        score.salesforce_fields,
        currency=bundle.wb.settings.currency,
        zeroes=zeroes_told(bundle.card, bundle.accounts),
    )


@exporter("scorecard_hubspot.csv", "type it into HubSpot's score builder, row by row")
def _hubspot(bundle: Bundle) -> str:
    names = bundle.wb.settings.score.hubspot_properties
    return csv_text(hubspot.build_sheet(bundle.card, names))


@exporter("hubspot_values.csv", "import it into HubSpot as properties of existing companies")
def _hubspot_values(bundle: Bundle) -> str:
    return csv_text(hubspot.values(bundle.card, bundle.scores, bundle.accounts))


@exporter("prospects.csv", "load it into the CRM or any sheet")
def _prospects(bundle: Bundle) -> str:
    return csv_text(bundle.prospects)


@exporter("prospects.xlsx", "give it to sales")
def _prospects_book(bundle: Bundle) -> bytes:
    return xlsx_bytes(bundle.prospects, "prospects", bundle.wb.as_of)


def columns_of(bundle: Bundle) -> Columns:
    """The headers of the accounts as the files have them, with the units of settings."""
    read = bundle.wb.read("01_columns")
    own = read[(read["source"] == "accounts") & read["maps_to"].notna()]
    given = dict(zip(own["maps_to"], own["column"], strict=True))
    given |= bundle.wb.settings.score.sql_columns
    rates = {r.attribute for r in bundle.wb.read("01_attributes").itertuples() if r.kind == "rate"}
    names, percents = {}, set()
    for attribute in ("account_id", *bundle.card.columns):
        column, _, unit = given.get(attribute, attribute).partition(":")
        names[attribute] = column
        is_percent = unit == "percent" or (not unit and bundle.wb.settings.preset == "salesforce")
        if attribute in rates and is_percent:
            percents.add(attribute)
    return Columns(names, frozenset(percents))


def zeroes_told(card: Scorecard, accounts: pd.DataFrame) -> list[str]:
    """What changes where a CRM reads blank numbers as zeroes, counted on these accounts."""
    told, before = [], score_companies(card, accounts)
    for rule in card.rules:
        name = rule.attribute
        if rule.kind != "number" or name in card.never_zero or name not in accounts:
            continue
        after = score_companies(card, accounts.assign(**{name: accounts[name].fillna(0)}))
        n_points, n_tiers = (int((before[c] != after[c]).sum()) for c in ("score", "tier"))
        told.append(
            f"{words.plural(n_points, 'account')} without {rule.label} get other points,"
            f" {words.number(n_tiers)} another tier."
        )
    return told


def export_files(
    wb: Workbook, card: Scorecard, scores: pd.DataFrame, accounts: pd.DataFrame
) -> dict[str, str]:
    """Write every file of step 4 into the run's report folder: file name -> what to do with it.

    Without a card only the JSON says why.
    """
    wb.export("scorecard.json", card.model_dump_json(indent=1) + "\n")
    told = {"scorecard.json": "the card as data"}
    bundle = Bundle(wb, card, scores, accounts)
    for filename, (writer, use) in EXPORTERS.items() if card.available else ():
        wb.export(filename, writer(bundle))
        told[filename] = use
    return told
