"""The record of being right: what earlier quarters called proven, asked again of what came after.

Nothing is chosen again: each statement is taken as it stood, once, from the first quarter that made
it, and held against customers, departures and interviews that this quarter had not seen. It held
where the difference goes the stated way again. What it promised is the chance of that by its own
estimate, and by the share of false statements that the quarter allowed itself; below ``SOON`` the
new cases are too few to tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from icplib.conditions import Condition, of_row
from icplib.report.inputs import Inputs
from icplib.stats import again
from icplib.stats.intervals import log_ratio_variance
from icplib.stats.survival import DAYS_A_MONTH, exposed_leavers
from icplib.tables import artefact
from icplib.workbook import Workbook

SOON = 0.70
FEWEST = 5  #: new cases on either side
PRIOR = 0.5  #: variance of true log ratios of persona statements, a chosen prior
PROVEN = "holds up"


@dataclass(frozen=True)
class Claim:
    """A statement that a quarter called proven.

    ``asked``: the condition, or (roles, code) of a persona. ``ratio``: its log and standard error.
    """

    kind: str
    words: str
    asked: Any
    ratio: tuple[float, float]
    is_more: bool = True

    @property
    def key(self) -> tuple[Any, ...]:
        """What it says, whatever the ends of a range."""
        if not isinstance(self.asked, Condition):
            return ("persona", *self.asked)
        c = self.asked
        return (self.kind == "red flag", self.is_more, c.attribute, c.op, c.values, c.negated)


def record(inputs: Inputs) -> pd.DataFrame:
    """`06_record`: one row a statement, oldest first."""
    rows: list[dict[str, Any]] = []
    known: set[tuple[Any, ...]] = set()
    for book in reversed(inputs.workbook.earlier()):
        for claim in claims(book):
            if claim.key not in known:
                known.add(claim.key)
                rows.append(_asked_again(claim, book, inputs))
    return artefact("06_record").frame(rows)


def claims(book: Workbook) -> Iterator[Claim]:
    """What a quarter called proven: lines, drivers, disqualifiers, red flags, personas."""
    if book.has("03_profile"):
        for main in book.read("03_profile").profiles[:1]:
            for kind, lines in (("line", main.criteria), ("disqualifier", main.disqualifiers)):
                proven = (c for c in lines if c.verdict == PROVEN and c.evidence)
                for c in proven:
                    yield _of_row(kind, c.words, c, c.evidence.model_dump(), kind == "line")
    if book.has("02_patterns"):
        found = book.read("02_patterns")
        found = found[(found["verdict"] == PROVEN) & (found["role"] == "driver")]
        for row in found.to_dict("records"):
            yield _of_row("driver", row["item"], of_row(row), row, True)
    if book.has("03_red_flags"):
        flags = book.read("03_red_flags")
        for row in flags[flags["is_found"] & (flags["verdict"] == PROVEN)].to_dict("records"):
            limits = row["hazard_ratio_raw"], row["hazard_ratio"], row["hr_low"], row["hr_high"]
            yield Claim("red flag", row["flag"], of_row(row), again.posterior(*limits))
    if book.has("05_personas"):
        yield from _of_personas(book.read("05_personas").cards)


def _of_row(kind: str, text: str, asked: Condition, row: dict[str, Any], is_more: bool) -> Claim:
    """A lift as a ratio of those with it over those without."""
    share = row["n_with"] / row["n_known"]
    names = ("lift", "lift_shrunken", "lift_low", "lift_high")
    raw, shrunken, low, high = (
        float(np.clip(x * (1 - share) / max(1 - share * x, 1e-3), 1e-3, 1e3))
        for x in (row[name] if row[name] is not None else row["lift"] for name in names)
    )
    return Claim(kind, text, asked, again.posterior(raw, shrunken, low, high), is_more)


def _of_personas(cards: Any) -> Iterator[Claim]:
    for card in cards:
        for s in (s for f in card.fields for s in f.statements):
            if s.distinctive not in ("High", "Medium"):
                continue
            log_ratio, v = log_ratio_variance(s.n_said, s.n_asked, s.n_rest_said, s.n_rest_asked)
            kept = PRIOR / (PRIOR + v)
            ratio = float(log_ratio * kept), float(np.sqrt(v * kept))
            yield Claim("persona", f"{card.name}: {s.text}", (card.roles, s.code_id), ratio)


def _asked_again(claim: Claim, book: Workbook, inputs: Inputs) -> dict[str, Any]:
    ask = {"red flag": _leaving, "persona": _interviews}.get(claim.kind, _best)
    row = {"statement": claim.words, "kind": claim.kind, "claimed_quarter": str(book.quarter)}
    found = ask(claim, book, inputs)
    if found is None or min(found["n_with"], found["n_without"]) < FEWEST:
        return row | (found or {}) | {"state": "too early", "promise": np.nan}
    promise, by_chance = found.pop("promise"), found.pop("by_chance")
    wrong = book.read("02_noise").false_discovery_rate if book.has("02_noise") else 0.0
    promise = (1 - wrong) * promise + wrong * by_chance
    held = found.pop("held")
    state = "too early" if promise < SOON else "held" if held else "did not hold"
    return row | found | {"promise": promise, "state": state}


def _best(claim: Claim, book: Workbook, inputs: Inputs) -> dict[str, Any] | None:
    """Customers whose value was not known then: is the share of best apart again?"""
    if not book.has("02_best"):
        return None
    best, then = inputs["02_best"], book.read("02_best")
    seen = set(then.loc[then["value"].notna(), "account_id"])
    best = best[best["value"].notna() & best["is_best"].notna() & ~best["account_id"].isin(seen)]
    return best_again(claim, best, inputs["01_accounts"])


def best_again(claim: Claim, best: pd.DataFrame, accounts: pd.DataFrame) -> dict[str, Any] | None:
    """A line, driver or disqualifier on these rows of 02_best; None where it cannot be asked."""
    if claim.asked.attribute not in accounts:
        return None
    rows = accounts.set_index("account_id").loc[best["account_id"]]
    met = claim.asked.met(rows)
    known, flag = met.notna().to_numpy(), best["is_best"].to_numpy(bool)
    return _shares(claim, met.fillna(False).to_numpy(bool)[known], flag[known])


def _interviews(claim: Claim, book: Workbook, inputs: Inputs) -> dict[str, Any]:
    """Interviews held since: does the role say it more often again?"""
    roles, code = claim.asked
    talks, codings = inputs["05_interviews"], inputs["05_codings"]
    talks = talks[(talks["interview_date"] > book.as_of).fillna(False)]
    said = set(codings.loc[codings["code_id"] == code, "interview_id"])
    own = talks["buying_role"].isin(roles).to_numpy(bool)
    return _shares(claim, own, talks["interview_id"].isin(said).to_numpy(bool))


def _shares(claim: Claim, own: np.ndarray, hit: np.ndarray) -> dict[str, Any]:
    """Counts of new cases on both sides, with what was promised of them."""
    sides = (own, ~own) if claim.is_more else (~own, own)
    (k, n), (k0, n0) = ((int(hit[side].sum()), int(side.sum())) for side in sides)
    out = {"k_with": int(hit[own].sum()), "n_with": int(own.sum())}
    out |= {"k_without": int(hit[~own].sum()), "n_without": int((~own).sum())}
    if min(n, n0) < FEWEST:
        return out
    log_ratio, error = claim.ratio
    log_ratio = log_ratio if claim.is_more else -log_ratio
    return out | {
        "held": k * n0 > k0 * n,
        "promise": again.shares_again(n, n0, k + k0, log_ratio, error),
        "by_chance": again.shares_again(n, n0, k + k0, 0.0, 0.0),
    }


def _leaving(claim: Claim, book: Workbook, inputs: Inputs) -> dict[str, Any] | None:
    """Customers at risk since: do the flagged leave faster again?"""
    seen = inputs["03_observed"]
    seen = seen[seen["is_observed"].fillna(False).astype(bool)]
    return leaving_again(claim, seen, inputs["01_accounts"], book.as_of)


def leaving_again(
    claim: Claim, seen: pd.DataFrame, accounts: pd.DataFrame, since: pd.Timestamp
) -> dict[str, Any] | None:
    """A red flag on rows of 03_observed at risk after a day; None where it cannot be asked."""
    if claim.asked.attribute not in accounts or not len(seen):
        return None
    entry = np.maximum(seen["entry_months"], (since - seen["start_date"]).dt.days / DAYS_A_MONTH)
    met = claim.asked.met(accounts.set_index("account_id").loc[seen["account_id"]]).to_numpy()
    use = (seen["time_months"] > entry).to_numpy() & ~pd.isna(met)
    flagged, entry = met[use].astype(bool), entry.to_numpy(float)[use]
    time, left = seen["time_months"].to_numpy(float)[use], (seen["cause"] == 1).to_numpy(bool)[use]
    out = {"k_with": int(left[flagged].sum()), "n_with": int(flagged.sum())}
    out |= {"k_without": int(left[~flagged].sum()), "n_without": int((~flagged).sum())}
    n = int(left.sum())
    if not n or min(out["n_with"], out["n_without"]) < FEWEST:
        return out | {"held": False, "promise": 0.0, "by_chance": 0.0}
    known = np.ones((len(time), 1), bool)
    found = exposed_leavers(time, left, flagged[:, None], known, entry)
    expected = float(found.expected[0])
    return out | {
        "held": bool(found.observed[0] > expected),
        "promise": again.leaves_again(expected, n, *claim.ratio),
        "by_chance": again.leaves_again(expected, n, 0.0, 0.0),
    }
