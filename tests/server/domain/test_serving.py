"""At the counter: calling a ticket, serving it, letting it go, and taking an action back."""

import pytest

from server.domain.commands import Configure
from server.domain.events import (
    ActionUndone,
    AlertRaised,
    ParkEnded,
    RatingAsked,
    RatingWithdrawn,
    ServiceFinished,
    ServiceStarted,
    TicketCalled,
    TicketMissed,
    TicketParked,
    TicketRecalled,
    TicketReinstated,
    TicketReturned,
    TicketTransferred,
    TransactionAdded,
    TransactionFinished,
)
from server.domain.refusals import (
    CounterNotOpen,
    NobodyWaiting,
    NothingToUndo,
    NoTicketInHand,
    NowhereToSend,
    PapersNotNamed,
    ParkedElsewhere,
    RecallTooSoon,
    SameService,
    TicketChangedSince,
    TicketEnded,
    TicketInHand,
    TicketNotCalled,
    TicketNotInService,
    TicketNotParked,
    TicketNotWaiting,
    TooEarlyToMiss,
    TooLateToUndo,
    TooManyTransactions,
    UnknownCounter,
    UnknownNumber,
    UnknownService,
    UntilOutOfRange,
)
from shared.protocol import (
    AddTransaction,
    CallNext,
    CallNumber,
    ChangeLanes,
    CloseCounter,
    EnterHandwritten,
    FinishService,
    GiveUpTicket,
    LeaveLine,
    MarkMissed,
    ParkTicket,
    PauseCounter,
    PromoteTicket,
    RecallTicket,
    ReinstateTicket,
    ReprintTicket,
    ResumeCounter,
    ResumeTicket,
    ReturnTicket,
    StartEmergency,
    StartService,
    StepBack,
    TransferTicket,
    UndoAction,
    WhyCalled,
)
from tests.server.domain.story import ASKED, MINUTE, a_branch, like

# --- Calling -------------------------------------------------------------------------------------


def test_the_next_ticket_is_called_and_the_reason_with_it(story):
    story.open(1)
    story.take("A")
    story.later(minutes=4)

    story.when(CallNext, counter=1).then(
        TicketCalled(
            visit=1,
            number="A001",
            counter=1,
            why=WhyCalled(rule="longest_wait", lane="ordinary", waited_ms=4 * MINUTE, score=4.0),
        )
    )

    call = story.display.calls[0]
    assert (call.number, call.counter, call.at, call.again) == ("A001", 1, story.now, False)


def test_nobody_waiting_is_said_as_such(story):
    story.open(1)
    story.take("L")  # not what counter 1 serves

    story.when(CallNext, counter=1).refused(NobodyWaiting())


def test_a_ticket_called_within_ten_seconds_is_the_same_ticket(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.call(1)

    story.later(seconds=9.999)

    story.when(CallNext, counter=1).then()  # a double press: nothing
    assert story.counter(1).visit == 1
    assert story.visit("A001").calls == 1


def test_calling_next_later_with_a_called_ticket_in_hand_is_a_recall(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.call(1)

    story.later(seconds=10)

    story.when(CallNext, counter=1).then(TicketRecalled(visit=1, number="A001", counter=1))
    assert story.state("A002") == "waiting"


def test_two_counters_never_call_the_same_ticket(story):
    story.open(1, 2)
    story.take("A")

    assert story.call(1) == "A001"
    story.when(CallNext, counter=2).refused(NobodyWaiting())


def test_one_current_ticket_per_counter(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.serve(1)

    story.when(CallNext, counter=1).refused(TicketInHand("A001"))
    story.when(CallNumber, counter=1, number="A002", reason="other").refused(TicketInHand("A001"))


def test_a_recall_announces_the_ticket_again_and_not_too_soon(story):
    story.open(1)
    story.take("A")
    story.when(RecallTicket, counter=1).refused(NoTicketInHand(1))
    story.call(1)
    story.later(seconds=3.5)

    story.when(RecallTicket, counter=1).refused(RecallTooSoon(7))  # 6.5 s, in whole seconds
    story.later(seconds=6.5)
    story.when(RecallTicket, counter=1).then(TicketRecalled(visit=1, number="A001", counter=1))

    newest, first = story.display.calls
    assert (newest.again, first.again) == (True, False)
    assert newest.id != first.id  # so that it is spoken again


def test_a_ticket_in_service_is_not_called_again(story):
    story.open(1)
    story.take("A")
    story.serve(1)

    story.when(RecallTicket, counter=1).refused(TicketNotCalled("A001", "serving"))
    story.when(ReturnTicket, counter=1).refused(TicketNotCalled("A001", "serving"))


# --- Calling a number out of order ---------------------------------------------------------------


def test_a_number_is_called_out_of_order_with_a_reason_and_names_whom_it_passed(story):
    story.open(1)
    for _ in range(3):
        story.take("A")
        story.later(minutes=1)

    story.when(CallNumber, counter=1, number="A003", reason="agreed_with_customer").then(
        TicketCalled(
            visit=3,
            number="A003",
            counter=1,
            why=WhyCalled(
                rule="by_number",
                waited_ms=MINUTE,
                reason="agreed_with_customer",
                passed_over=(1, 2),
                passed_over_count=2,
            ),
        )
    )


def test_a_number_of_another_counters_work_may_be_called(story):
    story.open(7)
    story.take("A")

    story.given(CallNumber, counter=7, number="A001", reason="other")

    assert story.counter(7).visit == 1


def test_a_missed_number_may_be_called_again(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.miss(1)

    story.given(CallNumber, counter=1, number="A001", reason="customer_returned")

    assert story.state("A001") == "called"
    assert story.visit("A001").missed_at is None


def test_a_number_that_nobody_here_has_is_unknown(story):
    story.open(1)
    story.take("A")
    story.given(LeaveLine, visit="A001")

    story.when(CallNumber, counter=1, number="A001", reason="other").refused(UnknownNumber("A001"))


def test_a_number_at_another_counter_is_not_called(story):
    story.open(1, 2)
    story.take("A")
    story.serve(1)

    story.when(CallNumber, counter=2, number="A001", reason="other").refused(
        TicketNotWaiting("A001", "serving")
    )


def test_a_closed_counter_calls_no_number(story):
    story.take("A")

    story.when(CallNumber, counter=1, number="A001", reason="other").refused(CounterNotOpen(1))


# --- Returning -----------------------------------------------------------------------------------


def test_a_wrongly_called_ticket_goes_back_where_it_was(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.call(1)

    story.when(ReturnTicket, counter=1).then(TicketReturned(visit=1, counter=1))

    assert story.line(1) == ["A001", "A002"]
    assert story.visit("A001").calls == 0


# --- Missing -------------------------------------------------------------------------------------


def test_a_ticket_is_missed_after_three_calls_ten_seconds_apart(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.when(MarkMissed, counter=1).refused(TooEarlyToMiss(1, 3, 10, 10))
    story.later(seconds=10)
    story.when(MarkMissed, counter=1).refused(TooEarlyToMiss(1, 3, 10, 0))
    story.given(RecallTicket, counter=1)
    story.later(seconds=10)
    story.given(RecallTicket, counter=1)
    story.later(seconds=4)
    story.when(MarkMissed, counter=1).refused(TooEarlyToMiss(3, 3, 10, 6))
    story.later(seconds=6)

    story.when(MarkMissed, counter=1).then(TicketMissed(visit=1, counter=1))

    assert story.state("A001") == "missed"  # the missed list, not gone
    assert story.counter(1).figures.missed == 1
    assert story.feed("TicketView:1").reinstate_places == 3


def test_a_customer_whom_a_call_may_not_reach_has_three_minutes_to_come(story):
    story.open(1)
    story.take("A", needs=("escort",))
    story.call(1)
    for _ in range(3):
        story.later(seconds=10)
        story.given(RecallTicket, counter=1)
    story.later(seconds=10)  # 40 s since the first call

    story.when(MarkMissed, counter=1).refused(TooEarlyToMiss(4, 3, 10, 140))

    story.later(seconds=140)
    story.when(MarkMissed, counter=1).then(
        TicketMissed(visit=1, counter=1),
        TicketReinstated(visit=1, places=3, until=story.now + 15 * MINUTE),
    )


def test_a_call_that_may_not_be_seen_or_heard_alerts_whoever_is_on_duty(story):
    story.open(1)
    story.take("A", needs=("visual_call",))

    story.when(CallNext, counter=1).then(
        like(TicketCalled, number="A001"),
        AlertRaised(alert=1, kind="escort_wanted", visit=1, counter=1),
    )

    assert story.display.calls[0].long  # a long visual call
    story.given(StartService, counter=1)
    story.later(seconds=10)
    assert story.alerts() == []


def test_the_escort_goes_to_the_counter_that_calls_now(story):
    story.open(1, 2)
    story.take("A", needs=("escort",))
    story.call(1)
    story.later(seconds=1)
    story.given(ReturnTicket, counter=1)
    story.call(2)

    story.later(seconds=10)

    assert story.alert("escort_wanted").counter == 2


# --- Serving -------------------------------------------------------------------------------------


def test_a_service_is_started_and_finished(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.later(seconds=40)
    story.when(StartService, counter=1).then(ServiceStarted(visit=1, counter=1))
    story.when(StartService, counter=1).refused(TicketNotCalled("A001", "serving"))
    story.later(minutes=5)

    story.when(FinishService, counter=1).then(
        ServiceFinished(visit=1, counter=1, outcome="done"), ASKED
    )

    done = story.visit("A001").transaction
    assert done.started_at - done.called_at == 40_000  # the walk
    assert done.served_ms == 5 * MINUTE
    assert story.counter(1).figures.finished == 1
    assert story.counter(1).figures.serving_ms == 5 * MINUTE


def test_a_service_that_was_not_started_is_not_finished(story):
    story.open(1)
    story.take("A")
    story.call(1)

    story.when(FinishService, counter=1).refused(TicketNotInService("A001"))
    story.when(AddTransaction, counter=1, service="F").refused(TicketNotInService("A001"))
    story.given(ReturnTicket, counter=1)
    story.when(FinishService, counter=1).refused(NoTicketInHand(1))


def test_missing_papers_are_named_and_only_then(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.when(FinishService, counter=1, outcome="papers_missing").refused(PapersNotNamed())
    story.when(FinishService, counter=1, papers=("身份证",)).refused(PapersNotNamed())

    story.given(FinishService, counter=1, outcome="papers_missing", papers=("身份证", "银行卡"))

    assert story.feed("TicketView:1").missing_papers == ("身份证", "银行卡")


@pytest.mark.parametrize("outcome", ["done", "referred", "not_possible"])
def test_a_finished_service_has_its_outcome(story, outcome):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.finish(1, outcome=outcome)

    assert (story.state("A001"), story.visit("A001").transaction.outcome) == ("done", outcome)


# --- More than one service in a visit ------------------------------------------------------------


def test_a_second_service_of_the_same_counter_begins_when_the_first_is_done(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.when(AddTransaction, counter=1, service="F").then(
        TransactionAdded(visit=1, counter=1, service="F")
    )
    story.later(minutes=6)

    story.when(FinishService, counter=1).then(
        TransactionFinished(visit=1, counter=1, outcome="done")
    )

    assert (story.state("A001"), story.visit("A001").service) == ("serving", "F")
    story.later(minutes=12)
    story.when(FinishService, counter=1).then(
        ServiceFinished(visit=1, counter=1, outcome="done"), ASKED
    )
    assert [t.served_ms for t in story.visit("A001").transactions] == [6 * MINUTE, 12 * MINUTE]
    assert story.counter(1).figures.finished == 2


def test_a_second_service_of_another_counter_waits_there_by_its_arrival(story):
    story.open(1, 7)
    story.take("A")
    story.later(minutes=1)
    story.take("L")
    story.serve(1)
    story.given(AddTransaction, counter=1, service="L")

    story.when(FinishService, counter=1).then(
        TicketTransferred(
            visit=1, counter=1, service="L", outcome="done", position="arrival", adds=False
        ),
        ASKED,
    )

    assert story.line(7) == ["A001", "L001"]
    assert story.counter(1).visit is None
    assert story.counter(1).figures.finished == 1


def test_a_vip_stays_in_room_eight_for_whatever_comes_next(story):
    story.open(8)
    story.take("A", "vip")
    story.serve(8)
    story.given(AddTransaction, counter=8, service="W")
    story.finish(8)

    assert (story.state("V001"), story.visit("V001").service) == ("serving", "W")


def test_room_eight_goes_on_with_whom_it_helps(story):
    story.open(8)
    story.take("A")
    story.serve(8)
    story.given(AddTransaction, counter=8, service="F")
    story.given(AddTransaction, counter=8, service="W")
    story.finish(8)
    assert (story.state("A001"), story.visit("A001").service) == ("serving", "F")

    story.finish(8)

    assert (story.state("A001"), story.visit("A001").service) == ("waiting", "W")


def test_a_ticket_carries_so_many_services_and_no_more(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    for _ in range(4):
        story.given(AddTransaction, counter=1, service="F")

    story.when(AddTransaction, counter=1, service="F").refused(TooManyTransactions(5))
    story.when(TransferTicket, counter=1, service="L").refused(TooManyTransactions(5))
    story.when(AddTransaction, counter=1, service="X").refused(UnknownService("X"))


# --- Transferring --------------------------------------------------------------------------------


def wealth_line(story):
    """L001 and L002 wait for wealth since 09:01 and 09:02; A001, of 09:00, is at counter 1."""
    story.open(1, 7)
    story.take("A")
    story.at("09:01")
    story.take("L")
    story.at("09:02")
    story.take("L")
    story.serve(1)
    story.at("09:10")


def test_a_transfer_keeps_the_arrival(story):
    wealth_line(story)

    story.when(TransferTicket, counter=1, service="L").then(
        TicketTransferred(
            visit=1, counter=1, service="L", outcome="transferred", position="arrival"
        ),
        ASKED,
    )

    assert story.line(7) == ["A001", "L001", "L002"]


def test_a_transfer_to_the_front_is_called_before_all_scores(story):
    wealth_line(story)
    story.take("L", "appointment")
    story.later(minutes=30)
    assert story.line(7)[0] == "Y001"

    story.given(TransferTicket, counter=1, service="L", position="front")

    assert story.line(7)[0] == "A001"


def test_a_transfer_to_the_end_waits_from_now(story):
    wealth_line(story)

    story.given(TransferTicket, counter=1, service="L", position="end")

    assert story.line(7) == ["L001", "L002", "A001"]
    assert story.visit("A001").taken_at == story.moment("09:00")


def test_a_transfer_to_a_counter_waits_for_that_one(story):
    story.open(1, 2, 3)
    story.take("A")
    story.call(1)

    story.given(TransferTicket, counter=1, to_counter=2)

    assert [story.line(n) for n in (1, 2, 3)] == [[], ["A001"], []]
    story.call(2)
    story.given(StartService, counter=2)
    assert story.visit("A001").only_counter is None


def test_a_counter_that_closes_leaves_its_transferred_ticket_to_the_others(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.given(TransferTicket, counter=1, to_counter=2)

    story.given(CloseCounter, counter=2)

    assert story.line(1) == ["A001"]


def test_a_transfer_waits_through_the_pause_of_its_counter(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.given(TransferTicket, counter=1, to_counter=2)
    story.given(PauseCounter, counter=2, reason="away")

    assert story.line(1) == []
    story.given(ResumeCounter, counter=2)
    assert story.call(2) == "A001"


def test_staff_may_send_a_wheelchair_to_a_counter_that_is_not_low(story):
    story.open(3, 7)
    story.take("A", needs=("low_counter",))
    story.serve(3)

    story.given(TransferTicket, counter=3, service="L", to_counter=7)

    assert story.line(7) == ["A001"]


def test_a_transfer_needs_a_place_to_go(story):
    story.open(1)
    story.take("A")
    story.when(TransferTicket, counter=1, service="L").refused(NoTicketInHand(1))
    story.call(1)

    story.when(TransferTicket, counter=1).refused(NowhereToSend())
    story.when(TransferTicket, counter=1, service="A").refused(SameService("A"))
    story.when(TransferTicket, counter=1, to_counter=1).refused(SameService("A"))
    story.when(TransferTicket, counter=1, to_counter=99).refused(UnknownCounter(99))
    story.when(TransferTicket, counter=1, service="X").refused(UnknownService("X"))


def test_a_counter_may_keep_its_ticket_for_another_service(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)

    story.given(TransferTicket, counter=1, service="F", to_counter=1)

    assert (story.line(1), story.line(2)) == (["A001"], [])


def test_a_transfer_of_a_called_ticket_counts_no_finished_service(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.given(TransferTicket, counter=1, service="L")

    assert story.counter(1).figures.finished == 0
    assert story.visit("A001").transactions[0].outcome == "transferred"


def test_the_wait_of_each_service_is_measured_for_itself(story):
    wealth_line(story)
    story.given(TransferTicket, counter=1, service="L")
    story.at("09:25")
    story.call(7)

    first, second = story.visit("A001").transactions
    assert first.called_at - first.queued_at == 2 * MINUTE
    assert second.called_at - second.queued_at == 15 * MINUTE


def test_who_is_transferred_stands_back_no_longer(story):
    story.open(1, 7)
    story.take("A")
    story.given(StepBack, visit="A001", places=10)
    story.call(1)  # nobody else is there
    story.take("L")

    story.given(TransferTicket, counter=1, service="L", position="front")

    assert story.line(7) == ["A001", "L001"]


# --- Back to me ----------------------------------------------------------------------------------


def test_a_visit_sent_with_back_to_me_comes_back_first_of_all(story):
    story.open(1, 2, 7)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L", back_to_me=True)
    story.take("A", "care")
    story.later(minutes=30)
    story.serve(7)

    story.when(FinishService, counter=7).then(
        TicketTransferred(
            visit=1, counter=7, service="A", outcome="done", position="front", only_counter=1
        ),
        like(RatingAsked, counter=7),
    )

    assert story.line(1) == ["A001", "A002"]
    assert story.line(2) == ["A002"]  # it is promised to counter 1
    assert story.serve(1) == "A001"
    story.when(FinishService, counter=1).then(
        like(ServiceFinished, visit=1), like(RatingAsked, counter=1)
    )


def test_back_to_me_at_the_care_counter_does_not_wait_for_the_whole_care_lane(story):
    story.open(3, 7)
    story.take("A")
    story.serve(3)
    story.given(TransferTicket, counter=3, service="L", back_to_me=True)
    for _ in range(3):
        story.take("A", "care")
    story.serve(7)
    story.finish(7)

    assert story.line(3)[0] == "A001"


def test_back_to_me_holds_through_a_third_counter(story):
    story.open(1, 5, 7)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L", back_to_me=True)
    story.serve(7)
    story.given(TransferTicket, counter=7, service="W")
    story.serve(5)
    story.finish(5)

    assert story.line(1) == ["A001"]
    story.serve(1)
    story.finish(1)
    assert story.state("A001") == "done"


def test_back_to_me_holds_while_other_services_come_between(story):
    story.open(1, 5, 7)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L", back_to_me=True)
    story.serve(7)
    story.given(AddTransaction, counter=7, service="W")
    story.finish(7)
    assert story.serve(5) == "A001"
    story.finish(5)

    assert story.line(1) == ["A001"]


def test_back_to_me_within_back_to_me_keeps_both_promises(story):
    story.open(1, 5, 7)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L", back_to_me=True)
    story.serve(7)
    story.given(TransferTicket, counter=7, service="W", back_to_me=True)
    story.serve(5)

    story.finish(5)
    assert story.line(7) == ["A001"]
    story.serve(7)
    story.finish(7)
    assert story.line(1) == ["A001"]
    story.serve(1)
    story.finish(1)

    assert story.state("A001") == "done"
    assert [t.service for t in story.visit("A001").transactions] == ["A", "L", "W", "L", "A"]


def test_two_counters_that_promise_each_other_do_not_send_a_customer_round_for_ever(story):
    story.open(1, 7)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L", back_to_me=True)
    story.serve(7)
    story.given(TransferTicket, counter=7, service="A", back_to_me=True)
    story.serve(1)  # it is back: the promise is kept
    story.finish(1)
    story.serve(7)
    story.finish(7)

    assert story.state("A001") == "done"


def test_back_to_a_counter_that_has_closed_meanwhile_is_back_to_its_service(story):
    story.open(1, 2, 7)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L", back_to_me=True)
    story.given(CloseCounter, counter=1)
    story.serve(7)
    story.finish(7)

    assert story.line(2) == ["A001"]


def test_back_to_me_is_kept_by_services_that_follow_at_the_same_counter(story):
    story.open(1, 5)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="F", to_counter=5, back_to_me=True)
    story.serve(5)
    story.given(AddTransaction, counter=5, service="W")
    story.finish(5)  # F done, W begins at the same counter
    assert story.state("A001") == "serving"
    story.finish(5)

    assert story.line(1) == ["A001"]


# --- Parking -------------------------------------------------------------------------------------


def test_a_parked_ticket_is_outside_the_line_until_its_counter_resumes_it(story):
    story.open(1, 2)
    story.take("A")
    story.serve(1)
    story.later(minutes=3)

    story.when(ParkTicket, counter=1, reason="form").then(
        TicketParked(visit=1, counter=1, reason="form", owner="counter", until=None)
    )
    assert story.line(1) == []
    assert [t.number for t in story.feed("CounterView:1").parked] == ["A001"]
    story.later(minutes=10)
    story.when(ResumeTicket, counter=2, visit="A001").refused(ParkedElsewhere("A001", 1))
    story.when(CallNumber, counter=2, number="A001", reason="other").refused(
        ParkedElsewhere("A001", 1)
    )

    story.when(ResumeTicket, counter=1, visit="A001").then(
        TicketCalled(
            visit=1,
            number="A001",
            counter=1,
            why=WhyCalled(rule="resumed", waited_ms=13 * MINUTE),
        )
    )


def test_the_time_in_park_is_neither_wait_nor_service(story):
    story.open(1)
    story.take("A")
    story.later(minutes=2)
    story.serve(1)
    story.later(minutes=3)
    story.given(ParkTicket, counter=1, reason="papers")
    story.later(minutes=10)
    story.given(ResumeTicket, counter=1, visit="A001")
    story.later(minutes=1)
    story.given(StartService, counter=1)
    story.later(minutes=4)
    story.finish(1)

    done = story.visit("A001").transaction
    assert done.called_at - done.queued_at == 2 * MINUTE
    assert done.served_ms == 7 * MINUTE


def test_the_time_in_park_before_the_service_is_no_wait_either(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.later(minutes=2)
    for _ in range(2):
        story.call(1)
        story.given(ParkTicket, counter=1, reason="papers", until=story.moment("09:12"))
    story.later(minutes=5)
    story.given(ResumeTicket, counter=1, visit="A001")  # after 5 minutes in park
    story.given(StartService, counter=1)
    story.at("09:12")  # A002 is back in the line by itself, after 10
    story.at("09:13")
    story.finish(1)
    story.serve(1)

    first, second = (story.visit(number).transaction for number in ("A001", "A002"))
    assert first.called_at - first.queued_at == 2 * MINUTE
    assert second.called_at - second.queued_at == 3 * MINUTE
    assert story.visit("A002").why.waited_ms == 13 * MINUTE  # its place is by its arrival


def test_a_ticket_parked_for_any_counter_is_resumed_by_any(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.given(ParkTicket, counter=1, reason="phone_call", owner="any")

    story.given(ResumeTicket, counter=2, visit="A001")

    assert story.counter(2).visit == 1


def test_a_counter_that_closes_leaves_its_parked_ticket_to_the_others(story):
    story.open(1, 2)
    story.take("A")
    story.serve(1)
    story.given(ParkTicket, counter=1, reason="papers")
    story.given(CloseCounter, counter=1)

    story.given(ResumeTicket, counter=2, visit="A001")

    assert story.counter(2).visit == 1


def test_a_parked_ticket_may_be_called_by_its_number(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.given(ParkTicket, counter=1, reason="other")

    story.given(CallNumber, counter=1, number="A001", reason="customer_returned")

    assert story.state("A001") == "called"


def test_a_ticket_parked_for_its_counter_until_a_time_returns_to_that_counter(story):
    story.open(1, 2)
    story.take("A")
    story.serve(1)
    story.given(ParkTicket, counter=1, reason="papers", until=story.moment("09:30"))
    story.take("A")

    story.at("09:29:59")
    assert story.line(1) == ["A002"]
    story.at("09:30")

    assert story.history[-1][0] == ParkEnded(visit=1)
    assert story.line(1) == ["A001", "A002"]
    assert story.line(2) == ["A002"]


def test_a_ticket_parked_for_any_counter_until_a_time_returns_to_all(story):
    story.open(1, 2)
    story.take("A")
    story.serve(1)
    story.given(ParkTicket, counter=1, reason="form", owner="any", until=story.moment("09:10"))

    story.at("09:10")

    assert (story.line(1), story.line(2)) == (["A001"], ["A001"])


def test_who_was_at_the_counter_and_is_parked_stands_back_no_longer(story):
    story.open(1)
    story.take("A")
    story.given(StepBack, visit="A001", places=10)
    story.call(1)
    story.given(ParkTicket, counter=1, reason="form", until=story.moment("09:05"))
    story.at("09:05")
    story.take("A")

    assert story.line(1) == ["A001", "A002"]


def test_nobody_is_parked_until_the_past_or_for_ever(story):
    story.open(1)
    story.take("A")
    story.call(1)

    for until in ("08:59", "09:00", "17:00:01"):  # 480 minutes are the most
        story.when(ParkTicket, counter=1, reason="form", until=story.moment(until)).refused(
            UntilOutOfRange(480)
        )
    story.given(ParkTicket, counter=1, reason="form", until=story.moment("17:00"))


def test_only_a_parked_ticket_is_resumed_and_only_by_a_free_counter(story):
    story.open(1)
    story.take("A")
    story.when(ResumeTicket, counter=1, visit="A001").refused(TicketNotParked("A001", "waiting"))
    story.when(ParkTicket, counter=1, reason="form").refused(NoTicketInHand(1))
    story.call(1)
    story.given(ParkTicket, counter=1, reason="form")
    story.take("A")
    story.call(1)

    story.when(ResumeTicket, counter=1, visit="A001").refused(TicketInHand("A002"))
    story.given(LeaveLine, visit="A001")
    story.given(ReturnTicket, counter=1)
    story.when(ResumeTicket, counter=1, visit="A001").refused(TicketEnded("A001", "left"))


# --- Undo ----------------------------------------------------------------------------------------


def called(story):
    story.call(1)


def returned(story):
    story.call(1)
    story.given(ReturnTicket, counter=1)


def started(story):
    story.serve(1)


def service_added(story):
    story.serve(1)
    story.given(AddTransaction, counter=1, service="F")


def first_of_two_finished(story):
    story.serve(1)
    story.given(AddTransaction, counter=1, service="F")
    story.later(minutes=1)
    story.finish(1)


def finished(story):
    story.serve(1)
    story.later(minutes=1)
    story.finish(1)


def transferred(story):
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L", position="end")


def missed(story):
    story.call(1)
    story.miss(1)


def parked(story):
    story.serve(1)
    story.given(ParkTicket, counter=1, reason="form")


def resumed(story):
    parked(story)
    story.given(ResumeTicket, counter=1, visit="A001")


def called_by_number(story):
    missed(story)
    story.given(CallNumber, counter=1, number="A001", reason="customer_returned")


@pytest.mark.parametrize(
    ("action", "undone"),
    [
        (called, "TicketCalled"),
        (returned, "TicketReturned"),
        (started, "ServiceStarted"),
        (service_added, "TransactionAdded"),
        (first_of_two_finished, "TransactionFinished"),
        (finished, "ServiceFinished"),
        (transferred, "TicketTransferred"),
        (missed, "TicketMissed"),
        (parked, "TicketParked"),
        (resumed, "TicketCalled"),
        (called_by_number, "TicketCalled"),
    ],
)
def test_the_last_action_is_taken_back_and_everything_is_as_it_was(story, tell, action, undone):
    """Told twice: here with the action and its undo, there up to just before it."""
    story.open(1)
    story.take("A", "care")
    story.take("A")
    action(story)
    before = told_up_to(undone, story, tell())

    withdrawn = (
        [like(RatingWithdrawn)] if undone in ("ServiceFinished", "TicketTransferred") else []
    )
    story.when(UndoAction, counter=1).then(like(ActionUndone, counter=1, undone=undone), *withdrawn)

    now, then = story.visit("A001").copy(), before.visit("A001").copy()
    assert now.version > then.version
    then.version = now.version
    assert now == then
    assert story.counter(1).visit == before.counter(1).visit
    assert story.counter(1).figures == before.counter(1).figures
    assert story.line(1) == before.line(1)
    story.when(UndoAction, counter=1).refused(NothingToUndo(1))


def told_up_to(undone, story, before):
    """The same story without its last event of this kind and what came after."""
    kinds = [type(event).__name__ for event, _ in story.history]
    last = len(kinds) - 1 - kinds[::-1].index(undone)
    for event, stamp in story.history[len(before.history) : last]:
        before.happen(event, stamp)
    before.now = story.now
    return before


def test_an_undone_call_was_never_on_the_display(story):
    story.open(1)
    story.take("A")
    story.call(1)

    story.given(UndoAction, counter=1)

    assert story.display.calls == ()
    assert story.call(1) == "A001"


def test_an_undone_finish_goes_on_as_if_it_had_never_ended(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.later(minutes=5)
    story.finish(1)
    story.later(seconds=30)
    story.given(UndoAction, counter=1)
    story.later(minutes=1)
    story.finish(1)

    assert story.visit("A001").transaction.served_ms == 6 * MINUTE + 30_000
    assert story.counter(1).figures.finished == 1


def test_an_action_is_taken_back_within_a_minute_and_not_later(story):
    story.open(1, 2)
    story.take("A")
    story.take("A")
    story.call(1)
    story.call(2)
    story.later(seconds=60)
    assert story.feed("CounterView:1").can_undo
    story.given(UndoAction, counter=1)
    story.later(seconds=0.001)

    assert not story.feed("CounterView:2").can_undo
    story.when(UndoAction, counter=2).refused(TooLateToUndo(60))


def test_nothing_is_taken_back_where_nothing_was_done(story):
    story.open(1)

    story.when(UndoAction, counter=1).refused(NothingToUndo(1))
    assert not story.feed("CounterView:1").can_undo


def test_only_the_last_action_is_taken_back(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.given(UndoAction, counter=1)

    assert story.state("A001") == "called"
    story.when(UndoAction, counter=1).refused(NothingToUndo(1))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (LeaveLine, {}),
        (GiveUpTicket, {"reason": "other"}),
        (ReprintTicket, {}),
        (ChangeLanes, {"lanes": ("care",), "reason": "other"}),
        (PromoteTicket, {"reason": "other"}),
        (StepBack, {"places": 1}),
    ],
)
def test_no_action_is_taken_back_once_the_visit_has_changed_since(story, kind, fields):
    story.open(1)
    story.take("A")
    story.call(1)
    story.given(ReturnTicket, counter=1)
    story.given(kind, visit="A001", **fields)

    assert not story.feed("CounterView:1").can_undo
    story.when(UndoAction, counter=1).refused(TicketChangedSince("A001"))


def test_no_action_is_taken_back_once_another_counter_has_built_on_it(story):
    story.open(1, 7)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L")
    story.call(7)

    story.when(UndoAction, counter=1).refused(TicketChangedSince("A001"))
    story.given(UndoAction, counter=7)  # back in the line
    story.when(UndoAction, counter=1).refused(TicketChangedSince("A001"))


def test_a_finish_is_not_taken_back_once_its_number_belongs_to_somebody_else(story):
    story.open(1)
    story.take("A")
    story.given(StartEmergency, kind="emergency")
    story.serve(1)
    story.finish(1)
    story.given(EnterHandwritten, number="A001", service="A", taken_at=story.now)

    assert not story.feed("CounterView:1").can_undo
    story.when(UndoAction, counter=1).refused(TicketChangedSince("A001"))


def test_nothing_is_taken_back_after_a_pause_or_a_closing(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.given(ReturnTicket, counter=1)
    story.given(PauseCounter, counter=1, reason="away")
    story.when(UndoAction, counter=1).refused(NothingToUndo(1))
    story.given(ResumeCounter, counter=1)
    story.when(UndoAction, counter=1).refused(NothingToUndo(1))


def test_nothing_is_taken_back_into_another_configuration(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.finish(1)

    story.given(Configure, config=a_branch(limits={"undo_seconds": 600}))

    story.when(UndoAction, counter=1).refused(NothingToUndo(1))


def test_a_miss_that_is_taken_back_gives_the_customer_time_again(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.later(minutes=5)  # the call ran out by itself
    assert story.state("A001") == "missed"

    story.given(UndoAction, counter=1)

    story.later(minutes=4, seconds=59)
    assert story.state("A001") == "called"
    story.later(seconds=1)
    assert story.state("A001") == "missed"


def test_an_undone_call_does_not_count_towards_the_share_of_vips(tell):
    story = tell(calling={"vip_ahead_one_in": 2})
    story.open(1)
    story.take("A")
    for _ in range(3):
        story.call(1)
        story.given(UndoAction, counter=1)

    assert story.counter(1).calls_since_vip == 0


def test_a_reinstated_ticket_is_not_taken_back_to_the_call(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.miss(1)
    story.given(ReinstateTicket, visit="A001")

    story.when(UndoAction, counter=1).refused(TicketChangedSince("A001"))
