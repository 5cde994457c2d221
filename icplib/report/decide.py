"""Decisions that page one asks for: those of the settings, then proposals from the data.

A proposal is one decorated function that returns a `Decision`, or None where the data have nothing
to say. Those of the settings take the number of the proposal that they are `about`.
"""

import datetime as dt
from collections.abc import Callable

from icplib import words
from icplib.report import tiles
from icplib.report.draft import Draft, Row
from icplib.report.views import Decision

MOST = 3
TIME = dt.timedelta(days=30)  # after the quarter's end, for proposals
SURE = 0.05
Questions = dict[tuple[str, str], Row]
PROPOSALS: dict[str, Callable[[Draft, str, Questions], Decision | None]] = {}


def proposal(about: str) -> Callable:
    """Register a decision that the data can propose; the order is that of page one."""

    def add(make: Callable) -> Callable:
        PROPOSALS[about] = make
        return make

    return add


def decisions(draft: Draft, word: str, questions: Questions) -> tuple[Decision, ...]:
    """Up to three: those that the settings name, else what the data propose, marked so."""
    due = words.date(draft.as_of + TIME)
    made = {about: make(draft, word, questions) for about, make in PROPOSALS.items()}
    named = []
    for d in draft.decisions:
        shown = made.pop(d.about, None) if d.about else None
        reason, anchor = (shown.reason, shown.anchor) if shown else ("", "decisions")
        when = words.date(d.due) if d.due else "no date yet"
        named.append(Decision(d.question, reason, d.owner_role or "no owner yet", when, anchor))
    proposed = [Decision(d.title, d.reason, d.who, due, d.anchor, True) for d in made.values() if d]
    return tuple([*named, *([] if named else proposed)][:MOST])


@proposal("losses")
def _losses(draft: Draft, word: str, questions: Questions) -> Decision | None:
    rows = sorted(draft.rows("04_sales", topic="lost", side="all"), key=lambda r: -r["k"])
    shown = [(r["group"], str(p)) for r, p in draft.shown(rows) if p.k]
    if not shown:
        return None
    market = questions.get(("win rate", "all"), {})
    since = draft.month(market["break_quarter"]) if market.get("state") == "on" else ""
    title = draft.say("ask_losses", since=since)
    told = [
        (name, text if i == len(shown[:3]) - 1 else text.split(" of ")[0])
        for i, (name, text) in enumerate(shown[:3])
    ]
    reason = draft.say("because_losses", reasons=told, window=rows[0]["window"])
    return Decision(title, reason, "VP Sales", "", "selling")


@proposal("profile")
def _profile(draft: Draft, word: str, questions: Questions) -> Decision | None:
    ratio = tiles.times(draft, "revenue")
    if word == "revise" or not ratio or not draft.lines:
        return None
    title = draft.say("keep_lines", n=len(draft.lines))
    return Decision(
        title, draft.say("because_lines", ratio=ratio), "Chief Revenue Officer", "", "profile"
    )


@proposal("pipeline")
def _pipeline(draft: Draft, word: str, questions: Questions) -> Decision | None:
    rows = {r["side"]: r for r in draft.rows("04_sales", topic="open")}
    outside = rows.get("others")
    if not outside or draft.profile is None:
        return None
    part = draft.part(outside["k"], outside["n"], complement=False)
    total = sum(r["amount"] for r in rows.values())
    if not part.is_shown or outside["estimate"] < 0.5 or not total:
        return None
    reason = draft.say(
        "because_pipeline",
        count=part,
        amount=draft.money(outside["amount"]),
        total=draft.money(total),
    )
    return Decision(draft.say("feed_pipeline"), reason, "VP Marketing", "", "selling")


@proposal("leaving")
def _leaving(draft: Draft, word: str, questions: Questions) -> Decision | None:
    rows = [r for r in draft.rows("04_sales", topic="at risk") if r["group"] != "three or more"]
    rows = [r for r in rows if draft.part(r["k"], r["n"]).is_shown and r["amount"]]
    if not rows:
        return None
    row = max(rows, key=lambda r: (r["amount"], r["group"]))
    reason = draft.say("because_customers", n=row["k"], amount=draft.money(row["amount"]))
    title = draft.say("call_customers", flag=row["group"])
    return Decision(title, reason, "Head of Customer Success", "", "leaving")


@proposal("channels")
def _channels(draft: Draft, word: str, questions: Questions) -> Decision | None:
    rows = [
        r for r, p in draft.shown(draft.rows("04_sales", topic="leads by channel")) if p.share != 1
    ]
    if not rows:
        return None
    row = max(rows, key=lambda r: (r["n"] - r["k"], r["group"]))
    misfits = draft.part(row["n"] - row["k"], row["n"])
    if not misfits.is_shown:
        return None
    reason = draft.say("because_channel", part=misfits, sure=row["p"] < SURE)
    return Decision(
        draft.say("check_channel", channel=row["group"]), reason, "VP Marketing", "", "spending"
    )


@proposal("prospects")
def _prospects(draft: Draft, word: str, questions: Questions) -> Decision | None:
    """Those whom no points bring back; asked only where the settings speak of them."""
    out = sum(k.n_prospects for k in draft.model("04_scorecard").knock_outs)
    if not any(d.about == "prospects" for d in draft.decisions) or not out:
        return None
    n = "fewer than 5" if out < draft.least else words.number(out)
    return Decision("", draft.say("because_anti", n=n), "", "", "selling")
