"""The hands: questions of an analyst's own, answered from a run that is there.

Each verb answers with a table, a sentence and, where it helps, a chart. The room stands above the
steps, as the commands do: it calls their verbs, and none of them knows it. It writes the ledger of
questions beside the company's data, and nothing else but scratch.
"""

from icplib.ask.account import explain
from icplib.ask.answers import Answer, is_interactive, show
from icplib.ask.by_hand import panel
from icplib.ask.comparing import compare
from icplib.ask.question import ask
from icplib.ask.trial import with_settings

__all__ = [
    "Answer",
    "ask",
    "compare",
    "explain",
    "is_interactive",
    "panel",
    "show",
    "with_settings",
]
