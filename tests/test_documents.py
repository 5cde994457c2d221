"""Pages that are written from the code are as fresh as it."""

import pytest

import documents
from icplib.gather.canon import FIELDS
from machine import ROOT


@pytest.mark.parametrize("page", documents.PAGES)
def test_a_page_is_what_the_code_says(page):
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert text == documents.PAGES[page](), "write it again with `make docs`"


def test_every_column_is_described_and_nothing_else():
    said, used = documents.described(), set()
    for source, fields in FIELDS.items():
        own = "accounts" if source == "prospects" else source
        used |= {(own, n) if (own, n) in said else ("*", n) for n in fields}
    assert used == set(said)
    assert all(row["meaning"] for row in said.values())


def test_every_setting_is_described():
    for path, model in documents.sections(documents.room.Settings, ""):
        for key, field in model.model_fields.items():
            assert field.description, f"{path}.{key}"
