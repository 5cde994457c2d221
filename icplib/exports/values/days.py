"""One text -> one day: the forms that CRMs, spreadsheets and mail programs write."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from zoneinfo import ZoneInfo

from icplib.vocabulary.cells import FILLERS, MONTHS, QUARTERS, WEEKDAYS
from icplib.vocabulary.legal import without_accents

LONGEST = 64  # signs; a longer text is no date
FIRST_YEAR, LAST_YEAR = 1800, 2200
REIWA = 2018  # the year before the first one of the Japanese era
Triple = tuple[int, int, int]  # first part, second part, year: which is the month is not known

_ZONE = r"(?:\s*(?:z|utc|gmt)?\s*([+-]\d{2}):?(\d{2})|\s*(z|utc|gmt))?"
_NAMED_ZONE = r"(?:\s*\([^)]*\)|\s*[a-z]{2,5})*"
_HALF = r"(?:\s*([ap])\.?\s?m\.?|\s*uhr|\s*h)?"
_COLONS = re.compile(
    r"[\s,t]*(?<!\d)(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,]\d+)?)?" + _HALF + _ZONE + _NAMED_ZONE
)
_POINTS = re.compile(r"[\s,]+\d{1,2}\.\d{2}(?:\.\d{2}(?:\.\d+)?)?(?:\s*uhr|\s*[ap]\.?m\.?)?\s*$")
_HOUR = re.compile(r"[\s,]+(\d{1,2})\s*([ap])\.?\s?m\.?$")
_CJK_TIME = re.compile(r"\s*(?:午前|午後|上午|下午|오전|오후|\d{1,2}[時时시]).*$")
_CJK = re.compile(r"(\d{1,4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(?:(\d{1,2})\s*[日일])?")
_ERA = re.compile(r"令和\s*(\d{1,2}|元)年")
_BRACKETS = re.compile(r"[\(（\[][^)\]）]*[\)）\]]")
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_QUARTER = re.compile(
    rf"(?:(?:{'|'.join(QUARTERS)})\s*([1-4])[\s/.-]*(\d{{4}})"
    rf"|(\d{{4}})[\s/.-]*(?:{'|'.join(QUARTERS)})\s*([1-4])"
    rf"|([1-4])\.?\s*(?:{'|'.join(QUARTERS)})[\s/.-]*(\d{{4}}))"
)


def parsed(text: str, zone: ZoneInfo | None = None) -> dt.date | Triple | None:
    """The day that a text names; a triple where day and month stand as numbers; None for no day.

    A month or a quarter is its first day. With ``zone`` a time with an offset is moved into it.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if len(plain) > LONGEST or not any(sign.isdigit() for sign in plain):
        return None
    plain, time, offset = _without_time(plain)
    day = _day(plain.strip(" ,.;'"))
    if zone and offset is not None and time and isinstance(day, dt.date):
        moment = dt.datetime.combine(day, time, dt.timezone(offset))
        return moment.astimezone(zone).date()
    return day


def _without_time(text: str) -> tuple[str, dt.time | None, dt.timedelta | None]:
    text = _CJK_TIME.sub("", text)
    if found := _COLONS.search(text):
        hour, minute, second, half, sign, minutes, utc = found.groups()
        hours = int(hour) % 12 + 12 * (half == "p") if half else int(hour)
        known = hours < 24 and int(minute) < 60 and int(second or 0) < 60
        time = dt.time(hours, int(minute), int(second or 0)) if known else None
        offset = dt.timedelta() if utc else None
        if sign:
            offset = dt.timedelta(hours=int(sign), minutes=int(sign[0] + minutes))
        return text[: found.start()] + " " + text[found.end() :], time, offset
    for form in (_POINTS, _HOUR):
        if (found := form.search(text)) and len(_TOKEN.findall(text[: found.start()])) >= 3:
            return text[: found.start()], None, None
    return text, None, None


def _day(text: str) -> dt.date | Triple | None:
    if found := _CJK.search(_ERA.sub(_western, text)):
        year, month, day = (int(part or 1) for part in found.groups())
        return _date(_year(year), month, day)
    text = _BRACKETS.sub(" ", text)
    if found := _QUARTER.fullmatch(text):
        a, year, other_year, b, c, third_year = found.groups()
        return _date(int(year or other_year or third_year), 3 * int(a or b or c) - 2, 1)
    tokens = _TOKEN.findall(text)
    numbers = [token for token in tokens if token.isdigit()]
    words = [without_accents(token) for token in tokens if not token.isdigit()]
    if len(numbers) > 3 or not numbers:
        return None
    months = [word for word in words if word in MONTHS]
    if any(word not in MONTHS and word not in WEEKDAYS and word not in FILLERS for word in words):
        return None
    if months:
        return _named(text, tokens, numbers, months)
    return None if words and len(numbers) != 3 else _numeric(text, numbers)


def _named(text: str, tokens: list[str], numbers: list[str], months: list[str]):
    # "mar. 4 avril": a word that is a weekday, too, in front of another month
    word = months[-1] if months[0] in WEEKDAYS else months[0]
    if len({MONTHS[m] for m in months if m == word or m not in WEEKDAYS}) > 1:
        return None
    month = MONTHS[word]
    if len(numbers) == 1:
        return _date(int(numbers[0]), month, 1) if len(numbers[0]) == 4 else None
    if len(numbers) != 2:
        return None
    first, second = numbers
    if len(first) == 4:
        return _date(int(first), month, int(second))
    return _date(_year(int(second)), month, int(first)) if len(second) in (2, 4) else None


def _numeric(text: str, numbers: list[str]) -> dt.date | Triple | None:
    widths, parts = [len(n) for n in numbers], [int(n) for n in numbers]
    if not re.fullmatch(r"[^\W\d_]*[\s.,]*\d+(?:\s*[-/.\s'年]\s*\d+)+[\s.,年]*(?:[^\W\d_]*)", text):
        return None
    if len(parts) == 2:
        if widths[0] == 4 and widths[1] <= 2:
            return _date(parts[0], parts[1], 1)
        return _date(parts[1], parts[0], 1) if widths[1] == 4 and widths[0] <= 2 else None
    if len(parts) != 3 or sorted(widths)[1] > 2:
        return None
    if widths[0] == 4:
        return _date(*parts)
    if max(widths) > 2 and widths[2] != 4:
        return None
    return (parts[0], parts[1], parts[2] if widths[2] == 4 else -parts[2] - 1)


def placed(found: dt.date | Triple | None, order: str | None) -> dt.date | None:
    """A triple as a day in this order (mdy, dmy, ymd); a day as it is."""
    if found is None or isinstance(found, dt.date):
        return found
    first, second, year = found
    if order == "ymd":
        return _date(_year(first), second, -year - 1) if year < 0 else None
    year = _year(-year - 1) if year < 0 else year
    return _date(year, second, first) if order == "dmy" else _date(year, first, second)


def _western(found: re.Match) -> str:
    return f"{REIWA + (1 if found[1] == '元' else int(found[1]))}年"


def _year(number: int) -> int:
    return number + (2000 if number < 69 else 1900) if number < 100 else number


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None
