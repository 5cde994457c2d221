"""What cells say when they hold no value, a truth, money, a date or a band (``cells.toml``)."""

import tomllib
from importlib.resources import files

from icplib.vocabulary.legal import without_accents

_DATA = tomllib.loads((files("icplib.vocabulary") / "cells.toml").read_text(encoding="utf-8"))

MISSING_WORDS: tuple[str, ...] = (*_DATA["missing"], *_DATA["errors"])
TRUE_WORDS: tuple[str, ...] = tuple(_DATA["true"])
FALSE_WORDS: tuple[str, ...] = tuple(_DATA["false"])
TOTALS: tuple[str, ...] = tuple(_DATA["totals"])
UNITS: frozenset[str] = frozenset(_DATA["units"])
CURRENCIES: tuple[str, ...] = tuple(_DATA["currencies"])
SIGNS: dict[str, str] = _DATA["signs"]
CURRENCY_NAMES: dict[str, str] = _DATA["currency_names"]
MAGNITUDES: dict[str, int] = _DATA["magnitudes"]
SCALES: dict[str, float] = _DATA["scales"]
HEADER_SCALES: dict[str, float] = _DATA["header_scales"]
RATES: tuple[str, ...] = tuple(_DATA["rates"]["words"])
MONTHS: dict[str, int] = {
    without_accents(word): number
    for number, words in enumerate(_DATA["dates"]["months"], 1)
    for word in words.split()
}
WEEKDAYS = {word for words in _DATA["dates"]["weekdays"] for word in words.split()}
FILLERS = {without_accents(word) for word in _DATA["dates"]["fillers"]}
QUARTERS = set(_DATA["dates"]["quarters"])
BANDS: dict[str, list[str]] = _DATA["bands"]
BAND_CODES: dict[str, tuple[float, float]] = {w: tuple(b) for w, b in _DATA["codes"].items()}
BAND_LETTERS: dict[str, tuple[float, float]] = {w: tuple(b) for w, b in _DATA["letters"].items()}
ORDINAL_WORDS: tuple[tuple[str, ...], ...] = tuple(
    tuple(scale.split("|")) for scale in _DATA["scale_words"]["lists"]
)
