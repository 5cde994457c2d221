"""Quarter against quarter, statement by statement, with the evidence for each change.

A profile that is estimated anew each quarter never comes out letter for letter the same. So each
difference says whether it is
*material*: an end of a range moved out of the other quarter's support set, two intervals no longer
overlap, churn contradicted a line,
the p of a prevalence is below 5 % (Holm). Everything else is listed too, as within uncertainty. A
definition that a person changed is
always told, since then nothing below it compares.
"""

from collections import Counter

import pandas as pd

from icplib import words
from icplib.icp import Criterion
from icplib.pages.counts import gives_away
from icplib.report import measures
from icplib.report.inputs import Inputs
from icplib.tables.step_04 import Scorecard

COLUMNS = ("area", "item", "kind", "before", "now", "is_material", "evidence")
UNCERTAIN = "within uncertainty"


def compare(inputs: Inputs, measure_table: pd.DataFrame) -> pd.DataFrame:
    """`06_changes`; no rows when there is no earlier report."""
    rows: list[tuple] = []
    if inputs.previous is not None:
        before = inputs.previous
        rows += _definitions(inputs, before)
        rows += _profile(inputs, before)
        rows += _red_flags(inputs, before)
        rows += _score(inputs, before)
        rows += _tiers(inputs, before)
        rows += _personas(inputs)
        rows += _measures(measure_table, inputs.settings.currency, inputs.least)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"is_material": bool})


def _definitions(now: Inputs, before: Inputs) -> list[tuple]:
    new, old = measures.definitions(now), before["06_report"].definitions
    return [
        (
            "definition",
            name,
            "changed" if name in old else "added",
            old.get(name, ""),
            new[name],
            True,
            "the settings or the wording of the measure changed; numbers before and after do"
            " not compare",
        )
        for name in new
        if name != "ICP headline rule" and new[name] != old.get(name)
    ]


def _profile(now: Inputs, before: Inputs) -> list[tuple]:
    new, old = _criteria(now), _criteria(before)
    rows = []
    for key, line in new.items():
        if key not in old:
            was = _tested(before, line.attribute)
            rows.append(_came("profile", line.words, True, was, _lift(line)))
        elif _said(line) != _said(old[key]):
            rows.append(_moved(old[key], line))
    # Left out for adding too little is no news about the market; contradicted by those who left is.
    dropped = now.profile.dropped if now.profile else ()
    why = {said: why for said, why in dropped if why.startswith("contradicted by churn")}
    for key, line in old.items():
        if key not in new:
            is_now, reason = _tested(now, line.attribute), why.get(line.words, "")
            rows.append(_came("profile", line.words, False, _lift(line), is_now, reason))
    return rows


def _came(area: str, said: str, came: bool, was: tuple, now: tuple, reason: str = "") -> tuple:
    """A line of the profile or a red flag that came or went."""
    material = bool(reason) or _apart(was, now)
    why = reason or _evidence(was, now, "lift" if area == "profile" else "hazard ratio", material)
    if came:
        return area, said, "added", "", said, material, why
    return area, said, "dropped", said, "", material, why


def _criteria(inputs: Inputs) -> dict[tuple, Criterion]:
    """Lines of the headline rule by attribute and kind.

    Set conditions on one attribute keep their order.
    """
    found: dict[tuple, Criterion] = {}
    for line in inputs.profile.headline if inputs.profile else ():
        number = sum(1 for key in found if key[:2] == (line.attribute, line.op))
        found[line.attribute, line.op, number] = line
    return found


def _said(line: Criterion) -> tuple:
    return tuple(sorted(line.values)), line.low, line.high


def _moved(old: Criterion, new: Criterion) -> tuple:
    """A line that says something else now.

    A range whose ends moved, or levels that came or went.
    """
    if new.op == "between":
        material = any(
            a != b and not _within(b, a_support) and not _within(a, b_support)
            for a, b, a_support, b_support in (
                (old.low, new.low, old.low_support, new.low_support),
                (old.high, new.high, old.high_support, new.high_support),
            )
        )
        why = (
            "an end moved out of the support set of the quarter before"
            if material
            else "the ends moved inside the range that the data cannot tell apart"
        )
    else:
        material = _apart(_lift(old), _lift(new))
        why = _evidence(_lift(old), _lift(new), "lift", material)
    return (
        "profile",
        new.label,
        "changed" if material else UNCERTAIN,
        old.words,
        new.words,
        material,
        why,
    )


def _within(value: float | None, support: tuple) -> bool:
    """Whether an end lies in a support set; an open end only where the set is open, too."""
    low, high = support
    if value is None:
        return low is None or high is None
    return (low is None or value >= low) and (high is None or value <= high)


def _lift(line: Criterion) -> tuple:
    e = line.evidence
    return (e.lift_shrunken or e.lift, e.lift_low, e.lift_high) if e else (None, None, None)


def _tested(inputs: Inputs, attribute: str) -> tuple:
    """The strongest item of an attribute in that quarter's `02_patterns`: (lift, low, high)."""
    rows = inputs["02_patterns"]
    rows = rows[
        (rows["attribute"] == attribute) & (rows["direction"] == "up") & rows["lift"].notna()
    ]
    if not len(rows):
        return None, None, None
    row = rows.loc[rows["lift"].idxmax()]
    return row["lift"], row["lift_low"], row["lift_high"]


def _apart(first: tuple, second: tuple) -> bool:
    """Two intervals that do not overlap; unknown ones are never apart."""
    (_, low1, high1), (_, low2, high2) = first, second
    if any(words.is_missing(x) for x in (low1, high1, low2, high2)):
        return False
    return low1 > high2 or low2 > high1


def _evidence(was: tuple, now: tuple, name: str, material: bool) -> str:
    def told(estimate: tuple) -> str:
        value, low, high = estimate
        return (
            "not tested"
            if words.is_missing(value)
            else f"{words.ratio(value)} ({words.between(low, high, 'ratio')})"
        )

    why = (
        "more than chance"
        if material
        else (
            "one cannot be held against the other"
            if words.is_missing(was[0]) or words.is_missing(now[0])
            else "the intervals overlap, so the change may be chance"
        )
    )
    return f"{name} {told(was)} before, {told(now)} now; {why}"


def _red_flags(now: Inputs, before: Inputs) -> list[tuple]:
    new, old = now["03_red_flags"].set_index("flag"), before["03_red_flags"].set_index("flag")
    found, was_found = set(new.index[new["is_found"]]), set(old.index[old["is_found"]])
    return [
        _came("red flags", flag, flag in found, _hazard(old, flag), _hazard(new, flag))
        for flag in sorted(found ^ was_found)
    ]


def _hazard(table: pd.DataFrame, flag: str) -> tuple:
    return (
        tuple(table.loc[flag, ["hazard_ratio", "hr_low", "hr_high"]])
        if flag in table.index
        else (None, None, None)
    )


def _score(now: Inputs, before: Inputs) -> list[tuple]:
    """Attributes that entered or left the card, and the most points each can give."""
    new, old = (_most_points(one["04_scorecard"]) for one in (now, before))
    rows = []
    for label in sorted(new.keys() | old.keys()):
        a, b = old.get(label), new.get(label)
        if a == b:
            continue
        kind = "added" if a is None else "dropped" if b is None else "changed"
        rows.append(
            (
                "score",
                label,
                kind,
                "" if a is None else f"up to {a} points",
                "" if b is None else f"up to {b} points",
                False,
                "the card is fitted anew on this quarter's customers",
            )
        )
    return rows


def _most_points(card: Scorecard) -> dict[str, int]:
    points: Counter[str] = Counter()
    for rule in card.rules:
        points[rule.label] += rule.most
    return points


def _tiers(now: Inputs, before: Inputs) -> list[tuple]:
    new, old = now["04_tiers"].set_index("tier"), before["04_tiers"].set_index("tier")
    rows = []
    for tier in sorted(set(new.index) & set(old.index)):
        a, b = (tuple(t.loc[tier, ["best_rate", "low", "high"]]) for t in (old, new))
        if (
            any(gives_away(t.at[tier, "n_best"], t.at[tier, "n"], now.least) for t in (old, new))
            or words.is_missing(a[0])
            or words.is_missing(b[0])
            or not _apart(a, b)
        ):
            continue
        rows.append(
            (
                "tiers",
                f"Share of best customers in tier {tier}",
                "changed",
                *(
                    f"{words.quantity(x[0], 'share')} ({words.between(x[1], x[2], 'share')})"
                    for x in (a, b)
                ),
                True,
                "the intervals do not overlap",
            )
        )
    return rows


def _personas(now: Inputs) -> list[tuple]:
    """What notebook 05 found; counts stay there, since in a card they are small by nature."""
    table = now["05_changes"]
    rows = []
    for row in table[
        ~table["change"].isin(["unchanged", "no evidence of change", "too few to see"])
    ].to_dict("records"):
        is_card = row["kind"] == "card"
        kind = {
            "added": "added",
            "new code": "added",
            "dropped": "dropped",
            "shift": "changed",
        }.get(row["change"], UNCERTAIN)
        material = row["change"] in ("shift", "new code")
        why = {
            "shift": "beyond chance, with the price of asking about each statement",
            "new code": "nobody had said it before",
            "watch": "probably moved, not proved",
            "relabelled": "more or fewer people said it",
        }.get(row["change"], "the statement crossed the line to be printed")
        if row["is_by_n_alone"] is True:
            why = "only the number of interviews changed"
        role = str(row["role"]).replace("_", " ")
        rows.append(
            (
                "personas",
                f"{role}: {row['label']}",
                kind,
                row["before"] if is_card else "",
                row["now"] if is_card else "",
                material,
                why,
            )
        )
    return rows


def _measures(table: pd.DataFrame, currency: str, least: int) -> list[tuple]:
    rows = []
    table = measures.hide_small(table, least)
    table = table[table["change_low"].notna() & ~table["is_hidden"]].sort_values(
        "side", kind="stable"
    )  # inside the ICP first
    for row in table.to_dict("records"):
        if row["change_low"] <= 0 <= row["change_high"] or (row["measure"], row["side"]) == (
            "new_leads",
            "out",
        ):  # the mirror of "in"
            continue
        item = ", ".join(
            x
            for x in (
                row["title"],
                None if words.is_missing(row["persona"]) else row["persona"],
                row["label"],
            )
            if x
        )
        why = (
            f"change {words.between(row['change_low'], row['change_high'], row['unit'], currency)}"
            " at 95 %"
        )
        if row["is_definition_changed"]:
            why += "; the ICP or the definition changed too, so part of it is that"
        rows.append(
            (
                "measures",
                item,
                "changed",
                words.quantity(row["previous_value"], row["unit"], currency),
                words.quantity(row["value"], row["unit"], currency),
                True,
                why,
            )
        )
    return rows
