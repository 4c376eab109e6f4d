"""An appointment just booked or moved, as the slip its customer takes along. Pure.

Every program that books prints the same; only the layout and the language are its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from shared.free_times import Free, free_at
from shared.printing.layouts import BookingSlip
from shared.protocol import Accepted, BookingTimes, ServiceShown, Words


class Booked(Struct, frozen=True):
    """What its customer needs to come: the id of the service, when, the code and the link."""

    service: str
    when: Free
    code: str
    link: str


def booked(service: str, reply: Accepted, zone: str) -> Booked:
    """What the answer to a booking or a move says of it."""
    when = free_at(reply.slot or 0, zone)
    return Booked(service, when, reply.short_code or "", reply.link or "")


def booking_slip(
    of: Booked, branch: Words, services: Iterable[ServiceShown], times: BookingTimes | None
) -> BookingSlip:
    """With what the program shows of its branch: the services' names and papers, the rules."""
    service = next((one for one in services if one.id == of.service), None)
    return BookingSlip(
        branch=branch,
        service=service.name if service else Words(),
        time=f"{of.when.day} {of.when.time}",
        code=of.code,
        late_minutes=times.late if times else 0,
        link=of.link,
        bring=service.bring if service else (),
    )
