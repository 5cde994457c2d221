"""One made-up company for all tests of the hands."""

import pytest

import asked_book


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield asked_book.book(tmp_path_factory.mktemp("asked"), patch)
