"""Codings in tables: every tool's headers, the longest match, and the account of every row."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icplib.interviews import CodingFile, Terms, describe_import, read_codings, read_sources
from icplib.interviews.canonical import Files, assemble
from icplib.interviews.imported import Ledger, code_frame
from icplib.interviews.interviews import read_interviews
from icplib.interviews.presets import preset
from icplib.interviews.tabular import Hints, codings_of_table, split_cell
from icplib.interviews.values import Redactor, as_dates, as_polarity, numbered
from icplib.problems import UserError
from qda_fixtures import qualcoder, taguette

INTERVIEWS = pd.DataFrame(
    {
        "Interview ID": ["INT-001", "INT-002", "INT-003"],
        "Person": ["P-1", "P-2", "P-3"],
        "Buying Role": ["Technical Buyer", "CFO office", ""],
        "Interview Date": ["2026-08-03", "2026-08-04", "2026-08-05"],
        "Consent": ["yes", "yes", "no"],
        "Consent Quotes": ["yes", "no", "yes"],
    }
)
CODES = pd.DataFrame(
    {
        "Code": ["manual", "trust, lack of", "trust", "lack of", "return", "Old return", "Pains"],
        "Family": ["pain"] * 4 + ["goal"] * 2 + ["pain"],
        "Merged Into": ["", "", "", "", "", "return", ""],
        "Codable": ["yes"] * 6 + ["no"],
    }
)


def csv(folder, name, table, **options):
    path = folder / name
    table.to_csv(path, index=False, **options)
    return path


def read(tmp_path, table, interviews=INTERVIEWS, codes=CODES, **file):
    path = csv(tmp_path, "codings.csv", table)
    return read_codings(
        [CodingFile(path, **file)],
        interviews=None if interviews is None else csv(tmp_path, "interviews.csv", interviews),
        codebook=None if codes is None else csv(tmp_path, "codes.csv", codes),
    )


def counts(result, source="codings"):
    report = result.import_report[result.import_report["source"] == source]
    return (
        report.groupby("outcome")["n"]
        .sum()
        .reindex(["read", "kept", "dropped"], fill_value=0)
        .tolist()
    )


def reasons(result, source="codings"):
    rows = result.import_report
    rows = rows[(rows["source"] == source) & (rows["outcome"] == "dropped")]
    return dict(zip(rows["reason"], rows["n"], strict=True))


# --- the tools ------------------------------------------------------------------------------------

TOOLS = {
    "Taguette highlights": {
        "id": ["1", "2"],
        "document": ["INT-001", "INT-002"],
        "tag": ["manual", "return"],
        "content": ["by hand", "the return"],
    },
    "QualCoder coding report": {
        "File": ["INT-001.txt", "INT-002.txt"],
        "Coder": ["Ana", "Ben"],
        "Coded": ["by hand", "the return"],
        "Id": ["ctid:1", "ctid:2"],
        "Codename": ["manual", "return"],
        "Coded_Memo": ["", ""],
    },
    "MAXQDA coded segments": {
        "Document group": ["a", "a"],
        "Document name": ["INT-001", "INT-002"],
        "Code": ["Pains > manual", "Goals > return"],
        "Begin": ["1", "2"],
        "End": ["1", "2"],
        "Segment": ["by hand", "the return"],
        "Created by": ["Ana", "Ben"],
    },
    "ATLAS.ti quotations": {
        "Number": ["1:1", "2:1"],
        "Document": ["INT-001", "INT-002"],
        "Text Content": ["by hand", "the return"],
        "Codes": ["manual", "return"],
        "Number of Codes": ["1", "1"],
        "Extensão": ["7", "10"],
    },
    "ATLAS.ti desktop quotations": {
        "ID": ["1:1", "2:1"],
        "Document": ["INT-001", "INT-002"],
        "Quotation Content": ["by hand", "the return"],
        "Codes": ["manual", "return"],
        "Density": ["1", "1"],
    },
    "Dedoose excerpts": {
        "Media Title": ["INT-001", "INT-002"],
        "Excerpt Range": ["0-7", "0-10"],
        "Excerpt Creator": ["Ana", "Ben"],
        "Excerpt Copy": ["by hand", "the return"],
        "Code: manual Applied": ["True", "False"],
        "Code: manual Weight": ["1", ""],
        "Code: return Applied": ["False", "True"],
    },
    "Dovetail highlights": {
        "Created": ["2026-08-04", "2026-08-05"],
        "Title": ["manual", "return"],
        "Color": ["", ""],
        "Group": ["Pain", "Goal"],
        "Note": ["INT-001", "INT-002"],
        "Note group": ["", ""],
        "Text": ["by hand", "the return"],
        "URL": ["u1", "u2"],
    },
    "QDA Miner retrieval": {
        "Category": ["Pain", "Goal"],
        "Code": ["manual", "return"],
        "Case": ["INT-001", "INT-002"],
        "Text": ["by hand", "the return"],
        "Coder": ["Admin", "Admin"],
        "% Words": ["1,3%", "2,1%"],
    },
    "QualCoder codes by segments": {
        "caseid": ["1", "2"],
        "case name": ["a", "b"],
        "fileid": ["1", "2"],
        "file name": ["INT-001", "INT-002"],
        "pos0": ["0", "0"],
        "pos1": ["7", "10"],
        "text": ["by hand", "the return"],
        "manual": ["manual", ""],
        "return": ["", "return"],
    },
    "plain list of codings": {
        "Interview ID": ["INT-001", "INT-002"],
        "Coder": ["Ana", "Ben"],
        "Code": ["manual", "return"],
        "Polarity": ["", "-1"],
        "Quote": ["by hand", "the return"],
        "Coded At": ["2026-08-09", "2026-08-10"],
    },
    "table with one column a code": {
        "Interview ID": ["INT-001", "INT-002"],
        "manual": ["1", "0"],
        "return": ["0", "1"],
    },
}


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_is_recognised_and_read(tmp_path, tool):
    result = read(tmp_path, pd.DataFrame(TOOLS[tool]))
    found = result.codings
    assert set(found["source_tool"]) == {tool}
    assert list(zip(found["interview_id"], found["code_id"], strict=True)) == [
        ("INT-001", "manual"),
        ("INT-002", "return"),
    ]
    if tool != "table with one column a code":
        assert found["quote"].fillna("").tolist() == [
            "by hand",
            "",
        ]  # INT-002 did not agree to quotes
    assert counts(result)[:2] == [2, 2]


def test_headers_that_nobody_verified_say_so_and_can_be_changed(tmp_path):
    table = pd.DataFrame(TOOLS["MAXQDA coded segments"])
    report = read(tmp_path, table).import_report
    assert not report.loc[report["tool"] == "MAXQDA coded segments", "is_verified"].any()
    assert report["reason"].str.contains("never checked").any()
    renamed = table.rename(columns={"Document name": "Dokument", "Segment": "Textstelle"})
    result = read(
        tmp_path, renamed, format="maxqda", columns={"document": "Dokument", "quote": "Textstelle"}
    )
    assert len(result.codings) == 2
    with pytest.raises(UserError, match="there is no column 'Dokumnt'"):
        read(
            tmp_path,
            renamed,
            format="maxqda",
            columns={"document": "Dokumnt", "quote": "Textstelle"},
        )


def test_every_preset_is_whole():
    for file in ("tools", "codebooks"):
        for key, tool in preset(file).items():
            assert tool["name"] and tool["evidence"] and isinstance(tool["verified"], bool), key
            assert set(tool["needs"]) <= set(tool["columns"]), key


def test_a_coder_given_overrules_the_file(tmp_path):
    result = read(tmp_path, pd.DataFrame(TOOLS["QDA Miner retrieval"]), coder="Ana Silva")
    assert set(result.codings["coder_id"]) == {"C1"}
    unnamed = read(tmp_path, pd.DataFrame(TOOLS["Taguette highlights"]))
    assert any("does not say who coded" in s for s in describe_import(unnamed.import_report))


def test_an_unknown_table_is_an_error_that_shows_its_headers(tmp_path):
    with pytest.raises(UserError, match="no known format has these columns: Interview ID, Notes"):
        read(tmp_path, pd.DataFrame({"Interview ID": ["INT-001"], "Notes": ["long free text"]}))
    with pytest.raises(UserError, match="'maxqdaa' is no known format"):
        read(tmp_path, pd.DataFrame(TOOLS["MAXQDA coded segments"]), format="maxqdaa")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv.gz"])
def test_workbooks_and_packed_files(tmp_path, suffix):
    table = pd.DataFrame(TOOLS["plain list of codings"])
    path = tmp_path / f"codings{suffix}"
    table.to_excel(path, index=False) if suffix == ".xlsx" else table.to_csv(path, index=False)
    result = read_codings(
        [path],
        interviews=csv(tmp_path, "i.csv", INTERVIEWS),
        codebook=csv(tmp_path, "c.csv", CODES),
    )
    assert len(result.codings) == 2


def test_taguette_database(tmp_path):
    interviews = csv(tmp_path, "i.csv", INTERVIEWS)
    result = read_codings(
        [CodingFile(taguette(tmp_path / "p.sqlite3"), coder="Ana")], interviews=interviews
    )
    assert result.codings["quote"].tolist() == ["täglich 😀 von Hand", "the return"]
    text = "Wir exportieren täglich 😀 von Hand. Finance asks for the return."
    assert [
        text[a:b] for a, b in zip(result.codings["start"], result.codings["end"], strict=True)
    ] == result.codings["quote"].tolist()
    assert dict(zip(result.codebook["label"], result.codebook["family"], strict=True)) == {
        "Manual reports": "pain",
        "Prove the return": "goal",
    }
    assert reasons(result) == {"a highlight without a tag": 1}
    (tmp_path / "two").mkdir()
    two = read_codings(
        [taguette(tmp_path / "two" / "p.sqlite3", users=("ana", "ben"))], interviews=interviews
    )
    assert set(two.codings["coder_id"]) == {"C1", "C2"}


def test_qualcoder_database(tmp_path):
    result = read_codings([qualcoder(tmp_path / "data.qda")])
    book = result.codebook.set_index("label")
    assert book.loc["Weekly", "code_path"] == "Pain points/Manual reports/Weekly"
    assert book.loc["Weekly", "parent_id"] == book.loc["Manual reports", "code_id"]
    assert not book.loc["Pain points", "is_codable"]
    assert book.loc["Goal: return", "family"] == "goal"
    assert result.codings.loc[result.codings["unit"] == "segment", "quote"].tolist() == [
        "export by hand",
        "every week",
        "the return",
    ]
    text = "We export by hand 😀 every week.\nFinance asks for the return."
    third = result.codings[result.codings["quote"] == "the return"].iloc[0]
    assert text[third["start"] : third["end"]] == "the return"
    assert (result.codings["unit"] == "timecode").sum() == 1
    assert result.interviews["buying_role"].tolist() == ["technical_buyer"]
    assert "Dana" not in result.interviews.to_csv() + result.codings.to_csv()


# --- several codes in a cell ----------------------------------------------------------------------

WORDS = st.text(alphabet="abcd", min_size=1, max_size=3)
NAMES = st.lists(WORDS, min_size=1, max_size=3, unique=True).map(", ".join)


@given(st.lists(NAMES, min_size=1, max_size=6, unique=True), st.data())
def test_the_longest_match_loses_nothing(codebook, data):
    chosen = data.draw(st.lists(st.sampled_from(codebook), min_size=1, max_size=6))
    cell = ", ".join(chosen)
    pieces = split_cell(cell, [", "], codebook.__contains__)
    assert ", ".join(pieces) == cell
    assert all(p in codebook for p in pieces)  # it was made of codes, so a cut into codes exists
    assert len(pieces) <= len(chosen)  # and no cut into codes has fewer
    counted = split_cell(cell, [", "], codebook.__contains__, len(chosen))
    assert ", ".join(counted) == cell
    assert len(counted) == len(chosen)
    assert all(p in codebook for p in counted)


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True), st.data())
def test_what_no_code_explains_stays_one_piece(codebook, data):
    left = data.draw(st.lists(st.sampled_from(codebook), max_size=3))
    right = data.draw(st.lists(st.sampled_from(codebook), max_size=3))
    strange = "a whole sentence, with commas, of the transcript"
    pieces = split_cell(", ".join([*left, strange, *right]), [", "], codebook.__contains__)
    assert strange in pieces
    assert [p for p in pieces if p not in codebook] == [strange]


def test_codes_that_contain_the_separator(tmp_path):
    table = pd.DataFrame(
        {
            "Number": ["1", "2", "3", "4"],
            "Document": ["INT-001"] * 4,
            "Text Content": ["q1", "q2", "q3", "q4"],
            "Codes": [
                "trust, lack of, manual",
                "trust, lack of",
                "manual, He said, and I quote, that it fails",
                "manual",
            ],
            "Number of Codes": ["2", "2", "2", "2"],
        }
    )
    result = read(tmp_path, table)
    found = result.codings.groupby("quote")["code_id"].apply(sorted).to_dict()
    assert found == {
        "q1": ["manual", "trust_lack_of"],
        "q2": ["lack_of", "trust"],
        "q3": ["manual"],
        "q4": ["manual"],
    }
    assert reasons(result) == {"unknown code": 1}
    assert result.import_report["reason"].str.contains("differs from the file's own count").any()


def test_a_transcript_among_the_codes_is_not_printed(tmp_path):
    secret = (
        "a long passage of the transcript that somebody stored as the name of a code by mistake"
    )
    table = pd.DataFrame({"Interview ID": ["INT-001"], "Code": [secret]})
    report = read(tmp_path, table).import_report
    assert secret not in report.to_csv()
    assert f"a text of {len(secret)} characters" in report.to_csv()


def test_without_a_codebook_every_separator_parts(tmp_path):
    table = pd.DataFrame(
        {"Respondent": ["1", "2"], "Themes": ["setup;goal: speed", "setup; ;docs, other"]}
    )
    result = read(tmp_path, table, interviews=None, codes=None)
    assert sorted(result.codings["code_id"]) == ["docs_other", "goal_speed", "setup", "setup"]
    assert set(result.interviews["interview_id"]) == {"INT-001", "INT-002"}
    assert reasons(result) == {"no code in the row": 1}


# --- rules ----------------------------------------------------------------------------------------


def long(**columns):
    n = max(len(v) for v in columns.values())
    base = {
        "Interview ID": ["INT-001"] * n,
        "Coder": ["Ana"] * n,
        "Code": ["manual"] * n,
        "Quote": [f"quote {i}" for i in range(n)],
    }
    return pd.DataFrame({**base, **columns})


def test_merges_are_followed_and_headings_refused(tmp_path):
    result = read(tmp_path, long(Code=["Old return", "Pains", "manual"]))
    assert sorted(result.codings["code_id"]) == ["manual", "return"]
    assert reasons(result) == {"a heading, not a code": 1}
    assert result.import_report["reason"].str.contains("merged into").any()


@pytest.mark.parametrize(
    ("merged", "message"),
    [
        (["b", "a"], "merged in a circle: a -> b -> a"),
        (["zz", ""], "merged into 'zz', which is not in the codebook"),
    ],
)
def test_impossible_merges_are_errors(tmp_path, merged, message):
    with pytest.raises(UserError, match=message):
        read(
            tmp_path,
            long(Code=["a"]),
            codes=pd.DataFrame({"Code": ["a", "b"], "Merged Into": merged}),
        )


def test_consent(tmp_path):
    table = long(**{"Interview ID": ["INT-001", "INT-002", "INT-003"], "Memo": ["m1", "m2", "m3"]})
    result = read(tmp_path, table)
    assert result.interviews["interview_id"].tolist() == ["INT-001", "INT-002"]
    assert reasons(result, "interviews") == {"no consent to analysis": 1}
    assert reasons(result) == {"the interview was refused: no consent to analysis": 1}
    kept = result.codings.set_index("interview_id")
    assert kept["quote"].fillna("").to_dict() == {"INT-001": "quote 0", "INT-002": ""}
    assert kept["memo"].fillna("").to_dict() == {"INT-001": "m1", "INT-002": ""}


def test_withdrawal_leaves_no_trace(tmp_path):
    interviews = INTERVIEWS.assign(Person=["dana@acme.example", "P-2", "P-3"])
    paths = [csv(tmp_path, "codings.csv", long(**{"Interview ID": ["INT-001", "INT-002"]}))]
    for word in ("dana@acme.example", numbered("dana@acme.example", "P", 1)):
        result = read_codings(
            paths,
            interviews=csv(tmp_path, "i.csv", interviews),
            codebook=csv(tmp_path, "c.csv", CODES),
            terms=Terms(withdrawn=(word,)),
        )
        everything = "".join(
            getattr(result, t).to_csv()
            for t in ("interviews", "assignments", "topics_asked", "codings")
        )
        assert (
            "INT-001" not in everything and "dana" not in everything and "quote 0" not in everything
        )
        assert result.interviews["interview_id"].tolist() == ["INT-002"]


def test_a_withdrawn_id_that_is_nobodys_is_an_error_with_the_nearest_row(tmp_path):
    interviews = INTERVIEWS.assign(Person=["dana@acme.example", "P-2", "P-3"])
    with pytest.raises(UserError, match=r"'dama@acme.example' is nobody's .*stands in row 2"):
        read_codings(
            [csv(tmp_path, "codings.csv", long(**{"Interview ID": ["INT-001", "INT-002"]}))],
            interviews=csv(tmp_path, "i.csv", interviews),
            codebook=csv(tmp_path, "c.csv", CODES),
            terms=Terms(withdrawn=("P-2", "dama@acme.example")),
        )


def test_nothing_after_the_quarter_is_seen(tmp_path):
    from icplib.settings import Quarter

    paths = {
        "interviews": csv(tmp_path, "i.csv", INTERVIEWS),
        "codebook": csv(tmp_path, "c.csv", CODES),
    }
    table = long(
        **{"Interview ID": ["INT-001", "INT-002"], "Coded At": ["2026-08-09", "2026-10-01"]}
    )
    result = read_codings(
        [csv(tmp_path, "codings.csv", table)],
        **paths,
        terms=Terms(quarter=Quarter("2026Q3"), late_codings=False),
    )
    assert reasons(result) == {"coded after 2026Q3": 1}
    early = read_codings(
        [csv(tmp_path, "codings.csv", table)], **paths, terms=Terms(quarter=Quarter("2026Q2"))
    )
    assert early.interviews.empty and early.codings.empty
    assert reasons(early, "interviews")["after 2026Q2"] == 2


def test_names_of_people_do_not_survive(tmp_path):
    interviews = INTERVIEWS.assign(
        Name=["Dana Doe", "Erik Roe", "Fay"],
        Email=["dana@acme.example", "", ""],
        Title=["VP Analytics, Acme", "CFO", ""],
    )
    table = long(
        Coder=["Ana Silva"],
        Quote=["Ana Silva asked and Dana said: write to dana@acme.example"],
        Memo=["Doe was in a hurry"],
    )
    result = read(tmp_path, table, interviews=interviews)
    everything = "".join(
        getattr(result, t).to_csv()
        for t in ("interviews", "assignments", "topics_asked", "codings", "import_report")
    )
    for name in ("Dana", "Doe", "Silva", "Ana ", "Erik", "acme", "Acme"):
        assert name not in everything
    assert result.codings["quote"].item() == "[person] asked and [person] said: write to [person]"
    assert result.interviews["title_generic"].tolist() == [
        "data and analytics leader",
        "finance executive",
    ]


def test_assignments(tmp_path):
    interviews = INTERVIEWS.assign(Coders=["Ana; Ben", "Ben", ""])
    result = read(
        tmp_path,
        long(**{"Interview ID": ["INT-001", "INT-002"], "Coder": ["Ana", "Ana"]}),
        interviews=interviews,
    )
    rows = {(r.interview_id, r.coder_id, r.status) for r in result.assignments.itertuples()}
    assert rows == {
        ("INT-001", "C1", "complete"),
        ("INT-001", "C2", "complete"),
        ("INT-002", "C2", "complete"),
        ("INT-002", "C1", "partial"),
    }


def test_wide_tables_know_who_looked(tmp_path):
    result = read(
        tmp_path,
        pd.DataFrame(
            {"Interview ID": ["INT-001", "INT-002"], "manual": ["1", "0"], "return": ["", "no"]}
        ),
        coder="Ana",
    )
    assert len(result.codings) == 1
    assert result.assignments["interview_id"].tolist() == ["INT-001", "INT-002"]


def test_topics_asked(tmp_path):
    interviews = INTERVIEWS.assign(Topics=["Pain points", "all", ""])
    asked = read(tmp_path, long(Code=["manual"]), interviews=interviews).topics_asked
    table = {(r.interview_id, r.family): bool(r.asked) for r in asked.itertuples()}
    assert table == {
        ("INT-001", "pain"): True,
        ("INT-001", "goal"): False,
        ("INT-002", "pain"): True,
        ("INT-002", "goal"): True,
    }


def test_roles_beyond_the_buying_roles_are_kept_for_grouping(tmp_path):
    interviews = read(tmp_path, long(Code=["manual"])).interviews
    assert interviews["buying_role"].tolist() == ["technical_buyer", "other"]
    assert interviews["role"].tolist() == ["technical_buyer", "cfo_office"]


def test_file_names_find_their_interview():
    listed = read_interviews(
        INTERVIEWS.assign(Document=["Call with Dana.docx", "", ""]), "i.csv", Ledger()
    )
    assert listed.find("Call with Dana.docx") == "INT-001"
    assert listed.find("int-002.TXT") == "INT-002"
    assert listed.find("2026-08 INT-002 final.docx") == "INT-002"
    assert listed.find("INT-0021.docx") is None
    assert listed.find("INT-001 and INT-002.docx") is None
    assert listed.find("") is None


def test_ids_of_other_forms_get_stable_numbers():
    assert numbered("int-0007", "INT", 3) == "INT-0007"
    assert numbered("7", "INT", 3) == "INT-007"
    assert numbered("Dana Doe", "P", 1) == numbered("dana doe", "P", 1)
    assert numbered("Dana Doe", "P", 1) != numbered("Dan Doe", "P", 1)
    assert numbered("Dana Doe", "P", 1)[2:].isdigit()


def test_dates_are_settled_by_the_column():
    assert as_dates(pd.Series(["3/4/2026", "3/14/2026"]), None, "f", "c").dt.day.tolist() == [4, 14]
    assert as_dates(pd.Series(["3.4.26", "14.3.26"]), None, "f", "c").dt.month.tolist() == [4, 3]
    with pytest.raises(UserError, match="day first or month first"):
        as_dates(pd.Series(["3/4/2026"]), None, "f", "c")
    with pytest.raises(UserError, match="other dates the month"):
        as_dates(pd.Series(["3/14/2026", "14/3/2026"]), None, "f", "c")
    with pytest.raises(UserError, match="date_order is dmy"):
        as_dates(pd.Series(["3/14/2026"]), "dmy", "f", "c")


def test_small_values():
    assert [as_polarity(t) for t in ("+", "-1", "0", "", None, "maybe")] == [
        1,
        -1,
        0,
        None,
        None,
        None,
    ]
    assert (
        Redactor(["Dana Doe", "C1", "admin"])("Dana's admin of C1, Mr Doe")
        == "[person]'s admin of C1, Mr [person]"
    )
    assert Redactor([])("as it was") == "as it was"


def test_a_list_without_ids_is_an_error(tmp_path):
    with pytest.raises(UserError, match="no column holds the interview's id"):
        read(tmp_path, long(Code=["manual"]), interviews=pd.DataFrame({"Role": ["x"]}))


# --- every row is accounted for -------------------------------------------------------------------

CELL = st.sampled_from(
    ["manual", "return", "Old return", "Pains", "nonsense", "", "  ", "trust, lack of"]
)
ROW = st.fixed_dictionaries(
    {
        "Interview ID": st.sampled_from(["INT-001", "INT-002", "INT-003", "INT-009", ""]),
        "Coder": st.sampled_from(["Ana", "Ben", ""]),
        "Code": CELL,
        "Quote": st.sampled_from(["", "q"]),
        "Start": st.sampled_from(["", "3", "x", "-1"]),
        "End": st.sampled_from(["", "9", "1"]),
        "Polarity": st.sampled_from(["", "1", "-1", "?"]),
        "Pass": st.sampled_from(["", "1", "2", "zero"]),
    }
)
MARKS = st.sampled_from(["0", "1", "", "x", "maybe", "yes", "2"])


def account(table, **options):
    codes = code_frame(
        [
            {
                "path": (c,),
                "code_id": None,
                "family": f,
                "is_codable": k == "yes",
                "merged_into": m or None,
            }
            for c, f, m, k in CODES.itertuples(index=False)
        ]
    ).assign(file="codes.csv")
    ledger = Ledger()
    ledger.add("codebook", "codes.csv", "read", len(codes))
    listed = read_interviews(INTERVIEWS, "i.csv", ledger)
    imported = codings_of_table(table, "codings.csv", "0", ledger, Hints(**options))
    return assemble(Files([imported], listed, codes), ledger, Terms())


def every_row_is_accounted_for(result):
    for source in ("interviews", "codebook", "codings"):
        n_read, n_kept, n_dropped = counts(result, source)
        assert n_read == n_kept + n_dropped, source
    assert counts(result)[1] == len(result.codings)
    assert counts(result, "interviews")[1] == len(result.interviews)
    assert result.codings["coding_id"].is_unique
    looked = set(
        zip(
            result.assignments["interview_id"],
            result.assignments["coder_id"],
            result.assignments["pass"],
            strict=True,
        )
    )
    assert (
        set(
            zip(
                result.codings["interview_id"],
                result.codings["coder_id"],
                result.codings["pass"],
                strict=True,
            )
        )
        <= looked
    )
    assert set(result.codings["interview_id"]) <= set(result.interviews["interview_id"])


@settings(deadline=None, max_examples=20)
@given(st.lists(ROW, max_size=12))
def test_every_row_of_a_list_is_accounted_for(rows):
    table = pd.DataFrame(
        rows, columns=["Interview ID", "Coder", "Code", "Quote", "Start", "End", "Polarity", "Pass"]
    )
    result = account(table, wanted="long")
    assert counts(result)[0] == len(table)
    every_row_is_accounted_for(result)
    spans = result.codings[result.codings["start"].notna()]
    key = ["interview_id", "coder_id", "pass", "code_id", "start", "end"]
    assert not spans.duplicated(key).any()


@settings(deadline=None, max_examples=12)
@given(
    st.lists(
        st.tuples(st.sampled_from(["INT-001", "INT-002", "INT-009", ""]), MARKS, MARKS), max_size=8
    )
)
def test_every_mark_of_a_wide_table_is_accounted_for(rows):
    table = pd.DataFrame(rows, columns=["Interview ID", "manual", "nonsense"])
    result = account(table, wanted="wide", coder="Ana")
    every_row_is_accounted_for(result)
    present = sum(mark in ("1", "x", "yes", "2") for _, *marks in rows for mark in marks)
    strange = sum(mark == "maybe" for _, *marks in rows for mark in marks)
    assert counts(result)[0] == present + strange


# --- the example company --------------------------------------------------------------------------


def test_the_examples_interviews_are_read_whole():
    from icplib.workbook import Workbook, data_root

    if not (data_root() / "example" / "company.toml").is_file():
        pytest.skip("the example company is not written yet: run `icp example`")
    result = read_sources(Workbook("example", "2026Q3"))
    every_row_is_accounted_for(result)
    assert len(result.interviews) == 24
    assert set(result.assignments["coder_id"]) == {"C1", "C2"}
    assert result.interviews["account_id"].notna().all()
    unquoted = result.interviews.loc[result.interviews["consent_quotes"] != "yes", "interview_id"]
    assert (
        len(unquoted)
        and result.codings.loc[result.codings["interview_id"].isin(unquoted), "quote"].isna().all()
    )
    assert not reasons(result).keys() - {"duplicate: same interview, coder, pass, code and stretch"}
