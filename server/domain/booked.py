"""The appointments that are there: those of the day, what the clock makes of them, and which of
them a changed configuration would hit."""

from __future__ import annotations

from collections.abc import Iterator

from server.domain import hours
from server.domain.configuration import BranchConfig
from server.domain.events import (
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentReleased,
    Event,
)
from server.domain.slots import Slot, slots
from server.domain.state import Appointment, Branch
from shared.protocol import AppointmentStatus

MINUTE_MS = 60_000


def over(branch: Branch, now: int) -> Iterator[Event]:
    """What was kept too long is free again; who has not come so far has missed it."""
    for one in branch.appointments.values():
        due = _due(branch, one)
        if due is None or due > now:
            continue
        if one.state == "held":
            yield AppointmentReleased(appointment=one.id)
        else:
            yield AppointmentMissed(appointment=one.id)


def deadlines(branch: Branch) -> Iterator[int]:
    """When `over` has something to say."""
    return (due for one in branch.appointments.values() if (due := _due(branch, one)) is not None)


def _due(branch: Branch, one: Appointment) -> int | None:
    if one.state == "held":
        return one.held_until
    day = branch.day
    if one.state != "booked" or day is None or one.slot >= day.ends_at:
        return None
    # Nobody could check in while the server was away.
    return max(one.slot, day.resumed_at) + branch.config.appointments.missed_minutes * MINUTE_MS


def of_the_day(branch: Branch) -> list[Appointment]:
    """Those of the open day that were booked and not cancelled, in the order of their times."""
    day = branch.day
    if day is None:
        return []
    begins = hours.instant(branch.config, day.date, "00:00")
    todays = (
        one
        for one in branch.appointments.values()
        if begins <= one.slot < day.ends_at and one.state not in ("held", "cancelled")
    )
    return sorted(todays, key=lambda one: (one.slot, one.id))


def expected(branch: Branch, service: str) -> int:
    """How many of today's appointments for a service are still to come: they will want their
    turn as much as those who wait."""
    day = branch.day
    if day is None:
        return 0
    todays = (one for one in branch.appointments.values() if one.slot < day.ends_at)
    return sum(one.state == "booked" and one.service == service for one in todays)


def status(branch: Branch, one: Appointment, now: int) -> AppointmentStatus:
    """What staff are told of an appointment of today."""
    if one.state == "missed":
        return "missing"
    if one.state == "walked_in" or one.state == "arrived":
        return one.state
    late = now - one.slot
    if late < 0:
        return "expected"
    limit_ms = branch.config.appointments.late_minutes * MINUTE_MS
    return "due" if late <= limit_ms else "late"


def not_kept(branch: Branch, before: int) -> list[Event]:
    """The end of a day, or the beginning of the next one: what was to be by then will not be any
    more, and that is not the customers' fault."""
    return [
        AppointmentCancelled(appointment=one.id, by="day_over")
        for one in branch.appointments.values()
        if one.state == "booked" and one.slot < before
    ]


def hit_by(branch: Branch, new: BranchConfig) -> list[Appointment]:
    """The appointments that could not be booked any more if this were in force."""
    offered: dict[tuple[str, str], list[Slot]] = {}
    hit = []
    for one in branch.appointments.values():
        if one.state != "booked":
            continue
        place = one.service, hours.local_date(new, one.slot)
        service = new.service(one.service)
        if place not in offered:
            offered[place] = slots(new, service, place[1]) if service else []
        # A slot without room of its own may be one that carries on to the next.
        times = [slot.at for slot in offered[place]]
        if not times or not times[0] <= one.slot <= times[-1] or _blocked(new, one):
            hit.append(one)
    return sorted(hit, key=lambda one: (one.slot, one.id))


def _blocked(config: BranchConfig, one: Appointment) -> bool:
    day = hours.local_date(config, one.slot)
    return any(
        blackout.date == day
        and (blackout.services is None or one.service in blackout.services)
        and hours.instant(config, day, blackout.begins) <= one.slot
        and one.slot < hours.instant(config, day, blackout.ends)
        for blackout in config.appointments.blackouts
    )


def services_booked(branch: Branch) -> dict[str, int]:
    """How many appointments each service has to come."""
    found: dict[str, int] = {}
    for one in branch.appointments.values():
        if one.state in ("held", "booked"):
            found[one.service] = found.get(one.service, 0) + 1
    return found
