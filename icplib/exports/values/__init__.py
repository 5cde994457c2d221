"""Text -> values: the one reader of numbers, money, shares, dates, truth, ids, bands and lists.

What a cell says is read per cell by DuckDB macros, so that five million invoices are read as fast
as five. What needs the whole column (the decimal sign, the order of day and month, percent or
share, the kind of an unknown column) is decided from counts over all its cells, never from a
sample; a column that can be read in two ways is an error with its cells and the line to write.
Cells that came with a type of their own keep it and never pass through text.
"""

from icplib.exports.values.bands import band_middle, read_band, undo_excel
from icplib.exports.values.kinds import Guess, band_label, guess_kind, ordinal_order
from icplib.exports.values.lists import (
    find_separator,
    folded,
    is_list,
    members_known,
    separator_of,
    split_set,
)
from icplib.exports.values.reading import (
    Reading,
    cleaned,
    column_reading,
    expression,
    install,
    number_of,
    reading_of,
    settle,
    text_sql,
)
from icplib.vocabulary.cells import MISSING_WORDS
