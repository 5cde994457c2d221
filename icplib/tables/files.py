"""One list of the files that a run hands out, and who may have each.

``shared`` files stand in the run's report folder; each of them passes the gate of names and the
suppression of small counts. Everything else is ``internal``: it stands in ``internal/`` beneath,
and a text or a page says so in its first line.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from icplib.problems import UserError

INTERNAL = "internal"  # the folder of what stays in the house
WARNING = "Internal: names accounts and shows every count. Do not pass on."


@dataclass(frozen=True)
class Handout:
    """A file, or a family of files by pattern: who may have it, and what to do with it."""

    pattern: str
    audience: Literal["shared", "internal"]
    step: int
    use: str

    @property
    def folder(self) -> str:
        """Where it stands beneath the run's report folder."""
        return "" if self.audience == "shared" else INTERNAL


HANDOUTS = (
    Handout("report.html", "shared", 6, "mail it to everyone who decides"),
    Handout("FAILED.html", "internal", 6, "why there is no new report; stands beside the old one"),
    Handout("summary.md", "shared", 6, "ten lines for the covering mail"),
    Handout("slides.pptx", "shared", 6, "six slides to edit and present"),
    Handout("facts.json", "shared", 6, "page one as data, for a dashboard"),
    Handout("decisions.csv", "shared", 6, "write down what was decided and by which role"),
    Handout("icp.json", "shared", 3, "the profile as data"),
    Handout("scorecard.json", "shared", 4, "the card as data"),
    Handout("scorecard*.sql", "shared", 4, "score on the warehouse"),
    Handout("scorecard_*.txt", "shared", 4, "hand it to the CRM administrator"),
    Handout("scorecard_*.csv", "shared", 4, "hand it to the CRM administrator"),
    Handout("persona_cards.html", "shared", 5, "print it, one page a persona"),
    Handout("analyst.html", "internal", 6, "check every number"),
    Handout("manifest.json", "internal", 6, "hashes of all that was read and made"),
    Handout("*.csv", "internal", 4, "lists of accounts or contacts for sales and the CRM"),
    Handout("*.xlsx", "internal", 4, "lists of accounts for sales"),
)


def handout(filename: str) -> Handout:
    """What the list says of a file; UserError where it is on no list."""
    for one in HANDOUTS:
        if fnmatchcase(filename, one.pattern):
            return one
    raise UserError(
        f"no list says who may have the file {filename}",
        remedy="Declare it in icplib/tables/files.py: shared or internal, and what it is for.",
    )
