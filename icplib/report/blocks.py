"""What the report is made of.

Small pieces of HTML that also read as plain text, and the one way numbers are written.

A `Block` shows its HTML in a page and its text wherever there is no page (a terminal, the replay of
an archived quarter). Tables have a caption, header cells with scope, and a region that scrolls by
keyboard where the screen is narrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape, unescape

import numpy as np
import pandas as pd

from icplib.vocabulary.judgements import VERDICTS

DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Block:
    """A piece of the page: `html` for readers, `text` for everything else."""

    html: str = field(repr=False)
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def block(html: str) -> Block:
    """A block whose text is the HTML without its tags."""
    return Block(html, plain(html))


def join(*blocks: Block | None) -> Block:
    """Several blocks as one."""
    there = [one for one in blocks if one is not None]
    return Block("\n".join(b.html for b in there), "\n\n".join(b.text for b in there))


def plain(html: str) -> str:
    html = re.sub(
        r"<(br|/p|/li|/h\d|/tr|/div|/dd|/dt|/caption|/section|/article)\b[^>]*>", "\n", html
    )
    html = re.sub(r"</t[dh]>", "  ", html)
    lines = (" ".join(line.split()) for line in unescape(re.sub(r"<[^>]+>", "", html)).splitlines())
    return "\n".join(line for line in lines if line)


def slug(text: object) -> str:
    """An id for an anchor: lower case letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", str(text).lower()).strip("-") or "x"


def link(text: object, target: str) -> str:
    """A number or word on page one that can be followed to its table."""
    return f'<a href="#{target}">{escape(str(text))}</a>'


def paragraph(text: str, kind: str = "") -> Block:
    return Block(f"<p{_class(kind)}>{escape(text)}</p>", text)


def bullets(lines: Iterable[str], kind: str = "") -> Block:
    lines = list(lines)
    return Block(
        f"<ul{_class(kind)}>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>",
        "\n".join(f"- {line}" for line in lines),
    )


def table(
    rows: pd.DataFrame,
    caption: str,
    columns: Mapping[str, str] | None = None,
    anchor: str = "",
    note: str = "",
    empty: str = "Nothing to list.",
    row_header: bool = True,
) -> Block:
    """`rows` as an accessible table.

    `columns` maps column names to headers, in order (default: all, as they are); cells that are not
    text yet are written by `cell`. `anchor` is the id that page one links to; `note` stands below
    (definition, filter, source). No rows: the caption with the sentence `empty`.
    """
    columns = (
        dict(columns)
        if columns
        else {str(name): str(name).replace("_", " ") for name in rows.columns}
    )
    anchor_html = f' id="{anchor}"' if anchor else ""
    if not len(rows):
        html = (
            f'<div class="table"{anchor_html}><p><strong>{escape(caption)}</strong>'
            f" {escape(empty)}</p>{_note(note)}</div>"
        )
        return Block(html, f"{caption} {empty}")
    cells = [[cell(value) for value in row] for row in rows[list(columns)].itertuples(index=False)]
    told = [
        i for i in range(len(columns)) if not i or any(row[i] != DASH for row in cells)
    ]  # a column that knows nothing says nothing
    columns, cells = (
        {name: columns[name] for name in (list(columns)[i] for i in told)},
        [[row[i] for i in told] for row in cells],
    )
    right = {
        i
        for i in range(len(columns))
        if i and all(_is_number(row[i]) for row in cells) and any(row[i] != DASH for row in cells)
    }
    tight = {
        i for i in range(1, len(columns)) if max(len(row[i]) for row in cells) <= 24
    }  # too short to be broken over lines
    head = "".join(
        f'<th scope="col"{_class("num" if i in right else "")}>{escape(h)}</th>'
        for i, h in enumerate(columns.values())
    )
    body = []
    for row in cells:
        first = (
            f'<th scope="row">{_rich(row[0])}</th>' if row_header else f"<td>{_rich(row[0])}</td>"
        )
        rest = "".join(
            f"<td{_class('num' if i in right else 'tight' if i in tight else '')}>{_rich(value)}</td>"
            for i, value in enumerate(row[1:], 1)
        )
        body.append(f"<tr>{first}{rest}</tr>")
    kind = (
        "table"
        + (" short" if len(rows) <= 16 else "")
        + (
            " narrow"
            if not any(len(cell) > 40 for row in cells for cell in row) and len(columns) <= 4
            else ""
        )
    )
    html = (
        f'<div class="{kind}"{anchor_html}><div class="scroll" role="region" tabindex="0"'
        f' aria-label="{escape(caption, quote=True)}">'
        f"<table{_class('wide' if len(columns) > 4 else '')}><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
        f"{_note(note)}</div>"
    )
    lines = (
        [caption, "  ".join(columns.values())]
        + ["  ".join(row) for row in cells]
        + ([note] if note else [])
    )
    return Block(html, "\n".join(lines))


def facts(pairs: Mapping[str, str]) -> Block:
    """Short facts as a definition list."""
    html = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in pairs.items())
    return Block(f'<dl class="facts">{html}</dl>', "\n".join(f"{k}: {v}" for k, v in pairs.items()))


def cell(value: object) -> str:
    """One table cell as text: unknown is a dash, yes and no are words, dates are days, sets are
    listed.
    """
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or "none"
    if is_missing(value):
        return DASH
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2g}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def share(value: object, digits: int = 0) -> str:
    return DASH if is_missing(value) else f"{float(value) * 100:.{digits}f} %"


def amount(value: object, currency: str = "") -> str:
    """Money to three figures: 12,300 USD; 1.25M USD.

    More digits would claim a precision that nobody has.
    """
    if is_missing(value):
        return DASH
    value, tail = float(value), f" {currency}" if currency else ""
    if abs(value) >= 1e6:
        return f"{value / 1e6:.3g}M{tail}"
    step = 10 ** max(len(str(int(abs(value)))) - 3, 0)
    return f"{round(value / step) * step:,.0f}{tail}"


def days(value: object) -> str:
    return DASH if is_missing(value) else plural(round(float(value)), "day")


def ratio(value: object) -> str:
    if is_missing(value):
        return DASH
    return "unbounded" if value == float("inf") else f"{float(value):.1f}x"


def quantity(value: object, unit: str, currency: str = "") -> str:
    """A value in its unit: share, amount, days, ratio or count."""
    return {"share": share, "days": days, "ratio": ratio, "count": cell}.get(
        unit, lambda v: amount(v, currency)
    )(value)


def between(low: object, high: object, unit: str, currency: str = "") -> str:
    """An interval in its unit, the unit written once: 12-19 %; 310-420 USD."""
    if is_missing(low) or is_missing(high):
        return "no interval"
    first, second = quantity(low, unit, currency), quantity(high, unit, currency)
    dash = " to " if first.startswith("-") or second.startswith("-") else DASH
    for tail in (" %", " days", " day", f" {currency}" if currency else "", "x"):
        if tail and first.endswith(tail) and second.endswith(tail):
            first = first.removesuffix(tail)
            break
    return f"{first}{dash}{second}"


def is_missing(value: object) -> bool:
    if isinstance(value, (tuple, list)):
        return False
    return value is None or bool(pd.isna(value))


def plural(n: int, word: str, more: str = "") -> str:
    return f"{n:,} {word if n == 1 else more or word + 's'}"


def sentence_list(words: Iterable[str]) -> str:
    """a, b and c."""
    words = list(words)
    return (
        words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
    )


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _note(note: str) -> str:
    return f'<p class="source">{escape(note)}</p>' if note else ""


def _rich(text: str) -> str:
    """Cell text; a verdict gets its badge, since it is met all over the report."""
    return badge(text) if text in VERDICTS else escape(text)


_MARKS = {
    "sure": "\N{BLACK CIRCLE}",
    "lead": "\N{CIRCLE WITH LEFT HALF BLACK}",
    "few": "\N{WHITE CIRCLE}",
    "stop": "\N{BLACK DIAMOND}",
}


def badge(word: str) -> str:
    """A verdict as word and mark; the colour only repeats what both say."""
    kind = VERDICTS.get(word, "few")
    return (
        f'<span class="badge {kind}"><span aria-hidden="true">{_MARKS[kind]}</span>'
        f" {escape(word)}</span>"
    )


def _is_number(text: str) -> bool:
    return text == DASH or bool(
        re.fullmatch(r"[<+\-\N{MINUS SIGN}]?[\d,.]+(x| %| days?| [A-Z]{3}|M [A-Z]{3})?", text)
    )
