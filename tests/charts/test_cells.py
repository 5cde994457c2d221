"""A dollar in a sentence is money."""

from icplib.charts.cells import say


def test_only_a_sentence_with_a_dollar_is_kept_from_the_formula_reader():
    assert say("No money.")._repr_markdown_() == "No money."
    html = say("**From** $20M to $200M.")._repr_markdown_()
    assert html.startswith('<div class="mathjax_ignore">\n\n**From** $20M')
    assert repr(say("$5")) == "$5"
