"""The tables behind page one.

Measures, tiers, red flags, signs, the market, changes, checks, limits. Small counts are hidden.
"""

from __future__ import annotations

from html import escape

import pandas as pd

from icplib.report import measures as measuring
from icplib.report import privacy
from icplib.report.blocks import (
    Block,
    between,
    bullets,
    cell,
    facts,
    is_missing,
    join,
    paragraph,
    plain,
    plural,
    quantity,
    ratio,
    sentence_list,
    share,
    slug,
    table,
)
from icplib.report.inputs import Inputs
from icplib.report.measures import hide_small
from icplib.report.sheets import sources
from icplib.tables.step_06 import LogEntry, ReportFacts, Universe


def measure(name: str, rows: pd.DataFrame, inputs: Inputs) -> Block:
    """One measure, introduced as every measure is, and its table.

    Page one links to the whole of it.
    """
    one = measuring.INTRODUCTIONS[name]
    intro = (
        f"<h3>{escape(one.title)}</h3><dl><dt>What it is</dt><dd>{escape(one.what)}</dd><dt>Why it"
        f" matters</dt><dd>{escape(one.why)}</dd>"
        f"<dt>Caveats</dt><dd>{escape(one.caveats)}</dd></dl>"
    )
    mine = hide_small(rows[rows["measure"] == name], inputs.least)
    shown = mine[~mine["is_hidden"]]
    view = pd.DataFrame([_measured(r, inputs.settings.currency) for r in shown.to_dict("records")])
    left_out = " Rows with too few cases are left out." if len(shown) < len(mine) else ""
    filed = table(
        view,
        f"{one.title}: estimate, interval, n ({one.n_counted})",
        empty=measuring.missing(name, rows) or "Too few cases to show.",
        note=(
            f"Filter: {one.filter}.{left_out} Computed from {one.artefact}."
            f" {sources(inputs, *one.sources)}"
        ),
    )
    return Block(
        f'<section class="measure" id="measure-{slug(name)}"'
        f' aria-label="{escape(one.title, quote=True)}"><div'
        f' class="intro">{intro}</div>{filed.html}</section>',
        f"{plain(intro)}\n\n{filed.text}",
    )


def _measured(r: dict, currency: str) -> dict:
    """One row of a measure's table."""
    is_change = r["side"].endswith("change")
    who = [
        x
        for x in (
            None if is_missing(r["persona"]) else r["persona"],
            r["label"],
            "change" if is_change else None,
        )
        if x
    ]
    moved = (
        None
        if r["side"] not in ("in", "out", "unknown") or is_missing(r["change"])
        else measuring.change_words(r, currency).rstrip(".").replace(" since the last report", "")
    )
    return {
        "Group": ": ".join(who),
        "Estimate": _value(r, currency),
        "95 % interval": _interval(r, currency),
        "n": int(r["n"]),
        "Window": None if is_change else r["window"],
        "Since last report": moved,
    }


def all_measures(rows: pd.DataFrame, inputs: Inputs) -> Block:
    """All eight, in the order of the 4 x 2 table."""
    return join(*[measure(name, rows, inputs) for name in measuring.INTRODUCTIONS])


def measures_overview(rows: pd.DataFrame, inputs: Inputs) -> Block:
    """The 4 x 2 table of the mission: four metrics by ICP and persona, one finding each."""
    found = []
    for metric in dict.fromkeys(one.metric for one in measuring.INTRODUCTIONS.values()):
        row = {"Metric": metric.capitalize()}
        for focus in ("ICP", "persona"):
            one = next(
                o
                for o in measuring.INTRODUCTIONS.values()
                if o.metric == metric and o.focus == focus
            )
            row[f"{'ICP' if focus == 'ICP' else 'Persona'} focus"] = _finding(one, rows, inputs)
        found.append(row)
    return table(pd.DataFrame(found), "Profile success at a glance", anchor="success")


def _finding(one, rows: pd.DataFrame, inputs: Inputs) -> str:
    mine = hide_small(
        rows[(rows["measure"] == one.measure) & rows["side"].isin(["in", "out"])], inputs.least
    )
    n_found, mine = len(mine), mine[~mine["is_hidden"]]
    if one.focus == "persona":
        mine = mine[mine["side"] == "in"]
    said = "; ".join(
        f"{r['label'] if is_missing(r['persona']) else r['persona']}"
        f" {_value(r, inputs.settings.currency)}"
        for r in mine.to_dict("records")
    )
    return f"{one.title}: {said or ('too few cases to show' if n_found else 'not known')}"


def _value(r: dict, currency: str) -> str:
    if r["unit"] == "share" and (
        r["side"] == "difference" or r["side"].endswith("change") or r["measure"] == "preference"
    ):
        return _points(r["value"])
    return quantity(r["value"], r["unit"], currency)


def _interval(r: dict, currency: str) -> str:
    if r["unit"] == "share" and (
        r["side"] == "difference" or r["side"].endswith("change") or r["measure"] == "preference"
    ):
        return (
            "no interval"
            if is_missing(r["low"])
            else f"{_points(r['low']).removesuffix(' points')} to {_points(r['high'])}"
        )
    return between(r["low"], r["high"], r["unit"], currency)


def _points(value) -> str:
    return cell(None) if is_missing(value) else f"{value * 100:+.1f} points"


def score(inputs: Inputs) -> Block:
    """The card as people read it aloud, and the tiers with what they brought on customers that the
    card had not seen.
    """
    card = inputs["04_scorecard"]
    if not card.available:
        return paragraph(f"No score: {card.needs}")
    rows = [
        {
            "Attribute": rule.label + (f": {rule.member}" if rule.member else ""),
            "Points": "; ".join(
                f"{segment.words} {segment.points}" for segment in rule.segments if segment.points
            ),
            "At most": rule.most,
        }
        for rule in card.rules
        if rule.most
    ]
    judged = facts(
        {
            "Verdict": card.verdict,
            "Build sample": f"{card.n_customers:,} customers",
            "AUC on held-out customers": (
                f"{card.auc:.2f} ({card.auc_low:.2f} to {card.auc_high:.2f})"
                if card.auc is not None and card.auc_low is not None
                else "not estimated"
            ),
        }
    )
    points = table(
        pd.DataFrame(rows),
        "The scorecard: points add up to 0 to 100",
        anchor="scorecard",
        empty="No attribute earns points.",
        note=f"Points not listed are zero. {sources(inputs, 'accounts', 'deals', 'invoices')}",
    )
    knocked = [k.words for k in card.knock_outs]
    return join(
        judged,
        points,
        tiers(inputs),
        paragraph("Out whatever the points: " + "; ".join(knocked) + ".") if knocked else None,
        *[paragraph(privacy.words(w, inputs.least)) for w in card.warnings],
    )


def tiers(inputs: Inputs) -> Block:
    rows, least = inputs["04_tiers"], inputs.least
    shown = privacy.suppress(rows, ["n", "n_customers", "n_prospects"], least)
    hidden = pd.Series(
        [privacy.gives_away(k, n, least) for k, n in zip(rows["n_best"], rows["n"], strict=True)],
        index=rows.index,
        dtype=bool,
    )
    hidden = privacy.with_partner(
        hidden, rows["n_best"]
    )  # all best customers together are on page one
    view = pd.DataFrame(
        [
            {
                "Tier": r["tier"],
                "From": cell(r["from_points"]),
                "Customers": _count(r["n_customers"], s["n_customers"], inputs),
                "Prospects": _count(r["n_prospects"], s["n_prospects"], inputs),
                "Best among held-out customers": "not shown" if h else share(r["best_rate"]),
                "95 % interval": "not shown" if h else between(r["low"], r["high"], "share"),
                "Lift": "not shown" if h else ratio(r["lift"]),
                "Meaning": r["chance"],
            }
            for r, s, h in zip(
                rows.to_dict("records"), shown.to_dict("records"), hidden, strict=True
            )
        ]
    )
    return table(
        view,
        "Tiers and what they brought",
        anchor="tiers",
        empty="No tiers: there is no score.",
        note=(
            "Share of best customers among customers that the card had not seen, Wilson interval."
            f" {sources(inputs, 'accounts', 'deals', 'invoices')}"
        ),
    )


def _count(n, shown, inputs: Inputs) -> str:
    return (
        cell(int(n))
        if not is_missing(shown)
        else (
            f"<{inputs.least}"
            if privacy.is_small(n, inputs.least)
            else "not shown"
            if not is_missing(n)
            else cell(None)
        )
    )


def red_flags(inputs: Inputs) -> Block:
    """Flags that raise the rate of leaving beyond chance, then what was tested in vain."""
    rows = inputs["03_red_flags"]
    found = rows[rows["is_found"].astype(bool)].sort_values(
        ["hr_low", "flag"], ascending=[False, True], kind="stable"
    )
    view = pd.DataFrame(
        [
            {
                "Flag": r["flag"],
                "Verdict": r["verdict"],
                "Customers with it": privacy.count(r["n_exposed"], inputs.least),
                "Left, with it": _left(r, inputs)[0],
                "Left, without": _left(r, inputs)[1],
                "Leave faster by": ratio(r["hazard_ratio"]),
                "95 % interval": between(r["hr_low"], r["hr_high"], "ratio"),
                "Known before signing": r["is_before_sale"],
                "Current customers with it": privacy.count(r["n_current"], inputs.least),
            }
            for r in found.to_dict("records")
        ]
    )
    churn, origin = inputs["03_churn"], sources(inputs, "churn", "deals", "accounts")
    is_tested = len(rows) > 0 and churn.level not in ("nothing", "counts", "curves")
    note = (
        "Ratio of the rates of leaving (hazard ratio) with and without the flag."
        f" {plural(len(rows), 'contrast')} tested, false discovery rate controlled"
        f" (Benjamini-Hochberg). {origin}"
        if is_tested
        else origin
    )
    return table(
        view,
        "Red flags: what customers who left had in common before they were at risk",
        anchor="red-flags",
        empty=churn.needs
        or (
            "No attribute raised the rate of leaving beyond chance."
            if is_tested
            else "Too little to say: too few customers left to test what they had in common."
        ),
        note=note,
    )


def _left(r: dict, inputs: Inputs) -> tuple[str, str]:
    """Shares that left with a flag and without it.

    Both or neither, since all who left are counted on page one.
    """
    pairs = ((r["n_events"], r["n_exposed"]), (r["n_unexposed_events"], r["n_unexposed"]))
    if any(privacy.gives_away(k, n, inputs.least) for k, n in pairs):
        return "not shown", "not shown"
    return share(r["churned_share_exposed"]), share(r["churned_share_unexposed"])


def signs_table(rows: pd.DataFrame, inputs: Inputs) -> Block:
    """The six signs and the market at large."""
    view = rows.assign(
        said=[
            (
                "unknown"
                if is_missing(f) and s == "unknown"
                else "for people to judge"
                if is_missing(f)
                else "fired"
                if f
                else "quiet"
            )
            for f, s in zip(rows["is_fired"], rows["status"], strict=True)
        ],
        sentence=[privacy.words(line, inputs.least) for line in rows["sentence"]],
    )
    return table(
        view,
        "Signs that it is time to refresh",
        {"label": "Sign", "status": "How it is known", "said": "Says", "sentence": "In words"},
        anchor="signs",
        note=(
            "Computed signs date their break and go on until people decide or the rate returns;"
            " together they give a false alarm in at most 5 % of two years. Notes are entered by people; none entered is"
            " unknown, not quiet."
            f" {sources(inputs, 'deals', 'interviews', 'codings', 'market_notes')}"
        ),
    )


def trend_table(rows: pd.DataFrame, inputs: Inputs) -> Block:
    """The numbers behind the picture of win rate and cycle by quarter."""
    view = pd.DataFrame(
        [
            {
                "Quarter": r["quarter"],
                "Closed deals": r["n"],
                "Win rate": (
                    "not shown"
                    if is_missing(r["win_rate"])
                    else f"{share(r['win_rate'])} ({between(r['win_low'], r['win_high'], 'share')})"
                ),
                "Median cycle of won deals": (
                    "not shown"
                    if is_missing(r["cycle_days"])
                    else (
                        f"{quantity(r['cycle_days'], 'days')}"
                        f" ({between(r['cycle_low'], r['cycle_high'], 'days')})"
                    )
                ),
            }
            for r in rows.to_dict("records")
        ]
    )
    return table(
        view,
        "Win rate and sales cycle by quarter",
        anchor="trend",
        empty="No closed deals.",
        note=(
            "All closed deals by the quarter in which they closed; 95 % intervals."
            f" {sources(inputs, 'deals')}"
        ),
    )


def drift_table(inputs: Inputs) -> Block:
    """Whether those who come in, or tier A's outcomes, moved away from the score.

    A line an attribute, and in words whatever is not quiet.
    """
    rows = inputs["04_drift"]
    if not len(rows):
        return table(
            rows,
            "Drift of the score and its attributes",
            anchor="drift",
            empty="Drift cannot be told yet: it needs a score and newer companies.",
        )
    by_name: dict[str, dict[str, str]] = {}
    for r in rows[rows["watch"].isin(["score", "attribute"])].to_dict("records"):
        if not is_missing(r["name"]) and not is_missing(r["population"]):
            said = (
                "unknown"
                if is_missing(r["psi"]) or is_missing(r["is_alarm"])
                else f"{r['psi']:.2f} of {r['detectable']:.2f}"
                + (", fired" if r["is_alarm"] else "")
            )
            by_name.setdefault(r["name"], {"Of": r["name"]})[f"New {r['population']}"] = said
    view = pd.DataFrame(by_name.values())
    loud = rows[
        ~rows["watch"].isin(["score", "attribute"]) | rows["is_alarm"].fillna(True).astype(bool)
    ]
    note = (
        "Population stability index of the companies that came since, against those the score was"
        " built on, and what index would have been seen; 'fired' is beyond chance. Every row in"
        " words is in notebook 04."
    )
    return join(
        table(
            view,
            "Drift of the score and its attributes: index, of what would have been seen",
            anchor="drift",
            note=note,
        ),
        (
            bullets(privacy.words(line, inputs.least) for line in loud["sentence"])
            if len(loud)
            else None
        ),
    )


def market_table(said: Universe, inputs: Inputs) -> Block:
    rows = pd.DataFrame(
        {
            "Companies on file": ["fit the ICP", "do not fit", "cannot be judged"],
            "n": [
                "not shown" if n is None else cell(n)
                for n in (said.n_fit, said.n_not, said.n_unknown)
            ],
        }
    )
    return table(
        rows,
        "The addressable market: all companies on file, customers and prospects",
        anchor="universe",
        note=f"{said.sentence} {sources(inputs, 'accounts', 'prospects')}",
    )


def changes_table(rows: pd.DataFrame, inputs: Inputs) -> Block:
    """Every difference to the previous report: what is more than chance first, line by line.

    The rest by what happened to it.
    """
    before = inputs.previous
    rows = rows.assign(
        item=[
            f"{r.item}: {r.before} \N{RIGHTWARDS ARROW} {r.now}" if r.before and r.now else r.item
            for r in rows.itertuples()
        ]
    )
    sure, rest = rows[rows["is_material"].astype(bool)], rows[~rows["is_material"].astype(bool)]
    together = rest.groupby(
        ["area", "kind", "evidence", "is_material"], sort=False, as_index=False
    ).agg(item=("item", "; ".join))
    return table(
        pd.concat([sure, together]),
        f"What changed since {before.workbook.quarter}" if before else "What changed",
        {
            "area": "Area",
            "item": "Statement",
            "kind": "What happened",
            "is_material": "More than chance",
            "evidence": "Evidence",
        },
        anchor="changes",
        empty=(
            "Nothing differs."
            if before
            else "This is the first report; there is none to compare with."
        ),
    )


def decisions_table(log: tuple[LogEntry, ...]) -> Block:
    rows = pd.DataFrame(
        [
            {
                "Date": e.date.isoformat(),
                "Role": e.role,
                "Decision": e.decision,
                "Evidence": e.evidence,
            }
            for e in reversed(log)
        ]
    )
    return table(
        rows,
        "Decisions so far, newest first",
        anchor="decisions",
        note=(
            "Carried forward from report to report. Add your own lines to decisions.csv beside"
            " company.toml: date, role, decision, evidence."
        ),
    )


def mistakes_table(rows: pd.DataFrame, least: int = 5) -> Block:
    rows = rows.assign(sentence=[privacy.words(line, least) for line in rows["sentence"]])
    return table(
        rows,
        "Thirteen mistakes, each looked for",
        {"question": "Question", "result": "Answer", "sentence": "In words"},
        anchor="checks",
    )


def limits(inputs: Inputs) -> Block:
    """What the data can carry, what chance alone shows, and what this many companies could have
    seen.
    """
    noise, churn, personas, card = (
        inputs["02_noise"],
        inputs["03_churn"],
        inputs["05_personas"],
        inputs["04_scorecard"],
    )
    said = [
        ("Patterns", noise.sentences),
        ("Churn", (*churn.refusals, *churn.warnings)),
        ("Score", card.warnings),
        ("Personas", (*personas.refusals, *personas.advice)),
    ]
    rows = pd.DataFrame(
        [
            {"About": about, "Limit": privacy.words(line, inputs.least)}
            for about, lines in said
            for line in lines
        ]
    )
    readiness = inputs["01_readiness"]
    ready = table(
        readiness.assign(have=[privacy.count(n, inputs.least) for n in readiness["n_have"]]),
        "Can the data carry what follows?",
        {"needs": "Needs", "have": "Have", "n_need": "Needed", "is_enough": "Enough"},
    )
    return join(
        table(
            rows,
            "How sure are we",
            anchor="noise",
            empty="No limit was met.",
            note=sources(inputs, "accounts", "deals", "invoices", "churn", "interviews"),
        ),
        ready,
    )


def provenance_rows(said: ReportFacts, inputs: Inputs) -> pd.DataFrame:
    """`06_provenance`: every fact of page one with definition, filter, artefact, files and their
    hashes.
    """
    plan = [
        (
            t.title,
            f"measure-{slug(t.measure)}",
            measuring.INTRODUCTIONS[t.measure].what,
            measuring.INTRODUCTIONS[t.measure].filter,
            measuring.INTRODUCTIONS[t.measure].artefact,
            measuring.INTRODUCTIONS[t.measure].sources,
        )
        for t in said.tiles
    ]
    plan += [
        (
            "Lines of the ICP",
            "icp-evidence",
            "what best customers have in common beyond chance, and churn did not contradict",
            said.definitions.get("best customers", ""),
            "02_patterns, 03_profile",
            ("accounts", "deals", "invoices"),
        ),
        (
            "Precision of the ICP",
            "ladder",
            "expected share of best customers among new companies that fit",
            "customers older than the minimum tenure",
            "03_profile",
            ("accounts", "deals", "invoices"),
        ),
        (
            "Red flags",
            "red-flags",
            "attributes known before the risk that raise the rate of leaving",
            said.definitions.get("churn", ""),
            "03_red_flags",
            ("churn", "accounts", "deals"),
        ),
        (
            "Personas",
            "personas",
            "what interviewees of one buying role said",
            "interviews at companies that fit the ICP, with consent",
            "05_personas",
            ("interviews", "codings"),
        ),
        (
            "Anti-persona",
            "anti-persona",
            "one hard or two soft criteria of five",
            "companies whose data are there",
            "05_anti_personas",
            ("deals", "tickets", "churn", "codings"),
        ),
        (
            "Refresh signs",
            "signs",
            "the last quarters against all before them, wholly on record",
            "closed deals, interviews, dated notes",
            "06_signs",
            ("deals", "interviews", "codings", "market_notes"),
        ),
        (
            "Market",
            "universe",
            "companies that meet the headline rule",
            "all companies on file whose deciding values are known",
            "04_scores",
            ("accounts", "prospects"),
        ),
        (
            "What changed",
            "changes",
            "this report against the one before",
            "statements of both reports",
            "06_changes",
            ("accounts", "deals", "churn", "codings"),
        ),
    ]
    files = inputs["01_sources"].dropna(subset=["sha256"]).set_index("source")
    rows = []
    for fact, anchor, definition, kept, artefact, names in plan:
        there = [n for n in names if n in files.index]
        rows.append(
            {
                "fact": fact,
                "anchor": anchor,
                "definition": definition,
                "filter": kept,
                "artefact": artefact,
                "files": ", ".join(str(files.loc[n, "file"]) for n in there) or "none",
                "sha256": ", ".join(str(files.loc[n, "sha256"])[:12] for n in there) or "none",
            }
        )
    return pd.DataFrame(rows)


def provenance_table(rows: pd.DataFrame) -> Block:
    return table(
        rows,
        "Where each number on page one comes from",
        {
            "fact": "Fact",
            "definition": "Definition",
            "filter": "Filter",
            "artefact": "Computed from",
            "files": "Files",
        },
        anchor="provenance",
        note="The hash of each file is in the next table and below each table that uses it.",
    )


def files_table(inputs: Inputs) -> Block:
    """Every raw file of the quarter, and what data protection asks first.

    Which of its columns were dropped or hashed.
    """
    rows, columns = inputs["01_sources"], inputs["01_columns"]
    absent, rows = rows.loc[rows["file"].isna(), "source"], rows[rows["file"].notna()]
    counted = (
        columns.groupby("source", sort=False)["privacy"]
        .value_counts()
        .unstack(fill_value=0)
        .reindex(columns=["none", "kept", "hashed", "dropped"], fill_value=0)
    )
    rows = rows.join(counted, on="source").assign(
        digest=[cell(None) if is_missing(h) else h[:12] for h in rows["sha256"]],
        kept_rows=[
            privacy.k_of_n(k, n, inputs.least)
            for k, n in zip(rows["n_kept"], rows["n_rows"], strict=True)
        ],
    )
    return table(
        rows,
        "Files that this report was made from, and what happened to personal columns",
        {
            "file": "File",
            "kept_rows": "Rows kept",
            "digest": "sha256, first 12",
            "none": "Columns not personal",
            "kept": "Personal, kept by declaration",
            "hashed": "Hashed",
            "dropped": "Dropped",
        },
        anchor="files",
        note=(
            f"No file on: {sentence_list(name.replace('_', ' ') for name in absent)}. "
            if len(absent)
            else ""
        )
        + f"Counts below {inputs.least} of companies and people are not shown in this page; free"
        " text does not enter it.",
    )


def companies(inputs: Inputs, n: int = 20) -> Block:
    """For analysts only: the best prospects by name, with reasons."""
    rows = inputs["04_scores"].merge(
        inputs["01_accounts"][["account_id", "account_name"]], on="account_id"
    )
    rows = (
        rows[rows["is_prospect"] & rows["knock_out"].fillna("").eq("")]
        .sort_values(["score", "account_id"], ascending=[False, True], kind="stable")
        .head(n)
    )
    return table(
        rows,
        f"The first {len(rows)} prospects by score",
        {
            "account_name": "Company",
            "tier": "Tier",
            "score": "Points",
            "reasons_for": "For",
            "reasons_against": "Against",
            "red_flags": "Reasons to ask",
            "unknown": "Not known",
        },
    )


def notes_table(inputs: Inputs) -> Block:
    """For analysts only: the notes on the market as people wrote them."""
    return table(
        inputs["01_market_notes"].sort_values("date", ascending=False, kind="stable"),
        "Notes on the market",
        {"date": "Date", "kind": "About", "note": "Note", "source": "Source"},
        empty="Nobody has entered any.",
    )
