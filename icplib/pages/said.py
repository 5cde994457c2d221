"""Text and HTML that know which of their words are values.

A page and a sentence are made of templates (fixed words) and of values. The Jinja environments here
mark each value as it enters, as markupsafe marks HTML: what comes out of a template carries the
values that went in, so that only values are held against the names of people and companies, and no
method's name and no heading can ever stop a report.

Templates lie in the folder ``templates`` of the room that uses them, sentences as macros in
``sentences.j2``. ``{{ x }}`` of an object with ``__html__`` is trusted HTML (its ``values`` are
taken over); everything else is a value, and escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from icplib import words
from icplib.charts import theme

OWN = Path(__file__).with_name("templates")
_SEEN: ContextVar[list[str] | None] = ContextVar("values", default=None)


class Said(str):
    """A sentence whose ``values`` are known; the other words in it are a template's."""

    values: tuple[str, ...]

    def __new__(cls, text: str = "", values: Iterable[str] = ()) -> Said:
        """``text`` as it is read, with the values that stand in it."""
        said = super().__new__(cls, text)
        said.values = tuple(values)
        return said

    def __html__(self) -> str:
        return str(escape(str(self)))


def fixed(text: str) -> Said:
    """Words of the program itself: trusted; a sentence that has values keeps them."""
    return text if isinstance(text, Said) else Said(text)


@dataclass(frozen=True)
class Block:
    """A piece of a page: ``html`` for readers, ``text`` for everything else, ``values`` in it."""

    html: str = field(repr=False)
    text: str
    values: tuple[str, ...] = field(default=(), repr=False)

    def __html__(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        styled = f'<div class="icp mathjax_ignore"><style>{style()}</style>{self.html}</div>'
        return {"text/html": styled, "text/plain": self.text}


class Pages:
    """The templates of one room beside those that all share."""

    def __init__(self, folder: Path):
        self.environment = Environment(
            loader=FileSystemLoader([folder, OWN]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_mark,
        )
        self.environment.filters |= WRITERS
        self.environment.globals |= {"plural": words.plural, "between": words.between}

    def render(self, template: str, **values: Any) -> Block:
        """The template as a block."""
        with _noting() as seen:
            html = self.environment.get_template(template).render(**values)
        return Block(html, plain(html), tuple(dict.fromkeys(seen)))

    def block(self, template: str, macro: str, *values: Any) -> Block:
        """One macro of a template as a block."""
        with _noting() as seen:
            html = str(self._macro(template, macro)(*values))
        return Block(html, plain(html), tuple(dict.fromkeys(seen)))

    def say(self, macro: str, template: str = "sentences.j2", **values: Any) -> Said:
        """One macro of ``sentences.j2`` as a sentence."""
        with _noting() as seen:
            html = str(self._macro(template, macro)(**values))
        text = re.sub(r"[ \n\t]+", " ", unescape(html)).strip()
        return Said(text, dict.fromkeys(seen))

    def _macro(self, template: str, macro: str) -> Any:
        return getattr(self.environment.get_template(template).module, macro)


@pass_context
def _mark(context: Context, value: Any) -> Any:
    """Note what enters a page; called for each ``{{ ... }}``."""
    seen = _SEEN.get()
    if value is None:
        return ""
    if hasattr(value, "__html__"):
        known = getattr(value, "values", ())
        if seen is not None and isinstance(known, tuple):
            seen.extend(known)
        return Markup(value.__html__())
    if seen is not None:
        seen.append(str(value))
    return value


@contextmanager
def _noting() -> Iterator[list[str]]:
    """Collect values; a page inside of a page adds its own to both."""
    seen: list[str] = []
    token = _SEEN.set(seen)
    try:
        yield seen
    finally:
        _SEEN.reset(token)


def slug(text: object) -> str:
    """An id for an anchor: lower case letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", str(text).lower()).strip("-") or "x"


WRITERS = {
    "share": words.share,
    "number": words.number,
    "money": words.money,
    "days": words.days,
    "ratio": words.ratio,
    "quantity": words.quantity,
    "date": words.date,
    "day": words.day,
    "listed": words.listed,
    "sentence": words.sentence,
    "slug": slug,
}


@cache
def style() -> str:
    """The style sheet of all blocks, with the palette; the same in a page and in JupyterLab."""
    return theme.css_variables() + (OWN / "style.css").read_text(encoding="utf-8")


def plain(html: str) -> str:
    """HTML as text: a line for each paragraph, item and row; drawings by their alt text."""
    html = re.sub(r"<(style|title)\b.*?</\1>", "", html, flags=re.S)
    html = re.sub(r"<svg[^>]*aria-label=\"([^\"]*)\".*?</svg>", r"<p>\1</p>", html, flags=re.S)
    html = re.sub(
        r"<(br|/p|/li|/h\d|/tr|/div|/dd|/dt|/caption|/section|/article)\b[^>]*>", "\n", html
    )
    html = re.sub(r"</t[dh]>", "  ", html)
    lines = (
        re.sub(r"[ \t]+", " ", line).strip()
        for line in unescape(re.sub(r"<[^>]+>", "", html)).splitlines()
    )
    return "\n".join(line for line in lines if line)
