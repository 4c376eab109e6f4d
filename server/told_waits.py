"""What a branch has told of waits: to each ticket its promise, to the forecast how it went, and to
the record what was shown.

One for each branch. Nothing here waits for anything: a new ticket is told what was forecast last
for a ticket of its kind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from server.accuracy.shown import Note, Shown, Taken
from server.domain.known import Waits
from server.domain.state import Branch, Visit
from server.waiting.calibrate import Range
from server.waiting.lobby import snapshot_of
from server.waiting.promise import Promise, first_promise, kept, shown
from server.waiting.telling import Answer, Ask, Ended, Told, lane_of
from server.waiting.today import Today
from server.what_if import WhatIf
from shared.protocol import Lane, WaitReason, WaitShown

MINUTE_MS = 60_000
NO_WAITS = Waits()

SHOWN_AHEAD: Final[tuple[Lane, ...]] = ("ordinary", "care")
"""The lanes of which everybody is told how long a ticket taken now would wait."""

NOTED_MAX: Final = 20_000
"""Ranges that wait to be kept; with nobody to keep them the oldest go."""


class _Promised(Struct):
    """What a ticket was told first, when, and among how many counters and people. `course` is
    which of its waits that was."""

    first: Told
    at: int
    promise: Promise
    counters: int
    waiting: int
    course: tuple[int, ...] | None = None


class ToldWaits:
    """The promises of one branch's day."""

    def __init__(self) -> None:
        self._promised: dict[int, _Promised] = {}
        self._not_over: dict[int, None] = {}
        self._next: dict[tuple[str, Lane], Told] = {}
        self._day = ""
        self._seen: dict[int | tuple[str, Lane], WaitShown] = {}
        self._noted: deque[Note] = deque(maxlen=NOTED_MAX)
        self._today = Today()
        self._what_if = WhatIf()

    def noted(self) -> list[Note]:
        """What was shown since this was asked last."""
        noted = list(self._noted)
        self._noted.clear()
        return noted

    def remember(self, told: Iterable[tuple[Shown, Shown]], day: str) -> None:
        """Stand by what tickets were told before a restart: first, and last."""
        self._begin(day)
        for first, last in told:
            if first.visit is None or last.until is None or first.visit in self._promised:
                continue
            one = Range(first.p10, first.p50, first.p90, first.lane, first.ahead)
            self._promised[first.visit] = _Promised(
                Told(one, first.p50, first.sure_high, first.latest, first.sure_low, first.learned),
                first.at,
                Promise(last.until, last.slipped),
                first.counters,
                first.waiting,
            )
            self._not_over[first.visit] = None
            self._seen[first.visit] = WaitShown(
                low=last.low, high=last.high, until=last.until, slipped=last.slipped
            )

    def question(self, branch: Branch, now: int) -> Ask | None:
        """What to ask the forecast now; None while no day is open."""
        lobby = snapshot_of(branch, now, self._today)
        if lobby is None:
            return None
        self._begin(lobby.day)
        counters = self._what_if.question(branch.counters.values())
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
            ordinary=self._ahead(branch, "ordinary", now),
            care=self._ahead(branch, "care", now),
            saved=self._what_if.answered(answer.effects),
        )

    def taken(self, branch: Branch, visit_id: int, now: int) -> WaitShown | None:
        """What a ticket that was just taken, or is printed again, is told."""
        visit = branch.visits.get(visit_id)
        if visit is None or visit.state != "waiting":
            return None
        if (promised := self._promise_to(visit)) is not None:
            return _as_shown(promised.first, promised.promise)
        lane = lane_of(visit.lanes)
        told = self._next.get((visit.service, lane))
        if told is None:
            return None
        if not visit.practice and lane in SHOWN_AHEAD:
            self._noted.append(Taken(_day(branch), visit.service, lane, visit.id, now))
        return self._ticket(branch, visit, told, now)

    def _begin(self, day: str) -> None:
        if day != self._day:
            self._day, self._promised, self._not_over = day, {}, {}
            self._next, self._seen = {}, {}

    def _ticket(self, branch: Branch, visit: Visit, told: Told, now: int) -> WaitShown:
        promised = self._promise_to(visit)
        first = promised is None
        if promised is None:
            promise = first_promise(now, told.latest)
            counters, waiting = _at_work(branch), len(branch.line)
            promised = _Promised(told, now, promise, counters, waiting, _course(visit))
            self._promised[visit.id] = promised
            self._not_over[visit.id] = None
        why = _why(branch, promised)
        promised.promise = kept(promised.promise, now, told.p50, told.latest, why)
        shown = _as_shown(told, promised.promise)
        if not visit.practice:
            self._note(branch, visit.id, visit.service, told, shown, now, first=first)
        return shown

    def _promise_to(self, visit: Visit) -> _Promised | None:
        """What this wait was promised; nothing yet, where it is another wait than before."""
        promised = self._promised.get(visit.id)
        if promised is None:
            return None
        if promised.course is None:
            promised.course = _course(visit)
        return promised if promised.course == _course(visit) else None

    def _note(
        self,
        branch: Branch,
        visit: int | None,
        service: str,
        told: Told,
        shown: WaitShown,
        now: int,
        *,
        first: bool = False,
    ) -> None:
        """Only what reads otherwise than before is another range."""
        key = (service, told.range.lane) if visit is None else visit
        if self._seen.get(key) == shown:
            return
        self._seen[key] = shown
        self._noted.append(
            Shown(
                day=_day(branch),
                at=now,
                visit=visit,
                service=service,
                lane=told.range.lane,
                low=shown.low,
                high=shown.high,
                until=shown.until,
                slipped=shown.slipped,
                first=first,
                p10=told.range.p10,
                p50=told.p50,
                p90=told.range.p90,
                sure_low=told.low,
                sure_high=told.high,
                latest=told.latest,
                learned=told.learned,
                ahead=told.range.ahead,
                counters=_at_work(branch),
                waiting=len(branch.line),
            )
        )

    def _ended(self, branch: Branch, now: int) -> list[Ended]:
        """The waits that were told and are over."""
        over: list[Ended] = []
        for id_ in list(self._not_over):
            visit = branch.visits.get(id_)
            if visit is not None and visit.state == "waiting":
                continue
            del self._not_over[id_]
            if visit is None:
                del self._promised[id_]
                continue
            # The promise stands: a call that was wrong puts the ticket back where it was.
            promised = self._promised[id_]
            if visit.practice or visit.step_backs or visit.remote:
                continue  # whoever steps back, or is on the way, comes at a time of their own
            called = visit.first_call_at
            until = called if called is not None and called >= promised.at else now
            first = promised.first
            printed = (first_promise(promised.at, first.latest).until - promised.at) / MINUTE_MS
            wait = (until - promised.at) / MINUTE_MS
            over.append(
                Ended(
                    first.range,
                    wait,
                    printed,
                    called is not None,
                    other=first.other,
                    by_pace=first.by_pace,
                )
            )
        return over

    def _ahead(self, branch: Branch, lane: Lane, now: int) -> dict[str, WaitShown]:
        """What is shown for a ticket of this lane taken now, by service."""
        shown: dict[str, WaitShown] = {}
        for (service, of), told in self._next.items():
            if of == lane:
                shown[service] = _minutes(told)
                self._note(branch, None, service, told, shown[service], now)
        return shown


def _as_shown(told: Told, promise: Promise) -> WaitShown:
    minutes = shown(told.p50, told.high)
    return WaitShown(
        low=minutes.low, high=minutes.high, until=promise.until, slipped=promise.slipped
    )


def _minutes(told: Told) -> WaitShown:
    minutes = shown(told.p50, told.high)
    return WaitShown(low=minutes.low, high=minutes.high)


def _course(visit: Visit) -> tuple[int, ...]:
    """Who steps back, is put back into the line or waits for another service waits anew."""
    return (visit.step_backs, visit.reinstatements, visit.current)


def _day(branch: Branch) -> str:
    assert branch.day is not None, "tickets wait on business days"
    return branch.day.date


def _at_work(branch: Branch) -> int:
    return sum(1 for counter in branch.counters.values() if counter.state == "open")


def _why(branch: Branch, promised: _Promised) -> WaitReason:
    """What has changed since the promise."""
    if _at_work(branch) < promised.counters:
        return "counter_closed"
    return "more_came" if len(branch.line) > promised.waiting else "takes_longer"
