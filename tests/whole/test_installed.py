"""Installed from a wheel, `icp` has its notebooks and templates, and writes where it is called."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from environment import locked, wanted
from icplib import lab
from machine import ROOT

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


TOOLS = Path(sys.executable).parent


def run(command, env=None, **given):
    done = subprocess.run(command, capture_output=True, text=True, env=env, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of what git knows."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("icplib", "notebooks"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", out, source])
    return next(out.glob("icplib-*.whl"))


def by_pip(folder, wheel):
    venv.create(folder, with_pip=False)
    run([*PIP, f"--python={folder}", "install", "-q", "--no-deps", "--no-index", wheel])
    return folder


def by_uv(folder, wheel):
    environment = {**os.environ, "UV_TOOL_DIR": str(folder), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    pins = pinned(folder.parent)
    run(
        [TOOLS / "uv", "tool", "install", "-q", "-p", sys.executable, "-c", pins, wheel],
        environment,
    )
    return folder / "icplib"


def by_pipx(folder, wheel):
    environment = {**os.environ, "PIPX_HOME": str(folder), "PIPX_BIN_DIR": str(folder / "bin")}
    pins = f"--pip-args=--constraint={pinned(folder.parent)}"
    run([TOOLS / "pipx", "install", pins, wheel, "--python", sys.executable], environment)
    return folder / "venvs" / "icplib"


def pinned(folder):
    """The lock as constraints."""
    versions = locked(f"{sys.version_info.major}.{sys.version_info.minor}")
    (folder / "pins.txt").write_text("".join(f"{n}=={v}\n" for n, v in versions.items()))
    return folder / "pins.txt"


@pytest.fixture(
    params=[
        pytest.param(by_pip, marks=pytest.mark.proof),
        pytest.param(by_uv, marks=pytest.mark.slow),  # these two fetch all that icplib needs
        pytest.param(by_pipx, marks=pytest.mark.slow),
    ],
    ids=["pip", "uv tool", "pipx"],
    scope="module",
)
def installed(request, wheel, tmp_path_factory):
    """`icp` of a scratch environment; by pip alone it borrows everything else from this one."""
    folder = request.param(tmp_path_factory.mktemp("scratch") / "env", wheel)
    if request.param is by_pip:
        site = next(folder.glob("lib/python3*/site-packages"))
        shared = [p for p in sys.path if p.endswith("site-packages")]
        (site / "borrowed.pth").write_text("\n".join(shared) + "\n")
    return folder / "bin" / "icp"


def test_it_works_in_the_folder_where_it_is_called(installed, tmp_path):
    free = {k: v for k, v in os.environ.items() if not k.startswith(("ICP_", "PYTHONPATH"))}
    assert run([installed, "--version"], env=free).startswith("icp ")
    told = run(
        [installed, "example", "--quarter", "2026Q3", "--customers", "40"], cwd=tmp_path, env=free
    )
    assert told.startswith(str(tmp_path / "data" / "example"))
    assert (tmp_path / "data" / "example" / "company.toml").is_file()
    assert "are in order" in run([installed, "check"], cwd=tmp_path, env=free)
    python = installed.with_name("python")
    where = "import icplib, icplib.workbook as w; print(icplib.__file__, w.NOTEBOOKS)"
    package, books = run([python, "-c", where], cwd=tmp_path, env=free).split()
    assert str(installed.parent.parent) in package and str(installed.parent.parent) in books
    code = "from icplib.refresh import check_notebooks as c; c(); from icplib.lab import *"
    run([python, "-c", f"{code}; notebooks_here()"], cwd=tmp_path, env=free)
    assert len(list((tmp_path / "notebooks").glob("0*.ipynb"))) >= 6


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_locks_hold_for_every_python(python):
    assert set(wanted()) <= set(locked(python))
    assert set(locked(python)) <= set(locked(python, "requirements-test.lock"))


def test_a_checkout_opens_its_own_notebooks():
    assert lab.notebooks_here() == ROOT / "notebooks"
