"""A generated day of the branch that comes with Lobby: its services, counters and hours.

Pure: a seed in, a plan out. Customers come as in life: mostly for cash, some in the care lane,
some who leave and some who do not come when called; counters go to lunch in halves.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Final

from play import draws
from play.plan import CounterPlan, Customer, DayPlan, Shift, in_order
from shared.protocol import Lane, Need

HOUR: Final = 3_600.0
TICKETS_FROM: Final = 8.75 * HOUR
TICKETS_UNTIL: Final = 16.75 * HOUR
OPENS: Final = 9 * HOUR

PER_MINUTE: Final = 0.5
"""Customers: the counters are busy for some four fifths of the day."""

DEMAND: Final = {"A": 6.0, "F": 2.4, "L": 0.5, "W": 0.6, "Q": 0.8}
"""What people come for, by the service."""

QUICK: Final = ("A", "F", "W", "Q")

USUAL_MINUTES: Final = {"A": 6, "F": 12, "L": 25, "W": 15, "Q": 18}
VARIATION: Final = 0.66

LAST_FOR_W: Final = 16.5 * HOUR
"""Foreign exchange gives tickets no longer than this."""

CARE_SHARE: Final = 0.18
LOW_COUNTER_SHARE: Final = 0.1
"""Of those in the care lane."""
VIP_SHARE: Final = 0.04
ABSENT_SHARE: Final = 0.06
"""Do not come when called."""
LEAVING_SHARE: Final = 0.05
"""Leave unless they are called within their patience."""
PATIENCE_SECONDS: Final = (120.0, 1_200.0)
TWO_SERVICES_SHARE: Final = 0.04
PAPERS_SHARE: Final = 0.05

EARLY_LUNCH: Final = (11.5 * HOUR, 12.5 * HOUR)
LATE_LUNCH: Final = (12.5 * HOUR, 13.5 * HOUR)


def branch_day(seed: int) -> DayPlan:
    """The whole day, from the first ticket to the last counter's close."""
    chance = random.Random(seed)
    came = draws.arrivals(chance, PER_MINUTE, TICKETS_FROM, draws.PROFILE)
    return DayPlan(customers=in_order([_customer(chance, at) for at in came]), counters=_counters())


def from_now_on(seed: int, begin: float) -> DayPlan:
    """The whole day without those who came before that time, for whoever looks on for long."""
    day = branch_day(seed)
    later = [customer for customer in day.customers if customer.arrival_seconds >= begin]
    return DayPlan(customers=in_order(later), counters=day.counters)


def half_hour(seed: int, people: int, minutes: float) -> DayPlan:
    """So many people within the first minutes of the day, to look at: those who are quickly done.
    Who wants advice on a loan would keep everybody waiting for the end."""
    chance = random.Random(seed)
    begin = OPENS - 4 * 60
    came = sorted(round(chance.uniform(begin, begin + minutes * 60), 3) for _ in range(people))
    counters = (1, 2, 3, 5, 6)
    return DayPlan(
        customers=in_order([_customer(chance, at, QUICK) for at in came]),
        counters=tuple(
            CounterPlan(counter=n, shifts=(Shift(begin_seconds=OPENS),)) for n in counters
        ),
    )


def _customer(chance: random.Random, at: float, for_: Iterable[str] = DEMAND) -> Customer:
    open_now = {s: DEMAND[s] for s in for_ if s != "W" or at < LAST_FOR_W}
    first = draws.one_of(chance, open_now)
    more = ("F",) if first == "A" and chance.random() < TWO_SERVICES_SHARE else ()
    services = (first, *more)
    lanes = draws.one_of(chance, LANES)
    care = "care" in lanes
    needs: tuple[Need, ...] = ("low_counter",)
    patience = chance.uniform(*PATIENCE_SECONDS)
    leaves = chance.random() < LEAVING_SHARE
    comes = leaves or chance.random() >= ABSENT_SHARE
    return Customer(
        arrival_seconds=at,
        services=services,
        service_seconds=tuple(
            draws.lasting(chance, USUAL_MINUTES[service] * 60, VARIATION) for service in services
        ),
        lanes=lanes,
        needs=needs if care and chance.random() < LOW_COUNTER_SHARE else (),
        leave_seconds=round(at + patience, 3) if leaves else None,
        comes=comes,
        papers_missing=chance.random() < PAPERS_SHARE,
    )


LANES: Final[dict[tuple[Lane, ...], float]] = {
    (): 1 - CARE_SHARE - VIP_SHARE,
    ("care",): CARE_SHARE,
    ("vip",): VIP_SHARE,
}


def _counters() -> tuple[CounterPlan, ...]:
    """Everybody from the opening on; the spare counter while others are at lunch or many come."""
    lunch = {1: EARLY_LUNCH, 2: LATE_LUNCH, 3: LATE_LUNCH, 5: EARLY_LUNCH, 6: EARLY_LUNCH}
    lunch |= {7: EARLY_LUNCH, 8: LATE_LUNCH}
    all_day = [
        CounterPlan(counter=n, shifts=(Shift(begin_seconds=OPENS, breaks=(away,)),))
        for n, away in lunch.items()
    ]
    spare = (
        Shift(begin_seconds=EARLY_LUNCH[0], end_seconds=LATE_LUNCH[1]),
        Shift(begin_seconds=14 * HOUR, end_seconds=16 * HOUR),
    )
    return (*all_day, CounterPlan(counter=4, shifts=spare))
