"""Personal data at the door: dropped, unless a step needs it or company.toml declares it.

Declared header by header ('source.Header').

``privacy.keep`` keeps a column as it is, ``privacy.hash`` as a pseudonym; it then stands in the
artefact of its source (01_accounts, 01_deals, 01_contacts, 01_engagement, 01_tickets), of which
none may be shared. Sources that leave no rows of their own have nowhere to keep a column.
"""

from __future__ import annotations

import hashlib
import os

import pandas as pd

from icplib.exports.ledger import Ledger
from icplib.gather.canon import slug
from icplib.gather.leakage import is_free_text
from icplib.problems import UserError, did_you_mean

WITH_ROWS = ("accounts", "prospects", "deals", "contacts", "engagement", "tickets")
HASHED_ANYWAY = ("owner", "contact_id")  # steps need them, as pseudonyms
WORDED = (
    "channel",
    "content",
    "buying_role",
    "lead_source",
    "lost_reason",
    "tag",
    "seniority",
    "function",
    "churn_reason",
    "event",
)  # words, never sentences
RAW = "raw: "  # prefix of the file's own columns beside ours


def hashed(values: pd.Series) -> pd.Series:
    """A person's id as a pseudonym.

    Keyed BLAKE2, the key from the environment variable ICP_HASH_KEY where there is one.
    """
    key = os.environ.get("ICP_HASH_KEY", "").encode()[:64]
    pseudonym = {
        v: "p" + hashlib.blake2b(str(v).encode(), key=key, digest_size=8).hexdigest()
        for v in values.dropna().unique()
    }
    return values.map(pseudonym).astype("str")


def refuse_unknown(settings) -> None:
    """UserError for a declaration that names no source that can keep a column, or that says both."""  # noqa: E501
    for entry in (*settings.privacy.keep, *settings.privacy.hash):
        source, dot, _ = entry.partition(".")
        if not dot or source not in WITH_ROWS:
            raise UserError(
                f"privacy names '{entry}', and no column of that source can be kept",
                remedy=(
                    "Write 'source.Header'; sources with rows of their own:"
                    f" {', '.join(WITH_ROWS)}."
                ),
            )
    if both := sorted({*settings.privacy.keep} & {*settings.privacy.hash}):
        raise UserError(
            f"privacy both keeps and hashes '{both[0]}'", remedy="Leave it in one of the two lists."
        )


def declared(source: str, headers, settings) -> dict[str, str]:
    """Header -> 'kept' or 'hashed' for the columns of one source that company.toml declares.

    A header that is not there is a UserError.

    What is declared for accounts holds for prospects too, where they have that header: both stand
    in one table.
    """
    out = {}
    for how, entries in (("kept", settings.privacy.keep), ("hashed", settings.privacy.hash)):
        for owner, _, header in (entry.partition(".") for entry in entries):
            if owner == source and header not in headers:
                raise UserError(
                    f"privacy names '{owner}.{header}', but there is no such header",
                    remedy=did_you_mean(header, headers),
                )
            if header in headers and owner in (
                source,
                "accounts" if source == "prospects" else source,
            ):
                out[header] = how
    return out


def carried(s) -> dict[str, str]:
    """Declared header -> column of the artefact, for a source of events (``staging.Staged``).

    A taken name gets ``_kept`` behind it.
    """
    ours = {h: c for c, h in s.mapped.columns.items()}
    named = {
        h: slug(h)
        for h, how in s.declared.items()
        if not (how == "hashed" and ours.get(h) in HASHED_ANYWAY)
    }
    return {h: f"{name}_kept" if name in s.fields else name for h, name in named.items()}


def with_declared(table: pd.DataFrame, s) -> pd.DataFrame:
    """Rows of one source with declared columns under their names, hashed where so declared."""
    out = table
    for header, name in carried(s).items():
        cells = out[RAW + header].astype("str")
        out = out.drop(columns=RAW + header).assign(
            **{name: hashed(cells) if s.declared[header] == "hashed" else cells}
        )
    return out


def free_text(name: str, samples: dict[str, tuple[str, list]], log: Ledger) -> set[str]:
    """Our columns that should hold words and hold sentences.

    People write names into them, so they are left out. ``samples``: ours -> (header, some cells).
    """
    found = {
        column
        for column, (header, cells) in samples.items()
        if is_free_text(header, pd.Series(cells, dtype="object").dropna())
    }
    for column in sorted(found):
        header, cells = samples[column]
        where = (
            f'privacy.keep = ["{name}.{header}"] keeps it beside the rows'
            if name in WITH_ROWS
            else ""
        )
        log.found(
            "free text",
            name,
            header,
            1,
            f"left out: {column} is for words, and this column holds sentences",
            (),
            where,
        )
    return found


def log_without_key(columns: pd.DataFrame, log: Ledger) -> None:
    """Pseudonyms that were made without a key can be made again by whoever knows the id."""
    made = columns.loc[columns["privacy"] == "hashed"]
    if len(made) and not os.environ.get("ICP_HASH_KEY"):
        log.found(
            "pseudonyms without a key",
            ", ".join(dict.fromkeys(made["source"])),
            ", ".join(dict.fromkeys(made["column"])),
            len(made),
            "whoever knows an id or an address can compute its pseudonym",
            decide="put a secret into the environment variable ICP_HASH_KEY",
        )
