"""Artefacts of step 1, gather.

One typed row per company, and the open account of how it came about.
"""

from icplib.tables import Artefact, Column
from icplib.vocabulary.people import FUNCTIONS, SENIORITIES

TIMINGS = ("before_sale", "after_sale", "unknown")

ACCOUNTS = Artefact(
    "01_accounts",
    "company",
    "one row per company as of the quarter's last day; beside the declared columns one per"
    " attribute of 01_attributes",
    (
        Column("account_id", "id", "the company's id in the CRM", required=True, unique=True),
        Column("account_name", "text", "name as exported"),
        Column("domain", "text", "web domain, lower case, without www"),
        Column(
            "is_customer",
            "bool",
            "has bought by the as-of date, those who left since included",
            required=True,
        ),
        Column(
            "is_churned", "bool", "customer known to have left by the as-of date", required=True
        ),
        Column("is_prospect", "bool", "has not bought yet", required=True),
        Column("created_date", "date", "when the record was created in the CRM"),
        Column(
            "start_date",
            "date",
            "first purchase, or the declared start where that is earlier or no purchase is known",
        ),
        Column(
            "observed_from_date",
            "date",
            "day from which a loss of this customer would have been recorded",
        ),
        Column("churn_date", "date", "when the customer left"),
        Column("churn_reason", "text", "reason as recorded"),
        Column(
            "first_purchase_date",
            "date",
            "first invoice, or first won deal where there are no invoices",
        ),
        Column("last_purchase_date", "date", "last invoice or won deal by the as-of date"),
        Column("tenure_days", "float", "from start to churn or as-of date", "days", low=0),
        Column(
            "revenue_amount",
            "float",
            "sum of invoices (of won deals where there are none) by the as-of date",
            "company currency",
        ),
        Column(
            "profit_amount",
            "float",
            "revenue minus invoiced cost; empty where no cost is known",
            "company currency",
        ),
        Column(
            "value_start_date",
            "date",
            "first purchase that cost something; of those who came back as best.returners says",
        ),
        Column(
            "first_year_revenue_amount",
            "float",
            "revenue of the 365 days from value_start_date; empty until they are over",
            "company currency",
        ),
        Column(
            "first_year_profit_amount",
            "float",
            "the same after invoiced cost",
            "company currency",
        ),
        Column(
            "last_year_revenue_amount",
            "float",
            "revenue of the last 365 days before leaving or the as-of date, of the same customers",
            "company currency",
        ),
        Column(
            "last_year_profit_amount",
            "float",
            "the same after invoiced cost",
            "company currency",
        ),
        Column(
            "revenue_per_year_amount",
            "float",
            "revenue until leaving over tenure in years; empty below best.min_tenure_days",
            "company currency a year",
        ),
        Column(
            "profit_per_year_amount",
            "float",
            "profit until leaving over tenure in years; empty below best.min_tenure_days",
            "company currency a year",
        ),
        Column("n_invoices", "int", "invoices by the as-of date"),
        Column("n_won", "int", "deals won by the as-of date"),
        Column("n_lost", "int", "deals lost by the as-of date"),
        Column("n_open", "int", "deals open on the as-of date"),
        Column("win_rate", "float", "won over won and lost", "share", low=0, high=1),
        Column(
            "cycle_days_median",
            "float",
            "median from creation to close of won deals",
            "days",
            low=0,
        ),
        Column("discount_rate", "float", "mean discount over won deals", "share"),
        Column("n_quote_revisions_max", "float", "most quote revisions of any deal"),
        Column("n_tickets", "int", "support tickets opened by the as-of date"),
        Column("support_hours", "float", "hours spent on them", "hours"),
        Column("support_cost_amount", "float", "hours times anti.hour_cost", "company currency"),
        Column(
            "support_cost_share",
            "float",
            "support cost over revenue, both after the landmark day of churn.landmark_days",
            "share",
        ),
        Column("n_contacts", "int", "people known at the company"),
        Column("n_touches", "int", "messages sent or events met with"),
        Column("n_clicks", "int", "of them clicked"),
        Column("n_replies", "int", "of them replied to"),
        Column(
            "top_channel",
            "text",
            "most frequent channel of those with a reaction, ties in alphabetical order",
        ),
        Column("owner", "text", "who looks after the account, hashed"),
        Column(
            "family_id",
            "id",
            "company group: the smallest id of those joined by parent, domain or name",
        ),
    ),
    open=True,
)

ATTRIBUTES = Artefact(
    "01_attributes",
    "aggregate",
    "what is known about companies: each attribute's kind, timing and whether it may become a"
    " pattern",
    (
        Column(
            "attribute", "text", "name of the column in 01_accounts", required=True, unique=True
        ),
        Column("label", "text", "name for readers", required=True),
        Column(
            "kind",
            "text",
            "level of measurement",
            required=True,
            one_of=("nominal", "set", "ordinal", "count", "amount", "rate", "date"),
        ),
        Column(
            "group",
            "text",
            "what it describes",
            required=True,
            one_of=("firmographic", "technographic", "behavioural"),
        ),
        Column("source", "text", "source and header it comes from"),
        Column("unit", "text", "unit of its numbers"),
        Column("timing", "text", "when it is written", required=True, one_of=TIMINGS),
        Column(
            "use", "text", "may it become a pattern", required=True, one_of=("pattern", "kept_out")
        ),
        Column("reason", "text", "why so"),
        Column(
            "levels",
            "set",
            "levels of an ordinal from low to high, each prefixed by its rank ('1 low'); empty for"
            " other kinds",
        ),
        Column("n_accounts", "int", "companies"),
        Column("n_known", "int", "of them known"),
        Column("known_share", "float", "share known", "share", low=0, high=1),
        Column(
            "mission_row",
            "text",
            "row of the attribute catalogue (A1 industry ... A21 satisfaction), where it is one",
        ),
    ),
)

DEALS = Artefact(
    "01_deals",
    "company",
    "deals created by the as-of date, as they stood then",
    (
        Column("deal_id", "id", "id in the CRM", required=True, unique=True),
        Column("account_id", "id", "company", required=True),
        Column("created_date", "date", "creation"),
        Column("close_date", "date", "close; empty while open"),
        Column("is_closed", "bool", "closed by the as-of date", required=True),
        Column("is_won", "bool", "won by the as-of date", required=True),
        Column("deal_amount", "float", "amount as of the export", "company currency"),
        Column("discount_rate", "float", "discount", "share"),
        Column("n_quote_revisions", "float", "revisions of the quote"),
        Column("lead_source", "text", "where the lead came from"),
        Column("lost_reason", "text", "reason of a loss"),
        Column("cycle_days", "float", "from creation to close of closed deals", "days"),
        Column("owner", "text", "who sells, hashed"),
    ),
    open=True,
)

CONTACTS = Artefact(
    "01_contacts",
    "person",
    "people at the companies, without names and addresses",
    (
        Column("contact_id", "id", "hashed id", required=True, unique=True),
        Column("account_id", "id", "company", required=True),
        Column("created_date", "date", "creation"),
        Column("buying_role", "text", "declared role in the purchase"),
        Column("seniority", "text", "declared, or read from the title", one_of=tuple(SENIORITIES)),
        Column("function", "text", "declared, or read from the title", one_of=tuple(FUNCTIONS)),
        Column(
            "title_generic", "text", "seniority and function in words; the title itself is not kept"
        ),
    ),
    open=True,
)

ENGAGEMENT = Artefact(
    "01_engagement",
    "person",
    "messages and events up to the as-of date",
    (
        Column("contact_id", "id", "hashed id"),
        Column("account_id", "id", "company"),
        Column("date", "date", "day"),
        Column("channel", "text", "channel"),
        Column("content", "text", "content or format"),
        Column("buying_role", "text", "role of the contact"),
        Column("is_sent", "bool", "sent"),
        Column("is_opened", "bool", "opened"),
        Column("is_clicked", "bool", "clicked"),
        Column("is_replied", "bool", "replied"),
    ),
    open=True,
)

TICKETS = Artefact(
    "01_tickets",
    "company",
    "support tickets opened by the as-of date",
    (
        Column("ticket_id", "id", "id", required=True),
        Column("account_id", "id", "company", required=True),
        Column("opened_date", "date", "opening"),
        Column("hours", "float", "time spent", "hours"),
        Column("tag", "text", "subject"),
    ),
    open=True,
)

MARKET_NOTES = Artefact(
    "01_market_notes",
    "company",
    "dated notes on the market, entered by people",
    (
        Column("date", "date", "day", required=True),
        Column(
            "kind",
            "text",
            "what it is about",
            required=True,
            one_of=("competitor", "regulation", "technology", "market"),
        ),
        Column("note", "text", "the note"),
        Column("source", "text", "where it was learned"),
    ),
)

SOURCES = Artefact(
    "01_sources",
    "aggregate",
    "every source of the settings: what file it was and what was recognised in it",
    (
        Column("source", "text", "our name", required=True, unique=True),
        Column("file", "text", "file, table or statement"),
        Column("preset", "text", "preset that mapped it"),
        Column("format", "text", "format, encoding and separator"),
        Column("n_rows", "int", "lines of data met"),
        Column("n_kept", "int", "rows that entered the artefacts"),
        Column("sha256", "text", "hash of the file as it came"),
        Column("n_columns", "int", "columns of the file"),
        Column("n_unknown_columns", "int", "columns that no mapping knows"),
        Column("evidence", "text", "weakest grade of evidence among the headers used"),
        Column("needs", "text", "for an absent source: what it would make possible"),
    ),
)

COLUMNS = Artefact(
    "01_columns",
    "aggregate",
    "every column of the raw files: what it became, when it is written, what happened to it"
    " and why",
    (
        Column("source", "text", "our name of the source", required=True),
        Column("column", "text", "header in the file", required=True),
        Column("maps_to", "text", "our column; empty when it is not used"),
        Column(
            "grade",
            "text",
            "evidence of the mapping: A seen, B documented, C and D third party, ? from memory, set"
            " by hand",
        ),
        Column("timing", "text", "when it is written", required=True, one_of=TIMINGS),
        Column(
            "use",
            "text",
            "what became of it",
            required=True,
            one_of=("pattern", "kept_out", "joins", "dropped"),
        ),
        Column("reason", "text", "why"),
        Column(
            "privacy",
            "text",
            "personal data",
            required=True,
            one_of=("none", "dropped", "hashed", "kept"),
        ),
    ),
    key=("source", "column"),
)

QUALITY = Artefact(
    "01_quality",
    "company",
    "what was found wrong or doubtful, what was done, what the analyst may decide otherwise",
    (
        Column("check", "text", "what was looked for", required=True),
        Column("source", "text", "where", required=True),
        Column("column", "text", "which column"),
        Column("n", "int", "how many", required=True, low=0),
        Column("examples", "text", "up to three"),
        Column("done", "text", "what was done", required=True),
        Column("decide_in_settings", "text", "how to decide otherwise in company.toml"),
    ),
)

READINGS = Artefact(
    "01_readings",
    "company",
    "what each word of a column that decides about deals and documents was read as, and which"
    " currency was converted at which rate",
    (
        Column("source", "text", "our name of the source", required=True),
        Column("column", "text", "header in the file", required=True),
        Column("value", "text", "the word: a stage, a status, a type, a currency", required=True),
        Column("n", "int", "rows", required=True, low=0),
        Column("amount", "float", "their money", "company currency"),
        Column("read_as", "text", "what it was read as", required=True),
    ),
    key=("source", "column", "value"),
)

ATTRITION = Artefact(
    "01_attrition",
    "aggregate",
    "how many rows each stage dropped and why; n_in - n_dropped = n_out, and each stage begins"
    " where the last ended",
    (
        Column("source", "text", "our name of the source", required=True),
        Column("stage", "text", "stage", required=True),
        Column("n_in", "int", "rows that came in", required=True, low=0),
        Column("n_dropped", "int", "rows dropped", required=True, low=0),
        Column("n_out", "int", "rows that went on", required=True, low=0),
        Column("amount", "float", "money of the rows dropped", "company currency"),
        Column("reason", "text", "why"),
    ),
    key=("source", "stage"),
)

READINESS = Artefact(
    "01_readiness",
    "aggregate",
    "whether the data can carry what follows",
    (
        Column("step", "text", "step", required=True),
        Column("needs", "text", "what it needs", required=True),
        Column("n_have", "int", "how many there are", required=True),
        Column("n_need", "int", "how many are needed", required=True),
        Column("is_enough", "bool", "is that enough", required=True),
        Column("sentence", "text", "in words", required=True),
    ),
)

ARTEFACTS = (
    ACCOUNTS,
    ATTRIBUTES,
    DEALS,
    CONTACTS,
    ENGAGEMENT,
    TICKETS,
    MARKET_NOTES,
    SOURCES,
    COLUMNS,
    QUALITY,
    ATTRITION,
    READINGS,
    READINESS,
)
