"""The messaging matrix: what to say to which persona in which segment, on what evidence."""

import pandas as pd

from icplib.icp import Profiles
from icplib.personas.engagement import content_that_works
from icplib.personas.evidence import AGAINST, Evidence
from icplib.personas.statements import Group, Study
from icplib.settings import Message
from icplib.stats.contrasts import monroe_z
from icplib.tables import artefact, rows_of
from icplib.vocabulary.people import EVERYONE, STOP_WORDS

NO_EVIDENCE = "no evidence: adapted from the persona as a whole"
SMALL_CELL = "too few interviewees to show alone: adapted from the persona as a whole"
UNCOUNTED = "interviews of its own; counts left out, since a smaller cell would follow from them"
MIN_CELL, MIN_CELL_ACCOUNTS = 3, 2
FIELDS = {
    "pain": "pain",
    "promise": "success_metric",
    "proof": "trusted_source",
    "objection": "fear_objection",
}


def make_messages(
    study: Study,
    engagement: pd.DataFrame,
    codings: pd.DataFrame,
    names: dict[str, str],
    segments: list[str],
    messages: tuple[Message, ...] = (),
) -> pd.DataFrame:
    """Artefact 05_messaging: one row a segment and persona.

    A cell of its own needs 3 interviewees at 2 accounts; any other says that it is adapted from the
    persona as a whole, and shows no counts of the cell, nor does a cell from which they would
    follow. Answers, owners and dates are what people wrote in settings ([[personas.messages]]).
    """
    evidence, groups, statements = study.evidence, study.groups, study.statements
    declared = artefact("05_messaging")
    roles = {i: g.role for g in groups for i in g.interview_ids}
    people = evidence.interviews.assign(segment=evidence.interviews["segment"].fillna(""))
    rows = []
    for group in groups:
        mine = people[people.index.isin(group.interview_ids)]
        cells = {segment: mine[mine["segment"] == segment] for segment in segments}
        counted = _shown(cells)
        for segment, cell in cells.items():
            is_own, is_counted = _stands_alone(cell), segment in counted
            ids = cell.index if is_own else pd.Index(group.interview_ids)
            rows.append(
                {
                    "segment": segment,
                    "persona_id": group.persona_id,
                    "persona": names[group.role],
                    "has_evidence": is_own,
                    "n_interviews": len(cell) if is_counted else pd.NA,
                    "n_accounts": cell["account_id"].nunique() if is_counted else pd.NA,
                    "note": (
                        NO_EVIDENCE
                        if cell.empty
                        else SMALL_CELL
                        if not is_own
                        else ""
                        if is_counted
                        else UNCOUNTED
                    ),
                }
                | _content(evidence, statements, engagement, group, ids, is_counted or not is_own)
                | _vocabulary(codings, roles, group.role)
                | _written(messages, group.role, segment)
            )
    rows.sort(key=lambda row: segments.index(row["segment"]))
    return declared.frame(rows)


def _stands_alone(cell: pd.DataFrame) -> bool:
    return len(cell) >= MIN_CELL and cell["account_id"].nunique() >= MIN_CELL_ACCOUNTS


def _shown(cells: dict[str, pd.DataFrame]) -> set[str]:
    """Segments whose counts may be shown.

    The empty ones, and those that stand alone unless a hidden cell would follow by subtraction.

    The persona's total stands on its card, so one hidden cell, or several with too few people
    together, take the smallest other cell with them.
    """
    alone = [segment for segment, cell in cells.items() if _stands_alone(cell)]
    hidden = [len(cell) for segment, cell in cells.items() if len(cell) and segment not in alone]
    if alone and hidden and (len(hidden) == 1 or sum(hidden) < MIN_CELL):
        alone.remove(min(alone, key=lambda segment: len(cells[segment])))
    return {segment for segment, cell in cells.items() if cell.empty} | set(alone)


def _content(
    evidence: Evidence,
    statements: pd.DataFrame,
    engagement: pd.DataFrame,
    group: Group,
    ids: pd.Index,
    is_counted: bool,
) -> dict:
    """The most said statement of each kind among ``ids``.

    Only what is a statement of the persona may appear.
    """
    mine = statements[(statements["role"] == group.role) & statements["is_on_card"]]
    heard = evidence.presence.loc[ids]
    counts = {c: (int((heard[c] == 1).sum()), int(heard[c].notna().sum())) for c in mine["code_id"]}

    def top(family: str, against: bool = False) -> tuple[str, str]:
        candidates = mine[
            (mine["family"] == family) & (mine["code_id"].str.endswith(AGAINST) == against)
        ]
        scored = [
            (
                counts[r.code_id][0] / max(counts[r.code_id][1], 1),
                r.zb if r.zb == r.zb else 0.0,
                r.code_id,
                r.label,
            )
            for r in rows_of(candidates)
        ]
        if not scored:
            return "", ""
        _, _, code, label = max(scored, key=lambda s: (s[0], s[1], s[2]))
        said, asked = counts[code]
        return (label, f"{label}: {said} of {asked}" if is_counted else label) if said else ("", "")

    found = {field: top(family) for field, family in FIELDS.items()}
    found["promise"] = found["promise"] if found["promise"][0] else top("goal")
    found["proof"] = found["proof"] if found["proof"][0] else top("buying_criterion")
    replied = engagement[(engagement["role"] == group.role) & (engagement["measure"] == "replied")]
    stated = replied[replied["stated_said"].fillna(0) > 0]
    stated = stated.sort_values(["stated_said", "rate"], ascending=False, kind="stable")
    found["channel"] = top("channel")
    by_dimension = {
        d: list(stated.loc[stated["dimension"] == d, "value"]) for d in ("channel", "content")
    }
    formats = by_dimension["content"][:1] or content_that_works(engagement, group.role, 1)
    observed = replied[(replied["dimension"] == "channel") & replied["rate_low"].notna()]
    channels = by_dimension["channel"][:1] or list(
        observed.sort_values("rate_low", ascending=False)["value"].head(1)
    )
    disliked = [top("channel", True)[0], top("communication_style", True)[0]]
    action = (
        f"Offer {_an(formats[0].lower())}" + (f" by {channels[0]}" if channels else "")
        if formats
        else ""
    )
    return {
        **{field: found[field][0] for field in ("pain", "promise", "proof", "objection")},
        "channel": channels[0] if channels else found["channel"][0],
        "format": formats[0] if formats else found["channel"][0],
        "words_avoid": "; ".join(d for d in disliked if d),
        "call_to_action": action,
        "evidence": "; ".join(words for _, words in found.values() if words),
    }


def _an(words: str) -> str:
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def _vocabulary(codings: pd.DataFrame, roles: dict[str, str], role: str, most: int = 5) -> dict:
    """Words that set this role's consented quotes apart (Monroe z).

    Each is from two interviewees or more.
    """
    if role == EVERYONE or "quote" not in codings:
        return {"words_use": ""}
    quotes = codings[
        codings["quote"].notna() & codings["interview_id"].isin(list(roles))
    ].drop_duplicates(["interview_id", "quote"])
    spoken = (
        quotes["quote"]
        .str.replace(r"\[[^\]]*\]", " ", regex=True)
        .str.lower()
        .str.findall(r"[a-z][a-z'-]{2,}")
        .explode()
        .dropna()
    )
    words = pd.DataFrame(
        {"word": spoken, "interview_id": quotes["interview_id"].reindex(spoken.index)}
    )
    words = words[~words["word"].isin(STOP_WORDS)]
    if words.empty:
        return {"words_use": ""}
    words["is_mine"] = words["interview_id"].map(roles) == role
    counts = (
        words.groupby(["word", "is_mine"])
        .size()
        .unstack(fill_value=0)
        .reindex(columns=[False, True], fill_value=0)
    )
    people = (
        words[words["is_mine"]]
        .groupby("word")["interview_id"]
        .nunique()
        .reindex(counts.index, fill_value=0)
    )
    if not counts[True].sum() or not counts[False].sum():
        return {"words_use": ""}
    z = pd.Series(
        monroe_z(
            counts[True].to_numpy(),
            counts[False].to_numpy(),
            prior=float(min(500, counts.to_numpy().sum())),
        ),
        index=counts.index,
    )
    telling = z[(z >= 1.645) & (people >= 2)].sort_values(ascending=False, kind="stable")
    return {"words_use": ", ".join(telling.index[:most])}


def _written(messages: tuple[Message, ...], role: str, segment: str) -> dict:
    """What people wrote for this cell, the segment's own before the one for every segment."""
    mine = [m for m in messages if m.role == role and m.segment in (segment, "")]
    mine.sort(key=lambda m: m.segment != segment)
    if not mine:
        return {"answer": "", "owner": "", "last_used_date": pd.NaT}
    chosen = mine[0]
    written = {
        "answer": chosen.answer,
        "owner": chosen.owner,
        "last_used_date": pd.Timestamp(chosen.last_used) if chosen.last_used else pd.NaT,
    }
    return written | ({"call_to_action": chosen.call_to_action} if chosen.call_to_action else {})


def list_segments(evidence: Evidence, profiles: Profiles | None, declared: tuple = ()) -> list[str]:
    """ICP segments of the matrix.

    Those of the settings and profiles, then those that interviews name.
    """
    names = [s.name for s in declared] + [
        p.name for p in (profiles.profiles if profiles else ())
    ] * (not declared)
    heard = [s for s in sorted(set(evidence.interviews["segment"].dropna())) if s]
    is_split = any(h not in names for h in heard)
    if heard and is_split and len(names) <= 1:
        names = []  # the interviews are split more finely than the one profile
    return list(dict.fromkeys(names + heard)) or ["the whole ICP"]
