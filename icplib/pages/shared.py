"""What may be shown follows from a column's declared sensitivity and the audience.

A page for everyone reads artefacts through ``Shared``: tables of people and of single companies do
not come through, nor does a column about them in a table of counts.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from icplib.problems import UserError
from icplib.tables import artefact


class Shared:
    """Artefacts as a page for everyone may read them: ``shared.table("04_tiers", "tier", "n")``."""

    def __init__(self, inputs: Any, least: int):
        self._inputs, self.least = inputs, least

    def table(self, name: str, *columns: str) -> pd.DataFrame:
        """These columns of a table; all that may be shown when none is named.

        Raises UserError for a column about people or single companies.
        """
        declared = artefact(name)
        allowed = {c.name for c in declared.columns if declared.sensitivity_of(c) == "aggregate"}
        for column in columns or ("",):
            if column not in allowed and (column or declared.sensitivity != "aggregate"):
                self._refuse(name, column)
        rows = self._inputs[name]
        return rows[list(columns) or [c for c in rows.columns if c in allowed]]

    def model(self, name: str) -> Any:
        """A JSON artefact that may be shown."""
        if artefact(name).sensitivity != "aggregate":
            self._refuse(name, "")
        return self._inputs[name]

    def _refuse(self, name: str, column: str) -> None:
        declared = artefact(name)
        kinds: Mapping[str, str] = {c.name: declared.sensitivity_of(c) for c in declared.columns}
        about = {"person": "people", "company": "single companies"}.get(
            kinds.get(column, declared.sensitivity), "no such column"
        )
        raise UserError(
            f"a page for everyone would show {name} ({about})",
            column=column or None,
            remedy="Show counts of them instead; what is declared in icplib/tables decides.",
        )
