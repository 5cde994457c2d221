"""Dates: the forms that systems write, each read or refused."""

import datetime as dt

import pytest

from cells_bed import read, settled
from icplib.problems import UserError

DAY = dt.date(2025, 3, 7)
FORMS = """
2025-03-07 | 2025-03-07T16:30:00Z | 2025-03-07T16:30:00.000+0000 | 2025-03-07 04:30 PM EST | 2025/3/7
3/7/2025, 4:30 PM | 3/7/2025, 4:30\u202fPM | 3/7/2025 16:30 | 03/07/25 04:30 PM | 16:30 03/07/2025 | 3/7/2025 4 PM
3/7/2025 12:00:00 a. m. | Fri, 07 Mar 2025 16:30:00 +0000 | Fri Mar 07 2025 16:30:00 GMT+0100 (CET)
Fri Mar  7 16:30:00 2025 | 07-MAR-2025 04.30.00.000000 PM | 07-Mar-25 | 7-Mar-2025 | Mar 7, 2025 | March 7th, 2025
Friday, March 7, 2025 | 2025 March 7 | 7. März 2025 | Fr., 7. März 2025 | 7 mars 2025 | vendredi 7 mars 2025
7 de marzo de 2025 | 7 de março de 2025 | sexta-feira, 7 de março de 2025 | 7 marzo 2025 | 7 maart 2025
vrijdag 7 maart 2025 | 7 marca 2025 | piątek, 7 marca 2025 | 2025年3月7日 | 2025年3月7日 16時30分 | 令和7年3月7日
2025. 03. 07. | 2025. 3. 7. 오후 4:30 | ３／７／２０２５ | 20250307 | 20250307163000 | 1741365000 | 1741365000000
1741365000000000 | 45723 | 45723.6875 | 7 Mar, 2025 16:30:00 | 07/Mar/2025
"""  # noqa: E501
CELLS = [cell.strip() for line in FORMS.strip().splitlines() for cell in line.split(" | ")]
MONTHS = {
    "January 2025": 1,
    "Februar 2025": 2,
    "févr. 2025": 2,
    "abril 2025": 4,
    "maggio 2025": 5,
    "juni 2025": 6,
    "lipiec 2025": 7,
    "août 2025": 8,
    "09/2025": 9,
    "2025-10": 10,
    "202511": 11,
    "Dez 2025": 12,
    "Q3 2025": 7,
    "2025-Q3": 7,
    "3. Quartal 2025": 7,
    "T3 2025": 7,
}
UNREAD = [
    "soon",
    "2024",
    "7",
    "Mar-25",
    "7-Mar",
    "31/02/2025",
    "2025-13-01",
    "2025-W10-5",
    "12:30",
    "Acme 2025",
    "2025-25-03",
]


def test_the_table_has_the_forms_that_were_promised():
    assert len(CELLS) + len(MONTHS) + len(UNREAD) > 70


@pytest.mark.parametrize("cell", CELLS)
def test_a_form_is_the_day_that_it_is(cell):
    assert read([cell], "date", date_order="mdy") == [DAY]


@pytest.mark.parametrize(
    "cell",
    [
        "07.03.2025",
        "07.03.2025 16.30",
        "7. 3. 2025",
        "07-03-25",
        "07.03.2025 16:30 Uhr",
        "7/3/2025",
    ],
)
def test_a_form_with_the_day_first(cell):
    assert read([cell, "25/03/2025"], "date") == [DAY, dt.date(2025, 3, 25)]


@pytest.mark.parametrize("cell, month", MONTHS.items())
def test_a_month_or_a_quarter_is_its_first_day(cell, month):
    assert read([cell], "date") == [dt.date(2025, month, 1)]


@pytest.mark.parametrize("cell", UNREAD)
def test_what_is_no_day_is_unknown_and_counted(cell):
    values, how = settled([cell, "2025-03-07"], "date")
    assert values == [None, DAY] and (how.n_unread, how.unread) == (1, (cell,))


def test_a_day_of_two_digits_of_a_year_in_its_declared_order():
    assert read(["25/12/31"], "date", date_order="ymd") == [dt.date(2025, 12, 31)]


def test_the_whole_column_proves_the_order_of_day_and_month():
    assert read(["1/2/2025", "31/1/2025"], "date") == [dt.date(2025, 2, 1), dt.date(2025, 1, 31)]
    assert read(["1/2/2025", "1/31/2025"], "date") == [dt.date(2025, 1, 2), dt.date(2025, 1, 31)]


def test_an_undecidable_order_is_an_error_that_shows_two_rows():
    with pytest.raises(UserError, match=r"row 1 '1/2/2025' and row 3 '3/4/2025'.*date_order"):
        read(["1/2/2025", "5/5/2025", "3/4/2025"], "date")
    with pytest.raises(UserError, match=r"row 2 '31/1/2025' and row 1 '1/31/2025'"):
        read(["1/31/2025", "31/1/2025"], "date")
    with pytest.raises(UserError, match='Declare date_order = "dmy"'):
        read(["31/1/2025", "1/2/2025"], "date", date_order="mdy")


@pytest.mark.parametrize("order, text", [("dmy", "{d:02}/02/2025"), ("mdy", "02/{d:02}/2025")])
def test_days_that_a_spreadsheet_swapped_are_refused_or_swapped_back(order, text):
    cells = [f"2025-{m:02}-{d:02} 00:00:00" for m, d in ((3, 7), (1, 2), (11, 12))]
    cells += [text.format(d=d) for d in (13, 25, 28)]
    with pytest.raises(UserError, match=f'swapped day and month.*date_order = "{order}"'):
        read(cells, "date")
    assert read(cells, "date", date_order=order)[0] == dt.date(2025, 7, 3)


def test_a_zone_decides_the_day_of_a_time_with_an_offset():
    cells = ["2025-03-06T23:30:00Z", "2025-03-07T08:00:00+09:00", "Thu, 06 Mar 2025 23:30:00 +0000"]
    assert read(cells, "date", time_zone="Asia/Tokyo") == [DAY] * 3
    assert read(cells, "date")[0] == dt.date(2025, 3, 6)
