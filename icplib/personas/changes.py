"""What changed since last quarter: card by card, and how often each topic is named.

And what is too small to see.
"""

from typing import Any

import numpy as np
import pandas as pd

from icplib.personas.evidence import Evidence
from icplib.personas.statements import RANK, UNKNOWN_ROLE
from icplib.settings import Quarter
from icplib.stats.contrasts import detectable_moves, fisher_p, holm, p_up
from icplib.stats.intervals import wilson
from icplib.tables import artefact
from icplib.vocabulary.people import by_authority, role_label
from icplib.workbook import Workbook

NOTABLE = 0.95
COUNTS = ("n_said_before", "n_asked_before", "n_said", "n_asked")


def read_previous(workbook: Workbook) -> dict:
    """What the newest earlier quarter left.

    ``statements`` and ``anti_accounts`` (None without one) and its last day, ``since``.
    """
    before = workbook.previous()
    names = {"statements": "05_statements", "anti_accounts": "05_anti_accounts"}
    found = {
        key: before.read(name) if before is not None and before.has(name) else None
        for key, name in names.items()
    }
    return found | {"since": None if before is None else before.as_of}


def compare(
    statements: pd.DataFrame,
    before: pd.DataFrame | None,
    evidence: Evidence,
    codebook: pd.DataFrame,
    quarter: Quarter,
) -> pd.DataFrame:
    """Artefact 05_changes.

    Cards: statements printed now against those of the previous run (``before``; None when there is
    none). Prevalence: interviews of this quarter against those of the newest earlier wave, by role
    and code. Codes merged since are followed in the codebook.
    """
    declared = artefact("05_changes")
    merged: Any = (
        codebook.dropna(subset=["merged_into"]).set_index("code_id")["merged_into"]
        if len(codebook)
        else {}
    )
    rows = (
        []
        if before is None
        else _cards(statements, before.assign(code_id=before["code_id"].replace(dict(merged))))
    )
    rows += _prevalence(evidence, quarter)
    return declared.frame(rows)


def _cards(now: pd.DataFrame, before: pd.DataFrame) -> list[dict]:
    key = ["role", "code_id"]
    both = now.set_index(key), before.drop_duplicates(key).set_index(key)
    printed = [set(t.index[t["is_on_card"].fillna(False).astype(bool)]) for t in both]
    rows = []
    then: Any
    here: Any
    for place in sorted(printed[0] | printed[1]):
        then, here = (t.loc[place] if place in t.index else None for t in both[::-1])
        label_then = then["confidence"] if place in printed[1] else ""
        label_now = here["confidence"] if place in printed[0] else ""
        change = (
            "added"
            if not label_then
            else (
                "dropped"
                if not label_now
                else "unchanged"
                if label_then == label_now
                else "relabelled"
            )
        )
        row = _row("card", place[0], place[1], here if here is not None else then, change) | {
            "before": label_then,
            "now": label_now,
        }
        row |= _counts(then, "_before") | _counts(here, "")
        row["is_by_n_alone"] = change == "relabelled" and _by_n_alone(row)
        rows.append(row | {"sentence": _card_sentence(row)})
    return rows


def _counts(statement: pd.Series | None, suffix: str) -> dict:
    if statement is None:
        return {f"n_said{suffix}": pd.NA, f"n_asked{suffix}": pd.NA}
    return {
        f"n_said{suffix}": int(statement["n_said"]),
        f"n_asked{suffix}": int(statement["n_asked"]),
    }


def _by_n_alone(row: dict) -> bool:
    """The label moved one way and the share did not move with it.

    Only the number of interviews explains the new label.
    """
    rise = RANK[row["now"]] - RANK[row["before"]]
    share = row["n_said"] / row["n_asked"] - row["n_said_before"] / row["n_asked_before"]
    return bool(rise * share <= 0 and row["n_asked"] != row["n_asked_before"])


def _row(kind: str, role: str, code: str, statement: pd.Series, change: str) -> dict:
    return {
        "kind": kind,
        "role": role,
        "code_id": code,
        "label": statement["label"],
        "family": statement["family"],
        "change": change,
        "before": "",
        "now": "",
        "is_by_n_alone": False,
        "p": np.nan,
        "p_holm": np.nan,
        "p_up": np.nan,
        "share_low_before": np.nan,
        "share_high_before": np.nan,
        "share_low": np.nan,
        "share_high": np.nan,
    }


def _card_sentence(row: dict) -> str:
    what = f'{role_label(row["role"])}: "{row["label"]}"'
    counts = [
        f"{row[k]} of {row[n]}" if row[n] is not pd.NA else "not heard"
        for k, n in (COUNTS[:2], COUNTS[2:])
    ]
    moved = f"({counts[0]} then, {counts[1]} now)"
    if row["change"] == "relabelled":
        words = f"{what} went from {row['before']} to {row['now']} {moved}"
        return words + ("; only the number of interviews changed." if row["is_by_n_alone"] else ".")
    return {
        "added": f"{what} is new on the card, {row['now']} {moved}.",
        "dropped": f"{what} is no longer on the card, was {row['before']} {moved}.",
        "unchanged": f"{what} stays, {row['now']} {moved}.",
    }[row["change"]]


def _prevalence(evidence: Evidence, quarter: Quarter) -> list[dict]:
    """This quarter's interviews against the newest earlier wave, per role; Holm within the role."""
    waves = evidence.interviews["wave"].astype(str)
    earlier = sorted(w for w in set(waves) if w < str(quarter))
    if not earlier or not (waves == str(quarter)).any():
        return []
    is_now, is_then = (waves == str(quarter)).to_numpy(), (waves == earlier[-1]).to_numpy()
    heard_before = (evidence.presence[(waves < str(quarter)).to_numpy()] == 1).any(axis=0)
    rows = []
    for role in by_authority(set(evidence.interviews["role"]) - {UNKNOWN_ROLE}):
        mine = (evidence.interviews["role"] == role).to_numpy()
        then, now = evidence.presence[mine & is_then], evidence.presence[mine & is_now]
        if then.empty or now.empty:
            continue
        tested = []
        for code in evidence.presence.columns:
            k1, n1, k2, n2 = (
                int(x)
                for x in (
                    (then[code] == 1).sum(),
                    then[code].notna().sum(),
                    (now[code] == 1).sum(),
                    now[code].notna().sum(),
                )
            )
            if not n1 or not n2 or k1 + k2 == 0:
                continue
            row = _row("prevalence", role, code, evidence.items.loc[code], "")  # type: ignore[arg-type]
            (low1, low2), (high1, high2) = wilson([k1, k2], [n1, n2])
            row |= dict(zip(COUNTS, (k1, n1, k2, n2), strict=True)) | {
                "p": fisher_p(k1, n1, k2, n2),
                "p_up": p_up(k1, n1, k2, n2),
                "share_low_before": low1,
                "share_high_before": high1,
                "share_low": low2,
                "share_high": high2,
            }
            tested.append(row | {"is_new": not heard_before[code]})
        for row, adjusted in zip(tested, holm([r["p"] for r in tested]), strict=True):
            row["p_holm"], row["change"] = adjusted, _judge(row, adjusted)
            row["sentence"] = _prevalence_sentence(row)
            row.pop("is_new")
        rows += tested
    return rows


def _judge(row: dict, adjusted: float) -> str:
    if adjusted < 0.05:
        return "shift"
    if row["is_new"]:
        return "new code"
    if row["p_up"] >= NOTABLE or row["p_up"] <= 1 - NOTABLE:
        return "watch"
    return (
        "no evidence of change"
        if detectable_moves(row["n_asked_before"], row["n_asked"])
        else "too few to see"
    )


def _prevalence_sentence(row: dict) -> str:
    meaning = {
        "shift": f"a shift (Holm p = {row['p_holm']:.2g})",
        "new code": "named for the first time",
        "watch": f"to be watched (probability of a rise {row['p_up']:.2f})",
        "no evidence of change": "no evidence of change",
        "too few to see": "too few interviews to see any change",
    }[row["change"]]
    return (
        f'{role_label(row["role"])}: "{row["label"]}" {row["n_said_before"]} of'
        f" {row['n_asked_before']} last wave, {row['n_said']} of {row['n_asked']} now: {meaning}."
    )


def describe_changes(changes: pd.DataFrame, has_before: bool) -> str:
    """Counts of what changed, and the smallest moves that so few interviews could have shown."""
    if not has_before and changes.empty:
        return "There is no earlier quarter to compare with."
    cards, prevalence = changes[changes["kind"] == "card"], changes[changes["kind"] == "prevalence"]
    words = []
    if has_before:
        counts = cards["change"].value_counts()
        words.append(
            ", ".join(
                f"{counts.get(c, 0)} {c}" for c in ("added", "dropped", "relabelled", "unchanged")
            ).join(("Statements on cards: ", "."))
        )
        if by_n := int(cards["is_by_n_alone"].fillna(False).sum()):
            words.append(f"{by_n} labels changed by the number of interviews alone.")
    if prevalence.empty:
        words.append(
            "No role was interviewed both this quarter and in the wave before, so nothing can be"
            " said of how often topics are named."
        )
    role: Any
    for role, rows in prevalence.groupby("role", sort=False):
        n_then, n_now = int(rows["n_asked_before"].max()), int(rows["n_asked"].max())
        moves = detectable_moves(n_then, n_now)
        smallest = ", ".join(f"{a} to {b}" for a, b in moves[:2]) if moves else "none at all"
        found = rows["change"].value_counts()
        words.append(
            f"{role_label(role)}: {n_then} interview{'s' * (n_then != 1)} then, {n_now} now; the"
            f" smallest rises that could be seen: {smallest}. {found.get('shift', 0)} shifts,"
            f" {found.get('new code', 0)} new codes, {found.get('watch', 0)} to watch."
        )
    return " ".join(words)
