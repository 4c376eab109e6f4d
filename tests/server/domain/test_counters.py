"""The counter itself: open, pause, close, what it serves, and help at it."""

import pytest

from server.domain.commands import NoteTerminal
from server.domain.events import (
    ActionUndone,
    AlertRaised,
    CounterClosed,
    CounterClosing,
    CounterHeard,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    CounterServicesChanged,
    CounterSilent,
    CounterStaffed,
    HelpAsked,
    HelpEnded,
    ServiceFinished,
    ServiceStarted,
    TicketCalled,
    TicketMissed,
    TicketParked,
    TicketReturned,
    TicketTransferred,
)
from server.domain.refusals import (
    CounterAlreadyOpen,
    CounterIsPaused,
    CounterNotOpen,
    CounterNotPaused,
    HelpAlreadyAsked,
    HelpNotAsked,
    LastCareCounter,
    LastCounter,
    TicketInHand,
    UnknownCounter,
    UnknownService,
)
from shared.protocol import (
    AddTransaction,
    AskHelp,
    CallNext,
    CloseAfterThis,
    CloseCounter,
    EndHelp,
    FinishService,
    MarkMissed,
    OpenCounter,
    ParkTicket,
    PauseCounter,
    RecallTicket,
    ResumeCounter,
    ReturnTicket,
    SetCounterServices,
    StartService,
    TransferTicket,
    UndoAction,
)
from tests.server.domain.story import ASKED, like

# --- Opening, pausing, closing -------------------------------------------------------------------


def test_a_counter_opens_with_the_teller_at_it(story):
    story.when(OpenCounter, counter=1).then(CounterOpened(counter=1, staff="teller1"))

    assert story.counter(1).state == "open"
    assert story.counter(1).services == ("A", "F")


def test_a_counter_opened_from_a_board_has_nobody_at_it_until_its_teller_works(story):
    story.when(OpenCounter, counter=4, by="operations_supervisor").then(CounterOpened(counter=4))
    story.take("A")
    nobody = story.feed("CounterView:4").staff

    story.when(CallNext, counter=4).then(
        CounterStaffed(counter=4, staff="teller4"), like(TicketCalled, number="A001", counter=4)
    )

    assert nobody is None
    assert story.feed("CounterView:4").staff == "teller4"


def test_a_counter_is_another_tellers_from_the_first_thing_done_there(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.when(CallNext, counter=1, by="teller:anna").then()  # the same ticket: nothing was done

    story.when(StartService, counter=1, by="teller:anna").then(
        CounterStaffed(counter=1, staff="anna"), ServiceStarted(visit=1, counter=1)
    )
    story.when(FinishService, counter=1, by="teller:anna").then(
        like(ServiceFinished, visit=1), ASKED
    )


def test_a_supervisor_who_steps_in_does_not_sit_at_the_counter(story):
    story.open(1, 2)
    story.when(PauseCounter, counter=1, reason="meal", by="operations_supervisor").then(
        CounterPaused(counter=1, reason="meal")
    )

    story.when(ResumeCounter, counter=1, by="teller:anna").then(
        CounterStaffed(counter=1, staff="anna"), CounterResumed(counter=1)
    )


def test_a_closing_counter_that_another_teller_keeps_open_is_that_tellers(closing):
    closing.when(OpenCounter, counter=1, by="teller:anna").then(
        CounterOpened(counter=1, staff="anna")
    )


def test_an_open_counter_does_not_open_again(story):
    story.open(1)

    story.when(OpenCounter, counter=1).refused(CounterAlreadyOpen(1))
    story.when(OpenCounter, counter=99).refused(UnknownCounter(99))


def test_a_closed_counter_calls_nobody(story):
    story.take("A")

    story.when(CallNext, counter=1).refused(CounterNotOpen(1))


def test_a_pause_has_a_reason_and_calls_nobody(story):
    story.open(1, 2)
    story.take("A")

    story.when(PauseCounter, counter=1, reason="meal").then(CounterPaused(counter=1, reason="meal"))
    story.when(CallNext, counter=1).refused(CounterIsPaused(1))
    story.when(OpenCounter, counter=1).refused(CounterAlreadyOpen(1))
    story.when(PauseCounter, counter=1, reason="away").refused(CounterIsPaused(1))

    story.when(ResumeCounter, counter=1).then(CounterResumed(counter=1))
    assert story.call(1) == "A001"


def test_only_a_paused_counter_resumes(story):
    story.open(1)

    story.when(ResumeCounter, counter=1).refused(CounterNotPaused(1))
    story.when(ResumeCounter, counter=2).refused(CounterNotPaused(2))


def test_a_counter_with_a_ticket_in_hand_neither_pauses_nor_closes(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)

    story.when(PauseCounter, counter=1, reason="meal").refused(TicketInHand("A001"))
    story.when(CloseCounter, counter=1).refused(TicketInHand("A001"))


def test_a_counter_closes_open_or_paused_and_only_then(story):
    story.open(1, 2, 3)
    story.given(PauseCounter, counter=2, reason="balancing")

    story.when(CloseCounter, counter=1).then(CounterClosed(counter=1))
    story.when(CloseCounter, counter=2).then(CounterClosed(counter=2))
    story.when(CloseCounter, counter=1).refused(CounterNotOpen(1))
    assert story.counter(2).pause_reason is None


def test_a_counter_may_open_again_the_same_day_with_its_figures(story):
    story.open(1, 2)
    story.take("A")
    story.serve(1)
    story.finish(1)
    story.given(CloseCounter, counter=1)

    story.open(1)

    assert story.counter(1).figures.finished == 1


# --- Closing after this one ----------------------------------------------------------------------


@pytest.fixture
def closing(story):
    """Counter 1 has called A001 and closes after it."""
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.when(CloseAfterThis, counter=1).then(CounterClosing(counter=1))
    return story


def test_closing_after_this_one_closes_at_once_with_none_in_hand(story):
    story.open(1, 2)

    story.when(CloseAfterThis, counter=1).then(CounterClosed(counter=1))
    story.when(CloseAfterThis, counter=1).refused(CounterNotOpen(1))


def test_closing_after_this_one_does_not_strand_a_called_ticket(closing):
    closing.given(StartService, counter=1)

    closing.when(FinishService, counter=1).then(
        ServiceFinished(visit=1, counter=1, outcome="done"), ASKED, CounterClosed(counter=1)
    )


def test_a_closing_counter_closes_after_a_return(closing):
    closing.when(ReturnTicket, counter=1).then(
        TicketReturned(visit=1, counter=1), CounterClosed(counter=1)
    )
    assert closing.line(2) == ["A001"]


def test_a_closing_counter_closes_after_a_transfer(closing):
    closing.when(TransferTicket, counter=1, service="L").then(
        like(TicketTransferred, service="L"), CounterClosed(counter=1)
    )


def test_a_closing_counter_closes_after_parking(closing):
    closing.when(ParkTicket, counter=1, reason="form").then(
        like(TicketParked, reason="form"), CounterClosed(counter=1)
    )


def test_a_closing_counter_closes_after_a_miss(closing):
    for _ in range(2):
        closing.later(seconds=10)
        closing.given(RecallTicket, counter=1)
    closing.later(seconds=10)

    closing.when(MarkMissed, counter=1).then(
        TicketMissed(visit=1, counter=1), CounterClosed(counter=1)
    )


def test_a_closing_counter_closes_when_its_call_runs_out(closing):
    closing.later(minutes=5)

    assert closing.state("A001") == "missed"
    assert closing.counter(1).state == "closed"


def test_a_closing_counter_closes_when_its_call_is_undone(closing):
    closing.when(UndoAction, counter=1).then(
        like(ActionUndone, counter=1, undone="TicketCalled"), CounterClosed(counter=1)
    )
    assert closing.line(2) == ["A001"]


def test_a_closing_counter_goes_on_to_the_next_service_of_the_same_visit(closing):
    closing.given(StartService, counter=1)
    closing.given(AddTransaction, counter=1, service="F")
    closing.finish(1)

    assert closing.counter(1).state == "open"
    closing.finish(1)
    assert closing.counter(1).state == "closed"


def test_a_closing_counter_closes_when_the_visit_goes_on_elsewhere(closing):
    closing.given(StartService, counter=1)
    closing.given(AddTransaction, counter=1, service="L")

    closing.when(FinishService, counter=1).then(
        like(TicketTransferred, service="L", outcome="done"), ASKED, CounterClosed(counter=1)
    )


def test_a_closing_counter_that_sends_its_ticket_to_itself_strands_nobody(closing):
    closing.given(TransferTicket, counter=1, service="F", to_counter=1)

    assert closing.counter(1).state == "closed"
    assert closing.line(2) == ["A001"]


def test_a_closing_counter_stays_open_after_all(closing):
    closing.when(OpenCounter, counter=1, by="operations_supervisor").then(
        CounterOpened(counter=1, staff="teller1")  # the supervisor does not sit there
    )
    closing.given(StartService, counter=1)
    closing.finish(1)

    assert closing.counter(1).state == "open"


def test_a_closing_counter_calls_its_ticket_again_and_nobody_else(closing):
    closing.take("A")
    closing.later(seconds=10)
    closing.given(CallNext, counter=1)

    assert closing.counter(1).visit == 1
    assert closing.visit("A001").calls == 2


# --- The last counter ----------------------------------------------------------------------------


def test_the_last_cash_counter_does_not_pause_for_lunch(story):
    story.open(1, 5)  # 5 serves no cash

    story.when(PauseCounter, counter=1, reason="meal").refused(LastCounter("A"))
    story.when(CloseCounter, counter=1).refused(LastCounter("A"))
    story.when(CloseAfterThis, counter=1).refused(LastCounter("A"))

    story.open(2)
    story.given(PauseCounter, counter=1, reason="meal")
    story.when(PauseCounter, counter=2, reason="meal").refused(LastCounter("A"))


def test_a_counter_that_closes_after_its_ticket_is_not_counted_on(story):
    story.open(1, 2)
    story.take("A")
    story.call(2)
    story.given(CloseAfterThis, counter=2)

    story.when(PauseCounter, counter=1, reason="meal").refused(LastCounter("A"))


@pytest.mark.parametrize("role", ["operations_supervisor", "branch_head"])
def test_the_supervisor_may_pause_and_close_the_last_cash_counter(story, role):
    story.open(1)

    story.when(PauseCounter, counter=1, reason="cash_transfer", by=role).then(
        CounterPaused(counter=1, reason="cash_transfer")
    )


def test_a_counter_the_supervisor_has_paused_may_be_closed_by_its_teller(story):
    story.open(1)
    story.given(PauseCounter, counter=1, reason="away", by="operations_supervisor")

    story.when(CloseCounter, counter=1).then(CounterClosed(counter=1))


def test_the_last_care_counter_stays(story):
    story.open(1, 3)

    story.when(CloseCounter, counter=3).refused(LastCareCounter(3))


def test_one_of_two_care_counters_may_close(tell):
    story = tell(counters={1: {"care_first": True}})
    story.open(1, 3)

    story.when(CloseCounter, counter=3).then(CounterClosed(counter=3))


def test_the_last_counter_closes_when_nobody_may_come_and_nobody_waits(tell):
    story = tell("2026-11-16 16:40")
    story.open(3)
    story.take("A", "care")
    story.at("16:45")
    story.when(CloseCounter, counter=3).refused(LastCounter("A"))
    story.serve(3)
    story.finish(3)

    story.when(CloseCounter, counter=3).then(CounterClosed(counter=3))


def test_the_last_care_counter_stays_while_anybody_of_the_care_lane_waits(tell):
    story = tell("2026-11-16 16:40", services={"A": {"keep_open": False}})
    story.open(3, 7)
    story.take("L", "care")
    story.at("16:50")
    story.when(CloseCounter, counter=3).refused(LastCareCounter(3))
    story.serve(7)

    story.when(CloseCounter, counter=3).then(CounterClosed(counter=3))


def test_a_service_without_hours_today_keeps_no_counter(tell):
    story = tell("2026-11-21 10:00", services={"Q": {"keep_open": True}})
    story.open(6)

    story.when(CloseCounter, counter=6).then(CounterClosed(counter=6))


# --- What a counter serves -----------------------------------------------------------------------


def test_the_supervisor_gives_a_counter_another_service_for_the_day(story):
    story.open(6)
    story.take("F")
    assert story.line(6) == []

    story.when(SetCounterServices, counter=6, services=("Q", "F", "Q"), reason="peak").then(
        CounterServicesChanged(counter=6, services=("Q", "F"), reason="peak")
    )

    assert story.call(6) == "F001"
    story.when(SetCounterServices, counter=6, services=("X",), reason="peak").refused(
        UnknownService("X")
    )


def test_what_a_counter_serves_today_ends_with_the_day(story):
    story.given(SetCounterServices, counter=6, services=("F",), reason="peak")

    story.at("2026-11-17 09:00")

    assert story.counter(6).services == ("Q",)


# --- Help at the counter -------------------------------------------------------------------------


def test_authorisation_is_an_alert_to_the_lobby_with_a_time_of_its_own(story):
    story.open(1)
    story.take("A")
    story.serve(1)

    story.when(AskHelp, counter=1, kind="authorise").then(
        HelpAsked(counter=1, kind="authorise"),
        AlertRaised(alert=1, kind="counter_help", counter=1, visit=1),
    )

    view = story.feed("CounterView:1")
    assert (view.help, view.help_since) == ("authorise", story.now)
    assert story.alert("counter_help").number == "A001"


def test_the_alert_ceases_when_help_was_given(story):
    story.open(1)
    story.given(AskHelp, counter=1, kind="assist")

    story.when(EndHelp, counter=1).then(HelpEnded(counter=1))

    story.later(seconds=10)
    assert story.alerts() == []


def test_help_is_asked_once_and_ended_once(story):
    story.open(1)
    story.when(EndHelp, counter=1).refused(HelpNotAsked(1))
    story.given(AskHelp, counter=1, kind="assist")

    story.when(AskHelp, counter=1, kind="authorise").refused(HelpAlreadyAsked(1))


def test_help_asked_again_at_once_is_one_alert_not_two(story):
    story.open(1)
    story.given(AskHelp, counter=1, kind="assist")
    story.later(seconds=2)
    story.given(EndHelp, counter=1)
    story.given(AskHelp, counter=1, kind="authorise")

    story.later(seconds=10)

    assert story.alerts() == ["counter_help"]
    assert story.alert("counter_help").at == story.counter(1).help_since


def test_a_counter_that_closes_wants_no_help_any_more(story):
    story.open(1, 2)
    story.given(AskHelp, counter=1, kind="assist")
    story.given(CloseCounter, counter=1)

    story.later(seconds=10)

    assert story.counter(1).help is None
    assert story.alerts() == []


# --- Terminals -----------------------------------------------------------------------------------


def test_a_terminal_that_goes_and_comes_back_is_noted_once_each_way(story):
    story.when(NoteTerminal, counter=1, silent=True).then(CounterSilent(counter=1))
    story.when(NoteTerminal, counter=1, silent=True).then()
    assert story.board.counters[0].silent_since == story.now

    story.when(NoteTerminal, counter=1, silent=False).then(CounterHeard(counter=1))
    story.when(NoteTerminal, counter=1, silent=False).then()
    assert story.board.counters[0].silent_since is None


def test_a_terminal_of_no_counter_here_is_nothing(story):
    story.when(NoteTerminal, counter=99, silent=True).then()


def test_a_silent_terminal_is_still_silent_on_the_next_day(story):
    story.given(NoteTerminal, counter=1, silent=True)

    story.at("2026-11-17 09:00")

    assert story.board.counters[0].silent_since is not None
