"""What became of the waits that were told, by the events of the journal.

A call that was wrong or taken back has not happened. A wait that became another one, because its
ticket stands back, was moved or got other rights, ends there: what is shown from then on is a
wait of its own.
"""

from __future__ import annotations

from typing import Final

from server.accuracy.shown import End
from server.domain.events import (
    ActionUndone,
    Event,
    FinishedAtMachine,
    LanesChanged,
    TicketCalled,
    TicketGivenUp,
    TicketLeft,
    TicketParked,
    TicketPromoted,
    TicketReassigned,
    TicketReturned,
    TicketSteppedBack,
    TicketUnserved,
)

GONE: Final = (TicketLeft, TicketGivenUp, TicketUnserved)
CHANGED: Final = (
    FinishedAtMachine,
    LanesChanged,
    TicketParked,
    TicketPromoted,
    TicketReassigned,
    TicketSteppedBack,
)

TELLING: Final = frozenset(
    kind.__name__ for kind in (TicketCalled, TicketReturned, ActionUndone, *GONE, *CHANGED)
)
"""Events that end a wait, or take its end back; no other has to be read."""


def end_of(event: Event, at: int) -> End | None:
    """What this event ends, or takes back."""
    match event:
        case TicketCalled():
            return End(event.visit, "called", at)
        case TicketReturned():
            return End(event.visit, None, at)
        case ActionUndone(undone="TicketCalled"):
            return End(event.restored.id, None, at)
        case TicketLeft() | TicketGivenUp() | TicketUnserved():
            return End(event.visit, "left", at)
        case (
            FinishedAtMachine()
            | LanesChanged()
            | TicketParked()
            | TicketPromoted()
            | TicketReassigned()
            | TicketSteppedBack()
        ):
            return End(event.visit, "changed", at)
        case _:
            return None
