"""Companies of a new list that are known already, by id, by domain and by name."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from icplib.exports.alike import clean_domain, clean_name

#: how a company is recognised, the surest first
KEYS = {"account_id": str.strip, "domain": clean_domain, "account_name": clean_name}


class Known:
    """01_accounts by every key, and the rows of the list that were seen so far."""

    def __init__(self, accounts: pd.DataFrame) -> None:
        """``accounts``: 01_accounts; where two share a key, it tells neither apart from the other."""  # noqa: E501
        self.accounts = accounts.reset_index(drop=True)
        self.place = {name: dict(_alone(self.accounts, name)) for name in KEYS}
        self.first: dict[tuple[str, str], int] = {}
        self.n_read = 0

    def find(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Of each row of the list: known_as, is_customer, has_open, duplicate_of (a row number).

        ``rows`` has those of the columns of ``KEYS`` that the list has, as text.
        """
        keys = {name: list(_keys(rows[name], name)) for name in KEYS if name in rows}
        at = np.full(len(rows), -1)
        double = np.zeros(len(rows), dtype=int)
        for i in range(len(rows)):
            number = self.n_read + i + 1
            mine = [(name, column[i]) for name, column in keys.items() if column[i]]
            double[i] = min((self.first.get(key, 0) or number for key in mine), default=number)
            double[i] = 0 if double[i] == number else double[i]
            for key in mine:
                self.first.setdefault(key, number)
            at[i] = next((p for n, k in mine if (p := self.place[n].get(k)) is not None), -1)
        self.n_read += len(rows)
        is_known = at >= 0
        found = self.accounts.iloc[np.where(is_known, at, 0)].set_index(rows.index)
        return pd.DataFrame(
            {
                "known_as": found["account_id"].astype(object).where(is_known, ""),
                "is_customer": found["is_customer"].fillna(False).astype(bool) & is_known,
                "has_open": (found["n_open"] > 0).fillna(False).astype(bool) & is_known,
                "duplicate_of": [f"row {n}" if n else "" for n in double],
            },
            index=rows.index,
        )


def _keys(cells: pd.Series, name: str) -> Iterator[str]:
    return ("" if pd.isna(cell) else KEYS[name](str(cell)) for cell in cells)


def _alone(accounts: pd.DataFrame, name: str) -> Iterator[tuple[str, int]]:
    keys = pd.Series(list(_keys(accounts[name], name)), dtype=object)
    alone = keys[(keys != "") & ~keys.duplicated(keep=False)]
    return zip(alone, alone.index, strict=True)
