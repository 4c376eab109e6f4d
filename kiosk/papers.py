"""What the kiosk puts on paper: tickets and appointments, as they are given. Loaded where there is
a printer; how a paper looks is left to `shared/printing/layouts.py`."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.state import Booked, Choices, Ticket, service_of
from shared.printing import layouts
from shared.printing.bookings import Booked as OnSlip
from shared.printing.bookings import booking_slip
from shared.printing.layouts import Slip
from shared.printing.paper import Layout, Paper
from shared.protocol import KioskView, Words


def of_ticket(
    ticket: Ticket,
    choices: Choices,
    view: KioskView | None,
    layout: Layout,
    local: Callable[[int], str],
    *,
    again: bool,
) -> Paper:
    """A number; `again`: without what was true only when it was given."""
    service = service_of(view, ticket.service)
    slip = Slip(
        branch=view.name if view else Words(),
        number=ticket.number,
        service=service.name if service else Words(),
        time=local(ticket.at),
        ahead=None if again else ticket.ahead,
        wait=None if again else ticket.wait,
        until=local(ticket.wait.until) if ticket.wait and ticket.wait.until else "",
        link=ticket.link,
        short_code=ticket.short_code,
        bring=service.bring if service else (),
        again=again,
    )
    return layouts.ticket(slip, "large" if choices.large else layout, choices.language)


def of_booking(booked: Booked, choices: Choices, view: KioskView | None, layout: Layout) -> Paper:
    """An appointment."""
    one = OnSlip(booked.service, booked.when, booked.code, booked.link)
    shown = (view.name, view.services, view.booking) if view else (Words(), (), None)
    slip = booking_slip(one, *shown)
    return layouts.appointment(slip, "large" if choices.large else layout, choices.language)
