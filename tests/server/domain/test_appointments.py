"""Appointments: times held, booked, moved and cancelled; and whoever comes early, late or not."""

import pytest
from msgspec.structs import replace

from server.domain import booked
from server.domain.commands import Configure
from server.domain.configuration import (
    Appointments,
    Blackout,
    Bookable,
    DayException,
    HoursRule,
)
from server.domain.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentConfirmed,
    AppointmentHeld,
    AppointmentMoved,
    AppointmentReleased,
    AppointmentWalkedIn,
    DayOpened,
    TicketCalled,
    TicketLeft,
    TicketTaken,
)
from server.domain.free_slots import find
from server.domain.refusals import (
    AppointmentOver,
    AppointmentsOnly,
    BookedAlready,
    CheckedInBefore,
    HoldOver,
    LineFull,
    MissedTooOften,
    NotBookable,
    OnAnotherDay,
    PaperNumbersInUse,
    ServiceInUse,
    SlotNotOffered,
    SlotTaken,
    TicketsStopped,
    TooEarlyToCheckIn,
    UnknownAppointment,
)
from server.domain.state import Shows
from shared.protocol import (
    BookAppointment,
    CallNext,
    CancelAppointment,
    ChangeLanes,
    CheckIn,
    CloseDay,
    ConfirmAppointment,
    FindSlots,
    HoldSlot,
    MoveAppointment,
    PromoteTicket,
    ReleaseSlot,
    StartEmergency,
    TakeTicket,
)
from tests.server.domain.story import MINUTE, Story, a_branch, like

TUESDAY = "2026-11-17"


def branch(booking=None, rules=None, **changes):
    """Wealth is booked by the quarter of an hour, at two rooms that are wholly given to it."""
    service = {"booking": booking or Bookable(share=1.0, length_minutes=15)}
    services = {
        **{name: {"booking": None} for name in "FWQ"},
        "L": service,
        **changes.pop("services", {}),
    }
    appointments = Appointments(**{"overbooking": False, **(rules or {})})
    return a_branch(services=services, appointments=appointments, **changes)


@pytest.fixture
def story():
    made = Story(branch(), "2026-11-16 08:50")
    yield made
    made.replays()


def a_story(start="2026-11-16 08:50", **changes):
    return Story(branch(**changes), start)


def held(story, time, station="kiosk-1", **fields):
    """A time is kept for a customer at that station; the appointment's id."""
    (event, *_) = [
        event
        for event in story.given(
            HoldSlot, service="L", slot=story.moment(time), by="kiosk", station=station, **fields
        )
        if isinstance(event, AppointmentHeld)
    ]
    return event.appointment


def book(story, time, station="kiosk-1", **fields):
    """An appointment at that time; its id."""
    needs = {name: fields.pop(name) for name in ("needs", "speaks") if name in fields}
    appointment = held(story, time, station, **needs)
    story.given(BookAppointment, appointment=appointment, by="kiosk", station=station, **fields)
    return appointment


def arrive(story, appointment, **fields):
    """The customer has come; the number."""
    events = story.given(CheckIn, appointment=appointment, **fields)
    return next(event.number for event in events if isinstance(event, TicketTaken))


def free(story, **fields):
    """The free times that day, as on the wall, with their room."""
    query = FindSlots(id="q" * 16, **{"service": "L", "days": 1, **fields})
    found = find(story.branch, query, story.now)
    zero = story.moment("00:00")
    return {
        f"{(slot.at - zero) // (60 * MINUTE):02d}:{(slot.at - zero) // MINUTE % 60:02d}": slot.room
        for slot in found
    }


def state(story, appointment):
    return story.branch.appointments[appointment].state


# --- Free times ----------------------------------------------------------------------------------


def test_free_times_keep_the_notice_the_buffer_and_the_lunch(story):
    times = free(story)

    assert next(iter(times)) == "10:00"  # an hour's notice; 09:45 is a buffer
    assert times["10:00"] == 2
    assert "10:45" not in times  # every fourth
    assert times["11:30"] == 1  # lunch, in halves


def test_what_is_booked_is_free_no_more(story):
    book(story, "10:00")
    assert free(story)["10:00"] == 1

    book(story, "10:00", "kiosk-2")
    assert "10:00" not in free(story)


def test_days_are_looked_at_up_to_the_horizon_and_none_in_the_past(story):
    assert free(story, first_day="2026-11-30")  # fourteen days on
    assert not free(story, first_day="2026-12-01")
    assert free(story, first_day="2026-11-02") == free(story)


def test_a_service_has_its_own_notice():
    story = a_story(booking=Bookable(share=1.0, length_minutes=15, lead_minutes=1440))

    assert not free(story)
    assert free(story, first_day=TUESDAY)


def test_a_low_counter_or_a_language_has_to_have_room_as_well():
    story = a_story(counters={8: {"low": False, "languages": ("zh",)}})
    book(story, "10:00", needs=("low_counter",))

    assert free(story)["10:00"] == 1
    assert "10:00" not in free(story, low_counter=True)
    assert free(story, speaks="en")["10:15"] == 1
    book(story, "10:15", speaks="en")
    assert "10:15" not in free(story, speaks="en")
    assert free(story)["10:15"] == 1


def test_one_more_is_booked_only_where_it_is_unlikely_that_all_come():
    story = a_story(rules={"overbooking": True})
    assert free(story)["10:00"] == 2

    story.branch.shows["L"] = Shows(due=100, came=40)

    assert free(story)["10:00"] == 3
    assert "10:45" not in free(story)  # a buffer stays one


def test_only_what_is_bookable_is_booked(story):
    story.when(HoldSlot, service="A", slot=story.moment("10:00")).refused(NotBookable("A"))


# --- Holding -------------------------------------------------------------------------------------


def test_a_time_is_kept_for_some_minutes(story):
    slot = story.moment("10:00")

    story.when(HoldSlot, service="L", slot=slot, by="kiosk", station="kiosk-1").then(
        AppointmentHeld(
            appointment=1,
            service="L",
            slot=slot,
            until=story.moment("08:58"),
            station="kiosk-1",
        )
    )
    story.at("08:59")

    assert 1 not in story.branch.appointments
    assert free(story)["10:00"] == 2


def test_a_time_is_kept_also_while_no_day_is_open_and_let_go_by_the_clock():
    story = a_story("2026-11-16 21:00")
    assert story.branch.day is None

    held(story, f"{TUESDAY} 10:00")
    story.at("21:09")

    assert not story.branch.appointments
    story.replays()


def test_the_last_place_is_held_once_and_the_nearest_free_ones_are_named(story):
    for station in ("kiosk-1", "kiosk-2"):
        held(story, "11:00", station)

    story.when(HoldSlot, service="L", slot=story.moment("11:00")).refused(
        SlotTaken(tuple(story.moment(time) for time in ("10:30", "11:15", "11:30")))
    )


def test_where_a_day_is_full_other_days_are_named():
    story = a_story(booking=Bookable(share=0.5, length_minutes=480), rules={"buffer_every": 0})
    assert not free(story, days=14)  # nothing as long as a whole day fits

    story.when(HoldSlot, service="L", slot=story.moment("10:00")).refused(SlotNotOffered(()))


def test_the_nearest_may_be_on_another_day():
    blackout = Blackout(date="2026-11-16")
    story = a_story(rules={"blackouts": (blackout,)})

    story.when(HoldSlot, service="L", slot=story.moment("10:00")).refused(
        SlotNotOffered(
            tuple(story.moment(f"{TUESDAY} {time}") for time in ("09:00", "09:15", "09:30"))
        )
    )


@pytest.mark.parametrize("time", ["10:01", "09:15", "18:00", "10:45", "2026-12-08 10:00"])
def test_a_time_that_is_not_offered_is_not_held(story, time):
    outcome = story.when(HoldSlot, service="L", slot=story.moment(time))

    assert isinstance(outcome.refusal, SlotNotOffered)
    outcome.checked = True


@pytest.mark.parametrize("at", [0, 253_402_300_799_999, 2**53 - 1])
def test_a_time_beyond_all_calendars_is_refused_with_the_next_free_ones(story, at):
    story.when(HoldSlot, service="L", slot=at).refused(
        SlotNotOffered(tuple(story.moment(time) for time in ("10:00", "10:15", "10:30")))
    )


@pytest.mark.parametrize(
    ("first_day", "found"),
    [("9999-12-31", 0), ("2026-11-31", 0), ("2026-02-30", 1), ("0001-01-01", 1)],
)
def test_a_day_that_there_is_not_is_no_trouble(story, first_day, found):
    times = free(story, first_day=first_day, days=31)

    assert bool(times) == bool(found)


def test_another_time_at_the_same_terminal_lets_the_first_go(story):
    first = held(story, "10:00")

    story.when(
        HoldSlot, service="L", slot=story.moment("10:15"), by="kiosk", station="kiosk-1"
    ).then(AppointmentReleased(appointment=first), like(AppointmentHeld, appointment=2))


def test_a_time_may_be_given_back(story):
    first = held(story, "10:00")

    story.when(ReleaseSlot, appointment=first, by="kiosk", station="kiosk-2").refused(HoldOver())
    story.when(ReleaseSlot, appointment=first, by="kiosk", station="kiosk-1").then(
        AppointmentReleased(appointment=first)
    )
    story.when(ReleaseSlot, appointment=first, by="kiosk", station="kiosk-1").refused(HoldOver())


# --- Booking -------------------------------------------------------------------------------------


def test_nobody_need_leave_a_name(story):
    appointment = held(story, "10:00")

    story.when(BookAppointment, appointment=appointment, by="kiosk", station="kiosk-1").then(
        AppointmentBooked(appointment=appointment)
    )


def test_a_name_is_kept_elsewhere_under_an_id(story):
    appointment = held(story, "10:00")

    (event,) = story.given(BookAppointment, appointment=appointment, name="王小明")

    assert event == AppointmentBooked(appointment=appointment, person="said-2")


def test_what_is_not_held_any_more_is_not_booked(story):
    appointment = held(story, "10:00")
    story.at("09:10")

    story.when(BookAppointment, appointment=appointment).refused(HoldOver())


def test_staff_may_go_on_where_a_customer_could_not(story):
    appointment = held(story, "10:00")

    story.when(BookAppointment, appointment=appointment, by="kiosk", station="kiosk-2").refused(
        HoldOver()
    )
    story.when(BookAppointment, appointment=appointment, by="lobby_assistant").then(
        AppointmentBooked(appointment=appointment)
    )


def test_a_telephone_number_has_one_appointment_a_day(story):
    first = book(story, "10:00", phone="13800138000")
    story.same = (story.branch.appointments[first].person,)
    second = held(story, "11:00")

    story.when(
        BookAppointment,
        appointment=second,
        phone="13800138000",
        by="kiosk",
        station="kiosk-1",
    ).refused(BookedAlready(story.moment("10:00")))

    story.given(CancelAppointment, appointment=first)
    story.when(
        BookAppointment, appointment=second, phone="13800138000", by="kiosk", station="kiosk-1"
    ).then(like(AppointmentBooked, appointment=second))


def test_and_another_one_on_another_day(story):
    first = book(story, "10:00", phone="13800138000")
    story.same = (story.branch.appointments[first].person,)

    book(story, f"{TUESDAY} 10:00", phone="13800138000")


def test_who_has_missed_too_often_asks_the_staff():
    story = a_story(rules={"missed_max": 1})
    first = book(story, "10:00", phone="13800138000")
    story.same = (story.branch.appointments[first].person,)
    story.at("10:20")
    second = held(story, f"{TUESDAY} 10:00")

    story.when(
        BookAppointment, appointment=second, phone="13800138000", by="kiosk", station="kiosk-1"
    ).refused(MissedTooOften(1))
    story.when(BookAppointment, appointment=second, phone="13800138000").then(
        like(AppointmentBooked)
    )


def test_a_walk_in_may_come_back_at_a_booked_time_instead(story):
    number = story.take("L")
    appointment = held(story, "10:00")

    story.when(BookAppointment, appointment=appointment, visit=story.visit(number).id).then(
        like(AppointmentBooked), TicketLeft(visit=story.visit(number).id)
    )


# --- Moving and cancelling -----------------------------------------------------------------------


def test_an_appointment_is_moved_and_counts_its_moves(story):
    appointment = book(story, "10:00")

    story.when(MoveAppointment, appointment=appointment, slot=story.moment("11:00")).then(
        AppointmentMoved(appointment=appointment, slot=story.moment("11:00"), sequence=1)
    )
    story.when(MoveAppointment, appointment=appointment, slot=story.moment("11:00")).then()
    assert free(story)["10:00"] == 2


def test_an_appointment_is_not_moved_to_a_time_that_others_have(story):
    appointment = book(story, "10:00")
    for station in ("kiosk-1", "kiosk-2"):
        book(story, "11:00", station)

    outcome = story.when(MoveAppointment, appointment=appointment, slot=story.moment("11:00"))

    assert isinstance(outcome.refusal, SlotTaken)
    outcome.refused(SlotTaken(outcome.refusal.nearest_at))


def test_a_cancelled_appointment_is_free_for_others_and_stays_cancelled(story):
    appointment = book(story, "10:00")

    story.when(CancelAppointment, appointment=appointment, by="booked_customer").then(
        AppointmentCancelled(appointment=appointment, by="customer")
    )
    story.when(CancelAppointment, appointment=appointment).then()
    story.when(MoveAppointment, appointment=appointment, slot=story.moment("11:00")).refused(
        AppointmentOver("cancelled")
    )
    story.when(CheckIn, appointment=appointment).refused(AppointmentOver("cancelled"))
    assert free(story)["10:00"] == 2


def test_a_customer_confirms_a_time_once_and_another_time_anew(story):
    appointment = book(story, "10:00")

    story.when(ConfirmAppointment, appointment=appointment, by="booked_customer").then(
        AppointmentConfirmed(appointment=appointment)
    )
    story.when(ConfirmAppointment, appointment=appointment).then()
    story.given(MoveAppointment, appointment=appointment, slot=story.moment("11:00"))

    assert not story.branch.appointments[appointment].confirmed
    story.given(ConfirmAppointment, appointment=appointment)
    assert story.branch.appointments[appointment].confirmed


def test_what_will_not_be_is_not_confirmed(story):
    appointment = book(story, "10:00")
    story.given(CancelAppointment, appointment=appointment)

    story.when(ConfirmAppointment, appointment=appointment).refused(AppointmentOver("cancelled"))


def test_what_is_only_held_is_not_cancelled_but_given_back(story):
    appointment = held(story, "10:00")

    story.when(CancelAppointment, appointment=appointment).refused(AppointmentOver("held"))


def test_an_appointment_that_is_not_there_is_none(story):
    story.when(CancelAppointment, appointment=7).refused(UnknownAppointment(7))
    story.when(CheckIn).refused(UnknownAppointment(0))


# --- Coming --------------------------------------------------------------------------------------


def test_who_comes_in_time_has_a_ticket_of_the_booked_series(story):
    appointment = book(story, "10:00", name="王小明")
    story.at("09:55")

    story.when(CheckIn, appointment=appointment, lanes=("care",)).then(
        like(
            TicketTaken,
            number="Y001",
            service="L",
            lanes=("care", "appointment"),
            waiting_since=story.moment("10:00"),
        ),
        AppointmentCheckedIn(appointment=appointment, visit=1),
    )
    assert story.branch.day.persons == {1: story.branch.appointments[appointment].person}
    assert state(story, appointment) == "arrived"


def test_who_comes_too_early_is_told_from_when(story):
    appointment = book(story, "11:00")

    story.when(CheckIn, appointment=appointment).refused(
        TooEarlyToCheckIn(story.moment("11:00"), story.moment("10:00"))
    )


def test_who_is_early_is_called_only_while_nobody_else_waits(story):
    story.open(7)
    appointment = book(story, "10:00")
    story.at("09:30")
    early = arrive(story, appointment)
    walk_in = story.take("L")

    assert story.line(7) == [walk_in, early]
    assert story.ahead(early) == 1
    assert story.call(7) == walk_in

    story.open(8)
    story.when(CallNext, counter=8).then(like(TicketCalled, number=early, counter=8))
    assert story.visit(early).why.rule == "nobody_else"


def test_from_the_booked_time_on_an_appointment_counts_like_one(story):
    story.open(7)
    appointment = book(story, "10:00")
    story.at("09:50")
    booked_one = arrive(story, appointment)
    walk_in = story.take("L")
    assert story.line(7) == [walk_in, booked_one]

    story.at("10:05")

    assert story.line(7) == [booked_one, walk_in]
    assert story.call(7) == booked_one
    assert story.visit(booked_one).why.lane == "appointment"
    assert story.visit(booked_one).why.waited_ms == 5 * MINUTE


def test_who_was_put_first_does_not_wait_for_the_booked_time(story):
    appointment = book(story, "10:00")
    story.at("09:30")
    early = arrive(story, appointment)
    story.open(7)
    walk_in = story.take("L")

    story.given(PromoteTicket, visit=early, reason="agreed_with_customer")

    assert story.line(7) == [early, walk_in]


def test_who_is_no_booked_customer_any_more_waits_like_everybody(story):
    appointment = book(story, "10:00")
    story.at("09:30")
    early = arrive(story, appointment)
    story.open(7)
    walk_in = story.take("L")

    story.given(ChangeLanes, visit=early, lanes=(), reason="agreed_with_customer")
    story.at("10:05")

    assert story.line(7) == [walk_in, early]


def test_ten_minutes_late_keeps_the_rights(story):
    appointment = book(story, "10:00")
    story.at("10:10")

    story.when(CheckIn, appointment=appointment).then(
        like(TicketTaken, number="Y001", waiting_since=story.moment("10:10")),
        like(AppointmentCheckedIn, visit=1),
    )


def test_later_is_a_walk_in_and_is_told_so(story):
    appointment = book(story, "10:00")
    story.at("10:12")

    story.when(CheckIn, appointment=appointment).then(
        like(TicketTaken, number="L001", lanes=("ordinary",), waiting_since=story.now),
        AppointmentWalkedIn(appointment=appointment, visit=1, late_minutes=12),
    )
    assert state(story, appointment) == "walked_in"


def test_who_has_not_come_after_a_quarter_of_an_hour_has_missed_it_and_is_never_refused(story):
    appointment = book(story, "10:00")
    story.at("10:15")
    assert state(story, appointment) == "missed"
    assert story.branch.shows["L"] == Shows(due=1, came=0)

    story.at("10:40")

    story.when(CheckIn, appointment=appointment).then(
        like(TicketTaken, number="L001"),
        like(AppointmentWalkedIn, late_minutes=40),
    )
    assert story.branch.shows["L"] == Shows(due=1, came=1)


def test_nobody_misses_an_appointment_while_the_server_is_away(story):
    appointment = book(story, "10:00")

    story.away_until("10:30")
    assert state(story, appointment) == "booked"

    story.at("10:45")
    assert state(story, appointment) == "missed"


def test_a_booked_customer_may_wait_like_everybody_at_once(story):
    appointment = book(story, "16:00")

    story.when(CheckIn, appointment=appointment, walk_in=True).then(
        like(TicketTaken, number="L001", lanes=("ordinary",), waiting_since=story.moment("09:00")),
        AppointmentWalkedIn(appointment=appointment, visit=1),
    )
    assert free(story)["16:00"] == 2


def test_an_appointment_has_one_ticket(story):
    appointment = book(story, "10:00")
    story.at("10:00")
    number = arrive(story, appointment)

    story.when(CheckIn, appointment=appointment).refused(CheckedInBefore(number))


def test_an_appointment_of_another_day_is_not_checked_in(story):
    appointment = book(story, f"{TUESDAY} 10:00")

    story.when(CheckIn, appointment=appointment, walk_in=True).refused(
        OnAnotherDay(story.moment(f"{TUESDAY} 10:00"))
    )


def test_while_numbers_are_written_on_paper_nobody_checks_in(story):
    appointment = book(story, "10:00")
    story.given(StartEmergency, kind="emergency", by="branch_head")

    story.when(CheckIn, appointment=appointment).refused(PaperNumbersInUse())


def test_a_full_line_is_full_for_everybody():
    story = a_story(limits={"line_max": 1})
    appointment = book(story, "10:00")
    story.at("10:00")
    story.take("A")

    story.when(CheckIn, appointment=appointment).refused(LineFull(1))


# --- The day -------------------------------------------------------------------------------------


def test_what_is_booked_after_the_closing_is_not_the_customers_fault(story):
    late, tomorrow = book(story, "16:00"), book(story, f"{TUESDAY} 10:00")

    events = story.given(CloseDay, by="operations_supervisor")

    assert AppointmentCancelled(appointment=late, by="day_over") in events
    assert state(story, tomorrow) == "booked"


def test_what_was_booked_for_a_day_that_never_opened_is_cancelled_by_the_next(story):
    never = book(story, f"{TUESDAY} 10:00")
    story.given(CloseDay, by="operations_supervisor")

    story.now = story.moment("2026-11-18 09:00")
    story.date = "2026-11-18"
    story._time_passed()

    assert state(story, never) == "cancelled"
    assert any(isinstance(event, DayOpened) for event, _ in story.history[-2:])


def test_appointments_are_forgotten_after_a_week(story):
    old = book(story, "10:00")
    story.at("10:30")
    coming = book(story, "2026-11-30 10:00")

    story.at("2026-11-24 09:00")
    assert old in story.branch.appointments

    story.at("2026-11-25 09:00")
    assert old not in story.branch.appointments
    assert state(story, coming) == "booked"


def test_what_was_seen_long_ago_counts_less():
    story = a_story()
    story.branch.shows["L"] = Shows(due=200, came=180)
    appointment = book(story, "10:00")
    story.at("10:00")

    arrive(story, appointment)

    assert story.branch.shows["L"] == Shows(due=101, came=91)


# --- Quotas and walk-ins -------------------------------------------------------------------------


def test_a_service_by_appointment_only_gives_no_tickets():
    story = a_story(booking=Bookable(share=1.0, length_minutes=15, only=True))

    story.when(TakeTicket, service="L").refused(AppointmentsOnly("L"))
    story.when(TakeTicket, service="L", reason="manager_decision").then(like(TicketTaken))


def test_a_quota_counts_whoever_has_booked():
    story = a_story(services={"L": {"booking": Bookable(share=1.0), "quota_per_day": 2}})
    book(story, "10:00")
    assert story.take("L") == "L001"

    story.when(TakeTicket, service="L").refused(TicketsStopped("L"))

    story.given(CloseDay, by="operations_supervisor", leftovers=True)
    assert booked.expected(story.branch, "L") == 0


# --- What is shown -------------------------------------------------------------------------------


def test_the_days_list_says_who_is_due_late_missing_and_there(story):
    times = ("10:00", "10:15", "10:30", "11:00", "11:15")
    first, second, third, fourth, fifth = (book(story, time) for time in times)
    story.given(CancelAppointment, appointment=fifth)
    story.at("10:05")
    number = arrive(story, first)
    story.at("10:27")
    assert [(one.id, one.status, one.number) for one in story.board.appointments] == [
        (first, "arrived", number),
        (second, "late", None),
        (third, "expected", None),
        (fourth, "expected", None),
    ]

    story.at("10:31")

    shown = [(one.id, one.status) for one in story.feed("CounterView:7").appointments]
    assert shown == [
        (first, "arrived"),
        (second, "missing"),
        (third, "due"),
        (fourth, "expected"),
    ]
    assert not story.feed("CounterView:1").appointments
    story.given(CheckIn, appointment=second)
    assert story.board.appointments[1].status == "walked_in"


def test_a_long_list_leaves_out_who_was_served_already():
    story = a_story(booking=Bookable(share=1.0, length_minutes=1), rules={"early_minutes": 600})
    appointments = [book(story, "10:00") for _ in range(25)]
    for appointment in appointments[:10]:
        arrive(story, appointment)

    shown = story.feed("CounterView:7").appointments

    assert len(shown) == 20
    assert {one.id for one in shown} >= set(appointments[10:])


def test_the_holder_of_the_link_sees_the_own_appointment_and_nobodys_name(story):
    appointment = book(story, "10:00", name="王小明")

    view = story.feed(f"AppointmentView:{appointment}")

    assert (view.state, view.slot, view.minutes) == ("booked", story.moment("10:00"), 15)
    assert view.check_in_from == story.moment("09:00")
    assert view.service_name.en == "Wealth and loans"
    assert story.feed("AppointmentView:99") is None
    story.at("10:00")
    assert arrive(story, appointment) == story.feed(f"AppointmentView:{appointment}").number


def test_customers_see_which_services_can_be_booked(story):
    assert {shown.id: shown.bookable for shown in story.kiosk.services}["L"]
    assert not {shown.id: shown.bookable for shown in story.kiosk.services}["A"]


def test_a_kiosk_knows_how_long_a_time_is_kept_and_how_late_one_may_come(story):
    times = story.kiosk.booking
    nothing = Story(a_branch(services={name: {"booking": None} for name in "FLWQ"}), "2026-11-16")

    assert (times.hold, times.early, times.late) == (8, 60, 10)
    assert nothing.kiosk.booking is None


def test_what_is_by_appointment_only_and_what_wants_an_amount_is_said():
    story = a_story(booking=Bookable(only=True, amount=True))

    shown = {one.id: (one.only_booked, one.asks_amount) for one in story.kiosk.services}

    assert (shown["L"], shown["A"]) == ((True, True), (False, False))


def test_between_days_there_is_no_list():
    story = a_story("2026-11-16 21:00")
    held(story, f"{TUESDAY} 10:00")

    assert story.board.appointments == ()


# --- A changed configuration ---------------------------------------------------------------------


def test_a_changed_calendar_says_which_appointments_it_hits(story):
    late, early = book(story, f"{TUESDAY} 16:00"), book(story, f"{TUESDAY} 10:00")
    held(story, f"{TUESDAY} 16:15")
    config = story.branch.config
    holiday = DayException(date=TUESDAY)
    blackout = Blackout(date=TUESDAY, begins="15:00", services=("L", "Q"))
    rule = HoursRule(
        days=config.hours.rules[0].days,
        opens="09:00",
        closes="15:00",
        tickets_from="08:45",
        tickets_until="14:45",
    )

    def hit(**changes):
        return [one.id for one in booked.hit_by(story.branch, replace(config, **changes))]

    assert hit() == []
    assert hit(hours=replace(config.hours, exceptions=(holiday,))) == [early, late]
    assert hit(hours=replace(config.hours, rules=(rule,))) == [late]
    assert hit(appointments=replace(config.appointments, blackouts=(blackout,))) == [late]
    assert hit(services=tuple(s for s in config.services if s.id != "L")) == [early, late]


def test_a_service_with_appointments_to_come_is_not_taken_away(story):
    book(story, f"{TUESDAY} 16:00")
    story.given(CancelAppointment, appointment=book(story, f"{TUESDAY} 15:00"))
    config = story.branch.config
    without = replace(
        config,
        services=tuple(s for s in config.services if s.id != "L"),
        counters=tuple(c for c in config.counters if "L" not in c.services),
    )

    story.when(Configure, config=without).refused(ServiceInUse("L", 1))
