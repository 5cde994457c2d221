"""The tables of step 2 from a Search: patterns, attributes, noise floor."""

import numpy as np
import pandas as pd

from icplib import words
from icplib.conditions import About, Condition, in_words
from icplib.patterns.meanings import chosen_meaning
from icplib.patterns.search import MIN_SEARCH, Input, Search, unknown_q
from icplib.settings import Settings
from icplib.stats import intervals, power
from icplib.stats.conditions import (
    Item,
    count,
    items_of,
    tested_counts,
    thinned,
    true_spread,
)
from icplib.stats.scan import normal_scores
from icplib.tables import artefact
from icplib.tables.step_02 import DetectableLift, Noise
from icplib.words import listed

SHARES = (0.1, 0.2, 0.3, 0.5)
FIFTH = 0.2
LEAD_P = 0.05
LARGEST_SHARE = 0.4  # beyond it "best" says nothing
LARGEST_FLOOR = 0.5  # hardly any trait is more frequent, so a floor beyond would rest on one or two


def patterns_table(search: Search, currency: str) -> pd.DataFrame:
    """02_patterns: found items, then the strongest item of every other attribute.

    The found are drivers, followers and disqualifiers, in this order.
    """
    rows = []
    if search.up:
        evidence = _Evidence(search)
        rows = _found_rows(search, evidence, currency) + _tested_rows(search, evidence, currency)
    rows += _count_rows(search, currency, {r["attribute"] for r in rows})
    return artefact("02_patterns").frame(rows)


def _found_rows(search: Search, evidence: "_Evidence", currency: str) -> list[dict]:
    words = [
        in_words(i.condition, About.of(search.row[i.attribute], currency)) for i in search.raised
    ]
    order = [*search.drivers, *(i for i in range(len(search.raised)) if i not in search.drivers)]
    rows = []
    for i in order:
        role = "driver" if i in search.drivers else "follower" if i in search.follows else "tested"
        follows = words[search.follows[i]] if search.follows.get(i, -1) >= 0 else None
        doubtful = role == "follower" and (follows is None or i in search.refining)
        rows.append(
            evidence.row(
                search.raised[i], words[i], role, follows, is_found=True, doubtful=doubtful
            )
        )
    for i, item in enumerate(search.lowered):
        text = in_words(item.condition, About.of(search.row[item.attribute], currency))
        rows.append(
            evidence.row(
                item, text, "disqualifier", None, is_found=True, doubtful=i in search.refining_down
            )
        )
    return rows


def _tested_rows(search: Search, evidence: "_Evidence", currency: str) -> list[dict]:
    """The strongest raised item of each attribute that was searched and not found."""
    found = {i.attribute for i in search.raised}
    scores, rows = normal_scores(search.value), []
    for scanned in search.up.attributes:
        if scanned.name in found or not len(scanned.z):
            continue
        if scanned.coded.attribute.kind in ("numeric", "ordinal"):
            items = items_of(
                scanned, search.flag, scores, 1.0, scanned.name not in search.unsnapped
            )
        else:
            best = scanned.coded.labels[scanned.coded.start[int(scanned.z.argmax())]]
            op = "in" if scanned.coded.attribute.kind == "nominal" else "contains"
            best_one = Condition(attribute=scanned.name, op=op, values=(best,))
            items = [count(best_one, scanned.coded.attribute, search.flag)]
        for item in items:
            item = thinned(item, scanned.coded.attribute, search.design)
            text = in_words(item.condition, About.of(search.row[scanned.name], currency))
            rows.append(evidence.row(item, text, "tested", None, is_found=False))
    return sorted(rows, key=lambda r: (r["p_attribute"], r["item"]))


class _Evidence:
    """Lifts, intervals and verdicts of items of one Search."""

    def __init__(self, search: Search):
        self.search = search
        n_found = len(search.raised) + len(search.lowered)
        self.level = intervals.fcr_level(n_found, len(tested_counts(search.up, search.flag)))
        self.tau2 = true_spread(search.up, search.flag)

    def row(
        self,
        item: Item,
        words: str,
        role: str,
        follows: str | None,
        is_found: bool,
        doubtful: bool = False,
    ) -> dict:
        """doubtful: found, but adds nothing beside the drivers that could be told from chance."""
        scan = self.search.up if item.direction == "up" else self.search.down
        scanned = scan[item.attribute]
        lift, low, high = (float(x) for x in intervals.lift(*item.effective, self.level))
        share = item.n_with / item.n_known
        floor = (
            power.noise_floor(self.search.chance_maxima, min(share, LARGEST_FLOOR))
            if item.direction == "up"
            else np.nan
        )
        row = (
            _condition_columns(item.condition)
            | _count_columns(item)
            | {
                "label": self.search.label[item.attribute],
                "item": words,
                "direction": item.direction,
                "lift": lift,
                "lift_low": low,
                "lift_high": high,
                "lift_shrunken": float(
                    intervals.shrunken_lift(*item.effective, self.tau2, (low, high))
                ),
                "p_item": item.p,
                "p_attribute": scanned.p,
                "q_attribute": scanned.q,
                "noise_floor_lift": floor,
                "is_found": is_found and self.search.is_search,
                "role": role,
                "follows": follows,
            }
        )
        return row | {"verdict": self._verdict(row, doubtful)}

    @staticmethod
    def _verdict(row: dict, doubtful: bool) -> str:
        apart = row["lift_low"] > 1 if row["direction"] == "up" else row["lift_high"] < 1
        if row["is_found"] and apart and not doubtful:
            return "holds up"
        return (
            "lead, not proof"
            if row["is_found"] or row["p_attribute"] <= LEAD_P
            else "too few to say"
        )


def _count_rows(search: Search, currency: str, said: set[str]) -> list[dict]:
    """Counts without a claim, for too few customers: what is most frequent among the best.

    Nothing where there was a search.
    """
    if search.is_search:
        return []
    rows = []
    for i in search.inputs:
        if i.state == "kept out" or i.attribute.name in said:
            continue
        condition = _most_frequent(i, search.flag)
        if condition is None:
            continue
        item = count(condition, i.attribute, search.flag)
        rows.append(
            _condition_columns(condition)
            | _count_columns(item)
            | {
                "label": i.row["label"],
                "item": in_words(condition, About.of(i.row, currency)),
                "direction": "up",
                "is_found": False,
                "role": "tested",
                "verdict": "too few to say",
            }
        )
    return rows


ENDS = ("low", "high", "low_from", "low_to", "high_from", "high_to")


def _most_frequent(one: Input, flag: np.ndarray) -> Condition | None:
    """The level or member that most of the best have; the middle half of the best for numbers."""
    known = one.coded.known & flag
    if not known.any():
        return None
    if one.attribute.kind == "numeric":
        low, high = np.quantile(one.attribute.values[known], [0.25, 0.75], method="inverted_cdf")
        return Condition(attribute=one.attribute.name, op="between", low=low, high=high)
    sums = one.coded.cell_sums(flag)
    if not len(sums) or sums.max() == 0:
        return None
    op = "contains" if one.attribute.kind == "set" else "in"
    label = one.coded.labels[int(sums.argmax())]
    return (
        None
        if label == "other" and one.attribute.kind == "nominal"
        else Condition(attribute=one.attribute.name, op=op, values=(label,))
    )


def _condition_columns(c: Condition) -> dict:
    ends = (c.low, c.high, *c.low_support, *c.high_support)
    return {
        "attribute": c.attribute,
        "op": c.op,
        "values": tuple(sorted(c.values)) if c.op != "between" else None,
    } | {name: np.nan if end is None else end for name, end in zip(ENDS, ends, strict=True)}


def _count_columns(item: Item) -> dict:
    return {
        "n_known": item.n_known,
        "n_with": item.n_with,
        "n_best_with": item.n_best_with,
        "n_best_known": item.n_best_known,
        "with_share": item.n_with / item.n_known,
        "best_share_with": item.n_best_with / item.n_best_known if item.n_best_known else np.nan,
    }


def attributes_table(search: Search) -> pd.DataFrame:
    """02_attributes: one row an attribute of 01_attributes that may become a pattern."""
    up = {a.name: a for a in search.up.attributes} if search.up else {}
    down = {a.name: a for a in search.down.attributes} if search.down else {}
    raised, lowered = {i.attribute for i in search.raised}, {i.attribute for i in search.lowered}
    n_tested = max(sum(len(a.coded.labels) for a in up.values()), 1)
    rows = []
    for one, q in zip(search.inputs, unknown_q(search), strict=True):
        name, known = one.attribute.name, one.coded.known
        a, b = up.get(name), down.get(name)
        is_found = name in raised and search.is_search
        rows.append(
            {
                "attribute": name,
                "label": one.row["label"],
                "kind": one.row["kind"],
                "mission_row": one.row["mission_row"],
                "n_known": one.coded.n_known,
                "known_share": one.coded.n_known / max(search.n, 1),
                "state": one.state if a else "kept out",
                "reason": one.reason or ("" if a else "too few best for a search"),
                "outcome": (
                    "not searched"
                    if not a
                    else "separates"
                    if is_found or name in lowered
                    else "does not separate"
                ),
                "z": a.z.max() if a and len(a.z) else np.nan,
                "p": a.p if a else np.nan,
                "q": a.q if a else np.nan,
                "p_down": b.p if b else np.nan,
                "q_down": b.q if b else np.nan,
                "is_found": is_found,
                "is_disqualifier": name in lowered,
                "detectable_lift": (
                    _detectable(
                        search, one.coded.n_known, int(search.flag[known].sum()), FIFTH, n_tested
                    )
                    if a
                    else np.nan
                ),
                "unknown_lift": (
                    float(search.flag[~known].mean() / search.flag.mean())
                    if (~known).sum() >= 5 and search.n_best
                    else np.nan
                ),
                "unknown_q": q,
                "leak_auc": one.screen.auc,
                "leak_low": max(one.screen.low, 0.0),
                "leak": one.screen.verdict.replace("too few", ""),
            }
        )
    table = artefact("02_attributes").frame(rows)
    return table.sort_values(["p", "attribute"], kind="stable", na_position="last").reset_index(
        drop=True
    )


def _detectable(search: Search, n: int, n_best: int, share: float, n_tested: int) -> float:
    return power.detectable_lift(n, n_best, share, n_tested, has_value=search.up.has_value)


def noise(search: Search, settings: Settings) -> Noise:
    """02_noise: the floor that pure chance reaches, and the lifts that could have been seen."""
    floor, common, n_items = None, None, 0
    detectable: tuple[DetectableLift, ...] = ()
    if search.up and search.state != "counts only":
        maxima = search.chance_maxima
        n_items = len(maxima[0])
        floor = power.noise_floor(maxima)
        found = [
            (share, _detectable(search, search.n, search.n_best, share, max(n_items, 1)))
            for share in SHARES
        ]
        detectable = tuple(
            DetectableLift(share=s, lift=None if np.isnan(x) else x) for s, x in found
        )
        floor = None if np.isnan(floor) else floor
        common = power.noise_floor(maxima, LARGEST_FLOOR)
        common = None if np.isnan(common) else common
    out = Noise(
        state=search.state,
        best_by=chosen_meaning(settings).of(settings),
        best_share=settings.best.share,
        best_reason=chosen_meaning(settings).reason,
        n=search.n,
        n_best=search.n_best,
        n_units=search.n_units,
        n_best_units=search.n_best_units,
        n_attributes=len(search.up.attributes) if search.up else 0,
        n_items=n_items,
        false_discovery_rate=search.choice.q_level,
        noise_floor_lift=floor,
        noise_floor_share=power.FLOOR_SHARE,
        noise_floor_common_lift=common,
        detectable=detectable,
    )
    return out.model_copy(update={"sentences": tuple(_noise_sentences(out))})


def _noise_sentences(noise: Noise) -> list[str]:
    said = []
    if noise.noise_floor_lift is not None:
        common = (
            f", {words.ratio(noise.noise_floor_common_lift)} among those that half of them have"
            if noise.noise_floor_common_lift
            else ""
        )
        said.append(
            f"With {noise.n} customers and {noise.n_attributes} attributes the best of pure chance"
            f" shows {words.ratio(noise.noise_floor_lift)} among traits that at least"
            f" {words.share(noise.noise_floor_share)} of customers have{common}."
        )
        seen = [
            f"{words.ratio(d.lift)} for a trait that {words.share(d.share)} have"
            for d in noise.detectable
            if d.lift is not None
        ]
        said.append(
            f"With your {noise.n} customers, {noise.n_best} of them best, you could have seen lifts"
            f" of {listed(seen)} (4 chances in 5)."
            if seen
            else (
                f"With {noise.n} customers, {noise.n_best} of them best, no lift of a single trait"
                " would reliably have been seen."
            )
        )
    if noise.n_units < noise.n:
        said.append(
            f"The {noise.n} customers are {noise.n_units} independent companies"
            f" ({noise.n_best_units} with a best one): parents, subsidiaries and likely duplicates"
            " count once."
        )
    if noise.state == "counts only":
        said.append(
            f"{noise.n_best} best of {noise.n} customers allow counts only; lifts, a rule and a"
            " score need at least 10 best and 10 others."
        )
    if noise.state == "exploratory":
        said.append(
            f"{noise.n_best} best customers do not allow a search; only beliefs and hypotheses"
            f" named beforehand are tested. {_larger_share(noise)}"
        )
    if noise.state == "search":
        said.append(
            f"{noise.n_best} best customers allow a search that finds about one planted trait in"
            " five, and rules of at most two conditions."
        )
    return said


def _larger_share(noise: Noise) -> str:
    """Which best.share would make enough best customers for a search."""
    needed = np.ceil(100 * MIN_SEARCH / max(noise.n_units, 1)) / 100
    if needed > LARGEST_SHARE:
        return f"A search needs {MIN_SEARCH} best customers."
    return f"A search needs {MIN_SEARCH}: best.share = {words.decimal(needed, 2)} would allow one."


def range_bins(search: Search, attribute: str) -> pd.DataFrame:
    """Bins of one numeric attribute for its picture.

    Low, high, n, n_best, best_rate with Wilson limits.
    """
    one = next(i for i in search.inputs if i.attribute.name == attribute)
    best = np.rint(one.coded.cell_sums(search.flag)).astype(int)
    low, high = intervals.wilson(best, one.coded.n_in_cell)
    ends = np.array(one.coded.labels, dtype=float)
    return pd.DataFrame(
        {
            "low": ends[:, 0],
            "high": ends[:, 1],
            "n": one.coded.n_in_cell,
            "n_best": best,
            "best_rate": best / one.coded.n_in_cell,
            "best_low": low,
            "best_high": high,
        }
    )
