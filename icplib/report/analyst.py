"""Executed notebooks become the analyst's page: everything, with code folded.

One file, own template and style sheet, no outside request. A small script of our own lets every
table be searched and sorted; the page reads well without it. Same notebooks, same bytes.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import nbformat

from icplib.pages import slug, style
from icplib.report.page import TEMPLATES, sheet, write
from icplib.tables.files import WARNING

SCRIPT = (TEMPLATES / "tables.js").read_text(encoding="utf-8")
_STYLE = re.compile(r"<style>.*?</style>", re.S)


def export_analyst(executed: Iterable[Path], out: Path, doubts: tuple[str, ...] = ()) -> Path:
    """Write `analyst.html` from the executed notebooks in order. Not for passing on."""
    cells, title = [], ""
    for path in executed:
        notebook = nbformat.read(path, as_version=4)
        title = _title(notebook, _parameters(notebook))
        cells += [_lowered(cell) for cell in notebook.cells]
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    page = {
        "title": title,
        "note": WARNING,
        "doubts": doubts,
        "css": style() + sheet("report.css") + sheet("analyst.css"),
        "script": SCRIPT,
        "script_hash": digest,
    }
    return write(out, _render(cells, page))


def _render(cells: list[nbformat.NotebookNode], page: dict) -> str:
    from nbconvert import HTMLExporter  # imported here: a second that notebooks need not pay
    from traitlets.config import Config

    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # several notebooks in one page: ids anew
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html")
            if html and 'class="dataframe"' in html:
                output.data["text/html"] = _accessible_frame(html)
            elif html:  # the page has the style of blocks once
                output.data["text/html"] = _STYLE.sub("", html)
    exporter = HTMLExporter(
        template_name="page",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
        config=Config(
            {
                "NbConvertBase": {
                    "display_data_priority": [
                        "image/svg+xml",
                        "text/html",
                        "text/markdown",
                        "text/plain",
                    ]
                }
            }
        ),
    )
    exporter.template_name = "page"
    html, _ = exporter.from_notebook_node(
        nbformat.v4.new_notebook(cells=cells), resources={"page": page}
    )
    html = _unique_regions(_unique_heading_ids(html))
    return html.replace("<!-- contents -->", _contents(html), 1)


def _contents(html: str) -> str:
    """The table of contents from the page's own headings of level two and three (those with an id)."""  # noqa: E501
    entries = re.findall(
        r'<h([23])[^>]*\bid="([^"]+)"[^>]*>(.*?)</h\1>', html[html.index("<main") :], flags=re.S
    )
    out, depth = ["<ol>"], 2
    for level, anchor, words in entries:
        level = int(level)
        if level > depth:
            out.append("<li><ol>" if out[-1] == "<ol>" else "<ol>")
        elif level < depth:
            out.append("</ol></li>")
        elif out[-1] != "<ol>":
            out.append("</li>")
        out.append(f'<li><a href="#{anchor}">{re.sub(r"<[^>]+>", "", words).strip()}</a>')
        depth = level
    out.append("</li></ol></li></ol>" if depth == 3 else "</li></ol>" if entries else "</ol>")
    return "".join(out)


def _unique_heading_ids(html: str) -> str:
    """Ids from headings made plain and unique, in the order of the page; ids of blocks win."""
    taken = set(re.findall(r'<(?!h[1-6])[a-z]+[^>]*\bid="([^"]+)"', html))

    def rename(match: re.Match) -> str:
        base = slug(re.sub(r"<[^>]+>|&[a-z]+;", "", match.group(3)))
        anchor, number = base, 2
        while anchor in taken:
            anchor, number = f"{base}-{number}", number + 1
        taken.add(anchor)
        return f'<h{match.group(1)} id="{anchor}">{match.group(3)}</h{match.group(1)}>'

    return re.sub(r'<h([2-4])(?: id="([^"]*)")?>(.*?)</h\1>', rename, html, flags=re.S)


def _unique_regions(html: str) -> str:
    """Regions are landmarks: two with one name get a number."""
    seen: dict[str, int] = {}

    def name(match: re.Match) -> str:
        words = match.group(2)
        seen[words] = seen.get(words, 0) + 1
        return match.group(1) + (words if seen[words] == 1 else f"{words} {seen[words]}") + '"'

    return re.sub(
        r'(<div aria-label=")([^"]*)"(?= class="scroll" role="region")', name, html
    )  # nbconvert sorts attributes


def _accessible_frame(html: str) -> str:
    """Pandas' table with scoped headers, none empty, in a region that scrolls by keyboard."""
    html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.S)
    (table,) = re.findall(r"<table.*</table>", html, flags=re.S)
    table = re.sub(r"<table[^>]*>", "<table>", table)
    head, _, body = table.partition("</thead>")
    head = head.replace("<th></th>", "<td></td>").replace("<th>", '<th scope="col">')
    head = head.replace('<tr style="text-align: right;">', "<tr>")
    body = body.replace("<th>", '<th scope="row">')
    return (
        '<div class="table"><div class="scroll" role="region" tabindex="0"'
        f' aria-label="Table">{head}</thead>{body}</div></div>'
    )


def _lowered(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Headings one level down, since the page has its own title."""
    cell = nbformat.from_dict(dict(cell))
    if cell.cell_type == "markdown":
        cell.source = re.sub(r"^(#{1,5}) ", r"#\1 ", cell.source, flags=re.M)
    for output in cell.get("outputs", ()):
        html = output.get("data", {}).get("text/html")
        if html:
            output.data["text/html"] = re.sub(
                r"<(/?)h([2-5])\b", lambda m: f"<{m[1]}h{int(m[2]) + 1}", html
            )
    return cell


def _parameters(notebook: nbformat.NotebookNode) -> SimpleNamespace:
    """company, quarter, scenario as papermill recorded them, or as the parameters cell has them."""
    found = dict(notebook.metadata.get("papermill", {}).get("parameters", {}))
    for cell in notebook.cells:
        if {"parameters", "injected-parameters"} & set(cell.metadata.get("tags", ())):
            found |= dict(
                re.findall(
                    r"""^(company|quarter|scenario)\s*=\s*["']([^"']*)["']""",
                    cell.source,
                    flags=re.M,
                )
            )
    return SimpleNamespace(
        **{name: found.get(name, "") for name in ("company", "quarter", "scenario")}
    )


def _title(notebook: nbformat.NotebookNode, run: SimpleNamespace) -> str:
    """Whose workbook: notebooks say it in a block with the class `company`, else the folder does."""  # noqa: E501
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html", "")
            match = re.search(r'data-company="([^"]+)" data-dated="([^"]+)"', html)
            if match:
                return f"{match[1]}: the whole workbook, data to {match[2]}"
    return f"{run.company}: the whole workbook, {run.quarter}"
