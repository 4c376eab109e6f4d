"""A day to live through, 1: the rush of 08:45.

Thirty tickets before the opening; waits count from 09:00; a duty handover at 08:55 leaves no gap.
"""

from server.domain.refusals import NobodyWaiting, TooEarlyForTickets
from shared.protocol import CallNext, HandOverDuty, SignOnDuty, TakeTicket
from tests.server.domain.story import MINUTE


def test_the_rush_of_a_quarter_to_nine(tell):
    story = tell("2026-11-16 08:00")
    story.at("08:30")
    story.given(SignOnDuty, staff="zhao")
    story.open(1, 2, 3, 5, 6)

    # People stand at the kiosk, but no ticket is given yet.
    story.at("08:44")
    assert story.service("A").status == "too_early"
    story.when(TakeTicket, service="A", by="kiosk").refused(
        TooEarlyForTickets("A", story.moment("08:45"))
    )

    # Thirty come within ten minutes: cash mostly, cards, business; two of them with care.
    story.at("08:45")
    for n in range(20):
        story.take("A", *(["care"] if n in (7, 15) else []), by="kiosk")
        story.later(seconds=20)
    for service in "FFFFFFQQQQ":
        story.take(service, by="kiosk")
        story.later(seconds=10)

    # The duty changes hands in the middle of it.
    story.at("08:55")
    story.given(HandOverDuty, staff="zhao", to="li")
    assert [(d.staff, d.since) for d in story.board.duty] == [("li", story.now)]

    # Nine o'clock: the whole line is on the board, and nobody has waited yet.
    story.at("09:00")
    board = story.board
    assert (board.line_count, board.figures.issued) == (30, 30)
    assert {ticket.waiting_since for ticket in board.line} == {story.moment("09:00")}
    assert min(ticket.taken_at for ticket in board.line) == story.moment("08:45")
    assert [alert.kind for alert in board.alerts] == ["long_line", "elastic_suggested"]
    assert story.service("A").waiting == 20

    # Those with care have their head start, the others come as they took their numbers.
    assert [story.serve(counter) for counter in (3, 1, 2, 5, 6)] == [
        "A008", "A016", "A001", "F001", "Q001",
    ]  # fmt: skip
    assert story.visit("A008").why.waited_ms == 0
    assert [call.number for call in story.display.calls][::-1] == [
        "A008", "A016", "A001", "F001", "Q001",
    ]  # fmt: skip
    assert story.ahead("A002") == 0
    assert story.ahead("A020") == 16  # of the 17 that wait for cash

    # Six minutes later the next ones have waited six minutes, not twenty.
    story.at("09:06")
    story.finish(1)
    assert story.serve(1) == "A002"
    assert story.visit("A002").why.rule == "longest_wait"
    assert story.visit("A002").why.waited_ms == 6 * MINUTE

    # Nobody waited too long, the lobby was never without somebody, and nothing rang twice.
    story.at("09:20")
    assert story.alerts() == ["long_line", "elastic_suggested"]
    story.later(seconds=10)
    assert "long_wait" in story.alerts()
    raised = [e.kind for e, _ in story.history if type(e).__name__ == "AlertRaised"]
    assert "duty_uncovered" not in raised
    assert sorted(raised) == [
        "elastic_suggested",
        "long_line",
        "long_wait",
        "long_wait",
        "long_wait",
    ]


def test_a_counter_that_is_early_may_call_before_the_opening(tell):
    story = tell("2026-11-16 08:45")
    story.open(1)
    story.when(CallNext, counter=1).refused(NobodyWaiting())
    story.take("A")

    assert story.call(1) == "A001"
