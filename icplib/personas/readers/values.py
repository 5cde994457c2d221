"""Small values of interview tables: dates, levels, polarity, stable numbers for foreign ids, known names taken out of texts."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable

import pandas as pd

from icplib.exports.files import connect
from icplib.exports.values import Reading, expression, install, settle
from icplib.personas.readers.presets import preset, singular

_POLARITY = {
    1: {"1", "+1", "+", "positive", "pos", "for", "likes", "prefers", "yes", "true"},
    0: {"0", "neutral", "mixed", "neither"},
    -1: {"-1", "-", "−1", "−", "–", "negative", "neg", "against", "dislikes", "rejects", "no", "false"},
}


def as_dates(texts: pd.Series, date_order: str | None, file: str, column: str) -> pd.Series:
    """Texts as days. The whole column settles the order of day and month; UserError where it cannot be told."""
    texts = texts.astype(object).where(texts.notna(), "").map(str).reset_index(drop=True)
    with connect() as con:
        install(con)
        con.register("dates", pd.DataFrame({"n": range(len(texts)), column: texts.astype("str")}))
        reading = settle(con, "dates", column, "date", "VARCHAR", Reading(date_order=date_order), file=file)
        days = con.sql(f"select {expression('date', column, 'VARCHAR', reading)} as day from dates order by n").df()["day"]
    return pd.to_datetime(days).astype("datetime64[us]")


def as_level(text: str, kind: str) -> str | None:
    """One of our levels for a word of the export (``kind`` as in presets/interviews.toml), or None."""
    wanted = singular(text)
    for level, words in preset("interviews")["levels"][kind].items():
        if wanted and wanted in {singular(w) for w in [*words, level]}:
            return level
    return None


def as_polarity(text: str | None) -> int | None:
    word = (text or "").strip().casefold()
    return next((value for value, words in _POLARITY.items() if word in words), None)


def numbered(text: str, prefix: str, digits: int) -> str:
    """``INT-017`` for INT-017 or 17; any other id gets a stable number from a keyed hash, so that no name survives.

    The key is the environment variable ICP_HASH_KEY, where there is one.
    """
    text = text.strip()
    if re.fullmatch(rf"{prefix}-\d{{{digits},}}", text, re.I):
        return text.upper()
    if re.fullmatch(r"\d{1,9}", text):
        return f"{prefix}-{int(text):0{digits}d}"
    key = os.environ.get("ICP_HASH_KEY", "").encode()[:64]
    number = int.from_bytes(hashlib.blake2b(text.casefold().encode(), digest_size=6, key=key).digest()) % 10**12
    return f"{prefix}-{number:012d}"


class Redactor:
    """Takes names that the import knows (interviewees, coders) out of quotes and memos, whole and in parts."""

    def __init__(self, names: Iterable[str]):
        whole = {" ".join(str(n).split()) for n in names if n and (str(n) != str(n).lower() or "@" in str(n))}
        parts = {p for n in whole for p in re.split(r"[\s,;.@]+", n) if len(p) >= 3 and p[:1].isupper() and not p.isupper()}
        words = sorted({n for n in whole if len(n) >= 3 and not re.fullmatch(r"[A-Z]+[- ]?\d*", n)} | parts, key=len, reverse=True)
        self._pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)") if words else None

    def __call__(self, text: str | None) -> str | None:
        if not isinstance(text, str) or not text:
            return None
        return self._pattern.sub("[person]", text) if self._pattern else text
