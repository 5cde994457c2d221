"""What one file says, in one shape whatever the tool; and the book of accounts.

Before codebook, consent and ids are applied.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

# One row a coding as the file gives it. `code` is a tuple of names from the root of the code tree
# to the code, `place` tells two codings of one document apart where there are no text positions,
# `ref` is the row or GUID, for lineage.
CODING_COLUMNS = (
    "ref",
    "document",
    "coder",
    "pass",
    "code",
    "unit",
    "start",
    "end",
    "place",
    "polarity",
    "quote",
    "quote_truncated",
    "memo",
    "coded_at",
)
CODE_COLUMNS = (
    "path",
    "code_id",
    "family",
    "label",
    "definition",
    "include",
    "exclude",
    "is_codable",
    "merged_into",
    "added_on",
)
MAX_SHOWN, MAX_WORDS = (
    60,
    8,
)  # a longer "code", or one that ends like a sentence, is most likely a piece of transcript and is not printed  # noqa: E501


@dataclass
class Ledger:
    """Every row that is read is kept or dropped for one reason.

    ``read = kept + dropped``, file by file.
    """

    lines: list[dict] = field(default_factory=list)
    tools: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def tool(self, file: str, tool: str, is_verified: bool) -> None:
        """Note which tool wrote ``file``, and whether that is proven."""
        self.tools[file] = (tool, is_verified)

    def add(
        self, source: str, file: str, outcome: str, n: int, reason: str = "", detail: str = ""
    ) -> None:
        """``outcome`` is read, kept, dropped or note.

        ``detail`` names rows and codes, never a person and never a quote.
        """
        if n or outcome in ("read", "kept", "note"):
            self.lines.append(
                {
                    "source": source,
                    "file": file,
                    "outcome": outcome,
                    "reason": reason,
                    "n": int(n),
                    "detail": detail,
                }
            )

    def drop(
        self, source: str, rows: pd.DataFrame, mask: pd.Series, reason: str, names: bool = False
    ) -> pd.DataFrame:
        """``rows`` without those of ``mask``; they are counted by file.

        ``names`` lists which codes they bear.
        """
        for file, dropped in rows[mask].groupby("file", sort=False):
            what = (
                _shown(" / ".join(code) for code in dropped["code"])
                if names
                else _refs(dropped["ref"])
            )
            self.add(source, file, "dropped", len(dropped), reason, what)
        return rows[~mask]

    def frame(self) -> pd.DataFrame:
        """Columns source, file, tool, is_verified, outcome, reason, n, detail.

        Same reasons of one file added up.
        """
        rows = pd.DataFrame(
            self.lines, columns=["source", "file", "outcome", "reason", "n", "detail"]
        )
        keys = ["source", "file", "outcome", "reason"]
        merged = rows.groupby(keys, sort=False, as_index=False).agg(
            n=("n", "sum"), detail=("detail", _joined)
        )
        merged.insert(2, "tool", [self.tools.get(f, ("", True))[0] for f in merged["file"]])
        merged.insert(3, "is_verified", [self.tools.get(f, ("", True))[1] for f in merged["file"]])
        order = {"read": 0, "kept": 1, "dropped": 2, "note": 3}
        sources = {"interviews": 0, "codebook": 1, "codings": 2}
        merged["_order"] = (
            merged["source"].map(sources) * 1_000_000
            + merged["file"].map({f: 10 * i for i, f in enumerate(dict.fromkeys(merged["file"]))})
            + merged["outcome"].map(order)
        )
        return (
            merged.sort_values("_order", kind="stable")
            .drop(columns="_order")
            .reset_index(drop=True)
        )


@dataclass
class Imported:
    """One file of codings.

    ``codings`` has CODING_COLUMNS; ``codes`` (CODE_COLUMNS, may be empty) is the codebook inside
    the file; ``documents`` has one row a document: ``document``, ``name`` and whatever the file
    says of the interviewee; ``looked`` lists (document, coder) pairs that are known even without a
    coding; ``asked`` lists (document, family).
    """

    file: str
    sha256: str
    tool: str
    codings: pd.DataFrame
    codes: pd.DataFrame
    documents: pd.DataFrame
    looked: list[tuple[str, str | None]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    people: set[str] = field(default_factory=set)


def coding_frame(rows: list[dict]) -> pd.DataFrame:
    """Codings as a frame of objects with every column of CODING_COLUMNS."""
    return pd.DataFrame(
        [{c: row.get(c) for c in CODING_COLUMNS} for row in rows],
        columns=list(CODING_COLUMNS),
        dtype=object,
    )


def code_frame(rows: list[dict]) -> pd.DataFrame:
    """Rows as a table of ``CODE_COLUMNS``, of objects; what a row lacks is None."""
    return pd.DataFrame(
        [{c: row.get(c) for c in CODE_COLUMNS} for row in rows],
        columns=list(CODE_COLUMNS),
        dtype=object,
    )


def _refs(refs: Iterable, most: int = 8) -> str:
    refs = [str(r) for r in refs]
    return ", ".join(refs[:most]) + (f" and {len(refs) - most} more" if len(refs) > most else "")


def shown(code: str) -> str:
    """A code as a message may show it: speech is told by its length only."""
    is_speech = (
        len(code) > MAX_SHOWN
        or len(code.split()) > MAX_WORDS
        or code.rstrip("\"'”’ ").endswith((".", "!", "?", "…"))
    )
    return f"(a text of {len(code)} characters)" if is_speech else code


def _shown(codes: Iterable[str], most: int = 12) -> str:
    distinct = list(dict.fromkeys(shown(c) for c in codes))
    return "; ".join(distinct[:most]) + (
        f" and {len(distinct) - most} more" if len(distinct) > most else ""
    )


def _joined(details: pd.Series) -> str:
    return "; ".join(dict.fromkeys(d for d in details if d))[:500]
