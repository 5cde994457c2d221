"""report.html, slides and summary as wholes: what leaders read, and what they must never find."""

import re
from functools import partial
from html import unescape

import pandas as pd
import pytest

import report_scene as scene
from icplib import report
from icplib.names import Names, known_names
from icplib.problems import UserError
from icplib.report import checks, measures, page
from icplib.report.measures.registry import row
from report_page import whole
from report_scene import finish

#: what stays in folded evidence or in analyst.html
NOT_FOR_LEADERS = re.compile(
    r"\bAUC\b|hazard|\.632|Wilson|Hodges|Lehmann|Benjamini|Hochberg|PERMANOVA|Newcombe|bootstrap|"
    r"\balpha\b|p = |notebook 0|articles|INT-\d|\bP-\d|fold|Cox\b|Kaplan|Welch|Student"
)


def open_text(html):
    """What stands on the page while everything folded is closed."""
    text = re.sub(r"<(style|svg|details)\b.*?</\1>", " ", html, flags=re.S)
    return unescape(re.sub(r"<[^>]+>", " ", text))


def test_no_word_that_a_leader_does_not_use(plain):
    text = open_text(plain.html)
    assert not NOT_FOR_LEADERS.findall(text)
    assert len(text.split()) < 3200


def test_page_one_in_its_order(plain):
    html = plain.html
    order = [
        'class="word',
        'class="headline',
        'class="decisions',
        'class="tiles',
        'class="panels',
        'class="leaders',
    ]
    places = [html.index(mark) for mark in order]
    assert places == sorted(places)
    first = html[html.index('<section class="page-one') : html.index('<nav class="contents')]
    assert first.count("<svg") == 1 and "Keep the profile?" in first
    headline = re.search(r'class="headline"[^>]*>(.*?)</h2>', html).group(1)
    assert len(headline.split()) <= 25 and not re.search(r"\d{4}Q\d|\bn =", headline)


def test_a_fall_of_all_is_no_reason_to_revise(root):
    finish(scene.company(root, "2026Q2", seed=1))
    *_, facts = finish(scene.company(root, "2026Q3", seed=1, fall=0.14))
    assert facts.word == "market moved"
    assert "whether companies fit or not" in facts.headline


def test_every_link_leads_to_an_id_and_ids_are_unique(root, plain):
    html = plain.html
    ids = re.findall(r'\bid="([^"]+)"', html)
    links = set(re.findall(r'href="#([^"]+)"', html))
    assert links <= set(ids) and len(ids) == len(set(ids))
    provenance = report.provenance_rows(report.read(scene.company(root)))
    assert set(provenance["anchor"]) - {"icp-evidence", "ladder", "anti-persona"} <= set(ids)


def test_a_new_measure_in_one_place_stands_on_the_page(root, monkeypatch):
    registry = measures.registry
    monkeypatch.setattr(registry, "INTRODUCTIONS", dict(registry.INTRODUCTIONS))
    told = registry.Introduction(
        "upsell",
        "Share that bought more",
        "conversion rate",
        "ICP",
        "What.",
        "Why.",
        "Caveat.",
        "all",
        "01_deals",
        ("deals",),
        "customers",
        "share",
    )
    monkeypatch.setitem(measures.INTRODUCTIONS, "upsell", told)

    def rows(_inputs):
        return [
            row("upsell", "in", (0.4, 0.3, 0.5), 50, k=20, window="2026Q3"),
            row("upsell", "out", (0.2, 0.1, 0.3), 50, k=10, window="2026Q3"),
        ]

    monkeypatch.setitem(registry.INTRODUCTIONS, "upsell", told)
    monkeypatch.setitem(registry.COMPUTE, "upsell", rows)
    html = whole(scene.company(root)).html
    assert "Share that bought more: fit the ICP 40" in html and 'id="measure-upsell"' in html
    assert "Win rate: fit the ICP" in html, "a second measure of the same cell shows beside it"


def test_a_new_check_in_one_place_stands_on_the_page(root, monkeypatch):
    monkeypatch.setattr(checks, "CHECKS", dict(checks.CHECKS))
    checks.check("M99", "Is the moon in the profile?")(lambda _: (checks.LOOK, "It is."))
    assert "Is the moon in the profile?" in whole(scene.company(root)).html


def test_planted_secrets_are_in_no_file(root, tmp_path):
    book = scene.company(root)
    finish(book)
    page.export(book, tmp_path, partial(known_names, book))
    from pptx import Presentation

    deck = Presentation(str(tmp_path / "slides.pptx"))
    assert len(deck.slides) == 6
    said = "\n".join(
        shape.text_frame.text
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_text_frame
    )
    for text in (
        (tmp_path / "report.html").read_text(),
        (tmp_path / "summary.md").read_text(),
        said,
    ):
        assert not [s for s in (*scene.SECRETS, "Company Number 7") if s in text]
        assert "INT-0" not in text
    assert "Every report takes us two weeks." in (tmp_path / "report.html").read_text()
    assert len((tmp_path / "summary.md").read_text().splitlines()) < 25


def test_the_same_artefacts_make_the_same_bytes(root, tmp_path):
    book = scene.company(root)
    finish(book)
    made = []
    for name in ("a", "b"):
        page.export(book, tmp_path / name)
        made.append(
            [
                (tmp_path / name / f).read_bytes()
                for f in ("report.html", "slides.pptx", "summary.md")
            ]
        )
    assert made[0] == made[1]


def test_only_values_are_held_against_names(root, tmp_path):
    """Forty surnames of statisticians stop no report; a level that is a customer's name does."""
    book = scene.company(root)
    finish(book)
    surnames = [
        "Wilson",
        "Hodges",
        "Lehmann",
        "Student",
        "Welch",
        "Newcombe",
        "Holm",
        "Bonferroni",
        "Fisher",
        "Cox",
        "Kaplan",
        "Meier",
        "Efron",
        "Morris",
        "Gini",
        "Pearson",
        "Spearman",
        "Kendall",
        "Mann",
        "Whitney",
        "Wilcoxon",
        "Kruskal",
        "Wallis",
        "Bayes",
        "Laplace",
        "Gauss",
        "Poisson",
        "Bernoulli",
        "Markov",
        "Rubin",
        "Tukey",
        "Hochberg",
        "Benjamini",
        "Koopman",
        "Krippendorff",
        "Cohen",
        "Gwet",
        "Firth",
        "Brier",
        "Youden",
    ]
    page.export(book, tmp_path, lambda _: Names(person=surnames))
    with pytest.raises(UserError, match="an account"):
        page.export(book, tmp_path / "no", lambda _: Names(account=["Technical Tess"]))
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("n", [7, 60])
def test_a_handful_is_nowhere_counted(root, n):
    text = whole(scene.tiny(root, n=n)).text
    lines = [line for line in text.splitlines() if re.search(r"\b[1-4] of \d|\bn = [1-4]\b", line)]
    assert not lines
    assert "fewer than 5" in text


def test_empty_is_not_silent(root):
    """Without profile, deals, churn list and interviews the page says what is known and what helps."""  # noqa: E501
    book = scene.company(root)
    profiles = book.read("03_profile")
    bare = {"criteria": (), "n_headline": 0, "ladder": (), "status": "counts only"}
    empty = profiles.main.model_copy(update=bare)
    book.write("03_profile", profiles.model_copy(update={"profiles": (empty,)}))
    unknown = pd.array([pd.NA] * 400, dtype="boolean")
    book.write("04_scores", book.read("04_scores").assign(fits_icp=unknown))
    noise = book.read("02_noise")
    book.write("02_noise", noise.model_copy(update={"state": "counts only", "n_best": 16, "n": 80}))
    card = book.read("04_scorecard")
    book.write("04_scorecard", card.model_copy(update={"available": False, "rules": ()}))
    for name in (
        "01_deals",
        "01_engagement",
        "01_contacts",
        "05_messaging",
        "03_red_flags",
        "04_tiers",
    ):
        book.write(name, book.read(name).head(0))
    plain = pd.DataFrame(
        {
            "topic": ["top fifth", "by industry", "by industry"],
            "side": "all",
            "group": ["", "Fintech", "Retail"],
            "n": 80,
            "k": [16, 50, 30],
            "estimate": [0.6, 0.6, 0.4],
            "amount": [4e6, None, None],
            "window": "2026Q3",
            "low": None,
            "high": None,
            "p": None,
        }
    )
    book.write("04_sales", plain)
    churn = book.read("03_churn")
    book.write(
        "03_churn", churn.model_copy(update={"available": False, "level": "nothing", "n_left": 0})
    )
    book.write("05_personas", {"available": False})
    *_, facts = finish(book)
    text = whole(book).text
    assert "Too few best customers" in facts.headline
    assert facts.page_one["label"] == "No profile yet"
    assert "best.share" in text and "$4M" in text and "60" in text
    assert "No list of customers who left" in text and "0\u00a0% of those" not in text
    assert text.count("\n") < 250, "what has nothing to say takes one line"


def test_a_part_in_a_notebook_brings_its_style_and_leaves_the_page_around_it_alone():
    block = page._styled(page.Block("<p>x</p>", "x", ("v",)))
    assert ".icp .part" in block.html and not re.search(r"^(html|body)\b", block.html, re.M)
    assert (block.text, block.values) == ("x", ("v",)) and block.html.endswith("<p>x</p>")
