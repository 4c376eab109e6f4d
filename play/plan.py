"""A day to play, whole and settled: who comes when, for what, for how long; who works where.

Values only, and no chance: where a plan comes from is left to `csv_day`, `bank`, `branch_day` and
`s3_day`, living it to `player`. Times of the day are seconds since its midnight, on the branch's
own clock on the wall.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from shared.protocol import Lane, Need

DAY_SECONDS = 86_400

WALK_SECONDS = 8.0
"""From the seat to the counter: between the call and the start, so never a part of the service."""

Ending: TypeAlias = Literal["done", "left", "given_up", "unserved"]


class Customer(Struct, frozen=True, kw_only=True):
    """One customer, from the door on.

    `service_seconds` has one entry for each of `services`. A recorded customer who left has a
    `leave_seconds` and no service; a generated one has both, and leaves if not called by then.
    """

    arrival_seconds: float
    services: tuple[str, ...]
    service_seconds: tuple[float, ...] = ()
    lanes: tuple[Lane, ...] = ()
    needs: tuple[Need, ...] = ()
    leave_seconds: float | None = None
    comes: bool = True
    walk_seconds: float = WALK_SECONDS
    papers_missing: bool = False

    @property
    def ending(self) -> Ending | None:
        """What has to become of the ticket; None where that depends on the line."""
        if not self.comes:
            return "given_up"
        if not self.service_seconds:
            return "left"
        return "done" if self.leave_seconds is None else None


class Shift(Struct, frozen=True, kw_only=True):
    """When somebody works at a counter; without a begin or an end as long as the day lasts."""

    begin_seconds: float | None = None
    end_seconds: float | None = None
    breaks: tuple[tuple[float, float], ...] = ()


class CounterPlan(Struct, frozen=True, kw_only=True):
    """A counter with the services it can do, and when it is staffed."""

    counter: int
    services: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = (Shift(),)


class LaneScore(Struct, frozen=True, kw_only=True):
    """How a lane is called: head start (minutes), rate, minutes until it escalates."""

    head_start_minutes: float
    rate: float
    escalate_minutes: float


class DayPlan(Struct, frozen=True, kw_only=True):
    """Everybody who comes, in the order of arrival, and everybody who works.

    `scores` are the calling rule a scenario asks for; without them the branch's own holds. Of a
    `recorded` day the ending of everybody is known beforehand.
    """

    customers: tuple[Customer, ...]
    counters: tuple[CounterPlan, ...] = ()
    scores: dict[Lane, LaneScore] = {}
    recorded: bool = False

    @property
    def first_seconds(self) -> float:
        """When the first one comes."""
        return self.customers[0].arrival_seconds

    @property
    def last_seconds(self) -> float:
        """When the last one comes."""
        return self.customers[-1].arrival_seconds


def moved(plan: DayPlan, by_seconds: float) -> DayPlan:
    """The same day, everything so much later (earlier, below 0)."""

    def at(seconds: float | None) -> float | None:
        return None if seconds is None else seconds + by_seconds

    customers = tuple(
        replace(
            customer,
            arrival_seconds=customer.arrival_seconds + by_seconds,
            leave_seconds=at(customer.leave_seconds),
        )
        for customer in plan.customers
    )
    counters = tuple(
        replace(
            counter,
            shifts=tuple(
                Shift(
                    begin_seconds=at(shift.begin_seconds),
                    end_seconds=at(shift.end_seconds),
                    breaks=tuple((a + by_seconds, b + by_seconds) for a, b in shift.breaks),
                )
                for shift in counter.shifts
            ),
        )
        for counter in plan.counters
    )
    return replace(plan, customers=customers, counters=counters)


def in_order(customers: list[Customer]) -> tuple[Customer, ...]:
    """By arrival; who is written first comes first within a second."""
    return tuple(sorted(customers, key=lambda customer: customer.arrival_seconds))


def instant_ms(day: str, seconds: float, zone: ZoneInfo) -> int:
    """The instant (ms UTC) of a time of the day on the branch's wall."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
    local = (midnight + timedelta(seconds=seconds)).replace(tzinfo=zone)
    return round(local.timestamp() * 1000)
