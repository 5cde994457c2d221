"""An evaluator of the part of Salesforce's formula language that the scorecard uses.

Written from its documentation, for tests.

IF, AND, OR, NOT, CASE, ISBLANK, ISPICKVAL, TEXT, INCLUDES, the operators + < <= > >= =, numbers,
text with backslash escapes, and fields. A record maps field names to a number, a text (picklist or
text), a tuple of texts (multi-select) or None (blank). Like the platform it refuses what a field's
type does not allow: a picklist outside CASE and ISPICKVAL, and so on.
"""

import re

TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<name>[A-Za-z_]\w*)|(?P<sign><=|>=|[-+<>=(),]))'
)


class Picklist(str):
    """A picklist value: not text."""


def evaluate(formula, record):
    """Value of ``formula`` for ``record``; raises ``ValueError`` on anything outside the subset."""
    tokens, at = [], 0
    formula = formula.strip()
    while at < len(formula):
        match = TOKEN.match(formula, at)
        if not match:
            raise ValueError(f"not a token: {formula[at : at + 20]!r}")
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    value, rest = _comparison(tokens, record)
    if rest:
        raise ValueError(f"left over: {rest[:3]}")
    return value


def _comparison(tokens, record):
    left, tokens = _sum(tokens, record)
    if tokens and tokens[0][1] in ("<", "<=", ">", ">=", "="):
        sign = tokens[0][1]
        right, tokens = _sum(tokens[1:], record)
        if isinstance(left, (Picklist, tuple)) or isinstance(right, (Picklist, tuple)):
            raise ValueError("a picklist cannot be compared")
        if left is None or right is None:
            return False, tokens
        value = {
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
            "=": left == right,
        }[sign]
        return value, tokens
    return left, tokens


def _sum(tokens, record):
    value, tokens = _atom(tokens, record)
    while tokens and tokens[0][1] in ("+", "-"):
        sign = tokens[0][1]
        other, tokens = _atom(tokens[1:], record)
        value = value + other if sign == "+" else value - other
    return value, tokens


def _atom(tokens, record):
    kind, word = tokens[0]
    if word == "-":
        value, tokens = _atom(tokens[1:], record)
        return -value, tokens
    if kind == "number":
        return float(word), tokens[1:]
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", word[1:-1]), tokens[1:]
    if word == "(":
        value, tokens = _comparison(tokens[1:], record)
        return value, tokens[1:]
    if len(tokens) > 1 and tokens[1][1] == "(":
        return _call(word, tokens[2:], record)
    if word in ("TRUE", "FALSE"):
        return word == "TRUE", tokens[1:]
    if word not in record:
        raise ValueError(f"no field {word}")
    return record[word], tokens[1:]


def _call(name, tokens, record):
    arguments = []
    while True:
        value, tokens = _comparison(tokens, record)
        arguments.append(value)
        sign, tokens = tokens[0][1], tokens[1:]
        if sign == ")":
            return _FUNCTIONS[name](*arguments), tokens


def _isblank(value):
    if isinstance(value, Picklist):
        raise ValueError("ISBLANK does not take a picklist")
    return value is None or value == "" or value == ()


def _ispickval(value, text):
    if not (value is None or isinstance(value, Picklist)):
        raise ValueError("ISPICKVAL takes a picklist")
    return (value or "") == text


def _text(value):
    if isinstance(value, (str, tuple)) and not isinstance(value, Picklist):
        raise ValueError("TEXT takes a number, a date or a picklist")
    return "" if value is None else str(value)


def _includes(value, text):
    if not (value is None or isinstance(value, tuple)) or not text.strip():
        raise ValueError("INCLUDES takes a multi-select field and a text that is not empty")
    return value is not None and text in value


def _case(value, *rest):
    for key, result in zip(rest[:-1:2], rest[1:-1:2], strict=True):
        if value == key:
            return result
    return rest[-1]


_FUNCTIONS = {
    "IF": lambda test, yes, no: yes if test else no,
    "AND": lambda *a: all(a),
    "OR": lambda *a: any(a),
    "NOT": lambda a: not a,
    "CASE": _case,
    "ISBLANK": _isblank,
    "ISPICKVAL": _ispickval,
    "TEXT": _text,
    "INCLUDES": _includes,
}
