"""REFI-QDA projects and codebooks (.qdpx, .qde, .qdc).

The exchange format of MAXQDA, NVivo, ATLAS.ti, QualCoder and others.

The schema is the standard's Project.xsd 1.5; the differences between tools are those listed in the
project's methods page. Namespaces are ignored (three of them occur for codebooks), GUIDs are
compared without braces and case.
"""

from dataclasses import replace
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

import pandas as pd

from icplib.interviews import safe
from icplib.interviews.imported import Imported, Ledger, code_frame, coding_frame
from icplib.interviews.offsets import ELLIPSES, Choice, Reading, Ruler, Selection, detect
from icplib.problems import UserError

ORIGINS = (
    "ATLAS.ti",
    "NVivo",
    "MAXQDA",
    "QualCoder",
    "Quirkos",
    "Taguette",
    "Transana",
    "OpenQDA",
    "QDA Miner",
)


def read_project(path: Path, ledger: Ledger) -> Imported:
    """One .qdpx or .qde file. Raises UserError for a damaged, hostile or ambiguous file."""
    file, sha = path.name, safe.sha256_of(path)
    if path.suffix.lower() == ".qde":
        return _Project(
            path, sha, safe.parse_xml(safe.read_file(path, safe.MAX_XML), path), None
        ).imported(ledger)
    with safe.Archive(path) as archive:
        inner = [
            n
            for n in archive.names
            if n.lower().endswith(".qde") and "/" not in n.replace("\\", "/")
        ]
        if len(inner) != 1:
            what = f"{len(inner)} project files (.qde) at the root instead of one"
            raise UserError(what, file=path, remedy="Export the project again as REFI-QDA (.qdpx).")
        if inner[0] != "project.qde":
            ledger.add(
                "codings",
                file,
                "note",
                1,
                f"the project file inside is called '{_plain_name(inner[0])}', not project.qde",
            )
        root = safe.parse_xml(archive.read(inner[0], safe.MAX_XML), path)
        return _Project(path, sha, root, archive).imported(ledger)


def read_code_tree(path: Path) -> pd.DataFrame:
    """The code tree of a .qdc file (or of a project) as a frame with CODE_COLUMNS."""
    if path.suffix.lower() != ".qdc":
        return read_project(path, Ledger()).codes
    root = safe.parse_xml(safe.read_file(path, safe.MAX_XML), path)
    if _tag(root) != "CodeBook":
        raise UserError(f"a codebook is expected, not <{_tag(root)}>", file=path, remedy=safe.AGAIN)
    return code_frame(list(_codes(root).values()))


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: Element | None, *tags: str) -> list[Element]:
    return [] if element is None else [child for child in element if _tag(child) in tags]


def _child(element: Element | None, tag: str) -> Element | None:
    found = _children(element, tag)
    return found[0] if found else None


def _guid(text: str | None) -> str:
    return (text or "").strip().strip("{}").lower()


def _plain_name(name: str) -> str:
    return "".join(c for c in name if c.isprintable())[:60]


def _codes(root: Element) -> dict[str, dict]:
    """Codes by GUID with their path from the root of the tree.

    Headings are those with isCodable false.
    """
    found: dict[str, dict] = {}
    waiting = [(code, ()) for code in reversed(_children(_child(root, "Codes"), "Code"))]
    while waiting:
        code, above = waiting.pop()
        path = (*above, (code.get("name") or "").strip())
        found[_guid(code.get("guid"))] = {
            "path": path,
            "label": path[-1],
            "definition": _text_of(_child(code, "Description")),
            "is_codable": (code.get("isCodable") or "true").strip().lower() not in ("false", "0"),
        }
        waiting += [(inner, path) for inner in reversed(_children(code, "Code"))]
    return found


def _text_of(element: Element | None) -> str | None:
    return None if element is None or not (element.text or "").strip() else element.text.strip()


class _Project:
    """One parsed project: looks names up, walks the sources, cuts the quotes."""

    def __init__(self, path: Path, sha: str, root: Element, archive: safe.Archive | None):
        if _tag(root) != "Project":
            raise UserError(
                f"a REFI-QDA project is expected, not <{_tag(root)}>", file=path, remedy=safe.AGAIN
            )
        self.path, self.sha, self.root, self.archive = path, sha, root, archive
        origin = root.get("origin") or ""
        self.tool = "REFI-QDA" + next(
            (f" from {o}" for o in ORIGINS if o.lower() in origin.lower()), ""
        )
        self.users = {
            _guid(u.get("guid")): u.get("name") or u.get("id") or ""
            for u in _children(_child(root, "Users"), "User")
        }
        self.codes = _codes(
            _child(root, "CodeBook") if _child(root, "CodeBook") is not None else Element("none")
        )
        self.sources = list(_child(root, "Sources") if _child(root, "Sources") is not None else ())
        self.texts: dict[int, str | None] = {}
        self.found: list[
            tuple[dict, Element | None]
        ] = []  # a coding, and the element whose text it points into
        self._last_ruler: tuple = (None, None, None)
        self.n_points = self.n_annotations = self.n_no_text = 0

    def imported(self, ledger: Ledger) -> Imported:
        for source in self.sources:
            self._walk(source, _guid(source.get("guid")))
        choice = detect(self._selections())
        rows = self._once([self._cut(row, owner, choice) for row, owner in self.found], ledger)
        self._report(ledger, choice)
        return Imported(
            self.path.name,
            self.sha,
            self.tool,
            coding_frame(rows),
            code_frame(list(self.codes.values())),
            self._documents(),
            people={u for u in self.users.values() if u},
        )

    # --- walking
    # -------------------------------------------------------------------------------------------------------  # noqa: E501

    def _walk(self, element: Element, document: str) -> None:
        """All codings under one source, with PDF text, transcripts and pictures inside it."""
        for child in element:
            tag = _tag(child)
            if tag == "Coding":
                self._coding(child, document, None, element, "document")
            elif tag in ("Representation", "Transcript", "TextDescription"):
                self._walk(child, document)
            elif tag.endswith("Selection"):
                unit = {
                    "PlainTextSelection": "segment",
                    "PDFSelection": "segment",
                    "PictureSelection": "image",
                }.get(tag, "timecode")
                codings = _children(child, "Coding")
                self.n_annotations += not codings and _child(child, "Description") is not None
                for coding in codings:
                    self._coding(coding, document, child, element, unit)

    def _coding(
        self, coding: Element, document: str, selection: Element | None, owner: Element, unit: str
    ) -> None:
        target = (
            _guid(_child(coding, "CodeRef").get("targetGUID"))
            if _child(coding, "CodeRef") is not None
            else ""
        )
        code = self.codes.get(target)
        user = _guid(coding.get("creatingUser")) or _guid(
            "" if selection is None else selection.get("creatingUser")
        )
        self.found.append(
            (
                {
                    "ref": _guid(coding.get("guid")),
                    "document": document,
                    "coder": self.users.get(user) or user or None,
                    "code": (
                        code["path"]
                        if code
                        else ("(a code that the codebook of the file does not list)",)
                    ),
                    "unit": unit,
                    "place": _place(selection),
                    "memo": (
                        None if selection is None else _text_of(_child(selection, "Description"))
                    ),
                    "coded_at": (
                        coding.get("creationDateTime")
                        or (None if selection is None else selection.get("creationDateTime"))
                    ),
                    "selection": selection,
                },
                owner,
            )
        )

    # --- text and positions
    # ----------------------------------------------------------------------------------------------

    def _text(self, owner: Element) -> str | None:
        """The text that positions inside ``owner`` refer to.

        None where the file does not bring it along.
        """
        if id(owner) not in self.texts:
            inline = _child(owner, "PlainTextContent")
            self.texts[id(owner)] = (
                inline.text or ""
                if inline is not None
                else self._stored(owner.get("plainTextPath") or "")
            )
        return self.texts[id(owner)]

    def _stored(self, where: str) -> str | None:
        """Text of ``internal://GUID.txt``, or of a bare name (qc writes those).

        Paths that leave the archive are never followed.
        """
        name = PurePosixPath(where.removeprefix("internal://").lstrip("/")).name
        if (
            ("://" in where and not where.startswith("internal://"))
            or not name
            or self.archive is None
            or not self.archive.has(f"sources/{name}")
        ):
            return None
        return safe.decode_text(self.archive.read(f"sources/{name}", safe.MAX_TEXT), self.path)

    def _selections(self) -> list[Selection]:
        seen: dict[int, Selection] = {}
        for row, owner in self.found:
            selection = row["selection"]
            if (
                selection is not None
                and _tag(selection) == "PlainTextSelection"
                and id(selection) not in seen
            ):
                start, end = _span(selection, self.path)
                seen[id(selection)] = Selection(
                    start, end, selection.get("name") or "", self._text(owner)
                )
        return list(seen.values())

    def _cut(self, row: dict, owner: Element | None, choice: Choice) -> dict:
        """The coding with its quote and its positions in the LF-normalised text."""
        selection = row.pop("selection")
        row["quote_truncated"] = False
        if selection is None:
            return row
        tag, name = _tag(selection), (selection.get("name") or "").strip()
        if tag == "PlainTextSelection":
            start, end = _span(selection, self.path)
            self.n_points += start == end
            ruler = self._ruler(owner, choice.reading) if choice.is_trusted else None
            span = ruler.span(start, end) if ruler else None
            if span is not None:
                row["start"], row["end"] = span
                row["quote"] = ruler.text[slice(*span)] or None
                return row
            self.n_no_text += 1
            row["quote"], row["quote_truncated"] = _quote_from_name(name, end - start)
        elif tag == "PDFSelection":
            inner = _child(_child(selection, "Representation"), "PlainTextContent")
            row["quote"] = _text_of(inner)
            if row["quote"] is None and name.endswith(ELLIPSES):
                row["quote"], row["quote_truncated"] = _quote_from_name(name, None)
        elif tag == "TranscriptSelection":
            row["quote"] = self._between_sync_points(selection, owner, choice)
        return row

    def _once(self, rows: list[dict], ledger: Ledger) -> list[dict]:
        """Each GUID once: of a PDF's page and its text, the one with positions stays."""
        best: dict[tuple, dict] = {}
        for row in rows:
            key = (row["document"], row["place"], row["code"], row["coder"])
            key += () if row["unit"] == "segment" else (row["ref"],)
            if key not in best or (best[key].get("start") is None and row.get("start") is not None):
                best[key] = row
        n = len(rows) - len(best)
        ledger.add(
            "codings",
            self.path.name,
            "dropped",
            n,
            "the same quotation with the same code given twice",
        )
        return list(best.values())

    def _ruler(self, owner: Element, reading: Reading) -> Ruler | None:
        """The ruler of the owner's text; the last one is kept because codings come text by text."""
        if self._last_ruler[:2] != (owner, reading):
            text = self._text(owner)
            self._last_ruler = (owner, reading, None if text is None else Ruler(text, reading))
        return self._last_ruler[2]

    def _between_sync_points(
        self, selection: Element, owner: Element, choice: Choice
    ) -> str | None:
        points = {_guid(p.get("guid")): p.get("position") for p in _children(owner, "SyncPoint")}
        first, last = (
            points.get(_guid(selection.get(k))) for k in ("fromSyncPoint", "toSyncPoint")
        )
        ruler = self._ruler(
            owner, replace(choice.reading, end="exclusive")
        )  # points lie between characters
        if ruler is None or not (first or "").isdigit() or not (last or "").isdigit():
            return None
        span = ruler.span(int(first), int(last))
        return ruler.text[slice(*span)].strip() or None if span else None

    # --- documents
    # ---------------------------------------------------------------------------------------------------------  # noqa: E501

    def _documents(self) -> pd.DataFrame:
        """One row a source with its case's attributes, its own variables and its groups."""
        names = {
            _guid(v.get("guid")): v.get("name") or ""
            for v in _children(_child(self.root, "Variables"), "Variable")
        }
        rows = {
            _guid(s.get("guid")): {
                "document": _guid(s.get("guid")),
                "name": s.get("name") or _named_by_path(s),
                **_values(s, names),
            }
            for s in self.sources
        }
        for number, case in enumerate(_children(_child(self.root, "Cases"), "Case"), 1):
            for ref in _children(case, "SourceRef"):
                row = rows.get(_guid(ref.get("targetGUID")))
                if row is not None:
                    row.update(
                        {"person_id": case.get("name") or f"case {number}", **_values(case, names)}
                    )
        for group in _children(_child(self.root, "Sets"), "Set"):
            for ref in _children(group, "MemberSource"):
                row = rows.get(_guid(ref.get("targetGUID")))
                if row is not None:
                    row.setdefault("groups", []).append(group.get("name") or "")
        return pd.DataFrame(
            list(rows.values()), columns=None if rows else ["document", "name"], dtype=object
        )

    def _report(self, ledger: Ledger, choice: Choice) -> None:
        file = self.path.name
        ledger.tool(file, self.tool, True)
        ledger.add("codings", file, "note", choice.n, choice.sentence)
        n_case_codes = sum(
            len(_children(c, "CodeRef")) for c in _children(_child(self.root, "Cases"), "Case")
        )
        ledger.add("codings", file, "read", len(self.found) + self.n_annotations + n_case_codes)
        ledger.add(
            "codings", file, "dropped", self.n_annotations, "a comment on the text, not a coding"
        )
        ledger.add(
            "codings", file, "dropped", n_case_codes, "a code on a whole case, not on a text"
        )
        for n, what in (
            (self.n_points, "codings of zero length, kept without a quote"),
            (
                self.n_no_text,
                (
                    "codings whose text is not in the file: positions unknown, quote from the"
                    " selection's name"
                ),
            ),
        ):
            if n:
                ledger.add("codings", file, "note", n, what)


def _named_by_path(source: Element) -> str:
    """A nameless source is called as the file that it came from, unless that is only its GUID."""
    paths = (source.get(key) or "" for key in ("currentPath", "path", "plainTextPath"))
    stems = (PurePosixPath(path.replace("\\", "/")).stem for path in paths if path)
    return next((stem for stem in stems if _guid(stem) != _guid(source.get("guid"))), "")


def _place(selection: Element | None) -> str:
    """What tells this stretch from others when there are no text positions.

    The same quotation keeps its GUID on PDF and text.
    """
    return "document" if selection is None else _guid(selection.get("guid"))


def _span(selection: Element, path: Path) -> tuple[int, int]:
    try:
        return int(selection.get("startPosition")), int(selection.get("endPosition"))
    except (TypeError, ValueError):
        raise UserError(
            "a selection has no readable start and end position", file=path, remedy=safe.AGAIN
        ) from None


def _quote_from_name(name: str, length: int | None) -> tuple[str | None, bool]:
    """The quote that a tool wrote into the selection's name, and whether it was cut.

    A label is not a quote.
    """
    for ellipsis in ELLIPSES:
        if name.endswith(ellipsis):
            return name.removesuffix(ellipsis).rstrip() or None, True
    if not name or length is None or abs(len(name) - length) > max(2, length // 20):
        return None, False
    return name, False


def _values(element: Element, names: dict[str, str]) -> dict[str, str]:
    found = {}
    for value in _children(element, "VariableValue"):
        ref = _child(value, "VariableRef")
        text = next((_text_of(c) for c in value if _tag(c).endswith("Value")), None)
        if ref is not None and text is not None and names.get(_guid(ref.get("targetGUID"))):
            found[names[_guid(ref.get("targetGUID"))]] = text
    return found
