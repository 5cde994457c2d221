"""How a run ends that comes to no result.

One sentence names step, cause, file and what to do. ``FAILED.html`` keeps it beside the report that
stands, which says in a banner that it is an older one. Nothing here may fail in turn: a disk on
which nothing can be written costs the page, never the sentence.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from icplib.manifest import without_banner
from icplib.problems import UserError, plain_line

PROBE = 1 << 20  # bytes that must find room
WRITES = "See that it is there, that this user may read and write it, and that the disk has room"
#: what the system says of a file, as it comes out of a notebook, too
OF_FILE = re.compile(r"(?:\[Errno \d+\] )?([^:\[\]]+)(?:: '([^']+)')?")
STOPPED = ("it was stopped by hand or by the system", "Run the refresh again")
#: an error's name or first words -> what happened, and what to do
KNOWN = {
    "DeadKernelError": (
        "the notebook's process was ended from outside, most often because memory ran out",
        "Close other programs, or take a machine with more memory",
    ),
    "MemoryError": ("memory ran out", "Close other programs, or take a machine with more memory"),
    "OutOfMemoryException": (
        "the engine needs more memory than it may use",
        "Raise memory_limit in company.toml, and see that the scratch folder has space",
    ),
    "KeyboardInterrupt": STOPPED,
    "Query interrupted": STOPPED,  # the engine's own word for it
    "Kernel didn't respond": (
        "the notebook's process did not start in five minutes",
        "Try again when the machine is less busy; `icp check` says what else is wrong",
    ),
    "Kernel died": (
        "the notebook's process did not start",
        "Install the workbook again: its Python is not whole",
    ),
}
OF_USERS = ("UserError", "UserErrors")


class StepFailed(Exception):
    """A step stopped: which, in which cell, why, and the file to open.

    ``by_user`` marks a mistake in the input.
    """

    def __init__(self, step: str, cell: int | str, cause: str, file: object, by_user: bool):
        self.step, self.cell, self.cause, self.file, self.by_user = step, cell, cause, file, by_user
        where = f"{step}, cell {cell}" if cell != "" else step
        super().__init__(f"{where}: {cause.rstrip('.')}. Open {file}")


def cause_of(name: str, text: str) -> str:
    """What ended a step, from the name of its error and its words: a cause and a remedy."""
    said = plain_line(text)
    for sign, (what, remedy) in KNOWN.items():
        if name == sign or said.startswith(sign):
            return f"{what}. {remedy}"
    if name in OF_USERS:
        return said
    found = (
        OF_FILE.fullmatch(said) if name.endswith("Error") and said.startswith("[Errno") else None
    )
    if found:
        return f"{found[2] or 'a file'} could not be used: {found[1].strip()}. {WRITES}"
    return f"{name}: {said}"


def sentence_of(error: BaseException) -> str:
    """What a command says of an error that is no mistake of its user."""
    name, text = type(error).__name__, str(error)
    cause = cause_of(name, text)
    if cause != f"{name}: {plain_line(text)}":
        return f"{cause}."
    return f"icp stopped at an error of its own ({cause}). --debug shows where; please report it."


def of_step(step: str, error: BaseException, notebook: Path) -> StepFailed:
    """The error of a step, of a cell of its notebook where papermill ran it, as what failed."""
    name, text, cell = type(error).__name__, str(error), ""
    if name == "PapermillExecutionError":
        name, text = error.ename, error.evalue  # type: ignore[attr-defined]
        cell = error.exec_count or error.cell_index  # type: ignore[attr-defined]
    return StepFailed(step, cell, cause_of(name, text), notebook, name in OF_USERS)


def leave(failed: StepFailed, home: Path, label: str) -> None:
    """FAILED.html in ``home``, and the banner on the report that stands there."""
    from icplib.report import page

    standing = home / "report.html"
    text = (
        f"The report in this folder is from an earlier run of {label}."
        if standing.is_file()
        else "There is no report of this quarter yet."
    )
    with contextlib.suppress(OSError, UserError):
        page.failure_page(
            home / "FAILED.html",
            step=failed.step,
            cell=str(failed.cell),
            cause=failed.cause,
            file=Path(str(failed.file)).name,
            standing=text,
        )
        if standing.is_file():
            _mark(standing, label)


def _mark(page: Path, label: str) -> None:
    banner = (
        f'<p class="stale"><strong>The newest run of {label} did not finish, see FAILED.html. This'
        " page is from an earlier run.</strong></p>"
    )
    text = without_banner(page.read_bytes()).decode()
    page.write_text(re.sub(r"(<body[^>]*>)", rf"\1{banner}", text, count=1), encoding="utf-8")


def unwritable(folder: Path) -> Iterator[UserError]:
    """Why a refresh could not write into ``folder``, found by writing there; nothing stays."""
    at = next(p for p in (folder, *folder.parents) if p.exists())
    probe = at / f".icp-{folder.name}.part"
    try:
        probe.write_bytes(bytes(PROBE))
    except OSError as error:
        yield UserError(f"cannot be written: {error.strerror}", file=folder, remedy=f"{WRITES}.")
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)
