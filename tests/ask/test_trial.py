"""Other settings on the same data: nothing of the quarter is written."""

import pytest

from icplib.ask.trial import with_settings
from icplib.problems import UserError


def contents(folder):
    return {p: p.stat().st_mtime_ns for p in sorted(folder.rglob("*")) if p.suffix != ".lock"}


def test_a_trial_has_its_own_best_and_touches_no_quarter(book):
    home = book.folder / "processed"
    before = contents(home)
    fewer = with_settings(book, **{"best.share": 0.1})
    share = [b.read("02_best")["is_best"].mean() for b in (book, fewer)]
    assert share[1] < 0.6 * share[0] and contents(home) == before
    assert fewer.processed.parent != home and fewer.settings.best.share == 0.1


def test_an_unknown_setting_names_the_nearest(book):
    with pytest.raises(UserError, match="Did you mean 'by'"):
        with_settings(book, **{"best.buy": "profit"})


def test_what_a_trial_does_not_make_is_told(book):
    with pytest.raises(UserError, match="a trial has no 05_personas"):
        with_settings(book).read("05_personas")
