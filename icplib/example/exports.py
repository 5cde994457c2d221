"""The files that people would really have.

Salesforce reports with footers, currency columns, gaps and mistakes.

Each quarter's folder is a complete export as of that quarter's last day. Nothing that happened
later is in it.
"""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icplib.example import mess
from icplib.example.companies import MARKET
from icplib.example.world import World

WHOLE = (
    "n_employees",
    "n_offices",
    "website_visits",
    "year_founded",
    "social_followers",
    "board_size",
    "job_openings",
)
FORMS = {  # how a known cell is printed
    **dict.fromkeys(WHOLE, "{:.0f}".format),
    **dict.fromkeys(("annual_revenue", "total_funding"), "${:,.2f}".format),
    "growth_rate": "{:.0%}".format,
    "data_budget_share": "{:.1%}".format,
    "tech_stack": "; ".join,
    "has_technical_contact": lambda flag: "Yes" if flag else "No",
}
FOOTER = (
    "Confidential Information - Do Not Distribute",
    "Copyright (c) 2000-{year} salesforce.com, inc. All rights reserved.",
)
STAGES = ("Qualification", "Proposal/Price Quote", "Negotiation/Review")


def write_quarter(world: World, quarter: str, folder: Path) -> None:
    """Write the twelve files of one quarter into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    day = pd.Period(quarter).end_time.normalize()
    start = world.customers["start_date"]
    bought = start.index[start <= day]
    leads = world.companies.index[world.companies["created_date"] <= day]
    accounts = leads[leads.isin(bought)]
    prospects = leads[~leads.isin(bought) | mess.is_forgotten(leads, world.seed)]

    _write(
        folder / "Accounts.csv",
        mess.accounts(_accounts(world, accounts, day, True), world.seed),
        day,
        footer=True,
        bom=True,
    )
    _write(
        folder / "Prospects.csv",
        mess.prospects(_accounts(world, prospects, day, False), world.seed),
        day,
        footer=True,
    )
    _write(
        folder / "Opportunities.csv", mess.deals(_deals(world, day), world.seed), day, footer=True
    )
    _write(folder / "Cases.csv", _tickets(world, day), day, footer=True)
    _write(folder / "Contacts.csv", _contacts(world, day), day, footer=True)
    _write(folder / "Invoices.csv", _invoices(world, day), day)
    _write(folder / "Churn.csv", mess.churn(_churn(world, day), world.seed), day)
    _write(folder / "Engagement.csv", _engagement(world, day), day)
    _write(folder / "Market_Notes.csv", _market_notes(day), day)
    asked = world.interviews[world.interviews["wave"] <= quarter]
    _write(folder / "Interviews.csv", _interviews(asked), day)
    _write(
        folder / "Codings.csv",
        world.codings[world.codings["wave"] <= quarter]
        .drop(columns="wave")
        .assign(coded_at=lambda c: _us(c["coded_at"])),
        day,
    )
    _write(folder / "Codebook.csv", _codebook(world.codebook, quarter), day)


def _write(
    path: Path, table: pd.DataFrame, day: pd.Timestamp, footer: bool = False, bom: bool = False
) -> None:
    """CSV with Unix line ends; a Salesforce report adds an empty line, its total, legal lines."""
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.itertuples(index=False))
        if footer:
            lines = (f"Grand Totals ({len(table)} records)", *FOOTER)
            file.write("\n" + "".join(f'"{line.format(year=day.year)}"\n' for line in lines))


def sfid(prefix: str, numbers: Iterable[int]) -> list[str]:
    """Fifteen-character ids as reports print them, in an order that says nothing."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    def code(number: int) -> str:
        number = (
            int(number) * 7_919_993 + 1_234_567
        ) % 36**5  # a bijection: 7,919,993 shares no factor with 36
        return "".join(digits[number // 36**place % 36] for place in (4, 3, 2, 1, 0))

    return [f"{prefix}8d00000{code(number)}" for number in numbers]


def _us(days: pd.Index | pd.Series | list) -> list[str]:
    """M/D/YYYY without leading zeros, as Salesforce prints dates for users in the United States."""
    return [
        "" if pd.isna(day) else f"{day.month}/{day.day}/{day.year}"
        for day in pd.DatetimeIndex(days)
    ]


def _dollars(amounts: Iterable) -> list[str]:
    return _text(amounts, "${:,.2f}".format)


def _text(cells: Iterable, form: Callable[[Any], str]) -> list[str]:
    """Cells as text by `form`; an unknown one is left empty."""
    return ["" if cell is None or cell != cell else form(cell) for cell in cells]


def _accounts(world: World, ids: pd.Index, day: pd.Timestamp, is_customer: bool) -> pd.DataFrame:
    known = world.known.loc[ids]
    out = pd.DataFrame(
        {name: known.get(name, pd.Series("", ids)) for name in MARKET["account_labels"]}, index=ids
    ).astype(object)
    out["account_id"], out["created"] = sfid("001", ids), _us(known["created_date"])
    out["type"] = (
        np.where(known["is_reselling"], "Customer - Channel", "Customer - Direct")
        if is_customer
        else "Prospect"
    )
    out["revenue_currency"] = _text(known["annual_revenue"], lambda value: "USD")
    for name, form in FORMS.items():
        out[name] = _text(known[name], form)
    labels = dict(MARKET["account_labels"])
    if is_customer:
        out = out.join(_after_sale(world, ids, day))
        labels |= MARKET["after_sale_labels"]
    return out[list(labels)].fillna("").rename(columns=labels)


def _after_sale(world: World, ids: pd.Index, day: pd.Timestamp) -> pd.DataFrame:
    """Columns that a CRM fills only once somebody has bought.

    They know the outcome and must not become patterns.
    """
    rng = np.random.default_rng([world.seed, 100, day.toordinal()])
    c = world.customers.loc[ids]
    n = len(ids)
    rank = c["yearly_revenue"].rank(pct=True).to_numpy()
    is_leaving = (c["is_churned"] & (c["end_date"] <= day + np.timedelta64(90, "D"))).to_numpy()
    left = (c["is_churned"] & (c["end_date"] <= day)).to_numpy()
    health = np.clip(35 + 50 * rank - 30 * is_leaving + rng.normal(0, 7, n), 0, 100).round()
    nps = np.clip((10 * rank - 4 * is_leaving + rng.normal(0, 1.6, n)).round(), 0, 10)
    renewal = [
        s.replace(year=day.year + ((s.month, s.day) <= (day.month, day.day)), day=min(s.day, 28))
        for s in c["start_date"]
    ]
    activity = (day - pd.to_timedelta(rng.integers(0, 45, n), unit="D")).where(
        ~left, pd.DatetimeIndex(c["end_date"])
    )
    activity = np.maximum(activity, pd.DatetimeIndex(c["start_date"]))  # type: ignore[assignment]
    return pd.DataFrame(
        {
            "since": _us(c["start_date"]),
            "manager": rng.choice(MARKET["managers"], n),
            "health": [f"{h:.0f}" for h in health],
            "renewal": np.where(left, "", _us(renewal)),
            "activity": _us(activity),
            "nps": [
                f"{score:.0f}" if ask else ""
                for score, ask in zip(nps, rng.random(n) < 0.55, strict=True)
            ],
        },
        index=ids,
    )


def _deals(world: World, day: pd.Timestamp) -> pd.DataFrame:
    deals = world.deals[world.deals["created_date"] <= day]
    closed = (deals["close_date"] <= day).to_numpy()
    won = closed & deals["is_won"].to_numpy()
    rng = np.random.default_rng([world.seed, 101])
    draw = rng.random((len(world.deals), 2))[deals.index]  # per deal, the same in every quarter
    reasons = np.repeat(
        ["No decision", "Competitor", "Price", "Missing capability", "Timing"], (4, 3, 3, 2, 2)
    )
    # An open deal carries an expected close date, mostly in the future and sometimes already
    # missed.
    expected = np.maximum(
        deals["created_date"] + pd.Timedelta(days=90),
        day + pd.to_timedelta((draw[:, 0] * 80).astype(int) - 20, unit="D"),
    )
    company = world.companies.loc[deals["company"]]
    stage = np.where(
        won,
        "Closed Won",
        np.where(closed, "Closed Lost", np.array(STAGES)[(draw[:, 1] * 3).astype(int)]),
    )
    return pd.DataFrame(
        {
            "Opportunity ID": sfid("006", deals.index),
            "Opportunity Name": [
                f"{n.rsplit(' ', 1)[0]} - {t}"
                for n, t in zip(company["name"], deals["type"], strict=True)
            ],
            "Account ID": sfid("001", deals["company"]),
            "Type": deals["type"].to_numpy(),
            "Stage": stage,
            "Closed": closed.astype(int),
            "Won": won.astype(int),
            "Amount Currency": "USD",
            "Amount": _dollars(deals["amount"]),
            "Discount": [f"{100 * d:.0f}%" for d in deals["discount_rate"]],
            "Quote Revisions": deals["n_quote_revisions"].astype(int).to_numpy(),
            "Stakeholders": _text(
                world.known.loc[deals["company"], "n_stakeholders"], "{:.0f}".format
            ),
            "Lead Source": company["lead_source"].to_numpy(),
            "Loss Reason": np.where(
                closed & ~won, reasons[(draw[:, 0] * len(reasons)).astype(int)], ""
            ),
            "Created Date": _us(deals["created_date"]),
            "Close Date": _us(deals["close_date"].where(closed, expected)),
            "Opportunity Owner": company["owner"].to_numpy(),
        }
    ).astype(object)


def _invoices(world: World, day: pd.Timestamp) -> pd.DataFrame:
    i = world.invoices[world.invoices["invoice_date"] <= day].sort_values(
        "invoice_date", kind="stable"
    )
    return pd.DataFrame(
        {
            "Invoice Number": [f"INV-{n:06d}" for n in range(1, len(i) + 1)],
            "Account ID": sfid("001", i["company"]),
            "Invoice Date": _us(i["invoice_date"]),
            "Amount Currency": "USD",
            "Amount": _dollars(i["amount"]),
            "Cost": _dollars(i["cost"]),
        }
    )


def _tickets(world: World, day: pd.Timestamp) -> pd.DataFrame:
    t = world.tickets[world.tickets["opened_date"] <= day].sort_values("opened_date", kind="stable")
    return pd.DataFrame(
        {
            "Case Number": [f"{n:08d}" for n in range(1001, len(t) + 1001)],
            "Account ID": sfid("001", t["company"]),
            "Opened Date": _us(t["opened_date"]),
            "Case Reason": t["tag"].to_numpy(),
            "Hours": t["hours"].to_numpy(),
        }
    )


def _churn(world: World, day: pd.Timestamp) -> pd.DataFrame:
    c = world.churn[world.churn["churn_date"] <= day].sort_values("churn_date", kind="stable")
    return pd.DataFrame(
        {
            "Account Name": world.companies.loc[c["company"], "name"].to_numpy(),
            "Churn Date": _us(c["churn_date"]),
            "Reason": c["reason"].to_numpy(),
        }
    )


def _contacts(world: World, day: pd.Timestamp) -> pd.DataFrame:
    c = world.contacts[world.contacts["created_date"] <= day]
    return pd.DataFrame(
        {
            "Contact ID": sfid("003", c.index),
            "Account ID": sfid("001", c["company"]),
            "First Name": c["first_name"],
            "Last Name": c["last_name"],
            "Email": c["email"],
            "Phone": c["phone"],
            "Title": c["title"],
            "Department": c["department"],
            "Buying Role": c["buying_role"].where(c["is_role_known"], ""),
            "Created Date": _us(c["created_date"]),
        }
    )


def _engagement(world: World, day: pd.Timestamp) -> pd.DataFrame:
    e = world.engagement[world.engagement["date"] <= day].sort_values("date", kind="stable")
    return pd.DataFrame(
        {
            "Contact ID": sfid("003", e["contact"]),
            "Activity Date": _us(e["date"]),
            "Channel": e["channel"].to_numpy(),
            "Content": e["content"].to_numpy(),
            "Sent": 1,
            "Opened": e["opened"].to_numpy(),
            "Clicked": e["clicked"].to_numpy(),
            "Replied": e["replied"].to_numpy(),
        }
    )


def _interviews(asked: pd.DataFrame) -> pd.DataFrame:
    table = asked.drop(columns=["group", "speaks_as"]).rename(columns={"company": "account_id"})
    table["account_id"] = sfid("001", asked["company"])
    for name in ("interview_date", "consent_date", "retain_until"):
        table[name] = _us(asked[name])
    return table


def _codebook(codebook: pd.DataFrame, quarter: str) -> pd.DataFrame:
    known = codebook[codebook["first_wave"] <= quarter]
    return pd.DataFrame(
        {
            "code_id": known["code_id"],
            "code_path": known["family"] + "/" + known["code_id"],
            "family": known["family"],
            "label": known["label"],
            "definition": known["definition"],
            "added_on": ["7/1/2025" if not wave else "5/4/2026" for wave in known["first_wave"]],
        }
    )


def _market_notes(day: pd.Timestamp) -> pd.DataFrame:
    seen = [note for note in MARKET["market_notes"] if pd.Timestamp(note[0]) <= day]
    return pd.DataFrame(
        [(_us([d])[0], k, n, s) for d, k, n, s in seen], columns=["Date", "Kind", "Note", "Source"]
    )
