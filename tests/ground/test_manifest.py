"""Records of a run: read whole or not at all, and what was changed is refused."""

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
