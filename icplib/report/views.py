"""What the pages show, frozen: guarded and in words already.

Page, slides and summary read these.
"""

from dataclasses import dataclass

from icplib.charts.theme import Picture
from icplib.pages.views import Badge, Bar, CardView, Table


@dataclass(frozen=True)
class Period:
    """One point of the hero chart: quarters pooled until nobody can be recognised."""

    label: str
    side: str
    n: int
    estimate: float
    low: float
    high: float
    is_broken: bool


@dataclass(frozen=True)
class Hero:
    """The chart beside the headline; its title is the finding."""

    title: str
    note: str
    alt: str
    periods: tuple[Period, ...]


@dataclass(frozen=True)
class Decision:
    """An action, one number as reason, who owns it until when, and where the evidence stands."""

    title: str
    reason: str
    who: str
    when: str
    anchor: str
    is_proposed: bool = False


@dataclass(frozen=True)
class Tile:
    """A measure: fit and others on one axis, and a chip that says whether they differ."""

    title: str
    chip: Badge
    inside: str
    outside: str
    dots: tuple[Bar, ...]
    note: str
    change: str
    anchor: str


@dataclass(frozen=True)
class Panel:
    """A box of bars: whom we want, what warns of leaving, where to sell."""

    title: str
    note: str
    bars: tuple[Bar, ...]
    foot: str
    anchor: str


@dataclass(frozen=True)
class Person:
    """A persona in one sentence."""

    name: str
    role: str
    basis: str
    text: str
    anchor: str


@dataclass(frozen=True)
class Leader:
    """One line for one leader, with a link to the part made for them."""

    who: str
    text: str
    anchor: str


@dataclass(frozen=True)
class PageOne:
    """All that page one says."""

    company: str
    dated: str
    word: str
    label: str
    headline: str
    detail: str
    hero: Hero | None
    decisions: tuple[Decision, ...]
    tiles: tuple[Tile, ...]
    panels: tuple[Panel, ...]
    people: tuple[Person, ...]
    people_note: str
    sure: str
    leaders: tuple[Leader, ...]


@dataclass(frozen=True)
class Figure:
    """A chart with its visible title, which is its finding."""

    title: str
    picture: Picture
    note: str = ""


@dataclass(frozen=True)
class Fold:
    """Evidence that opens on demand and in print."""

    title: str
    anchor: str
    tables: tuple[Table, ...] = ()
    lines: tuple[str, ...] = ()
    figure: Figure | None = None


@dataclass(frozen=True)
class Section:
    """A part of the page: a question answered by a figure, tables, cards, and folded evidence."""

    title: str
    anchor: str
    who: str = ""
    lead: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    cards: tuple[CardView, ...] = ()
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True)
class Report:
    """The whole page."""

    one: PageOne
    sections: tuple[Section, ...]
    evidence: tuple[Fold, ...]
    scenario: str = ""
