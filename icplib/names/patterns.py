"""What looks like an address, a number or a handle of a person, whoever it is."""

import re
from collections.abc import Iterator

# in this order: an e-mail holds a handle, an IBAN holds what looks like a phone number
PATTERNS = {
    "e-mail": re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
    "URL": re.compile(
        r"(?:https?://|www\.)[^\s,;]{1,200}|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,3}"
        r"\.(?:com|net|org|io|ai|co|dev|app|de|fr|nl|uk|eu|ch|at)\b(?:/[^\s,;]{0,200})?",
        re.I,
    ),
    "IBAN": re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b"),
    "phone": re.compile(
        r"(?<![\w.])(?:\+\d{1,3}[ .-]?|\(\d{2,5}\)[ .-]?|0\d)\d[\d .()/-]{5,20}\d(?!\w)"
        r"|(?<![\w.])\d{3}[ .-]\d{3}[ .-]\d{4}\b"
    ),
    "telephone number": re.compile(
        r"\+\d[\d\s().-]{7,20}\d|\(\d{3}\)\s?\d{3}[-. ]\d{4}|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b"
    ),
    "handle": re.compile(r"(?<![\w@])@\w{2,64}"),
    "path of a machine": re.compile(r"(?:/home/|/Users/|[A-Z]:\\Users\\)\S{1,200}"),
}
#: what may not stand in a page that leaves; a page has numbers that only look like short phones
ON_PAGES = ("e-mail", "IBAN", "telephone number", "path of a machine")
MONEY = re.compile(
    r"(?:[$€£]\s?|\b(?:USD|EUR|GBP|CHF)\s?)(\d[\d,. ]{0,20}\d|\d)(?:\s?(k|m|million|thousand)\b)?",
    re.I,
)
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}


def looks_like(text: str, kinds: tuple[str, ...] = tuple(PATTERNS)) -> Iterator[tuple[str, str]]:
    """(kind, what was found) of everything in ``text`` that looks like a person's."""
    for kind in kinds:
        for match in PATTERNS[kind].finditer(text):
            yield kind, match[0]


def without_amounts(text: str, above: float) -> str:
    """``text`` with every sum of money above ``above`` as [amount]."""
    return MONEY.sub(lambda m: "[amount]" if _amount(m) > above else m[0], text)


def _amount(match: re.Match[str]) -> float:
    digits = re.sub(r"[ ,.](?=\d{3}\b)", "", match[1]).replace(",", ".").replace(" ", "")
    try:
        return float(digits) * _SCALE.get((match[2] or "").lower(), 1)
    except ValueError:
        return float("inf")  # a number that cannot be read is taken out
