"""What a branch has told of waits: to each ticket its promise, and to the forecast how it went.

One for each branch. Nothing here waits for anything: a new ticket is told what was forecast last
for a ticket of its kind.
"""

from __future__ import annotations

from msgspec import Struct

from server.domain.known import Waits
from server.domain.state import Branch, Visit
from server.waiting.lobby import snapshot_of
from server.waiting.promise import Promise, first_promise, kept, shown
from server.waiting.telling import Answer, Ask, Ended, Told, lane_of
from shared.protocol import Lane, WaitReason, WaitShown

MINUTE_MS = 60_000
NO_WAITS = Waits()


class _Promised(Struct):
    """What a ticket was told first, when, and among how many counters and people."""

    first: Told
    at: int
    promise: Promise
    counters: int
    waiting: int


class ToldWaits:
    """The promises of one branch's day."""

    def __init__(self) -> None:
        self._promised: dict[int, _Promised] = {}
        self._next: dict[tuple[str, Lane], Told] = {}
        self._day = ""

    def question(self, branch: Branch, now: int) -> Ask | None:
        """What to ask the forecast now; None while no day is open."""
        lobby = snapshot_of(branch, now)
        if lobby is None:
            return None
        if lobby.day != self._day:
            self._day, self._promised, self._next = lobby.day, {}, {}
        counters = {c.id: c.state != "open" for c in branch.counters.values()}
        return Ask(branch.id, lobby, self._ended(branch, now), counters)

    def answered(self, branch: Branch, answer: Answer, now: int) -> Waits:
        """What is shown from now on."""
        self._next = {(one.service, one.lane): one.told for one in answer.next}
        tickets: dict[int, WaitShown] = {}
        for id_, told in answer.tickets.items():
            visit = branch.visits.get(id_)
            if visit is not None and visit.state == "waiting":
                tickets[id_] = self._ticket(branch, visit, told, now)
        return Waits(
            tickets=tickets,
            ordinary=self._of_lane("ordinary"),
            care=self._of_lane("care"),
            saved={
                counter: abs(minutes)
                for counter, minutes in answer.effects.items()
                if abs(minutes) >= 0.1
            },
        )

    def taken(self, branch: Branch, visit_id: int, now: int) -> WaitShown | None:
        """What a ticket that was just taken, or is printed again, is told."""
        visit = branch.visits.get(visit_id)
        if visit is None or visit.state != "waiting":
            return None
        if (promised := self._promised.get(visit.id)) is not None:
            return _as_shown(promised.first, promised.promise)
        told = self._next.get((visit.service, lane_of(visit.lanes)))
        return None if told is None else self._ticket(branch, visit, told, now)

    def _ticket(self, branch: Branch, visit: Visit, told: Told, now: int) -> WaitShown:
        promised = self._promised.get(visit.id)
        if promised is None:
            promise = first_promise(now, told.latest)
            counters, waiting = _at_work(branch), len(branch.line)
            promised = _Promised(told, now, promise, counters, waiting)
            self._promised[visit.id] = promised
        why = _why(branch, promised)
        promised.promise = kept(promised.promise, now, told.p50, told.latest, why)
        return _as_shown(told, promised.promise)

    def _ended(self, branch: Branch, now: int) -> list[Ended]:
        """The waits that were told and are over."""
        over: list[Ended] = []
        for id_, promised in list(self._promised.items()):
            visit = branch.visits.get(id_)
            if visit is not None and visit.state == "waiting":
                continue
            del self._promised[id_]
            if visit is None or visit.practice or visit.step_backs:
                continue  # whoever steps back waits for a time of their own
            called = visit.first_call_at
            until = called if called is not None and called >= promised.at else now
            first = promised.first
            printed = (first_promise(promised.at, first.latest).until - promised.at) / MINUTE_MS
            wait = (until - promised.at) / MINUTE_MS
            over.append(Ended(first.range, wait, printed, called is not None))
        return over

    def _of_lane(self, lane: Lane) -> dict[str, WaitShown]:
        return {service: _minutes(told) for (service, of), told in self._next.items() if of == lane}


def _as_shown(told: Told, promise: Promise) -> WaitShown:
    minutes = shown(told.p50, told.high)
    return WaitShown(
        low=minutes.low, high=minutes.high, until=promise.until, slipped=promise.slipped
    )


def _minutes(told: Told) -> WaitShown:
    minutes = shown(told.p50, told.high)
    return WaitShown(low=minutes.low, high=minutes.high)


def _at_work(branch: Branch) -> int:
    return sum(1 for counter in branch.counters.values() if counter.state == "open")


def _why(branch: Branch, promised: _Promised) -> WaitReason:
    """What has changed since the promise."""
    if _at_work(branch) < promised.counters:
        return "counter_closed"
    return "more_came" if len(branch.line) > promised.waiting else "takes_longer"
