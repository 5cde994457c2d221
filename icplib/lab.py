"""``icp lab``: the notebooks in JupyterLab, with the folders that the command line uses."""

import os
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

from icplib.problems import UserError
from icplib.workbook import NOTEBOOKS, ROOT, data_root, reports_root

FIRST = "00_ask_your_own.ipynb"


def notebooks_here() -> Path:
    """The checkout's notebooks, or a copy in the current folder; a file that is there stays."""
    here = ROOT / "notebooks"
    if here != NOTEBOOKS:
        here.mkdir(exist_ok=True)
        for book in NOTEBOOKS.glob("*.ipynb"):
            if not (here / book.name).exists():
                shutil.copyfile(book, here / book.name)
    return here


def open_lab() -> int:
    """Run JupyterLab on the project, so that company.toml is in reach; its exit code."""
    if util.find_spec("jupyterlab") is None:
        raise UserError("JupyterLab is not installed", remedy='Run: pip install "icplib[lab]".')
    folders = {"ICP_DATA": str(data_root()), "ICP_REPORTS": str(reports_root())}
    first = notebooks_here() / FIRST
    command = [sys.executable, "-m", "jupyterlab", str(first), f"--ServerApp.root_dir={ROOT}"]
    return subprocess.run(command, env={**os.environ, **folders}).returncode
