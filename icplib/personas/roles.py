"""May there be personas at all, and by role?

Refusals, the test behind the role-first cards, pairs, and other splits to ask about.

Personas are role-first: people are grouped by buying role, behind one test whether roles matter at
all, because no clustering of so few interviews recovers groups.
"""

import numpy as np
import pandas as pd

from icplib.personas.evidence import Evidence
from icplib.settings import Personas as PersonaSettings
from icplib.stats.contrasts import (
    adjusted_rand,
    attainable_p,
    holm,
    jaccard_distances,
    nmf_split,
    permanova,
    topic_p,
)
from icplib.tables.step_05_cards import Gate, Pair
from icplib.vocabulary.people import UNKNOWN_ROLE, by_authority, role_label

MIN_INTERVIEWS, MIN_ACCOUNTS = 3, 2  # for a card at all
MIN_SECTION = 5  # interviews below which there are no personas
MERGE_P = 0.10


def refuse(evidence: Evidence) -> list[str]:
    """Reasons not to make any persona at all; empty when there is none."""
    interviews = evidence.interviews
    if interviews.empty:
        return [
            "No coded interview stands at an account that fits the ICP. Personas need five or more"
            " of them, with people in two roles (sources 'interviews' and 'codings')."
        ]
    said_no = (interviews["consent_analysis"] != "yes").sum()
    unknown = (interviews["role"] == UNKNOWN_ROLE).mean()
    families = set(evidence.items["family"].dropna()) - {"other"}
    return [
        words
        for applies, words in (
            (
                len(interviews) < MIN_SECTION,
                (
                    f"{len(interviews)} coded interviews at fitting accounts; {MIN_SECTION} are"
                    " needed."
                ),
            ),
            (interviews["account_id"].nunique() < 2, "All interviews come from one account."),
            (
                unknown > 0.30,
                f"{unknown:.0%} of the interviews have no buying role; at most 30 % may lack one.",
            ),
            (
                not families,
                (
                    "No code is mapped to a family (goal, pain, channel ...): fill 'family' in the"
                    " codebook."
                ),
            ),
            (
                said_no > 0,
                f"{said_no} interviews lack a recorded consent to analysis (consent_analysis).",
            ),
        )
        if applies
    ]


def test_roles(evidence: Evidence, settings: PersonaSettings) -> tuple[Gate, list[Pair]]:
    """The global gate (PERMANOVA by role) and every pair of roles."""
    heard = persona_items(evidence)
    known = (evidence.interviews["role"] != UNKNOWN_ROLE) & heard.notna().any(axis=1)
    roles = evidence.interviews.loc[known, "role"].to_numpy()
    distances = jaccard_distances(heard.loc[known].to_numpy())
    names = by_authority(set(roles))
    if len(names) < 2:
        return (
            Gate(
                mode="one role only",
                n_interviews=len(roles),
                n_roles=len(names),
                sentence="Only one buying role was interviewed: there is nothing to tell apart.",
            ),
            [],
        )
    found = permanova(distances, roles, settings.permutations, settings.seed)
    mode = (
        "by role"
        if found.p <= settings.gate
        else "by role, with a warning"
        if found.p <= settings.gate_warning
        else "one shared card"
    )
    meaning = {
        "by role": "the roles say different things",
        "by role, with a warning": "the roles may say different things; the cards carry a warning",
        "one shared card": "the roles are not told apart as a whole, so there is one shared card",
    }[mode]
    gate = Gate(
        mode=mode,
        n_interviews=len(roles),
        n_roles=len(names),
        f=_finite(found.f),
        r2=found.r2,
        p=found.p,
        attainable_p=found.attainable_p,
        n_permutations=found.n_permutations,
        sentence=(
            f"Roles explain {found.r2:.1%} of the differences between {len(roles)} interviews,"
            f" where chance alone would explain {(len(names) - 1) / (len(roles) - 1):.1%}"
            f" (PERMANOVA p = {found.p:.3g}, {len(names)} roles): {meaning}."
        ),
    )
    pairs = [
        _pair(a, b, roles, distances, settings) for i, a in enumerate(names) for b in names[i + 1 :]
    ]
    return gate, _suggest_merges(pairs)


def persona_items(evidence: Evidence) -> pd.DataFrame:
    """Presence of the codes that describe a persona.

    All but those of the anti-personas, heard at least once.
    """
    keep = ~evidence.items["family"].astype(str).str.startswith("anti_")
    heard = evidence.presence.loc[:, keep.to_numpy()]
    return heard.loc[:, (heard == 1).any(axis=0).to_numpy()]


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _pair(
    a: str, b: str, roles: np.ndarray, distances: np.ndarray, settings: PersonaSettings
) -> Pair:
    mine = np.flatnonzero((roles == a) | (roles == b))
    n_a, n_b = int((roles == a).sum()), int((roles == b).sum())
    if min(n_a, n_b) < 2:
        return Pair(
            role_a=a,
            role_b=b,
            n_a=n_a,
            n_b=n_b,
            p=None,
            attainable_p=None,
            verdict="too few to tell",
            sentence=(
                f"{role_label(a)} and {role_label(b)}: too few to tell ({n_a} and {n_b}"
                " interviews)."
            ),
        )
    found = permanova(
        distances[np.ix_(mine, mine)], roles[mine], settings.permutations, settings.seed
    )
    least = attainable_p(np.array([n_a, n_b]))
    verdict = "too few to tell" if least > 0.05 else "differ" if found.p <= 0.05 else "not clear"
    return Pair(
        role_a=a,
        role_b=b,
        n_a=n_a,
        n_b=n_b,
        p=found.p,
        attainable_p=least,
        verdict=verdict,
        sentence=(
            f"{role_label(a)} ({n_a}) and {role_label(b)} ({n_b}): {verdict}, p = {found.p:.3g}"
            f" where {least:.2g} is the least possible."
        ),
    )


def _suggest_merges(pairs: list[Pair]) -> list[Pair]:
    """The pair that is least told apart is suggested for merging, if its p is above .10.

    A question, never done by itself.
    """
    judged = [p for p in pairs if p.verdict != "too few to tell" and (p.p or 0) > MERGE_P]
    if not judged:
        return pairs
    alike = max(judged, key=lambda p: p.p or 0)
    words = (
        f"{role_label(alike.role_a)} and {role_label(alike.role_b)} are not told apart (p ="
        f" {alike.p:.3g}): ask whether to read them together ([personas] merge)."
    )
    return [
        (
            p.model_copy(
                update={"verdict": "not told apart: ask whether to merge", "sentence": words}
            )
            if p is alike
            else p
        )
        for p in pairs
    ]


def another_split(
    evidence: Evidence, gate: Gate, n_cards: int, settings: PersonaSettings
) -> tuple[str, ...]:
    """Where roles do not matter and there are 20 interviews.

    The topics of another split, to ask about. Never a card.
    """
    if gate.p is None or gate.p <= settings.gate_warning or gate.n_interviews < 20:
        return ()
    heard = persona_items(evidence)
    k = max(2, n_cards)
    people, weights = nmf_split(heard.to_numpy(), k, settings.seed)
    overlap = adjusted_rand(people, evidence.interviews["role"])
    found = [
        f"Grouping the interviews by topics alone (overlap with roles {overlap:.2f}, 0 is chance)"
        f" gives {k} groups to ask about."
    ]
    for group in range(k):
        top = heard.columns[np.argsort(-weights[:, group], kind="stable")[:5]]
        found.append(
            f"Group {group + 1} ({(people == group).sum()} interviews):"
            f" {', '.join(evidence.items.loc[top, 'label'])}."
        )
    return tuple(found)


def topics_by_role(evidence: Evidence, gate: Gate, settings: PersonaSettings) -> tuple[str, ...]:
    """Behind a shared card: on how many single topics roles differ, against chance.

    And on which even after Holm's correction.

    Only roles of three interviews or more: in smaller ones a rare topic is an accident.
    """
    roles = evidence.interviews["role"]
    large = (roles != UNKNOWN_ROLE) & (roles.map(roles.value_counts()) >= MIN_INTERVIEWS)
    if gate.mode != "one shared card" or roles[large].nunique() < 2:
        return ()
    heard = persona_items(evidence.of(roles.index[large]))
    p = topic_p(heard.to_numpy(), roles[large].to_numpy(), settings.permutations, settings.seed)
    clear = [
        str(evidence.items.at[item, "label"])
        for item, adjusted in zip(heard.columns, holm(p), strict=True)
        if adjusted < 0.05
    ]
    words = (
        f"Topic by topic, roles differ on {(p < 0.05).sum()} of {len(p)} at p < .05, where chance"
        f" alone gives about {0.05 * len(p):.0f}; "
    )
    return (
        words
        + (
            f"on {', '.join(clear)} even after correction for so many topics (Holm)."
            if clear
            else "on none after correction for so many topics (Holm)."
        ),
    )
