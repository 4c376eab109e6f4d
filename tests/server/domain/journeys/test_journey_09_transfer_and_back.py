"""A day to live through, 9: transfer and back.

Cash, then wealth, then back to the same teller; a loan question is the lobby manager's until it
is closed; asked how it was once for each teller. (Notes are told elsewhere.)
"""

from server.domain.events import AlertClosed, RatingAsked, ServiceFinished, TicketTransferred
from server.domain.refusals import NobodyWaiting
from shared.protocol import (
    CallNext,
    CloseAlert,
    FinishService,
    RequestHelp,
    TransferTicket,
)
from tests.server.domain.story import MINUTE, like


def test_transfer_and_back(story):
    story.open(1, 2, 7)
    story.take("A")
    story.at("09:04")
    story.serve(1)
    story.at("09:05")
    story.take("L")  # somebody else is waiting for wealth

    # The teller sends the customer to wealth, and wants her back.
    story.at("09:08")
    story.when(TransferTicket, counter=1, service="L", back_to_me=True).then(
        TicketTransferred(
            visit=1,
            counter=1,
            service="L",
            outcome="transferred",
            position="arrival",
            back_to=(1,),
        )
    )
    page = story.feed("TicketView:1")
    assert (page.number, page.state, page.service, page.people_ahead) == ("A001", "waiting", "L", 0)

    # She keeps her arrival: before L001, who came later.
    assert story.serve(7) == "A001"
    assert story.visit("A001").why.waited_ms == 8 * MINUTE
    story.at("09:20")
    story.take("A")
    story.take("A", "care")

    # A question about a loan comes up: it is the lobby manager's until it is closed.
    story.given(RequestHelp, wanted="help", visit="A001", by="teller", station="counter-7")
    question = story.alert("help_wanted")
    assert (question.number, question.station) == ("A001", "counter-7")

    # Wealth has finished: first of all back to counter 1, and to no other.
    story.at("09:33")
    story.when(FinishService, counter=7).then(
        like(TicketTransferred, service="A", outcome="done", position="front", only_counter=1),
        like(RatingAsked, visit=1, counter=7, staff="teller7"),
    )
    assert story.line(1)[0] == "A001"
    assert "A001" not in story.line(2)
    assert story.serve(1) == "A001"
    assert story.visit("A001").why.rule == "promoted"
    story.at("09:36")
    story.when(FinishService, counter=1).then(
        ServiceFinished(visit=1, counter=1, outcome="done"),
        like(RatingAsked, visit=1, counter=1, staff="teller1"),
    )

    # One visit, one number, three services, each with its own counter, wait and time.
    cash, wealth, cash_again = story.visit("A001").transactions
    assert [(t.service, t.counter, t.outcome) for t in (cash, wealth, cash_again)] == [
        ("A", 1, "transferred"), ("L", 7, "done"), ("A", 1, "done"),
    ]  # fmt: skip
    assert [t.called_at - t.queued_at for t in (cash, wealth, cash_again)] == [4 * MINUTE, 0, 0]
    assert [t.served_ms for t in (cash, wealth, cash_again)] == [
        4 * MINUTE, 25 * MINUTE, 3 * MINUTE,
    ]  # fmt: skip
    assert (story.counter(1).figures.finished, story.counter(7).figures.finished) == (1, 1)
    assert story.board.figures.done == 1

    # The question outlives the visit, until somebody has answered it.
    story.at("10:00")
    assert "help_wanted" in story.alerts()
    story.when(CloseAlert, alert=question.id, outcome="solved").then(
        AlertClosed(alert=question.id, outcome="solved")
    )
    assert "help_wanted" not in story.alerts()


def test_the_others_of_counter_one_are_not_forgotten_meanwhile(story):
    story.open(1, 7)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L", back_to_me=True)

    story.when(CallNext, counter=1).refused(NobodyWaiting())
    story.take("A")
    assert story.serve(1) == "A002"
    story.serve(7)
    story.finish(7)
    story.finish(1)
    assert story.call(1) == "A001"
