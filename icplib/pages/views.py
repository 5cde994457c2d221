"""What templates draw: tables, bars and persona cards, frozen, guarded and in words already."""

from dataclasses import dataclass, field
from typing import Literal

from icplib.pages.counts import is_small, part
from icplib.pages.said import slug
from icplib.tables.step_05_cards import Card, CardField, Statement

Tone = Literal["fit", "mid", "pale", "rest", "risk", "good", "warn", "lead", "muted"]


BLANK = "\N{HORIZONTAL ELLIPSIS}" * 12  # a box that people fill in


@dataclass(frozen=True)
class Bar:
    """A bar from 0 to ``value`` (0 to 1 of the axis) with its words.

    ``low`` and ``high`` are its interval, ``mark`` a line to read it against.
    """

    value: float | None
    text: str
    tone: Tone = "fit"
    low: float | None = None
    high: float | None = None
    mark: float | None = None
    label: str = ""
    badge: str = ""


@dataclass(frozen=True)
class Badge:
    """A verdict in words; its colour only repeats them."""

    text: str
    tone: Tone = "muted"


@dataclass(frozen=True)
class Head:
    """One column of a table: its title, and whether its cells are text, numbers or bars."""

    title: str
    kind: Literal["text", "number", "bar"] = "text"


@dataclass(frozen=True)
class Table:
    """A table: ``rows`` hold a cell a head (text, number in words, ``Bar`` or ``Badge``).

    Without rows it is the sentence ``empty``.
    """

    title: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[str | Bar | Badge, ...], ...]
    note: str = ""
    anchor: str = ""
    empty: str = ""
    fits_half: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether another one fits beside it on a wide page."""
        texts = [c for row in self.rows for c in row if isinstance(c, str)]
        width = len(self.heads) + sum(head.kind == "bar" for head in self.heads)
        fits = width <= 5 and max(map(len, texts), default=0) <= 30
        return bool(self.rows) and (self.fits_half or fits)


@dataclass(frozen=True)
class CardPart:
    """One field of a persona card: statements with what stands behind each."""

    title: str
    lines: tuple[tuple[str, str, str], ...] = field(default=())  # statement, label, evidence
    also: str = ""


@dataclass(frozen=True)
class CardView:
    """A persona card as it is shown: in a page, a notebook and on paper."""

    name: str
    role: str
    anchor: str
    status: str
    is_overdue: bool
    facts: tuple[tuple[str, str], ...]
    parts: tuple[CardPart, ...]
    quotes: tuple[tuple[str, str], ...]
    foot: tuple[str, ...]


def card_view(card: Card, least: int = 0) -> CardView:
    """A card as it may be shown where counts below ``least`` are hidden (0: inside the house).

    Cards for everyone carry no interview's id and no sentence that could hold a small count.
    """
    is_inside = not least
    few = is_small(card.n_interviews, least) or is_small(card.n_accounts, least)
    basis = (
        f"fewer than {least} interviews or companies"
        if few
        else f"{card.n_interviews} interviews at {card.n_accounts} companies"
    )
    facts = [("Evidence", basis), ("Last interview", card.last_date), ("Review", card.cadence)]
    facts += [
        (name, ", ".join(f"{c.value} ({c.n})" if is_inside else c.value for c in counts))
        for name, counts in (
            ("Title", card.titles),
            ("Seniority", card.seniorities),
            ("Function", card.functions),
        )
    ]
    if is_inside:
        facts.append(("In the purchase", card.authority))
    parts = [_part(f, least) for f in card.fields]
    parts += _lists(card, is_inside)
    return CardView(
        name=card.name,
        role=card.role_label,
        anchor=f"persona-{slug(card.name)}",
        status=card.status_words if is_inside else "" if card.status == "full" else card.status,
        is_overdue=card.cadence == "overdue",
        facts=tuple((name, text) for name, text in facts if text),
        parts=tuple(parts),
        quotes=tuple(
            (q.text, q.interview if is_inside else f"{card.role_label}, quoted with consent")
            for q in card.quotes
        ),
        foot=(card.sentence, card.saturation) if is_inside else (),
    )


def _lists(card: Card, is_inside: bool) -> list[CardPart]:
    """What is no statement of an interview: channels, content, messages."""
    boxes = tuple(f"{name}: {BLANK}" for name in card.boxes)
    inside = (
        ("Channels: stated beside answered", card.channels),
        ("Content that works", card.content),
        ("By role", card.by_role),
    )
    asked = (("Interviews still needed", (card.needs,)),) if is_inside and card.needs else ()
    # behind the words stands how many said so: a count of people
    said = tuple(m if is_inside else m.partition(";")[0] for m in card.messages)
    both = (("Message by segment", said), ("To be written", boxes))
    found = [*both, *(inside if is_inside else ()), *asked]
    return [CardPart(title, tuple((x, "", "") for x in lines)) for title, lines in found if lines]


def _part(one: CardField, least: int) -> CardPart:
    # codes heard once or twice carry their count in brackets: too few to leave
    also = [text if not least else text.partition(" (")[0] for text in one.also_mentioned]
    lines: tuple[tuple[str, str, str], ...] = tuple(
        (s.text, s.label, _evidence(s, least)) for s in one.statements
    )
    if one.status:  # its counts are small ones
        lines = ((one.status.partition(" (")[0] if least else one.status, "", ""),)
    return CardPart(one.heading, lines, ", ".join(also))


def _evidence(said: Statement, least: int) -> str:
    if not least:
        held = f" (label held down: {said.cap_reason})" if said.cap_reason else ""
        return f"{said.sentence}{held}"
    if is_small(said.n_asked, least):
        return f"fewer than {least} were asked"
    own = part(said.n_said, said.n_asked, least, complement=False)
    rest = part(said.n_rest_said, said.n_rest_asked, least, complement=False)
    return f"{own} asked" + (
        ""
        # beside the same statement of another role it would tell what the few of a third one said
        if rest.hides in ("n", "unknown") or said.distinctive not in ("High", "Medium")
        else f", {rest} in other roles"
    )
