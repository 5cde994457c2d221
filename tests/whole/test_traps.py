"""Small exports that are easily read wrong, tried in this process: each is read rightly, refused or
told. They lie beside the checkout; ``make traps`` tries the same through the command line.
"""

import contextlib
import importlib.util
import io
import os
import sys
import tomllib
import traceback
from pathlib import Path

import pytest

from icplib import __main__ as main
from icplib.gather import gather, look
from icplib.problems import UserError, UserErrors
from icplib.workbook import Workbook
from machine import ROOT, SHARED_DATA, refreshed, shared

pytestmark = pytest.mark.proof
CASES = sorted(path.parent for path in (SHARED_DATA / "traps").glob("*/*/expect.toml"))


class InProcess:
    """What the runner asks of the product, answered without a process of its own."""

    has_to = False

    def ask(self, root, **what):
        """The ``icp`` command with these arguments, or the tables of a notebook."""
        step = what.get("notebook")
        said, rc = io.StringIO(), 0
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), placed(root):
            try:
                if step is None:
                    command(what["argv"])
                elif step == "01":
                    tables(Workbook(what["company"], what["quarter"]))
                else:
                    cells(step, what)
            except SystemExit as end:
                rc = end.code or 0
            except (UserError, UserErrors) as problem:
                rc = 2
                print(problem)
            except Exception:
                rc = 1
                traceback.print_exc(file=said)
        return {"rc": rc, "error": "", "said": said.getvalue()}

    def refresh(self, root):
        """The screen of a refresh before its first notebook."""
        with placed(root):
            looked = look(Workbook("co", "2026Q3"))
        return {"rc": 0, "error": "", "said": "\n".join([*looked.warnings, *looked.notices])}


@contextlib.contextmanager
def placed(root):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ICP_DATA", str(root / "data"))
        patch.setenv("ICP_REPORTS", str(root / "reports"))
        patch.setenv("COLUMNS", "4000")
        yield


def command(argv):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["icp", *argv])
        patch.setattr(main.out, "_file", sys.stdout)
        patch.setattr(main.err, "_file", sys.stderr)
        main.main()


def tables(book):
    found = gather(book)
    for name in ("accounts", "deals", "attributes"):
        book.write(f"01_{name}", getattr(found, name))


def cells(step, what):
    """The cells of a notebook, one after another."""
    import nbformat

    path = next((ROOT / "notebooks").glob(f"{step}_*.ipynb"))
    scope = {"__name__": "__main__"}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source, scope)  # noqa: S102
            if "parameters" in cell.metadata.get("tags", []):
                scope |= {"company": what["company"], "quarter": what["quarter"], "scenario": ""}


@pytest.fixture(scope="module")
def runner():
    folder = shared("traps")
    spec = importlib.util.spec_from_file_location("traps_run", folder / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    """A finished run of the example, whose card scores lists."""
    if home := os.environ.get("ICP_EXAMPLE"):  # one that lies somewhere already
        yield Path(home)
    else:
        for made in refreshed(tmp_path_factory.mktemp("card"), ["2026Q3"]):
            yield made.folder


@pytest.mark.skipif(not CASES, reason="the traps do not lie beside this checkout (../shared/data)")
@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_trap_is_read_rightly_refused_or_told(runner, case, tmp_path, request):
    expect = tomllib.loads((case / "expect.toml").read_text(encoding="utf-8"))
    ways = {"score": runner.score, "handover": runner.handover}
    way = ways.get(expect["command"], runner.tables)
    made = request.getfixturevalue("card") if expect["command"] in ways else None
    outcome, why, _ = way(InProcess(), case, expect, tmp_path / "case", made)
    assert outcome == "ok", why
