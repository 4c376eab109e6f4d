"""Small plots of block characters."""

from lobby_display.board.plots import axis, bars, widened


def test_the_largest_fills_its_column_and_nothing_is_empty():
    assert bars([0, 1, 2], rows=1) == [" ▄█"]


def test_a_bar_goes_up_by_eighths_of_a_row():
    assert bars([8, 12, 16], rows=2) == [" ▄█", "███"]


def test_whatever_there_is_can_be_seen():
    assert bars([1, 1000], rows=1) == ["▁█"]


def test_what_is_not_known_is_not_shown_as_zero():
    assert bars([None, 0], rows=2) == ["  ", "· "]


def test_a_day_without_anything_is_drawn_as_nothing():
    assert bars([0, 0], rows=1) == ["  "]
    assert bars([], rows=2) == ["", ""]


def test_hours_stand_below_their_quarter_and_never_over_one_another():
    labels = ["", "09:00", "", "", "", "10:00", "", "", "", "11:00"]

    assert axis(labels, 1) == " 09:00"
    assert axis(labels, 2) == "  09:00   10:00"


def test_columns_can_be_wider():
    assert widened("▁█", 3) == "▁▁▁███"
