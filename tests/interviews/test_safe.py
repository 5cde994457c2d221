"""Hostile and broken files: each refused with one clear sentence, nothing written to disk."""

import sqlite3
import zipfile

import pytest

from icplib.interviews import read_codings, safe
from icplib.problems import UserError
from qda_fixtures import DIALECTS, ProjectFile, bomb, qualcoder

XML = b'<?xml version="1.0"?>'


def refused(path, *words):
    before = sorted(path.parent.rglob("*"))
    with pytest.raises(UserError) as caught:
        read_codings([path])
    sentence = caught.value.sentence
    assert path.name in sentence
    assert "Traceback" not in sentence and "\n" not in sentence
    for word in words:
        assert word in sentence
    assert sorted(path.parent.rglob("*")) == before
    return sentence


def packed(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_entities_are_refused(tmp_path):
    laughs = (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b'
        b' "&a;&a;&a;&a;&a;&a;&a;&a;">]><Project>&b;</Project>'
    )
    refused(packed(tmp_path / "a.qdpx", **{"project.qde": XML + laughs}), "entities")


def test_outside_entities_are_refused(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    outside = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]><Project name="&a;"/>'.encode()
    assert "secret" not in refused(
        packed(tmp_path / "a.qdpx", **{"project.qde": XML + outside}), "entities"
    ).replace(str(tmp_path), "")


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "/etc/evil.txt",
        "sources/../../evil.txt",
        "C:\\evil.txt",
        "sources\\..\\..\\evil.txt",
    ],
)
def test_names_that_leave_the_archive_are_refused(tmp_path, name):
    path = ProjectFile(DIALECTS[0]).save(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, "x")
    refused(path, "outside the archive")


def test_a_plain_text_path_never_leaves_the_archive(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret text that nobody may quote")

    def point_outside(root, project):
        for source in root.iter():
            if source.tag.endswith("TextSource"):
                source.set("plainTextPath", f"absolute://{secret}")

    read = read_codings([ProjectFile(DIALECTS[0], extra=[point_outside]).save(tmp_path)])
    assert not read.codings["quote"].fillna("").str.contains("secret").any()
    assert read.codings["start"].isna().all()


def test_a_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.qdpx"
    path.write_bytes(bomb("project.qde", 8 << 20))
    refused(path, "times its size")


def test_what_is_too_large_is_refused_by_its_real_size(tmp_path, monkeypatch):
    monkeypatch.setattr(safe, "MAX_XML", 2000)
    refused(ProjectFile(DIALECTS[0]).save(tmp_path), "unpacks to more than")


def test_deep_nesting_is_refused(tmp_path):
    deep = XML + b"<Project>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</Project>"
    refused(packed(tmp_path / "deep.qdpx", **{"project.qde": deep}), "nested deeper")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_truncated_archive_is_refused(tmp_path, share):
    whole = ProjectFile(DIALECTS[0]).save(tmp_path, "whole.qdpx").read_bytes()
    path = tmp_path / "cut.qdpx"
    path.write_bytes(whole[: int(share * len(whole))])
    refused(path, "damaged or cut off", "Export it again")


def test_a_flipped_byte_is_refused(tmp_path):
    path = ProjectFile(DIALECTS[0]).save(tmp_path)
    content = bytearray(path.read_bytes())
    content[200] ^= 0xFF
    path.write_bytes(bytes(content))
    refused(path, "damaged or cut off")


def test_half_an_xml_file_is_refused(tmp_path):
    xml = ProjectFile(DIALECTS[0]).xml()
    refused(
        packed(tmp_path / "half.qdpx", **{"project.qde": xml[: len(xml) // 2]}),
        "damaged or cut off",
    )


def test_two_projects_in_one_archive_are_refused(tmp_path):
    xml = ProjectFile(DIALECTS[0]).xml()
    refused(
        packed(tmp_path / "two.qdpx", **{"project.qde": xml, "other.qde": xml}), "2 project files"
    )
    refused(packed(tmp_path / "none.qdpx", **{"readme.txt": b"x"}), "0 project files")


def test_a_transcript_that_is_no_text_is_refused(tmp_path):
    path = ProjectFile(DIALECTS[0], with_texts=False).save(tmp_path)
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("project.qde").decode()
    name = xml.split("internal://")[1].split('"')[0]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"sources/{name}", b"\xff\xfe\x00bad")
    refused(path, "not UTF-8")


def test_an_xml_file_of_something_else_is_refused(tmp_path):
    refused(
        packed(tmp_path / "html.qdpx", **{"project.qde": b"<html/>"}),
        "a REFI-QDA project is expected",
    )


def test_a_broken_database_is_refused(tmp_path):
    path = qualcoder(tmp_path / "data.qda")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    refused(path, "damaged or cut off")
    path.write_bytes(b"hello" * 100)
    refused(path, "not a SQLite database")


def test_a_foreign_database_is_refused(tmp_path):
    path = tmp_path / "other.sqlite3"
    con = sqlite3.connect(path)
    con.execute("CREATE TABLE t(a)")
    con.commit()
    con.close()
    refused(path, "neither Taguette nor QualCoder")


def test_views_that_never_end_are_not_followed(tmp_path):
    path = tmp_path / "data.qda"
    con = sqlite3.connect(path)
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n"
    )
    for table in ("source", "code_text", "code_name"):
        con.execute(f"CREATE VIEW {table} AS {endless}")
    con.commit()
    con.close()
    refused(path, "neither Taguette nor QualCoder")


def test_reading_a_database_leaves_no_journal(tmp_path):
    path = qualcoder(tmp_path / "data.qda")
    content = path.read_bytes()
    read_codings([path])
    assert [p.name for p in tmp_path.iterdir()] == ["data.qda"]
    assert path.read_bytes() == content


def test_a_database_in_use_is_refused(tmp_path):
    path = qualcoder(tmp_path / "data.qda")
    (tmp_path / "data.qda-wal").write_bytes(b"pages")
    refused(path, "still open in another program")


def test_a_missing_file_is_named(tmp_path):
    refused(tmp_path / "nothing.qdpx", "no such file")
