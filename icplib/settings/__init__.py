"""The company's settings file (``company.toml``) as frozen models.

Every key has a documented default (`docs/settings.md` is written from the descriptions here); an
unknown key is an error that names the nearest known one. A scenario is a named set of overrides in
the same file: ``[scenarios.by_profit]`` with ``best.by = "profit"`` stands beside the main run.
"""

from icplib.settings.company import Settings
from icplib.settings.levers import levers
from icplib.settings.people import AntiPersona, Message, MessageTest, Personas
from icplib.settings.quarter import Quarter
from icplib.settings.reading import read_settings
from icplib.settings.sources import (
    SOURCES,
    AttributeSettings,
    Cleaning,
    Kind,
    Privacy,
    Source,
    Timing,
)
from icplib.settings.steps import (
    Belief,
    Best,
    Churn,
    Decision,
    Limit,
    Patterns,
    Report,
    Score,
    Segment,
)
