"""Counts in sentences: one rule (`pages.counts`), here with the share it allows."""

from icplib import words
from icplib.pages.counts import count, gives_away, is_small, part, with_partner

__all__ = ["count", "gives_away", "is_small", "share_of", "with_partner"]


def share_of(k: int, n: int, least: int) -> str:
    """'28 % of 86', or in words where the share would show a small group."""
    held = part(k, n, least)
    return f"{words.share(held.share)} of {words.number(n)}" if held.is_shown else str(held)
