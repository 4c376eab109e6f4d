"""Every transaction of a day that came to its end, one by one: for exports. Nothing of a person.

What is told about a transaction is what `server.domain.apply` has kept of it; who served it is
noted while the day is lived again.
"""

from __future__ import annotations

from msgspec import Struct

from server.domain.events import (
    Event,
    ServiceFinished,
    TicketTransferred,
    TransactionFinished,
)
from server.domain.state import Branch, Stamp, Transaction, Visit
from server.reports.one_day import OneDay
from server.reports.replay import Subject, live
from server.reports.shares import desk_of
from shared.protocol import TransactionOutcome


class Finished(Struct, frozen=True):
    """One transaction; its number within the visit begins at 1. Instants and durations in ms."""

    day: str
    visit: int
    transaction: int
    number: str
    service: str
    lanes: str
    counter: int | None
    staff: str
    taken_at: int
    queued_at: int
    called_at: int | None
    started_at: int | None
    ended_at: int
    served_ms: int
    outcome: TransactionOutcome | None
    papers_missing: str
    handwritten: bool
    practice: bool


class _Tellers(Subject):
    """Who was at the counter when a transaction ended there."""

    def __init__(self) -> None:
        self.of: dict[tuple[int, int], str] = {}

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:  # noqa: ARG002 - a subject is shown the whole
        if isinstance(event, ServiceFinished | TransactionFinished | TicketTransferred):
            place = (event.visit, branch.visits[event.visit].current)
            self.of[place] = desk_of(branch, event.counter).staff


def finished(day: OneDay) -> list[Finished]:
    """In the order of the visits."""
    tellers = _Tellers()
    branch = live(day, [tellers])
    return [
        _told(day.opened.day, visit, n, one, one.ended_at, tellers.of.get((visit.id, n), ""))
        for visit in branch.visits.values()
        for n, one in enumerate(visit.transactions)
        if one.ended_at is not None
    ]


def _told(day: str, visit: Visit, n: int, one: Transaction, ended_at: int, staff: str) -> Finished:
    return Finished(
        day=day,
        visit=visit.id,
        transaction=n + 1,
        number=visit.number,
        service=one.service,
        lanes=" ".join(visit.lanes),
        counter=one.counter,
        staff=staff,
        taken_at=visit.taken_at,
        queued_at=visit.waiting_since if n == 0 else one.queued_at,
        called_at=one.called_at,
        started_at=one.started_at,
        ended_at=ended_at,
        served_ms=one.served_ms,
        outcome=one.outcome,
        papers_missing="; ".join(one.papers),
        handwritten=visit.handwritten,
        practice=visit.practice,
    )
