"""A notebook in a kernel of this Python, and no trace of the clock in it."""

import json
import sys

from icplib.kernels import forget_the_clock, run_notebook
from toy_company import book, printed


def test_the_kernel_is_the_one_of_this_python(tmp_path, monkeypatch):
    """Whatever kernels somebody has registered under the usual name."""
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["false"], "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    out = tmp_path / "out.ipynb"
    monkeypatch.setenv("ICP_BUILD_DATA", str(tmp_path))
    book(tmp_path / "in.ipynb", "import sys; print(sys.executable)")
    run_notebook(tmp_path / "in.ipynb", out, {"company": "acme"}, tmp_path)
    forget_the_clock(out)
    assert printed(out).strip() == sys.executable and "papermill.record" not in out.read_text()
    assert str(tmp_path) not in out.read_text()
