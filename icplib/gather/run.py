"""From the sources of one quarter to the artefacts of step 1."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals.stable.v2 as nw
import pandas as pd

from icplib.gather import joins, privacy, ranges
from icplib.gather.accounts import account_table, people
from icplib.gather.attributes import DERIVED, attribute_texts, judged, read_attributes
from icplib.gather.canon import ACCOUNT_FIELDS, FIELDS, FINAL_FIELDS
from icplib.gather.changes import log_changes
from icplib.gather.companies import companies, match_churn, match_verdicts
from icplib.gather.desk import Desk, at_desk
from icplib.gather.facts import TABLES, clean, load
from icplib.gather.privacy import RAW, carried, hashed, with_declared
from icplib.gather.quality import column_table, contact_table, market_notes, readiness, source_table
from icplib.gather.staging import Staged, stage
from icplib.gather.subscriptions import derive
from icplib.gather.values import families, with_values
from icplib.problems import UserError
from icplib.tables.step_01 import ACCOUNTS, CONTACTS, DEALS, ENGAGEMENT, TICKETS

MAX_EVENTS = 1_000_000  # rows of events that an artefact keeps; the account table counts them all


@dataclass(frozen=True)
class Gathered:
    """The artefacts of step 1, each a table with the columns of ``icplib.tables.step_01``."""

    accounts: pd.DataFrame
    attributes: pd.DataFrame
    deals: pd.DataFrame
    contacts: pd.DataFrame
    engagement: pd.DataFrame
    tickets: pd.DataFrame
    market_notes: pd.DataFrame
    verdicts: pd.DataFrame
    sources: pd.DataFrame
    columns: pd.DataFrame
    quality: pd.DataFrame
    attrition: pd.DataFrame
    readings: pd.DataFrame
    readiness: pd.DataFrame


@dataclass(frozen=True)
class Joined:
    """Companies with their measures and states, and the usable rows of each table of events."""

    table: pd.DataFrame
    rows: dict  # source -> lazy frame of the engine
    verdicts: pd.DataFrame


def gather(wb) -> Gathered:
    """All tables of step 1 for one company and quarter (``Workbook``).

    Nothing is written; absent sources give empty tables.

    Raises UserError for what cannot be read or decided, with file, column and remedy.
    """
    with at_desk(wb) as desk:
        refuse_unknown(desk)
        for name in FIELDS:
            read(desk, name)
        joined = join(desk)
        rows = {name: kept_rows(desk, name, frame) for name, frame in joined.rows.items()}
        contacts = (
            contact_table(rows["contacts"], desk.ledger) if "contacts" in rows else CONTACTS.empty()
        )
        accounts, attributes, columns = described(desk, joined.table, contacts)
        notes = market_notes(desk)
        sources = source_table(desk)
    privacy.log_without_key(columns, desk.ledger)
    deals = _owned(rows["deals"]) if "deals" in rows else DEALS.empty()
    staged = desk.staged
    return Gathered(
        accounts,
        attributes,
        _columns(deals, DEALS, staged.get("deals")),
        _columns(contacts, CONTACTS, staged.get("contacts")),
        _events(rows.get("engagement"), contacts, staged.get("engagement")),
        _tickets(rows.get("tickets"), staged.get("tickets")),
        notes,
        joined.verdicts,
        sources,
        columns,
        *desk.ledger.tables(),
        readiness(accounts, deals, contacts, _n_interviews(wb), attributes, wb.settings),
    )


def refuse_unknown(desk: Desk) -> None:
    """UserError for declarations that fit no column of any source."""
    ranges.refuse_unknown(desk.settings)
    privacy.refuse_unknown(desk.settings)


def read(desk: Desk, name: str) -> None:
    """One source, where the company has it, as a relation with our columns in our types."""
    if (source := desk.wb.source(name)) is None:
        return
    if name in TABLES:
        load(desk, source)
    else:
        desk.staged[name] = s = stage(desk, source)
        if name == "subscriptions":
            derive(desk, s)
        if name == "accounts" and not s.report.n_kept:
            raise UserError("the file has no rows", file=s.file, remedy="Export it again.")


def join(desk: Desk) -> Joined:
    """Companies with their purchases, deals, people, support and churn; every loss is counted."""
    out = companies(desk)
    spine = desk.engine.uploaded(_spine(out, desk.cut), "spine")
    rows, per = {}, {}
    for name in (name for name in TABLES if name in desk.frames):
        rows[name], per[name] = clean(desk, name, spine, out, rows.get("contacts"))
    settings = desk.settings
    if settings.sources["accounts"].final:
        facts, out = _given(out)
    else:
        lazy = joins.account_facts(
            spine, per, rows, settings.churn.landmark_days, settings.anti.hour_cost
        )
        facts = _texted(desk.engine.fetched(lazy))
    churn = _churned(desk, out)
    out = out.drop(columns=["churn_date", "churn_reason"], errors="ignore")
    table = account_table(desk, out, facts, churn, set(rows))
    final = settings.sources["accounts"].final
    bought = None if final else joins.purchases(rows.get("deals"), rows.get("invoices"))
    table = with_values(desk, table, bought).assign(family_id=families(table))
    log_changes(desk)
    known = spine.select("account_id")
    rows = {n: frame.join(known, on="account_id") for n, frame in rows.items()}
    return Joined(table, rows, match_verdicts(desk, out))


def _churned(desk: Desk, out: pd.DataFrame) -> pd.DataFrame | None:
    """Who left, by the churn list or a finished account table; None where neither says so."""
    if "churn" in desk.staged:
        return match_churn(desk, out)
    final = desk.settings.sources["accounts"].final
    if not final or out["churn_date"].isna().all():
        return None
    left = out["churn_date"] < pd.Timestamp(desk.cut)
    return out.loc[left, ["account_id", "churn_date", "churn_reason"]]


def described(
    desk: Desk, table: pd.DataFrame, contacts: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """01_accounts with one column per attribute, 01_attributes and 01_columns."""
    values, rows, dropped = read_attributes(desk, table)
    accounts, attributes = _with_attributes(table, values, rows, contacts, desk.settings)
    origin = attribute_texts(table, desk.of_companies)[1]
    return accounts, attributes, column_table(desk, attributes, dropped, origin)


def _given(out: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Facts and companies of a finished account table.

    Its measures are taken as they are, nothing is joined.

    A customer without a purchase date is given its start or creation as one, since whoever is
    called a customer has bought.
    """
    measures = [c for c in FINAL_FIELDS if c not in ACCOUNT_FIELDS]
    facts = out[["account_id", *measures]].copy()
    bought = (
        facts["is_customer"].astype("boolean").fillna(False) & facts["first_purchase_date"].isna()
    )
    facts["first_purchase_date"] = facts["first_purchase_date"].where(
        ~bought, out["start_date"].fillna(out["created_date"])
    )
    no = facts["is_customer"].astype("boolean").eq(False).fillna(False)
    facts["first_purchase_date"] = facts["first_purchase_date"].where(~no, pd.NaT)
    return facts.drop(columns=["is_customer", "churn_date", "churn_reason"]), out.drop(
        columns=[c for c in measures if c not in ("churn_date", "churn_reason")]
    )


def _spine(out: pd.DataFrame, cut) -> pd.DataFrame:
    declared = pd.to_datetime(out["start_date"])
    declared = declared.where(declared < pd.Timestamp(cut))
    return pd.DataFrame(
        {
            "account_id": out["account_id"].astype("str"),
            "declared_start_date": declared.dt.date.astype(object).where(declared.notna(), None),
        }
    ).astype({"declared_start_date": "date32[pyarrow]"})


def kept_rows(desk: Desk, name: str, frame) -> pd.DataFrame:
    """The rows of one table that an artefact keeps, in a fixed order."""
    s = desk.staged[name]
    artefact = {
        "deals": DEALS,
        "contacts": CONTACTS,
        "engagement": ENGAGEMENT,
        "tickets": TICKETS,
    }.get(name)
    if artefact is None:
        return pd.DataFrame()
    have = frame.collect_schema().names()
    wanted = [
        c
        for c in dict.fromkeys(
            [
                *artefact.names,
                *({"contacts": ("email", "title"), "engagement": ("email",)}.get(name, ())),
                *(RAW + h for h in carried(s)),
            ]
        )
        if c in have
    ]
    if name == "engagement":
        frame = _latest(desk, frame)
    frame = frame.select(*wanted).sort(*wanted)  # whatever the order of the file
    table = with_declared(_texted(desk.engine.fetched(frame)), s)
    by = [
        c
        for c in ("account_id", "deal_id", "ticket_id", "contact_id", "date", "channel", "content")
        if c in table
    ]
    return table.sort_values(by, kind="stable").reset_index(drop=True)


def _latest(desk: Desk, events):
    """The latest events, as many days as an artefact keeps."""
    by_day = desk.engine.fetched(events.group_by("date").agg(n=nw.len()))
    days = by_day.sort_values("date", ascending=False)
    beyond = days[days["n"].cumsum() > MAX_EVENTS]
    if beyond.empty:
        return events
    desk.ledger.found(
        "more events than an artefact keeps",
        "engagement",
        "date",
        int(beyond["n"].sum()),
        "counted per company, but left out of 01_engagement: its latest rows stand there",
    )
    return events.filter(nw.col("date") > beyond["date"].iloc[0])


def _texted(table: pd.DataFrame) -> pd.DataFrame:
    """One type per meaning, whichever engine the table comes from: text, dates without a zone.

    The rest as it is.
    """
    out = table.copy()
    for column in out.columns:
        if column.endswith("_date") or column == "date":
            out[column] = pd.to_datetime(out[column]).astype("datetime64[us]")
        elif out[column].dtype == object or pd.api.types.is_string_dtype(out[column].dtype):
            first = out[column].dropna().head(1)
            if len(first) and isinstance(first.iloc[0], bool):
                out[column] = out[column].astype("boolean")
            elif first.empty or isinstance(first.iloc[0], str):
                out[column] = out[column].astype("str")
            else:
                out[column] = pd.to_numeric(out[column])
    return out


def _columns(table: pd.DataFrame, artefact, s: Staged | None) -> pd.DataFrame:
    """The artefact's own columns, then those that the settings declare to be kept or hashed."""
    return table[[*artefact.names, *(carried(s).values() if s else ())]]


def _owned(deals: pd.DataFrame) -> pd.DataFrame:
    without = deals["deal_id"].isna()
    numbered = deals.groupby("account_id").cumcount().astype("str")
    return deals.assign(
        owner=hashed(deals["owner"]),
        deal_id=deals["deal_id"].where(~without, deals["account_id"] + " deal " + numbered),
    )


def _events(events: pd.DataFrame | None, contacts: pd.DataFrame, s: Staged | None) -> pd.DataFrame:
    """01_engagement: pseudonyms, and the role of the contact where the event does not name one."""
    if events is None:
        return ENGAGEMENT.empty()
    person = events["contact_id"]
    if "email" in events:
        person = person.fillna(events["email"])
    out = events.assign(contact_id=hashed(person))
    role = contacts.set_index("contact_id")["buying_role"]
    out["buying_role"] = out["buying_role"].fillna(out["contact_id"].map(role))
    return _columns(out, ENGAGEMENT, s)


def _tickets(tickets: pd.DataFrame | None, s: Staged | None) -> pd.DataFrame:
    if tickets is None:
        return TICKETS.empty()
    without = tickets["ticket_id"].isna()
    numbered = (
        tickets["account_id"] + " ticket " + tickets.groupby("account_id").cumcount().astype("str")
    )
    return _columns(
        tickets.assign(ticket_id=tickets["ticket_id"].where(~without, numbered)), TICKETS, s
    )


def _with_attributes(
    table: pd.DataFrame,
    values: pd.DataFrame,
    described: list[dict],
    contacts: pd.DataFrame,
    settings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """01_accounts with one column per attribute, and 01_attributes."""
    table = table.assign(owner=hashed(table["owner"]))
    derived = people(table, contacts).join(table[[c for c in DERIVED if c in table]])
    if (
        "lead_source" not in values
        and "first_lead_source" in table
        and table["first_lead_source"].notna().any()
    ):
        values = values.assign(lead_source=table["first_lead_source"].astype("str"))
        described = [
            *described,
            {
                "attribute": "lead_source",
                "label": "Lead source",
                "kind": "nominal",
                "group": "behavioural",
                "source": "deals.lead_source",
                "unit": None,
                "levels": (),
                "mission_row": "A9",
            },
        ]
    columns = values.join(
        derived[[c for c in derived if c not in values and derived[c].notna().any()]]
    )
    attributes = judged(columns, described, table, settings)
    declared = ACCOUNTS.names
    kept = [a for a in attributes["attribute"] if a not in declared]
    return pd.concat([table.reindex(columns=declared), columns[kept]], axis=1), attributes


def _n_interviews(wb) -> int | None:
    source = wb.source("interviews")
    if source is None or source.path is None:
        return None
    from icplib.exports import read_table

    return len(read_table(source.path, table=source.spec.table)[0])
