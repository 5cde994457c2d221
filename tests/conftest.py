"""Fixtures that every test file may use."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


def shared(name: str) -> Path:
    """A folder of third-party data beside the checkout; the test is skipped with the reason where it is absent."""
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"third-party data '{name}' does not lie beside this checkout (../shared/data)")
    return path


@pytest.fixture
def shared_data():
    return shared
