"""03_churn: what could be studied, what came out of it, in numbers and in sentences for the report."""  # noqa: E501

from __future__ import annotations

import pandas as pd

from icplib.churn import words
from icplib.churn.checks import cohort_stability
from icplib.churn.red_flags import not_tested
from icplib.icp import Profiles
from icplib.tables.step_03 import ChurnSummary


def conclude(
    summary: ChurnSummary,
    *,
    attributes: pd.DataFrame,
    survival: pd.DataFrame,
    means: pd.DataFrame,
    hazards: pd.DataFrame,
    flags: pd.DataFrame,
    common: pd.DataFrame,
    cohorts: pd.DataFrame,
    profiles: Profiles,
) -> ChurnSummary:
    """The summary completed by what the tables of step 3 say."""
    found = {
        "horizon_months": float(means["horizon_months"].iloc[0]) if len(means) else None,
        "stability": cohort_stability(cohorts),
        "not_tested": not_tested(attributes),
    }
    summary = summary.model_copy(update=found)
    sentences = (
        words.describe_observed(summary),
        words.describe_survival(survival, summary),
        words.describe_means(means, summary),
        words.describe_hazards(hazards, summary),
        words.describe_red_flags(flags, summary),
        words.describe_common(common, summary),
        words.describe_cohorts(cohorts, summary.stability),
        words.describe_profile(profiles, summary),
    )
    return summary.model_copy(update={"sentences": tuple(dict.fromkeys(sentences))})
