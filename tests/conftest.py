"""Fixtures that every test file may use."""

import pytest
from hypothesis import settings

import icplib.kernel  # noqa: F401 - before nbformat, which imports three times faster after it
from machine import ROOT, shared

settings.register_profile("unhurried", deadline=None)  # a timed assertion is never a test
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items):
    """The whole run first: it takes longest, and another worker goes through the rest meanwhile."""
    items.sort(key=lambda item: item.path.parent.name != "whole")


@pytest.fixture
def shared_data():
    return shared


@pytest.fixture(scope="session")
def example_truth():
    """What was planted in the example company; only tests may read it."""
    import json

    return json.loads((ROOT / "tests" / "beds" / "truth" / "example.json").read_text())
