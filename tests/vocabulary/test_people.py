"""Titles, levels and roles: one way to read them, from gather to personas."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from icplib.exports.ledger import Ledger
from icplib.gather.quality import contact_table
from icplib.personas.engagement import roles_of_contacts
from icplib.vocabulary.people import (
    BUYING_ROLES,
    FUNCTIONS,
    LEADERS,
    SENIORITIES,
    UNKNOWN_ROLE,
    buying_role_of,
    by_authority,
    declared,
    function_of,
    generic_title,
    role_by_position,
    seniority_of,
)

TITLES = list(csv.DictReader(Path(__file__).with_name("titles.csv").open(encoding="utf-8")))


@pytest.mark.parametrize("row", TITLES, ids=lambda row: row["title"])
def test_a_title_gives_level_department_and_role(row):
    level, department = seniority_of(row["title"]), function_of(row["title"])
    assert (level or "", department or "") == (row["seniority"], row["function"])
    assert role_by_position(level, department) == row["role"]


def test_eighty_titles_and_every_level_among_them():
    assert len(TITLES) >= 80
    assert {row["seniority"] for row in TITLES} >= set(SENIORITIES)
    assert {row["function"] for row in TITLES} >= set(FUNCTIONS)


def contacts(titles, **columns):
    n = len(titles)
    table = pd.DataFrame({"contact_id": [f"c{i}" for i in range(n)], "title": titles})
    for name in ("account_id", "email", "created_date", "buying_role", "seniority", "function"):
        table[name] = columns.get(name, [None] * n)
    return contact_table(table, Ledger())


def test_what_gather_writes_is_what_personas_know():
    """Every level and every department that gather can write has the role its title has."""
    table = contacts([row["title"] for row in TITLES])
    assert set(table["seniority"].dropna()) == set(SENIORITIES)
    assert set(table["function"].dropna()) == set(FUNCTIONS)
    assert roles_of_contacts(table)["role"].tolist() == [row["role"] for row in TITLES]


@pytest.mark.parametrize("seniority", SENIORITIES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_pair_has_a_role_and_a_title(seniority, function):
    role = role_by_position(seniority, function)
    assert role in BUYING_ROLES or role == UNKNOWN_ROLE
    if seniority == "c_level":
        assert role != UNKNOWN_ROLE
    if seniority in LEADERS and function == "Data and analytics":
        assert role == "technical_buyer"
    assert function.lower() in generic_title(seniority, function)


def test_declared_words_beat_the_title():
    table = contacts(
        ["Wizard", "Data Analyst", "CFO"],
        seniority=["C-Suite", "VP-Level", "Guru"],
        function=["IT", "Finance Department", "Guild"],
    )
    assert table["seniority"].tolist() == ["c_level", "vp", "c_level"]
    assert table["function"].tolist() == ["Technology", "Finance", "Finance"]


@pytest.mark.parametrize("levels", [SENIORITIES, BUYING_ROLES], ids=["seniority", "role"])
def test_every_level_is_read_back_from_its_name_and_label(levels):
    for name, level in levels.items():
        assert declared(name, levels) == declared(level.label, levels) == name


@pytest.mark.parametrize(
    "words, role",
    [
        ("Economic Decision Maker", "economic_buyer"),
        ("BUDGET_HOLDER", "economic_buyer"),
        ("Legal & Compliance", "procurement"),
        ("Technical Evaluators", "technical_buyer"),
        ("Blocker", "other"),
        ("Friend", UNKNOWN_ROLE),
        (None, UNKNOWN_ROLE),
    ],
)
def test_words_of_crms(words, role):
    assert buying_role_of(words) == role


def test_order_of_authority():
    assert by_authority(["end_user", "unknown", "economic_buyer"])[0] == "economic_buyer"
