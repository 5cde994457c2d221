"""Artefacts of step 1, gather.

One typed row per company, and the open account of how it came about.
"""

from icplib.tables import Artefact, Column, levels, must, share
from icplib.vocabulary.people import FUNCTIONS, SENIORITIES

TIMINGS = ("before_sale", "after_sale", "unknown")

ACCOUNTS = Artefact(
    "01_accounts",
    "company",
    "one row per company as of the quarter's last day; beside the declared columns one per"
    " attribute of 01_attributes",
    {
        "account_id": must("the company's id in the CRM", unique=True),
        "account_name": "name as exported",
        "domain": "web domain, lower case, without www",
        "is_customer": must("has bought by the as-of date, those who left since included"),
        "is_churned": must("customer known to have left by the as-of date"),
        "is_prospect": must("has not bought yet"),
        "created_date": "when the record was created in the CRM",
        "start_date": (
            "first purchase, or the declared start where that is earlier or no purchase is known"
        ),
        "observed_from_date": "day from which a loss of this customer would have been recorded",
        "churn_date": "when the customer left",
        "churn_reason": "reason as recorded",
        "first_purchase_date": "first invoice, or first won deal where there are no invoices",
        "last_purchase_date": "last invoice or won deal by the as-of date",
        "tenure_days": Column("from start to churn or as-of date", low=0),
        "revenue_amount": "sum of invoices (of won deals where there are none) by the as-of date",
        "profit_amount": "revenue minus invoiced cost; empty where no cost is known",
        "value_start_date": (
            "first purchase that cost something; of those who came back as best.returners says"
        ),
        "first_year_revenue_amount": (
            "revenue of the 365 days from value_start_date; empty until they are over"
        ),
        "first_year_profit_amount": "the same after invoiced cost",
        "last_year_revenue_amount": (
            "revenue of the last 365 days before leaving or the as-of date, of the same customers"
        ),
        "last_year_profit_amount": "the same after invoiced cost",
        "revenue_per_year_amount": Column(
            "revenue until leaving over tenure in years; empty below best.min_tenure_days",
            unit="company currency a year",
        ),
        "profit_per_year_amount": Column(
            "profit until leaving over tenure in years; empty below best.min_tenure_days",
            unit="company currency a year",
        ),
        "n_invoices": "invoices by the as-of date",
        "n_won": "deals won by the as-of date",
        "n_lost": "deals lost by the as-of date",
        "n_open": "deals open on the as-of date",
        "win_rate": share("won over won and lost"),
        "cycle_days_median": Column(
            "median from creation to close of won deals", "float", "days", low=0
        ),
        "discount_rate": "mean discount over won deals",
        "n_quote_revisions_max": Column("most quote revisions of any deal", "float"),
        "n_tickets": "support tickets opened by the as-of date",
        "support_hours": "hours spent on them",
        "support_cost_amount": "hours times anti.hour_cost",
        "support_cost_share": (
            "support cost over revenue, both after the landmark day of churn.landmark_days"
        ),
        "n_contacts": "people known at the company",
        "n_touches": "messages sent or events met with",
        "n_clicks": "of them clicked",
        "n_replies": "of them replied to",
        "top_channel": "most frequent channel of those with a reaction, ties in alphabetical order",
        "owner": "who looks after the account, hashed",
        "family_id": "company group: the smallest id of those joined by parent, domain or name",
    },
    open=True,
)

ATTRIBUTES = Artefact(
    "01_attributes",
    "aggregate",
    "what is known about companies: each attribute's kind, timing and whether it may become a"
    " pattern",
    {
        "attribute": must("name of the column in 01_accounts", unique=True),
        "label": must("name for readers"),
        "kind": must(
            "level of measurement", "nominal", "set", "ordinal", "count", "amount", "rate", "date"
        ),
        "group": must("what it describes", "firmographic", "technographic", "behavioural"),
        "source": "source and header it comes from",
        "unit": "unit of its numbers",
        "timing": must("when it is written", *TIMINGS),
        "use": must("may it become a pattern", "pattern", "kept_out"),
        "reason": "why so",
        "levels": Column(
            "levels of an ordinal from low to high, each prefixed by its rank ('1 low'); empty for"
            " other kinds",
            "set",
        ),
        "n_accounts": "companies",
        "n_known": "of them known",
        "known_share": share("share known"),
        "mission_row": (
            "row of the attribute catalogue (A1 industry ... A21 satisfaction), where it is one"
        ),
    },
)

DEALS = Artefact(
    "01_deals",
    "company",
    "deals created by the as-of date, as they stood then",
    {
        "deal_id": must("id in the CRM", unique=True),
        "account_id": must("company"),
        "created_date": "creation",
        "close_date": "close; empty while open",
        "is_closed": must("closed by the as-of date"),
        "is_won": must("won by the as-of date"),
        "deal_amount": "amount as of the export",
        "discount_rate": "discount",
        "n_quote_revisions": Column("revisions of the quote", "float"),
        "lead_source": "where the lead came from",
        "lost_reason": "reason of a loss",
        "cycle_days": "from creation to close of closed deals",
        "owner": "who sells, hashed",
    },
    open=True,
)

CONTACTS = Artefact(
    "01_contacts",
    "person",
    "people at the companies, without names and addresses",
    {
        "contact_id": must("hashed id", unique=True),
        "account_id": must("company"),
        "created_date": "creation",
        "buying_role": "declared role in the purchase",
        "seniority": levels("declared, or read from the title", *SENIORITIES),
        "function": levels("declared, or read from the title", *FUNCTIONS),
        "title_generic": "seniority and function in words; the title itself is not kept",
    },
    open=True,
)

ENGAGEMENT = Artefact(
    "01_engagement",
    "person",
    "messages and events up to the as-of date",
    {
        "contact_id": "hashed id",
        "account_id": "company",
        "date": "day",
        "channel": "channel",
        "content": "content or format",
        "buying_role": "role of the contact",
        "is_sent": "sent",
        "is_opened": "opened",
        "is_clicked": "clicked",
        "is_replied": "replied",
    },
    open=True,
)

TICKETS = Artefact(
    "01_tickets",
    "company",
    "support tickets opened by the as-of date",
    {
        "ticket_id": must("id"),
        "account_id": must("company"),
        "opened_date": "opening",
        "hours": "time spent",
        "tag": "subject",
    },
    open=True,
)

MARKET_NOTES = Artefact(
    "01_market_notes",
    "company",
    "dated notes on the market, entered by people",
    {
        "date": must("day"),
        "kind": must("what it is about", "competitor", "regulation", "technology", "market"),
        "note": "the note",
        "source": "where it was learned",
    },
)

VERDICTS = Artefact(
    "01_verdicts",
    "company",
    "what sellers say of the scores of companies",
    {
        "account_id": must("company"),
        "verdict": must("whether the seller accepts the score", "accepted", "refused"),
        "reason": "why",
        "given_date": "day on which it was said",
        "until_date": "last day on which it holds",
    },
)

SOURCES = Artefact(
    "01_sources",
    "aggregate",
    "every source of the settings: what file it was and what was recognised in it",
    {
        "source": must("our name", unique=True),
        "file": "file, table or statement",
        "preset": "preset that mapped it",
        "format": "format, encoding and separator",
        "n_rows": "lines of data met",
        "n_kept": "rows that entered the artefacts",
        "sha256": "hash of the file as it came",
        "n_columns": "columns of the file",
        "n_unknown_columns": "columns that no mapping knows",
        "evidence": "weakest grade of evidence among the headers used",
        "needs": "for an absent source: what it would make possible",
    },
)

COLUMNS = Artefact(
    "01_columns",
    "aggregate",
    "every column of the raw files: what it became, when it is written, what happened to it"
    " and why",
    {
        "source": must("our name of the source"),
        "column": must("header in the file"),
        "maps_to": "our column; empty when it is not used",
        "grade": (
            "evidence of the mapping: A seen, B documented, C and D third party, ? from memory, set"
            " by hand"
        ),
        "timing": must("when it is written", *TIMINGS),
        "use": must("what became of it", "pattern", "kept_out", "joins", "dropped"),
        "reason": "why",
        "privacy": must("personal data", "none", "dropped", "hashed", "kept"),
    },
    key=("source", "column"),
)

QUALITY = Artefact(
    "01_quality",
    "company",
    "what was found wrong or doubtful, what was done, what the analyst may decide otherwise",
    {
        "check": must("what was looked for"),
        "source": must("where"),
        "column": "which column",
        "n": must("how many"),
        "examples": "up to three",
        "done": must("what was done"),
        "decide_in_settings": "how to decide otherwise in company.toml",
    },
)

READINGS = Artefact(
    "01_readings",
    "company",
    "what each column was read as, and each word that decides about deals and documents, and which"
    " currency was converted at which rate",
    {
        "source": must("our name of the source"),
        "column": must("header in the file"),
        "value": must("the word: a stage, a status, a type, a currency", type="text"),
        "n": must("rows"),
        "amount": "their money",
        "read_as": must("what it was read as"),
    },
    key=("source", "column", "value"),
)

ATTRITION = Artefact(
    "01_attrition",
    "aggregate",
    "how many rows each stage dropped and why; n_in - n_dropped = n_out, and each stage begins"
    " where the last ended",
    {
        "source": must("our name of the source"),
        "stage": must("stage"),
        "n_in": must("rows that came in"),
        "n_dropped": must("rows dropped"),
        "n_out": must("rows that went on"),
        "amount": "money of the rows dropped",
        "reason": "why",
    },
    key=("source", "stage"),
)

READINESS = Artefact(
    "01_readiness",
    "aggregate",
    "whether the data can carry what follows",
    {
        "step": must("step"),
        "needs": must("what it needs"),
        "n_have": must("how many there are"),
        "n_need": must("how many are needed"),
        "is_enough": must("is that enough"),
        "sentence": must("in words"),
    },
)

ARTEFACTS = (
    ACCOUNTS,
    ATTRIBUTES,
    DEALS,
    CONTACTS,
    ENGAGEMENT,
    TICKETS,
    MARKET_NOTES,
    VERDICTS,
    SOURCES,
    COLUMNS,
    QUALITY,
    ATTRITION,
    READINGS,
    READINESS,
)
