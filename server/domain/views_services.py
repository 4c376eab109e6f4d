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
    return tuple(
        _service(branch, service, waiting[service.id], now, waits)
        for service in branch.config.services
    )


def _service(
    branch: Branch, service: ServiceConfig, waiting: int, now: int, waits: Waits
) -> ServiceShown:
    day = branch.day
    today = day.hours.get(service.id) if day else None
    status = _status(branch, day, service, waiting, now)
    later = day is not None and status in ("not_today", "over")
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
        next_from=hours.next_tickets(branch.config, service.id, day.date)
        if later and day
        else None,
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
