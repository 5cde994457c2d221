"""A run that is killed harms nothing: no report damaged, no lock left, no process left behind."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from icplib.example import write_example
from toy_company import everything

pytestmark = pytest.mark.fuzz
#: moments in the first step, in what a fast machine needs for a part of it; thirty by `make fuzz`
MOMENTS = 30 if "ICP_FUZZ" in os.environ else 3
COMMAND = [sys.executable, "-m", "icplib", "refresh", "--company", "small", "--to", "1"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A company of 80 customers with a report in place."""
    home = tmp_path_factory.mktemp("killed")
    write_example(home / "data" / "small", quarters=("2026Q3",), customers=80)
    for name in (
        "data/small/processed/2026Q3/01_accounts.parquet",
        "reports/small/2026Q3/report.html",
    ):
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text("as it stood")
    return home


def processes_of(home):
    """Processes that know the company's folder: a run and its kernel."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(home).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it ended, or is another user's
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc here")
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_whenever_it_is_killed_all_stands_as_it_was(small, moment):
    standing = {
        path: everything(small / path)
        for path in ("reports/small/2026Q3", "data/small/processed/2026Q3", "data/small/raw")
    }
    where = {"ICP_DATA": str(small / "data"), "ICP_REPORTS": str(small / "reports")}
    run = subprocess.Popen(COMMAND, env={**os.environ, **where}, stdout=subprocess.DEVNULL)
    assert run.pid in processes_of(small)
    after = 1 + 9 * moment / MOMENTS + random.Random(moment).random()
    try:
        run.wait(timeout=after)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait()
    for _ in range(300):  # a kernel looks for its parent from time to time
        if not processes_of(small):
            break
        time.sleep(0.1)
    assert processes_of(small) == []
    assert standing == {path: everything(small / path) for path in standing}
    with FileLock(small / "data" / "small" / "processed" / ".2026Q3.lock", timeout=0):
        pass
