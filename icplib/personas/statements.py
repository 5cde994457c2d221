"""Do roles matter, which roles have enough evidence, and what may be said of each: typical and distinctive statements.

Personas are role-first: people are grouped by buying role, behind one test whether roles matter at all, because no clustering of
so few interviews recovers groups. A statement is *typical* when enough of the role says it (Wilson lower bound) and
*distinctive* when the role says it more than others do (zb); both get High, Medium or Low, and caps for what weakens them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from icplib.personas.evidence import UNKNOWN_ROLE, Evidence, by_authority, role_label
from icplib.settings import Personas as PersonaSettings
from icplib.stats.contrasts import adjusted_rand, attainable_p, jaccard_distances, nmf_split, permanova, shuffled_counts, zb
from icplib.stats.intervals import wilson
from icplib.tables import artefact
from icplib.tables.step_05_results import Gate, Pair

MIN_INTERVIEWS, MIN_ACCOUNTS = 3, 2  # for a card at all
FULL_INTERVIEWS, FULL_ACCOUNTS = 5, 3  # for a card that may say High
MIN_SECTION = 5  # interviews below which there are no personas
MERGE_P = 0.10
TOLERANCE = 0.0005  # 4 of 6 has a lower bound of .3000
RANK = {"": 0, "Low": 1, "Medium": 2, "High": 3}
EVERYONE = "everyone"


# --- labels ----------------------------------------------------------------------------------------


def typical_label(said: int, asked: int) -> str:
    """High, Medium, Low or "" for k of n by its Wilson lower bound."""
    low = _wilson_low(said, asked) + TOLERANCE
    for label, k, bound in (("High", 4, 0.40), ("Medium", 3, 0.30), ("Low", 2, 0.20)):
        if said >= k and low >= bound:
            return label
    return ""


def distinctive_label(said: int, asked: int, rest_said: int, rest_asked: int, min_share: float = 0.5) -> str:
    """High, Medium, Low or "" by zb; the labels were calibrated on statements of half the role or more."""
    if not asked or said / asked < min_share:
        return ""
    z = _zb(said, asked, rest_said, rest_asked)
    for label, k, bound in (("High", 3, 1.96), ("Medium", 3, 1.645), ("Low", 2, 1.28)):
        if said >= k and z >= bound:
            return label
    return ""


@lru_cache(maxsize=None)
def _wilson_low(said: int, asked: int) -> float:
    return float(wilson(said, asked)[0])


@lru_cache(maxsize=None)
def _zb(said: int, asked: int, rest_said: int, rest_asked: int) -> float:
    return float(zb(said, asked, rest_said, rest_asked))


def capped(label: str, cap: str) -> str:
    return label if RANK[label] <= RANK[cap] else cap


def lowest(*labels: str) -> str:
    return min(labels, key=RANK.__getitem__)


# --- may there be personas, and by role? ------------------------------------------------------------


def refuse(evidence: Evidence) -> list[str]:
    """Reasons not to make any persona at all; empty when there is none."""
    interviews = evidence.interviews
    if interviews.empty:
        return ["No coded interview stands at an account that fits the ICP. Personas need five or more of them, with people in two roles (sources 'interviews' and 'codings')."]
    said_no = (interviews["consent_analysis"] != "yes").sum()
    unknown = (interviews["role"] == UNKNOWN_ROLE).mean()
    families = set(evidence.items["family"].dropna()) - {"other"}
    return [
        words
        for applies, words in (
            (len(interviews) < MIN_SECTION,
             f"{len(interviews)} coded interviews at fitting accounts; {MIN_SECTION} are needed."),
            (interviews["account_id"].nunique() < 2, "All interviews come from one account."),
            (unknown > 0.30, f"{unknown:.0%} of the interviews have no buying role; at most 30 % may lack one."),
            (not families, "No code is mapped to a family (goal, pain, channel ...): fill 'family' in the codebook."),
            (said_no > 0, f"{said_no} interviews lack a recorded consent to analysis (consent_analysis)."),
        )
        if applies
    ]  # fmt: skip


def test_roles(evidence: Evidence, settings: PersonaSettings) -> tuple[Gate, list[Pair]]:
    """The global gate (PERMANOVA by role) and every pair of roles."""
    known = evidence.interviews["role"] != UNKNOWN_ROLE
    roles = evidence.interviews.loc[known, "role"].to_numpy()
    distances = jaccard_distances(persona_items(evidence).loc[known])
    names = by_authority(set(roles))
    if len(names) < 2:
        return Gate(mode="one role only", n_interviews=len(roles), n_roles=len(names),
                    sentence="Only one buying role was interviewed: there is nothing to tell apart."), []  # fmt: skip
    found = permanova(distances, roles, settings.permutations, settings.seed)
    mode = "by role" if found.p <= settings.gate else "by role, with a warning" if found.p <= settings.gate_warning else "one shared card"
    meaning = {
        "by role": "the roles say different things",
        "by role, with a warning": "the roles may say different things; the cards carry a warning",
        "one shared card": "the roles said the same things, so there is one shared card",
    }[mode]
    gate = Gate(
        mode=mode, n_interviews=len(roles), n_roles=len(names), f=_finite(found.f), r2=found.r2, p=found.p,
        attainable_p=found.attainable_p, n_permutations=found.n_permutations,
        sentence=f"Roles explain {found.r2:.0%} of the differences between {len(roles)} interviews "
                 f"(PERMANOVA p = {found.p:.3g}, {len(names)} roles): {meaning}.",
    )  # fmt: skip
    pairs = [
        _pair(a, b, roles, distances, settings)
        for i, a in enumerate(names) for b in names[i + 1 :]
    ]  # fmt: skip
    return gate, _suggest_merges(pairs)


def persona_items(evidence: Evidence) -> pd.DataFrame:
    """Presence of the codes that describe a persona: all but those of the anti-personas, heard at least once."""
    keep = ~evidence.items["family"].astype(str).str.startswith("anti_")
    heard = evidence.presence.loc[:, keep.to_numpy()]
    return heard.loc[:, (heard == 1).any(axis=0).to_numpy()]


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _pair(a: str, b: str, roles: np.ndarray, distances: np.ndarray, settings: PersonaSettings) -> Pair:
    mine = np.flatnonzero((roles == a) | (roles == b))
    n_a, n_b = int((roles == a).sum()), int((roles == b).sum())
    if min(n_a, n_b) < 2:
        return Pair(role_a=a, role_b=b, n_a=n_a, n_b=n_b, p=None, attainable_p=None, verdict="too few to tell",
                    sentence=f"{role_label(a)} and {role_label(b)}: too few to tell ({n_a} and {n_b} interviews).")  # fmt: skip
    found = permanova(distances[np.ix_(mine, mine)], roles[mine], settings.permutations, settings.seed)
    least = attainable_p(np.array([n_a, n_b]))
    verdict = "too few to tell" if least > 0.05 else "differ" if found.p <= 0.05 else "not clear"
    return Pair(role_a=a, role_b=b, n_a=n_a, n_b=n_b, p=found.p, attainable_p=least, verdict=verdict,
                sentence=f"{role_label(a)} ({n_a}) and {role_label(b)} ({n_b}): {verdict}, p = {found.p:.3g} where {least:.2g} is the least possible.")  # fmt: skip


def _suggest_merges(pairs: list[Pair]) -> list[Pair]:
    """The pair that is least told apart is suggested for merging, if its p is above .10: a question, never done by itself."""
    judged = [p for p in pairs if p.verdict != "too few to tell" and p.p > MERGE_P]
    if not judged:
        return pairs
    alike = max(judged, key=lambda p: p.p)
    words = f"{role_label(alike.role_a)} and {role_label(alike.role_b)} are not told apart (p = {alike.p:.3g}): ask whether to read them together ([personas] merge)."
    return [p.model_copy(update={"verdict": "not told apart: ask whether to merge", "sentence": words}) if p is alike else p for p in pairs]


def another_split(evidence: Evidence, gate: Gate, n_cards: int, settings: PersonaSettings) -> tuple[str, ...]:
    """Where roles do not matter and there are 20 interviews: the topics of another split, to ask about. Never a card."""
    if gate.p is None or gate.p <= settings.gate_warning or gate.n_interviews < 20:
        return ()
    heard = persona_items(evidence)
    k = max(2, n_cards)
    people, weights = nmf_split(heard.to_numpy(), k, settings.seed)
    overlap = adjusted_rand(people, evidence.interviews["role"])
    found = [f"Grouping the interviews by topics alone (overlap with roles {overlap:.2f}, 0 is chance) gives {k} groups to ask about."]
    for group in range(k):
        top = heard.columns[np.argsort(-weights[:, group], kind="stable")[:5]]
        found.append(f"Group {group + 1} ({(people == group).sum()} interviews): {', '.join(evidence.items.loc[top, 'label'])}.")
    return tuple(found)


@dataclass(frozen=True)
class Group:
    """The interviewees of one card, or of one role without a card."""

    role: str
    interview_ids: tuple[str, ...]
    n_accounts: int
    status: str  # full, early, shared, or "" where there is no card
    missing: str = ""

    @property
    def persona_id(self) -> str:
        return f"persona-{self.role.replace('_', '-')}" if self.status else ""


def form_groups(evidence: Evidence, gate: Gate, settings: PersonaSettings) -> tuple[list[Group], list[Group], list[Group]]:
    """(cards, further roles beyond the maximum, roles without enough evidence), by authority, then by evidence."""
    by_role = {r: g for r, g in evidence.interviews.groupby("role", sort=False) if r != UNKNOWN_ROLE}
    order = by_authority(by_role)
    groups = [_group(role, by_role[role]) for role in sorted(order, key=lambda r: (order.index(r), -len(by_role[r])))]
    enough = [g for g in groups if g.status]
    short = [g for g in groups if not g.status]
    if gate.mode in ("one shared card", "one role only") or not enough:
        everyone = Group(EVERYONE, tuple(evidence.interviews.index), evidence.interviews["account_id"].nunique(), "shared")
        return [everyone], [], [replace(g, status="") for g in enough] + short  # their counts are listed, without labels
    return enough[: settings.max_personas], enough[settings.max_personas :], short


def _group(role: str, interviews: pd.DataFrame) -> Group:
    n, accounts = len(interviews), interviews["account_id"].nunique()
    if n < MIN_INTERVIEWS or accounts < MIN_ACCOUNTS:
        missing = f"{role_label(role)}: {n} interviews, {accounts} accounts; a card needs {MIN_INTERVIEWS} interviews at {MIN_ACCOUNTS} accounts."
        return Group(role, tuple(interviews.index), accounts, "", missing)
    status = "full" if n >= FULL_INTERVIEWS and accounts >= FULL_ACCOUNTS else "early"
    return Group(role, tuple(interviews.index), accounts, status)


# --- statements -----------------------------------------------------------------------------------


def make_statements(evidence: Evidence, agreement: pd.DataFrame, groups: list[Group], gate: Gate, settings: PersonaSettings) -> pd.DataFrame:
    """Artefact 05_statements: each group by each code that anybody named.

    Roles without a card are listed with their counts and no label. On a shared card nothing is distinctive; where the gate only
    warns, nothing is distinctive beyond Low.
    """
    roles_cap = "Low" if gate.mode == "by role, with a warning" else "High"
    declared = artefact("05_statements")
    heard = evidence.presence.loc[:, (evidence.presence == 1).any(axis=0).to_numpy()]
    judged = agreement[(agreement["scope"] == "code") & (agreement["between"] == "coders")].set_index("code_id")
    rows = []
    for group in groups:
        mine = heard.index.isin(group.interview_ids)
        for item in heard.columns:
            row = _statement(group, item, heard[item], mine, evidence, judged, roles_cap, settings)
            if row["n_asked"]:
                rows.append(row)
    table = pd.DataFrame(rows, columns=[c.name for c in declared.columns])
    return declared.check(_choose(table, settings))


def _statement(group, item, said, mine, evidence, judged, roles_cap, settings) -> dict:
    inside, outside = said[mine].dropna(), said[~mine].dropna()
    sayers = inside.index[inside == 1]
    k, n, k_rest, n_rest = len(sayers), len(inside), int(outside.sum()), len(outside)
    accounts = evidence.interviews["account_id"]
    low, high = wilson(k, n)
    row = {
        "role": group.role, "persona_id": group.persona_id, "code_id": item, "label": evidence.items.at[item, "label"],
        "family": evidence.items.at[item, "family"], "n_asked": n, "n_said": k, "n_accounts": accounts[sayers].nunique(),
        "n_rest_asked": n_rest, "n_rest_said": k_rest, "share": k / n if n else np.nan, "share_low": float(low), "share_high": float(high),
        "zb": float(zb(k, n, k_rest, n_rest)), "n_disputed": int(evidence.disputed.loc[inside.index, item].sum()),
        "interview_ids": tuple(sayers), "is_on_card": False, "typical": "", "distinctive": "", "confidence": "",
        "cap": "", "cap_reason": "", "drops_to": "", "drops_without": "", "sentence": "",
    }  # fmt: skip
    if not group.status:
        return row
    is_rare = item in judged.index and judged.at[item, "verdict"] == "too rare to judge" and not evidence.is_adjudicated
    agreed = "High" if evidence.is_adjudicated else judged.at[item, "cap"] if item in judged.index else "Medium"
    words = "" if evidence.is_adjudicated or item not in judged.index else judged.at[item, "verdict"]

    def labels(sayers, n):
        """(typical, distinctive) of these sayers among n asked, after every cap."""
        k = len(sayers)
        if is_rare and k < 3:
            return "", ""
        cap = lowest(agreed, _group_cap(group), "High" if accounts[sayers].nunique() >= 2 else "Medium")
        distinct = distinctive_label(k, n, k_rest, n_rest, settings.distinctive_share) if group.status != "shared" and n_rest else ""
        return capped(typical_label(k, n), cap), capped(distinct, lowest(cap, roles_cap))

    row["typical"], row["distinctive"] = labels(sayers, n)
    row["confidence"] = max(row["typical"], row["distinctive"], key=RANK.__getitem__)
    caps = {words: agreed, "early card": _group_cap(group), "one account": "High" if row["n_accounts"] >= 2 else "Medium"}
    row["cap"] = lowest(*caps.values())
    row["cap_reason"] = ", ".join(reason for reason, cap in caps.items() if cap == row["cap"] != "High")
    if row["confidence"]:
        row["drops_to"], row["drops_without"] = _hangs_on(sayers, n, labels, row["confidence"])
    row["sentence"] = evidence_sentence(row)
    return row


def _group_cap(group: Group) -> str:
    return "Medium" if group.status == "early" or group.n_accounts < FULL_ACCOUNTS else "High"


def _hangs_on(sayers: pd.Index, n: int, labels, now: str) -> tuple[str, str]:
    """The label without the one interview whose loss hurts most, and that interview; ("", "") where none hurts."""
    worst, without = now, ""
    for one in sayers:
        left = max(labels(sayers.drop(one), n - 1), key=RANK.__getitem__)
        if RANK[left] < RANK[worst]:
            worst, without = left, one
    return (worst or "none", without) if without else ("", "")


def evidence_sentence(row) -> str:
    """The fixed sentence: "5 of 6 asked (4 accounts), 1 of 9 in other roles; High; drops to Medium without INT-012"."""
    accounts = f"{row['n_accounts']} account{'' if row['n_accounts'] == 1 else 's'}"
    words = f"{row['n_said']} of {row['n_asked']} asked ({accounts})"
    if row["n_rest_asked"]:
        words += f", {row['n_rest_said']} of {row['n_rest_asked']} in other roles"
    if not row["confidence"]:
        return words
    words += f"; {row['confidence']}"
    if row["drops_without"]:
        lost = "is no statement" if row["drops_to"] == "none" else f"drops to {row['drops_to']}"
        words += f"; {lost} without {row['drops_without']}"
    return words


def _choose(table: pd.DataFrame, settings: PersonaSettings) -> pd.DataFrame:
    """Mark what is printed: per card and family the best labels first, then the most said, then the most distinctive."""
    fit = table[(table["confidence"] != "") & ~table["family"].astype(str).str.startswith("anti_")]
    ranked = fit.assign(rank=fit["confidence"].map(RANK)).sort_values(
        ["rank", "share", "zb", "code_id"], ascending=[False, False, False, True], kind="stable"
    )
    printed = ranked.groupby(["role", "family"], sort=False).head(settings.per_family).index
    return table.assign(is_on_card=table.index.isin(printed))


def expected_by_chance(evidence: Evidence, agreement: pd.DataFrame, groups: list[Group], settings: PersonaSettings) -> dict[str, float]:
    """Distinctive statements (Medium or better) each card would show if roles were shuffled among the same people."""
    if len(evidence.interviews) < 2 or len(groups) < 2:
        return {}
    heard = persona_items(evidence)
    caps = agreement[(agreement["scope"] == "code") & (agreement["between"] == "coders")].set_index("code_id")["cap"]
    weak = [not evidence.is_adjudicated and caps.get(item, "Medium") == "Low" for item in heard.columns]
    number = {i: g for g, group in enumerate(groups) for i in group.interview_ids}
    labels = np.array([number.get(i, len(groups)) for i in heard.index])
    shuffles = shuffled_counts(heard.to_numpy(), labels, settings.shuffles, settings.seed)
    next(shuffles)
    total = np.zeros(labels.max() + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        for k, n, k_rest, n_rest in shuffles:
            seen = (k >= 3) & (k / n >= settings.distinctive_share) & (zb(k, n, k_rest, n_rest) >= 1.645)
            seen[:, weak] = False
            total += seen.sum(axis=1)
    return {group.role: float(total[g] / settings.shuffles) for g, group in enumerate(groups)}


def people_who_match(evidence: Evidence, statements: pd.DataFrame, role: str) -> tuple[int, int]:
    """Interviewees of the card, and of the rest, who said at least half of the card's statements they were asked about."""
    card = statements[(statements["role"] == role) & statements["is_on_card"]]
    if card.empty:
        return 0, 0
    said = evidence.presence[card["code_id"].tolist()]
    half = (said == 1).sum(axis=1) * 2 >= said.notna().sum(axis=1)
    half &= said.notna().any(axis=1)
    mine = pd.Series(True, index=said.index) if role == EVERYONE else evidence.interviews["role"] == role
    return int((half & mine).sum()), int((half & ~mine).sum())


@dataclass(frozen=True)
class Study:
    """Everything between the codings and the cards. ``groups`` become cards; with ``refusals`` there are none.

    ``evidence`` holds the interviews that count; ``expected`` the distinctive statements each card would show by chance.
    """

    evidence: Evidence
    agreement: pd.DataFrame
    refusals: tuple[str, ...]
    gate: Gate | None
    pairs: tuple[Pair, ...]
    groups: tuple[Group, ...]
    further: tuple[Group, ...]
    short: tuple[Group, ...]
    statements: pd.DataFrame
    expected: dict[str, float]
    other_split: tuple[str, ...]

    @property
    def role_labels(self) -> dict[str, str]:
        """Every role that was interviewed, cards first, with its number of interviews."""
        return {g.role: f"{role_label(g.role)}\n({len(g.interview_ids)})" for g in (*self.groups, *self.further, *self.short)}

    @property
    def sentence(self) -> str:
        """What the test of the roles says, or why there is none."""
        if self.refusals:
            return "No personas: " + " ".join(self.refusals)
        return " ".join([self.gate.sentence, *(p.sentence for p in self.pairs), *self.other_split])


def study_roles(evidence: Evidence, agreement: pd.DataFrame, settings: PersonaSettings) -> Study:
    """The whole of section 4: refusals, the gate, groups, statements, chance, and another split to ask about."""
    refusals = tuple(refuse(evidence))
    if refusals:
        return Study(evidence, agreement, refusals, None, (), (), (), (), artefact("05_statements").empty(), {}, ())
    gate, pairs = test_roles(evidence, settings)
    groups, further, short = form_groups(evidence, gate, settings)
    statements = make_statements(evidence, agreement, [*groups, *further, *short], gate, settings)
    expected = expected_by_chance(evidence, agreement, groups, settings)
    split = another_split(evidence, gate, len(groups), settings)
    return Study(evidence, agreement, (), gate, tuple(pairs), tuple(groups), tuple(further), tuple(short), statements, expected, split)
