"""One form of everything that is written: the table of the docstring, and its ends."""

import re

import pytest

from icplib import words

N = words.NBSP


@pytest.mark.parametrize(
    "got, want",
    [
        (words.share(0.57), f"57{N}%"),
        (words.k_of_n(12, 85), "12 of 85"),
        (words.k_of_n(1200, 8500), "1,200 of 8,500"),
        (words.number(1500), "1,500"),
        (words.number(12.5), "12.5"),
        (words.number(2019, is_year=True), "2019"),
        (words.money(12_345, "USD"), "$12.3k"),
        (words.money(4_600_000, "USD"), "$4.6M"),
        (words.money(1_200_000_000, "EUR"), "€1.2B"),
        (words.money(1_250_000_000, "USD"), "$1.25B"),
        (words.money(999_999, "USD"), "$1M"),
        (words.money(850, "PLN"), f"850{N}PLN"),
        (words.money(-1500, "USD"), "-$1.5k"),
        (words.money(0, "USD"), "$0"),
        (words.ratio(1.7), "1.7x"),
        (words.ratio(12.2), "12x"),
        (words.ratio(float("inf")), "unbounded"),
        (words.days(92.4), f"92{N}days"),
        (words.days(1), f"1{N}day"),
        (words.p_value(0.03), ".03"),
        (words.p_value(0.0041), ".004"),
        (words.p_value(0.0001), f"<{N}.001"),
        (words.p_value(1), "1.00"),
        (words.coefficient(0.743), ".74"),
        (words.coefficient(-0.2), "-.20"),
        (words.between(200, 1500, "count"), "200–1,500"),
        (words.between(2e7, 2e8, "amount", "USD"), "$20M–200M"),
        (words.between(2e7, 2e8, "amount", "PLN"), f"20M–200M{N}PLN"),
        (words.between(0.12, 0.3, "rate"), f"12–30{N}%"),
        (words.between(1.5, 1.8, "ratio"), "1.5–1.8x"),
        (words.between(-5, 3, "number"), "-5 to 3"),
        (words.between(30, None, "count"), "30 or more"),
        (words.between(float("-inf"), 40, "count"), "up to 40"),
        (words.between(None, None, "count"), "any"),
        (words.between(7, 7, "count"), "7"),
        (words.date("2026-09-30"), f"30{N}September 2026"),
        (words.day("2026-09-30"), "2026-09-30"),
        (words.day(20726), "2026-09-30"),
        (words.month("2026-09-30"), "September 2026"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.listed(["a", "b"], "or"), "a or b"),
        (words.listed(["a"]), "a"),
        (words.listed([]), ""),
        (words.listed("abcde", most=2), "a, b and 3 more"),
        (words.plural(1, "flag"), "1 flag"),
        (words.plural(3, "company", "companies"), "3 companies"),
        (words.share(None), words.DASH),
        (words.money(float("nan"), "USD"), words.DASH),
        (words.digits(0.000123), "0.000123"),
        (words.digits(99999), "100,000"),
    ],
)
def test_the_form_of_each_thing(got, want):
    assert got == want


def test_the_table_of_forms_is_what_is_written():
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| ``(\w+\(.*?\))``", words.__doc__, re.M)
    assert len(rows) >= 14
    for forms, call in rows:
        if "day)" not in call:
            got = eval(f"words.{call}").replace(N, " ")  # noqa: S307 - the docstring's own examples
            assert got in forms.replace("; ", ", ").split(", ") or got == forms, (call, got)


def test_places_in_a_row_and_tiny_levels():
    assert [words.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112, 1001)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "112th",
        "1,001st",
    ]
    assert [words.tiny(x) for x in (0.00134, 0.00029, 0.05, 0.0000123)] == [
        ".0013",
        ".00029",
        ".05",
        "1e-05",
    ]
