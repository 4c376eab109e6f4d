"""The business day: opened and closed, by hand and by the clock; emergencies; the shell's own."""

import pytest
from msgspec.structs import replace

from server.domain.commands import Configure, MarkRehearsal, Resume, StepClock
from server.domain.day import obstacles
from server.domain.events import (
    BranchConfigured,
    BranchResumed,
    ClockStepped,
    CounterClosed,
    DayClosed,
    DayOpened,
    EmergencyEnded,
    EmergencyStarted,
    HandwrittenEntered,
    HandwrittenServed,
    RehearsalMarked,
    TicketTaken,
    TicketUnserved,
)
from server.domain.hours import ServiceHours
from server.domain.refusals import (
    CounterInUse,
    CounterNeeded,
    DayAlreadyOpen,
    DayChanged,
    DayIsOver,
    DayNotOpen,
    EmergencyAlready,
    EnteredBefore,
    NoEmergency,
    NotToday,
    NumberInUse,
    PaperNumbersInUse,
    PeopleStillHere,
    ServiceInUse,
    TicketsOver,
    TimesOutOfOrder,
    UnknownCounter,
    UnknownService,
)
from shared.protocol import (
    CloseCounter,
    CloseDay,
    DivertToMachine,
    EndEmergency,
    EnterHandwritten,
    LeaveLine,
    OpenDay,
    ParkTicket,
    PauseCounter,
    ResumeCounter,
    SetCounterServices,
    SetMachine,
    StartEmergency,
    TakeTicket,
    TransferTicket,
)
from tests.server.domain.story import a_branch, like

# --- Opening -------------------------------------------------------------------------------------


def test_the_day_opens_by_the_clock_with_its_hours_fixed(tell):
    story = tell("2026-11-16 07:59:59")
    assert story.board.day is None
    story.later(seconds=1)

    opened = story.history[-1][0]
    assert opened == like(DayOpened, day="2026-11-16", ends_at=story.moment("20:00"))
    assert opened.hours["W"] == ServiceHours(
        opens=story.moment("09:00"),
        closes=story.moment("17:00"),
        tickets_from=story.moment("08:45"),
        tickets_until=story.moment("16:30"),
    )
    assert list(opened.hours) == ["A", "F", "L", "W", "Q"]


def test_on_a_saturday_only_cash_and_cards_are_offered(tell):
    story = tell("2026-11-21 08:00")

    assert list(story.branch.day.hours) == ["A", "F"]
    assert story.service("Q").status == "not_today"
    assert story.service("Q").next_from == story.moment("2026-11-23 08:45")


def test_the_day_is_opened_by_hand_before_the_clock_would(tell):
    story = tell("2026-11-16 06:00")

    story.when(OpenDay).then(like(DayOpened, day="2026-11-16"))
    story.when(OpenDay).refused(DayAlreadyOpen("2026-11-16"))
    story.at("09:00")
    assert story.branch.day.opened_at == story.moment("06:00")


def test_a_day_without_hours_is_opened_by_hand_only(tell):
    story = tell("2026-11-16 08:00", hours={"rules": ()})
    story.at("12:00")
    assert story.branch.day is None
    assert story.feed("KioskView").next_day_opens is None
    assert story.service("A").next_from is None

    story.when(OpenDay).then(like(DayOpened, hours={}, ends_at=story.moment("20:00")))

    story.at("19:59:59")
    assert story.board.day == "2026-11-16"
    story.at("20:00")
    assert story.board.day is None


def test_only_todays_business_day_is_opened(tell):
    story = tell("2026-11-16 07:00")

    story.when(OpenDay, day="2026-11-17").refused(NotToday("2026-11-16"))


def test_a_day_that_was_closed_does_not_open_again(story):
    story.given(CloseDay)

    story.when(OpenDay).refused(DayIsOver("2026-11-16"))
    story.later(hours=3)
    assert story.branch.day is None


def test_no_day_opens_after_its_end(tell):
    story = tell("2026-11-16 20:00")

    story.when(OpenDay).refused(DayIsOver("2026-11-16"))


def test_a_day_opened_by_hand_after_hours_does_not_close_at_once(tell):
    story = tell("2026-11-16 07:00", hours={"day_opens": "18:00"})
    story.at("17:30")
    story.given(OpenDay)

    story.at("19:59:59")
    assert story.board.day == "2026-11-16"
    story.at("20:00")
    assert story.board.day is None


def test_opening_restarts_the_number_series(story):
    assert [story.take("A"), story.take("A")] == ["A001", "A002"]

    story.at("2026-11-17 09:00")

    assert story.take("A") == "A001"
    assert story.visit("A001").id == 3  # but a visit's id never comes again


# --- Closing -------------------------------------------------------------------------------------


def test_the_day_closes_by_hand_when_nobody_is_here(story):
    story.open(1)

    story.when(CloseDay).then(CounterClosed(counter=1), DayClosed(day="2026-11-16"))
    assert story.board.next_day_opens == story.moment("2026-11-17 08:00")


def test_whoever_is_still_here_must_be_meant_and_is_never_counted_as_served(story):
    story.open(1, 2, 3)
    for _ in range(4):
        story.take("A")
    story.serve(1)
    story.call(2)
    story.given(LeaveLine, visit="A003")
    story.given(PauseCounter, counter=3, reason="balancing", by="branch_head")
    story.when(CloseDay).refused(PeopleStillHere(3))

    story.when(CloseDay, leftovers=True).then(
        TicketUnserved(visit=1),
        TicketUnserved(visit=2),
        TicketUnserved(visit=4),
        CounterClosed(counter=1),
        CounterClosed(counter=2),
        CounterClosed(counter=3),
        DayClosed(day="2026-11-16"),
    )
    assert story.board.figures.unserved == 3
    assert story.board.figures.done == 0


def test_parked_missed_and_diverted_customers_are_leftovers_too(story):
    story.open(1)
    for _ in range(3):
        story.take("A")
    story.call(1)
    story.given(ParkTicket, counter=1, reason="form")
    story.call(1)
    story.miss(1)
    story.given(DivertToMachine, visit="A003", machine="M1")

    story.given(CloseDay, leftovers=True)

    assert {story.state(n) for n in ("A001", "A002", "A003")} == {"unserved"}


def test_after_the_closing_hour_the_day_closes_when_everybody_has_gone(story):
    story.open(1)
    story.take("A")
    story.at("16:50")
    story.serve(1)
    story.at("17:05")
    story.finish(1)
    story.at("17:10")
    assert story.board.day == "2026-11-16"  # counter 1 still balances
    story.given(CloseCounter, counter=1)
    story.later(seconds=10)

    assert story.board.day is None
    assert story.history[-1][0] == DayClosed(day="2026-11-16")


def test_at_the_end_of_the_day_the_clock_closes_whatever_is_left(story):
    story.open(1)
    story.take("A")

    story.at("20:00")

    assert [event for event, _ in story.history[-3:]] == [
        TicketUnserved(visit=1),
        CounterClosed(counter=1),
        DayClosed(day="2026-11-16"),
    ]


def test_after_downtime_the_old_day_is_closed_late_and_then_the_new_one_opened(story):
    story.open(1)
    story.take("A")

    story.away_until("2026-11-17 08:30")

    closed, opened = [event for event, _ in story.history[-2:]]
    assert closed == DayClosed(day="2026-11-16", late=True)
    assert opened == like(DayOpened, day="2026-11-17")
    assert story.history[-2][1].at == story.moment("2026-11-17 08:30")  # at = now
    assert story.history[-3][0] == CounterClosed(counter=1)


def test_a_day_closed_by_the_clock_within_a_minute_is_not_late(story):
    story.away_until("2026-11-16 20:00:59")

    assert story.history[-1][0] == DayClosed(day="2026-11-16")


def test_a_server_that_was_away_for_days_opens_only_today(story):
    story.away_until("2026-11-20 10:00")

    assert [type(event).__name__ for event, _ in story.history[-2:]] == ["DayClosed", "DayOpened"]
    assert story.board.day == "2026-11-20"


# --- A command holds for the day it names --------------------------------------------------------


def test_no_command_is_taken_while_no_day_is_open(tell):
    story = tell("2026-11-16 07:00")

    story.when(TakeTicket, service="A").refused(DayNotOpen())


def test_a_command_of_another_day_is_refused(story):
    story.when(TakeTicket, service="A", day="2026-11-13").refused(DayChanged("2026-11-16"))


# --- Emergencies ---------------------------------------------------------------------------------


def test_in_an_emergency_numbers_are_written_by_hand(story):
    story.when(EndEmergency).refused(NoEmergency())
    story.when(StartEmergency, kind="emergency").then(EmergencyStarted(kind="emergency"))
    story.when(StartEmergency, kind="drill").refused(EmergencyAlready())

    story.when(TakeTicket, service="A").refused(PaperNumbersInUse())
    story.when(TakeTicket, service="A", reason="manager_decision").then(
        like(TicketTaken, number="A001")
    )
    assert story.kiosk.emergency
    assert story.board.emergency == "emergency"

    story.when(EndEmergency).then(EmergencyEnded())
    assert story.take("A") == "A002"


def test_a_handwritten_number_joins_the_line_with_the_time_written_on_it(story):
    story.open(1)
    story.at("10:00")
    story.take("A")
    story.given(StartEmergency, kind="emergency")
    story.at("10:30")
    story.given(EndEmergency)

    story.when(EnterHandwritten, number="51", service="A", taken_at=story.moment("09:58")).then(
        HandwrittenEntered(
            visit=2,
            number="51",
            service="A",
            taken_at=story.moment("09:58"),
            waiting_since=story.moment("09:58"),
        )
    )

    assert story.line(1) == ["51", "A001"]
    assert story.visit("51").handwritten


def test_a_handwritten_number_from_before_the_opening_waits_from_the_opening(story):
    story.given(StartEmergency, kind="emergency")

    story.when(EnterHandwritten, number="1", service="A", taken_at=story.moment("08:50")).then(
        like(HandwrittenEntered, waiting_since=story.moment("09:00"))
    )


def test_a_handwritten_number_for_a_service_without_hours_waits_from_its_time(tell):
    story = tell("2026-11-21 10:00")
    story.given(StartEmergency, kind="emergency")

    story.when(EnterHandwritten, number="1", service="Q", taken_at=story.moment("09:50")).then(
        like(HandwrittenEntered, waiting_since=story.moment("09:50"))
    )


def test_a_number_served_on_paper_is_entered_with_its_times(story):
    story.given(StartEmergency, kind="emergency")
    story.at("10:00")

    story.when(
        EnterHandwritten,
        number="7",
        service="A",
        lanes=("care",),
        taken_at=story.moment("09:10"),
        counter=3,
        started_at=story.moment("09:20"),
        finished_at=story.moment("09:26"),
    ).then(
        like(HandwrittenEntered, visit=1, number="7", lanes=("care",)),
        HandwrittenServed(
            visit=1,
            counter=3,
            started_at=story.moment("09:20"),
            finished_at=story.moment("09:26"),
        ),
    )

    assert story.state("7") == "done"
    assert story.visit("7").transaction.served_ms == 6 * 60_000
    assert story.board.figures.done == 1


def test_a_handwritten_number_of_somebody_who_is_still_here_is_refused(story):
    story.take("A")
    story.given(StartEmergency, kind="emergency")

    story.when(EnterHandwritten, number="A001", service="A", taken_at=story.now).refused(
        NumberInUse("A001")
    )


def test_handwritten_numbers_belong_to_an_emergency(story):
    story.when(EnterHandwritten, number="1", service="A", taken_at=story.now).refused(NoEmergency())


def test_a_number_served_on_paper_needs_its_counter_and_both_times(story):
    story.given(StartEmergency, kind="emergency")
    nine = story.now
    story.at("10:00")
    number = {"number": "1", "service": "A", "taken_at": nine}

    story.when(EnterHandwritten, **number, counter=1).refused(CounterNeeded())
    story.when(EnterHandwritten, **number, counter=1, started_at=nine).refused(CounterNeeded())
    story.when(EnterHandwritten, **number, finished_at=nine).refused(CounterNeeded())
    story.when(EnterHandwritten, **number, counter=99, started_at=nine, finished_at=nine).refused(
        UnknownCounter(99)
    )
    story.when(EnterHandwritten, number="1", service="X", taken_at=nine).refused(
        UnknownService("X")
    )


@pytest.mark.parametrize(
    ("taken", "started", "finished"),
    [
        ("10:01", None, None),  # in the future
        ("07:59", None, None),  # before the day
        ("09:30", "09:20", "09:40"),  # served before it was taken
        ("09:10", "09:30", "09:20"),  # finished before it was started
        ("09:10", "09:30", "10:01"),  # finished in the future
    ],
)
def test_handwritten_times_follow_each_other_within_the_day(story, taken, started, finished):
    story.given(StartEmergency, kind="emergency")
    story.at("10:00")
    served = {}
    if started:
        served = {
            "counter": 1,
            "started_at": story.moment(started),
            "finished_at": story.moment(finished),
        }

    story.when(
        EnterHandwritten, number="1", service="A", taken_at=story.moment(taken), **served
    ).refused(TimesOutOfOrder())


def test_after_a_morning_without_power_the_numbers_of_the_morning_can_be_entered(tell):
    story = tell("2026-11-15 12:00")
    story.away_until("2026-11-16 10:45")  # the day opens only now
    story.given(StartEmergency, kind="emergency")

    story.when(EnterHandwritten, number="1", service="A", taken_at=story.moment("08:45")).then(
        like(HandwrittenEntered, number="1")
    )
    story.when(EnterHandwritten, number="2", service="A", taken_at=story.moment("08:44")).refused(
        TimesOutOfOrder()
    )


@pytest.mark.parametrize("kind", ["drill", "training"])
def test_a_drill_is_marked_and_never_counted(story, kind):
    story.take("A")
    story.given(StartEmergency, kind=kind)
    story.at("09:30")
    story.take("A", reason="other")
    story.given(EnterHandwritten, number="1", service="A", taken_at=story.now)
    story.given(EndEmergency)
    story.given(EnterHandwritten, number="2", service="A", taken_at=story.now)

    assert [v.practice for v in story.branch.visits.values()] == [False, True, True, True]
    assert story.board.figures.issued == 1


def test_a_drill_leaves_the_figures_of_the_counters_and_the_quota_untouched(tell):
    story = tell(services={"A": {"quota_per_day": 2}})
    story.open(1)
    story.take("A")
    story.serve(1)
    story.finish(1)
    before = story.counter(1).figures
    story.given(StartEmergency, kind="drill")
    for _ in range(2):
        story.take("A", reason="other")
    story.serve(1)
    story.later(minutes=1)
    story.finish(1)
    story.call(1)
    story.miss(1)
    story.given(EndEmergency)

    assert story.counter(1).figures == before
    assert story.take("A") == "A004"


def test_a_number_counts_by_the_time_written_on_it_not_by_when_it_is_entered(story):
    story.at("10:00")
    story.given(StartEmergency, kind="emergency")
    story.given(EndEmergency)
    story.at("15:00")
    story.given(StartEmergency, kind="drill")
    story.at("15:10")

    for number, taken in (("1", "09:58"), ("2", "10:05"), ("3", "15:05")):
        story.given(EnterHandwritten, number=number, service="A", taken_at=story.moment(taken))

    assert [v.practice for v in story.branch.visits.values()] == [False, False, True]


def test_numbers_of_a_power_cut_are_no_practice_because_there_was_a_drill_before(story):
    story.at("09:30")
    story.given(StartEmergency, kind="drill")
    story.at("09:45")
    story.given(EndEmergency)
    story.at("10:50")
    story.given(StartEmergency, kind="emergency")  # the power went at half past ten

    for number, taken in (("1", "09:40"), ("2", "10:31"), ("3", "10:50")):
        story.given(EnterHandwritten, number=number, service="A", taken_at=story.moment(taken))

    assert [v.practice for v in story.branch.visits.values()] == [True, False, False]
    assert story.board.figures.issued == 2


def test_a_handwritten_number_is_entered_once_however_many_have_the_slip_in_hand(story):
    story.given(StartEmergency, kind="emergency")
    story.at("10:00")
    slip = {"number": "7", "service": "A", "taken_at": story.moment("09:10")}
    served = {"counter": 3, "started_at": story.moment("09:20"), "finished_at": story.now}
    story.given(EnterHandwritten, **slip, **served)

    story.when(EnterHandwritten, **slip, **served).refused(EnteredBefore("7"))
    story.when(EnterHandwritten, **slip).refused(EnteredBefore("7"))
    assert story.board.figures.issued == 1


def test_the_numbers_of_a_drill_may_be_written_again_when_it_is_no_drill(story):
    story.given(StartEmergency, kind="drill")
    story.at("09:10")
    slip = {"number": "7", "service": "A"}
    story.given(EnterHandwritten, **slip, taken_at=story.moment("09:05"))
    story.given(LeaveLine, visit="7")
    story.given(EndEmergency)
    story.at("10:00")
    story.given(StartEmergency, kind="emergency")

    story.when(EnterHandwritten, **slip, taken_at=story.now).then(
        like(HandwrittenEntered, number="7")
    )
    story.given(LeaveLine, visit="7")
    story.when(EnterHandwritten, **slip, taken_at=story.now).refused(EnteredBefore("7"))


# --- Configuration in use ------------------------------------------------------------------------


def without_counter(counter):
    config = a_branch()
    return replace(config, counters=tuple(c for c in config.counters if c.id != counter))


def without_service(service):
    config = a_branch(
        counters={
            5: {"services": ("F",)},
            6: {"services": ("F",)},
            7: {"services": ("F",)},
            8: {"services": ("F",)},
        }
    )
    return replace(config, services=tuple(s for s in config.services if s.id != service))


def test_the_same_configuration_again_changes_nothing(story):
    story.when(Configure, config=a_branch()).then()


def test_a_new_configuration_holds_from_here_on(story):
    new = a_branch(limits={"undo_seconds": 5})

    story.when(Configure, config=new).then(BranchConfigured(config=new))

    assert story.branch.config.limits.undo_seconds == 5


def test_an_open_counter_stays_as_it_is_and_serves_what_the_configuration_says(story):
    story.open(6)
    story.take("F")
    story.given(Configure, config=a_branch(counters={6: {"services": ("Q", "F")}}))

    assert story.call(6) == "F001"


def test_what_a_manager_gave_a_counter_for_today_survives_a_new_configuration(story):
    story.given(SetCounterServices, counter=6, services=("Q", "W"), reason="peak")

    story.given(Configure, config=a_branch(services={"A": {"usual_minutes": 7}}))
    assert story.counter(6).services == ("Q", "W")
    story.given(Configure, config=without_service("W"))
    assert story.counter(6).services == ("Q",)
    story.given(Configure, config=without_service("Q"))
    assert story.counter(6).services == ("F",)


def test_a_counter_may_be_added_at_any_time(story):
    config = a_branch()
    ninth = replace(config.counters[0], id=9)
    story.given(Configure, config=replace(config, counters=(*config.counters, ninth)))
    story.open(9)
    story.take("A")

    assert story.call(9) == "A001"


@pytest.mark.parametrize("state", ["open", "paused"])
def test_a_counter_at_work_is_not_taken_away(story, state):
    story.open(1, 2)
    if state == "paused":
        story.given(PauseCounter, counter=2, reason="away")

    story.when(Configure, config=without_counter(2)).refused(CounterInUse(2))
    if state == "paused":
        story.given(ResumeCounter, counter=2)
    story.given(CloseCounter, counter=2)
    story.when(Configure, config=without_counter(2)).then(like(BranchConfigured))


def test_a_counter_somebody_waits_for_is_not_taken_away(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.given(TransferTicket, counter=1, to_counter=2)

    story.when(Configure, config=without_counter(2)).refused(CounterInUse(2))
    story.given(LeaveLine, visit="A001")
    story.when(Configure, config=without_counter(2)).then(like(BranchConfigured))


def test_a_counter_somebody_is_parked_for_is_not_taken_away(story):
    story.open(1, 2)
    story.take("A")
    story.call(2)
    story.given(ParkTicket, counter=2, reason="form", until=story.moment("09:30"))
    story.given(CloseCounter, counter=2)

    story.when(Configure, config=without_counter(2)).refused(CounterInUse(2))


def test_a_counter_somebody_is_promised_back_to_is_not_taken_away(story):
    story.open(1, 2, 7)
    story.take("A")
    story.serve(2)
    story.given(TransferTicket, counter=2, service="L", back_to_me=True)
    story.given(CloseCounter, counter=2)

    story.when(Configure, config=without_counter(2)).refused(CounterInUse(2))


def test_a_service_somebody_wants_is_not_taken_away(story):
    story.take("L")

    story.when(Configure, config=without_service("L")).refused(ServiceInUse("L", 1))


def test_a_service_may_go_when_its_customers_have_gone_and_their_tickets_still_show(story):
    story.take("L")
    story.given(LeaveLine, visit="L001")

    story.when(Configure, config=without_service("L")).then(like(BranchConfigured))

    ticket = story.feed("TicketView:1")
    assert (ticket.number, ticket.state, ticket.service_name.zh) == ("L001", "left", "")


def test_all_that_stands_in_the_way_of_a_new_configuration_is_known_at_once(story):
    story.open(1, 2)
    for service in ("A", "L", "L"):
        story.take(service)
    story.call(1)
    new = replace(without_service("L"), counters=without_counter(2).counters[1:])

    assert obstacles(story.branch, new) == [
        CounterInUse(1),
        CounterInUse(2),
        ServiceInUse("L", 2),
    ]
    assert obstacles(story.branch, story.branch.config) == []


def closing_at(time):
    config = a_branch()
    rules = tuple(
        replace(rule, closes=time, tickets_until=min(rule.tickets_until, time))
        for rule in config.hours.rules
    )
    return replace(config, hours=replace(config.hours, rules=rules))


def test_new_hours_hold_today_and_the_day_ends_when_it_would_have(story):
    ends_at = story.branch.day.ends_at
    story.take("A")

    story.given(Configure, config=closing_at("12:00"))

    assert story.branch.day.hours["A"].closes == story.moment("12:00")
    assert story.branch.day.ends_at == ends_at
    story.at("12:00")
    tomorrow = story.moment("2026-11-17 08:45")
    story.when(TakeTicket, service="A").refused(TicketsOver("A", tomorrow))


def test_a_service_that_is_added_is_offered_at_once(story):
    config = a_branch()
    tenth = replace(config.services[0], id="T", series="T")
    first = replace(config.counters[0], services=(*config.counters[0].services, "T"))
    rules = tuple(
        replace(rule, services=rule.services and (*rule.services, "T"))
        for rule in config.hours.rules
    )
    new = replace(
        config,
        services=(*config.services, tenth),
        counters=(first, *config.counters[1:]),
        hours=replace(config.hours, rules=rules),
    )

    story.given(Configure, config=new)
    story.open(1)
    story.take("T")

    assert story.call(1) == "T001"


def test_between_days_new_hours_wait_for_the_next_one(story):
    story.given(CloseDay)

    [configured] = story.given(Configure, config=closing_at("12:00"))

    assert configured.hours is None


def test_a_machine_keeps_its_state_through_a_new_configuration(story):
    story.given(SetMachine, machine="M1", state="faulty")

    story.given(Configure, config=a_branch(limits={"undo_seconds": 5}))

    assert [m.state for m in story.kiosk.machines] == ["faulty", "working"]


# --- The shell -----------------------------------------------------------------------------------


def test_a_rehearsal_is_marked_once_and_for_all(tell):
    story = tell("2026-11-16 07:00")

    story.when(MarkRehearsal).then(RehearsalMarked())
    story.when(MarkRehearsal).then()

    assert story.board.rehearsal


def test_a_journal_with_a_day_in_it_never_becomes_a_rehearsal(story):
    with pytest.raises(AssertionError):
        story.given(MarkRehearsal)
    story.given(CloseDay)
    with pytest.raises(AssertionError):
        story.given(MarkRehearsal)


def test_the_server_that_came_back_is_noted_while_a_day_is_open(story):
    story.when(Resume).then(BranchResumed())
    story.given(CloseDay)
    story.when(Resume).then()


def test_a_step_of_the_machines_clock_is_noted_and_moves_nothing(story):
    story.take("A")
    before = story.visit("A001").copy()

    story.when(StepClock, by_ms=-3_600_000).then(ClockStepped(by_ms=-3_600_000))

    assert story.branch.clock_steps == 1
    assert story.visit("A001") == before
