"""`prospects.xlsx`: what it is, the list for sales, a sheet that scores, customers at risk."""

import io
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd
import xlsxwriter

from icplib import words
from icplib.scoring.companies import read_aloud, state_shares
from icplib.scoring.live import HEADERS, TOP, Live, listed_values
from icplib.scoring.words import describe_states
from icplib.tables.files import disarmed
from icplib.tables.step_04 import Scorecard
from icplib.vocabulary.judgements import FEW, OUT, TIERS
from icplib.words import is_missing

#: column of the list -> its header, for sellers to read
LISTED = {
    "account_name": "Company",
    "score": "Points",
    "tier": "Tier",
    "state": "State",
    "reasons_for": "Reasons for",
    "reasons_against": "Reasons against",
    "unknown": "Not known",
    "fill_first": "Find out first",
    "knock_out": "Out because",
    "red_flags": "Ask about",
    "owner": "Owner",
    "open_deal": "Open deal",
    "last_loss": "Last loss",
    "group_customer": "Customer in its group",
    "tier_before": "Tier last quarter",
    "moved_because": "Moved because",
    "sales_say": "Sales say",
    "engagement_level": "Engagement",
    "domain": "Domain",
    "account_id": "Account ID",
}
AT_RISK = {
    "account_name": "Customer",
    "revenue_per_year_amount": "Revenue a year",
    "red_flags": "Red flags of churn",
    "tier": "Tier",
    "owner": "Owner",
    "account_id": "Account ID",
}
ASKED = ("Verdict", "Why", "Until")  # sellers fill them in; read back as the source "verdicts"
FILLS = dict(zip(TIERS, ("#c6e7d4", "#e3f2e8", "#fdf0cf", "#e9ecf1"), strict=True))
FILLS |= {OUT: "#f6d5d2", FEW: "#ffffff"}
LONG = ("eason", "ecause", "flags", "about")  # headers of columns with sentences

FRONT = """
Companies that have not bought from {company}, those most like its best customers (by {best_by}) \
first. Points rank companies; they foretell no single deal.
{states}

{tiers}
A company that is out stays out whatever its points. One of which too little is known is in no \
tier: find out the fields named first.

Reasons name up to three attributes that lie furthest above, or below, what the average customer \
gets, with the points of those that there are.
"Ask about" names red flags of churn: a reason to ask, without points.
Owners are pseudonyms unless company.toml keeps them: [privacy] keep = ["accounts.Account Owner"].

If you see it otherwise: write accepted or refused under Verdict, why, and until which day \
(2026-12-31). Put the saved book among next quarter's exports; [sources] verdicts reads it.
"Score one": pick a company or type values. "Customers at risk": who pays today and carries flags.
"""


@dataclass(frozen=True)
class Book:
    """The card, the list, current customers with red flags, and rows of 01_accounts to pick."""

    card: Scorecard
    listed: pd.DataFrame
    at_risk: pd.DataFrame
    companies: pd.DataFrame
    rates: frozenset[str] = frozenset()  # attributes that are shares

    def made(self) -> bytes:
        """The book, dated by its quarter, so that equal tables give equal bytes."""
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            book.set_properties({"title": self.card.about, "created": self.card.day})
            pages = _Pages(book, self.card.about)
            pages.text("Start", self.front())
            pages.table("Prospects", self.listed, LISTED, ASKED)
            self._live(pages)
            pages.table("Customers at risk", self.at_risk, AT_RISK)
            pages.table("Card", read_aloud(self.card))
            pages.table("Values", listed_values(self.card, self.companies)).hide()
        return out.getvalue()

    def front(self) -> str:
        """What the book is and how it is read."""
        tiers = self.listed["tier"].value_counts()
        told = "\n".join(
            f"Tier {t.name}: {t.from_points} points or more; {t.chance}; best customers that the"
            f" card had not seen: {words.k_of_n(t.n_best, t.n)}; prospects: {tiers.get(t.name, 0)}"
            for t in self.card.tiers
            if t.from_points is not None
        )
        states = describe_states(state_shares(self.listed["state"]), "prospects")
        more = {"company": self.card.company, "best_by": self.card.best_by}
        return FRONT.format(states=states, tiers=told, **more)

    def _live(self, pages: "_Pages") -> None:
        sheet = pages.sheet("Score one", (26, 26, 26, 8, 8, 17, 60))
        live = Live(self.card, listed_values(self.card, self.companies))
        pages.write(
            sheet, 1, 0, "Pick a company in B3, or type values; what is typed counts first."
        )
        for i, j, content, result in live.cells(self.companies.head(1)):
            if result is None:
                pages.write(sheet, i, j, content)
            else:
                sheet.write_formula(i, j, content, None, result)
        last = len(self.companies)
        sheet.data_validation("B3", {"validate": "list", "source": f"=Values!$A$3:$A${last + 2}"})
        for i, name in enumerate(self.card.columns, TOP):
            sheet.write_blank(i, 1, None, pages.percent if name in self.rates else pages.input)
        sheet.set_column(len(HEADERS) - 1, len(HEADERS) - 1, None, None, {"hidden": True})


class _Pages:
    """Sheets of one book in one look; a text never becomes a formula."""

    def __init__(self, book: xlsxwriter.Workbook, about: str) -> None:
        self.book, self.about = book, about
        self.bold, self.wrapped = (
            book.add_format(f) for f in ({"bold": True}, {"text_wrap": True})
        )
        self.input = book.add_format({"bg_color": "#fff8dc", "border": 1})
        self.percent = book.add_format({"bg_color": "#fff8dc", "border": 1, "num_format": "0%"})
        self.fills = {tier: book.add_format({"bg_color": fill}) for tier, fill in FILLS.items()}

    def sheet(self, name: str, widths: tuple[int, ...]) -> Any:
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, self.about, self.bold)
        for j, width in enumerate(widths):
            sheet.set_column(j, j, width)
        return sheet

    def write(self, sheet: Any, i: int, j: int, cell: Any, look: Any = None) -> None:
        if isinstance(cell, str) and cell:
            sheet.write_string(i, j, disarmed(cell), look)
        elif not isinstance(cell, str) and not is_missing(cell):
            sheet.write(i, j, cell, look)

    def text(self, name: str, text: str) -> None:
        sheet = self.sheet(name, (110,))
        for i, line in enumerate(text.splitlines()):
            self.write(sheet, i + 1, 0, line, self.wrapped)

    def table(
        self, name: str, table: pd.DataFrame, named: dict = MappingProxyType({}), asked=()
    ) -> Any:
        """A list with its headers in the second line, frozen and to be filtered."""
        named = named or {column: column for column in table}
        headers = (*named.values(), *asked)
        widths = tuple(44 if any(word in h for word in LONG) else 16 for h in headers)
        sheet = self.sheet(name, widths)
        for j, header in enumerate(headers):
            self.write(sheet, 1, j, header, self.bold)
        for i, row in enumerate(table[list(named)].itertuples(index=False), 2):
            for j, cell in enumerate(row):
                look = self.fills.get(cell) if headers[j] == "Tier" else self.wrapped
                self.write(sheet, i, j, cell, look)
        last = max(len(table), 1) + 1
        sheet.freeze_panes(2, 1)
        sheet.autofilter(1, 0, last, len(headers) - 1)
        if asked:
            choose = {"validate": "list", "source": ["accepted", "refused"]}
            sheet.data_validation(2, len(named), last, len(named), choose)
        return sheet
