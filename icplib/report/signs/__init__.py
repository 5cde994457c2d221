"""Signs and questions: what moved, since when, and what follows.

``watch`` holds the signs (one decorated function each), ``questions`` the two questions that the
verdict rests on, ``history`` the deals as each quarter could judge them, ``verdict`` the word,
``track`` what became of statements that earlier quarters called proven.
"""

import pandas as pd

from icplib.report.inputs import Inputs
from icplib.report.signs.history import History
from icplib.report.signs.questions import quarters, two_questions
from icplib.report.signs.track import record
from icplib.report.signs.verdict import fired, universe, unknown, verdict
from icplib.report.signs.watch import SIGNS, sign
from icplib.tables import artefact


def refresh_signs(inputs: Inputs) -> pd.DataFrame:
    """`06_signs`: every registered sign, in the order of registration."""
    history = History(inputs)
    rows = [{"sign": s.name, "label": s.label} | s.look(history) for s in SIGNS.values()]
    return artefact("06_signs").frame(rows)
