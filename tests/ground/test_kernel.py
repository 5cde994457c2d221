"""One kernel for all notebooks: each begins clean, in the run's folder, with what they import."""

import sys

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from icplib.kernel import Kernel, _imports

FIRST = "from icplib import words\n    import icplib.icp\nseen = 1"
SECOND = (
    "import os, sys\nprint('seen' in dir(), os.environ['ICP_DATA'], 'icplib.icp' in sys.modules)"
)


@pytest.fixture
def books(tmp_path):
    paths = [tmp_path / "1.ipynb", tmp_path / "2.ipynb"]
    for path, source in zip(paths, ("if 1:\n    " + FIRST, SECOND), strict=True):
        made = new_notebook(cells=[new_code_cell(source.replace("\nseen", "\n    seen"))])
        made.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
        nbformat.write(made, path)
    return paths


def test_the_second_notebook_knows_no_name_of_the_first(books, tmp_path):
    out = [tmp_path / "a.ipynb", tmp_path / "b.ipynb"]
    with Kernel(books, {"ICP_DATA": "there"}) as kernel:
        for book, path in zip(books, out, strict=True):
            papermill.execute_notebook(
                book, path, kernel_name="python3", progress_bar=False, km=kernel.clean(tmp_path)
            )
    cells = [nbformat.read(path, as_version=4).cells[0] for path in out]
    assert [cell.execution_count for cell in cells] == [1, 1]
    assert cells[1].outputs[0].text == "False there True\n"


def test_what_the_notebooks_import_is_imported_before_they_run(books):
    assert _imports(books) == ["from icplib import words", "import icplib.icp"]


def test_two_kernels_of_one_folder_do_not_hear_each_other(books, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    with Kernel([], {}) as one, Kernel([], {}) as other:
        assert one.manager.ip != other.manager.ip
        assert set(tmp_path.iterdir()) == before, "nothing is written where the command runs"
    assert not one.folder.exists() and not other.folder.exists()


def test_the_kernel_is_the_one_of_this_python(books, tmp_path, monkeypatch):
    """Whatever kernels somebody has registered under the usual name."""
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["false"], "display_name": "x", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with Kernel([], {}) as kernel:
        assert kernel.manager.kernel_spec.argv[0] == sys.executable
        assert kernel.clean(tmp_path).is_alive() and not kernel.is_stopped
    assert kernel.is_stopped
