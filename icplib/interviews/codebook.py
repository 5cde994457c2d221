"""One codebook from whatever describes the codes, and the finding of a code by any of its names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from icplib.exports.alike import alike
from icplib.exports.files import read_table
from icplib.interviews import refi
from icplib.interviews.imported import Ledger, code_frame, shown
from icplib.interviews.presets import choose, preset, singular, squeezed
from icplib.interviews.values import as_dates
from icplib.problems import UserError, did_you_mean
from icplib.tables import rows_of
from icplib.tables.step_05 import FAMILIES

NO = {"no", "n", "false", "0", "nein"}


def read_codebook(
    path: Path,
    ledger: Ledger,
    columns: Mapping[str, str] | None = None,
    date_order: str | None = None,
) -> pd.DataFrame:
    """The codes of one file (.qdc, .qdpx, or a table) as a frame with CODE_COLUMNS."""
    if path.suffix.lower() in (".qdc", ".qdpx", ".qde"):
        codes = refi.read_code_tree(path)
        ledger.tool(path.name, "REFI-QDA codebook", True)
        ledger.add("codebook", path.name, "read", len(codes))
        return codes.assign(file=path.name)
    rows, report = read_table(path)
    n_aside = len(report.footers) + len(report.rejected)
    rows = rows.astype(object).where(rows.notna(), "").map(lambda cell: str(cell).strip())
    _, tool, bound = choose(rows.columns, preset("codebooks"), None, columns or {}, path.name)
    ledger.tool(path.name, tool["name"], tool["verified"])
    ledger.add("codebook", path.name, "read", len(rows) + n_aside)
    ledger.add("codebook", path.name, "dropped", n_aside, "a footer or broken line")

    def get(ours: str) -> pd.Series:
        return rows[bound[ours][0]] if ours in bound else pd.Series("", index=rows.index)

    is_blank = get("code") == ""
    ledger.add("codebook", path.name, "dropped", int(is_blank.sum()), "no code in the row")
    parts = pd.DataFrame(
        {
            c: get(c)
            for c in (
                "code",
                "code_path",
                "heading",
                "label",
                "definition",
                "include",
                "exclude",
                "parent",
                "is_codable",
                "merged_into",
            )
        }
    )
    parts["added_on"] = as_dates(get("added_on"), date_order, path.name, "added_on")
    parents = dict(zip(parts["code"], parts["parent"], strict=True))
    separator = tool.get("hierarchy")
    made = [
        {
            "path": _path_of(row, parents, separator, path),
            "code_id": None if separator else slug(row.code),
            "family": row.heading or None,
            "label": row.label or None,
            "definition": row.definition or None,
            "include": row.include or None,
            "exclude": row.exclude or None,
            "added_on": row.added_on,
            "is_codable": row.is_codable.casefold() not in NO,
            "merged_into": row.merged_into or None,
        }
        for row in rows_of(parts[~is_blank])
    ]
    return code_frame(made).assign(file=path.name)


def _path_of(
    row: Any, parents: dict[str, str], separator: str | None, file: Path
) -> tuple[str, ...]:
    if row.code_path:
        return tuple(p.strip() for p in row.code_path.split("/") if p.strip())
    if separator:
        return tuple(p.strip() for p in row.code.split(separator) if p.strip())
    path, above = [row.code], row.parent
    while above:
        if above in path:
            raise UserError(
                f"the code '{shown(row.code)}' is its own ancestor",
                file=file.name,
                remedy="Mend the parent column.",
            )
        path.append(above)
        above = parents.get(above, "")
    return tuple(reversed(path))


def slug(text: str) -> str:
    """Lower-case ASCII words joined by underscores.

    A name without any gets a stable made-up one.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "code_" + _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha1(unicodedata.normalize("NFC", text).encode()).hexdigest()[:6]


class Families:
    """Which family a heading means.

    The words of the preset, and those of company.toml before them.
    """

    def __init__(self, own: Mapping[str, str] | None = None):
        for heading, family in (own or {}).items():
            if family not in FAMILIES:
                raise UserError(
                    f"'{family}' (for '{heading}') is no family of codes",
                    remedy=did_you_mean(family, FAMILIES),
                )
        words = {
            singular(a): family
            for family, aliases in preset("interviews")["families"].items()
            for a in [*aliases, family]
        }
        self._words = words | {singular(heading): family for heading, family in (own or {}).items()}

    def of(self, heading: str | None) -> str | None:
        """The family that a heading names, or None."""
        return self._words.get(singular(heading)) if heading else None

    def of_path(self, path: tuple[str, ...]) -> str | None:
        """The family of the nearest heading above the code.

        The code itself counts when it bears a family's own name.
        """
        for heading in reversed(path[:-1]):
            if family := self.of(heading):
                return family
        before, sign, _ = path[-1].partition(":")
        return (self.of(before) if sign else None) or (
            slug(path[-1]) if slug(path[-1]) in FAMILIES else None
        )


def build_codebook(codes: pd.DataFrame, families: Families, ledger: Ledger) -> pd.DataFrame:
    """Canonical 05_codebook of ``codes`` (CODE_COLUMNS and file): ids, families, parents, merges.

    Repeated codes counted and dropped.

    Raises UserError for a merge into an unknown code or in a circle.
    """
    key = pd.Series(
        [
            (tuple(_exact(p) for p in path), is_codable is not False)
            for path, is_codable in zip(codes["path"], codes["is_codable"], strict=True)
        ],
        index=codes.index,
        dtype=object,
    )  # a heading and a code of one name are two
    given = (
        codes["code_id"].notna()
        & codes[["code_id"]]
        .assign(is_codable=codes["is_codable"].map(lambda value: value is not False))
        .duplicated()
    )
    repeated = key.duplicated() | given
    for file, n in codes[repeated].groupby("file", sort=False).size().items():
        ledger.add("codebook", file, "dropped", n, "the code is in the book twice; the first stays")
    codes = codes[~repeated].reset_index(drop=True)
    for file, n in codes.groupby("file", sort=False).size().items():
        ledger.add("codebook", file, "kept", n)
    ids, by_path = _ids(codes)
    family = [families.of(r.family) or families.of_path(r.path) or "other" for r in rows_of(codes)]
    book = pd.DataFrame(
        {
            "code_id": ids,
            "code_path": ["/".join(path) for path in codes["path"]],
            "parent_id": [by_path.get(path[:-1]) for path in codes["path"]],
            "family": family,
            "label": [
                label if isinstance(label, str) and label else path[-1]
                for label, path in zip(codes["label"], codes["path"], strict=True)
            ],
            "definition": codes["definition"],
            "include": codes["include"],
            "exclude": codes["exclude"],
            "is_codable": codes["is_codable"].map(lambda v: v is not False).astype("boolean"),
            "merged_into": None,
            "added_on": pd.to_datetime(codes["added_on"]),
        }
    )
    _tell_apart(book)
    index = CodeIndex(book)
    book["merged_into"] = [
        _merge_target(old, index, one) for old, one in zip(codes["merged_into"], ids, strict=True)
    ]
    _refuse_circles(book)
    if len(codes):
        _note_doubts(book, codes["file"].iloc[0], ledger)
    return book


def _ids(codes: pd.DataFrame) -> tuple[list[str], dict[tuple[str, ...], str]]:
    """(id of each code, path -> id; of a heading and a code of one path, the heading's)."""
    ids: list[str] = []
    for row in rows_of(codes):
        wanted = row.code_id if isinstance(row.code_id, str) else slug("/".join(row.path))
        ids.append(wanted if wanted not in ids else f"{wanted}_{_digest('/'.join(row.path))}")
    by_path: dict[tuple[str, ...], str] = {}
    for path, one, is_codable in zip(codes["path"], ids, codes["is_codable"], strict=True):
        if is_codable is False or path not in by_path:
            by_path[path] = one
    return ids, by_path


def _tell_apart(book: pd.DataFrame) -> None:
    """Paths that two codes share get the id behind them; so does a code named like its heading."""
    twice = book["code_path"].duplicated(keep=False) & book["is_codable"].astype(bool)
    twice |= book["code_path"].duplicated()
    book.loc[twice, "code_path"] += " (" + book.loc[twice, "code_id"] + ")"


def _note_doubts(book: pd.DataFrame, file: str, ledger: Ledger) -> None:
    """Codes without a family, and names so alike that they may be one code."""
    codable = book[book["is_codable"].astype(bool)]
    unplaced = int((codable["family"] == "other").sum())
    if unplaced:
        ledger.add(
            "codebook",
            file,
            "note",
            unplaced,
            "codes without a known family",
            'say what their headings mean: families = { "<heading>" = "pain" } in company.toml',
        )
    free = codable.loc[codable["merged_into"].isna(), "label"].astype(str)
    near = alike(dict.fromkeys(free[free.map(lambda name: shown(name) == name)], 1))
    if near:
        pairs = "; ".join(f"{one} / {other}" for one, other in list(near.items())[:6])
        what = "codes whose names are nearly equal: one code spelt twice? Then use merged_into"
        ledger.add("codebook", file, "note", len(near), what, pairs)


def _merge_target(text: object, index: CodeIndex, code_id: str) -> str | None:
    if not isinstance(text, str) or not text:
        return None
    found = index.find((text,)) or index.find(tuple(text.split("/")))
    if found is None:
        raise UserError(
            f"the code '{code_id}' is merged into '{shown(text)}', which is not in the codebook",
            remedy="Mend merged_into.",
        )
    return found


def _refuse_circles(book: pd.DataFrame) -> None:
    into = dict(zip(book["code_id"], book["merged_into"], strict=True))
    for code in into:
        seen = [code]
        while (following := into.get(seen[-1])) is not None:
            if following in seen:
                raise UserError(
                    f"codes are merged in a circle: {' -> '.join([*seen, following])}",
                    remedy="Mend merged_into in the codebook.",
                )
            seen.append(following)


def follow_merges(book: pd.DataFrame) -> dict[str, str]:
    """Code id -> the code that finally took its place (itself where none did)."""
    into = {
        k: v
        for k, v in zip(book["code_id"], book["merged_into"], strict=True)
        if isinstance(v, str)
    }
    final = {}
    for code in book["code_id"]:
        last = code
        while last in into:
            last = into[last]
        final[code] = last
    return final


def _exact(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


class CodeIndex:
    """Finds a code by its id, path, label or last name.

    A name that two codes share finds neither.
    """

    def __init__(self, book: pd.DataFrame):
        self._exact: dict[tuple, set[str]] = defaultdict(set)
        self._loose: dict[tuple, set[str]] = defaultdict(set)
        self._codable = set(book.loc[book["is_codable"].astype(bool), "code_id"])
        for row in rows_of(book):
            path = tuple(row.code_path.removesuffix(f" ({row.code_id})").split("/"))
            for name in (path, ("/".join(path),), (row.code_id,)):
                self._exact["sure", tuple(map(_exact, name))].add(row.code_id)
                self._loose["sure", tuple(map(squeezed, name))].add(row.code_id)
            for name in ((path[-1],), (row.label,)):
                self._exact["short", tuple(map(_exact, name))].add(row.code_id)
                self._loose["short", tuple(map(squeezed, name))].add(row.code_id)

    def knows(self, names: Iterable[str]) -> bool:
        """Whether the names are exactly those of a code (case and spaces aside)."""
        key = tuple(_exact(n) for n in names)
        return any(
            self._exact.get((kind, k))
            for kind in ("sure", "short")
            for k in (key, ("/".join(key),))
        )

    def find(self, names: tuple[str, ...]) -> str | None:
        """The one code of that path, id, label or last name.

        Headings that the codebook lacks are passed over. None where unknown.
        """
        for start in range(len(names)):
            for index, normal in ((self._exact, _exact), (self._loose, squeezed)):
                key = tuple(normal(n) for n in names[start:])
                for kind in ("sure", "short"):
                    found = index.get((kind, key), set())
                    codable = found & self._codable or found
                    if len(codable) == 1 and any(key):
                        return next(iter(codable))
        return None
