"""Charts: a tidy table in, an axis out.

One module per step; the shared look lives in `theme` (read its first page).
"""
