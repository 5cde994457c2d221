"""Our columns of every source.

Name, what it holds, and for accounts what the article catalogue calls it.

Foreign names stop before this page; everything after it knows these names only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from icplib.vocabulary.attributes import KNOWN
from icplib.vocabulary.legal import without_accents, without_legal_form


@dataclass(frozen=True)
class Field:
    """One of our columns: what it holds and how it is read (``kind`` of exports.values)."""

    kind: str  # text, number, rate, date, bool
    personal: bool = False  # hashed before it enters an artefact, or not kept at all


T, N, R, D, B, P = (
    Field("text"),
    Field("number"),
    Field("rate"),
    Field("date"),
    Field("bool"),
    Field("text", personal=True),
)

ACCOUNT_FIELDS: dict[str, Field] = {
    "account_id": T,
    "account_name": T,
    "domain": T,
    "account_type": T,
    "lifecycle": T,
    "created_date": D,
    "start_date": D,
    "owner": P,
    "parent_id": T,
    "is_deleted": B,
    **{
        name: {"count": N, "amount": N, "rate": R}.get(known.kind, T)
        for name, known in KNOWN.items()
    },
}

FIELDS: dict[str, dict[str, Field]] = {
    "accounts": ACCOUNT_FIELDS,
    "prospects": ACCOUNT_FIELDS,
    "deals": {
        "deal_id": T,
        "account_id": T,
        "account_name": T,
        "deal_name": P,
        "created_date": D,
        "close_date": D,
        "won_date": D,
        "lost_date": D,
        "stage": T,
        "is_closed": B,
        "is_won": B,
        "deal_amount": N,
        "currency": T,
        "discount_rate": R,
        "n_quote_revisions": N,
        "n_stakeholders": N,
        "lead_source": T,
        "lost_reason": T,
        "owner": P,
        "deal_type": T,
        "is_deleted": B,
    },
    "stages": {"stage_id": T, "stage": T, "is_won": B, "is_closed": B, "probability": R},
    "invoices": {
        "invoice_id": T,
        "account_id": T,
        "account_name": T,
        "invoice_date": D,
        "revenue_amount": N,
        "cost_amount": N,
        "currency": T,
        "status": T,
        "document_type": T,
        "refunded_amount": N,
        "is_deleted": B,
    },
    "churn": {"account_id": T, "account_name": T, "domain": T, "churn_date": D, "churn_reason": T},
    "tickets": {
        "ticket_id": T,
        "account_id": T,
        "account_name": T,
        "opened_date": D,
        "closed_date": D,
        "hours": N,
        "tag": T,
        "is_deleted": B,
    },
    "contacts": {
        "contact_id": P,
        "account_id": T,
        "account_name": T,
        "created_date": D,
        "email": P,
        "title": P,
        "buying_role": T,
        "seniority": T,
        "function": T,
        "is_deleted": B,
    },
    "engagement": {
        "engagement_id": T,
        "contact_id": P,
        "account_id": T,
        "account_name": T,
        "email": P,
        "date": D,
        "channel": T,
        "content": T,
        "buying_role": T,
        "event": T,
        "is_sent": B,
        "is_opened": B,
        "is_clicked": B,
        "is_replied": B,
    },
    "market_notes": {"date": D, "kind": T, "note": T, "source": T},
}

# What a finished account table may bring along, so that the joins are skipped: the measures of
# 01_accounts under their own names.
FINAL_FIELDS: dict[str, Field] = ACCOUNT_FIELDS | {
    "is_customer": B,
    "churn_date": D,
    "churn_reason": T,
    "first_purchase_date": D,
    "last_purchase_date": D,
    "revenue_amount": N,
    "profit_amount": N,
    "n_invoices": N,
    "n_won": N,
    "n_lost": N,
    "n_open": N,
    "cycle_days_median": N,
    "discount_rate": R,
    "n_quote_revisions_max": N,
    "n_tickets": N,
    "support_hours": N,
    "landmark_support_amount": N,
    "landmark_revenue_amount": N,
    "n_contacts": N,
    "n_touches": N,
    "n_clicks": N,
    "n_replies": N,
    "top_channel": T,
    "first_discount_rate": R,
    "first_quote_revisions": N,
    "first_cycle_days": N,
    "first_year_revenue_amount": N,
    "first_year_profit_amount": N,
}

MONEY = {
    "deals": ("deal_amount",),
    "invoices": ("revenue_amount", "cost_amount", "refunded_amount"),
    "accounts": ("annual_revenue_amount", "funding_amount"),
    "prospects": ("annual_revenue_amount", "funding_amount"),
}
NEEDED = {
    "stages": (),
    "accounts": (),
    "prospects": (),
    "deals": ("deal_amount",),
    "invoices": ("invoice_date", "revenue_amount"),
    "churn": ("churn_date",),
    "tickets": ("opened_date",),
    "contacts": (),
    "engagement": ("date",),
    "market_notes": ("date", "note"),
}
ROW_DATE = {
    "deals": "created_date",
    "invoices": "invoice_date",
    "churn": "churn_date",
    "tickets": "opened_date",
    "contacts": "created_date",
    "engagement": "date",
    "market_notes": "date",
}
ROW_ID = {
    "accounts": "account_id",
    "prospects": "account_id",
    "deals": "deal_id",
    "contacts": "contact_id",
    "tickets": "ticket_id",
    "engagement": "engagement_id",
}
WHAT_FOR = {
    "invoices": "revenue and profit as invoiced instead of as promised in deals",
    "deals": "win rates, sales cycles, discounts and reasons of losses",
    "churn": "red flags and retention judged by customers who are known to have left",
    "tickets": "support load and its cost beside revenue",
    "contacts": "buying roles inside the companies",
    "engagement": "which channel and content which role answers to",
    "prospects": "companies to score that have no deal yet",
    "interviews": "buyer personas",
    "codings": "what interviewees said, coded",
    "market_notes": "signs from the market that the profile needs a review",
}


def clean_name(name: str) -> str:
    """A company's name without what people type differently.

    Case, accents, signs, legal form, a leading 'The'.
    """
    plain = str(name).replace("&", " and ").replace("-", " ").replace("/", " ")
    words = re.sub(r"[^\w\s]", "", without_accents(without_legal_form(plain))).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def clean_domain(text: str) -> str:
    """A web address without protocol, www, path and port."""
    bare = (
        re.sub(r"^[a-z]+://", "", str(text).strip().casefold())
        .split("/")[0]
        .split(":")[0]
        .split("@")[-1]
    )
    return bare.removeprefix("www.")


def slug(header: str) -> str:
    """A header as a column name: words joined by underscores, never empty, never beginning with a
    digit.
    """
    text = re.sub(r"__c$", "", str(header))
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).replace("%", " percent ")
    text = re.sub(r"\W+", "_", text.casefold()).strip("_")
    return f"x_{text}" if not text or text[0].isdigit() else text
