"""What a question gets back, and tables that one can sort."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from icplib.charts.theme import Picture
from icplib.pages import Block
from icplib.workbook import Workbook


@dataclass(frozen=True)
class Answer:
    """A sentence, the table behind it, and a chart where one helps."""

    sentence: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    picture: Picture | None = field(default=None, repr=False)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        drawn = "" if self.picture is None else self.picture.svg
        table = self.table.to_html(index=False, na_rep="", border=0) if len(self.table) else ""
        html = f"<p>{escape(self.sentence)}</p>{table}{drawn}"
        return Block(Markup(html), str(self))._repr_mimebundle_()

    def __str__(self) -> str:
        table = self.table.to_string(index=False, na_rep="") if len(self.table) else ""
        return f"{self.sentence}\n\n{table}".strip()


def read(book: Workbook, name: str) -> Any:
    """An artefact, read and checked once for as long as its file is the same."""
    path = book.path(name)
    if not path.is_file():
        return book.read(name)  # which makes it or says what to do
    key = (path, path.stat().st_mtime_ns)
    if key not in _READ:
        _READ[key] = book.read(name)
    content = _READ[key]
    return content.copy() if isinstance(content, pd.DataFrame) else content


_READ: dict[tuple[Path, int], Any] = {}


def is_interactive() -> bool:
    """Whether a Jupyter server started this kernel: somebody can click, and it is no refresh."""
    is_run = bool(os.environ.get("ICP_BUILD_DATA") or os.environ.get("PYTEST_CURRENT_TEST"))
    return bool(os.environ.get("JPY_SESSION_NAME")) and not is_run


def show(frame: pd.DataFrame) -> Any:
    """The table to sort, filter, search and download in JupyterLab; elsewhere as it is."""
    if not is_interactive():
        return frame
    import itables

    itables.init_notebook_mode(all_interactive=False, connected=False)  # its script comes along
    return itables.show(frame, connected=False, buttons=["csvHtml5"], column_filters="header")
