"""Which roles have enough evidence, and what may be said of each.

Typical and distinctive statements.

A statement is *typical* when enough of the role says it (Wilson lower bound) and
*distinctive* when the role says it more than others do (zb); both get High, Medium or Low, and caps
for what weakens them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from icplib.personas.evidence import Evidence
from icplib.personas.labels import (
    RANK,
    Bar,
    capped,
    chance,
    distinctive_label,
    lowest,
    typical_label,
    z_of,
)
from icplib.personas.roles import (
    MIN_ACCOUNTS,
    MIN_INTERVIEWS,
    another_split,
    persona_items,
    refuse,
    test_roles,
    topics_by_role,
)
from icplib.settings import Personas as PersonaSettings
from icplib.stats.contrasts import zb
from icplib.stats.intervals import wilson
from icplib.tables import artefact
from icplib.tables.step_05_cards import Gate, Pair
from icplib.vocabulary.people import BUYING_ROLES, EVERYONE, UNKNOWN_ROLE, by_authority, role_label

FULL_INTERVIEWS, FULL_ACCOUNTS = 5, 3  # for a card that may say High


# --- groups
# ----------------------------------------------------------------------------------------


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
        """Stable id of the card, empty for a group without one."""
        return f"persona-{self.role.replace('_', '-')}" if self.status else ""


def form_groups(
    evidence: Evidence, gate: Gate, settings: PersonaSettings
) -> tuple[list[Group], list[Group], list[Group]]:
    """(cards, further roles beyond the maximum, roles without enough evidence).

    In the order of authority, then of evidence.

    Roles that are no buying roles have no order of authority among themselves: those with more
    interviews come first.
    """
    by_role: dict[Any, pd.DataFrame] = {
        r: g for r, g in evidence.interviews.groupby("role", sort=False) if r != UNKNOWN_ROLE
    }
    order = [r for r in by_authority(by_role) if r in BUYING_ROLES]
    groups = [
        _group(role, by_role[role])
        for role in (
            *order,
            *sorted(set(by_role) - set(order), key=lambda r: (-len(by_role[r]), r)),
        )
    ]
    enough = [g for g in groups if g.status]
    short = [g for g in groups if not g.status]
    if gate.mode in ("one shared card", "one role only") or not enough:
        everyone = Group(
            EVERYONE,
            tuple(evidence.interviews.index),
            evidence.interviews["account_id"].nunique(),
            "shared",
        )
        return (
            [everyone],
            [],
            [replace(g, status="") for g in enough] + short,
        )  # their counts are listed, without labels
    return enough[: settings.max_personas], enough[settings.max_personas :], short


def _group(role: str, interviews: pd.DataFrame) -> Group:
    n, accounts = len(interviews), interviews["account_id"].nunique()
    if n < MIN_INTERVIEWS or accounts < MIN_ACCOUNTS:
        missing = (
            f"{role_label(role)}: {n} interviews, {accounts} accounts; a card needs"
            f" {MIN_INTERVIEWS} interviews at {MIN_ACCOUNTS} accounts."
        )
        return Group(role, tuple(interviews.index), accounts, "", missing)
    status = "full" if n >= FULL_INTERVIEWS and accounts >= FULL_ACCOUNTS else "early"
    return Group(role, tuple(interviews.index), accounts, status)


def _counts(heard: pd.DataFrame, group: Group) -> Iterator[tuple[str, int, int, int, int]]:
    """(code, k, n, k of all, n of all) of every code, for one group."""
    mine = heard.index.isin(group.interview_ids)
    inside, outside = heard[mine], heard[~mine]
    for code in heard.columns:
        k, n = int(inside[code].sum()), int(inside[code].notna().sum())
        yield code, k, n, k + int(outside[code].sum()), n + int(outside[code].notna().sum())


def bar_of(
    evidence: Evidence, agreement: pd.DataFrame, groups: list[Group], settings: PersonaSettings
) -> Bar:
    """The bar of this study, over all groups that may have a card."""
    least, heard = settings.distinctive_share, persona_items(evidence)
    counts = [c for g in groups if g.status not in ("", "shared") for c in _counts(heard, g)]
    expected = sum(chance(n, n_all, k_all, least) for _, _, n, k_all, n_all in counts)
    observed = sum(
        k >= 3 and k / n >= least and z_of(k, n, k_all - k, n_all - n) >= 1.645
        for _, k, n, k_all, n_all in counts
    )
    all_codes = agreement[(agreement["scope"] == "all") & (agreement["between"] == "coders")]
    is_noisy = "unreliable" in set(all_codes["verdict"]) and not evidence.is_adjudicated
    return Bar(expected / observed if observed else 0.0, is_noisy)


# --- statements -----------------------------------------------------------------------------------


def make_statements(
    evidence: Evidence,
    agreement: pd.DataFrame,
    groups: list[Group],
    gate: Gate,
    settings: PersonaSettings,
) -> pd.DataFrame:
    """Artefact 05_statements: each group by each code that anybody named.

    Roles without a card are listed with their counts and no label. On a shared card nothing is
    distinctive; where the gate only warns, nothing is distinctive beyond Low.
    """
    declared = artefact("05_statements")
    heard = evidence.presence.loc[:, (evidence.presence == 1).any(axis=0).to_numpy()]
    judge = Judge(
        evidence,
        agreement[(agreement["scope"] == "code") & (agreement["between"] == "coders")].set_index(
            "code_id"
        ),
        bar_of(evidence, agreement, groups, settings),
        "Low" if gate.mode == "by role, with a warning" else "High",
        settings.distinctive_share,
    )
    rows = []
    for group in groups:
        mine = heard.index.isin(group.interview_ids)
        for item in heard.columns:
            row = _statement(group, item, heard[item], mine, judge)
            if row["n_asked"]:
                rows.append(row)
    return declared.check(_choose(declared.frame(rows), settings))


@dataclass(frozen=True)
class Judge:
    """What labels rest on beside the counts.

    ``judged``: agreement by code; ``roles_cap``: the best label where the roles hardly differ.
    """

    evidence: Evidence
    judged: pd.DataFrame
    bar: Bar
    roles_cap: str
    min_share: float

    def coding(self, item: str) -> tuple[str, str]:
        """(cap, verdict) of how the code was coded."""
        if self.evidence.is_adjudicated:
            return "High", ""
        if item not in self.judged.index:
            return "Medium", ""
        return str(self.judged.at[item, "cap"]), str(self.judged.at[item, "verdict"])

    def labels(
        self, group: Group, item: str, sayers: pd.Index, n: int, rest: tuple[int, int]
    ) -> tuple[str, str]:
        """(typical, distinctive) of these sayers among n asked, after every cap."""
        agreed, verdict = self.coding(item)
        k, accounts = len(sayers), self.evidence.interviews["account_id"]
        if verdict == "too rare to judge" and k < 3:
            return "", ""
        cap = lowest(_group_cap(group), "High" if accounts[sayers].nunique() >= 2 else "Medium")
        distinct = ""
        if group.status != "shared":
            distinct = distinctive_label(k, n, *rest, self.bar, self.min_share)
        is_settled = verdict in ("unreliable",)  # noisy coders: the bar is higher already
        own = agreed if is_settled or not self.bar.is_noisy else "Medium"
        return (
            capped(typical_label(k, n), lowest(cap, agreed)),
            capped(distinct, lowest(cap, own, self.roles_cap)),
        )


def _statement(
    group: Group, item: str, said: pd.Series, mine: np.ndarray, judge: Judge
) -> dict[str, Any]:
    inside, outside = said[mine].dropna(), said[~mine].dropna()
    evidence, sayers = judge.evidence, inside.index[inside == 1]
    k, n, rest = len(sayers), len(inside), (int(outside.sum()), len(outside))
    low, high = wilson(k, n)
    row: dict[str, Any] = {
        "role": group.role,
        "persona_id": group.persona_id,
        "code_id": item,
        "label": evidence.items.at[item, "label"],
        "family": evidence.items.at[item, "family"],
        "n_asked": n,
        "n_said": k,
        "n_accounts": evidence.interviews["account_id"][sayers].nunique(),
        "n_rest_asked": rest[1],
        "n_rest_said": rest[0],
        "share": k / n if n else np.nan,
        "share_low": float(low),
        "share_high": float(high),
        "zb": float(zb(k, n, *rest)),
        "n_disputed": int(evidence.disputed.loc[inside.index, item].sum()),
        "interview_ids": tuple(sayers),
        "is_on_card": False,
        **dict.fromkeys(_WORDS, ""),
    }
    if not group.status:
        return row
    row["typical"], row["distinctive"] = judge.labels(group, item, sayers, n, rest)
    row["confidence"] = max(row["typical"], row["distinctive"], key=RANK.__getitem__)
    agreed, verdict = judge.coding(item)
    caps = {
        verdict: agreed,
        "early card": _group_cap(group),
        "one account": "High" if row["n_accounts"] >= 2 else "Medium",
    }
    row["cap"] = lowest(*caps.values())
    row["cap_reason"] = ", ".join(
        reason for reason, cap in caps.items() if cap == row["cap"] != "High"
    )
    if row["confidence"]:
        row["drops_to"], row["drops_without"] = _hangs_on(group, item, sayers, n, rest, judge)
    row["sentence"] = evidence_sentence(row)
    return row


_WORDS = (
    "typical",
    "distinctive",
    "confidence",
    "cap",
    "cap_reason",
    "drops_to",
    "drops_without",
    "sentence",
)


def _group_cap(group: Group) -> str:
    return "Medium" if group.status == "early" or group.n_accounts < FULL_ACCOUNTS else "High"


def _hangs_on(
    group: Group, item: str, sayers: pd.Index, n: int, rest: tuple[int, int], judge: Judge
) -> tuple[str, str]:
    """The label without the one interview whose loss hurts most, and that interview.

    ("", "") where none hurts.
    """
    now = max(judge.labels(group, item, sayers, n, rest), key=RANK.__getitem__)
    worst, without = now, ""
    for one in sayers:
        left = judge.labels(group, item, sayers.drop(one), n - 1, rest)
        best = max(left, key=RANK.__getitem__)
        if RANK[best] < RANK[worst]:
            worst, without = best, one
    return (worst or "none", without) if without else ("", "")


def evidence_sentence(row: dict[str, Any]) -> str:
    """The fixed sentence: "5 of 6 asked (4 accounts), 1 of 9 in other roles; High.

    Drops to Medium without INT-012".
    """
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
    """Mark what is printed per card and family: the best labels first.

    Then the most said, then the most distinctive.
    """
    fit = table[(table["confidence"] != "") & ~table["family"].astype(str).str.startswith("anti_")]
    ranked = fit.assign(rank=fit["confidence"].map(RANK)).sort_values(
        ["rank", "share", "zb", "code_id"], ascending=[False, False, False, True], kind="stable"
    )
    printed = ranked.groupby(["role", "family"], sort=False).head(settings.per_family).index
    return table.assign(is_on_card=table.index.isin(printed))


def expected_by_chance(
    evidence: Evidence, agreement: pd.DataFrame, groups: list[Group], settings: PersonaSettings
) -> dict[str, float]:
    """Distinctive statements (zb of 1.645) each card would show if roles were shuffled.

    Among the same people, by the exact chance of each code.
    """
    if len(evidence.interviews) < 2 or len(groups) < 2:
        return {}
    codes = agreement[(agreement["scope"] == "code") & (agreement["between"] == "coders")]
    weak = set(codes.loc[codes["cap"] == "Low", "code_id"]) if not evidence.is_adjudicated else ()
    heard = persona_items(evidence)
    return {
        group.role: sum(
            chance(n, n_all, k_all, settings.distinctive_share)
            for code, _, n, k_all, n_all in _counts(heard, group)
            if code not in weak
        )
        for group in groups
    }


def people_who_match(evidence: Evidence, statements: pd.DataFrame, role: str) -> tuple[int, int]:
    """Interviewees of the card, and of the rest, who said at least half of its statements.

    Of those statements that they were asked about.
    """
    card = statements[(statements["role"] == role) & statements["is_on_card"]]
    if card.empty:
        return 0, 0
    said = evidence.presence[card["code_id"].tolist()]
    half = (said == 1).sum(axis=1) * 2 >= said.notna().sum(axis=1)
    half &= said.notna().any(axis=1)
    mine = (
        pd.Series(True, index=said.index)
        if role == EVERYONE
        else evidence.interviews["role"] == role
    )
    return int((half & mine).sum()), int((half & ~mine).sum())


@dataclass(frozen=True)
class Study:
    """Everything between the codings and the cards.

    ``groups`` become cards; with ``refusals`` there are none.

    ``evidence`` holds the interviews that count; ``expected`` the distinctive statements each card
    would show by chance.
    """

    evidence: Evidence
    agreement: pd.DataFrame
    refusals: tuple[str, ...] = ()
    gate: Gate = None  # type: ignore[assignment]  # refusals say why there is none
    pairs: tuple[Pair, ...] = ()
    groups: tuple[Group, ...] = ()
    further: tuple[Group, ...] = ()
    short: tuple[Group, ...] = ()
    statements: pd.DataFrame = field(default_factory=lambda: artefact("05_statements").empty())
    expected: dict[str, float] = field(default_factory=dict)
    other_split: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    problem: str = ""

    @property
    def role_labels(self) -> dict[str, str]:
        """Every role that was interviewed, cards first, with its number of interviews."""
        return {
            g.role: f"{role_label(g.role)}\n({len(g.interview_ids)})"
            for g in (*self.groups, *self.further, *self.short)
        }

    @property
    def sentence(self) -> str:
        """What the test of the roles says, or why there is none."""
        if self.refusals:
            return "No personas: " + " ".join(self.refusals)
        return " ".join(
            [self.gate.sentence, *self.topics, *(p.sentence for p in self.pairs), *self.other_split]
        )


def study_roles(
    evidence: Evidence, agreement: pd.DataFrame, settings: PersonaSettings, problem: str = ""
) -> Study:
    """All of section 4: refusals, gate, groups, statements, chance, a split to ask about.

    ``problem`` is what kept the interviews from being read.
    """
    refusals = (f"The interviews cannot be used: {problem}",) if problem else refuse(evidence)
    if refusals:
        return Study(evidence, agreement, tuple(refusals), problem=problem)
    gate, pairs = test_roles(evidence, settings)
    groups, further, short = form_groups(evidence, gate, settings)
    statements = make_statements(evidence, agreement, [*groups, *further, *short], gate, settings)
    expected = expected_by_chance(evidence, agreement, groups, settings)
    split = another_split(evidence, gate, len(groups), settings)
    return Study(
        evidence,
        agreement,
        (),
        gate,
        tuple(pairs),
        tuple(groups),
        tuple(further),
        tuple(short),
        statements,
        expected,
        split,
        topics_by_role(evidence, gate, settings),
    )
