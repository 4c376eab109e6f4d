"""Columns of text, where a Chinese character takes two cells."""

from hypothesis import given
from hypothesis import strategies as st

from shared.columns import aligned, cells, fit


def test_a_chinese_character_takes_two_cells():
    assert cells("A\u53f7") == 3
    assert fit("\u4e00\u53f7\u7a97\u53e3", 6) == "\u4e00\u53f7~ "
    assert fit("\u53f7", 4, right=True) == "  \u53f7"


def test_what_a_terminal_would_obey_is_not_shown():
    assert fit("a\x1b]0;b\x07\u202ec\u200b", 6) == "a]0;bc"
    assert aligned(["a\x1b[2J"], [["\u202eb"]]) == ["a[2J", "b"]


@given(st.text(max_size=40), st.integers(1, 30))
def test_what_is_fitted_fits(shown, width):
    assert cells(fit(shown, width)) == cells(fit(shown, width, right=True)) == width


def test_columns_stand_below_each_other_and_are_as_wide_as_needed():
    lines = aligned(["ID", "NAME"], [["a", "\u4e00\u53f7"], ["long-id", "x"], ["b", ""]])

    assert lines == ["ID       NAME", "a        \u4e00\u53f7", "long-id  x", "b"]


def test_a_long_cell_is_cut_and_says_so():
    rows = [["x" * 9, "y" * 9]]

    assert aligned(["A", "B"], rows, cells_max=5) == ["A      B", "xxxx~  yyyyyyyyy"]
