"""Step 3: which patterns hold against those who left, what warned of it, what remains.

``observe`` says who was followed from when to when; ``curves`` how long they stayed; ``red_flags``
what they had in common before; ``checks`` what else could be wrong with the profile; ``profile``
what is left of it; ``words`` says it all in sentences.
"""

from icplib.churn.checks import cohort_stability, cohorts, common_traits, influence
from icplib.churn.curves import hazard_ratios, incidence, restricted_means, seen_with_fit, survival
from icplib.churn.observe import observe, summarise
from icplib.churn.profile import final_profile
from icplib.churn.red_flags import red_flags
from icplib.churn.summary import conclude
from icplib.churn.words import (
    describe_cohorts,
    describe_common,
    describe_hazards,
    describe_incidence,
    describe_influence,
    describe_means,
    describe_observed,
    describe_profile,
    describe_red_flags,
    describe_survival,
)
