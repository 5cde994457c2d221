"""What cards are used for: lists for the CRM, boxes to fill, and whom to ask next."""

import pandas as pd

from icplib.personas.labels import typical_label
from icplib.personas.statements import (
    FULL_ACCOUNTS,
    FULL_INTERVIEWS,
    Group,
    Study,
)
from icplib.tables import rows_of
from icplib.tables.files import disarmed
from icplib.tables.step_05_cards import Personas
from icplib.vocabulary.people import (
    EVERYONE,
    FUNCTIONS,
    SENIORITIES,
    UNKNOWN_ROLE,
    role_by_position,
    role_label,
)
from icplib.words import plural

BOXES = {
    "call_to_action": "Call to action",
    "words_use": "Words to use",
    "words_avoid": "Words to avoid",
    "answer": "Answer to the objection",
}


def boxes(messages: pd.DataFrame, persona_id: str) -> tuple[str, ...]:
    """What nobody has written yet in any segment of the card."""
    mine = messages[messages["persona_id"] == persona_id]
    return tuple(
        heading for name, heading in BOXES.items() if not mine[name].fillna("").ne("").any()
    )


def needs_more(group: Group, mine: pd.DataFrame) -> str:
    """How many more interviews the card needs to be full, or for its weak statements to settle."""
    n, accounts = len(group.interview_ids), group.n_accounts
    missing = max(FULL_INTERVIEWS - n, FULL_ACCOUNTS - accounts, 0)
    if group.status == "early" and missing:
        return f"{plural(missing, 'more interview')} at other accounts for a full card."
    weak = mine[mine["is_on_card"] & (mine["confidence"] == "Low")]
    if weak.empty:
        return "Every statement is of Medium or better; repeat by the date above."
    more = next((m for m in range(1, 13) if _would_settle(weak, m)), 12)
    return (
        f"About {plural(more, 'more interview')} until half of the"
        f" {plural(len(weak), 'Low statement')} would be Medium, if people go on as before."
    )


def _would_settle(weak: pd.DataFrame, more: int) -> bool:
    labels = [
        typical_label(r.n_said + round(more * r.share), r.n_asked + more) for r in rows_of(weak)
    ]
    return sum(label in ("Medium", "High") for label in labels) * 2 >= len(labels)


def next_interviews(study: Study, segments: list[str], most: int = 3) -> tuple[str, ...]:
    """The cells of role and kind of company in which the next interview would teach most.

    An interview adds most where fewest were held: the spread of a share falls with 1/(n + 2). Roles
    without a card come first, since they have most to gain.
    """
    people, cells = study.evidence.interviews, []
    for group in (*study.short, *study.groups):
        if group.role in (UNKNOWN_ROLE, EVERYONE):
            continue
        mine = people.loc[list(group.interview_ids), "segment"]
        for segment in segments:
            n = int((mine == segment).sum()) if len(segments) > 1 else len(mine)
            cells.append((bool(group.status), n, len(mine), role_label(group.role), segment))
    return tuple(
        f"{role} at {segment}: {n} of {plural(total, 'interview')} of the role so far."
        for _, n, total, role, segment in sorted(cells)[:most]
    )


def list_contacts(personas: Personas, contacts: pd.DataFrame) -> str:
    """CSV: the contacts that belong to each persona, by role in the CRM or by title.

    ``contacts`` as from ``engagement.roles_of_contacts``; ids as in 01_contacts.
    """
    rows = [
        (card.persona_id, card.name, c.account_id, c.contact_id, c.role, _rule(c.is_declared))
        for card in personas.cards
        for c in rows_of(contacts)
        if c.role == card.role or (card.role == EVERYONE and c.role != UNKNOWN_ROLE)
    ]
    head = ["persona_id", "persona", "account_id", "contact_id", "buying_role", "by"]
    return pd.DataFrame(sorted(rows), columns=head).map(disarmed).to_csv(index=False)


def _rule(is_declared: bool) -> str:
    return "role in the CRM" if is_declared else "seniority and function of the title"


def list_rules(personas: Personas) -> str:
    """CSV: which titles belong to each persona, as a filter of a CRM takes them."""
    places = [(s, f) for s in SENIORITIES for f in (*FUNCTIONS, "any other")]
    rows = [
        (card.persona_id, card.name, "; ".join(card.roles), SENIORITIES[s].label, f)
        for card in personas.cards
        for s, f in places
        if role_by_position(s, f) == card.role
    ]
    head = ["persona_id", "persona", "crm_roles", "seniority", "function"]
    return pd.DataFrame(rows, columns=head).map(disarmed).to_csv(index=False)
