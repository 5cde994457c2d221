"""A dollar in a sentence is money."""

from icplib.charts import theme
from icplib.charts.cells import say


def test_only_a_sentence_with_a_dollar_is_kept_from_the_formula_reader():
    assert say("No money.")._repr_markdown_() == "No money."
    html = say("**From** $20M to $200M.")._repr_markdown_()
    assert html.startswith('<div class="mathjax_ignore">\n\n**From** $20M')
    assert repr(say("$5")) == "$5"


def test_a_chart_says_its_sentence_once():
    _, ax = theme.axes()
    shown = theme.show(ax, alt="A <b> costs $20M.")._repr_mimebundle_()
    assert shown["text/html"].count("A &lt;b&gt; costs $20M.") == 1
    assert 'aria-hidden="true"' in shown["text/html"] and "<title>" not in shown["text/html"]
    assert shown["text/plain"] == "A <b> costs $20M."
