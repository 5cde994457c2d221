"""Mistakes as people make them, put into finished exports.

Bands, separators, placeholders, duplicates, orphans, contradictions.

Which rows are hit depends on the row's id alone, so that the same mistake stands in every quarter.
"""

import hashlib
from collections.abc import Iterable

import pandas as pd

BANDS = ((1, 10), (11, 50), (51, 200), (201, 500), (501, 1000), (1001, 5000), (5001, 10000))
PLACEHOLDERS = ("None", "-", "unknown", "#N/A")
UNKNOWN_LEAVERS = (
    ("Old Mill Trading Co.", "3/14/2024", "Price"),
    ("Sunset Analytics Trial", "1/22/2025", "Low usage"),
)


def _hit(ids: Iterable, share: float, seed: int, kind: str) -> list[bool]:
    return [_number(f"{seed}/{kind}/{i}", 10_000) < 10_000 * share for i in ids]


def _number(text: str, below: int) -> int:
    """A number that depends on the text alone, each of 0 .. below-1 equally likely."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) % below


def _band(cell: str | None) -> str | None:
    if not cell:
        return cell
    for low, high in BANDS:
        if low <= int(cell) <= high:
            return f"{low}-{high}"
    return "10000+"


def _spoil_attributes(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    ids = table["Account ID"]
    size = table["Employees"]
    thousands = [f"{int(cell):,}" if cell else cell for cell in size]
    table["Employees"] = size.where(
        ~pd.Series(_hit(ids, 0.3, seed, "comma"), size.index), pd.Series(thousands, size.index)
    )
    banded = pd.Series([_band(cell) for cell in size], size.index)
    table["Employees"] = table["Employees"].where(
        ~pd.Series(_hit(ids, 0.015, seed, "band"), size.index), banded
    )
    for column in (
        "Bank",
        "Funding Stage",
        "Auditor",
        "Market Position",
        "Payroll Provider",
        "Industry",
    ):
        placeholder = PLACEHOLDERS[_number(column, len(PLACEHOLDERS))]
        table.loc[_hit(ids, 0.02 if column != "Industry" else 0.005, seed, column), column] = (
            placeholder
        )
    short = pd.Series(
        [
            f"{float(str(c).replace('$', '').replace(',', '')) / 1e6:.1f}M" if c else c
            for c in table["Annual Revenue"]
        ],
        table.index,
    )
    table["Annual Revenue"] = table["Annual Revenue"].where(
        ~pd.Series(_hit(ids, 0.01, seed, "millions"), table.index), short
    )
    table.loc[_hit(ids, 0.04, seed, "case"), "Industry"] = table["Industry"].str.upper()
    return table


def accounts(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Spoil attributes and add a few accounts a second time.

    Other id and spelling, same website, no history.
    """
    table = _spoil_attributes(table, seed)
    again = table[_hit(table["Account ID"], 0.012, seed, "duplicate")].copy()
    again["Account ID"] = again["Account ID"].str.replace("8d00000", "8d00001")
    again["Account Name"] = again["Account Name"].str.rsplit(" ", n=1).str[0].str.upper()
    again[["Customer Since", "Health Score", "NPS", "Renewal Date", "Customer Success Manager"]] = (
        ""
    )
    return pd.concat([table, again], ignore_index=True)


def is_forgotten(companies: Iterable, seed: int) -> list[bool]:
    """Companies that stay in the list of prospects although they bought."""
    return _hit(companies, 0.01, seed, "forgotten")


def prospects(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Prospects with the faults that typed attributes have."""
    return _spoil_attributes(table, seed)


def deals(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Deals of accounts that are in no file, and a few that closed before they were created."""
    ids = table["Opportunity ID"]
    table.loc[_hit(ids, 0.004, seed, "orphan"), "Account ID"] = "0018d00000ZZ9Z9"
    swapped = pd.Series(_hit(ids, 0.003, seed, "swap"), table.index) & (table["Closed"] == 1)
    table.loc[swapped, ["Created Date", "Close Date"]] = table.loc[
        swapped, ["Close Date", "Created Date"]
    ].to_numpy()
    table.loc[_hit(ids, 0.02, seed, "discount"), "Discount"] = ""
    return table


def churn(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The churn list of the success team.

    Names and dates typed by hand, two names known to nobody.
    """
    table = table.reset_index(drop=True)
    table.loc[:0, "Churn Date"] = table["Churn Date"].str.replace(
        r"/20(\d\d)$", r"/19\1", regex=True
    )  # the oldest entry, in the wrong century
    table["Account Name"] = [_retyped(name, seed) for name in table["Account Name"]]
    return pd.concat(
        [table, pd.DataFrame(UNKNOWN_LEAVERS, columns=table.columns)], ignore_index=True
    )


def _retyped(name: str, seed: int) -> str:
    stem, form = name.rsplit(" ", 1)
    ways = (
        name,
        f"{stem}, {form}",
        f"{stem.upper()}, {form.upper().rstrip('.')}",
        stem,
        f" {stem}  {form.lower()}",
        name.replace(".", ""),
    )
    return ways[_number(f"{seed}/{name}", len(ways))]
