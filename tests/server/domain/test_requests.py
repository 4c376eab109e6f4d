"""Whoever takes a request up first owns it, until it is closed or passed on by name."""

import pytest

from server.domain.events import AlertClosed, RequestClosed, RequestEscalated, RequestTakenUp
from server.domain.refusals import (
    NotItsOwner,
    OwnerAlready,
    RequestHasOwner,
    TooManyRequests,
    UnknownAlert,
    UnknownRequest,
)
from shared.protocol import (
    AskHelp,
    CloseAlert,
    CloseDay,
    CloseRequest,
    EscalateRequest,
    RequestHelp,
    SignOnDuty,
    TakeUpRequest,
    TransferTicket,
)
from tests.server.domain.story import like

ZHAO = {"by": "lobby_assistant"}
ANNA = {"by": "teller:anna"}
LI = {"by": "lobby_manager"}


@pytest.fixture
def wanted(story):
    """A001 has asked for help by phone; the alert."""
    story.take("A")
    story.given(RequestHelp, visit="A001", by="customer")
    return story.alert("help_wanted").id


def owners(story):
    """Who owns what is open."""
    return [request.owner for request in story.board.requests]


def test_whoever_takes_up_an_alert_first_owns_the_request(story, wanted):
    story.when(TakeUpRequest, alert=wanted, **ZHAO).then(
        RequestTakenUp(
            request=1, kind="help_wanted", owner="zhao", alert=wanted, visit=1, number="A001"
        )
    )

    story.when(TakeUpRequest, alert=wanted, **LI).refused(RequestHasOwner("zhao"))
    (request,) = story.board.requests
    assert (request.owner, request.number, request.at) == ("zhao", "A001", story.now)
    assert "help_wanted" in story.alerts()  # as long as nothing came of it


def test_only_what_a_customer_has_asked_for_can_be_taken_up(story):
    story.open(1)
    story.given(AskHelp, counter=1, kind="assist")
    counter_help = story.alert("counter_help").id

    story.when(TakeUpRequest, alert=counter_help, **ZHAO).refused(UnknownAlert(counter_help))
    story.when(TakeUpRequest, alert=99, **ZHAO).refused(UnknownAlert(99))


def test_a_teller_owns_what_was_asked_at_the_counter_wherever_the_customer_goes(story):
    story.open(1, 7)
    story.take("A")
    story.serve(1)

    story.when(TakeUpRequest, visit="A001", service="L", by="teller", station="counter-1").then(
        RequestTakenUp(
            request=1, kind="question", owner="teller1", visit=1, number="A001", service="L"
        )
    )
    story.given(TransferTicket, counter=1, service="L")
    story.serve(7)

    assert [r.owner for r in story.feed("CounterView:7").requests] == ["teller1"]
    assert [r.service for r in story.feed("CounterView:1").requests] == ["L"]
    story.finish(7)
    assert story.feed("CounterView:7").requests == ()
    assert [r.owner for r in story.feed("CounterView:1").requests] == ["teller1"]


def test_a_request_needs_no_visit(story):
    story.when(TakeUpRequest, kind="complaint", **ZHAO).then(
        RequestTakenUp(request=1, kind="complaint", owner="zhao")
    )


def test_escalation_names_the_next_owner(story, wanted):
    story.given(TakeUpRequest, alert=wanted, **ZHAO)
    story.later(minutes=5)

    story.when(EscalateRequest, request=1, to="li", **ZHAO).then(
        RequestEscalated(request=1, owner="zhao", to="li")
    )

    (request,) = story.board.requests
    assert (request.owner, request.escalated_at) == ("li", story.now)
    story.when(EscalateRequest, request=1, to="li", **LI).refused(OwnerAlready("li"))


def test_a_request_is_its_owners_or_of_whoever_steers_the_lobby(story, wanted):
    story.given(TakeUpRequest, alert=wanted, **ZHAO)

    story.when(CloseRequest, request=1, outcome="solved", **ANNA).refused(NotItsOwner("zhao"))
    story.when(EscalateRequest, request=1, to="li", **ANNA).refused(NotItsOwner("zhao"))
    story.when(EscalateRequest, request=1, to="sun", **LI).then(like(RequestEscalated, to="sun"))


def test_it_closes_with_an_outcome_and_the_alert_with_it(story, wanted):
    story.given(TakeUpRequest, alert=wanted, **ZHAO)

    story.when(CloseRequest, request=1, outcome="solved", **ZHAO).then(
        RequestClosed(request=1, owner="zhao", outcome="solved"),
        AlertClosed(alert=wanted, outcome="solved"),
    )

    assert owners(story) == []
    assert story.alerts() == []
    story.when(CloseRequest, request=1, outcome="solved", **ZHAO).refused(UnknownRequest(1))


def test_whoever_closes_the_alert_closes_the_request(story, wanted):
    story.given(TakeUpRequest, kind="complaint", **ZHAO)
    story.given(TakeUpRequest, alert=wanted, **ZHAO)

    story.when(CloseAlert, alert=wanted, outcome="referred_up").then(
        AlertClosed(alert=wanted, outcome="referred_up"),
        RequestClosed(request=2, owner="zhao", outcome="referred_up"),
    )
    assert owners(story) == ["zhao"]


def test_a_request_outlives_the_day_and_its_alert(story, wanted):
    story.given(TakeUpRequest, alert=wanted, **ZHAO)
    story.given(CloseDay, leftovers=True)
    story.at("2026-11-17 08:30")
    story.given(SignOnDuty, staff="li")
    story.at("2026-11-17 09:00")
    assert owners(story) == ["zhao"]
    assert story.board.requests[0].number == "A001"
    story.take("A")
    story.given(RequestHelp, visit="A001", by="customer")
    assert story.alert("help_wanted").id == wanted  # the same id, another day
    story.open(1)

    story.given(TakeUpRequest, alert=wanted, **LI)
    story.when(CloseRequest, request=1, outcome="solved", **ZHAO).then(
        RequestClosed(request=1, owner="zhao", outcome="solved")
    )
    assert owners(story) == ["li"]


def test_open_requests_are_bounded(tell):
    story = tell(limits={"requests_max": 1})
    story.given(TakeUpRequest, kind="complaint", **ZHAO)

    story.when(TakeUpRequest, kind="complaint", **ZHAO).refused(TooManyRequests(1))


def test_a_closed_alert_is_not_taken_up_any_more(story, wanted):
    story.given(CloseAlert, alert=wanted, outcome="solved")

    story.when(TakeUpRequest, alert=wanted, **ZHAO).refused(UnknownAlert(wanted))


def test_what_was_taken_up_on_another_day_is_no_stumbling_block_where_this_one_is_told_alone(story):
    story.happen(RequestEscalated(request=9, owner="zhao", to="li"))
    story.happen(RequestClosed(request=9, owner="li", outcome="solved"))

    assert owners(story) == []
