"""Replay an archived quarter.

Run its executed notebooks again with nbval, in a scratch folder, against the archived inputs.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import util
from pathlib import Path

from icplib import manifest
from icplib.problems import UserError
from icplib.refresh import STEPS
from icplib.workbook import Workbook, data_root, reports_root

LONGEST = 120  # characters of a line that is told


def verify(company: str, quarter: str = "", scenario: str = "") -> list[str]:
    """What came out differently, one line each, empty when all is identical.

    Hashes come first, in seconds: raw files, artefacts, pages and exports; where one of them was
    changed, nothing is replayed. The archived artefacts are not touched: the replay writes into a
    scratch copy. Raises UserError when there is nothing to replay or nbval (extra ``test``) is not
    installed.
    """
    book = Workbook(company, quarter, scenario)
    executed = [book.internal / "notebooks" / f"{step}.ipynb" for step in STEPS]
    absent = [path for path in executed if not path.is_file()]
    if absent:
        raise UserError(
            "there is no archived run to replay",
            file=absent[0],
            remedy=f"Run `icp refresh --company {company} --quarter {book.quarter}` first.",
        )
    if lines := manifest.changed(book):
        return lines
    if util.find_spec("nbval") is None:
        raise UserError(
            "verifying needs the package nbval",
            remedy='Install it with: pip install "icplib[test]".',
        )
    with tempfile.TemporaryDirectory(prefix="icp-verify-") as scratch:
        return _replay(book, executed, Path(scratch))


def _replay(book: Workbook, executed: list[Path], scratch: Path) -> list[str]:
    copy = scratch / "data" / book.company
    shutil.copytree(
        data_root() / book.company,
        copy,
        ignore=lambda _, names: [n for n in names if n.endswith(".unfinished")],
    )
    shutil.rmtree(copy / "processed" / book.label, ignore_errors=True)
    if (archived := reports_root() / book.company).is_dir():
        shutil.copytree(archived, scratch / "reports" / book.company)
    books = scratch / "notebooks"
    books.mkdir()
    for path in executed:
        shutil.copy(path, books)
    environment = {
        **os.environ,
        "ICP_DATA": str(scratch / "data"),
        "ICP_REPORTS": str(scratch / "reports"),
        "PYTHONHASHSEED": "0",
        "JPY_SESSION_NAME": "",
        "ICP_BUILD_DATA": "",
        "ICP_BUILD_REPORTS": "",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-cell-timeout=1200",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        str(books),
        *[str(books / p.name) for p in executed],
    ]
    done = subprocess.run(command, env=environment, cwd=books, capture_output=True, text=True)
    if done.returncode == 0:
        return []
    return _told(done.stdout + done.stderr)


def _told(output: str) -> list[str]:
    """A line for each cell that differs, from nbval's account."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", output)
    cells = re.findall(
        r"^_+ (\S+\.ipynb)::Cell (\d+) _+$(.*?)(?=^_+ \S+\.ipynb|^=+ )", text, flags=re.M | re.S
    )
    lines = [f"{name}, cell {cell}: {_difference(body)}" for name, cell, body in cells]
    return lines or [line for line in text.splitlines() if line.strip()][-5:]


def _difference(body: str) -> str:
    """The first line that differs; where the cell stopped instead, why."""
    said = [line.strip() for line in body.partition("Traceback:")[2].splitlines() if line.strip()]
    what = re.search(r"mismatch '(.+)'", body)
    if not what:
        return said[-1]
    was, now = (
        next((line[2:LONGEST] for line in said if line.startswith(sign)), "nothing")
        for sign in ("+ ", "- ")
    )
    return f"{what[1]} was {was} and is now {now}"
