"""Text -> values: money, numbers, shares, dates, truth words, bands, sets.

And what Excel did to them.

The per-cell rules for numbers, dates and truth words are DuckDB macros, so that five million
invoices are read as fast as five. What needs the whole column (the order of day and month, the
decimal sign, percent or share, the kind of an unknown column) is decided here from counts over the
column, never from a sample, and an undecidable column is an error that shows its rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from icplib.exports.files import literal, quoted
from icplib.problems import UserError

MISSING_WORDS = (
    "",
    "-",
    "--",
    "---",
    "–",
    "—",
    ".",
    "?",
    "n/a",
    "n.a.",
    "n.a",
    "#n/a",
    "#null!",
    "#value!",
    "#ref!",
    "#div/0!",
    "#name?",
    "#num!",
    "null",
    "none",
    "nan",
    "nil",
    "unknown",
    "undefined",
    "not set",
    "not specified",
    "not provided",
    "not available",
    "no value",
    "(blank)",
    "(none)",
    "(empty)",
    "(no value)",
    "[not provided]",
    "select",
    "-select-",
    "--select--",
    "-- select --",
    "- select -",
    "please select",
    "please select...",
    "select...",
    "--none--",
    "-none-",
    "-- none --",
    "tbd",
    "to be determined",
    "unbekannt",
    "keine angabe",
    "k.a.",
)
TRUE_WORDS = (
    "true",
    "yes",
    "y",
    "1",
    "t",
    "x",
    "checked",
    "on",
    "ja",
    "wahr",
    "oui",
    "vrai",
    "si",
    "sí",
    "won",
)
FALSE_WORDS = (
    "false",
    "no",
    "n",
    "0",
    "f",
    "unchecked",
    "off",
    "nein",
    "falsch",
    "non",
    "faux",
    "lost",
)
CURRENCIES = [
    "USD",
    "EUR",
    "GBP",
    "CHF",
    "JPY",
    "CNY",
    "CAD",
    "AUD",
    "NZD",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "BGN",
    "INR",
    "BRL",
    "MXN",
    "ZAR",
    "SGD",
    "HKD",
    "KRW",
    "TRY",
    "ILS",
    "AED",
    "SAR",
    "THB",
    "IDR",
    "MYR",
    "PHP",
]
SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
    "₪": "ILS",
    "₺": "TRY",
    "zł": "PLN",
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ORDINAL_WORDS = (
    ("very low", "low", "medium", "high", "very high"),
    ("very small", "small", "medium", "large", "very large"),
    ("startup", "early stage", "growth", "growth-stage", "scale-up", "mature", "enterprise"),
    ("small business", "mid-market", "enterprise"),
    (
        "bootstrapped",
        "pre-seed",
        "seed",
        "series a",
        "series b",
        "series c",
        "series d",
        "series e",
        "ipo",
        "public",
    ),
    ("cold", "warm", "hot"),
)

_CODES = "|".join(c.lower() for c in CURRENCIES)
_SCALE = {
    "k": 1e3,
    "tsd": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mm": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "mil": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "mrd": 1e9,
    "billion": 1e9,
}
_SUFFIX = "|".join(sorted(_SCALE, key=len, reverse=True))
_SCALE_SQL = " ".join(f"when '{word}' then {factor:.0f}" for word, factor in _SCALE.items())
_NUMBER = rf"^[-+(]*([0-9][0-9.,]*|[.,][0-9]+)({_SUFFIX})?\.?[-)]*%?[-)]*$"
_NAMED_DAYS = (
    "'%d/%b/%y', '%d/%b/%Y', '%d %b %Y', '%d %b, %Y', '%b %d, %Y', '%d %B %Y', '%B %d, %Y',"
    " '%Y/%b/%d'"
)
DATE_FORMS = {
    "mdy": f"['%m/%d/%y', '%m/%d/%Y', '%Y/%m/%d', '%Y%m%d', {_NAMED_DAYS}]",
    "dmy": f"['%d/%m/%y', '%d/%m/%Y', '%Y/%m/%d', '%Y%m%d', {_NAMED_DAYS}]",
    "ymd": f"['%y/%m/%d', '%Y/%m/%d', '%Y%m%d', {_NAMED_DAYS}]",
}

# A macro is expanded where it stands, once for every time that it mentions its argument: hand in
# columns, never long expressions.
MACROS = rf"""
create or replace temp macro icp_trim(s) as trim(replace(s, chr(160), ' '));
create or replace temp macro icp_text(s, words) as case when regexp_full_match(lower(icp_trim(s)), words) then null else icp_trim(s) end;
create or replace temp macro icp_bare(s) as
  regexp_replace(regexp_replace(lower(s), '[\s\x{{00a0}}\x{{202f}}''’_]+', '', 'g'),
    '(us\$|r\$|a\$|c\$|zł|kr\.?$|^(?:{_CODES})|(?:{_CODES})$|[$€£¥₹₩₪₺])', '', 'g');
create or replace temp macro icp_plain(b, dec) as
  case when regexp_matches(b, '{_NUMBER}') then
    (case when regexp_matches(b, '^\(.*\)%?$|^\(?-|-%?$') then -1 else 1 end)
    * try_cast(case when dec = ',' then replace(replace(regexp_extract(b, '{_NUMBER}', 1), '.', ''), ',', '.')
                    else replace(regexp_extract(b, '{_NUMBER}', 1), ',', '') end as double)
    * (case regexp_extract(b, '{_NUMBER}', 2) {_SCALE_SQL} else 1 end)
  when regexp_matches(b, '^[-+]?[0-9]*[.,]?[0-9]+e[-+]?[0-9]+$') then try_cast(replace(b, ',', '.') as double) end;
create or replace temp macro icp_date(s, forms) as
  nullif(greatest(cast(try_strptime(replace(replace(regexp_replace(s, '[T ]+[0-9]{{1,2}}:[0-9]{{2}}.*$', ''), '-', '/'), '.', '/'), forms) as date),
    date '1800-01-01'), date '1800-01-01');
create or replace temp macro icp_serial(s) as
  case when try_cast(s as double) between 1 and 80000 then date '1899-12-30' + cast(floor(try_cast(s as double)) as integer) end;
create or replace temp macro icp_bool(s) as
  case when lower(s) in {TRUE_WORDS} then true when lower(s) in {FALSE_WORDS} then false end;
"""


@dataclass(frozen=True)
class Reading:
    """How the text of one column is read.

    Declared in the settings, or settled by ``settle`` from the whole column.
    """

    date_order: str | None = None
    decimal: str = "."
    missing: tuple[str, ...] = ()
    zero_is_missing: bool = False
    percent: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def words(self) -> str:
        """Placeholder words as one pattern.

        A single pass over a cell, however many words there are.
        """
        every = (*MISSING_WORDS, *(m.strip().casefold() for m in self.missing))
        return literal("|".join(re.escape(w).replace("\\ ", " ") for w in every))


def install(con) -> None:
    """Make the macros known to a connection."""
    con.execute(MACROS)


def read_cells(con, relation: str, decimal: str, order: str | None) -> list[tuple]:
    """(name, cell, number, date) of a relation with the columns ``name`` and ``cell``, read by the
    same macros as everything else.
    """
    forms = DATE_FORMS.get(order or "mdy", DATE_FORMS["mdy"])
    return con.execute(
        f"select name, cell, icp_plain(b, {decimal}), icp_date(cell, {forms}) from (select *,"
        f" icp_bare(cell) as b from {quoted(relation)})"
    ).fetchall()


def bare(column: str) -> str:
    """Name of the helper column that holds a text column without blanks, signs and codes of
    currencies.
    """
    return f"bare: {column}"


def cleaned(
    con,
    raw: str,
    relation: str,
    types: dict[str, str],
    numeric: list[str],
    reading: Reading,
    lazy: bool = False,
) -> None:
    """Relation ``relation``: the columns of ``raw`` with placeholders turned to null, and a
    ``bare`` column for each of ``numeric``.

    Every later question to a column is asked here, where its text has been looked at once.
    """
    texts = [c for c, t in types.items() if t == "VARCHAR"]
    tidy = {c: f"icp_text({quoted(c)}, {reading.words})" for c in texts}
    replaced = (
        f" replace ({', '.join(f'{sql} as {quoted(c)}' for c, sql in tidy.items())})"
        if tidy
        else ""
    )
    helpers = "".join(f", icp_bare({tidy[c]}) as {quoted(bare(c))}" for c in numeric if c in tidy)
    con.execute(
        f"create or replace temp {'view' if lazy else 'table'} {quoted(relation)} as select"
        f" *{replaced}{helpers} from {quoted(raw)}"
    )


def expression(kind: str, column: str, sql_type: str, reading: Reading) -> str:
    """SQL over a ``cleaned`` relation that reads ``column`` as ``kind`` (text, number, rate, bool,
    date).

    A column that came with a type of its own keeps its values.
    """
    raw, helper, decimal = quoted(column), quoted(bare(column)), literal(reading.decimal)
    if kind == "text":
        return raw if sql_type == "VARCHAR" else f"cast({raw} as varchar)"
    if kind == "date":
        if sql_type.startswith(("DATE", "TIMESTAMP")):
            return f"cast({raw} as date)"
        text = f"cast({raw} as varchar)"
        return (
            f"icp_serial({text})"
            if reading.date_order == "excel"
            else f"icp_date({text}, {DATE_FORMS[reading.date_order or 'mdy']})"
        )
    if kind == "bool":
        return raw if sql_type == "BOOLEAN" else f"icp_bool(cast({raw} as varchar))"
    value = f"icp_plain({helper}, {decimal})"
    if is_numeric(sql_type):
        value = f"case when isfinite(cast({raw} as double)) then cast({raw} as double) end"
    if kind == "rate":
        percent = (
            "true"
            if reading.percent
            else "false"
            if is_numeric(sql_type)
            else f"contains({raw}, '%')"
        )
        value = f"{value} / case when {percent} then 100.0 else 1.0 end"
    return f"nullif({value}, 0)" if reading.zero_is_missing else value


def is_numeric(sql_type: str) -> bool:
    return sql_type.startswith(
        (
            "TINYINT",
            "SMALLINT",
            "INTEGER",
            "BIGINT",
            "HUGEINT",
            "UTINYINT",
            "USMALLINT",
            "UINTEGER",
            "UBIGINT",
            "UHUGEINT",
            "FLOAT",
            "DOUBLE",
            "DECIMAL",
        )
    )


def settle(
    con, relation: str, column: str, kind: str, sql_type: str, reading: Reading, *, file
) -> Reading:
    """The reading with what the whole column of a ``cleaned`` relation proves added.

    Raises UserError where the column cannot be decided.

    Dates: the order of day and month when it is not declared. Numbers: a decimal sign that
    contradicts the declared one. Rates: percent or share (a column without a percent sign whose
    values go beyond 1.5 is in percent).
    """
    if kind == "date" and not sql_type.startswith(("DATE", "TIMESTAMP")):
        return _settle_dates(con, relation, column, reading, file)
    if kind == "rate" and is_numeric(sql_type):
        over = con.execute(
            f"select count(*) from {quoted(relation)} where abs({quoted(column)}) > 1.5"
        ).fetchall()[0][0]
        return replace(reading, percent=bool(over))
    if kind in ("number", "rate") and not is_numeric(sql_type):
        _refuse_other_decimal(con, relation, column, reading, file)
        if kind == "rate":
            marked, over = con.execute(
                f"select count(*) filter (contains({quoted(column)}, '%')), count(*) filter (not"
                f" contains({quoted(column)}, '%') and abs(icp_plain({quoted(bare(column))},"
                f" {literal(reading.decimal)})) > 1.5) from {quoted(relation)}"
            ).fetchall()[0]
            return replace(reading, percent=bool(over and not marked))
    return reading


def _settle_dates(con, relation: str, column: str, reading: Reading, file) -> Reading:
    text = f"cast({quoted(column)} as varchar)"
    part = (
        "try_cast(regexp_extract({t}, '^([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.][0-9]{{2,4}}', {n})"
        " as integer)"
    )
    first, second = part.format(t="t", n=1), part.format(t="t", n=2)
    n_known, n_ordered, n_first, n_second, show_first, show_second, n_serial = con.execute(
        f"select count(t), count({first}), count(*) filter ({first} > 12), count(*) filter"
        f" ({second} > 12), min(struct_pack(r := r, t := t)) filter ({first} > 12),"
        f" min(struct_pack(r := r, t := t)) filter ({second} > 12), count(*) filter"
        f" (regexp_matches(t, '^[2-6][0-9]{{4}}(\\.[0-9]+)?$')) from (select {text} as t,"
        f" row_number() over () as r from {quoted(relation)})"
    ).fetchall()[0]
    if n_known and n_serial > 0.9 * n_known:
        note = f"'{column}' holds day numbers as Excel stores dates; they are read as dates"
        return replace(reading, date_order="excel", notes=(*reading.notes, note))
    if n_first and n_second and not reading.date_order:
        raise UserError(
            f"some dates have the day first, some the month: row {show_first['r']} says"
            f" {show_first['t']!r}, row {show_second['r']} says {show_second['t']!r}",
            file=file,
            column=column,
            remedy=(
                'Declare date_order = "dmy" or "mdy"; dates of the other form are then counted as'
                " unreadable."
            ),
        )
    if reading.date_order in ("mdy", "dmy"):
        against, shown = (
            (n_first, show_first) if reading.date_order == "mdy" else (n_second, show_second)
        )
        if against and not (n_second if reading.date_order == "mdy" else n_first):
            raise UserError(
                f"date_order is declared as {reading.date_order}, but {against} dates say"
                " otherwise",
                file=file,
                column=column,
                row=shown["r"],
                remedy=(
                    f"That row says {shown['t']!r}: declare date_order ="
                    f' "{"dmy" if reading.date_order == "mdy" else "mdy"}".'
                ),
            )
        return reading
    if reading.date_order:
        return reading
    if n_ordered and not n_first and not n_second:
        rows = con.execute(
            f"select t, r from (select {text} as t, row_number() over () as r from"
            f" {quoted(relation)}) where {first} is not null and {first} <> {second} order by r"
            " limit 2"
        ).fetchall()
        if not rows:
            return replace(
                reading, date_order="mdy"
            )  # 03/03/2025 and nothing else: both orders agree
        shown = " and ".join(f"row {r} {t!r}" for t, r in rows)
        raise UserError(
            f"day and month cannot be told apart: {shown} read well in both orders",
            file=file,
            column=column,
            remedy='Declare date_order = "mdy" (month first) or "dmy" (day first) in company.toml.',
        )
    return replace(reading, date_order="dmy" if n_first else "mdy")


def _refuse_other_decimal(con, relation: str, column: str, reading: Reading, file) -> None:
    """A value that only the other decimal sign can explain.

    1.234,50 or 12,5 under '.', 1,234.50 under ','.
    """
    other, own = (",", ".") if reading.decimal == "." else (".", ",")
    proof = rf"^[-+(]*[0-9]{{1,3}}(\{own}[0-9]{{3}})*\{other}([0-9]{{1,2}}|[0-9]{{4,}})({_SUFFIX})?[-)%]*$|^[-+(]*[0-9]{{1,3}}(\{own}[0-9]{{3}})+\{other}[0-9]+"
    found = con.execute(
        f"select t, r, count(*) over () from (select {quoted(column)} as t, {quoted(bare(column))}"
        f" as b, row_number() over () as r from {quoted(relation)}) where regexp_matches(b,"
        f" {literal(proof)}) order by r limit 1"
    ).fetchall()
    if found:
        text, row, n = found[0]
        raise UserError(
            f"{n} numbers are written with '{other}' as decimal sign, but '{own}' is declared:"
            f" {text!r}",
            file=file,
            column=column,
            row=row,
            remedy=f'Set decimal = "{other}" for this source.',
        )


# --- bands, Excel's damage, sets: small vocabularies, so plain Python over distinct values
# -----------------------------------------

_AMOUNT = rf"[$€£]?\s*([0-9][0-9.,]*)\s*({_SUFFIX})?\s*[$€£]?(?:{_CODES})?"
_UNITS = re.compile(
    r"\b(employees?|emp\.?|people|persons?|staff|fte|mitarbeiter(innen)?|users?|seats?)\b", re.I
)
_BAND = (
    re.compile(rf"^{_AMOUNT}\s*(?:-|–|—|−|to|bis|\.\.+)\s*{_AMOUNT}$", re.I),
    re.compile(
        rf"^(?:>=?|over|more than|above|from|ab|über)\s*{_AMOUNT}$|^{_AMOUNT}\s*(?:\+|and"
        r" (?:more|above|over)|or more|plus)$",
        re.I,
    ),
    re.compile(rf"^(?:<=?|under|less than|below|up to|bis|unter)\s*{_AMOUNT}$", re.I),
)
_EXCEL_DAY = re.compile(rf"^([0-9]{{1,2}})-({'|'.join(MONTHS)})$", re.I)
_EXCEL_MONTH = re.compile(rf"^({'|'.join(MONTHS)})-([0-9]{{2}})$", re.I)
_EXCEL_ISO = re.compile(r"^[0-9]{4}-([0-9]{2})-([0-9]{2})$")


def read_band(text: str, decimal: str = ".") -> tuple[float | None, float | None] | None:
    """Ends of a band such as '51-200 employees', '10,001+', '< 10', '$1M - $10M'.

    None when the text is no band.
    """
    bare = " ".join(_UNITS.sub("", text).split())
    if match := _BAND[0].match(bare):
        low, low_scale, high, high_scale = match.groups()
        low_value, high_value = (
            _scaled(low, low_scale or high_scale, decimal),
            _scaled(high, high_scale, decimal),
        )
        if (
            low_scale is None and low_value > high_value
        ):  # "500-1k": the scale belongs to the upper end alone
            low_value = _scaled(low, None, decimal)
        return (low_value, high_value) if low_value <= high_value else None
    if match := _BAND[1].match(bare):
        number, scale = match.group(1) or match.group(3), match.group(2) or match.group(4)
        return _scaled(number, scale, decimal), None
    if match := _BAND[2].match(bare):
        return None, _scaled(match.group(1), match.group(2), decimal)
    return None


def _scaled(number: str, scale: str | None, decimal: str) -> float:
    plain = number.replace(".", "").replace(",", ".") if decimal == "," else number.replace(",", "")
    return float(plain.rstrip(".") or 0) * _SCALE.get((scale or "").lower(), 1)


def undo_excel(text: str) -> str | None:
    """The band that Excel turned into a date ('5-20' -> 'May-20' or '20-May'), or None when the
    text is no such date.
    """
    if match := _EXCEL_DAY.match(text):
        day, month = int(match[1]), MONTHS.index(match[2].lower()) + 1
        return f"{month}-{day}"
    if match := _EXCEL_MONTH.match(text):
        return f"{MONTHS.index(match[1].lower()) + 1}-{int(match[2])}"
    if match := _EXCEL_ISO.match(text):
        return f"{int(match[1])}-{int(match[2])}"
    return None


def band_middle(band: tuple[float | None, float | None]) -> float:
    """One number for a band where a column mixes numbers and bands.

    The geometric middle, or the only end.
    """
    low, high = band
    if low is None or high is None:
        return float(high if low is None else low)
    return float((max(low, 1) * high) ** 0.5) if high > 0 else float(low)


def folded(text: str) -> str:
    """A value without its case and with single blanks: what two spellings of it share."""
    return " ".join(text.casefold().split())


def split_set(text: str, separator: str) -> tuple[str, ...]:
    """Members of a multi-valued cell, trimmed, each once, sorted."""
    return tuple(
        sorted(
            {
                part
                for part in (p.strip() for p in text.split(separator))
                if part and part.casefold() not in MISSING_WORDS
            }
        )
    )


def find_separator(counts: dict[str, int]) -> str | None:
    """The sign that separates several values in the cells of this column, or None when each cell is
    one value.

    ``counts`` maps distinct cells to how often they occur. A separator must make the vocabulary
    smaller: the members of the split cells recur (AWS;Azure, AWS;GCP), as 'San Francisco, CA' and
    company names do not.
    """
    for separator, need_share in ((";", 0.02), ("|", 0.02), ("\n", 0.02), (",", 0.15)):
        several = {c: n for c, n in counts.items() if separator in c.strip(separator + " ")}
        if sum(several.values()) <= need_share * sum(counts.values()):
            continue
        members: dict[str, int] = {}
        for cell, n in counts.items():
            for member in split_set(cell, separator):
                members[member] = members.get(member, 0) + n
        widest = max(len(m) for m in members)
        recurring = sum(n for n in members.values() if n > 1) / max(1, sum(members.values()))
        if (
            len(members) <= max(12, len(counts))
            and len(members) <= 400
            and recurring > 0.8
            and widest <= 60
        ) and (separator != "," or len(members) <= min(60, 0.7 * len(counts) + 6)):
            return separator
    return None


def ordinal_order(values: set[str]) -> tuple[str, ...] | None:
    """The levels from low to high when the words are a known scale ('low', 'medium', 'high'), or
    None.
    """
    folded = {v.casefold(): v for v in values}
    for scale in ORDINAL_WORDS:
        if len(folded) >= 2 and set(folded) <= set(scale):
            return tuple(folded[w] for w in scale if w in folded)
    return None


@dataclass(frozen=True)
class Guess:
    """What an unknown column holds: its kind, how to read it and why."""

    kind: str  # nominal, set, ordinal, count, amount, rate, date, empty
    reason: str
    separator: str | None = None
    order: tuple[str, ...] = ()
    levels: dict[str, str] = field(default_factory=dict)  # raw cell -> level, for ordinals
    notes: tuple[str, ...] = ()


_RATE_NAME = re.compile(r"%|\b(rate|share|percent|percentage|growth|margin|yoy|ratio)\b", re.I)
_AMOUNT_NAME = re.compile(
    r"revenue|amount|sales|\barr\b|\bmrr\b|budget|price|spend|cost|funding|turnover|value|umsatz|income",
    re.I,
)


def guess_kind(
    name: str, counts: dict[str, int], readable: dict[str, tuple], decimal: str = "."
) -> Guess:
    """Kind of an unknown column from its distinct cells.

    ``counts``: cell -> occurrences (known cells only). ``readable``: cell -> (number or None, date
    or None), as the macros read it. A number with few distinct values is still a number; banded
    text and known scales are ordinal; a date is a date only when nearly every cell is one.
    """
    total = sum(counts.values())
    if not total:
        return Guess("empty", "no value is known")

    def weight(cells):
        return sum(counts[c] for c in cells) / total

    bands = {c: b for c in counts if (b := read_band(c, decimal)) is not None}
    broken = {
        c: b
        for c in counts
        if c not in bands and (u := undo_excel(c)) and (b := read_band(u, decimal)) is not None
    }
    numbers = {c for c in counts if readable[c][0] is not None}
    dates = {c for c in counts if readable[c][1] is not None and c not in numbers}
    if bands and weight(bands) >= 0.3 and weight({*bands, *broken, *numbers}) >= 0.9:
        ends = {**bands, **broken}
        labels = {c: _band_label(ends[c]) for c in ends} | {c: c for c in numbers if c not in ends}
        position = {labels[c]: ends[c] for c in ends} | {
            c: (readable[c][0], readable[c][0]) for c in numbers if c not in ends
        }
        ordered = tuple(
            sorted(
                position,
                key=lambda label: (position[label][0] or 0, position[label][1] or float("inf")),
            )
        )
        notes = tuple(
            f"'{c}' in '{name}' is what Excel makes of '{undo_excel(c)}'; it is read so"
            for c in sorted(broken)
        )
        return Guess("ordinal", "bands of a number", order=ordered, levels=labels, notes=notes)
    if numbers and weight({*numbers, *bands, *broken}) >= 0.9:  # a few bands among numbers
        values = [readable[c][0] for c in numbers]
        marked = weight({c for c in numbers if "%" in c})
        if marked > 0.5 or (_RATE_NAME.search(name) and max(map(abs, values)) <= 1.5):
            return Guess("rate", "percent signs" if marked > 0.5 else "shares by name and size")
        if any(
            re.search(rf"[$€£¥]|\b({_CODES})\b", c, re.I) for c in list(numbers)[:500]
        ) or _AMOUNT_NAME.search(name):
            return Guess("amount", "money by sign or name")
        whole = all(float(v).is_integer() for v in values)
        return Guess("count" if whole else "amount", "whole numbers" if whole else "numbers")
    if weight(dates) >= 0.95:
        return Guess("date", "dates")
    if scale := ordinal_order(set(counts)):
        return Guess("ordinal", "a known scale", order=scale, levels={v: v for v in counts})
    if separator := find_separator(counts):
        return Guess(
            "set", f"several values in a cell, separated by {separator!r}", separator=separator
        )
    return Guess("nominal", "words")


def _band_label(band: tuple[float | None, float | None]) -> str:
    low, high = band
    if high is None:
        return f"{low:,.0f}+"
    return f"< {high:,.0f}" if low is None else f"{low:,.0f}-{high:,.0f}"
