"""A run that is not there: other settings on the same data, computed in memory and in scratch.

Only what is asked for is made, by the verbs that the notebooks call. Nothing of a quarter is ever
written: its tables are read, and made anew where the settings reach into step 1.
"""

import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from icplib import churn, gather, patterns, scoring, words
from icplib.problems import UserError
from icplib.settings import Settings, read_settings
from icplib.workbook import Workbook

#: settings that step 1 does not look at
LATER: Any = {
    "patterns": True,
    "score": True,
    "personas": True,
    "report": True,
    "limits": True,
    "segments": True,
    "beliefs": True,
    "decisions": True,
    "scenarios": True,
    "best": {"by", "over", "share"},
}


class Trial(Workbook):
    """The run ``of`` under other settings; artefacts of steps 1 to 4, made when they are read."""

    def __init__(self, of: Workbook, settings: Settings, scenario: str, changes: dict[str, Any]):
        self.company, self.folder, self.quarter = of.company, of.folder, of.quarter
        self.scenario, self.settings, self.changes, self._of = scenario, settings, changes, of
        self._scratch = tempfile.TemporaryDirectory(prefix="icp-trial-")

    @property
    def label(self) -> str:
        """The run's name with what is changed in it."""
        changes = [f"{name} = {value}" for name, value in self.changes.items()]
        return " with ".join([super().label, *([words.listed(changes)] if changes else [])])

    @property
    def processed(self) -> Path:
        """A scratch folder; it goes with the workbook."""
        return Path(self._scratch.name) / "processed"

    @property
    def reports(self) -> Path:
        """A scratch folder: no page of a trial stands among the reports."""
        return Path(self._scratch.name) / "reports"

    def read(self, name: str) -> Any:
        """The artefact, made first where it is not there."""
        if not self.has(name):
            if name[:2] == "01":
                self._take(name)
            elif name in MAKERS:
                MAKERS[name](self)
            else:
                raise UserError(
                    f"a trial has no {name}", remedy="Run the scenario with `icp refresh`."
                )
        return super().read(name)

    def _take(self, name: str) -> None:
        if _door(self.settings) == _door(self._of.settings):
            self.write(name, self._of.read(name))
            return
        found = gather.gather(self)
        for part in vars(found):
            self.write(f"01_{part}", getattr(found, part))

    @cached_property
    def search(self) -> Any:
        """The search of step 2."""
        accounts, attributes = self.read("01_accounts"), self.read("01_attributes")
        best, deals = self.read("02_best"), self.read("01_deals")
        return patterns.search(accounts, attributes, best, self.settings, deals)


def with_settings(book: Workbook, **changes: Any) -> Workbook:
    """The same run with other settings, such as ``**{"best.by": "profit", "best.share": 0.1}``.

    UserError for a setting that is none. The archived quarter is never written.
    """
    changes = getattr(book, "changes", {}) | changes
    settings = read_settings(book.folder / "company.toml", book.scenario, changes)
    return Trial(book, settings, book.scenario, changes)


def _door(settings: Settings) -> dict[str, Any]:
    return settings.model_dump(exclude=LATER)


def _best(book: Trial) -> None:
    book.write("02_best", patterns.choose_best(book.read("01_accounts"), book.settings))


def _searched(book: Trial) -> None:
    book.write("02_attributes", patterns.attributes_table(book.search))
    book.write("02_patterns", patterns.patterns_table(book.search, book.settings.currency))


def _draft(book: Trial) -> None:
    noise = patterns.noise(book.search, book.settings)
    found, at = book.read("02_patterns"), (book.quarter, book.settings_hash())
    draft, rules = patterns.draft_profiles(book.search, found, noise, book.settings, *at)
    book.write("02_profile", draft)
    accounts, best = book.read("01_accounts"), book.read("02_best")
    book.write("02_fit", patterns.fit(accounts, book.search, best, draft, rules))


def _left(book: Trial) -> None:
    observed = churn.observe(book.read("01_accounts"), book.settings.churn, book.as_of)
    book.write("03_observed", observed)


def _profile(book: Trial) -> None:
    observed, accounts = book.read("03_observed"), book.read("01_accounts")
    draft, best = book.read("02_profile"), book.read("02_best")
    summary = churn.summarise(observed, book.settings)
    followed = churn.seen_with_fit(observed, book.read("02_fit"))
    level = book.settings.patterns.false_discovery_rate
    flags = churn.red_flags(
        followed,
        accounts,
        book.read("01_attributes"),
        book.read("01_tickets"),
        summary,
        landmark_days=book.settings.churn.landmark_days,
        level=level,
        currency=book.settings.currency,
    )
    book.write("03_red_flags", flags)
    hazards = book.write("03_cox", churn.hazard_ratios(followed, accounts, draft, summary))
    final = churn.final_profile(draft, hazards, summary, accounts, best, level=level)
    book.write("03_profile", final)


def _scores(book: Trial) -> None:
    accounts, attributes = book.read("01_accounts"), book.read("01_attributes")
    best, screened = book.read("02_best"), book.read("02_attributes")
    profiles, flags = book.read("03_profile"), book.read("03_red_flags")
    sample = scoring.build_sample(accounts, attributes, best, screened, profiles, flags)
    card = scoring.build_card(book, sample, attributes, flags, profiles).card
    book.write("04_scorecard", card)
    book.write("04_scores", scoring.score_table(card, accounts, profiles.fits(accounts)))


MAKERS: dict[str, Callable[[Trial], None]] = {
    "02_best": _best,
    "02_attributes": _searched,
    "02_patterns": _searched,
    "02_profile": _draft,
    "02_fit": _draft,
    "03_observed": _left,
    "03_red_flags": _profile,
    "03_profile": _profile,
    "04_scorecard": _scores,
    "04_scores": _scores,
}
