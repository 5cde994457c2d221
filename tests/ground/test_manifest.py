"""Records of a run: read whole or not at all, and what was changed is refused."""

import nbformat
import pytest

from icplib import manifest
from icplib.problems import UserError


def test_a_record_that_does_not_read_is_none(tmp_path):
    assert manifest.read(tmp_path) is None
    for damaged in ("{", "[]", "\x00"):
        (tmp_path / manifest.NAME).write_text(damaged)
        assert manifest.read(tmp_path) is None


def test_an_artefact_that_was_changed_is_refused_and_one_without_a_record_is_not(tmp_path):
    (tmp_path / "01_a.json").write_text("one")
    manifest.refuse_changed(tmp_path, ["01_a.json"], manifest.MADE)
    manifest.record_step(tmp_path)
    manifest.refuse_changed(tmp_path, ["01_a.json"], manifest.MADE)
    (tmp_path / "01_a.json").write_text("two")
    with pytest.raises(UserError, match="not the one that the refresh made"):
        manifest.refuse_changed(tmp_path, ["01_a.json"], manifest.MADE)


def test_what_somebody_saved_in_a_notebook_changes_nothing_and_its_words_do(tmp_path):
    path = tmp_path / "a.ipynb"
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    nbformat.write(book, path)
    before = manifest.sources(path)
    book.cells[0].outputs = [nbformat.v4.new_output("stream", text="2")]
    book.cells[0].execution_count = 7
    nbformat.write(book, path)
    assert manifest.sources(path) == before
    book.cells[0].source = "1 + 2"
    nbformat.write(book, path)
    assert manifest.sources(path) != before
