"""The four tiles: fit and others on one axis, and a chip that says whether they differ."""

import math

from icplib import words
from icplib.pages import Said, fixed
from icplib.pages.counts import is_small
from icplib.pages.views import Badge, Bar, Tone
from icplib.report.draft import Draft, Row
from icplib.report.measures import INTRODUCTIONS, hide_small
from icplib.report.views import Tile

SHOWN = ("win_rate", "cycle", "revenue", "new_leads")
TITLES = {
    "win_rate": "Win rate",
    "cycle": "Sales cycle of won deals",
    "revenue": "Revenue of a customer, a year",
    "new_leads": "New leads that fit",
}
Rows = dict[str, Row]


def tiles(draft: Draft) -> tuple[Tile, ...]:
    """The four measures of the ICP; one that is not known is left out."""
    found = tuple(t for t in (_tile(draft, name) for name in SHOWN) if t)
    return found or tuple(t for t in (_all_won(draft), _all_cycles(draft)) if t)


def _all_won(draft: Draft) -> Tile | None:
    """Win rate of all deals, where no profile splits them."""
    row = draft.row("06_questions", measure="win rate", side="all")
    part = draft.part(row["k_since"], row["n_since"]) if row else None
    if not row or not part or not part.is_shown or not row["n_since"]:
        return None
    bar = Bar(row["since"], "", "rest", row["since_low"], row["since_high"])
    note = draft.say("tile_all", part=part, window=row["window_since"])
    return Tile("Win rate", Badge(""), words.share(row["since"]), "", (bar,), note, "", "changes")


def _all_cycles(draft: Draft) -> Tile | None:
    rows = [r for r in draft.rows("06_quarters", side="all") if r["n_cycle"] >= draft.least]
    if not rows:
        return None
    row = rows[-1]
    top = row["cycle_high"] * 1.05 if not math.isnan(row["cycle_high"]) else row["cycle_days"]
    low, high = (None if math.isnan(x) else x / top for x in (row["cycle_low"], row["cycle_high"]))
    bar = Bar(row["cycle_days"] / top, "", "rest", low, high)
    note = draft.say("tile_cycles", n=row["n_cycle"], window=row["quarter"])
    return Tile(
        TITLES["cycle"], Badge(""), words.days(row["cycle_days"]), "", (bar,), note, "", "changes"
    )


def rows_of(draft: Draft, name: str) -> Rows:
    """Rows of a measure by side, small groups taken out."""
    table = draft.table("06_measures")
    shown = hide_small(table[table["measure"] == name], draft.least)
    return {r["side"]: r for r in shown[~shown["is_hidden"]].to_dict("records")}


def times(draft: Draft, name: str) -> str:
    """How many times as much those that fit bring, where that is beyond chance."""
    rows = rows_of(draft, name)
    gap, fit, others = (rows.get(side) for side in ("difference", "in", "out"))
    if not (gap and fit and others) or not _sure(gap) or others["value"] <= 0:
        return ""
    return words.ratio(fit["value"] / others["value"])


def _sure(row: Row | None) -> bool:
    """Whether an interval leaves out zero."""
    return bool(row and not math.isnan(row["low"]) and not row["low"] <= 0 <= row["high"])


def _tile(draft: Draft, name: str) -> Tile | None:
    rows = rows_of(draft, name)
    if name == "new_leads":
        return _leads(draft, rows)
    # one window for both sides: the wider one where either side has too few since
    now = " now" if {"in now", "out now"} <= set(rows) else ""
    fit, others, gap = (rows.get(side + now) for side in ("in", "out", "difference"))
    if not fit or not others:
        return None
    one = INTRODUCTIONS[name]
    said = [words.quantity(r["value"], one.unit, draft.currency) for r in (fit, others)]
    return Tile(
        title=fixed(TITLES.get(name, one.title)),
        chip=_chip(draft, name, gap, fit, others),
        inside=said[0],
        outside=said[1],
        dots=_dots(fit, others),
        note=_counts(draft, name, fit, others),
        change=_since_report(draft, rows),
        anchor=f"measure-{name.replace('_', '-')}",
    )


def _chip(draft: Draft, name: str, gap: Row | None, fit: Row, others: Row) -> Badge:
    unit = INTRODUCTIONS[name].unit
    if gap is None:
        return Badge(draft.say("chip", unit=unit, words="", sure=False, higher=False))
    size = {
        "share": f"{words.number(round(abs(gap['value']) * 100))} points",
        "days": words.days(abs(gap["value"])),
    }.get(unit, words.ratio(fit["value"] / others["value"]) if others["value"] else "")
    higher, sure = gap["value"] > 0, _sure(gap)
    good = higher if unit != "days" else not higher
    text = draft.say("chip", unit=unit, words=size, sure=sure, higher=higher)
    return Badge(text, ("good" if good else "warn") if sure else "muted")


def _dots(fit: Row, others: Row) -> tuple[Bar, ...]:
    """Both on one axis from zero to a little above the higher end."""
    ends = [r[c] for r in (fit, others) for c in ("value", "high") if not math.isnan(r[c])]
    top = max(ends) * 1.05 or 1.0
    bars = []
    sides: tuple[tuple[Row, Tone], ...] = ((fit, "fit"), (others, "rest"))
    for row, tone in sides:
        low, high = (None if math.isnan(row[c]) else row[c] / top for c in ("low", "high"))
        bars.append(Bar(row["value"] / top, "", tone, low, high))
    return tuple(bars)


def _counts(draft: Draft, name: str, fit: Row, others: Row) -> Said:
    if name == "revenue":
        n = [words.number(r["n"]) for r in (fit, others)]
        return draft.say("tile_flattered", fit=n[0], others=n[1])
    since = draft.month(fit["window"][:6]) if fit["side"] == "in now" else ""
    if name == "win_rate":
        said = [str(draft.part(r["k"], r["n"])) for r in (fit, others)]
    else:
        said = [words.number(r["n"]) for r in (fit, others)]
    what = {"win_rate": "deals", "cycle": "won deals"}.get(name, INTRODUCTIONS[name].n_counted)
    told = {"since": since, "window": fit["window"]}
    return draft.say("tile_counts", fit=said[0], others=said[1], what=what, **told)


def _since_report(draft: Draft, rows: Rows) -> Said | str:
    """The change since the last report in a few words; nothing where there is none."""
    row = rows.get("in")
    if not row or words.is_missing(row["change"]) or not draft.previous:
        return ""
    size = {
        "share": lambda x: f"{words.number(round(x * 100))} points",
        "days": words.days,
    }.get(row["unit"], draft.money)(abs(row["change"]))
    if size.startswith("0"):
        return ""
    sure = not row["change_low"] <= 0 <= row["change_high"]
    since = draft.say("since_report", quarter=draft.previous)
    return draft.say("moved", up=row["change"] > 0, size=size, sure=sure, since=since)


def _leads(draft: Draft, rows: Rows) -> Tile | None:
    """New leads that fit: one bar, and how it moved; the complement says nothing more."""
    now, before, moved = (rows.get(f"in {w}") for w in ("now", "before", "change"))
    now = now or rows.get("in")
    if not now or is_small(now["k"], draft.least):
        return None
    tone: Tone = "muted"
    word = "no change"
    if moved and _sure(moved):
        tone, word = ("good", "up") if moved["value"] > 0 else ("warn", "down")
    if not moved:
        word = "too few to say"
    since = draft.month(now["window"][:6])
    then = str(draft.part(before["k"], before["n"])) if before else ""
    return Tile(
        title=fixed(TITLES["new_leads"]),
        chip=Badge(draft.say("chip_word", word=word), tone),
        inside=str(draft.part(now["k"], now["n"])),
        outside="",
        dots=(Bar(now["value"], "", "fit", now["low"], now["high"]),),
        note=draft.say("tile_leads", since=since, before=then),
        change=_since_report(draft, rows),
        anchor="measure-new-leads",
    )
