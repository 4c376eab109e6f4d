"""A day of the past as plain values, so that it can be played again by another rule.

Who came when and with which rights, how long each kept a counter busy, and when which counter
was there for what: all of that stays as it was. Only who is called when is decided anew.
"""

from __future__ import annotations

from math import inf

from msgspec import Struct
from msgspec.structs import replace

from server.domain import hours, order
from server.domain.events import (
    Event,
    HandwrittenEntered,
    ParkEnded,
    TicketCalled,
    TicketCameBack,
    TicketGivenUp,
    TicketLeft,
    TicketReinstated,
    TicketReturned,
    TicketTaken,
    TicketTransferred,
    TicketUnserved,
)
from server.domain.state import Branch, Stamp, Visit
from server.reports.one_day import OneDay
from server.reports.replay import Subject, live
from server.reports.visits import lane_of
from shared.protocol import CounterId, Lane, VisitId

MINUTE_MS = 60_000

GAP_MINUTES_MAX = 15.0
"""From an end to the next call of somebody who had been waiting: more was no wrap-up."""

ENTERS = (
    TicketTaken
    | HandwrittenEntered
    | TicketTransferred
    | TicketReinstated
    | TicketReturned
    | TicketCameBack
    | ParkEnded
)
"""From these on a ticket stands in the line."""


class Job(Struct, frozen=True):
    """Somebody to be called once. Minutes of the day: the wait counts `since`, the call is
    possible from `here` until it `leaves`. `work` is how long it keeps a counter. Only a first
    call is a wait that counts; `lane` is the one it is counted under."""

    visit: VisitId
    service: str
    lanes: tuple[Lane, ...]
    since: float
    here: float
    work: float
    leaves: float = inf
    counts: bool = True
    low: bool = False
    lane: Lane = "ordinary"


class Span(Struct, frozen=True):
    """A time in which a counter was there, for these services."""

    start: float
    end: float
    services: tuple[str, ...]


class Desk(Struct, frozen=True):
    """A counter and when it was there."""

    counter: CounterId
    spans: tuple[Span, ...]
    when_idle: tuple[str, ...] = ()
    vip: bool = False
    care_first: bool = False
    low: bool = False


class PastDay(Struct, frozen=True):
    """One day. `low_services` are those that some low counter offers."""

    day: str
    jobs: tuple[Job, ...]
    desks: tuple[Desk, ...]
    low_services: frozenset[str] = frozenset()


def past_day(one: OneDay) -> PastDay:
    """The day as it can be played again."""
    seen = Past(hours.instant(one.config, one.opened.day, "00:00"))
    branch = live(one, [seen])
    return seen.day(branch, one.opened.day)


class Past(Subject):
    """Collects jobs and spans while a day is lived."""

    def __init__(self, midnight: int) -> None:
        self._midnight = midnight
        self._jobs: list[Job] = []
        self._in_hand: dict[CounterId, int] = {}
        self._ended: dict[CounterId, tuple[int, float]] = {}
        self._entered: dict[VisitId, float] = {}
        self._called: set[VisitId] = set()
        self._spans: dict[CounterId, list[Span]] = {}

    def day(self, branch: Branch, day: str) -> PastDay:
        """All that was seen."""
        desks = tuple(self._desk(branch, counter) for counter in sorted(self._spans))
        low = frozenset(branch.config.services_at_low_counters)
        return PastDay(day, tuple(self._with_work()), desks, low)

    def passes(self, branch: Branch, since: int, until: int) -> None:
        start, end = self._minute(since), self._minute(until)
        for counter in branch.counters.values():
            visit = branch.visits.get(counter.visit or 0)
            if counter.state != "open" or (visit is not None and visit.practice):
                continue
            self._stay(counter.id, counter.services, start, end)
            number = self._in_hand.get(counter.id)
            if visit is not None and number is not None:
                job = self._jobs[number]
                self._jobs[number] = replace(job, work=job.work + end - start)
                self._ended[counter.id] = (number, end)

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:
        at = self._minute(stamp.at)
        match event:
            case TicketCalled():
                self._call(branch, event, at)
            case TicketLeft() | TicketGivenUp() | TicketUnserved():
                visit = branch.visits[event.visit]
                if visit.state == "waiting" and visit.id not in self._called:
                    self._add(visit, at, self._here(visit))
            case _:
                pass
        if isinstance(event, ENTERS):
            self._entered[event.visit] = at

    def _call(self, branch: Branch, event: TicketCalled, at: float) -> None:
        visit = branch.visits[event.visit]
        if visit.practice:
            self._in_hand.pop(event.counter, None)
            return
        ended = self._ended.get(event.counter)
        if ended is not None and self._here(visit) <= ended[1] >= at - GAP_MINUTES_MAX:
            job = self._jobs[ended[0]]
            self._jobs[ended[0]] = replace(job, work=job.work + at - ended[1])
        self._in_hand[event.counter] = len(self._jobs)
        self._ended[event.counter] = (len(self._jobs), at)
        # Out of the line of the missed or the parked: it stood in no line before.
        self._add(visit, inf, self._here(visit) if visit.state == "waiting" else at)
        self._called.add(visit.id)

    def _add(self, visit: Visit, leaves: float, here: float) -> None:
        if visit.practice or visit.handwritten:
            return
        self._jobs.append(
            Job(
                visit=visit.id,
                service=visit.service,
                lanes=tuple(lane for lane in visit.lanes if lane != "ordinary"),
                since=self._minute(visit.waiting_since),
                here=here,
                work=0.0,
                leaves=leaves,
                counts=visit.id not in self._called and leaves == inf,
                low="low_counter" in visit.needs,
                lane=lane_of(visit),
            )
        )

    def _here(self, visit: Visit) -> float:
        return self._entered.get(visit.id, self._minute(visit.taken_at))

    def _stay(
        self, counter: CounterId, services: tuple[str, ...], start: float, end: float
    ) -> None:
        spans = self._spans.setdefault(counter, [])
        if spans and spans[-1].end == start and spans[-1].services == services:
            spans[-1] = replace(spans[-1], end=end)
        else:
            spans.append(Span(start, end, services))

    def _with_work(self) -> list[Job]:
        """Who left had needed as long as others of the service, for all anybody knows."""
        took: dict[str, list[float]] = {}
        for job in self._jobs:
            if job.leaves == inf:
                took.setdefault(job.service, []).append(job.work)
        every = [work for works in took.values() for work in works]
        usual = sum(every) / len(every) if every else 0.0
        means = {service: sum(works) / len(works) for service, works in took.items()}
        return [
            job if job.leaves == inf else replace(job, work=means.get(job.service, usual))
            for job in self._jobs
        ]

    def _desk(self, branch: Branch, counter: CounterId) -> Desk:
        setup = order.counter_config(branch, branch.counters[counter])
        return Desk(
            counter,
            tuple(self._spans[counter]),
            setup.when_idle,
            setup.vip,
            setup.care_first,
            setup.low,
        )

    def _minute(self, at: int) -> float:
        return (at - self._midnight) / MINUTE_MS
