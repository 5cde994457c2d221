"""The files that are handed out: report.html, slides.pptx, summary.md, and a page for a failed run.

All are made from the same frozen views (`build.report`), whose values are held against every name
in the raw files before anything is written. One file each: no script, no outside request. Same
artefacts, same bytes.
"""

import re
from html import unescape
from pathlib import Path

from icplib.charts import report as charts
from icplib.charts.theme import show
from icplib.names import Names
from icplib.pages import Block, style
from icplib.problems import UserError
from icplib.report import build, slides
from icplib.report.draft import PAGES
from icplib.report.inputs import read
from icplib.report.names import Known, gate
from icplib.report.views import Report
from icplib.tables.files import WARNING
from icplib.workbook import Workbook, write_whole

TEMPLATES = Path(__file__).with_name("templates")
MAX_BYTES = 5_000_000


def export(
    workbook: Workbook,
    folder: Path,
    known: Known = lambda texts: Names(),
    doubts: tuple[str, ...] = (),
) -> Path:
    """Write report.html, slides.pptx and summary.md into ``folder``; the path of the page.

    ``known`` fetches the accounts and people that must not appear (`names.known_names`). Any of
    them, an e-mail address, a phone number or a path of this machine among the values of a page
    stops the export with a UserError; nothing is written then.
    """
    report = build.report(read(workbook))
    page = whole(report, str(workbook.quarter), doubts)
    summary = PAGES.render("summary.md.j2", r=report)
    gate((*page.values, *summary.values), known)
    write(folder / "summary.md", lines(summary))
    write(folder / "slides.pptx", slides.slides(report, workbook.as_of))
    return write(folder / "report.html", page.html)


def lines(block: Block) -> str:
    """A page of Markdown: what was escaped for HTML as it is, never two empty lines."""
    return re.sub(r"\n{3,}", "\n\n", unescape(block.html)).strip() + "\n"


def whole(report: Report, quarter: str, doubts: tuple[str, ...] = ()) -> Block:
    """The page as one block, with doubts about the quarter at its head."""
    css = style() + sheet("report.css")
    return PAGES.render(
        "report.html.j2",
        r=report,
        chart=hero(report),
        css=Block(css, ""),
        quarter=quarter,
        doubts=doubts,
    )


def hero(report: Report) -> object:
    """The chart beside the headline, or nothing where no deals are on file."""
    if report.one.hero is None:
        return None
    return show(charts.won_by_period(build.hero_rows(report)), report.one.hero.alt)


def page_one(report: Report) -> Block:
    """Page one alone, for the notebook."""
    return _styled(PAGES.block("page_one.html.j2", "page_one", report.one, hero(report)))


def part(report: Report, anchor: str) -> Block:
    """One part of the page, for the notebook."""
    if anchor == "evidence":
        return _styled(PAGES.block("sections.html.j2", "evidence", report.evidence))
    section = next(s for s in report.sections if s.anchor == anchor)
    return _styled(PAGES.block("sections.html.j2", "section", section))


def _styled(block: Block) -> Block:
    """A block with the report's own style, but for what would reach the page around it."""
    css = re.sub(r"^(html|body) .*$", "", sheet("report.css"), flags=re.M)
    return Block(f"<style>{css}</style>{block.html}", block.text, block.values)


def failure_page(
    out: Path, *, step: str, cell: int | str, cause: str, file: str | Path, standing: str = ""
) -> Path:
    """Write the page that says which step failed, in which cell, why, and what to open.

    `standing` says what is still there.
    """
    rows = {"Step": step, "Cell": str(cell), "Cause": cause, "File to open": str(file)}
    css = style() + sheet("report.css") + sheet("analyst.css")
    page = PAGES.render(
        "failure.html.j2", rows=rows, standing=standing, warning=WARNING, css=Block(css, "")
    )
    return write(out, page.html)


def sheet(name: str) -> str:
    """A style sheet of the report."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def write(out: Path, content: str | bytes) -> Path:
    """Write a file whole or not at all; UserError where it would be too large to send."""
    payload = content.encode("utf-8") if isinstance(content, str) else content
    if len(payload) > MAX_BYTES:
        raise UserError(
            f"the page would be {len(payload) / 1e6:.1f} MB, more than {MAX_BYTES / 1e6:.0f} MB",
            file=out,
            remedy="Show fewer rows in the notebook.",
        )
    write_whole(out, payload)
    return out
