"""The scorecard as SQL: one SELECT, one CASE per rule, quoting left to sqlglot.

NULL (and empty text) is "unknown" and has its own WHEN. Set columns are lists in the dialects that
have them; the ANSI file expects text with members between semicolons, as CRMs export multi-select
fields.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlglot
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
    Members of lists stand between semicolons; blanks and capitals do not matter.
    """

    names: Mapping[str, str]
    percents: frozenset[str] = frozenset()

    def select(self, card: Scorecard, source: str, keep: Iterable[str]) -> str:
        """The table with our names, units and spellings."""
        texts = {r.attribute: "level" for r in card.rules if r.kind == "level"}
        texts |= {k.attribute: "level" for k in card.knock_outs if k.op == "in"}
        texts |= {r.attribute: "member" for r in card.rules if r.kind == "member"}
        texts |= {k.attribute: "member" for k in card.knock_outs if k.op == "contains"}
        made = []
        for name in dict.fromkeys((*keep, *card.columns)):
            value = exp.to_identifier(self.names.get(name, name), True).sql()
            if name in texts:
                value = f"LOWER(TRIM({value}))"
            if texts.get(name) == "member":
                value = f"REPLACE({value}, ' ', '')"
            if name in self.percents:
                value = f"{value} / 100.0"
            made.append(f"{value} AS {_name(name)}")
        return f"SELECT {', '.join(made)} FROM {source}"

    @property
    def lines(self) -> list[str]:
        """What the file says of it."""
        told = [f'{name} = "{column}"' for name, column in self.names.items()]
        percent = ", ".join(sorted(self.percents)) or "none"
        return [
            f"Columns of the CRM: {'; '.join(told)}.",
            f"Whole percent, divided by 100 here: {percent}. Amounts are in company currency.",
            "Members of lists stand between semicolons; capitals and blanks do not matter.",
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
    source, mapped = exp.to_table(table.name).sql(), ""
    if table.columns:
        mapped = f"companies AS ({table.columns.select(card, source, table.keep)}), "
        source, card = "companies", _folded(card)
    writer = _Writer(card, table.has_texts(dialect), table.absent)
    names = [_name(n) for n in point_names(card)]
    given = [f"{writer.points(r)} AS {n}" for r, n in zip(card.rules, names, strict=True)]
    shown = ", ".join([*map(_name, table.keep), *given])
    statement = (
        f"WITH {mapped}pointed AS (SELECT {shown}, {writer.unknown_points()} AS unknown_points,"
        f" {writer.out_because()} AS out_because FROM {source}),"
        f" scored AS (SELECT *, {' + '.join(names) or 0} AS score,"
        " out_because <> '' AS is_knocked_out FROM pointed)"
        f" SELECT *, {_tier_case(card)} AS tier FROM scored"
    )
    # the library writes each dialect's own form of it
    made = sqlglot.parse_one(statement).sql(dialect=dialect or None, pretty=comments)
    return head + made + (";\n" if comments else "")


@dataclass(frozen=True)
class _Writer:
    """Expressions over one table of companies, where attributes may be ``absent``."""

    card: Scorecard
    sets_as_text: bool
    absent: frozenset[str]

    def unknown(self, attribute: str, is_text: bool) -> str:
        return unknown(attribute, is_text, attribute in self.card.never_zero)

    def points(self, rule: Rule) -> str:
        blank = rule.unknown.points
        if rule.attribute in self.absent:
            return str(blank)
        cases = [(self.unknown(rule.attribute, self.is_text(rule.kind)), blank)]
        cases += [(met(condition, self.sets_as_text), s.points) for condition, s in rule.branches]
        return _case(cases, rule.otherwise.points)

    def unknown_points(self) -> str:
        """What the unknown attributes of a company could give."""
        parts = []
        for attribute, most in self.card.stakes.items():
            kinds = {rule.kind for rule in self.card.rules if rule.attribute == attribute}
            is_text = any(self.is_text(kind) for kind in kinds)
            is_absent = attribute in self.absent
            case = _case([(self.unknown(attribute, is_text), most)], 0)
            parts.append(str(most) if is_absent else case)
        return " + ".join(parts) or "0"

    def out_because(self) -> str:
        """The words of the first knock-out that applies, or an empty text."""
        cases = []
        for rule in self.card.knock_outs:
            if rule.attribute not in self.absent:
                is_text = rule.op == "in" or (rule.op == "contains" and self.sets_as_text)
                is_known = f"NOT ({self.unknown(rule.attribute, is_text)})"
                is_out = f"{is_known} AND ({met(rule, self.sets_as_text)})"
                cases.append((is_out, _quoted(rule.words)))
        return _case(cases, "''") if cases else "''"

    def is_text(self, kind: str) -> bool:
        """Whether empty text says "unknown" in a column of this kind."""
        return kind == "level" or (kind == "member" and self.sets_as_text)


def _folded(card: Scorecard) -> Scorecard:
    """The card with levels and members as ``Columns`` writes values."""
    rules = tuple(
        rule.model_copy(
            update={
                "member": "".join(_small((rule.member,), True)),
                "segments": tuple(
                    s.model_copy(update={"values": _small(s.values)}) for s in rule.segments
                ),
            }
        )
        for rule in card.rules
    )
    outs = tuple(
        k.model_copy(update={"values": _small(k.values, k.op == "contains")})
        for k in card.knock_outs
    )
    return card.model_copy(update={"rules": rules, "knock_outs": outs})


def _small(values: Iterable[str], in_list: bool = False) -> tuple[str, ...]:
    small = (value.strip().lower() for value in values)
    return tuple(dict.fromkeys(v.replace(" ", "") if in_list else v for v in small))


def _case(cases: Iterable[tuple[str, int | str]], default: int | str) -> str:
    whens = " ".join(f"WHEN {test} THEN {value}" for test, value in cases)
    return f"CASE {whens} ELSE {default} END"


def _quoted(text: str) -> str:
    return exp.Literal.string(text).sql()


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


def _name(name: str) -> str:
    """Quoted only where it must be.

    Snowflake folds bare names to upper case, and quoted lower case would not be found.
    """
    is_plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name.upper() not in Tokenizer.KEYWORDS
    return exp.to_identifier(name, quoted=not is_plain).sql()


def unknown(attribute: str, is_text: bool, never_zero: bool = False) -> str:
    """Whether nothing is known: NULL, empty text, or a zero where there can be none."""
    column = _name(attribute)
    empty = f" OR {column} = ''" if is_text else ""
    return f"{column} IS NULL{empty}" + (f" OR {column} = 0" if never_zero else "")


def _has(attribute: str, member: str, sets_as_text: bool) -> str:
    column = _name(attribute)
    if not sets_as_text:
        return f"ARRAY_CONTAINS({column}, {_quoted(member)})"
    pattern = "%;" + re.sub(r"([%_\\])", r"\\\1", member) + ";%"
    return f"';' || {column} || ';' LIKE {_quoted(pattern)} ESCAPE '\\'"


def met(condition: Condition, sets_as_text: bool) -> str:
    """The condition on a known value."""
    column = _name(condition.attribute)
    if condition.op == "between":
        parts = [f"{column} {sign} {plain(end)}" for sign, end in condition.comparisons]
        return (" OR " if condition.negated else " AND ").join(parts)
    if condition.op == "in":
        inside = f"{column} IN ({', '.join(map(_quoted, condition.values))})"
    else:
        has = [_has(condition.attribute, m, sets_as_text) for m in condition.values]
        inside = " OR ".join(has)
    return f"NOT ({inside})" if condition.negated else inside


def _tier_case(card: Scorecard) -> str:
    reached = sorted((t for t in card.tiers if t.from_points), key=lambda t: -t.from_points)
    cases = [
        ("is_knocked_out", _quoted(OUT)),
        (f"unknown_points > {card.most_unknown}", _quoted(FEW)),
        *((f"score >= {tier.from_points}", _quoted(tier.name)) for tier in reached),
    ]
    return _case(cases, _quoted(card.lowest))


def _head(card: Scorecard, dialect: str, table: Table, sets_as_text: bool) -> str:
    sets = (
        "text with members between semicolons ('AWS;CRM', '(none)' = known to have none)"
        if sets_as_text
        else "lists of text"
    )
    lines = [
        f"Scorecard of {card.about}, in {dialect}.",
        f"Reads {table.name}: one row per company; needs {', '.join(card.columns)}.",
        (
            "NULL and empty text are unknown, and so is 0 of"
            f" {', '.join(card.never_zero) or 'nothing'}. Set columns are {sets}."
        ),
        *(table.columns.lines if table.columns else ["Levels are compared letter by letter."]),
    ]
    return "".join(f"-- {line}\n" for line in lines)
