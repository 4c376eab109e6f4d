"""How many appointments fit into a day: shares, buffers, breaks, and clocks that change."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from server.domain import hours
from server.domain.configuration import (
    Appointments,
    Blackout,
    Bookable,
    CounterConfig,
    DayException,
    Hours,
    HoursRule,
    ServiceConfig,
    Span,
)
from server.domain.slots import slots
from shared.protocol import Words
from tests.server.domain.story import MINUTE, MONDAY, a_branch

NAME = Words(zh="-", en="-")


def branch(*, counters=None, rules=None, breaks=(), exceptions=(), zone="Asia/Shanghai", **service):
    """One service of 15 minutes, booked in half of the slots of four counters, from 9 to 12."""
    fields = {"usual_minutes": 15, "booking": Bookable(), **service}
    return replace(
        a_branch(),
        time_zone=zone,
        services=(ServiceConfig(id="L", series="L", name=NAME, **fields),),
        counters=counters
        or tuple(CounterConfig(id=n, name=NAME, services=("L",), low=n == 1) for n in (1, 2, 3, 4)),
        hours=Hours(
            rules=(
                HoursRule(
                    days=hours.WEEKDAYS,
                    opens="09:00",
                    closes="12:00",
                    tickets_from="08:45",
                    tickets_until="11:45",
                    breaks=breaks,
                ),
            ),
            exceptions=exceptions,
        ),
        appointments=Appointments(**(rules or {})),
    )


def rooms(config, day=MONDAY):
    return [slot.room for slot in slots(config, config.services[0], day)]


def test_half_of_the_counters_are_booked_and_every_fourth_slot_is_free():
    assert rooms(branch()) == [2, 2, 2, 0] * 3


def test_the_buffer_is_configured():
    assert rooms(branch(rules={"buffer_every": 0})) == [2] * 12


def test_in_the_walk_ins_peak_fewer_are_booked():
    peak = Span(begins="09:00", ends="10:00", share=0.25)

    assert rooms(branch(rules={"peaks": (peak,)}))[:8] == [1, 1, 1, 0, 2, 2, 2, 0]


def test_lunch_in_halves_halves_what_is_booked():
    lunch = Span(begins="10:00", ends="11:00", share=0.5)

    assert rooms(branch(breaks=(lunch,)))[3:8] == [0, 1, 1, 1, 0]


def test_a_break_of_all_counters_leaves_nothing():
    assert rooms(branch(breaks=(Span(begins="09:00", ends="12:00"),))) == [0] * 12


def test_a_service_has_its_own_share_and_length():
    config = branch(booking=Bookable(length_minutes=30, share=1.0))

    assert rooms(config) == [2, 2, 2, 0, 2, 2, 2, 0, 2, 2, 2]  # the last ends at noon


def test_a_service_longer_than_its_part_of_a_slot_is_booked_now_and_then():
    """Rounding down in each slot would never let anybody book it: the rest is carried on."""
    config = branch(counters=(CounterConfig(id=1, name=NAME, services=("L",)),))

    assert rooms(config) == [0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0]


def test_an_elastic_counter_is_not_counted_on():
    able = tuple(
        CounterConfig(id=n, name=NAME, services=("L",), elastic=n > 2) for n in (1, 2, 3, 4)
    )

    assert rooms(branch(counters=able))[:2] == [1, 1]


def test_a_counter_that_serves_two_bookable_services_is_not_booked_twice():
    config = branch()
    other = ServiceConfig(id="W", series="W", name=NAME, usual_minutes=15, booking=Bookable())
    both = tuple(replace(c, services=("L", "W")) for c in config.counters)
    config = replace(config, services=(*config.services, other), counters=both)

    assert [slot.room for slot in slots(config, other, MONDAY)][:3] == [1, 1, 1]


def test_low_counters_and_languages_have_room_of_their_own():
    config = branch()
    first, *others = config.counters
    config = replace(config, counters=(replace(first, languages=("zh",)), *others))

    of_them = slots(config, config.services[0], MONDAY)

    assert sum(slot.room_low for slot in of_them) == 4  # one of four counters
    assert (sum(slot.room_in["zh"] for slot in of_them), sum(s.room for s in of_them)) == (18, 18)
    assert sum(slot.room_in["en"] for slot in of_them) == 13


def test_nothing_is_booked_in_a_blackout():
    of_all = Blackout(date=MONDAY, begins="09:30", ends="10:00")
    of_another = Blackout(date=MONDAY, services=("Q",))
    config = branch(rules={"blackouts": (of_all, of_another)})

    assert rooms(config)[:6] == [2, 2, 0, 0, 2, 2]
    assert rooms(config, "2026-11-17")[:3] == [2, 2, 2]


def test_what_is_not_booked_or_not_offered_has_no_slots():
    assert rooms(branch(booking=None)) == []
    assert rooms(branch(exceptions=(DayException(date=MONDAY),))) == []


def test_a_swapped_weekend_has_the_hours_of_the_day_it_is_worked_like():
    config = branch(exceptions=(DayException(date="2026-11-22", like="mon"),))
    weekdays_only = replace(config.hours.rules[0], days=("mon",))
    config = replace(config, hours=replace(config.hours, rules=(weekdays_only,)))

    assert rooms(config, "2026-11-22") == rooms(config, MONDAY)
    assert rooms(config, "2026-11-21") == []


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-10-25", "2028-02-29"])
def test_slots_are_a_quarter_of_an_hour_apart_also_when_clocks_change(day):
    """From nine to twelve on the branch's wall, whatever the night did to the clock."""
    config = branch(zone="Europe/Berlin")

    at = [slot.at for slot in slots(config, config.services[0], day)]

    assert at[0] == hours.instant(config, day, "09:00")
    assert {after - before for before, after in pairwise(at)} == {15 * MINUTE}
    assert at[-1] == hours.instant(config, day, "11:45")
