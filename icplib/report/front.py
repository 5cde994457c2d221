"""Page one: a verdict, one chart, decisions, tiles, whom we want, what warns, where to sell."""

from typing import Any

import pandas as pd

from icplib import words
from icplib.pages import Part, Said, fixed, slug
from icplib.pages.views import Bar, Tone
from icplib.report import decide, evidence, leaders, tiles
from icplib.report.draft import Draft, Row, count, first_said
from icplib.report.views import Hero, PageOne, Panel, Period, Person
from icplib.stats.intervals import wilson

LABELS = {
    "keep": "Keep the profile",
    "watch": "Keep and watch",
    "revise": "Revise the profile",
    "market moved": "Keep the profile: the market moved",
}
NO_PROFILE = {"market moved": "No profile yet: the market moved"}  # revise: one stood before
NO_PROFILE |= dict.fromkeys(("keep", "watch"), "No profile yet")
MOST_FLAGS, MOST_QUARTERS, MOST_BARS = 3, 9, 6
SEARCH = "best customers for a search"
OUT = "out whatever the points"


def page_one(draft: Draft, word: str) -> PageOne:
    """All that page one says; ``word`` is the verdict of the two questions."""
    questions = {(q["measure"], q["side"]): q for q in draft.rows("06_questions")}
    card = draft.model("04_scorecard")
    version = f", card version {card.version}" if card.available else ""
    return PageOne(
        company=draft.company,
        dated=f"{words.date(draft.as_of)} ({draft.quarter}{version})",
        word=word,
        label=fixed((LABELS if draft.lines else LABELS | NO_PROFILE)[word]),
        headline=_headline(draft, word, questions),
        detail=_detail(draft, questions),
        hero=_hero(draft, questions),
        decisions=decide.decisions(draft, word, questions),
        tiles=tiles.tiles(draft),
        panels=tuple(p for p in (_want(draft) or _known(draft), _warn(draft), _sell(draft)) if p),
        people=tuple(_person(draft, card) for card in draft.model("05_personas").cards),
        people_note=_people_note(draft),
        sure=_sure(draft),
        leaders=leaders.leaders(draft),
    )


def _headline(draft: Draft, word: str, questions: dict[tuple[str, str], Row]) -> Said:
    market, gap = questions.get(("win rate", "all")), questions.get(("win rate", "gap"))
    if word == "market moved" and market:
        ratio = market["since"] / market["before"]
        since = draft.month(market["break_quarter"])
        return draft.say("headline_market", since=since, ratio=ratio, fits=bool(draft.lines))
    if word == "revise" and gap and gap["state"] == "failed":
        failed = [q["side"] for q in draft.rows("06_questions", question="line", state="failed")]
        since = draft.month(gap["break_quarter"])
        return draft.say("headline_failed", since=since, lines=failed[:2])
    if word == "revise":
        lines = draft.rows("06_changes", area="profile", is_material=True)
        return draft.say("headline_changed", lines=[r["item"] for r in lines][:2])
    if not draft.lines:
        return draft.say("headline_none", can_search="search" in draft.model("02_noise").state)
    if word == "watch":
        return draft.say("headline_watch", **_why_watch(draft))
    return draft.say("headline_keep", **_what_separates(draft, questions))


def _why_watch(draft: Draft) -> dict[str, Any]:
    """The first reason to watch, in the order of what a leader can do about it."""
    on = {r["sign"]: r for r in draft.rows("06_signs", is_fired=True)}
    said: dict[str, Any] = {"why": "", "since": "", "what": []}
    for sign, why in (("conversion_fit", "fit"), ("cycle", "cycle")):
        if sign in on and on[sign].get("break_quarter"):
            return said | {"why": why, "since": draft.month(on[sign]["break_quarter"])}
    if draft.profile.status != "profile":
        return said | {"why": "exploratory"}
    if noted := [r["label"].lower() for r in on.values() if r["status"] == "entered"]:
        return said | {"why": "noted", "what": noted}
    cadence = draft.model("05_personas").cadence
    if cadence in ("due", "overdue"):
        return said | {"why": "interviews", "what": [cadence]}
    if not draft.previous:
        return said | {"why": "first"}
    rest = [r["label"].lower() for r in on.values()]
    return said | ({"what": rest} if rest else {"why": "wide"})


def _what_separates(draft: Draft, questions: dict[tuple[str, str], Row]) -> dict[str, str]:
    for measure in ("win rate", "revenue", "leaving"):
        row = questions.get((measure, "gap"))
        if row and row["state"] == "separates":
            return {"measure": measure, "how": tiles.times(draft, "revenue")}
    return {"measure": "", "how": ""}


def _detail(draft: Draft, questions: dict[tuple[str, str], Row]) -> Said:
    """The grey line of numbers under the headline."""
    said = []
    fit, others = questions.get(("win rate", "fit")), questions.get(("win rate", "others"))
    if fit and others and fit["n_since"] and others["n_since"]:
        parts = {
            f"{name}{tail}": part
            for tail, when in (("", "since"), ("_before", "before"))
            for name, part in zip(
                ("fit", "others"),
                draft.parts([fit, others], f"k_{when}", f"n_{when}"),
                strict=True,
            )
        }
        said.append(draft.say("detail_deals", **parts))
        gap = questions.get(("win rate", "gap"))
        if fit["state"] == "on" and gap and gap["state"] == "cannot tell":
            said.append(draft.say("detail_gap", n=fit["n_since"]))
    cycle = draft.row("06_signs", sign="cycle", is_fired=True)
    if cycle:
        said.append(draft.say("detail_cycle", now=cycle["now"], before=round(cycle["before"])))
    noted = draft.rows("06_signs", status="entered", is_fired=True)
    said += [
        draft.say("detail_noted", what=r["label"].lower(), day=r["latest_date"]) for r in noted
    ]
    if not said or not draft.lines:
        said.insert(0, _nearest_step(draft))
    return join(said)


def _nearest_step(draft: Draft) -> Said:
    """What would help most where little can be said."""
    noise = draft.model("02_noise")
    if "search" in noise.state:
        return draft.say("detail_searched", n=noise.n, traits=noise.n_attributes)
    ready = draft.row("01_readiness", needs=SEARCH) or {"n_need": 20}
    need = int(ready["n_need"])
    # a larger share of best makes enough of them, as long as it stays a minority
    share = need / noise.n if noise.n else 1.0
    enough = words.number(round(share + 0.005, 2)) if share <= 0.35 else ""
    return draft.say("detail_step", have=noise.n_best, need=need, share=enough)


def join(sentences: list[Said]) -> Said:
    """Sentences one after another."""
    return Said(" ".join(sentences), (v for one in sentences for v in one.values))


def _hero(draft: Draft, questions: dict[tuple[str, str], Row]) -> Hero | None:
    """Win rate by quarter; quarters are pooled until nobody can be recognised in a point."""
    table = draft.table("06_quarters")
    table = table[table["is_whole"].astype(bool)]
    quarters = sorted(table["quarter"].unique())[-MOST_QUARTERS:]
    table = table[table["quarter"].isin(quarters)].set_index(["quarter", "side"])
    fit = questions.get(("win rate", "fit"))
    sides = ("fit", "others") if fit and fit["n_since"] and draft.profile else ("all",)
    periods = [p for group in _pools(draft, table, quarters, sides) for p in group]
    if len(periods) < 2 * len(sides):
        return None
    states = {side: (questions.get(("win rate", side)) or {}).get("state") for side in sides}
    broken = [side for side in sides if states[side] == "on"]
    gap = questions.get(("win rate", "gap")) or {}
    whole = "" if sides != ("all",) else "quarters"
    word = " and ".join(broken) or whole or ("above" if gap.get("state") == "separates" else "")
    start = next((p.label for p in periods if p.is_broken), "")
    title = draft.say("hero_title", word=word, since=start, ratio=None)
    last = {p.side: p.estimate for p in periods}
    alt = draft.say("hero_alt", title=title, fit=last.get("fit"), others=last[sides[-1]])
    pooled = any(words.DASH in p.label for p in periods)
    return Hero(title, draft.say("hero_note", pooled=pooled), alt, tuple(periods))


def _pools(
    draft: Draft, table: pd.DataFrame, quarters: list[str], sides: tuple[str, ...]
) -> list[list[Period]]:
    """Points by period: no period spans a break, none shows a small group.

    After a break the last period shows the side that is large enough, though the other is not.
    """
    groups: list[list[str]] = []
    for quarter in quarters:
        broken = _is_broken(table, quarter)
        last = groups[-1] if groups else None
        if last and _is_broken(table, last[0]) == broken and not _shown(draft, table, last, sides):
            last.append(quarter)
        else:
            groups.append([quarter])
    if len(groups) > 1 and not _shown(draft, table, groups[-1], sides):
        before, tail = groups[-2], groups[-1]
        if _is_broken(table, before[0]) == _is_broken(table, tail[0]):
            groups[-2:] = [before + tail]
    points = []
    for group in groups:
        seen = [side for side in sides if _shown(draft, table, group, (side,))]
        is_news = group is groups[-1] and _is_broken(table, group[0])
        if is_news or len(seen) == len(sides):
            points.append([_period(table, group, side) for side in seen])
    return points


def _is_broken(table: pd.DataFrame, quarter: str) -> bool:
    return bool(table.loc[quarter]["is_broken"].any())


def _shown(draft: Draft, table: pd.DataFrame, group: list[str], sides: tuple[str, ...]) -> bool:
    sums = [table.loc[[(q, side) for q in group], ["k", "n"]].sum() for side in sides]  # type: ignore[index]
    return all(draft.part(s["k"], s["n"]).is_shown and s["n"] for s in sums)  # type: ignore[index]


def _period(table: pd.DataFrame, group: list[str], side: str) -> Period:
    k, n = (int(x) for x in table.loc[[(q, side) for q in group], ["k", "n"]].sum())  # type: ignore[index, attr-defined]
    low, high = wilson(k, n)
    label = group[0] if len(group) == 1 else f"{group[0]}{words.DASH}{group[-1][-2:]}"
    return Period(label, side, n, k / n, float(low), float(high), _is_broken(table, group[0]))


def _want(draft: Draft) -> Panel | None:
    """The ladder as bars: best customers of those that meet the lines so far."""
    profile = draft.profile
    if not draft.lines:
        return None
    basis, verdicts = profile.provenance, {c.words: c.verdict for c in profile.criteria}
    rungs = [r for r in profile.ladder if r.n_conditions <= len(profile.headline)]
    top = max([r.n_best / r.n_accounts for r in rungs if r.n_accounts], default=1.0) * 1.15
    bars = []
    for rung in rungs:
        held = draft.part(rung.n_best, rung.n_accounts, complement=False)
        verdict = verdicts.get(rung.added, "holds up")
        bars.append(
            Bar(
                _scaled(held.share, top),
                draft.say("want_line", part=held, first=rung.n_conditions == 1),
                mark=_scaled(basis.n_best / basis.n_customers, top) if held.is_shown else None,
                label=("" if rung.n_conditions == 1 else "+ ") + rung.added,
                badge="" if verdict == "holds up" else verdict,
            )
        )
    last = next((r for r in rungs if r.is_headline), None)
    foot = ""
    if last and last.precision is not None and bars[-1].value is not None:
        foot = draft.say(
            "want_foot", share=last.precision, low=last.precision_low, high=last.precision_high
        )
    title = draft.say("want_title", n=len(profile.headline))
    every = draft.part(basis.n_best, basis.n_customers, complement=False)
    note = draft.say("want_note", part=every)
    return Panel(title, note, tuple(bars), foot, "profile")


def _known(draft: Draft) -> Panel | None:
    """What is known of customers without any profile: who they are, and what few of them bring."""
    rows = draft.rows("04_sales", topic="by industry") or draft.rows("04_sales", topic="by size")
    rows = sorted(rows, key=lambda r: (-r["k"], r["group"]))
    parts = draft.parts(rows)
    top = max([p.share or 0.0 for p in parts], default=0.0) * 1.15 or 1.0
    shown = [(r, p) for r, p in zip(rows, parts, strict=True) if p.is_shown]
    bars = tuple(
        Bar(_scaled(p.share, top), str(p), "rest", label=str(r["group"]))
        for r, p in shown[:MOST_BARS]
    )
    few = draft.row("04_sales", topic="top fifth")
    n = rows[0]["n"] if rows else draft.model("02_noise").n
    note = draft.say("known_note", n=n, least=draft.least if len(shown) < len(rows) else 0)
    foot: str = ""
    if few:
        foot = draft.say(
            "known_foot",
            part=draft.part(few["k"], few["n"], False),
            share=few["estimate"],
            amount=draft.money(few["amount"]),
        )
    return (
        Panel(fixed("What is known of customers"), note, bars, foot, "profile")
        if rows or few
        else None
    )


def _scaled(value: float | None, top: float) -> float | None:
    return None if value is None or words.is_missing(value) else min(float(value) / top, 1.0)


def flags_of(draft: Draft) -> list[Row]:
    """Red flags, the surest first, twins folded into the stronger one."""
    rows = [r for r in draft.rows("03_red_flags", is_found=True) if words.is_missing(r["follows"])]
    return sorted(rows, key=lambda r: (-r["hr_low"], r["flag"]))


def flag_words(row: Row) -> str:
    """'No technical contact identified' for a flag that is the 'No' of a question."""
    values = list(row["values"]) if row["values"] is not None else []
    if row["op"] == "in" and values == ["No"]:
        return f"No {str(row['label']).lower()}"
    return str(row["flag"])


def _warn(draft: Draft) -> Panel:
    rows = flags_of(draft)[:MOST_FLAGS]
    amounts = {r["group"]: r for r in draft.rows("04_sales", topic="at risk")}
    top = max([r["churned_share_exposed"] for r in rows], default=1.0) * 1.3
    bars = []
    for r in rows:
        left = draft.part(r["n_events"], r["n_exposed"])
        rest = draft.part(r["n_unexposed_events"], r["n_unexposed"])
        known = left.is_shown and rest.is_shown
        carried = amounts.get(r["flag"], {})
        text = draft.say(
            "warn_line",
            part=left,
            rest=words.share(rest.share) if known else "not shown",
            current=count(draft, r["n_current"]),
            amount=draft.money(carried["amount"]) if carried and left.is_shown else "",
            late=not r["is_before_sale"],
        )
        shares = (left.share, rest.share) if known else (None, None)
        bars.append(
            Bar(
                _scaled(shares[0], top),
                text,
                "risk",
                mark=_scaled(shares[1], top),
                label=flag_words(r),
            )
        )
    many = amounts.get("three or more")
    foot: str = ""
    if bars and many and draft.part(many["k"], many["n"]).is_shown:
        foot = draft.say("warn_foot", n=many["k"], amount=draft.money(many["amount"]))
    churn = draft.model("03_churn")
    level = "tested" if churn.level == "full" else "nothing" if not churn.available else "few"
    note = (
        draft.say("warn_note")
        if bars
        else draft.say("warn_empty", level=level, left=count(draft, churn.n_left))
    )
    return Panel(fixed("What warns of leaving"), note, tuple(bars), foot, "leaving")


def pursued(draft: Draft, rows: list[Row]) -> list[Part]:
    """Prospects to pursue of each tier, of those of all tiers."""
    total = sum(int(r["n_prospects"]) for r in rows)
    return draft.parts([r | {"all": total} for r in rows], "n_prospects", "all", complement=False)


def few(part: Part) -> str:
    """A count whose total stands elsewhere."""
    return {"": words.number(part.k), "k": f"fewer than {part.least}"}.get(part.hides, "not shown")


def _sell(draft: Draft) -> Panel | None:
    """Tiers with the prospects that can be pursued."""
    card = draft.model("04_scorecard")
    rows = draft.rows("04_tiers")
    if not card.available or not rows:
        ready, have = draft.row("01_readiness", needs=SEARCH) or {}, draft.model("02_noise").n_best
        need = ready.get("n_need") or 0
        note = draft.say("sell_empty", best=count(draft, have), need=need if have < need else 0)
        return Panel(fixed("Where to sell next"), note, (), "", "selling")
    pursuable = pursued(draft, rows)
    held = draft.parts(rows, "n_best", "n", complement=False)
    top = max([p.k or 0 for p in pursuable] + [1]) * 1.05
    tones: dict[str, Tone] = {"A": "fit", "B": "mid", "C": "pale", "D": "muted"}
    bars = []
    for r, n, best in zip(rows, pursuable, held, strict=True):
        text = draft.say(
            "sell_line",
            n=few(n),
            part=best if best.is_shown and r["n"] else "",
            word=r["tier"],
        )
        shown = n.k / top if n.is_shown and n.k is not None else None
        bars.append(Bar(shown, text, tones[r["tier"]], label=fixed(f"Tier {r['tier']}")))
    out = sum(k.n_prospects for k in card.knock_outs)
    why = words.listed([k.words.split(" (")[0] for k in card.knock_outs], "or", 2)
    total = words.number(pursuable[0].n) if all(n.is_shown for n in pursuable) else ""
    note = draft.say("sell_note", n=total, out=count(draft, out) if out else "", why=why)
    gain = draft.row("04_sales", topic="gains", group="50")
    foot: str = ""
    if gain:
        foot = draft.say(
            "sell_foot", size="50", share=gain["estimate"], low=gain["low"], high=gain["high"]
        )
    return Panel(fixed("Where to sell next"), note, tuple(bars), foot, "selling")


def _person(draft: Draft, card: Any) -> Person:
    said = {f.family: f for f in card.fields}
    goal, pain = (first_said(said, name) for name in ("goal", "pain"))
    style = first_said(said, "communication_style") or first_said(said, "channel")
    few = card.n_interviews < draft.least
    basis = draft.say("persons_basis", n=count(draft, card.n_interviews))
    text = draft.say("person", goal=goal, pain=pain, format=style)
    return Person(
        card.name,
        card.role_label,
        basis if not few else "few interviews",
        text,
        f"persona-{slug(card.name)}",
    )


def _people_note(draft: Draft) -> Said:
    personas = draft.model("05_personas")
    if not personas.cards:
        n = count(draft, personas.n_interviews) if personas.n_interviews else ""
        return draft.say("people_none", n=n)
    few = [line.split(":")[0] for line in personas.not_enough]
    anti = [k.words.split(" (")[0] for k in draft.model("04_scorecard").knock_outs][:2]
    return draft.say("people_note", few=few, anti=anti)


def _sure(draft: Draft) -> Said:
    noise, churn = draft.model("02_noise"), draft.model("03_churn")
    searched = "search" in noise.state
    sellers = draft.rows("02_sellers")
    return draft.say(
        "sure",
        record=evidence.record(draft),
        beliefs=[r["verdict"] for r in draft.rows("02_beliefs")],
        sold=[r["item"] for r in sellers if not str(r["verdict"]).startswith("not the")][:2],
        n=noise.n,
        best=count(draft, noise.n_best) if searched else "",
        left=count(draft, churn.n_left) if churn.available else "",
        interviews=count(draft, draft.model("05_personas").n_interviews),
        traits=noise.n_attributes if searched else 0,
        luck=round(1 / noise.false_discovery_rate) if draft.lines else 0,
    )
