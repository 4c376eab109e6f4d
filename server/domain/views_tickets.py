"""What staff see of tickets: each is in many lists at once, and is put together once.

Whose a ticket is reaches the teller who serves its owner; other staff see it masked.
"""

from __future__ import annotations

from functools import cached_property

from msgspec.structs import replace

from server.domain import alerts, forms, order, pagers
from server.domain.known import Known, PersonKnown
from server.domain.state import Branch, Visit
from shared.protocol import TicketShown, TransactionShown, WaitShown

LIST_MAX = 20
"""Missed or parked tickets that a counter shows."""


class Tickets:
    """The tickets of one branch at one moment."""

    def __init__(self, branch: Branch, now: int, known: Known) -> None:
        self._branch, self._now, self._known = branch, now, known
        # Most branches record nobody: then nothing is looked up for any ticket.
        self._persons = branch.day.persons if branch.day and known.persons else {}
        self._shown: dict[int, TicketShown] = {}
        self._lists: dict[str, tuple[TicketShown, ...]] = {}

    def shown(self, visit: Visit) -> TicketShown:
        """A ticket is in many lines at once; it is put together once."""
        if visit.id not in self._shown:
            shown = self._as_staff_see(visit)
            if self._persons and (person := self._person(visit)) is not None:
                shown = replace(shown, person=person.masked)
            self._shown[visit.id] = shown
        return self._shown[visit.id]

    def in_short(self, visit: Visit) -> TicketShown:
        """A ticket at a counter, for the board: which ones were passed over is in its calls."""
        shown = self.shown(visit)
        if shown.why is None or not shown.why.passed_over:
            return shown
        return replace(shown, why=replace(shown.why, passed_over=()))

    def in_hand(self, visit: Visit, serves: bool) -> TicketShown:
        """The ticket a counter has called: its own teller sees whose it is."""
        shown, person = self.shown(visit), self._person(visit)
        if not serves or (person is None and visit.note_id is None and not visit.answered):
            return shown
        return replace(
            shown,
            person=person.full if person else None,
            note=self._known.note(visit.id, visit.note_id),
            answers=forms.answers_shown(self._branch, visit, self._known.answers.get(visit.id, {})),
        )

    def of_state(self, state: str) -> tuple[TicketShown, ...]:
        """The tickets a counter lists, such as the missed ones."""
        if state not in self._lists:
            here = [visit for visit in self._branch.here() if visit.state == state]
            self._lists[state] = tuple(self.shown(visit) for visit in here[:LIST_MAX])
        return self._lists[state]

    def wait(self, visit: Visit) -> WaitShown | None:
        """What it was told of its wait last."""
        return self._known.waits.tickets.get(visit.id) if visit.state == "waiting" else None

    def _person(self, visit: Visit) -> PersonKnown | None:
        return self._known.person(self._persons.get(visit.id, ""))

    @cached_property
    def _pagers(self) -> dict[int, int]:
        return {visit: one.id for visit, one in pagers.by_visit(self._branch).items()}

    def _as_staff_see(self, visit: Visit) -> TicketShown:
        hold = visit.hold if order.held(visit, self._now) else None
        return TicketShown(
            visit=visit.id,
            number=visit.number,
            state=visit.state,
            service=visit.service,
            lanes=visit.lanes,
            needs=visit.needs,
            language=visit.language,
            taken_at=visit.taken_at,
            waiting_since=visit.waiting_since,
            due_at=alerts.due_at(self._branch, visit, self._now),
            counter=visit.counter,
            only_counter=visit.only_counter,
            calls=visit.calls,
            called_at=visit.last_call_at,
            started_at=visit.transaction.started_at,
            held_places=hold.places if hold else None,
            held_until=hold.until if hold else None,
            promoted=visit.promoted_at is not None,
            park_reason=visit.park.reason if visit.park else None,
            park_until=visit.park.until if visit.park else None,
            missed_at=visit.missed_at,
            machine=visit.machine,
            why=visit.why,
            booked_at=visit.booked_at,
            absent=visit.absent,
            wait=self.wait(visit),
            pager=self._pagers.get(visit.id),
        )


def transactions(visit: Visit) -> tuple[TransactionShown, ...]:
    """The services a visit has had so far, and has now."""
    return tuple(
        TransactionShown(
            n=n,
            service=t.service,
            queued_at=t.queued_at,
            started_at=t.started_at,
            ended_at=t.ended_at,
            counter=t.counter,
            outcome=t.outcome,
            papers=t.papers,
        )
        for n, t in enumerate(visit.transactions, start=1)
    )
