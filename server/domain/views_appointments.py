"""The appointments of a day as staff see them: names and telephone numbers masked."""

from __future__ import annotations

from collections.abc import Sequence

from server.domain import booked
from server.domain.configuration import BranchConfig
from server.domain.known import Known
from server.domain.state import Appointment, Branch
from shared.protocol import AppointmentShown, BookingTimes


def shown(
    branch: Branch, known: Known, now: int, todays: Sequence[Appointment], most: int
) -> tuple[AppointmentShown, ...]:
    """In the order of their times; when there are too many, whoever is still to come."""
    if len(todays) > most:
        open_ = [one for one in todays if one.state in ("booked", "missed")]
        rest = [one for one in todays if one not in open_]
        kept = {one.id for one in [*open_, *reversed(rest)][:most]}
        todays = [one for one in todays if one.id in kept]
    return tuple(_appointment(branch, known, now, one) for one in todays)


def _appointment(branch: Branch, known: Known, now: int, one: Appointment) -> AppointmentShown:
    visit = branch.visits.get(one.visit)
    person = known.person(one.person) if one.person else None
    return AppointmentShown(
        id=one.id,
        service=one.service,
        slot=one.slot,
        status=booked.status(branch, one, now),
        confirmed=one.confirmed,
        needs=one.needs,
        language=one.language,
        visit=visit.id if visit else None,
        number=visit.number if visit else None,
        person=person.masked if person else None,
    )


def booking_times(config: BranchConfig) -> BookingTimes | None:
    """How long a place is held, and who is early or late; None where nothing can be booked."""
    rules = config.appointments
    if all(service.booking is None for service in config.services):
        return None
    return BookingTimes(hold=rules.hold_minutes, early=rules.early_minutes, late=rules.late_minutes)
