"""Amounts in the company's currency: which header is in it already, what else an amount is in.

One rule for deals, invoices, accounts, columns of one's own and lists to score: a foreign amount is
multiplied by the rate of its currency, and refused where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from icplib.exports.rows import literal, quoted
from icplib.problems import UserError
from icplib.vocabulary.cells import CURRENCIES, SIGNS

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


def is_converted(header: str) -> bool:
    """Whether a header says that its amounts are in the company's currency already."""
    return bool(_CONVERTED.search(header.replace("-", " ")))


def code_of(cell: str, own: str) -> str | None:
    """The currency that a cell names by code or sign; None where it names none.

    Nor for a $ alone, which may be the company's own.
    """
    if match := re.search(rf"(?<![A-Za-z])({'|'.join(CURRENCIES)})(?![A-Za-z])", cell):
        return match[1]
    if sign := next((iso for sign, iso in SIGNS.items() if sign in cell), None):
        return own if sign == "JPY" and own == "CNY" else sign
    return "USD" if "$" in cell and own not in _DOLLARS else None


def code_sql(column: str, own: str) -> str:
    """``code_of`` as SQL over a text column."""
    cell, codes = (
        quoted(column),
        literal(rf"(?:^|[^A-Za-z])({'|'.join(CURRENCIES)})(?:[^A-Za-z]|$)"),
    )
    signs = " ".join(
        f"when contains({cell}, {literal(sign)}) then"
        f" {literal(own if iso == 'JPY' and own == 'CNY' else iso)}"
        for sign, iso in SIGNS.items()
    )
    bare = "" if own in _DOLLARS else f" when contains({cell}, '$') then 'USD'"
    return (
        f"case when regexp_matches({cell}, {codes}) then regexp_extract({cell}, {codes}, 1)"
        f" {signs}{bare} end"
    )


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
    codes = {cell: code for cell in sorted(cells) if (code := code_of(cell, own))}
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
        code = f"nullif(upper(trim(cast({quoted(amount.pair)} as varchar))), '')"
    elif amount.is_text:
        code = code_sql(amount.header, own)
    else:
        return None, []
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
