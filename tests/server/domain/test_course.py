"""The course of the day, in quarters of an hour."""

import pytest

from server.domain.course import SHOWN_MAX
from shared.protocol import (
    CallNumber,
    EndEmergency,
    EnterHandwritten,
    LeaveLine,
    ParkTicket,
    ResumeTicket,
    StartEmergency,
    UndoAction,
)
from tests.server.domain.story import MINUTE


def test_the_plots_tell_who_came_who_was_called_and_how_long_they_waited(story):
    story.open(1, 2)
    for _ in range(3):
        story.take("A")
    story.at("09:10")
    story.serve(1)
    story.at("09:14")
    story.serve(2)
    story.at("09:20")
    story.finish(1)
    story.serve(1)

    plots = story.board.plots

    assert plots.first == story.moment("09:00")
    assert plots.arrivals == (3, 0)
    assert plots.calls == (2, 1)
    assert plots.line == (3, 1)
    assert plots.waits_ms == (12 * MINUTE, 20 * MINUTE)


def test_a_quarter_in_which_nothing_happened_has_the_line_of_the_one_before(story):
    story.take("A")
    story.take("A")
    story.given(LeaveLine, visit="A001")
    story.at("09:50")

    plots = story.board.plots

    assert plots.line == (2, 1, 1, 1)
    assert plots.arrivals == (2, 0, 0, 0)
    assert plots.waits_ms == (None, None, None, None)


def test_a_call_that_was_taken_back_is_none(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.given(UndoAction, counter=1)

    plots = story.board.plots

    assert plots.calls == (0,)
    assert plots.waits_ms == (None,)
    assert story.board.calls == ()


def test_what_was_undone_and_was_no_call_changes_nothing(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.given(UndoAction, counter=1)

    assert story.board.plots.calls == (1,)


def test_whoever_is_called_back_from_park_has_waited_once(story):
    story.open(1)
    story.take("A")
    story.at("09:05")
    story.serve(1)
    story.given(ParkTicket, counter=1, reason="form")
    story.later(minutes=2)
    story.given(ResumeTicket, counter=1, visit=story.visit("A001").id)
    story.given(UndoAction, counter=1)

    plots = story.board.plots

    assert plots.calls == (1,)
    assert plots.waits_ms == (5 * MINUTE,)


def test_practice_is_not_counted(story):
    story.open(1)
    story.take("A")
    story.given(StartEmergency, kind="drill", by="branch_head")
    story.given(
        EnterHandwritten,
        number="A900",
        service="A",
        taken_at=story.now,
        by="operations_supervisor",
    )
    story.given(CallNumber, counter=1, number="A900", reason="other")
    story.given(UndoAction, counter=1)
    story.given(EndEmergency, by="branch_head")

    plots = story.board.plots

    assert (plots.arrivals, plots.calls, plots.line) == ((1,), (0,), (1,))


def test_a_number_written_by_hand_came_when_it_was_written(story):
    story.take("A")
    story.at("09:40")
    story.given(StartEmergency, kind="emergency", by="branch_head")
    story.at("09:55")
    story.given(
        EnterHandwritten,
        number="A900",
        service="A",
        taken_at=story.moment("09:41"),
        by="operations_supervisor",
    )

    assert story.board.plots.arrivals == (1, 0, 1, 0)
    assert story.board.plots.line == (1, 1, 1, 2)


def test_a_day_that_has_not_begun_has_no_course(tell):
    assert tell("2026-11-16 07:00").board.plots.arrivals == ()


def test_no_more_quarters_are_shown_than_a_day_is_long(story):
    story.take("A")
    story.now += (SHOWN_MAX + 3) * 15 * MINUTE

    plots = story.board.plots

    assert len(plots.line) == SHOWN_MAX
    assert set(plots.line) == {1}


@pytest.mark.parametrize("called", [1, 25])
def test_the_board_gives_the_reasons_of_the_last_ten_calls(story, called):
    story.open(1)
    for _ in range(called):
        story.take("A")
        story.serve(1)
        story.finish(1)

    calls = story.board.calls

    assert len(calls) == min(called, 10)
    assert calls[0].number == f"A{called:03}"
    assert calls[0].why.rule == "longest_wait"
    assert (calls[0].counter, calls[0].service) == (1, "A")


def test_a_reason_names_the_numbers_that_were_passed_over(story):
    story.open(3)
    for _ in range(7):
        story.take("A")
    story.take("A", "care")
    story.call(3)

    (call,) = story.board.calls

    assert (call.number, call.why.rule, call.why.passed_over_count) == ("A008", "care_first", 7)
    assert call.passed_over == ("A001", "A002", "A003", "A004", "A005")
    assert call.why.passed_over == ()
