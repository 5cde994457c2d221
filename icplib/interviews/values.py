"""Small values of interview tables.

Dates, levels, polarity, stable numbers for foreign ids, known names taken out of texts.
"""

import hashlib
import os
import re
from collections.abc import Iterable

import pandas as pd

from icplib.interviews.presets import preset, singular
from icplib.problems import UserError

_POLARITY = {
    1: {"1", "+1", "+", "positive", "pos", "for", "likes", "prefers", "yes", "true"},
    0: {"0", "neutral", "mixed", "neither"},
    -1: {
        "-1",
        "-",
        "−1",
        "−",
        "–",
        "negative",
        "neg",
        "against",
        "dislikes",
        "rejects",
        "no",
        "false",
    },
}


def as_dates(texts: pd.Series, date_order: str | None, file: str, column: str) -> pd.Series:
    """Texts as days; a time of day is cut off, what is no day becomes empty.

    Where the year does not come first, ``date_order`` or the column itself (a part above 12) says
    which part is the day; a column that leaves it open or contradicts itself is a UserError. Done
    in Python and not by ``exports.values``, whose SQL takes seconds to plan: fine for millions of
    rows, too slow for the five date columns of a few dozen interviews.
    """
    texts = (
        texts.astype(object)
        .where(texts.notna(), "")
        .map(lambda t: str(t).strip())
        .reset_index(drop=True)
    )
    parts = texts.str.extract(_SLASHED).apply(pd.to_numeric)
    year_first = texts.str.match(r"\d{4}\D")
    first, second = parts[0].where(~year_first), parts[1].where(~year_first)
    order = _order(first, second, date_order, texts, file, column)
    year = parts[0].where(year_first, parts[2])
    year = year.where(year >= 100, year + 2000)
    month = parts[1].where(year_first | (order == "dmy"), parts[0])
    day = parts[2].where(year_first, parts[0] if order == "dmy" else parts[1])
    days = pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": day}), errors="coerce")
    named = texts.where(parts[0].isna() & texts.str.contains(r"[A-Za-z]{3}", regex=True))
    return (
        days.fillna(
            pd.to_datetime(named, errors="coerce", format="mixed", utc=True).dt.tz_localize(None)
        )
        .astype("datetime64[us]")
        .dt.normalize()
    )


_SLASHED = r"^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[ T,].*)?$"


def _order(
    first: pd.Series,
    second: pd.Series,
    declared: str | None,
    texts: pd.Series,
    file: str,
    column: str,
) -> str:
    """Mdy or dmy, from the declaration or from the parts of the whole column."""
    day_first, month_first = (first > 12) & (second <= 12), (second > 12) & (first <= 12)
    where = {"file": file, "column": column}
    if declared in ("mdy", "dmy"):
        against = day_first if declared == "mdy" else month_first
        if against.any():
            row = int(against.idxmax())
            raise UserError(
                f"date_order is {declared}, but '{texts[row]}' is no such date",
                row=row + 2,
                remedy="Correct date_order.",
                **where,
            )
        return declared
    if day_first.any() and month_first.any():
        row = int(day_first.idxmax())
        raise UserError(
            f"'{texts[row]}' has the day first and other dates the month",
            row=row + 2,
            remedy="Mend the export.",
            **where,
        )
    if day_first.any() or month_first.any():
        return "dmy" if day_first.any() else "mdy"
    open_ones = first.notna() & (first != second)
    if open_ones.any():
        row = int(open_ones.idxmax())
        raise UserError(
            f"'{texts[row]}' may be day first or month first",
            row=row + 2,
            remedy='Declare date_order = "mdy" or "dmy".',
            **where,
        )
    return "mdy"


def as_level(text: str, kind: str) -> str | None:
    """One of our levels for a word of the export (``kind`` as in presets/interviews.toml), or None."""  # noqa: E501
    wanted = singular(text)
    for level, words in preset("interviews")["levels"][kind].items():
        if wanted and wanted in {singular(w) for w in [*words, level]}:
            return level
    return None


def as_polarity(text: str | None) -> int | None:
    """-1, 0 or 1 by the words of the coding tool; None for any other."""
    word = (text or "").strip().casefold()
    return next((value for value, words in _POLARITY.items() if word in words), None)


def numbered(text: str, prefix: str, digits: int) -> str:
    """``INT-017`` for INT-017 or 17.

    Any other id gets a stable number from a keyed hash, so that no name survives.

    The key is the environment variable ICP_HASH_KEY, where there is one.
    """
    text = text.strip()
    if re.fullmatch(rf"{prefix}-\d{{{digits},}}", text, re.I):
        return text.upper()
    if re.fullmatch(r"\d{1,9}", text):
        return f"{prefix}-{int(text):0{digits}d}"
    key = os.environ.get("ICP_HASH_KEY", "").encode()[:64]
    number = (
        int.from_bytes(hashlib.blake2b(text.casefold().encode(), digest_size=6, key=key).digest())
        % 10**12
    )
    return f"{prefix}-{number:012d}"


class Redactor:
    """Takes names the import knows (interviewees, coders) out of quotes and memos, in parts too."""

    def __init__(self, names: Iterable[str]):
        whole = {
            " ".join(str(n).split())
            for n in names
            if n and (str(n) != str(n).lower() or "@" in str(n))
        }
        parts = {
            p
            for n in whole
            for p in re.split(r"[\s,;.@]+", n)
            if len(p) >= 3 and p[:1].isupper() and not p.isupper()
        }
        words = sorted(
            {n for n in whole if len(n) >= 3 and not re.fullmatch(r"[A-Z]+[- ]?\d*", n)} | parts,
            key=len,
            reverse=True,
        )
        self._pattern = (
            re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)")
            if words
            else None
        )

    def __call__(self, text: str | None) -> str | None:
        """``text`` with every known name as [person]; None where there is no text."""
        if not isinstance(text, str) or not text:
            return None
        return self._pattern.sub("[person]", text) if self._pattern else text
