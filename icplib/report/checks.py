"""The mistakes that profiles and personas are known for, each asked of this quarter.

They are those of mission A.7.

Every check answers *fine*, *look at* or *cannot tell* with one sentence. `vague` is the test of
wording: a line of a profile must hold a number or name a level; words such as "mid-sized" or
"undergoing digital transformation" measure nothing.
"""

import re
from collections.abc import Callable

import pandas as pd

from icplib.icp import Criterion
from icplib.pages.counts import share_of
from icplib.report.inputs import Inputs
from icplib.tables import artefact
from icplib.vocabulary.attributes import is_size
from icplib.vocabulary.judgements import vague_phrases
from icplib.words import listed, plural

FINE, LOOK, UNKNOWN = "fine", "look at", "cannot tell"

_NUMBER = re.compile(r"\d")
_NAMED = re.compile(
    r"\b(?:[A-Z][a-z]+[A-Z]\w*|[A-Z]{2,}|Series [A-F])\b|(?<=[a-z,] )[A-Z][a-z]{2,}"
)

#: words of people that have no place in a description of companies, and the other way round
_PERSONAL = re.compile(
    r"\b(?:age|aged|gender|male|female|income|hobb\w+|years"
    r" old|married|personality|motivat\w+|career|he|she|his|her)\b",
    re.I,
)
_COMPANY = re.compile(
    r"\b(?:headcount|annual revenue|ARR|number of employees|employees:|industry:|funding"
    r" stage|NAICS|SIC code)\b",
    re.I,
)


def vague(text: str) -> list[str]:
    """The phrases of `text` that measure nothing.

    A text with neither a number nor a name is vague as a whole.

    >>> vague("mid-sized companies undergoing digital transformation")
    ['mid-sized', 'digital transformation']
    >>> vague("100-250 employees, $20M-$50M annual revenue")
    []
    """
    found = list(vague_phrases(text))
    if not found and text.strip() and not _NUMBER.search(text) and not _NAMED.search(text):
        return [text.strip()]
    return found


def mistakes(inputs: Inputs) -> pd.DataFrame:
    """`06_checks`: one row per mistake, in the order of the mission."""
    rows = [(name, question, *ask(inputs)) for name, (question, ask) in CHECKS.items()]
    return pd.DataFrame(rows, columns=artefact("06_checks").names)


CHECKS: dict[str, tuple[str, Callable[[Inputs], tuple[str, str]]]] = {}


def check(name: str, question: str) -> Callable:
    """Register a mistake to look for: its question, and the function that answers it.

    The function returns the result (`FINE`, `LOOK`, `UNKNOWN`) and a sentence.
    """

    def add(ask: Callable[[Inputs], tuple[str, str]]) -> Callable:
        CHECKS[name] = question, ask
        return ask

    return add


NOT_JUDGED = "Too little is known about the five criteria to judge any company."


def judged(inputs: Inputs) -> pd.DataFrame:
    """Rows of `05_anti_personas` with data on at least one company."""
    rows = inputs["05_anti_personas"]
    return rows[rows["n_accounts"].fillna(0) > rows["n_missing"].fillna(0)]


def _criteria(inputs: Inputs) -> list[Criterion]:
    return [c for p in inputs["03_profile"].profiles for c in p.criteria]


def _lines(inputs: Inputs) -> list[str]:
    return [c.words for c in _criteria(inputs)]


def _statements(inputs: Inputs) -> list[str]:
    return [s.text for card in inputs.personas for f in card.fields for s in f.statements]


@check("M1", "Are ICP and persona mixed up?")
def _mixed_words(inputs: Inputs) -> tuple[str, str]:
    lines, statements = _lines(inputs), _statements(inputs)
    people = [t for t in lines if _PERSONAL.search(t)]
    firms = [t for t in statements if _COMPANY.search(t)]
    if people or firms:
        said = [f"the ICP speaks of a person: {people[0]}"] if people else []
        said += [f"a persona speaks of a company: {firms[0]}"] if firms else []
        return LOOK, f"{listed(said).capitalize()}."
    if not lines and not statements:
        return UNKNOWN, "There is neither an ICP nor a persona to read."
    return (
        FINE,
        f"{plural(len(lines), 'line')} of the ICP about companies,"
        f" {plural(len(statements), 'statement')} of personas about people.",
    )


@check("M2", "Is there only an ICP?")
def _only_icp(inputs: Inputs) -> tuple[str, str]:
    if not _lines(inputs):
        return UNKNOWN, "There is no ICP yet."
    if not inputs.personas:
        return (
            LOOK,
            "There is an ICP and no persona: the right company would get a generic message.",
        )
    return FINE, f"The ICP comes with {plural(len(inputs.personas), 'persona')}."


@check("M3", "Are there only personas?")
def _only_personas(inputs: Inputs) -> tuple[str, str]:
    if not inputs.personas:
        return UNKNOWN, "There are no personas yet."
    if not _lines(inputs):
        return (
            LOOK,
            "There are personas and no ICP: a personal message would reach the wrong companies.",
        )
    return FINE, "The personas come with an ICP."


@check("M4", "Do personas come from outside the ICP?")
def _outside(inputs: Inputs) -> tuple[str, str]:
    if not inputs.personas:
        return UNKNOWN, "There are no personas yet."
    left_out = int(inputs["05_personas"].n_excluded)
    return FINE, (
        f"Cards rest on interviews at companies that fit the ICP; {plural(left_out, 'interview')}"
        " did not count for the cards."
        if left_out
        else "All interviews were held at companies that fit the ICP."
    )


@check("M5", "Is anything out of date?")
def _stale(inputs: Inputs) -> tuple[str, str]:
    cadence = inputs["05_personas"].cadence
    if not inputs.personas:
        return (
            UNKNOWN,
            "There are no personas whose age could be told. The ICP was computed anew this"
            " quarter.",
        )
    ages = listed(
        f"{card.name}: last interview {card.last_date}"
        for card in inputs.personas
        if card.last_date
    )
    if cadence in ("due", "overdue"):
        return LOOK, f"The ICP was computed anew this quarter; personas are {cadence} ({ages})."
    return FINE, f"The ICP was computed anew this quarter; personas are fresh ({ages})."


@check("M6", "Is any line vague?")
def _vague(inputs: Inputs) -> tuple[str, str]:
    criteria = _criteria(inputs)
    # A level that the company's own records name is a measurement, whatever it is called.
    found = {
        c.words: [
            words
            for words in vague(c.words)
            if words != c.words and not any(words in value for value in c.values)
        ]
        for c in criteria
    }
    found |= {
        segment.name: vague(segment.name)
        for segment in inputs.settings.segments
        if not segment.values
    }
    found = {line: words for line, words in found.items() if words}
    if found:
        line, words = next(iter(found.items()))
        return LOOK, f'"{line}" is vague ({listed(words)}): say a number or name the levels.'
    return (
        (FINE, f"Every line holds a number or names its levels ({plural(len(criteria), 'line')}).")
        if criteria
        else (UNKNOWN, "There is no ICP to read.")
    )


@check("M7", "Is anything assumed rather than measured?")
def _assumed(inputs: Inputs) -> tuple[str, str]:
    criteria = _criteria(inputs)
    typed = [c.words for c in criteria if c.origin == "typed in"]
    bare = [c.words for c in criteria if c.origin == "found" and c.evidence is None]
    if bare:
        return LOOK, f"Without evidence: {listed(bare)}."
    if typed:
        return (
            LOOK,
            f"Typed in by the company and marked so, not found in the data: {listed(typed)}.",
        )
    return (
        (FINE, "Every line was found in the data and carries its counts.")
        if criteria
        else (UNKNOWN, "There is no ICP to read.")
    )


@check("M8", "Does the ICP rest on size and revenue alone?")
def _basic(inputs: Inputs) -> tuple[str, str]:
    attributes = {c.attribute for c in _criteria(inputs)}
    if not attributes:
        return UNKNOWN, "There is no ICP to read."
    more = sorted(a for a in attributes if not is_size(a))
    if not more:
        return (
            LOOK,
            "The ICP uses size and revenue alone: two companies alike in both can buy in"
            " different ways.",
        )
    labels = inputs["01_attributes"].set_index("attribute")["label"]
    return (
        FINE,
        f"Beyond size and revenue the ICP uses {listed(str(labels.get(a, a)) for a in more)}.",
    )


@check("M9", "Are there too many personas?")
def _many(inputs: Inputs) -> tuple[str, str]:
    n, limit = len(inputs.personas), inputs.settings.personas.max_personas
    if not n:
        return UNKNOWN, "There are no personas yet."
    if n > limit:
        return LOOK, f"{n} personas are more than {limit}: nobody will write for all of them."
    return (
        (LOOK, "There is one persona: a purchase usually has several roles.")
        if n == 1
        else (FINE, f"There are {n} personas.")
    )


@check("M10", "Is there an anti-persona?")
def _anti(inputs: Inputs) -> tuple[str, str]:
    known = set(judged(inputs)["criterion"])
    if "anti-persona" not in known:
        return UNKNOWN, NOT_JUDGED
    return (
        FINE,
        f"{plural(len(known) - 1, 'criterion', 'criteria')} of the anti-persona could be applied.",
    )


@check("M11", "Are companies of the wrong size chased?")
def _wrong_size(inputs: Inputs) -> tuple[str, str]:
    sizes = [c for c in _criteria(inputs) if c.op == "between" and is_size(c.attribute)]
    if not sizes:
        return LOOK, "The ICP names no size: nothing keeps sales from tiny start-ups and giants."
    line = sizes[0]
    prospects = inputs.accounts[inputs.accounts["is_prospect"].fillna(False).astype(bool)]
    met = line.met(prospects) if line.attribute in prospects else pd.Series(dtype="boolean")
    known = met.dropna()
    if not len(known):
        return UNKNOWN, f'Of no prospect is it known whether it meets "{line.words}".'
    n_outside = int((~known.astype(bool)).sum())
    text = (
        f"{share_of(n_outside, len(known), inputs.least)} prospects with a known value lie outside"
        f' "{line.words}".'
    )
    return (LOOK if n_outside > len(known) / 2 else FINE), text


@check("M12", "Does every persona get the same message?")
def _generic(inputs: Inputs) -> tuple[str, str]:
    table = inputs["05_messaging"]
    if not len(table):
        return UNKNOWN, "There is no messaging matrix."
    told = table.groupby("segment")[["pain", "promise"]].apply(
        lambda rows: len(rows) > 1 and len(rows.drop_duplicates()) == 1
    )
    same = [str(segment) for segment, is_same in told.items() if is_same]
    if same:
        return LOOK, f"Every persona gets the same pain and promise in {listed(same)}."
    return FINE, "Each persona has a pain and a promise of its own."


@check("M13", "Are ICP and personas layered?")
def _layered(inputs: Inputs) -> tuple[str, str]:
    if _lines(inputs) and inputs.personas:
        return FINE, "Companies are chosen by the ICP, then people are addressed by persona."
    return (
        LOOK,
        "Only one of the two layers stands: ICP and personas answer different questions and"
        " work together.",
    )
