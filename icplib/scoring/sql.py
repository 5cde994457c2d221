"""The scorecard as SQL: one SELECT over a table of companies, one CASE per rule, quoting left to
sqlglot.

NULL (and empty text) is "unknown" and has its own WHEN. Set columns are lists in the dialects that
have them; the ANSI file expects text with members between semicolons, as CRMs export multi-select
fields.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp
from sqlglot.tokens import Tokenizer

from icplib.conditions import Condition
from icplib.scoring.salesforce import plain
from icplib.tables.step_04 import Rule, Scorecard
from icplib.vocabulary.judgements import FEW, OUT

DIALECTS = {
    "": "ANSI",
    "postgres": "PostgreSQL",
    "snowflake": "Snowflake",
    "bigquery": "BigQuery",
    "duckdb": "DuckDB",
    "spark": "Spark",
}


@dataclass(frozen=True)
class Columns:
    """How a CRM's own table calls and writes our attributes.

    ``names``: attribute -> column. ``percents``: kept as whole percent where ours are shares.
    Members of lists stand between semicolons; blanks around them and capitals do not matter.
    """

    names: Mapping[str, str]
    percents: frozenset[str] = frozenset()

    def select(self, card: Scorecard, source: exp.Table, keep: Iterable[str]) -> exp.Select:
        """The table with our names, units and spellings."""
        texts = {r.attribute: "level" for r in card.rules if r.kind == "level"}
        texts |= {k.attribute: "level" for k in card.knock_outs if k.op == "in"}
        texts |= {r.attribute: "member" for r in card.rules if r.kind == "member"}
        texts |= {k.attribute: "member" for k in card.knock_outs if k.op == "contains"}
        made = []
        for name in dict.fromkeys((*keep, *card.columns)):
            value: exp.Expression = exp.column(exp.to_identifier(self.names.get(name, name), True))
            if name in texts:
                value = exp.Lower(this=exp.Trim(this=value))
            if texts.get(name) == "member":
                for blank in ("; ", " ;"):
                    value = exp.func(
                        "REPLACE", value, exp.Literal.string(blank), exp.Literal.string(";")
                    )
            if name in self.percents:
                value = exp.Div(this=value, expression=exp.Literal.number("100.0"))
            made.append(value.as_(_identifier(name)))
        return exp.select(*made).from_(source)

    @property
    def lines(self) -> list[str]:
        """What the file says of it."""
        told = [f'{name} = "{column}"' for name, column in self.names.items()]
        percent = ", ".join(sorted(self.percents)) or "none"
        return [
            f"Columns of the CRM: {'; '.join(told)}.",
            f"Whole percent, divided by 100 here: {percent}. Amounts are in company currency.",
            "Members of lists stand between semicolons; capitals and blanks around do not matter.",
        ]


@dataclass(frozen=True)
class Table:
    """The table of companies: our 01_accounts, or the CRM's own with its ``columns``.

    ``keep``: columns shown beside the score. ``absent`` attributes count as unknown. Sets are text
    with members between semicolons (by default in the ANSI form, and in a CRM's table) or lists.
    """

    name: str = "accounts"
    keep: tuple[str, ...] = ("account_id",)
    sets_as_text: bool | None = None
    absent: frozenset[str] = frozenset()
    columns: Columns | None = None

    def has_texts(self, dialect: str) -> bool:
        """Whether sets are text."""
        return bool(self.columns) or (
            dialect == "" if self.sets_as_text is None else self.sets_as_text
        )


OURS = Table()


def scorecard_sql(
    card: Scorecard, dialect: str = "", table: Table = OURS, *, comments: bool = True
) -> str:
    """SELECT with points by rule, score, tier and why it is out for each row of ``table``.

    ``dialect``: a key of ``DIALECTS``. Raises ``KeyError`` on another one.
    """
    head = _head(card, DIALECTS[dialect], table, table.has_texts(dialect)) if comments else ""
    source = exp.to_table(table.name)
    final = exp.select("*", _tier_case(card).as_("tier")).from_("scored")
    if table.columns:
        mapped = table.columns.select(card, source, table.keep)
        final, source = final.with_("companies", as_=mapped), exp.to_table("companies")
        card = _folded(card)
    writer = _Writer(card, table.has_texts(dialect), table.absent)
    names = point_names(card)
    given = [
        writer.points(rule).as_(_identifier(n)) for rule, n in zip(card.rules, names, strict=True)
    ]
    inner = exp.select(
        *(exp.column(_identifier(column)) for column in table.keep),
        *given,
        writer.unknown_points().as_("unknown_points"),
        writer.out_because().as_("out_because"),
    ).from_(source)
    total = _sum([exp.column(_identifier(n)) for n in names])
    is_out = exp.column("out_because").neq(exp.Literal.string(""))
    pointed = exp.select("*", total.as_("score"), is_out.as_("is_knocked_out")).from_("pointed")
    final = final.with_("pointed", as_=inner).with_("scored", as_=pointed)
    return head + final.sql(dialect=dialect or None, pretty=comments) + (";\n" if comments else "")


@dataclass(frozen=True)
class _Writer:
    """Expressions over one table of companies, where attributes may be ``absent``."""

    card: Scorecard
    sets_as_text: bool
    absent: frozenset[str]

    def unknown(self, attribute: str, is_text: bool) -> exp.Expression:
        return unknown(attribute, is_text, attribute in self.card.never_zero)

    def points(self, rule: Rule) -> exp.Expression:
        blank = _whole(rule.unknown.points)
        if rule.attribute in self.absent:
            return blank
        cases = [exp.If(this=self.unknown(rule.attribute, self.is_text(rule.kind)), true=blank)]
        cases += [
            exp.If(this=met(condition, self.sets_as_text), true=_whole(segment.points))
            for condition, segment in rule.branches
        ]
        return exp.Case(ifs=cases, default=_whole(rule.otherwise.points))

    def unknown_points(self) -> exp.Expression:
        """What the unknown attributes of a company could give."""
        parts = []
        for attribute, most in self.card.stakes.items():
            kinds = {rule.kind for rule in self.card.rules if rule.attribute == attribute}
            is_text = any(self.is_text(kind) for kind in kinds)
            if attribute in self.absent:
                parts.append(_whole(most))
                continue
            case = exp.If(this=self.unknown(attribute, is_text), true=_whole(most))
            parts.append(exp.Case(ifs=[case], default=_whole(0)))
        return _sum(parts)

    def out_because(self) -> exp.Expression:
        """The words of the first knock-out that applies, or an empty text."""
        cases = []
        for rule in self.card.knock_outs:
            if rule.attribute in self.absent:
                continue
            is_text = rule.op == "in" or (rule.op == "contains" and self.sets_as_text)
            is_known = exp.not_(exp.paren(self.unknown(rule.attribute, is_text)))
            is_out = exp.and_(is_known, exp.paren(met(rule, self.sets_as_text)))
            cases.append(exp.If(this=is_out, true=exp.Literal.string(rule.words)))
        nothing = exp.Literal.string("")
        return exp.Case(ifs=cases, default=nothing) if cases else nothing

    def is_text(self, kind: str) -> bool:
        """Whether empty text says "unknown" in a column of this kind."""
        return kind == "level" or (kind == "member" and self.sets_as_text)


def _folded(card: Scorecard) -> Scorecard:
    """The card with levels and members in small letters, as ``Columns`` writes values."""

    def small(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value.strip().lower() for value in values))

    rules = tuple(
        rule.model_copy(
            update={
                "member": rule.member.strip().lower(),
                "segments": tuple(
                    s.model_copy(update={"values": small(s.values)}) for s in rule.segments
                ),
            }
        )
        for rule in card.rules
    )
    outs = tuple(k.model_copy(update={"values": small(k.values)}) for k in card.knock_outs)
    return card.model_copy(update={"rules": rules, "knock_outs": outs})


def _whole(points: int) -> exp.Expression:
    return exp.Literal.number(str(points))


def _sum(parts: list[exp.Expression]) -> exp.Expression:
    return reduce(lambda a, b: exp.Add(this=a, expression=b), parts) if parts else _whole(0)


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


def unknown(attribute: str, is_text: bool, never_zero: bool = False) -> exp.Expression:
    """Whether nothing is known: NULL, empty text, or a zero where there can be none."""
    is_null: exp.Expression = exp.Is(this=_column(attribute), expression=exp.null())
    if is_text:
        is_null = exp.or_(is_null, _column(attribute).eq(exp.Literal.string("")))
    return exp.or_(is_null, _column(attribute).eq(0)) if never_zero else is_null


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


def _tier_case(card: Scorecard) -> exp.Expression:
    reached = sorted((t for t in card.tiers if t.from_points), key=lambda t: -t.from_points)
    score, unknown_points = exp.column("score"), exp.column("unknown_points")
    is_few = exp.GT(this=unknown_points, expression=_whole(card.most_unknown))
    cases = [
        exp.If(this=exp.column("is_knocked_out"), true=exp.Literal.string(OUT)),
        exp.If(this=is_few, true=exp.Literal.string(FEW)),
    ] + [
        exp.If(
            this=exp.GTE(this=score.copy(), expression=_whole(tier.from_points)),
            true=exp.Literal.string(tier.name),
        )
        for tier in reached
    ]
    return exp.Case(ifs=cases, default=exp.Literal.string(card.lowest))


def _head(card: Scorecard, dialect: str, table: Table, sets_as_text: bool) -> str:
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
        f"Reads {table.name}: one row per company; needs {', '.join(card.columns)}.",
        (
            "NULL and empty text are unknown, and so is 0 of"
            f" {', '.join(card.never_zero) or 'nothing'}. Set columns are {sets}."
        ),
        *(table.columns.lines if table.columns else ["Levels are compared letter by letter."]),
    ]
    return "".join(f"-- {line}\n" for line in lines)
