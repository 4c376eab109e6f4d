"""The rules of thumb that other systems show: what a forecast is compared with (A.2)."""

from __future__ import annotations

from typing import Final

from bench.waiting_world import Customer, DayPlayed, Scenario

ROLLING_MINUTES: Final = 30.0


def baselines(
    scenario: Scenario, day: DayPlayed, customer: Customer, usual: float
) -> dict[str, float]:
    """What each rule says at the arrival of a customer, from what is known then."""
    now = customer.since
    called = [one for one in day.customers if one.called <= now]
    return {
        "QL": _queue_length(scenario, day, customer),
        "LES": _last_to_begin(called, customer),
        "HOL": _head_of_line(day, customer),
        "rolling mean": _rolling(called, now),
        "constant": usual,
    }


def _queue_length(scenario: Scenario, day: DayPlayed, customer: Customer) -> float:
    """(n + 1) m / c: those ahead of its service, and the counters that do it."""
    now, service = customer.since, customer.service
    ahead = sum(
        1
        for one in day.customers
        if one.since <= now <= one.waits_until and one.service == service and one is not customer
    )
    counters = sum(1 for skills in scenario.skills if service in skills)
    return (ahead + 1) * scenario.means[service] / counters


def _last_to_begin(called: list[Customer], customer: Customer) -> float:
    own = [c for c in called if c.lane == customer.lane and c.called > c.since]
    last = max(own, key=lambda one: one.called, default=None)
    return last.called - last.since if last is not None else 0.0


def _head_of_line(day: DayPlayed, customer: Customer) -> float:
    now = customer.since
    waits = [
        now - one.since
        for one in day.customers
        if one.since < now < one.waits_until and one.lane == customer.lane
    ]
    return max(waits, default=0.0)


def _rolling(called: list[Customer], now: float) -> float:
    last = [one.called - one.since for one in called if one.called > now - ROLLING_MINUTES]
    return sum(last) / len(last) if last else 0.0
