"""What becomes of an answer that nobody waited for, mostly from before the power went. Pure.

Loaded when there is one, which is hardly ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk import booking
from kiosk.flow import answered
from kiosk.state import Kiosk, Next, Order, fresh
from shared.protocol import (
    Accepted,
    BookAppointment,
    CheckIn,
    HoldSlot,
    MoveAppointment,
    ReleaseSlot,
    TakeTicket,
)

if TYPE_CHECKING:
    from shared.link import Recovered


def taken_up(kiosk: Kiosk, recovered: Recovered, now: int, zone: str) -> Next | None:
    """What was asked for is shown once, and printed once; a time that was kept for somebody who
    cannot go on with it is free again. None: there is nothing to be seen of it."""
    command, reply = recovered.command, recovered.reply
    match command, reply:
        case TakeTicket(), Accepted():
            return answered(fresh(command.language), command.service, reply, now)
        case CheckIn(), Accepted():
            return answered(fresh(kiosk.home), "", reply, now)
        case BookAppointment() | MoveAppointment(), Accepted():
            return booking.recovered(fresh(kiosk.home), reply, zone)
        case HoldSlot(), Accepted(appointment=int(held)):
            return kiosk, (Order(ReleaseSlot, {"appointment": held}),)
        case _:
            return None
