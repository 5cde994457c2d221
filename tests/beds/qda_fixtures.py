"""Small REFI-QDA projects built by code, one per dialect, and small project databases.

Positions are written by a slow oracle.
"""

from __future__ import annotations

import io
import sqlite3
import uuid
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

NS = "urn:QDA-XML:project:1.0"
STAMP = "2026-08-03T10:00:00Z"
TEXTS = {
    "INT-001 Dana.docx": (
        "We export by hand 😀 every week.\r\nIt takes days, and 😀😀 nobody trusts it.\r\nFinance"
        " asks for the return.\r\nI want one number 🎯 that holds.\r\nEnd."
    ),
    "INT-002 Erik.docx": (
        "Show me a firm like ours 🙂 first.\r\n\r\nRetention is what I am paid for.\r\nWe pay for"
        " dashboards 🙈 nobody opens.\r\n"
    ),
}
# (document, quote, code name)
SAID = (
    ("INT-001 Dana.docx", "export by hand 😀 every week", "Manual reports"),
    ("INT-001 Dana.docx", "nobody trusts it", "No trust"),
    ("INT-001 Dana.docx", "the return", "Prove the return"),
    ("INT-001 Dana.docx", "one number 🎯 that holds", "One number"),
    ("INT-002 Erik.docx", "a firm like ours 🙂 first", "Case studies"),
    ("INT-002 Erik.docx", "Retention is what I am paid for", "Retention"),
    ("INT-002 Erik.docx", "dashboards 🙈 nobody opens", "Unused dashboards"),
)
CODES = {
    "Pain points": ("Manual reports", "No trust", "Unused dashboards"),
    "Goals": ("Prove the return", "One number"),
    "Channels": ("Case studies",),
    "Success metrics": ("Retention",),
}


@dataclass(frozen=True)
class Dialect:
    """What a tool does differently."""

    tool: str
    origin: str
    unit: str = "code point"
    line_end: str = "two"
    end: str = "exclusive"
    names: str = "quote"  # quote, cut (with an ellipsis) or none
    inner: str = "project.qde"
    folder: str = "sources"
    bom: bool = False
    braces: bool = False
    sets: bool = False  # the role stands in document groups
    case_names: bool = True
    selection_user: bool = False  # another user on the selection than on the coding
    inline: bool = False  # PlainTextContent instead of a file


DIALECTS = (
    Dialect("standard", "REFI-QDA sample"),
    Dialect("ATLAS.ti", "ATLAS.ti 26", line_end="one", names="cut", inner="Interviews 2026.qde"),
    Dialect(
        "NVivo",
        "NVivo 12.6",
        unit="UTF-16 unit",
        names="none",
        folder="Sources",
        bom=True,
        selection_user=True,
    ),
    Dialect("MAXQDA", "MAXQDA 24", names="none", braces=True, sets=True, case_names=False),
    Dialect("QualCoder", "QualCoder 3.6", bom=True, line_end="one"),
    Dialect("inclusive", "Transana", end="inclusive"),
    Dialect("text in the XML", "Quirkos 3", inline=True),
    Dialect(
        "UTF-16, inclusive, one", "OpenQDA", unit="UTF-16 unit", line_end="one", end="inclusive"
    ),
    Dialect("UTF-16, one", "Quirkos", unit="UTF-16 unit", line_end="one", case_names=False),
    Dialect("inclusive, one", "Taguette", line_end="one", end="inclusive"),
    Dialect("UTF-16, inclusive", "QDA Miner", unit="UTF-16 unit", end="inclusive"),
)


def written(text: str, first: int, last: int, dialect) -> tuple[int, int]:
    """Positions a tool writes for the half-open code points ``first:last`` of the raw text.

    Counted character by character.
    """

    def before(index: int) -> int:
        position = 0
        for at in range(index):
            if dialect.line_end == "one" and text[at] == "\r" and text[at + 1 : at + 2] == "\n":
                continue
            position += 2 if dialect.unit == "UTF-16 unit" and ord(text[at]) > 0xFFFF else 1
        return position

    return before(first), before(last - 1 if dialect.end == "inclusive" else last)


def guid(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


@dataclass
class ProjectFile:
    """A project as XML and its texts; ``save`` packs it."""

    dialect: Dialect
    texts: dict[str, str] = field(default_factory=lambda: dict(TEXTS))
    said: tuple = SAID
    codes: dict = field(default_factory=lambda: dict(CODES))
    extra: list = field(default_factory=list)  # functions that change the root before it is written
    with_texts: bool = True

    def g(self, *parts: str) -> str:
        return "{" + guid(*parts).upper() + "}" if self.dialect.braces else guid(*parts)

    def root(self) -> ET.Element:
        d = self.dialect
        root = ET.Element(
            f"{{{NS}}}Project",
            name="Interviews",
            origin=d.origin,
            basePath=r"\\server\dana.doe\projects",
        )
        users = _sub(root, "Users")
        _sub(users, "User", guid=self.g("user", "Ana"), name="Ana Silva")
        _sub(users, "User", guid=self.g("user", "Ben"), name="Ben Ode")
        codes = _sub(_sub(root, "CodeBook"), "Codes")
        for heading, names in self.codes.items():
            top = _sub(codes, "Code", guid=self.g("code", heading), name=heading, isCodable="false")
            for name in names:
                _sub(
                    _sub(
                        top,
                        "Code",
                        guid=self.g("code", name),
                        name=name,
                        isCodable="true",
                        color="#FF0000",
                    ),
                    "Description",
                ).text = f"says {name}"
        _sub(
            _sub(root, "Variables"),
            "Variable",
            guid=self.g("variable", "role"),
            name="Buying Role",
            typeOfVariable="Text",
        )
        cases = _sub(root, "Cases")
        for number, name in enumerate(self.texts):
            case = _sub(
                cases,
                "Case",
                guid=self.g("case", name),
                **({"name": f"Person {number + 1}"} if d.case_names else {}),
            )
            if not d.sets:
                value = _sub(case, "VariableValue")
                _sub(value, "VariableRef", targetGUID=self.g("variable", "role"))
                _sub(value, "TextValue").text = ("Technical Buyer", "Economic Buyer")[number % 2]
            _sub(case, "SourceRef", targetGUID=self.g("source", name))
        sources = _sub(root, "Sources")
        for name in self.texts:
            self._source(sources, name)
        if d.sets:
            groups = _sub(root, "Sets")
            for number, name in enumerate(self.texts):
                group = _sub(
                    groups,
                    "Set",
                    guid=self.g("set", name),
                    name=("Technical Buyer", "Economic Buyer")[number % 2],
                )
                _sub(group, "MemberSource", targetGUID=self.g("source", name))
        for change in self.extra:
            change(root, self)
        return root

    def _source(self, sources: ET.Element, name: str) -> None:
        d, text = self.dialect, self.texts[name]
        text = text.replace("\r\n", "\n") if d.inline else text  # XML knows no CR LF
        attributes = {} if d.inline else {"plainTextPath": f"internal://{guid('text', name)}.txt"}
        source = _sub(sources, "TextSource", guid=self.g("source", name), name=name, **attributes)
        if d.inline:
            _sub(source, "PlainTextContent").text = text
        for number, (document, quote, code) in enumerate(self.said):
            if document != name:
                continue
            raw = quote.replace("\n", "\r\n") if "\r\n" in text else quote
            first = text.index(raw)
            start, end = written(text, first, first + len(raw), d)
            label = {"none": "", "quote": quote, "cut": quote[:12].rstrip() + "…"}[d.names]
            coder = ("Ana", "Ben")[number % 2]
            selection = _sub(
                source,
                "PlainTextSelection",
                guid=self.g("selection", str(number)),
                startPosition=str(start),
                endPosition=str(end),
                creatingUser=self.g("user", "Ben" if d.selection_user else coder),
                creationDateTime=STAMP,
                **({"name": label} if label else {}),
            )
            coding = _sub(
                selection,
                "Coding",
                guid=self.g("coding", str(number)),
                creatingUser=self.g("user", coder),
                creationDateTime=STAMP,
            )
            _sub(coding, "CodeRef", targetGUID=self.g("code", code))

    def xml(self) -> bytes:
        ET.register_namespace("", NS)
        return ET.tostring(self.root(), encoding="utf-8", xml_declaration=True)

    def save(self, folder: Path, name: str = "project.qdpx") -> Path:
        d, path = self.dialect, Path(folder) / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(d.inner, (b"\xef\xbb\xbf" if d.bom else b"") + self.xml())
            if self.with_texts and not d.inline:
                for document, text in self.texts.items():
                    archive.writestr(
                        f"{d.folder}/{guid('text', document)}.txt",
                        text.encode("utf-8-sig" if d.bom else "utf-8"),
                    )
        return path


def _sub(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{NS}}}{tag}", attributes)


def codebook_qdc(namespace: str = "urn:QDA-XML:codebook:1.0") -> bytes:
    book = ET.Element(f"{{{namespace}}}CodeBook", origin="test")
    codes = ET.SubElement(book, f"{{{namespace}}}Codes")
    for heading, names in CODES.items():
        top = ET.SubElement(
            codes,
            f"{{{namespace}}}Code",
            guid=guid("code", heading),
            name=heading,
            isCodable="false",
        )
        for name in names:
            ET.SubElement(
                top, f"{{{namespace}}}Code", guid=guid("code", name), name=name, isCodable="true"
            )
    ET.register_namespace("", namespace)
    return ET.tostring(book, encoding="utf-8", xml_declaration=True)


def taguette(path: Path, users: tuple[str, ...] = ("admin", "admin")) -> Path:
    """A Taguette project: byte offsets into the text of HTML."""
    con = sqlite3.connect(path)
    con.executescript(
        "CREATE TABLE documents(id INTEGER PRIMARY KEY, name TEXT, contents TEXT);CREATE TABLE"
        " highlights(id INTEGER PRIMARY KEY, document_id INTEGER, start_offset INTEGER, end_offset"
        " INTEGER, snippet TEXT);CREATE TABLE tags(id INTEGER PRIMARY KEY, path TEXT, description"
        " TEXT);CREATE TABLE highlight_tags(highlight_id INTEGER, tag_id INTEGER);CREATE TABLE"
        " commands(id INTEGER PRIMARY KEY, date TEXT, user_login TEXT, payload TEXT);"
    )
    body = "Wir exportieren täglich 😀 von Hand. Finance asks for the return."
    con.execute(
        "INSERT INTO documents VALUES(1, 'INT-001', ?)",
        (f"<p>{body.replace('Hand', '<b>Hand</b>')}</p>",),
    )
    for number, (quote, tag) in enumerate(
        (("täglich 😀 von Hand", "Pain.Manual reports"), ("the return", "Goal.Prove the return")), 1
    ):
        start = len(body[: body.index(quote)].encode())
        con.execute(
            "INSERT INTO highlights VALUES(?,1,?,?,?)",
            (number, start, start + len(quote.encode()), quote),
        )
        con.execute("INSERT INTO tags VALUES(?,?,'meaning')", (number, tag))
        con.execute("INSERT INTO highlight_tags VALUES(?,?)", (number, number))
        payload = f'{{"type": "highlight_add", "highlight_id": {number}}}'
        con.execute(
            "INSERT INTO commands VALUES(?,'2026-08-03',?,?)", (number, users[number - 1], payload)
        )
    con.execute("INSERT INTO highlights VALUES(3,1,0,3,'Wir')")
    con.commit()
    con.close()
    return path


def qualcoder(path: Path) -> Path:
    """A QualCoder project: code points, half-open, categories as headings, a code below a code."""
    con = sqlite3.connect(path)
    con.executescript(
        "CREATE TABLE source(id INTEGER PRIMARY KEY, name TEXT, fulltext TEXT, mediapath"
        " TEXT);CREATE TABLE code_text(ctid INTEGER PRIMARY KEY, cid INTEGER, fid INTEGER, seltext"
        " TEXT, pos0 INTEGER, pos1 INTEGER, owner TEXT, date TEXT, memo TEXT);CREATE TABLE"
        " code_name(cid INTEGER PRIMARY KEY, name TEXT, memo TEXT, catid INTEGER, owner TEXT, date"
        " TEXT, color TEXT, supercid INTEGER);CREATE TABLE code_cat(catid INTEGER PRIMARY KEY, name"
        " TEXT, memo TEXT, supercatid INTEGER);CREATE TABLE cases(caseid INTEGER PRIMARY KEY, name"
        " TEXT);CREATE TABLE case_text(id INTEGER PRIMARY KEY, caseid INTEGER, fid INTEGER, pos0"
        " INTEGER, pos1 INTEGER);CREATE TABLE attribute(name TEXT, attr_type TEXT, value TEXT, id"
        " INTEGER);CREATE TABLE code_av(avid INTEGER PRIMARY KEY, id INTEGER, cid INTEGER, pos0"
        " INTEGER, pos1 INTEGER, owner TEXT, date TEXT, memo TEXT);"
    )
    text = "We export by hand 😀 every week.\r\nFinance asks for the return."
    con.execute("INSERT INTO source VALUES(1,'INT-001.txt',?,NULL)", (text,))
    con.execute("INSERT INTO code_cat VALUES(1,'Pain points',NULL,NULL)")
    con.executemany(
        "INSERT INTO code_name VALUES(?,?,?,?,?,?,?,?)",
        [
            (1, "Manual reports", "by hand", 1, "Ana", "", "", None),
            (2, "Weekly", None, None, "Ana", "", "", 1),
            (3, "Goal: return", None, None, "Ben", "", "", None),
        ],
    )
    for ctid, cid, quote, owner in (
        (1, 1, "export by hand", "Ana Silva"),
        (2, 2, "every week", "Ana Silva"),
        (3, 3, "the return", "Ben Ode"),
    ):
        start = text.index(quote)
        con.execute(
            "INSERT INTO code_text VALUES(?,?,1,?,?,?,?,'2026-08-03 10:00:00','')",
            (ctid, cid, quote, start, start + len(quote), owner),
        )
    con.execute("INSERT INTO code_av VALUES(1,1,1,1000,2000,'Ben Ode','2026-08-03 10:00:00','')")
    con.execute("INSERT INTO cases VALUES(1,'Dana Doe')")
    con.execute("INSERT INTO case_text VALUES(1,1,1,0,10)")
    con.execute("INSERT INTO attribute VALUES('Role','case','Technical buyer',1)")
    con.execute("INSERT INTO attribute VALUES('Consent Quotes','case','yes',1)")
    con.commit()
    con.close()
    return path


def bomb(member: str, size: int) -> bytes:
    """An archive whose member unpacks to ``size`` zero bytes."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(member, "w", force_zip64=True) as stream,
    ):
        for _ in range(size >> 20):
            stream.write(b" " * (1 << 20))
    return buffer.getvalue()
