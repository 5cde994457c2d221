"""The scorecard as SQL: one SELECT over a table of companies, one CASE per rule, quoting left to
sqlglot.

NULL (and empty text) is "unknown" and has its own WHEN. Set columns are lists in the dialects that
have them; the ANSI file expects text with members between semicolons, as CRMs export multi-select
fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import exp
from sqlglot.tokens import Tokenizer

from icplib.conditions import Condition
from icplib.scoring.salesforce import plain
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
    text = plain(x)
    return (
        exp.Neg(this=exp.Literal.number(text[1:]))
        if text.startswith("-")
        else exp.Literal.number(text)
    )


def _column(attribute: str) -> exp.Column:
    return exp.column(_identifier(attribute))


def unknown(attribute: str, is_text: bool) -> exp.Expression:
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
    blank = exp.Literal.number(str(rule.unknown.points))
    if is_absent:
        return blank
    is_text = rule.kind == "level" or (rule.kind == "member" and sets_as_text)
    cases = [exp.If(this=unknown(rule.attribute, is_text), true=blank)]
    cases += [
        exp.If(this=met(condition, sets_as_text), true=exp.Literal.number(str(segment.points)))
        for condition, segment in rule.branches
    ]
    return exp.Case(ifs=cases, default=exp.Literal.number(str(rule.otherwise.points)))


_SIGNS = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def met(condition: Condition, sets_as_text: bool) -> exp.Expression:
    """The condition on a known value."""
    if condition.op == "between":
        parts = [
            _SIGNS[sign](this=_column(condition.attribute), expression=_number(end))
            for sign, end in condition.comparisons
        ]
        return (exp.or_ if condition.negated else exp.and_)(*parts)
    if condition.op == "in":
        levels = [exp.Literal.string(v) for v in condition.values]
        inside: exp.Expression = _column(condition.attribute).isin(*levels)
    else:
        inside = exp.or_(*[_has(condition.attribute, m, sets_as_text) for m in condition.values])
    return exp.not_(exp.paren(inside)) if condition.negated else inside


def _knock_out(rule: KnockOut, sets_as_text: bool) -> exp.Expression:
    is_text = rule.op == "in" or (rule.op == "contains" and sets_as_text)
    is_known = exp.not_(exp.paren(unknown(rule.attribute, is_text)))
    return exp.paren(exp.and_(is_known, exp.paren(met(rule, sets_as_text))))


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
