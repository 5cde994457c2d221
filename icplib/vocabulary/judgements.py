"""Tiers with their cut-offs, verdict words, and words that measure nothing."""

import re
import tomllib
from importlib.resources import files

_DATA = tomllib.loads((files("icplib.vocabulary") / "judgements.toml").read_text(encoding="utf-8"))
TIERS: tuple[str, ...] = tuple(tier["name"] for tier in _DATA["tier"])
#: least lift of every tier but the last
LIFT_CUTS: tuple[float, ...] = tuple(tier["lift"] for tier in _DATA["tier"][:-1])
#: least points of each tier where no card is calibrated yet
POINT_CUTS: tuple[int, ...] = tuple(tier["points"] for tier in _DATA["tier"])
_STANDING: dict[str, str] = _DATA["standing"]
#: in no tier: knocked out, and too little known
OUT, FEW = _STANDING["out"], _STANDING["few"]
SCORED, CUSTOMER, OPEN_DEAL = (_STANDING[key] for key in ("scored", "customer", "open"))
STATES = tuple(_STANDING.values())
#: word of judgement -> sure, lead, few or stop
VERDICTS: dict[str, str] = _DATA["verdict"]
_PHRASES = re.compile(r"(?<![\w-])(?:" + "|".join(_DATA["vague"]["phrases"]) + r")(?![\w-])", re.I)
_ALONE = frozenset(_DATA["vague"]["alone"])


def vague_phrases(text: str) -> tuple[str, ...]:
    """Phrases that measure nothing: none where the text names a number beside them.

    >>> vague_phrases("mid-sized companies undergoing digital transformation")
    ('mid-sized', 'digital transformation')
    """
    if re.search(r"\d", text):
        return ()
    if text.strip().casefold() in _ALONE:
        return (text.strip(),)
    found = (" ".join(match.group(0).split()) for match in _PHRASES.finditer(text))
    return tuple(dict.fromkeys(found))
