"""Project databases: Taguette (.sqlite3) and QualCoder (data.qda).

Both are SQLite; which one it is, the tables say.
"""

import sqlite3
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

from icplib.interviews import safe
from icplib.interviews.imported import Imported, Ledger, code_frame, coding_frame
from icplib.interviews.offsets import normalise
from icplib.problems import UserError


def read_database(path: Path, ledger: Ledger, *, coder: str | None = None) -> Imported:
    """Codings of a Taguette or QualCoder database.

    ``coder`` overrules whatever it says about who coded.
    """
    path = path / "data.qda" if path.is_dir() else path
    sha = safe.sha256_of(path)
    with safe.open_database(path) as con:
        tables = {
            name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        if {"highlights", "tags", "highlight_tags", "documents"} <= tables:
            return _taguette(con, path.name, sha, ledger, coder)
        if {"source", "code_text", "code_name"} <= tables:
            return _qualcoder(con, tables, path.name, sha, ledger, coder)
    raise UserError(
        "this database is of neither Taguette nor QualCoder",
        file=path,
        remedy="Export CSV or .qdpx from the program instead.",
    )


def _columns(con: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in con.execute(f"PRAGMA table_info({table})")}


# --- Taguette
# ---------------------------------------------------------------------------------------------------------------  # noqa: E501


def _taguette(
    con: sqlite3.Connection, file: str, sha: str, ledger: Ledger, coder: str | None
) -> Imported:
    """Highlights carry UTF-8 byte offsets into the text of the document's HTML.

    Tags are paths parted by ``.`` or ``/``.
    """
    ledger.tool(file, "Taguette project", True)
    documents = {
        i: (name, _plain(html or "").encode())
        for i, name, html in con.execute("SELECT id, name, contents FROM documents")
    }
    tags = {
        i: (path or "", description)
        for i, path, description in con.execute("SELECT id, path, description FROM tags")
    }
    users = _taguette_users(con)
    by_highlight = defaultdict(list)
    for highlight, tag in con.execute("SELECT highlight_id, tag_id FROM highlight_tags"):
        by_highlight[highlight].append(tag)
    rows, n_untagged, n_fit, n_text = [], 0, 0, 0
    for highlight, document, first, last, snippet in con.execute(
        "SELECT id, document_id, start_offset, end_offset, snippet FROM highlights ORDER BY id"
    ):
        quote = _plain(snippet or "").strip()
        span, cut = _byte_span(documents.get(document, ("", b""))[1], first, last)
        n_text += 1
        fits = "".join(cut.split()) == "".join(quote.split())
        n_fit += fits
        n_untagged += not by_highlight[highlight]
        rows += [
            {
                "ref": f"highlight {highlight}, tag {tag}",
                "document": documents.get(document, (f"document {document}",))[0],
                "coder": coder if coder is not None else users.get(highlight),
                "code": _tag_path(tags.get(tag, ("", None))[0]),
                "unit": "segment",
                "start": span[0] if fits else None,
                "end": span[1] if fits else None,
                "place": quote,
                "quote": quote or None,
            }
            for tag in by_highlight[highlight]
        ]
    ledger.add("codings", file, "read", len(rows) + n_untagged)
    ledger.add("codings", file, "dropped", n_untagged, "a highlight without a tag")
    ledger.add(
        "codings",
        file,
        "note",
        n_text,
        f"positions read as UTF-8 bytes (fit {n_fit / max(n_text, 1):.2f} over {n_text}"
        " highlights)",
    )
    if coder is None and not users:
        what = (
            'Taguette\'s export rewrites every user to admin: give coder = "...", one export a'
            " coder."
        )
        ledger.add("codings", file, "note", len(rows), what)
    codes = code_frame(
        [
            {"path": _tag_path(p), "label": _tag_path(p)[-1], "definition": d, "is_codable": True}
            for p, d in tags.values()
            if p
        ]
    )
    names = list(dict.fromkeys(name for name, _ in documents.values()))
    listed = pd.DataFrame({"document": names, "name": names}, dtype=object)
    return Imported(
        file, sha, "Taguette project", coding_frame(rows), codes, listed, people=set(users.values())
    )


def _tag_path(path: str) -> tuple[str, ...]:
    parts = tuple(p.strip() for p in path.replace("/", ".").split(".") if p.strip())
    return parts or ("(a tag that the project does not list)",)


def _taguette_users(con: sqlite3.Connection) -> dict[int, str]:
    """Highlight -> who made it, from the log of commands.

    Empty where the export made one user of all.
    """
    import json

    tables = {
        name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if "commands" not in tables or not {"user_login", "payload"} <= _columns(con, "commands"):
        return {}
    made = {}
    for login, payload in con.execute("SELECT user_login, payload FROM commands ORDER BY id"):
        try:
            command = json.loads(payload)
        except (TypeError, ValueError):
            continue
        if isinstance(command, dict) and command.get("type") == "highlight_add" and login:
            highlight = command.get("highlight_id") or command.get("id")
            if isinstance(highlight, int):
                made[highlight] = login
    return made if len(set(made.values())) > 1 else {}


class _Text(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _plain(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def _byte_span(text: bytes, first: object, last: object) -> tuple[tuple[int, int] | None, str]:
    if (
        not isinstance(first, int)
        or not isinstance(last, int)
        or not 0 <= first <= last <= len(text)
    ):
        return None, ""
    before, inside = (
        text[:first].decode("utf-8", "ignore"),
        text[first:last].decode("utf-8", "ignore"),
    )
    start = len(normalise(before))
    return (start, start + len(normalise(inside))), inside


# --- QualCoder
# --------------------------------------------------------------------------------------------------------------  # noqa: E501


def _qualcoder(
    con: sqlite3.Connection,
    tables: set[str],
    file: str,
    sha: str,
    ledger: Ledger,
    coder: str | None,
) -> Imported:
    """Positions are code points, end exclusive; categories are headings.

    Since version 17 codes have codes above them.
    """
    ledger.tool(file, "QualCoder project", True)
    sources = {
        i: (name, text or "")
        for i, name, text in con.execute("SELECT id, name, fulltext FROM source")
    }
    codes, headings = _qualcoder_codes(con, tables)
    unknown = {"path": ("(a code that the project does not list)",)}
    rows, n_fit = [], 0
    texts = list(
        con.execute(
            "SELECT ctid, cid, fid, seltext, pos0, pos1, owner, date, memo FROM code_text ORDER BY"
            " ctid"
        )
    )
    for ctid, cid, fid, quote, first, last, owner, date, memo in texts:
        name, text = sources.get(fid, (f"file {fid}", ""))
        is_span = (
            isinstance(first, int) and isinstance(last, int) and 0 <= first <= last <= len(text)
        )
        fits = is_span and text[first:last] == (quote or "")
        n_fit += fits
        start = len(normalise(text[:first])) if fits else None
        rows.append(
            {
                "ref": f"ctid:{ctid}",
                "document": name,
                "coder": coder if coder is not None else owner,
                "code": codes.get(cid, unknown)["path"],
                "unit": "segment",
                "start": start,
                "end": start + len(normalise(quote or "")) if fits else None,
                "place": f"{first} to {last}",
                "quote": quote or None,
                "memo": memo or None,
                "coded_at": date,
            }
        )
    for table, key, unit, spot in (
        ("code_av", "avid", "timecode", "pos0 || ' to ' || pos1"),
        ("code_image", "imid", "image", "x1 || ',' || y1 || ',' || width || ',' || height"),
    ):
        if table in tables:
            rows += [
                {
                    "ref": f"{key}:{i}",
                    "document": sources.get(fid, (f"file {fid}",))[0],
                    "coder": coder if coder is not None else owner,
                    "code": codes.get(cid, unknown)["path"],
                    "unit": unit,
                    "place": place,
                    "memo": memo or None,
                    "coded_at": date,
                }
                for i, fid, cid, owner, date, memo, place in con.execute(
                    f"SELECT {key}, id, cid, owner, date, memo, {spot} FROM {table} ORDER BY {key}"
                )
            ]
    ledger.add("codings", file, "read", len(rows))
    if texts:
        what = (
            f"positions read as code points, end exclusive (fit {n_fit / len(texts):.2f} over"
            f" {len(texts)} codings)"
        )
        ledger.add("codings", file, "note", len(texts), what)
    people = {r["coder"] for r in rows if r["coder"]}
    return Imported(
        file,
        sha,
        "QualCoder project",
        coding_frame(rows),
        code_frame([*headings, *codes.values()]),
        _qualcoder_documents(con, tables, sources),
        people=people,
    )


def _qualcoder_codes(
    con: sqlite3.Connection, tables: set[str]
) -> tuple[dict[int, dict], list[dict]]:
    has_parent = "supercid" in _columns(con, "code_name")
    names = {
        cid: (name, memo, catid, parent)
        for cid, name, memo, catid, parent in con.execute(
            f"SELECT cid, name, memo, catid, {'supercid' if has_parent else 'NULL'} FROM code_name"
            " ORDER BY cid"
        )
    }
    cats = {}
    if "code_cat" in tables:
        cats = {
            i: (name, memo, above)
            for i, name, memo, above in con.execute(
                "SELECT catid, name, memo, supercatid FROM code_cat"
            )
        }

    def above(catid: object) -> tuple[str, ...]:
        path, seen = (), set()
        while catid in cats and catid not in seen:
            seen.add(catid)
            path = (cats[catid][0], *path)
            catid = cats[catid][2]
        return path

    def path_of(cid: object) -> tuple[str, ...]:
        path, seen = (), set()
        while True:
            name, _, catid, parent = names[cid]
            seen.add(cid)
            path = (name, *path)
            if parent not in names or parent in seen:
                return (*above(catid), *path)
            cid = parent

    codes = {
        cid: {
            "path": path_of(cid),
            "label": row[0],
            "definition": row[1] or None,
            "is_codable": True,
        }
        for cid, row in names.items()
    }
    headings = [
        {"path": above(i), "label": row[0], "definition": row[1] or None, "is_codable": False}
        for i, row in cats.items()
    ]
    return codes, headings


def _qualcoder_documents(con: sqlite3.Connection, tables: set[str], sources: dict) -> pd.DataFrame:
    """Files with the attributes of the file and of the case that covers it."""
    rows = {fid: {"document": name, "name": name} for fid, (name, _) in sources.items()}
    cases = dict(con.execute("SELECT caseid, name FROM cases")) if "cases" in tables else {}
    case_of = (
        dict(con.execute("SELECT fid, caseid FROM case_text ORDER BY id"))
        if "case_text" in tables
        else {}
    )
    values: dict[tuple[str, int], dict] = defaultdict(dict)
    if "attribute" in tables:
        for kind, name, value, key in con.execute(
            "SELECT attr_type, name, value, id FROM attribute"
        ):
            if value:
                values[kind, key][name] = str(value)
    for fid, row in rows.items():
        row.update(values.get(("file", fid), {}))
        if case_of.get(fid) in cases:
            row.update({"person_id": cases[case_of[fid]], **values.get(("case", case_of[fid]), {})})
    return pd.DataFrame(
        list(rows.values()), columns=None if rows else ["document", "name"], dtype=object
    )
