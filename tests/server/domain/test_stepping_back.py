"""Stepping back: letting others go first, coming back later, and being ready again sooner."""

from server.domain.events import StepBackEnded, TicketCalled, TicketSteppedBack
from server.domain.refusals import (
    NotSteppedBack,
    PlacesOrMinutes,
    StepBackTooFar,
    StepBackTooOften,
    TicketNotWaiting,
)
from shared.protocol import (
    CallNext,
    EndStepBack,
    LeaveLine,
    ReinstateTicket,
    StepBack,
    StepBackShown,
)
from tests.server.domain.story import MINUTE, like


def three_waiting(story):
    """A001, A002 and A003, a minute apart, and counter 1 open."""
    story.open(1)
    for _ in range(3):
        story.take("A")
        story.later(minutes=1)


def test_a_customer_lets_some_others_go_first(story):
    three_waiting(story)

    story.when(StepBack, visit="A001", places=1).then(
        TicketSteppedBack(visit=1, places=1, until=story.now + 15 * MINUTE, strict=False)
    )

    assert story.ahead("A001") == 1
    assert [story.call(1), story.ahead("A001")] == ["A002", 0]
    story.given(LeaveLine, visit="A002")
    assert story.call(1) == "A001"  # one has gone first, and it has waited longer than A003


def test_others_of_another_service_do_not_count_as_gone_first(story):
    three_waiting(story)
    story.open(5)
    story.take("F")
    story.given(StepBack, visit="A001", places=1)

    story.call(5)  # F001

    assert story.line(1) == ["A002", "A003", "A001"]


def test_who_stands_back_is_called_when_nobody_else_is_there(story):
    story.open(1)
    story.take("A")
    story.given(StepBack, visit="A001", places=5)

    story.when(CallNext, counter=1).then(like(TicketCalled, number="A001"))
    assert story.visit("A001").why.rule == "nobody_else"


def test_who_stands_back_does_so_for_some_minutes_at_most(story):
    three_waiting(story)
    story.given(StepBack, visit="A001", places=2)

    story.later(minutes=14, seconds=59)
    assert story.line(1) == ["A002", "A003", "A001"]
    story.later(seconds=1)
    assert story.line(1) == ["A001", "A002", "A003"]


def test_a_customer_who_named_a_time_is_not_called_before_it_even_by_an_idle_counter(story):
    story.open(1)
    story.take("A")

    story.when(StepBack, visit="A001", minutes=20).then(
        TicketSteppedBack(visit=1, places=0, until=story.now + 20 * MINUTE, strict=True)
    )

    story.later(minutes=19, seconds=59)
    assert story.line(1) == []
    story.later(seconds=1)
    assert story.line(1) == ["A001"]


def test_a_step_back_is_by_places_or_by_minutes(story):
    story.take("A")

    story.when(StepBack, visit="A001").refused(PlacesOrMinutes())
    story.when(StepBack, visit="A001", places=1, minutes=1).refused(PlacesOrMinutes())


def test_a_step_back_has_its_limits(story):
    story.take("A")

    story.when(StepBack, visit="A001", places=11).refused(StepBackTooFar(10, 60))
    story.when(StepBack, visit="A001", minutes=61).refused(StepBackTooFar(10, 60))
    for _ in range(3):
        story.given(StepBack, visit="A001", places=1)
    story.when(StepBack, visit="A001", places=1).refused(StepBackTooOften(3))


def test_only_a_waiting_customer_steps_back(story):
    story.open(1)
    story.take("A")
    story.call(1)

    story.when(StepBack, visit="A001", places=1).refused(TicketNotWaiting("A001", "called"))


# --- Ready again ---------------------------------------------------------------------------------


def test_who_is_ready_again_has_the_place_of_before(story):
    three_waiting(story)
    story.given(StepBack, visit="A001", places=2)
    story.later(minutes=2)

    story.when(EndStepBack, visit="A001").then(StepBackEnded(visit=1))

    assert story.line(1) == ["A001", "A002", "A003"]
    assert story.ahead("A001") == 0


def test_a_slip_does_not_count(story):
    story.take("A")
    for _ in range(5):
        story.given(StepBack, visit="A001", minutes=60)
        story.later(seconds=60)
        story.when(EndStepBack, visit="A001").then(StepBackEnded(visit=1, slip=True))

    assert story.visit("A001").step_backs == 0


def test_who_thinks_better_of_it_later_has_stepped_back(story):
    story.take("A")
    for _ in range(3):
        story.given(StepBack, visit="A001", minutes=60)
        story.later(seconds=61)
        story.given(EndStepBack, visit="A001")

    story.when(StepBack, visit="A001", places=1).refused(StepBackTooOften(3))


def test_a_place_given_away_meanwhile_is_not_counted_as_a_new_step_back(story):
    three_waiting(story)
    story.given(StepBack, visit="A001", places=2)

    story.call(1)
    story.later(seconds=59)

    story.when(EndStepBack, visit="A001").then(StepBackEnded(visit=1, slip=True))


def test_only_who_stands_back_by_own_choice_can_end_it(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.when(EndStepBack, visit="A001").refused(NotSteppedBack("A001"))

    story.call(1)
    story.miss(1)
    story.given(ReinstateTicket, visit="A001")
    story.when(EndStepBack, visit="A001").refused(NotSteppedBack("A001"))

    story.given(StepBack, visit="A002", minutes=5)
    story.later(minutes=5)
    story.when(EndStepBack, visit="A002").refused(NotSteppedBack("A002"))


def test_the_ticket_page_says_how_one_may_step_back(story):
    story.open(1)
    story.take("A")
    assert story.feed("TicketView:1").step_back == StepBackShown(
        left=3, places_max=10, minutes_max=60
    )

    story.given(StepBack, visit="A001", places=2)
    assert story.feed("TicketView:1").step_back == StepBackShown(
        left=2, places_max=10, minutes_max=60, can_end=True
    )

    story.call(1)
    assert story.feed("TicketView:1").step_back is None
