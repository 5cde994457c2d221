import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icplib import tables, workbook
from icplib.problems import UserError
from icplib.tables import Artefact, Column, levels, must

TOY = Artefact(
    "01_toy",
    "company",
    "a toy",
    {
        "account_id": must("key", unique=True),
        "is_customer": "has bought",
        "n_won": "won deals",
        "revenue_amount": "revenue",
        "start_date": "first purchase",
        "tech_stack": Column("tools", "set"),
        "tier": levels("tier", "A", "B"),
    },
    open=True,
)


def toy():
    return pd.DataFrame(
        {
            "account_id": ["0012", "7"],
            "is_customer": [True, None],
            "n_won": [3, None],
            "revenue_amount": [1.5, np.nan],
            "start_date": pd.to_datetime(["2026-01-02", None]),
            "tech_stack": [("b", "a"), None],
            "tier": ["A", None],
            "has_app": [True, None],
            "n_offices": [2, 3],
            "langs": [["x"], []],
        }
    )


@pytest.fixture
def book(tmp_path, monkeypatch):
    folder = tmp_path / "data" / "acme"
    for quarter in ("2026Q1", "2026Q2"):
        (folder / "raw" / quarter).mkdir(parents=True)
        (folder / "raw" / quarter / "a.csv").write_text("Account ID\n1\n")
    (folder / "company.toml").write_text(
        'name = "Acme"\n[sources]\naccounts = "a.csv"\ndeals = "d.csv"\n'
    )
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setattr(
        workbook, "artefact", lambda name: TOY if name == "01_toy" else tables.artefact(name)
    )
    return workbook.Workbook("acme")


def test_what_is_written_is_what_is_read(book):
    written = book.write("01_toy", toy())
    read = book.read("01_toy")
    pd.testing.assert_frame_equal(written, read)
    assert read["account_id"].tolist() == ["0012", "7"]
    assert read["tech_stack"].tolist() == [("a", "b"), None] and read["langs"].tolist() == [
        ("x",),
        (),
    ]
    assert read["n_won"].dtype == "Int64" and read["has_app"].dtype == "boolean"


def test_same_table_same_bytes(book):
    book.write("01_toy", toy())
    first = book.path("01_toy").read_bytes()
    book.write("01_toy", toy())
    assert book.path("01_toy").read_bytes() == first


@given(
    st.lists(st.one_of(st.none(), st.sets(st.text(min_size=1, max_size=3)).map(tuple)), max_size=6)
)
def test_sets_survive_any_content(cells):
    values = tables._sets(pd.Series(cells, dtype=object))
    assert [v if v is None else set(v) for v in values] == [
        c if c is None else set(c) for c in cells
    ]


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda t: t.drop(columns="tier"), "lacks the column 'tier'"),
        (lambda t: t.assign(account_id="1"), "breaks its schema: '1' is there twice"),
        (lambda t: t.assign(n_won=-1), "breaks its schema: '-1' is less than 0"),
        (lambda t: t.assign(tier="Z"), "breaks its schema: 'Z' is none of A, B"),
        (lambda t: t.assign(revenue_amount="many"), "not a float"),
    ],
)
def test_a_broken_table_is_never_written(book, change, says):
    with pytest.raises(UserError, match=says):
        book.write("01_toy", change(toy()))
    assert not book.path("01_toy").exists()


def test_paths_and_quarters(book):
    assert str(book.quarter) == "2026Q2" and book.as_of == pd.Timestamp("2026-06-30")
    with pytest.raises(UserError, match="Run notebook 01"):
        book.read("01_toy")
    with pytest.raises(UserError, match="2024Q1 has no raw data.*2026Q1, 2026Q2"):
        _ = workbook.Workbook("acme", "2024Q1").raw
    with pytest.raises(UserError, match="Did you mean 'acme'"):
        workbook.Workbook("acne")
    with pytest.raises(UserError, match="Did you mean 'accounts'"):
        book.source("acounts")
    assert book.source("tickets") is None


def test_an_earlier_quarter_is_found_and_never_written(book, monkeypatch):
    assert book.previous() is None
    earlier = workbook.Workbook("acme", "2026Q1")
    earlier.write("01_toy", toy())
    monkeypatch.setattr(workbook, "artefact", lambda name: TOY)
    found = book.previous()
    assert str(found.quarter) == "2026Q1"
    with pytest.raises(UserError, match="never touched"):
        found.write("01_toy", toy())
    assert [str(w.quarter) for w in book.earlier()] == ["2026Q1"]


def test_rows_become_the_declared_table_whatever_they_leave_out():
    made = TOY.frame([{"n_won": 3, "account_id": "7"}, {"account_id": "8", "has_app": True}])
    assert list(made) == [*TOY.names, "has_app"]
    assert made["n_won"].tolist() == [3, pd.NA] and made["tech_stack"].isna().all()
    assert made.dtypes.astype(str)["start_date"] == "datetime64[us]"
    assert TOY.frame([]).equals(TOY.empty()) and TOY.empty().dtypes["n_won"] == "Int64"
    closed = Artefact("01_closed", "company", "a toy", TOY.declared)
    with pytest.raises(UserError, match="undeclared column 'n_wins'. Did you mean 'n_won'"):
        closed.frame([{"account_id": "7", "n_wins": 2}])
