"""The scheduled workflow: its commands run as they stand, and it publishes what may be shared."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from icplib.example import write_example
from machine import ROOT

TEXT = (ROOT / ".github" / "workflows" / "quarterly.yml").read_text()


def test_the_company_is_named_once_and_internal_files_go_apart():
    assert len(re.findall(r"^\s+COMPANY: ", TEXT, re.M)) == 1 and "example" in TEXT
    shared, internal = TEXT.split("upload-artifact")[1:]
    assert "!reports/${{ env.COMPANY }}/*/internal" in shared and "if-no-files-found" in shared
    assert "*/internal" in internal and "retention-days" in internal
    assert "data/${{ env.COMPANY }}/processed" in TEXT, "earlier quarters are kept between runs"


@pytest.mark.proof
def test_its_commands_run_as_they_stand(tmp_path):
    write_example(tmp_path / "data" / "example", ("2026Q3",), customers=80)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    icp = tmp_path / ".venv" / "bin" / "icp"
    icp.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m icplib "$@"\n')
    icp.chmod(0o755)
    summary = tmp_path / "summary"
    given = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ICP_DATA": str(tmp_path / "data"),
        "ICP_REPORTS": str(tmp_path / "reports"),
        "ICP_TODAY": "2026-10-01",
        "COMPANY": "example",
        "QUARTER": "",
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    commands = re.findall(r"^      - run: (.+)$", TEXT, re.M)
    assert len(commands) == 3 and commands[0].startswith("make ")
    for command in commands[1:]:
        done = subprocess.run(
            [shutil.which("bash"), "-e", "-c", command],
            cwd=tmp_path,
            env=given,
            text=True,
            capture_output=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "The report: " in summary.read_text()
    assert (tmp_path / "reports" / "example" / "message.md").is_file()
    again = subprocess.run(
        [shutil.which("bash"), "-e", "-c", commands[2]], cwd=tmp_path, env=given, text=True
    )
    assert again.returncode == 3 and "reported already" in summary.read_text()
