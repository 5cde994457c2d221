"""Page one: what it says (`facts`, from artefacts) and how it looks (`page_one`, from facts alone).

In order: the headline with the decision in words, four tiles, the ICP, red flags, personas, what
changed, how sure we are, decisions needed. Every number links to the table in the same file that it
comes from.
"""

from __future__ import annotations

from html import escape

import pandas as pd

from icplib.report import changes as changing
from icplib.report import measures as measuring
from icplib.report import privacy, signs
from icplib.report.blocks import (
    DASH,
    Block,
    badge,
    between,
    block,
    is_missing,
    link,
    plain,
    plural,
    quantity,
    ratio,
    sentence_list,
    share,
    slug,
)
from icplib.report.inputs import Inputs
from icplib.report.sheets import NOT_JUDGED, is_few, judged, shares_of_flagged, with_data
from icplib.tables.step_06 import DecisionNeeded, Line, PersonaLine, ReportFacts, Side, Tile

TILES = ("new_leads", "win_rate", "revenue", "cycle")
WORDS = {
    "keep": "Keep the ICP",
    "watch": "Watch the ICP",
    "revise": "Revise the ICP",
    "market moved": "The market moved; keep the ICP and find out why",
}


def facts(
    inputs: Inputs,
    measure_table: pd.DataFrame,
    sign_table: pd.DataFrame,
    change_table: pd.DataFrame,
) -> ReportFacts:
    """`06_report`: all that page one says."""
    questions = signs.two_questions(inputs)
    word, reasons = signs.verdict(sign_table, questions, change_table, inputs)
    headline = _headline(word, reasons, change_table, inputs)
    profile = inputs.profile
    fired = signs.fired(sign_table)
    lines = tuple(_line(c, inputs.least) for c in profile.criteria[:7]) if profile else ()
    return ReportFacts(
        company=inputs.settings.name,
        quarter=str(inputs.workbook.quarter),
        scenario=inputs.workbook.scenario,
        as_of=inputs.as_of.date(),
        previous_quarter=str(inputs.previous.workbook.quarter) if inputs.previous else "",
        word=word,
        headline=headline,
        reasons=tuple(reasons),
        tiles=tuple(_tile(name, measure_table, sign_table, inputs) for name in TILES),
        icp_name=profile.name if profile else "",
        icp_status=profile.status if profile else "none",
        icp_lines=lines,
        icp_sentence=_rule(inputs),
        red_flags=_red_flags(inputs),
        personas=tuple(_persona(card, inputs.least) for card in inputs.personas),
        persona_sentence=_persona_sentence(inputs),
        anti_persona=_anti_persona(inputs),
        changed=_changed(change_table, inputs),
        signs_fired=tuple(fired),
        signs_sentence=_signs_sentence(fired, signs.unknown(sign_table)),
        limits=_limits(inputs),
        decisions=tuple(
            DecisionNeeded(question=d.question, owner_role=d.owner_role, due=d.due)
            for d in inputs.settings.decisions
        ),
        log=changing.decision_log(inputs, word, headline),
        universe=signs.universe(inputs),
        definitions=measuring.definitions(inputs),
        currency=inputs.settings.currency,
        min_cell=inputs.least,
    )


def _headline(word: str, reasons: list[str], change_table: pd.DataFrame, inputs: Inputs) -> str:
    """The decision, its first reason, and what it asks to be written anew.

    What chance can explain is told, not asked.
    """
    sure = change_table["is_material"].astype(bool)
    lines, flags = (
        change_table[change_table["area"] == "profile"],
        change_table[(change_table["area"] == "red flags") & sure],
    )
    parts = []
    for kind, verb, told in (
        ("changed", "revise", ""),
        ("added", "add", "the data now also carry"),
        ("dropped", "drop", "the data no longer carry"),
    ):
        for rows, start in (
            (lines[sure.loc[lines.index] & (lines["kind"] == kind)], verb),
            (lines[~sure.loc[lines.index] & (lines["kind"] == kind)], told),
        ):
            if len(rows) == 1:
                row = rows.iloc[0]
                words = (
                    f"{row['before']} \N{RIGHTWARDS ARROW} {row['now']}"
                    if kind == "changed"
                    else row["item"]
                )
                parts.append(f"{start} one line ({words})")
            elif len(rows):
                parts.append(f"{start} {len(rows)} lines")
    parts += [
        f"{verb} {plural(n, 'red flag')}"
        for kind, verb in (("added", "add"), ("dropped", "drop"))
        if (n := int((flags["kind"] == kind).sum()))
    ]
    sentence = WORDS[word] + (f": {reasons[0]}" if word != "keep" else "")
    if not parts:
        return sentence + (
            "; the same lines came out again."
            if word == "revise"
            else "; no line changed."
            if inputs.previous
            else "."
        )
    return f"{sentence}; {'; '.join(parts)}."


_SIGN_OF = {"win_rate": "conversion", "cycle": "cycle"}


def _tile(name: str, table: pd.DataFrame, sign_table: pd.DataFrame, inputs: Inputs) -> Tile:
    one = measuring.INTRODUCTIONS[name]
    shown = measuring.hide_small(table[table["measure"] == name], inputs.least)
    rows = {row["side"]: row for row in shown[~shown["is_hidden"]].to_dict("records")}
    inside, outside = rows.get("in", {}), rows.get("out", {})
    change = (
        measuring.change_words(inside, inputs.settings.currency)
        if inside
        else measuring.missing(name, table) or "Too few cases to show."
    )
    if inside and name in _SIGN_OF:
        change = signs.lately(sign_table, _SIGN_OF[name], inputs.least) or change
    return Tile(
        measure=name,
        title=one.title,
        unit=one.unit,
        inside=_side(inside),
        outside=_side(outside),
        inside_label=one.labels[0],
        outside_label=one.labels[1],
        window=inside.get("window", ""),
        change=change,
    )


def _side(row: dict) -> Side:
    number = {
        key: None if is_missing(row.get(key)) else float(row[key])
        for key in ("value", "low", "high")
    }
    return Side(**number, n=int(row.get("n", 0)))


def _line(criterion, least: int) -> Line:
    e = criterion.evidence
    n = None if e is None or privacy.gives_away(e.n_with, e.n_known, least) else e.n_with
    if criterion.origin == "typed in":
        return Line(
            words=criterion.words,
            verdict=criterion.verdict,
            n=n,
            evidence="set by the company, not found in the data",
        )
    if e is None:
        return Line(words=criterion.words, verdict=criterion.verdict)
    hidden = n is None or privacy.gives_away(e.n_best_with, e.n_with, least)
    lift = (
        f"lift not shown: a count behind it is below {least}"
        if hidden
        else (
            f"lift {ratio(e.lift_shrunken or e.lift)} ({between(e.lift_low, e.lift_high, 'ratio')})"
        )
    )
    return Line(words=criterion.words, verdict=criterion.verdict, n=n, evidence=lift)


def _rule(inputs: Inputs) -> str:
    """The headline rule in words, with its honest precision."""
    profile = inputs.profile
    if profile is None or not profile.headline:
        refusals = profile.refusals if profile else ()
        return (
            privacy.words(refusals[0], inputs.least)
            if refusals
            else "No line separates best customers from the others beyond chance."
        )
    row = next((r for r in profile.ladder if r.is_headline), None)
    n = len(profile.headline)
    text = (
        "A company fits when it meets"
        f" {'the first line' if n == 1 else f'the first {n} lines' if n < len(profile.criteria) else 'all lines'}."
    )
    if row is None or row.precision is None:
        return text
    basis = profile.provenance
    if is_few(row, profile, inputs.least):
        return (
            f"{text} How many of those that fit are best is not shown: a count behind it is below"
            f" {inputs.least}."
        )
    interval = (
        f" ({between(row.precision_low, row.precision_high, 'share')})"
        if row.precision_low is not None
        else ""
    )
    return (
        f"{text} Of companies that fit, {share(row.precision)}{interval} are expected to be best"
        f" customers, against {share(basis.best_share)} of all; {row.n_accounts:,} customers fit,"
        f" and the rule holds {share(row.coverage)} of the best."
    )


def _red_flags(inputs: Inputs) -> tuple[Line, ...]:
    """The three flags that hold up best, by the lower limit of their hazard ratio."""
    table = inputs["03_red_flags"]
    table = table[table["is_found"].astype(bool)].sort_values(
        ["hr_low", "flag"], ascending=[False, True], kind="stable"
    )
    return tuple(
        Line(
            words=row["flag"],
            verdict=row["verdict"],
            n=(
                None
                if privacy.gives_away(row["n_exposed"], row["n_known"], inputs.least)
                else int(row["n_exposed"])
            ),
            evidence=(
                f"leave {ratio(row['hazard_ratio'])} as fast"
                f" ({between(row['hr_low'], row['hr_high'], 'ratio')})"
            ),
        )
        for row in table.head(3).to_dict("records")
    )


_STRIP = {"goal": ("goal",), "pain": ("pain",), "criteria": ("buying_criterion",)}


def _persona(card, least: int) -> PersonaLine:
    said = {f.family: f for f in card.fields}
    first = {name: _first(said, families) for name, families in _STRIP.items()}
    formats = card.content or card.channels
    age = f"{card.cadence}, last interview {card.last_date}" if card.last_date else card.cadence
    return PersonaLine(
        name=card.name,
        role=card.role_label,
        anchor=f"persona-{slug(card.name)}",
        **first,
        format=_first(said, ("communication_style", "channel"))
        or (plain(formats[0]) if formats else ""),
        n_interviews=card.n_interviews,
        n_accounts=card.n_accounts,
        age=age,
    )


def _first(fields: dict, families: tuple[str, ...]) -> str:
    """The best supported statement of the first family that has one."""
    for family in families:
        if family in fields and fields[family].statements:
            return "; ".join(s.text for s in fields[family].statements[:1])
    return ""


def _persona_sentence(inputs: Inputs) -> str:
    personas = inputs["05_personas"]
    if not personas.available or not personas.cards:
        return (
            privacy.words(personas.needs, inputs.least)
            or "There are no personas yet: they need coded interviews."
        )
    return privacy.words(personas.gate.sentence, inputs.least) if personas.gate else ""


def _anti_persona(inputs: Inputs) -> str:
    row = next(
        (row for row in judged(inputs).to_dict("records") if row["criterion"] == "anti-persona"),
        None,
    )
    if row is None:
        return NOT_JUDGED
    n = with_data(row)
    if not row["n_flagged"]:
        return f"None of {privacy.count(n, inputs.least)} companies with data shows it."
    left = shares_of_flagged(row, "churned_share", inputs.least)
    return (
        f"{privacy.k_of_n(row['n_flagged'], n, inputs.least)} companies with data show it"
        + (f"; {left[0]} of those who bought left, {left[1]} of the others" if left else "")
        + "."
    )


_AREAS = {
    ("profile", "added"): "New line of the profile",
    ("profile", "dropped"): "Line gone from the profile",
    ("profile", "changed"): "Line of the profile moved",
    ("red flags", "added"): "New red flag",
    ("red flags", "dropped"): "Red flag gone",
    ("measures", "changed"): "Measure moved",
    ("definition", "changed"): "Definition changed",
    ("definition", "added"): "New definition",
    ("tiers", "changed"): "Tier moved",
    ("score", "added"): "New in the score",
    ("score", "dropped"): "Gone from the score",
    ("score", "changed"): "Other points in the score",
    ("personas", "added"): "New in a persona",
    ("personas", "dropped"): "Gone from a persona",
    ("personas", "changed"): "A persona moved",
}


def _changed(table: pd.DataFrame, inputs: Inputs) -> tuple[str, ...]:
    """Three lines: what changed by more than chance first, the profile before the rest."""
    if inputs.previous is None:
        return ("This is the first report; the next one compares itself with it.",)
    order = {
        "definition": 0,
        "profile": 1,
        "measures": 2,
        "red flags": 3,
        "personas": 4,
        "tiers": 5,
        "score": 6,
    }
    rows = table.assign(rank=table["area"].map(order)).sort_values(
        ["is_material", "rank"], ascending=[False, True], kind="stable"
    )
    lines = []
    for row in rows.head(3).to_dict("records"):
        arrow = (
            f": {row['before']} \N{RIGHTWARDS ARROW} {row['now']}"
            if row["before"]
            and row["now"]
            and row["before"] != row["now"]
            and len(row["before"]) < 60
            else ""
        )
        sure = "" if row["is_material"] else " (the change itself may be chance)"
        start = _AREAS.get((row["area"], row["kind"]), f"{row['area'].capitalize()}, {row['kind']}")
        lines.append(f"{start}: {row['item']}{arrow}{sure}")
    return tuple(lines) or (f"Nothing changed since {inputs.previous.workbook.quarter}.",)


def _signs_sentence(fired: list[str], unknown: list[str]) -> str:
    text = (
        f"Refresh signs that fired: {sentence_list(fired).lower()}."
        if fired
        else "No refresh sign fired."
    )
    return text + (f" Not known: {sentence_list(unknown).lower()}." if unknown else "")


def _limits(inputs: Inputs) -> tuple[str, ...]:
    """One sentence per limit: best customers, those who left, interviews, columns kept out.

    Then the noise floor in words.
    """
    noise, churn, personas, columns = (
        inputs["02_noise"],
        inputs["03_churn"],
        inputs["05_personas"],
        inputs["01_columns"],
    )
    out = []
    if noise.sentences:
        out.append(privacy.words(noise.sentences[0], inputs.least))
    out.append(
        f"{privacy.count(noise.n_best, inputs.least)} best customers of {noise.n:,} were searched"
        f" for the ICP, {privacy.count(churn.n_left, inputs.least)} who left for red flags,"
        f" {privacy.count(personas.n_interviews, inputs.least)} interviews for personas."
    )
    kept_out = int((inputs["01_attributes"]["use"] == "kept_out").sum())
    private = int(columns["privacy"].isin(["dropped", "hashed"]).sum())
    out.append(
        f"Kept out: {plural(kept_out, 'attribute')} (known only after the sale, or identifiers); "
        f"{plural(private, 'personal column')} dropped or hashed."
    )
    return tuple(out)


def page_one(said: ReportFacts) -> Block:
    """The facts as the first page."""
    html = f"""<section class="page-one" aria-label="Page one" data-company="{escape(said.company, quote=True)}">
<div class="verdict"><span class="word {said.word}">{said.word}</span><div><p class="sentence">{escape(said.headline)}</p>
<p class="why">{_why(said)}</p></div></div>
<ul class="tiles">{"".join(_tile_html(tile, said.currency) for tile in said.tiles)}</ul>
<div class="panels">
<section class="panel icp"><h3 class="head">{_icp_title(said)}</h3>{_lines_html(said.icp_lines, "icp-evidence")}<p>{escape(said.icp_sentence)} {link("The ladder", "ladder")}.</p></section>
<section class="panel"><h3 class="head">Red flags</h3>{_lines_html(said.red_flags, "red-flags") or "<p>None to show; the section on red flags says what was tested.</p>"}</section>
<section class="panel wide"><h3 class="head">Personas</h3>{_personas_html(said)}</section>
<section class="panel"><h3 class="head">What changed</h3><ul>{"".join(f"<li>{escape(line)}</li>" for line in said.changed)}</ul><p>{escape(said.signs_sentence)} {link("All signs", "signs")}, {link("all changes", "changes")}.</p></section>
<section class="panel"><h3 class="head">How sure are we</h3><ul>{"".join(f"<li>{escape(line)}</li>" for line in said.limits)}</ul><p>{link("What this could have seen", "noise")}, {link("where each number comes from", "provenance")}.</p></section>
<section class="panel wide"><h3 class="head">Decisions needed</h3>{_decisions_html(said)}</section>
</div>
</section>"""
    return block(html)


def _why(said: ReportFacts) -> str:
    more = said.reasons[1:4] if said.word != "keep" else said.reasons[:1]
    also = (
        f"Also: {'; '.join(more)}. "
        if said.word != "keep" and more
        else f"{more[0].capitalize()}. "
        if more
        else ""
    )
    return escape(also + said.universe.sentence) + f" {link('The market', 'universe')}."


def _icp_title(said: ReportFacts) -> str:
    status = "" if said.icp_status == "profile" else f" ({said.icp_status})"
    return escape(f"The ideal customer profile{status}")


def _tile_html(tile: Tile, currency: str) -> str:
    anchor = f"measure-{slug(tile.measure)}"
    missing = (
        "not known" if any(side.value is not None for side in (tile.inside, tile.outside)) else ""
    )  # else the sentence below says why
    sides = []
    for side, label, size in (
        (tile.inside, tile.inside_label, "big"),
        (tile.outside, tile.outside_label, "mid"),
    ):
        value = (
            link(quantity(side.value, tile.unit, currency), anchor)
            if side.value is not None
            else DASH
        )
        interval = (
            f"{between(side.low, side.high, tile.unit, currency)}; n = {side.n:,}"
            if side.value is not None
            else missing
        )
        sides.append(
            f"<dt>{escape(label)}</dt><dd><span"
            f' class="{size}">{value}</span><small>{escape(interval)}</small></dd>'
        )
    window = f'<small class="window">{escape(tile.window)}</small>' if tile.window else ""
    return (
        f'<li class="tile"><h3 class="head">{escape(tile.title)}</h3>{window}<dl'
        f' class="pair">{"".join(sides)}</dl><p class="change">{escape(tile.change)}</p></li>'
    )


def _lines_html(lines: tuple[Line, ...], anchor: str) -> str:
    if not lines:
        return ""
    items = []
    for line in lines:
        n = f"n = {link(f'{line.n:,}', anchor)}" if line.n is not None else link("evidence", anchor)
        items.append(
            f'<li><span class="what">{escape(line.words)}</span> {badge(line.verdict)}<span'
            f' class="small">{escape(line.evidence)}{"; " if line.evidence else ""}{n}</span></li>'
        )
    return f'<ul class="lines">{"".join(items)}</ul>'


def _personas_html(said: ReportFacts) -> str:
    cards = []
    for p in said.personas:
        rows = [
            (name, text)
            for name, text in (
                ("Goal", p.goal),
                ("Pain", p.pain),
                ("Format", p.format),
                ("Criteria", p.criteria),
            )
            if text
        ]
        pairs = "".join(f"<div><dt>{name}</dt><dd>{escape(text)}</dd></div>" for name, text in rows)
        basis = (
            f"{plural(p.n_interviews, 'interview')}, {plural(p.n_accounts, 'company', 'companies')}"
            if p.n_interviews >= said.min_cell and p.n_accounts >= said.min_cell
            else "few interviews"
        )
        age = p.age.replace("-", "\N{NON-BREAKING HYPHEN}")
        cards.append(
            f'<div><h4 class="head">{link(p.name, p.anchor)}</h4><span'
            f' class="small">{escape(p.role)}; {escape(basis)};'
            f" {escape(age)}</span><dl>{pairs}</dl></div>"
        )
    strip = f'<div class="personas-strip">{"".join(cards)}</div>' if cards else ""
    text = f"<p>{escape(said.persona_sentence)}</p>" if not cards and said.persona_sentence else ""
    return (
        f"{strip}{text}<p><strong>{link('Anti-persona', 'anti-persona')}:</strong>"
        f" {escape(said.anti_persona)}</p>"
    )


def _decisions_html(said: ReportFacts) -> str:
    if not said.decisions:
        return (
            "<p>None is on file. Name question, owner role and date under [[decisions]] in"
            " company.toml.</p>"
        )
    items = []
    for d in said.decisions:
        who = d.owner_role or "owner role missing: name one"
        when = d.due.isoformat() if d.due else "date missing: set one"
        items.append(
            f'<li>{escape(d.question)} <span class="small">{escape(who)};'
            f" {escape(when)}</span></li>"
        )
    return f'<ol class="decisions">{"".join(items)}</ol>'
