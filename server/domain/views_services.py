"""What a branch offers: its services, whether there are numbers for them, how long one waits."""

from __future__ import annotations

from collections import Counter

from server.domain import hours, remote, tickets
from server.domain.configuration import ServiceConfig
from server.domain.known import Waits
from server.domain.state import Branch, Day
from shared.protocol import ServiceShown, ServiceStatus


def shown(branch: Branch, now: int, waits: Waits) -> tuple[ServiceShown, ...]:
    """All services, in the branch's order."""
    waiting = Counter(visit.service for visit in branch.waiting())
    last = _last_day(branch, now)
    return tuple(
        _service(branch, service, waiting[service.id], now, waits, last)
        for service in branch.config.services
    )


def _last_day(branch: Branch, now: int) -> str | None:
    """The date after which the next tickets are looked for: of the open day, or of the one before
    the next; None: no day opens any more."""
    if branch.day is not None:
        return branch.day.date
    opening = hours.next_opening(branch.config, now, branch.last_day)
    return hours.day_before(opening[0]) if opening else None


def _service(
    branch: Branch,
    service: ServiceConfig,
    waiting: int,
    now: int,
    waits: Waits,
    last_day: str | None,
) -> ServiceShown:
    day = branch.day
    today = day.hours.get(service.id) if day else None
    status = _status(branch, day, service, waiting, now)
    later = last_day is not None and (day is None or status in ("not_today", "over"))
    return ServiceShown(
        id=service.id,
        name=service.name,
        status=status,
        waiting=waiting,
        usual_minutes=service.usual_minutes,
        bring=service.bring,
        machine=service.machine,
        tickets_from=today.tickets_from if today else None,
        tickets_until=today.tickets_until if today else None,
        opens=today.opens if today else None,
        closes=today.closes if today else None,
        next_from=hours.next_tickets(branch.config, service.id, last_day or "") if later else None,
        bookable=service.booking is not None,
        remote=service.remote and status == "open" and remote.has_room(branch, service),
        only_booked=service.booking is not None and service.booking.only,
        asks_amount=service.booking is not None and service.booking.amount,
        wait=waits.ordinary.get(service.id),
        care_wait=waits.care.get(service.id),
    )


def _status(
    branch: Branch, day: Day | None, service: ServiceConfig, waiting: int, now: int
) -> ServiceStatus:
    """What a customer who wants this service is told."""
    if day is None:
        return "closed"
    today = day.hours.get(service.id)
    if today is None:
        return "not_today"
    if now < today.tickets_from:
        return "too_early"
    if now >= today.tickets_until:
        return "over"
    if service.id in day.closed_services:
        return "closed"
    return "stopped" if tickets.issuing_stopped(branch, day, service, waiting, now) else "open"
