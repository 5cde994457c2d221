"""One truth and one wording: every evaluator and every export gives a condition the same answer."""

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from icplib.conditions import About, Condition, in_words, of_limit, support_words
from icplib.icp import Criterion
from icplib.scoring import salesforce, sql
from icplib.scoring.hubspot import in_hubspot
from icplib.stats.conditions import met_of
from icplib.stats.groups import Attribute
from icplib.tables.step_04 import KnockOut
from salesforce_evaluator import Picklist, evaluate

LEVELS = ["fintech", "O'Reilly", 'the "best"', "50%_off", "日本", "true"]
ENDS = st.one_of(st.none(), st.integers(-9, 9).map(float), st.sampled_from([0.1, 2.5e9, -1e-3]))


@st.composite
def drawn(draw):
    op = draw(st.sampled_from(["in", "contains", "between"]))
    values = draw(st.lists(st.sampled_from(LEVELS), min_size=1, max_size=3, unique=True))
    given = {"values": tuple(values)} if op != "between" else {}
    if op == "between":
        given = {"low": draw(ENDS), "high": draw(ENDS)}
        given["low" if given["low"] is None and given["high"] is None else "op"] = (
            0.0 if given["low"] is None and given["high"] is None else op
        )
    return Condition(**{"attribute": "x", "op": op, "negated": draw(st.booleans())} | given)


def cells_of(condition):
    """Values on every border, and every gap."""
    if condition.op == "between":
        ends = [end for end in (condition.low, condition.high) if end is not None]
        around = [f(end) for end in ends for f in (below, float, above)]
        return pd.Series([None, np.nan, 0.0, -1e12, 1e12, *around], dtype="float64")
    if condition.op == "in":
        return pd.Series([None, np.nan, "", "never seen", *LEVELS], dtype="object")
    sets = [None, (), ("never seen",), tuple(LEVELS), *[(level,) for level in LEVELS]]
    cells = np.empty(len(sets), dtype=object)
    cells[:] = sets
    return pd.Series(cells)


def below(x):
    return float(np.nextafter(x, -np.inf))


def above(x):
    return float(np.nextafter(x, np.inf))


def plainly(condition, value):
    """The definition, said once more: True, False or None."""
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return None
    if condition.op == "between":
        hit = not (condition.low is not None and value < condition.low)
        hit = hit and not (condition.high is not None and value > condition.high)
    elif condition.op == "in":
        hit = value in condition.values
    else:
        hit = any(member in condition.values for member in value)
    return hit != condition.negated


def by_statistics(condition, cells):
    kind = {"between": "numeric", "in": "nominal", "contains": "set"}[condition.op]
    values = cells.replace("", None) if kind == "nominal" else cells
    values = values.where(values.notna(), None) if kind != "numeric" else values
    met, known = met_of(condition, Attribute("x", kind, values))
    return [bool(m) if k else None for m, k in zip(met, known, strict=True)]


def by_sql(condition, cells, as_text):
    as_text = as_text and condition.op == "contains"
    listed = condition.op == "contains" and not as_text
    kind = {"between": "DOUBLE", "in": "VARCHAR"}.get(condition.op, "VARCHAR[]")
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t (i INTEGER, x {kind if not as_text else 'VARCHAR'})")
        given = [in_table(v, listed, as_text) for v in cells]
        con.executemany("INSERT INTO t VALUES (?, ?)", list(enumerate(given)))
        is_text = condition.op == "in" or as_text
        is_unknown, met = sql.unknown(condition.attribute, is_text), sql.met(condition, as_text)
        case = sqlglot.parse_one(f"CASE WHEN {is_unknown} THEN NULL ELSE {met} END")
        rows = con.execute(f"SELECT {case.sql('duckdb')} FROM t ORDER BY i").fetchall()
    return [row[0] for row in rows]


def in_table(value, listed, as_text):
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if as_text:
        return ";".join(value) or "(none)"
    return list(value) if listed else value


def by_salesforce(condition, cells):
    field = {"between": "number", "in": "picklist", "contains": "multipicklist"}[condition.op]
    told = []
    for value in cells:
        value = None if isinstance(value, float) and np.isnan(value) else value
        if field == "picklist":
            value = Picklist(value) if value else None
        elif field == "multipicklist":
            value = None if value is None else tuple(value) or (salesforce.NONE_VALUE,)
        is_blank = evaluate(salesforce.is_blank("X__c", field), {"X__c": value})
        met = evaluate(salesforce.met(condition, "X__c", field), {"X__c": value})
        told.append(None if is_blank else bool(met))
    return told


def by_hubspot(condition, cells):
    """The criteria read as HubSpot reads them."""
    told = []
    for value in cells:
        if plainly(condition, value) is None:
            told.append(None)
            continue
        joiner, parts = "AND", in_hubspot(condition).split(" AND ")
        if condition.op == "between" and " OR " in in_hubspot(condition):
            joiner, parts = "OR", in_hubspot(condition).split(" OR ")
        hits = [hubspot_part(part, value) for part in parts]
        told.append(any(hits) if joiner == "OR" else all(hits))
    return told


def hubspot_part(part, value):
    for words, test in (
        ("is less than or equal to ", lambda a, b: a <= b),
        ("is greater than or equal to ", lambda a, b: a >= b),
        ("is less than ", lambda a, b: a < b),
        ("is greater than ", lambda a, b: a > b),
    ):
        if part.startswith(words):
            return test(value, float(part.removeprefix(words)))
    negated = part.startswith("is none of ")
    names = part.removeprefix("is none of ").removeprefix("is any of ").split("; ")
    members = {value} if isinstance(value, str) else set(value)
    return members.isdisjoint(names) == negated


@settings(max_examples=80, deadline=None)
@given(drawn())
def test_every_evaluator_and_every_export_gives_the_same_answer(condition):
    cells = cells_of(condition)
    told = [plainly(condition, value) for value in cells]
    met = condition.met(cells.to_frame("x"))
    assert [None if m is pd.NA else bool(m) for m in met] == told
    as_criterion = Criterion(**condition.model_dump(), label="X", words="x", verdict="holds up")
    as_knock_out = KnockOut(**condition.model_dump(), label="X", words="x", origin="limit")
    assert as_criterion.met(cells.to_frame("x")).equals(met)
    assert as_knock_out.met(cells.to_frame("x")).equals(met)
    assert by_statistics(condition, cells) == told
    assert by_sql(condition, cells, as_text=False) == told
    assert by_sql(condition, cells, as_text=True) == told
    assert by_salesforce(condition, cells) == told
    assert by_hubspot(condition, cells) == told


def test_a_negation_turns_known_values_round_and_leaves_gaps_alone():
    cells = pd.DataFrame({"x": [5.0, 29.0, 30.0, np.nan]})
    plenty = Condition(attribute="x", op="between", low=30)
    few = plenty.model_copy(update={"negated": True})
    assert few.met(cells).tolist() == [True, True, False, pd.NA]
    assert plenty.met(cells).tolist() == [False, False, True, pd.NA]
    assert plenty.met(cells.rename(columns={"x": "y"})).isna().all()


def test_dates_are_days_truth_values_are_words_and_what_is_no_list_is_unknown():
    day = pd.Timestamp("2020-06-01")
    dates = pd.DataFrame({"x": [day, day + pd.Timedelta(days=1), pd.NaT]})
    at = (day - pd.Timestamp("1970-01-01")).days
    assert Condition(attribute="x", op="between", high=at).met(dates).tolist() == [
        True,
        False,
        pd.NA,
    ]
    flags = pd.DataFrame({"x": pd.Series([True, False, None], dtype="boolean")})
    assert Condition(attribute="x", op="in", values=("true",)).met(flags).tolist() == [
        True,
        False,
        pd.NA,
    ]
    no_list = pd.DataFrame({"x": ["AWS"]})
    assert Condition(attribute="x", op="contains", values=("AWS",)).met(no_list).isna().all()


EMPLOYEES = About.of({"kind": "count", "label": "Employees", "unit": "employees"})
SEATS = About.of({"kind": "count", "label": "Size", "unit": "seats"})
REVENUE = About.of({"kind": "amount", "label": "Revenue", "unit": "company currency"}, "USD")
GROWTH = About.of({"kind": "rate", "label": "Growth", "unit": "share"})
FOUNDED = About.of({"kind": "count", "label": "Year founded", "attribute": "founded"})
STACK = About.of({"kind": "set", "label": "Stack", "unit": None})


@pytest.mark.parametrize(
    "about, given, words",
    [
        (EMPLOYEES, {"low": 200, "high": 1500}, "Employees: 200–1,500"),
        (EMPLOYEES, {"low": 200}, "Employees: 200 or more"),
        (EMPLOYEES, {"low": 200, "negated": True}, "Employees: below 200"),
        (EMPLOYEES, {"high": 200, "negated": True}, "Employees: above 200"),
        (EMPLOYEES, {"low": 5, "high": 200, "negated": True}, "Employees: outside 5–200"),
        (EMPLOYEES, {"low": -5, "high": 3}, "Employees: -5 to 3"),
        (SEATS, {"low": 30}, "Size: 30 or more seats"),
        (REVENUE, {"low": 20e6, "high": 200e6}, "Revenue: $20M–200M"),
        (REVENUE, {"high": 1.25e9}, "Revenue: up to $1.25B"),
        (GROWTH, {"low": 0.12, "high": 0.3}, "Growth: 12–30\xa0%"),
        (FOUNDED, {"low": 2003}, "Year founded: 2003 or more"),
        (STACK, {"op": "contains", "values": ("CRM", "AWS")}, "Stack: CRM or AWS"),
        (STACK, {"op": "contains", "values": ("CRM",), "negated": True}, "Stack: no CRM"),
        (STACK, {"op": "in", "values": ("x",), "negated": True}, "Stack: not x"),
    ],
)
def test_a_condition_in_words(about, given, words):
    assert in_words(Condition(**{"attribute": "x", "op": "between"} | given), about) == words


def test_adjoining_steps_and_how_far_an_end_could_lie():
    assert EMPLOYEES.step(None, 200) == "under 200" and EMPLOYEES.step(200, None) == "200 or more"
    assert EMPLOYEES.step(200, 1500) == "200 to under 1,500" and GROWTH.step(None, None) == "any"
    found = {"low": 212, "high": 1500, "low_support": (152, 333), "high_support": (None, 2511)}
    condition = Condition(attribute="x", op="between", **found)
    assert support_words(condition, EMPLOYEES) == "lower end 150–330, upper end 2,500 or none"
    assert support_words(Condition(attribute="x", op="in", values=("a",)), STACK) == ""
    assert of_limit("x", "set", ("a",), None, None).op == "contains"
    assert of_limit("x", "count", (), 5, np.inf) == Condition(attribute="x", op="between", low=5)
