"""The parts that say how the numbers came about: measures, what changed, files, limits, method."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from icplib import words
from icplib.charts import report as charts
from icplib.pages import Part, fixed, slug
from icplib.pages.views import Table
from icplib.report import method, tiles
from icplib.report.draft import Draft, Row, count
from icplib.report.inputs import Inputs
from icplib.report.measures import INTRODUCTIONS
from icplib.report.sections import badge, bar, figure, table
from icplib.report.views import Fold, Section
from icplib.tables.files import HANDOUTS
from icplib.tables.step_06 import ReportFacts

TITLES = {
    "profile": "Profile",
    "red flags": "Red flags",
    "score": "Score",
    "tiers": "Tiers",
    "personas": "Personas",
    "measures": "Measures",
    "definition": "Definitions",
}


def changes(draft: Draft) -> Section:
    """What changed by more than chance; the rest, the signs and the decisions folded."""
    rows = draft.rows("06_changes")
    sure = [r for r in rows if r["is_material"]]
    rest = [r for r in rows if not r["is_material"]]
    heads = "Area|What|What happened|Why we believe it, or not"
    signs = draft.rows("06_signs")
    fired = [r["label"].lower() for r in signs if r["is_fired"] is True or r["is_fired"] == 1]
    lead = draft.say(
        "changes", n=len(sure), since=draft.previous, fired=fired, record=record(draft)
    )
    folds = [
        Fold(fixed("Signs that it is time to refresh"), "signs", (_signs(draft, signs),)),
        _questions(draft),
    ]
    if rest:
        folds.append(
            Fold(
                fixed("Changes that chance can explain"),
                "chance",
                (table("Within chance", heads, [_change(r) for r in rest]),),
            )
        )
    return Section(
        fixed("What changed"),
        "changes",
        "",
        lead,
        _trend(draft),
        (table("More than chance", heads, [_change(r) for r in sure], fits_half=True),)
        if sure
        else (),
        folds=tuple(folds),
    )


def record(draft: Draft) -> dict[str, Any]:
    """What became of statements that were called proven; empty where there were none."""
    rows = draft.table("06_record")
    if not len(rows):
        return {}
    judged = rows.loc[rows["state"] != "too early", "promise"]
    return {
        "n": len(rows),
        "judged": len(judged),
        "since": rows["claimed_quarter"].min(),
        "told": rows["state"].value_counts().to_dict(),
        "promised": judged.mean() if len(judged) else None,
    }


def _trend(draft: Draft) -> tuple:
    """Sales cycle by quarter, small groups left out."""
    rows = pd.DataFrame(draft.rows("06_quarters", side="all"))
    if rows.empty:
        return ()
    rows = rows[rows["is_whole"].astype(bool) & (rows["n_cycle"] >= draft.least)].tail(8)
    if len(rows) < 2:
        return ()
    chart = charts.cycles(rows)
    first, last = rows.iloc[0], rows.iloc[-1]
    return (
        figure(
            draft,
            chart,
            "cycle",
            now=last["cycle_days"],
            then=first["cycle_days"],
            quarter=last["quarter"],
            before=first["quarter"],
        ),
    )


def _change(r: Row) -> tuple[str, ...]:
    told = f"{r['before']} \N{RIGHTWARDS ARROW} {r['now']}" if r["before"] and r["now"] else ""
    item = f"{r['item']}: {told}" if told else r["item"]
    return TITLES.get(r["area"]) or r["area"], item, r["kind"], r["evidence"]


def _signs(draft: Draft, rows: list[Row]) -> Table:
    body = []
    for r in rows:
        known = not words.is_missing(r["is_fired"])
        unknown = "unknown" if r["status"] == "unknown" else "for people to judge"
        says = badge(("fired" if r["is_fired"] else "quiet") if known else unknown)
        values = [words.DASH] * 2
        if r["status"] == "computed" and r["unit"] in ("share", "days"):
            values = [_measured(draft, r, c) for c in ("now", "before")]
        since = r["break_quarter"] if isinstance(r["break_quarter"], str) else words.DASH
        body.append((r["label"], r["status"], says, since, *values))
    return table(
        "Six signs; unknown is not good news", "Sign|How it is known|Says|Since|#Now|#Before", body
    )


def _measured(draft: Draft, r: Row, when: str) -> str:
    """A sign's value with its n; a share with its n would tell how few they are."""
    n = r[f"n_{when}"]
    if r["unit"] == "share" and not words.is_missing(r[when]):
        held = draft.part(int(r[when] * n + 0.5), n)
        if not held.is_shown:
            return str(held)
    return f"{words.quantity(r[when], r['unit'])}, n = {count(draft, n)}"


def _held(draft: Draft, rows: list[Row], r: Row, when: str) -> Part:
    """What may be read of a row's counts: fit and others add up to all, which stand beside them."""
    side = "fit" if r["side"] == "gap" else r["side"]
    same = [x for x in rows if (x["question"], x["measure"]) == (r["question"], r["measure"])]
    mates = [x for x in same if x["side"] in ("fit", "others")]
    k, n = f"k_{when}", f"n_{when}"
    parts = zip(mates, draft.parts(mates, k, n), strict=True)
    return next((p for x, p in parts if x["side"] == side), draft.part(r[k], r[n]))


def _questions(draft: Draft) -> Fold:
    body, rows = [], draft.rows("06_questions")
    for r in rows:
        since, before = (_held(draft, rows, r, when) for when in ("since", "before"))
        moved = (
            ""
            if words.is_missing(r["low"]) or not since.is_shown
            else (
                f"{words.decimal(100 * r['estimate'])} ({words.decimal(100 * r['low'])} to"
                f" {words.decimal(100 * r['high'])}) points"
                if r["unit"] == "share"
                else ""
            )
        )
        body.append(
            (
                r["question"],
                r["measure"],
                r["side"],
                str(since),
                str(before),
                moved or words.DASH,
                r["state"],
            )
        )
    return Fold(
        fixed("Does the profile still separate? Did everything move?"),
        "questions",
        (
            table(
                "Two questions, tested apart",
                "Question|Measure|Whose|#Since|#Before|#Moved by|Says",
                body,
                note=draft.say("questions_note"),
            ),
        ),
    )


def deploying(draft: Draft) -> Section:
    """For RevOps: the score's attributes and how often each is known, files, drift."""
    card = draft.model("04_scorecard")
    fields = {r["attribute"]: r for r in draft.rows("01_attributes")}
    most: dict[str, int] = {}
    for rule in card.rules:
        most[rule.attribute] = most.get(rule.attribute, 0) + rule.most
    rows = [
        (
            fields[a]["label"],
            words.number(points),
            fields[a]["source"] or words.DASH,
            bar(draft.part(fields[a]["n_known"], fields[a]["n_accounts"], False)),
        )
        for a, points in most.items()
        if a in fields
    ]
    drift = [
        (r["name"], r["population"], "moved" if r["is_alarm"] is True else "as before")
        for r in draft.rows("04_drift")
        if not words.is_missing(r["is_alarm"]) and not words.is_missing(r["name"])
    ]
    folds = (
        Fold(
            fixed("Are new companies like those the score was built on?"),
            "drift",
            (table("Drift", "Attribute|New|Says", drift, empty=draft.say("drift_none")),),
        ),
    )
    return Section(
        fixed("Deploying the score"),
        "deploying",
        fixed("For RevOps"),
        draft.say("deploying", n=len(card.attributes)),
        tables=(
            table(
                "What the score reads, and how often it is known",
                "Attribute|#Points at most|Source|=Known",
                rows,
                anchor="coverage",
                empty=draft.say("selling_none"),
            ),
        )
        if rows
        else (),
        folds=folds,
    )


def asking(draft: Draft) -> Section:
    """For product: pains by persona with counts, beside the reasons of losses."""
    rows = []
    for card in draft.model("05_personas").cards:
        for f in (f for f in card.fields if f.family in ("pain", "fear_objection")):
            for s in f.statements:
                rows.append(
                    (
                        s.text,
                        card.name,
                        bar(draft.part(s.n_said, s.n_asked, False)),
                    )
                )
    figures = []
    lost = draft.rows("04_sales", topic="lost", side="all")
    told = draft.shown(lost)
    if told:
        ranked = sorted(told, key=lambda x: -x[0]["k"])
        frame = pd.DataFrame([r | {"label": r["group"], "note": str(p)} for r, p in ranked])
        top, part = ranked[0]
        figures.append(
            figure(
                draft,
                charts.shares(frame, "of the deals lost"),
                "reasons",
                reason=top["group"],
                part=part,
                window=top["window"],
            )
        )
    return Section(
        fixed("Which pains count"),
        "asking",
        fixed("For product"),
        draft.say("asking" if rows else "asking_none"),
        figures=tuple(figures),
        tables=(
            table(
                "Pains and objections",
                "What was said|By|=Said so, of those asked",
                rows,
                fits_half=True,
            ),
        )
        if rows
        else (),
    )


def privacy(draft: Draft) -> Section:
    """For data protection: the columns read, dropped and hashed, and what is hidden."""
    columns = draft.table("01_columns", "source", "privacy")
    counts = columns.groupby("source")["privacy"].value_counts().unstack(fill_value=0)
    body = [
        (
            str(source).replace("_", " "),
            *(words.number(row.get(k, 0)) for k in ("none", "kept", "hashed", "dropped")),
        )
        for source, row in counts.iterrows()
    ]
    return Section(
        fixed("What is in this file"),
        "privacy",
        fixed("For data protection"),
        draft.say("privacy", least=draft.least),
        tables=(
            table(
                "Columns of the exports",
                "Export|#Not personal|#Personal, kept by declaration|#Hashed|#Dropped",
                body,
                anchor="personal",
            ),
        ),
    )


def evidence(draft: Draft, facts: ReportFacts) -> tuple[Fold, ...]:
    """What stands last: provenance, files, mistakes, readiness, decisions, method, glossary."""
    ready = [
        (
            r["needs"],
            count(draft, r["n_have"]),
            words.number(r["n_need"]),
            "yes" if r["is_enough"] else "no",
        )
        for r in draft.rows("01_readiness")
    ]
    checks = [(fixed(r["question"]), badge(r["result"])) for r in draft.rows("06_checks")]
    log = [(e.date.isoformat(), e.role, e.decision, e.evidence) for e in reversed(facts.log)]
    where = [
        tuple(fixed(r[c]) for c in ("fact", "definition", "filter", "artefact", "files"))
        for r in draft.rows("06_provenance")
    ]
    seen = [(words.share(d.share), words.ratio(d.lift)) for d in draft.model("02_noise").detectable]
    facts_of = "Fact|Definition|Filter|Computed from|Exports"
    found = (
        ("How small a difference we could have found", "noise", "Share with the trait|#Lift", seen),
        ("Can the data carry what follows?", "ready", "Needs|#Have|#Needed|Enough", ready),
        ("Known mistakes, looked for", "checks", "Question|Answer", checks),
        ("Decisions so far, newest first", "decisions", "Date|Role|Decision|Evidence", log),
        ("Where each number on page one comes from", "provenance", facts_of, where),
    )
    handed = [(h.pattern, h.audience, h.use) for h in HANDOUTS]
    own = (
        ("What to do with each file", "handouts", "File|Who may have it|What to do", handed),
        ("ICP and persona are two layers", "icp-or-persona", "Aspect|ICP|Persona", method.CONTRAST),
        ("Glossary", "glossary", "Word|Meaning", method.GLOSSARY.items()),
    )
    return (
        *[_fold(draft, *one) for one in found],
        Fold(fixed("Files that this report was made from"), "files", (_files(draft),)),
        Fold(fixed("How it was done"), "method", lines=tuple(map(fixed, method.METHOD))),
        *[_fold(draft, title, at, heads, _fixed(rows)) for title, at, heads, rows in own],
    )


def _fold(draft: Draft, title: str, anchor: str, heads: str, rows: Iterable[tuple]) -> Fold:
    """One table, folded."""
    note = draft.say("decisions_note") if anchor == "decisions" else ""
    empty = draft.say("selling_none")
    return Fold(fixed(title), anchor, (table(title, heads, rows, note=note, empty=empty),))


def _fixed(rows: Iterable[Iterable[str]]) -> list[tuple[str, ...]]:
    """Rows of the program's own words."""
    return [tuple(map(fixed, row)) for row in rows]


def _files(draft: Draft) -> Table:
    """One line an export: its kind, rows and hash; file names can hold a person's name."""
    body = [
        (
            str(r["source"]).replace("_", " "),
            str(draft.part(r["n_kept"], r["n_rows"], False)),
            str(r["sha256"])[:12],
        )
        for r in draft.rows("01_sources")
        if not words.is_missing(r["sha256"])
    ]
    return table("Exports", "Export|#Rows used|Hash (sha256, first 12)", body)


def provenance_rows(inputs: Inputs) -> pd.DataFrame:
    """`06_provenance`: every fact of page one with definition, filter, artefact and exports."""
    plan = [
        (one.title, f"measure-{slug(name)}", one.what, one.filter, one.artefact, one.sources)
        for name, one in INTRODUCTIONS.items()
        if name in tiles.SHOWN
    ]
    plan += method.PROVENANCE
    there = set(inputs["01_sources"].dropna(subset=["sha256"])["source"])
    rows = [
        (fact, anchor, what, kept, artefact, _listed(n for n in names if n in there))
        for fact, anchor, what, kept, artefact, names in plan
    ]
    columns = ["fact", "anchor", "definition", "filter", "artefact", "files"]
    return pd.DataFrame(rows, columns=columns)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names) or "none"
