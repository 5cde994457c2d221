"""Persona cards as data: 05_personas."""

from typing import Literal

from pydantic import Field

from icplib.conditions import Frozen


class Statement(Frozen):
    """One line of a card.

    ``sentence`` is the fixed evidence sentence; it may name an interview (INT-...).
    """

    code_id: str
    text: str
    label: Literal["High", "Medium", "Low"]
    typical: Literal["High", "Medium", "Low", ""] = ""
    distinctive: Literal["High", "Medium", "Low", ""] = ""
    n_said: int
    n_asked: int
    n_accounts: int
    n_rest_said: int
    n_rest_asked: int
    sentence: str
    cap_reason: str = Field("", description="what keeps the label down, such as unreliable coding")


class CardField(Frozen):
    """One field of a card: its heading, statements, and codes that were heard once or twice only.

    ``status`` says in words why there is no statement: no clear answer, or never asked.
    """

    family: str
    heading: str
    status: str = ""
    statements: tuple[Statement, ...] = ()
    also_mentioned: tuple[str, ...] = ()


class Quote(Frozen):
    """A consented, redacted quote of at most 40 words.

    ``interview`` inside the building, ``person`` outside.
    """

    code_id: str
    text: str
    interview: str
    person: str


class Count(Frozen):
    """How many interviewees have one seniority, function or generalised title."""

    value: str
    n: int


class Card(Frozen):
    """One persona: one buying role (or several read together) within the ICP."""

    persona_id: str
    name: str = Field(description="neutral alliterative name, or the role where names are off")
    role: str
    role_label: str
    roles: tuple[str, ...] = Field(
        description=(
            "buying roles in this card, more than one after a merge, each also in the CRM's"
            " spelling"
        )
    )
    status: Literal["full", "early", "shared"]
    status_words: str
    n_interviews: int
    n_accounts: int
    titles: tuple[Count, ...] = ()
    seniorities: tuple[Count, ...] = ()
    functions: tuple[Count, ...] = ()
    authority: str = Field(
        "", description="share of won deals with this role among the contacts, in words"
    )
    fields: tuple[CardField, ...] = ()
    by_role: tuple[str, ...] = Field(
        (), description="on a shared card: what single roles said, in counts"
    )
    quotes: tuple[Quote, ...] = ()
    channels: tuple[str, ...] = Field(
        (), description="stated channels beside observed engagement, one sentence each"
    )
    content: tuple[str, ...] = Field(
        (), description="content that works for this role, one sentence each"
    )
    messages: tuple[str, ...] = Field(
        (), description="one message per ICP segment, once where all segments share it"
    )
    boxes: tuple[str, ...] = Field((), description="what people still have to write for the card")
    needs: str = Field("", description="how many more interviews the card needs, and for what")
    n_distinctive: int
    n_distinctive_expected: float | None = Field(
        description="distinctive statements expected if roles were shuffled"
    )
    n_match_half: int = Field(
        description="interviewees of this card who said at least half of its statements"
    )
    n_match_half_rest: int
    first_date: str = ""
    last_date: str = ""
    waves: tuple[str, ...] = ()
    coders: str = ""
    saturation: str = ""
    valid_until: str = ""
    cadence: Literal["fresh", "due", "overdue"] = "fresh"
    sentence: str = Field("", description="the card's whole provenance in one sentence")


class Pair(Frozen):
    """Two roles compared; ``attainable_p`` is the smallest p their sizes allow."""

    role_a: str
    role_b: str
    n_a: int
    n_b: int
    p: float | None
    attainable_p: float | None
    verdict: Literal[
        "differ", "not told apart: ask whether to merge", "not clear", "too few to tell"
    ]
    sentence: str


class Gate(Frozen):
    """The test whether roles matter at all (PERMANOVA on Jaccard distances)."""

    mode: Literal["by role", "by role, with a warning", "one shared card", "one role only"]
    n_interviews: int
    n_roles: int
    f: float | None = None
    r2: float | None = None
    p: float | None = None
    attainable_p: float | None = None
    n_permutations: int = 0
    sentence: str


class Personas(Frozen):
    """The personas of one quarter.

    ``available`` is false when there are none, and ``needs`` says what is missing.
    """

    schema_version: Literal[1] = 1
    available: bool
    needs: str = ""
    refusals: tuple[str, ...] = ()
    problem: str = Field("", description="what is wrong with the interviews, and how to mend it")
    advice: tuple[str, ...] = ()
    n_interviews: int = 0
    n_accounts: int = 0
    n_excluded: int = 0
    gate: Gate | None = None
    pairs: tuple[Pair, ...] = ()
    cards: tuple[Card, ...] = ()
    further_roles: tuple[str, ...] = ()
    not_enough: tuple[str, ...] = Field(
        (), description="roles without enough evidence and what is missing"
    )
    next_interviews: tuple[str, ...] = Field(
        (), description="which role at which kind of company would teach most"
    )
    another_split: tuple[str, ...] = Field(
        (), description="a split by topics to ask about; never a card"
    )
    cadence: Literal["fresh", "due", "overdue", ""] = ""
    sentences: tuple[str, ...] = ()
