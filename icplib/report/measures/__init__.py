"""The eight measures of profile success.

Lead quality, conversion, customer value and cycle length, by ICP and by persona. Each is one
decorated function with its words beside it (`registry.measure`) and is shown in the ICP against
outside it, with a 95 % interval and n. A window of one quarter is used where it holds enough cases;
else the last `settings.report.lead_window_quarters` are pooled, and the window is printed.

Intervals: Wilson for shares of independent cases, Newcombe for their difference; Wilson on the
account-clustered effective n for touches and for deals (an account can have several); Student and
Welch for means; order statistics and Hodges-Lehmann for medians.
"""

from icplib.report.measures import by_persona, by_profile
from icplib.report.measures.registry import INTRODUCTIONS, measure, row
from icplib.report.measures.table import (
    change_words,
    definitions,
    hide_small,
    missing,
    moved_words,
    success_measures,
)
