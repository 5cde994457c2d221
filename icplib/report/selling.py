"""Parts for sales, marketing and customer success: tiers, pipeline, losses, channels, leaving."""

from itertools import pairwise
from typing import Any

import pandas as pd

from icplib import words
from icplib.charts import churn as churn_charts
from icplib.charts import report as charts
from icplib.charts import scoring as score_charts
from icplib.pages import Part, fixed
from icplib.pages.counts import is_small
from icplib.pages.views import Table
from icplib.report.draft import Draft, Row, count
from icplib.report.front import few, flag_words, flags_of, pursued
from icplib.report.sections import HIDDEN, SURE, bar, figure, interval, table
from icplib.report.views import Figure, Fold, Section


def selling(draft: Draft) -> Section:
    """Tiers, open pipeline, losses, and what time for so many accounts would hold."""
    card, tiers = draft.model("04_scorecard"), draft.table("04_tiers")
    figures, tables, folds = [], [], []
    shown = [x for x in draft.shown(draft.rows("04_tiers"), "n_best", "n", False) if x[0]["n"]]
    if card.available and shown:
        (first, k), (last, k0) = shown[0], shown[-1]
        chart = score_charts.tier_shares(tiers[tiers["tier"].isin([r["tier"] for r, _ in shown])])
        said = {"first": first["tier"], "last": last["tier"], "k": k, "k0": k0}
        figures.append(figure(draft, chart, "tiers", **said))
        tables.append(_tiers(draft))
        folds.append(_card(draft, card))
    gains = pd.DataFrame(draft.rows("04_sales", topic="gains"))
    if len(gains):
        half = gains.iloc[(gains["estimate"] - 0.5).abs().argmin()]
        figures.append(
            figure(
                draft,
                charts.gains(gains),
                "gains",
                size=half["group"],
                share=half["estimate"],
                n=half["n"],
            )
        )
    tables += [t for t in (_pipeline(draft), _losses(draft)) if t]
    lead = "" if tables else draft.say("selling_none")
    return Section(
        fixed("Where to sell next"),
        "selling",
        fixed("For sales"),
        lead,
        tuple(figures),
        tuple(tables),
        folds=tuple(folds),
    )


def _tiers(draft: Draft) -> Table:
    won = {r["group"]: r for r in draft.rows("04_sales", topic="won by tier")}
    cycle = {r["group"]: r for r in draft.rows("04_sales", topic="cycle by tier")}
    closed = dict(zip(won, draft.parts(list(won.values())), strict=True))
    rows, tiers = [], draft.rows("04_tiers")
    held = draft.parts(tiers, "n_best", "n", complement=False)
    for r, n, best in zip(tiers, pursued(draft, tiers), held, strict=True):
        tier = r["tier"]
        deals = closed.get(tier)
        days = cycle.get(tier)
        rows.append(
            (
                f"Tier {tier}",
                "" if words.is_missing(r["from_points"]) else words.number(r["from_points"]),
                few(n),
                bar(best),
                bar(deals) if deals else words.DASH,
                interval(won[tier], "share") if deals and deals.is_shown else words.DASH,
                words.days(days["estimate"]) if days and days["n"] >= draft.least else words.DASH,
                words.number(days["n"]) if days and days["n"] >= draft.least else words.DASH,
            )
        )
    window = next((r["window"] for r in won.values()), "")
    return table(
        "Tiers: whom to pursue, and what they brought",
        "Tier|#From points|#To pursue|=Best, of customers the score had not seen|=Deals won"
        "|#95 % interval|#Median cycle|#n",
        rows,
        anchor="tiers",
        note=draft.say("tiers_note", window=window, swapped=_out_of_order(draft)),
    )


def _out_of_order(draft: Draft) -> list[tuple[str, str]]:
    """Neighbouring tiers of which the lower one held more best customers."""
    seen = [r for r, _ in draft.shown(draft.rows("04_tiers"), "n_best", "n", False)]
    return [(a["tier"], b["tier"]) for a, b in pairwise(seen) if b["best_rate"] > a["best_rate"]]


def _card(draft: Draft, card: Any) -> Fold:
    rows = [
        (
            rule.label
            + (f": {rule.member}" if rule.member else "")
            + (" (weak evidence)" if rule.is_weak else ""),
            "; ".join(f"{s.words} {s.points}" for s in rule.segments if s.points),
            words.number(rule.most),
        )
        for rule in card.rules
        if rule.most
    ]
    never = [k.words for k in card.knock_outs]
    lines = (draft.say("never", names=never),) if never else ()
    return Fold(
        fixed("The score, as it is added up by hand"),
        "scorecard",
        (table("Points add up to 0 to 100", "Attribute|Points|#At most", rows),),
        lines,
    )


def _pipeline(draft: Draft) -> Table | None:
    """The open pipeline by fit, and a quarter ago."""
    now = draft.rows("04_sales", topic="open")
    before = {r["side"]: r for r in draft.rows("04_sales", topic="open before")}
    if not now:
        return None
    unknown = next((r for r in now if r["side"] == "not known"), None)
    if unknown and is_small(unknown["k"], draft.least):
        now, before = _merged(now), {r["side"]: r for r in _merged(list(before.values()))}
    parts = draft.parts(now)
    told = dict(zip(before, draft.parts(list(before.values())), strict=True))
    rows = [
        (
            r["side"].capitalize(),
            bar(p),
            draft.money(r["amount"]) if p.is_shown else HIDDEN,
            str(told[r["side"]]) if r["side"] in told else words.DASH,
        )
        for r, p in zip(now, parts, strict=True)
    ]
    return table(
        draft.say("pipeline_title", n=now[0]["n"]),
        "By the profile|=Open deals|#Amount|#A quarter ago",
        rows,
        anchor="pipeline",
    )


def _merged(rows: list[Row]) -> list[Row]:
    """The few deals whose fit is not known counted with those that fit: nobody is left alone."""
    by_side = {r["side"]: r for r in rows}
    fit, unknown = by_side["fit"], by_side["not known"]
    both = {c: fit[c] + unknown[c] for c in ("k", "amount")}
    return [fit | both | {"side": "fit, or not known"}, by_side["others"]]


def _losses(draft: Draft) -> Table | None:
    sides = {
        side: draft.rows("04_sales", topic="lost", side=side) for side in ("all", "fit", "others")
    }
    if not sides["all"]:
        return None
    parts = {side: draft.parts(rows) for side, rows in sides.items()}
    hidden = _unsolvable(draft, sides, parts)
    rows = []
    for i, r in enumerate(sides["all"]):
        cells = [
            HIDDEN
            if side != "all" and i in hidden
            else bar(parts[side][i], "risk")
            if sides[side]
            else words.DASH
            for side in sides
        ]
        apart = sides["fit"] and sides["fit"][i]["p"] < SURE
        rows.append((-r["k"], (r["group"], *cells, "differs" if apart else "within chance")))
    rows = [row for _, row in sorted(rows, key=lambda x: x[0])]
    return table(
        draft.say("losses_title", window=sides["all"][0]["window"]),
        "Reason|=All lost deals|=Of those that fit|=Of the others|Fit against others",
        rows,
        anchor="losses",
    )


def _unsolvable(
    draft: Draft, sides: dict[str, list[Row]], parts: dict[str, list[Part]]
) -> set[int]:
    """Reasons told for all deals alone, so that no small count follows from rows and columns.

    Where one side is hidden, so is the other; two reasons at least are, and together they are no
    few deals of either side.
    """
    every = [i for i, r in enumerate(sides["all"]) if sides["fit"] and r["k"]]
    hidden = {i for i in every if not all(parts[s][i].is_shown for s in ("fit", "others"))}
    rest = sorted(set(every) - hidden, key=lambda i: sides["all"][i]["k"])
    while hidden and rest and (len(hidden) < 2 or _few(draft, sides, hidden)):
        hidden.add(rest.pop(0))
    return hidden


def _few(draft: Draft, sides: dict[str, list[Row]], hidden: set[int]) -> bool:
    sums = (sum(sides[s][i]["k"] for i in hidden) for s in ("fit", "others"))
    return any(is_small(k, draft.least) for k in sums)


def spending(draft: Draft) -> Section:
    """Leads that fit and deals won by channel."""
    rows = draft.rows("04_sales", topic="leads by channel")
    title = fixed("Where to spend")
    if not rows:
        return Section(title, "spending", fixed("For marketing"), draft.say("spending_none"))
    won = {r["group"]: r for r in draft.rows("04_sales", topic="won by channel")}
    parts = draft.parts(rows)
    figures = [
        _channels(draft, draft.shown(rows), "new leads that fit", "channels"),
        _channels(draft, draft.shown(list(won.values())), "deals won", "channels_won"),
    ]
    closed = dict(zip(won, draft.parts(list(won.values())), strict=True))
    body = []
    for r, p in zip(rows, parts, strict=True):
        deal = won.get(r["group"])
        part = closed.get(r["group"])
        body.append(
            (
                r["group"],
                bar(p),
                interval(r, "share") if p.is_shown else HIDDEN,
                bar(part) if part else words.DASH,
                interval(deal, "share") if deal and part and part.is_shown else words.DASH,
                _apart(r, deal),
            )
        )
    note = draft.say("channels_note", window=rows[0]["window"])
    return Section(
        title,
        "spending",
        fixed("For marketing"),
        figures=tuple(f for f in figures if f),
        tables=(
            table(
                "Channels",
                "Channel|=New leads that fit|#95 % interval|=Deals won|#95 % interval"
                "|Against the other channels",
                body,
                note=note,
                anchor="channels",
            ),
        ),
    )


def _channels(draft: Draft, shown: list[tuple[Row, Part]], name: str, macro: str) -> Figure | None:
    """Shares by channel, the largest on top."""
    if len(shown) < 2:
        return None
    ranked = sorted(shown, key=lambda x: -x[0]["estimate"])
    frame = pd.DataFrame([r | {"label": r["group"], "note": str(p)} for r, p in ranked])
    ends = {"first": ranked[0][0]["group"], "last": ranked[-1][0]["group"]}
    sure = any(r["p"] < SURE for r, _ in ranked)
    return figure(draft, charts.shares(frame, name), macro, sure=sure, **ends)


def _apart(lead: Row, deal: Row | None) -> str:
    said = [name for name, row in (("fit", lead), ("won", deal)) if row and row["p"] < SURE]
    return f"differs: {words.listed(said)}" if said else "within chance"


def leaving(draft: Draft) -> Section:
    """How long customers stay, what warns of leaving, and who is at risk today."""
    churn = draft.model("03_churn")
    title = fixed("Customers who leave")
    if not churn.available:
        return Section(
            title,
            "leaving",
            fixed("For customer success"),
            draft.say("warn_empty", level="nothing", left=""),
        )
    figures = []
    curve = draft.table("03_survival")
    curve = curve[curve["n_at_risk"] >= draft.least]
    if len(curve):
        figures.append(
            figure(
                draft,
                churn_charts.survival_by_fit(curve),
                "survival",
                share=churn.kept_12_share,
                low=churn.kept_12_low,
                high=churn.kept_12_high,
            )
        )
    flags = [r for r in flags_of(draft) if draft.part(r["n_events"], r["n_exposed"]).is_shown]
    if flags:
        frame = pd.DataFrame([r | {"flag": flag_words(r)} for r in flags])
        figures.append(
            figure(
                draft,
                churn_charts.red_flag_forest(frame, 8),
                "flags",
                n=len(flags),
                first=flag_words(flags[0]),
                times=flags[0]["hazard_ratio"],
            )
        )
    rows = _flags(draft)
    level = "tested" if churn.level == "full" else "few"
    tables = (
        table(
            "What warns of leaving",
            "Flag|=Left with it; line: without|#Without|#Leave faster by"
            "|#95 % interval|#Have it today|#Revenue a year|Known",
            rows,
            anchor="red-flags",
            empty=draft.say("warn_empty", level=level, left=count(draft, churn.n_left)),
        ),
    )
    return Section(
        title, "leaving", fixed("For customer success"), figures=tuple(figures), tables=tables
    )


def _flags(draft: Draft) -> list[tuple]:
    """A row a red flag: who left with it, who has it today, and what they bring."""
    amounts = {r["group"]: r for r in draft.rows("04_sales", topic="at risk")}
    rows = []
    for r in flags_of(draft):
        left = draft.part(r["n_events"], r["n_exposed"])
        rest = draft.part(r["n_unexposed_events"], r["n_unexposed"])
        hidden = not (left.is_shown and rest.is_shown)
        at_risk = amounts.get(r["flag"])
        rows.append(
            (
                flag_words(r),
                str(left) if hidden else bar(left, "risk", rest.share),
                HIDDEN if hidden else words.share(rest.share),
                words.ratio(r["hazard_ratio"]),
                words.between(r["hr_low"], r["hr_high"], "ratio"),
                count(draft, r["n_current"]),
                draft.money(at_risk["amount"]) if at_risk and not hidden else words.DASH,
                "before signing" if r["is_before_sale"] else "once they buy",
            )
        )
    return rows
