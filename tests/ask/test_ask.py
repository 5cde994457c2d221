"""The room's front door."""

import icplib.ask as room


def test_every_verb_says_in_one_line_what_it_answers():
    for name in room.__all__:
        first = getattr(room, name).__doc__.splitlines()[0]
        assert first.endswith((".", "?")) or "?" in first, name
