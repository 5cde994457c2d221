"""Small counts do not leave the building, and nothing from which one could be worked out does.

A count of companies or people from 1 to `least` - 1 is hidden. Hiding one of several counts that
add up to a shown total hides nothing, so the next smallest goes with it; and a rate is hidden with
either of its two counts, since numerator and denominator give each other away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from icplib.report.blocks import cell, is_missing, share


def is_small(n: object, least: int) -> bool:
    return not is_missing(n) and 0 < int(n) < least


def count(n: object, least: int) -> str:
    """A count as text; a small one as '<5'."""
    return f"<{least}" if is_small(n, least) else cell(None if is_missing(n) else int(n))


def gives_away(k: object, n: object, least: int) -> bool:
    """Whether `k of n` shows a small group: those who do, those who do not, or all of them."""
    if is_missing(k) or is_missing(n):
        return False
    return is_small(k, least) or is_small(n, least) or is_small(int(n) - int(k), least)


def k_of_n(k: object, n: object, least: int, complement: bool = True) -> str:
    """'12 of 40', or 'fewer than 5 of 40', or 'all but fewer than 5 of 40'.

    `complement=False` is for interviews: that somebody did not say something is no statement about
    them.
    """
    if is_missing(k) or is_missing(n):
        return cell(None)
    k, n = int(k), int(n)
    if is_small(n, least):
        return f"some of fewer than {least}" if k else f"none of fewer than {least}"
    if is_small(k, least):
        return f"fewer than {least} of {n:,}"
    if complement and is_small(n - k, least):
        return f"all but fewer than {least} of {n:,}"
    return f"{k:,} of {n:,}"


def share_of(k: int, n: int, least: int) -> str:
    """'28 % of 86', or in words where the share would show a small group."""
    return k_of_n(k, n, least) if gives_away(k, n, least) else f"{share(k / n)} of {n:,}"


#: what a small number may count or measure: none of it is a company or a person
_THINGS = (
    "attribute|bin|cell|chance|code|coder|column|condition|contrast|criteri|day|field|file|flag|fold|group|hour|level|line|month|note|permutation|"
    "persona|point|profile|quarter|question|quote|red"
    " flag|refresh|request|revision|role|rule|segment|sheet|sign|source|statement|step|test|tier|time|"
    "topic|trait|wave|week|word|year"
)
_OF = re.compile(
    r"\b(\d[\d,]*) ((?:(?!of )[a-z]+ ){0,2})of (?:(?:the|all) )?(\d[\d,]*)\b(?![.,]\d| ?%)((?:"
    r" [a-z]+){0,2} \([^()]*%[^()]*\))?"
)
_BEFORE = "".join(
    f"(?<!{words})"
    for words in (
        "lift of ",
        "top ",
        "least ",
        "most ",
        "up to ",
        "than ",
        "needs ",
        "first ",
        "last ",
    )
)
_AFTER = (
    rf"(?![\w/:%–-]|[.,]\d| ?%| or (?:more|fewer|less)\b| (?:of [\d,]+ )?(?:[a-z]+ )?(?:{_THINGS}))"
)
_INTERVIEWED = re.compile(r"interview|asked|said|coded|quote", re.I)


def words(text: str, least: int) -> str:
    """A sentence of an earlier step as it may leave.

    Small counts in it hidden, interviews and persons not numbered.

    A bare number below `least` is taken for a count of companies or people unless it counts
    something else (lines, quarters) or is a limit ('3 or more'): hiding a harmless number is a
    blemish, showing the other kind a disclosure.
    """
    complement = not _INTERVIEWED.search(text)

    def counted(match: re.Match) -> str:
        k, middle, n, rate = (
            int(match[1].replace(",", "")),
            match[2],
            int(match[3].replace(",", "")),
            match[4] or "",
        )
        if (
            k > n
            or re.match(_THINGS, text[match.end(3) :].lstrip())
            or not (
                gives_away(k, n, least) if complement else is_small(k, least) or is_small(n, least)
            )
        ):
            return match[0]
        rate = re.sub(r" \(.*", "", rate)  # a rate behind a hidden count would tell it
        if not middle:
            return k_of_n(k, n, least, complement) + rate
        if is_small(n, least) or is_small(k, least):
            return (
                f"fewer than {least} {middle}of {count(n, least).replace('<', 'fewer than ')}{rate}"
            )
        return f"{least} or more {middle}of {n:,}{rate}"

    text = _OF.sub(counted, text)
    small = "|".join(str(n) for n in range(1, least))
    text = (
        re.sub(
            rf"(?<=\bn = )(?:{small})\b(?![.,]\d)|(?<![\w.,/$:+~<>=%–-])(?<![=<>]"
            rf" ){_BEFORE}(?:{small}){_AFTER}",
            f"fewer than {least}",
            text,
        )
        if small
        else text
    )
    return re.sub(
        r"\b(INT|P)-\d+\b", lambda m: "an interview" if m[1] == "INT" else "a person", text
    )


def suppress(
    rows: pd.DataFrame,
    counts: Sequence[str],
    least: int,
    by: Sequence[str] = (),
    derived: Sequence[str] = (),
) -> pd.DataFrame:
    """`rows` with small `counts` made unknown, the next smallest of the same group with them, and
    `derived` columns of such rows (shares, intervals) made unknown too. `by` names the groups
    whose rows add up to something shown.
    """
    out = rows.copy()
    hidden = pd.Series(False, index=rows.index)
    for column in counts:
        numbers = pd.to_numeric(rows[column]).astype("Float64")
        small = ((numbers > 0) & (numbers < least)).fillna(False).astype(bool)
        parts = (
            [part.index for _, part in rows.groupby(list(by), sort=False, dropna=False)]
            if by
            else [rows.index]
        )
        for index in parts:
            small.loc[index] = with_partner(small.loc[index], numbers.loc[index])
        out[column] = numbers.mask(small).astype("Int64")
        hidden |= small
    for column in derived:
        out[column] = rows[column].mask(hidden)
    return out


def with_partner(hidden: pd.Series, sizes: pd.Series) -> pd.Series:
    """`hidden`, and where it hides one row alone the smallest other one, which the total would
    otherwise give away.
    """
    others = sizes[~hidden & (sizes > 0).fillna(False).astype(bool)]
    if hidden.sum() == 1 and len(others):
        hidden = hidden.copy()
        hidden.loc[others.astype(float).idxmin()] = True
    return hidden
