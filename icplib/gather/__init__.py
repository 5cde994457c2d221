"""Step 1, gather: exports become one typed row per company, with account of all that is lost.

``gather(workbook)`` does it; the ``describe_*`` functions put its tables into sentences.
"""

from icplib.gather.check import check, look, stale
from icplib.gather.describe import (
    describe_attributes,
    describe_churn_match,
    describe_companies,
    describe_leakage,
    describe_losses,
    describe_quality,
    describe_readiness,
    describe_sources,
)
from icplib.gather.run import Gathered, gather
