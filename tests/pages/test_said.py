"""Pages of templates and values: what is a value, what is trusted, what is escaped."""

from pathlib import Path

import pytest
from markupsafe import Markup

from icplib.pages import Block, Pages


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    (tmp_path / "sentences.j2").write_text(
        "{% macro fell(k, n) %}Wilson says: {{ k }} of\n {{ n }} won, {{ tail(k) }}."
        "{% endmacro %}\n"
        "{% macro tail(k) %}a Hodges-Lehmann shift of {{ k }}{% endmacro %}\n"
    )
    (tmp_path / "page.html.j2").write_text(
        '<h2 title="{{ x }}">Student</h2><p>{{ said }}</p><svg aria-label="Lehmann"></svg>'
        "{{ inner }}"
    )
    return Pages(tmp_path)


def test_only_what_enters_a_sentence_is_a_value(pages):
    said = pages.say("fell", k="<Zolviko>", n=12)
    assert said == "Wilson says: <Zolviko> of 12 won, a Hodges-Lehmann shift of <Zolviko>."
    assert said.values == ("<Zolviko>", "12")


def test_a_page_takes_over_the_values_of_what_is_in_it(pages):
    inner = Block("<b>in</b>", "in", ("inside",))
    said = pages.say("fell", k="K", n=3)
    page = pages.render("page.html.j2", x='a "level"', said=said, inner=inner)
    assert page.values == ('a "level"', "K", "3", "inside")
    assert 'title="a &#34;level&#34;"' in page.html and "<b>in</b>" in page.html
    assert page.text.splitlines() == ["Student", str(said), "Lehmann", "in"]


def test_text_is_a_value_and_escaped_whatever_it_says(pages):
    page = pages.render("page.html.j2", x="<script>", said="<i>Ada</i>", inner=Markup("<hr>"))
    assert "<script>" not in page.html and "<i>" not in page.html and "<hr>" in page.html
    assert page.values == ("<script>", "<i>Ada</i>")
