"""How far the coders agree on each code, and what that allows a statement to claim.

Unit of agreement is the interview: present or not, over interviews that two assigned coders judged.
Limits are Krippendorff's customary ones, and the bounds of the interval are held against them, not
the point: reliable when the lower bound reaches .800, tentative from .667, unreliable when the
upper bound stays below .667; else it is not settled, and the family or all codes together speak for
the code.
"""

import numpy as np
import pandas as pd

from icplib.personas.evidence import Evidence
from icplib.stats.agreement import PresenceAgreement, cohen_kappa, landis_koch, presence_agreement
from icplib.tables import artefact
from icplib.words import coefficient

RELIABLE, TENTATIVE = 0.800, 0.667
RARE = 5  # positive pairs of judgements below which alpha says nothing
CAPS = {
    "reliable": "High",
    "tentative": "Medium",
    "unreliable": "Low",
    "not settled": "Medium",
    "too rare to judge": "Medium",
    "not estimable": "Medium",
    "single coder, agreement not assessed": "Medium",
}


def measure_agreement(evidence: Evidence, n_resamples: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Artefact 05_agreement: one row a code, a family and all codes together.

    And one row for coders who coded twice.
    """
    declared = artefact("05_agreement")
    if evidence.empty:
        return declared.empty()
    rows = _between("coders", evidence, evidence.ratings, len(evidence.coders), n_resamples, seed)
    for coder, passes in evidence.repeats.items():
        rows += [
            r | {"label": f"{coder} coding twice"}
            for r in _between("passes", evidence, passes, 1, n_resamples, seed)
            if r["scope"] == "all"
        ]
    return declared.frame(rows)


def _between(
    between: str,
    evidence: Evidence,
    ratings: np.ndarray,
    n_coders: int,
    n_resamples: int,
    seed: int,
) -> list[dict]:
    families = evidence.items["family"].to_numpy()
    names = list(dict.fromkeys(families))
    pools = [[i] for i in range(len(families))]
    pools += [np.flatnonzero(families == f).tolist() for f in names] + [list(range(len(families)))]
    results = presence_agreement(ratings, pools, n_resamples, seed=seed)
    codes, by_family, overall = (
        results[: len(families)],
        dict(zip(names, results[len(families) : -1], strict=True)),
        results[-1],
    )
    is_pair = len(ratings) == 2
    total = _judged(_row("all", between, overall, n_coders, is_pair) | {"label": "all codes"})
    families_judged = {
        family: _judged(
            _row("family", between, found, n_coders, is_pair) | {"label": family, "family": family},
            total,
        )
        for family, found in by_family.items()
    }
    rows = [
        _judged(
            _row("code", between, found, n_coders, is_pair)
            | {
                "code_id": item,
                "label": code["label"],
                "family": code["family"],
                "family_alpha": by_family[code["family"]].alpha.value,
            },
            families_judged[code["family"]],
            total,
        )
        for (item, code), found in zip(evidence.items.iterrows(), codes, strict=True)
    ]
    judged = [r["alpha"] for r in rows if r["n_interviews"] and r["n_positive"] >= RARE]
    total["alpha_median"] = float(np.median(judged)) if judged else float("nan")
    every = [*rows, *families_judged.values(), total]
    for row in every:
        row.pop("n_positive")
    return every


def _row(scope: str, between: str, found: PresenceAgreement, n_coders: int, is_pair: bool) -> dict:
    kappa = float("nan")
    if is_pair and found.n_positive and found.neither:
        kappa = cohen_kappa(
            np.array([[found.both, found.first_only], [found.second_only, found.neither]])
        ).value
    return {
        "scope": scope,
        "between": between,
        "n_interviews": found.n_interviews,
        "n_coders": n_coders,
        "n_both": found.both,
        "n_first_only": found.first_only,
        "n_second_only": found.second_only,
        "n_neither": found.neither,
        "base_rate": found.base_rate,
        "agreement_rate": found.agreement.value,
        "agreement_low": found.agreement.low,
        "agreement_high": found.agreement.high,
        "alpha": found.alpha.value,
        "alpha_low": found.alpha.low,
        "alpha_high": found.alpha.high,
        "ac1": found.ac1.value,
        "ac1_low": found.ac1.low,
        "ac1_high": found.ac1.high,
        "positive_agreement": found.positive.value,
        "positive_low": found.positive.low,
        "positive_high": found.positive.high,
        "kappa": kappa,
        "n_draws_dropped": found.alpha.n_dropped,
        "n_positive": found.n_positive,
    }


SETTLED = ("reliable", "tentative", "unreliable")


def _judged(row: dict, *wider: dict) -> dict:
    """The row with its verdict, the cap that follows from it and a sentence.

    ``wider``: the judged rows of the family and of all codes, which speak where the row's own
    interviews do not settle it.
    """
    verdict = _verdict(row)
    row |= {"verdict": verdict, "cap": CAPS[verdict]}
    speaks = None
    if verdict in ("not settled", "too rare to judge", "not estimable"):
        speaks = next((w for w in wider if w["verdict"] in SETTLED), None)
    if speaks is not None:
        row["cap"] = speaks["cap"]
    return row | {"sentence": _sentence(row, speaks)}


def _verdict(row: dict) -> str:
    if row["n_interviews"] == 0:
        return "single coder, agreement not assessed"
    if row["scope"] == "code" and row["n_positive"] < RARE:
        return "too rare to judge"
    low, high = row["alpha_low"], row["alpha_high"]
    if np.isnan(row["alpha"]) or np.isnan(low):
        return "not estimable"
    if low >= TENTATIVE:
        return "reliable" if low >= RELIABLE else "tentative"
    return "unreliable" if high < TENTATIVE else "not settled"


def _sentence(row: dict, speaks: dict | None) -> str:
    if row["verdict"].startswith("single"):
        return "Single coder, agreement not assessed: no statement can be better than Medium."
    other = (
        ""
        if speaks is None
        else (
            f" {'Its family' if speaks['scope'] == 'family' else 'All codes together'}"
            f" (alpha {coefficient(speaks['alpha'])}, {speaks['verdict']}) speaks for it."
        )
    )
    if row["verdict"] == "not estimable":
        return f"Not estimable: nothing varies over {row['n_interviews']} interviews.{other}"
    if row["verdict"] == "too rare to judge":
        return (
            f"Too rare to judge ({row['n_positive']} positive judgements of pairs, {RARE} are"
            f" needed): three people must say it.{other}"
        )
    kappa = (
        ""
        if np.isnan(row["kappa"])
        else f"; kappa {coefficient(row['kappa'])}, {landis_koch(row['kappa'])}"
    )
    return (
        f"Alpha {coefficient(row['alpha'])} ({coefficient(row['alpha_low'])} to"
        f" {coefficient(row['alpha_high'])}) over {row['n_interviews']} interviews:"
        f" {row['verdict']}{kappa}.{other}"
    )


def list_disagreements(
    evidence: Evidence, agreement: pd.DataFrame, codings: pd.DataFrame
) -> pd.DataFrame:
    """Artefact 05_disagreements: where coders differ on a code of alpha below .667.

    One row an interview and code, with what each coder marked.

    ``codings`` as stored: quotes redacted and kept only with consent.
    """
    declared = artefact("05_disagreements")
    bad = agreement[
        (agreement["scope"] == "code")
        & (agreement["between"] == "coders")
        & (agreement["alpha"] < TENTATIVE)
        & ~agreement["verdict"].isin(["too rare to judge"])
    ]
    rows = []
    for item in bad["code_id"]:
        column = evidence.items.index.get_loc(item)
        votes = evidence.ratings[:, :, column]
        for place in np.flatnonzero((votes == 1).any(axis=0) & (votes == 0).any(axis=0)):
            interview = evidence.interviews.index[place]  # type: ignore[call-overload]
            marked = codings[
                (codings["interview_id"] == interview)
                & (codings["code_id"] == evidence.items.at[item, "code_id"])
            ]
            said = [
                f"{c}: {q}"
                for c, q in zip(marked["coder_id"], marked["quote"], strict=True)
                if pd.notna(q)
            ]
            yes, no = (
                [c for c, v in zip(evidence.coders, votes[:, place], strict=True) if v == side]
                for side in (1, 0)
            )
            rows.append(
                {
                    "code_id": item,
                    "label": evidence.items.at[item, "label"],
                    "family": evidence.items.at[item, "family"],
                    "interview_id": interview,
                    "coders_yes": ", ".join(yes),
                    "coders_no": ", ".join(no),
                    "quotes": " | ".join(said),
                }
            )
    return declared.frame(rows)


def describe_agreement(agreement: pd.DataFrame) -> str:
    """What may be said of the coding as a whole, in a few sentences."""
    between = agreement[agreement["between"] == "coders"]
    if between.empty:
        return (
            "No codings, so no agreement to speak of: put coded interviews into the quarter's"
            " folder (sources 'interviews' and 'codings')."
        )
    total = between[between["scope"] == "all"].iloc[0]
    if total["verdict"].startswith("single"):
        return (
            "One coder only: agreement is not assessed, and no statement is labelled better than"
            " Medium. Have a second person code two interviews a role."
        )
    codes = between[between["scope"] == "code"]
    counts = codes["verdict"].value_counts()
    parts = [
        f"{counts[v]} {v}"
        for v in (*SETTLED, "not settled", "too rare to judge", "not estimable")
        if v in counts
    ]
    pooled = (
        f"{coefficient(total['alpha'])} ({coefficient(total['alpha_low'])} to"
        f" {coefficient(total['alpha_high'])}), {total['verdict']}"
    )
    median = (
        ""
        if pd.isna(total["alpha_median"])
        else f"; the median of the codes that can be judged is {coefficient(total['alpha_median'])}"
    )
    return (
        f"Over {total['n_interviews']} interviews that {total['n_coders']} coders share, alpha"
        f" pooled over all codes is {pooled}{median}. Of {len(codes)} codes {', '.join(parts)}."
        " Pooling mixes rare and frequent codes and reads higher than the typical code."
    )


def double_coding_needed(evidence: Evidence) -> str:
    """Whether enough interviews were coded twice.

    Two a role, or a fifth of them, whichever is more.
    """
    if evidence.empty:
        return ""
    twice = (~np.isnan(evidence.ratings).all(axis=2)).sum(axis=0) > 1
    roles = evidence.interviews["role"]
    needed = max(2 * roles.nunique(), int(np.ceil(0.2 * len(roles))))
    short = [
        str(r)
        for r, n in pd.Series(twice, index=roles.to_numpy()).groupby(level=0).sum().items()
        if n < 2
    ]
    if twice.sum() >= needed and not short:
        return f"{twice.sum()} of {len(roles)} interviews were coded twice; {needed} are asked for."
    where = f" Missing in: {', '.join(short)}." if short else ""
    return (
        f"Only {twice.sum()} of {len(roles)} interviews were coded twice; {needed} are asked for,"
        f" two in each role.{where}"
    )
