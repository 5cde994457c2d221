"""Folders of the report's tests."""

import pytest

import report_scene as scene
from report_page import whole


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
    return tmp_path / "data"


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """The page of the scene as it is, made once for all tests that only read it."""
    folder = tmp_path_factory.mktemp("plain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ICP_DATA", str(folder / "data"))
        patch.setenv("ICP_REPORTS", str(folder / "reports"))
        return whole(scene.company(folder / "data"))
