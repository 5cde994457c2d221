"""Bands of a number, and what a spreadsheet makes of them.

'51-200', '10,001+', '$1 mil. - $5 mil.', LinkedIn's letters.
"""

from __future__ import annotations

import re
from functools import cache
from math import inf

from icplib.exports.values.numbers import COMMA, DROPPED, POINT, SCALE, Shape
from icplib.vocabulary.cells import BAND_CODES, BAND_LETTERS, BANDS, MONTHS, SCALES
from icplib.vocabulary.legal import without_accents

Band = tuple[float | None, float | None]


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_CJK_UNITS = re.compile(r"[人名]|社員")
_UNITS = re.compile(rf"(?<![^\W\d_])(?:{_any(BANDS['units'])})(?![^\W\d_])\.?", re.I)
_AMOUNT = rf"([0-9][0-9.,']*)\s*({SCALE})?"
_FORMS = (
    re.compile(
        rf"(?:(?:{_any(BANDS['between'])})\s+)?{_AMOUNT}\s*(?:{_any(BANDS['to'])})\s*{_AMOUNT}"
    ),
    re.compile(rf"(?:{_any(BANDS['over'])})\s*{_AMOUNT}|{_AMOUNT}\s*(?:{_any(BANDS['more'])})"),
    re.compile(rf"(?:{_any(BANDS['under'])})\s*{_AMOUNT}|{_AMOUNT}\s*(?:{_any(BANDS['less'])})"),
)
_MONEY = re.compile(DROPPED.replace(r"|[.,]-+$", ""))
_CODE = re.compile(r"[a-z]_0*(\d+)_(?:0*(\d+)|max|plus|inf|x)")
_RANKED = re.compile(r"^\(?[a-z0-9]{1,2}[\).:]\s+(?=\D*\d)")
_NAMED = re.compile(r"[^\d()]+\(([^()]*\d[^()]*)\)")
_DASHES = str.maketrans("–—−‐‑〜～∼", "-----~~~")
_GROUPED = re.compile(r"(?<=\d)[\s\u00a0\u2007\u2009\u202f'’](?=\d{3}(?!\d))")


def read_band(text: str, decimal: str | None = POINT, letters: bool = False) -> Band | None:
    """Ends of a band; None for an open end, None when the text is no band.

    ``letters``: the column is known to be a number of employees, so a single letter is LinkedIn's.
    """
    bare = " ".join(text.casefold().translate(_DASHES).split())
    if bare in BAND_CODES or (letters and bare in BAND_LETTERS):
        low, high = (BAND_CODES | BAND_LETTERS)[bare]
        return low, None if high == inf else high
    if found := _CODE.fullmatch(bare):
        return float(found[1]), float(found[2]) if found[2] else None
    if not any(sign.isdigit() for sign in bare) or len(bare) > 60:
        return None
    if named := _NAMED.fullmatch(bare):  # "Micro (1-9)"
        bare = named[1]
    bare = _CJK_UNITS.sub("", _RANKED.sub("", _GROUPED.sub("", bare)))
    bare = _UNITS.sub("", _MONEY.sub("", bare).replace("$", ""))
    bare = " ".join(bare.split()).strip(" ()")
    if found := _FORMS[0].fullmatch(bare):
        return _closed(found, decimal)
    for form, is_open_above in ((_FORMS[1], True), (_FORMS[2], False)):
        if found := form.fullmatch(bare):
            number, scale = found[1] or found[3], found[2] or found[4]
            end = _scaled(number, scale, decimal)
            return None if end is None else (end, None) if is_open_above else (None, end)
    return None


def _closed(found: re.Match, decimal: str | None) -> Band | None:
    low, low_scale, high, high_scale = found.groups()
    least, most = _scaled(low, low_scale or high_scale, decimal), _scaled(high, high_scale, decimal)
    if least is None or most is None:
        return None
    if low_scale is None and least > most:  # "500-1k": the scale belongs to the upper end alone
        least = _scaled(low, None, decimal) or 0.0
    return (least, most) if least <= most else None


_NUMBER = {
    POINT: re.compile(r"\d+(?:\.\d+)?|\d{1,3}(?:[,']\d{3})+(?:\.\d+)?"),
    COMMA: re.compile(r"\d+(?:,\d+)?|\d{1,3}(?:[.']\d{3})+(?:,\d+)?"),
}


_GROUP = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def _scaled(number: str, scale: str | None, decimal: str | None) -> float | None:
    number = number.rstrip(".,")
    if not scale and _GROUP.fullmatch(number):  # an end is a whole number: the sign is a group's
        return float(re.sub(r"\D", "", number))
    sign = decimal or POINT
    if not _NUMBER[sign].fullmatch(number):
        return None
    other = COMMA if sign == POINT else POINT
    plain = number.replace(other, "").replace("'", "").replace(sign, ".")
    word = (scale or "").casefold()
    return float(plain) * SCALES.get(word, SCALES.get(word.rstrip("."), 1))


def ends(cells: dict[str, int]) -> list[Shape]:
    """The ends of bands as shapes, from which ``numbers.decide`` tells the decimal sign.

    An end is a whole number: a sign before three digits is a group, and counted as the proof of
    one.
    """
    found = []
    for cell, n in cells.items():
        for number in re.findall(r"\d[\d.,']*", _GROUPED.sub("", cell)):
            form = re.sub(r"\d", "9", number.rstrip(".,"))
            if not form.isdigit():
                whole = re.sub(r"^(9{1,3})([.,])(9{3})$", r"\1\2\3\2\3", form)
                found.append(Shape(whole, False, n, cell, cell))
    return found


_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY_MONTH = re.compile(rf"([0-9]{{1,2}})[-./ ]+({_MONTH})\.?")
_MONTH_DAY = re.compile(rf"({_MONTH})\.?[-./ ]+((?:19)?[0-9]{{1,2}})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ t]00:00:00)?")


@cache
def undo_excel(text: str) -> str | None:
    """The band that a spreadsheet turned into a date; None when the text is no such date.

    '1-10' -> '10-Jan' or '01. Okt', '11-50' -> 'Nov-50' or 1950-11-01.
    """
    plain = without_accents(text.strip())
    if found := _DAY_MONTH.fullmatch(plain):
        return _rising(int(found[1]), MONTHS[found[2]])
    if found := _MONTH_DAY.fullmatch(plain):
        return _rising(MONTHS[found[1]], int(found[2]) % 100)
    if found := _ISO.fullmatch(plain):
        year, month, day = (int(part) for part in found.groups())
        if day == 1 and not 2000 <= year <= 2100:
            return _rising(month, year % 100)
        return _rising(month, day)
    return None


def _rising(one: int, other: int) -> str:
    """In the order of a band, whichever of the two the spreadsheet took for the day."""
    return f"{min(one, other)}-{max(one, other)}"


def band_middle(band: Band) -> float:
    """One number for a band where a column mixes numbers and bands.

    The geometric middle, or the only end.
    """
    low, high = band
    if low is None or high is None:
        return float((high if low is None else low) or 0)
    return float((max(low, 1) * high) ** 0.5) if high > 0 else float(low)
