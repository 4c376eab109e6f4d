"""What customers are told of their appointments and when: over nights, over the days on which
clocks are changed, at the ends of months and years, and in whatever zone the branch is."""

import pytest

from server.domain import hours
from server.domain.configuration import Appointments, Bookable, QuietHours
from server.domain.reminders import Notice, awake, notices, send_at
from server.domain.state import Appointment, new_branch
from shared.protocol import (
    BookAppointment,
    CancelAppointment,
    CheckIn,
    ConfirmAppointment,
    HoldSlot,
    MoveAppointment,
)
from tests.server.domain.story import HOUR, MINUTE, Story, a_branch

WEDNESDAY = "2026-11-18"


def branch(time_zone="Asia/Shanghai", **rules):
    """Wealth is booked by the quarter of an hour; nothing else is."""
    services: dict[str, dict[str, object]] = {
        **{name: {"booking": None} for name in "FWQ"},
        "L": {"booking": Bookable(share=1.0, length_minutes=15)},
    }
    appointments = Appointments(**{"overbooking": False, **rules})
    return a_branch(services=services, appointments=appointments, time_zone=time_zone)


@pytest.fixture
def story():
    made = Story(branch(), "2026-11-16 10:00")
    yield made
    made.replays()


def book(story, time, phone="13800138000"):
    held = story.given(HoldSlot, service="L", slot=story.moment(time), by="kiosk")
    appointment = held[-1].appointment
    story.given(BookAppointment, appointment=appointment, phone=phone, by="kiosk")
    return appointment


def told(story):
    """What there is to be told, and from when until when."""
    return {
        one.kind: (clock(story, one.due), clock(story, one.until))
        for one in notices(story.branch, story.now)
    }


def clock(story, at):
    config = story.branch.config
    return f"{hours.local_date(config, at)[5:]} {hours.local_time(config, at)}"


# --- What there is to be told --------------------------------------------------------------------


def test_who_books_is_told_so_and_reminded_the_day_before_and_two_hours_before(story):
    book(story, f"{WEDNESDAY} 14:00")

    assert told(story) == {
        "booked": ("11-16 10:00", "11-17 10:00"),
        "day_before": ("11-17 14:00", "11-18 12:00"),
        "soon": ("11-18 12:00", "11-18 14:00"),
    }


def test_nobody_is_reminded_of_what_was_booked_less_than_a_day_ago(story):
    book(story, "2026-11-17 09:30")
    assert set(told(story)) == {"booked", "soon"}


def test_nor_of_what_begins_within_two_hours(story):
    book(story, "11:30")
    assert set(told(story)) == {"booked"}


def test_who_has_left_nothing_of_themselves_is_told_nothing(story):
    book(story, f"{WEDNESDAY} 14:00", phone="")
    assert told(story) == {}


def test_a_moved_appointment_has_other_reminders_under_other_names(story):
    appointment = book(story, f"{WEDNESDAY} 14:00")
    before = {one.name for one in notices(story.branch, story.now)}
    story.at("10:30")

    story.given(MoveAppointment, appointment=appointment, slot=story.moment("2026-11-20 09:30"))

    assert told(story) == {
        "moved": ("11-16 10:30", "11-17 10:30"),
        "day_before": ("11-19 09:30", "11-20 07:30"),
        "soon": ("11-20 07:30", "11-20 09:30"),
    }
    assert before.isdisjoint(one.name for one in notices(story.branch, story.now))


def test_of_a_cancelled_appointment_there_is_one_thing_to_be_told(story):
    appointment = book(story, f"{WEDNESDAY} 14:00")
    story.at("11:00")

    story.given(CancelAppointment, appointment=appointment)

    assert told(story) == {"cancelled": ("11-16 11:00", "11-17 11:00")}


def test_who_has_come_is_told_nothing_any_more(story):
    appointment = book(story, "12:00")
    story.at("11:50")

    story.given(CheckIn, appointment=appointment)

    assert told(story) == {}


def test_what_was_cancelled_after_its_time_is_told_to_nobody():
    """The branch closed a day on which it never opened its doors."""
    there = new_branch(branch())
    slot = hours.instant(there.config, WEDNESDAY, "12:00")
    cancelled = Appointment(1, "L", slot, "cancelled", person="p", changed_at=slot + HOUR)
    there.appointments[1] = cancelled

    assert notices(there, slot + HOUR) == []


def test_a_confirmed_appointment_is_reminded_of_all_the_same(story):
    appointment = book(story, f"{WEDNESDAY} 14:00")

    story.given(ConfirmAppointment, appointment=appointment)

    assert set(told(story)) == {"booked", "day_before", "soon"}


def test_what_is_long_over_is_left_out(story):
    appointment = book(story, f"{WEDNESDAY} 14:00")
    story.given(CancelAppointment, appointment=appointment)

    story.at("2026-11-18 09:59")
    assert set(told(story)) == {"cancelled"}
    story.at("2026-11-18 10:00")
    assert told(story) == {}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"notices": False}, {"day_before", "soon"}),
        ({"remind_days": 0}, {"booked", "soon"}),
        ({"remind_minutes": 0}, {"booked", "day_before"}),
        ({"remind_minutes": 1_440}, {"booked", "soon"}),  # both at once would be one too many
        ({"remind_days": 0, "remind_minutes": 0, "notices": False}, set()),
    ],
)
def test_a_branch_says_what_is_told(rules, expected):
    story = Story(branch(**rules), "2026-11-16 10:00")

    book(story, f"{WEDNESDAY} 14:00")

    assert set(told(story)) == expected


def test_nothing_is_told_of_a_cancelled_one_where_nobody_wants_it():
    story = Story(branch(notices=False), "2026-11-16 10:00")
    appointment = book(story, f"{WEDNESDAY} 14:00")

    story.given(CancelAppointment, appointment=appointment)

    assert told(story) == {}


# --- Quiet hours ---------------------------------------------------------------------------------


def notice(story, due, until):
    at = story.moment(due), story.moment(until)
    return Notice(1, "soon", "p", at[1], 0, *at)


@pytest.mark.parametrize(
    ("now", "due", "until", "expected"),
    [
        ("16 10:00", "16 14:00", "16 16:00", "16 14:00"),
        ("16 15:00", "16 14:00", "16 16:00", "16 15:00"),  # the server was away
        ("16 16:00", "16 14:00", "16 16:00", "too_late"),
        ("16 10:00", "16 20:59", "16 23:00", "16 20:59"),
        ("16 10:00", "16 21:00", "17 10:00", "17 08:00"),
        ("16 10:00", "17 07:30", "17 09:30", "17 08:00"),
        ("16 10:00", "17 06:00", "17 08:00", "quiet"),
        ("16 23:00", "16 14:00", "17 09:00", "17 08:00"),  # it was away until the night
    ],
)
def test_nothing_is_sent_at_night(story, now, due, until, expected):
    day = "2026-11-"
    found = send_at(
        story.branch.config, notice(story, day + due, day + until), story.moment(day + now)
    )

    assert (clock(story, found)[3:] if isinstance(found, int) else found) == expected


@pytest.mark.parametrize(
    ("begins", "ends", "at", "expected"),
    [
        ("12:00", "14:00", "13:00", "14:00"),
        ("12:00", "14:00", "14:00", "14:00"),
        ("12:00", "14:00", "11:59", "11:59"),
        ("00:00", "00:00", "03:00", "03:00"),  # no quiet hours
        ("18:00", "24:00", "19:00", "00:00"),
    ],
)
def test_quiet_hours_may_lie_within_a_day(begins, ends, at, expected):
    config = branch(quiet=QuietHours(begins=begins, ends=ends))
    story = Story(config, "2026-11-16 08:00")

    assert clock(story, awake(config, story.moment(at)))[6:] == expected


# --- The calendar --------------------------------------------------------------------------------

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


@pytest.mark.parametrize(
    ("zone", "slot", "day_before", "soon"),
    [
        ("Asia/Shanghai", "2026-12-01 10:00", "2026-11-30 10:00", "2026-12-01 08:00"),
        ("Asia/Shanghai", "2027-01-01 10:00", "2026-12-31 10:00", "2027-01-01 08:00"),
        ("Asia/Shanghai", "2028-02-29 10:00", "2028-02-28 10:00", "2028-02-29 08:00"),
        ("Asia/Shanghai", "2028-03-01 10:00", "2028-02-29 10:00", "2028-03-01 08:00"),
        ("Asia/Shanghai", "2027-03-01 10:00", "2027-02-28 10:00", "2027-03-01 08:00"),
        # A day of 23 hours and one of 25: at the same time of the day before, all the same.
        (BERLIN, "2027-03-28 10:00", "2027-03-27 10:00", "2027-03-28 08:00"),
        (BERLIN, "2027-10-31 10:00", "2027-10-30 10:00", "2027-10-31 08:00"),
        # Two hours before by the clock that hangs on the wall is another matter.
        (BERLIN, "2027-03-28 04:00", "2027-03-27 04:00", "2027-03-28 01:00"),
        (NEW_YORK, "2026-11-01 11:00", "2026-10-31 11:00", "2026-11-01 09:00"),
        ("Asia/Kolkata", "2026-12-01 10:00", "2026-11-30 10:00", "2026-12-01 08:00"),
    ],
)
def test_reminders_are_due_at_the_right_time_of_the_branchs_own_day(zone, slot, day_before, soon):
    config = branch(zone)
    day, time = slot.split()
    one = Appointment(1, "L", hours.instant(config, day, time), "booked", person="p")
    there = new_branch(config)
    there.appointments[1] = one

    due = {n.kind: n.due for n in notices(there, one.slot - 72 * HOUR)}

    expected = {"day_before": day_before, "soon": soon}
    assert {k: wall(config, at) for k, at in due.items() if k != "booked"} == expected
    assert due["soon"] == one.slot - 120 * MINUTE


def wall(config, at):
    return f"{hours.local_date(config, at)} {hours.local_time(config, at)}"


@pytest.mark.parametrize("day", ["2027-03-27", "2027-03-28", "2027-10-30", "2027-10-31"])
def test_quiet_hours_end_at_eight_by_the_clock_also_when_the_night_is_longer_or_shorter(day):
    config = branch(BERLIN)
    night = hours.instant(config, day, "22:00")

    morning = awake(config, night)

    assert wall(config, morning)[11:] == "08:00"
    assert 9 * HOUR <= morning - night <= 11 * HOUR


def test_where_the_clock_is_put_back_a_quiet_hour_is_not_over_twice():
    """Quiet until half past two, which comes twice: the first time is taken for the end."""
    config = branch(BERLIN, quiet=QuietHours(begins="22:00", ends="02:30"))
    first = hours.instant(config, "2027-10-31", "02:30")

    again = first + 40 * MINUTE  # ten past two, the second time

    assert wall(config, again)[11:] == "02:10"
    assert awake(config, again) == again
