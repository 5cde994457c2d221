"""Executed notebooks become pages.

`report.html` for everyone, `analyst.html` for those who check, a page for a failed run.

One file each: own template, own style sheet, no script, no outside request. The stakeholder page is
made from notebook 06 alone, without code, and passes the privacy gate before it is written; the
analyst page holds all notebooks with code folded. Same notebooks, same bytes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from types import SimpleNamespace

import nbformat

from icplib.charts.theme import COLOURS, css_variables
from icplib.names import Names
from icplib.problems import UserError
from icplib.report.blocks import slug
from icplib.report.names import Known, gate
from icplib.tables.files import WARNING

TEMPLATES = Path(__file__).with_name("templates")
MAX_BYTES = 5_000_000
_NAMES = {light: name for name, (light, _) in COLOURS.items()}
_PALETTE = re.compile("|".join(_NAMES))
_REGION = r'<div class="scroll" role="region" tabindex="0" aria-label="Table">\g<0></div>'


def export(executed_06: Path, out: Path, known: Known = lambda texts: Names()) -> Path:
    """Write `report.html` from the executed notebook 06.

    Its cells without code, without those tagged `analyst`.

    `known` fetches the accounts and people that must not appear (`names.known_names`). Any of them, an
    e-mail address, a phone number or a path of this machine stops the export with a UserError;
    nothing is written then.
    """
    notebook = nbformat.read(executed_06, as_version=4)
    run = _parameters(notebook)
    cells = [
        cell
        for cell in notebook.cells[1:]
        if not {"analyst", "parameters", "injected-parameters"} & set(cell.metadata.get("tags", ()))
    ]
    page = _page(
        "stakeholder",
        f"{_company(notebook, run)}: ideal customers and buyers, {run.quarter}",
        run,
        (
            (
                "Made by the ICP workbook from the company's own exports. Counts below the privacy"
                " limit are not shown, nor is any number from which one could be worked out. No"
                " account and no person is named."
            ),
        ),
    )
    html = _render(cells, page)
    gate(html, known)
    return _write(out, html)


def export_analyst(executed: Iterable[Path], out: Path) -> Path:
    """Write `analyst.html` from the executed notebooks in order: everything, with code folded.

    Not for passing on.
    """
    cells, run, company = [], SimpleNamespace(company="", quarter="", scenario=""), ""
    for path in executed:
        notebook = nbformat.read(path, as_version=4)
        run = _parameters(notebook)
        company = _company(notebook, run)
        cells += [_lowered(cell, path.stem) for cell in notebook.cells]
    page = _page(
        "analyst",
        f"{company}: the whole workbook",
        run,
        (
            (
                "For analysts: this page names accounts and shows every count. Pass on report.html"
                " instead."
            ),
        ),
    )
    return _write(out, _render(cells, page))


def failure_page(
    out: Path, *, step: str, cell: int | str, cause: str, file: str | Path, standing: str = ""
) -> Path:
    """Write the page that says which step failed, in which cell, why, and what to open.

    `standing` says what is still there.
    """
    page = _page(
        "failure",
        "This quarter's run did not finish",
        SimpleNamespace(company="", quarter="", scenario=""),
        (),
    )
    rows = {"Step": step, "Cell": str(cell), "Cause": cause, "File to open": str(file)}
    facts = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows.items())
    body = (
        f'<div class="failure"><h2>What went wrong</h2><div class="measure"><dl>{facts}</dl></div>'
        f"<p>{escape(standing)}</p><p>Mend the cause, then run the refresh again.</p></div>"
    )
    shown = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", data={"text/html": body})]
    )
    return _write(out, _render([shown], page))


def _page(kind: str, title: str, run: SimpleNamespace, notes: tuple[str, ...]) -> dict:
    scenario = f", scenario {run.scenario}" if run.scenario else ""
    eyebrow = {
        "stakeholder": "Ideal customer profile and buyer personas",
        "analyst": "Analyst edition: names accounts",
    }
    return {
        "kind": kind,
        "title": title,
        "notes": notes,
        "warning": WARNING if kind == "analyst" else "",
        "eyebrow": eyebrow.get(kind, "ICP workbook"),
        "byline": (
            f"Quarter {run.quarter}{scenario}; nothing after its last day was seen."
            if run.quarter
            else ""
        ),
        "css": css_variables() + (TEMPLATES / "page" / "page.css").read_text(encoding="utf-8"),
    }


def _render(cells: list[nbformat.NotebookNode], page: dict) -> str:
    from nbconvert import HTMLExporter  # imported here: a second that notebooks need not pay
    from traitlets.config import Config

    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # several notebooks in one page: ids anew
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html")
            if html and 'class="dataframe"' in html:
                output.data["text/html"] = _accessible_frame(html)
            elif (
                html and "<style" in html
            ):  # a block with colours of its own follows dark mode, too
                output.data["text/html"] = _PALETTE.sub(
                    lambda match: f"var(--{_NAMES[match.group(0)]}, {match.group(0)})", html
                )
                output.data["text/html"] = re.sub(
                    r"<table.*?</table>", _REGION, output.data["text/html"], flags=re.S
                )
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
    return (
        html.replace("<!-- contents -->", _contents(html), 1)
        if page["kind"] != "failure"
        else _without_contents(html)
    )


def _contents(html: str) -> str:
    """The table of contents from the page's own headings of level two and three (those with an id)."""
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


def _without_contents(html: str) -> str:
    return re.sub(r'<nav class="contents".*?</nav>', "", html, count=1, flags=re.S)


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
    """Pandas' table with scope on its headers, no empty header, and a region that scrolls by
    keyboard.
    """
    html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.S)
    table = re.search(r"<table.*</table>", html, flags=re.S).group(0)
    table = re.sub(r"<table[^>]*>", "<table>", table)
    head, _, body = table.partition("</thead>")
    head = head.replace("<th></th>", "<td></td>").replace("<th>", '<th scope="col">')
    head = head.replace('<tr style="text-align: right;">', "<tr>")
    body = body.replace("<th>", '<th scope="row">')
    return (
        '<div class="table"><div class="scroll" role="region" tabindex="0"'
        f' aria-label="Table">{head}</thead>{body}</div></div>'
    )


def _lowered(cell: nbformat.NotebookNode, stem: str) -> nbformat.NotebookNode:
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


def _company(notebook: nbformat.NotebookNode, run: SimpleNamespace) -> str:
    """The company's printed name: notebooks say it in a block with the class `company`.

    Else the folder's name.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            match = re.search(
                r'data-company="([^"]+)"', output.get("data", {}).get("text/html", "")
            )
            if match:
                return match.group(1)
    return run.company


def _write(out: Path, html: str) -> Path:
    payload = html.encode("utf-8")
    if len(payload) > MAX_BYTES:
        raise UserError(
            f"the page would be {len(payload) / 1e6:.1f} MB, more than {MAX_BYTES / 1e6:.0f} MB",
            file=out,
            remedy="Show fewer rows in the notebook.",
        )
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f".{out.name}.part")
    aside.write_bytes(payload)
    os.replace(aside, out)
    return out
