"""REFI-QDA projects and codebooks.

One synthetic project per dialect, valid against the standard's schema, and its own sample.
"""

import zipfile

import pytest

from icplib.interviews import describe_import, read_codings
from icplib.interviews.offsets import normalise
from machine import SHARED_DATA
from qda_fixtures import CODES, DIALECTS, SAID, Dialect, ProjectFile, _sub, codebook_qdc

SHARED = SHARED_DATA
SCHEMAS = SHARED / "refi-qda-schema"
SAMPLE = SHARED / "qdpx" / "TestProject.qdpx"
CONSENT = (
    "Interview ID,Buying Role,Consent Analysis,Consent Quotes\nINT-001,Technical"
    " Buyer,yes,yes\nINT-002,Economic Buyer,yes,yes\n"
)


def schema(name):
    path = SCHEMAS / name
    if not path.is_file():
        pytest.skip(f"the standard's schema is not beside the checkout ({path})")
    import xmlschema

    return xmlschema.XMLSchema(path)


def dropped(report, reason):
    rows = report[(report["outcome"] == "dropped") & (report["reason"] == reason)]
    return int(rows["n"].sum())


@pytest.fixture
def consent(tmp_path):
    path = tmp_path / "Interviews.csv"
    path.write_text(CONSENT)
    return path


def test_every_fixture_is_valid():
    project = schema("Project.xsd")
    for dialect in DIALECTS:
        project.validate(ProjectFile(dialect).xml().decode())


def test_the_codebook_fixture_is_valid():
    schema("Codebook.xsd").validate(codebook_qdc().decode())


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.tool)
def test_every_dialect_gives_the_same_quotes(tmp_path, consent, dialect):
    read = read_codings([ProjectFile(dialect).save(tmp_path)], interviews=consent)
    said = {(d[:7], normalise(q), c) for d, q, c in SAID}
    labels = dict(zip(read.codebook["code_id"], read.codebook["label"], strict=True))
    found = {(r.interview_id, r.quote, labels[r.code_id]) for r in read.codings.itertuples()}
    assert found == said
    assert set(read.codings["coder_id"]) == {"C1", "C2"}
    by_quote = read.codings.set_index("quote")
    for document, quote, _ in SAID:
        text = normalise(ProjectFile(dialect).texts[document])
        row = by_quote.loc[normalise(quote)]
        assert text[row["start"] : row["end"]] == normalise(quote)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.tool)
def test_roles_come_from_variables_or_groups_when_no_list_is_given(tmp_path, dialect):
    read = read_codings([ProjectFile(dialect).save(tmp_path)])
    assert sorted(read.interviews["buying_role"]) == ["economic_buyer", "technical_buyer"]
    assert read.interviews["person_id"].notna().all()
    assert read.codings["quote"].isna().all()  # nobody said that quotes may be used


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.tool)
def test_no_name_and_no_folder_survives(tmp_path, consent, dialect):
    read = read_codings([ProjectFile(dialect).save(tmp_path)], interviews=consent)
    for name in (
        "interviews",
        "assignments",
        "topics_asked",
        "codebook",
        "codings",
        "import_report",
    ):
        text = getattr(read, name).to_csv()
        for secret in ("Ana", "Silva", "Ben Ode", "dana", "Dana", "Erik", "/home"):
            assert secret not in text, (name, secret)


def test_codes_are_a_tree_with_headings_as_families(tmp_path, consent):
    book = read_codings([ProjectFile(DIALECTS[0]).save(tmp_path)], interviews=consent).codebook
    assert not book.loc[book["label"].isin(list(CODES)), "is_codable"].any()
    families = dict(zip(book["label"], book["family"], strict=True))
    assert families["Manual reports"] == "pain"
    assert families["One number"] == "goal"
    assert families["Case studies"] == "channel"
    assert families["Retention"] == "success_metric"
    parents = dict(zip(book["label"], book["parent_id"], strict=True))
    assert parents["No trust"] == "pain_points"
    assert book.loc[book["label"] == "No trust", "definition"].item() == "says No trust"


@pytest.mark.parametrize(
    "namespace",
    ["urn:QDA-XML:codebook:1.0", "urn:QDA-XML:codebook:1:0", "urn:QDA-XML:codebook:0:4"],
)
def test_codebooks_of_every_namespace(tmp_path, consent, namespace):
    path = tmp_path / "codes.qdc"
    path.write_bytes(codebook_qdc(namespace))
    read = read_codings(
        [ProjectFile(DIALECTS[0]).save(tmp_path)], interviews=consent, codebook=path
    )
    assert len(read.codings) == len(SAID)
    assert set(read.codebook["label"]) == {*CODES, *(c for names in CODES.values() for c in names)}


def test_an_inner_file_of_another_name_is_noted(tmp_path):
    report = read_codings([ProjectFile(DIALECTS[1]).save(tmp_path)]).import_report
    assert report["reason"].str.contains("'Interviews 2026.qde', not project.qde").any()


def test_comments_headings_and_unknown_codes_are_counted(tmp_path, consent):
    def add(root, project):
        source = next(e for e in root.iter() if e.tag.endswith("TextSource"))
        marks = (
            ("annotation", None),
            ("on heading", "Pain points"),
            ("on nothing", "No such code"),
        )
        for number, (_name, code) in enumerate(marks):
            selection = _sub(
                source,
                "PlainTextSelection",
                guid=project.g("extra", str(number)),
                startPosition="0",
                endPosition="2",
                name="We",
            )
            if code is None:
                _sub(selection, "Description").text = "a remark"
            else:
                _sub(
                    _sub(selection, "Coding", guid=project.g("extra coding", str(number))),
                    "CodeRef",
                    targetGUID=project.g("code", code),
                )

    report = read_codings(
        [ProjectFile(DIALECTS[0], extra=[add]).save(tmp_path)], interviews=consent
    ).import_report
    assert dropped(report, "a comment on the text, not a coding") == 1
    assert dropped(report, "a heading, not a code") == 1
    assert dropped(report, "unknown code") == 1
    counts = report[report["source"] == "codings"].groupby("outcome")["n"].sum()
    assert counts["read"] == len(SAID) + 3 == counts["kept"] + counts["dropped"]


def test_duplicates_and_points(tmp_path, consent):
    def add(root, project):
        source = next(e for e in root.iter() if e.tag.endswith("TextSource"))
        first = next(e for e in source if e.tag.endswith("PlainTextSelection"))
        for number, (start, end) in enumerate(
            ((first.get("startPosition"), first.get("endPosition")), ("4", "4"))
        ):
            selection = _sub(
                source,
                "PlainTextSelection",
                guid=project.g("again", str(number)),
                startPosition=start,
                endPosition=end,
            )
            coding = _sub(
                selection,
                "Coding",
                guid=project.g("again coding", str(number)),
                creatingUser=project.g("user", "Ana"),
            )
            _sub(coding, "CodeRef", targetGUID=project.g("code", "Manual reports"))

    read = read_codings([ProjectFile(DIALECTS[0], extra=[add]).save(tmp_path)], interviews=consent)
    assert (
        dropped(read.import_report, "duplicate: same interview, coder, pass, code and stretch") == 1
    )
    point = read.codings[(read.codings["start"] == read.codings["end"]).fillna(False)]
    assert len(point) == 1 and point["quote"].isna().all()


def test_a_coding_of_the_whole_document(tmp_path, consent):
    def add(root, project):
        source = next(e for e in root.iter() if e.tag.endswith("TextSource"))
        coding = _sub(
            source, "Coding", guid=project.g("whole"), creatingUser=project.g("user", "Ben")
        )
        _sub(coding, "CodeRef", targetGUID=project.g("code", "Retention"))

    read = read_codings([ProjectFile(DIALECTS[0], extra=[add]).save(tmp_path)], interviews=consent)
    whole = read.codings[read.codings["unit"] == "document"]
    assert whole["interview_id"].tolist() == ["INT-001"]
    assert whole["start"].isna().all()


def test_quotes_from_names_where_the_text_is_absent(tmp_path, consent):
    read = read_codings(
        [ProjectFile(DIALECTS[0], with_texts=False).save(tmp_path)], interviews=consent
    )
    assert set(read.codings["quote"]) == {q for _, q, _ in SAID}
    cut = read_codings(
        [ProjectFile(DIALECTS[1], with_texts=False).save(tmp_path)], interviews=consent
    ).codings
    assert cut["quote_truncated"].all() and cut["start"].isna().all()


def test_two_exports_of_two_coders_under_one_name(tmp_path, consent):
    from icplib.interviews import CodingFile

    one = ProjectFile(Dialect("a", "NVivo")).save(tmp_path, "one.qdpx")
    two = ProjectFile(Dialect("b", "NVivo")).save(tmp_path, "two.qdpx")
    read = read_codings(
        [CodingFile(one, coder="Ana Silva"), CodingFile(two, coder="Ben Ode")], interviews=consent
    )
    assert read.codings.groupby("coder_id").size().to_dict() == {"C1": len(SAID), "C2": len(SAID)}
    assert len(read.assignments) == 4


def test_the_standards_own_sample():
    if not SAMPLE.is_file():
        pytest.skip(f"the standard's sample project is not beside the checkout ({SAMPLE})")
    read = read_codings([SAMPLE])
    with zipfile.ZipFile(SAMPLE) as archive:
        n = archive.read("Project.qde").decode("utf-8").count("<Coding ")
    assert n == 16
    report = read.import_report[read.import_report["source"] == "codings"]
    counts = report.groupby("outcome")["n"].sum()
    assert counts["read"] == n + 1  # and one comment
    assert counts["kept"] == len(read.codings) == 14
    assert dropped(report, "the same quotation with the same code given twice") == 2
    assert read.codings.groupby("unit").size().to_dict() == {
        "image": 2,
        "segment": 11,
        "timecode": 1,
    }
    assert any("end exclusive" in s for s in describe_import(read.import_report))
    assert not read.import_report.to_csv().count("Markgraf")
