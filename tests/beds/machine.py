"""What this machine has: third-party data beside the checkout, a browser, a refreshed example."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


SHARED_DATA = ROOT.parent / "shared" / "data"


def shared(name: str) -> Path:
    """A folder of third-party data beside the checkout.

    The test is skipped with the reason where it is absent.
    """
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"third-party data '{name}' does not lie beside this checkout (../shared/data)")
    return path


def started(playwright):
    """The machine's own Chromium, with nothing that asks the network.

    The test is skipped where there is none.
    """
    import shutil

    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(chromium).exists():
        pytest.skip("there is no Chromium on this machine")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return playwright.chromium.launch(executable_path=chromium, args=flags)


def refreshed(folder, quarters):
    """The example company refreshed quarter after quarter in a scratch folder.

    For use inside a fixture.
    """
    import shutil
    from types import SimpleNamespace

    from icplib.refresh import refresh

    shutil.copytree(
        ROOT / "data" / "example",
        folder / "data" / "example",
        ignore=shutil.ignore_patterns("processed"),
    )
    with pytest.MonkeyPatch.context() as patch:
        # the tests of each room measure its lines; traced kernels take twice as long
        for name in [name for name in os.environ if name.startswith("COVERAGE_PROCESS")]:
            patch.delenv(name)
        patch.setenv("ICP_DATA", str(folder / "data"))
        patch.setenv("ICP_REPORTS", str(folder / "reports"))
        for quarter in quarters:
            refresh("example", quarter, say=lambda line: None)
        yield SimpleNamespace(folder=folder, quarters=quarters)
