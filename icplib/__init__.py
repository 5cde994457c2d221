"""The helper library behind the six notebooks of the ICP workbook.

Ground floor: problems, settings, tables, icp, workbook, exports, stats, charts.
One step module per notebook: gather, patterns, churn, scoring, personas, report.
"""

import os

# Before numpy is loaded: threads of the linear algebra cost ten times the CPU on matrices as small
# as ours.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
