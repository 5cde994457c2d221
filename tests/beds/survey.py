"""Real codings: free text of some 700 respondents of the Jupyter UX survey, coded into themes."""

import pandas as pd

from icplib.interviews import CodingFile, Terms, read_codings
from icplib.personas.evidence import CANONICAL
from icplib.settings import Quarter
from machine import SHARED_DATA

SURVEY = SHARED_DATA / "jupyter-ux-survey"


# Each question is a family of its own here, so that "asked" means "answered this question"; the
# wording of the survey decides which.
QUESTIONS = {
    "difficult_aspects": "pain",
    "hinderances": "fear_objection",
    "pleasant_aspects": "motivation",
    "features_changes": "buying_criterion",
    "integrations": "daily_habit",
    "first_experience_enhancements": "background",
    "workflow_needs_addressed": "success_metric",
    "workflow_needs_not_addressed": "goal",
}


def survey():
    """Canonical tables of the survey; the respondents' main role stands in ``role``."""
    return read_codings(
        [
            CodingFile(
                SURVEY / f"{q}_themes.csv",
                format="listed",
                coder="C1",
                family=f,
                columns={"document": "column 1", "code": f"{q}_themes"},
            )
            for q, f in QUESTIONS.items()
        ],
        CodingFile(
            SURVEY / "roles.csv",
            columns={"interview_id": "column 1", "buying_role": "roles_primary"},
        ),
        terms=Terms(quarter=Quarter("2026Q3")),
    )


def as_interviews(tables):
    """The canonical tables by name, with what a survey of strangers lacks.

    Consent, and one fitting account a respondent.
    """
    people = tables.interviews
    known = {
        "icp_fit": pd.array([True] * len(people), "boolean"),
        "consent_analysis": "yes",
        "account_id": people["interview_id"].str.replace("INT", "A"),
    }
    return {name: getattr(tables, name) for name in CANONICAL} | {
        "interviews": people.assign(**known)
    }
