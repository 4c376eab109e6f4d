"""The clock on the wall of a branch: days and hours where clocks change and calendars turn.

The instants are written in UTC, as an almanac gives them.
"""

from datetime import UTC, datetime

import pytest

from server.domain import hours
from server.domain.configuration import DayException, HoursRule
from server.domain.events import DayClosed, DayOpened
from shared.protocol import CloseDay
from tests.server.domain.story import HOUR, a_branch, like

ROUND_THE_CLOCK = {
    "day_opens": "00:00",
    "day_ends": "24:00",
    "rules": (
        HoursRule(
            days=hours.WEEKDAYS,
            opens="00:00",
            closes="24:00",
            tickets_from="00:00",
            tickets_until="24:00",
        ),
    ),
}


def utc(text):
    """The instant (ms) of a time in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


# --- Zones ---------------------------------------------------------------------------------------


def test_nine_oclock_is_nine_oclock_on_the_branchs_wall():
    assert hours.instant(a_branch(), "2026-11-16", "09:00") == utc("2026-11-16 01:00")
    berlin = a_branch(time_zone="Europe/Berlin")
    assert hours.instant(berlin, "2026-11-16", "09:00") == utc("2026-11-16 08:00")


def test_the_date_is_the_branchs_and_not_the_servers():
    late = utc("2026-11-16 16:30")  # half past midnight in Shanghai

    assert hours.local_date(a_branch(), late) == "2026-11-17"
    assert hours.local_date(a_branch(time_zone="America/New_York"), late) == "2026-11-16"


def test_24_00_is_the_midnight_that_ends_the_day():
    config = a_branch()

    assert hours.instant(config, "2026-11-16", "24:00") == utc("2026-11-16 16:00")
    assert hours.instant(config, "2026-11-17", "00:00") == utc("2026-11-16 16:00")


# --- Daylight saving time ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "opens", "ends"),
    [
        ("2027-03-27", "2027-03-27 07:00", "2027-03-27 19:00"),  # the day before: UTC+1
        ("2027-03-28", "2027-03-28 06:00", "2027-03-28 18:00"),  # clocks go forward: UTC+2
        ("2026-10-24", "2026-10-24 06:00", "2026-10-24 18:00"),  # the day before: UTC+2
        ("2026-10-25", "2026-10-25 07:00", "2026-10-25 19:00"),  # clocks go back: UTC+1
    ],
)
def test_the_day_opens_at_eight_and_ends_at_twenty_on_the_wall_when_clocks_change(day, opens, ends):
    berlin = a_branch(time_zone="Europe/Berlin")

    assert hours.instant(berlin, day, "08:00") == utc(opens)
    assert hours.day_ends(berlin, day) == utc(ends)


@pytest.mark.parametrize(
    ("day", "next_day", "hours_long"),
    [
        ("2027-03-27", "2027-03-28", 24),
        ("2027-03-28", "2027-03-29", 23),
        ("2026-10-25", "2026-10-26", 25),
    ],
)
def test_a_day_round_the_clock_has_the_hours_it_has(tell, day, next_day, hours_long):
    story = tell(f"{day} 00:00", time_zone="Europe/Berlin", hours=ROUND_THE_CLOCK)
    opened_at = story.branch.day.opened_at
    story.open(1)
    story.away_until(f"{day} 23:59")

    story.at(f"{next_day} 00:00")

    assert story.branch.day.opened_at - opened_at == hours_long * HOUR
    closed, opened = [event for event, _ in story.history[-2:]]
    assert closed == DayClosed(day=day)  # on time, to the instant
    assert opened == like(DayOpened, day=next_day)


def test_an_opening_within_the_hour_that_is_left_out_is_still_an_opening():
    # 02:30 does not exist on that day: clocks go from 02:00 to 03:00, which is 01:00 UTC.
    berlin = a_branch(time_zone="Europe/Berlin", hours={"day_opens": "02:30"})

    assert hours.instant(berlin, "2027-03-28", "02:30") == utc("2027-03-28 01:30")


def test_an_opening_within_the_hour_that_comes_twice_is_the_first_of_them():
    berlin = a_branch(time_zone="Europe/Berlin")

    assert hours.instant(berlin, "2026-10-25", "02:30") == utc("2026-10-25 00:30")


def test_tickets_of_the_day_after_the_change_begin_at_the_right_instant():
    berlin = a_branch(time_zone="Europe/Berlin")

    # Saturday 24 October 2026; the next tickets on Sunday 09:15, which is UTC+1 again.
    assert hours.next_tickets(berlin, "A", "2026-10-24") == utc("2026-10-25 08:15")


# --- The calendar --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "tomorrow"),
    [
        ("2026-11-30", "2026-12-01"),  # a month ends
        ("2026-12-31", "2027-01-01"),  # a year ends
        ("2028-02-28", "2028-02-29"),  # a leap year
        ("2028-02-29", "2028-03-01"),
        ("2027-02-28", "2027-03-01"),  # not a leap year
    ],
)
def test_the_next_day_is_the_next_on_the_calendar(tell, today, tomorrow):
    story = tell(f"{today} 09:40")
    story.given(CloseDay)

    story.at(f"{tomorrow} 08:00")

    assert story.board.day == tomorrow
    assert story.history[-1][1].at == story.moment(f"{tomorrow} 08:00")


def test_a_holiday_opens_nothing_and_the_next_opening_is_after_it(tell):
    eve = tell(
        "2026-12-31 18:00",
        hours={
            "exceptions": (
                DayException(date="2027-01-01"),
                DayException(date="2027-01-02"),
                DayException(date="2027-01-03"),
            )
        },
    )
    eve.given(CloseDay)
    assert eve.kiosk.next_day_opens == eve.moment("2027-01-04 08:00")

    eve.at("2027-01-04 07:59")
    assert eve.board.day is None
    eve.at("2027-01-04 08:00")
    assert eve.board.day == "2027-01-04"


def test_a_swapped_sunday_is_worked_as_a_monday(tell):
    sunday = tell(
        "2027-02-14 10:00", hours={"exceptions": (DayException(date="2027-02-14", like="mon"),)}
    )

    assert sunday.service("Q").status == "open"
    assert sunday.take("Q") == "Q001"
    assert sunday.service("Q").closes == sunday.moment("17:00")


def test_a_swapped_working_day_is_found_as_the_next_day_of_a_service():
    config = a_branch(hours={"exceptions": (DayException(date="2026-11-22", like="mon"),)})

    assert hours.next_tickets(config, "Q", "2026-11-20") == hours.instant(
        config, "2026-11-22", "08:45"
    )


def test_a_service_that_is_never_offered_again_has_no_next_day():
    config = a_branch(hours={"rules": ()})

    assert hours.next_tickets(config, "A", "2026-11-16") is None
    assert hours.next_opening(config, 0) is None


# --- The hours of a service ----------------------------------------------------------------------


def test_a_later_rule_for_the_same_weekday_takes_the_place_of_an_earlier_one():
    rules = a_branch().hours.rules
    late = HoursRule(
        days=("mon",),
        opens="13:00",
        closes="17:00",
        tickets_from="12:45",
        tickets_until="16:45",
        services=("L",),
    )
    config = a_branch(hours={"rules": (*rules, late)})

    monday = hours.schedule(config, "2026-11-16")

    assert monday["L"].opens == hours.instant(config, "2026-11-16", "13:00")
    assert monday["A"].opens == hours.instant(config, "2026-11-16", "09:00")


def test_a_service_may_begin_later_than_the_branch():
    config = a_branch(services={"L": {"tickets_from": "10:30"}})

    monday = hours.schedule(config, "2026-11-16")

    assert monday["L"].tickets_from == hours.instant(config, "2026-11-16", "10:30")
    assert monday["A"].tickets_from == hours.instant(config, "2026-11-16", "08:45")


# --- The next opening ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "not_on", "expected"),
    [
        ("2026-11-16 07:00", "", "2026-11-16"),  # later today
        ("2026-11-16 19:59", "", "2026-11-16"),  # today: it should be open already
        ("2026-11-16 20:00", "", "2026-11-17"),  # today is over
        ("2026-11-16 12:00", "2026-11-16", "2026-11-17"),  # today has had its day
        ("2026-11-20 21:00", "", "2026-11-21"),  # on Saturdays too
    ],
)
def test_the_next_opening_is_the_first_day_with_hours_that_is_not_over(now, not_on, expected):
    config = a_branch()
    after = hours.instant(config, now[:10], now[11:])

    assert hours.next_opening(config, after, not_on) == (
        expected,
        hours.instant(config, expected, "08:00"),
    )
