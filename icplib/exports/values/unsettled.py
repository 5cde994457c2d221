"""A column that can be read in two ways: what is the matter, the cells that show it, the line."""

from __future__ import annotations

from icplib.exports.rows import quoted
from icplib.problems import UserError


class Unsettled(Exception):
    """``what`` has {} where the cells are to stand; ``remedy`` is the line to write."""

    def __init__(self, what: str, cells, remedy: str):
        self.what, self.cells, self.remedy = what, list(dict.fromkeys(cells))[:2], remedy
        super().__init__(what)

    def told(self, file, column: str, con=None, relation: str = "") -> UserError:
        """The error for people; with a relation of the file's rows each cell bears its row."""
        rows = {cell: _row(con, relation, column, cell) for cell in self.cells} if con else {}
        shown = [f"row {rows[c]} {c[:80]!r}" if rows.get(c) else repr(c[:80]) for c in self.cells]
        row = next((rows[c] for c in self.cells if rows.get(c)), None)
        return UserError(
            self.what.format(" and ".join(shown)),
            file=file,
            column=column,
            row=row if len(self.cells) == 1 else None,
            remedy=self.remedy,
        )


def _row(con, relation: str, column: str, cell: str) -> int | None:
    """The first row whose cell is, or begins with, this text."""
    text = f"cast({quoted(column)} as varchar)"
    return con.execute(
        f"select min(r) from (select {text} as t, row_number() over () as r from"
        f" {quoted(relation)}) where starts_with(t, ?)",
        [cell],
    ).fetchall()[0][0]
