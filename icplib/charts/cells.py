"""What a cell says: a sentence in Markdown in which a dollar is money and no formula."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Sentence:
    """Text in Markdown: no HTML, image or link in it is live, whoever wrote the company's data.

    JupyterLab reads ``$...$`` as a formula unless a block forbids it.
    """

    text: str

    def _repr_markdown_(self) -> str:
        text = re.sub(r"\](?=[(\[:])", r"\\]", self.text.replace("<", "&lt;"))
        if "$" not in text:
            return text
        return f'<div class="mathjax_ignore">\n\n{text}\n\n</div>'

    def __repr__(self) -> str:
        return self.text


def say(text: str) -> Sentence:
    """A sentence as the result of a cell."""
    return Sentence(text)


def figure(svg: str, alt: str) -> str:
    """A chart with its sentence beneath as HTML: said once, for eyes and for readers aloud."""
    drawn = re.sub(r"<title>.*?</title>", "", svg, count=1, flags=re.S)
    drawn = re.sub(r'role="img" aria-label="[^"]*"', 'aria-hidden="true"', drawn, count=1)
    box = '<div aria-label="Chart" class="scroll" role="region" tabindex="0">'
    return f'<figure class="mathjax_ignore">{box}{drawn}</div><p>{escape(alt)}</p></figure>'
