"""The sheets that people take along: the ICP sheet, persona cards, the messaging matrix.

Everything here stands in the stakeholder page: counts below the privacy limit are hidden,
interviews are not named, quotes are those that notebook 05 let through.
"""

from __future__ import annotations

import re
from html import escape

import pandas as pd

from icplib.report import privacy
from icplib.report.blocks import (
    Block,
    badge,
    between,
    block,
    bullets,
    cell,
    join,
    paragraph,
    plural,
    ratio,
    share,
    slug,
    table,
)
from icplib.report.inputs import Inputs


def icp_sheets(inputs: Inputs) -> Block:
    """One sheet per profile: its lines with evidence, what was looked at and does not separate,
    what was dropped, and limits.
    """
    profiles = inputs["03_profile"].profiles
    if not profiles:
        return paragraph(
            "There is no profile: nothing separates best customers from the others beyond chance."
        )
    return join(*[_sheet(profile, inputs, number) for number, profile in enumerate(profiles)])


def _sheet(profile, inputs: Inputs, number: int) -> Block:
    anchor = "icp-evidence" if number == 0 else f"icp-evidence-{number + 1}"
    basis = profile.provenance
    title = profile.segment or profile.name
    lines = block(f"<h3>{escape(title)}</h3>")
    note = (
        f"Best: top {share(basis.best_share)} by {basis.best_by};"
        f" {privacy.count(basis.n_best, inputs.least)} best of"
        f" {privacy.count(basis.n_customers, inputs.least)} customers. Lift: share of best"
        " customers among those who meet the line over the share among all of whom that is known,"
        " estimated from what customers are worth, too, where that says more, and shrunken for"
        " having been selected; interval of the counts, adjusted for the selection. The more"
        " customers meet a line, the less lift chance alone shows, so a lift below the noise floor"
        f" of rarer traits can hold up. {sources(inputs, 'accounts', 'deals', 'invoices')}"
    )
    evidence = table(
        pd.DataFrame([_evidence_row(c, inputs) for c in profile.criteria]),
        f"The profile, line by line ({plural(len(profile.criteria), 'line')},"
        f" {len(profile.headline)} in the headline rule); found in the data where no origin is"
        " named",
        anchor=anchor,
        note=note,
        empty="No line stands.",
    )
    parts = [lines, evidence]
    if profile.disqualifiers:
        parts.append(
            table(
                pd.DataFrame([_evidence_row(c, inputs) for c in profile.disqualifiers]),
                "Disqualifiers: fewer best customers than elsewhere",
            )
        )
    if profile.dropped:
        why = (
            pd.DataFrame(profile.dropped, columns=["Lines", "Why"])
            .groupby("Why", sort=False)["Lines"]
            .agg("; ".join)
            .reset_index()
        )
        parts.append(
            table(why, "Left out of the profile, and why", {"Why": "Why", "Lines": "Lines"})
        )
    if profile.not_separating:
        parts.append(
            paragraph(
                "Looked at, and not found to separate best customers: "
                + ", ".join(profile.not_separating)
                + "."
            )
        )
    notes = [privacy.words(line, inputs.least) for line in (*profile.refusals, *profile.warnings)]
    parts += [bullets(notes)] if notes else []
    whole = join(*parts)
    return Block(
        f'<section class="sheet" aria-label="{escape(title, quote=True)}">{whole.html}</section>',
        whole.text,
    )


def _evidence_row(c, inputs: Inputs) -> dict:
    e = c.evidence
    row = {
        "Line": c.words,
        "Verdict": c.verdict,
        "Origin": None if c.origin == "found" else c.origin,
    }
    if e is None:
        return row | {
            "Meet it": None,
            "Best among them": None,
            "Lift": None,
            "95 % interval": None,
            "Ends": c.ends or None,
            "Churn": None,
        }
    n_best = inputs.profile.provenance.n_best if inputs.profile else None
    hidden = (
        privacy.gives_away(e.n_best_with, e.n_with, inputs.least)
        or privacy.gives_away(e.n_with, e.n_known, inputs.least)
        or privacy.is_small(n_best - e.n_best_with if n_best else None, inputs.least)
    )  # the best who do not meet it, by subtraction
    return row | {
        "Meet it": privacy.k_of_n(e.n_with, e.n_known, inputs.least),
        "Best among them": "too few to show" if hidden else cell(e.n_best_with),
        "Lift": "not shown" if hidden else ratio(e.lift_shrunken or e.lift),
        "95 % interval": "not shown" if hidden else between(e.lift_low, e.lift_high, "ratio"),
        "Ends": c.ends or None,
        "Churn": _churn(e.churn),
    }


def _churn(text: str) -> str | None:
    """What churn says of a line, without counts.

    'leave 0.62 times as fast as others (0.42 to 0.93)' where notebook 03 gives a rate.
    """
    text = re.sub(r"; [\d,]+ of [\d,]+ left, of the others [\d,]+ of [\d,]+", "", text)
    return (
        re.sub(
            r"customers who meet it leave at ([\d.]+) times the rate of the others \(95 % interval"
            r" (.*?)\)",
            r"leave \1 times as fast as others (\2)",
            text,
        )
        or None
    )


def ladder(inputs: Inputs) -> Block:
    """The ladder of the main profile: what each further condition buys and costs."""
    profile = inputs.profile
    rows = (
        []
        if profile is None
        else [
            {
                "Conditions": f"{r.n_conditions}: {r.added}",
                "Customers that meet them": (
                    "not shown" if few else privacy.count(r.n_accounts, inputs.least)
                ),
                "Best among them, expected": (
                    "not shown" if r.precision is None or few else share(r.precision)
                ),
                "95 % interval": (
                    None
                    if r.precision_low is None or few
                    else between(r.precision_low, r.precision_high, "share")
                ),
                "Share of all best held": "not shown" if few else share(r.coverage),
                "Use": (
                    "headline rule" if r.is_headline else "sweet spot" if r.is_sweet_spot else None
                ),
            }
            for r in profile.ladder
            for few in [is_few(r, profile, inputs.least)]
        ]
    )
    return table(
        pd.DataFrame(rows),
        "The ladder: adding one condition after another",
        anchor="ladder",
        empty="No condition stands.",
        note=(
            "Expected share of best customers among new companies that meet the conditions, from"
            " the whole search repeated on held-out"
            f" customers{': ' + profile.provenance.precision_method if profile and profile.provenance.precision_method else ''}."
            f" {sources(inputs, 'accounts', 'deals', 'invoices')}"
        ),
    )


def is_few(row, profile, least: int) -> bool:
    """Whether a line of the ladder would show a small group.

    Of those who meet it, of those who do not, or of the best on either side.
    """
    basis = profile.provenance
    return (
        privacy.gives_away(row.n_best, row.n_accounts, least)
        or privacy.gives_away(row.n_accounts, basis.n_customers, least)
        or privacy.gives_away(row.n_best, basis.n_best, least)
    )


def persona_cards(inputs: Inputs) -> Block:
    """One card per persona, each statement with its counts; one printed page each."""
    personas = inputs["05_personas"]
    if not personas.cards:
        return paragraph(
            privacy.words(personas.needs, inputs.least) or "There are no personas yet."
        )
    notes = [privacy.words(line, inputs.least) for line in personas.advice]
    notes += [
        f"{line.split(':')[0]}: too few interviews for a card." for line in personas.not_enough
    ]
    return join(
        *[_card(card, inputs) for card in personas.cards], bullets(notes) if notes else None
    )


def _card(card, inputs: Inputs) -> Block:
    least = inputs.least
    basis = (
        f"{plural(card.n_interviews, 'interview')} at"
        f" {plural(card.n_accounts, 'company', 'companies')}"
        if not (
            privacy.is_small(card.n_interviews, least) or privacy.is_small(card.n_accounts, least)
        )
        else f"fewer than {least} interviews or companies"
    )
    fields = "".join(_field(f, least) for f in card.fields if f.statements)
    extra = [
        ("Authority", [card.authority] if card.authority else []),
        ("Messages", list(card.messages)),
    ]
    extras = "".join(
        f"<h4>{name}</h4>" + bullets(privacy.words(line, least) for line in lines).html
        for name, lines in extra
        if lines
    )
    quotes = "".join(
        f'<blockquote>{escape(q.text)} <footer class="small">{escape(card.role_label)}, quoted with'
        " consent</footer></blockquote>"
        for q in card.quotes
    )
    expected = (
        ""
        if card.n_distinctive_expected is None
        else f", {card.n_distinctive_expected:.1f} would be expected if roles were shuffled"
    )
    html = (
        f'<article class="card" id="persona-{slug(card.name)}"'
        f' aria-label="{escape(card.name, quote=True)}"><h3>{escape(card.name)}:'
        f" {escape(card.role_label)}</h3>"
        f"<p>{escape(basis)};"
        f" {escape(card.cadence)}{', last interview ' + card.last_date if card.last_date else ''}."
        f" {escape(privacy.words(card.status_words, least))}</p>"
        f'<div class="fields">{fields}</div>{extras}{quotes}'
        f'<p class="source">{plural(card.n_distinctive, "distinctive statement")}{expected}. High,'
        " Medium and Low say how well a statement is supported. "
        f"{escape(sources(inputs, 'interviews', 'codings'))}</p></article>"
    )
    return block(html)


def _field(field, least: int) -> str:
    lines = "".join(
        f'<li>{escape(s.text)} <span class="small">{s.label}{_counts(s, least)}</span></li>'
        for s in field.statements
    )
    mentioned = [
        re.sub(r" \(\d+\)$", "", text) for text in field.also_mentioned
    ]  # once or twice: too few to count in this page
    also = (
        f'<p class="small">Also mentioned: {escape(", ".join(mentioned))}</p>' if mentioned else ""
    )
    return f"<div><h4>{escape(field.heading)}</h4><ul>{lines}</ul>{also}</div>"


def _counts(s, least: int) -> str:
    """'; 8 of 9 asked, 0 of 12 in other roles', as far as the counts may be shown."""
    if privacy.is_small(s.n_asked, least):
        return f"; fewer than {least} were asked"
    own = f"; {privacy.k_of_n(s.n_said, s.n_asked, least, complement=False)} asked"
    hidden = not s.n_rest_asked or privacy.is_small(s.n_rest_asked, least)
    return (
        own
        if hidden
        else (
            f"{own}, {privacy.k_of_n(s.n_rest_said, s.n_rest_asked, least, complement=False)} in"
            " other roles"
        )
    )


NOT_JUDGED = "Too little is known about the five criteria to judge any company."


def judged(inputs: Inputs) -> pd.DataFrame:
    """Rows of `05_anti_personas` with data on at least one company.

    Where `anti-persona` is not among them, `NOT_JUDGED` is what to say.
    """
    rows = inputs["05_anti_personas"]
    return rows[rows["n_accounts"].fillna(0) > rows["n_missing"].fillna(0)]


def anti_persona(inputs: Inputs) -> Block:
    """The five criteria of the anti-persona, with what flagged companies cost."""
    rows = judged(inputs)
    unjudged = (
        f"{NOT_JUDGED} " if len(rows) and "anti-persona" not in set(rows["criterion"]) else ""
    )
    rows = rows.assign(
        flagged=[
            privacy.k_of_n(r["n_flagged"], with_data(r), inputs.least)
            for r in rows.to_dict("records")
        ],
        left=[_pair(r, "churned_share", inputs) for r in rows.to_dict("records")],
        won=[_pair(r, "win_rate", inputs) for r in rows.to_dict("records")],
    )
    return table(
        rows,
        "The criteria of the anti-persona",
        {
            "label": "Criterion",
            "kind": "Kind",
            "flagged": "Flagged, of companies with data",
            "won": "Deals won: flagged, others",
            "left": "Customers who left: flagged, others",
            "rule": "What sales can use before signing",
        },
        anchor="anti-persona",
        empty=NOT_JUDGED,
        note=(
            f"{unjudged}A company is an anti-persona with one hard or two soft criteria; missing"
            " data are not a 'no', and a criterion without any is not listed."
            f" {sources(inputs, 'deals', 'tickets', 'churn', 'codings')}"
        ),
    )


def with_data(row: dict) -> int | None:
    """Companies of which a criterion of the anti-persona can be judged.

    The others are neither flagged nor cleared.
    """
    return (
        None
        if pd.isna(row["n_accounts"])
        else int(row["n_accounts"]) - (0 if pd.isna(row["n_missing"]) else int(row["n_missing"]))
    )


def shares_of_flagged(row: dict, name: str, least: int) -> tuple[str, str] | None:
    """A share among flagged companies and among the others.

    None where it is not known or would show a small group.

    The share's own count is not on file and at most that of the flagged companies, which are held
    against the limit instead.
    """
    if pd.isna(row[name]) or privacy.gives_away(
        round(row[name] * row["n_flagged"]), row["n_flagged"], least
    ):
        return None
    return share(row[name]), share(row[name + "_rest"])


def _pair(row: dict, name: str, inputs: Inputs) -> str:
    said = (
        shares_of_flagged(row, name, inputs.least)
        if row["n_flagged"]
        else (cell(None), share(row[name + "_rest"]))
    )
    return ", ".join(said) if said else "not shown"


def messaging(inputs: Inputs) -> Block:
    """ICP segment by persona: what to say, with what proof, through which channel."""
    rows = inputs["05_messaging"]
    texts = [name for name in ("pain", "promise", "proof", "objection", "note") if name in rows]
    rows = rows.assign(
        **{
            name: [t if pd.isna(t) else privacy.words(t, inputs.least) for t in rows[name]]
            for name in texts
        }
    )
    return table(
        rows,
        "Segment by persona",
        {
            "segment": "Segment",
            "persona": "Persona",
            "pain": "Pain",
            "promise": "Promise",
            "proof": "Proof",
            "channel": "Channel",
            "format": "Format",
            "objection": "Objection",
            "note": "Evidence",
        },
        anchor="messaging",
        empty="No messaging matrix: it needs personas.",
    )


def sources(inputs: Inputs, *names: str) -> str:
    """'Sources: Accounts.csv (sha256 1a2b...), Opportunities.csv (...)'."""
    rows = inputs["01_sources"]
    rows = rows[rows["source"].isin(names) & rows["sha256"].notna()]
    said = [
        f"{file} (sha256 {digest[:12]})"
        for file, digest in zip(rows["file"], rows["sha256"], strict=True)
    ]
    return (
        f"Source{'s' if len(said) > 1 else ''}: {', '.join(said)}."
        if said
        else "Source: none on file."
    )


__all__ = ["anti_persona", "badge", "icp_sheets", "ladder", "messaging", "persona_cards", "sources"]
