"""The scorecard as SQL: one SELECT over a table of companies, one CASE per rule, quoting left to
sqlglot.

NULL (and empty text) is "unknown" and has its own WHEN. Set columns are lists in the dialects that
have them; the ANSI file expects text with members between semicolons, as CRMs export multi-select
fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from sqlglot import exp
from sqlglot.tokens import Tokenizer

from icplib.tables.step_04 import KnockOut, Rule, Scorecard

DIALECTS = {
    "": "ANSI",
    "postgres": "PostgreSQL",
    "snowflake": "Snowflake",
    "bigquery": "BigQuery",
    "duckdb": "DuckDB",
    "spark": "Spark",
}


def scorecard_sql(
    card: Scorecard,
    dialect: str = "",
    *,
    table: str = "accounts",
    keep: Iterable[str] = ("account_id",),
    sets_as_text: bool | None = None,
    absent: Iterable[str] = (),
    comments: bool = True,
) -> str:
    """SELECT with the ``keep`` columns, points by rule, score, tier and is_knocked_out for each row
    of ``table``.

    ``dialect``: a key of ``DIALECTS``. ``absent`` names attributes that the table lacks: they count
    as unknown. Text sets by default in the ANSI form only. Raises ``KeyError`` on another dialect.
    """
    name = DIALECTS[dialect]
    sets_as_text = dialect == "" if sets_as_text is None else sets_as_text
    absent = set(absent)
    names = point_names(card)
    given = [
        _points_case(rule, rule.attribute in absent, sets_as_text).as_(_identifier(n))
        for rule, n in zip(card.rules, names, strict=True)
    ]
    out = [_knock_out(k, sets_as_text) for k in card.knock_outs if k.attribute not in absent]
    is_out = (
        exp.Case(ifs=[exp.If(this=exp.or_(*out), true=exp.true())], default=exp.false())
        if out
        else exp.false()
    )
    kept = [exp.column(_identifier(column)) for column in keep]
    inner = exp.select(*kept, *given, is_out.as_("is_knocked_out")).from_(exp.to_table(table))
    total = exp.column(_identifier(names[0])) if names else exp.Literal.number("0")
    for other in names[1:]:
        total = exp.Add(this=total, expression=exp.column(_identifier(other)))
    pointed = exp.select("*", total.as_("score")).from_("pointed")
    final = (
        exp.select("*", _tier_case(card).as_("tier"))
        .from_("scored")
        .with_("pointed", as_=inner)
        .with_("scored", as_=pointed)
    )
    head = _head(card, name, table, sets_as_text) if comments else ""
    return head + final.sql(dialect=dialect or None, pretty=comments) + (";\n" if comments else "")


def point_names(card: Scorecard) -> list[str]:
    """Names of the points columns, one per rule, all different."""
    names: list[str] = []
    for rule in card.rules:
        middle = (
            f"_{re.sub(r'[^a-z0-9]+', '_', rule.member.lower()).strip('_')}"
            if rule.member
            else "_known"
            if rule.kind == "gap"
            else ""
        )
        name = f"{rule.attribute}{middle}_points"
        names.append(name if name not in names else f"{rule.attribute}_{len(names) + 1}_points")
    return names


def _identifier(name: str) -> exp.Identifier:
    """Quoted only where it must be.

    Snowflake folds bare names to upper case, and quoted lower case would not be found.
    """
    is_plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name.upper() not in Tokenizer.KEYWORDS
    return exp.to_identifier(name, quoted=not is_plain)


def _number(x: float) -> exp.Expression:
    text = format(Decimal(repr(float(x))).normalize(), "f")
    return (
        exp.Neg(this=exp.Literal.number(text[1:]))
        if text.startswith("-")
        else exp.Literal.number(text)
    )


def _column(attribute: str) -> exp.Column:
    return exp.column(_identifier(attribute))


def _unknown(attribute: str, is_text: bool) -> exp.Expression:
    is_null = exp.Is(this=_column(attribute), expression=exp.null())
    return (
        exp.or_(is_null, exp.EQ(this=_column(attribute), expression=exp.Literal.string("")))
        if is_text
        else is_null
    )


def _has(attribute: str, member: str, sets_as_text: bool) -> exp.Expression:
    if not sets_as_text:
        return exp.ArrayContains(this=_column(attribute), expression=exp.Literal.string(member))
    bound = exp.Literal.string(";")
    wrapped = exp.DPipe(
        this=exp.DPipe(this=bound, expression=_column(attribute)), expression=bound.copy()
    )
    pattern = "%;" + re.sub(r"([%_\\])", r"\\\1", member) + ";%"
    return exp.Escape(
        this=exp.Like(this=wrapped, expression=exp.Literal.string(pattern)),
        expression=exp.Literal.string("\\"),
    )


def _points_case(rule: Rule, is_absent: bool, sets_as_text: bool) -> exp.Expression:
    value = {s.kind: exp.Literal.number(str(s.points)) for s in rule.segments}
    if is_absent:
        return value["unknown"]
    is_text = rule.kind == "level" or (rule.kind == "member" and sets_as_text)
    cases = [exp.If(this=_unknown(rule.attribute, is_text), true=value["unknown"])]
    default = value["unknown"]
    if rule.kind == "number":
        *lower, last = rule.segments[:-1]
        for s in lower:
            below = exp.LT(this=_column(rule.attribute), expression=_number(s.high))
            cases.append(exp.If(this=below, true=exp.Literal.number(str(s.points))))
        default = exp.Literal.number(str(last.points))
    elif rule.kind == "level":
        for s in rule.segments:
            if s.kind == "levels":
                among = _column(rule.attribute).isin(*[exp.Literal.string(v) for v in s.values])
                cases.append(exp.If(this=among, true=exp.Literal.number(str(s.points))))
        default = value["other"]
    elif rule.kind == "member":
        cases.append(
            exp.If(this=_has(rule.attribute, rule.member, sets_as_text), true=value["holds"])
        )
        default = value["lacks"]
    else:
        default = value["known"]
    return exp.Case(ifs=cases, default=default)


def _knock_out(rule: KnockOut, sets_as_text: bool) -> exp.Expression:
    column = _column(rule.attribute)
    if rule.op == "between":
        ends = []
        if rule.low is not None:
            ends.append(exp.GTE(this=column.copy(), expression=_number(rule.low)))
        if rule.high is not None:
            compare = exp.LTE if rule.is_high_included else exp.LT
            ends.append(compare(this=column.copy(), expression=_number(rule.high)))
        inside = exp.and_(*ends) if ends else exp.true()
    elif rule.op == "in":
        inside = column.copy().isin(*[exp.Literal.string(v) for v in rule.values])
    else:
        inside = exp.or_(*[_has(rule.attribute, member, sets_as_text) for member in rule.values])
    inside = exp.not_(exp.paren(inside)) if rule.is_outside else exp.paren(inside)
    is_text = rule.op == "in" or (rule.op == "contains" and sets_as_text)
    return exp.paren(exp.and_(exp.not_(exp.paren(_unknown(rule.attribute, is_text))), inside))


def _tier_case(card: Scorecard) -> exp.Expression:
    reached = sorted((t for t in card.tiers if t.from_points), key=lambda t: -t.from_points)
    lowest = next((t.name for t in card.tiers if t.from_points == 0), "D")
    cases = [
        exp.If(
            this=exp.GTE(
                this=exp.column("score"), expression=exp.Literal.number(str(t.from_points))
            ),
            true=exp.Literal.string(t.name),
        )
        for t in reached
    ]
    return (
        exp.Case(ifs=cases, default=exp.Literal.string(lowest))
        if cases
        else exp.Literal.string(lowest)
    )


def _head(card: Scorecard, dialect: str, table: str, sets_as_text: bool) -> str:
    sets = (
        "text with members between semicolons ('AWS;CRM', '(none)' = known to have none)"
        if sets_as_text
        else "lists of text"
    )
    lines = [
        (
            f"Scorecard of {card.company}, {card.quarter}, schema version {card.schema_version},"
            f" {dialect}."
        ),
        (
            f"Reads {table}: one row per company; columns"
            f" {', '.join(dict.fromkeys(r.attribute for r in card.rules))}."
        ),
        (
            f"NULL and empty text are unknown. Set columns are {sets}. Levels are compared letter"
            " by letter."
        ),
    ]
    return "".join(f"-- {line}\n" for line in lines)
