"""Quotes that may be shown: redacted, short, consented, and held once more against every name.

Redaction replaces by generic words in brackets; what still holds a name is refused. Pseudonyms in
the transcripts themselves are better still: redact before import.
"""

from collections.abc import Iterable

import pandas as pd

from icplib.names import Names
from icplib.problems import UserError
from icplib.tables import rows_of
from icplib.tables.step_05_cards import Quote

MAX_WORDS = 40
PER_CARD = 3


def refuse(texts: Iterable[str], names: Names, where: str) -> None:
    """Raise UserError when any text still holds a name; the sentence does not repeat it."""
    for number, text in enumerate(texts, start=1):
        if found := names.left_in(text):
            raise UserError(
                f"quote {number} of {where} still holds {found}",
                remedy="Redact the transcript, import it again and re-run; nothing was exported.",
            )


def choose_quotes(
    codings: pd.DataFrame,
    interviews: pd.DataFrame,
    statements: pd.DataFrame,
    names: Names,
    money_above: float = 1000,
) -> tuple[list[Quote], int]:
    """Quotes for the typical statements of one card, and how many the gate refused.

    At most one quote a person and two an account.

    Only with consent_quotes = yes, at most 40 words, and whole (not cut by the tool).
    """
    typical = statements[statements["is_on_card"] & (statements["typical"] != "")].sort_values(
        ["share", "code_id"], ascending=[False, True]
    )
    chosen, refused, per_person = [], 0, set()
    per_account: dict[str, int] = {}
    usable = codings[
        codings["quote"].notna() & ~codings["quote_truncated"].fillna(False).astype(bool)
    ].sort_values(["interview_id", "start", "quote"])  # never the place in the file
    for code, ids in zip(typical["code_id"], typical["interview_ids"], strict=True):
        for row in rows_of(
            usable[(usable["code_id"] == code) & usable["interview_id"].isin(list(ids))]
        ):
            person = interviews.loc[row.interview_id]
            if person["consent_quotes"] != "yes" or len(row.quote.split()) > MAX_WORDS:
                continue
            if person["person_id"] in per_person or per_account.get(person["account_id"], 0) >= 2:
                continue
            text = names.redacted(" ".join(row.quote.split()), money_above)
            if names.left_in(text):
                refused += 1
                continue
            per_person.add(person["person_id"])
            per_account[person["account_id"]] = per_account.get(person["account_id"], 0) + 1
            chosen.append(
                Quote(
                    code_id=code,
                    text=text,
                    interview=row.interview_id,
                    person=str(person["person_id"]),
                )
            )
            break
        if len(chosen) == PER_CARD:
            break
    return chosen, refused
