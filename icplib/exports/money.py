"""Amounts in the company's currency: which header is in it already, what else an amount is in.

One rule for deals, invoices, accounts, columns of one's own and lists to score: a foreign amount is
multiplied by the rate of its currency, and refused where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from icplib.exports.rows import literal, quoted
from icplib.problems import UserError
from icplib.vocabulary.cells import CURRENCIES, CURRENCY_NAMES, HEADER_SCALES, SCALES, SIGNS

#: headers that say that their amounts were converted into the company's (or the reader's) currency
_CONVERTED = re.compile(
    r"converted|convertid[oa]|converti\b|convertit[oa]|umgerechnet|omgerekend|przeliczon"
    r"|(company|home|base|corporate|organi[sz]ation|functional|reporting)["
    r" _](currency|amount)|\(base\)|_base$"
    r"|in_home_currency|unternehmensw(ä|ae)hrung|firmenw(ä|ae)hrung|hausw(ä|ae)hrung|basisw(ä|ae)hrung"
    r"|devise de (l['’]entreprise|la soci[ée]t[ée]|base)|(moneda|moeda) d[ea] (la |tu"
    r" )?(empresa|base)"
    r"|valuta (dell['’]azienda|aziendale|di base)|bedrijfsvaluta|basisvaluta|walu(ta|cie)"
    r" (firmy|firmowa|firmowej)",
    re.I,
)
_DOLLARS = ("USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD")  # a bare $ may be any of these
_KRONER = ("SEK", "NOK", "DKK", "ISK", "CZK")  # and a bare kr of these
_OF = {"", "in", "of", "de", "en", "em", "von", "w", "x", "di"}


def is_converted(header: str) -> bool:
    """Whether a header says that its amounts are in the company's currency already."""
    return bool(_CONVERTED.search(header.replace("-", " ")))


_CODE = rf"(?:^|[^A-Za-z])({'|'.join(CURRENCIES)})(?:[^A-Za-z]|$)"
_KRONE = r"(?:^|[^a-z])kr(?:[^a-z]|$)"


def _signs(own: str) -> list[tuple[str, str]]:
    """Signs in small letters and what they mean, the longest first: US$ is none of S$."""
    known = [
        (sign, own if iso == "JPY" and own == "CNY" else iso)
        for sign, iso in sorted(SIGNS.items(), key=lambda pair: -len(pair[0]))
    ]
    return known if own in _DOLLARS else [*known, ("$", "USD")]


def code_of(cell: str, own: str) -> str | None:
    """The currency that a cell names by code or sign; None where it names none.

    Nor for a $ or a kr alone, which may be the company's own.
    """
    if match := re.search(_CODE, cell):
        return match[1]
    low = cell.lower()
    if sign := next((iso for sign, iso in _signs(own) if sign in low), None):
        return sign
    return "KR" if own not in _KRONER and re.search(_KRONE, low) else None


def code_sql(column: str, own: str) -> str:
    """``code_of`` as SQL over a text column."""
    cell, codes = quoted(column), literal(_CODE)
    whens = [
        f"when contains(lower({cell}), {literal(sign)}) then {literal(iso)}"
        for sign, iso in _signs(own)
    ]
    if own not in _KRONER:
        whens.append(f"when regexp_matches(lower({cell}), {literal(_KRONE)}) then 'KR'")
    return (
        f"case when regexp_matches({cell}, {codes}) then regexp_extract({cell}, {codes}, 1)"
        f" {' '.join(whens)} end"
    )


_SIGN = "|".join(re.escape(sign) for sign in sorted([*SIGNS, "$"], key=len, reverse=True))
_NAMES = "|".join(re.escape(name) for name in sorted(CURRENCY_NAMES, key=len, reverse=True))
_CURRENCY = re.compile(
    rf"{_SIGN}|\b(?:{_NAMES})\b|(?:(?<=t)|(?<=k)|(?<=m)|\b)(?:{'|'.join(CURRENCIES)})\b",
    re.I,
)
_IN_BRACKETS = re.compile(r"^(.+?)\s*[(\[]\s*(?:in\s+)?([^()\[\]]{1,24}?)\s*[)\]]\s*$", re.I)
_BEHIND = re.compile(r"^(.+?)(?:\s+(?:in|w|en|em))?[\s_]+(\S+(?: \S+)?)$", re.I)


@dataclass(frozen=True)
class Unit:
    """What a header says of its numbers: 'Umsatz (TEUR)' is 'Umsatz', times 1,000, EUR."""

    header: str
    times: float = 1.0
    code: str | None = None


@cache
def unit_of(header: str, own: str = "") -> Unit:
    """The scale and the currency that stand behind a header, and the header without them."""
    if not is_converted(header):
        for form in (_IN_BRACKETS, _BEHIND):
            found = form.match(header)
            unit = found and _unit(found[2], "_" in header or form is _IN_BRACKETS)
            if found and unit:
                name = unit[1].casefold()
                code = CURRENCY_NAMES.get(name) or code_of(name.upper(), own)
                return Unit(found[1].strip(), unit[0], code)
    return Unit(header)


def _unit(text: str, small: bool) -> tuple[float, str] | None:
    """Scale and currency of a unit that is nothing else; ``small``: codes may be so written."""
    sign = _CURRENCY.search(text)
    if sign and not small and sign[0].isalpha() and sign[0] != sign[0].upper():
        return None
    rest = _CURRENCY.sub(" ", text, count=1).casefold() if sign else text.casefold()
    scale = " ".join(word for word in re.split(r"[\s.,/']+", rest) if word not in _OF)
    if not scale:
        return (1.0, sign[0]) if sign else None
    times = HEADER_SCALES.get(scale) or SCALES.get(scale)
    if times is None or not (sign or len(scale) > 2):
        return None
    return times, sign[0] if sign else ""


def refuse_without_rate(
    found: Iterable[tuple[str, str]], own: str, rates: Mapping[str, float], *, file, column: str
) -> None:
    """UserError for currencies without a rate; ``found``: code and a cell that shows it."""
    without = {code: cell for code, cell in found if code != own and code not in rates}
    if without:
        first = min(without)
        raise UserError(
            f"amounts in {', '.join(sorted(without))} beside {own} (such as {without[first]!r}),"
            " but no rate says what they are worth",
            file=file,
            column=column,
            remedy=(
                f"Add under [rates]: {first} = <its worth in {own}>, or export the column in one"
                " currency."
            ),
        )


def worth(cells: Iterable[str], header: str, settings, file) -> dict[str, float]:
    """Cell -> the rate of the currency that it names; UserError where one has no rate."""
    own, rates = settings.currency, settings.rates
    said = unit_of(header, own).code
    codes = {cell: code for cell in sorted(cells) if (code := code_of(cell, own) or said)}
    refuse_without_rate(
        zip(codes.values(), codes, strict=True), own, rates, file=file, column=header
    )
    return {cell: rates.get(code, 1.0) for cell, code in codes.items()}


@dataclass(frozen=True)
class Amount:
    """A column of amounts in a relation, and the ``pair``ed column that names their currency."""

    relation: str
    header: str
    is_text: bool
    pair: str | None
    file: str | Path


def factor(
    con, amount: Amount, own: str, rates: Mapping[str, float]
) -> tuple[str | None, list[tuple[str, int]]]:
    """SQL of what each amount is multiplied by, and the foreign currencies with their rows.

    None: all are in ``own``.

    Raises UserError for a currency without a rate.
    """
    if amount.pair:
        names = " ".join(f"when {literal(n)} then {literal(c)}" for n, c in CURRENCY_NAMES.items())
        code = f"nullif(upper(trim(cast({quoted(amount.pair)} as varchar))), '')"
        code = f"case lower({code}) {names} else {code} end"
    else:
        said = unit_of(amount.header, own).code
        parts = [code_sql(amount.header, own)] * amount.is_text + [literal(said)] * bool(said)
        if not parts:
            return None, []
        code = f"coalesce({', '.join(parts)})"
    cell = quoted(amount.header)
    found = con.execute(
        f"select {code} as c, count(*), min({cell}::varchar) from {quoted(amount.relation)} where"
        f" {cell} is not null group by c having c is not null order by c"
    ).fetchall()
    foreign = [(c, n) for c, n, _ in found if c != own]
    shown = ((c, cell) for c, _, cell in found)
    refuse_without_rate(shown, own, rates, file=amount.file, column=amount.header)
    if not foreign:
        return None, []
    whens = " ".join(f"when {literal(c)} then {rates[c]!r}" for c, _ in foreign)
    return f"case {code} {whens} else 1.0 end", foreign
