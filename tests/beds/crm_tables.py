"""The companies of `book_bed` as two CRMs keep them: their columns, units, separators, capitals."""

from book_bed import bed, bed_card
from icplib.scoring.sql import Columns, Table, scorecard_sql

SALESFORCE = Columns(
    {
        "account_id": "Account ID",
        "n_employees": "Employees",
        "growth_rate": "Revenue Growth (YoY)",
        "industry": "Industry",
        "tech_stack": "Tech Stack",
        "n_offices": "Number of Offices",
        "region": "Region",
    },
    frozenset({"growth_rate"}),
)
HUBSPOT = Columns(
    {
        "account_id": "hs_object_id",
        "n_employees": "numberofemployees",
        "growth_rate": "growth",
        "industry": "industry",
        "tech_stack": "web_technologies",
        "n_offices": "offices",
        "region": "region",
    }
)


def crm_table(columns):
    """Rows as the CRM has them: percent where it keeps percent, lists as reports print them."""
    table = bed().drop(columns="account_name")
    is_salesforce = columns is SALESFORCE
    between = " ; " if is_salesforce else ";"
    stack = [None if s is None else between.join(s) or "(none)" for s in table["tech_stack"]]
    table["tech_stack"] = [s if s is None or is_salesforce else s.upper() for s in stack]
    table["industry"] = " " + table["industry"].str.upper() + " "
    if is_salesforce:
        table["growth_rate"] = table["growth_rate"] * 100
    return table.rename(columns=dict(columns.names))[list(columns.names.values())]


def crm_sql(columns, dialect):
    """The scorecard over that table, named accounts."""
    return scorecard_sql(bed_card(), dialect, Table(columns=columns), comments=False)
