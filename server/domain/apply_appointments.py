"""What the events about appointments do to the state: a part of `apply`, which alone calls it."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from server.domain import events as e
from server.domain.configuration import APPOINTMENT_KEPT_MS
from server.domain.state import APPOINTMENT_TRANSITIONS, Appointment, Branch, Shows

OF_APPOINTMENT: TypeAlias = (
    e.AppointmentHeld
    | e.AppointmentReleased
    | e.AppointmentBooked
    | e.AppointmentMoved
    | e.AppointmentConfirmed
    | e.AppointmentCancelled
    | e.AppointmentCheckedIn
    | e.AppointmentWalkedIn
    | e.AppointmentMissed
)

SHOWS_MAX = 200
"""From so many on the older half counts half: habits change."""


def apply_appointment(branch: Branch, event: OF_APPOINTMENT) -> None:
    """Change what is known of one appointment, along `APPOINTMENT_TRANSITIONS`."""
    if isinstance(event, e.AppointmentHeld):
        _hold(branch, event)
        return
    appointment = branch.appointments[event.appointment]
    before = appointment.state
    moves = APPOINTMENT_TRANSITIONS[before]
    assert type(event).__name__ in moves, (appointment, event)
    appointment.state = moves[type(event).__name__]
    match event:
        case e.AppointmentReleased():
            del branch.appointments[event.appointment]
        case e.AppointmentBooked():
            appointment.person = event.person
            appointment.changed_at = branch.at
        case e.AppointmentMoved():
            appointment.slot = event.slot
            appointment.sequence = event.sequence
            appointment.changed_at = branch.at
            appointment.confirmed = False
        case e.AppointmentConfirmed():
            appointment.confirmed = True
        case e.AppointmentCancelled():
            appointment.changed_at = branch.at
        case e.AppointmentCheckedIn():
            _arrive(branch, appointment, event.visit)
            branch.visits[event.visit].booked_at = appointment.slot
            _count(branch, appointment.service, due=1, came=1)
        case e.AppointmentWalkedIn():
            _arrive(branch, appointment, event.visit)
            _count(branch, appointment.service, due=int(before == "booked"), came=1)
        case e.AppointmentMissed():
            _count(branch, appointment.service, due=1, came=0)
        case _:
            assert_never(event)


def left_behind(appointments: dict[int, Appointment], now: int) -> dict[int, Appointment]:
    """Those that are still to come, or were a few days ago."""
    return {
        n: appointment
        for n, appointment in appointments.items()
        if appointment.state in ("held", "booked") or appointment.slot > now - APPOINTMENT_KEPT_MS
    }


def _hold(branch: Branch, event: e.AppointmentHeld) -> None:
    assert event.appointment == branch.last_appointment + 1, event
    branch.last_appointment = event.appointment
    branch.appointments[event.appointment] = Appointment(
        id=event.appointment,
        service=event.service,
        slot=event.slot,
        state=APPOINTMENT_TRANSITIONS[None]["AppointmentHeld"],
        held_by=event.station,
        held_until=event.until,
        needs=event.needs,
        language=event.language,
        speaks=event.speaks,
    )


def _arrive(branch: Branch, appointment: Appointment, visit: int) -> None:
    appointment.visit = visit
    if appointment.person:
        assert branch.day is not None
        branch.day.persons[visit] = appointment.person


def _count(branch: Branch, service: str, due: int, came: int) -> None:
    shows = branch.shows.get(service, Shows())
    if shows.due >= SHOWS_MAX:
        shows = Shows(shows.due // 2, shows.came // 2)
    branch.shows[service] = Shows(shows.due + due, min(shows.came + came, shows.due + due))
