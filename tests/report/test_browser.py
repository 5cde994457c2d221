"""The pages in a real browser, offline.

No request, WCAG 2.2 AA by axe-core, keyboard, phone, print.
"""

import json
import re
import unicodedata
from itertools import pairwise

import pandas as pd
import pytest

import report_scene as scene
from icplib import report
from icplib.charts.cells import say
from icplib.report import analyst, page
from machine import started
from report_page import notebook_of


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as p:
        running = started(p)
        yield running
        running.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """report.html and analyst.html of the scene, and a page of failure."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ICP_DATA", str(folder / "data"))
        patch.setenv("ICP_REPORTS", str(folder / "reports"))
        book = scene.company(folder / "data")
        scene.finish(book)
        inputs = report.read(book)
        views = report.report(inputs)
        blocks = [report.page_one(views), report.part(views, "leaving"), report.companies(inputs)]
        made = page.export(book, folder)
    executed = notebook_of([*blocks, inputs["06_measures"]], folder / "06.ipynb")
    page.failure_page(
        folder / "FAILED.html",
        step="02_find_patterns",
        cell=7,
        cause="no customer",
        file="02.ipynb",
        standing="An older report stands.",
    )
    return {
        "report": made,
        "analyst": analyst.export_analyst([executed], folder / "analyst.html"),
        "failure": folder / "FAILED.html",
    }


@pytest.fixture
def opened(browser, pages):
    """Open one of the pages offline; asks of the network are written down."""
    contexts = []

    def opening(name, **options):
        context = browser.new_context(offline=True, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.asked = []
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.goto(pages[name].as_uri())
        return tab

    yield opening
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["report", "analyst", "failure"])
def test_no_request_but_for_itself(opened, pages, name):
    tab = opened(name)
    tab.wait_for_load_state("networkidle")
    assert tab.asked == [pages[name].as_uri()]
    html = pages[name].read_text()
    assert ("<script" in html) == (name == "analyst") and not re.search(
        r"""(?:src|href)=["']https?:|url\(["']?https?:|@import""", html
    )
    assert len(html.encode()) < page.MAX_BYTES


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["report", "analyst", "failure"])
def test_axe_reports_nothing(opened, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for width in (1280, 375):
        tab = opened(
            name,
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
            reduced_motion="reduce",
        )
        found = axe.Axe().run(tab).response["violations"]
        assert not found, json.dumps(
            [(v["id"], v["help"], [n["html"][:150] for n in v["nodes"][:3]]) for v in found],
            indent=1,
        )


def test_every_link_leads_somewhere_and_page_one_to_tables(opened):
    tab = opened("report")
    lost = tab.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a =>"
        " a.getAttribute('href').slice(1)).filter(id => !document.getElementById(id))"
    )
    assert not lost
    numbers = tab.evaluate(
        "[...document.querySelectorAll('.tile h3 a')].map(a =>"
        " document.querySelector(a.getAttribute('href')).outerHTML)"
    )
    assert len(numbers) == 4
    assert all("<table" in target and "Filter:" in target for target in numbers)


def test_tables_of_the_analyst_sort_and_find(opened):
    tab = opened("analyst")
    table = tab.locator("main table").last
    shown = "t => [...t.tBodies[0].rows].filter(r => !r.hidden).length"
    every = table.evaluate(shown)
    tab.locator("main input[type=search]").last.fill("win_rate")
    assert 0 < table.evaluate(shown) < every
    tab.locator("main table").last.locator("thead button").first.click()
    assert table.locator("thead th[aria-sort]").count() == 1


def test_ids_are_unique_headings_in_order_one_h1(opened):
    for name in ("report", "analyst"):
        tab = opened(name)
        twice = tab.evaluate(
            "(() => { const seen = {}; document.querySelectorAll('[id]').forEach(e => seen[e.id] ="
            " (seen[e.id] || 0) + 1); return Object.keys(seen).filter(k => seen[k] > 1) })()"
        )
        levels = tab.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => +h.tagName[1])"
        )
        assert levels.count(1) == 1 and all(b - a <= 1 for a, b in pairwise(levels)), levels
        if name == "report":
            assert not twice


def test_the_keyboard_reaches_everything(opened):
    tab = opened("report", reduced_motion="reduce")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    out_of_reach = tab.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth &&"
        " e.tabIndex < 0).length"
    )
    assert out_of_reach == 0


@pytest.mark.parametrize("name", ["report", "analyst", "failure"])
def test_readable_on_a_phone(opened, name):
    tab = opened(name, viewport={"width": 375, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    small = tab.evaluate(
        "Math.min(...[...document.querySelectorAll('main p, main td, main th, main li, main"
        " dd')].map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert small >= 12


def test_charts_say_their_finding_and_follow_dark_mode(opened):
    light, dark = (opened("report", color_scheme=scheme) for scheme in ("light", "dark"))
    colour = "getComputedStyle(document.querySelector('svg.chart text')).fill"
    assert light.evaluate(colour) != dark.evaluate(colour)
    alt = light.evaluate("document.querySelector('svg.chart').getAttribute('aria-label')")
    assert alt.startswith("Win rate of companies that fit and of others. Latest: fit ")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_print_page_one_is_one_page_and_nothing_is_cut(opened, tmp_path, paper):
    pypdf = pytest.importorskip("pypdf")
    tab = opened("report")
    tab.pdf(path=str(tmp_path / "page.pdf"), format=paper, print_background=True)
    texts = [
        " ".join(unicodedata.normalize("NFKC", p.extract_text()).split())
        for p in pypdf.PdfReader(tmp_path / "page.pdf").pages
    ]
    assert "Keep the profile?" in texts[0] and "Data protection" in texts[0], "page one is a page"
    assert "line by line" in texts[1] and "line by line" not in texts[0]
    assert "Glossary" in texts[-1] or "Glossary" in texts[-2], "what is folded opens in print"
    assert len(texts) <= 16 and all(len(t) > 40 for t in texts), "no empty page"
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 690 if paper == "A4" else 710, "height": 1000})
    cut = tab.evaluate(
        "[...document.querySelectorAll('main table, main svg.chart')].filter(e =>"
        " e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(e =>"
        " e.outerHTML.slice(0, 120))"
    )
    assert not cut


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "![x](https://evil.example/x.png)",
    "[x]: https://evil.example/x.png\n\n![x]",
    "<svg/onload=alert(1)>",
    "</style></table><iframe src=https://evil.example></iframe>",
    "javascript:alert(1)//\"'><a href=javascript:alert(1) autofocus onfocus=alert(1)>",
    "$\\href{javascript:alert(1)}{x}$",
)


class Shown:
    """What a cell shows of a sentence."""

    def __init__(self, text):
        self.data = {"text/markdown": say(text)._repr_markdown_(), "text/plain": text}

    def _repr_mimebundle_(self):
        return self.data


def test_what_strangers_wrote_is_dead_even_without_the_policy_of_the_page(browser, tmp_path):
    frame = pd.DataFrame({text: [text] for text in HOSTILE}, index=HOSTILE[:1])
    blocks = [*map(Shown, HOSTILE), Shown(" | ".join(HOSTILE)), frame]
    executed = notebook_of(blocks, tmp_path / "06.ipynb")
    made = analyst.export_analyst([executed], tmp_path / "analyst.html")
    failed = page.failure_page(
        tmp_path / "f.html", step=HOSTILE[0], cell=1, cause=HOSTILE[1], file=HOSTILE[2]
    )
    tab, events = browser.new_page(), []
    tab.on("dialog", lambda dialog: (events.append(dialog.message), dialog.dismiss()))
    tab.on("request", lambda request: events.append(request.url))
    for path in (made, failed):
        html = path.read_text()
        bare = re.sub(r"<meta[^>]*Content-Security-Policy[^>]*>", "", html)
        assert bare != html
        path.write_text(bare)
        tab.goto(path.as_uri())
        tab.wait_for_timeout(300)
        assert events == [path.as_uri()], events
        assert (
            tab.evaluate("document.querySelectorAll('iframe, img, [onerror], [onload]').length")
            == 0
        )
        events.clear()
    tab.close()
