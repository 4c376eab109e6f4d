"""Numbers taken before coming: their place, their share of the line, checking in, not coming."""

import pytest

from server.domain.events import (
    CustomerArrived,
    CustomerNotCome,
    TicketCalled,
    TicketTaken,
    TicketUnserved,
    TurnCame,
)
from server.domain.refusals import HereAlready, NotRemote, RemoteShareFull, TicketsOver
from shared.protocol import (
    CallNext,
    CallNumber,
    CheckIn,
    CloseDay,
    ReassignTicket,
    StepBack,
    TakeRemoteTicket,
)
from tests.server.domain.story import MINUTE, like

REMOTE = {"A": {"remote": True}}


@pytest.fixture
def story(tell):
    return tell(services=REMOTE)


def take(story, service="A"):
    """Somebody far away took a number; the number."""
    (taken,) = story.given(TakeRemoteTicket, service=service, by="visitor")
    return taken.number


def arrive(story, number, **fields):
    story.given(CheckIn, visit=story.visit(number).id, by="kiosk", **fields)


def happened(story, kind):
    return [event for event, _ in story.history if isinstance(event, kind)]


# --- Taking --------------------------------------------------------------------------------------


def test_a_number_from_afar_is_one_like_any_but_that_nobody_is_there(story):
    story.take("A")

    story.when(TakeRemoteTicket, service="A", by="visitor").then(
        like(TicketTaken, number="A002", service="A", lanes=("ordinary",), absent=True)
    )

    assert story.visit("A002").absent
    assert story.ahead("A002") == 1


def test_a_service_that_does_not_allow_it_gives_numbers_in_the_branch_only(story):
    story.when(TakeRemoteTicket, service="F", by="visitor").refused(NotRemote("F"))


def test_nobody_takes_one_outside_the_ticket_window(story):
    story.at("16:50")

    outcome = story.when(TakeRemoteTicket, service="A", by="visitor")

    assert isinstance(outcome.refusal, TicketsOver)
    outcome.refused(outcome.refusal)


def test_one_may_always_be_on_the_way_and_else_a_quarter_of_the_line(story):
    take(story)
    story.when(TakeRemoteTicket, service="A", by="visitor").refused(RemoteShareFull("A"))

    for _ in range(6):
        story.take("A")  # with the next one there are eight: two of them may be on the way

    assert take(story) == "A008"
    story.when(TakeRemoteTicket, service="A", by="visitor").refused(RemoteShareFull("A"))


def test_whoever_has_come_makes_room_for_the_next(story):
    first = take(story)
    assert not story.feed("KioskView").services[0].remote

    arrive(story, first)

    assert story.feed("KioskView").services[0].remote
    assert take(story) == "A002"


# --- Coming --------------------------------------------------------------------------------------


def test_who_is_not_here_is_not_called_and_keeps_the_place(story):
    story.open(1)
    afar = take(story)
    story.later(minutes=1)
    story.take("A")
    story.take("A")

    assert story.call(1) == "A002"
    arrive(story, afar)

    assert story.line(1) == ["A001", "A003"]


def test_checking_in_is_noted_and_can_be_done_once(story):
    afar = take(story)

    story.when(CheckIn, visit=afar, by="kiosk").then(CustomerArrived(visit=1, number="A001"))
    story.when(CheckIn, visit=afar, by="kiosk").refused(HereAlready("A001"))


def test_a_number_from_the_kiosk_needs_no_checking_in(story):
    story.when(CheckIn, visit=story.take("A"), by="kiosk").refused(HereAlready("A001"))


def test_whoever_wants_care_says_so_on_arrival(story):
    afar = take(story)

    arrive(story, afar, lanes=("care",))

    assert story.visit(afar).lanes == ("care",)


def test_the_wait_that_is_counted_begins_on_arrival(story):
    afar = take(story)
    story.later(minutes=20)
    assert story.feed("BoardView").line[0].due_at is None

    arrive(story, afar)

    assert story.visit(afar).transaction.queued_at == story.now
    assert story.visit(afar).waiting_since < story.now


def test_a_teller_who_calls_the_number_has_seen_who_stands_there(story):
    story.open(1)
    afar = take(story)

    story.given(CallNumber, counter=1, number=afar, reason="agreed_with_customer")

    assert not story.visit(afar).absent


# --- Not coming ----------------------------------------------------------------------------------


def test_when_its_turn_comes_the_place_is_kept_for_ten_minutes(story):
    story.open(1)
    for _ in range(3):
        story.take("A")
    afar = take(story)
    story.call(1)
    story.later(minutes=40)
    story.open(2, 3)
    story.call(2)
    assert story.visit(afar).turn_until is None

    story.call(3)
    story.later(seconds=10)

    (turn,) = happened(story, TurnCame)
    assert turn.visit == 4
    assert story.feed("TicketView:4").arrive_by == turn.until
    story.later(minutes=9)
    assert story.state(afar) == "waiting"
    story.later(minutes=1, seconds=10)
    assert story.state(afar) == "given_up"
    assert [event.visit for event in happened(story, CustomerNotCome)] == [4]


def test_nobodys_place_is_given_up_before_they_could_have_come(story):
    story.open(1)
    afar = take(story)
    taken_at = story.now

    story.later(seconds=10)

    (turn,) = happened(story, TurnCame)
    assert turn.until == taken_at + 30 * MINUTE
    story.later(minutes=29)
    assert story.feed("TicketView:1").absent
    story.later(minutes=1)
    assert story.state(afar) == "given_up"


def test_its_turn_does_not_come_while_nobody_could_call_it(story):
    take(story)
    story.later(minutes=30)
    assert happened(story, TurnCame) == []

    story.open(7)  # for wealth and loans
    story.later(minutes=5)
    assert happened(story, TurnCame) == []


def test_before_the_opening_nobodys_turn_comes(tell):
    story = tell("2026-11-16 08:45", services=REMOTE)
    story.open(1)
    take(story)

    story.at("08:59")
    assert happened(story, TurnCame) == []
    story.at("09:00:10")
    assert len(happened(story, TurnCame)) == 1


def test_whoever_lets_others_go_first_has_no_turn_so_long(story):
    story.open(1)
    afar = take(story)

    story.given(StepBack, visit=afar, minutes=20, by="customer")
    story.later(minutes=19)
    assert happened(story, TurnCame) == []
    story.later(minutes=2)
    assert len(happened(story, TurnCame)) == 1


def test_a_server_that_was_away_keeps_the_place_for_ten_minutes_more(story):
    story.open(1)
    afar = take(story)
    story.later(seconds=10)

    story.away_until("09:40")
    assert story.state(afar) == "waiting"
    story.at("09:50")
    assert story.state(afar) == "given_up"


def test_whoever_has_not_come_when_the_service_closes_will_not(story):
    story.at("16:40")
    afar = take(story)

    story.at("17:00")

    assert story.state(afar) == "given_up"


def test_one_who_was_moved_to_a_service_without_hours_goes_with_the_day(tell):
    story = tell("2026-11-21 09:30", services=REMOTE)  # a Saturday: no wealth and loans
    story.open(7)
    afar = take(story)
    story.given(ReassignTicket, visit=afar, service="L", reason="mistake")
    story.later(minutes=5)
    assert story.state(afar) == "waiting"

    story.given(CloseDay, leftovers=True)

    assert happened(story, TicketUnserved) == []
    assert len(happened(story, CustomerNotCome)) == 1


def test_those_who_are_here_go_on_meanwhile(story):
    story.open(1)
    take(story)
    story.take("A")

    story.when(CallNext, counter=1).then(like(TicketCalled, number="A002"))
