"""Errors for people."""

from icplib.problems import UserError


def test_a_cell_shows_the_sentence_and_no_line_of_the_library():
    error = UserError("there is no such level", file="a.csv", row=3, remedy="Name another.")
    assert error._render_traceback_() == ["a.csv, row 3: there is no such level. Name another."]
