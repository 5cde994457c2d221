"""What reading meets that it did not meet in the quarter before.

Fewer rows, columns gone, words that are new: found by check and by every run, and told at the head
of the pages.
"""

from __future__ import annotations

import pandas as pd

from icplib import words
from icplib.exports.ledger import WHOLE
from icplib.gather.desk import Desk
from icplib.gather.staging import Staged
from icplib.problems import UserError

FEWER = 0.3  # share of the rows that may be gone before it is told


def log_changes(desk: Desk) -> None:
    """Findings beside the account that the last complete quarter gives of its own reading."""
    if (past := desk.wb.previous()) is None:
        return
    try:
        before = {name: past.read(f"01_{name}") for name in ("sources", "columns", "readings")}
    except UserError:  # an account of another version: nothing can be compared
        return
    since = str(past.quarter)
    n_rows = before["sources"].set_index("source")["n_rows"]
    for name, s in desk.staged.items():
        if name in n_rows.index and pd.notna(n_rows[name]):
            _log_fewer(desk, s, int(n_rows[name]), since)
        columns = before["columns"]
        _log_gone(desk, s, columns[columns["source"] == name], since)
    _log_new_words(desk, before["readings"], since)


def _log_fewer(desk: Desk, s: Staged, n_before: int, since: str) -> None:
    n = s.report.n_rows
    if n > (1 - FEWER) * n_before:
        return
    done = f"{words.number(n)} rows, {words.number(n_before)} in {since}"
    decide = "export the whole history, and not the quarter alone"
    desk.ledger.found("fewer rows than last quarter", s.name, "", n_before - n, done, (), decide)
    fewer = words.share(1 - n / max(1, n_before))
    desk.ledger.heads.append(f"The {_plain(s.name)} have {fewer} fewer rows than in {since}.")


def _log_gone(desk: Desk, s: Staged, before: pd.DataFrame, since: str) -> None:
    used = before[before["maps_to"].notna() & ~before["column"].isin(s.report.columns)]
    gone = sorted(used.loc[~used["maps_to"].isin(list(s.mapped.columns)), "column"])
    decide = "export them again, or name the new headers under [sources.<name>.columns]"
    done = f"they were read in {since}: what rests on them is unknown now"
    listed = ", ".join(gone)
    desk.ledger.found(
        "columns gone since last quarter", s.name, listed, len(gone), done, (), decide
    )
    if gone:
        columns = words.plural(len(gone), "column")
        desk.ledger.heads.append(f"The {_plain(s.name)} lack {columns} that they had in {since}.")


def _log_new_words(desk: Desk, before: pd.DataFrame, since: str) -> None:
    known = before[before["value"] != WHOLE].groupby(["source", "column"])["value"].agg(set)
    rows = [r for r in desk.ledger.readings if r["value"] != WHOLE]
    for key, there in known.items():
        new = [r for r in rows if (r["source"], r["column"]) == key and r["value"] not in there]
        done = "; ".join(f"'{r['value']}' is read as {r['read_as']}" for r in new[:8])
        n = sum(r["n"] for r in new)
        desk.ledger.found("new words since last quarter", *key, n, f"not there in {since}: {done}")
        if new:
            desk.ledger.heads.append(
                f"The {_plain(key[0])} use {words.plural(len(new), 'word')} for a stage, status,"
                f" type or currency that they did not use in {since}."
            )


def _plain(source: str) -> str:
    return source.replace("_", " ")
