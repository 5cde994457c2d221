"""Cells that hold no value, and words for true and false."""

from __future__ import annotations

import re

from icplib.exports.rows import literal
from icplib.vocabulary.cells import FALSE_WORDS, MISSING_WORDS, TRUE_WORDS

# zero-width signs, soft hyphens and marks of direction: seen by nobody, in the way of every
# comparison
UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
BLANKS = "\u00a0\u2007\u2009\u202f\u3000"
# what a spreadsheet writes for an error, in any language: #WERT!, #¿NOMBRE?, and a column too
# narrow; without an upper bound, which costs 30 ms a column to compile
ERROR = r"#[¡¿]?[\p{L}\d/_]{2,}[!?]|#{2,}"
LONGEST = 64  # bytes: a longer cell is no placeholder

MACROS = f"""
create or replace temp macro icp_trim(s) as
  trim(case when strlen(s) = length(s) then s else translate(s, {literal(BLANKS + UNSEEN)},
    {literal(" " * len(BLANKS))}) end, E' \\t\\r\\n');
create or replace temp macro icp_known(s, words) as
  case when strlen(s) > {LONGEST} or not regexp_full_match(lower(s), words) then s end;
create or replace temp macro icp_text(s, words) as icp_known(icp_trim(s), words);
create or replace temp macro icp_bool(s) as
  case when lower(s) in {TRUE_WORDS} then true when lower(s) in {FALSE_WORDS} then false end;
"""


def pattern(missing: tuple[str, ...]) -> str:
    """Placeholders and error values as one SQL pattern: a single pass over a cell."""
    every = (*MISSING_WORDS, *(m.strip().casefold() for m in missing))
    words = "|".join(re.escape(w).replace("\\ ", " ") for w in every)
    return literal(f"{words}|{ERROR}")


_ERROR = re.compile(ERROR.replace(r"[\p{L}\d/_]", r"[\w/]"))


def is_missing(text: str) -> bool:
    """Whether a part of a cell says that nothing is known."""
    return text.casefold() in MISSING_WORDS or bool(_ERROR.fullmatch(text))
