"""The ledger of questions: ``questions.jsonl`` beside the company's data, one line a question.

It belongs to the company: a new kernel or another person goes on where the last one stopped.
Kernels of papermill and nbval begin with an empty one in scratch, so that a notebook runs twice
with the same bytes.
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from filelock import FileLock

from icplib import words
from icplib.ask.answers import is_interactive
from icplib.problems import UserError
from icplib.stats.looks import luck, next_level
from icplib.workbook import Workbook, is_kernel

FILE = "questions.jsonl"
HOLDS, LEAD, FEW = "holds up", "lead, not proof", "too few to say"
LEAD_P = 0.05


@dataclass(frozen=True)
class Line:
    """One question. about: what it was asked of; level: what it could spend; holds: it did."""

    quarter: str
    about: str
    question: str
    n: int
    p: float
    level: float
    holds: bool


@dataclass(frozen=True)
class Price:
    """What the ledger says of one question. luck: of what held, the share that chance explains."""

    number: int
    level: float
    luck: float
    verdict: str

    def sentence(self, p: float) -> str:
        """The verdict with its price."""
        number = f"your {words.ordinal(self.number)} question"
        if self.verdict == HOLDS:
            per_hundred = max(1, words.whole(100 * self.luck))
            return f"It holds up: {number}; {per_hundred} in 100 such findings would be luck."
        needs = f", as {number} it would have to be {words.tiny(self.level)} or less"
        said = f"{self.verdict}: p {words.p_value(p)}{needs if p > self.level else ''}"
        return words.sentence(said)


def path_of(book: Workbook) -> Path:
    """Where the questions about a company are counted."""
    folder = _scratch() / book.company if is_rehearsal() else book.folder
    folder.mkdir(parents=True, exist_ok=True)
    return folder / FILE


def is_rehearsal() -> bool:
    """A kernel that neither a Jupyter server nor an editor started: papermill, nbval."""
    if os.environ.get("ICP_BUILD_DATA"):
        return True
    is_edited = any(name.startswith("VSCODE_") for name in os.environ)
    return is_kernel() and not is_interactive() and not is_edited


def price(book: Workbook, line: Line, may_hold: bool) -> Price:
    """Count a question and say what it may claim; one asked before keeps its number and level.

    ``may_hold``: nothing but the ledger speaks against it (the scan's own price is paid).
    """
    path = path_of(book)
    with FileLock(str(path) + ".lock"):
        lines = read(path)
        same = (line.quarter, line.about, line.question)
        known = [i for i, a in enumerate(lines) if (a.quarter, a.about, a.question) == same]
        if not known:
            level = next_level([a.holds for a in lines])
            line = Line(**{**asdict(line), "level": level, "holds": may_hold and line.p <= level})
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
            known, lines = [len(lines)], [*lines, line]
    at = known[0]
    level, holds = lines[at].level, may_hold and line.p <= lines[at].level
    verdict = HOLDS if holds else LEAD if line.p <= LEAD_P else FEW
    return Price(at + 1, level, luck([a.holds for a in lines[: at + 1]]), verdict)


def read(path: Path) -> list[Line]:
    """All questions in the order in which they were asked; UserError for a line that is none."""
    lines = []
    texts = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for row, text in enumerate(texts, 1):
        try:
            lines.append(Line(**json.loads(text)))
        except (ValueError, TypeError):
            raise UserError(
                "this line is no question", file=path, row=row, remedy="Restore the file."
            ) from None
    return lines


@cache
def _scratch() -> Path:
    """An empty folder of this process; it is deleted when the process ends."""
    import atexit
    import shutil

    folder = Path(tempfile.mkdtemp(prefix="icp-questions-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
