"""Generated days: the same seed gives the same day, and the day is what its scenario says."""

from statistics import fmean

import pytest

from play import draws
from play.branch_day import OPENS, TICKETS_FROM, TICKETS_UNTIL, branch_day, half_hour
from play.s3_day import LANES, MEAN_MINUTES, s3_day

DAYS = 30


@pytest.mark.parametrize("make", [branch_day, s3_day], ids=["branch", "s3"])
def test_the_same_seed_gives_the_same_day_in_the_order_of_arrival(make, seed):
    one, two = make(seed), make(seed)

    arrivals = [customer.arrival_seconds for customer in one.customers]
    assert one == two
    assert one != make(seed + 1)
    assert arrivals == sorted(arrivals)
    assert not one.recorded


def test_the_branchs_customers_come_while_tickets_are_given(seed):
    day = branch_day(seed)

    assert all(TICKETS_FROM <= c.arrival_seconds < TICKETS_UNTIL for c in day.customers)
    assert {"A", "F", "L", "W", "Q"} == {s for c in day.customers for s in c.services}
    assert all(len(c.services) == len(c.service_seconds) for c in day.customers)


def test_every_counter_of_the_branch_is_staffed_and_lunch_is_taken_in_halves(seed):
    counters = {counter.counter: counter for counter in branch_day(seed).counters}

    assert sorted(counters) == [1, 2, 3, 4, 5, 6, 7, 8]
    lunches = [shift.breaks[0] for n in counters if n != 4 for shift in counters[n].shifts]
    assert len(set(lunches)) == 2
    assert all(begin > OPENS for begin, _ in lunches)


def test_half_an_hour_has_as_many_people_as_asked_for(seed):
    day = half_hour(seed, 20, 30)

    assert len(day.customers) == 20
    assert day.last_seconds - day.first_seconds <= 30 * 60


def test_s3_has_as_many_customers_as_its_rate_says(seed):
    customers = [len(s3_day(seed + n).customers) for n in range(DAYS)]

    # 0.88 a minute over 480 minutes, times the mean of the profile; Poisson, 30 days: ± 4 sigma.
    expected = 0.88 * 480 * fmean(draws.PROFILE)
    assert abs(fmean(customers) - expected) < 4 * (expected / DAYS) ** 0.5


def test_s3_has_its_lanes_its_services_and_those_who_do_not_come(seed):
    customers = [customer for n in range(DAYS) for customer in s3_day(seed + n).customers]

    for lane, share in LANES.items():
        came = sum((customer.lanes or ("ordinary",)) == (lane,) for customer in customers)
        assert abs(came / len(customers) - share) < 0.02
    assert abs(fmean(not customer.comes for customer in customers) - 0.06) < 0.01
    for service, minutes in MEAN_MINUTES.items():
        took = [c.service_seconds[0] for c in customers if c.services == (service,)]
        assert abs(fmean(took) / 60 - minutes) < 0.06 * minutes


def test_s3_breaks_follow_each_other_in_turn(seed):
    begins = [counter.shifts[0].breaks[0][0] for counter in s3_day(seed).counters]

    assert [(begin - OPENS) / 60 for begin in begins] == [180, 210, 240, 270, 180, 210, 240]
