"""What became of tickets, and how long each transaction waited, walked and was served.

A wait ends with the call that led to service. If a ticket was called twice, the last call counts,
and a recall is a call. Calls in vain, and whoever is left over in the evening, are in no average.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable

from server.domain.alerts import target_minutes
from server.domain.events import (
    Event,
    HandwrittenServed,
    ParkEnded,
    ServiceFinished,
    ServiceStarted,
    TicketCalled,
    TicketMissed,
    TicketRecalled,
    TicketTransferred,
    TransactionFinished,
)
from server.domain.state import Branch, Stamp, Visit
from server.reports.replay import Subject
from server.reports.report import Endings, Tickets
from server.reports.shares import Desk, Piece, What, desk_of
from shared.protocol import Lane

MINUTE_MS = 60_000

COUNTED_LANES: tuple[Lane, ...] = ("care", "appointment", "vip")
"""A ticket of several lanes is counted under the first of these."""

AT_A_COUNTER = (
    TicketCalled
    | TicketRecalled
    | TicketMissed
    | ServiceStarted
    | TransactionFinished
    | ServiceFinished
    | TicketTransferred
)


class Transactions(Subject):
    """Turns the day's calls, starts and finishes into pieces."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._parked_ms: Tally[int] = Tally()

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:
        if isinstance(event, AT_A_COUNTER):
            visit, desk = branch.visits[event.visit], desk_of(branch, event.counter)
            self._sees_at(desk, branch, visit, event, stamp.at)
        elif isinstance(event, ParkEnded):
            self._end_park(branch.visits[event.visit], stamp.at)
        elif isinstance(event, HandwrittenServed):
            self._serve_on_paper(branch, branch.visits[event.visit], event)

    def _sees_at(
        self, desk: Desk, branch: Branch, visit: Visit, event: AT_A_COUNTER, at: int
    ) -> None:
        match event:
            case TicketCalled():
                self._end_park(visit, at)
                self._note("called", visit, desk, at)
            case TicketRecalled():
                self._note("recalled", visit, desk, at)
            case TicketMissed():
                self._note("missed", visit, desk, at)
            case ServiceStarted():
                self._start(desk, branch, visit, at)
            case TicketTransferred(outcome="transferred"):
                self._parked_ms.pop(visit.id, None)
                self._note("transferred", visit, desk, at)
            case ServiceFinished() | TransactionFinished() | TicketTransferred():
                transaction = visit.transaction
                assert transaction.running_since is not None, "only what runs can be finished"
                served_ms = transaction.served_ms + at - transaction.running_since
                self._note("serve", visit, desk, at, served_ms)

    def _end_park(self, visit: Visit, at: int) -> None:
        """Time in park is neither wait nor service: what of it lies in a wait is taken off."""
        if visit.park is not None and visit.transaction.started_at is None:
            since = max(visit.park.since, _waits_since(visit))
            self._parked_ms[visit.id] += max(0, at - since)

    def _start(self, desk: Desk, branch: Branch, visit: Visit, at: int) -> None:
        if visit.transaction.started_at is not None:
            return  # called back from park: it has waited and walked before
        called_at = visit.last_call_at
        assert called_at is not None, "a service starts after a call"
        self._wait(desk, branch, visit, called_at)
        self._note("walk", visit, desk, at, at - called_at)

    def _serve_on_paper(self, branch: Branch, visit: Visit, event: HandwrittenServed) -> None:
        """By the times that were written down. Nobody knows when they were called, nor by whom."""
        desk = Desk(event.counter, "")
        self._wait(desk, branch, visit, event.started_at)
        self._note("serve", visit, desk, event.finished_at, event.finished_at - event.started_at)

    def _wait(self, desk: Desk, branch: Branch, visit: Visit, called_at: int) -> None:
        parked_ms = self._parked_ms.pop(visit.id, 0)
        # Whoever is called before the opening has not waited for it, rather than less than 0.
        waited_ms = max(0, called_at - _waits_since(visit) - parked_ms)
        on_time = waited_ms <= target_minutes(branch, visit) * MINUTE_MS
        what: What = "wait" if visit.current == 0 else "transfer_wait"
        self._note(what, visit, desk, called_at, waited_ms, on_time)

    def _note(
        self, what: What, visit: Visit, desk: Desk, at: int, ms: int = 0, on_time: bool = False
    ) -> None:
        self.pieces.append(Piece(what, visit.id, visit.service, desk, at, ms, on_time))


def _waits_since(visit: Visit) -> int:
    """Since when the present transaction waits: the arrival, but for the opening, or a transfer."""
    if visit.current:
        return visit.transaction.queued_at
    # Whoever took the number before coming has not waited here until then.
    return max(visit.waiting_since, visit.arrived_at or 0)


# --- Tickets ---------------------------------------------------------------------------------


def lane_of(visit: Visit) -> Lane:
    """The one lane a visit is counted under."""
    return next((lane for lane in COUNTED_LANES if lane in visit.lanes), "ordinary")


def endings(visits: Iterable[Visit]) -> Endings:
    """What became of these visits."""
    states = Tally(visit.state for visit in visits)
    done, left = states.pop("done", 0), states.pop("left", 0)
    given_up, unserved = states.pop("given_up", 0), states.pop("unserved", 0)
    here = states.total()
    return Endings(
        issued=done + left + given_up + unserved + here,
        done=done,
        left=left,
        given_up=given_up,
        unserved=unserved,
        here=here,
    )


def tickets(visits: Iterable[Visit], pieces: Iterable[Piece]) -> Tickets:
    """The day's tickets, with how many of them what happened to."""
    visits = list(visits)
    ended = endings(visits)
    # Whoever comes back from a machine has left it: only an ending there keeps its name.
    at_machine = sum(visit.state == "done" and visit.machine is not None for visit in visits)
    happened = {(piece.what, piece.visit) for piece in pieces}
    return Tickets(
        issued=ended.issued,
        done=ended.done,
        left=ended.left,
        given_up=ended.given_up,
        unserved=ended.unserved,
        here=ended.here,
        served=ended.done - at_machine,
        at_machine=at_machine,
        missed=sum(what == "missed" for what, _ in happened),
        transferred=sum(what == "transferred" for what, _ in happened),
        handwritten=sum(visit.handwritten for visit in visits),
        remote=sum(visit.remote for visit in visits),
        not_come=sum(visit.absent and visit.state == "given_up" for visit in visits),
    )
