"""Files, patterns, folders; what is told of them; and errors that used to be silent."""

import shutil
from types import SimpleNamespace

import pandas as pd
import pytest

from icplib.interviews import CodingFile, Terms, recognise
from icplib.interviews.canonical import _coder_ids
from icplib.interviews.project import look, read_codings
from icplib.personas.evidence import read_sources
from icplib.problems import UserError
from icplib.settings import Quarter, Source
from qda_fixtures import DIALECTS, ProjectFile

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


def workbook(folder, interviews=None, **codings):
    sources = {"codings": source(folder, "codings", **codings)}
    if interviews:
        sources["interviews"] = source(folder, "interviews", file=interviews)
    people = SimpleNamespace(withdrawn=(), late_codings=True)
    return SimpleNamespace(
        source=sources.get,
        quarter=Quarter("2026Q3"),
        as_of=pd.Timestamp("2026-09-30"),
        settings=SimpleNamespace(date_order=None, personas=people),
    )


def notes(read):
    rows = read.import_report
    return " ".join(rows.loc[rows["outcome"] == "note", "reason"])


def test_coders_by_pattern_and_two_waves_of_lists(tmp_path):
    save(tmp_path, "list_1.csv", LIST[:1])
    save(tmp_path, "list_2.csv", LIST[1:].rename(columns={"Buying Role": "Role"}))
    for name in ("codings_a.csv", "codings_b.csv"):
        save(tmp_path, name, CODED.drop(columns="Coder"))
    book = workbook(
        tmp_path, "list_*.csv", file="codings_*.csv", coders={"*_a.csv": "Ana", "*_b.csv": "Ben"}
    )
    read = read_sources(book)
    assert read.problem == "" and len(read.interviews) == 2
    assert read.interviews["buying_role"].tolist() == ["end_user", "champion"]
    assert set(read.codings["coder_id"]) == {"C1", "C2"} and len(read.codings) == 4


def test_a_sheet_of_a_book_is_named(tmp_path):
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as out:
        pd.DataFrame({"a": ["b"]}).to_excel(out, sheet_name="Notes", index=False)
        LIST.to_excel(out, sheet_name="People", index=False)
        CODED.to_excel(out, sheet_name="Codings", index=False)
    read = read_codings([CodingFile(path, table="Codings")], CodingFile(path, table="People"))
    assert len(read.codings) == 2


def test_a_project_by_the_name_of_a_zip(tmp_path):
    path = ProjectFile(DIALECTS[0]).save(tmp_path)
    renamed = shutil.copy(path, tmp_path / "export.zip")
    assert recognise(renamed).tool == "REFI-QDA project"
    assert len(read_codings([renamed]).codings) == len(read_codings([path]).codings)


def test_every_problem_is_told_at_once_and_costs_only_the_personas(tmp_path):
    (tmp_path / "codings_1.qdpx").write_bytes(b"no zip")
    (tmp_path / "codings_2.mx22").write_bytes(b"x")
    save(tmp_path, "codings_3.csv", pd.DataFrame({"a": ["b"], "c": ["d"]}))
    book = workbook(tmp_path, file="codings_*")
    problems, _ = look(book)
    told = " ".join(p.sentence for p in problems)
    assert len(problems) == 3
    assert "damaged" in told and "MAXQDA" in told and "no known format" in told
    read = read_sources(book)
    assert read.codings.empty and "MAXQDA" in read.problem


def test_an_empty_project_and_an_unknown_family_are_problems(tmp_path):
    save(tmp_path, "codings.csv", CODED.assign(Interview="INT-009"))
    save(tmp_path, "list.csv", LIST)
    problems, told = look(workbook(tmp_path, "list.csv", file="codings.csv"))
    assert "no coding of any interview is left" in problems[0].sentence
    assert "the document is none of the listed interviews" in " ".join(told)
    wrong = workbook(tmp_path, "list.csv", file="codings.csv", families={"codings.csv": "pian"})
    assert "no family of codes" in look(wrong)[0][0].sentence


def test_codings_made_after_the_quarter_count_unless_a_setting_decides(tmp_path):
    coded = save(tmp_path, "c.csv", CODED.assign(**{"Coded At": ["2026-09-01", "2026-11-02"]}))
    people = save(tmp_path, "i.csv", LIST)
    terms = Terms(quarter=Quarter("2026Q3"))
    read = read_codings([coded], people, terms=terms)
    assert len(read.codings) == 2 and "made after 2026Q3 count" in notes(read)
    assert read.codings["coded_at"].notna().sum() == 1
    strict = Terms(quarter=Quarter("2026Q3"), late_codings=False)
    assert len(read_codings([coded], people, terms=strict).codings) == 1


def test_a_coder_spelt_otherwise_is_no_second_one():
    assert len(set(_coder_ids(["Ana Silva"], ["asilva"]).values())) == 1
    assert len(set(_coder_ids(["Ana", "Ben"], ["ana", "Ben"]).values())) == 2
    with pytest.raises(UserError, match="'Ana', 'Ben', the codings 'as', 'bo'"):
        _coder_ids(["Ana", "Ben"], ["as", "bo"])


def test_documents_of_one_name_are_two(tmp_path):
    def twice(root, project):
        sources = [e for e in root.iter() if e.tag.endswith("TextSource")]
        sources[1].set("name", sources[0].get("name"))

    path = ProjectFile(DIALECTS[0], extra=[twice]).save(tmp_path)
    plain = read_codings([ProjectFile(DIALECTS[0]).save(tmp_path / "..")])
    read = read_codings([path])
    assert len(read.interviews) == len(plain.interviews)
    assert "bear the name of another one" in notes(read)


def test_a_blank_row_of_marks_was_not_asked(tmp_path):
    marks = pd.DataFrame(
        {"Interview": ["INT-001", "INT-002"], "slow": ["1", ""], "dear": ["0", ""]}
    )
    file = CodingFile(save(tmp_path, "m.csv", marks), coder="Ana", format="wide")
    read = read_codings([file], save(tmp_path, "i.csv", LIST))
    assert read.assignments["interview_id"].tolist() == ["INT-001"]
    assert "not asked, not looked at" in notes(read)


def test_a_heading_and_a_code_of_one_name_are_both_kept(tmp_path):
    codes = pd.DataFrame(
        {
            "Code": ["Pricing", "Pricing", "Pricinng"],
            "Codable": ["no", "yes", "yes"],
            "Family": "pain",
        }
    )
    coded = save(tmp_path, "c.csv", CODED.assign(Code="Pricing"))
    read = read_codings([coded], save(tmp_path, "i.csv", LIST), save(tmp_path, "b.csv", codes))
    assert len(read.codebook) == 3 and len(read.codings) == 2
    assert "nearly equal" in notes(read)


def test_commas_part_codes_only_with_a_word(tmp_path):
    listed = pd.DataFrame({"Interview": ["INT-001"], "Codes": ["slow, dear"], "Coder": ["Ana"]})
    read = read_codings([save(tmp_path, "c.csv", listed)], save(tmp_path, "i.csv", LIST))
    assert len(read.codings) == 2 and "parted at commas without a codebook" in notes(read)


def test_bare_paths_and_nameless_sources_keep_text_and_name(tmp_path):
    def bare(root, project):
        for source_ in (e for e in root.iter() if e.tag.endswith("TextSource")):
            stored = source_.get("plainTextPath")
            if stored:
                source_.set("plainTextPath", stored.removeprefix("internal://"))
            source_.set("currentPath", f"C:\\talks\\{source_.attrib.pop('name')}.txt")

    plain = read_codings([ProjectFile(DIALECTS[0]).save(tmp_path)])
    read = read_codings([ProjectFile(DIALECTS[0], extra=[bare]).save(tmp_path / "..")])
    assert read.codings["start"].notna().sum() == plain.codings["start"].notna().sum() > 0
    assert len(read.interviews) == len(plain.interviews)
