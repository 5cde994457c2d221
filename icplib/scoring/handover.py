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
from icplib.tables.files import disarmed, handout
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
        """The list for sales; those that sellers refuse, or a trial holds out, behind the others."""  # noqa: E501
        listed = prospects(self.scores, self.accounts).merge(self.beside, "left", "account_id")
        aside = listed["sales_say"].fillna("").str.startswith(("refused", "left alone"))
        order = aside.astype(int) + 2 * (listed["knock_out"].fillna("") != "")
        return listed.iloc[order.argsort(kind="stable")].assign(card=self.card.about)

    @cached_property
    def beside(self) -> pd.DataFrame:
        """What sales know of each account beside its score: owner, deals, moves, verdicts."""
        told = sales_beside(self.accounts, self.wb.read("01_deals"), self.wb.settings.currency)
        movers = self.wb.read("04_movers")[["account_id", "tier_before", "moved_because"]]
        told["sales_say"] = told["account_id"].map(self._say).astype("str")
        return told.merge(movers, "left", "account_id")

    @property
    def _say(self) -> dict[str, str]:
        said, trial = self.wb.read("04_verdicts"), self.wb.read("04_trial")
        held = trial[(trial["arm"] == "hold out") & trial["is_won"].isna()]
        return {
            row.account_id: f"{row.verdict} until {words.day(row.until_date)}"
            + ("" if words.is_missing(row.reason) else f": {row.reason}")
            for row in said[said["is_active"]].itertuples()
        } | {
            row.account_id: f"left alone until {words.day(row.end_date)} (trial)"
            for row in held.itertuples()
        }

    @property
    def at_risk(self) -> pd.DataFrame:
        """Current customers with red flags of churn, those that pay most first."""
        is_here = self.accounts["is_customer"] & ~self.accounts["is_churned"].fillna(False)
        columns = ["account_id", "account_name", "revenue_per_year_amount"]
        here = self.accounts.loc[is_here, columns]
        flagged = self.scores.loc[self.scores["red_flags"].fillna("") != ""]
        rows = here.merge(flagged[["account_id", "tier", "red_flags"]], "inner", "account_id")
        rows = rows.merge(self.beside[["account_id", "owner"]], "left", "account_id")
        by = ["revenue_per_year_amount", "account_id"]
        return rows.sort_values(by, ascending=[False, True], na_position="last")


def sales_beside(accounts: pd.DataFrame, deals: pd.DataFrame, currency: str) -> pd.DataFrame:
    """account_id, owner, open_deal, last_loss, group_customer, in words."""
    owner, opened, lost = {}, {}, {}
    for deal in deals.sort_values(["created_date", "deal_id"]).itertuples():
        owner[deal.account_id] = deal.owner
        if not deal.is_closed:
            amount = words.money(deal.deal_amount, currency)
            opened[deal.account_id] = f"{amount} since {words.day(deal.created_date)}"
        elif not deal.is_won:
            why = "" if words.is_missing(deal.lost_reason) else f": {deal.lost_reason}"
            lost[deal.account_id] = words.day(deal.close_date) + why
    is_here = accounts["is_customer"] & ~accounts["is_churned"].fillna(False)
    group = accounts[is_here].dropna(subset="family_id").drop_duplicates("family_id")
    ids, kept = accounts["account_id"], accounts.get("owner_attribute", accounts["owner"])
    columns = {
        "account_id": ids,
        "owner": kept.fillna(ids.map(owner).astype("str")),
        "open_deal": ids.map(opened),
        "last_loss": ids.map(lost),
        "group_customer": accounts["family_id"].map(group.set_index("family_id")["account_name"]),
    }
    return pd.DataFrame(columns)


Writer = Callable[[Bundle], str | bytes]
#: file name -> its writer; what to do with it stands in the list of all files
EXPORTERS: dict[str, Writer] = {}


def exporter(filename: str) -> Callable[[Writer], Writer]:
    """Register the function below as the writer of a file; empty content is not written."""

    def register(writer: Writer) -> Writer:
        EXPORTERS[filename] = writer
        return writer

    return register


for _dialect in DIALECTS:

    @exporter(f"scorecard{'_' + _dialect if _dialect else ''}.sql")
    def _sql(bundle: Bundle, dialect: str = _dialect) -> str:
        return scorecard_sql(bundle.card, dialect, Table(columns=columns_of(bundle)))


@exporter("scorecard_salesforce.txt")
def _salesforce(bundle: Bundle) -> str:
    score = bundle.wb.settings.score
    return salesforce.formula_text(
        bundle.card,
        score.salesforce_fields,
        currency=bundle.wb.settings.currency,
        zeroes=zeroes_told(bundle.card, bundle.accounts),
    )


@exporter("scorecard_hubspot.csv")
def _hubspot(bundle: Bundle) -> str:
    names = bundle.wb.settings.score.hubspot_properties
    return csv_text(hubspot.build_sheet(bundle.card, names))


@exporter("hubspot_values.csv")
def _hubspot_values(bundle: Bundle) -> str:
    return csv_text(hubspot.values(bundle.card, bundle.scores, bundle.accounts))


@exporter("prospects.csv")
def _prospects(bundle: Bundle) -> str:
    return csv_text(bundle.prospects)


@exporter("prospects.xlsx")
def _prospects_book(bundle: Bundle) -> bytes:
    from icplib.scoring.books import Book  # a spreadsheet library that nothing else needs

    accounts, catalogue = bundle.accounts, bundle.wb.read("01_attributes")
    order = pd.Index(accounts["account_id"]).get_indexer(bundle.prospects["account_id"])
    companies = accounts.iloc[order] if len(order) else accounts
    rates = catalogue.loc[catalogue["kind"] == "rate", "attribute"]
    return Book(bundle.card, bundle.prospects, bundle.at_risk, companies, frozenset(rates)).made()


@exporter("score_trial.csv")
def _trial(bundle: Bundle) -> str:
    drawn = bundle.wb.read("04_trial").drop(columns="is_won")
    names = bundle.accounts[["account_id", "account_name"]]
    return csv_text(drawn.merge(names, "left", "account_id")) if len(drawn) else ""


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
    made = {"scorecard.json": card.model_dump_json(indent=1) + "\n"}
    bundle = Bundle(wb, card, scores, accounts)
    if card.available:
        made |= {name: writer(bundle) for name, writer in EXPORTERS.items()}
    made = {name: content for name, content in made.items() if content}
    for name, content in made.items():
        wb.export(name, content)
    return {name: handout(name).use for name in made}
