"""One list of the files that a run hands out, and who may have each.

``shared`` files stand in the run's report folder; each of them passes the gate of names and the
suppression of small counts. Everything else is ``internal``: it stands in ``internal/`` beneath,
and a text or a page says so in its first line.
"""

import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from icplib.problems import UserError

INTERNAL = "internal"  # the folder of what stays in the house
WARNING = "Internal: names accounts and shows every count. Do not pass on."


DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


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
    Handout("scorecard*.sql", "shared", 4, "run it over the CRM's table of companies"),
    Handout("scorecard_*.txt", "shared", 4, "have the CRM administrator make the fields it lists"),
    Handout("scorecard_*.csv", "shared", 4, "type it into HubSpot's score builder, row by row"),
    Handout("persona_cards.html", "shared", 5, "print it, one page a persona"),
    Handout("analyst.html", "internal", 6, "check every number"),
    Handout("manifest.json", "internal", 6, "hashes of all that was read and made"),
    Handout("prospects.csv", "internal", 4, "load it into the CRM or any sheet"),
    Handout("prospects.xlsx", "internal", 4, "give it to sales; it takes their verdicts"),
    Handout("hubspot_values.csv", "internal", 4, "import it as properties of HubSpot's companies"),
    Handout("score_trial.csv", "internal", 4, "tell sales whom to work and whom to leave alone"),
    Handout("persona_contacts.csv", "internal", 5, "give each contact its persona in the CRM"),
    Handout("persona_rules.csv", "internal", 5, "filter the CRM's titles by persona"),
    Handout("message_test_*.csv", "internal", 5, "send each account the message drawn for it"),
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


def disarmed(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: OWASP, "CSV injection"."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


#: keys of a JSON file that count companies, deals or people, or are worked out from such counts
COUNTED = re.compile(
    r"n|n_(best|best_with|with|known|accounts|customers|prospects|fit|not|unknown)"
    r"|lift\w*|precision_apparent|coverage|churn"
)
SAID = re.compile(r"(?<![\d.,])(\d+)(?= (?:of \d|(?:best )?(?:customer|compan|account|prospect)))")


def without_small_counts(payload: bytes, least: int) -> bytes:
    """A shared JSON file without any count from 1 to ``least`` - 1, nor what would tell it.

    Of objects in one list (the lines of a card, its tiers) all lose their counts where one has to:
    they add up to what is shown.
    """
    hushed = _hushed(json.loads(payload), least)
    return f"{json.dumps(hushed, indent=1, ensure_ascii=False)}\n".encode()


def _hushed(x: Any, least: int) -> Any:
    if isinstance(x, str):
        few = f"fewer than {least}"
        return SAID.sub(lambda m: few if 0 < int(m[1]) < least else m[1], x)
    if isinstance(x, dict):
        kept = _uncounted(x) if _is_few(x, least) else x
        return {k: _hushed(v, least) for k, v in kept.items()}
    if isinstance(x, list):
        is_few = any(_is_few(one, least) for one in x)
        return [_hushed(_uncounted(one) if is_few else one, least) for one in x]
    return x


def _is_few(x: Any, least: int) -> bool:
    counts = x.items() if isinstance(x, dict) else ()
    return any(COUNTED.fullmatch(k) and isinstance(v, int) and 0 < v < least for k, v in counts)


def _uncounted(x: Any) -> Any:
    return {k: v for k, v in x.items() if not COUNTED.fullmatch(k)} if isinstance(x, dict) else x
