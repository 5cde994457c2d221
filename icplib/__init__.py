"""The helper library behind the six notebooks of the ICP workbook.

Ground floor: problems, settings, tables, icp, workbook, exports, stats, charts.
One step module per notebook: gather, patterns, churn, scoring, personas, report.
"""
