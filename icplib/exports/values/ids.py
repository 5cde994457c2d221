"""Ids: one normal form to compare them in, and what a spreadsheet makes of them.

Compared are: without ="...", apostrophe, zero-width signs and a trailing .0; Salesforce's 18 signs
without their check sum; GUIDs without braces and case; digits without leading zeros and thousands
signs. Case counts everywhere else.
"""

from __future__ import annotations

from icplib.exports.rows import literal, quoted
from icplib.exports.values.placeholders import BLANKS, UNSEEN
from icplib.exports.values.unsettled import Unsettled

_SCIENTIFIC = r"[0-9]([.,][0-9]+)?[eE]\+[0-9]{1,3}"
_ROUNDED = r"[1-9][0-9]{14}0+"  # 15 digits are all that a spreadsheet keeps of a number
_GUID = r"\{?[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
FEW_ROUNDED = 3  # so many numbers that all end in zeros are no accident


def _check_sum() -> str:
    """SQL of the three signs that Salesforce puts behind an id.

    Which of its letters are capitals.
    """
    signs = []
    for chunk in range(3):
        bits = " + ".join(
            f"case when substr(s, {5 * chunk + i + 1}, 1) between 'A' and 'Z' then {2**i} else"
            " 0 end"
            for i in range(5)
        )
        signs.append(f"substr('{_ALPHABET}', 1 + {bits}, 1)")
    return " || ".join(signs)


MACROS = f"""
create or replace temp macro icp_bare_id(s) as
  regexp_replace(trim(translate(s, {literal(UNSEEN + BLANKS)}, ''), E' \\t\\r\\n'),
    '^="?([^"]*)"?$|^''(.*)$|^"([^"]*)"$', '\\1\\2\\3');
create or replace temp macro icp_salesforce(s) as
  case when {_check_sum()} = substr(s, 16, 3) then substr(s, 1, 15) else s end;
create or replace temp macro icp_compared(s) as case
  when regexp_full_match(s, '[0-9][0-9.,]*') then
    case when regexp_full_match(s, '[0-9]+(\\.0+)?|[0-9]{{1,3}}([.,][0-9]{{3}})+')
    then coalesce(nullif(ltrim(replace(replace(regexp_replace(s, '\\.0{{1,2}}$', ''), ',', ''), '.', ''), '0'), ''), '0') else s end
  when length(s) = 18 and regexp_full_match(s, '[0-9A-Za-z]{{15}}[A-Z0-5]{{3}}') then icp_salesforce(s)
  when regexp_full_match(s, {literal(_GUID)}) then lower(trim(s, '{{}}'))
  else s end;
"""  # noqa: E501


def settle(con, relation: str, cell: str) -> None:
    """Raises Unsettled where a spreadsheet has spoilt the ids of a column.

    ``cell``: SQL of its text.
    """
    scientific, shown, long, rounded, round_shown, other = con.execute(
        "select count(*) filter (sci), min(c) filter (sci), count(*) filter (length(c) > 15 and"
        " d), count(*) filter (zeros), min(c) filter (zeros), max(c) filter (sci or zeros) from"
        f" (select {cell} as c, regexp_full_match({cell}, {literal(_SCIENTIFIC)}) as sci,"
        f" regexp_full_match({cell}, {literal(_ROUNDED)}) as zeros, regexp_full_match({cell},"
        f" '[0-9]+') as d from {quoted(relation)} where {cell} is not null and {cell} <> '')"
    ).fetchall()[0]
    if scientific:
        raise Unsettled(
            f"a spreadsheet has turned {scientific} ids into numbers in scientific notation, their"
            " last digits are gone: {}",
            [shown, other],
            "Export the file again and do not save it from a spreadsheet, or let it import this"
            " column as text.",
        )
    if rounded >= FEW_ROUNDED and rounded == long:
        raise Unsettled(
            f"all {rounded} ids of more than 15 digits end in zeros: a spreadsheet has rounded"
            " them: {}",
            [round_shown, other],
            "Export the file again and do not save it from a spreadsheet, or let it import this"
            " column as text.",
        )


KNOWN = "known ids"
EMPTY = f"create temp table if not exists {quoted(KNOWN)} (compared varchar, given varchar)"


def remember(con, relation: str, column: str) -> None:
    """Ids of a list of companies, as they are given and in the form in which they are compared."""
    con.execute(EMPTY)
    con.execute(
        f"insert into {quoted(KNOWN)} select distinct icp_compared({column}), {column} from"
        f" {quoted(relation)} where {column} is not null"
    )


def as_given(con, relation: str, value: str, table: str) -> list[tuple[str, str, int]]:
    """Ids written otherwise than the companies' own: (written, as the company has it, rows).

    Where there are any, ``table`` holds them.

    Only ids that no company bears as they are written are looked up, and only those whose compared
    form one company alone has.
    """
    con.execute(EMPTY)
    con.execute(
        f"create or replace temp table {quoted(table)} as with missing as (select {value} as"
        f" written, count(*) as n from {quoted(relation)} where {value} is not null and {value} not"
        f" in (select given from {quoted(KNOWN)}) group by 1), own as (select compared, min(given)"
        f" as given from {quoted(KNOWN)} group by 1 having count(distinct given) = 1) select"
        " written, given, n from missing join own on own.compared = icp_compared(missing.written)"
    )
    return con.execute(f"select * from {quoted(table)} order by written").fetchall()
