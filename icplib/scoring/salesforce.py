"""The scorecard as Salesforce formula fields, with counters against the platform's limits.

Limits (Salesforce Help, "Formula field limits and restrictions"): 3,900 characters, 4,000 bytes as
saved, 15,000 bytes compiled (5,000 in older organisations). The compiled size is not known outside
Salesforce; the estimate here is rough and marked so. Splitting into helper fields mends the first
two limits, never the third: what a field refers to is compiled into it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from icplib import words
from icplib.conditions import Condition
from icplib.problems import UserError
from icplib.tables.step_04 import Rule, Scorecard
from icplib.vocabulary.judgements import FEW, OUT

MAX_CHARACTERS, MAX_BYTES, MAX_COMPILED = 3_900, 4_000, 15_000
NONE_VALUE, NUMBER = "(none)", "Number(3, 0)"
#: standard fields and their types; everything else is taken for a custom field of the type its rule
#: needs
STANDARD = {
    "industry": ("Industry", "picklist"),
    "n_employees": ("NumberOfEmployees", "number"),
    "annual_revenue_amount": ("AnnualRevenue", "currency"),
    "country": ("BillingCountry", "text"),
    "state": ("BillingState", "text"),
    "city": ("BillingCity", "text"),
    "account_type": ("Type", "picklist"),
    "ownership": ("Ownership", "picklist"),
    "rating": ("Rating", "picklist"),
    "lead_source": ("AccountSource", "picklist"),
}
_NUMBERS, _LEVELS, _LISTS = (
    ("number", "currency"),
    ("picklist", "text", "checkbox"),
    ("multipicklist",),
)
#: types of field that can carry a rule or a condition, the usual one first
CARRIES = {
    "number": _NUMBERS,
    "between": _NUMBERS,
    "level": _LEVELS,
    "in": _LEVELS,
    "member": _LISTS,
    "contains": _LISTS,
    "gap": ("text", *_NUMBERS, *_LEVELS, *_LISTS),
}


@dataclass(frozen=True)
class Formula:
    """One formula field: its API name, its return type and its text."""

    name: str
    returns: str
    text: str

    @property
    def n_characters(self) -> int:
        """Length as Salesforce counts it for the formula."""
        return len(self.text)

    @property
    def n_bytes(self) -> int:
        """Size of the text in UTF-8."""
        return len(self.text.encode())

    @property
    def fits(self) -> bool:
        """Within the limits of length (the compiled size is another matter)."""
        return self.n_characters <= MAX_CHARACTERS and self.n_bytes <= MAX_BYTES


@dataclass(frozen=True)
class Build:
    """All formula fields in the order in which they are made.

    ``refusal`` says why they cannot work, or is empty.
    """

    formulas: tuple[Formula, ...]
    compiled_estimate: int
    refusal: str = ""


def fields_of(
    card: Scorecard, overrides: Mapping[str, str] = MappingProxyType({})
) -> dict[str, tuple[str, str]]:
    """(API name, type) by attribute.

    ``overrides`` come from settings: "Field__c" or "Field__c:text".
    """
    out: dict[str, tuple[str, str]] = {}
    asked = [(r.attribute, r.kind) for r in card.rules if r.kind != "gap"]
    asked += [(k.attribute, k.op) for k in card.knock_outs]
    asked += [(r.attribute, r.kind) for r in card.rules if r.kind == "gap"]
    for attribute, kind in asked:
        if attribute not in out:
            parts = [part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", attribute) if part]
            guess = ("_".join(parts) + "_")[:38] + "_c"
            name, field = STANDARD.get(attribute, (guess, CARRIES[kind][0]))
            if attribute in overrides:
                name, _, said = overrides[attribute].partition(":")
                field = said or field
            out[attribute] = (name, field)
        name, field = out[attribute]
        if field not in CARRIES[kind] or (field == "checkbox" and not _is_yes_no(card, attribute)):
            raise UserError(
                f"'{attribute}' cannot be scored from {name}: a Salesforce formula has no"
                f" {kind} of a field of type {field}",
                file="company.toml",
                column="score.salesforce_fields",
                remedy=f"Name a field of type {words.listed(CARRIES[kind], last='or')}:"
                f' {attribute} = "{name}:{CARRIES[kind][0]}".',
            )
    return out


def _is_yes_no(card: Scorecard, attribute: str) -> bool:
    """Whether a checkbox could hold every level that the card names."""
    conditions = [c for r in card.rules if r.attribute == attribute for c, _ in r.branches]
    conditions += [k for k in card.knock_outs if k.attribute == attribute]
    return all(set(c.values) <= {"true", "false"} for c in conditions)


def build(card: Scorecard, overrides: Mapping[str, str] = MappingProxyType({})) -> Build:
    """Score, tier and knock-out as formula fields, helper fields where one would be too long.

    Refuses (``refusal``) when the estimate of the compiled size is over the limit: helper fields do
    not shrink it.
    """
    fields = fields_of(card, overrides)
    blank = {name: is_blank(*field, name in card.never_zero) for name, field in fields.items()}
    terms = [_term(rule, *fields[rule.attribute], blank[rule.attribute]) for rule in card.rules]
    score = Formula("ICP_Score__c", NUMBER, "\n+ ".join(terms) or "0")
    formulas = [score] if score.fits else _helpers(terms)
    few = [f"IF({blank[name]}, {most}, 0)" for name, most in card.stakes.items()]
    formulas.append(Formula("ICP_Unknown_Points__c", NUMBER, "\n+ ".join(few) or "0"))
    outs = [
        (f"AND(NOT({blank[k.attribute]}), {met(k, *fields[k.attribute])})", k.words)
        for k in card.knock_outs
    ]
    if outs:
        is_out = joined("OR", [test for test, _ in outs])
        formulas.append(Formula("ICP_Knock_Out__c", "Checkbox", is_out))
        reason = '""'
        for test, told in reversed(outs):
            reason = f"IF({test}, {_quoted(told)}, {reason})"
        because = Formula("ICP_Out_Because__c", "Text", reason)
        formulas += [because] if because.fits else []
    formulas.append(Formula("ICP_Tier__c", "Text", _tier(card)))
    compiled = compiled_estimate(score.text)
    refusal = ""
    if compiled > MAX_COMPILED:
        refusal = (
            f"the compiled size is estimated at {words.number(compiled)} bytes, over the limit of"
            f" {words.number(MAX_COMPILED)}; helper fields do not shrink it. Lower"
            " score.max_attributes, or load prospects.csv into a number field instead"
        )
    elif not all(f.fits for f in formulas):
        refusal = (
            "one attribute alone makes a formula that is too long: merge its levels in the CRM, or"
            " load prospects.csv instead"
        )
    return Build(tuple(formulas), compiled, refusal)


def _helpers(terms: list[str]) -> list[Formula]:
    """The terms in as few helper fields as will hold them, and the score as their sum."""
    groups: list[list[str]] = [[]]
    for term in terms:
        if groups[-1] and not Formula("", "", "\n+ ".join([*groups[-1], term])).fits:
            groups.append([])
        groups[-1].append(term)
    helpers = [
        Formula(f"ICP_Points_{i}__c", NUMBER, "\n+ ".join(group))
        for i, group in enumerate(groups, start=1)
    ]
    return [*helpers, Formula("ICP_Score__c", NUMBER, " + ".join(h.name for h in helpers))]


def compiled_estimate(text: str) -> int:
    """Rough bytes of the SQL behind a formula.

    Calls, field references and literals each cost what examples in the field show.
    """
    strings = re.findall(r'"(?:[^"\\]|\\.)*"', text)
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    calls = len(re.findall(r"\b[A-Z]+\(", bare))
    references = len(re.findall(r"\b[A-Za-z_]\w*\b(?!\()", bare))
    return (
        45 * calls
        + 40 * references
        + 12 * len(re.findall(r"\d+(?:\.\d+)?", bare))
        + sum(len(s.encode()) + 10 for s in strings)
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain(x: float) -> str:
    """A number as a literal, exact and without exponent."""
    return format(Decimal(repr(float(x))).normalize(), "f")


def is_blank(field: str, kind: str, never_zero: bool = False) -> str:
    """Whether nothing is known; a size of 0 is a blank that was read as zero."""
    if kind == "checkbox":
        return "FALSE"
    if kind == "picklist":
        return f'ISPICKVAL({field}, "")'
    return f"OR(ISBLANK({field}), {field} = 0)" if never_zero else f"ISBLANK({field})"


def _term(rule: Rule, field: str, kind: str, blank: str) -> str:
    inner = str(rule.otherwise.points)
    if rule.kind == "level" and kind != "checkbox":
        pairs = [
            f"{_quoted(value)}, {segment.points}"
            for condition, segment in rule.branches
            for value in condition.values
        ]
        inner = f"CASE({field}, {', '.join(pairs)}, {inner})" if pairs else inner
    else:
        for condition, segment in reversed(rule.branches):
            inner = f"IF({met(condition, field, kind)}, {segment.points}, {inner})"
    return f"IF({blank}, {rule.unknown.points}, {inner})"


def _tier(card: Scorecard) -> str:
    text = _quoted(card.lowest)
    for tier in sorted((t for t in card.tiers if t.from_points), key=lambda t: t.from_points):
        text = f"IF(ICP_Score__c >= {tier.from_points}, {_quoted(tier.name)}, {text})"
    text = f"IF(ICP_Unknown_Points__c > {card.most_unknown}, {_quoted(FEW)}, {text})"
    return f"IF(ICP_Knock_Out__c, {_quoted(OUT)}, {text})" if card.knock_outs else text


def joined(function: str, parts: list[str]) -> str:
    """Several tests under one function; one alone needs none."""
    return parts[0] if len(parts) == 1 else f"{function}({', '.join(parts)})"


def met(condition: Condition, field: str, kind: str = "") -> str:
    """The condition on a field that is not blank."""
    if kind == "checkbox":
        has = ("true" in condition.values, "false" in condition.values)
        text = {(True, True): "TRUE", (True, False): field, (False, True): f"NOT({field})"}
        inside = text.get(has, "FALSE")
        return f"NOT({inside})" if condition.negated else inside
    if condition.op == "between":
        parts = [f"{field} {sign} {plain(end)}" for sign, end in condition.comparisons]
        return joined("OR" if condition.negated else "AND", parts)
    if condition.op == "in":
        pairs = ", ".join(f"{_quoted(v)}, 1" for v in condition.values)
        return f"CASE({field}, {pairs}, 0) = {'0' if condition.negated else '1'}"
    inside = joined("OR", [f"INCLUDES({field}, {_quoted(v)})" for v in condition.values])
    return f"NOT({inside})" if condition.negated else inside


def formula_text(
    card: Scorecard,
    overrides: Mapping[str, str] = MappingProxyType({}),
    *,
    currency: str = "",
    zeroes: Iterable[str] = (),
) -> str:
    """The file for the administrator: how to make the fields, the counters, the formulas.

    ``zeroes`` says which accounts differ where blanks are treated as zeroes.
    """
    made, fields = build(card, overrides), fields_of(card, overrides)
    told = "".join(f"With blanks as zeroes: {line}\n" for line in zeroes)
    read = "".join(f"  {name}: {field} ({kind})\n" for name, (field, kind) in fields.items())
    has_money = any(kind == "currency" for _, kind in fields.values())
    text = f"""\
Salesforce formula fields for the scorecard of {card.about}.

How to make them, in the order below: Setup > Object Manager > Account > Fields &
Relationships > New > Formula, with the API name and the return type that stand above each
formula; paste the formula; then 'Check Syntax'. For every one of them choose under
'Blank Field Handling': 'Treat blank fields as blanks' (preselected is 'as zeroes').
{told}
Fields that are read (change them under [score.salesforce_fields] in company.toml):
{read}A blank field is unknown. In a multi-select field the value {NONE_VALUE} says that the
company is known to have none. Checkboxes are never blank; picklist values are compared by
their API name. A size of 0 counts as unknown.
{_MONEY.format(currency or "company currency") if has_money else ""}
Compiled size: about {words.number(made.compiled_estimate)} of {words.number(MAX_COMPILED)} bytes \
for the score (rough estimate; older organisations
allow 5,000; 'Check Syntax' tells the truth). Helper fields do not shrink it.
"""
    if made.refusal:
        return f"{text}\nNo formula: {made.refusal}.\n"
    for formula in made.formulas:
        text += (
            f"\n== {formula.name}  returns {formula.returns} "
            f" {words.number(formula.n_characters)} of {words.number(MAX_CHARACTERS)}"
            f" characters, {words.number(formula.n_bytes)} of {words.number(MAX_BYTES)} bytes\n"
            f"{formula.text}\n"
        )
    return text


_MONEY = """\
Limits of amounts are in {}. With several currencies a
formula reads an amount in the currency of the record: score from a number field that
holds the converted amount, or records in another currency get wrong points.
"""
