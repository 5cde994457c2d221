"""Step 4: a score that a CRM can take, and that can be defended.

``build_sample`` and ``build_card`` make the scorecard, ``score_companies`` reads it off,
``trust_table`` and its neighbours say how far it may be trusted, ``export_files`` writes what
people take away, ``score_file`` scores a new list.
"""

from icplib.scoring.build import build_card, build_sample
from icplib.scoring.companies import (
    beside_points,
    engagement_grid,
    points_of,
    read_aloud,
    score_companies,
    score_table,
    state_shares,
)
from icplib.scoring.files import score_file
from icplib.scoring.handover import export_files, prospects
from icplib.scoring.movers import describe_movers, movers_table
from icplib.scoring.on_trial import describe_trial, needed, trial_table
from icplib.scoring.sales import sales_table
from icplib.scoring.trust import backtest_table, calibration_table, tier_table, trust_table
from icplib.scoring.verdicts import describe_verdicts, verdicts_table
from icplib.scoring.watch import drift_table
from icplib.scoring.words import (
    describe_backtest,
    describe_calibration,
    describe_card,
    describe_company,
    describe_drift,
    describe_exports,
    describe_grid,
    describe_knock_outs,
    describe_tiers,
    describe_trust,
)
