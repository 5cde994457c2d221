"""Step 2: who is best, what the best have in common apart from noise, the draft profile."""

from icplib.patterns.beliefs import agreement, beliefs, describe_beliefs
from icplib.patterns.best import choose_best, overlap, tenure
from icplib.patterns.describe import (
    describe_attributes,
    describe_best,
    describe_cutoff,
    describe_disqualifiers,
    describe_ladder,
    describe_leaks,
    describe_noise,
    describe_overlap,
    describe_patterns,
    describe_profiles,
    describe_range,
    describe_sheet,
    describe_tenure,
)
from icplib.patterns.fit import fit
from icplib.patterns.profile import draft_profiles
from icplib.patterns.search import Search, design_of, search
from icplib.patterns.sellers import describe_sellers, sellers
from icplib.patterns.sheet import sheet
from icplib.patterns.tables import attributes_table, noise, patterns_table, range_bins
