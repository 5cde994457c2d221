"""No name leaves the building: the whole text of a page against what `icplib.names` knows.

A company called "Data" or a person called "Best" would stop every report. So a single word is no
name where the program's own sentences use it.
"""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from html import unescape
from pathlib import Path

from icplib.names import KINDS, Names, looks_like
from icplib.names.patterns import ON_PAGES
from icplib.problems import UserError
from icplib.words import listed

#: the names that could stand in some texts, as `names.known_names` of a run fetches them
Known = Callable[[Iterable[str]], Names]


@cache
def _own_words() -> frozenset[str]:
    """Every word in small letters that the program itself can print.

    The made-up example's lists of names are no part of it.
    """
    package = Path(__file__).resolve().parents[1]
    texts = (
        node.value
        for path in package.rglob("*.py")
        if "example" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return frozenset(
        word for text in texts for word in re.findall(r"(?<![^\W_])[a-z]{2,}(?![^\W_])", text)
    )


def findings(html: str, known: Known) -> list[str]:
    """What the page would give away, each as a phrase that says what and where.

    An empty list means that it may leave.
    """
    texts = list(places(html))
    names = known([text for _, text in texts]).but(_own_words())
    found = []
    for where, text in texts:
        found += [
            f"something like {'an' if kind[0] in 'eI' else 'a'} {kind} ({one[:3]}...) {where}"
            for kind, one in looks_like(text, ON_PAGES)
        ]
        found += [f"{KINDS[kind]} ({name}) {where}" for kind, name in names.in_text(text)]
    return list(dict.fromkeys(found))


def gate(html: str, known: Known) -> None:
    """Stop a page that would give somebody away; all culprits are told at once."""
    found = findings(html, known)
    if found:
        raise UserError(
            f"the stakeholder page would show {listed(found)}",
            remedy=(
                "Look for it in notebook 06 or in the free text of the settings; a word that is no"
                " secret goes into public_names under [privacy] in company.toml. Nothing was"
                " written."
            ),
        )


def places(html: str) -> Iterator[tuple[str, str]]:
    """(where, text) of all that a reader or a machine can read in a page.

    Text, alt texts, titles, labels, comments, what an image carries along; not the drawing commands
    and not the style sheet.
    """
    html = re.sub(r"<style.*?</style>", " ", html, flags=re.S)
    heading = "at the top"
    for part in re.split(r"(?=<h[1-4][ >])", html):
        if match := re.match(r"<h[1-4][^>]*>(.*?)</h", part, flags=re.S):
            heading = f'under "{" ".join(unescape(re.sub(r"<[^>]*>", "", match[1])).split())}"'
        said = re.findall(r'\b(?:alt|title|aria-label|content|id|href|data-[\w-]+)="([^"]*)"', part)
        said += re.findall(r"<!--(.*?)-->", part, flags=re.S)
        yield heading, unescape(re.sub(r"<[^>]*>", "\n", part))
        yield (
            f"{heading}, in a label or comment",
            unescape("\n".join(s for s in said if not s.startswith("data:"))),
        )
        for payload in re.findall(r"data:image/[\w+.-]+;base64,([A-Za-z0-9+/=\s]+)", part):
            raw = base64.b64decode(payload)
            yield (
                f"{heading}, inside an image",
                "\n".join(
                    re.findall(
                        r"[\x20-\x7e\u00a0-\uffff]{4,}", raw.decode("utf-8", errors="ignore")
                    )
                ),
            )
