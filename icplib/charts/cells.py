"""What a cell says: a sentence in Markdown in which a dollar is money and no formula."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """Text in Markdown. JupyterLab reads ``$...$`` as a formula unless a block forbids it."""

    text: str

    def _repr_markdown_(self) -> str:
        if "$" not in self.text:
            return self.text
        return f'<div class="mathjax_ignore">\n\n{self.text}\n\n</div>'

    def __repr__(self) -> str:
        return self.text


def say(text: str) -> Sentence:
    """A sentence as the result of a cell."""
    return Sentence(text)
