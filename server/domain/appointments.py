"""The decisions about appointments: times held and booked, moved and cancelled, and who has come.

How many fit into a time, and whether there is room, is said in `free_slots`. Two who
want the last one are decided one after the other, and the journal takes no decision that was made
before another one was written: there is never one too many.
"""

from __future__ import annotations

from server.domain import hours
from server.domain.configuration import BranchConfig
from server.domain.counters import released as counter_released
from server.domain.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentConfirmed,
    AppointmentHeld,
    AppointmentMoved,
    AppointmentReleased,
    AppointmentWalkedIn,
    Event,
    TicketLeft,
)
from server.domain.find import (
    appointment_of,
    booked_appointment_of,
    day_of,
    service_of,
    waiting_visit_of,
)
from server.domain.free_slots import bookable, refuse_unless_free
from server.domain.refusals import (
    AppointmentOver,
    BookedAlready,
    CheckedInBefore,
    HoldOver,
    MissedTooOften,
    OnAnotherDay,
    PaperNumbersInUse,
    Refused,
    TooEarlyToCheckIn,
)
from server.domain.state import Actor, Appointment, Branch, Day, Stamp
from server.domain.tickets import lanes_of, needs_of, taken
from shared.protocol import (
    BookAppointment,
    CancelAppointment,
    CancelledBy,
    CheckIn,
    ConfirmAppointment,
    HoldSlot,
    Lane,
    MoveAppointment,
    ReleaseSlot,
)

MINUTE_MS = 60_000


# --- Booking ---------------------------------------------------------------------------------


def hold(branch: Branch, command: HoldSlot, stamp: Stamp) -> list[Event]:
    """Keep a time for some minutes; what this terminal kept before is free again."""
    service = bookable(branch, command.service)
    mine = _keeper(stamp.actor)
    earlier = frozenset(
        one.id for one in branch.appointments.values() if (one.state, one.held_by) == ("held", mine)
    )
    refuse_unless_free(branch, service, command, command.slot, stamp.at, earlier)
    return [
        *(AppointmentReleased(appointment=n) for n in earlier),
        AppointmentHeld(
            appointment=branch.last_appointment + 1,
            service=service.id,
            slot=command.slot,
            until=stamp.at + branch.config.appointments.hold_minutes * MINUTE_MS,
            station=mine,
            needs=needs_of(command.needs),
            language=command.language,
            speaks=command.speaks,
        ),
    ]


def release(branch: Branch, command: ReleaseSlot, stamp: Stamp) -> list[Event]:
    """Not wanted after all."""
    return [AppointmentReleased(appointment=_held(branch, command.appointment, stamp).id)]


def book(branch: Branch, command: BookAppointment, stamp: Stamp) -> list[Event]:
    """What was kept is booked; a walk-in who comes back then leaves the line."""
    appointment = _held(branch, command.appointment, stamp)
    _refuse_too_many(branch, appointment, stamp)
    events: list[Event] = [AppointmentBooked(appointment=appointment.id, person=stamp.private)]
    if command.visit is not None:
        visit = waiting_visit_of(branch, command.visit)
        events += [TicketLeft(visit=visit.id), *counter_released(branch, visit)]
    return events


def _held(branch: Branch, appointment: int, stamp: Stamp) -> Appointment:
    """The hold, where it is this terminal's; staff may go on with another's."""
    held = branch.appointments.get(appointment)
    if held is None or held.state != "held":
        raise Refused(HoldOver())
    if not stamp.actor.staff and held.held_by != _keeper(stamp.actor):
        raise Refused(HoldOver())
    return held


def _keeper(actor: Actor) -> str:
    return actor.station


def _refuse_too_many(branch: Branch, wanted: Appointment, stamp: Stamp) -> None:
    """By the telephone number, as long as one is kept; staff may book for whoever has missed."""
    rules, config = branch.config.appointments, branch.config
    theirs = [one for one in branch.appointments.values() if one.person in stamp.same]
    missed = sum(one.state == "missed" for one in theirs)
    if rules.missed_max and missed >= rules.missed_max and not stamp.actor.staff:
        raise Refused(MissedTooOften(missed))
    day = hours.local_date(config, wanted.slot)
    same_day = [
        one.slot
        for one in theirs
        if one.state not in ("held", "cancelled") and hours.local_date(config, one.slot) == day
    ]
    if len(same_day) >= rules.per_person_and_day:
        raise Refused(BookedAlready(same_day[0]))


def move(branch: Branch, command: MoveAppointment, stamp: Stamp) -> list[Event]:
    """To another free time; its own is no obstacle to itself."""
    appointment = booked_appointment_of(branch, command.appointment)
    if command.slot == appointment.slot:
        return []
    service = bookable(branch, appointment.service)
    itself = frozenset({appointment.id})
    refuse_unless_free(branch, service, appointment, command.slot, stamp.at, itself)
    sequence = appointment.sequence + 1
    return [AppointmentMoved(appointment=appointment.id, slot=command.slot, sequence=sequence)]


def confirm(branch: Branch, command: ConfirmAppointment) -> list[Event]:
    """The customer says so; asked twice it is as it was."""
    appointment = booked_appointment_of(branch, command.appointment)
    return [] if appointment.confirmed else [AppointmentConfirmed(appointment=appointment.id)]


def cancel(branch: Branch, command: CancelAppointment, stamp: Stamp) -> list[Event]:
    """It will not be; asked twice it is as it was."""
    appointment = appointment_of(branch, command.appointment)
    if appointment.state == "cancelled":
        return []
    if appointment.state != "booked":
        raise Refused(AppointmentOver(appointment.state))
    by: CancelledBy = "staff" if stamp.actor.staff else "customer"
    return [AppointmentCancelled(appointment=appointment.id, by=by)]


# --- Coming ----------------------------------------------------------------------------------


def check_in(branch: Branch, command: CheckIn, stamp: Stamp) -> list[Event]:
    """A ticket for whoever has come: early, in time, or too late and then like everybody's."""
    day = day_of(branch)
    appointment = appointment_of(branch, command.appointment)
    _refuse_check_in(branch, day, appointment, stamp.at, walk_in=command.walk_in)
    rules = branch.config.appointments
    late_ms = stamp.at - appointment.slot
    too_late = late_ms > rules.late_minutes * MINUTE_MS or appointment.state == "missed"
    service = service_of(branch, appointment.service)
    if command.walk_in or too_late:
        lanes = lanes_of(command.lanes)
        ticket = taken(branch, service, lanes, appointment.needs, appointment.language, stamp.at)
        late_minutes = late_ms // MINUTE_MS if too_late else None
        came: Event = AppointmentWalkedIn(
            appointment=appointment.id, visit=ticket.visit, late_minutes=late_minutes
        )
    else:
        booked: tuple[Lane, ...] = (*command.lanes, "appointment")
        since = max(appointment.slot, stamp.at)
        lanes = lanes_of(booked)
        ticket = taken(branch, service, lanes, appointment.needs, appointment.language, since)
        came = AppointmentCheckedIn(appointment=appointment.id, visit=ticket.visit)
    return [ticket, came]


def _refuse_check_in(
    branch: Branch, day: Day, appointment: Appointment, now: int, *, walk_in: bool
) -> None:
    if appointment.visit:
        visit = branch.visits.get(appointment.visit)
        raise Refused(CheckedInBefore(visit.number if visit else ""))
    if appointment.state not in ("booked", "missed"):
        raise Refused(AppointmentOver(appointment.state))
    if hours.local_date(branch.config, appointment.slot) != day.date:
        raise Refused(OnAnotherDay(appointment.slot))
    if day.emergency is not None:
        raise Refused(PaperNumbersInUse())
    from_at = check_in_from(branch.config, appointment)
    if now < from_at and not walk_in:
        raise Refused(TooEarlyToCheckIn(appointment.slot, from_at))


def check_in_from(config: BranchConfig, appointment: Appointment) -> int:
    """When (ms) the holder can check in at the earliest."""
    return appointment.slot - config.appointments.early_minutes * MINUTE_MS
