"""Which files a source names, and what a file is."""

import zipfile
from types import SimpleNamespace

import pandas as pd
import pytest

from icplib.interviews import read_codings
from icplib.interviews.files import files_of, recognise
from icplib.problems import UserError, UserErrors
from icplib.settings import Source

LIST = pd.DataFrame(
    {
        "Interview ID": ["INT-001", "INT-002"],
        "Buying Role": ["End User", "Champion"],
        "Interview Date": ["2026-08-03", "2026-08-04"],
        "Consent": ["yes", "yes"],
    }
)
CODED = pd.DataFrame(
    {"Interview": ["INT-001", "INT-002"], "Code": ["slow", "dear"], "Coder": ["Ana", "Ana"]}
)


def save(folder, name, table):
    table.to_csv(folder / name, index=False)
    return folder / name


def source(folder, name, **spec):
    return SimpleNamespace(name=name, folder=folder, spec=Source(**spec))


def test_patterns_several_entries_and_folders(tmp_path):
    for name in ("codings_a.csv", "codings_b.csv", "wave2.csv"):
        save(tmp_path, name, CODED)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "data.qda").touch()
    (tmp_path / "folder").mkdir()
    save(tmp_path / "folder", "x.csv", CODED)

    def named(**spec):
        return [p.name for p in files_of(source(tmp_path, "codings", **spec))]

    assert named(file="codings_*.csv", also=["wave2.csv"]) == [
        "codings_a.csv",
        "codings_b.csv",
        "wave2.csv",
    ]
    assert named(file="project") == ["project"] and named(file="folder") == ["x.csv"]
    with pytest.raises(UserError, match="no file matches"):
        named(file="none_*.csv")


def test_what_is_no_interview_project_is_none(tmp_path):
    contacts = {"Contact ID": ["1"], "Name": ["A"], "Title": ["CEO"], "Contact Role": ["x"]}
    assert recognise(save(tmp_path, "contacts.csv", pd.DataFrame(contacts))) is None
    assert recognise(save(tmp_path, "i.csv", LIST)).source == "interviews"
    assert recognise(save(tmp_path, "c.csv", CODED)).source == "codings"
    (tmp_path / "x.zip").write_bytes(b"x")
    assert recognise(tmp_path / "x.zip") is None
    with zipfile.ZipFile(tmp_path / "y.qdpx", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises((UserError, UserErrors)):
        read_codings([tmp_path / "y.qdpx"])
