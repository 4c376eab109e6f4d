"""Choosing from a list: what is on a page, what is ticked, what goes out."""

import pytest

from shared.i18n import text
from shared.ui.choice import (
    Answer,
    Choice,
    Chosen,
    GivenUp,
    Option,
    OptionKey,
    Question,
    Room,
    added,
    lacking,
    moved,
    page_of,
    ticked,
    turned,
)
from shared.ui.keys import Key
from tests.shared.ui.one_widget import one_widget

SMALL = Room(cells=40, rows=9)
LETTERS = tuple(Option(letter, f"option {letter}") for letter in "abcdefgh")


def question(**fields):
    return Question(
        **{"name": "q", "heading": "Which?", "options": LETTERS, "language": "en", **fields}
    )


# --- Pages and ticks -------------------------------------------------------------------------


def test_a_page_holds_what_fits_and_never_more_than_there_are_digits():
    assert SMALL.each == 3
    assert Room(cells=40, rows=60).each == 9
    assert Room(cells=100, rows=9).each == 6


def test_the_marked_option_is_always_on_the_page():
    asked = question()
    answer = Answer()
    seen = []
    for _ in range(10):
        seen.append(page_of(asked, answer, SMALL).page)
        answer = moved(asked, answer, 1)

    assert seen == [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]
    assert answer.marked == 7


def test_turning_marks_the_first_of_the_page_and_stops_at_the_ends():
    asked = question()

    forward = turned(asked, Answer(marked=1), SMALL, 1)
    at_end = turned(asked, turned(asked, forward, SMALL, 1), SMALL, 1)

    assert forward.marked == 3
    assert at_end.marked == 6
    assert turned(asked, Answer(), SMALL, -1).marked == 0


def test_of_several_each_is_ticked_and_unticked_and_kept_in_their_order():
    asked = question(several=True)

    answer = ticked(asked, ticked(asked, Answer(), 2), 0)

    assert answer.ticked == ("a", "c")
    assert ticked(asked, answer, 2).ticked == ("a",)
    assert ticked(asked, answer, 99) == answer


def test_of_one_the_last_ticked_counts():
    assert ticked(question(), Answer(ticked=("a",)), 1).ticked == ("b",)


def test_what_was_typed_is_one_more_option_and_nothing_twice():
    asked = question(several=True, line="more")

    answer = added(asked, added(asked, Answer(), " passport "), "passport")
    known = added(asked, Answer(), "a")

    assert answer.added == ("passport",)
    assert answer.ticked == ("passport",)
    assert (known.added, known.ticked) == ((), ("a",))
    assert added(asked, answer, "  ") == answer


def test_it_is_said_what_is_still_lacking():
    several = question(several=True, least=1)
    with_reason = question(line="note", line_required=True)

    assert lacking(several, Answer()) == "choice.nothing_chosen"
    assert lacking(several, Answer(ticked=("a",))) == ""
    assert lacking(with_reason, Answer(ticked=("a",))) == "choice.nothing_typed"
    assert lacking(with_reason, Answer(ticked=("a",), text="x")) == ""
    assert lacking(question(options=(), line="note"), Answer()) == ""


# --- On a screen -----------------------------------------------------------------------------


async def test_a_digit_is_the_answer_where_one_is_asked_for():
    async with one_widget(Choice(question()), Chosen, GivenUp) as one:
        await one.press("3")

        (chosen,) = one.heard
        assert (chosen.name, chosen.words) == ("q", ("c",))


async def test_arrows_and_enter_do_the_same_and_escape_puts_it_away():
    async with one_widget(Choice(question()), Chosen, GivenUp, size=(60, 24)) as one:
        await one.press("down", "down", "up", "enter", "escape")

        assert one.heard[0].words == ("b",)
        assert isinstance(one.heard[1], GivenUp)


async def test_touching_an_option_chooses_it():
    async with one_widget(Choice(question()), Chosen, GivenUp) as one:
        await one.pilot.click(list(one.app.query(OptionKey))[1])
        await one.settle()

        assert one.heard[0].words == ("b",)


async def test_what_is_on_the_second_page_is_reached_by_a_turn_and_its_digit():
    async with one_widget(Choice(question()), Chosen, GivenUp, size=(60, 16)) as one:
        shown = one.text()
        await one.press("pagedown", "2")

        assert "page 1 of 3" in shown
        assert "option d" not in shown
        assert one.heard[0].words == ("e",)


async def test_several_are_ticked_by_digits_and_handed_out_together():
    asked = question(several=True, least=1)
    async with one_widget(Choice(asked), Chosen, GivenUp) as one:
        await one.press("enter")
        nothing = one.text()
        await one.press("1", "3", "4", "3")
        shown = one.text()
        await one.press("enter")

        assert text("en", "choice.nothing_chosen") in nothing
        assert f"{text('en', 'choice.mark')} option a" in shown
        assert f"{text('en', 'choice.no_mark')} option c" in shown
        assert one.heard[0].words == ("a", "d")


async def test_free_items_are_typed_one_after_the_other():
    asked = question(several=True, line="more", line_label="Another:")
    async with one_widget(Choice(asked), Chosen, GivenUp) as one:
        await one.press("2", "tab", *"visa", "enter", *"permit", "enter")
        await one.press("enter")

        assert one.heard[0].words == ("b", "visa", "permit")


async def test_a_note_goes_with_the_answer_and_digits_may_be_typed_in_it():
    asked = question(line="note", line_label="Note:")
    async with one_widget(Choice(asked), Chosen, GivenUp) as one:
        await one.press("1", *"42 coins", "enter")

        (chosen,) = one.heard
        assert (chosen.words, chosen.note) == (("a",), "42 coins")


async def test_what_is_typed_may_stand_in_place_of_an_option():
    asked = question(line="instead", line_label="Number:")
    async with one_widget(Choice(asked), Chosen, GivenUp) as one:
        await one.press("f2")
        lacks = one.text()
        await one.press("tab", *"A012", "enter")
        await one.press("tab", "2")

        assert text("en", "choice.nothing_chosen") in lacks
        assert (one.heard[0].words, one.heard[0].note) == ((), "A012")
        assert (one.heard[1].words, one.heard[1].note) == (("b",), "")


async def test_a_line_alone_is_typed_in_at_once():
    asked = question(options=(), line="note", line_label="Number:", line_required=True)
    async with one_widget(Choice(asked), Chosen, GivenUp) as one:
        await one.press("enter")
        lacks = one.text()
        await one.press(*"A012", "enter")

        assert text("en", "choice.nothing_typed") in lacks
        assert one.heard[0].note == "A012"


@pytest.mark.parametrize("size", [(80, 14), (80, 24), (160, 45)], ids=str)
async def test_nothing_scrolls_and_every_key_is_three_rows_high(size):
    asked = question(several=True, line="more", line_label="Another:", lines=("One line.",))
    async with one_widget(Choice(asked), Chosen, GivenUp, size=size) as one:
        touched = [*one.app.query(Key), *one.app.query(OptionKey)]

        assert all(widget.region.height == 3 for widget in touched)
        assert all(one.app.screen.region.contains_region(widget.region) for widget in touched)


async def test_a_longer_screen_holds_more_and_forgets_nothing():
    asked = question(several=True)
    async with one_widget(Choice(asked), Chosen, GivenUp, size=(60, 16)) as one:
        await one.press("2")
        await one.pilot.resize_terminal(60, 40)
        await one.settle()
        await one.press("f2")

        assert one.heard[0].words == ("b",)


async def test_the_question_is_there_in_words():
    async with one_widget(Choice(question(several=True)), Chosen, GivenUp) as one:
        await one.press("2")

        assert list(one.widget.sentences()) == ["Which?", "2 of 8: option b", "chosen"]
