"""The final profile: the draft, each criterion told what leavers say of it, or dropped."""

from __future__ import annotations

import pandas as pd

from icplib.icp import Criterion, Evidence, IdealCustomerProfile, KofM, LadderRow, Profiles
from icplib.tables.step_03 import ChurnSummary

MIN_SWEET_SPOT = 20
CONTRADICTED = "contradicted by churn"


def final_profile(
    draft: Profiles,
    hazards: pd.DataFrame,
    summary: ChurnSummary,
    accounts: pd.DataFrame,
    best: pd.DataFrame,
    *,
    level: float,
) -> Profiles:
    """03_profile.

    A criterion is dropped when customers who meet it leave faster: whole interval above 1 and q <=
    ``level``.

    A dropped criterion leaves its reason; the ladder below it is counted again on the accounts, and
    its honest precision, which only a new search could give, is left empty. Criteria that the
    company itself set are warned about, never dropped.
    """
    contradicted = _contradicted(hazards, level)
    profiles = tuple(
        _tested(p, hazards, contradicted, summary, accounts, best) for p in draft.profiles
    )
    dropped = list(
        dict.fromkeys(
            words
            for p, was in zip(profiles, draft.profiles, strict=True)
            for words, _ in p.dropped[len(was.dropped) :]
        )
    )
    if not summary.available or summary.level != "full":
        sentence = "The profile was not tested against customers who left: " + (
            summary.needs or " ".join(summary.refusals)
        )
    elif dropped:
        sentence = (
            f"Customers who left contradict {len(dropped)} of the draft's criteria:"
            f" {'; '.join(dropped)}."
        )
    else:
        sentence = "Customers who left contradict none of the draft's criteria."
    if summary.is_same_outcome:
        sentence += f" Best was chosen by retention: {summary.evidence_words}."
    return draft.model_copy(
        update={"profiles": profiles, "sentences": (*draft.sentences, sentence)}
    )


def _contradicted(hazards: pd.DataFrame, level: float) -> set[str]:
    alone = hazards[hazards["model"] == "criterion"]
    return set(alone.loc[(alone["hr_low"] > 1) & (alone["q"] <= level), "term"])


def _tested(
    profile: IdealCustomerProfile,
    hazards: pd.DataFrame,
    contradicted: set[str],
    summary: ChurnSummary,
    accounts: pd.DataFrame,
    best: pd.DataFrame,
) -> IdealCustomerProfile:
    spoken = tuple(_with_evidence(c, hazards, summary) for c in profile.criteria)
    leaves = [c for c in spoken if c.words in contradicted and c.origin == "found"]
    kept = tuple(c for c in spoken if c not in leaves)
    warnings = list(profile.warnings)
    warnings += [
        f"{c.words}: set by the company, though {_churn(c)}"
        for c in kept
        if c.words in contradicted
    ]
    if not leaves:
        return profile.model_copy(update={"criteria": kept, "warnings": tuple(warnings)})
    n_headline = sum(c in kept for c in spoken[: profile.n_headline])
    first = min(spoken.index(c) for c in leaves)
    warnings.append(
        f"{len(leaves)} criteria were dropped after the honest precision had been computed: the"
        f" ladder from condition {first + 1} on shows counts of these customers only."
    )
    return profile.model_copy(
        update={
            "criteria": kept,
            "n_headline": n_headline,
            "ladder": _ladder(kept, n_headline, profile.ladder[:first], accounts, best),
            "k_of_m": _k_of_m(kept, profile.k_of_m, accounts, best),
            "warnings": tuple(warnings),
            "dropped": (
                *profile.dropped,
                *((c.words, f"{CONTRADICTED}: {_churn(c)}") for c in leaves),
            ),
            "contradicted": tuple(leaves),
        }
    )


def _churn(criterion: Criterion) -> str:
    return criterion.evidence.churn if criterion.evidence else ""


def _with_evidence(criterion: Criterion, hazards: pd.DataFrame, summary: ChurnSummary) -> Criterion:
    """The criterion with what those who left say about it, in words and numbers."""
    row = hazards[(hazards["model"] == "criterion") & (hazards["term"] == criterion.words)]
    if len(row):
        r = row.iloc[0]
        words = (
            f"customers who meet it leave at {r.hazard_ratio:.2f} times the rate of the others (95"
            f" % interval {r.hr_low:.2f} to {r.hr_high:.2f}; {r.n_with_events} of {r.n_with} left,"
            f" of the others {r.n_events - r.n_with_events} of {r.n - r.n_with})"
        )
        if summary.is_same_outcome:
            words += f"; {summary.evidence_words}"
    else:
        words = (
            "not tested against customers who left: too few on one side or too few who left"
            if summary.available
            else "not tested against customers who left"
        )
    evidence = criterion.evidence or Evidence(n_known=0, n_with=0, n_best_with=0)
    return criterion.model_copy(update={"evidence": evidence.model_copy(update={"churn": words})})


def _judged(accounts: pd.DataFrame, best: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    flags = accounts.merge(
        best.loc[best["is_best"].notna(), ["account_id", "is_best"]],
        on="account_id",
        validate="one_to_one",
    )
    return flags, flags["is_best"].astype(bool)


def _ladder(
    criteria: tuple[Criterion, ...],
    n_headline: int,
    unchanged: tuple[LadderRow, ...],
    accounts: pd.DataFrame,
    best: pd.DataFrame,
) -> tuple[LadderRow, ...]:
    """Rows above the first dropped criterion stay as they are.

    Those below are counted again without it.
    """
    flags, is_best = _judged(accounts, best)
    rows, holds = [], pd.Series(True, index=flags.index)
    for number, criterion in enumerate(criteria, start=1):
        holds &= criterion.met(flags).fillna(False).astype(bool)
        n, k = int(holds.sum()), int((holds & is_best).sum())
        if number <= len(unchanged):
            row = unchanged[number - 1]
        else:
            row = LadderRow(
                n_conditions=number,
                added=criterion.words,
                n_accounts=n,
                n_best=k,
                precision_apparent=k / n if n else 0.0,
                coverage=k / int(is_best.sum()) if is_best.any() else 0.0,
                lift=k / n / is_best.mean() if n and is_best.any() else None,
            )
        rows.append(row)
    sweet = max((row.n_conditions for row in rows if row.n_accounts >= MIN_SWEET_SPOT), default=0)
    return tuple(
        row.model_copy(
            update={
                "is_headline": row.n_conditions == n_headline,
                "is_sweet_spot": row.n_conditions == sweet,
            }
        )
        for row in rows
    )


def _k_of_m(
    criteria: tuple[Criterion, ...], before: KofM | None, accounts: pd.DataFrame, best: pd.DataFrame
) -> KofM | None:
    if before is None or not criteria:
        return None
    flags, is_best = _judged(accounts, best)
    k, m = min(before.k, len(criteria)), len(criteria)
    enough = sum(c.met(flags).fillna(False).astype(int) for c in criteria) >= k
    n, n_best = int(enough.sum()), int((enough & is_best).sum())  # type: ignore[union-attr]
    return KofM(
        k=k,
        m=m,
        n_accounts=n,
        n_best=n_best,
        precision_apparent=n_best / n if n else 0.0,
        coverage=n_best / int(is_best.sum()) if is_best.any() else 0.0,
    )
