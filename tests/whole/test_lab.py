"""Run All by hand in JupyterLab, in a real browser: every notebook, in a company without a run."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from icplib.refresh import STEPS
from icplib.workbook import NOTEBOOKS
from machine import ROOT, started

PATIENCE = 600  # seconds a notebook


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """(address of a server of its own, its folder): the example's raw data, no run, a copy of the
    notebooks.
    """
    folder = tmp_path_factory.mktemp("lab")
    raw = shutil.ignore_patterns("processed")
    shutil.copytree(ROOT / "data" / "example", folder / "data" / "example", ignore=raw)
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    environment = {
        **os.environ,
        "ICP_DATA": str(folder / "data"),
        "ICP_REPORTS": str(folder / "reports"),
        **{name: str(folder / name) for name in own},
    }
    environment.pop("PYTEST_CURRENT_TEST", None)  # somebody sits at this server
    options = ("token=", "password=", "allow_root=True", f"root_dir={folder}", f"port={port}")
    command = [sys.executable, "-m", "jupyterlab", "--no-browser"]
    command += [f"--ServerApp.{option}" for option in options]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api/status", timeout=5)
            break
        except OSError:
            time.sleep(1)
    yield address, folder
    server.terminate()
    server.wait()


def run_all(tab, path):
    """The code cells as saved, after none waits any more."""
    ready = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
    tab.wait_for_selector(ready, timeout=120_000, state="attached")
    time.sleep(5)  # the page is still being laid out
    tab.click("text=Run >> nth=0")
    tab.click("text=Run All Cells")
    waits = "document.body.innerText.includes('[*]')"
    for _ in range(PATIENCE // 4):
        time.sleep(4)
        if not tab.evaluate(waits):
            break
    tab.keyboard.press("Control+s")
    time.sleep(4)
    return [c for c in json.loads(path.read_bytes())["cells"] if c["cell_type"] == "code"]


@pytest.mark.proof
def test_every_notebook_runs_by_hand_and_looks_like_the_page(lab, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    address, folder = lab
    with playwright.sync_playwright() as p:
        browser = started(p)
        for name in (*STEPS, "00_ask_your_own"):
            tab = browser.new_page(viewport={"width": 1400, "height": 2600})
            tab.goto(f"{address}/lab/tree/notebooks/{name}.ipynb?reset")
            cells = run_all(tab, folder / "notebooks" / f"{name}.ipynb")
            tab.screenshot(path=str(tmp_path / f"{name}.png"))
            outputs = [output for cell in cells for output in cell["outputs"]]
            bad = [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
            assert not bad and all(cell["execution_count"] for cell in cells), (name, bad)
            assert tab.locator("mjx-container").count() == 0, f"{name}: a dollar is money"
            tab.close()
        browser.close()
    assert any("<style>" in str(o.get("data", {}).get("text/html")) for o in outputs)
    assert "application/vnd.jupyter.widget-view+json" in str(outputs), "the panel is live"
    assert (folder / "data" / "example" / "questions.jsonl").is_file(), "questions are counted"
