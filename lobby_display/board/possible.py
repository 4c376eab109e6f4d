"""When a verb could work, as far as the screen knows; the server decides whether it does. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lobby_display.board.asks import Given, counter_of, ticket_of
from shared import protocol as p


def in_state(*states: p.TicketState) -> Callable[[Given], bool]:
    """The ticket is in one of these states."""

    def holds(given: Given) -> bool:
        ticket = ticket_of(given)
        return ticket is not None and ticket.state in states

    return holds


def stands_back(given: Given) -> bool:
    """The ticket lets others go first."""
    ticket = ticket_of(given)
    return ticket is not None and ticket.state == "waiting" and ticket.held_until is not None


def is_on_the_way(given: Given) -> bool:
    """The ticket was taken before coming, and nobody has checked in with it."""
    ticket = ticket_of(given)
    return ticket is not None and ticket.absent


def counter_is(*states: p.CounterState) -> Callable[[Given], bool]:
    """The counter is."""

    def holds(given: Given) -> bool:
        counter = counter_of(given)
        return counter is not None and counter.state in states

    return holds


def machine_is(state: p.MachineState) -> Callable[[Given], bool]:
    """The machine is in this state."""

    def holds(given: Given) -> bool:
        return any(m.id == given.key and m.state == state for m in given.desk.view.machines)

    return holds


def service_is(*statuses: p.ServiceStatus) -> Callable[[Given], bool]:
    """The service is offered so today."""

    def holds(given: Given) -> bool:
        return any(s.id == given.key and s.status in statuses for s in given.desk.view.services)

    return holds


def day_is_open(given: Given) -> bool:
    """A business day is open."""
    return given.desk.view.day is not None


def somebody_is_here(given: Given) -> bool:
    """Somebody would go unserved."""
    shown = given.desk.view.figures
    here = shown.waiting, shown.called, shown.serving, shown.parked, shown.missed, shown.diverted
    return any(here)


def wants_reason(given: Given) -> bool:
    """Outside the ticket window, staff answer for the tickets that they give."""
    wanted = given.get("service")
    return any(s.id == wanted and s.status != "open" for s in given.desk.view.services)


def elastic_is_suggested(given: Given) -> bool:
    """The alert suggests to open a spare counter."""
    return alert_of(given, "elastic_suggested") is not None


def alert_of(given: Given, kind: str) -> p.AlertShown | None:
    """The alert it is about, if it is of that kind."""
    alerts = given.desk.view.alerts
    return next((a for a in alerts if str(a.id) == given.key and a.kind == kind), None)


PAGER_ALERTS: Final = ("pager_unreachable", "pager_kept", "pager_lost")


def pager_of(given: Given) -> int | None:
    """The pager that the picked ticket has, or that the picked alert is about."""
    if given.about.startswith("ticket:"):
        ticket = ticket_of(given)
        return ticket.pager if ticket else None
    alerts = (alert_of(given, kind) for kind in PAGER_ALERTS)
    return next((alert.pager for alert in alerts if alert), None)


def has_pager(given: Given) -> bool:
    """There is one, and somebody has it."""
    out = {one.pager for one in given.desk.view.pagers}
    return pager_of(given) in out


def may_be_lost(given: Given) -> bool:
    """The same, and nobody has said that it is lost."""
    known = {one.pager for one in given.desk.view.pagers if one.state != "lost"}
    return pager_of(given) in known


NONE: Final = "-"
"""Stands for no service: no service is named so."""

HERE: Final[tuple[p.TicketState, ...]] = (
    "waiting",
    "called",
    "serving",
    "parked",
    "missed",
    "diverted",
)
NOT_SERVED: Final[tuple[p.TicketState, ...]] = (
    "waiting",
    "called",
    "parked",
    "missed",
    "diverted",
)
