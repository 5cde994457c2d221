"""Eight ways to count positions: the ruler against a slow oracle, and the choice among them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icplib.interviews.offsets import (
    READINGS,
    Choice,
    Reading,
    Ruler,
    Selection,
    detect,
    normalise,
)
from qda_fixtures import Dialect, written

SIGNS = st.text(alphabet=st.sampled_from("ab é😀🎯\n\r"), max_size=40)
READING = st.sampled_from(READINGS)


def dialect_of(reading: Reading) -> Dialect:
    return Dialect("any", "any", unit=reading.unit, line_end=reading.line_end, end=reading.end)


@given(SIGNS, READING, st.data())
def test_a_ruler_undoes_what_a_tool_wrote(text, reading, data):
    borders = [
        i
        for i in range(len(text) + 1)
        if not (0 < i < len(text) and text[i - 1] == "\r" and text[i] == "\n")
    ]
    first = data.draw(st.sampled_from(borders))
    last = data.draw(st.sampled_from([b for b in borders if b >= first]))
    ends_in_pair = (
        reading.end == "inclusive" and reading.line_end == "one" and text[:last].endswith("\r\n")
    )
    if (
        first == last or ends_in_pair
    ):  # an inclusive end has no empty stretch, and no name for half a line end
        return
    start, end = written(text, first, last, dialect_of(reading))
    span = Ruler(text, reading).span(start, end)
    assert span == (len(normalise(text[:first])), len(normalise(text[:last])))
    assert normalise(text)[slice(*span)] == normalise(text[first:last])


@given(SIGNS, READING, st.integers(-5, 200), st.integers(-5, 200))
def test_a_ruler_never_leaves_the_text(text, reading, start, end):
    span = Ruler(text, reading).span(start, end)
    assert span is None or 0 <= span[0] <= span[1] <= len(normalise(text))


def test_a_lone_carriage_return_before_a_line_end_is_a_line_end_of_its_own():
    assert Ruler("\r\r\n", Reading("code point", "one", "exclusive")).span(0, 1) == (0, 1)


def test_half_a_surrogate_pair_is_no_position():
    ruler = Ruler("😀a", Reading("UTF-16 unit", "two", "exclusive"))
    assert ruler.span(0, 2) == (0, 1)
    assert ruler.span(1, 2) is None


@st.composite
def coded_texts(draw):
    """A text of words that occur once, between spaces, line ends and emoji.

    Stretches of whole words; the reading of the tool.
    """
    n = draw(st.integers(10, 25))
    gaps = draw(
        st.lists(
            st.sampled_from([" ", " ", "\r\n", " 😀 ", " 🎯🎯 ", "\r\n\r\n"]),
            min_size=n,
            max_size=n,
        )
    )
    words = [f"w{i}x" for i in range(n)]
    text, places = "", []
    for word, gap in zip(words, gaps, strict=True):
        places.append((len(text), len(text) + len(word)))
        text += word + gap
    stretches = draw(
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, 4)), min_size=5, max_size=12)
    )
    spans = [(places[a][0], places[min(a + more, n - 1)][1]) for a, more in stretches]
    return text, spans, draw(READING)


@settings(deadline=None, max_examples=60)
@given(coded_texts(), st.booleans())
def test_the_reading_of_the_tool_fits_best(coded, has_names):
    text, spans, reading = coded
    selections = [
        Selection(
            *written(text, a, b, dialect_of(reading)),
            " ".join(text[a:b].split()) if has_names else "",
            text,
        )
        for a, b in spans
    ]
    choice = detect(selections)
    assert choice.score == 1.0
    assert reading in (choice.reading, *choice.rivals)
    if has_names:  # words occur once, so a cut that fits every name is the right one
        ruler = Ruler(text, choice.reading)
        for selection, (a, b) in zip(selections, spans, strict=True):
            assert ruler.span(selection.start, selection.end) == (
                len(normalise(text[:a])),
                len(normalise(text[:b])),
            )


def test_labels_that_are_no_quotes_do_not_mislead():
    text = "We export by hand every week and nobody trusts it at all."
    spans = [(3, 17), (18, 28), (33, 46)]
    named = [
        Selection(a, b, label, text)
        for (a, b), label in zip(spans, ("pain", "Quotation 6:1", "doubt"), strict=True)
    ]
    assert detect(named).reading.end == "exclusive"
    inclusive = [Selection(a, b - 1, "some label", text) for a, b in spans]
    assert detect(inclusive).reading.end == "inclusive"


def test_a_name_cut_with_an_ellipsis_counts_from_its_beginning():
    text = "😀😀 one two three four five"
    start = text.index("two") + 2  # UTF-16
    choice = detect([Selection(start, start + 14, "two thr…", text)])
    assert choice.reading.unit == "UTF-16 unit"
    assert choice.score == 1.0


def test_lengths_alone_tell_exclusive_from_inclusive():
    choice = detect(
        [Selection(139, 195, "Oh, that was great. See you tomorrow? Eleven thirty. Mm.")]
    )
    assert choice.reading.end == "exclusive"
    assert all(r.end == "exclusive" for r in choice.rivals)
    assert detect([Selection(10, 16, "granola")]).reading.end == "inclusive"


def test_positions_that_fit_nothing_are_not_trusted():
    text = "Words and words and words, all of them at some other place than these positions say."
    wrong = [Selection(i, i + 6, "", text) for i in (1, 7, 11, 17)]
    choice = detect(wrong)
    assert not choice.is_trusted
    assert "no quote was cut" in choice.sentence


@pytest.mark.parametrize("selections", [[], [Selection(4, 4)], [Selection(7, 3, "x", "some text")]])
def test_nothing_to_go_by_is_said(selections):
    choice = detect(selections)
    assert choice == Choice(READINGS[0], 0.0, 0)
    assert not choice.is_trusted
    assert "nothing to check" in choice.sentence
