"""When an interviewee withdraws.

Every other run that still holds them is built again without them, or erased.

An earlier quarter's outputs are never touched, with this one exception, which the law makes: a
withdrawal (``[personas] withdrawn`` in company.toml) leaves no trace of the person after the next
refresh, in no quarter, scenario, executed notebook or page. The raw exports are the company's own
and are not ours to change; delete the person there too.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from icplib.interviews.interviews import spellings
from icplib.interviews.presets import squeezed
from icplib.problems import UserError
from icplib.workbook import Workbook, data_root, reports_root

INTERVIEWS = "05_interviews.parquet"  # no other artefact holds somebody who is not in it


def forget(
    workbook: Workbook,
    check: Callable[[Workbook], object],
    build: Callable[[Workbook], object],
    say: Callable[[str], None],
) -> None:
    """Oldest first, ``build`` anew every run that holds somebody who withdrew, and say so.

    All but ``workbook``'s own.

    Where ``check`` finds that settings or raw files no longer allow it, and for what a failed run
    left behind, everything of the run is erased. An exception of ``build`` is passed on: no refresh
    comes to an end while a trace is left.
    """
    gone, touched = spellings(workbook.settings.personas.withdrawn), False
    for interviews in sorted(
        (data_root() / workbook.company / "processed").glob(f"*/{INTERVIEWS}")
    ):
        name = interviews.parent.name
        if name == workbook.label or not _holds(interviews, gone):
            continue
        quarter, _, scenario = name.partition("@")
        try:
            other = Workbook(workbook.company, quarter, scenario)
            check(other)
        except UserError as problem:
            _erase(workbook.company, name)
            say(
                f"{name} held an interviewee who withdrew and cannot be built again, so all of it"
                f" was erased: {problem.sentence}"
            )
        else:
            say(
                f"{name} holds an interviewee who withdrew and is built again without them; for no"
                " other reason is an earlier quarter touched"
            )
            build(other)
        touched = True
    if touched:
        say(
            f"What lies elsewhere is not reached: pages in other folders than {reports_root()},"
            " lists that were scored, mails and copies. Delete the person there by hand."
        )


def _holds(interviews: Path, gone: set[str]) -> bool:
    """Whether the run has an interview of somebody in ``gone``.

    Where the export names nobody, the interview's id stands for them.
    """
    if not gone or not interviews.is_file():
        return False
    table = pd.read_parquet(interviews, columns=["person_id", "interview_id"])
    return bool(table["person_id"].fillna(table["interview_id"]).map(squeezed).isin(gone).any())


def _erase(company: str, name: str) -> None:
    for root in (data_root() / company / "processed", reports_root() / company):
        for folder in (root / name, root / f"{name}.unfinished"):
            shutil.rmtree(folder, ignore_errors=True)
