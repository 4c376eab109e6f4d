"""How much of the desk fits where."""

import pytest

from counter.page import ListShown, ListsShown
from counter.room import (
    key_lines,
    keys_across,
    keys_on_screen,
    list_rows,
    pages_of,
    ticket_rows,
)
from counter.verbs import VERBS
from counter.words import TicketLines
from shared.columns import cells
from shared.i18n import text
from shared.ui.keys import KeyShown
from shared.wrapping import ends_something, wrapped

KEYS = tuple(KeyShown(verb.word, verb.word, verb.hotkey) for verb in VERBS)
TICKET = TicketLines(
    number="A128", state="in service 3:07", lines=("one", "two"), needs=("an escort",)
)


def lists(waiting=0, shown="line", page=0, why="A001 has waited longest."):
    rows = tuple((f"A{n:03d}", "Cash", f"{n} min", "") for n in range(1, waiting + 1))
    return ListsShown(
        (
            ListShown("line", "Waiting", rows),
            ListShown("missed", "Missed"),
            ListShown("parked", "Parked"),
        ),
        why,
        shown,
        page,
    )


def test_the_commonest_keys_are_on_every_screen_and_more_only_where_some_are_not():
    small = [key.word for key in keys_on_screen(KEYS, 80, 24)]
    large = [key.word for key in keys_on_screen(KEYS, 160, 45)]

    assert small[:5] == ["next", "recall", "start", "finish", "finish_next"]
    assert small[-1] == "more"
    assert set(large) == {verb.word for verb in VERBS} - {"more"}


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 45), (240, 67)])
def test_keys_leave_room_for_what_they_are_about(size):
    width, height = size

    assert width // keys_across(width) >= 16
    assert 3 * key_lines(height) <= height // 3


def test_the_number_grows_with_the_room_and_no_row_is_lost():
    low = ticket_rows(TICKET, 38, 8)
    high = ticket_rows(TICKET, 78, 24)

    assert [what for what, _ in low].count("number") == 3
    assert [what for what, _ in high].count("number") == 12
    for rows in (low, high):
        said = [words for what, words in rows if what != "number" and words]
        assert said == ["in service 3:07", "! an escort", "one", "two"]


def test_what_does_not_fit_is_said_to_be_missing():
    rows = ticket_rows(TICKET, 38, 5)

    assert len(rows) == 5
    assert rows[-1] == ("line", "…")


def test_with_nobody_in_hand_there_is_no_number():
    nobody = TicketLines(number="", state="Nobody", lines=())

    assert ticket_rows(nobody, 38, 12) == [("state", "Nobody")]


def test_a_line_that_does_not_fit_is_turned_page_by_page():
    pages = [list_rows(lists(25, page=n), 34, 13) for n in range(3)]
    shown = [words[:4] for rows in pages for what, words in rows if what == "row"]

    assert shown == [f"A{n:03d}" for n in range(1, 26)]
    assert [rows[-1][1].split()[0] for rows in pages] == ["1/3", "2/3", "3/3"]
    assert pages_of(lists(25), 34, 13) == 3
    assert all(len(rows) <= 13 for rows in pages)


def test_beyond_the_last_page_the_last_one_stays():
    assert list_rows(lists(25, page=9), 34, 13)[-1][1].startswith("3/3")


def test_where_there_is_room_all_three_lists_stand_below_each_other():
    rows = list_rows(lists(3), 70, 30)

    assert [words.strip() for what, words in rows if what == "heading"] == [
        "▸Waiting",
        "Missed",
        "Parked",
    ]
    assert len(rows) == 30


def test_a_small_screen_shows_one_list_and_how_many_are_in_the_others():
    (heading, *_) = list_rows(lists(3, shown="missed"), 40, 13)

    assert heading[1].split() == ["Waiting", "▸Missed", "Parked"]


@pytest.mark.parametrize("width", [30, 38, 48, 78])
@pytest.mark.parametrize("height", [8, 13, 16, 30])
def test_no_row_is_wider_than_its_place(width, height):
    rows = [*list_rows(lists(25), width, height), *ticket_rows(TICKET, width, height)]

    assert all(cells(words) <= width for _, words in rows)


def test_words_are_wrapped_and_nothing_is_lost():
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("", 7) == [""]


def test_no_line_begins_with_a_mark_that_ends_something():
    sentence = text("zh", "refusal.TicketInHand", number="A128")

    for width in range(8, 60):
        lines = wrapped(sentence, width)
        assert "".join(lines).replace(" ", "") == sentence.replace(" ", "")
        assert not any(ends_something(line[0]) for line in lines)
