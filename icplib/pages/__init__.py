"""The room of pages: templates and values, blocks of HTML and text, and what may be shown.

``Pages(folder)`` renders the templates of a room; ``counts`` hides small groups; ``Shared`` lets
through what everyone may read; ``Table``, ``Bars`` and ``CardView`` are what templates draw.
"""

from icplib.pages.counts import Part, part, together
from icplib.pages.said import Block, Pages, Said, fixed, plain, slug, style
from icplib.pages.shared import Shared
