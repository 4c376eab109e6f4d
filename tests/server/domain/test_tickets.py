"""Taking a ticket, and what customers and the lobby do with it outside the counter."""

import pytest

from server.domain.events import (
    CounterClosed,
    FinishedAtMachine,
    LanesChanged,
    NeedsChanged,
    TicketCameBack,
    TicketDiverted,
    TicketGivenUp,
    TicketLeft,
    TicketPromoted,
    TicketReassigned,
    TicketReinstated,
    TicketReprinted,
    TicketTaken,
)
from server.domain.refusals import (
    LineFull,
    MachineFaulty,
    NowhereToSend,
    NumbersUsedUp,
    ReinstatedBefore,
    SameService,
    ServiceNotToday,
    TicketEnded,
    TicketInService,
    TicketNotDiverted,
    TicketNotMissed,
    TicketNotWaiting,
    TicketsOver,
    TicketsStopped,
    TooEarlyForTickets,
    UnknownCounter,
    UnknownMachine,
    UnknownService,
    UnknownVisit,
)
from shared.protocol import (
    ChangeLanes,
    CloseAfterThis,
    CloseService,
    DivertToMachine,
    FinishAtMachine,
    GiveUpTicket,
    LeaveLine,
    MarkMissed,
    OpenService,
    PauseCounter,
    PromoteTicket,
    ReassignTicket,
    RecallTicket,
    ReinstateTicket,
    ReprintTicket,
    ResumeIssuing,
    ReturnFromMachine,
    SetMachine,
    SetNeeds,
    StepBack,
    StopIssuing,
    TakeTicket,
)
from tests.server.domain.story import MINUTE, like

# --- Numbers -------------------------------------------------------------------------------------


def test_a_number_is_the_series_of_its_service_and_three_digits(story):
    story.when(TakeTicket, service="A", by="kiosk").then(
        TicketTaken(
            visit=1,
            number="A001",
            series="A",
            n=1,
            service="A",
            waiting_since=story.moment("09:00"),
        )
    )


def test_each_series_counts_for_itself(story):
    assert [story.take(service) for service in "AAFA"] == ["A001", "A002", "F001", "A003"]


def test_services_may_share_a_series(tell):
    story = tell(services={"F": {"series": "A"}})

    assert [story.take(service) for service in "AFA"] == ["A001", "A002", "A003"]


def test_a_vip_ticket_takes_the_vip_series(story):
    assert [story.take("A", "vip"), story.take("L", "vip")] == ["V001", "V002"]


def test_a_booked_ticket_takes_the_booked_series(story):
    assert story.take("Q", "appointment") == "Y001"


def test_a_booked_vip_takes_the_vip_series(story):
    assert story.take("L", "appointment", "vip") == "V001"


def test_care_never_shows_in_a_number(story):
    assert story.take("A", "care") == "A001"


def test_the_series_begins_again_after_999_and_skips_numbers_still_alive(story):
    given = [story.take("A", reason="other") for _ in range(999)]
    assert given == [f"A{n:03d}" for n in range(1, 1000)]

    story.given(LeaveLine, visit="A004")
    story.given(LeaveLine, visit="A002")

    assert [story.take("A", reason="other") for _ in range(2)] == ["A002", "A004"]
    story.when(TakeTicket, service="A", reason="other").refused(NumbersUsedUp("A"))


def test_after_the_last_number_the_next_is_looked_for_beyond_it_not_from_the_start(story):
    story.take("A")
    story.given(LeaveLine, visit="A001")

    assert story.take("A") == "A002"


# --- What a ticket says --------------------------------------------------------------------------


def test_a_ticket_keeps_the_language_and_each_need_once(story):
    story.when(
        TakeTicket,
        service="A",
        lanes=("care", "ordinary", "care"),
        needs=("escort", "low_counter", "escort"),
        language="en",
    ).then(
        like(TicketTaken, lanes=("care",), needs=("low_counter", "escort"), language="en"),
    )


def test_the_ordinary_lane_goes_without_saying(story):
    story.when(TakeTicket, service="A").then(like(TicketTaken, lanes=("ordinary",)))


def test_a_ticket_taken_before_the_opening_waits_from_the_opening(tell):
    story = tell("2026-11-16 08:45")

    story.when(TakeTicket, service="A").then(like(TicketTaken, waiting_since=story.moment("09:00")))

    assert story.visit("A001").taken_at == story.moment("08:45")


# --- When no ticket is given ---------------------------------------------------------------------


def test_no_ticket_for_a_service_nobody_knows(story):
    story.when(TakeTicket, service="X").refused(UnknownService("X"))


def test_no_ticket_before_the_ticket_window(tell):
    story = tell("2026-11-16 08:44")

    story.when(TakeTicket, service="A").refused(TooEarlyForTickets("A", story.moment("08:45")))
    story.at("08:45")
    assert story.take("A") == "A001"


def test_no_ticket_after_the_ticket_window(tell):
    story = tell("2026-11-16 16:44")
    story.take("A")

    story.at("16:45")

    story.when(TakeTicket, service="A").refused(TicketsOver("A", story.moment("2026-11-17 08:45")))


def test_a_service_may_stop_earlier_than_the_branch(tell):
    story = tell("2026-11-16 16:30")

    story.when(TakeTicket, service="W").refused(TicketsOver("W", story.moment("2026-11-17 08:45")))
    assert story.take("A") == "A001"


def test_a_service_that_is_not_offered_today_says_when_it_is(tell):
    story = tell("2026-11-21 10:00")  # a Saturday

    story.when(TakeTicket, service="Q").refused(
        ServiceNotToday("Q", story.moment("2026-11-23 08:45"))
    )


def test_issuing_stops_when_the_work_that_waits_exceeds_the_time_left(tell):
    # 16:36: 24 minutes to the closing. One counter, 6 minutes each: four are 24 minutes, which
    # is no more than there is; a fifth customer makes them 30.
    story = tell("2026-11-16 16:36")
    story.open(1)
    for _ in range(5):
        story.take("A")

    story.when(TakeTicket, service="A").refused(TicketsStopped("A"))
    assert story.service("A").status == "stopped"


def test_every_open_counter_of_the_service_shares_the_work_that_waits(tell):
    story = tell("2026-11-16 16:36")
    story.open(1, 2, 5)  # 5 does not serve A
    for _ in range(9):
        story.take("A")

    story.when(TakeTicket, service="A").refused(TicketsStopped("A"))


def test_a_paused_counter_does_not_share_the_work(tell):
    story = tell("2026-11-16 16:36")
    story.open(1, 2)
    story.given(PauseCounter, counter=2, reason="meal")
    for _ in range(5):
        story.take("A")

    story.when(TakeTicket, service="A").refused(TicketsStopped("A"))


def test_a_counter_that_closes_after_its_ticket_does_not_share_the_work(tell):
    story = tell("2026-11-16 16:36")
    story.open(1, 2)
    story.take("A")
    story.call(2)
    story.given(CloseAfterThis, counter=2)
    for _ in range(5):
        story.take("A")

    story.when(TakeTicket, service="A").refused(TicketsStopped("A"))


def test_before_the_counters_open_those_that_usually_do_share_the_work(tell):
    # Counters 1, 2 and 3 serve A on ordinary days, 4 is a spare one: 3 x 16 minutes are left.
    # Eight customers are 48 minutes of work, the ninth makes them 54.
    story = tell("2026-11-16 16:44")
    for _ in range(9):
        story.take("A")

    story.when(TakeTicket, service="A").refused(TicketsStopped("A"))


def test_a_service_without_any_counter_stops_as_if_it_had_one(tell):
    story = tell("2026-11-16 16:30", counters={6: {"services": ("A",)}})
    for _ in range(2):
        story.take("Q")

    story.when(TakeTicket, service="Q").refused(TicketsStopped("Q"))


def test_before_the_opening_the_whole_day_is_left(tell):
    story = tell("2026-11-16 08:45")
    story.open(6)
    for _ in range(27):  # 8 hours at 18 minutes each: 26 and two thirds
        story.take("Q")

    story.when(TakeTicket, service="Q").refused(TicketsStopped("Q"))


def test_issuing_stops_at_the_quota_of_the_day(tell):
    story = tell(services={"L": {"quota_per_day": 2}})
    story.take("L")
    story.take("L")
    story.given(LeaveLine, visit="L001")

    story.when(TakeTicket, service="L").refused(TicketsStopped("L"))


def test_issuing_stops_by_hand_for_one_service(story):
    story.given(StopIssuing, service="A", reason="staffing")

    story.when(TakeTicket, service="A").refused(TicketsStopped("A"))
    assert story.take("F") == "F001"
    story.given(ResumeIssuing, service="A")
    assert story.take("A") == "A001"


def test_issuing_stops_by_hand_for_all_services(story):
    story.given(StopIssuing, reason="system_fault")

    story.when(TakeTicket, service="A").refused(TicketsStopped("A"))
    story.when(TakeTicket, service="F").refused(TicketsStopped("F"))
    story.given(ResumeIssuing)
    assert story.take("F") == "F001"


def test_a_closed_service_gives_no_tickets_and_serves_those_it_has(story):
    story.open(7)
    story.take("L")
    story.given(CloseService, service="L", reason="staffing")

    story.when(TakeTicket, service="L").refused(TicketsStopped("L"))
    assert story.call(7) == "L001"
    story.given(OpenService, service="L")
    assert story.take("L") == "L002"


def test_no_more_people_than_the_line_may_hold(tell):
    story = tell(limits={"line_max": 2})
    story.take("A")
    story.take("F")

    story.when(TakeTicket, service="A").refused(LineFull(2))


@pytest.mark.parametrize(
    ("start", "service"),
    [
        ("2026-11-16 08:30", "A"),  # too early
        ("2026-11-16 16:50", "A"),  # too late
        ("2026-11-21 10:00", "Q"),  # not on a Saturday
    ],
)
def test_staff_may_give_a_ticket_outside_the_rules_with_a_reason(tell, start, service):
    story = tell(start)

    story.when(TakeTicket, service=service, reason="agreed_with_customer").then(
        like(TicketTaken, number=f"{service}001", reason="agreed_with_customer")
    )


def test_a_ticket_for_a_service_without_hours_waits_from_now(tell):
    story = tell("2026-11-21 08:00")

    story.when(TakeTicket, service="Q", reason="manager_decision").then(
        like(TicketTaken, waiting_since=story.moment("08:00"))
    )


# --- Leaving -------------------------------------------------------------------------------------


def test_a_customer_may_leave_the_line(story):
    story.take("A")

    story.when(LeaveLine, visit="A001", by="customer").then(TicketLeft(visit=1))

    story.open(1)
    assert story.line(1) == []


def test_a_called_customer_who_leaves_frees_the_counter(story):
    story.open(1)
    story.take("A")
    story.call(1)

    story.when(LeaveLine, visit="A001").then(TicketLeft(visit=1))

    assert story.counter(1).visit is None
    assert story.counter(1).state == "open"


def test_a_called_customer_who_leaves_closes_the_counter_that_waited_for_that(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.given(CloseAfterThis, counter=1)

    story.when(LeaveLine, visit="A001").then(TicketLeft(visit=1), CounterClosed(counter=1))


def test_a_customer_in_service_does_not_leave_the_line(story):
    story.open(1)
    story.take("A")
    story.serve(1)

    story.when(LeaveLine, visit="A001").refused(TicketInService("A001", 1))


def test_nobody_leaves_twice(story):
    story.take("A")
    story.given(LeaveLine, visit="A001")

    story.when(LeaveLine, visit="A001").refused(TicketEnded("A001", "left"))
    story.when(LeaveLine, visit=7).refused(UnknownVisit(7))


# --- What the lobby does with a ticket -----------------------------------------------------------


def three_waiting(story):
    """A001, A002 and A003, a minute apart, and counter 1 open."""
    story.open(1)
    for _ in range(3):
        story.take("A")
        story.later(minutes=1)


def test_a_reprint_is_the_same_ticket(story):
    story.take("A")
    before = story.visit("A001").copy()

    story.when(ReprintTicket, visit="A001", by="lobby_assistant").then(
        TicketReprinted(visit=1, number="A001")
    )

    after = story.visit("A001").copy()
    after.version = before.version
    assert after == before


def test_a_lane_is_changed_quietly(story):
    story.take("A")

    story.when(ChangeLanes, visit="A001", lanes=("care",), reason="agreed_with_customer").then(
        LanesChanged(visit=1, lanes=("care",), reason="agreed_with_customer")
    )

    assert story.visit("A001").lanes == ("care",)
    assert story.visit("A001").number == "A001"


def test_needs_are_set_at_any_time_of_the_visit(story):
    story.take("A")

    story.when(SetNeeds, visit="A001", needs=("visual_call",)).then(
        NeedsChanged(visit=1, needs=("visual_call",))
    )
    assert story.board.line[0].needs == ("visual_call",)


def test_a_promoted_ticket_is_called_before_all_scores(story):
    three_waiting(story)
    story.take("A", "care")
    story.later(minutes=30)

    story.when(PromoteTicket, visit="A003", reason="waited_too_long").then(
        TicketPromoted(visit=3, reason="waited_too_long")
    )

    assert story.line(1)[0] == "A003"
    assert story.ahead("A003") == 0
    story.call(1)
    assert story.visit("A003").why.rule == "promoted"


def test_promoted_tickets_are_called_in_the_order_of_their_promotion(story):
    three_waiting(story)
    story.given(PromoteTicket, visit="A003", reason="mistake")
    story.later(seconds=5)
    story.given(PromoteTicket, visit="A002", reason="mistake")
    story.later(seconds=5)

    story.when(PromoteTicket, visit="A003", reason="mistake").then()  # it keeps its place

    assert story.line(1) == ["A003", "A002", "A001"]


def test_a_promoted_ticket_stands_back_no_longer(story):
    three_waiting(story)
    story.given(StepBack, visit="A003", minutes=30)
    story.given(PromoteTicket, visit="A003", reason="customer_returned")

    assert story.line(1)[0] == "A003"


def test_a_promoted_ticket_that_stepped_back_can_be_promoted_again(story):
    three_waiting(story)
    story.given(PromoteTicket, visit="A003", reason="mistake")
    story.given(StepBack, visit="A003", minutes=30)
    assert story.line(1) == ["A001", "A002"]

    story.given(PromoteTicket, visit="A003", reason="customer_returned")

    assert story.line(1) == ["A003", "A001", "A002"]


def test_a_ticket_is_given_up_by_the_manager_for_good(story):
    story.take("A")

    story.when(GiveUpTicket, visit="A001", reason="manager_decision").then(
        TicketGivenUp(visit=1, reason="manager_decision")
    )
    story.when(ReprintTicket, visit="A001").refused(TicketEnded("A001", "given_up"))


def test_a_called_ticket_that_is_given_up_closes_the_counter_that_waited_for_that(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.given(CloseAfterThis, counter=1)

    story.when(GiveUpTicket, visit="A001", reason="other").then(
        TicketGivenUp(visit=1, reason="other"), CounterClosed(counter=1)
    )


# --- Another service or counter ------------------------------------------------------------------


def test_a_reassigned_ticket_keeps_its_arrival_and_its_number(story):
    story.open(7)
    story.take("A")
    story.later(minutes=10)
    story.take("L")

    story.when(ReassignTicket, visit="A001", service="L", reason="mistake").then(
        TicketReassigned(visit=1, service="L", only_counter=None, reason="mistake")
    )

    assert story.line(7) == ["A001", "L001"]


def test_a_ticket_reassigned_to_a_counter_waits_for_that_one(story):
    story.open(1, 2)
    story.take("A")
    story.given(ReassignTicket, visit="A001", counter=2, reason="other")

    assert (story.line(1), story.line(2)) == ([], ["A001"])

    story.given(ReassignTicket, visit="A001", service="A", reason="other")  # to any, again
    assert (story.line(1), story.line(2)) == (["A001"], ["A001"])


def test_a_reassignment_needs_a_place_to_go(story):
    story.take("A")

    story.when(ReassignTicket, visit="A001", reason="other").refused(NowhereToSend())
    story.when(ReassignTicket, visit="A001", service="A", reason="other").refused(SameService("A"))
    story.when(ReassignTicket, visit="A001", counter=77, reason="other").refused(UnknownCounter(77))


# --- Machines ------------------------------------------------------------------------------------


def test_a_diverted_customer_comes_back_to_the_same_place(story):
    three_waiting(story)

    story.when(DivertToMachine, visit="A001", machine="M1").then(
        TicketDiverted(visit=1, machine="M1")
    )
    assert story.line(1) == ["A002", "A003"]
    story.later(minutes=4)
    story.when(ReturnFromMachine, visit="A001").then(TicketCameBack(visit=1))

    assert story.line(1) == ["A001", "A002", "A003"]


def test_a_customer_may_finish_at_the_machine(story):
    story.take("A")
    story.given(DivertToMachine, visit="A001", machine="M1")

    story.when(FinishAtMachine, visit="A001").then(FinishedAtMachine(visit=1))

    assert story.state("A001") == "done"
    assert story.visit("A001").transaction.outcome == "done"


def test_a_called_customer_may_be_diverted_and_the_counter_is_free(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.given(CloseAfterThis, counter=1)

    story.when(DivertToMachine, visit="A001", machine="M1").then(
        TicketDiverted(visit=1, machine="M1"), CounterClosed(counter=1)
    )


def test_a_faulty_machine_is_never_advised(story):
    story.take("A")
    story.given(SetMachine, machine="M1", state="faulty")

    story.when(DivertToMachine, visit="A001", machine="M1").refused(MachineFaulty("M1"))
    story.when(DivertToMachine, visit="A001", machine="M9").refused(UnknownMachine("M9"))


def test_only_a_waiting_or_called_ticket_goes_to_a_machine_and_only_that_one_comes_back(story):
    story.open(1)
    story.take("A")
    story.when(ReturnFromMachine, visit="A001").refused(TicketNotDiverted("A001", "waiting"))
    story.serve(1)

    story.when(DivertToMachine, visit="A001", machine="M1").refused(
        TicketNotWaiting("A001", "serving")
    )


# --- The missed list -----------------------------------------------------------------------------


def test_a_missed_ticket_is_reinstated_some_places_behind_the_head(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.miss(1)
    for _ in range(5):
        story.take("A")

    story.when(ReinstateTicket, visit="A001").then(
        TicketReinstated(visit=1, places=3, until=story.now + 15 * MINUTE)
    )

    assert story.ahead("A001") == 3
    called = []
    for counter in (1, 2, 1, 2):
        called.append(story.serve(counter))
        story.finish(counter)
    assert called == ["A002", "A003", "A004", "A001"]


def test_a_ticket_is_reinstated_once(story):
    story.open(1)
    story.take("A")
    story.when(ReinstateTicket, visit="A001").refused(TicketNotMissed("A001", "waiting"))
    story.call(1)
    story.miss(1)
    story.given(ReinstateTicket, visit="A001")
    story.call(1)
    story.miss(1)

    story.when(ReinstateTicket, visit="A001").refused(ReinstatedBefore("A001", 1))


def test_a_customer_whom_a_call_may_not_reach_is_put_back_without_asking_three_times(story):
    story.open(1)
    story.take("A", needs=("visual_call",))
    for _ in range(3):
        story.call(1)
        for _ in range(17):
            story.later(seconds=10)
            story.given(RecallTicket, counter=1)
        story.later(seconds=10)
        story.given(MarkMissed, counter=1)
        assert story.state("A001") == "waiting"

    story.call(1)
    story.later(minutes=6)

    assert story.state("A001") == "missed"
    story.when(ReinstateTicket, visit="A001").refused(ReinstatedBefore("A001", 3))
