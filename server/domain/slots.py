"""The times that can be booked on a date, and how many appointments fit into each. Pure arithmetic.

Of each slot a share of the counters is given to appointments, the rest is for whoever walks in; a
slot now and then stays free, for whatever takes longer (SCIENCE B.6). What is booked already is
counted in `appointments`, which asks here for room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import floor

from msgspec import Struct

from server.domain import hours
from server.domain.configuration import BranchConfig, CounterConfig, ServiceConfig, Span
from server.domain.hours import ServiceHours
from shared.protocol import Language

MINUTE_MS = 60_000
ROUNDING = 1e-9
"""Shares such as 0.3 are not exact: three of them must not be a hair less than 0.9."""


class Slot(Struct, frozen=True):
    """A time and how many appointments fit: of all, at low counters, in each language."""

    at: int
    room: int
    room_low: int
    room_in: dict[Language, int]


def length_minutes(service: ServiceConfig) -> int:
    """How long an appointment for the service takes."""
    booking = service.booking
    return booking.length_minutes or service.usual_minutes if booking else service.usual_minutes


def slots(config: BranchConfig, service: ServiceConfig, day: str) -> list[Slot]:
    """The service's slots on a date, in order; none where it cannot be booked then.

    What a slot leaves over is carried to the next one: half an appointment in each of two slots is
    one in the second, or a service longer than a slot could never be booked.
    """
    today = hours.schedule(config, day).get(service.id)
    if service.booking is None or today is None:
        return []
    able = [c for c in config.counters if service.id in c.services and not c.elastic]
    groups = [
        able,
        [c for c in able if c.low],
        *([c for c in able if language in c.languages] for language in _LANGUAGES),
    ]
    weights = [sum(_weight(config, counter) for counter in group) for group in groups]
    free = list(_shares(config, service, today, day))
    rooms = [_rooms(free, weight, config, service) for weight in weights]
    return [
        Slot(at, room, low, dict(zip(_LANGUAGES, languages, strict=True)))
        for (at, _), room, low, *languages in zip(free, *rooms, strict=True)
    ]


_LANGUAGES: tuple[Language, ...] = ("zh", "en")


def _weight(config: BranchConfig, counter: CounterConfig) -> float:
    """A counter's part in one service: what several bookable services share is not booked twice."""
    booked = [s for s in config.services if s.booking is not None and s.id in counter.services]
    return 1 / len(booked)


def _shares(
    config: BranchConfig, service: ServiceConfig, today: ServiceHours, day: str
) -> Iterator[tuple[int, float]]:
    """Each slot in which an appointment can end before the closing, and the share of counters
    given to appointments then."""
    rules = config.appointments
    step = rules.slot_minutes * MINUTE_MS
    last = today.closes - length_minutes(service) * MINUTE_MS
    breaks = [
        span
        for rule in config.hours.rules
        if hours.weekday_of(config, day) in rule.days
        and (rule.services is None or service.id in rule.services)
        for span in rule.breaks
    ]
    for n, at in enumerate(range(today.opens, last + 1, step)):
        until = at + step
        share = rules.share
        if service.booking is not None and service.booking.share is not None:
            share = service.booking.share
        share = min([share, *(s.share for s in _within(config, day, rules.peaks, at, until))])
        for span in _within(config, day, breaks, at, until):
            share *= span.share
        is_buffer = rules.buffer_every > 0 and (n + 1) % rules.buffer_every == 0
        if is_buffer or _blacked_out(config, service, day, at, until):
            share = 0.0
        yield at, share


def _rooms(
    free: Iterable[tuple[int, float]], counters: float, config: BranchConfig, service: ServiceConfig
) -> list[int]:
    """floor(share x counters x slot / length), with what is left over carried on."""
    per_slot = config.appointments.slot_minutes / length_minutes(service)
    rooms, whole, begun = [], 0, 0.0
    for _, share in free:
        begun += share * counters * per_slot
        room = floor(begun + ROUNDING) - whole if share > 0 else 0
        rooms.append(room)
        whole += room
    return rooms


def _within(
    config: BranchConfig, day: str, spans: Iterable[Span], at: int, until: int
) -> Iterator[Span]:
    for span in spans:
        begins = hours.instant(config, day, span.begins)
        if begins < until and at < hours.instant(config, day, span.ends):
            yield span


def _blacked_out(
    config: BranchConfig, service: ServiceConfig, day: str, at: int, until: int
) -> bool:
    return any(
        blackout.date == day
        and (blackout.services is None or service.id in blackout.services)
        and hours.instant(config, day, blackout.begins) < until
        and at < hours.instant(config, day, blackout.ends)
        for blackout in config.appointments.blackouts
    )
