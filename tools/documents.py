"""Pages of docs/ that are written from the code, by ``make docs``; tests hold them fresh."""

from __future__ import annotations

import ast
import csv
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import nbformat
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from icplib import settings as room
from icplib.exports.mapping import presets
from icplib.gather.canon import FIELDS
from icplib.interviews.presets import preset
from icplib.refresh import NOTEBOOKS, STEPS
from icplib.tables import artefact
from licences import licences

ROOT = Path(__file__).resolve().parents[1]
BY_MAKE = "Written from the code by `make docs`; change it there."


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(c.replace('|', chr(92) + '|') for c in r)} |\n" for r in lines)


# --- docs/settings.md -----------------------------------------------------------------------------


def inner(annotation: Any) -> type[BaseModel] | None:
    """The section that a key holds, itself or in a list or table."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (inner(part) for part in get_args(annotation))
    return next((one for one in found if one), None)


def toml(value: Any) -> str:
    """A default as company.toml would say it."""
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(toml(v) for v in value)}]"
    return "" if isinstance(value, (dict, BaseModel)) else f"{value:g}"


def takes(annotation: Any, bounds: list[Any]) -> str:
    """What may stand there, in words."""
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{toml(v)}`" for v in get_args(annotation))
    parts = [p for p in get_args(annotation) if p is not type(None)]
    if get_origin(annotation) is tuple:
        return f"list of {takes(parts[0], [])}"
    if get_origin(annotation) is dict:
        return f"table of {takes(parts[1], [])}"
    if parts and get_origin(annotation) is not None:
        held = next((p for p in parts if not isinstance(p, (Ge, Gt, Le, Lt))), None)
        more = list(getattr(annotation, "__metadata__", ()))
        words = " or ".join(takes(p, []) for p in parts) if not more else takes(held, more)
        return words + limits(bounds)
    if inner(annotation):
        return "section"
    names = {"str": "text", "float": "number", "int": "whole number", "bool": "true or false"}
    name = getattr(annotation, "__name__", str(annotation))
    return {"date": "day", **names}.get(name, name) + limits(bounds)


def limits(bounds: list[Any]) -> str:
    """Ends of a range in words."""
    bounds = [b for one in bounds for b in getattr(one, "metadata", [one])]
    signs = {
        Ge: ("ge", "at least"),
        Gt: ("gt", "above"),
        Le: ("le", "at most"),
        Lt: ("lt", "below"),
    }
    said = [
        f"{words} {getattr(b, name):g}"
        for b in bounds
        for kind, (name, words) in signs.items()
        if isinstance(b, kind)
    ]
    return f", {', '.join(said)}" if said else ""


def sections(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Each section with its heading in the file, in the file's order."""
    yield path, model
    for key, field in model.model_fields.items():
        held = inner(field.annotation)
        if held:
            origin = get_origin(field.annotation)
            name = f"{path}.{key}" if path else key
            heading = f"[{name}]" if origin is tuple else f"{name}.NAME" if origin is dict else name
            yield from sections(held, heading)


def settings() -> str:
    """The text of docs/settings.md."""
    text = (
        f"# Settings\n\nEvery key of `data/<company>/company.toml`. {BY_MAKE}\n"
        "A key without a default may be left out unless it says *needed*.\n"
    )
    for path, model in sections(room.Settings, ""):
        rows = []
        for key, field in model.model_fields.items():
            if not field.description:
                raise SystemExit(f"{path or 'the top'}: the key '{key}' has no description")
            default = "*needed*" if field.is_required() else f"`{toml(field.default)}`"
            allowed = takes(field.annotation, field.metadata)
            name = f"`{field.alias or key}`"
            rows.append([name, field.description, allowed, default if default != "``" else ""])
        about = " ".join((model.__doc__ or "").split()) if path else ""
        text += f"\n## {f'`[{path}]`' if path else 'At the top of the file'}\n\n{about}\n\n"
        text += table(["key", "what it says", "takes", "default"], rows)
    return text.replace("\n\n\n\n", "\n\n")


# --- docs/columns.md ------------------------------------------------------------------------------

KINDS = {"text": "text", "number": "number", "rate": "share", "date": "date", "bool": "yes or no"}


def described() -> dict[tuple[str, str], dict[str, str]]:
    """Meaning, unit and example of each column, by source and name."""
    text = (ROOT / "icplib" / "vocabulary" / "columns.csv").read_text(encoding="utf-8")
    return {(r["source"], r["column"]): r for r in csv.DictReader(text.splitlines())}


def columns() -> str:
    """The text of docs/columns.md."""
    known, said = presets(), described()
    text = (
        f"# Columns\n\nOur columns of every source, and the headers that each preset reads as them."
        f" {BY_MAKE}\nA header that no preset knows is named in `company.toml`:"
        ' `[sources.deals.columns]` `close_date = "Abschluss"`.\n'
    )
    for source, fields in FIELDS.items():
        text += f"\n## {source}\n\n"
        if source == "prospects":
            text += "The columns of accounts; a list of leads calls some otherwise:\n\n"
        rows = []
        for name, field in fields.items():
            heads = [
                f"{p.title.split(' (')[0]}: {', '.join(own)}"
                for p in known.values()
                if (own := p.sources.get(source, {}).get(name))
            ]
            if source == "prospects":
                if heads:
                    rows.append([f"`{name}`", "<br>".join(heads)])
                continue
            about = said.get((source, name)) or said[("*", name)]
            unit = about["unit"] or KINDS[field.kind]
            rows.append([f"`{name}`", about["meaning"], unit, about["example"], "<br>".join(heads)])
        heads = ["column", "headers"]
        if source != "prospects":
            heads = ["column", "meaning", "unit", "example", "headers"]
        text += table(heads, rows)
    text += "\n## interviews\n\nOne row an interview.\n\n"
    meanings = {c.name: c.meaning for c in artefact("05_interviews").columns}
    bound = preset("interviews")["columns"]
    text += table(
        ["column", "meaning", "headers"],
        [[f"`{n}`", meanings.get(n, PERSON.get(n, "")), ", ".join(h)] for n, h in bound.items()],
    )
    return text


#: columns of the list of interviews that are read and not kept
PERSON = {
    "document": "the file or document that holds the interview",
    "person_name": "name of the person; taken out of quotes and not kept",
    "person_contact": "mail or phone; taken out of quotes and not kept",
    "title": "job title; read for a general title and not kept",
}


# --- docs/map.md ----------------------------------------------------------------------------------


def verbs(path: Path) -> list[tuple[str, Any]]:
    """Functions of ours that a notebook calls, in order, each once."""
    book = nbformat.read(path, as_version=4)
    source = "\n".join(c.source for c in book.cells if c.cell_type == "code")
    rooms: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("icplib"):
            owner = importlib.import_module(node.module)
            for name in node.names:
                held = getattr(owner, name.name, None)
                if held is None:
                    held = importlib.import_module(f"{node.module}.{name.name}")
                rooms[name.asname or name.name] = held
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    for node in sorted(calls, key=lambda n: (n.lineno, n.col_offset)):
        called = node.func
        if isinstance(called, ast.Name) and callable(rooms.get(called.id)):
            found[called.id] = rooms[called.id]
        elif (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and inspect.ismodule(rooms.get(called.value.id))
        ):
            name = f"{called.value.id}.{called.attr}"
            found[name] = getattr(rooms[called.value.id], called.attr)
    return list(found.items())


def home(verb: Any) -> str:
    """The file in which a function stands, as a link."""
    file = Path(inspect.getsourcefile(inspect.unwrap(verb)) or "").relative_to(ROOT)
    return f"[`{file}`](../{file})"


def summary(verb: Any) -> str:
    """The first line of what a function says about itself."""
    return (inspect.getdoc(verb) or "").split("\n")[0]


def the_map() -> str:
    """The text of docs/map.md."""
    head = (ROOT / "tools" / "map_head.md").read_text(encoding="utf-8")
    text = head.replace("{by_make}", BY_MAKE)
    for step in (*BEFORE, *STEPS):
        path = NOTEBOOKS / f"{step}.ipynb"
        rows = [[f"`{name}`", home(verb), summary(verb)] for name, verb in verbs(path)]
        text += f"\n### `{step}`\n\n" + table(["verb", "file", "what it does"], rows)
    return text


#: notebooks beside the six, where they are there
BEFORE = tuple(p.stem for p in sorted(NOTEBOOKS.glob("*.ipynb")) if p.stem not in STEPS)
PAGES = {"settings": settings, "columns": columns, "map": the_map, "licences": licences}


if __name__ == "__main__":
    for page, write in PAGES.items():
        (ROOT / "docs" / f"{page}.md").write_text(write(), encoding="utf-8")
