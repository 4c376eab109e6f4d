"""A day to live through, 12: closing.

Issuing stops at 16:45; a phone user steps back once, then is served; cash ends first; leftovers
are told; balancing, signing off; the figures of the day equal the journal.
"""

from collections import Counter

from server.domain.events import CounterClosed, DayClosed, RatingEnded, TicketUnserved
from server.domain.refusals import DayNotOpen, PeopleStillHere, TicketsOver
from shared.protocol import (
    CloseCounter,
    CloseDay,
    PauseCounter,
    ResumeCounter,
    SendMessage,
    SignOffDuty,
    SignOnDuty,
    StepBack,
    TakeTicket,
)
from tests.server.domain.story import like


def test_closing(tell):
    story = tell("2026-11-16 16:30")
    story.given(SignOnDuty, staff="li")
    story.open(1, 3, 7)
    story.take("A")
    assert story.serve(1) == "A001"
    for service in ("A", "A", "L", "L"):
        story.take(service)

    # 16:45: no more tickets; whoever has one is served.
    story.at("16:45")
    tomorrow = story.moment("2026-11-17 08:45")
    story.when(TakeTicket, service="A", by="kiosk").refused(TicketsOver("A", tomorrow))
    assert (story.service("A").status, story.service("A").next_from) == ("over", tomorrow)
    assert story.serve(7) == "L001"

    # A002 is on the way from the car park, and lets one go first.
    story.given(StepBack, visit="A002", places=1, by="customer")
    assert story.ahead("A002") == 1
    story.at("16:46")
    story.finish(1)
    assert story.serve(1) == "A003"
    assert story.ahead("A002") == 0
    story.at("16:48")
    assert story.serve(3) == "A002"

    # Cash ends first. Nobody waits for it and nobody may come: its tellers need not stay.
    story.at("16:55")
    story.finish(1)
    story.finish(3)
    story.given(PauseCounter, counter=1, reason="balancing")
    story.given(PauseCounter, counter=3, reason="balancing")
    story.at("17:05")
    story.given(CloseCounter, counter=1)
    story.given(CloseCounter, counter=3)
    assert {c.id: c.state for c in story.board.counters}[3] == "closed"

    # Wealth takes longer than there is time. L002 is told, and told the next day.
    story.at("17:25")
    assert story.board.day == "2026-11-16"  # the branch waits for its customers
    story.given(
        SendMessage,
        zh="理财业务今日到此为止,请预约。",
        en="Wealth ends here today; please book.",
    )
    assert story.feed(f"TicketView:{story.visit('L002').id}").messages[0].zh.startswith("理财")
    story.finish(7)
    story.when(CloseDay, by="operations_supervisor").refused(PeopleStillHere(1))
    figures = story.board.figures
    assert (figures.issued, figures.done, figures.waiting) == (5, 4, 1)

    # The supervisor closes the day: the one who is left is unserved, never served.
    story.given(SignOffDuty, staff="li")
    story.when(CloseDay, leftovers=True, by="operations_supervisor").then(
        like(RatingEnded, result="panel_offline"),  # of whoever was served last
        TicketUnserved(visit=5),
        CounterClosed(counter=7),
        DayClosed(day="2026-11-16"),
    )
    board = story.board
    assert (board.day, board.next_day_opens) == (None, story.moment("2026-11-17 08:00"))
    assert story.feed(f"TicketView:{story.visit('L002').id}").state == "unserved"
    story.when(TakeTicket, service="A").refused(DayNotOpen())

    # What the board says of the day is what the journal says.
    happened = Counter(type(event).__name__ for event, _ in story.history)
    assert board.figures.issued == happened["TicketTaken"] == 5
    assert board.figures.done == happened["ServiceFinished"] == 4
    assert board.figures.unserved == happened["TicketUnserved"] == 1
    by_counter = {c.id: c.figures.finished for c in board.counters if c.figures.finished}
    assert by_counter == {1: 2, 3: 1, 7: 1}


def test_a_branch_whose_last_customer_has_gone_closes_by_itself(tell):
    story = tell("2026-11-16 16:30")
    story.open(1)
    story.take("A")
    story.serve(1)
    story.at("17:02")
    story.finish(1)
    story.given(PauseCounter, counter=1, reason="balancing")
    story.at("17:20")
    assert story.board.day == "2026-11-16"
    story.given(ResumeCounter, counter=1)
    story.given(CloseCounter, counter=1)

    story.later(seconds=10)

    assert story.board.day is None
    assert story.board.figures.done == 1
