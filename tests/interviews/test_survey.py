"""Real codings: free text of about 700 respondents of the Jupyter UX survey, coded into themes,
with roles.
"""

import csv

import pandas as pd
import pytest

from icplib.icp import Profiles
from icplib.personas.evidence import gather_evidence, sort_interviews
from icplib.personas.statements import form_groups
from icplib.settings import Personas, Quarter
from icplib.tables.step_05_cards import Gate
from survey import QUESTIONS, SURVEY, as_interviews, survey


@pytest.fixture(scope="module")
def tables():
    if not SURVEY.is_dir():
        pytest.skip(f"the survey is not beside the checkout ({SURVEY})")
    return survey()


def rows_of(name):
    with (SURVEY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=";"))[1:]


def test_every_respondent_and_role_is_there(tables):
    roles = {f"INT-{int(r[0]):03d}": r[3] for r in rows_of("roles.csv")}
    found = dict(
        zip(tables.interviews["interview_id"], tables.interviews["role"].fillna(""), strict=True)
    )
    assert found == roles
    assert set(tables.interviews["buying_role"].dropna()) == {"other"}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_theme_is_counted(tables, question):
    listed = {f"INT-{int(r[0]):03d}" for r in rows_of("roles.csv")}
    wanted = set()
    for respondent, themes, *_ in rows_of(f"{question}_themes.csv"):
        interview = f"INT-{int(respondent):03d}"
        wanted |= {
            (interview, t.strip()) for t in themes.split(",") if t.strip() and interview in listed
        }
    family = QUESTIONS[question]
    labels = dict(zip(tables.codebook["code_id"], tables.codebook["label"], strict=True))
    mine = tables.codings[
        tables.codings["code_id"].isin(
            tables.codebook.loc[tables.codebook["family"] == family, "code_id"]
        )
    ]
    assert {(r.interview_id, labels[r.code_id]) for r in mine.itertuples()} == wanted
    assert len(mine) == len(wanted)


def test_asked_means_answered_that_question(tables):
    answered = {f"INT-{int(r[0]):03d}" for r in rows_of("hinderances_themes.csv")}
    asked = tables.topics_asked[tables.topics_asked["family"] == "fear_objection"]
    assert set(asked.loc[asked["asked"], "interview_id"]) == answered & set(
        tables.interviews["interview_id"]
    )
    assert not asked["asked"].all()


def test_read_is_kept_plus_dropped(tables):
    report = tables.import_report
    for key, part in report[report["source"] == "codings"].groupby("file"):
        n = part.groupby("outcome")["n"].sum()
        assert n["read"] == n["kept"] + n.get("dropped", 0), key
    kept = report[(report["source"] == "codings") & (report["outcome"] == "kept")]["n"].sum()
    assert kept == len(tables.codings) > 4000


def test_roles_that_are_no_buying_roles_are_kept_and_carded_by_their_interviews(tables):
    ready, settings = as_interviews(tables), Personas()
    sorted_out = sort_interviews(
        ready["interviews"],
        pd.DataFrame({"account_id": []}),
        Profiles(),
        settings,
        Quarter("2026Q3"),
    )
    evidence = gather_evidence(ready, sorted_out, settings)
    assert (
        set(evidence.interviews["buying_role"].dropna()) == {"other"}
        and evidence.interviews["role"].nunique() == 16
    )  # fifteen and unknown
    groups, further, short = form_groups(
        evidence, Gate(mode="by role", n_interviews=706, n_roles=15, sentence=""), settings
    )
    assert [g.role for g in groups] == ["data_scientist", "student", "scientist", "developer"]
    assert further[0].role == "researcher" and [g.role for g in short] == ["author"]
