"""Text -> numbers: grouping, the decimal sign, signs of money, scales.

A cell is a number only if its grouping is: one to three digits, then threes (or Indian twos). The
decimal sign is settled from all cells of a column: two decimals, groups of three, both signs in
one cell prove it; where nothing but groups of three behind one sign occurs nobody may guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from icplib.exports.rows import literal
from icplib.exports.values.unsettled import Unsettled
from icplib.vocabulary.cells import CURRENCIES, SCALES, SIGNS

LONGEST = 120  # bytes: a longer cell is text, whatever it says
FEW = 0.01  # share of cells of the other decimal sign that are slips rather than a second form
POINT, COMMA = ".", ","

_FULL = "０１２３４５６７８９．，％（）＋－−‐‑–—﹣"
_HALF = "0123456789.,%()+--------"
_CODES = "|".join(c.lower() for c in CURRENCIES)
_MONEY = "|".join(sorted((re.escape(s) for s in SIGNS), key=len, reverse=True)) + r"|\$"
DROPPED = (
    rf"{_MONEY}|^(?:{_CODES})|(?:{_CODES})$|\b(?:{_CODES}|kr|rs|fr)\b\.?|kr\.?$"
    r"|^(?:~|≈|ca\b\.?|circa\b|approx\b\.?|about\b|rund\b|etwa\b|env\b\.?)|[.,]-+$"
)
PERCENT_WORDS = r"\s*(?:percent|per cent|pct\.?|prozent|pour cent|por ciento|por cento|procent)$"
_BLANK = "[\\s\u00a0\u2007\u2009\u202f''’‘´`_]+"
_WORDS = sorted(SCALES, key=len, reverse=True)
SCALE = "|".join(re.escape(w) if w.endswith(".") else rf"{re.escape(w)}\.?" for w in _WORDS)
_SCALE_SQL = " ".join(
    f"when {literal(word)} then {factor:.0f}"
    for word, factor in (
        {f"{w}." if not w.endswith(".") else w: f for w, f in SCALES.items()} | SCALES
    ).items()
)


def _core(group: str, decimal: str) -> str:
    g, d = re.escape(group), re.escape(decimal)
    whole = (
        rf"[0-9]+|[0-9]{{1,3}}(?:{g}[0-9]{{3}})+|[0-9]{{1,3}}(?:'[0-9]{{3}})+"
        rf"|[0-9]{{1,2}}(?:{g}[0-9]{{2}})+{g}[0-9]{{3}}"
    )
    return rf"(?:{whole})(?:{d}[0-9]*)?|{d}[0-9]+"


def _valid(group: str, decimal: str) -> str:
    exponent = rf"[-+]?[0-9]*[{decimal}]?[0-9]+e[-+]?[0-9]{{1,3}}"
    return rf"[-+(]*(?:{_core(group, decimal)})(?:{SCALE})?[-)%]*|{exponent}"


VALID = {POINT: _valid(COMMA, POINT), COMMA: _valid(POINT, COMMA)}
_WORD = literal(r"[^-+().,'%0-9]+\.?")
_EXPONENT = literal(r"[-+]?[0-9]*[.,]?[0-9]+e[-+]?[0-9]{1,3}")
_BODY = "[0-9][0-9.,'']*|[.,][0-9]+"


def _macro(name: str, decimal: str) -> str:
    plain = rf"[-+]?[0-9]+(?:[{decimal}][0-9]+)?"
    body = f"replace(regexp_extract(b, '{_BODY}'), '''', '')"
    strip = {
        POINT: "replace({}, ',', '')",
        COMMA: "replace(replace({}, '.', ''), ',', '.')",
    }[decimal]
    as_is = "b" if decimal == POINT else "replace(b, ',', '.')"
    return f"""
create or replace temp macro {name}(b) as case
  when regexp_full_match(b, '{plain}') then try_cast({as_is} as double)
  when regexp_full_match(b, {_EXPONENT})
    then try_cast({as_is} as double)
  when regexp_full_match(b, {literal(VALID[decimal])}) then
    (case when contains(b, '-') or contains(b, '(') then -1 else 1 end)
    * try_cast({strip.format(body)} as double)
    * (case regexp_extract(b, {_WORD}) when '' then 1 {_SCALE_SQL} end)
  end;"""


MACROS = f"""
create or replace temp macro icp_bare(s) as case
  when strlen(s) > {LONGEST} then null
  when regexp_full_match(s, '[-+]?[0-9]*[.,]?[0-9]*') then s
  else trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    lower(translate(s, '{_FULL}', '{_HALF}')), {literal(PERCENT_WORDS)}, '%'),
    {literal(DROPPED)}, '', 'g'), {literal(_BLANK)}, '''', 'g'),
    '''*([^0-9''])''*', '\\1', 'g'), '''') end;
{_macro("icp_point", POINT)}
{_macro("icp_comma", COMMA)}
"""


def value_sql(bare: str, decimal: str | None) -> str:
    """SQL of the number in a ``bare`` cell, null where it is none."""
    return f"{'icp_comma' if decimal == COMMA else 'icp_point'}({bare})"


@dataclass(frozen=True)
class Shape:
    """Cells of one form: digits as nines, how many cells, the least and the greatest of them."""

    form: str
    begins_with_zero: bool
    n: int
    low: str
    high: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The least and the greatest cell, once where they are one."""
        return tuple(dict.fromkeys((self.low, self.high)))


def shapes(con, cells: str) -> dict[str, list[Shape]]:
    """Forms of the text of each column.

    ``cells``: a statement that yields (name, cell, bare, n), one row a cell or a distinct cell.
    """
    rows = con.execute(
        "select name, case when bare is null then '' when regexp_full_match(bare, '[-+]?[0-9]+')"
        " then '9' when regexp_full_match(bare, '[-+]?[0-9]*\\.[0-9]{1,2}') then '9.99' when"
        " regexp_full_match(bare, '[-+]?[0-9]*,[0-9]{1,2}') then '9,99' else translate(bare,"
        " '012345678', '999999999') end as form, coalesce(regexp_matches(bare,"
        f" '^[-+(]*0[.,]'), false) as zero, sum(n)::bigint, min(cell), max(cell) from ({cells})"
        " where cell is not null group by all order by all"
    ).fetchall()
    found: dict[str, list[Shape]] = {}
    for name, *rest in rows:
        found.setdefault(name, []).append(Shape(*rest))
    return found


def _proofs(group: str, decimal: str) -> re.Pattern:
    g, d = re.escape(group), re.escape(decimal)
    return re.compile(
        rf"9*{d}9{{1,2}}|9*{d}9{{4,}}|9{{4,}}{d}9{{3}}|{d}9+|9{{1,3}}(?:[{g}']9{{3}})+{d}9+"
        rf"|9{{1,3}}(?:{g}9{{3}}){{2,}}|9{{1,2}}(?:{g}9{{2}})+{g}9{{3}}(?:{d}9+)?"
    )


_PROOF = {POINT: _proofs(COMMA, POINT), COMMA: _proofs(POINT, COMMA)}
_OPEN = {POINT: re.compile(r"9{1,3}\.9{3}"), COMMA: re.compile(r"9{1,3},9{3}")}
_CORE = re.compile(r"9[9.,']*|[.,]9+")
_VALID = {sign: re.compile(pattern) for sign, pattern in VALID.items()}


@dataclass
class Signs:
    """What the cells of a column say about its decimal sign.

    Shapes that prove each, and shapes that can be read in two ways (by the sign that they have).
    """

    proof: dict[str, list[Shape]] = field(default_factory=lambda: {POINT: [], COMMA: []})
    open: dict[str, list[Shape]] = field(default_factory=lambda: {POINT: [], COMMA: []})

    @classmethod
    def of(cls, forms: Iterable[Shape]) -> Signs:
        """Signs of all ``forms`` that are numbers."""
        found = cls()
        for shape in forms:
            if not any(valid.fullmatch(shape.form) for valid in _VALID.values()):
                continue
            core = _CORE.search(shape.form)
            for sign in (POINT, COMMA):
                if core and _PROOF[sign].fullmatch(core[0]):
                    found.proof[sign].append(shape)
                elif core and _OPEN[sign].fullmatch(core[0]):
                    (found.proof if shape.begins_with_zero else found.open)[sign].append(shape)
        return found

    def n(self, sign: str) -> int:
        """How many cells prove ``sign``."""
        return sum(shape.n for shape in self.proof[sign])


@dataclass(frozen=True)
class Decision:
    """The decimal sign of a column, and two cells that show it."""

    decimal: str
    evidence: tuple[str, ...] = ()


def decide(forms: list[Shape], declared: str | None, groups: str) -> Decision:
    """The decimal sign of a column from its shapes.

    ``groups``: the sign that is a thousands sign in this file where nothing else proves it (a
    comma, except in files separated by semicolons). Raises Unsettled where the cells can be read in
    two ways or contradict what is declared.
    """
    signs = Signs.of(forms)
    if declared:
        return _as_declared(signs, declared)
    n_point, n_comma = signs.n(POINT), signs.n(COMMA)
    if min(n_point, n_comma) > FEW * (n_point + n_comma):
        raise Unsettled(
            "some numbers have a point as decimal sign, some a comma: {}",
            (signs.proof[POINT][0].low, signs.proof[COMMA][0].low),
            'Export it in one form, or declare decimal = "." or ","; numbers of the other form are'
            " then counted as unreadable.",
        )
    if n_point or n_comma:
        sign = POINT if n_point >= n_comma else COMMA
        return Decision(sign, _shown(signs.proof[sign]))
    if signs.open[POINT] or (signs.open[COMMA] and groups != COMMA):
        raise Unsettled(
            "numbers can be read in two ways: {} have three digits behind a sign that separates"
            " thousands or decimals",
            [
                *_shown(signs.open[POINT])[: 1 if signs.open[COMMA] else 2],
                *_shown(signs.open[COMMA]),
            ],
            'Declare decimal = "," where a point separates thousands, decimal = "." where a comma'
            " does.",
        )
    return Decision(POINT, _shown(signs.open[COMMA]))


def _as_declared(signs: Signs, declared: str) -> Decision:
    other = COMMA if declared == POINT else POINT
    n_own, n_other = signs.n(declared), signs.n(other)
    if n_other and (not n_own or n_other > FEW * (n_own + n_other)):
        raise Unsettled(
            f"{n_other} numbers are written with '{other}' as decimal sign, but '{declared}' is"
            " declared: {}",
            [signs.proof[other][0].low],
            f'Set decimal = "{other}" for this source.',
        )
    return Decision(declared, _shown(signs.proof[declared]))


def _shown(found: list[Shape]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell for shape in found for cell in shape.cells))[:2]


def unread(forms: list[Shape], decimal: str | None) -> list[Shape]:
    """Shapes that are no numbers under this decimal sign."""
    valid = _VALID[decimal or POINT]
    return [shape for shape in forms if not valid.fullmatch(shape.form)]
