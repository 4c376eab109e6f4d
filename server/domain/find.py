"""Guards shared by the decisions: find the thing a command names, or refuse."""

from __future__ import annotations

from server.domain.configuration import ServiceConfig
from server.domain.refusals import (
    AppointmentOver,
    CounterIsPaused,
    CounterNotOpen,
    NoTicketInHand,
    Refused,
    TicketEnded,
    TicketInHand,
    TicketInService,
    TicketNotCalled,
    TicketNotInService,
    TicketNotWaiting,
    UnknownAppointment,
    UnknownCounter,
    UnknownMachine,
    UnknownNumber,
    UnknownService,
    UnknownVisit,
)
from server.domain.state import LIVE_STATES, Appointment, Branch, Counter, Day, Visit


def day_of(branch: Branch) -> Day:
    """The open business day: without one no command of the floor comes so far."""
    assert branch.day is not None
    return branch.day


def service_of(branch: Branch, service: str) -> ServiceConfig:
    """The configuration of a service."""
    found = branch.config.service(service)
    if found is None:
        raise Refused(UnknownService(service))
    return found


def counter_of(branch: Branch, counter: int) -> Counter:
    """A counter of the branch."""
    found = branch.counters.get(counter)
    if found is None:
        raise Refused(UnknownCounter(counter))
    return found


def open_counter_of(branch: Branch, counter: int) -> Counter:
    """A counter that is open and not paused."""
    found = counter_of(branch, counter)
    if found.state == "closed":
        raise Refused(CounterNotOpen(counter))
    if found.state == "paused":
        raise Refused(CounterIsPaused(counter))
    return found


def machine_of(branch: Branch, machine: str) -> str:
    """The state of a self-service machine."""
    if machine not in branch.machines:
        raise Refused(UnknownMachine(machine))
    return branch.machines[machine]


def visit_of(branch: Branch, visit: int) -> Visit:
    """A visit of today, over or not."""
    found = branch.visits.get(visit)
    if found is None:
        raise Refused(UnknownVisit(visit))
    return found


def live_visit_of(branch: Branch, visit: int) -> Visit:
    """A visit of today that is not over."""
    found = visit_of(branch, visit)
    if found.state not in LIVE_STATES:
        raise Refused(TicketEnded(found.number, found.state))
    return found


def waiting_visit_of(branch: Branch, visit: int) -> Visit:
    """A visit that is in the line."""
    found = live_visit_of(branch, visit)
    if found.state != "waiting":
        raise Refused(TicketNotWaiting(found.number, found.state))
    return found


def unserved_visit_of(branch: Branch, visit: int) -> Visit:
    """A visit that is not over and not in service."""
    found = live_visit_of(branch, visit)
    if found.state == "serving":
        assert found.counter is not None
        raise Refused(TicketInService(found.number, found.counter))
    return found


def visit_by_number(branch: Branch, number: str) -> Visit:
    """The visit of today that now has this number."""
    if number not in branch.live:
        raise Refused(UnknownNumber(number))
    return branch.visits[branch.live[number]]


def appointment_of(branch: Branch, appointment: int | None) -> Appointment:
    """An appointment, also one that is over."""
    found = branch.appointments.get(appointment or 0)
    if found is None:
        raise Refused(UnknownAppointment(appointment or 0))
    return found


def booked_appointment_of(branch: Branch, appointment: int | None) -> Appointment:
    """An appointment that is still to come."""
    found = appointment_of(branch, appointment)
    if found.state != "booked":
        raise Refused(AppointmentOver(found.state))
    return found


def in_hand(branch: Branch, counter: Counter) -> Visit:
    """The ticket a counter has called or serves."""
    if counter.visit is None:
        raise Refused(NoTicketInHand(counter.id))
    return branch.visits[counter.visit]


def called_in_hand(branch: Branch, counter: Counter) -> Visit:
    """The ticket a counter has called and not begun to serve."""
    visit = in_hand(branch, counter)
    if visit.state != "called":
        raise Refused(TicketNotCalled(visit.number, visit.state))
    return visit


def serving_in_hand(branch: Branch, counter: Counter) -> Visit:
    """The ticket a counter serves."""
    visit = in_hand(branch, counter)
    if visit.state != "serving":
        raise Refused(TicketNotInService(visit.number))
    return visit


def refuse_with_ticket_in_hand(branch: Branch, counter: Counter) -> None:
    """Refuse while the counter has a ticket in hand."""
    if counter.visit is not None:
        raise Refused(TicketInHand(branch.visits[counter.visit].number))
