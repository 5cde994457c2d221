"""Folders of the report's tests."""

import pytest


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
    return tmp_path / "data"
