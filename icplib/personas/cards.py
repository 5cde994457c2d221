"""Persona cards: every statement with its evidence, nothing without.

And when they must be made again.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from icplib.names import Names
from icplib.personas.engagement import content_that_works
from icplib.personas.evidence import Evidence
from icplib.personas.quotes import choose_quotes, refuse
from icplib.personas.statements import (
    Group,
    Study,
    people_who_match,
)
from icplib.personas.use import boxes, needs_more, next_interviews
from icplib.settings import Personas as PersonaSettings
from icplib.settings import Quarter
from icplib.tables import rows_of
from icplib.tables.step_05_cards import Card, CardField, Count, Personas, Quote, Statement
from icplib.vocabulary.people import (
    EVERYONE,
    SENIORITIES,
    UNKNOWN_ROLE,
    role_label,
)
from icplib.words import coefficient, k_of_n, listed, number

FIELDS = {  # family of codes = heading on the card, in the order of the card
    "responsibility": "Responsibilities",
    "background": "Background",
    "authority": "Decision authority",
    "goal": "Goals and ambitions",
    "career_aspiration": "Career aspirations",
    "motivation": "Motivations",
    "pain": "Challenges and pain points",
    "fear_objection": "Fears and objections",
    "success_metric": "What success looks like",
    "channel": "Preferred channels and formats",
    "communication_style": "Communication style",
    "decision_style": "Decision style",
    "buying_behaviour": "Buying behaviour",
    "buying_criterion": "Buying criteria",
    "trusted_source": "Trusted sources",
    "alternative_tried": "Alternatives tried",
    "benefit": "Benefits valued",
    "value": "Values",
    "daily_habit": "Daily work habits",
    "other": "Other",
}
ALSO = 3
STATUS = {
    "full": "",
    "early": (
        "Early card: fewer than 5 interviews or 3 accounts, so nothing here is better than Medium."
    ),
    "shared": "Shared card: the interviews give no reason for cards by role.",
}


@dataclass(frozen=True)
class Sources:
    """What a card is filled from beside the statements.

    The tables of notebook 05 and what the CRM knows.
    """

    codings: pd.DataFrame
    saturation: pd.DataFrame
    engagement: pd.DataFrame
    messages: pd.DataFrame
    contacts: pd.DataFrame  # as from engagement.roles_of_contacts
    names: dict[str, str]  # role -> name of the persona
    crm: Names


def make_personas(
    study: Study, sources: Sources, settings: PersonaSettings, quarter: Quarter, n_excluded: int = 0
) -> Personas:
    """Artefact 05_personas.

    With refusals there are no cards, and ``needs`` says what is missing.
    """
    if study.refusals:
        return Personas(
            available=False,
            needs=" ".join(study.refusals),
            refusals=study.refusals,
            problem=study.problem,
            n_excluded=n_excluded,
        )
    cards, notes = [], []
    for group in study.groups:
        mine = study.statements[study.statements["role"] == group.role]
        quotes, refused = choose_quotes(
            sources.codings,
            study.evidence.interviews,
            mine,
            sources.crm,
            settings.money_above,
        )
        if refused:
            notes.append(
                f"{refused} quotes for {sources.names[group.role]} were refused by the gate: they"
                " still held a name after redaction."
            )
        cards.append(_card(group, study, mine, quotes, sources, settings, quarter))
    refuse((q.text for card in cards for q in card.quotes), sources.crm, "the persona cards")
    people = study.evidence.interviews
    if unknown := int((people["role"] == UNKNOWN_ROLE).sum()):
        notes.append(f"{unknown} interviews without a buying role count among 'other roles' only.")
    return Personas(
        available=True,
        advice=tuple(_advice(study)),
        n_interviews=len(people),
        n_accounts=int(people["account_id"].nunique()),
        n_excluded=n_excluded,
        gate=study.gate,
        pairs=study.pairs,
        cards=tuple(cards),
        not_enough=tuple(g.missing for g in study.short if g.missing),
        next_interviews=next_interviews(
            study, list(dict.fromkeys(sources.messages["segment"])) or ["the whole ICP"]
        ),
        another_split=study.other_split,
        further_roles=tuple(
            f"{role_label(g.role)}: {len(g.interview_ids)} interviews at {g.n_accounts} accounts."
            for g in study.further
        ),
        cadence=max((c.cadence for c in cards), key=("fresh", "due", "overdue").index),
        sentences=(study.gate.sentence, *study.topics, *notes),
    )


def _card(
    group: Group,
    study: Study,
    mine: pd.DataFrame,
    quotes: list[Quote],
    sources: Sources,
    settings: PersonaSettings,
    quarter: Quarter,
) -> Card:
    people = study.evidence.interviews.loc[list(group.interview_ids)]
    match, match_rest = people_who_match(study.evidence, study.statements, group.role)
    last = people["interview_date"].max()
    cadence, valid_until = how_old(last, quarter, settings)
    rows = sources.engagement[sources.engagement["role"] == group.role]
    saturation = sources.saturation[
        sources.saturation["role"] == ("all" if group.role == EVERYONE else group.role)
    ]
    card = Card(
        persona_id=group.persona_id,
        name=sources.names[group.role],
        role=group.role,
        role_label=role_label(group.role),
        roles=_roles(group, people, sources.contacts),
        status=group.status,
        status_words=STATUS[group.status],
        n_interviews=len(people),
        n_accounts=group.n_accounts,
        titles=_counts(people["title_generic"]),
        seniorities=_counts(people["seniority"]),
        functions=_counts(people["function"]),
        authority=_first(rows.loc[rows["measure"] == "won deals with the role", "sentence"]),
        fields=_fields(mine, study.evidence, group),
        by_role=_by_role(study.statements) if group.role == EVERYONE else (),
        quotes=tuple(quotes),
        channels=_channels(rows),
        content=tuple(_content(rows, group.role)),
        messages=_messages(sources.messages, group.persona_id),
        boxes=boxes(sources.messages, group.persona_id),
        needs=needs_more(group, mine),
        n_distinctive=int(
            (mine["is_on_card"] & mine["distinctive"].isin(["High", "Medium"])).sum()
        ),
        n_distinctive_expected=study.expected.get(group.role),
        n_match_half=match,
        n_match_half_rest=match_rest,
        first_date=f"{people['interview_date'].min():%Y-%m-%d}",
        last_date=f"{last:%Y-%m-%d}",
        waves=tuple(sorted(set(people["wave"].astype(str)))),
        coders=_coders(study.agreement, study.evidence),
        saturation=_first(saturation["sentence"]),
        valid_until=valid_until,
        cadence=cadence,
    )
    return card.model_copy(update={"sentence": describe_card(card)})


def _roles(group: Group, people: pd.DataFrame, contact_roles: pd.DataFrame) -> tuple[str, ...]:
    """The card's roles in our words and every spelling of the CRM, to match contacts on them."""
    ours = {group.role} | set(people["buying_role"].dropna())
    declared = (
        contact_roles[contact_roles["is_declared"].astype(bool)]
        if len(contact_roles)
        else contact_roles
    )
    is_mine = declared["role"].isin(list(ours)) | (group.role == EVERYONE)
    return tuple(sorted(ours - {EVERYONE})) + tuple(
        sorted(set(declared.loc[is_mine, "crm_words"].dropna()) - ours)
    )


def _fields(mine: pd.DataFrame, evidence: Evidence, group: Group) -> tuple[CardField, ...]:
    """Each family of the codebook: its statements, or in words why there is none."""
    items = evidence.items
    heard = evidence.presence.loc[list(group.interview_ids)]
    known = set(items["family"])
    fields = [
        _field(
            family, mine[mine["family"] == family], heard[items.index[items["family"] == family]]
        )
        for family in FIELDS
        if family in known and family != "other" or (mine["family"] == family).any()
    ]
    unknown = [heading for family, heading in FIELDS.items() if family not in {*known, "other"}]
    if unknown:
        status = f"never asked, since no code stands for it: {listed(unknown)}"
        fields.append(CardField(family="other", heading="Not in the codebook", status=status))
    return tuple(fields)


def _field(family: str, here: pd.DataFrame, heard: pd.DataFrame) -> CardField:
    printed = here[here["is_on_card"]]
    ranked = printed.sort_values(
        ["share", "zb", "code_id"], ascending=[False, False, True], kind="stable"
    )
    rest = here[~here["is_on_card"] & (here["n_said"] > 0)].sort_values(
        ["n_said", "code_id"], ascending=[False, True]
    )
    status, also = "", tuple(f"{r.label} ({r.n_said})" for r in rows_of(rest.head(ALSO)))
    if printed.empty and not heard.notna().to_numpy().any():
        status = "never asked"
    elif printed.empty and rest.empty:
        status = "asked, and nobody named anything"
    elif printed.empty:
        counts = ", ".join(
            f"{r.label} {k_of_n(r.n_said, r.n_asked)}" for r in rows_of(rest.head(ALSO))
        )
        status, also = f"asked, no clear answer ({counts})", ()
    return CardField(
        family=family,
        heading=FIELDS[family],
        status=status,
        statements=tuple(_said(r) for r in rows_of(ranked)),
        also_mentioned=also,
    )


def _said(row: Any) -> Statement:
    return Statement(
        code_id=row.code_id,
        text=row.label,
        label=row.confidence,
        cap_reason=row.cap_reason or "",
        **{name: getattr(row, name) for name in _COUNTED},
    )


_COUNTED = (
    "typical",
    "distinctive",
    "n_said",
    "n_asked",
    "n_accounts",
    "n_rest_said",
    "n_rest_asked",
    "sentence",
)


def _by_role(statements: pd.DataFrame, most: int = 3) -> tuple[str, ...]:
    """On a shared card: what single roles said most, in counts and without labels."""
    roles = statements[
        (statements["role"] != EVERYONE)
        & ~statements["family"].str.startswith("anti_")
        & (statements["n_said"] >= 2)
    ]
    found = []
    for role, rows in roles.groupby("role", sort=False):
        top = rows.sort_values(["share", "code_id"], ascending=[False, True]).head(most)
        found.append(
            f"{role_label(role)}: "  # type: ignore[arg-type]
            + "; ".join(f"{r.label} ({r.n_said} of {r.n_asked})" for r in rows_of(top))
            + "."
        )
    return tuple(found)


def _counts(values: pd.Series, most: int = 4) -> tuple[Count, ...]:
    counts = (
        values.dropna()
        .astype(str)
        .value_counts()
        .sort_index()
        .sort_values(ascending=False, kind="stable")
    )
    return tuple(
        Count(value=SENIORITIES[value].label if value in SENIORITIES else value, n=int(n))
        for value, n in counts.head(most).items()
    )


def _channels(rows: pd.DataFrame) -> tuple[str, ...]:
    """Every channel that was used, and every channel or format that was named: both with counts."""
    replied = rows[(rows["measure"] == "replied") & (rows["dimension"] != "all")]
    told = replied[(replied["dimension"] == "channel") | replied["stated_asked"].notna()]
    ranked = told.sort_values(["dimension", "rate", "value"], ascending=[True, False, True])
    return tuple(ranked["sentence"])


def _content(rows: pd.DataFrame, role: str) -> list[str]:
    """Formats that work; not those whose touches are just the touches of a channel named above."""
    table = rows[rows["measure"] == "replied"]
    touched = ["n_trials", "n_events", "n_contacts"]
    of_channels = {
        tuple(r) for r in table.loc[table["dimension"] == "channel", touched].to_numpy().tolist()
    }
    content = table[table["dimension"] == "content"].set_index("value")
    return [
        value if pd.notna(content.at[value, "stated_asked"]) else content.at[value, "sentence"]  # type: ignore[misc, arg-type]
        for value in content_that_works(rows, role)
        if tuple(content.loc[value, touched].tolist()) not in of_channels  # type: ignore[operator]
    ]  # stated ones stand above with their numbers


def _messages(messages: pd.DataFrame, persona_id: str) -> tuple[str, ...]:
    """One line a segment; segments that would read the same are said once."""
    mine = messages[messages["persona_id"] == persona_id]
    lines: dict[str, list[str]] = {}
    for r in rows_of(mine):
        said = "; ".join(t for t in (r.pain, r.promise, r.format) if t)
        if said:
            why = f"({r.note})" if r.note else f"({r.evidence.split('; ')[0]})"
            lines.setdefault(f"{said}. {why}", []).append(r.segment)
    is_one = len(lines) == 1 and len(mine) > 1
    return tuple(
        f"{'Every segment' if is_one else listed(segments)}: {said}"
        for said, segments in lines.items()
    )


def _coders(agreement: pd.DataFrame, evidence: Evidence) -> str:
    if evidence.is_adjudicated:
        return f"{len(evidence.coders)} coders, disagreements settled by an adjudicator"
    total = agreement[(agreement["scope"] == "all") & (agreement["between"] == "coders")]
    if total.empty or str(total.iloc[0]["verdict"]).startswith("single"):
        return "single coder, agreement not assessed"
    one = total.iloc[0]
    return (
        f"{one['n_coders']} coders, {one['n_interviews']} interviews coded twice, pooled alpha"
        f" {coefficient(one['alpha'])} ({coefficient(one['alpha_low'])} to"
        f" {coefficient(one['alpha_high'])})"
    )


def _first(values: pd.Series) -> str:
    return values.iloc[0] if len(values) else ""


def how_old(last: pd.Timestamp, quarter: Quarter, settings: PersonaSettings) -> tuple[str, str]:
    """(fresh, due or overdue; last day of validity).

    Due one quarter after the newest interview's, overdue after two, by settings.
    """
    from_quarter = Quarter(f"{last.year}Q{(last.month - 1) // 3 + 1}")
    age = (quarter.year - from_quarter.year) * 4 + quarter.number - from_quarter.number
    cadence = (
        "overdue"
        if age >= settings.overdue_quarters
        else "due"
        if age >= settings.due_quarters
        else "fresh"
    )
    return cadence, (from_quarter + settings.due_quarters).end.isoformat()


def describe_card(card: Card) -> str:
    """Who stands behind the card, what chance would print, how many interviewees it describes."""
    chance = (
        ""
        if card.n_distinctive_expected is None
        else (
            f"; with roles shuffled {number(round(card.n_distinctive_expected, 1))} would be"
            " expected"
        )
    )
    rest = (
        f", and so did {card.n_match_half_rest} interviewees of other roles"
        if card.role != EVERYONE
        else ""
    )
    return (
        f"{card.n_interviews} interviews at {card.n_accounts} accounts, {card.first_date} to"
        f" {card.last_date}; {card.coders}. {card.n_distinctive} distinctive statements{chance}."
        f" {card.n_match_half} of {card.n_interviews} interviewees said at least half of the card's"
        f" statements{rest}."
    )


def _advice(study: Study) -> list[str]:
    advice = [p.sentence for p in study.pairs if p.verdict.startswith("not told apart")]
    if study.further:
        n = len(study.groups) + len(study.further)
        advice.append(
            f"{n} roles have enough evidence; two to four personas are manageable, so"
            f" {len(study.further)} are kept as further roles. Read alike roles together."
        )
    if study.gate.mode == "one shared card":
        advice.append("Fewer than two personas: the roles are not told apart.")
    elif len(study.groups) < 2:
        advice.append(
            "Fewer than two personas: interview a second role (3 people at 2 accounts for a first"
            " card, 5 at 3 for a full one)."
        )
    return advice


def describe_personas(personas: Personas) -> str:
    """How many personas there are, from what, and what is missing."""
    if not personas.available:
        return f"No personas this quarter. {personas.needs}"
    names = ", ".join(
        f"{c.name} ({c.role_label.lower()}, {c.n_interviews} interviews)" for c in personas.cards
    )
    words = [
        f"{len(personas.cards)} persona{'s' if len(personas.cards) != 1 else ''} from"
        f" {personas.n_interviews} interviews at {personas.n_accounts} accounts: {names}."
    ]
    if personas.n_excluded:
        words.append(
            f"{personas.n_excluded} interviews do not count and are listed with their reason."
        )
    return " ".join([*words, *personas.advice, *personas.not_enough])
