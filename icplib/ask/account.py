"""``explain``: one account, whole. Why it stands where it does, and what would move it."""

from typing import Any

import pandas as pd

from icplib import scoring, words
from icplib.ask.answers import Answer, read
from icplib.conditions import About, text_of
from icplib.exports.alike import clean_name
from icplib.problems import UserError, did_you_mean
from icplib.tables.step_04 import Scorecard
from icplib.workbook import Workbook

MEETS = {True: "met", False: "not met"}


def explain(book: Workbook, name: str) -> Answer:
    """The account of that name: lines of the profile, points one by one, deals, people, flags.

    Names are matched as the CRM's spellings of one company are; several matches are listed.
    UserError names the nearest where there is none. Columns: about, what, it is, result.
    """
    accounts = read(book, "01_accounts")
    found = _named(accounts, name)
    if len(found) > 1:
        columns = ["account_name", "domain", "country", "is_customer"]
        known = found[[name for name in columns if name in found]]
        many = f"{words.plural(len(found), 'account')} are called like '{name}'; name one of them"
        return Answer(words.sentence(many), known)
    row = found.iloc[0]
    card, scores = read(book, "04_scorecard"), read(book, "04_scores").set_index("account_id")
    score = scores.loc[row["account_id"]]
    parts = [_lines(book, found), _points(card, found), _events(book, str(row["account_id"]))]
    said = [f"{row['account_name']}, {score['state']}: {scoring.describe_company(score, card)}"]
    said += [_status(row), _what_would_change(card, score)]
    table = pd.DataFrame(sum(parts, []), columns=["about", "what", "it is", "result"])
    return Answer(" ".join(part for part in said if part), table)


def _named(accounts: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows whose cleaned name is the given one, else those whose name holds it."""
    names = accounts["account_name"].fillna("").astype(str)
    clean, wanted = names.map(clean_name), clean_name(name)
    hit = clean.eq(wanted)
    if not hit.any() and wanted:
        hit = clean.str.contains(wanted, regex=False)
    if not hit.any():
        near = did_you_mean(wanted, {*clean, *" ".join(clean).split()})
        remedy = near if near.startswith("Did") else "Names are those of the exports."
        raise UserError(f"no account is called '{name}'", remedy=remedy)
    return accounts[hit]


def _lines(book: Workbook, account: pd.DataFrame) -> list[tuple[str, ...]]:
    """Each line of each profile with the account's own value."""
    attributes = read(book, "01_attributes").set_index("attribute", drop=False)
    rows: list[tuple[str, ...]] = []
    for profile in read(book, "03_profile").profiles:
        for line in profile.criteria:
            met = line.met(account).iloc[0]
            about = About.of(attributes.loc[line.attribute].to_dict(), book.settings.currency)
            value = _value(account[line.attribute].iloc[0], about)
            result = "not known" if pd.isna(met) else MEETS[bool(met)]
            rows.append((profile.name, line.words, value, result))
    return rows


def _value(value: Any, about: About) -> str:
    if about.kind == "set" and value is not None:
        return words.listed(value)
    if words.is_missing(value):
        return "not known"
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return about.number(value) if is_number else text_of(value)


def _points(card: Scorecard, account: pd.DataFrame) -> list[tuple[str, ...]]:
    table = scoring.points_of(card, account)
    return [("points", r[0], r[1], f"{words.k_of_n(r[2], r[3])} points") for r in table.to_numpy()]


def _events(book: Workbook, account: str) -> list[tuple[str, ...]]:
    """Deals, people by role, and the flags of the anti-persona."""
    deals = read(book, "01_deals").query("account_id == @account").sort_values("created_date")
    rows: list[tuple[str, ...]] = []
    for deal in deals.itertuples():
        end = "open" if not deal.is_closed else "won" if deal.is_won else "lost"
        worth = words.money(deal.deal_amount, book.settings.currency)
        reason = "" if words.is_missing(deal.lost_reason) else f": {deal.lost_reason}"
        day = deal.close_date if deal.is_closed else deal.created_date
        rows.append(("deal", words.day(day), worth, f"{end}{reason}"))
    people = read(book, "01_contacts").query("account_id == @account")["buying_role"]
    counts = people.fillna("role not known").value_counts().sort_index()
    rows += [("people", str(role), words.number(n), "") for role, n in counts.items()]
    if book.has("05_anti_accounts"):
        flags = read(book, "05_anti_accounts").query("account_id == @account")["reasons"]
        rows += [("to leave alone", str(text), "", "flag") for text in flags if text]
    return rows


def _status(row: pd.Series) -> str:
    if not row["is_customer"]:
        return ""
    since = f"A customer since {words.date(row['start_date'])}"
    if not row["is_churned"]:
        return f"{since}."
    why = "" if words.is_missing(row["churn_reason"]) else f" ({row['churn_reason']})"
    day = row["churn_date"]
    when = "an unknown day" if words.is_missing(day) else words.date(day)
    return f"{since}, left on {when}{why}."


def _what_would_change(card: Scorecard, score: pd.Series) -> str:
    """The distance to the next tier, and whether what is unknown could bridge it."""
    starts = [(t.from_points, t.name) for t in card.tiers if t.from_points is not None]
    above = sorted((at, name) for at, name in starts if at > score["score"]) if starts else []
    if words.is_missing(score["score"]) or not above:
        return ""
    at, name = above[0]
    need = words.plural(at - int(score["score"]), "point")
    could = score["score_high"] >= at
    return (
        f"Tier {name} begins at {words.number(at)}: {need} more, which what is not known"
        f" {'could' if could else 'could not'} give."
    )
