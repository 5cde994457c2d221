"""Every number, share, sum of money, date and list in words: one form of each, everywhere.

Pages, sentences, charts, screens and exports all write through this room; no other module formats
a number (`tests/test_house.py` looks). A missing value is a dash.

| what | form | written by |
|---|---|---|
| share | 57 % | ``share(.57)`` |
| count | 12 of 85 | ``k_of_n(12, 85)`` |
| number | 1,500; 12.5 | ``number(1500)`` |
| year | 2019 | ``number(2019, is_year=True)`` |
| money | $12.3k, $4.6M, €1.2B, 850 PLN | ``money(12_345, "USD")`` |
| ratio | 1.7x | ``ratio(1.7)`` |
| days | 92 days | ``days(92)`` |
| p | .03, < .001 | ``p_value(.03)`` |
| estimate between 0 and 1 | .74 | ``coefficient(.74)`` |
| range | 200–1,500, $20M–200M, 12–30 % | ``between(200, 1500, "count")`` |
| open range | 30 or more, up to 40 | ``between(30, None, "count")`` |
| interval | 12–19 % | ``between(.12, .19, "share")`` |
| date | 30 September 2026 | ``date(day)`` |
| day | 2026-09-30 | ``day(day)`` (tables, files) |
| month | September 2026 | ``month(day)`` |
| list | a, b and c | ``listed(["a", "b", "c"])`` |
| plural | 1 flag, 3 flags | ``plural(3, "flag")`` |

Blanks inside of a number with its unit do not break (U+00A0).
"""

from collections.abc import Iterable
from math import floor, inf, isinf, log10
from typing import Any

import pandas as pd

DASH = "\N{EN DASH}"
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "-"  # a hyphen: what is copied from a page into a sheet stays a number
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}
SIZES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
LITTLE = 0.001  # p below it is said to be below it


def is_missing(value: object) -> bool:
    """Whether there is nothing to write; lists are never missing."""
    if isinstance(value, (tuple, list, set, frozenset)):
        return False
    return value is None or bool(pd.isna(value))  # type: ignore[call-overload]


def digits(x: float, figures: int = 3) -> str:
    """``x`` to so many significant figures, with thousands signs and no trailing zeros."""
    if x == 0:
        return "0"
    places = figures - 1 - floor(log10(abs(x)))
    rounded = round(x, places)
    text = f"{rounded:,.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(value: object, places: int = 0) -> str:
    """A share of one as percent: 57 %."""
    return DASH if is_missing(value) else f"{_float(value) * 100:.{places}f}{NBSP}%"


def percent(value: object) -> str:
    """A rate in its own precision, as limits of a range need it: 2.5 %."""
    return DASH if is_missing(value) else f"{digits(_float(value) * 100)}{NBSP}%"


def k_of_n(k: object, n: object) -> str:
    """A real count, never a scaled one: 12 of 85."""
    return f"{number(k)} of {number(n)}"


def number(value: object, is_year: bool = False) -> str:
    """A number: whole ones whole, others to three figures."""
    if is_missing(value):
        return DASH
    x = _float(value)
    if isinf(x):
        return "unbounded"
    if x.is_integer():
        return f"{x:.0f}" if is_year else f"{x:,.0f}"
    return digits(x) if abs(x) < 1000 else f"{x:,.0f}"


def decimal(value: object, places: int = 1) -> str:
    """A number with a fixed count of decimals, so that a column lines up."""
    return DASH if is_missing(value) else f"{_float(value):,.{places}f}"


def money(value: object, currency: str = "") -> str:
    """Money to three figures: $12.3k. More digits would claim a precision that nobody has."""
    if is_missing(value):
        return DASH
    x = _float(value)
    if isinf(x):
        return "unbounded"
    sign, size = (MINUS if x < 0 else ""), abs(x)
    # 999,950 is written as a million, not as 1,000k
    unit, letter = next(((u, w) for u, w in SIZES if size >= u * 0.9995), (1.0, ""))
    text = digits(size / unit) + letter
    symbol = SYMBOLS.get(currency, "")
    tail = f"{NBSP}{currency}" if currency and not symbol else ""
    return f"{sign}{symbol}{text}{tail}"


def ratio(value: object) -> str:
    """How many times: 1.7x; 12x from ten on."""
    if is_missing(value):
        return DASH
    x = _float(value)
    if isinf(x):
        return "unbounded"
    return f"{x:.1f}x" if abs(x) < 9.95 else f"{x:,.0f}x"


def days(value: object) -> str:
    """A span in whole days: 92 days."""
    return DASH if is_missing(value) else plural(round(_float(value)), "day").replace(" ", NBSP)


def p_value(value: object) -> str:
    """A probability under chance without its leading zero: .03; < .001."""
    if is_missing(value):
        return DASH
    x = _float(value)
    return (
        f"<{NBSP}{coefficient(LITTLE, 3)}" if x < LITTLE else coefficient(x, 3 if x < 0.01 else 2)
    )


def tiny(value: object) -> str:
    """A level however small, to two figures: .0011; 2e-05 below a ten-thousandth."""
    x = _float(value)
    return f"{x:.0e}" if 0 < x < LITTLE / 10 else digits(x, 2).replace("0.", ".", 1)


def ordinal(n: int) -> str:
    """A place in a row: 1st, 2nd, 13th."""
    last = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{number(n)}{last}"


def whole(value: object) -> int:
    """The nearest whole number."""
    return round(_float(value))


def coefficient(value: object, places: int = 2) -> str:
    """A measure that lies between -1 and 1, without its leading zero: .74."""
    if is_missing(value):
        return DASH
    text = f"{_float(value):.{places}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def quantity(value: object, kind: str, currency: str = "") -> str:
    """A value by its kind: share, rate, amount, days, ratio, p, date, year, count or number."""
    if kind in ("amount", "money"):
        return money(value, currency)
    writers = {
        "share": share,
        "rate": percent,
        "days": days,
        "ratio": ratio,
        "p": p_value,
        "date": day,
        "coefficient": coefficient,
    }
    if kind == "year":
        return number(value, is_year=True)
    return writers.get(kind, number)(value)


def between(low: object, high: object, kind: str, currency: str = "") -> str:
    """Both ends in their kind, the unit once: 200–1,500; an end that is open is said in words."""
    low, high = _end(low, -inf), _end(high, inf)
    if low == -inf and high == inf:
        return "any"
    if high == inf:
        return f"from {day(low)}" if kind == "date" else f"{quantity(low, kind, currency)} or more"
    if low == -inf:
        return f"up to {quantity(high, kind, currency)}"
    first, second = quantity(low, kind, currency), quantity(high, kind, currency)
    if first == second:
        return first
    if kind == "date" or first.startswith(MINUS) or second.startswith(MINUS):
        return f"{first} to {second}"
    for tail in (f"{NBSP}%", f"{NBSP}days", f"{NBSP}{currency}", "x"):
        if first.endswith(tail) and second.endswith(tail) and len(tail) - tail.count(NBSP):
            first = first.removesuffix(tail)
            break
    second = (
        second.removeprefix(SYMBOLS.get(currency, "")) if kind in ("amount", "money") else second
    )
    return f"{first}{DASH}{second}"


def date(value: object) -> str:
    """A day as people say it: 30 September 2026."""
    if is_missing(value):
        return DASH
    stamp = _stamp(value)
    return f"{stamp.day}{NBSP}{stamp.month_name()} {stamp.year}"


def day(value: object) -> str:
    """A day as tables and files write it: 2026-09-30."""
    return DASH if is_missing(value) else _stamp(value).date().isoformat()


def month(value: object) -> str:
    """A month: September 2026."""
    return DASH if is_missing(value) else f"{_stamp(value).month_name()} {_stamp(value).year}"


def listed(words: Iterable[object], last: str = "and", most: int | None = None) -> str:
    """A, b and c; with ``most``, the rest is counted: a, b and 3 more."""
    texts = [str(word) for word in words]
    if most is not None and len(texts) > most:
        texts = [*texts[:most], f"{number(len(texts) - most)} more"]
    return (
        f" {last} ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
    )


def plural(n: object, word: str, more: str = "") -> str:
    """So many of something: 1 flag, 3 flags, 2 companies (with ``more`` for irregular words)."""
    return f"{number(n)} {word if n == 1 else more or word + 's'}"


def sentence(text: str) -> str:
    """``text`` with a capital first letter and a full stop."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?', ':')) else '.'}"


def _float(value: Any) -> float:
    return float(value)


def _end(value: Any, open_end: float) -> Any:
    return open_end if is_missing(value) else value


def _stamp(value: Any) -> pd.Timestamp:
    """A day; numbers count days since 1970, as ranges of dates do."""
    if isinstance(value, (int, float)):
        return pd.Timestamp("1970-01-01") + pd.Timedelta(days=float(value))
    return pd.Timestamp(value)
