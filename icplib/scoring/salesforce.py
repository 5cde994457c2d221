"""The scorecard as Salesforce formula fields, with counters against the platform's limits.

Limits (Salesforce Help, "Formula field limits and restrictions"): 3,900 characters, 4,000 bytes as
saved, 15,000 bytes compiled (5,000 in older organisations). The compiled size is not known outside
Salesforce; the estimate here is rough and marked so. Splitting into helper fields mends the first
two limits, never the third: what a field refers to is compiled into it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from icplib.conditions import Condition
from icplib.tables.step_04 import KnockOut, Rule, Scorecard

MAX_CHARACTERS, MAX_BYTES, MAX_COMPILED = 3_900, 4_000, 15_000
NONE_VALUE = "(none)"
#: standard fields and their types; everything else is taken for a custom field of the type its rule
#: needs
STANDARD = {
    "industry": ("Industry", "picklist"),
    "n_employees": ("NumberOfEmployees", "number"),
    "annual_revenue_amount": ("AnnualRevenue", "number"),
    "country": ("BillingCountry", "text"),
    "state": ("BillingState", "text"),
    "city": ("BillingCity", "text"),
    "account_type": ("Type", "picklist"),
    "ownership": ("Ownership", "picklist"),
    "rating": ("Rating", "picklist"),
    "lead_source": ("AccountSource", "picklist"),
}
_TYPE_OF_RULE = {
    "number": "number",
    "level": "picklist",
    "member": "multipicklist",
    "gap": "text",
    "between": "number",
    "in": "picklist",
    "contains": "multipicklist",
}
TYPES = ("number", "picklist", "multipicklist", "text")


@dataclass(frozen=True)
class Formula:
    """One formula field: its API name, its return type and its text."""

    name: str
    returns: str
    text: str

    @property
    def n_characters(self) -> int:
        return len(self.text)

    @property
    def n_bytes(self) -> int:
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


def fields_of(card: Scorecard, overrides: Mapping[str, str] = {}) -> dict[str, tuple[str, str]]:
    """(API name, type) by attribute.

    ``overrides`` come from settings: "Field__c" or "Field__c:text".
    """
    out: dict[str, tuple[str, str]] = {}
    kinds = [(r.attribute, r.kind) for r in card.rules if r.kind != "gap"] + [
        (k.attribute, k.op) for k in card.knock_outs
    ]
    for attribute, kind in kinds + [(r.attribute, r.kind) for r in card.rules]:
        if attribute in out:
            continue
        guess = "".join(
            part.capitalize() + "_" for part in re.split(r"[^A-Za-z0-9]+", attribute) if part
        )[:38]
        name, kind = STANDARD.get(attribute, (guess + "_c", _TYPE_OF_RULE[kind]))
        if attribute in overrides:
            name, _, said = overrides[attribute].partition(":")
            kind = said or kind
        out[attribute] = (name, kind)
    return out


def build(card: Scorecard, overrides: Mapping[str, str] = {}) -> Build:
    """Score, tier and knock-out as formula fields, split into helper fields where one would be too
    long.

    Refuses (``refusal``) when the estimate of the compiled size is over the limit: helper fields do
    not shrink it.
    """
    fields = fields_of(card, overrides)
    terms = [_term(rule, *fields[rule.attribute]) for rule in card.rules]
    score = Formula("ICP_Score__c", "Number(3, 0)", "\n+ ".join(terms) or "0")
    formulas = [score] if score.fits else _helpers(terms)
    formulas.append(Formula("ICP_Tier__c", "Text", _tier(card)))
    if card.knock_outs:
        formulas.append(
            Formula(
                "ICP_Knock_Out__c",
                "Checkbox",
                _joined("OR", [_knock_out(k, *fields[k.attribute]) for k in card.knock_outs]),
            )
        )
    compiled = compiled_estimate(score.text)
    refusal = ""
    if compiled > MAX_COMPILED:
        refusal = (
            f"the compiled size is estimated at {compiled:,} bytes, over the limit of"
            f" {MAX_COMPILED:,}; helper fields do not shrink it. Lower score.max_attributes, or"
            " load prospects.csv into a number field instead"
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
        Formula(f"ICP_Points_{i}__c", "Number(3, 0)", "\n+ ".join(group))
        for i, group in enumerate(groups, start=1)
    ]
    return [*helpers, Formula("ICP_Score__c", "Number(3, 0)", " + ".join(h.name for h in helpers))]


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
    return format(Decimal(repr(float(x))).normalize(), "f")


def is_blank(field: str, kind: str) -> str:
    return f'ISPICKVAL({field}, "")' if kind == "picklist" else f"ISBLANK({field})"


def _term(rule: Rule, field: str, kind: str) -> str:
    inner = str(rule.otherwise.points)
    if rule.kind == "level":
        pairs = [
            f"{_quoted(value)}, {segment.points}"
            for condition, segment in rule.branches
            for value in condition.values
        ]
        inner = f"CASE({field}, {', '.join(pairs)}, {inner})" if pairs else inner
    else:
        for condition, segment in reversed(rule.branches):
            inner = f"IF({met(condition, field)}, {segment.points}, {inner})"
    return f"IF({is_blank(field, kind)}, {rule.unknown.points}, {inner})"


def _tier(card: Scorecard) -> str:
    text = _quoted(next((t.name for t in card.tiers if t.from_points == 0), "D"))
    for tier in sorted((t for t in card.tiers if t.from_points), key=lambda t: t.from_points):
        text = f"IF(ICP_Score__c >= {tier.from_points}, {_quoted(tier.name)}, {text})"
    return text


def _joined(function: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{function}({', '.join(parts)})"


def met(condition: Condition, field: str) -> str:
    """The condition on a field that is not blank."""
    if condition.op == "between":
        parts = [f"{field} {sign} {plain(end)}" for sign, end in condition.comparisons]
        return _joined("OR" if condition.negated else "AND", parts)
    if condition.op == "in":
        pairs = ", ".join(f"{_quoted(v)}, 1" for v in condition.values)
        return f"CASE({field}, {pairs}, 0) = {'0' if condition.negated else '1'}"
    inside = _joined("OR", [f"INCLUDES({field}, {_quoted(v)})" for v in condition.values])
    return f"NOT({inside})" if condition.negated else inside


def _knock_out(rule: KnockOut, field: str, kind: str) -> str:
    return f"AND(NOT({is_blank(field, kind)}), {met(rule, field)})"


def formula_text(card: Scorecard, overrides: Mapping[str, str] = {}) -> str:
    """The file for the administrator.

    What to make, in which order, the counters, and what to check.
    """
    made = build(card, overrides)
    fields = fields_of(card, overrides)
    lines = [
        (
            f"Salesforce formula fields for the scorecard of {card.company}, {card.quarter} (Setup"
            " > Object Manager > Account > Fields)."
        ),
        "",
        "Fields that are read (change them under [score.salesforce_fields] in company.toml):",
        *(f"  {attribute}: {name} ({kind})" for attribute, (name, kind) in fields.items()),
        (
            f"A blank field is unknown. In a multi-select field the value {NONE_VALUE} says that"
            " the company is known to have none."
        ),
        "Checkbox fields are never blank; picklist values are compared by their API name.",
        "",
        (
            f"Compiled size: about {made.compiled_estimate:,} of {MAX_COMPILED:,} bytes (rough"
            " estimate; older organisations allow 5,000; 'Check Syntax' in Salesforce tells the"
            " truth)."
        ),
    ]
    if made.refusal:
        return "\n".join([*lines, "", f"No formula: {made.refusal}.", ""])
    if any(f.name.startswith("ICP_Points_") for f in made.formulas):
        lines.append(
            "The score is split into helper fields because of its length. This does not shrink the"
            " compiled size."
        )
    for formula in made.formulas:
        lines += [
            "",
            (
                f"== {formula.name}  returns {formula.returns}  {formula.n_characters:,} of"
                f" {MAX_CHARACTERS:,} characters, {formula.n_bytes:,} of {MAX_BYTES:,} bytes"
            ),
            formula.text,
        ]
    return "\n".join(lines) + "\n"
