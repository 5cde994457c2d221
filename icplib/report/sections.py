"""The parts below page one: a finding as a figure, what stands behind it, evidence folded."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from icplib import words
from icplib.charts import patterns as pattern_charts
from icplib.charts import personas as persona_charts
from icplib.charts.theme import show
from icplib.pages import Part, fixed
from icplib.pages.views import Badge, Bar, Head, Table, card_view
from icplib.report.draft import Draft, Row, count
from icplib.report.views import Figure, Fold, Section
from icplib.vocabulary.judgements import VERDICTS

SURE = 0.05
TONES = {"sure": "good", "lead": "lead", "few": "muted", "stop": "warn"}
HIDDEN = "not shown"
BELIEF = "More or fewer best customers|Believed by|=Best among them|#Lift|#95 % interval|Data"
LINE = "Line|Verdict|=Meet it|=Best among them|#Lift|#95 % interval|Customers who left"


def table(title: str, heads: str, rows: Iterable[tuple], **more: Any) -> Table:
    """A table; ``heads`` are titles apart by bars, numbers marked ``#``, bars ``=``."""
    kinds = {"#": "number", "=": "bar"}
    columns = tuple(
        Head(fixed(h.strip("#=")), kinds.get(h[:1], "text"))  # type: ignore[arg-type]
        for h in heads.split("|")
    )
    return Table(fixed(title), columns, tuple(tuple(row) for row in rows), **more)


def bar(one: Part, tone: Any = "fit", mark: float | None = None) -> Bar | str:
    """``k`` of ``n`` as a bar with its words; words alone where it is hidden."""
    share = one.share
    return Bar(share, str(one), tone, mark=mark) if share is not None else str(one)


def interval(row: Row, unit: str, currency: str = "") -> str:
    """The interval of a row in its unit."""
    if words.is_missing(row["low"]):
        return words.DASH
    return words.between(row["low"], row["high"], unit, currency)


def badge(verdict: str) -> Badge:
    """A verdict as its badge."""
    return Badge(fixed(verdict), TONES[VERDICTS.get(verdict, "few")])  # type: ignore[arg-type]


def figure(draft: Draft, chart: Any, macro: str, note: str = "", **values: Any) -> Figure:
    """A chart whose visible title and alt text are its finding."""
    title = draft.say(macro, **values)
    return Figure(title, show(chart, title), note)


def profile(draft: Draft) -> Section:
    """What a company must be, line by line, and what chance alone would show."""
    profiles = draft.model("03_profile").profiles
    title = fixed("The ideal customer profile")
    trial = _beliefs(draft)
    if not profiles or not profiles[0].criteria:
        return Section(title, "profile", lead=draft.say("profile_none"), tables=trial)
    figures, tables, folds = [], [], []
    rows = draft.told(draft.table("02_patterns"), "n_best_with", "n_with")
    up = rows[(rows["direction"] == "up") & rows["lift"].notna()]
    if len(up):
        held = up[up["verdict"] == "holds up"]
        figures.append(
            figure(
                draft,
                pattern_charts.lifts(rows, 10),
                "lifts",
                n=len(held),
                of=draft.model("02_noise").n_attributes,
                first=up.iloc[0]["item"],
            )
        )
    rungs = [
        r
        for r in profiles[0].ladder
        if r.precision is not None and draft.part(r.n_best, r.n_accounts, False).is_shown
    ]
    if rungs:
        last, basis = rungs[-1], profiles[0].provenance
        chart = pattern_charts.ladder(rungs, basis.n_best / basis.n_customers)
        figures.append(
            figure(
                draft,
                chart,
                "ladder",
                n=last.n_conditions,
                share=last.precision,
                low=last.precision_low,
                high=last.precision_high,
                base=basis.n_best / basis.n_customers,
            )
        )
    for one in profiles:
        head = one.segment or one.name
        tables.append(
            table(
                draft.say("lines_title", name=head),
                LINE,
                [_line(draft, c, one) for c in one.criteria],
                anchor="icp-evidence" if one is profiles[0] else "",
                note=draft.say("lines_note", floor=draft.model("02_noise").noise_floor_common_lift),
            )
        )
        folds += _left_out(draft, one)
    tables += trial
    folds += _sellers(draft)
    return Section(
        title, "profile", figures=tuple(figures), tables=tuple(tables), folds=tuple(folds)
    )


def _beliefs(draft: Draft) -> tuple[Table, ...]:
    """What people believe about the best customers, each beside the data."""
    rows = [
        (
            f"{r['direction'].capitalize()}: {r['item']}",
            r["who"],
            bar(best),
            words.ratio(r["estimate"]) if best.is_shown else HIDDEN,
            interval(r, "ratio") if best.is_shown else HIDDEN,
            badge(r["verdict"]),
        )
        for r in draft.rows("02_beliefs")
        for best in (draft.part(r["n_best_with"], r["n_with"], complement=False),)
    ]
    note = draft.say("beliefs_note")
    return (table("Beliefs on trial", BELIEF, rows, note=note, anchor="beliefs"),) if rows else ()


def _sellers(draft: Draft) -> list[Fold]:
    """Finds and the win rate among customers of the same seller or channel."""
    rows = draft.rows("02_sellers")
    told = [(r["item"], words.number(r["n_rivals"]), r["verdict"]) for r in rows]
    asked = table("Among customers of the same one", "What|#Sellers or channels|Verdict", told)
    return [Fold(fixed("Was it the seller, or the channel?"), "sellers", (asked,))] if rows else []


def _line(draft: Draft, c: Any, one: Any) -> tuple:
    e = c.evidence
    if e is None:
        return (c.words, badge(c.verdict), "typed in by the company", *[words.DASH] * 4)
    meet, best = draft.part(e.n_with, e.n_known, False), draft.part(e.n_best_with, e.n_with, False)
    basis = one.provenance
    hidden = not (meet.is_shown and best.is_shown)
    lift = (
        (HIDDEN, HIDDEN)
        if hidden
        else (
            words.ratio(e.lift_shrunken or e.lift),
            words.between(e.lift_low, e.lift_high, "ratio"),
        )
    )
    left = "less often" if " 0." in e.churn else "more often" if " times" in e.churn else words.DASH
    return (
        c.words,
        badge(c.verdict),
        bar(meet),
        bar(best, mark=basis.n_best / basis.n_customers if basis.n_customers else None),
        *lift,
        left,
    )


def _left_out(draft: Draft, one: Any) -> list[Fold]:
    """The ladder, what was left out and why, and what does not separate."""
    rungs = []
    for r in one.ladder:
        held = draft.part(r.n_best, r.n_accounts, False)
        known = held.is_shown and r.precision is not None
        rungs.append(
            (
                f"{r.n_conditions}: {r.added}",
                bar(held),
                words.share(r.precision) if known else HIDDEN,
                words.between(r.precision_low, r.precision_high, "share") if known else HIDDEN,
                words.share(r.coverage) if held.is_shown else HIDDEN,
                "headline" if r.is_headline else "sweet spot" if r.is_sweet_spot else "",
            )
        )
    tables = (
        [
            table(
                "One condition after another",
                "Conditions|=Best among them|#Expected in new ones|#95 % interval|#Of all best"
                " held|Use",
                rungs,
                anchor="ladder",
                note=draft.say("ladder_note", origin=one.provenance),
            )
        ]
        if rungs
        else []
    )
    if one.dropped:
        why = pd.DataFrame(one.dropped, columns=["line", "why"]).groupby("why", sort=False)
        tables.append(
            table("Left out, and why", "Why|Lines", [(k, "; ".join(v["line"])) for k, v in why])
        )
    if one.disqualifiers:
        rows = [_line(draft, c, one) for c in one.disqualifiers]
        tables.append(table("Disqualifiers: fewer best customers than elsewhere", LINE, rows))
    lines = (draft.say("not_separating", names=one.not_separating),) if one.not_separating else ()
    return (
        [
            Fold(
                fixed("The ladder, what was left out, what does not separate"),
                "left-out",
                tuple(tables),
                lines,
            )
        ]
        if tables or lines
        else []
    )


def people(draft: Draft) -> Section:
    """Whom to convince: cards, who is never a customer, what to say to whom."""
    personas = draft.model("05_personas")
    title = fixed("Personas: whom to convince")
    tables = [t for t in (_anti(draft),) if t]
    if not personas.cards:
        n = count(draft, personas.n_interviews) if personas.n_interviews else ""
        return Section(title, "people", lead=draft.say("people_none", n=n), tables=tuple(tables))
    shares, texts, rows = [], [], []
    for card in personas.cards:
        said = [s for f in card.fields for s in f.statements if s.distinctive in ("High", "Medium")]
        for s in said[:6]:
            own = draft.part(s.n_said, s.n_asked, False)
            rest = draft.part(s.n_rest_said, s.n_rest_asked, False)
            shares.append([own.share, rest.share])
            texts.append([str(own), str(rest)])
            rows.append(f"{card.name}: {s.text}")
    figures = []
    if rows:
        chart = persona_charts.said_by(rows, shares, texts)
        figures.append(
            figure(draft, chart, "heat", n=len(rows), names=[c.name for c in personas.cards])
        )
    message = draft.table("05_messaging")
    kept = [
        c for c in ("segment", "persona", "pain", "promise", "channel", "format") if c in message
    ]
    folds = []
    if len(message):
        told = [
            tuple("" if words.is_missing(x) else str(x) for x in row)
            for row in message[kept].itertuples(index=False)
        ]
        folds = [
            Fold(
                fixed("What to say to whom"),
                "messaging",
                (table("Segment by persona", "|".join(c.capitalize() for c in kept), told),),
            )
        ]
    return Section(
        title,
        "people",
        fixed("For marketing and sales"),
        figures=tuple(figures),
        tables=tuple(tables),
        cards=tuple(card_view(c, draft.least) for c in personas.cards),
        folds=tuple(folds),
    )


def _anti(draft: Draft) -> Table | None:
    rows = []
    for r in draft.rows("05_anti_personas"):
        base = 0 if words.is_missing(r["n_base"]) else int(r["n_base"])
        if base > 0:
            rows.append(
                (
                    r["label"],
                    r["kind"],
                    bar(draft.part(r["n_flagged"], base), "risk"),
                    "" if words.is_missing(r["rule"]) else r["rule"],
                )
            )
    if not rows:
        return None
    return table(
        "Who looks like a customer and is none worth having",
        "Criterion|Kind|=Flagged, at least|What sales can use before signing",
        rows,
        anchor="anti-persona",
    )
