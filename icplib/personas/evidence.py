"""Who said what: a matrix of interviews by codes, and who does not count.

A 1 is "said it", a 0 "was asked and did not", missing "was not asked, or nobody looked". One code
said with approval and with dislike is two items: ``channel_email`` and ``channel_email~against``.
Nothing here knows a statistic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib import interviews, words
from icplib.icp import Profiles
from icplib.interviews import Codings
from icplib.names import Names
from icplib.problems import UserError, UserErrors
from icplib.settings import Personas as PersonaSettings
from icplib.settings import Quarter
from icplib.vocabulary.people import UNKNOWN_ROLE, by_authority, role_label
from icplib.workbook import Workbook

AGAINST = "~against"
CANONICAL = ("interviews", "assignments", "topics_asked", "codebook", "codings")


@dataclass(frozen=True)
class Interviews:
    """The interviews that may be used at all, and which of them count for the cards.

    ``table``: index interview_id; the canonical columns plus ``role`` (after merges), ``segment``,
    ``counts`` (for the cards) and ``reason`` (why not). ``excluded``: artefact 05_excluded.
    """

    table: pd.DataFrame
    excluded: pd.DataFrame

    @property
    def counted(self) -> pd.DataFrame:
        """The interviews that count as evidence."""
        return self.table[self.table["counts"]]


@dataclass(frozen=True)
class Evidence:
    """``presence`` (interviews x items): 1, 0, nan.

    ``disputed`` likewise True where coders split evenly.

    ``items``: index item id; code_id, label, family. ``ratings``: (coders, interviews, items) of
    single coders, first pass; ``repeats`` the same for coders who coded an interview twice: {coder:
    (first, second)}.
    """

    interviews: pd.DataFrame
    items: pd.DataFrame
    presence: pd.DataFrame
    disputed: pd.DataFrame
    ratings: np.ndarray
    coders: tuple[str, ...]
    repeats: Mapping[str, np.ndarray]
    is_adjudicated: bool

    @property
    def empty(self) -> bool:
        """Whether nobody said anything that counts."""
        return self.presence.empty

    def of(self, interview_ids: Iterable[str]) -> Evidence:
        """The same for some interviews only."""
        keep = self.interviews.index.isin(list(interview_ids))
        return Evidence(
            self.interviews[keep],
            self.items,
            self.presence[keep],
            self.disputed[keep],
            self.ratings[:, keep],
            self.coders,
            {c: r[:, keep] for c, r in self.repeats.items()},
            self.is_adjudicated,
        )


def read_sources(workbook: Workbook) -> interviews.Codings:
    """The interviews and their codings; where they cannot be used, none, and ``problem`` says why.

    So a problem with interviews costs the personas and nothing else. An interview that is kept
    longer than agreed (``retain_until`` passed) is one.
    """
    try:
        read = interviews.read_sources(workbook)
        _refuse_expired(read.interviews, workbook.as_of)
    except UserErrors as several:
        return interviews.Codings.none(" ".join(p.sentence for p in several.problems))
    except UserError as problem:
        return interviews.Codings.none(problem.sentence)
    return read


def _refuse_expired(table: pd.DataFrame, as_of: pd.Timestamp) -> None:
    expired = table[pd.to_datetime(table["retain_until"]) < as_of]
    if len(expired):
        first = expired.iloc[0]
        raise UserError(
            f"interview {first['interview_id']} had to be deleted by"
            f" {words.day(first['retain_until'])} (retain_until)",
            column="retain_until",
            remedy=(
                "Delete it from the exports, or withdraw the person in settings: [personas]"
                " withdrawn."
            ),
        )


def store(workbook: Workbook, sources: Codings, names: Names) -> dict[str, pd.DataFrame]:
    """Write the canonical tables, free text redacted; return them by name without the ``05_``.

    The tables are as the readers made them.
    """
    above = workbook.settings.personas.money_above
    tables = {name: getattr(sources, name) for name in (*CANONICAL, "import_report")}
    for name, columns in (("codings", ("quote", "memo")), ("import_report", ("detail",))):
        redacted = {
            column: tables[name][column].map(lambda t: names.redacted(t, above), na_action="ignore")
            for column in columns
        }
        tables[name] = tables[name].assign(**redacted)
    return {name: workbook.write(f"05_{name}", table) for name, table in tables.items()}


def sort_interviews(
    interviews: pd.DataFrame,
    accounts: pd.DataFrame,
    profiles: Profiles | None,
    settings: PersonaSettings,
    quarter: Quarter,
) -> Interviews:
    """Mark which interviews stand behind the cards, and say of each other one why it does not.

    An interview counts when its account fits a profile (``profiles.fits``; where an account is
    unknown or the profile empty, the interview's own icp_fit decides), lies in the window of
    quarters and is its person's latest. Raises UserError when a merge gives no reason.
    """
    if settings.merge and not settings.merge_reason:
        raise UserError(
            "[personas] merge is set without a reason",
            remedy="Say why in merge_reason; it is printed on the cards.",
        )
    table = interviews.sort_values(["interview_date", "interview_id"], kind="stable").set_index(
        "interview_id"
    )
    role = (
        table["role"] if "role" in table else table["buying_role"]
    )  # the role as declared, where it is no buying role
    table["role"] = role.astype(object).where(role.notna(), UNKNOWN_ROLE).replace(settings.merge)
    fit = _fit(table, accounts, profiles)
    table["segment"] = _segment(table, accounts, profiles)
    oldest = str(quarter + (1 - settings.window_quarters))
    newest_of_person = ~table["person_id"].duplicated(keep="last") | table["person_id"].isna()
    reasons = pd.Series("", index=table.index, dtype=object)
    for applies, said in (
        (~newest_of_person, "a later interview of the same person counts"),
        (
            (table["wave"] < oldest).fillna(False).astype(bool),
            f"older than {settings.window_quarters} quarters",
        ),
        (fit.isna(), "not known whether the account fits the ICP"),
        (
            fit.eq(False).fillna(False).astype(bool),
            "the account does not fit the ICP",
        ),
    ):
        reasons = reasons.where(~applies.astype(bool), said)
    table["fits"], table["reason"], table["counts"] = fit, reasons, reasons == ""
    out = table[~table["counts"]].reset_index()
    return Interviews(table, out[["interview_id", "account_id", "wave", "buying_role", "reason"]])


def _at_accounts(values: pd.Series, accounts: pd.DataFrame, account_ids: pd.Series) -> pd.Series:
    by_account = pd.Series(values.to_numpy(), index=accounts["account_id"].astype(object))
    return account_ids.astype(object).map(by_account)


def _fit(table: pd.DataFrame, accounts: pd.DataFrame, profiles: Profiles | None) -> pd.Series:
    declared = table["icp_fit"].astype("boolean")
    if profiles is None or accounts.empty:
        return declared
    computed = _at_accounts(profiles.fits(accounts).astype(object), accounts, table["account_id"])
    computed = pd.Series(pd.array(computed, dtype="boolean"), index=table.index)  # type: ignore[call-overload]
    return computed.fillna(declared)  # type: ignore[arg-type]


def _segment(table: pd.DataFrame, accounts: pd.DataFrame, profiles: Profiles | None) -> pd.Series:
    """The interview's own segment, else the profile its account fits."""
    own = table["icp_segment"].astype(object).where(table["icp_segment"].notna(), None)
    if profiles is None or accounts.empty or not profiles.profiles:
        return own
    found = _at_accounts(profiles.which(accounts).astype(object), accounts, table["account_id"])
    return own.where(own.notna(), found)


def gather_evidence(
    tables: Mapping[str, pd.DataFrame], interviews: Interviews, settings: PersonaSettings
) -> Evidence:
    """Presence of every codable code in every coded interview.

    The adjudicator's codings decide where there are any; otherwise the majority of the coders
    assigned to the interview, a tie counting as present and disputed. A coder whose assignment is
    partial says "present" or nothing, never "absent".
    """
    codings, assignments = tables["codings"], tables["assignments"]
    codings = codings.assign(item=_items(codings))
    book = tables["codebook"].set_index("code_id")
    book = book[book["is_codable"].fillna(True).astype(bool) & book["merged_into"].isna()]
    against = [item for item in sorted(set(codings["item"])) if item.endswith(AGAINST)]
    items = pd.concat(
        [
            pd.DataFrame(
                {
                    "code_id": book.index,
                    "label": book["label"].fillna(book["code_path"]),
                    "family": book["family"],
                },
                index=book.index,
            ),
            pd.DataFrame(
                {
                    "code_id": [a.removesuffix(AGAINST) for a in against],
                    "label": [
                        f"{book['label'].get(a.removesuffix(AGAINST), a.removesuffix(AGAINST))}"
                        " (against)"
                        for a in against
                    ],
                    "family": [
                        book["family"].get(a.removesuffix(AGAINST), "other") for a in against
                    ],
                },
                index=against,
            ),
        ]
    ).rename_axis("item")
    # An interview that nobody was assigned to has not been looked at; it is no row of the matrix.
    looked = interviews.table[interviews.table.index.isin(assignments["interview_id"])]
    asked = _asked(looked.index, items, tables["topics_asked"])
    coders = tuple(sorted(set(assignments["coder_id"].dropna())))
    judged = {
        key: _judgements(group, codings, looked.index, items.index, asked)
        for key, group in _passes(assignments)
    }
    first = {c: min(p for coder, p in judged if coder == c) for c in coders}
    agreed = settings.adjudicator if settings.adjudicator in coders else ""
    shape = (len(looked), len(items))
    single = [judged[c, first[c]] for c in coders if c != agreed] or [np.full(shape, np.nan)]
    ratings = np.stack(single)
    presence, disputed = _majority(ratings)
    if agreed:
        final = judged[agreed, max(p for coder, p in judged if coder == agreed)]
        presence = np.where(np.isnan(final), presence, final)
        disputed &= np.isnan(final)
    repeats = {
        c: np.stack([judged[c, first[c]], judged[c, later[0]]])
        for c in coders
        if c != agreed
        and (later := sorted(p for coder, p in judged if coder == c and p > first[c]))
    }
    heard = pd.DataFrame(presence, index=looked.index, columns=items.index)
    return Evidence(
        looked,
        items,
        heard,
        pd.DataFrame(disputed, index=looked.index, columns=items.index),
        ratings,
        tuple(c for c in coders if c != agreed),
        repeats,
        bool(agreed),
    )


def _items(codings: pd.DataFrame) -> pd.Series:
    disliked = (codings["polarity"].astype("Int64") == -1).fillna(False).astype(bool)
    return (
        codings["code_id"]
        .astype(object)
        .where(~disliked, codings["code_id"].astype(object) + AGAINST)
    )


def _passes(assignments: pd.DataFrame) -> list[tuple]:
    return list(assignments.groupby(["coder_id", "pass"], sort=True))


def _asked(interview_ids: pd.Index, items: pd.DataFrame, topics: pd.DataFrame) -> np.ndarray:
    """(interviews, items): False where the topic is known not to have been raised."""
    unasked = topics[~topics["asked"].fillna(True).astype(bool)]
    pairs = set(zip(unasked["interview_id"], unasked["family"], strict=True))
    return np.array(
        [[(i, f) not in pairs for f in items["family"]] for i in interview_ids], dtype=bool
    ).reshape(len(interview_ids), len(items))


def _judgements(
    assigned: pd.DataFrame,
    codings: pd.DataFrame,
    interview_ids: pd.Index,
    item_ids: pd.Index,
    asked: np.ndarray,
) -> np.ndarray:
    """One coder's one pass: 1 seen, 0 looked and not seen, nan not assigned, partial or not asked."""  # noqa: E501
    coder, pass_number = assigned["coder_id"].iloc[0], assigned["pass"].iloc[0]
    mine = codings[(codings["coder_id"] == coder) & (codings["pass"] == pass_number)]
    complete = set(assigned.loc[assigned["status"] == "complete", "interview_id"])
    out = np.full((len(interview_ids), len(item_ids)), np.nan)
    out[interview_ids.isin(complete)] = 0.0
    out[~asked] = np.nan
    rows, columns = (
        interview_ids.get_indexer(mine["interview_id"]),
        item_ids.get_indexer(mine["item"]),
    )
    known = (rows >= 0) & (columns >= 0)
    out[rows[known], columns[known]] = 1.0  # said unasked still is said
    return out


def _majority(ratings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    judged = (~np.isnan(ratings)).sum(axis=0)
    share = np.nansum(ratings, axis=0) / np.maximum(judged, 1)
    presence = np.where(judged == 0, np.nan, (share >= 0.5).astype(float))
    return presence, (judged > 0) & (share == 0.5)


def describe_interviews(interviews: Interviews) -> str:
    """How many interviews stand behind the cards, by role, and why the others do not."""
    if interviews.table.empty:
        return (
            "No interviews. Personas need the sources 'interviews' and 'codings': five or more"
            " coded interviews with people in two roles."
        )
    counted = interviews.counted
    roles = ", ".join(
        f"{(counted['role'] == r).sum()} {role_label(r).lower()}"
        for r in by_authority(counted["role"].unique())
    )
    words = (
        f"{len(counted)} of {len(interviews.table)} interviews count ({roles or 'none'}), at"
        f" {counted['account_id'].nunique()} accounts."
    )
    reasons = interviews.excluded["reason"].value_counts(sort=False)
    left_out = "; ".join(f"{n}: {reason}" for reason, n in reasons.items())
    return words + (
        f" Not counted: {left_out}. They still feed the anti-personas." if left_out else ""
    )
